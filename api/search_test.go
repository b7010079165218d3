package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

type fakeSearches struct {
	records.Searches
	asked []records.Search
	found records.Found
	hits  []records.Hit
	kept  records.Searched
	fail  error
}

func (f *fakeSearches) Search(_ context.Context, _ records.Access, q records.Search) (records.Found, error) {
	f.asked = append(f.asked, q)
	return f.found, f.fail
}

func (f *fakeSearches) Alike(context.Context, records.Access, string) ([]records.Hit, error) {
	return f.hits, f.fail
}

func (f *fakeSearches) Searched(_ context.Context, _ records.Access, id string) (records.Searched, error) {
	if id != f.kept.ID {
		return records.Searched{}, cases.Refuse(cases.CodeNotFound)
	}
	return f.kept, nil
}

// hit is a case in the test's village, changed by edits.
func (b *bundle) hit(edits ...func(*cases.Report)) records.Hit {
	b.t.Helper()
	rep := cases.Report{ID: uuid.NewString(), Org: testVillage, Situations: []cases.Situation{"MR06"}, Danger: cases.DangerNo}
	for _, edit := range edits {
		edit(&rep)
	}
	opened, refusal := cases.Open(rep, b.filings.rules, b.now)
	require.Nil(b.t, refusal)
	st := opened.State
	return records.Hit{State: st, CaseRow: records.CaseRow{ID: st.ID, Number: "强报〔2026〕000001", Kind: st.Kind, Stage: st.Stage, Colour: st.Colour, Owner: st.Owner, Org: st.Org, Opened: st.Opened}}
}

func looking(by, value string, more ...string) map[string]any {
	body := map[string]any{"by": by, "value": value, "reason": "report"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return body
}

func TestASearchShowsNumbersAndNothingOfTheChild(t *testing.T) {
	b := setup(t)
	b.searches.found = records.Found{ID: uuid.NewString(), Hits: []records.Hit{b.hit()}}
	got := b.as(testDesk).post("/api/v1/search", looking("name", "小童")).is(http.StatusOK)
	require.Equal(t, b.searches.found.ID, got["search"])
	require.Len(t, got["items"], 1)
	require.Equal(t, false, got["more"])
	require.NotEmpty(t, got["text"])
	require.NotContains(t, got["items"].([]any)[0], "child")
	require.Equal(t, []records.Search{{By: records.ByName, Value: "小童", Reason: records.SearchReport}}, b.searches.asked)
}

func TestASearchIsNarrowedLikeAList(t *testing.T) {
	b := setup(t)
	b.searches.found = records.Found{ID: uuid.NewString(), More: true, Hits: []records.Hit{
		b.hit(), b.hit(func(r *cases.Report) { r.Avoid = []string{"town"} }), b.hit(func(r *cases.Report) { r.Org = "379999102201" }),
	}}
	got := b.as(testSupervisor).post("/api/v1/search", looking("pinyin", "xiaotong"), "Accept-Language", "en").is(http.StatusOK)
	require.Len(t, got["items"], 1, "neither the case that the town is kept out of nor another town's")
	require.Equal(t, true, got["more"])
	require.Contains(t, got["text"], "the newest 20")
}

func TestOnlyThoseWhoKnowChildrenSearch(t *testing.T) {
	b := setup(t)
	b.searches.found = records.Found{ID: uuid.NewString()}
	for _, role := range cases.Roles {
		post := cases.NewPost(testCity, role)
		r := b.as(post).post("/api/v1/search", looking("name", "小童"))
		switch role {
		case cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau, cases.RoleSupervisor, cases.RolePolice, cases.RoleShelter:
			require.Equal(t, http.StatusOK, r.status, role)
		default:
			r.refused(http.StatusForbidden, records.CodeForbidden)
		}
	}
	b.anyone().post("/api/v1/search", looking("name", "小童")).refused(http.StatusUnauthorized, records.CodeSignIn)
}

func TestAReporterIsFoundByTheDeskAlone(t *testing.T) {
	b := setup(t)
	b.searches.found = records.Found{ID: uuid.NewString(), Hits: []records.Hit{b.hit()}}
	got := b.as(testDesk).post("/api/v1/search", looking("reporter_phone", "13900000001")).is(http.StatusOK)
	require.Len(t, got["items"], 1)
	b.as(testManager).post("/api/v1/search", looking("reporter_phone", "13900000001")).refused(http.StatusForbidden, records.CodeForbidden)
	require.Len(t, b.searches.asked, 1)
}

func TestASearchThatCanFindNothingIsRefused(t *testing.T) {
	b := setup(t)
	desk := b.as(testDesk)
	for name, c := range map[string]struct {
		body  map[string]any
		field string
	}{
		"four digits of a telephone": {looking("phone", "0001"), "value"},
		"a part of an ID number":     {looking("id_number", "0016"), "value"},
		"no reason":                  {map[string]any{"by": "name", "value": "小童"}, "reason"},
		"a reason of one's own":      {looking("name", "小童", "reason", "curious"), "reason"},
		"another reason, unsaid":     {looking("name", "小童", "reason", "other"), "words"},
		"nothing":                    {looking("name", ""), "value"},
		"by the address":             {looking("address", "青石镇"), "by"},
	} {
		t.Run(name, func(t *testing.T) {
			p := desk.post("/api/v1/search", c.body).refused(422, cases.CodeField)
			require.Equal(t, c.field, p.Errors[0].Field)
			require.NotContains(t, p.Errors[0].Message+p.Detail, "小童")
		})
	}
	desk.post("/api/v1/search", looking("name", "小童", "reason", "other", "words", "家属来电询问")).is(http.StatusOK)
	require.Len(t, b.searches.asked, 1)
}

func TestBrowsingIsThrottled(t *testing.T) {
	b := setup(t)
	b.searches.fail = cases.Refuse(records.CodeThrottled)
	r := b.as(testDesk).post("/api/v1/search", looking("name", "小童"))
	r.refused(429, records.CodeThrottled)
	require.Equal(t, "3600", r.header.Get("Retry-After"))
}

func TestTheDeskSeesWhichCasesMayBeOfTheSameChild(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	other, elsewhere := b.hit(), b.hit(func(r *cases.Report) { r.Org = "370784101203" })
	other.Shared = []records.SearchBy{records.ByName, records.ByPhone}
	b.searches.hits = []records.Hit{other, elsewhere}
	got := b.as(testDesk).get("/api/v1/cases/" + id + "/alike").is(http.StatusOK)
	require.Len(t, got["items"], 1)
	row := got["items"].([]any)[0].(map[string]any)
	require.Equal(t, other.ID, row["id"])
	require.Equal(t, []any{"name", "phone"}, row["by"])
	require.Len(t, row, 6, "ids, number and colour only")
	b.as(testManager).get("/api/v1/cases/"+id+"/alike").refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testDesk).get("/api/v1/cases/"+uuid.NewString()+"/alike").refused(http.StatusNotFound, cases.CodeNotFound)
}

func TestWhoAnswersForTheOfficeReadsWhyASearchWasMade(t *testing.T) {
	b := setup(t)
	b.searches.kept = records.Searched{ID: uuid.NewString(), Person: "p", At: b.now, By: records.ByName, Reason: records.SearchOther, Words: "来访", Found: 2}
	got := b.as(testHead).get("/api/v1/searches/" + b.searches.kept.ID).is(http.StatusOK)
	require.Equal(t, "来访", got["words"])
	require.NotContains(t, got, "value")
	b.as(testHead).get("/api/v1/searches/"+uuid.NewString()).refused(http.StatusNotFound, cases.CodeNotFound)
	b.as(testDesk).get("/api/v1/searches/"+b.searches.kept.ID).refused(http.StatusForbidden, records.CodeForbidden)
}
