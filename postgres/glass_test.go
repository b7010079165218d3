package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/audit"
)

const (
	body       cases.Post = "city:379999000000/body"
	auditAdmin cases.Post = "city:379999000000/audit_admin"
	secAdmin   cases.Post = "city:379999000000/security_admin"
)

// breaking asks to read who reported.
func breaking(id string, by cases.Post) records.BreakGlass {
	return records.BreakGlass{
		ID: uuid.NewString(), Case: id, Post: by, Compartments: []cases.Compartment{cases.Reporter}, Grounds: "reporter_in_danger", Reason: "有人扬言报复周老师",
	}
}

func (b *bundle) breakGlass(id string, by cases.Post) records.Glass {
	b.t.Helper()
	g, err := b.BreakGlass(b.t.Context(), records.Once{}, in(by), breaking(id, by))
	require.NoError(b.t, err)
	return g
}

// reporter gives who reported, as far as somebody may read it; "" if not.
func (b *bundle) reporter(a records.Access, id string) string {
	b.t.Helper()
	v, err := b.GetCase(b.t.Context(), a, id)
	require.NoError(b.t, err)
	if v.Reporter == nil {
		return ""
	}
	return v.Reporter.Name
}

// take lets the case take in the facts that wait for it.
func (b *bundle) take(id string) cases.State {
	b.t.Helper()
	facts, err := b.Unapplied(b.t.Context(), id, 100)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, facts)
	tr := cases.Absorb(b.state(id), b.rules, facts, b.now)
	b.record(tr)
	return tr.State
}

func TestAnEmergencyReadingOpensWhatIsSealedForAShortTime(t *testing.T) {
	b := setup(t)
	id, other := b.file(), b.file()
	require.Empty(t, b.reporter(in(head), id))
	g := b.breakGlass(id, head)
	require.Equal(t, b.now.Add(30*time.Minute), g.Until)
	require.Equal(t, b.now.Add(24*time.Hour), g.ReviewDue)
	require.Equal(t, bureau, g.Reviewer.Post)
	require.Equal(t, "周老师", b.reporter(in(head), id))
	require.Empty(t, b.reporter(in(head), other), "of the one case")
	require.Empty(t, b.reporter(records.Access{Person: "the head's deputy", Posts: []cases.Post{head}}, id), "for the one person")
	require.Empty(t, b.reporter(records.Access{Person: "person of " + string(head), Posts: []cases.Post{manager}}, id), "in the post")
	require.Empty(t, b.reporter(in(bureau), id))
	b.now = b.now.Add(30*time.Minute - time.Second)
	require.Equal(t, "周老师", b.reporter(in(head), id))
	b.now = b.now.Add(time.Second)
	require.Empty(t, b.reporter(in(head), id), "by the clock")
}

func TestEveryLookUnderAnEmergencyReadingNamesIt(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.reporter(in(head), id)
	g := b.breakGlass(id, head)
	b.reporter(in(head), id)
	_, _, err := b.Events(t.Context(), in(head), id, "", 10)
	require.NoError(t, err)
	b.now = b.now.Add(time.Hour)
	b.reporter(in(head), id)
	var named []bool
	for _, row := range b.chain("read:" + id) {
		is := false
		for _, d := range row.Detail {
			is = is || d == "glass:"+g.ID
		}
		named = append(named, is)
	}
	require.Equal(t, []bool{false, true, true, false}, named)
	require.Contains(t, b.chain("read:" + id)[1].Detail, "part:reporter")

	rows := b.chain("case:" + id)
	last := rows[len(rows)-1]
	require.Equal(t, "glass", last.Action)
	require.Equal(t, "person of "+string(head), last.Actor)
	require.Equal(t, g.ID, last.Object)
	require.Subset(t, last.Detail, []string{"part:reporter", "grounds:reporter_in_danger", "reviewer:" + string(bureau)})
	require.NotContains(t, last.Detail, audit.Redacted)
}

func TestTheSupervisorIsToldWithTheCommitWhateverTheEngineIsDoing(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.jobs.told = nil
	g := b.breakGlass(id, head)
	require.Len(t, b.jobs.told, 1)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM notice_intent WHERE id = $1 AND case_id = $2 AND post = $3 AND urgent AND type = 'owed' AND key = $4`,
		b.jobs.told[0], id, string(bureau), cases.GlassReviewKey(g.ID)))
	require.Contains(t, b.jobs.nudges, id)
	require.NotContains(t, b.state(id).Glasses, g.ID)

	st := b.take(id)
	o, ok := st.Obligation(cases.GlassReviewKey(g.ID))
	require.True(t, ok)
	require.Equal(t, bureau, o.Owner)
	require.Equal(t, g.ReviewDue, o.Due)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM notice_intent WHERE key = $1`, cases.GlassReviewKey(g.ID)), "not told twice")
	require.True(t, b.sees(in(bureau), id))
}

func TestAReviewEndsTheReading(t *testing.T) {
	b := setup(t)
	id := b.file()
	g := b.breakGlass(id, head)
	b.take(id)
	require.NotEmpty(t, b.reporter(in(head), id))
	b.step(id, "review_glass", bureau, cases.Fields{"glass": g.ID, "verdict": "not_justified"})
	require.Empty(t, b.reporter(in(head), id), "before its time was over")
	list, _, err := b.ListGlasses(t.Context(), in(bureau), records.GlassFilter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "not_justified", list[0].Verdict)
	require.Equal(t, cases.Actor{Person: "person of " + string(bureau), Post: bureau}, list[0].Reviewer)
	require.Equal(t, b.now, list[0].ReviewedAt)
	require.False(t, list[0].Reading(b.now))
	// The security administrator learns of it, and not of the case.
	require.Equal(t, 1, b.count(`SELECT count(*) FROM notice_intent WHERE post = $1 AND type = 'glass_misused' AND urgent`, string(secAdmin)))
	require.False(t, b.sees(in(secAdmin), id))
}

func TestWhoMayNotReadInAnEmergency(t *testing.T) {
	b := setup(t)
	id := b.file(func(r *cases.Report) { r.Situations = []cases.Situation{"MR01"} })
	for post, code := range map[cases.Post]cases.Code{
		desk: cases.CodeSecond, manager: cases.CodeSecond, town: records.CodeForbidden, police: records.CodeForbidden,
		director: cases.CodeNotFound, body: cases.CodeNotFound, auditAdmin: cases.CodeNotFound, "city:379998000000/head": cases.CodeNotFound,
	} {
		_, err := b.BreakGlass(t.Context(), records.Once{}, in(post), breaking(id, post))
		requireCode(t, code, err)
	}
	_, err := b.BreakGlass(t.Context(), records.Once{}, in(desk), breaking(id, head))
	requireCode(t, cases.CodeRole, err)
	for _, change := range []func(*records.BreakGlass){
		func(g *records.BreakGlass) { g.Compartments = nil }, func(g *records.BreakGlass) { g.Compartments = []cases.Compartment{"all"} },
		func(g *records.BreakGlass) { g.Grounds = "curious" }, func(g *records.BreakGlass) { g.Reason = " " },
	} {
		g := breaking(id, head)
		change(&g)
		_, err := b.BreakGlass(t.Context(), records.Once{}, in(head), g)
		requireCode(t, cases.CodeField, err)
	}
	b.step(id, "recuse", desk, cases.Fields{"post": string(head)})
	_, err = b.BreakGlass(t.Context(), records.Once{}, in(head), breaking(id, head))
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.BreakGlass(t.Context(), records.Once{}, in(bureau, head), breaking(id, bureau))
	requireCode(t, cases.CodeNotFound, err)
	require.Zero(t, b.count(`SELECT count(*) FROM break_glass`))
	require.Zero(t, b.count(`SELECT count(*) FROM fact`))
}

func TestARecusedReaderReadsNoMore(t *testing.T) {
	b := setup(t)
	id := b.file()
	g := b.breakGlass(id, head)
	b.take(id)
	b.step(id, "recuse", desk, cases.Fields{"post": string(head)})
	require.False(t, b.sees(in(head), id))
	b.step(id, "recuse", desk, cases.Fields{"post": string(bureau)})
	list, _, err := b.ListGlasses(t.Context(), in(auditAdmin), records.GlassFilter{Open: true}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, body, list[0].Reviewer.Post, "handed over")
	b.step(id, "review_glass", body, cases.Fields{"glass": g.ID, "verdict": "justified"})
	list, _, err = b.ListGlasses(t.Context(), in(auditAdmin), records.GlassFilter{Open: true}, "", 10)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestASecondPersonsWordOpensForTheOneWhoAsked(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	require.Empty(t, b.reporter(in(manager), id))
	cmd := command(id, "break_glass", manager, cases.Fields{"compartments": "reporter", "grounds": "police_request"})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(manager), cases.MandatoryReport, cmd, map[string]string{"reason": "公安要找报告人"})
	require.NoError(t, err)
	b.record(b.decide(cmd))
	require.Empty(t, b.reporter(in(manager), id), "asked is not agreed")
	b.step(id, "approve", head, cases.Fields{"proposal": cmd.ID})
	require.Equal(t, "周老师", b.reporter(in(manager), id))
	require.Empty(t, b.reporter(in(head), id), "not for who agreed")
	list, _, err := b.ListGlasses(t.Context(), in(head), records.GlassFilter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, cmd.ID, list[0].ID)
	require.Equal(t, head, list[0].Approver.Post)
	require.True(t, list[0].ReviewDue.IsZero())
	require.Equal(t, "公安要找报告人", list[0].Reason)
	b.now = b.now.Add(30 * time.Minute)
	require.Empty(t, b.reporter(in(manager), id))
}

func TestTheSameKeyReadsOnce(t *testing.T) {
	b := setup(t)
	id := b.file()
	first, err := b.BreakGlass(t.Context(), onceFor("k", "body"), in(head), breaking(id, head))
	require.NoError(t, err)
	again, err := b.BreakGlass(t.Context(), onceFor("k", "body"), in(head), breaking(id, head))
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = b.BreakGlass(t.Context(), onceFor("k", "other"), in(head), breaking(id, head))
	requireCode(t, records.CodeKeyReused, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM break_glass`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM fact`))
}

// mute is a queue that takes no notices.
type mute struct{ queue }

func (*mute) Notify(context.Context, pgx.Tx, ...int64) error { return errors.New("out of order") }

func TestWithoutTheNoticeNobodyReads(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.UseJobs(&mute{})
	_, err := b.BreakGlass(t.Context(), onceFor("k", "body"), in(head), breaking(id, head))
	require.Error(t, err)
	require.Empty(t, b.reporter(in(head), id))
	for _, table := range []string{"break_glass", "fact", "idempotency"} {
		require.Zero(t, b.count(`SELECT count(*) FROM `+table), table)
	}
	for _, row := range b.chain("case:" + id) {
		require.NotEqual(t, "glass", row.Action)
	}
}

func TestReadingAMergedReportOwesItsReviewInTheCaseItIsPartOf(t *testing.T) {
	b := setup(t)
	from, into := b.file(), b.file()
	triage(b, from, "yellow", "false")
	b.step(from, "merge", desk, cases.Fields{"into": into})
	b.take(into)
	g := b.breakGlass(from, head)
	require.Equal(t, "周老师", b.reporter(in(head), from))
	require.Empty(t, b.reporter(in(head), into))
	st := b.take(into)
	_, ok := st.Obligation(cases.GlassReviewKey(g.ID))
	require.True(t, ok)
	b.step(into, "review_glass", bureau, cases.Fields{"glass": g.ID, "verdict": "justified"})
	require.Empty(t, b.reporter(in(head), from))
}

func TestAClosedFileThatWasReadIsNotFiledAwayBeforeItsReview(t *testing.T) {
	b := setup(t)
	id := b.file()
	closeCase(b, id)
	g := b.breakGlass(id, head)
	require.Equal(t, "周老师", b.reporter(in(head), id))
	st := b.take(id)
	require.Equal(t, cases.Archiving, st.Stage)
	b.requireOwed(id)
	_, refusal := cases.Apply(st, b.rules, command(id, "archive", desk, cases.Fields{"documents": "catalogue"}), b.now)
	require.Equal(t, cases.CodeAfter, refusal.Code)
	b.step(id, "review_glass", bureau, cases.Fields{"glass": g.ID, "verdict": "justified"})
	b.step(id, "archive", desk, cases.Fields{"documents": "catalogue"})
}

func TestWhoLooksThroughTheEmergencyReadings(t *testing.T) {
	b := setup(t)
	id := b.file()
	g := b.breakGlass(id, head)
	b.take(id)
	far := b.breakGlass(b.file(func(r *cases.Report) { r.Org = "379999102001" }), head)
	list := func(a records.Access, f records.GlassFilter) (ids []string) {
		rows, next, err := b.ListGlasses(t.Context(), a, f, "", 10)
		require.NoError(t, err)
		require.Empty(t, next)
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids
	}
	require.ElementsMatch(t, []string{g.ID, far.ID}, list(in(bureau), records.GlassFilter{}))
	require.Equal(t, []string{g.ID}, list(in(bureau), records.GlassFilter{Case: id}))
	require.ElementsMatch(t, []string{g.ID, far.ID}, list(in(auditAdmin), records.GlassFilter{Open: true}))
	require.Equal(t, []string{g.ID}, list(in(town), records.GlassFilter{}), "the database shows those of its cases; the API lets fewer ask")
	require.Empty(t, list(in("city:379999000000/system_admin"), records.GlassFilter{}))
	require.Empty(t, list(records.Access{}, records.GlassFilter{}))

	words := func(a records.Access) records.Glass {
		rows, _, err := b.ListGlasses(t.Context(), a, records.GlassFilter{Case: id}, "", 10)
		require.NoError(t, err)
		return rows[0]
	}
	require.Equal(t, "有人扬言报复周老师", words(in(bureau)).Reason, "for who reviews it")
	require.Equal(t, "有人扬言报复周老师", words(in(head)).Reason, "for who wrote it")
	require.Empty(t, words(in(town)).Reason)
	admin := words(in(auditAdmin))
	require.Empty(t, admin.Reason)
	require.Empty(t, admin.Number)
	require.Equal(t, bureau, admin.Reviewer.Post)

	page, next, err := b.ListGlasses(t.Context(), in(bureau), records.GlassFilter{}, "", 1)
	require.NoError(t, err)
	require.NotEmpty(t, next)
	rest, last, err := b.ListGlasses(t.Context(), in(bureau), records.GlassFilter{}, next, 1)
	require.NoError(t, err)
	require.Empty(t, last)
	require.ElementsMatch(t, []string{g.ID, far.ID}, []string{page[0].ID, rest[0].ID})
	_, _, err = b.ListGlasses(t.Context(), in(bureau), records.GlassFilter{}, "tampered", 1)
	requireCode(t, records.CodeCursor, err)

	b.step(id, "recuse", desk, cases.Fields{"post": string(auditAdmin)})
	require.Equal(t, []string{far.ID}, list(in(auditAdmin), records.GlassFilter{}))
}

func TestTheAddressIsSealedApartUnderAProtectionOrder(t *testing.T) {
	b := setup(t)
	f := b.filing()
	f.Child.Address, f.Child.School = "安和市青石镇南坡村 3 组", "南坡小学"
	filed, err := b.File(t.Context(), records.Once{}, f)
	require.NoError(t, err)
	id := filed.Case
	place := func(a records.Access) string {
		v, err := b.GetCase(t.Context(), a, id)
		require.NoError(t, err)
		require.NotNil(t, v.Child)
		require.Equal(t, "单小雨", v.Child.Name)
		return v.Child.Address + v.Child.School
	}
	const whole = "安和市青石镇南坡村 3 组南坡小学"
	require.Equal(t, whole, place(in(desk)))
	require.Equal(t, whole, place(in(manager)))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM data_key WHERE subject = $1 AND compartment = 5`, id))

	b.step(id, "order_apply", desk, cases.Fields{"urgent": "true", "applicant": "police", "at": b.now.Format(time.RFC3339)})
	require.Empty(t, place(in(desk)))
	require.Empty(t, place(in(police)))
	require.Equal(t, whole, place(in(manager)))
	require.Equal(t, whole, place(in(head)))

	// Its key alone is what opens it.
	_, err = b.Pool().Exec(t.Context(), `UPDATE data_key SET wrapped = '' WHERE subject = $1 AND compartment = 5`, id)
	require.NoError(t, err)
	require.Empty(t, place(in(manager)))
}

func TestAGuardianshipHidesTheAddressOfItsReportsOrder(t *testing.T) {
	b := setup(t)
	f := b.filing()
	f.Child.Address = "南坡村 3 组"
	filed, err := b.File(t.Context(), records.Once{}, f)
	require.NoError(t, err)
	cmd := command(filed.Case, "open_guardianship", desk, cases.Fields{"ground": "TG6"})
	tr := b.decide(cmd)
	b.record(tr)
	id := tr.Opens[0].State.ID
	address := func(a records.Access) string {
		v, err := b.GetCase(t.Context(), a, id)
		require.NoError(t, err)
		return v.Child.Address
	}
	require.Equal(t, "南坡村 3 组", address(in(desk)))
	b.step(filed.Case, "order_apply", desk, cases.Fields{"urgent": "true", "applicant": "police", "at": b.now.Format(time.RFC3339)})
	require.Empty(t, address(in(desk)))
	require.Equal(t, "南坡村 3 组", address(in(manager)))
}

// said gives the words of every step and fact that somebody reads in a timeline.
func (b *bundle) said(a records.Access, id string) (words []string) {
	b.t.Helper()
	rows, _, err := b.Events(b.t.Context(), a, id, "", 200)
	require.NoError(b.t, err)
	for _, r := range rows {
		for _, w := range r.Sealed {
			words = append(words, w)
		}
	}
	return words
}

func (b *bundle) note(id string, by cases.Post, text string) {
	b.t.Helper()
	_, err := b.AddFact(b.t.Context(), records.Once{}, in(by), id, cases.Fact{
		ID: uuid.NewString(), Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: "person of " + string(by), Post: by},
	}, map[string]string{"text": text})
	require.NoError(b.t, err)
	b.take(id)
}

func TestEveryWordOfASexualAbuseCaseIsAsSecretAsItsNarrative(t *testing.T) {
	b := setup(t)
	const shelter cases.Post = "unit:shelter/shelter"
	id := b.file()
	b.note(id, desk, "一般的一句")
	require.Contains(t, b.said(in(bureau), id), "一般的一句")

	// The very form that finds out what case it is.
	b.step(id, "accept", desk, nil)
	cmd := command(id, "triage", desk, cases.Fields{
		"colour": "red", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "true", "relation": "guardian",
	})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, map[string]string{"reason": "孩子说了那件事"})
	require.NoError(t, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sealed WHERE item = $1 AND compartment = 3`, cmd.ID))
	b.record(b.decide(cmd))
	b.note(id, desk, "之后的一句")
	require.Empty(t, b.said(in(bureau), id), "nor what was written before")
	require.ElementsMatch(t, []string{"一般的一句", "孩子说了那件事", "之后的一句"}, b.said(in(head), id))

	// A refused form is its author's draft, sealed as deep.
	refused := command(id, "review", desk, cases.Fields{"result": "no_change"})
	_, err = b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, refused, map[string]string{"reason": "没写完的一句"})
	require.NoError(t, err)
	_, err = b.RefuseCommand(t.Context(), refused.ID, cases.Refuse(cases.CodeStage))
	require.NoError(t, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sealed WHERE item = $1 AND compartment = 3`, refused.ID))
	drafts, err := b.Drafts(t.Context(), in(head))
	require.NoError(t, err)
	require.Empty(t, drafts)

	// Lent for a time, or read in an emergency.
	b.step(id, "assign", desk, cases.Fields{"post": string(manager)})
	grant := command(id, "grant_access", manager, cases.Fields{
		"post": string(shelter), "compartments": "narrative", "until": b.now.Add(48 * time.Hour).Format(time.RFC3339), "purpose": "counselling",
	})
	b.record(b.decide(grant))
	require.False(t, b.sees(in(shelter), id))
	b.step(id, "approve", head, cases.Fields{"proposal": grant.ID})
	require.Contains(t, b.said(in(shelter), id), "孩子说了那件事")
	b.now = b.now.Add(48 * time.Hour)
	require.Empty(t, b.said(in(shelter), id), "the clock ends it, whatever the engine is doing")
	b.record(cases.Tick(b.state(id), b.rules, b.now))
	require.False(t, b.sees(in(shelter), id))

	g := breaking(id, bureau)
	g.Compartments = []cases.Compartment{cases.Narrative}
	_, err = b.BreakGlass(t.Context(), records.Once{}, in(bureau), g)
	require.NoError(t, err)
	require.Contains(t, b.said(in(bureau), id), "孩子说了那件事")
	b.now = b.now.Add(31 * time.Minute)
	require.Empty(t, b.said(in(bureau), id))
}

func TestWhoIsAskedToAgreeReadsWhatItIsAbout(t *testing.T) {
	b := setup(t)
	id := b.file(func(r *cases.Report) { r.Situations = []cases.Situation{"MR01"} })
	b.step(id, "recuse", desk, cases.Fields{"post": string(head)}) // so that the bureau is asked
	cmd := command(id, "break_glass", desk, cases.Fields{"compartments": "medical", "grounds": "medical_emergency"})
	_, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, map[string]string{"reason": "孩子昏迷，急诊要用药史"})
	require.NoError(t, err)
	b.record(b.decide(cmd))
	require.Equal(t, []string{"孩子昏迷，急诊要用药史"}, b.said(in(bureau), id))
	b.step(id, "approve", bureau, cases.Fields{"proposal": cmd.ID})
	require.Empty(t, b.said(in(bureau), id), "and no longer")
}

func TestARecusedSupervisorIsNotToldButTheNext(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.step(id, "recuse", desk, cases.Fields{"post": string(bureau)})
	g := b.breakGlass(id, head)
	require.Equal(t, body, g.Reviewer.Post)
	key := cases.GlassReviewKey(g.ID)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM notice_intent WHERE key = $1 AND post = $2`, key, string(body)))
	b.take(id)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM notice_intent WHERE key = $1`, key))
	require.True(t, b.sees(in(body), id))
	require.False(t, b.sees(in(bureau), id))
	b.step(id, "review_glass", body, cases.Fields{"glass": g.ID, "verdict": "justified"})
}
