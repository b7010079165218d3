package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
)

// Enqueuer puts jobs into the queue in the transaction that makes them necessary:
// what a commit sets off is committed with it, or not at all. Package jobs
// implements it on River.
type Enqueuer interface {
	// StartCase starts the workflow of a case, or finds it running.
	StartCase(ctx context.Context, tx pgx.Tx, kind cases.Kind, id string) error
	// Nudge tells a case that facts wait for it.
	Nudge(ctx context.Context, tx pgx.Tx, kind cases.Kind, id string) error
	// Notify resolves notice intents (rows of notice_intent) to persons and
	// channels and delivers them.
	Notify(ctx context.Context, tx pgx.Tx, intents ...int64) error
	// ListErasures writes what was destroyed to the erasure list.
	ListErasures(ctx context.Context, tx pgx.Tx) error
	// Simulate counts a simulation of the rules to its end.
	Simulate(ctx context.Context, tx pgx.Tx, id string) error
}
