package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func stepPath(id, step string) string { return "/api/v1/cases/" + id + "/steps/" + step }

func base(n int64) map[string]any { return map[string]any{"base": n} }

func TestAStepAnswersWithTheNewState(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	got := b.as(testDesk).post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(http.StatusOK)
	require.Equal(t, "answered", got["status"])
	now := got["case"].(map[string]any)
	require.Equal(t, "triage", now["stage"])
	require.InDelta(t, 1, now["base"], 0)
	require.Contains(t, now["allowed"], "triage")
	require.NotContains(t, now["allowed"], "accept")
	for _, row := range b.book.rows {
		require.Equal(t, records.CommandAnswered, row.Status)
	}
}

func TestAMinimalAnswerLeavesTheCaseOut(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	got := b.as(testDesk).post(stepPath(id, "accept"), base(0), append(keyed("0123456789"), "Prefer", "return=minimal")...).is(http.StatusOK)
	require.NotContains(t, got, "case")
}

func TestTheSameKeyActsOnceAndAnswersTheSame(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	first := desk.post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(http.StatusOK)
	again := desk.post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(http.StatusOK)
	require.Equal(t, first, again)
	require.Equal(t, 1, b.book.asked)
	require.Equal(t, int64(1), b.book.view.State.DecisionSeq)

	desk.post(stepPath(id, "accept"), base(1), keyed("0123456789")...).refused(422, records.CodeKeyReused)
	b.as(testDesk).post(stepPath(id, "accept"), base(0), keyed("0123456789")...).refused(409, cases.CodeStale) // another person's key
}

func TestAStepWithoutTheEngineIsAcceptedAndDoneLater(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.book.down = cases.Refuse(cases.CodeUnavailable)
	desk := b.as(testDesk)
	r := desk.post(stepPath(id, "accept"), base(0), keyed("0123456789")...)
	got := r.is(http.StatusAccepted)
	require.Equal(t, "pending", got["status"])
	where := r.header.Get("Location")
	require.Equal(t, "/api/v1/cases/"+id+"/commands/"+got["command"].(string), where)
	require.Equal(t, "pending", desk.get(where).is(200)["status"])

	b.book.down = nil // the sweeper, or the same key again
	require.Equal(t, "answered", desk.post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(200)["status"])
	require.Equal(t, "answered", desk.get(where).is(200)["status"])
	b.as(testDesk).get(where).refused(404, cases.CodeNotFound) // its author's only
}

func TestAStaleFormIsToldWhatChangedAndIsKept(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.as(testDesk).post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(200)
	b.as(testDesk).post(stepPath(id, "police_report"), map[string]any{"base": 1, "fields": map[string]any{"reported_at": "2026-03-04T08:30:00+08:00", "receipt": "x"}}, keyed("0123456789")...).is(200)

	late := b.as(testDesk)
	p := late.post(stepPath(id, "recolour"), map[string]any{"base": 0, "fields": map[string]any{"colour": "blue", "reason": "秘密的理由"}}, keyed("0123456780")...).refused(409, cases.CodeStale)
	require.Len(t, p.Changed, 2)
	require.Equal(t, cases.StepName("accept"), p.Changed[0].Step)
	require.Equal(t, cases.StepName("police_report"), p.Changed[1].Step)
	require.Equal(t, int64(2), *p.Base)
	require.Contains(t, p.Allowed, cases.StepName("triage"))
	require.Equal(t, "/api/v1/drafts", p.Draft)
	require.NotEmpty(t, p.Command)

	drafts := late.get("/api/v1/drafts").is(200)["items"].([]any)
	require.Len(t, drafts, 1)
	require.Equal(t, map[string]any{"reason": "秘密的理由"}, drafts[0].(map[string]any)["sealed"])
	require.Equal(t, map[string]any{"colour": "blue"}, drafts[0].(map[string]any)["fields"])

	// The same key keeps its refusal.
	late.post(stepPath(id, "recolour"), map[string]any{"base": 0, "fields": map[string]any{"colour": "blue", "reason": "秘密的理由"}}, keyed("0123456780")...).refused(409, cases.CodeStale)
}

func TestARefusalSaysWhatIsAllowedInstead(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	p := desk.post(stepPath(id, "plan"), map[string]any{"base": 0, "fields": map[string]any{"measures": []string{"relief"}, "goals": "x", "documents": []string{"case_plan"}}}, keyed("0123456789")...).refused(403, cases.CodeRole)
	require.Contains(t, p.Allowed, cases.StepName("accept"))
	p = b.as(testManager).post(stepPath(id, "assess"), map[string]any{"base": 0, "fields": map[string]any{
		"needs": []string{"relief"}, "child_heard": true, "guardian_capacity": "able", "summary": "x", "documents": []string{"risk_assessment", "needs_list"},
	}}, keyed("0123456789")...).refused(422, cases.CodeStage)
	require.NotContains(t, p.Allowed, cases.StepName("assess"))
	desk.post(stepPath(id, "fly"), base(0), keyed("0123456780")...).refused(404, cases.CodeUnknownStep)
}

func TestEveryFaultOfAFormIsNamedByItsPath(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	p := b.as(testDesk).post(stepPath(id, "triage"), map[string]any{"base": 0, "fields": map[string]any{"colour": "purple", "duplicate": "no", "x": 1}}, keyed("0123456789")...).refused(422, cases.CodeField)
	at := map[string]string{}
	for _, f := range p.Errors {
		at[f.Field] = f.Reason
	}
	require.Equal(t, map[string]string{
		"fields.colour": "enum", "fields.duplicate": "format", "fields.reason": "required", "fields.jurisdiction": "required",
		"fields.guardianship_needed": "required", "fields.compartment": "required", "fields.relation": "required", "fields.x": "unknown",
	}, at)
	require.Empty(t, b.book.rows, "nothing was stored")
	require.Zero(t, b.book.asked)
}

func TestACaseThatAFormNamesMustBeAReportThatOneMaySee(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	triaged := map[string]any{
		"colour": "blue", "reason": "x", "duplicate": true, "jurisdiction": "own", "guardianship_needed": false, "compartment": false, "relation": "guardian",
	}
	desk := b.as(testDesk)
	desk.post(stepPath(id, "accept"), base(0), keyed("0123456780")...).is(200)
	desk.post(stepPath(id, "triage"), map[string]any{"base": 1, "fields": triaged}, keyed("0123456781")...).is(200)
	report := func(at cases.Org) cases.Report {
		return cases.Report{ID: uuid.NewString(), Org: at, Situations: []cases.Situation{"MR06"}, Danger: cases.DangerNo}
	}
	seen := b.book.beside(cases.Open(report(testVillage), b.book.rules, b.now))
	unseen := b.book.beside(cases.Open(report("370784101203"), b.book.rules, b.now))
	guardianship := b.book.beside(cases.OpenGuardianship(cases.Finding{ID: uuid.NewString(), Org: testVillage, Ground: "TG1", Danger: cases.DangerNo}, b.book.rules, b.now))
	into := func(other string) map[string]any {
		return map[string]any{"base": 2, "fields": map[string]any{"into": other, "reason": "同一件事"}}
	}
	stored, asked := len(b.book.rows), b.book.asked
	for other, reason := range map[string]string{uuid.NewString(): "not_found", unseen: "not_found", guardianship: "kind", id: "self"} {
		p := desk.post(stepPath(id, "merge"), into(other), keyed("0123456782")...).refused(422, cases.CodeField)
		require.Len(t, p.Errors, 1)
		require.Equal(t, "fields.into", p.Errors[0].Field)
		require.Equal(t, reason, p.Errors[0].Reason)
		require.NotEmpty(t, p.Errors[0].Message)
		require.Contains(t, p.Allowed, cases.StepName("merge"))
	}
	require.Len(t, b.book.rows, stored, "nothing was stored")
	require.Equal(t, asked, b.book.asked)

	first := desk.post(stepPath(id, "merge"), into(seen), keyed("0123456782")...).is(200)
	b.book.others = nil // the same key keeps its answer, whatever one may see by now
	require.Equal(t, first, desk.post(stepPath(id, "merge"), into(seen), keyed("0123456782")...).is(200))
	require.Equal(t, "merged", string(b.book.view.State.Outcome))
}

func TestWordsNeverEnterTheEngine(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.as(testDesk).post(stepPath(id, "recolour"), map[string]any{"base": 0, "fields": map[string]any{"colour": "red", "reason": "秘密"}}, keyed("0123456789")...).is(200)
	for _, row := range b.book.rows {
		require.Equal(t, cases.Fields{"colour": "red"}, row.Command.Fields)
		require.Equal(t, map[string]string{"reason": "秘密"}, b.book.sealed[row.Command.ID])
	}
}

func TestAPostIsChosenOrNamed(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	both := b.as(testSupervisor, testDesk)
	both.post(stepPath(id, "accept"), map[string]any{"base": 0, "post": string(testHead)}, keyed("0123456789")...).refused(403, cases.CodeRole)
	both.post(stepPath(id, "accept"), map[string]any{"base": 0, "post": string(testSupervisor)}, keyed("0123456780")...).refused(403, cases.CodeRole)
	both.post(stepPath(id, "accept"), base(0), keyed("0123456781")...).is(200)
	require.Equal(t, testDesk, b.book.view.State.Owner)
}

func TestACaseThatOneMayNotKnowOfIsNotThere(t *testing.T) {
	b := setup(t)
	id := b.book.open(t, func(r *cases.Report) { r.Avoid = []string{"town"} })
	for _, who := range []cases.Post{testSupervisor, testJustice, cases.NewPost("379999102000", cases.RoleSupervisor), cases.NewPost(testCity, cases.RoleSystemAdmin), cases.UnitPost("school", cases.RoleReporter)} {
		c := b.as(who)
		c.get("/api/v1/cases/"+id).refused(404, cases.CodeNotFound)
		c.get("/api/v1/cases/"+id+"/events").refused(404, cases.CodeNotFound)
		c.post(stepPath(id, "accept"), base(0), keyed("0123456789")...).refused(404, cases.CodeNotFound)
		c.post("/api/v1/cases/"+id+"/notes", map[string]any{"text": "x"}, keyed("0123456789")...).refused(404, cases.CodeNotFound)
		c.post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met"}, keyed("0123456789")...).refused(404, cases.CodeNotFound)
		c.get("/api/v1/cases/"+id+"/commands/"+uuid.NewString()).refused(404, cases.CodeNotFound)
	}
	require.Empty(t, b.book.facts)
}

func TestWhatIsShownOfACaseFollowsTheRole(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	shown := func(p cases.Post) map[string]any { return b.as(p).get("/api/v1/cases/" + id).is(200) }
	desk := shown(testDesk)
	require.Contains(t, desk, "reporter")
	require.Contains(t, desk, "child")
	require.Contains(t, desk, "narrative")
	require.NotContains(t, shown(testManager), "reporter")
	require.Contains(t, shown(testManager), "narrative")
	supervisor := shown(testSupervisor) // owes the visit to the scene
	require.Contains(t, supervisor, "child")
	require.Contains(t, supervisor, "narrative")
	require.NotContains(t, supervisor, "reporter")
	director := shown(testDirector) // has nothing to do yet
	require.NotContains(t, director, "child")
	require.NotContains(t, director, "narrative")
	body := cases.NewPost(testCity, cases.RoleBody)
	b.as(body).get("/api/v1/cases/"+id).refused(404, cases.CodeNotFound)
	b.book.view.State.Orders = []cases.Order{{N: 1, To: testHead, Obligation: "triage"}, {N: 2, To: body, Obligation: "child_seen"}}
	of := shown(body)
	require.Len(t, of["orders"], 2)
	require.Len(t, of["obligations"], 2)
	for _, hidden := range []string{"child", "narrative", "reporter", "situations"} {
		require.NotContains(t, of, hidden)
	}
}

func TestAShelterSeesNothingOfThePoliceTrack(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	shelter := cases.UnitPost("shelter", cases.RoleShelter)
	police := cases.UnitPost("police", cases.RolePolice)
	b.book.view.State.Police = cases.PoliceTrack{State: cases.PoliceFiled}
	b.book.view.State.Obligations = append(b.book.view.State.Obligations,
		cases.Obligation{Key: "care", Owner: shelter}, cases.Obligation{Key: "police_result", Owner: police})
	b.book.events = []records.EventRow{
		{Seq: 1, Event: cases.Event{Type: cases.EventOpened}}, {Seq: 2, Event: cases.Event{Type: cases.EventStep, Step: "police_report"}},
		{Seq: 3, Event: cases.Event{Type: cases.EventOwed, Owner: police}}, {Seq: 4, Event: cases.Event{Type: cases.EventFact, Actor: cases.Actor{Post: police}}},
		{Seq: 5, Event: cases.Event{Type: cases.EventFact, FactKind: cases.FactMergedFrom, Fields: cases.Fields{"case": "x", "police": "open"}}},
	}
	b.book.view.State.Proxies = []cases.Proxy{{Command: "1", Step: "police_not_file", For: police}, {Command: "2", Step: "task_sign", For: shelter}}
	step, ok := cases.FindStep(cases.MandatoryReport, "police_report")
	require.True(t, ok)
	require.Equal(t, cases.Police, step.Track)
	for _, c := range []struct {
		post cases.Post
		sees bool
	}{{shelter, false}, {police, true}} {
		as := b.as(c.post)
		got := as.get("/api/v1/cases/" + id).is(200)
		require.Equal(t, c.sees, got["police"].(map[string]any)["state"] == "filed", c.post)
		owners := map[string]bool{}
		for _, o := range got["obligations"].([]any) {
			owners[o.(map[string]any)["owner"].(string)] = true
		}
		require.Equal(t, c.sees, owners[string(police)], c.post)
		require.Len(t, got["proxies"], map[bool]int{true: 2, false: 1}[c.sees], c.post)
		require.True(t, owners[string(shelter)])
		events := as.get("/api/v1/cases/" + id + "/events").is(200)["items"].([]any)
		require.Len(t, events, map[bool]int{true: 5, false: 2}[c.sees], c.post)
		merged := events[len(events)-1].(map[string]any)["fields"].(map[string]any)
		require.Equal(t, "x", merged["case"])
		require.Equal(t, c.sees, merged["police"] == "open", c.post)
	}
}

func TestWhomACaseIsKeptFromIsToldToFew(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	leader := cases.NewPost(testVillage.Town(), cases.RoleTownLeader)
	fact := func(kind cases.FactKind, fields cases.Fields) cases.Event {
		return cases.Event{Type: cases.EventFact, FactKind: kind, Fields: fields}
	}
	told := []cases.Event{
		{Type: cases.EventStep, Step: "recuse", Fields: cases.Fields{"post": string(leader)}},
		{Type: cases.EventRecused, Owner: leader},
		{Type: cases.EventHandedOver, Owner: testDesk, Key: "triage", Reason: "recused"},
		fact(cases.FactVacant, cases.Fields{"post": string(leader), "reason": "recused"}),
		fact(cases.FactVacant, cases.Fields{"post": string(leader), "reason": "leave"}),
		fact(cases.FactKeptFrom, cases.Fields{"case": "x", "recused": string(leader)}),
		fact(cases.FactMergedFrom, cases.Fields{"case": "x", "recused": string(leader), "colour": "red"}),
	}
	for i, e := range told {
		b.book.events = append(b.book.events, records.EventRow{Seq: int64(i + 1), Event: e})
	}
	b.book.view.Awaiting = []cases.Fact{{ID: "1", Kind: cases.FactKeptFrom, Fields: told[5].Fields}, {ID: "2", Kind: cases.FactMergedFrom, Fields: told[6].Fields}}
	b.book.view.State.Recused = []cases.Post{leader}

	got := b.as(testDesk).get("/api/v1/cases/" + id).is(200)
	require.Len(t, got["recused"], 1)
	require.Len(t, got["awaiting"], 2)
	require.Len(t, b.as(testDesk).get("/api/v1/cases/" + id + "/events").is(200)["items"], len(told))

	supervisor := b.as(testSupervisor)
	got = supervisor.get("/api/v1/cases/" + id).is(200)
	require.NotContains(t, got, "recused")
	require.Len(t, got["awaiting"], 1)
	events := supervisor.get("/api/v1/cases/" + id + "/events")
	require.Len(t, events.is(200)["items"], 3, "the hand-over, a leave, and the merge")
	require.NotContains(t, string(events.body), "recused")
	require.Equal(t, 1, strings.Count(string(events.body), string(leader)), "the one on leave")
	require.Equal(t, string(leader), told[6].Fields["recused"], "what is stored stays as it is")
}

func TestAStaleFormTellsADepartmentNothingOfTheRest(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.as(testDesk).post(stepPath(id, "accept"), base(0), keyed("0123456789")...).is(200)
	b.as(testDesk).post(stepPath(id, "police_report"), map[string]any{"base": 1, "fields": map[string]any{"reported_at": "2026-03-04T08:30:00+08:00", "receipt": "x"}}, keyed("0123456789")...).is(200)
	shelter := cases.UnitPost("shelter", cases.RoleShelter)
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: testJustice, State: cases.TaskAssigned}, {N: 2, Post: shelter, State: cases.TaskAssigned}}
	for post, task := range map[cases.Post]int{testJustice: 1, shelter: 2} {
		p := b.as(post).post(stepPath(id, "task_sign"), map[string]any{"base": 0, "fields": map[string]any{"task": task}}, keyed("0123456780")...).refused(409, cases.CodeStale)
		for _, c := range p.Changed {
			require.NotEqual(t, cases.StepName("police_report"), c.Step, post)
			require.NotEqual(t, testJustice, post, "who sees their own part only")
		}
		require.NotNil(t, p.Base)
	}
}

func TestADepartmentSeesItsOwnTaskOnly(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	other := cases.UnitPost("education", cases.RoleLiaison)
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: other, State: cases.TaskSigned}, {N: 2, Post: testJustice, State: cases.TaskAssigned, Measure: "legal_aid"}}
	b.book.events = []records.EventRow{
		{Seq: 1, Event: cases.Event{Type: cases.EventOpened}}, {Seq: 2, Event: cases.Event{Type: cases.EventStep, Task: 1}},
		{Seq: 3, Event: cases.Event{Type: cases.EventStep, Task: 2}},
	}
	b.book.view.State.Compartment = true
	justice := b.as(testJustice)
	got := justice.get("/api/v1/cases/" + id).is(200)
	require.Len(t, got["tasks"], 1)
	require.Empty(t, got["obligations"])
	for _, hidden := range []string{"compartment", "child", "narrative", "reporter", "situations", "recused"} {
		require.NotContains(t, got, hidden)
	}
	events := justice.get("/api/v1/cases/" + id + "/events").is(200)["items"].([]any)
	require.Len(t, events, 1)
	require.InDelta(t, 3, events[0].(map[string]any)["seq"], 0)
	justice.get("/api/v1/cases/"+id+"/tasks/1/letter").refused(404, cases.CodeNotFound)
}

func TestWhatIsOwedIsThereForWhoTheCaseShowsIt(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	police, shelter := cases.UnitPost("police", cases.RolePolice), cases.UnitPost("shelter", cases.RoleShelter)
	task := cases.Obligation{Key: "task:1", Owner: testJustice, Due: b.now.Add(time.Hour)}
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: testJustice, State: cases.TaskSigned}, {N: 2, Post: shelter, State: cases.TaskSigned}}
	b.book.view.State.Obligations = []cases.Obligation{
		{Key: "not_filed_review", Owner: testManager, Due: b.now.Add(-time.Hour)}, {Key: "task:2", Owner: shelter, Due: b.now.Add(2 * time.Hour)}, task,
	}
	b.book.view.NextDue, b.book.view.NextKey, b.book.view.Overdue = b.now.Add(-time.Hour), "not_filed_review", true
	for _, c := range []struct {
		as   cases.Post
		next string
		sees []string
	}{
		{testDesk, "not_filed_review", []string{"not_filed_review", "task:1", "task:2"}},
		{police, "not_filed_review", []string{"not_filed_review", "task:1", "task:2"}},
		{shelter, "task:1", []string{"task:1", "task:2"}},
		{testJustice, "task:1", []string{"task:1"}},
	} {
		as := b.as(c.as)
		got := as.get("/api/v1/cases/" + id).is(200)
		require.Equal(t, c.next, got["next_key"], c.as)
		require.Equal(t, c.next == "not_filed_review", got["overdue"], c.as)
		require.Len(t, got["obligations"], len(c.sees))
		for _, o := range b.book.view.State.Obligations {
			b.worklist.row = records.ObligationRow{ID: "o-1", Case: id, Colour: cases.Yellow, Obligation: o}
			if slices.Contains(c.sees, o.Key) {
				as.get("/api/v1/obligations/o-1/ladder").is(200)
				continue
			}
			as.get("/api/v1/obligations/o-1/ladder").refused(404, cases.CodeNotFound)
			as.post("/api/v1/obligations/o-1/ack", map[string]any{}, keyed("0123456789")...).refused(404, cases.CodeNotFound)
		}
	}
}

func TestFactsAreStoredWithoutTheEngine(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.book.down = cases.Refuse(cases.CodeUnavailable)
	director := b.as(testDirector)
	got := director.post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met", "colour": "blue", "text": "所见", "occurred_at": "2026-03-04T00:30:00Z"}, keyed("0123456789")...).is(http.StatusCreated)
	require.Equal(t, "visit", got["kind"])
	f := b.book.facts[0]
	require.Equal(t, cases.Fields{"outcome": "met", "colour": "blue", "alone": "false"}, f.Fields)
	require.Equal(t, testDirector, f.By.Post)
	require.Equal(t, map[string]string{"text": "所见"}, b.book.sealed[f.ID])
	again := director.post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met", "colour": "blue", "text": "所见", "occurred_at": "2026-03-04T00:30:00Z"}, keyed("0123456789")...).is(http.StatusCreated)
	require.Equal(t, got["id"], again["id"], "the same key is the same fact")

	director.post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met", "occurred_at": "2026-03-05T00:30:00Z"}, keyed("0123456780")...).refused(422, cases.CodeFuture)
	b.as(testDesk).post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met"}, keyed("0123456789")...).refused(403, records.CodeForbidden)
	b.as(testDesk).post("/api/v1/cases/"+id+"/notes", map[string]any{"text": "备注"}, keyed("0123456789")...).is(http.StatusCreated)
	require.Zero(t, b.book.asked)
}

func TestAnAcknowledgementNamesTheRungsObligation(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	o, _ := b.book.view.State.Obligation("triage")
	b.worklist.row = records.ObligationRow{ID: "o-1", Case: id, Colour: cases.Yellow, Obligation: o, Alert: cases.Alert{Posts: []cases.Post{testDesk, testSupervisor}}}
	desk := b.as(testDesk)
	ack := "/api/v1/obligations/o-1/ack"
	desk.post(ack, map[string]any{"who": "王某", "by": "2026-03-04T02:00:00Z"}, keyed("0123456789")...).is(http.StatusCreated)
	f := b.book.facts[0]
	require.Equal(t, cases.Fields{"key": "triage", "occurrence": "1", "epoch": "1", "by": "2026-03-04T02:00:00Z"}, f.Fields)
	require.Equal(t, map[string]string{"who": "王某"}, b.book.sealed[f.ID])

	desk.post(ack, map[string]any{"for": string(testSupervisor)}, keyed("0123456780")...).is(http.StatusCreated)
	require.Equal(t, string(testSupervisor), b.book.facts[1].Fields["for"])
	b.as(testSupervisor).post(ack, map[string]any{"for": string(testDesk)}, keyed("0123456780")...).refused(403, cases.CodeProxy)

	b.worklist.row.Colour = cases.Red
	p := desk.post(ack, map[string]any{}, keyed("0123456781")...).refused(422, cases.CodeField)
	require.Len(t, p.Errors, 2, "a red one names who goes and by when")
	desk.post("/api/v1/obligations/o-2/ack", map[string]any{}, keyed("0123456782")...).refused(404, cases.CodeNotFound)
}

func TestTheStepTableIsToldInBothLanguages(t *testing.T) {
	b := setup(t)
	c := b.as(testDirector)
	all := c.get("/api/v1/steps").is(200)["items"].([]any)
	require.Len(t, all, len(cases.AllSteps()))
	for _, row := range c.get("/api/v1/steps?kind=report").is(200)["items"].([]any) {
		st := row.(map[string]any)
		require.Equal(t, "report", st["kind"])
		if st["name"] == "triage" {
			require.Equal(t, map[string]any{"zh-CN": "研判分级", "en": "triage"}, st["label"])
			form := st["form"].([]any)
			require.Equal(t, "colour", form[0].(map[string]any)["name"])
			require.Len(t, form[0].(map[string]any)["options"], 4)
			require.Equal(t, true, form[1].(map[string]any)["sealed"])
		}
	}
}

func TestTheWorklistIsMineUnlessAsked(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	o, _ := b.book.view.State.Obligation("triage")
	row, _ := b.book.rules.Deadline("triage", cases.Yellow)
	b.worklist.row = records.ObligationRow{ID: "o-1", Case: id, Number: "n", Colour: cases.Yellow, Obligation: o, Deadline: row, Overdue: true}
	got := b.as(testDesk).get("/api/v1/obligations?overdue=true").is(200)
	require.Equal(t, records.ObligationFilter{Whose: "mine", Overdue: true}, b.worklist.filter)
	require.Equal(t, "next", got["next"])
	item := got["items"].([]any)[0].(map[string]any)
	require.Equal(t, true, item["overdue"])
	require.Equal(t, "L", item["source"].(map[string]any)["class"])
	require.Equal(t, "研判分级", item["name"].(map[string]any)["zh-CN"])
}
