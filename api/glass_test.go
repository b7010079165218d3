package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// fakeGlasses keeps what was asked of it.
type fakeGlasses struct {
	records.Glasses
	asked  []records.BreakGlass
	filter records.GlassFilter
	list   []records.Glass
}

func (f *fakeGlasses) BreakGlass(_ context.Context, _ records.Once, a records.Access, b records.BreakGlass) (records.Glass, error) {
	f.asked = append(f.asked, b)
	return records.Glass{
		ID: b.ID, Case: b.Case, Reader: cases.Actor{Person: a.Person, Post: b.Post}, Compartments: b.Compartments, Grounds: b.Grounds,
		Reviewer: cases.Actor{Post: testBureau}, Until: time.Date(2026, 3, 4, 1, 30, 0, 0, time.UTC), ReviewDue: time.Date(2026, 3, 5, 1, 0, 0, 0, time.UTC),
	}, nil
}

func (f *fakeGlasses) ListGlasses(_ context.Context, _ records.Access, filter records.GlassFilter, _ records.Cursor, _ int) ([]records.Glass, records.Cursor, error) {
	f.filter = filter
	return f.list, "", nil
}

var (
	testBureau     = cases.NewPost(testCity, cases.RoleBureau)
	testAuditAdmin = cases.NewPost(testCity, cases.RoleAuditAdmin)
)

func emergency() map[string]any {
	return map[string]any{"compartments": []string{"reporter"}, "grounds": "reporter_in_danger", "reason": "有人扬言报复"}
}

func TestAnEmergencyReadingIsAskedForInTheOnePostThatMay(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	got := b.as(testSupervisor, testHead).post("/api/v1/cases/"+id+"/break-glass", emergency(), keyed("glass-0001")...).is(http.StatusCreated)
	require.Len(t, b.glasses.asked, 1)
	asked := b.glasses.asked[0]
	require.Equal(t, testHead, asked.Post)
	require.Equal(t, []cases.Compartment{cases.Reporter}, asked.Compartments)
	require.Equal(t, "有人扬言报复", asked.Reason)
	require.Equal(t, asked.ID, got["id"])
	require.Equal(t, true, got["open"])
	require.NotContains(t, got, "reason", "what was written is not sent back")
	review := got["review"].(map[string]any)
	require.Equal(t, string(testBureau), review["post"])
	require.Equal(t, false, review["overdue"])
}

func TestWhoIsRefusedAnEmergencyReading(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	path := "/api/v1/cases/" + id + "/break-glass"
	for _, by := range []cases.Post{testDesk, testManager} {
		p := b.as(by).post(path, emergency(), keyed("glass-0001")...).refused(http.StatusForbidden, cases.CodeSecond)
		require.Contains(t, p.Allowed, cases.StepName("break_glass"))
	}
	for _, by := range []cases.Post{testSupervisor, testDirector} {
		b.as(by).post(path, emergency(), keyed("glass-0001")...).refused(http.StatusForbidden, records.CodeForbidden)
	}
	b.as(testAuditAdmin).post(path, emergency(), keyed("glass-0001")...).refused(http.StatusNotFound, cases.CodeNotFound)
	b.as(testHead).post(path, emergency()).refused(http.StatusBadRequest, records.CodeKeyMissing)
	for _, wrong := range []map[string]any{
		{"compartments": []string{}}, {"compartments": []string{"ordinary"}}, {"grounds": "curious"}, {"reason": ""},
	} {
		body := emergency()
		for k, v := range wrong {
			body[k] = v
		}
		b.as(testHead).post(path, body, keyed("glass-0001")...).refused(http.StatusUnprocessableEntity, cases.CodeField)
	}
	b.book.view.State.Recused = []cases.Post{testHead}
	b.as(testHead).post(path, emergency(), keyed("glass-0001")...).refused(http.StatusNotFound, cases.CodeNotFound)
	require.Empty(t, b.glasses.asked)
}

func TestWhatIsOpenIsShownWithUntilWhen(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	got := b.as(testHead).get("/api/v1/cases/" + id).is(http.StatusOK)
	require.NotContains(t, got, "reporter")
	require.NotContains(t, got, "openings")
	until := b.now.Add(30 * time.Minute)
	b.book.view.Openings = []records.Opening{{ID: "g", Compartments: []cases.Compartment{cases.Reporter}, Until: until}}
	got = b.as(testHead).get("/api/v1/cases/" + id).is(http.StatusOK)
	require.Equal(t, "老师", got["reporter"].(map[string]any)["name"])
	require.Len(t, got["openings"], 1)
}

func TestGrantsAreShownToThoseWhoLendAndToTheirOwn(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.book.view.State.Grants = []cases.Grant{
		{ID: "1", Post: testJustice, Compartments: []cases.Compartment{cases.Medical}, From: b.now, Until: b.now.Add(time.Hour)},
		{ID: "2", Post: testSupervisor, Person: "somebody else", Compartments: []cases.Compartment{cases.Medical}, From: b.now, Until: b.now.Add(time.Hour)},
	}
	require.Len(t, b.as(testHead).get("/api/v1/cases/" + id).is(http.StatusOK)["grants"], 2)
	require.NotContains(t, b.as(testSupervisor).get("/api/v1/cases/"+id).is(http.StatusOK), "grants")
	require.NotContains(t, b.as(testDirector).get("/api/v1/cases/"+id).is(http.StatusOK), "grants")
}

func TestNobodyLendsToAPostOfTheirOwn(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	form := func(post cases.Post) map[string]any {
		return map[string]any{"base": b.book.view.State.DecisionSeq, "post": testManager, "fields": map[string]any{
			"post": post, "compartments": []string{"reporter"}, "until": b.now.Add(time.Hour).Format(time.RFC3339), "purpose": "investigation", "reason": "办案",
		}}
	}
	police := cases.UnitPost("police", cases.RolePolice)
	p := b.as(testManager, police).post("/api/v1/cases/"+id+"/steps/grant_access", form(police), keyed("grant-0001")...).refused(http.StatusUnprocessableEntity, cases.CodeField)
	require.Equal(t, "fields.post", p.Errors[0].Field)
	b.as(testManager).post("/api/v1/cases/"+id+"/steps/grant_access", form(police), keyed("grant-0001")...).is(http.StatusOK)
	require.Len(t, b.book.view.State.Proposals, 1)
	approve := map[string]any{"base": b.book.view.State.DecisionSeq, "post": testHead, "fields": map[string]any{"proposal": b.book.view.State.Proposals[0].ID}}
	b.as(testHead, police).post("/api/v1/cases/"+id+"/steps/approve", approve, keyed("agree-0001")...).refused(http.StatusForbidden, cases.CodeSecond)
	b.as(testHead).post("/api/v1/cases/"+id+"/steps/approve", approve, keyed("agree-0001")...).is(http.StatusOK)
	require.Len(t, b.book.view.State.Grants, 1)
}

func TestTheListOfEmergencyReadingsIsForOversight(t *testing.T) {
	b := setup(t)
	b.glasses.list = []records.Glass{{
		ID: "g", Case: "c", Compartments: []cases.Compartment{cases.Reporter}, Began: b.now.Add(-48 * time.Hour), Until: b.now.Add(-47 * time.Hour),
		ReviewDue: b.now.Add(-24 * time.Hour), Reviewer: cases.Actor{Post: testBureau},
	}, {ID: "h", Case: "c", Approver: cases.Actor{Person: "p", Post: testHead}, Began: b.now, Until: b.now.Add(time.Hour)}}
	for _, by := range []cases.Post{testHead, testBureau, testAuditAdmin, cases.NewPost(testCity, cases.RoleSecAdmin), cases.NewPost(testCity, cases.RoleBody)} {
		got := b.as(by).get("/api/v1/break-glass?open=true").is(http.StatusOK)
		items := got["items"].([]any)
		require.Len(t, items, 2)
		first, second := items[0].(map[string]any), items[1].(map[string]any)
		require.Equal(t, true, first["review"].(map[string]any)["overdue"])
		require.Equal(t, false, first["open"])
		require.Equal(t, true, second["open"])
		require.NotContains(t, second, "review")
	}
	require.True(t, b.glasses.filter.Open)
	for _, by := range []cases.Post{testDesk, testManager, testSupervisor, testDirector, cases.NewPost(testCity, cases.RoleSystemAdmin)} {
		b.as(by).get("/api/v1/break-glass").refused(http.StatusForbidden, records.CodeForbidden)
	}
	b.anyone().get("/api/v1/break-glass").refused(http.StatusUnauthorized, records.CodeSignIn)
}
