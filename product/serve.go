package product

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"

	"tonghu/activities"
	"tonghu/api"
	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/files/blobs"
	"tonghu/jobs"
	"tonghu/notify"
	"tonghu/openid"
	"tonghu/paper"
	"tonghu/postgres"
	"tonghu/web"
	"tonghu/worker"
)

// Role is a part that a process can take.
type Role string

// The roles. One process can have several; any number of processes can have each.
const (
	API    Role = "api"    // HTTP
	Worker Role = "worker" // runs cases
	Jobs   Role = "jobs"   // does what commits set off
)

// AllRoles is what a standalone process takes.
var AllRoles = []Role{API, Worker, Jobs}

const (
	drain       = 15 * time.Second
	engineDrain = 10 * time.Second
)

// Serve takes the roles until ctx ends, then stops them in order: no new requests,
// no new jobs, then the runs' tasks in hand. ready is called once everything
// serves; it may be nil.
func (p *Product) Serve(ctx context.Context, roles []Role, ready func()) error {
	queue, err := jobs.NewQueue(p.store.Pool())
	if err != nil {
		return err
	}
	p.store.UseJobs(queue)
	if _, err := p.applyErasures(ctx, slices.Contains(roles, Jobs)); err != nil {
		return err
	}
	if err := p.ensureRules(ctx); err != nil {
		return err
	}
	fatal := make(chan error, 4)
	var stops []func()
	defer func() {
		for _, stop := range slices.Backward(stops) {
			stop()
		}
	}()

	if slices.Contains(roles, API) || slices.Contains(roles, Jobs) {
		bucket, err := blobs.Open(p.config.Blobs)
		if err != nil {
			return err
		}
		p.store.UseBlobs(bucket)
		stops = append(stops, func() { _ = bucket.Close() })
	}
	if slices.Contains(roles, Worker) {
		w := worker.New(p.client, &activities.Activities{Ledger: p.store, AfterRecord: p.failPoint()}, worker.Options{
			Build: p.config.Build, Drain: engineDrain, OnFatal: func(err error) { fatal <- fmt.Errorf("worker: %w", err) },
		})
		if err := p.retry(ctx, "the engine", func(context.Context) error { return w.Start() }); err != nil {
			return err
		}
		stops = append(stops, w.Stop)
	}
	if slices.Contains(roles, Jobs) {
		runner, err := p.runner(queue)
		if err != nil {
			return err
		}
		if err := runner.Start(ctx); err != nil {
			return err
		}
		stops = append(stops, func() {
			ending, cancel := context.WithTimeout(context.Background(), drain)
			defer cancel()
			if err := runner.Stop(ending); err != nil {
				p.log.Warn("jobs did not end in time", zap.Error(err))
			}
		})
	}
	if slices.Contains(roles, API) {
		stop, err := p.serveHTTP(queue, fatal)
		if err != nil {
			return err
		}
		stops = append(stops, stop)
	}
	if ready != nil {
		ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return err
	}
}

// apiConfig is what the API is made of, but for what lives with a listener.
func (p *Product) apiConfig(queue *jobs.Queue) api.Config {
	return api.Config{
		Filings: p.store, Receipts: p.store, Cases: p.store, Worklist: p.store, Letters: p.store, Erasures: p.store, People: p.store, Directory: p.store, Organisation: p.store,
		Inbox: p.store, Health: p.store, Audit: p.store, Searches: p.store, Calendars: calendars{p, queue},
		Engine: p.engine, Receipt: p.vault.Receipts(), Sessions: p.store, Throttle: p.store, Accounts: p.store, Authenticators: p.store,
		Glasses: p.store, Supervision: p.store, Rulebook: p.store, Files: p.store, Links: p.vault.Links(),
		Web: web.Handler(api.StyleNonce), Papers: paper.NewFont(web.PaperFont),
		City: p.config.City, Secure: p.config.Secure, SecondFactor: p.config.SecondFactor, Idle: p.config.Idle, IdlePhone: p.config.IdlePhone,
		PublicURL: p.config.PublicURL, Proxies: p.config.Proxies, Log: p.log,
	}
}

// Handler gives the API without a listener, changed by change: for measuring.
func (p *Product) Handler(ctx context.Context, change func(*api.Config)) (http.Handler, error) {
	queue, err := jobs.NewQueue(p.store.Pool())
	if err != nil {
		return nil, err
	}
	p.store.UseJobs(queue)
	if err := p.ensureRules(ctx); err != nil {
		return nil, err
	}
	config := p.apiConfig(queue)
	change(&config)
	return api.New(config), nil
}

// serveHTTP answers HTTP on the configured address.
func (p *Product) serveHTTP(queue *jobs.Queue, fatal chan<- error) (stop func(), err error) {
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", p.config.Listen, err)
	}
	providers, err := p.providers()
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	stopping := make(chan struct{})
	stream := postgres.NewStream(p.store)
	listening, unlisten := context.WithCancel(context.Background())
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		stream.Run(listening)
	}()
	config := p.apiConfig(queue)
	config.Stream, config.Stopping, config.Providers = stream, stopping, providers
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		Handler:           api.New(config),
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fatal <- fmt.Errorf("http: %w", err)
		}
	}()
	return func() {
		close(stopping)
		ending, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			_ = server.Close()
		}
		unlisten()
		<-listened
	}, nil
}

// runner works the queue.
func (p *Product) runner(queue *jobs.Queue) (*jobs.Runner, error) {
	config, err := p.channels()
	if err != nil {
		return nil, err
	}
	channels, err := notify.Build(config, notify.WithInbox(jobs.Inbox(p.store)))
	if err != nil {
		return nil, err
	}
	o := jobs.Options{
		Heads: &jobs.HeadsOptions{File: p.config.AuditHeads, Suite: p.vault.Suite(), Signer: p.vault.AuditSigner(), Verifier: p.vault.AuditVerifier()},
		Store: p.store, Queue: queue, Engine: jobs.Casework(p.engine), Channels: channels, Kinds: config.Kinds(), Erasures: p.erasures(),
		Console: config.ConsoleURL, Quiet: notify.OfficeHours, DailyLimit: notify.DailyLimit, Log: p.log,
	}
	if p.config.Policy == "drill" { // a drill lasts minutes and is watched
		o.Quiet, o.DailyLimit = notify.QuietHours{}, 0
	}
	return jobs.New(o)
}

// channels reads the channels' file; without one there is the inbox.
func (p *Product) channels() (notify.Config, error) {
	if p.config.Notify == "" {
		return notify.Config{ConsoleURL: p.config.PublicURL, Channels: []notify.ChannelConfig{{Kind: notify.KindInbox}}}, nil
	}
	file, err := os.Open(p.config.Notify)
	if err != nil {
		return notify.Config{}, err
	}
	defer func() { _ = file.Close() }()
	return notify.ParseConfig(file)
}

// providers reads the file of the offices' OpenID providers.
func (p *Product) providers() ([]api.Provider, error) {
	if p.config.OpenID == "" {
		return nil, nil
	}
	file, err := os.Open(p.config.OpenID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	read, err := openid.Parse(file, p.config.PublicURL)
	var out []api.Provider
	for _, one := range read {
		out = append(out, one)
	}
	return out, err
}

// ensureRules makes the configured policy the one that new cases start with, with
// the calendar that was imported last, unless people have published a version of it:
// then theirs counts.
func (p *Product) ensureRules(ctx context.Context) error {
	rules, err := LoadPolicy(p.config.Policy)
	if err != nil {
		return err
	}
	return p.store.EnsureRules(ctx, rules, func(older, newer cases.Calendar) cases.Calendar {
		return policy.WithCalendar(cases.Rules{Calendar: older}, newer).Calendar
	})
}

// Rebuild compares every open case with its run and starts what is missing. It
// answers with how many it looked at and how many it started.
func (p *Product) Rebuild(ctx context.Context) (checked, started int, err error) {
	queue, err := jobs.NewQueue(p.store.Pool())
	if err != nil {
		return 0, 0, err
	}
	p.store.UseJobs(queue)
	runner, err := p.runner(queue)
	if err != nil {
		return 0, 0, err
	}
	return runner.Rebuild(ctx)
}
