package product

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/password"
)

func TestTheFirstAdministratorComesFromTheShellAndIsLetInAgainThere(t *testing.T) {
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	s, err := postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	p := &Product{store: s, config: Config{City: "379999000000"}}

	given, err := p.AddAdministrator(t.Context(), cases.RoleSystemAdmin, "Admin", "余航")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(72*time.Hour), given.Until, time.Minute)
	opens := func(pw string) records.Person {
		who, hash, err := s.Credentials(t.Context(), "admin")
		require.NoError(t, err)
		ok, _, err := password.Check(pw, hash)
		require.NoError(t, err)
		require.True(t, ok)
		return who
	}
	who := opens(given.Password)
	require.Equal(t, []cases.Post{"city:379999000000/system_admin"}, who.Posts)
	account, err := s.AccountOf(t.Context(), records.Access{}, who.ID)
	require.NoError(t, err)
	require.False(t, account.Temporary.IsZero(), "it must be changed")
	_, err = p.AddAdministrator(t.Context(), cases.RoleSystemAdmin, "admin", "别人")
	require.Error(t, err)

	_, err = p.AddAdministrator(t.Context(), cases.RoleHead, "head", "别人")
	require.Error(t, err)
	_, err = p.AddAdministrator(t.Context(), cases.RoleSecAdmin, "secadmin", "安全")
	require.NoError(t, err)
	sec, _, err := s.Credentials(t.Context(), "secadmin")
	require.NoError(t, err)
	require.Equal(t, []cases.Post{"city:379999000000/security_admin"}, sec.Posts)

	me := records.Access{Person: who.ID}
	require.NoError(t, s.StartSession(t.Context(), "token", records.Session{
		ID: "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", Person: who.ID, Method: records.ByPassword, Started: time.Now(), Ends: time.Now().Add(time.Hour),
	}))
	require.NoError(t, s.PrepareAuthenticator(t.Context(), who.ID, []byte("secret")))
	require.NoError(t, s.EnrolAuthenticator(t.Context(), me, "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", []byte("secret"), 1, []string{"CODE"}))

	again, err := p.LetIn(t.Context(), "ADMIN")
	require.NoError(t, err)
	require.NotEqual(t, given.Password, again.Password)
	require.NotEmpty(t, opens(again.Password).Posts, "a shell needs no second administrator")
	app, err := s.Authenticator(t.Context(), who.ID)
	require.NoError(t, err)
	require.True(t, app.Since.IsZero())
	open, err := s.SessionsOf(t.Context(), who.ID, time.Now())
	require.NoError(t, err)
	require.Empty(t, open)
	_, err = p.LetIn(t.Context(), "nobody")
	require.ErrorContains(t, err, "nobody")
}
