package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

var (
	theHead     = records.Access{Person: "5d4c7a52-40a6-4c8e-9e34-000000000001", Posts: []cases.Post{head}}
	theBureau   = records.Access{Person: "5d4c7a52-40a6-4c8e-9e34-000000000002", Posts: []cases.Post{"city:379999000000/bureau"}}
	theSysadmin = records.Access{Person: "5d4c7a52-40a6-4c8e-9e34-000000000003", Posts: []cases.Post{"city:379999000000/system_admin"}}
	theDesk     = records.Access{Person: "5d4c7a52-40a6-4c8e-9e34-000000000004", Posts: []cases.Post{desk}}
)

// withVersions puts the program's rules in force as a version.
func (b *bundle) withVersions() {
	b.t.Helper()
	require.NoError(b.t, b.EnsureRules(b.t.Context(), b.rules, func(_, newer cases.Calendar) cases.Calendar { return newer }))
}

// amended is a row with another length.
func (b *bundle) amended(id cases.RuleID, s cases.Span) cases.Amendment {
	b.t.Helper()
	d, ok := b.rules.Own(id, cases.Red)
	require.True(b.t, ok)
	a := cases.AmendmentOf(d)
	a.Span, a.Source, a.Class = s, "安未保办〔2026〕9号", cases.Local
	return a
}

func (b *bundle) draft(a records.Access, from string, rows ...cases.Amendment) string {
	b.t.Helper()
	id, err := b.PutRuleDraft(b.t.Context(), records.Once{}, a, records.RuleDraft{Document: "安未保办〔2026〕9号", Basis: "会议决定缩短", EffectiveFrom: from, Rows: rows})
	require.NoError(b.t, err)
	return id
}

func (b *bundle) present(rule cases.RuleID) cases.Span {
	b.t.Helper()
	r, err := b.CurrentRules(b.t.Context())
	require.NoError(b.t, err)
	d, ok := r.Own(rule, cases.Red)
	require.True(b.t, ok)
	return d.Span
}

func TestTwoPersonsPublishRulesAndOpenCasesKeepTheirs(t *testing.T) {
	b := setup(t)
	b.withVersions()
	old := b.file()
	id := b.draft(theHead, "2026-11-01", b.amended("plan", cases.Span{Value: 3, Unit: cases.WorkDay}))

	requireCode(t, cases.CodeConflict, b.PublishRuleDraft(t.Context(), theBureau, id, 1)) // not submitted
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theHead, id, 1))
	requireCode(t, cases.CodeSecond, b.PublishRuleDraft(t.Context(), theHead, id, 1))
	requireCode(t, records.CodeForbidden, b.PublishRuleDraft(t.Context(), theSysadmin, id, 1))
	requireCode(t, records.CodeForbidden, b.PublishRuleDraft(t.Context(), theDesk, id, 1))
	require.Equal(t, 5, b.present("plan").Value)
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, id, 1))
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, id, 1), "a lost answer is asked for again")

	require.Equal(t, 3, b.present("plan").Value)
	_, rules, err := b.Load(t.Context(), old)
	require.NoError(t, err)
	d, _ := rules.Own("plan", cases.Red)
	require.Equal(t, 5, d.Span.Value, "the open case goes on by its own")

	// Another process learns of it by the next report.
	other, err := b.open().CurrentRules(t.Context())
	require.NoError(t, err)
	d, _ = other.Own("plan", cases.Red)
	require.Equal(t, 3, d.Span.Value)

	versions, _, err := b.RuleVersions(t.Context(), theDesk)
	require.NoError(t, err)
	require.Len(t, versions, 2)
	require.Equal(t, theHead.Person, versions[0].By.Person)
	require.Equal(t, theBureau.Person, versions[0].Second.Person)
	require.Len(t, versions[0].Changes, 1)
	require.Equal(t, 5, versions[0].Changes[0].Before.Span.Value)
	require.Equal(t, 3, versions[0].Changes[0].After.Span.Value)
	require.Equal(t, 1, versions[1].Open)

	// The program starts again with its own file: what people published counts.
	b.withVersions()
	require.Equal(t, 3, b.present("plan").Value)

	// Undone: the former version is published anew, by two persons again.
	undo, err := b.PutRuleDraft(t.Context(), records.Once{}, theBureau, records.RuleDraft{Document: "会议纪要", Basis: "恢复原规定", EffectiveFrom: "2026-11-01", Undoes: 1})
	require.NoError(t, err)
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theBureau, undo, 1))
	require.NoError(t, b.PublishRuleDraft(t.Context(), theHead, undo, 1))
	require.Equal(t, 5, b.present("plan").Value)
	versions, _, err = b.RuleVersions(t.Context(), theDesk)
	require.NoError(t, err)
	require.Len(t, versions, 3)
	require.Equal(t, 1, versions[0].Undoes)
	require.Error(t, b.asOwner("UPDATE rule_version SET document = 'x'"))
}

func TestOfTwoDraftsOnOneVersionTheSecondIsWrittenAnew(t *testing.T) {
	b := setup(t)
	b.withVersions()
	first := b.draft(theHead, "2026-11-01", b.amended("plan", cases.Span{Value: 3, Unit: cases.WorkDay}))
	theirs := b.amended("plan", cases.Span{Value: 8, Unit: cases.WorkDay})
	theirs.Source = "安未保办〔2026〕10号"
	second := b.draft(theSysadmin, "2026-11-01", theirs)
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theHead, first, 1))
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theSysadmin, second, 1))
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, first, 1))
	requireCode(t, cases.CodeConflict, b.PublishRuleDraft(t.Context(), theBureau, second, 1))
	d, err := b.RuleDraft(t.Context(), theSysadmin, second)
	require.NoError(t, err)
	require.True(t, d.Outdated)
	require.Equal(t, 3, d.Changes[0].Before.Span.Value, "shown against what is in force now")

	require.NoError(t, b.DeclineRuleDraft(t.Context(), theBureau, second, 1, "请按新版本重写"))
	d.Revision = 1
	require.NoError(t, b.ChangeRuleDraft(t.Context(), theSysadmin, d))
	requireCode(t, cases.CodeConflict, b.ChangeRuleDraft(t.Context(), theSysadmin, d)) // an older copy of it
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theSysadmin, second, 2))
	requireCode(t, cases.CodeConflict, b.PublishRuleDraft(t.Context(), theBureau, second, 1)) // not what was read
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, second, 2))
	require.Equal(t, 8, b.present("plan").Value)
}

func TestRulesTakeEffectOnTheirDay(t *testing.T) {
	b := setup(t)
	b.withVersions()
	id := b.draft(theHead, "2026-12-01", b.amended("plan", cases.Span{Value: 3, Unit: cases.WorkDay}))
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theHead, id, 1))
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, id, 1))
	require.NoError(t, b.RulesTakeEffect(t.Context()))
	require.Equal(t, 5, b.present("plan").Value)
	b.now = time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC) // midnight in the county
	require.NoError(t, b.RulesTakeEffect(t.Context()))
	require.Equal(t, 3, b.present("plan").Value)
	versions, _, err := b.RuleVersions(t.Context(), theDesk)
	require.NoError(t, err)
	require.Equal(t, "2026-12-01", versions[0].EffectiveFrom)
}

func TestAStatuteIsNotDraftedAway(t *testing.T) {
	b := setup(t)
	b.withVersions()
	d, _ := b.rules.Own("police_transfer", cases.Red)
	a := cases.AmendmentOf(d)
	a.Span.Value = 72
	_, err := b.PutRuleDraft(t.Context(), records.Once{}, theHead, records.RuleDraft{Document: "会议纪要", Basis: "放宽移送时限", EffectiveFrom: "2026-11-01", Rows: []cases.Amendment{a}})
	requireCode(t, cases.CodeField, err)
	require.Zero(t, b.count("SELECT count(*) FROM rule_draft"))
}

func TestDraftsAreForThoseWhoWriteAndAgree(t *testing.T) {
	b := setup(t)
	b.withVersions()
	id := b.draft(theHead, "2026-11-01", b.amended("plan", cases.Span{Value: 3, Unit: cases.WorkDay}))
	_, err := b.RuleDraft(t.Context(), theDesk, id)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.RuleDraft(t.Context(), theSysadmin, id)
	require.NoError(t, err)
	_, err = b.PutRuleDraft(t.Context(), records.Once{}, theDesk, records.RuleDraft{Document: "x", Basis: "x", EffectiveFrom: "2026-11-01"})
	requireCode(t, records.CodeForbidden, err)
	requireCode(t, records.CodeForbidden, b.SubmitRuleDraft(t.Context(), theBureau, id, 1)) // another's
}

func TestASimulationSaysWhatADirectCountSays(t *testing.T) {
	b := setup(t)
	b.withVersions()
	for range 5 {
		b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	}
	late := b.file(func(r *cases.Report) { r.Danger = cases.DangerYes })
	kept := b.file(func(r *cases.Report) { r.Avoid = []string{"bureau"}; r.Danger = cases.DangerYes })
	b.now = b.now.Add(20 * time.Minute)
	b.step(late, "police_report", desk, cases.Fields{"reported_at": b.now.Add(-time.Minute).Format(time.RFC3339)})
	b.now = b.now.Add(2 * time.Hour)

	changed := b.amended("police_report", cases.Span{Value: 30, Unit: cases.Minute})
	id := b.draft(theHead, "2026-11-01", changed)
	sim, err := b.Simulate(t.Context(), records.Once{Key: "one", Route: "r", Actor: "a"}, theHead, id, 1, start.Add(-time.Hour), start.Add(24*time.Hour))
	require.NoError(t, err)
	again, err := b.Simulate(t.Context(), records.Once{Key: "one", Route: "r", Actor: "a"}, theHead, id, 1, start.Add(-time.Hour), start.Add(24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, sim, again)
	require.Equal(t, []string{sim}, b.jobs.simulated)
	for more := true; more; {
		more, err = b.CountSimulation(t.Context(), sim, 2)
		require.NoError(t, err)
	}
	got, err := b.RuleSimulation(t.Context(), theHead, sim)
	require.NoError(t, err)
	require.Equal(t, "done", got.Status)
	require.Equal(t, 7, got.Done)

	// Directly: six reports, each 110 owed in 15 or in 30 minutes; one call after 20.
	after, refusal := b.rules.Amend([]cases.Amendment{changed}, "2026-11-01")
	require.Nil(t, refusal)
	require.Equal(t, 6, got.Result.Deadlines, "the report from which the bureau is kept is in no count")
	require.Equal(t, 6, got.Result.Later)
	require.Zero(t, got.Result.Earlier)
	require.Equal(t, 6, got.Result.OverdueBefore)
	require.Equal(t, 5, got.Result.OverdueAfter)
	rungs := func(r cases.Rules, end time.Time) int {
		tr, refusal := cases.Open(cases.Report{ID: uuid.NewString(), Org: village, Situations: []cases.Situation{"MR05"}, Danger: cases.DangerYes, Relation: "guardian"}, r, start)
		require.Nil(t, refusal)
		n, s := 0, tr.State
		for {
			at, ok := cases.NextWake(s, r)
			if !ok || !at.Before(end) {
				return n
			}
			tick := cases.Tick(s, r, at)
			for _, e := range tick.Events {
				if e.Type == cases.EventRung && e.Key == "police_report" {
					n++
				}
			}
			s = tick.State
		}
	}
	now, called := b.now, start.Add(20*time.Minute)
	require.Equal(t, 5*rungs(b.rules, now)+rungs(b.rules, called), got.Result.RungsBefore)
	require.Equal(t, 5*rungs(after, now)+rungs(after, called), got.Result.RungsAfter)
	require.NotEmpty(t, got.Result.Examples)
	for _, e := range got.Result.Examples {
		require.NotEqual(t, kept, e.Case)
		require.NotEmpty(t, got.Numbers[e.Case])
	}

	looks := b.chain("actor:" + theHead.Person)
	require.Equal(t, "list:simulation", looks[len(looks)-1].Action, "whoever saw the numbers is in the log")

	none, err := b.RuleSimulation(t.Context(), theSysadmin, sim)
	require.NoError(t, err)
	require.Empty(t, none.Result.Examples, "who sees no case sees no number")
	require.Equal(t, got.Result.Tally, none.Result.Tally)

	// Publishing what was simulated does to a new report what was counted.
	require.NoError(t, b.SubmitRuleDraft(t.Context(), theHead, id, 1))
	require.NoError(t, b.PublishRuleDraft(t.Context(), theBureau, id, 1))
	require.Equal(t, 30, b.present("police_report").Value)
}

func TestACancelledSimulationStops(t *testing.T) {
	b := setup(t)
	b.withVersions()
	for range 3 {
		b.file()
	}
	id := b.draft(theHead, "2026-11-01", b.amended("plan", cases.Span{Value: 3, Unit: cases.WorkDay}))
	sim, err := b.Simulate(t.Context(), records.Once{}, theHead, id, 1, start.Add(-time.Hour), start.Add(time.Hour))
	require.NoError(t, err)
	more, err := b.CountSimulation(t.Context(), sim, 1)
	require.NoError(t, err)
	require.True(t, more)
	require.NoError(t, b.CancelSimulation(t.Context(), theBureau, sim))
	more, err = b.CountSimulation(t.Context(), sim, 1)
	require.NoError(t, err)
	require.False(t, more)
	got, err := b.RuleSimulation(t.Context(), theHead, sim)
	require.NoError(t, err)
	require.Equal(t, "cancelled", got.Status)
	require.Equal(t, 1, got.Done)
}
