// Package roster reads and writes the organisation as a sheet (xlsx or CSV): places,
// units, posts and who is in them; and says what a sheet changes.
package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tonghu/cases"
	"tonghu/records"
)

// The sheets of a workbook. A CSV file is the first of them.
const (
	Posts  = "posts"
	Places = "places"
	Units  = "units"
)

var sheets = []string{Posts, Places, Units}

// Columns are the columns of each sheet, by their keys, in the order of a template.
var Columns = map[string][]string{
	Posts:  {"place", "place_name", "role", "number", "kind", "name", "phone", "email", "login", "id"},
	Places: {"place", "place_name"},
	Units:  {"unit", "title", "duty", "department"},
}

// needed are the columns that a sheet cannot do without.
var needed = map[string][]string{
	Posts: {"place", "role", "name"}, Places: {"place", "place_name"}, Units: {"unit", "title"},
}

// MostRows bounds a sheet; a county has about a thousand posts.
const MostRows = 20_000

// mostLines bounds the lines of a workbook's sheet with the empty ones, mostColumns the
// columns that are looked at.
const (
	mostLines   = 2 * MostRows
	mostColumns = 100
)

// mostUnzipped bounds what a workbook may unpack to, in bytes.
const mostUnzipped = 64 << 20

// Words gives the words of a key ("col.place", "role.desk") in every language, the
// reader's first: the first is written, all are read.
type Words func(key string) []string

// Row is a row of a sheet: its cells by the keys of their columns.
type Row struct {
	Sheet string
	Line  int // as the sheet numbers it, the header's is 1
	Cells map[string]string
}

// Table is what a file holds.
type Table struct {
	Rows map[string][]Row
	// Letters are the columns' letters, by sheet and key, for naming a cell.
	Letters map[string]map[string]string
	// Whole tells for each sheet whether it is there at all.
	Whole map[string]bool
}

// ErrFormat is returned for a file that is neither a workbook nor a table of text.
var ErrFormat = errors.New("roster: neither xlsx nor CSV")

// Read reads a file. Faults are of its headers; what is in the rows is for Compare.
func Read(file []byte, words Words) (Table, []Fault, error) {
	t := Table{Rows: map[string][]Row{}, Letters: map[string]map[string]string{}, Whole: map[string]bool{}}
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return t.workbook(file, words)
	}
	text, err := decoded(file)
	if err != nil {
		return t, nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := numbered(r)
	if err != nil {
		return t, nil, ErrFormat
	}
	return t, t.sheet(Posts, rows, words), nil
}

// numbered reads all rows, empty ones too: a row's place is what a spreadsheet calls it.
func numbered(r *csv.Reader) ([][]string, error) {
	var rows [][]string
	for next := 1; ; {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		for ; next < line; next++ {
			rows = append(rows, nil)
		}
		rows = append(rows, row)
		next += 1 + strings.Count(strings.Join(row, ""), "\n")
	}
}

// decoded gives the text of a CSV file: UTF-8, or GB 18030 as Chinese spreadsheets save it.
func decoded(file []byte) (string, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(file) {
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", ErrFormat
		}
		file = out
	}
	if bytes.IndexByte(file, 0) >= 0 {
		return "", ErrFormat
	}
	return string(file), nil
}

func (t Table) workbook(file []byte, words Words) (Table, []Fault, error) {
	book, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{UnzipSizeLimit: mostUnzipped, RawCellValue: true})
	if err != nil {
		return t, nil, ErrFormat
	}
	defer func() { _ = book.Close() }()
	var faults []Fault
	for i, name := range book.GetSheetList() {
		key := ""
		for _, s := range sheets {
			if is(words, "sheet."+s, name) {
				key = s
			}
		}
		if key == "" && i == 0 {
			key = Posts // a sheet of one's own need not be called as ours
		}
		if key == "" || t.Whole[key] {
			continue
		}
		rows, err := linesOf(book, name)
		if err != nil {
			return t, nil, ErrFormat
		}
		if len(rows) > mostLines {
			return t, []Fault{{Sheet: key, Row: len(rows), Reason: "too_many"}}, nil
		}
		faults = append(faults, t.sheet(key, rows, words)...)
	}
	return t, faults, nil
}

// linesOf reads a sheet line by line: a small file can number a line, or a column, so
// high that all before it would not fit into memory. It ends after mostLines.
func linesOf(book *excelize.File, name string) (out [][]string, err error) {
	rows, err := book.Rows(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && len(out) <= mostLines {
		row, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		out = append(out, slices.Clone(row[:min(len(row), mostColumns)]))
	}
	return out, rows.Error()
}

// sheet takes the rows of a sheet; the first that is not empty is its header.
func (t Table) sheet(key string, rows [][]string, words Words) []Fault {
	t.Whole[key] = true
	head := -1
	var at map[string]int
	for i, row := range rows {
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			head, at = i, columns(key, row, words)
			break
		}
	}
	var faults []Fault
	t.Letters[key] = map[string]string{}
	for _, col := range needed[key] {
		if _, ok := at[col]; !ok {
			faults = append(faults, Fault{Sheet: key, Row: max(head, 0) + 1, Column: col, Reason: "header", Want: words("col." + col)[0]})
		}
	}
	for col, i := range at {
		t.Letters[key][col], _ = excelize.ColumnNumberToName(i + 1)
	}
	if len(faults) > 0 {
		return faults
	}
	for i, row := range rows[head+1:] {
		line := head + 2 + i
		cells := map[string]string{}
		for col, k := range at {
			if k < len(row) {
				cells[col] = clean(row[k])
			}
		}
		if strings.Join(values(cells), "") == "" {
			continue
		}
		if len(t.Rows[key]) >= MostRows {
			return []Fault{{Sheet: key, Row: line, Reason: "too_many"}}
		}
		t.Rows[key] = append(t.Rows[key], Row{Sheet: key, Line: line, Cells: cells})
	}
	return nil
}

// columns finds the columns of a header.
func columns(key string, header []string, words Words) map[string]int {
	out := map[string]int{}
	for i, cell := range header {
		for _, col := range Columns[key] {
			if _, taken := out[col]; !taken && is(words, "col."+col, clean(cell)) {
				out[col] = i
			}
		}
	}
	return out
}

// is tells whether a text is one of a key's words. A star marks a column that must be filled.
func is(words Words, key, text string) bool {
	text = strings.ToLower(strings.TrimRight(text, "*＊ "))
	for _, w := range words(key) {
		if strings.ToLower(w) == text {
			return true
		}
	}
	return false
}

// clean takes away what spreadsheets add: spaces, and the mark of a text.
func clean(cell string) string { return strings.TrimPrefix(strings.TrimSpace(cell), "'") }

func values(cells map[string]string) []string {
	out := make([]string, 0, len(cells))
	for _, v := range cells {
		out = append(out, v)
	}
	return out
}

// lines gives the rows of a sheet that say what a roster is.
func lines(sheet string, r records.Roster, words Words) [][]string {
	out := [][]string{}
	switch sheet {
	case Places:
		for _, p := range r.Places {
			out = append(out, []string{string(p.Code), p.Name})
		}
	case Units:
		for _, u := range r.Units {
			department := words("no")[0]
			if u.Department {
				department = words("yes")[0]
			}
			out = append(out, []string{u.Name, u.Title, u.Duty, department})
		}
	default:
		people := map[string]records.Person{}
		for _, p := range r.People {
			people[p.ID] = p
		}
		in := map[cases.Post][]records.Holding{}
		for _, h := range r.Holdings {
			in[h.Post] = append(in[h.Post], h)
		}
		names := nameOf(r)
		for _, post := range r.Posts {
			if !someone(in[post]) {
				out = append(out, line(post, names, words, false, records.Person{}))
			}
			for _, h := range in[post] {
				out = append(out, line(post, names, words, h.Deputy, people[h.Person]))
			}
		}
	}
	return out
}

func someone(in []records.Holding) bool {
	for _, h := range in {
		if !h.Deputy {
			return true
		}
	}
	return false
}

func line(post cases.Post, names map[string]string, words Words, deputy bool, who records.Person) []string {
	at := Where(post)
	_, number, _ := strings.Cut(string(post), "#")
	kind := words("kind.holder")[0]
	if deputy {
		kind = words("kind.deputy")[0]
	}
	return []string{at, names[at], words("role." + string(post.Role()))[0], number, kind, who.Name, who.Phone, who.Email, who.Login, who.ID}
}

// Where is the code of a post's place or the short name of its unit.
func Where(p cases.Post) string {
	if u := p.Unit(); u != "" {
		return u
	}
	return string(p.Org())
}

// nameOf gives the names of places and units.
func nameOf(r records.Roster) map[string]string {
	out := map[string]string{}
	for _, p := range r.Places {
		out[string(p.Code)] = p.Name
	}
	for _, u := range r.Units {
		out[u.Name] = u.Title
	}
	return out
}

// WriteCSV writes the posts as a table that spreadsheets of any language open.
func WriteCSV(w io.Writer, r records.Roster, words Words) error {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(header(Posts, words)); err != nil {
		return err
	}
	for _, row := range lines(Posts, r, words) {
		for i, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t") {
				row[i] = "'" + cell // no formula is made of what somebody is called
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func header(sheet string, words Words) []string {
	out := make([]string, len(Columns[sheet]))
	for i, col := range Columns[sheet] {
		out[i] = words("col." + col)[0]
	}
	return out
}

// WriteXLSX writes a workbook of the three sheets. Every cell is a text: codes and
// telephone numbers keep their digits.
func WriteXLSX(w io.Writer, r records.Roster, words Words) error {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBE6"}}})
	if err != nil {
		return err
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return err
	}
	for i, sheet := range sheets {
		name := words("sheet." + sheet)[0]
		if i == 0 {
			err = book.SetSheetName("Sheet1", name)
		} else {
			_, err = book.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if err := writeSheet(book, name, header(sheet, words), lines(sheet, r, words), bold, text); err != nil {
			return err
		}
	}
	last, err := excelize.ColumnNumberToName(len(Columns[Posts]))
	if err != nil {
		return err
	}
	main := words("sheet." + Posts)[0]
	for col, from := range map[string][]string{"role": roleWords(words), "kind": {words("kind.holder")[0], words("kind.deputy")[0]}} {
		if err := choices(book, main, col, from); err != nil {
			return err
		}
	}
	if err := book.AutoFilter(main, "A1:"+last+"1", nil); err != nil {
		return err
	}
	_, err = book.WriteTo(w)
	return err
}

func writeSheet(book *excelize.File, name string, head []string, rows [][]string, bold, text int) error {
	out, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, len(head), 18); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range append([][]string{head}, rows...) {
		cells := make([]any, len(row))
		style := text
		if i == 0 {
			style = bold
		}
		for k, v := range row {
			cells[k] = excelize.Cell{StyleID: style, Value: v}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// choices lets a column be filled from a list.
func choices(book *excelize.File, sheet, col string, from []string) error {
	for i, c := range Columns[Posts] {
		if c != col {
			continue
		}
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		list := excelize.NewDataValidation(true)
		list.Sqref = letter + "2:" + letter + "5000"
		if err := list.SetDropList(from); err != nil {
			return err
		}
		return book.AddDataValidation(sheet, list)
	}
	return nil
}

func roleWords(words Words) []string {
	out := make([]string, len(cases.Roles))
	for i, r := range cases.Roles {
		out[i] = words("role." + string(r))[0]
	}
	return out
}
