package cases_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// past gathers what became of an obligation from a scene's events.
func (sc *scene) past(o cases.Obligation, until time.Time) cases.Past {
	p := cases.Past{Case: sc.s, Obligation: o, Until: until}
	for _, e := range sc.events {
		of := []cases.EventType{cases.EventOwed, cases.EventPaused, cases.EventResumed, cases.EventAck, cases.EventUnreached, cases.EventHandedOver}
		if e.Key == o.Key && e.Occurrence == o.Occurrence && slices.Contains(of, e.Type) {
			p.Events = append(p.Events, e)
		}
	}
	return p
}

type alert struct {
	At    time.Time
	Name  string
	Posts []cases.Post
}

func alerts(events []cases.Event, key string) (out []alert) {
	for _, e := range events {
		if e.Type == cases.EventRung && e.Key == key {
			out = append(out, alert{e.At, e.RungName, e.Posts})
		}
	}
	return out
}

func TestReplayingByTheSameRulesGivesWhatHappened(t *testing.T) {
	sc := at(t, "anqiu").file(aReport()) // red: woken exactly at its times
	sc.wait(40 * time.Minute)
	sc.ack("police_report", desk)
	sc.wait(70 * time.Minute)
	sc.unreached("police_report")
	sc.wait(5*time.Hour + time.Minute) // no rung at the very end
	for _, o := range sc.s.Obligations {
		got, ok := sc.past(o, sc.now).Replay(sc.r)
		require.True(t, ok)
		require.Equal(t, o.Due, got.Due, o.Key)
		require.Equal(t, o.Overdue(sc.now), got.Overdue, o.Key)
		require.Equal(t, alerts(sc.events, o.Key), alerts(got.Rungs, o.Key), o.Key)
	}
	require.NotEmpty(t, alerts(sc.events, "police_report"))
}

func TestReplayingCountsTheTimeThatTheClockStood(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.do("accept", desk)
	sc.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
	sc.do("child_seen", supervisor)
	sc.do("assess", manager)
	o := sc.owed("plan")
	sc.wait(30 * time.Hour)
	sc.do("pause", manager, form{"key": "plan", "cause": "waiting_for_court"})
	sc.wait(50 * time.Hour)
	sc.do("resume", manager, form{"key": "plan"})
	moved := sc.owed("plan")
	require.Equal(t, 50*time.Hour, moved.Due.Sub(o.Due))
	got, ok := sc.past(moved, sc.now).Replay(sc.r)
	require.True(t, ok)
	require.Equal(t, moved.Due, got.Due)
}

// with gives the rules with another length of a row.
func with(t *testing.T, r cases.Rules, id cases.RuleID, s cases.Span) cases.Rules {
	t.Helper()
	i := slices.IndexFunc(r.Deadlines, func(d cases.Deadline) bool { return d.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	a := cases.AmendmentOf(r.Deadlines[i])
	a.Span, a.Source, a.Class = s, "安未保办〔2026〕9号", cases.Local
	out, refusal := r.Amend([]cases.Amendment{a}, "2026-12-01")
	require.Nil(t, refusal)
	return out
}

// What a simulation says of a case is what happens to a case that runs by the new rules.
func TestASimulationIsWhatTheNewRulesDo(t *testing.T) {
	for _, span := range []cases.Span{{Value: 12, Unit: cases.Minute}, {Value: 15, Unit: cases.Minute}, {Value: 3, Unit: cases.Hour}} {
		old := at(t, "anqiu").file(aReport())
		changed := old.r
		if (span != cases.Span{Value: 15, Unit: cases.Minute}) {
			changed = with(t, old.r, "police_report/red", span)
		}
		old.wait(6*time.Hour + 7*time.Second)
		var c cases.Comparison
		c.Add(old.past(old.owed("police_report"), old.now), old.r, changed)

		direct := at(t, "anqiu")
		direct.r = changed
		direct.file(aReport())
		direct.wait(6*time.Hour + 7*time.Second)
		was, will := old.owed("police_report"), direct.owed("police_report")
		if was.Due.Equal(will.Due) {
			require.Equal(t, 1, c.Others, "a row that stays is not counted")
			require.Zero(t, c.Deadlines)
			continue
		}
		require.Equal(t, 1, c.Deadlines)
		require.Equal(t, len(alerts(old.events, "police_report")), c.RungsBefore)
		require.Equal(t, len(alerts(direct.events, "police_report")), c.RungsAfter)
		require.Len(t, c.Examples, 1)
		require.Equal(t, was.Due, c.Examples[0].Before)
		require.Equal(t, will.Due, c.Examples[0].After)
		require.Equal(t, will.Due.Before(was.Due), c.Earlier == 1)
		require.Equal(t, will.Due.After(was.Due), c.Later == 1)
		told := map[cases.Post]int{}
		for _, a := range alerts(direct.events, "police_report") {
			for _, p := range a.Posts {
				told[p]++
			}
		}
		for _, p := range c.Posts {
			require.Equal(t, told[p.Post], p.After, p.Post)
		}
	}
}

func amendment(t *testing.T, r cases.Rules, id cases.RuleID, change func(*cases.Amendment)) []cases.Amendment {
	t.Helper()
	i := slices.IndexFunc(r.Deadlines, func(d cases.Deadline) bool { return d.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	a := cases.AmendmentOf(r.Deadlines[i])
	change(&a)
	return []cases.Amendment{a}
}

func TestAnAmendmentNeverWeakensAStatuteNorAChildsProtection(t *testing.T) {
	r := rulesOnce()["anqiu"]
	for _, v := range []struct {
		name, fault string
		id          cases.RuleID
		change      func(*cases.Amendment)
	}{
		{"a longer statutory limit", "police_transfer.span:weaker", "police_transfer", func(a *cases.Amendment) { a.Span.Value = 48 }},
		{"working days for the law's days", "not_filed_delivery.span:weaker", "not_filed_delivery", func(a *cases.Amendment) { a.Span.Unit = cases.WorkDay }},
		{"a number that is not the law's", "police_transfer.span:statute", "police_transfer", func(a *cases.Amendment) { a.Span.Value = 12 }},
		{"a clock that may stand", "police_transfer.pausable:weaker", "police_transfer", func(a *cases.Amendment) { a.Pausable = true }},
		{"a statute made local", "legal_aid_review.class:statute", "legal_aid_review", func(a *cases.Amendment) { a.Class = cases.Local }},
		{"another source for a statute", "legal_aid_review.source:statute", "legal_aid_review", func(a *cases.Amendment) { a.Source = "会议纪要" }},
		{"a local row made law", "plan.class:enum", "plan", func(a *cases.Amendment) { a.Class, a.Source = cases.Statute, "某法" }},
		{"a child that is seen after the weekend", "child_seen/red.roll:protective", "child_seen/red", func(a *cases.Amendment) { a.Roll = cases.RollNextWorkday }},
		{"a child that nobody sees while the clock stands", "child_seen/red.pausable:protective", "child_seen/red", func(a *cases.Amendment) { a.Pausable = true }},
		{"hours that roll", "plan.roll:hours_roll", "plan", func(a *cases.Amendment) {
			a.Span, a.Roll, a.Source = cases.Span{Value: 5, Unit: cases.Hour}, cases.RollNextWorkday, "会议纪要"
		}},
		{"a new value on the old source", "plan.source:basis", "plan", func(a *cases.Amendment) { a.Span.Value = 7 }},
		{"no source", "plan.source:required", "plan", func(a *cases.Amendment) { a.Span.Value, a.Source = 7, " " }},
		{"seconds", "plan.span:enum", "plan", func(a *cases.Amendment) { a.Span.Unit, a.Source = cases.Second, "会议纪要" }},
		{"no days", "plan.span:range", "plan", func(a *cases.Amendment) { a.Span.Value, a.Source = 0, "会议纪要" }},
		{"a ladder that is not there", "plan.ladder:enum", "plan", func(a *cases.Amendment) { a.Ladder = "rope" }},
		{"nothing", "plan.id:unchanged", "plan", func(*cases.Amendment) {}},
	} {
		t.Run(v.name, func(t *testing.T) {
			_, refusal := r.Amend(amendment(t, r, v.id, v.change), "2026-12-01")
			require.NotNil(t, refusal)
			var got []string
			for _, f := range refusal.Fields {
				got = append(got, f.Field+":"+f.Reason)
			}
			require.Contains(t, got, v.fault)
		})
	}
}

func TestAnAmendmentChangesItsRowAndNoOther(t *testing.T) {
	r := rulesOnce()["anqiu"]
	before, err := json.Marshal(r)
	require.NoError(t, err)
	next := with(t, r, "plan", cases.Span{Value: 3, Unit: cases.WorkDay})
	after, err := json.Marshal(r)
	require.NoError(t, err)
	require.Equal(t, before, after, "the rules that were amended are as they were")
	changes := cases.ChangedRows(r, next)
	require.Len(t, changes, 1)
	require.Equal(t, cases.RuleID("plan"), changes[0].After.ID)
	require.Equal(t, 3, changes[0].After.Span.Value)
	require.Equal(t, "安未保办〔2026〕9号", changes[0].After.Source)
	require.Equal(t, "2026-12-01", changes[0].After.EffectiveFrom)
	require.Equal(t, changes[0].Before.Owner, changes[0].After.Owner)
	require.Empty(t, cases.ChangedRows(next, next))
	require.NotEqual(t, r.Hash(), next.Hash())
}

func TestTheLadderOfAStatuteIsTheOffices(t *testing.T) {
	r := rulesOnce()["anqiu"]
	_, refusal := r.Amend(amendment(t, r, "police_transfer", func(a *cases.Amendment) { a.Ladder = "report" }), "2026-12-01")
	require.Nil(t, refusal)
}
