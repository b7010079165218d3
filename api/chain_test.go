package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ledongthuc/pdf"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/paper"
	"tonghu/records"
	"tonghu/web"
)

// Chain gives what the book holds.
func (b *book) Chain(_ context.Context, a records.Access, _ string, parts []string) (records.Chain, error) {
	b.exports = append(b.exports, strings.Join(append([]string{a.Purpose}, parts...), " "))
	return records.Chain{Rules: b.rules, Events: b.events, Notices: b.notices}, nil
}

// withPapers has the font of the build, and a county.
func withPapers(t *testing.T) func(*Config) {
	t.Helper()
	if len(web.PaperFont()) == 0 {
		t.Skip("the console is not built: make build-web")
	}
	return func(c *Config) { c.Papers, c.Directory = paper.NewFont(web.PaperFont), &fixedDirectory{} }
}

// onPage gives the words of a PDF.
func (r reply) onPage() string {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.status, string(r.body))
	require.Equal(r.t, "application/pdf", r.header.Get("Content-Type"))
	in, err := pdf.NewReader(bytes.NewReader(r.body), int64(len(r.body)))
	require.NoError(r.t, err)
	var out strings.Builder
	for n := 1; n <= in.NumPage(); n++ {
		text, err := in.Page(n).GetPlainText(nil)
		require.NoError(r.t, err)
		out.WriteString(strings.Join(strings.Fields(text), ""))
	}
	return out.String()
}

func TestTheChainSaysWhoOwedWhatWhoWasToldAndWhoHadNotActed(t *testing.T) {
	b := setup(t, withPapers(t))
	id := b.book.open(t)
	at := b.now.Add(-3 * time.Hour)
	due := at.Add(time.Hour)
	seen := cases.Event{Key: "child_seen", Rule: "child_seen", Occurrence: 1, Epoch: 1, Owner: testSupervisor, Due: due}
	event := func(kind cases.EventType, after time.Duration, change func(*cases.Event)) records.EventRow {
		e := seen
		e.Type, e.At = kind, at.Add(after)
		if change != nil {
			change(&e)
		}
		return records.EventRow{Seq: int64(after/time.Minute) + 1, Event: e}
	}
	b.book.events = []records.EventRow{
		event(cases.EventOwed, 0, func(e *cases.Event) { e.Posts = []cases.Post{testSupervisor} }),
		event(cases.EventRung, time.Hour, func(e *cases.Event) { e.Rung, e.RungName, e.Posts = 1, "due", []cases.Post{testSupervisor, testDesk} }),
		event(cases.EventPaused, 70*time.Minute, func(e *cases.Event) { e.Reason = "weather" }),
		event(cases.EventHandedOver, 80*time.Minute, func(e *cases.Event) { e.Owner = testManager }),
		{Seq: 91, Event: cases.Event{
			Type: cases.EventStep, At: at.Add(90 * time.Minute), Step: "child_seen", Actor: cases.Actor{Post: testDesk}, Owner: testSupervisor, Reason: "phone", Due: at.Add(50 * time.Minute),
		}},
		event(cases.EventMet, 90*time.Minute, func(e *cases.Event) { e.Owner = testManager }),
	}
	b.book.notices = []records.CaseNotice{
		{Type: "rung", Key: "child_seen", At: at.Add(time.Hour), Posts: []cases.Post{testDesk}, Name: "䶮小雨", Told: at.Add(61 * time.Minute), Read: at.Add(65 * time.Minute)},
		{Type: "rung", Key: "child_seen", At: at.Add(time.Hour), Posts: []cases.Post{testSupervisor}, Undelivered: true},
	}
	b.book.view.State.Obligations = nil // it is done
	text := b.as(testHead).get("/api/v1/cases/" + id + "/chain.pdf?purpose=complaint").onPage()
	d, ok := b.book.rules.Deadline("child_seen", b.book.view.Colour)
	require.True(t, ok)
	require.False(t, d.Statutory())
	for _, want := range []string{
		"个案责任链", "导出目的信访、投诉核查", "见到儿童", "【逾期办结】", "依据本地规定：" + strings.ReplaceAll(d.Source, " ", ""), "到期", "镇儿童督导员到此时尚未办结", "䶮小雨（市未保办受理员），已读",
		"镇儿童督导员，未送达", "原因：灾害、极端天气", "移交给市个案主管", "市未保办受理员代镇儿童督导员录入（来源：电话）", "对方尚未确认", "实际发生于" + strings.ReplaceAll(clock(at.Add(50*time.Minute)), " ", ""),
		"办结：见到儿童（镇儿童督导员）", "打印人：",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "【法定】")
	inEnglish := b.as(testHead).get("/api/v1/cases/"+id+"/chain.pdf?purpose=complaint", "Accept-Language", "en").onPage()
	for _, mark := range []string{"【", "：", "；", "（市未保办"} {
		require.NotContains(t, inEnglish, mark, "an English paper has English marks")
	}
	require.Equal(t, []string{"complaint", "complaint"}, b.book.exports)
}

func TestTheChainNamesTheChildOnlyToWhoReadsItAndAsks(t *testing.T) {
	b := setup(t, withPapers(t))
	id := b.book.open(t)
	b.book.view.Child = &records.Child{Name: "王小明"}
	path := "/api/v1/cases/" + id + "/chain.pdf?purpose=handover"
	require.NotContains(t, b.as(testHead).get(path).onPage(), "王小明")
	require.Contains(t, b.as(testHead).get(path+"&child=true").onPage(), "王小明")
	require.Equal(t, []string{"handover", "handover child"}, b.book.exports)
	b.book.view.Child = nil
	b.as(testHead).get(path+"&child=true").refused(http.StatusForbidden, records.CodeForbidden)
}

func TestTheChainIsForWhoAnswersForTheCaseAndSaysWhatFor(t *testing.T) {
	b := setup(t, withPapers(t))
	id := b.book.open(t)
	path := "/api/v1/cases/" + id + "/chain.pdf"
	b.as(testDirector).get(path+"?purpose=handling").refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testSupervisor).get(path+"?purpose=handling").refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testHead).get(path).refused(http.StatusUnprocessableEntity, cases.CodeField)
	require.Empty(t, b.book.exports)
}

func TestWithoutAFontInTheBuildPapersAreNotMade(t *testing.T) {
	b := setup(t, func(c *Config) { c.Directory = &fixedDirectory{} })
	id := b.book.open(t)
	b.as(testHead).get("/api/v1/cases/"+id+"/chain.pdf?purpose=handling").refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
}
