package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/notify"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

const (
	village cases.Org  = "379999101203"
	desk    cases.Post = "city:379999000000/desk"
	manager cases.Post = "city:379999000000/manager"
	head    cases.Post = "city:379999000000/head"
	town    cases.Post = "town:379999101000/supervisor"
	console            = "https://tonghu.example"
)

// start is a Monday, 09:00 in the county.
var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// fakeEngine does what its fields say; without one, it does nothing and is fine.
type fakeEngine struct {
	ensure  func(cases.State) error
	nudge   func(id string) error
	running func(id string) (bool, error)
	decide  func(cases.Kind, cases.Command) error

	mu      sync.Mutex
	ensured []string
	nudged  []string
}

func (e *fakeEngine) Ensure(_ context.Context, s cases.State, r cases.Rules) error {
	if s.Rules != r.Hash() {
		return errors.New("a run must start with the rules of its state")
	}
	if e.ensure != nil {
		if err := e.ensure(s); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ensured = append(e.ensured, s.ID)
	return nil
}

func (e *fakeEngine) Nudge(_ context.Context, _ cases.Kind, id string) error {
	e.mu.Lock()
	e.nudged = append(e.nudged, id)
	e.mu.Unlock()
	if e.nudge != nil {
		return e.nudge(id)
	}
	return nil
}

func (e *fakeEngine) Running(_ context.Context, _ cases.Kind, id string) (bool, error) {
	if e.running != nil {
		return e.running(id)
	}
	return true, nil
}

func (e *fakeEngine) Decide(_ context.Context, k cases.Kind, c cases.Command) error {
	if e.decide != nil {
		return e.decide(k, c)
	}
	return nil
}

// channel keeps what was sent, and fails as told.
type channel struct {
	name string
	fail func() error
	sent []notify.Message
}

func (c *channel) Name() string { return c.name }

func (c *channel) Send(_ context.Context, m notify.Message) (notify.Receipt, error) {
	if c.fail != nil {
		if err := c.fail(); err != nil {
			return notify.Receipt{}, err
		}
	}
	c.sent = append(c.sent, m)
	return notify.Receipt{Channel: c.name, At: start, Ref: "ref-1"}, nil
}

// erasureList keeps what was added, and fails as told.
type erasureList struct {
	fail error
	got  []audit.Erasure
}

func (l *erasureList) Add(list ...audit.Erasure) error {
	if l.fail != nil {
		return l.fail
	}
	l.got = append(l.got, list...)
	return nil
}

// bundle is a Runner on a database of its own, with a clock that the test sets.
type bundle struct {
	*Runner
	t      *testing.T
	store  *postgres.Store
	vault  *vault.Vault
	dsn    string // the superuser's
	fake   *fakeEngine
	mail   *channel
	sms    *channel
	rules  cases.Rules
	now    time.Time
	people map[string]string // ids by name
	list   *erasureList
}

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	b := &bundle{t: t, now: start, vault: v, dsn: db.DSN, fake: &fakeEngine{}, mail: &channel{name: "email"}, sms: &channel{name: "sms"}, people: map[string]string{}, list: &erasureList{}}
	clock := func() time.Time { return b.now }
	b.rules, err = policy.Load("anqiu")
	require.NoError(t, err)
	b.store, err = postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v, Now: clock, MaxConns: 12})
	require.NoError(t, err)
	t.Cleanup(b.store.Close)
	queue, err := NewQueue(b.store.Pool())
	require.NoError(t, err)
	b.store.UseJobs(queue)
	require.NoError(t, b.store.PutRules(t.Context(), b.rules))
	inboxes, err := notify.Build(notify.Config{ConsoleURL: console, Channels: []notify.ChannelConfig{{Kind: notify.KindInbox}}},
		notify.WithInbox(Inbox(b.store)), notify.WithClock(clock))
	require.NoError(t, err)
	b.Runner, err = New(Options{
		Store: b.store, Queue: queue, Engine: b.fake, Console: console, Now: clock, Quiet: notify.OfficeHours, DailyLimit: notify.DailyLimit,
		Erasures: b.list,
		Channels: append(inboxes, b.mail, b.sms),
		Kinds:    map[string]notify.Kind{"inbox": notify.KindInbox, "email": notify.KindEmail, "sms": notify.KindSMS},
	})
	require.NoError(t, err)
	return b
}

// person puts somebody into posts.
func (b *bundle) person(name string, posts ...cases.Post) string {
	b.t.Helper()
	id := uuid.NewString()
	b.people[name] = id
	county := postgres.County{People: []postgres.SeedPerson{{Person: records.Person{
		ID: id, Name: name, Email: name + "@anhe.example", Phone: "13900000001",
	}}}}
	for _, p := range posts {
		county.Posts = append(county.Posts, p)
		county.Holdings = append(county.Holdings, records.Holding{Post: p, Person: id})
	}
	require.NoError(b.t, b.store.Seed(b.t.Context(), county))
	return id
}

// file files a report of neglect: yellow.
func (b *bundle) file(edits ...func(*cases.Report)) string {
	b.t.Helper()
	rep := cases.Report{ID: uuid.NewString(), Org: village, Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo, Relation: "guardian"}
	for _, edit := range edits {
		edit(&rep)
	}
	open, refusal := cases.Open(rep, b.rules, b.now)
	require.Nil(b.t, refusal)
	hash := sha256.Sum256([]byte(rep.ID))
	filed, err := b.store.File(b.t.Context(), records.Once{}, records.Filing{Open: open, ReceiptHash: hash[:]})
	require.NoError(b.t, err)
	return filed.Case
}

func red(rep *cases.Report) { rep.Danger = cases.DangerYes }

// pass lets time pass and the case take in what waits, as its run would.
func (b *bundle) pass(id string, d time.Duration) cases.State {
	b.t.Helper()
	if d > 0 {
		b.now = b.now.Add(d + time.Second).Truncate(time.Second) // PostgreSQL keeps microseconds
	}
	s, rules, err := b.store.Load(b.t.Context(), id)
	require.NoError(b.t, err)
	facts, err := b.store.Unapplied(b.t.Context(), id, 100)
	require.NoError(b.t, err)
	change, refusal := cases.Act(s, rules, cases.Input{Facts: facts}, b.now)
	require.Nil(b.t, refusal)
	if !change.Changed() {
		return s
	}
	_, err = b.store.Record(b.t.Context(), change)
	require.NoError(b.t, err)
	return change.State
}

// untilRung lets the first rung of an obligation fire.
func (b *bundle) untilRung(id, key string) cases.State {
	b.t.Helper()
	for range 50 {
		s, rules, err := b.store.Load(b.t.Context(), id)
		require.NoError(b.t, err)
		if o, ok := s.Obligation(key); ok && o.Rung > 0 {
			return s
		}
		next, ok := cases.NextWake(s, rules)
		require.True(b.t, ok)
		b.pass(id, max(next.Sub(b.now), 0))
	}
	b.t.Fatal("no rung fired")
	return cases.State{}
}

// work does the jobs that are due, each once, until there are none, and gives the
// kinds of those that asked to be put off.
func (b *bundle) work() (putOff []string) {
	b.t.Helper()
	for {
		var kind string
		var args []byte
		err := b.store.Pool().QueryRow(b.t.Context(), `
			UPDATE river_job SET state = 'completed', finalized_at = now()
			WHERE id = (SELECT id FROM river_job WHERE state = 'available' OR state = 'scheduled' AND scheduled_at <= $1 ORDER BY id LIMIT 1)
			RETURNING kind, args`, b.now).Scan(&kind, &args)
		if errors.Is(err, pgx.ErrNoRows) {
			return putOff
		}
		require.NoError(b.t, err)
		err = b.do(kind, args)
		var snooze *river.JobSnoozeError
		if errors.As(err, &snooze) {
			putOff = append(putOff, kind)
			continue
		}
		require.NoError(b.t, err, kind)
	}
}

func (b *bundle) do(kind string, args []byte) error {
	b.t.Helper()
	switch kind {
	case startCase{}.Kind():
		return run(b, args, b.startCase)
	case nudge{}.Kind():
		return run(b, args, b.Runner.nudge)
	case decide{}.Kind():
		return run(b, args, b.decide)
	case resolve{}.Kind():
		return run(b, args, b.resolve)
	case plan{}.Kind():
		return run(b, args, b.plan)
	case deliver{}.Kind():
		return run(b, args, b.deliver)
	case sweep{}.Kind():
		return run(b, args, b.sweep)
	case reconcile{}.Kind():
		return run(b, args, b.reconcile)
	case recalculate{}.Kind():
		return run(b, args, b.recalculate)
	case listErasures{}.Kind():
		return b.listErasures(b.t.Context())
	case prune{}.Kind():
		return run(b, args, b.prune)
	}
	b.t.Fatalf("no worker for %s", kind)
	return nil
}

func run[A river.JobArgs](b *bundle, args []byte, work func(context.Context, *river.Job[A]) error) error {
	job := &river.Job[A]{JobRow: &rivertype.JobRow{MaxAttempts: 25, Attempt: 1, Metadata: []byte(`{}`)}}
	require.NoError(b.t, json.Unmarshal(args, &job.Args))
	return work(b.t.Context(), job)
}

func unavailable() error { return &cases.Error{Code: cases.CodeUnavailable} }

// facts gives the facts of a kind that wait for a case.
func (b *bundle) facts(id string, kind cases.FactKind) (out []cases.Fact) {
	b.t.Helper()
	facts, err := b.store.Unapplied(b.t.Context(), id, 100)
	require.NoError(b.t, err)
	for _, f := range facts {
		if f.Kind == kind {
			out = append(out, f)
		}
	}
	return out
}

func (b *bundle) counts() records.Counts {
	b.t.Helper()
	c, err := b.store.Counts(b.t.Context())
	require.NoError(b.t, err)
	return c
}
