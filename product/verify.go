package product

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
)

// Report is what a verification found.
type Report struct {
	Counts records.Counts
	Faults postgres.Faults
	// Open is how many open cases were compared; Differing are those whose run
	// has another State than PostgreSQL; Missing have no run.
	Open      int
	Differing []string
	Missing   []string
}

// Good tells whether nothing was lost, doubled or left behind.
func (r Report) Good() bool {
	return r.Faults == postgres.Faults{} && len(r.Differing) == 0 && len(r.Missing) == 0 && quiet(r.Counts)
}

// String shows it as a person would read it.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "open cases compared with their workflows: %d, differing: %d, without a workflow: %d\n", r.Open, len(r.Differing), len(r.Missing))
	fmt.Fprintf(&b, "rungs fired twice: %d, steps carried out twice: %d, steps lost: %d, gaps in numbering: %d, closed cases owing: %d\n",
		r.Faults.DoubledRungs, r.Faults.DoubledSteps, r.Faults.LostSteps, r.Faults.GapsInSeq, r.Faults.ClosedOwing)
	fmt.Fprintf(&b, "reports without workflow: %d, facts not taken in: %d, commands pending: %d",
		r.Counts.WithoutWorkflow, r.Counts.UnappliedFacts, r.Counts.PendingCommands)
	for _, id := range append(append([]string{}, r.Differing...), r.Missing...) {
		b.WriteString("\n  " + id)
	}
	return b.String()
}

func quiet(c records.Counts) bool {
	return c.WithoutWorkflow == 0 && c.UnappliedFacts == 0 && c.PendingCommands == 0
}

// Verify waits, at most so many seconds, until nothing is on its way, and compares
// PostgreSQL with the runs.
func (p *Product) Verify(ctx context.Context, within int) (Report, error) {
	until := time.Now().Add(time.Duration(within) * time.Second)
	for {
		r, err := p.compare(ctx)
		if err != nil || r.Good() || time.Now().After(until) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (p *Product) compare(ctx context.Context) (r Report, err error) {
	if r.Counts, err = p.store.Counts(ctx); err != nil {
		return r, err
	}
	if r.Faults, err = p.store.Faults(ctx); err != nil {
		return r, err
	}
	for after := ""; ; {
		rows, err := p.store.OpenCases(ctx, after, 200)
		if err != nil {
			return r, err
		}
		for _, row := range rows {
			after = row.ID
			r.Open++
			same, err := p.same(ctx, row)
			switch {
			case notFound(err):
				r.Missing = append(r.Missing, row.ID)
			case err != nil:
				return r, err
			case !same:
				r.Differing = append(r.Differing, row.ID)
			}
		}
		if len(rows) < 200 {
			return r, nil
		}
	}
}

// same compares a case with its run. A case that goes on meanwhile is read again.
func (p *Product) same(ctx context.Context, row records.CaseRow) (bool, error) {
	for range 5 {
		before, _, err := p.store.Load(ctx, row.ID)
		if err != nil || !before.Running() {
			return true, err
		}
		running, err := p.engine.Running(ctx, row.Kind, row.ID)
		if err != nil {
			return false, err
		}
		if !running {
			return false, cases.Refuse(cases.CodeNotFound)
		}
		run, err := p.engine.State(ctx, row.Kind, row.ID)
		if err != nil {
			return false, err
		}
		if equal(before, run) {
			return true, nil
		}
		after, _, err := p.store.Load(ctx, row.ID)
		if err != nil {
			return false, err
		}
		if after.Seq == before.Seq && run.Seq == before.Seq {
			return false, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false, nil
}

func equal(a, b cases.State) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
