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

var shelter = cases.UnitPost("shelter", cases.RoleShelter)

// keysOf gives the keys of a list, one on a page.
func (b *bundle) keysOf(a records.Access, f records.ObligationFilter) (keys []string) {
	b.t.Helper()
	for after := records.Cursor(""); ; {
		rows, next, err := b.Obligations(b.t.Context(), a, f, after, 1)
		require.NoError(b.t, err)
		for _, r := range rows {
			keys = append(keys, r.Obligation.Key)
		}
		if next == "" {
			return keys
		}
		after = next
	}
}

// obligation gives the id of something owed, as its worklist names it.
func (b *bundle) obligation(id, key string) string {
	b.t.Helper()
	rows, _, err := b.Obligations(b.t.Context(), in(desk, head, police), records.ObligationFilter{Whose: "area", Case: id, Key: key}, "", 1)
	require.NoError(b.t, err)
	require.Len(b.t, rows, 1)
	return rows[0].ID
}

func TestNobodyIsShownMoreOfWhatIsOwedThanTheCaseShows(t *testing.T) {
	b := setup(t)
	id := b.withTask() // of the schools
	b.step(id, "task_assign", manager, cases.Fields{"post": string(shelter), "measure": "other"})
	b.step(id, "police_report", desk, cases.Fields{"reported_at": b.now.Add(-time.Hour).Format(time.RFC3339)})
	for len(b.state(id).Orders) < 4 { // nobody does anything for days
		b.now = b.now.Add(14 * time.Hour)
		require.True(t, b.record(cases.Tick(b.state(id), b.rules, b.now)).Written)
	}
	all := b.keysOf(in(desk), records.ObligationFilter{Whose: "area"})
	require.Subset(t, all, []string{"police_accept_review", "task:1", "task_sign:1", "task:2", "task_sign:2", "assessment"})

	for who, c := range map[string]struct {
		as     records.Access
		shown  []string
		hidden []string
	}{
		"a department its own task":                                {in(schools), []string{"task:1", "task_sign:1"}, []string{"police_accept_review", "task:2", "task_sign:2", "assessment"}},
		"a shelter with a task all but the police track":           {in(shelter), []string{"task:1", "task:2", "assessment"}, []string{"police_accept_review"}},
		"the coordination body what its orders are about":          {in(body), nil, []string{"task:2"}},
		"who has both a department's post and a shelter's as much": {in(schools, shelter), []string{"task:1", "task:2", "assessment"}, []string{"police_accept_review"}},
		"the village and a department everything":                  {in(director, schools), all, nil},
	} {
		shown := b.keysOf(c.as, records.ObligationFilter{Whose: "area"})
		require.Subset(t, shown, c.shown, who)
		for _, f := range []records.ObligationFilter{
			{Whose: "area"}, {Whose: "area", Case: id}, {Whose: "area", Overdue: true}, {Whose: "area", Due: "all"}, {Whose: "area", Due: "overdue"},
			{Whose: "area", Rung: "due", From: start, To: b.now.Add(time.Hour)},
			{Whose: "area", Rung: "level1", From: start, To: b.now.Add(time.Hour)},
		} {
			for _, key := range b.keysOf(c.as, f) {
				require.NotContains(t, c.hidden, key, "%s: %+v", who, f)
				require.Contains(t, shown, key, "%s: %+v", who, f)
			}
		}
		for _, key := range c.hidden {
			require.Empty(t, b.keysOf(c.as, records.ObligationFilter{Whose: "area", Key: key, Result: "any", From: start, To: b.now.Add(time.Hour)}), who)
			owed := b.obligation(id, key)
			_, err := b.Climb(t.Context(), c.as, owed)
			requireCode(t, cases.CodeNotFound, err)
			_, err = b.Obligation(t.Context(), c.as, owed)
			requireCode(t, cases.CodeNotFound, err)
		}
		rows, _, err := b.ListCases(t.Context(), c.as, records.CaseFilter{}, "", 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Contains(t, shown, rows[0].NextKey, who)
	}
	// What is late of others does not make it a late case of one's own.
	other := b.withTask()
	b.now = b.state(other).Obligations[0].Due.Add(time.Second)
	late := func(a records.Access) bool {
		rows, _, err := b.ListCases(t.Context(), a, records.CaseFilter{Overdue: true}, "", 10)
		require.NoError(t, err)
		for _, r := range rows {
			if r.ID == other {
				return true
			}
		}
		return false
	}
	require.True(t, late(in(desk)))
	require.False(t, late(in(schools)))
}

func TestWhoWasToldOfACaseSeesItWhileTheyHaveToDoWithIt(t *testing.T) {
	b := setup(t)
	helper := cases.UnitPost("social_work", cases.RoleSocialWorker)
	person := uuid.NewString()
	require.NoError(t, b.Seed(t.Context(), postgres.County{People: []postgres.SeedPerson{{Person: records.Person{ID: person, Login: "bo", Name: "波"}}}}))
	for name, c := range map[string]struct {
		post cases.Post
		end  func(id string)
	}{
		"a social worker whose task was accepted": {helper, func(id string) {
			n := cases.Fields{"task": "1"}
			b.step(id, "task_sign", helper, n)
			b.step(id, "task_report", helper, cases.Fields{"task": "1", "result": "done"})
			b.step(id, "task_accept", manager, n)
		}},
		"a department whose task was withdrawn": {schools, func(id string) { b.step(id, "task_withdraw", manager, cases.Fields{"task": "1"}) }},
	} {
		t.Run(name, func(t *testing.T) {
			id := b.file()
			triage(b, id, "yellow", "false")
			b.step(id, "task_assign", manager, cases.Fields{"post": string(c.post), "measure": "psychology"})
			who := records.Access{Person: person, Posts: []cases.Post{c.post}}
			_, err := b.Pool().Exec(t.Context(), `INSERT INTO notice (id, person, posts, case_id, seq, idx, type, key, occurrence, epoch, rung, rung_name, urgent, at, state, next_at)
				VALUES (gen_random_uuid(), $1, $2, $3, 1, 0, 'owed', 'task:1', 1, 1, -1, '', false, $4, 'told', $4)`, person, []string{string(c.post)}, id, b.now)
			require.NoError(t, err)
			notices := func(of string) (n int) {
				rows, _, err := b.Notices(t.Context(), who, true, "", 50)
				require.NoError(t, err)
				for _, r := range rows {
					if r.Case == of {
						require.Equal(t, of != "", r.Number != "" && r.Obligation != "")
						n++
					}
				}
				return n
			}
			unread, err := b.Unread(t.Context(), who, 50)
			require.NoError(t, err)
			require.True(t, b.sees(who, id))
			require.Equal(t, 1, notices(id))
			gone := notices("")

			c.end(id)
			require.False(t, b.sees(who, id))
			rows, _, err := b.ListCases(t.Context(), who, records.CaseFilter{}, "", 10)
			require.NoError(t, err)
			require.Empty(t, rows)
			require.Empty(t, b.keysOf(who, records.ObligationFilter{Whose: "area"}))
			require.Zero(t, notices(id), "what it was told is left, without the case")
			require.Equal(t, gone+1, notices(""))
			still, err := b.Unread(t.Context(), who, 50)
			require.NoError(t, err)
			require.Equal(t, unread, still)

			b.step(id, "recuse", desk, cases.Fields{"post": string(c.post)})
			require.Equal(t, gone, notices(""), "from who is recused that is taken too")
		})
	}
	moved := b.file()
	triage(b, moved, "yellow", "false")
	require.True(t, b.sees(in(director), moved))
	b.step(moved, "relocate", manager, cases.Fields{"org": string(otherVillage)})
	require.False(t, b.sees(in(director), moved))
	require.True(t, b.sees(in(cases.NewPost(otherVillage, cases.RoleDirector)), moved))
}
