package api

import (
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"tonghu/cases"
)

// sheet is one table of a workbook. A cell is a text, a number or a time.
type sheet struct {
	name   string
	header []string
	rows   [][]any
}

// watermark is what stands on every page of a workbook: who took it out, when, what
// for and why, and where it is found in the book of exports.
type watermark struct {
	id, who, what, purpose, reason string
	at                             time.Time
	say                            *tongue
}

// markEvery is after how many rows the watermark stands between the rows again: no
// screenful of a workbook is without it.
const markEvery = 25

// mostInHeader is the most characters that a page's header or footer takes (ECMA-376).
const mostInHeader = 255

func (m watermark) line() string {
	return m.say.fillWords("export.mark", map[string]string{"who": m.who, "at": m.at.In(cases.Zone).Format("2006-01-02 15:04"), "purpose": m.purpose, "id": m.id})
}

func (m watermark) why() string {
	return m.say.fillWords("export.reason", map[string]string{"reason": m.reason})
}

// fillWords puts values as they are into the words of a key.
func (t *tongue) fillWords(key string, values map[string]string) string {
	text := t.say(key)
	for name, value := range values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// plain keeps a text from being taken for a formula, also where the workbook is saved
// as CSV and opened again.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|", rune(text[0])) {
		return "'" + text
	}
	return text
}

// pageText is a text in a page's header or footer, where & begins a code.
func pageText(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "&", "&&")
	if r := []rune(text); len(r) > mostInHeader-20 {
		return strings.TrimRight(string(r[:mostInHeader-20]), "&") + "…"
	}
	return text
}

// styles of a workbook.
type bookStyles struct{ title, mark, head, text, at int }

// workbook writes sheets with the watermark.
func workbook(sheets []sheet, m watermark) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing of it is on disk
	st, err := stylesOf(f)
	if err != nil {
		return nil, err
	}
	for i, sh := range sheets {
		if i == 0 {
			err = f.SetSheetName(f.GetSheetName(0), sh.name)
		} else {
			_, err = f.NewSheet(sh.name)
		}
		if err == nil {
			err = m.put(f, sh, st)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := f.SetDocProps(&excelize.DocProperties{Title: m.what, Creator: m.who, Identifier: m.id, Description: m.line()}); err != nil {
		return nil, err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func stylesOf(f *excelize.File) (st bookStyles, err error) {
	grey := &excelize.Font{Color: "767676", Italic: true, Size: 9}
	at := "yyyy-mm-dd hh:mm"
	for _, s := range []struct {
		into *int
		of   *excelize.Style
	}{
		{&st.title, &excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}},
		{&st.mark, &excelize.Style{Font: grey}},
		{&st.head, &excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6F2EF"}}}},
		{&st.text, &excelize.Style{NumFmt: 49}}, // text: what is typed over it is no formula either
		{&st.at, &excelize.Style{CustomNumFmt: &at}},
	} {
		if err == nil {
			*s.into, err = f.NewStyle(s.of)
		}
	}
	return st, err
}

// headRows are the rows above the first of a table: title, watermark, reason, header.
const headRows = 4

func (m watermark) put(f *excelize.File, sh sheet, st bookStyles) error {
	landscape, a4, wide, tall := "landscape", 9, 1, 0
	if err := f.SetPageLayout(sh.name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &tall}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(sh.name, &excelize.HeaderFooterOptions{
		OddHeader: "&C" + pageText(m.line()), OddFooter: "&L" + pageText(m.why()) + "&R&P/&N",
	}); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sh.name) // after the pages are set: what comes later is lost
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, max(len(sh.header), 1), 20); err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: headRows, TopLeftCell: "A5", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	row := 0
	put := func(cells ...any) error {
		row++
		at, err := excelize.CoordinatesToCellName(1, row)
		if err != nil {
			return err
		}
		return w.SetRow(at, cells)
	}
	text := func(style int, s string) excelize.Cell { return excelize.Cell{StyleID: style, Value: plain(s)} }
	head := make([]any, len(sh.header))
	for i, h := range sh.header {
		head[i] = text(st.head, h)
	}
	for _, cells := range [][]any{{text(st.title, m.what+" · "+sh.name)}, {text(st.mark, m.line())}, {text(st.mark, m.why())}, head} {
		if err := put(cells...); err != nil {
			return err
		}
	}
	for i, r := range sh.rows {
		if i > 0 && i%markEvery == 0 {
			if err := put(text(st.mark, m.line())); err != nil {
				return err
			}
		}
		cells := make([]any, len(r))
		for j, c := range r {
			switch c := c.(type) {
			case string:
				cells[j] = text(st.text, c)
			case time.Time:
				cells[j] = nil
				if !c.IsZero() {
					cells[j] = excelize.Cell{StyleID: st.at, Value: c.In(cases.Zone)}
				}
			default:
				cells[j] = c
			}
		}
		if err := put(cells...); err != nil {
			return err
		}
	}
	return w.Flush()
}
