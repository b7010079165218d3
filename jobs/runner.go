package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
	"go.uber.org/zap/zapio"
	"golang.org/x/time/rate"

	"tonghu/notify"
	"tonghu/postgres"
)

// Options are what a Runner needs.
type Options struct {
	Store  *postgres.Store // required
	Queue  *Queue          // required
	Engine Engine          // required
	// Channels carry notices; Kinds gives the kind of each by its name. The inbox
	// channel is built with notify.WithInbox(Inbox(store)).
	Channels []notify.Channel
	Kinds    map[string]notify.Kind
	// Erasures is the list of what was destroyed, outside the database. Without it
	// what was destroyed waits for a Runner that has one.
	Erasures ErasureList
	// Console is the console's base address, the only link in any notice.
	Console string
	// Quiet are the hours in which ordinary notices wait; the zero value has none,
	// as the drill needs it.
	Quiet notify.QuietHours
	// DailyLimit is how many notices a day a person gets one by one; 0 is no limit.
	DailyLimit int
	// Workers is how many jobs of a queue run at once; 0 means 10.
	Workers int
	// Heads has the audit log's heads signed into a file; nil where another process
	// does.
	Heads *HeadsOptions
	Log   *zap.Logger      // nil logs nothing
	Now   func() time.Time // nil is time.Now
}

// Pace of what is done for every case: it must leave the engine to people.
const (
	reconcilePerSecond   = 100
	recalculatePerSecond = 20
)

// When what is not done by itself is looked for.
const (
	sweepEvery     = 15 * time.Second
	reconcileEvery = 10 * time.Minute
	pruneEvery     = 24 * time.Hour
	// settled is how old something must be before it counts as left behind.
	settled = 30 * time.Second
)

const (
	jobTimeout = time.Minute
	// A job of a process that was killed is taken up again after this.
	rescueAfter = 90 * time.Second
)

// Runner works the queue in one process.
type Runner struct {
	store    *postgres.Store
	queue    *Queue
	engine   Engine
	channels map[string]notify.Channel
	options  Options
	log      *zap.Logger
	now      func() time.Time
	look     *rate.Limiter // describing runs
	ask      *rate.Limiter // recalculation
	client   *river.Client[pgx.Tx]
	heads    *heads
	// endHeads ends the signing of heads, and waits for the last of it.
	endHeads func()
}

// New makes a Runner. Nothing runs before Start.
func New(o Options) (*Runner, error) {
	if o.Store == nil || o.Queue == nil || o.Engine == nil {
		return nil, errors.New("jobs: store, queue and engine are required")
	}
	r := &Runner{
		store: o.Store, queue: o.Queue, engine: o.Engine, channels: map[string]notify.Channel{}, options: o, log: o.Log, now: o.Now,
		look: rate.NewLimiter(reconcilePerSecond, 1), ask: rate.NewLimiter(recalculatePerSecond, 1),
	}
	if r.log == nil {
		r.log = zap.NewNop()
	}
	if r.now == nil {
		r.now = time.Now
	}
	for _, c := range o.Channels {
		r.channels[c.Name()] = c
	}
	if o.Heads != nil {
		r.heads = newHeads(*o.Heads, o.Store, r.log, r.now)
	}
	workers := o.Workers
	if workers == 0 {
		workers = 10
	}
	var err error
	r.client, err = river.NewClient(riverpgxv5.New(o.Store.Pool()), &river.Config{
		Workers: r.workers(),
		Queues: map[string]river.QueueConfig{
			queueCases: {MaxWorkers: workers}, queueNotices: {MaxWorkers: workers}, queueUpkeep: {MaxWorkers: 2}, queueSlow: {MaxWorkers: 1},
		},
		PeriodicJobs:                periodic(),
		Middleware:                  []rivertype.Middleware{guard(r.log)},
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: time.Hour,
		// It would rebuild indexes, which are the owner's, as whom nothing runs.
		ReindexerSchedule: river.NeverSchedule(),
		// River's own words hold codes only, as all errors that it sees.
		Logger: slog.New(slog.NewTextHandler(&zapio.Writer{Log: r.log, Level: zap.WarnLevel}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	return r, err
}

func (r *Runner) workers() *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, river.WorkFunc(r.startCase))
	river.AddWorker(w, river.WorkFunc(r.nudge))
	river.AddWorker(w, river.WorkFunc(r.decide))
	river.AddWorker(w, river.WorkFunc(r.resolve))
	river.AddWorker(w, river.WorkFunc(r.plan))
	river.AddWorker(w, river.WorkFunc(r.deliver))
	river.AddWorker(w, river.WorkFunc(r.sweep))
	river.AddWorker(w, river.WorkFunc(r.reconcile))
	river.AddWorker(w, river.WorkFunc(r.recalculate))
	river.AddWorker(w, river.WorkFunc(r.prune))
	river.AddWorker(w, river.WorkFunc(r.simulate))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[listErasures]) error { return r.listErasures(ctx) }))
	return w
}

// periodic are the jobs that come by themselves; Start adds the first of each, as
// a process that was killed leaves its lead behind for some seconds.
func periodic() []*river.PeriodicJob {
	every := func(d time.Duration, job river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) { return job, nil }, nil)
	}
	return []*river.PeriodicJob{every(sweepEvery, sweep{}), every(reconcileEvery, reconcile{}), every(pruneEvery, prune{})}
}

// Start works the queue until Stop. It begins with looking for what was left behind.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if r.heads != nil {
		signing, stop := context.WithCancel(context.WithoutCancel(ctx))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.heads.run(signing)
		}()
		r.endHeads = func() { stop(); <-ended }
	}
	return r.queue.add(ctx, sweep{}, reconcile{}, prune{})
}

// Stop takes no more jobs and waits for those that run; when ctx ends, their
// contexts are cancelled, and they are taken up again at the next start.
func (r *Runner) Stop(ctx context.Context) error {
	if r.endHeads != nil {
		defer r.endHeads() // after the jobs, which write to the log too
	}
	err := r.client.Stop(ctx)
	if ctx.Err() == nil {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return r.client.StopAndCancel(last)
}
