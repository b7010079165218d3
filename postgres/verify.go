package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
)

// Outcome gives the recorded outcome of a command; false if none is recorded.
func (s *Store) Outcome(ctx context.Context, command string) (cases.Result, bool, error) {
	row, err := db.New(s.pool).CommandOutcome(ctx, command)
	if errors.Is(err, pgx.ErrNoRows) {
		return cases.Result{}, false, nil
	}
	if err != nil {
		return cases.Result{}, false, fault(err)
	}
	r, err := outcomeOf(row.Result)
	if err != nil || r == nil {
		return cases.Result{}, false, fault(err)
	}
	return *r, true, nil
}

// Faults counts what must never be: each number is to be 0.
type Faults struct {
	// DoubledRungs fired more than once in the timelines; DoubledSteps were
	// carried out more than once.
	DoubledRungs int `json:"doubled_rungs"`
	DoubledSteps int `json:"doubled_steps"`
	// LostSteps were answered and stand in no timeline.
	LostSteps int `json:"lost_steps"`
	// GapsInSeq are cases whose changes are not numbered without a gap.
	GapsInSeq int `json:"gaps_in_seq"`
	// ClosedOwing are closed cases in which something is due.
	ClosedOwing int `json:"closed_owing"`
}

// Faults looks through every timeline. It reads everything, and is for drills and
// for a person who asks.
func (s *Store) Faults(ctx context.Context) (Faults, error) {
	var f Faults
	err := s.pool.QueryRow(ctx, `
		SELECT
		  (SELECT count(*) FROM (
		     SELECT 1 FROM event WHERE type = 'rung'
		     GROUP BY case_id, body->>'key', body->>'occurrence', body->>'epoch', body->>'rung' HAVING count(*) > 1) d),
		  (SELECT count(*) FROM (
		     SELECT 1 FROM event WHERE type IN ('step', 'proposed') AND body->>'command' IS NOT NULL
		     GROUP BY case_id, type, body->>'command' HAVING count(*) > 1) d),
		  (SELECT count(*) FROM command c WHERE status IN ('recorded', 'answered') AND NOT EXISTS (
		     SELECT 1 FROM event e WHERE e.case_id = c.case_id AND e.type IN ('step', 'proposed') AND e.body->>'command' = c.id)),
		  (SELECT count(*) FROM cases c WHERE c.seq <> (SELECT count(DISTINCT e.seq) FROM event e WHERE e.case_id = c.id)),
		  (SELECT count(*) FROM cases c WHERE c.stage = 'closed' AND jsonb_array_length(coalesce(c.state->'obligations', '[]')) > 0)`,
	).Scan(&f.DoubledRungs, &f.DoubledSteps, &f.LostSteps, &f.GapsInSeq, &f.ClosedOwing)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return f, fault(err)
}
