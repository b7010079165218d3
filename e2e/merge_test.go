//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/story"
)

// A case cannot become part of what is part of itself. Only the ledger sees that;
// whoever asks is refused, and the case goes on.
func TestMergeInACircleIsRefused(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	desk := in.signIn("desk1")["desk1"]
	triaged := func() string {
		id := filed(t, desk, "no").Case
		_, err := desk.Take(t.Context(), id, "triage", story.Step{Fields: with(triage(), "colour", "blue")})
		require.NoError(t, err)
		return id
	}
	first, second := triaged(), triaged()
	merge := func(id, into string) error {
		_, err := desk.Take(t.Context(), id, "merge", story.Step{Fields: map[string]any{"into": into, "reason": "同一孩子"}})
		return err
	}
	require.NoError(t, merge(first, second))
	require.Equal(t, "same_case", story.CodeOf(merge(second, first)))
	_, err := desk.Take(t.Context(), second, "police_report", story.Step{Fields: policeReport()})
	require.NoError(t, err, "the case goes on")
	c, err := desk.Case(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, cases.Closed, c.Stage)
	in.requireSound(desk)
}
