package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// What is due on a day that the published calendar does not reach is only provisional,
// and every list that shows the day says so; what falls within the calendar is not.
func TestADayBeyondTheCalendarIsProvisionalInEveryList(t *testing.T) {
	b := setup(t)
	b.now = time.Date(2026, 12, 22, 1, 0, 0, 0, time.UTC)
	id := b.fileChild(records.Child{Name: "单小雨"})
	triage(b, id, "yellow", "false")
	b.step(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	task, ok := b.state(id).Obligation("task:1")
	require.True(t, ok)
	require.Equal(t, 2027, task.Due.Year())
	require.True(t, task.Provisional)

	found := func() records.CaseRow {
		hits, err := b.Search(t.Context(), in(desk), records.Search{By: records.ByName, Value: "单小雨", Reason: records.SearchReport})
		require.NoError(t, err)
		require.Len(t, hits.Hits, 1)
		return hits.Hits[0].CaseRow
	}
	rows := func() (out []bool) {
		open := true
		for who, f := range map[*records.Access]records.CaseFilter{
			{Person: "a", Posts: []cases.Post{desk}}: {}, {Person: "b", Posts: []cases.Post{desk}}: {Open: &open},
			{Person: "c", Posts: []cases.Post{schools}}: {}, {Person: "d", Posts: []cases.Post{schools}}: {Open: &open},
		} {
			list, _, err := b.ListCases(t.Context(), *who, f, "", 10)
			require.NoError(t, err)
			require.Len(t, list, 1)
			out = append(out, list[0].NextProvisional)
		}
		seen, err := b.PeekCase(t.Context(), in(desk), id)
		require.NoError(t, err)
		return append(out, seen.NextProvisional, found().NextProvisional)
	}
	for _, next := range rows() {
		require.False(t, next, "what comes first falls within the calendar")
	}

	// All that comes before the task has been done.
	st := b.state(id)
	did := cases.Transition{Base: st.Seq, State: st}
	did.State.Seq++
	for _, o := range st.Obligations {
		if o.Key != task.Key {
			did.Events = append(did.Events, cases.Event{Type: cases.EventMet, At: b.now, Key: o.Key, Rule: o.Rule, Occurrence: o.Occurrence, Epoch: o.Epoch, Due: o.Due, Owner: o.Owner})
		}
	}
	did.State.Obligations = []cases.Obligation{task}
	require.True(t, b.record(did).Written)
	for _, next := range rows() {
		require.True(t, next, "the task comes first, and its day is provisional")
	}

	owed, err := b.Owed(t.Context(), in(desk), []cases.Post{schools, manager})
	require.NoError(t, err)
	require.True(t, owed[0].Provisional)
	require.False(t, owed[1].Provisional, "it owes nothing")
	letter, err := b.TaskLetter(t.Context(), in(manager), id, 1)
	require.NoError(t, err)
	require.True(t, letter.Provisional)
}

func TestAnOrderToAnswerByAProvisionalDaySaysSo(t *testing.T) {
	b := setup(t)
	b.fill(12, 3)
	list := func() (provisional, due int) {
		rows, _, err := b.Orders(t.Context(), in(head), records.OrderFilter{From: start.AddDate(-1, 0, 0), To: b.now.AddDate(1, 0, 0)}, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			if !r.Due.IsZero() {
				due++
			}
			if r.Provisional {
				provisional++
				letter, err := b.OrderLetter(t.Context(), in(head), r.Case, r.N)
				require.NoError(t, err)
				require.True(t, letter.Provisional)
			}
		}
		return provisional, due
	}
	_, err := b.superuser().Exec(t.Context(), `UPDATE obligation SET provisional = false`)
	require.NoError(t, err)
	provisional, due := list()
	require.Zero(t, provisional)
	require.Positive(t, due)
	_, err = b.superuser().Exec(t.Context(), `UPDATE obligation SET provisional = true, body = body || '{"provisional": true}' WHERE key LIKE 'order_reply:%'`)
	require.NoError(t, err)
	_, err = b.superuser().Exec(t.Context(), `UPDATE cases SET state = jsonb_set(state, '{obligations}',
		(SELECT jsonb_agg(o || '{"provisional": true}') FROM jsonb_array_elements(state->'obligations') o)) WHERE jsonb_array_length(nullif(state->'obligations', 'null')) > 0`)
	require.NoError(t, err)
	provisional, _ = list()
	require.Equal(t, due, provisional)
}
