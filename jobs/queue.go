package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"tonghu/cases"
	"tonghu/postgres"
)

// Queue puts jobs into the queue. Every process has one; only those with a Runner
// work them.
type Queue struct {
	client *river.Client[pgx.Tx]
}

var _ postgres.Enqueuer = (*Queue)(nil)

// NewQueue gives the queue of a migrated database.
func NewQueue(pool *pgxpool.Pool) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, err
	}
	return &Queue{client}, nil
}

// StartCase implements postgres.Enqueuer.
func (q *Queue) StartCase(ctx context.Context, tx pgx.Tx, _ cases.Kind, id string) error {
	return q.put(ctx, tx, startCase{Case: id})
}

// Nudge implements postgres.Enqueuer. It is not a unique job: a fact committed
// while a nudge is at work would be lost on it.
func (q *Queue) Nudge(ctx context.Context, tx pgx.Tx, kind cases.Kind, id string) error {
	return q.put(ctx, tx, nudge{Type: kind, Case: id})
}

// Notify implements postgres.Enqueuer.
func (q *Queue) Notify(ctx context.Context, tx pgx.Tx, intents ...int64) error {
	if len(intents) == 0 {
		return nil
	}
	return q.put(ctx, tx, resolve{Intents: intents})
}

// ListErasures implements postgres.Enqueuer.
func (q *Queue) ListErasures(ctx context.Context, tx pgx.Tx) error {
	return q.put(ctx, tx, listErasures{})
}

// Simulate implements postgres.Enqueuer.
func (q *Queue) Simulate(ctx context.Context, tx pgx.Tx, id string) error {
	return q.put(ctx, tx, simulate{Simulation: id})
}

func (q *Queue) put(ctx context.Context, tx pgx.Tx, args river.JobArgs) error {
	_, err := q.client.InsertTx(ctx, tx, args, nil)
	return err
}

// putAt puts in a job for later. What is due now is not scheduled: River would look
// at it some seconds late.
func (q *Queue) putAt(ctx context.Context, tx pgx.Tx, args river.JobArgs, at, now time.Time) error {
	if !at.After(now) {
		return q.put(ctx, tx, args)
	}
	_, err := q.client.InsertTx(ctx, tx, args, &river.InsertOpts{ScheduledAt: at})
	return err
}

// Recalculate asks every open case, slowly, to count its deadlines by the calendar
// of the present rules: after a calendar was imported. It looks again a minute
// later, for the reports that were being filed by the old calendar meanwhile; a
// case that counts by the new one already is left alone.
func (q *Queue) Recalculate(ctx context.Context) error {
	_, err := q.client.InsertMany(ctx, []river.InsertManyParams{
		{Args: recalculate{}},
		{Args: recalculate{}, InsertOpts: &river.InsertOpts{ScheduledAt: time.Now().Add(time.Minute)}},
	})
	return err
}

// add puts jobs into the queue outside of any transaction.
func (q *Queue) add(ctx context.Context, jobs ...river.JobArgs) error {
	if len(jobs) == 0 {
		return nil
	}
	many := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		many[i].Args = j
	}
	_, err := q.client.InsertMany(ctx, many)
	return err
}
