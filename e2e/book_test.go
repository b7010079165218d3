//go:build e2e

package e2e

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// book is what callers were told, to be held against what the product has in the
// end. It belongs to the callers: the product knows nothing of it.
type book struct {
	mu    sync.Mutex
	filed []api.Filed
	steps []step
	facts []string // answered with 201: none may ever be lost
	lines []line
	odd   []string // answers that nobody should ever get
}

// step is a form that was answered: done, accepted, or refused.
type step struct {
	login, caseID, command string
	name                   cases.StepName
	status                 int
	code                   string // of a refusal
}

// line is a message that a reporter was told is stored.
type line struct {
	receipt string
	id      string
}

func (b *book) note(write func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	write()
}

// oddly notes an answer that is neither done nor a refusal.
func (b *book) oddly(what string, err error) {
	var p *story.Problem
	if errors.As(err, &p) && (p.Status >= http.StatusInternalServerError || p.Status == http.StatusUnauthorized) {
		b.note(func() { b.odd = append(b.odd, what+": "+err.Error()+" "+p.Body) })
	}
}

func (b *book) step(s step, err error) {
	b.oddly(string(s.name), err)
	if err != nil {
		code, command := refusal(err)
		if command == "" {
			return // refused before anything was stored
		}
		s.code, s.command = code, command
	}
	b.note(func() { b.steps = append(b.steps, s) })
}

// balance holds the book against the product.
func (b *book) balance(t *testing.T, in *instance, as people) {
	t.Helper()
	desk := as["desk1"]
	require.Empty(t, b.odd, "answers that nobody should get")

	ids := map[string]string{} // of cases, by number
	events := map[string][]api.Event{}
	reports, runs := 0, in.runs()
	for _, c := range allCases(t, desk) {
		require.NotContains(t, ids, c.Number, "a number is given once")
		ids[c.Number] = c.ID
		events[c.ID] = timeline(t, desk, c.ID)
		require.Empty(t, story.Faults(events[c.ID]), "%s %s", c.Number, c.ID)
		if c.Kind == cases.MandatoryReport {
			reports++
		}
		if n := runs[workflowOf(c)]; howMany(events[c.ID], hasClosed) == 0 {
			require.Equal(t, 1, n, "%s has one workflow, started once", c.Number)
		} else {
			require.Positive(t, n, "%s had a workflow", c.Number)
		}
	}
	require.Len(t, b.filed, reports, "every accepted report exists once, and no other")
	for _, f := range b.filed {
		require.Contains(t, ids, f.Number)
	}

	var drafts struct {
		Items []api.Draft `json:"items"`
	}
	drafted := map[string]bool{}
	for login := range as {
		_, err := as[login].Do(t.Context(), http.MethodGet, "/api/v1/drafts", "", nil, &drafts)
		require.NoError(t, err)
		for _, d := range drafts.Items {
			drafted[d.Command] = true
		}
	}
	for _, s := range b.steps {
		want := 1
		if s.code != "" {
			want = 0
		}
		if s.status == http.StatusAccepted && s.code == "" {
			var c api.Command
			_, err := as[s.login].Do(t.Context(), http.MethodGet, "/api/v1/cases/"+s.caseID+"/commands/"+s.command, "", nil, &c)
			require.NoError(t, err, "%s in %s was accepted", s.name, s.caseID)
			require.Contains(t, []string{"answered", "refused"}, string(c.Status), "%s in %s was decided", s.name, s.caseID)
			if c.Status == "refused" {
				want = 0
				s.code = string(c.Refusal.Code)
			}
		}
		got := howMany(events[s.caseID], func(e api.Event) bool {
			return e.Command == s.command && (e.Type == cases.EventStep || e.Type == cases.EventProposed)
		})
		if want == 1 && got == 2 { // proposed, and then carried out by the second person
			got = howMany(events[s.caseID], func(e api.Event) bool { return e.Command == s.command && e.Type == cases.EventProposed })
		}
		require.Equal(t, want, got, "%s by %s in %s, answered %d %s", s.name, s.login, s.caseID, s.status, s.code)
		if want == 0 {
			// Shown for as long as its author has to do with the case.
			if _, err := as[s.login].Case(t.Context(), s.caseID); story.CodeOf(err) != "not_found" {
				require.NoError(t, err)
				require.True(t, drafted[s.command], "%s by %s, refused with %s, is its author's draft", s.name, s.login, s.code)
			}
		}
	}
	taken := map[string]int{} // by whichever case the first one is part of now
	for _, list := range events {
		for _, e := range list {
			if e.Type == cases.EventFact {
				taken[e.Fact]++
			}
		}
	}
	for _, id := range b.facts {
		require.Equal(t, 1, taken[id], "the fact %s", id)
	}
	for _, l := range b.lines {
		require.Equal(t, 1, taken[l.id], "the message %s", l.id)
	}
	for _, f := range b.filed {
		var seen api.ReceiptAnswer
		_, err := in.stranger().Do(t.Context(), http.MethodPost, "/api/v1/receipts/lookup", "", map[string]string{"code": f.Receipt}, &seen)
		require.NoError(t, err, "the receipt of %s", f.Number)
		require.Equal(t, f.Number, seen.Number)
		for _, l := range b.lines {
			if l.receipt == f.Receipt {
				n := 0
				for _, m := range seen.Messages {
					if m.ID == l.id {
						n++
					}
				}
				require.Equal(t, 1, n, "the message %s is shown", l.id)
			}
		}
	}
	require.Zero(t, in.count("tonghu", `SELECT count(*) FROM command c JOIN event e ON e.case_id = c.case_id AND e.body->>'command' = c.id::text
		WHERE c.status = 'refused' AND e.type IN ('step', 'proposed')`), "nothing that was refused is recorded")
	b.tell(t, events)
}

func hasClosed(e api.Event) bool { return e.Type == cases.EventStep && e.To == cases.Closed }

// tell says how much there was of everything: a test that did nothing proves nothing.
func (b *book) tell(t *testing.T, events map[string][]api.Event) {
	t.Helper()
	done, refused, later, rungs := map[cases.StepName]int{}, map[string]int{}, 0, 0
	for _, s := range b.steps {
		switch {
		case s.code != "":
			refused[s.code]++
		default:
			done[s.name]++
			if s.status == http.StatusAccepted {
				later++
			}
		}
	}
	for _, list := range events {
		rungs += howMany(list, func(e api.Event) bool { return e.Type == cases.EventRung })
	}
	t.Logf("%d cases, %d reports, %d steps (%d answered with 202) %v, refused %v, %d facts, %d messages, %d rungs",
		len(events), len(b.filed), len(b.steps), later, done, refused, len(b.facts), len(b.lines), rungs)
	require.Greater(t, rungs, 0)
	require.Greater(t, len(done), 8)
	require.NotEmpty(t, b.facts)
	require.NotEmpty(t, b.lines)
}

// open gives the cases whose id is known, the latest first.
func (b *book) open() []api.Filed {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.filed)
	slices.Reverse(out)
	return out
}
