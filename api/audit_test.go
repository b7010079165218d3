package api

import (
	"net/http"
	"testing"

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

func TestADenialThatCannotBeKeptIsAFault(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	stranger := b.as(cases.NewPost("379999101204", cases.RoleDirector))
	b.audit.fail = cases.Refuse(cases.CodeUnavailable)
	stranger.get("/api/v1/cases/"+id).refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
	stranger.get("/api/v1/cases/"+id+"/messages").refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
}
