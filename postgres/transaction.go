package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tonghu/postgres/internal/db"
)

// transaction is a pgx.Tx that spares round trips. BEGIN goes out with the first
// statement, what later queued goes out with the next statement that is read from,
// and the last of it goes out with COMMIT. Nothing else is different: the
// statements run in the order in which they were given, one that fails undoes all,
// and COMMIT is answered before Commit returns.
type transaction struct {
	conn   *pgxpool.Conn
	queued []statement
	begun  bool
	closed bool
	// alone makes it the implicit transaction of one batch, without BEGIN and
	// COMMIT: for a single question.
	alone bool
}

type statement struct {
	sql  string
	args []any
}

var _ pgx.Tx = (*transaction)(nil)

// later gives queries whose statements are sent with whatever is asked next, or
// with COMMIT. It is for statements of which nothing is read, not even how many
// rows they wrote; a failure comes up where they are sent.
func later(tx pgx.Tx) *db.Queries {
	if t, ok := tx.(*transaction); ok {
		return db.New(queue{t})
	}
	return db.New(tx)
}

// queue is the side of a transaction that puts off.
type queue struct{ tx *transaction }

// Exec queues a statement. The tag is empty.
func (q queue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if q.tx.closed {
		return pgconn.CommandTag{}, pgx.ErrTxClosed
	}
	q.tx.queued = append(q.tx.queued, statement{sql, args})
	return pgconn.CommandTag{}, nil
}

func (q queue) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return q.tx.Query(ctx, sql, args...)
}

func (q queue) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return q.tx.QueryRow(ctx, sql, args...)
}

// send sends what is queued and then one more statement; the results that are left
// are that statement's.
func (t *transaction) send(ctx context.Context, sql string, args ...any) (pgx.BatchResults, error) {
	if t.closed {
		return nil, pgx.ErrTxClosed
	}
	b := &pgx.Batch{}
	if !t.begun && !t.alone {
		b.Queue("begin")
	}
	for _, s := range t.queued {
		b.Queue(s.sql, s.args...)
	}
	before := b.Len()
	b.Queue(sql, args...)
	t.begun, t.queued, t.closed = true, nil, t.alone
	results := t.conn.SendBatch(ctx, b)
	for range before {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			return nil, err
		}
	}
	return results, nil
}

// plain tells whether there is nothing to send first.
func (t *transaction) plain() bool { return t.begun && len(t.queued) == 0 && !t.closed }

// Exec runs a statement now.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.plain() {
		return t.conn.Exec(ctx, sql, args...)
	}
	results, err := t.send(ctx, sql, args...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	return tag, ended(results, err)
}

// ended ends a batch and gives the first error.
func ended(results pgx.BatchResults, err error) error {
	end := results.Close()
	if err != nil {
		return err
	}
	return end
}

// Query asks now.
func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.plain() {
		return t.conn.Query(ctx, sql, args...)
	}
	results, err := t.send(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return nil, err
	}
	return &batchRows{Rows: rows, results: results}, nil
}

// batchRows are the rows of a batch's last statement; their end is the batch's.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Next ends the batch with the last row.
func (r *batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	_ = r.results.Close()
	return false
}

func (r *batchRows) Close() {
	r.Rows.Close()
	_ = r.results.Close()
}

// QueryRow asks for one row now.
func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if t.plain() {
		return t.conn.QueryRow(ctx, sql, args...)
	}
	results, err := t.send(ctx, sql, args...)
	return batchRow{results, err}
}

// batchRow is the row of a batch's last statement.
type batchRow struct {
	results pgx.BatchResults
	err     error
}

func (r batchRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return ended(r.results, r.results.QueryRow().Scan(into...))
}

// Commit sends what is queued, and ends the transaction.
func (t *transaction) Commit(ctx context.Context) error {
	if t.closed || t.alone {
		return nil
	}
	if !t.begun && len(t.queued) == 0 {
		t.closed = true
		return nil
	}
	tag, err := t.Exec(ctx, "commit")
	if err != nil {
		return err
	}
	t.closed = true
	if tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// Rollback undoes everything. After Commit it does nothing.
func (t *transaction) Rollback(ctx context.Context) error {
	if t.closed {
		return nil
	}
	t.closed = true
	if !t.begun || t.alone || t.conn.Conn().IsClosed() {
		return nil
	}
	_, err := t.conn.Exec(ctx, "rollback")
	return err
}

// flush sends what is queued, for what does not go through Exec or Query.
func (t *transaction) flush(ctx context.Context) error {
	if t.plain() {
		return nil
	}
	_, err := t.Exec(ctx, "select")
	return err
}

// Begin makes a savepoint. Nothing here needs one.
func (t *transaction) Begin(context.Context) (pgx.Tx, error) {
	return nil, errors.New("postgres: a transaction inside a transaction")
}

// CopyFrom copies rows in.
func (t *transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

// failedBatch is a batch that could not be sent.
type failedBatch struct{ err error }

func (f failedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, f.err }
func (f failedBatch) Query() (pgx.Rows, error)         { return nil, f.err }
func (f failedBatch) QueryRow() pgx.Row                { return batchRow{err: f.err} }
func (f failedBatch) Close() error                     { return f.err }
func (f failedBatch) Tx() pgx.Tx                       { return nil }

// SendBatch sends a batch of the caller's own.
func (t *transaction) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if err := t.flush(ctx); err != nil {
		return failedBatch{err}
	}
	return t.conn.SendBatch(ctx, b)
}

// LargeObjects are not used.
func (t *transaction) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Prepare prepares a statement on the connection.
func (t *transaction) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Conn().Prepare(ctx, name, sql)
}

// Conn is the connection. What goes through it directly does not see what is queued.
func (t *transaction) Conn() *pgx.Conn { return t.conn.Conn() }

// begin gives a transaction of the engine.
func (s *Store) begin(ctx context.Context) (*transaction, func(), error) { return begin(ctx, s.pool) }

// begin gives a transaction on a connection of its own, and how to let go of it: an
// open transaction is undone.
func begin(ctx context.Context, pool *pgxpool.Pool) (*transaction, func(), error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	t := &transaction{conn: conn}
	return t, func() {
		_ = t.Rollback(ctx) // where that fails, the pool throws the connection away
		conn.Release()
	}, nil
}
