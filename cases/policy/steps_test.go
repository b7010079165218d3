package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
)

// Whoever owes something is offered the step that does it. What only a fact does, and
// what ends by itself, is named here.
func TestEveryObligationHasAStepThatDoesIt(t *testing.T) {
	byFact := []string{"visit", "guard_visit", "message_reply"}
	// Rows that are no key of their own: spans, and other counts of the same key.
	noKey := []string{"protection_court_urgent", "initial_assessment_urgent", "closing", "confirm_proxy", "glass_access", "temp_extend"}
	r, err := policy.Load("anqiu")
	require.NoError(t, err)
	var alone []string
	for _, d := range r.Deadlines {
		base, _, _ := strings.Cut(string(d.ID), "/")
		done := slices.ContainsFunc(cases.AllSteps(), func(s cases.Step) bool {
			return slices.Contains(s.Ends, base) || slices.Contains(s.Answers, base)
		})
		if !done && !slices.Contains(slices.Concat(byFact, noKey), base) && !slices.Contains(alone, base) {
			alone = append(alone, base)
		}
	}
	require.Empty(t, alone)
}
