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

func TestWhoAcknowledgesAReminderPutsOffNoDeadline(t *testing.T) {
	r := rulesOnce()["anqiu"]
	opened, refusal := cases.Open(cases.Report{ID: reportA, Org: village, Situations: []cases.Situation{"MR04"}, Danger: cases.DangerYes}, r, monday)
	require.Nil(t, refusal)
	triage, _ := opened.State.Obligation("triage")
	reminded := cases.Tick(opened.State, r, triage.Due.Add(-10*time.Minute))
	owed, _ := reminded.State.Obligation("triage")
	require.Equal(t, 1, owed.Rung)
	acked := cases.Absorb(reminded.State, r, []cases.Fact{{
		ID: "a1", Kind: cases.FactAck, Occurred: triage.Due.Add(-5 * time.Minute), Received: triage.Due.Add(-5 * time.Minute),
		By: cases.Actor{Person: "p", Post: desk}, Fields: cases.Fields{"key": "triage", "occurrence": "1", "epoch": "1"},
	}}, triage.Due.Add(-5*time.Minute))
	due := cases.Tick(acked.State, r, triage.Due)
	owed, _ = due.State.Obligation("triage")
	require.Equal(t, 2, owed.Rung, "the rung at due fires at due")
}

func TestAGuardianshipOpensWithoutAReport(t *testing.T) {
	r := rulesOnce()["anqiu"]
	found := cases.Finding{ID: reportB, Org: village, Ground: "TG2", Danger: cases.DangerNo, Avoid: []string{"village"}, By: cases.Actor{Person: "p", Post: police}}
	opened, refusal := cases.OpenGuardianship(found, r, monday)
	require.Nil(t, refusal)
	require.Equal(t, cases.GuardTrigger, opened.State.Stage)
	require.Equal(t, cases.Yellow, opened.State.Colour)
	require.True(t, opened.State.Provisional)
	require.Equal(t, []cases.Post{director}, opened.State.Recused)
	require.EqualValues(t, 1, opened.State.Seq)
	_, owed := opened.State.Obligation("trigger_verify")
	require.True(t, owed)
	found.Ground = "TG6"
	opened, refusal = cases.OpenGuardianship(found, r, monday)
	require.Nil(t, refusal)
	require.Equal(t, cases.Red, opened.State.Colour)
	found.Ground = "TG9"
	_, refusal = cases.OpenGuardianship(found, r, monday)
	require.NotNil(t, refusal)
	require.Equal(t, "ground", refusal.Fields[0].Field)
}
