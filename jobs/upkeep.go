package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"tonghu/cases"
	"tonghu/records"
)

// atOnce bounds what one run of a job looks at.
const (
	sweepAtOnce       = 200
	reconcileAtOnce   = 500 // five seconds at its pace
	recalculateAtOnce = 200 // ten seconds at its pace
	simulateAtOnce    = 100
)

// sweep brings on what has waited too long: reports without a workflow, facts that
// were not taken in, commands that nobody answered, notices that stopped half-way,
// files whose retention is over, erasures that stand in no list, rules whose day has come.
// A part out of reach ends one of these; the next sweep tries again.
func (r *Runner) sweep(ctx context.Context, _ *river.Job[sweep]) error {
	before := r.now().Add(-settled)
	for name, one := range map[string]func(context.Context) error{
		"reports": func(ctx context.Context) error {
			rows, err := r.store.WithoutWorkflow(ctx, sweepAtOnce)
			if err != nil {
				return err
			}
			return r.each(rows, func(c records.CaseRow) error {
				if c.Opened.After(before) {
					return nil // its own job is on the way
				}
				return r.ensure(ctx, c.ID)
			})
		},
		"facts": func(ctx context.Context) error {
			rows, err := r.store.CasesWithUnapplied(ctx, before, sweepAtOnce)
			if err != nil {
				return err
			}
			return r.each(rows, func(c records.CaseRow) error { return r.nudgeOnce(ctx, c.Kind, c.ID) })
		},
		"commands": func(ctx context.Context) error {
			rows, err := r.store.PendingCommands(ctx, before, sweepAtOnce)
			var again []river.JobArgs
			for _, c := range rows {
				again = append(again, decide{Command: c.Command.ID})
			}
			if err != nil {
				return err
			}
			return r.queue.add(ctx, again...)
		},
		"notices": func(ctx context.Context) error {
			stuck, err := r.store.StuckNotices(ctx, before, sweepAtOnce)
			if err != nil {
				return err
			}
			var again []river.JobArgs
			if len(stuck.Intents) > 0 {
				again = append(again, resolve{Intents: stuck.Intents})
			}
			for _, p := range stuck.People {
				again = append(again, plan{Person: p})
			}
			for _, d := range stuck.Deliveries {
				again = append(again, deliver{Delivery: d})
			}
			return r.queue.add(ctx, again...)
		},
		"retention": r.retention,
		"erasures":  r.listErasures,
		"rules":     r.store.RulesTakeEffect,
	} {
		if err := one(ctx); err != nil {
			r.log.Warn("a sweep ended early; the next goes on", zap.String("of", name), zap.Error(err))
		}
	}
	return nil
}

// each does something for every case. What is wrong with one case is logged and
// holds up no other; a part out of reach ends it.
func (r *Runner) each(rows []records.CaseRow, do func(records.CaseRow) error) error {
	for _, c := range rows {
		err := do(c)
		if is(err, cases.CodeUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err != nil {
			r.log.Error("a case needs a person to look at it", zap.String("case", c.ID), zap.Error(err))
		}
	}
	return nil
}

// reconcile makes every open case of PostgreSQL have its run, some at a time.
func (r *Runner) reconcile(ctx context.Context, job *river.Job[reconcile]) error {
	_, _, last, err := r.compare(ctx, r.look, job.Args.After)
	if err != nil || last == "" {
		return err
	}
	return r.queue.add(ctx, reconcile{After: last})
}

// compare looks at some open cases from after one on, and starts what does not run.
// It asks for each by name: PostgreSQL's rows and the run itself, no search index
// that may be behind. last is "" at the end.
func (r *Runner) compare(ctx context.Context, pace *rate.Limiter, after string) (checked, started int, last string, err error) {
	rows, err := r.store.OpenCases(ctx, after, reconcileAtOnce)
	if err != nil {
		return 0, 0, "", err
	}
	err = r.each(rows, func(c records.CaseRow) error {
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		running, err := r.engine.Running(ctx, c.Kind, c.ID)
		if err != nil {
			return err
		}
		checked++
		if running {
			return nil
		}
		if err := r.ensure(ctx, c.ID); err != nil {
			return err
		}
		started++
		return nil
	})
	if err == nil && len(rows) == reconcileAtOnce {
		last = rows[len(rows)-1].ID
	}
	return checked, started, last, err
}

// Rebuild compares every open case with its run and starts what is missing: after
// the engine's database was lost. It gives how many it looked at and started, also
// when it fails half-way; running it again goes on. It needs no Start.
func (r *Runner) Rebuild(ctx context.Context) (checked, started int, err error) {
	pace := rate.NewLimiter(rate.Inf, 1)
	for after := ""; ; {
		c, n, last, err := r.compare(ctx, pace, after)
		checked, started = checked+c, started+n
		if err != nil || last == "" {
			return checked, started, err
		}
		after = last
	}
}

// recalculateSpace is the name space of the commands that recalculate.
var recalculateSpace = uuid.MustParse("c2b0e2d7-93a1-5f0e-9a5e-1f0f7a0f6c03")

// recalculate asks some open cases to count by the present calendar, each by its
// own rules otherwise. The command's id follows from the case and the new rules,
// so that each is asked once.
func (r *Runner) recalculate(ctx context.Context, job *river.Job[recalculate]) error {
	present, err := r.store.CurrentRules(ctx)
	if err != nil {
		return err
	}
	rows, err := r.store.OpenCases(ctx, job.Args.After, recalculateAtOnce)
	if err != nil {
		return err
	}
	err = r.each(rows, func(c records.CaseRow) error {
		if err := r.ask.Wait(ctx); err != nil {
			return err
		}
		return r.recount(ctx, c.Kind, c.ID, present.Calendar)
	})
	if err != nil || len(rows) < recalculateAtOnce {
		return err
	}
	return r.queue.add(ctx, recalculate{After: rows[len(rows)-1].ID})
}

func (r *Runner) recount(ctx context.Context, kind cases.Kind, id string, calendar cases.Calendar) error {
	s, rules, err := r.store.Load(ctx, id)
	if err != nil || !s.Running() {
		return err
	}
	rules.Calendar = calendar
	hash := rules.Hash()
	if hash == s.Rules {
		return nil
	}
	c := cases.Command{
		ID: uuid.NewSHA1(recalculateSpace, []byte(id+"/"+hash)).String(), Case: id, Step: "recalculate",
		By: cases.Actor{Post: cases.SystemPost}, Base: -1, Rules: &rules, Fields: cases.Fields{"cause": "calendar"},
	}
	if err := r.store.PutOwnCommand(ctx, kind, c); err != nil {
		return err
	}
	return r.decide(ctx, &river.Job[decide]{Args: decide{Command: c.ID}})
}

// simulateFor is how long one job counts before it makes room for others; the next
// goes on where it stopped.
const simulateFor = 20 * time.Second

// simulate counts a simulation on, until it is done or somebody cancels it.
func (r *Runner) simulate(ctx context.Context, job *river.Job[simulate]) error {
	for began := time.Now(); time.Since(began) < simulateFor; {
		more, err := r.store.CountSimulation(ctx, job.Args.Simulation, simulateAtOnce)
		if err != nil || !more {
			return err
		}
	}
	return r.queue.add(ctx, job.Args)
}

// prune forgets drafts after 30 days and idempotency keys after 90, counts the
// retention of files that nobody has counted yet, deletes the bytes of those that are
// erased or that nobody knows, and says that a calendar is wanted.
func (r *Runner) prune(ctx context.Context, _ *river.Job[prune]) error {
	return errors.Join(r.store.Prune(ctx, r.now()), r.countRetention(ctx), r.store.SweepFiles(ctx), r.alarmCalendar(ctx))
}

// alarmCalendar tells the system administrator while the working calendar ends soon or
// deadlines reach beyond it (DESIGN 3).
func (r *Runner) alarmCalendar(ctx context.Context) error {
	people, err := r.store.AlarmCalendar(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := r.planFor(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
