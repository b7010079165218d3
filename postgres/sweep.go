package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// OpenCases gives the cases that a workflow must run for, in the order of their
// ids, from after one: for the rebuild.
func (s *Store) OpenCases(ctx context.Context, after string, limit int) ([]records.CaseRow, error) {
	from := uuid.Nil
	if after != "" {
		var err error
		if from, err = caseID(after); err != nil {
			return nil, err
		}
	}
	rows, err := db.New(s.pool).OpenCases(ctx, from, int32(limit))
	return s.swept(rows, err)
}

func (s *Store) swept(rows []db.OpenCasesRow, err error) ([]records.CaseRow, error) {
	now := s.now()
	out := make([]records.CaseRow, len(rows))
	for i, r := range rows {
		out[i] = caseRow(db.ListCasesRow(r), now)
	}
	return out, fault(err)
}

// WithoutWorkflow gives the open cases whose workflow is not known to run, the
// oldest first.
func (s *Store) WithoutWorkflow(ctx context.Context, limit int) ([]records.CaseRow, error) {
	rows, err := db.New(s.pool).WithoutWorkflow(ctx, int32(limit))
	same := make([]db.OpenCasesRow, len(rows))
	for i, r := range rows {
		same[i] = db.OpenCasesRow(r)
	}
	return s.swept(same, err)
}

// CountWithoutWorkflow counts the open cases whose workflow is not known to run.
func (s *Store) CountWithoutWorkflow(ctx context.Context) (int, error) {
	n, err := db.New(s.pool).CountWithoutWorkflow(ctx)
	return int(n), fault(err)
}

// MarkStarted notes that a case's workflow runs.
func (s *Store) MarkStarted(ctx context.Context, id string) error {
	key, err := caseID(id)
	if err != nil {
		return err
	}
	now := s.now()
	return fault(db.New(s.pool).MarkStarted(ctx, &now, key))
}

// PendingCommands gives the commands that wait for an answer since before a time,
// the oldest first: to be sent again, under the same id.
func (s *Store) PendingCommands(ctx context.Context, before time.Time, limit int) ([]records.CommandRow, error) {
	q := db.New(s.pool)
	rows, err := q.PendingCommands(ctx, before, int32(limit))
	if err != nil {
		return nil, fault(err)
	}
	out := make([]records.CommandRow, len(rows))
	for i, r := range rows {
		if out[i], err = s.commandRow(ctx, q, db.GetCommandRow(r)); err != nil {
			return nil, fault(err)
		}
	}
	return out, nil
}

// CasesWithUnapplied gives the running cases with a fact that waits since before a
// time: to be nudged again.
func (s *Store) CasesWithUnapplied(ctx context.Context, before time.Time, limit int) ([]records.CaseRow, error) {
	rows, err := db.New(s.pool).CasesWithUnapplied(ctx, before, int32(limit))
	same := make([]db.OpenCasesRow, len(rows))
	for i, r := range rows {
		same[i] = db.OpenCasesRow(r)
	}
	return s.swept(same, err)
}

// Prune forgets what is kept for a time only: drafts of 30 days with their words,
// idempotency keys of 90 days.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		drafts := now.Add(-draftLife)
		old, err := q.DropOldDrafts(ctx, &drafts)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			if err := q.DropSealed(ctx, old); err != nil {
				return err
			}
		}
		if err := pruneSignIn(ctx, q, now); err != nil {
			return err
		}
		return q.DropOldKeys(ctx, now.Add(-keyLife))
	})
}
