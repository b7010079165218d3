package postgres

import (
	"context"

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
		r, err := db.New(tx).CountHouse(ctx, now)
		if err != nil {
			return err
		}
		out = records.Counts{
			WithoutWorkflow: int(r.WithoutWorkflow), UnappliedFacts: int(r.Unapplied), PendingCommands: int(r.Pending),
			Undelivered: int(r.Undelivered), Provisional: int(r.Provisional), CalendarTo: r.CalendarTo,
			OpenCases: int(r.OpenCases), Overdue: int(r.Overdue), Unlisted: int(r.Unlisted),
		}
		if oldest := r.Oldest.UTC(); !oldest.IsZero() {
			out.OldestFact = now.Sub(oldest)
		}
		if out.Audit, err = auditState(ctx, db.New(tx)); err != nil {
			return err
		}
		// The queue's table is River's own, so sqlc does not know it.
		return tx.QueryRow(ctx, `
			SELECT count(*) FROM river_job
			WHERE state IN ('available', 'scheduled', 'retryable') AND scheduled_at <= $1`, now).Scan(&out.DueJobs)
	})
	return out, err
}
