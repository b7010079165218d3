package api

import (
	"errors"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

const guardianships = "/api/v1/guardianships"

func found() map[string]any { return map[string]any{"ground": "TG1", "danger": "no"} }

func TestAGuardianshipOpensOfAWhollyUnknownChild(t *testing.T) {
	b := setup(t)
	b.book.down = errors.New("the engine is gone")
	got := b.as(testManager).post(guardianships, found(), keyed("0123456789")...).is(http.StatusCreated)

	require.Len(t, b.filings.filed, 1)
	f := b.filings.filed[0]
	require.Equal(t, map[string]any{"id": f.Open.State.ID, "number": "监护〔2026〕000001", "filed_at": "2026-03-04T01:00:00Z"}, got)
	require.Nil(t, f.ReceiptHash, "nobody reported it")
	require.Equal(t, records.Child{}, f.Child)
	s := f.Open.State
	require.Equal(t, cases.Guardianship, s.Kind)
	require.Equal(t, cases.GuardTrigger, s.Stage)
	require.Equal(t, testCity, s.Org)
	_, owed := s.Obligation("trigger_verify")
	require.True(t, owed)
	require.Zero(t, b.book.asked, "opening never asks the engine")
}

func TestAGuardianshipKeepsAllThatWasTold(t *testing.T) {
	b := setup(t)
	b.as(testDirector, testSupervisor).post(guardianships, map[string]any{
		"ground": "TG6", "danger": "yes", "relation": "guardian", "org": string(testVillage), "avoid": []string{"village"},
		"child":     map[string]any{"name": "小童", "id_number": "379999201506010016", "age": 10},
		"narrative": map[string]any{"text": "经过", "place": "车站", "suspect": "某人"},
	}, keyed("0123456789")...).is(http.StatusCreated)

	f := b.filings.filed[0]
	require.Equal(t, "小童", f.Child.Name)
	require.Equal(t, 10, *f.Child.Age)
	require.Equal(t, records.Narrative{Text: "经过", Place: "车站", Suspect: "某人"}, f.Narrative)
	require.NotEmpty(t, f.Open.Events[0].Actor.Person)
	s := f.Open.State
	require.Equal(t, cases.Ground("TG6"), s.Ground)
	require.Equal(t, cases.Red, s.Colour)
	require.Equal(t, testVillage, s.Org)
	require.True(t, s.IsRecused(testDirector))
	require.Equal(t, cases.Actor{Person: f.Open.Events[0].Actor.Person, Post: testSupervisor}, f.Open.Events[0].Actor)
}

func TestTheSameKeyOpensOneGuardianship(t *testing.T) {
	b := setup(t)
	desk := b.as(testDesk)
	first := desk.post(guardianships, found(), keyed("0123456789")...)
	first.is(http.StatusCreated)
	again := desk.post(guardianships, `{ "danger":"no",  "ground":"TG1" }`, keyed("0123456789")...)
	again.is(http.StatusCreated)
	require.Equal(t, string(first.body), string(again.body))
	require.Empty(t, first.header.Get("Idempotency-Replayed"))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Len(t, b.filings.filed, 1)

	desk.post(guardianships, with(found(), "danger", "yes"), keyed("0123456789")...).refused(422, records.CodeKeyReused)
	desk.post(guardianships, found()).refused(400, records.CodeKeyMissing)
}

func TestWhoOpensAGuardianship(t *testing.T) {
	b := setup(t)
	for i, p := range []cases.Post{
		testDesk, testManager, testHead, testSupervisor, cases.UnitPost("shelter", cases.RoleShelter),
		cases.UnitPost("police", cases.RolePolice), cases.UnitPost("procuratorate", cases.RoleProcurator),
	} {
		b.as(p).post(guardianships, found(), keyed("012345678"+strconv.Itoa(i))...).is(http.StatusCreated)
	}
	require.Len(t, b.filings.filed, 7)
	for _, p := range []cases.Post{testDirector, testJustice, cases.UnitPost("school", cases.RoleReporter), cases.NewPost(testCity, cases.RoleSystemAdmin)} {
		b.as(p).post(guardianships, found(), keyed("0123456789")...).refused(403, records.CodeForbidden)
	}
	b.anyone().post(guardianships, found(), keyed("0123456789")...).refused(401, records.CodeSignIn)

	b.filings.byKey = nil
	both := b.as(testDirector, testDesk)
	for _, p := range []cases.Post{testDirector, testHead} { // not of those, and not theirs
		said := both.post(guardianships, with(found(), "post", string(p)), keyed("0123456780")...).refused(403, cases.CodeRole)
		require.Equal(t, "post", said.Errors[0].Field)
	}
	both.post(guardianships, with(found(), "post", string(testDesk)), keyed("0123456780")...).is(http.StatusCreated)
}

func TestEveryFaultOfAFindingIsNamed(t *testing.T) {
	b := setup(t)
	desk := b.as(testDesk)
	for _, c := range []struct {
		body          map[string]any
		field, reason string
	}{
		{map[string]any{"danger": "no"}, "ground", "required"},
		{map[string]any{"ground": "TG1"}, "danger", "required"},
		{with(found(), "ground", "TG8"), "ground", "enum"},
		{with(found(), "relation", "friend"), "relation", "enum"},
		{with(found(), "avoid", []string{"moon"}), "avoid[0]", "enum"},
		{with(found(), "org", "370784101203"), "org", "range"},
		{with(found(), "child", map[string]any{"age": 18}), "child.age", "range"},
		{with(found(), "receipt", "x"), "receipt", "unknown"},
	} {
		p := desk.post(guardianships, c.body, keyed("0123456789")...).refused(422, cases.CodeField)
		require.Len(t, p.Errors, 1, c.field)
		require.Equal(t, c.field, p.Errors[0].Field)
		require.Equal(t, c.reason, p.Errors[0].Reason, c.field)
	}
	require.Empty(t, b.filings.filed)
}
