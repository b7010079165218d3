package seed_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/deploy/demo"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/seed"
	"tonghu/vault"
	"tonghu/vault/password"
)

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func open(t *testing.T) *postgres.Store {
	t.Helper()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	s, err := postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v, Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

var headAccess = records.Access{Posts: []cases.Post{"city:379999000000/head"}}

func TestCountyHasItsPlaces(t *testing.T) {
	var towns, villages int
	names := map[string]bool{}
	for _, p := range seed.Places() {
		require.True(t, p.Org.Valid(), p.Org)
		switch {
		case p.Org.IsVillage():
			villages++
			require.False(t, names[p.Name], "two villages are called %s", p.Name)
		case p.Org.IsTown():
			towns++
		}
		names[p.Name] = true
	}
	require.Equal(t, 14, towns)
	require.Equal(t, 887, villages)
	require.Equal(t, seed.Places(), seed.Places())
}

func TestDepartmentsAreFifteen(t *testing.T) {
	units, err := demo.Units()
	require.NoError(t, err)
	n := 0
	for _, u := range units {
		require.NotEmpty(t, u.Duty, u.Name)
		if u.Department {
			n++
		}
	}
	require.Equal(t, 15, n)
}

func TestRunFillsEveryPost(t *testing.T) {
	s := open(t)
	require.NoError(t, seed.Run(t.Context(), s))

	vacant, err := s.Vacancies(t.Context(), headAccess)
	require.NoError(t, err)
	require.Empty(t, vacant)

	var holders, directors int
	deputised := map[cases.Post]bool{}
	require.NoError(t, eachHolding(t.Context(), s, func(h records.Holding) {
		require.NotEmpty(t, h.Name)
		if h.Deputy {
			deputised[h.Post] = true
			return
		}
		holders++
		if h.Post.Role() == cases.RoleDirector {
			directors++
		}
	}))
	require.Equal(t, 887, directors)
	require.Greater(t, holders, 887+14*2+15)
	for _, post := range []cases.Post{
		"city:379999000000/desk", "city:379999000000/head", "city:379999000000/bureau", "city:379999000000/body", "city:379999000000/manager#1",
		"unit:police/police", "unit:procuratorate/procurator", "unit:shelter/shelter", "town:379999112000/supervisor",
		"village:379999101203/director", "village:379999001201/director",
	} {
		require.True(t, deputised[post], "%s has no deputy", post)
	}
}

func eachHolding(ctx context.Context, s *postgres.Store, fn func(records.Holding)) error {
	for from := records.Cursor(""); ; {
		rows, next, err := s.Holdings(ctx, headAccess, "", from, 500)
		if err != nil {
			return err
		}
		for _, h := range rows {
			fn(h)
		}
		if next == "" {
			return nil
		}
		from = next
	}
}

func TestEveryDemoPersonSignsIn(t *testing.T) {
	s := open(t)
	require.NoError(t, seed.Run(t.Context(), s))
	people, err := demo.People()
	require.NoError(t, err)
	require.Greater(t, len(people), 20)
	for _, want := range people {
		p, hash, err := s.Credentials(t.Context(), " "+want.Login)
		require.NoError(t, err, want.Login)
		ok, rehash, err := password.Check(want.Password, hash)
		require.NoError(t, err)
		require.True(t, ok, want.Login)
		require.True(t, rehash, "the demonstration's cheap hash must not stay")
		require.Empty(t, password.Weak(want.Password, want.Login, want.Name, want.Phone), "%s must meet the rules of new passwords", want.Login)
		require.Equal(t, want.Name, p.Name)
		for _, post := range want.Posts {
			require.Contains(t, p.Posts, post)
		}
	}
}

func TestRunAgainChangesNothing(t *testing.T) {
	s := open(t)
	require.NoError(t, seed.Run(t.Context(), s))
	teacher := seed.PersonID("teacher")
	require.NoError(t, s.SetPassword(t.Context(), teacher, "$argon2id$changed"))
	require.NoError(t, s.Release(t.Context(), headAccess, "city:379999000000/desk", seed.PersonID("desk2")))

	require.NoError(t, seed.Run(t.Context(), s))
	county, err := seed.County()
	require.NoError(t, err)
	require.NoError(t, s.Seed(t.Context(), county))

	_, hash, err := s.Credentials(t.Context(), "teacher")
	require.NoError(t, err)
	require.Equal(t, "$argon2id$changed", hash)
	to, _, err := s.Told(t.Context(), "city:379999000000/desk", now.Add(time.Second))
	require.NoError(t, err)
	require.Len(t, to, 1)
	orgs, err := s.Orgs(t.Context(), "379999")
	require.NoError(t, err)
	require.Len(t, orgs, 1+14+887)
}

func TestNamesOfPlacesAndUnits(t *testing.T) {
	s := open(t)
	require.NoError(t, seed.Run(t.Context(), s))
	name, err := s.OrgName(t.Context(), "379999101000")
	require.NoError(t, err)
	require.Equal(t, "青石镇", name)
	_, err = s.OrgName(t.Context(), "379999999000")
	var refusal *cases.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, cases.CodeNotFound, refusal.Code)
	villages, err := s.Orgs(t.Context(), "379999101")
	require.NoError(t, err)
	require.Len(t, villages, 1+64)
	units, err := s.Units(t.Context())
	require.NoError(t, err)
	require.Equal(t, "publicity", units[0].Name)
	require.Equal(t, "市委宣传部(文明办)", units[0].Title)
}
