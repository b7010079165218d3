package postgres_test

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
)

func TestADatabaseOutOfReachIsUnavailable(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), "postgres://tonghu:secret@"+closed.Addr().String()+"/tonghu", postgres.Options{Vault: v})
	requireCode(t, cases.CodeUnavailable, err)
	require.NotContains(t, err.Error(), "secret")
}

func TestAStoreOutlivesItsConnections(t *testing.T) {
	b := setup(t)
	id := b.file()
	conn, err := b.Pool().Acquire(t.Context())
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
	conn.Release()
	require.ErrorContains(t, err, "57P01")
	require.Equal(t, id, b.state(id).ID)
	b.Close()
	_, err = b.File(t.Context(), records.Once{}, b.filing())
	require.Error(t, err)
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	db := pgtest.New(t)
	for range 2 {
		require.NoError(t, postgres.Migrate(t.Context(), db.DSN))
	}
}

func TestOnlyWhoHoldsAPostActsInIt(t *testing.T) {
	b := setup(t)
	id := b.file()
	_, err := b.PutCommand(t.Context(), records.Once{}, in(director), cases.MandatoryReport, command(id, "accept", desk, nil), nil)
	requireCode(t, cases.CodeRole, err)
	_, err = b.AddFact(t.Context(), records.Once{}, in(director), id, cases.Fact{ID: "f", Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Post: desk}}, nil)
	requireCode(t, cases.CodeRole, err)
}
