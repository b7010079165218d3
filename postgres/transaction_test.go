package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tonghu/pgcluster/pgtest"
)

func TestTransaction(t *testing.T) {
	t.Parallel()

	setup := func(t *testing.T) *Store {
		t.Parallel()
		config, err := pgxpool.ParseConfig(pgtest.New(t).DSN)
		require.NoError(t, err)
		config.MaxConns = 1 // a connection that is left in a transaction shows in the next
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		_, err = pool.Exec(t.Context(), "CREATE TABLE line (n int PRIMARY KEY)")
		require.NoError(t, err)
		return &Store{pool: pool}
	}
	lines := func(t *testing.T, q interface {
		Query(context.Context, string, ...any) (pgx.Rows, error)
	}) []int {
		rows, err := q.Query(t.Context(), "SELECT n FROM line ORDER BY n")
		require.NoError(t, err)
		out, err := pgx.CollectRows(rows, pgx.RowTo[int])
		require.NoError(t, err)
		return out
	}
	put := func(t *testing.T, tx pgx.Tx, n int) {
		_, err := queue{tx.(*transaction)}.Exec(t.Context(), "INSERT INTO line VALUES ($1)", n)
		require.NoError(t, err)
	}

	t.Run("OK", func(t *testing.T) {
		s := setup(t)
		require.NoError(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			put(t, tx, 2)
			require.Equal(t, []int{1, 2}, lines(t, tx)) // what was queued stands before what is asked
			var sum int
			put(t, tx, 3)
			require.NoError(t, tx.QueryRow(t.Context(), "SELECT sum(n) FROM line").Scan(&sum))
			require.Equal(t, 6, sum)
			tag, err := tx.Exec(t.Context(), "DELETE FROM line WHERE n > 1")
			require.NoError(t, err)
			require.EqualValues(t, 2, tag.RowsAffected())
			put(t, tx, 4)
			return nil
		}))
		require.Equal(t, []int{1, 4}, lines(t, s.pool))
	})

	t.Run("OKNothingAsked", func(t *testing.T) {
		s := setup(t)
		require.NoError(t, s.within(t.Context(), func(pgx.Tx) error { return nil }))
		require.Empty(t, lines(t, s.pool))
	})

	t.Run("OKCopiedAndBatched", func(t *testing.T) {
		s := setup(t)
		require.NoError(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			n, err := tx.CopyFrom(t.Context(), pgx.Identifier{"line"}, []string{"n"}, pgx.CopyFromRows([][]any{{2}, {3}}))
			require.EqualValues(t, 2, n)
			require.NoError(t, err)
			put(t, tx, 4)
			b := &pgx.Batch{}
			b.Queue("INSERT INTO line VALUES (5)")
			return tx.SendBatch(t.Context(), b).Close()
		}))
		require.Equal(t, []int{1, 2, 3, 4, 5}, lines(t, s.pool))
	})

	t.Run("OKNoRow", func(t *testing.T) {
		s := setup(t)
		require.NoError(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			var n int
			require.ErrorIs(t, tx.QueryRow(t.Context(), "SELECT n FROM line WHERE n > 1").Scan(&n), pgx.ErrNoRows)
			return nil
		}))
		require.Equal(t, []int{1}, lines(t, s.pool))
	})

	t.Run("ErrOfTheCallerUndoesAll", func(t *testing.T) {
		s := setup(t)
		require.ErrorIs(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			require.Equal(t, []int{1}, lines(t, tx))
			put(t, tx, 2)
			return context.Canceled
		}), context.Canceled)
		require.Empty(t, lines(t, s.pool))
	})

	t.Run("ErrOfWhatWasQueuedUndoesAll", func(t *testing.T) {
		s := setup(t)
		var failed *pgconn.PgError
		require.ErrorAs(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			require.Equal(t, []int{1}, lines(t, tx))
			put(t, tx, 2)
			put(t, tx, 1) // sent with COMMIT
			put(t, tx, 3)
			return nil
		}), &failed)
		require.Equal(t, "23505", failed.Code)
		require.Empty(t, lines(t, s.pool))
	})

	t.Run("ErrOfWhatWasQueuedReachesTheNextQuestion", func(t *testing.T) {
		s := setup(t)
		require.Error(t, s.within(t.Context(), func(tx pgx.Tx) error {
			put(t, tx, 1)
			put(t, tx, 1)
			var n int
			require.ErrorContains(t, tx.QueryRow(t.Context(), "SELECT 1").Scan(&n), "23505")
			return nil // even where the caller looks away
		}))
		require.Empty(t, lines(t, s.pool))
	})

	t.Run("ErrAfterTheEnd", func(t *testing.T) {
		s := setup(t)
		var kept pgx.Tx
		require.NoError(t, s.within(t.Context(), func(tx pgx.Tx) error {
			kept = tx
			return nil
		}))
		_, err := kept.Exec(t.Context(), "SELECT 1")
		require.ErrorIs(t, err, pgx.ErrTxClosed)
		_, err = queue{kept.(*transaction)}.Exec(t.Context(), "SELECT 1")
		require.ErrorIs(t, err, pgx.ErrTxClosed)
	})

	t.Run("AloneIsOneQuestion", func(t *testing.T) {
		s := setup(t)
		tx, release, err := s.begin(t.Context())
		require.NoError(t, err)
		tx.alone = true
		_, err = queue{tx}.Exec(t.Context(), "SELECT set_config('tonghu.person', 'p', true)")
		require.NoError(t, err)
		var person string
		require.NoError(t, tx.QueryRow(t.Context(), "SELECT current_setting('tonghu.person')").Scan(&person))
		require.Equal(t, "p", person)
		require.ErrorIs(t, tx.QueryRow(t.Context(), "SELECT 1").Scan(&person), pgx.ErrTxClosed)
		release()
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT current_setting('tonghu.person', true)").Scan(&person))
		require.Empty(t, person) // and leaves nothing of the asker behind
	})
}
