package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tonghu/cases"
	"tonghu/records"
)

// beyond is a store whose days all lie beyond the published calendar, but for one of
// each two rows.
type beyond struct {
	records.Inbox
	records.Supervision
	records.Organisation
	records.Directory
	records.Worklist
	records.Letters
}

var beyondDue = time.Date(2027, 1, 5, 15, 59, 59, 0, time.UTC)

func (beyond) Notices(context.Context, records.Access, bool, records.Cursor, int) ([]records.NoticeRow, records.Cursor, error) {
	return []records.NoticeRow{{ID: "1", Type: "rung", Due: beyondDue, Provisional: true}, {ID: "2", Type: "rung", Due: beyondDue}}, "", nil
}

func (beyond) Orders(context.Context, records.Access, records.OrderFilter, records.Cursor, int) ([]records.OrderRow, records.Cursor, error) {
	return []records.OrderRow{{Number: "1", Due: beyondDue, Provisional: true, Stand: "open", To: testJustice}, {Number: "2", Due: beyondDue, Stand: "open", To: testJustice}}, "", nil
}

func (beyond) PutExport(context.Context, records.Access, records.TakenOut) error { return nil }

func (beyond) Owed(_ context.Context, _ records.Access, posts []cases.Post) ([]records.Owed, error) {
	return []records.Owed{{Post: posts[0], Open: 1, Next: beyondDue, Provisional: true}, {Post: posts[1], Open: 1, Next: beyondDue}}, nil
}

func (beyond) Orgs(context.Context, string) ([]records.Place, error) { return nil, nil }
func (beyond) Units(context.Context) ([]records.Unit, error)         { return nil, nil }

func (beyond) Obligations(context.Context, records.Access, records.ObligationFilter, records.Cursor, int) ([]records.ObligationRow, records.Cursor, error) {
	o := cases.Obligation{Key: "task:1", Owner: testJustice, Due: beyondDue}
	unsure := o
	unsure.Provisional = true
	return []records.ObligationRow{{ID: "1", Obligation: unsure}, {ID: "2", Obligation: o}}, "", nil
}

func (beyond) TaskLetter(_ context.Context, _ records.Access, _ string, n int) (records.Letter, error) {
	return records.Letter{Kind: "task", To: testJustice, ToName: "司法局", Measure: "legal_aid", Due: beyondDue, Provisional: n == 1}, nil
}

func (beyond) OrderLetter(_ context.Context, _ records.Access, _ string, n int) (records.Letter, error) {
	return records.Letter{Kind: "order", To: testJustice, ToName: "司法局", Measure: "task:1", Due: beyondDue, Provisional: n == 1}, nil
}

func TestAProvisionalDayIsMarkedInEveryAnswer(t *testing.T) {
	s := beyond{}
	b := setup(t, func(c *Config) {
		c.Inbox, c.Supervision, c.Organisation, c.Directory, c.Worklist, c.Letters = s, s, s, s, s, s
	})
	id := b.book.open(t)
	row := &b.book.view.CaseRow
	row.NextDue, row.NextKey, row.NextProvisional = beyondDue, "task:1", true
	b.searches.found.Hits = []records.Hit{{CaseRow: *row, State: b.book.view.State}}
	head := b.as(testHead)
	marks := func(r reply, field string) (out []any) {
		t.Helper()
		for _, item := range r.is(http.StatusOK)["items"].([]any) {
			out = append(out, item.(map[string]any)[field])
		}
		return out
	}
	require.Equal(t, []any{true}, marks(head.get("/api/v1/cases"), "next_provisional"))
	require.Equal(t, true, head.get("/api/v1/cases/" + id).is(http.StatusOK)["next_provisional"])
	require.Equal(t, []any{true}, marks(b.as(testDesk).post("/api/v1/search", map[string]any{"by": "name", "value": "小童", "reason": "report"}), "next_provisional"))
	require.Equal(t, []any{true, nil}, marks(head.get("/api/v1/notices"), "provisional"))
	require.Equal(t, []any{true, nil}, marks(head.get("/api/v1/supervision/orders"), "provisional"))
	require.Equal(t, []any{true, nil}, marks(head.get("/api/v1/obligations"), "provisional"))
	require.Equal(t, []any{true, nil}, marks(head.get("/api/v1/owed?post="+string(testManager)+"&post="+string(testDesk)), "provisional"))
	row.NextProvisional = false
	require.Equal(t, []any{nil}, marks(head.get("/api/v1/cases"), "next_provisional"))
}

func TestAProvisionalDayIsMarkedInWorkbooks(t *testing.T) {
	s := beyond{}
	b := setup(t, func(c *Config) { c.Supervision, c.Directory, c.Worklist = s, s, s })
	b.book.open(t)
	row := &b.book.view.CaseRow
	row.NextDue, row.NextKey, row.NextProvisional = beyondDue, "task:1", true
	for what, want := range map[string][]string{"cases": {"是"}, "obligations": {"是", ""}, "orders": {"是", ""}} {
		r := b.as(testHead).post("/api/v1/exports", map[string]any{"what": what, "purpose": "supervision", "reason": "季度汇报", "filter": map[string]any{}})
		require.Equal(t, http.StatusOK, r.status, string(r.body))
		f, err := excelize.OpenReader(bytes.NewReader(r.body))
		require.NoError(t, err)
		rows, err := f.GetRows(f.GetSheetList()[0])
		require.NoError(t, err)
		header, column := 0, -1
		for i, cells := range rows {
			for j, cell := range cells {
				if cell == chinese.say("export.column.provisional") {
					header, column = i, j
				}
			}
		}
		require.GreaterOrEqual(t, column, 0, what)
		var got []string
		for _, cells := range rows[header+1:] {
			got = append(got, cells[column])
		}
		require.Equal(t, want, got, what)
	}
}

func TestALetterSaysThatItsDayIsProvisional(t *testing.T) {
	b := setup(t, func(c *Config) { c.Letters = beyond{} })
	id := b.book.open(t)
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: testJustice, State: cases.TaskAssigned}, {N: 2, Post: testJustice, State: cases.TaskAssigned}}
	b.book.view.State.Orders = []cases.Order{{N: 1, To: testJustice}, {N: 2, To: testJustice}}
	for _, kind := range []string{"tasks", "orders"} {
		page := string(b.as(testManager).get("/api/v1/cases/" + id + "/" + kind + "/1/letter").body)
		require.Equal(t, 2, strings.Count(page, "2027年1月5日 23:59（暂定）"), "in the sentence and in the table")
		require.Contains(t, page, chinese.say("paper.letter.provisionalWhy"))
		page = string(b.as(testManager).get("/api/v1/cases/" + id + "/" + kind + "/2/letter").body)
		require.Equal(t, 2, strings.Count(page, "2027年1月5日 23:59"))
		require.NotContains(t, page, "暂定")
	}
}
