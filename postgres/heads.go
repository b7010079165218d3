package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
	"tonghu/vault/audit"
)

// headsLock is the advisory lock of the one process that writes heads.
const headsLock = 7_106_810_011

// Lead is the right to write heads: one process has it, as long as its connection
// stands.
type Lead struct{ conn *pgx.Conn }

// LeadHeads takes the lead, if nobody has it; nil if somebody does.
func (s *Store) LeadHeads(ctx context.Context) (*Lead, error) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, fault(err)
	}
	var ours bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(headsLock)).Scan(&ours)
	if err == nil && ours {
		return &Lead{conn}, nil
	}
	_ = conn.Close(context.WithoutCancel(ctx)) // there is nothing on it
	return nil, fault(err)
}

// Held tells whether the lead is still held.
func (l *Lead) Held(ctx context.Context) error { return fault(l.conn.Ping(ctx)) }

// Close gives it up.
func (l *Lead) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx) // the lock ends with the connection in any case
}

// ChangedHeads gives the ends of the chains that have rows since a moment that
// ChangedHeads gave before; of all chains for "". What was not committed at that
// moment is since it.
func (s *Store) ChangedHeads(ctx context.Context, since string) (heads []audit.Head, now string, err error) {
	// sqlc knows no transaction numbers.
	const ends = `
		SELECT pg_snapshot_xmin(pg_current_snapshot())::text, c.chain, e.seq, e.hash FROM chains c
		CROSS JOIN LATERAL (SELECT a.seq, a.hash FROM audit a WHERE a.chain = c.chain ORDER BY a.seq DESC LIMIT 1) e
		UNION ALL SELECT pg_snapshot_xmin(pg_current_snapshot())::text, '', 0, ''
		ORDER BY 2`
	sql, args := `WITH chains AS (SELECT DISTINCT chain FROM audit WHERE tx >= $1::text::xid8)`+ends, []any{since}
	if since == "" { // from chain to chain by the index
		sql, args = `WITH RECURSIVE chains AS (
			(SELECT chain FROM audit ORDER BY chain LIMIT 1)
			UNION ALL
			SELECT (SELECT a.chain FROM audit a WHERE a.chain > c.chain ORDER BY a.chain LIMIT 1) FROM chains c WHERE c.chain IS NOT NULL)`+ends, nil
	}
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, "", fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var h audit.Head
		if err := rows.Scan(&now, &h.Chain, &h.Seq, &h.Hash); err != nil {
			return nil, "", fault(err)
		}
		if h.Seq > 0 {
			heads = append(heads, h)
		}
	}
	return heads, now, fault(rows.Err())
}

// PutMark keeps how far a heads file goes, on which machine, and that its writer
// looked.
func (s *Store) PutMark(ctx context.Context, m audit.Mark, host string, looked time.Time) error {
	if m.Batch == 0 {
		return nil
	}
	return fault(db.New(s.pool).PutMark(ctx, db.PutMarkParams{File: m.File, Batch: m.Batch, At: m.At, Tail: m.Tail, Host: host, Looked: looked}))
}

// Marks gives how far the heads files went that were ever written on a machine; on
// any, for "".
func (s *Store) Marks(ctx context.Context, host string) ([]audit.Mark, error) {
	rows, err := db.New(s.pool).Marks(ctx, host)
	out := make([]audit.Mark, len(rows))
	for i, r := range rows {
		out[i] = audit.Mark{File: r.File, Batch: r.Batch, At: r.At.UTC(), Tail: r.Tail}
	}
	return out, fault(err)
}

// Stand tells of each head whether its row is there with the hash that was signed.
func (s *Store) Stand(ctx context.Context, heads []audit.Head) ([]bool, error) {
	chains, seqs := make([]string, len(heads)), make([]int64, len(heads))
	for i, h := range heads {
		chains[i], seqs[i] = h.Chain, h.Seq
	}
	rows, err := db.New(s.pool).HashesAt(ctx, chains, seqs)
	if err != nil {
		return nil, fault(err)
	}
	type place struct {
		chain string
		seq   int64
	}
	now := make(map[place][]byte, len(rows))
	for _, r := range rows {
		now[place{r.Chain, r.Seq}] = r.Hash
	}
	out := make([]bool, len(heads))
	for i, h := range heads {
		hash, there := now[place{h.Chain, h.Seq}]
		out[i] = there && bytes.Equal(hash, h.Hash)
	}
	return out, nil
}

// Book is an empty one that holds heads against their rows before it leaves any out.
func (s *Store) Book(ctx context.Context) *audit.Book {
	return &audit.Book{Stands: func(heads []audit.Head) ([]bool, error) { return s.Stand(ctx, heads) }}
}
