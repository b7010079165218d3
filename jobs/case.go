package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
)

// startCase starts the workflow of a case that was committed.
func (r *Runner) startCase(ctx context.Context, job *river.Job[startCase]) error {
	return r.ensure(ctx, job.Args.Case)
}

// ensure makes an open case have its run, and notes it.
func (r *Runner) ensure(ctx context.Context, id string) error {
	s, rules, err := r.store.Load(ctx, id)
	if err != nil {
		return err
	}
	if !s.Running() {
		return nil // closed: nothing can be due in it
	}
	if err := r.engine.Ensure(ctx, s, rules); err != nil {
		return err
	}
	return r.store.MarkStarted(ctx, id)
}

// nudge ends when the case has taken in every fact.
func (r *Runner) nudge(ctx context.Context, job *river.Job[nudge]) error {
	waiting, err := r.store.Unapplied(ctx, job.Args.Case, 1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	if err := r.nudgeOnce(ctx, job.Args.Type, job.Args.Case); err != nil {
		return err
	}
	return river.JobSnooze(patience(job.JobRow, time.Second))
}

// nudgeOnce signals the run of a case. One without a run is given one, which takes
// in the facts that wait; for a closed case it then ends.
func (r *Runner) nudgeOnce(ctx context.Context, kind cases.Kind, id string) error {
	err := r.engine.Nudge(ctx, kind, id)
	if !is(err, cases.CodeNotFound) {
		return err
	}
	s, rules, err := r.store.Load(ctx, id)
	if err != nil {
		return err
	}
	return r.engine.Ensure(ctx, s, rules)
}

// patienceForDecision is how long a re-sent command is waited for; the sweep
// comes again.
const patienceForDecision = 10 * time.Second

// decide sends a command that nobody has answered, under the same id, if its author
// still may decide. A refusal goes to its author as a draft.
func (r *Runner) decide(ctx context.Context, job *river.Job[decide]) error {
	row, err := r.store.CommandByID(ctx, job.Args.Command)
	if err != nil || row.Status != "pending" {
		return err
	}
	refusal, err := r.authority(ctx, row.Command)
	if err != nil {
		return err
	}
	if refusal == nil {
		ctx, cancel := context.WithTimeout(ctx, patienceForDecision)
		defer cancel()
		err := r.engine.Decide(ctx, row.Kind, row.Command)
		if err == nil || !errors.As(err, &refusal) {
			return err
		}
		if refusal.Undecided() { // the sweep comes again
			r.log.Warn("a command waits", zap.String("command", row.Command.ID), zap.String("code", string(refusal.Code)))
			return nil
		}
	}
	row, err = r.store.RefuseCommand(ctx, row.Command.ID, refusal)
	if err != nil || row.Status != records.CommandRefused {
		return err
	}
	return r.store.TellRefused(ctx, row.Command.ID) // who was told 待执行 must learn of it
}

// authority checks anew what was checked when the command was given: the author is
// still there, and in the post.
func (r *Runner) authority(ctx context.Context, c cases.Command) (*cases.Error, error) {
	if c.By.Post == cases.SystemPost {
		return nil, nil
	}
	p, err := r.store.PersonByID(ctx, c.By.Person, r.now())
	if is(err, cases.CodeNotFound) {
		return cases.Refuse(cases.CodeRole), nil
	}
	if err != nil {
		return nil, err
	}
	if !p.Active || !slices.Contains(p.Posts, c.By.Post) {
		return cases.Refuse(cases.CodeRole), nil
	}
	return nil, nil
}

// is tells whether an error has a code.
func is(err error, c cases.Code) bool {
	var e *cases.Error
	return errors.As(err, &e) && e.Code == c
}
