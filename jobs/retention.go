package jobs

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/audit"
)

// ErasureList is the list of what was destroyed, on disk outside the database.
type ErasureList interface {
	// Add returns once the erasures are on disk; one that is there already is not
	// written again.
	Add(list ...audit.Erasure) error
}

// retentionAtOnce bounds how many files a sweep finds to be over their time: they all
// come on the first of January.
const retentionAtOnce = 20

// retentionSpace is the name space of the facts that a retention is over.
var retentionSpace = uuid.MustParse("a3b8c6f2-52c1-5b0e-8a0d-6d1b7f7c2e90")

// retention tells the closed cases whose time is over, which takes each out of the
// archive until somebody has appraised it. A case is told once as it stands: one that
// was filed away again has moved on.
func (r *Runner) retention(ctx context.Context) error {
	now := r.now()
	rows, err := r.store.RetentionOver(ctx, now, retentionAtOnce)
	if err != nil {
		return err
	}
	return r.each(rows, func(c records.CaseRow) error {
		_, err := r.store.AddFact(ctx, records.Once{}, records.Access{}, c.ID, cases.Fact{
			ID:   uuid.NewSHA1(retentionSpace, []byte(c.ID+"/"+strconv.FormatInt(c.Sequence, 10))).String(),
			Kind: cases.FactRetentionDue, Occurred: now, Received: now, By: cases.Actor{Post: cases.SystemPost},
		}, nil)
		return err
	})
}

// countRetention counts the time of files that were filed away before there was a
// schedule.
func (r *Runner) countRetention(ctx context.Context) error {
	for {
		n, err := r.store.CountRetention(ctx, sweepAtOnce)
		if err != nil || n == 0 {
			return err
		}
	}
}

// listErasures writes the erasures that are in no list yet. Dying between the list and
// the database's note of it writes nothing twice.
func (r *Runner) listErasures(ctx context.Context) error {
	if r.options.Erasures == nil {
		return nil
	}
	for {
		list, err := r.store.Unlisted(ctx, sweepAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := r.options.Erasures.Add(list...); err != nil {
			return err
		}
		decisions := make([]string, len(list))
		for i, e := range list {
			decisions[i] = e.Decision
		}
		if err := r.store.MarkListed(ctx, decisions...); err != nil {
			return err
		}
	}
}
