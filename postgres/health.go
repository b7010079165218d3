package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Health = (*Store)(nil)

// Ping implements records.Health.
func (s *Store) Ping(ctx context.Context) error { return fault(s.pool.Ping(ctx)) }

// Counts implements records.Health.
func (s *Store) Counts(ctx context.Context) (records.Counts, error) {
	now := s.now()
	var out records.Counts
	err := s.within(ctx, func(tx pgx.Tx) error {
		r, err := db.New(tx).CountHouse(ctx, now, now.AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		out = records.Counts{
			WithoutWorkflow: int(r.WithoutWorkflow), UnappliedFacts: int(r.Unapplied), PendingCommands: int(r.Pending),
			Undelivered: int(r.Undelivered), Provisional: int(r.Provisional), CalendarTo: r.CalendarTo,
			OpenCases: int(r.OpenCases), Overdue: int(r.Overdue), Unlisted: int(r.Unlisted),
			Rungs: int(r.Rungs), Lateness: time.Duration(r.Lateness * float64(time.Second)),
			Channels: []records.ChannelFault{}, Processes: []records.Process{},
		}
		if oldest := r.Oldest.UTC(); !oldest.IsZero() {
			out.OldestFact = now.Sub(oldest)
		}
		if out.Audit, err = auditState(ctx, db.New(tx)); err != nil {
			return err
		}
		if err := more(ctx, db.New(tx), now, &out); err != nil {
			return err
		}
		// The queue's table is River's own, so sqlc does not know it.
		var oldest *time.Time
		if err := tx.QueryRow(ctx, `
			SELECT count(*), min(scheduled_at) FROM river_job
			WHERE state IN ('available', 'scheduled', 'retryable') AND scheduled_at <= $1`, now).Scan(&out.DueJobs, &oldest); err != nil {
			return err
		}
		if oldest != nil {
			out.OldestJob = now.Sub(*oldest)
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE state = 'discarded' AND finalized_at > $1`, now.AddDate(0, 0, -1)).Scan(&out.FailedJobs)
	})
	return out, err
}

// CalendarReach implements records.Health.
func (s *Store) CalendarReach(ctx context.Context) (records.CalendarReach, error) {
	r, err := db.New(s.pool).CalendarReach(ctx)
	return records.CalendarReach{To: r.CalendarTo, Provisional: int(r.Provisional), OpenCases: int(r.OpenCases)}, fault(err)
}

// more counts what is kept in rows of their own.
func more(ctx context.Context, q *db.Queries, now time.Time, out *records.Counts) error {
	failed, err := q.FailedChannels(ctx, now.AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	for _, f := range failed {
		out.Channels = append(out.Channels, records.ChannelFault{Channel: f.Channel, Code: f.Code, Count: int(f.N)})
	}
	processes, err := q.Processes(ctx, Silence.Seconds())
	if err != nil {
		return err
	}
	for _, p := range processes {
		out.Processes = append(out.Processes, records.Process{Name: p.Name, Seen: p.Seen.UTC(), Gone: p.Gone, Stuck: p.Stuck})
	}
	d, err := q.LastDrill(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	took := time.Duration(d.TookMs) * time.Millisecond
	out.Drill = &records.Drill{At: d.At.UTC(), Restored: d.Restored.UTC(), Took: took, Seconds: took.Seconds(), Good: d.Good}
	return err
}

// PutDrill keeps how a restore drill went.
func (s *Store) PutDrill(ctx context.Context, d records.Drill) error {
	return fault(db.New(s.pool).PutDrill(ctx, db.PutDrillParams{At: d.At, Restored: d.Restored, TookMs: d.Took.Milliseconds(), Good: d.Good}))
}
