package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// mine gives what stands in the worklist of who holds posts, by key.
func (b *bundle) mine(posts ...cases.Post) map[string]records.ObligationRow {
	b.t.Helper()
	out := map[string]records.ObligationRow{}
	var after records.Cursor
	for {
		rows, next, err := b.Obligations(b.t.Context(), records.Access{Person: in(posts[0]).Person, Posts: posts}, records.ObligationFilter{Whose: "mine"}, after, 3)
		require.NoError(b.t, err)
		for _, r := range rows {
			require.NotContains(b.t, out, r.Obligation.Key, "each once")
			out[r.Obligation.Key] = r
		}
		if next == "" {
			return out
		}
		after = next
	}
}

// until lets time pass up to some time, rung by rung.
func (b *bundle) until(id string, end time.Time) {
	b.t.Helper()
	for {
		wake, ok := cases.NextWake(b.state(id), b.rules)
		if !ok || wake.After(end) {
			break
		}
		if wake.After(b.now) {
			b.now = wake
		}
		tr := cases.Tick(b.state(id), b.rules, b.now)
		if !tr.Changed() {
			b.now = b.now.Add(time.Second) // spread
			continue
		}
		b.record(tr)
	}
	b.now = end
}

func TestAnEscalationStandsInTheWorklistOfWhomItReached(t *testing.T) {
	b := setup(t)
	id := b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	require.NotContains(t, b.mine(head), "child_seen")
	o, _ := b.state(id).Obligation("child_seen")
	b.until(id, o.Due.Add(61*time.Minute))
	o, _ = b.state(id).Obligation("child_seen")

	got, ok := b.mine(head)["child_seen"]
	require.True(t, ok)
	require.NotEqual(t, head, got.Obligation.Owner)
	require.Equal(t, []cases.Post{head}, got.Reached)
	require.Contains(t, got.Alert.Posts, head)
	require.NotContains(t, got.Alert.Posts, o.Owner, "it is past the one who owes it")
	require.Empty(t, b.mine(o.Owner)["child_seen"].Alert.Refusal)
	// Who owes it and was told as well, and in two posts, has it once (mine looks).
	both := b.mine(o.Owner, head)["child_seen"]
	require.ElementsMatch(t, []cases.Post{o.Owner, head}, both.Reached)

	// Of one of the posts held.
	of := func(post cases.Post) (keys []string) {
		rows, _, err := b.Obligations(t.Context(), records.Access{Person: in(head).Person, Posts: []cases.Post{head, bureau}}, records.ObligationFilter{Whose: "mine", Owner: post}, "", 200)
		require.NoError(t, err)
		for _, r := range rows {
			keys = append(keys, r.Obligation.Key)
		}
		return keys
	}
	require.Contains(t, of(head), "child_seen")
	require.NotContains(t, of(bureau), "child_seen")
	require.Empty(t, of(manager), "not theirs")

	// A deadline that moves begins anew; what is done is nobody's.
	b.step(id, "accept", desk, nil)
	st := b.step(id, "triage", desk, cases.Fields{
		"colour": "yellow", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "relation": "guardian", "manager": string(manager), "compartment": "false",
	})
	moved, _ := st.Obligation("child_seen")
	require.Greater(t, moved.Epoch, o.Epoch)
	require.NotContains(t, b.mine(head), "child_seen")
	require.NotContains(t, b.mine(head), "triage")
	require.Zero(t, b.count(`SELECT count(*) FROM reached r JOIN obligation o ON o.id = r.obligation WHERE o.ended_at IS NOT NULL OR o.epoch <> r.epoch OR o.due <> r.due`))
}

func TestARecusedPostNoLongerSeesWhatReachedIt(t *testing.T) {
	b := setup(t)
	id := b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	o, _ := b.state(id).Obligation("child_seen")
	b.until(id, o.Due.Add(61*time.Minute))
	require.Contains(t, b.mine(head), "child_seen")
	b.step(id, "recuse", desk, cases.Fields{"post": string(head)})
	require.Empty(t, b.mine(head))
}

func TestAnAnswerThatWasGivenIsGivenAgainThoughItCouldNotBeNow(t *testing.T) {
	b := setup(t)
	id := b.file()
	f := cases.Fact{ID: "note-1", Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(desk).Person, Post: desk}}
	once := records.Once{Key: "k-1", Route: "r", Actor: in(desk).Person}
	first, err := b.AddFact(t.Context(), once, in(desk), id, f, nil)
	require.NoError(t, err)
	once.Refusal = cases.Refuse(cases.CodeAcked)
	again, err := b.AddFact(t.Context(), once, in(desk), id, f, nil)
	require.NoError(t, err)
	require.Equal(t, first, again)
	once.Key, f.ID = "k-2", "note-2"
	_, err = b.AddFact(t.Context(), once, in(desk), id, f, nil)
	requireCode(t, cases.CodeAcked, err)
	require.Zero(t, b.count(`SELECT count(*) FROM fact WHERE id = 'note-2'`))
}
