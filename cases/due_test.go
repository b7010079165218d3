package cases_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func rungs(t cases.Transition) int {
	n := 0
	for _, e := range t.Events {
		if e.Type == cases.EventRung {
			n++
		}
	}
	return n
}

func TestDueTellsWhetherATickWouldFire(t *testing.T) {
	r := rulesOnce()["anqiu"]
	opened, refusal := cases.Open(cases.Report{ID: reportA, Org: village, Situations: []cases.Situation{"MR04"}, Danger: cases.DangerYes}, r, monday)
	require.Nil(t, refusal)
	s, now, fired, waited := opened.State, monday, 0, 0
	for range 500 {
		now = now.Add(7 * time.Minute)
		tick := cases.Tick(s, r, now)
		require.Equal(t, rungs(tick) > 0, cases.Due(s, r, now), "at %s", now)
		if rungs(tick) > 0 {
			fired++
		} else {
			waited++
		}
		s = tick.State
	}
	require.Positive(t, fired)
	require.Positive(t, waited)
}

func TestNothingFiresWhileMoreFactsWait(t *testing.T) {
	r := rulesOnce()["anqiu"]
	opened, refusal := cases.Open(cases.Report{ID: reportA, Org: village, Situations: []cases.Situation{"MR04"}, Danger: cases.DangerYes}, r, monday)
	require.Nil(t, refusal)
	late := monday.Add(3 * time.Hour)
	note := cases.Fact{ID: "n1", Kind: cases.FactNote, Occurred: monday, Received: monday}
	first, _ := cases.Act(opened.State, r, cases.Input{Facts: []cases.Fact{note}, More: true}, late)
	require.Zero(t, rungs(first))
	require.True(t, first.State.HasFact("n1"))
	last, _ := cases.Act(first.State, r, cases.Input{}, late)
	require.Positive(t, rungs(last))
	require.True(t, slices.ContainsFunc(last.Events, func(e cases.Event) bool { return e.Key == "triage" }))
}
