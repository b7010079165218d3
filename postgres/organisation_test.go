package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
)

var houseSystem = records.Access{Person: uuid.NewString(), Posts: []cases.Post{"city:379999000000/system_admin"}}

func (h *house) state(t *testing.T, a records.Access, post cases.Post) records.PostState {
	t.Helper()
	rows, _, err := h.Appointments(t.Context(), a, records.PostFilter{}, "", 0)
	require.NoError(t, err)
	for _, r := range rows {
		if r.Post == post {
			return r
		}
	}
	require.Fail(t, "the post is not listed", post)
	return records.PostState{}
}

func TestAppointmentsSayWhoIsInAPostAndSinceWhenNobodyIs(t *testing.T) {
	h := newHouse(t)
	never := h.state(t, houseHead, houseVillage)
	require.True(t, never.Vacant)
	require.Zero(t, never.Since, "nobody ever held it")

	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, houseVillage, h.bella, true)
	held := h.state(t, houseHead, houseVillage)
	require.False(t, held.Vacant)
	require.Equal(t, []string{h.anna}, held.Reached)
	require.Equal(t, []string{"安娜", "贝拉"}, []string{held.People[0].Name, held.People[1].Name})

	l := h.leave(t, h.anna)
	away := h.state(t, houseHead, houseVillage)
	require.True(t, away.People[0].Away)
	require.Equal(t, l.ID, away.People[0].Leave.ID)
	require.Equal(t, []string{h.bella}, away.Reached)

	left := h.now
	require.NoError(t, h.Release(t.Context(), houseHead, houseVillage, h.anna))
	h.now = h.now.Add(time.Hour)
	vacant := h.state(t, houseHead, houseVillage)
	require.True(t, vacant.Vacant)
	require.WithinDuration(t, left, vacant.Since, time.Second)
	require.Equal(t, []string{h.bella}, vacant.Reached, "the deputy stands in")
}

func TestAppointmentsAreNarrowedByPlaceAndState(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	names := func(a records.Access, f records.PostFilter) (out []cases.Post) {
		rows, _, err := h.Appointments(t.Context(), a, f, "", 0)
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.Post)
		}
		return out
	}
	require.Equal(t, []cases.Post{houseTown, houseVillage}, names(houseHead, records.PostFilter{Town: "379999101000"}))
	require.Equal(t, []cases.Post{"city:379999000000/head", houseTown}, names(houseHead, records.PostFilter{State: "vacant"}))
	require.Empty(t, names(houseHead, records.PostFilter{State: "away"}))
	h.leave(t, h.anna)
	require.Equal(t, []cases.Post{houseVillage}, names(houseHead, records.PostFilter{State: "away"}))
	require.Equal(t, []cases.Post{houseTown, houseVillage}, names(houseSup, records.PostFilter{}), "a town's own")
	require.Equal(t, []cases.Post{houseVillage}, names(records.Access{Person: h.anna, Posts: []cases.Post{houseVillage}}, records.PostFilter{}), "one's own")

	first, next, err := h.Appointments(t.Context(), houseHead, records.PostFilter{}, "", 2)
	require.NoError(t, err)
	rest, end, err := h.Appointments(t.Context(), houseHead, records.PostFilter{}, next, 2)
	require.NoError(t, err)
	require.Len(t, append(first, rest...), 3)
	require.Empty(t, end)
}

func TestCandidatesAreThoseOfTheAreaAndThoseInNoPost(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, "unit:education/liaison", h.bella, false)
	names := func(a records.Access) (out []string) {
		rows, _, err := h.Candidates(t.Context(), a, "", 0)
		require.NoError(t, err)
		for _, r := range rows {
			out = append(out, r.Name)
		}
		return out
	}
	require.ElementsMatch(t, []string{"安娜", "贝拉", "蔡丽", "丹青"}, names(houseHead))
	require.ElementsMatch(t, []string{"安娜", "蔡丽", "丹青"}, names(houseSup), "not who is busy elsewhere")
}

func TestHandOver(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, houseTown, h.anna, true)
	h.hold(t, houseVillage, h.bella, true)
	give := records.Handover{Person: h.anna, Reason: "retired", Posts: []records.HandoverPost{{Post: houseVillage, Successor: h.cai}, {Post: houseTown}}}

	rows, err := h.HandOver(t.Context(), houseHead, give, true)
	require.NoError(t, err)
	require.Equal(t, []records.HandedPost{
		{Post: houseVillage, Successor: h.cai, Name: "蔡丽", Told: []string{"蔡丽"}},
		{Post: houseTown, Deputy: true, Vacant: true},
	}, rows)
	to, _ := h.told(t, houseVillage)
	require.Equal(t, []string{h.anna}, to, "a preview changes nothing")

	_, err = h.HandOver(t.Context(), houseHead, give, false)
	require.NoError(t, err)
	h.now = h.now.Add(time.Second)
	to, _ = h.told(t, houseVillage)
	require.Equal(t, []string{h.cai}, to)
	require.Empty(t, h.state(t, houseHead, houseTown).People)
	left, err := h.PersonByID(t.Context(), h.anna, h.now)
	require.NoError(t, err)
	require.Empty(t, left.Posts)

	again, err := h.HandOver(t.Context(), houseHead, records.Handover{Person: h.anna, Reason: "retired", Posts: give.Posts[:1]}, false)
	require.NoError(t, err, "asked again it is done once")
	require.Equal(t, []string{"蔡丽"}, again[0].Told)
	require.Len(t, h.state(t, houseHead, houseVillage).People, 2)
}

func TestHandOverIsAllOrNothing(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, houseTown, h.anna, false)
	require.NoError(t, h.Hold(t.Context(), houseSystem, records.Holding{Post: "city:379999000000/audit_admin", Person: h.dan}))
	give := records.Handover{Person: h.anna, Reason: "other", Posts: []records.HandoverPost{{Post: houseVillage, Successor: h.cai}, {Post: houseTown, Successor: h.dan}}}
	rows, err := h.HandOver(t.Context(), houseHead, give, true)
	require.NoError(t, err)
	require.Equal(t, []cases.Code{"", records.CodeSeparation}, []cases.Code{rows[0].Refused, rows[1].Refused})
	_, err = h.HandOver(t.Context(), houseHead, give, false)
	requireCode(t, cases.CodeField, err)
	to, _ := h.told(t, houseVillage)
	require.Equal(t, []string{h.anna}, to)

	give.Posts = give.Posts[1:]
	rows, err = h.HandOver(t.Context(), houseSup, give, true)
	require.NoError(t, err)
	require.Equal(t, records.CodeForbidden, rows[0].Refused, "a town's supervisor appoints directors only")
}

func TestHandOverAtADateLeavesTodayAsItIs(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	at := h.now.AddDate(0, 0, 7)
	_, err := h.HandOver(t.Context(), houseHead, records.Handover{Person: h.anna, At: at, Reason: "term_ended", Posts: []records.HandoverPost{{Post: houseVillage, Successor: h.cai}}}, false)
	require.NoError(t, err)
	to, _ := h.told(t, houseVillage)
	require.Equal(t, []string{h.anna}, to)
	require.Len(t, h.state(t, houseHead, houseVillage).People, 2, "who comes is shown before")
	h.now = at
	to, _ = h.told(t, houseVillage)
	require.Equal(t, []string{h.cai}, to)
}

func TestOwedCountsWhatTheAskerMaySee(t *testing.T) {
	b := setup(t)
	b.file()
	hidden := b.file()
	b.step(hidden, "recuse", desk, cases.Fields{"post": string(head)})
	owed := func(a records.Access) records.Owed {
		rows, err := b.Owed(t.Context(), a, []cases.Post{schools, desk})
		require.NoError(t, err)
		require.Equal(t, records.Owed{Post: schools}, rows[0], "in the order asked for, nothing is nothing")
		return rows[1]
	}
	all, fewer := owed(in(desk)), owed(in(head))
	require.Positive(t, fewer.Open)
	require.Equal(t, 2*fewer.Open, all.Open, "a case that the asker is kept from does not count")
	require.Equal(t, 2*fewer.Cases, all.Cases)
	require.Zero(t, owed(in("city:379999000000/system_admin")).Open)
	before := all.Overdue
	b.now = b.now.AddDate(0, 1, 0)
	require.Greater(t, owed(in(desk)).Overdue, before)
}

func TestARosterIsAppliedOnceAndWhole(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	plan := records.RosterPlan{
		NewPlaces: []postgres.Org{{Code: "379999101204", Name: "王家沟村"}}, NewPosts: []cases.Post{"village:379999101204/director"},
		NewUnits:      []postgres.Unit{{Name: "sports", Title: "体育中心", Duty: "活动"}},
		NewPeople:     []records.Person{{ID: "row:2", Name: "董秀", Phone: "13900000009", Login: "dong"}},
		ChangedPeople: []records.Person{{ID: h.anna, Name: "安娜一", Phone: "13900000008", Login: "anna", Email: "anna@anhe.example"}},
		End:           []records.Holding{{Post: houseVillage, Person: h.anna}},
		Start:         []records.Holding{{Post: houseVillage, Person: "row:2"}, {Post: "village:379999101204/director", Person: h.anna}},
	}
	make := func(records.Roster) (records.RosterPlan, error) { return plan, nil }
	_, err := h.ApplyRoster(t.Context(), houseSystem, make)
	require.NoError(t, err)
	h.now = h.now.Add(time.Second)
	require.Equal(t, "董秀", h.state(t, houseHead, houseVillage).People[0].Name)
	require.Equal(t, "安娜一", h.state(t, houseHead, "village:379999101204/director").People[0].Name)
	name, err := h.OrgName(t.Context(), "379999101204")
	require.NoError(t, err)
	require.Equal(t, "王家沟村", name)
	who, _, err := h.Credentials(t.Context(), "anna")
	require.NoError(t, err, "the password stays")
	require.Equal(t, "13900000008", who.Phone)

	now, err := h.Roster(t.Context(), houseSystem, "export:organisation")
	require.NoError(t, err)
	require.Len(t, now.People, 5)

	plan = records.RosterPlan{NewPlaces: []postgres.Org{{Code: "379999101205", Name: "新村"}}, NewPeople: []records.Person{{ID: "row:3", Name: "某人", Login: "dong"}}}
	_, err = h.ApplyRoster(t.Context(), houseSystem, make)
	requireCode(t, cases.CodeConflict, err)
	_, err = h.OrgName(t.Context(), "379999101205")
	requireCode(t, cases.CodeNotFound, err)

	plan = records.RosterPlan{Start: []records.Holding{{Post: "city:379999000000/audit_admin", Person: h.cai}}}
	_, err = h.ApplyRoster(t.Context(), houseHead, make)
	requireCode(t, records.CodeForbidden, err)
}

func TestWhoIsPutWhereStandsInTheAuditLog(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	_, err := h.HandOver(t.Context(), houseHead, records.Handover{Person: h.anna, Reason: "removed", Posts: []records.HandoverPost{{Post: houseVillage, Successor: h.bella}}}, false)
	require.NoError(t, err)
	var rows []string
	for r, err := range h.AuditRows(t.Context(), "organisation") {
		require.NoError(t, err)
		require.Equal(t, houseHead.Person, r.Actor)
		rows = append(rows, r.Action+" "+r.Object)
		require.NotContains(t, r.Detail, "redacted")
	}
	require.Equal(t, []string{"post_given " + h.anna, "post_taken " + h.anna, "post_given " + h.bella}, rows)
}
