package postgres_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/seed"
	"tonghu/vault"
)

// house is a store with four people, and a clock that the test sets.
type house struct {
	*postgres.Store
	now                   time.Time
	anna, bella, cai, dan string // persons
}

const (
	houseTown    cases.Post = "town:379999101000/supervisor"
	houseVillage cases.Post = "village:379999101203/director"
)

var (
	houseHead = records.Access{Person: uuid.NewString(), Posts: []cases.Post{"city:379999000000/head"}}
	houseSup  = records.Access{Person: uuid.NewString(), Posts: []cases.Post{houseTown}}
)

func newHouse(t *testing.T) *house {
	t.Helper()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	h := &house{now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	h.Store, err = postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v, Now: func() time.Time { return h.now }})
	require.NoError(t, err)
	t.Cleanup(h.Close)
	h.anna, h.bella, h.cai, h.dan = uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
	require.NoError(t, h.Seed(t.Context(), postgres.County{
		Posts: []cases.Post{houseTown, houseVillage, "city:379999000000/head"},
		People: []postgres.SeedPerson{
			{Person: records.Person{ID: h.anna, Login: "anna", Name: "安娜", Phone: "13900000001", Email: "anna@anhe.example"}, Password: "$argon2id$of-anna"},
			{Person: records.Person{ID: h.bella, Login: "bella", Name: "贝拉", Phone: "13900000002"}},
			{Person: records.Person{ID: h.cai, Name: "蔡丽"}},
			{Person: records.Person{ID: h.dan, Name: "丹青"}},
		},
	}))
	return h
}

func (h *house) hold(t *testing.T, post cases.Post, person string, deputy bool) {
	t.Helper()
	require.NoError(t, h.Hold(t.Context(), houseHead, records.Holding{Post: post, Person: person, Deputy: deputy}))
	h.now = h.now.Add(time.Minute)
}

func (h *house) leave(t *testing.T, person string) records.Leave {
	t.Helper()
	l, err := h.AddLeave(t.Context(), houseHead, records.Leave{Person: person, From: h.now, Until: h.now.AddDate(0, 0, 3)})
	require.NoError(t, err)
	return l
}

func (h *house) told(t *testing.T, post cases.Post) ([]string, string) {
	t.Helper()
	to, reason, err := h.Told(t.Context(), post, h.now)
	require.NoError(t, err)
	ids := []string{}
	for _, p := range to {
		ids = append(ids, p.ID)
	}
	return ids, reason
}

func requireCode(t *testing.T, code cases.Code, err error) {
	t.Helper()
	var refusal *cases.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code)
}

func TestToldHolderDeputyNobody(t *testing.T) {
	h := newHouse(t)
	to, reason := h.told(t, houseVillage)
	require.Empty(t, to)
	require.Equal(t, "vacant", reason)

	h.hold(t, houseVillage, h.bella, true)
	to, reason = h.told(t, houseVillage)
	require.Equal(t, []string{h.bella}, to, "the deputy stands in for a vacancy")
	require.Equal(t, "vacant", reason)

	h.hold(t, houseVillage, h.anna, false)
	to, reason = h.told(t, houseVillage)
	require.Equal(t, []string{h.anna}, to)
	require.Empty(t, reason)

	h.leave(t, h.anna)
	to, reason = h.told(t, houseVillage)
	require.Equal(t, []string{h.bella}, to)
	require.Equal(t, "leave", reason)

	back := h.leave(t, h.bella)
	to, reason = h.told(t, houseVillage)
	require.Empty(t, to, "holder and deputy are both away")
	require.Equal(t, "leave", reason)

	require.NoError(t, h.EndLeave(t.Context(), houseHead, back.ID))
	to, _ = h.told(t, houseVillage)
	require.Equal(t, []string{h.bella}, to)

	h.now = h.now.AddDate(0, 0, 4)
	to, reason = h.told(t, houseVillage)
	require.Equal(t, []string{h.anna}, to, "back when the leave is over")
	require.Empty(t, reason)

	require.NoError(t, h.Release(t.Context(), houseHead, houseVillage, h.anna))
	h.now = h.now.Add(time.Minute)
	to, reason = h.told(t, houseVillage)
	require.Equal(t, []string{h.bella}, to)
	require.Equal(t, "vacant", reason)
}

func TestToldAllWhoShareAPost(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{h.anna, h.bella, h.cai} {
		h.hold(t, "city:379999000000/desk", id, false)
	}
	h.leave(t, h.bella)
	to, reason := h.told(t, "city:379999000000/desk")
	require.ElementsMatch(t, []string{h.anna, h.cai}, to)
	require.Empty(t, reason)
}

func TestPersonByIDHasThePostsOfThoseStoodInFor(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, houseVillage, h.bella, true)
	h.hold(t, houseTown, h.bella, false)
	posts := func(id string) []cases.Post {
		p, err := h.PersonByID(t.Context(), id, h.now)
		require.NoError(t, err)
		return p.Posts
	}
	require.Equal(t, []cases.Post{houseTown}, posts(h.bella))
	h.leave(t, h.anna)
	require.Equal(t, []cases.Post{houseTown, houseVillage}, posts(h.bella))
	require.Equal(t, []cases.Post{houseVillage}, posts(h.anna), "who is away keeps the post")
	require.NoError(t, h.Release(t.Context(), houseHead, houseVillage, h.anna))
	h.now = h.now.AddDate(0, 1, 0)
	require.Equal(t, []cases.Post{houseTown, houseVillage}, posts(h.bella), "the deputy of a vacancy")
	require.Empty(t, posts(h.anna))

	_, err := h.PersonByID(t.Context(), uuid.NewString(), h.now)
	requireCode(t, cases.CodeNotFound, err)
}

func TestCredentials(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	for _, login := range []string{"anna", "ANNA", " Ａｎｎａ "} {
		p, hash, err := h.Credentials(t.Context(), login)
		require.NoError(t, err, login)
		require.Equal(t, "$argon2id$of-anna", hash)
		require.Equal(t, records.Person{
			ID: h.anna, Login: "anna", Name: "安娜", Phone: "13900000001", Email: "anna@anhe.example",
			Posts: []cases.Post{houseVillage}, Active: true,
		}, p)
	}
	for _, login := range []string{"", "nobody", "bella"} { // bella has no password
		_, _, err := h.Credentials(t.Context(), login)
		requireCode(t, records.CodeCredentials, err)
	}
}

func TestOnlyThoseAboveAppoint(t *testing.T) {
	h := newHouse(t)
	other := records.Access{Person: uuid.NewString(), Posts: []cases.Post{"town:379999102000/supervisor"}}
	director := records.Access{Person: h.anna, Posts: []cases.Post{houseVillage}}
	holding := records.Holding{Post: houseVillage, Person: h.anna}
	for _, a := range []records.Access{{}, other, director} {
		requireCode(t, records.CodeForbidden, h.Hold(t.Context(), a, holding))
		requireCode(t, records.CodeForbidden, h.Release(t.Context(), a, houseVillage, h.anna))
	}
	requireCode(t, records.CodeForbidden, h.Hold(t.Context(), houseSup, records.Holding{Post: houseTown, Person: h.anna}))
	require.NoError(t, h.Hold(t.Context(), houseSup, holding))
	requireCode(t, cases.CodeField, h.Hold(t.Context(), houseHead, records.Holding{Post: houseVillage, Person: uuid.NewString()}))
	requireCode(t, cases.CodeField, h.Hold(t.Context(), houseHead, records.Holding{Post: "nonsense", Person: h.anna}))

	leave := records.Leave{Person: h.anna, From: h.now, Until: h.now.Add(time.Hour)}
	_, err := h.AddLeave(t.Context(), other, leave)
	requireCode(t, records.CodeForbidden, err)
	_, err = h.AddLeave(t.Context(), director, leave)
	require.NoError(t, err, "a person enters their own leave")
}

func TestOnesOwnLeaveIsListedUntilItIsOver(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	anna, bella := records.Access{Person: h.anna, Posts: []cases.Post{houseVillage}}, records.Access{Person: h.bella}
	add := func(a records.Access, from, until time.Time) records.Leave {
		l, err := h.AddLeave(t.Context(), a, records.Leave{Person: a.Person, From: from, Until: until})
		require.NoError(t, err)
		return l
	}
	listed := func(a records.Access) []records.Leave {
		l, err := h.Leaves(t.Context(), a)
		require.NoError(t, err)
		return l
	}
	later := add(anna, h.now.AddDate(0, 1, 0), h.now.AddDate(0, 2, 0))
	now := add(anna, h.now.Add(-time.Hour), h.now.Add(time.Hour))
	add(anna, h.now.AddDate(0, -2, 0), h.now.AddDate(0, -1, 0))
	require.Equal(t, []records.Leave{now, later}, listed(anna))
	require.Empty(t, listed(bella))
	require.Empty(t, listed(houseHead), "of others, the page of people tells")
	for i, l := range []records.Leave{later, now} {
		require.NoError(t, h.EndLeave(t.Context(), anna, l.ID))
		require.Len(t, listed(anna), 1-i, "ended before it began, or while it runs")
	}
}

func TestHoldingsAndVacanciesAreOfOnesArea(t *testing.T) {
	h := newHouse(t)
	h.hold(t, houseVillage, h.anna, false)
	h.hold(t, houseTown, h.bella, false)
	h.hold(t, "village:379999102201/director", h.cai, false)
	list := func(a records.Access) (posts []cases.Post) {
		rows, next, err := h.Holdings(t.Context(), a, "", "", 10)
		require.NoError(t, err)
		require.Empty(t, next)
		for _, r := range rows {
			posts = append(posts, r.Post)
		}
		return posts
	}
	require.Equal(t, []cases.Post{houseTown, houseVillage, "village:379999102201/director"}, list(houseHead))
	require.Equal(t, []cases.Post{houseTown, houseVillage}, list(houseSup))
	require.Equal(t, []cases.Post{houseVillage}, list(records.Access{Person: h.anna, Posts: []cases.Post{houseVillage}}))
	require.Empty(t, list(records.Access{}))

	first, next, err := h.Holdings(t.Context(), houseHead, "village:", "", 1)
	require.NoError(t, err)
	require.Equal(t, "安娜", first[0].Name)
	second, next, err := h.Holdings(t.Context(), houseHead, "village:", next, 1)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, h.cai, second[0].Person)
	_, _, err = h.Holdings(t.Context(), houseHead, "", "nonsense", 1)
	requireCode(t, records.CodeCursor, err)

	vacant, err := h.Vacancies(t.Context(), houseHead)
	require.NoError(t, err)
	require.Equal(t, []cases.Post{"city:379999000000/head"}, vacant)
	vacant, err = h.Vacancies(t.Context(), houseSup)
	require.NoError(t, err)
	require.Empty(t, vacant)
}

func TestPersonsAtRestShowNothing(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, h.RecordSignIn(t.Context(), "13900000001", "", false, "unknown"))
	require.NoError(t, h.RecordSignIn(t.Context(), "anna", h.anna, true, ""))
	for _, table := range []string{"person", "sign_in", "data_key", "holding"} {
		var dump string
		require.NoError(t, h.Pool().QueryRow(t.Context(), `SELECT coalesce(string_agg(x::text, ' '), '') FROM `+table+` x`).Scan(&dump))
		for _, canary := range []string{"安娜", "13900000001", "anna@anhe.example"} {
			require.False(t, strings.Contains(dump, canary), "%s holds %s", table, canary)
		}
	}
	var n int
	require.NoError(t, h.Pool().QueryRow(t.Context(), `SELECT count(*) FROM sign_in WHERE ok AND person = $1`, h.anna).Scan(&n))
	require.Equal(t, 1, n)
}

func TestAnAdministratorHoldsNothingElse(t *testing.T) {
	h := newHouse(t)
	admin := records.Access{Person: uuid.NewString(), Posts: []cases.Post{"city:379999000000/system_admin"}}
	hold := func(post cases.Post, person string, from, until time.Time) error {
		return h.Hold(t.Context(), admin, records.Holding{Post: post, Person: person, From: from, Until: until})
	}
	const security, auditor, desk cases.Post = "city:379999000000/security_admin", "city:379999000000/audit_admin", "city:379999000000/desk"
	day := func(n int) time.Time { return h.now.AddDate(0, 0, n) }
	require.NoError(t, hold(houseTown, h.anna, day(0), time.Time{}))
	require.NoError(t, hold(desk, h.anna, day(0), day(3)), "roles are combined")
	requireCode(t, records.CodeSeparation, hold(security, h.anna, day(1), day(2)))
	requireCode(t, records.CodeSeparation, hold(security, h.anna, day(100), time.Time{}))
	require.NoError(t, hold(security, h.bella, day(0), day(10)))
	requireCode(t, records.CodeSeparation, hold(auditor, h.bella, day(5), day(20)))
	requireCode(t, records.CodeSeparation, hold(houseVillage, h.bella, day(9), time.Time{}))
	require.NoError(t, hold(auditor, h.bella, day(10), time.Time{}), "one after the other")
	require.NoError(t, hold(security+"#2", h.bella, day(0), day(9)), "the same role twice")

	t.Run("AsTheDeputyToo", func(t *testing.T) {
		err := h.Hold(t.Context(), admin, records.Holding{Post: security, Person: h.anna, Deputy: true, From: day(1)})
		requireCode(t, records.CodeSeparation, err)
	})
	t.Run("NobodyAppointsThemselves", func(t *testing.T) {
		err := h.Hold(t.Context(), records.Access{Person: h.cai, Posts: []cases.Post{"city:379999000000/head"}}, records.Holding{Post: houseTown, Person: h.cai})
		requireCode(t, records.CodeSeparation, err)
	})
	t.Run("NorTheProductItself", func(t *testing.T) {
		requireCode(t, cases.CodeField, hold(cases.SystemPost, h.cai, day(0), time.Time{}))
	})
	t.Run("OnlyTheSystemAdministratorAppointsAdministrators", func(t *testing.T) {
		requireCode(t, records.CodeForbidden, h.Hold(t.Context(), houseHead, records.Holding{Post: auditor, Person: h.cai}))
	})
	t.Run("WhateverTheProgramForgets", func(t *testing.T) {
		put := `INSERT INTO holding (post, person, deputy, from_at) SELECT p, $1::uuid, false, now() FROM unnest($2::text[]) p`
		must := func(posts ...cases.Post) {
			t.Helper()
			for _, p := range posts {
				_, err := h.Pool().Exec(t.Context(), `INSERT INTO post (name, org, role) VALUES ($1, '', $2) ON CONFLICT DO NOTHING`, p, p.Role())
				require.NoError(t, err)
			}
			_, err := h.Pool().Exec(t.Context(), put, h.dan, posts)
			require.ErrorContains(t, err, "TG403")
		}
		must(auditor, desk)
		must(auditor, security)
		must(cases.SystemPost)
	})
	t.Run("AtOnce", func(t *testing.T) {
		// Each of two transactions sees the person free; one of them must not.
		_, err := h.Pool().Exec(t.Context(), `INSERT INTO post (name, org, role) VALUES ($1, '', 'desk') ON CONFLICT DO NOTHING`, desk)
		require.NoError(t, err)
		put := `INSERT INTO holding (post, person, deputy, from_at) VALUES ($1, $2, false, now())`
		first, err := h.Pool().Begin(t.Context())
		require.NoError(t, err)
		_, err = first.Exec(t.Context(), put, desk, h.cai)
		require.NoError(t, err)
		second := make(chan error, 1)
		go func() {
			_, err := h.Pool().Exec(t.Context(), put, auditor, h.cai)
			second <- err
		}()
		require.Eventually(t, func() bool {
			var waiting bool
			err := h.Pool().QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')`).Scan(&waiting)
			return err == nil && waiting
		}, 30*time.Second, 10*time.Millisecond)
		require.NoError(t, first.Commit(t.Context()))
		require.ErrorContains(t, <-second, "TG403")
	})
}

// Before the database has counted its rows, too: the first day is when everybody looks.
func TestPostsAreFoundWithoutReadingEveryKey(t *testing.T) {
	b := setup(t)
	require.NoError(t, seed.Run(t.Context(), b.Store))
	for _, p := range []cases.Post{desk, town, director, schools} {
		plan, err := postgres.PlanOfHoldings(t.Context(), b.Store, in(p))
		require.NoError(t, err)
		text := strings.Join(plan, "\n")
		require.Contains(t, text, "data_key")
		for _, table := range []string{"data_key", "person"} {
			require.NotRegexp(t, "(Seq Scan|Bitmap Heap Scan) on "+table, text, p)
		}
	}
}
