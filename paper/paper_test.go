package paper_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"
	"github.com/stretchr/testify/require"

	"tonghu/paper"
	"tonghu/web"
)

var frame = paper.Frame{Title: "个案责任链", Number: "强报〔2026〕000001", Mark: "高建国", Foot: "打印人：高建国", Page: "第 %d 页，共 %d 页", Missing: "没有的字："}

// font is the one of the build.
func font(t *testing.T) *paper.Font {
	t.Helper()
	if len(web.PaperFont()) == 0 {
		t.Skip("the console is not built: make build-web")
	}
	return paper.NewFont(web.PaperFont)
}

// read gives the text of each page, as somebody who selects and copies it has it.
func read(t *testing.T, src []byte) []string {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(src), int64(len(src)))
	require.NoError(t, err)
	var pages []string
	for n := 1; n <= r.NumPage(); n++ {
		text, err := r.Page(n).GetPlainText(nil)
		require.NoError(t, err)
		pages = append(pages, strings.Join(strings.Fields(text), ""))
	}
	return pages
}

func TestAPaperIsReadBackAsItWasSet(t *testing.T) {
	t.Parallel()
	out, err := font(t).Set(frame, func(s *paper.Sheet) {
		s.Heading("应办事项")
		s.Text("儿童主任䶮某应于 2026-11-24 15:04 前见到儿童。")
		s.Pairs([2]string{"责任岗位", "青石镇前徐家洼村儿童主任"}, [2]string{"空的", ""})
	})
	require.NoError(t, err)
	pages := read(t, out)
	require.Len(t, pages, 1)
	for _, text := range []string{frame.Title, frame.Number, frame.Mark, "打印人：高建国", "第1页，共1页", "应办事项", "儿童主任䶮某应于2026-11-2415:04前见到儿童。", "责任岗位青石镇前徐家洼村儿童主任"} {
		require.Contains(t, pages[0], text)
	}
	require.NotContains(t, pages[0], "空的")
	require.NotContains(t, pages[0], frame.Missing, "every character is in the font")
	require.Contains(t, string(out), "/FontFile2", "the font is in the file")
	require.Less(t, len(out), 400<<10, "only the characters that are used are")
}

func TestACharacterThatTheFontLacksIsNamedAndListed(t *testing.T) {
	t.Parallel()
	out, err := font(t).Set(frame, func(s *paper.Sheet) { s.Text("承办人：\U00020BB7野") })
	require.NoError(t, err)
	text := read(t, out)[0]
	require.Contains(t, text, "承办人：〔U+20BB7〕野")
	require.Contains(t, text, "没有的字：〔U+20BB7〕")
}

func TestALongTableGoesOnBeneathItsHeadOnEveryPage(t *testing.T) {
	t.Parallel()
	rows := make([]paper.Row, 120)
	for i := range rows {
		rows[i] = paper.Row{Cells: []string{strconv.Itoa(i) + "号", "逐级提醒", strings.Repeat("镇儿童督导员到此时尚未办结。", 3)}}
	}
	out, err := font(t).Set(frame, func(s *paper.Sheet) {
		s.Table([]float64{1, 2, 4}, []string{"时间", "事项", "岗位及说明"}, rows...)
	})
	require.NoError(t, err)
	pages := read(t, out)
	require.Greater(t, len(pages), 3)
	all := strings.Join(pages, "")
	for i := range rows {
		require.Contains(t, all, strconv.Itoa(i)+"号")
	}
	for n, page := range pages {
		require.Contains(t, page, "岗位及说明")
		require.Contains(t, page, "第"+strconv.Itoa(n+1)+"页，共"+strconv.Itoa(len(pages))+"页")
		require.Contains(t, page, frame.Mark, "the watermark is on every page")
	}
}

func TestATextLongerThanAPageIsCutNowhere(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("甲乙丙丁戊己庚辛壬癸", 600)
	out, err := font(t).Set(frame, func(s *paper.Sheet) { s.Pairs([2]string{"内容", long}) })
	require.NoError(t, err)
	n := 0
	for _, page := range read(t, out) {
		n += strings.Count(page, "癸")
	}
	require.Equal(t, 600, n)
}

func TestWithoutAFontNoPaperIsSet(t *testing.T) {
	t.Parallel()
	_, err := paper.NewFont(func() []byte { return nil }).Set(frame, func(*paper.Sheet) {})
	require.ErrorIs(t, err, paper.ErrNoFont)
}
