package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// explained are queries that are planned and then asked.
type explained struct {
	pgx.Tx
	plans *[]string
}

func (e explained) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := e.Tx.Query(ctx, "EXPLAIN "+sql, args...)
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	*e.plans = append(*e.plans, lines...)
	return e.Tx.Query(ctx, sql, args...)
}

// PlanOfCases gives how PostgreSQL finds the page of a list of cases that begins after a time.
func PlanOfCases(ctx context.Context, s *Store, a records.Access, f records.CaseFilter, before time.Time) (plan []string, err error) {
	p, err := casesLike(f, s.now())
	if err != nil {
		return nil, err
	}
	p.Before, p.BeforeID, p.N = before, uuid.Max, 51
	err = s.WithActor(ctx, a, func(tx pgx.Tx) error {
		_, err := listCases(ctx, db.New(explained{tx, &plan}), a, f.Town, p)
		return err
	})
	return slices.Clip(plan), err
}

// PlanOfObligations is the same of a worklist.
func PlanOfObligations(ctx context.Context, s *Store, a records.Access, f records.ObligationFilter) (plan []string, err error) {
	p, err := owedLike(a, f, s.now())
	if err != nil {
		return nil, err
	}
	p.After, p.N = beforeAll, 51
	err = s.WithActor(ctx, a, func(tx pgx.Tx) error {
		_, err := worklist(ctx, db.New(explained{tx, &plan}), a, f, p)
		return err
	})
	return plan, err
}

// PlanOfHoldings is the same of the posts that somebody looks through.
func PlanOfHoldings(ctx context.Context, s *Store, a records.Access) (plan []string, err error) {
	p := holdingsLike(a, "", s.now())
	p.Most = 51
	err = s.WithActor(ctx, a, func(tx pgx.Tx) error {
		_, err := db.New(explained{tx, &plan}).Holdings(ctx, p)
		return err
	})
	return plan, err
}
