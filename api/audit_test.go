package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func TestOnlyWhatIsShownIsALook(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	desk.post("/api/v1/cases/"+id+"/notes", map[string]any{"text": "记下"}, keyed("note-0001")...).is(http.StatusCreated)
	require.Empty(t, b.book.looks, "a note shows nothing of the file")
	desk.get("/api/v1/cases/" + id).is(http.StatusOK)
	require.Equal(t, []string{""}, b.book.looks)
	step := map[string]any{"base": 0, "fields": map[string]any{}}
	desk.post("/api/v1/cases/"+id+"/steps/accept", step, append(keyed("step-0001"), "Prefer", "return=minimal")...).is(http.StatusOK)
	require.Equal(t, []string{""}, b.book.looks)
}

func TestTheAnswerToAStepIsALookForIt(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	step := map[string]any{"base": 0, "fields": map[string]any{}}
	got := b.as(testDesk).post("/api/v1/cases/"+id+"/steps/accept", step, keyed("step-0001")...).is(http.StatusOK)
	require.NotNil(t, got["case"])
	require.Equal(t, []string{"step"}, b.book.looks)
}

func TestADenialIsKept(t *testing.T) {
	b := setup(t)
	id, none := b.book.open(t), uuid.NewString()
	stranger := b.as(cases.NewPost("379999101204", cases.RoleDirector))
	stranger.get("/api/v1/cases/"+id).refused(http.StatusNotFound, cases.CodeNotFound)
	stranger.get("/api/v1/cases/"+none).refused(http.StatusNotFound, cases.CodeNotFound)
	stranger.get("/api/v1/cases/"+id+"/messages").refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testJustice).post("/api/v1/holdings", map[string]any{"post": testDesk, "person": none}).refused(http.StatusForbidden, records.CodeForbidden)
	b.anyone().get("/api/v1/cases/"+id).refused(http.StatusUnauthorized, records.CodeSignIn)
	require.Equal(t, []records.Denial{
		{Operation: "get-case", Code: "not_found", Object: id}, {Operation: "get-case", Code: "not_found", Object: none},
		{Operation: "list-messages", Code: "forbidden", Object: id}, {Operation: "hold-post", Code: "forbidden"},
	}, b.audit.denials)
}

func TestWhatIsNoCodeIsNoFilter(t *testing.T) {
	b := setup(t)
	auditor, head := b.as(cases.NewPost(testCity, cases.RoleAuditAdmin)), b.as(testHead)
	for _, v := range []string{"13900009371", "379999201103170021", "2011-03-17", "20110317"} {
		for _, name := range []string{"actor", "action"} {
			require.Equal(t, "query."+name, auditor.get("/api/v1/audit?"+name+"="+v).refused(http.StatusUnprocessableEntity, cases.CodeField).Errors[0].Field)
		}
		for _, prefix := range []string{v, "town:" + v, "unit:" + v} {
			head.get("/api/v1/posts?prefix="+prefix).refused(http.StatusUnprocessableEntity, cases.CodeField)
		}
	}
}

func TestAnExportRefusesWhatItsListIsNotNarrowedBy(t *testing.T) {
	b := setup(t)
	for what, filter := range map[string]map[string]any{
		"cases":       {"from": "13900009371", "to": "x", "unit": "a", "period": "month"},
		"figures":     {"from": "2011-03-17", "to": "2011-03-17", "owner": "13900009371", "overdue": true},
		"orders":      {"period": "year", "from": "2011-03-17", "key": "task"},
		"obligations": {"period": "year", "state": "open", "phase": "rescue"},
	} {
		p := b.as(testHead).post("/api/v1/exports", map[string]any{"what": what, "purpose": "report", "reason": "十一月例会", "filter": filter}).
			refused(http.StatusUnprocessableEntity, cases.CodeField)
		var refused, asked []string
		for _, f := range p.Errors {
			require.Equal(t, "unknown", f.Reason)
			refused = append(refused, f.Field)
		}
		for name := range filter {
			if name != "period" || what == "cases" || what == "obligations" {
				asked = append(asked, "filter."+name)
			}
		}
		require.ElementsMatch(t, asked, refused, what)
	}
	days := ExportFilter{Period: "days", From: "2026-11-01", To: "2026-11-30", Town: testVillage}
	require.Empty(t, ExportBody{What: "figures", Filter: days}.unknown())
	require.Empty(t, ExportBody{What: "cases", Filter: ExportFilter{Owner: testDesk, Overdue: true, State: "all"}}.unknown())
	require.Equal(t, []string{"period:days", "from:2026-11-01", "to:2026-11-30", "town:" + string(testVillage)}, days.codes())
}

func TestADenialThatCannotBeKeptIsAFault(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	stranger := b.as(cases.NewPost("379999101204", cases.RoleDirector))
	b.audit.fail = cases.Refuse(cases.CodeUnavailable)
	stranger.get("/api/v1/cases/"+id).refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
	stranger.get("/api/v1/cases/"+id+"/messages").refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
}

// looked is a look at the book's case.
func (b *bundle) looked(id string) {
	b.audit.looks = records.CaseLooks{Number: "强报〔2026〕000001", State: b.book.view.State, Next: "more", Rows: []records.AuditRow{{
		Chain: "read:" + id, Seq: 1, At: b.now, Actor: "p1", Name: "某人", Action: "read:case", Object: id,
		Detail: []string{"post:city:379999000000/desk", "post:city:379999000000/manager#2", "part:child", "glass:g1", "for:complaint", "items:3"},
	}}}
}

func TestWhoLookedIsToldToWhoSupervises(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.looked(id)
	got := b.as(testHead).get("/api/v1/cases/" + id + "/reads").is(http.StatusOK)
	require.Equal(t, map[string]any{
		"number": "强报〔2026〕000001", "next": "more", "items": []any{map[string]any{
			"at": "2026-03-04T01:00:00Z", "person": "p1", "name": "某人", "posts": []any{"city:379999000000/desk", "city:379999000000/manager#2"},
			"action": "read:case", "object": id, "parts": []any{"child"}, "why": "complaint", "break_glass": []any{"g1"}, "detail": []any{"items:3"},
		}},
	}, got)
	require.False(t, b.audit.asked)
	b.as(testHead).get("/api/v1/cases/" + id + "/reads?of=denials").is(http.StatusOK)
	require.True(t, b.audit.asked)
}

func TestWhoAuditsIsToldNoNames(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.looked(id)
	got := b.as(cases.NewPost(testCity, cases.RoleAuditAdmin)).get("/api/v1/cases/" + id + "/reads").is(http.StatusOK)
	look := got["items"].([]any)[0].(map[string]any)
	require.NotContains(t, look, "name")
	require.Equal(t, "p1", look["person"])
}

func TestWhoLookedIsNoBusinessOfOthers(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.looked(id)
	for _, post := range []cases.Post{testDesk, testManager, testSupervisor, testDirector, testJustice, cases.NewPost(testCity, cases.RoleSystemAdmin)} {
		b.as(post).get("/api/v1/cases/"+id+"/reads").refused(http.StatusForbidden, records.CodeForbidden)
	}
	elsewhere := cases.NewPost("379998000000", cases.RoleHead)
	b.as(elsewhere).get("/api/v1/cases/"+id+"/reads").refused(http.StatusNotFound, cases.CodeNotFound)
	b.audit.looks.State.Recused = []cases.Post{testHead}
	b.as(testHead).get("/api/v1/cases/"+id+"/reads").refused(http.StatusNotFound, cases.CodeNotFound)
	b.as(testHead, testBureau).get("/api/v1/cases/"+id+"/reads").refused(http.StatusNotFound, cases.CodeNotFound)
	b.book.view.State.Recused = b.audit.looks.State.Recused
	b.as(testBureau, testHead).get("/api/v1/cases/"+id).refused(http.StatusNotFound, cases.CodeNotFound)
	require.Len(t, b.audit.denials, 10)
}

func TestTheLogIsForWhoAudits(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.looked(id)
	auditor, p1 := b.as(cases.NewPost(testCity, cases.RoleAuditAdmin)), uuid.NewString()
	got := auditor.get("/api/v1/audit?actor=" + p1 + "&action=read:&day=2026-03-04").is(http.StatusOK)
	require.Equal(t, "next", got["next"])
	require.NotContains(t, got["items"].([]any)[0], "name")
	require.Equal(t, records.AuditFilter{
		Actor: p1, Action: "read:", From: time.Date(2026, 3, 3, 16, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 4, 16, 0, 0, 0, time.UTC),
	}, b.audit.filter)
	auditor.get("/api/v1/audit?day=2026-02-30").refused(http.StatusUnprocessableEntity, cases.CodeField)
	b.as(testHead).get("/api/v1/audit").refused(http.StatusForbidden, records.CodeForbidden)
}

func TestALookIsKeptWithItsPurpose(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.as(testDesk).get("/api/v1/cases/" + id + "?purpose=complaint").is(http.StatusOK)
	require.Equal(t, []string{"complaint"}, b.book.looks)
	b.as(testDesk).get("/api/v1/cases/"+id+"?purpose=curiosity").refused(http.StatusUnprocessableEntity, cases.CodeField)
}
