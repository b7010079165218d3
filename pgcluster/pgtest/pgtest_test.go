package pgtest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/pgcluster/pgtest"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	first, second := pgtest.New(t), pgtest.New(t)
	_, err := connect(t, first.DSN).Exec(t.Context(), `CREATE TABLE mine (id int)`)
	require.NoError(t, err)
	var there bool
	require.NoError(t, connect(t, second.DSN).QueryRow(t.Context(), `SELECT to_regclass('mine') IS NOT NULL`).Scan(&there))
	require.False(t, there)
}

func TestTemplateIsSetUpOnce(t *testing.T) {
	key := uuid.NewString()
	var setups atomic.Int32
	setup := func(ctx context.Context, dsn string) error {
		setups.Add(1)
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, `CREATE TABLE word AS SELECT '童护'::text AS text`)
		return err
	}
	t.Run("users", func(t *testing.T) {
		for range 4 {
			t.Run("one", func(t *testing.T) {
				t.Parallel()
				db := pgtest.New(t, pgtest.WithTemplate(key, setup))
				var text string
				require.NoError(t, connect(t, db.DSN).QueryRow(t.Context(), `DELETE FROM word RETURNING text`).Scan(&text))
				require.Equal(t, "童护", text)
			})
		}
	})
	require.EqualValues(t, 1, setups.Load())
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	watcher := connect(t, pgtest.New(t).DSN)
	var name string
	t.Run("user", func(t *testing.T) {
		db := pgtest.New(t)
		name = db.Name
		connect(t, db.DSN)
	})
	var there bool
	require.NoError(t, watcher.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there))
	require.False(t, there)
}

func TestAnotherRoleSeesTheSameDatabase(t *testing.T) {
	db := pgtest.New(t)
	role := "role_" + db.Name
	admin := connect(t, db.DSN)
	_, err := admin.Exec(t.Context(), `CREATE ROLE `+role+` LOGIN`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(context.Background(), `DROP ROLE `+role)
		require.NoError(t, err)
	})
	var database, user string
	require.NoError(t, connect(t, db.As(role)).QueryRow(t.Context(), `SELECT current_database(), current_user`).Scan(&database, &user))
	require.Equal(t, []string{db.Name, role}, []string{database, user})
}

func TestKeyFollowsContent(t *testing.T) {
	file := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	require.Equal(t, pgtest.KeyOf(file("1.sql", "a")), pgtest.KeyOf(file("1.sql", "a")))
	require.NotEqual(t, pgtest.KeyOf(file("1.sql", "a")), pgtest.KeyOf(file("1.sql", "b")))
	require.NotEqual(t, pgtest.KeyOf(file("1.sql", "a")), pgtest.KeyOf(file("2.sql", "a")))
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		b.Run("", func(b *testing.B) { pgtest.New(b) })
	}
}
