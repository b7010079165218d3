// Package paper sets papers as PDF: A4, Chinese in a font that goes into the file, text
// that can be selected and searched. It knows no case and no words: both are given.
package paper

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/signintech/gopdf"
)

// Measures of a page in points.
const (
	margin  = 51.0 // 18 mm
	top     = 62.0
	bottom  = 56.0
	leading = 1.55
	text    = 10.5
	small   = 8.5
	family  = "paper"
)

var (
	width  = gopdf.PageSizeA4.W
	height = gopdf.PageSizeA4.H
)

// ErrNoFont tells that the build has no font to set papers in.
var ErrNoFont = errors.New("paper: the build has no font: run `make build-web`, then build again")

// Font is a TrueType font that papers are set in. It is read once, when the first paper
// is set.
type Font struct {
	load func() (*gopdf.FontContainer, error)
}

// NewFont makes a font of the bytes that read gives; nil ones are ErrNoFont.
func NewFont(read func() []byte) *Font {
	return &Font{load: sync.OnceValues(func() (*gopdf.FontContainer, error) {
		src := read()
		if len(src) == 0 {
			return nil, ErrNoFont
		}
		fonts := &gopdf.FontContainer{}
		return fonts, fonts.AddTTFFontData(family, src)
	})}
}

// Frame is what stands on every page.
type Frame struct {
	Title  string
	Number string // beneath the title and at the head of the pages that follow
	Mark   string // the watermark: who reads it
	Foot   string // by whom and when it was printed
	// Page words the number of a page of how many: "%d / %d".
	Page string
	// Missing begins the line that lists characters that the font does not have.
	Missing string
}

// Sheet is a paper that is being set, from the top to the bottom.
type Sheet struct {
	pdf     gopdf.GoPdf
	frame   Frame
	y       float64
	missing []rune
	err     error // the first that happened; nothing is set after it
}

// Set sets a paper and gives the PDF.
func (f *Font) Set(frame Frame, body func(*Sheet)) ([]byte, error) {
	fonts, err := f.load()
	if err != nil {
		return nil, err
	}
	s := &Sheet{frame: frame}
	s.pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	s.pdf.SetInfo(gopdf.PdfInfo{Title: frame.Title + " " + frame.Number, Producer: "Tonghu"})
	if err := s.pdf.AddTTFFontFromFontContainer(family, fonts); err != nil {
		return nil, err
	}
	s.page()
	s.line(frame.Title, 18, margin, width-2*margin, gopdf.Center)
	s.y += 4
	s.line(frame.Number, text, margin, width-2*margin, gopdf.Center)
	s.y += 10
	body(s)
	if len(s.missing) > 0 {
		s.Space(6)
		list := make([]string, len(s.missing))
		for i, r := range s.missing {
			list[i] = named(r)
		}
		s.Note(frame.Missing + strings.Join(list, " "))
	}
	s.number()
	if s.err != nil {
		return nil, s.err
	}
	var out bytes.Buffer
	if _, err := s.pdf.WriteTo(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// named stands for a character that the font does not have.
func named(r rune) string { return fmt.Sprintf("〔U+%04X〕", r) }

func (s *Sheet) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

// page begins a page: its watermark, which all else is set above.
func (s *Sheet) page() {
	s.pdf.AddPage()
	s.y = top
	s.size(20)
	s.pdf.SetTextColor(232, 232, 232)
	mark := s.shown(s.frame.Mark)
	for y := 150.0; mark != "" && y < height; y += 210 {
		for x := 60.0; x < width; x += 300 {
			s.pdf.Rotate(30, x, y)
			s.pdf.SetXY(x, y)
			s.do(s.pdf.Text(mark))
			s.pdf.RotateReset()
		}
	}
	s.pdf.SetTextColor(0, 0, 0)
}

// number sets head and foot of every page, once it is known how many there are.
func (s *Sheet) number() {
	pages := s.pdf.GetNumberOfPages()
	for n := 1; n <= pages; n++ {
		s.do(s.pdf.SetPage(n))
		s.pdf.SetTextColor(70, 70, 70)
		if n > 1 {
			s.y = 34
			s.line(s.frame.Title+" "+s.frame.Number, small, margin, width-2*margin, gopdf.Left)
		}
		s.y = height - 40
		s.line(s.frame.Foot, small, margin, width-2*margin-90, gopdf.Left)
		s.y = height - 40
		s.line(fmt.Sprintf(s.frame.Page, n, pages), small, width-margin-90, 90, gopdf.Right)
		s.pdf.SetTextColor(0, 0, 0)
	}
}

func (s *Sheet) size(points float64) { s.do(s.pdf.SetFontWithStyle(family, gopdf.Regular, points)) }

// shown is a text with every character that the font does not have named in it.
func (s *Sheet) shown(in string) string {
	var out strings.Builder
	for _, r := range in {
		switch has, err := s.pdf.IsCurrFontContainGlyph(r); {
		case r == '\n' || r == '\t' || r == '\r':
			out.WriteByte(' ')
		case err == nil && has:
			out.WriteRune(r)
		default:
			if !slices.Contains(s.missing, r) {
				s.missing = append(s.missing, r)
			}
			out.WriteString(named(r))
		}
	}
	return out.String()
}

// line sets one line and goes to the next.
func (s *Sheet) line(in string, points, x, w float64, align int) {
	s.size(points)
	s.pdf.SetXY(x, s.y)
	s.do(s.pdf.CellWithOption(&gopdf.Rect{W: w, H: points * leading}, s.shown(in), gopdf.CellOption{Align: align | gopdf.Middle}))
	s.y += points * leading
}

// lines breaks a text into lines of a width, at its own line ends too.
func (s *Sheet) lines(in string, points, w float64) []string {
	s.size(points)
	var out []string
	for _, paragraph := range strings.Split(in, "\n") {
		paragraph = s.shown(paragraph)
		if paragraph == "" {
			out = append(out, "")
			continue
		}
		broken, err := s.pdf.SplitTextWithWordWrap(paragraph, w)
		s.do(err)
		out = append(out, broken...)
	}
	return out
}

// room begins a page where less than h is left.
func (s *Sheet) room(h float64) {
	if s.y+h > height-bottom {
		s.page()
	}
}

// Heading sets a heading; it stays with what follows it.
func (s *Sheet) Heading(in string) {
	s.Space(8)
	s.room(60)
	s.pdf.SetLineWidth(1.2)
	for _, l := range s.lines(in, 12.5, width-2*margin) {
		s.line(l, 12.5, margin, width-2*margin, gopdf.Left)
	}
	s.pdf.Line(margin, s.y, width-margin, s.y)
	s.y += 5
}

// Text sets a paragraph.
func (s *Sheet) Text(in string) { s.paragraph(in, text) }

// Title sets a line that stays with what follows it.
func (s *Sheet) Title(in string) {
	s.room(90)
	s.paragraph(in, 11.5)
	s.y += 3
}

// Note sets a paragraph in small type.
func (s *Sheet) Note(in string) { s.paragraph(in, small) }

func (s *Sheet) paragraph(in string, points float64) {
	for _, l := range s.lines(in, points, width-2*margin) {
		s.room(points * leading)
		s.line(l, points, margin, width-2*margin, gopdf.Left)
	}
}

// Space leaves some points empty.
func (s *Sheet) Space(points float64) { s.y += points }

// Cut draws the line along which a slip is cut off, with a word beneath it. The slip of
// a height stays on one page.
func (s *Sheet) Cut(in string, slip float64) {
	s.Space(14)
	s.room(slip)
	s.pdf.SetLineType("dashed")
	s.pdf.Line(margin, s.y, width-margin, s.y)
	s.pdf.SetLineType("solid")
	s.y += 2
	s.line(in, small, margin, width-2*margin, gopdf.Center)
}

// Row is a row of a table; Tall leaves at least so many points, to be written in by hand.
type Row struct {
	Cells []string
	Tall  float64
}

// Table sets rows in columns, whose shares of the width are given. head stands above
// them, on each page; nil is none.
func (s *Sheet) Table(shares []float64, head []string, rows ...Row) {
	total := 0.0
	for _, share := range shares {
		total += share
	}
	widths := make([]float64, len(shares))
	for i, share := range shares {
		widths[i] = share / total * (width - 2*margin)
	}
	if head != nil {
		s.room(70)
		s.row(widths, Row{Cells: head}, nil)
	}
	for _, row := range rows {
		s.row(widths, row, head)
	}
}

const pad = 4.0

// row sets a row, on the next page beneath head if it does not fit on this one. What is
// taller than a page is cut at the page's end and goes on.
func (s *Sheet) row(widths []float64, row Row, head []string) {
	cells := make([][]string, len(widths))
	most := 1
	for i, w := range widths {
		if i < len(row.Cells) {
			cells[i] = s.lines(row.Cells[i], 9.5, w-2*pad)
		}
		most = max(most, len(cells[i]))
	}
	const step = 9.5 * leading
	for from := 0; from < most; {
		fits := int((height - bottom - s.y - 2*pad) / step)
		if fits < min(most-from, 3) || s.y+row.Tall > height-bottom {
			s.page()
			if head != nil {
				s.row(widths, Row{Cells: head}, nil)
			}
			fits = int((height - bottom - s.y - 2*pad) / step)
		}
		to := min(most, from+fits)
		h := max(float64(to-from)*step+2*pad, row.Tall)
		x, y := margin, s.y
		s.pdf.SetLineWidth(0.6)
		for i, w := range widths {
			s.pdf.RectFromUpperLeftWithStyle(x, y, w, h, "D")
			s.y = y + pad
			for n := from; n < min(to, len(cells[i])); n++ {
				s.line(cells[i][n], 9.5, x+pad, w-2*pad, gopdf.Left)
			}
			x += w
		}
		s.y = y + h
		from = to
	}
}

// Pairs sets names and what they stand for, those without a value left out.
func (s *Sheet) Pairs(pairs ...[2]string) {
	var rows []Row
	for _, p := range pairs {
		if p[1] != "" {
			rows = append(rows, Row{Cells: p[:]})
		}
	}
	s.Table([]float64{1, 3.4}, nil, rows...)
}
