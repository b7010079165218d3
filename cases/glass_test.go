package cases_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// reads lets somebody read a sealed compartment in an emergency, and gives the key
// of its review.
func (sc *scene) reads(by cases.Post) string {
	sc.t.Helper()
	sc.fact(cases.FactGlass, by, cases.Fields{"compartments": "reporter", "grounds": "child_in_danger"})
	return cases.GlassReviewKey(sc.s.Glasses[len(sc.s.Glasses)-1].ID)
}

func (sc *scene) glass() form { return form{"glass": sc.s.Glasses[0].ID} }

func TestAnEmergencyReadingIsOwedAReviewByTheReadersSupervisor(t *testing.T) {
	for reader, owner := range map[cases.Post]cases.Post{
		head: bureau, bureau: body, desk: head, manager: head, supervisor: head, police: head,
	} {
		sc := at(t, "anqiu").file(aReport())
		key := sc.reads(reader)
		o := sc.owed(key)
		require.Equal(t, owner, o.Owner, "of %s", reader)
		require.Equal(t, sc.now.Add(24*hour).UTC(), o.Due)
		told := sc.last(cases.EventOwed)
		require.Equal(t, []cases.Post{owner}, told.Posts)
		require.True(t, told.Urgent, "at once, at night too")
	}
}

func TestWhoWasToldAtTheCommitIsNotToldAgain(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.fact(cases.FactGlass, head, cases.Fields{"compartments": "reporter", "told": string(bureau)})
	require.Empty(t, sc.last(cases.EventOwed).Posts)

	// Recused meanwhile: the next must learn of it.
	sc = at(t, "anqiu").file(aReport())
	sc.do("recuse", desk, form{"post": string(bureau)})
	sc.fact(cases.FactGlass, head, cases.Fields{"compartments": "reporter", "told": string(bureau)})
	require.Equal(t, []cases.Post{body}, sc.last(cases.EventOwed).Posts)
}

func TestARecusedSupervisorIsPassedOver(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("recuse", desk, form{"post": string(bureau)})
	key := sc.reads(head)
	require.Equal(t, body, sc.owed(key).Owner)
	sc.do("recuse", desk, form{"post": string(body)})
	require.Equal(t, procurator, sc.owed(key).Owner, "handed over, and never to the reader")
	sc.refused(cases.CodeRole, "review_glass", desk, sc.glass())
	sc.do("review_glass", procurator, sc.glass())
	sc.notOwed(key)
}

func TestNobodyReviewsTheirOwnReading(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	key := sc.reads(head)
	sc.refused(cases.CodeSecond, "review_glass", head, sc.glass())
	// The reader stands in for the supervisor: another post, the same person.
	cmd := sc.command("review_glass", bureau, sc.glass())
	cmd.By.Person = "person of " + string(head)
	sc.refusedCommand(cases.CodeSecond, cmd)
	// Another person in the reader's post.
	cmd = sc.command("review_glass", head, sc.glass())
	cmd.By.Person = "deputy"
	sc.refusedCommand(cases.CodeSecond, cmd)
	sc.refused(cases.CodeRole, "review_glass", desk, sc.glass())
	sc.do("review_glass", body, sc.glass()) // above the one who owes it
	sc.notOwed(key)
	sc.refused(cases.CodeStage, "review_glass", bureau, form{"glass": "x"})
}

func TestTheReaderDoesNotRestTheClimbOfTheirOwnReview(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	key := sc.reads(head)
	sc.wait(24*hour + time.Minute)
	require.Equal(t, []string{"remind", "due"}, sc.rungs(key))
	sc.ack(key, head)
	require.Equal(t, "own_reading", sc.last(cases.EventFact).Reason)
	require.True(t, sc.owed(key).HeldUntil.IsZero())
	sc.ack(key, bureau)
	require.False(t, sc.owed(key).HeldUntil.IsZero())
}

func TestAnOverdueReviewClimbsAroundTheReader(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	key := sc.reads(head)
	sc.wait(30 * hour)
	var told []cases.Post
	for _, e := range sc.events {
		if e.Type == cases.EventRung && e.Key == key {
			require.True(t, e.Urgent)
			require.NotContains(t, e.Posts, head)
			told = append(told, e.Posts...)
		}
	}
	require.Contains(t, told, bureau)
	require.Contains(t, told, body)
	require.NotEmpty(t, sc.s.Orders, "the third level drafts a 督办单")
	sc.do("review_glass", body, sc.glass())
	sc.notOwed(key)
}

func TestAReadingWithoutGoodReasonIsToldToTheHeadAndTheSecurityAdministrator(t *testing.T) {
	security := cases.NewPost(city, cases.RoleSecAdmin)
	for verdict, reader := range map[string]cases.Post{"not_justified": desk, "discipline": manager} {
		sc := at(t, "anqiu").file(aReport())
		sc.reads(reader)
		sc.do("review_glass", head, sc.glass(), form{"verdict": verdict})
		e := sc.last(cases.EventMisused)
		require.Equal(t, []cases.Post{head, security}, e.Posts)
		require.Equal(t, verdict, e.Reason)
		require.True(t, e.Urgent)
		require.Empty(t, sc.s.Glasses)
	}
	sc := at(t, "anqiu").file(aReport())
	sc.reads(head)
	sc.do("review_glass", bureau, sc.glass(), form{"verdict": "not_justified"})
	require.Equal(t, []cases.Post{bureau, security}, sc.last(cases.EventMisused).Posts, "not the reader")
	sc.reads(head)
	sc.events = nil
	sc.do("review_glass", bureau, sc.glass())
	for _, e := range sc.events {
		require.NotEqual(t, cases.EventMisused, e.Type)
	}
}

func TestAReviewOutlivesTheClosingAndKeepsTheFileOutOfTheArchive(t *testing.T) {
	sc := at(t, "anqiu")
	closing(sc)
	key := sc.reads(head)
	sc.both("close", manager, head)
	require.Equal(t, cases.Archiving, sc.s.Stage)
	sc.owed(key)
	refusal := sc.refused(cases.CodeAfter, "archive", desk)
	require.Equal(t, "glass_review", refusal.Detail["first"])
	sc.do("review_glass", bureau, sc.glass())
	sc.do("archive", desk)
	require.Equal(t, cases.Closed, sc.s.Stage)

	// Read in the archive: the file is taken out until the review is made.
	key = sc.reads(head)
	require.Equal(t, cases.Archiving, sc.s.Stage)
	require.Equal(t, cases.OutcomeClosed, sc.s.Outcome)
	sc.owed(key)
	sc.wait(30 * hour)
	require.Contains(t, sc.rungs(key), "level2")
	sc.refused(cases.CodeAfter, "archive", desk)
	sc.do("review_glass", bureau, sc.glass())
	sc.do("archive", desk)
}

// closing brings a report to where it can be closed.
func closing(sc *scene) {
	assessing(sc)
	seenAndEnded(sc)
	sc.do("assess", manager)
	sc.do("plan", manager)
	sc.do("notice_safe", manager)
	sc.both("recolour", manager, head, form{"colour": "blue"})
	sc.wait(time.Minute)
	sc.visit(cases.Blue)
}

func TestAMergedCaseHandsItsReviewOn(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	key := sc.reads(head)
	due := sc.owed(key).Due
	sc.wait(2 * hour)
	sc.both("merge", desk, head, form{"into": reportB})
	require.Equal(t, cases.Closed, sc.s.Stage)
	require.Empty(t, sc.s.Glasses)

	rep := aReport()
	rep.ID = reportB
	into := at(t, "anqiu")
	into.now = sc.now
	into.file(rep)
	deliver(into, sc.sent)
	require.Equal(t, due, into.owed(key).Due)
	require.Equal(t, bureau, into.owed(key).Owner)
	cmd := into.command("review_glass", bureau, into.glass())
	cmd.By.Person = "person of " + string(head)
	into.refusedCommand(cases.CodeSecond, cmd)
	into.do("review_glass", bureau, into.glass())
}

func TestASecondPersonsWordOpensASealedPartForAShortTime(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("break_glass", desk, form{"compartments": []any{"reporter", "medical"}, "grounds": "police_request"})
	id := sc.proposal("break_glass")
	cmd := sc.command("approve", bureau, form{"proposal": id})
	cmd.By.Person = "person of " + string(desk)
	sc.refusedCommand(cases.CodeSecond, cmd)
	sc.do("approve", bureau, form{"proposal": id})
	e := sc.last(cases.EventGlass)
	require.Equal(t, id, e.Command)
	require.Equal(t, desk, e.Actor.Post)
	require.Equal(t, sc.now.Add(30*time.Minute).UTC(), e.Due)
	require.Equal(t, []cases.Post{head}, e.Posts, "the supervisor learns of it")
	require.True(t, e.Urgent)
	require.Empty(t, sc.s.Glasses, "two persons have looked: there is nothing to review")
	for _, by := range []cases.Post{supervisor, director, police, shelter} {
		sc.refused(cases.CodeRole, "break_glass", by)
	}
}

func TestWhoMayBreakTheGlass(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	for by, want := range map[cases.Post][2]bool{
		head: {true, true}, bureau: {true, true}, desk: {false, true}, manager: {false, true}, director: {}, supervisor: {}, townLeader: {},
		body: {}, police: {}, shelter: {}, procurator: {}, justice: {}, cases.NewPost(city, cases.RoleAuditAdmin): {},
		cases.NewPost(city, cases.RoleSystemAdmin): {}, cases.NewPost("370000000000", cases.RoleHead): {}, "city:379999000000/manager#2": {false, true},
	} {
		atOnce, asking := sc.s.MayBreakGlass(by)
		require.Equal(t, want, [2]bool{atOnce, asking}, by)
	}
	sc.do("recuse", desk, form{"post": string(head)})
	atOnce, asking := sc.s.MayBreakGlass(head)
	require.False(t, atOnce || asking, "who is recused may not know of the case")
	sc.refused(cases.CodeNotFound, "break_glass", head)
}

func TestACaseByOlderRulesKeepsItsReview(t *testing.T) {
	sc := at(t, "anqiu")
	rules := sc.r
	rules.Deadlines, rules.Ladders = nil, nil
	for _, d := range sc.r.Deadlines {
		if d.Ladder != "glass" && d.ID != "grant_expiry" {
			rules.Deadlines = append(rules.Deadlines, d)
		}
	}
	for _, l := range sc.r.Ladders {
		if l.ID != "glass" {
			rules.Ladders = append(rules.Ladders, l)
		}
	}
	sc.r = rules
	sc.file(aReport())
	key := sc.reads(head)
	require.Equal(t, sc.now.Add(24*hour).UTC(), sc.owed(key).Due)
	until, due := rules.GlassTimes(cases.Red, sc.now)
	require.Equal(t, sc.now.Add(30*time.Minute).UTC(), until)
	require.Equal(t, sc.owed(key).Due, due)
	sc.wait(27 * hour)
	require.Contains(t, sc.rungs(key), "level2")
}

func TestAGrantIsForANamedCaseAndATime(t *testing.T) {
	worker := cases.UnitPost("firm", cases.RoleSocialWorker)
	anna := cases.Actor{Person: "anna", Post: worker}
	sc := at(t, "anqiu").file(aReport())
	until := sc.now.Add(10 * day).Truncate(time.Second)
	lend := form{"post": string(worker), "person": "anna", "compartments": []any{"ordinary", "medical"}, "until": until.Format(time.RFC3339)}
	sc.do("grant_access", manager, lend)
	require.Equal(t, []cases.Post{worker}, sc.last(cases.EventStep).Posts)
	require.Equal(t, []cases.Compartment{cases.Ordinary, cases.Medical}, sc.s.Granted(anna, sc.now))
	require.Empty(t, sc.s.Granted(cases.Actor{Person: "bella", Post: worker}, sc.now), "to one person of the post")
	require.Empty(t, sc.s.Granted(cases.Actor{Person: "anna", Post: "unit:other/social_worker"}, sc.now))
	require.False(t, sc.s.InScope(worker), "to read, not to act")
	key := "grant_expiry:" + sc.s.Grants[0].ID
	require.True(t, sc.owed(key).Due.Equal(until))
	require.Empty(t, sc.s.Granted(anna, until), "by the clock, whenever the case wakes")
	sc.wait(10*day - time.Minute)
	require.Equal(t, []string{"remind"}, sc.rungs(key), "who gave it may give it longer")
	require.NotEmpty(t, sc.s.Granted(anna, sc.now))
	sc.wait(time.Minute)
	require.Empty(t, sc.s.Grants)
	sc.notOwed(key)
	require.Equal(t, "expired", sc.last(cases.EventReleased).Reason)
	require.Equal(t, []string{"remind"}, sc.rungs(key), "nobody is told that something is late")
}

func TestAGrantEndsWithARecusalAMoveAndTheCase(t *testing.T) {
	lend := func(sc *scene, to cases.Post) {
		sc.do("grant_access", manager, form{"post": string(to), "compartments": []any{"medical"}, "until": sc.now.Add(day).Format(time.RFC3339)})
	}
	sc := at(t, "anqiu").file(aReport())
	lend(sc, police)
	sc.do("recuse", desk, form{"post": string(police)})
	require.Empty(t, sc.s.Grants)
	sc.refused(cases.CodeRecusedPost, "grant_access", manager, form{"post": string(police), "compartments": []any{"medical"}, "until": sc.now.Add(day).Format(time.RFC3339)})
	lend(sc, supervisor)
	lend(sc, justice)
	sc.do("relocate", manager, form{"org": "379999102205"})
	require.Len(t, sc.s.Grants, 1)
	require.Equal(t, justice, sc.s.Grants[0].Post)

	sc = at(t, "anqiu")
	closing(sc)
	lend(sc, justice)
	sc.both("close", manager, head)
	require.Empty(t, sc.s.Grants)
}

func TestWhatIsLentToWhom(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	soon := sc.now.Add(day).Format(time.RFC3339)
	worker := cases.UnitPost("firm", cases.RoleSocialWorker)
	lend := func(to cases.Post, part string) form {
		return form{"post": string(to), "compartments": []any{part}, "until": soon}
	}
	for _, to := range []cases.Post{director, townLeader, desk, head, cases.NewPost(city, cases.RoleAuditAdmin), cases.UnitPost("school", cases.RoleReporter), cases.SystemPost} {
		sc.refused(cases.CodeField, "grant_access", bureau, lend(to, "medical"))
	}
	for _, to := range []cases.Post{worker, justice, shelter, supervisor} {
		sc.refused(cases.CodeField, "grant_access", head, lend(to, "reporter"))
	}
	sc.refused(cases.CodeField, "grant_access", manager, lend(manager, "medical"))
	cmd := sc.command("grant_access", manager, merged([]form{lend(worker, "medical"), {"person": "person-m"}}))
	cmd.By.Person = "person-m"
	sc.refusedCommand(cases.CodeField, cmd)
	sc.refused(cases.CodeField, "grant_access", manager, lend(worker, "medical"), form{"until": sc.now.Format(time.RFC3339)})
	sc.refused(cases.CodeField, "grant_access", manager, lend(worker, "medical"), form{"until": sc.now.Add(91 * day).Format(time.RFC3339)})
	sc.refused(cases.CodeRole, "grant_access", supervisor, lend(worker, "medical"))
	sc.refused(cases.CodeStage, "revoke_access", manager, form{"grant": "x"})

	// The reporter and the narrative are not lent by one person, nor by the one they go to.
	sc.do("grant_access", manager, lend(police, "reporter"), form{"person": "person-h"})
	require.Empty(t, sc.s.Grants)
	id := sc.proposal("grant_access")
	sc.refused(cases.CodeSecond, "approve", manager, form{"proposal": id})
	cmd = sc.command("approve", head, form{"proposal": id})
	cmd.By.Person = "person-h"
	sc.refusedCommand(cases.CodeSecond, cmd)
	sc.do("approve", bureau, form{"proposal": id})
	require.Len(t, sc.s.Grants, 1)
	sc.refused(cases.CodeField, "revoke_access", manager, form{"grant": "x"})
}

// Where the child is, and with whom, is sealed apart wherever a form asks for it
// (DOMAIN 8a.2); what a doctor wrote, and what the child told, likewise (DOMAIN 7).
func TestWhatIsSealedApartInTheForms(t *testing.T) {
	for name, want := range map[string]string{
		"guardianship/kin_on_spot.kin": "address", "guardianship/place.carer": "address", "guardianship/change_placement.carer": "address",
		"guardianship/change_placement.reason": "address", "guardianship/kin_handover.kin": "address", "guardianship/to_kin.reason": "address",
		"guardianship/continue_care.plan": "address", "guardianship/reject.care_plan": "address", "guardianship/relocate.address": "address",
		"report/relocate.address": "address", "report/medical.record": "medical", "guardianship/medical.record": "medical",
		"guardianship/examine.record": "medical", "guardianship/admit.needs": "medical", "guardianship/rescue.condition": "narrative",
		"guardianship/conclude.minutes": "narrative", "report/child_seen.condition": "narrative", "report/assess.summary": "narrative",
		"report/contact_child.said": "narrative", "report/close.summary": "narrative",
	} {
		kind, rest, _ := strings.Cut(name, "/")
		step, field, _ := strings.Cut(rest, ".")
		row, ok := cases.FindStep(cases.Kind(kind), cases.StepName(step))
		require.True(t, ok, name)
		i := slices.IndexFunc(row.Form, func(f cases.Field) bool { return f.Name == field })
		require.GreaterOrEqual(t, i, 0, name)
		require.Equal(t, want, row.Form[i].Compartment, name)
	}
}

func TestWhenAddressesAreSealed(t *testing.T) {
	for ground, sealed := range map[cases.Ground]bool{"TG1": false, "TG3": false, "TG4": true, "TG5": true, "TG6": true, "TG7": false} {
		sc := at(t, "anqiu").takeIn(ground)
		require.Equal(t, sealed, sc.s.PlacementSealed(), ground)
	}
	sc := at(t, "anqiu").file(aReport())
	require.False(t, sc.s.AddressSealed())
	require.False(t, sc.s.PlacementSealed())
	sc.do("order_apply", manager)
	require.True(t, sc.s.AddressSealed())
	sc.do("order_issue", manager, form{"expires_at": sc.now.Add(100 * day).Format(time.RFC3339)})
	require.True(t, sc.s.AddressSealed())
	sc.do("order_end", manager)
	require.False(t, sc.s.AddressSealed())
}
