package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
)

var (
	testTeacher   = cases.UnitPost("school", cases.RoleReporter)
	testPrincipal = cases.UnitPost("school", cases.RoleUnitHead)
)

// mine makes the bundle's receipts hold one report of an author.
func mine(b *bundle, author string) {
	f := records.Followed{
		Case: "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", Number: "强报〔2026〕000009", FiledAt: time.Unix(0, 0).UTC(), InUnitName: true,
		State:    cases.State{Stage: cases.ReportTriage, Police: cases.PoliceTrack{State: cases.PoliceFiled}, Org: testVillage},
		Feedback: []records.Feedback{{At: time.Unix(60, 0).UTC(), Text: "已受案"}},
		Messages: []records.Message{{ID: "m", At: time.Unix(90, 0).UTC(), From: "reporter", Text: "请尽快"}},
	}
	b.receipts.own = func(a records.Access) []records.Followed {
		if a.Person != author {
			return nil
		}
		return []records.Followed{f}
	}
	b.receipts.ofUnit = func(a records.Access) []records.Followed {
		if !a.Holds(testPrincipal) {
			return nil
		}
		f := f
		f.Messages = nil
		return []records.Followed{f}
	}
}

func TestAnAuthorFollowsTheOwnReportsAndNothingElse(t *testing.T) {
	b := setup(t)
	teacher := b.as(testTeacher)
	mine(b, b.people.only())
	r := teacher.get("/api/v1/my/reports")
	r.is(http.StatusOK)
	require.JSONEq(t, `{"items":[{"number":"强报〔2026〕000009","filed_at":"1970-01-01T00:00:00Z","in_unit_name":true,"progress":"checking","text":"核实中"}]}`, string(r.body))
	r = teacher.post("/api/v1/my/reports/lookup", map[string]any{"number": "强报〔2026〕000009"})
	r.is(http.StatusOK)
	require.JSONEq(t, `{"number":"强报〔2026〕000009","filed_at":"1970-01-01T00:00:00Z","in_unit_name":true,"progress":"checking","text":"核实中",
		"feedback":[{"at":"1970-01-01T00:01:00Z","text":"已受案"}],
		"messages":[{"id":"m","at":"1970-01-01T00:01:30Z","from":"reporter","text":"请尽快"}]}`, string(r.body))
	teacher.post("/api/v1/my/reports/lookup", map[string]any{"number": "强报〔2026〕000010"}).refused(404, cases.CodeNotFound)

	colleague := b.as(testTeacher)
	require.Empty(t, colleague.get("/api/v1/my/reports").is(http.StatusOK)["items"])
	colleague.post("/api/v1/my/reports/lookup", map[string]any{"number": "强报〔2026〕000009"}).refused(404, cases.CodeNotFound)
	colleague.post("/api/v1/my/reports/messages", map[string]any{"number": "强报〔2026〕000009", "text": "x"}, keyed("0123456789")...).refused(404, cases.CodeNotFound)
	require.Empty(t, b.receipts.said)
	b.anyone().get("/api/v1/my/reports").refused(401, records.CodeSignIn)
}

func TestAnAuthorWritesAsNobody(t *testing.T) {
	b := setup(t)
	teacher := b.as(testTeacher)
	author := b.people.only()
	mine(b, author)
	teacher.post("/api/v1/my/reports/messages", map[string]any{"number": "强报〔2026〕000009", "text": "又发生了"}, keyed("0123456789")...).is(http.StatusCreated)
	teacher.post("/api/v1/my/reports/messages", map[string]any{"number": "强报〔2026〕000009", "unresolved": true}, keyed("0123456780")...).is(http.StatusCreated)
	teacher.post("/api/v1/my/reports/messages", map[string]any{"number": "强报〔2026〕000009"}, keyed("0123456781")...).refused(422, cases.CodeField)
	require.Equal(t, []cases.FactKind{cases.FactMessage, cases.FactUnresolved}, []cases.FactKind{b.receipts.said[0].Kind, b.receipts.said[1].Kind})
	for i, f := range b.receipts.said {
		require.Equal(t, cases.Actor{}, f.By)
		require.NotContains(t, b.receipts.once[i].Actor, author)
	}
	for _, line := range b.log.FilterField(zap.String("route", "/api/v1/my/reports/messages")).All() {
		require.NotContains(t, line.ContextMap(), "person")
	}
}

func TestTheHeadOfAUnitSeesWhatWasFiledInItsNameAndNotByWhom(t *testing.T) {
	b := setup(t)
	b.as(testTeacher)
	mine(b, b.people.only())
	principal := b.as(testPrincipal)
	require.Len(t, principal.get("/api/v1/unit/reports").is(http.StatusOK)["items"], 1)
	got := principal.post("/api/v1/unit/reports/lookup", map[string]any{"number": "强报〔2026〕000009"}).is(http.StatusOK)
	require.Empty(t, got["messages"])
	require.Len(t, got["feedback"], 1)
	require.Empty(t, principal.get("/api/v1/my/reports").is(http.StatusOK)["items"])
	principal.post("/api/v1/my/reports/messages", map[string]any{"number": "强报〔2026〕000009", "text": "x"}, keyed("0123456789")...).refused(404, cases.CodeNotFound)
	b.as(testTeacher).get("/api/v1/unit/reports").refused(403, records.CodeForbidden)

	id := b.book.open(t)
	principal.get("/api/v1/cases/"+id).refused(404, cases.CodeNotFound)
}

func (f *fakeReceipts) OwnReports(_ context.Context, a records.Access, _ records.Cursor, _ int) ([]records.Followed, records.Cursor, error) {
	return f.own(a), "", nil
}

func (f *fakeReceipts) UnitReports(_ context.Context, a records.Access, _ records.Cursor, _ int) ([]records.Followed, records.Cursor, error) {
	return f.ofUnit(a), "", nil
}

func (f *fakeReceipts) OwnReport(_ context.Context, a records.Access, number string) (records.Followed, error) {
	return one(f.own(a), number)
}

func (f *fakeReceipts) UnitReport(_ context.Context, a records.Access, number string) (records.Followed, error) {
	return one(f.ofUnit(a), number)
}

func one(rows []records.Followed, number string) (records.Followed, error) {
	for _, f := range rows {
		if f.Number == number {
			return f, nil
		}
	}
	return records.Followed{}, cases.Refuse(cases.CodeNotFound)
}

// Whoever adds a way for reporters must keep the caller out of the log there too.
func TestNoWayOfReportersIsLoggedWithItsCaller(t *testing.T) {
	b := setup(t)
	b.receipts.own = func(records.Access) []records.Followed { return nil }
	b.receipts.ofUnit = b.receipts.own
	known(b, cases.State{})
	c := b.as(testTeacher, testPrincipal)
	n := 0
	for name := range operations(t, b) {
		method, path, _ := strings.Cut(name, " ")
		if !slices.ContainsFunc([]string{"/api/v1/reports", "/api/v1/receipts", "/api/v1/my/reports", "/api/v1/unit/"}, func(p string) bool { return strings.HasPrefix(path, p) }) {
			continue
		}
		n++
		if method == http.MethodGet {
			c.get(path)
		} else {
			c.send(method, path, "{}", keyed("0123456789")...)
		}
		lines := b.log.FilterField(zap.String("route", path)).FilterField(zap.String("method", method)).All()
		require.NotEmpty(t, lines, name)
		for _, line := range lines {
			require.NotContains(t, line.ContextMap(), "person", name)
		}
	}
	require.GreaterOrEqual(t, n, 8)
}
