package postgres_test

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// The posts of the fictional county, and a person in each.
const (
	village  cases.Org  = "379999101203"
	director cases.Post = "village:379999101203/director"
	town     cases.Post = "town:379999101000/supervisor"
	desk     cases.Post = "city:379999000000/desk"
	manager  cases.Post = "city:379999000000/manager"
	head     cases.Post = "city:379999000000/head"
	schools  cases.Post = "unit:education/liaison"
	police   cases.Post = "unit:police/police"
)

// in gives the access of somebody who holds posts.
func in(posts ...cases.Post) records.Access {
	return records.Access{Person: "person of " + string(posts[0]), Posts: posts}
}

// queue keeps what commits set off.
type queue struct {
	mu     sync.Mutex
	starts []string
	nudges []string
	told   []int64
	lists  int

	simulated []string
}

func (q *queue) StartCase(_ context.Context, _ pgx.Tx, _ cases.Kind, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.starts = append(q.starts, id)
	return nil
}

func (q *queue) Nudge(_ context.Context, _ pgx.Tx, _ cases.Kind, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nudges = append(q.nudges, id)
	return nil
}

func (q *queue) Notify(_ context.Context, _ pgx.Tx, intents ...int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.told = append(q.told, intents...)
	return nil
}

func (q *queue) Simulate(_ context.Context, _ pgx.Tx, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.simulated = append(q.simulated, id)
	return nil
}

func (q *queue) ListErasures(context.Context, pgx.Tx) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lists++
	return nil
}

// bundle is a store on a database of its own, with a clock that the test sets.
type bundle struct {
	*postgres.Store
	t *testing.T
	// The database's address as superuser, as the engine and as the app.
	dsn, engine, app string
	open             func() *postgres.Store // as another process does
	jobs             *queue
	vault            *vault.Vault
	rules            cases.Rules
	now              time.Time
}

var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	b := &bundle{t: t, dsn: db.DSN, engine: db.As(postgres.EngineRole), app: db.As(postgres.AppRole), jobs: &queue{}, vault: v, now: start}
	b.open = func() *postgres.Store {
		s, err := postgres.Open(t.Context(), b.engine, postgres.Options{AppDSN: b.app, Vault: v, Jobs: b.jobs, Now: func() time.Time { return b.now }, MaxConns: 16})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	b.rules, err = policy.Load("anqiu")
	require.NoError(t, err)
	b.Store = b.open()
	require.NoError(t, b.PutRules(t.Context(), b.rules))
	return b
}

// filing makes a report of neglect in the village, changed by edits.
func (b *bundle) filing(edits ...func(*cases.Report)) records.Filing {
	b.t.Helper()
	rep := cases.Report{ID: uuid.NewString(), Org: village, Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo, Relation: "guardian"}
	for _, edit := range edits {
		edit(&rep)
	}
	open, refusal := cases.Open(rep, b.rules, b.now)
	require.Nil(b.t, refusal)
	hash := sha256.Sum256([]byte(rep.ID))
	return records.Filing{
		Open: open, ReceiptHash: hash[:],
		Child:     records.Child{Name: "单小雨", IDNumber: "379999201503071232"},
		Reporter:  records.Reporter{Name: "周老师", Phone: "13900001234"},
		Narrative: records.Narrative{Text: "孩子几天没有吃饭"},
	}
}

func (b *bundle) file(edits ...func(*cases.Report)) string {
	b.t.Helper()
	filed, err := b.File(b.t.Context(), records.Once{}, b.filing(edits...))
	require.NoError(b.t, err)
	return filed.Case
}

func (b *bundle) state(id string) cases.State {
	b.t.Helper()
	st, _, err := b.Load(b.t.Context(), id)
	require.NoError(b.t, err)
	return st
}

func command(id string, step cases.StepName, by cases.Post, fields cases.Fields) cases.Command {
	return cases.Command{ID: uuid.NewString(), Case: id, Step: step, By: cases.Actor{Person: "person of " + string(by), Post: by}, Base: -1, Fields: fields}
}

// decide applies a command to the stored state; the change is not recorded yet.
func (b *bundle) decide(cmd cases.Command) cases.Transition {
	b.t.Helper()
	tr, refusal := cases.Apply(b.state(cmd.Case), b.rules, cmd, b.now)
	require.Nil(b.t, refusal, "%v", refusal)
	return tr
}

func (b *bundle) record(tr cases.Transition) cases.Recorded {
	b.t.Helper()
	got, err := b.Record(b.t.Context(), tr)
	require.NoError(b.t, err)
	return got
}

func (b *bundle) step(id string, step cases.StepName, by cases.Post, fields cases.Fields) cases.State {
	b.t.Helper()
	tr := b.decide(command(id, step, by, fields))
	require.True(b.t, b.record(tr).Written)
	return tr.State
}

func triage(b *bundle, id, colour, compartment string) cases.State {
	b.step(id, "accept", desk, nil)
	return b.step(id, "triage", desk, cases.Fields{
		"colour": colour, "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false",
		"compartment": compartment, "relation": "guardian", "manager": string(manager),
	})
}

func (b *bundle) count(sql string, args ...any) int {
	b.t.Helper()
	var n int
	require.NoError(b.t, b.Pool().QueryRow(b.t.Context(), sql, args...).Scan(&n))
	return n
}

// requireOwed holds the open rows against the state.
func (b *bundle) requireOwed(id string) {
	b.t.Helper()
	st := b.state(id)
	rows, next, err := b.Obligations(b.t.Context(), in(desk, head), records.ObligationFilter{Whose: "area", Case: id}, "", 100)
	require.NoError(b.t, err)
	require.Empty(b.t, next)
	var got []cases.Obligation
	for _, r := range rows {
		got = append(got, r.Obligation)
	}
	require.ElementsMatch(b.t, st.Obligations, got)
}

func TestRecordWritesAChangeWhole(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "accept", desk, nil)
	row, err := b.PutCommand(t.Context(), records.Once{}, in(desk), cases.MandatoryReport, cmd, nil)
	require.NoError(t, err)
	require.Equal(t, records.CommandPending, row.Status)

	b.now = b.now.Add(time.Minute)
	tr := b.decide(cmd)
	got := b.record(tr)
	require.True(t, got.Written)
	require.Equal(t, tr.State, b.state(id))
	require.Equal(t, tr.Result, got.Result)
	b.requireOwed(id)

	row, err = b.Command(t.Context(), in(desk), cmd.ID)
	require.NoError(t, err)
	require.Equal(t, records.CommandRecorded, row.Status)
	require.Equal(t, tr.Result, row.Result)
	events, _, err := b.Events(t.Context(), in(desk), id, "", 100)
	require.NoError(t, err)
	var last []cases.Event
	for _, e := range events {
		if e.Seq == tr.State.Seq {
			last = append(last, e.Event)
		}
	}
	require.Equal(t, tr.Events, last)
}

func TestRecordAgainGivesWhatIsStored(t *testing.T) {
	b := setup(t)
	id := b.file()
	tr := b.decide(command(id, "accept", desk, nil))
	require.True(t, b.record(tr).Written)
	again := b.record(tr)
	require.False(t, again.Written)
	require.Equal(t, tr.State, *again.State)
	require.Equal(t, tr.Result, again.Result)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM command WHERE case_id = $1`, id))
}

func TestRecordOfACommandThatIsRecordedIsNotWrittenOnALaterBase(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "accept", desk, nil)
	first := b.decide(cmd)
	b.record(first)
	later := first
	later.Base, later.State.Seq = 2, 3
	got := b.record(later)
	require.False(t, got.Written)
	require.EqualValues(t, 2, got.State.Seq)
	require.Equal(t, first.Result, got.Result)
}

func TestRecordOnAnOldBaseGivesTheCaseAsItIs(t *testing.T) {
	b := setup(t)
	id := b.file()
	stale := b.decide(command(id, "accept", desk, nil))
	b.step(id, "accept", desk, nil)
	got := b.record(stale)
	require.False(t, got.Written)
	require.Nil(t, got.Result)
	require.Equal(t, b.state(id), *got.State)
	require.Zero(t, b.count(`SELECT count(*) FROM command WHERE id = $1`, stale.Result.Command))
}

func TestRecordAheadOfTheStoreStopsLoudly(t *testing.T) {
	b := setup(t)
	id := b.file()
	tr := b.decide(command(id, "accept", desk, nil))
	tr.Base, tr.State.Seq = 7, 8
	_, err := b.Record(t.Context(), tr)
	requireCode(t, cases.CodeInternal, err)
	require.EqualValues(t, 1, b.state(id).Seq)
}

func TestOfChangesOnOneBaseExactlyOneWins(t *testing.T) {
	b := setup(t)
	id := b.file()
	const rivals = 8
	changes := make([]cases.Transition, rivals)
	for i := range changes {
		changes[i] = b.decide(command(id, "accept", desk, nil))
	}
	got := make([]cases.Recorded, rivals)
	errs := make([]error, rivals)
	var all sync.WaitGroup
	for i := range changes {
		all.Go(func() { got[i], errs[i] = b.Record(context.WithoutCancel(t.Context()), changes[i]) })
	}
	all.Wait()
	won := 0
	for i := range got {
		require.NoError(t, errs[i])
		if got[i].Written {
			won++
			require.Equal(t, changes[i].State, b.state(id))
		} else {
			require.EqualValues(t, 2, got[i].State.Seq)
		}
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM command WHERE case_id = $1`, id))
}

func TestAChangeThatForgetsAnObligationStopsLoudly(t *testing.T) {
	b := setup(t)
	id := b.file()
	tr := b.decide(command(id, "accept", desk, nil))
	forgetful := tr
	forgetful.State.Obligations = tr.State.Obligations[1:]
	_, err := b.Record(t.Context(), forgetful)
	requireCode(t, cases.CodeInternal, err)
	require.ErrorContains(t, err, "obligations")
	require.EqualValues(t, 1, b.state(id).Seq)
	b.record(tr)
}

func TestAFailedChangeLeavesNothing(t *testing.T) {
	b := setup(t)
	id := b.file()
	before := b.state(id)
	tr := b.decide(command(id, "accept", desk, nil))
	tr.Send = []cases.Outgoing{{Case: uuid.NewString(), Fact: cases.Fact{ID: "lost", Kind: cases.FactNote, Occurred: b.now, Received: b.now}}}
	answer, err := b.Record(t.Context(), tr)
	require.NoError(t, err)
	require.NotNil(t, answer.Refused)
	tr.Send, tr.Facts = nil, []string{"never committed"} // fails after the case's row was written
	_, err = b.Record(t.Context(), tr)
	requireCode(t, cases.CodeInternal, err)
	require.Equal(t, before, b.state(id))
	require.Equal(t, len(before.Obligations), b.count(`SELECT count(*) FROM obligation WHERE case_id = $1 AND ended_at IS NULL`, id))
	require.Zero(t, b.count(`SELECT count(*) FROM command`))
	b.requireOwed(id)
}

func TestFactsAreTakenInWhateverOrderTheyWereCommittedIn(t *testing.T) {
	b := setup(t)
	id := b.file()
	// The fact with the lower serial commits last, as one of a slow transaction does.
	slow, err := b.Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = slow.Rollback(context.Background()) }()
	_, err = slow.Exec(t.Context(), `INSERT INTO fact (id, case_id, kind, occurred, received, by_person, body)
		VALUES ('slow', $1, 'note', $2, $2, '', jsonb_build_object('id', 'slow', 'kind', 'note', 'occurred', '2026-11-23T00:59:00Z', 'received', '2026-11-23T00:59:00Z'))`,
		id, b.now.Add(-time.Minute))
	require.NoError(t, err)
	quick, err := b.AddFact(t.Context(), records.Once{}, in(desk), id, cases.Fact{ID: "quick", Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(desk).Person, Post: desk}}, map[string]string{"text": "已联系学校"})
	require.NoError(t, err)

	facts, err := b.Unapplied(t.Context(), id, 100)
	require.NoError(t, err)
	require.Equal(t, []cases.Fact{quick}, facts)
	seen, err := b.GetCase(t.Context(), in(desk), id)
	require.NoError(t, err)
	require.Equal(t, "quick", seen.Newest)
	b.record(cases.Absorb(b.state(id), b.rules, facts, b.now))

	require.NoError(t, slow.Commit(t.Context()))
	facts, err = b.Unapplied(t.Context(), id, 100)
	require.NoError(t, err)
	require.Len(t, facts, 1)
	require.Equal(t, "slow", facts[0].ID)
	tr := cases.Absorb(b.state(id), b.rules, facts, b.now)
	b.record(tr)
	require.Equal(t, []string{"quick", "slow"}, b.state(id).Facts)
	facts, err = b.Unapplied(t.Context(), id, 100)
	require.NoError(t, err)
	require.Empty(t, facts)
}

func TestAWorkerThatDiedAfterTheCommitLosesAndDoublesNothing(t *testing.T) {
	b := setup(t)
	id := b.file()
	cmd := command(id, "accept", desk, nil)
	lost := b.decide(cmd)
	require.True(t, b.record(lost).Written) // and the worker dies before its task completes

	// A fact comes first when the next worker takes the case up at the old state.
	old := cases.State{}
	require.NoError(t, firstState(b, id, &old))
	_, err := b.AddFact(t.Context(), records.Once{}, in(desk), id, cases.Fact{ID: "visit", Kind: cases.FactNote, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(desk).Person, Post: desk}}, nil)
	require.NoError(t, err)
	facts, err := b.Unapplied(t.Context(), id, 100)
	require.NoError(t, err)
	got := b.record(cases.Absorb(old, b.rules, facts, b.now))
	require.False(t, got.Written)
	require.Equal(t, lost.State, *got.State)

	// It adopts what is stored and tries again; the command comes once more too.
	require.True(t, b.record(cases.Absorb(*got.State, b.rules, facts, b.now)).Written)
	tr, refusal := cases.Apply(b.state(id), b.rules, cmd, b.now)
	require.Nil(t, refusal)
	require.False(t, tr.Changed())
	require.EqualValues(t, 3, b.state(id).Seq)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM command WHERE case_id = $1`, id))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM fact WHERE applied_seq = 3`))
}

// firstState opens the report's case anew as cases.Open made it.
func firstState(b *bundle, id string, into *cases.State) error {
	tr, refusal := cases.Open(cases.Report{ID: id, Org: village, Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo, Relation: "guardian"}, b.rules, b.now)
	if refusal != nil {
		return refusal
	}
	*into = tr.State
	return nil
}

func TestObligationRowsFollowTheState(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.requireOwed(id)
	st := triage(b, id, "yellow", "false")
	b.requireOwed(id)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM obligation WHERE case_id = $1 AND key = 'triage' AND how = 'met' AND ended_at = $2`, id, b.now))
	require.Equal(t, manager, st.Owner)

	b.now = b.now.Add(72 * time.Hour)
	tick := cases.Tick(b.state(id), b.rules, b.now)
	require.True(t, tick.Changed())
	b.record(tick)
	b.requireOwed(id)
	b.step(id, "task_assign", manager, cases.Fields{"post": string(schools), "measure": "schooling"})
	b.requireOwed(id)
}

func TestARungFiresOnce(t *testing.T) {
	b := setup(t)
	id := b.file()
	before := b.state(id)
	b.now = b.now.Add(72 * time.Hour)
	tick := cases.Tick(before, b.rules, b.now)
	b.record(tick)
	fired := b.count(`SELECT count(*) FROM rung WHERE case_id = $1`, id)
	require.Positive(t, fired)

	// The same rung as a change of its own is a broken promise, and loud.
	again := tick
	again.Base, again.State.Seq = 2, 3
	_, err := b.Record(t.Context(), again)
	requireCode(t, cases.CodeInternal, err)
	require.ErrorContains(t, err, "rung_pkey")
	require.Equal(t, fired, b.count(`SELECT count(*) FROM rung`))
}

func TestWhoeverAnEventNamesIsToBeTold(t *testing.T) {
	b := setup(t)
	id := b.file()
	require.Equal(t, 2, b.count(`SELECT count(*) FROM notice_intent WHERE case_id = $1 AND type = 'opened'`, id)) // city desk and town
	b.now = b.now.Add(72 * time.Hour)
	b.record(cases.Tick(b.state(id), b.rules, b.now))
	require.Positive(t, b.count(`SELECT count(*) FROM notice_intent WHERE type = 'rung' AND rung_name <> ''`))
	require.Equal(t, b.count(`SELECT count(*) FROM notice_intent`), len(b.jobs.told))
}

func TestTheAuditChainOfACaseHolds(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	var actions []string
	for row, err := range b.AuditRows(t.Context(), "case:"+id) {
		require.NoError(t, err)
		actions = append(actions, row.Action)
	}
	require.Equal(t, []string{"open", "step:accept", "step:triage"}, actions)
	require.NoError(t, audit.Verify("case:"+id, b.AuditRows(t.Context(), "case:"+id), nil))
	require.NoError(t, b.asOwner(`ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET actor = 'somebody else' WHERE chain = 'case:`+id+`' AND seq = 2`))
	require.Error(t, audit.Verify("case:"+id, b.AuditRows(t.Context(), "case:"+id), nil))
}

func TestAMergeKeepsReceiptsAndHandsOnWhatWaits(t *testing.T) {
	b := setup(t)
	source, goal := b.file(), b.file()
	triage(b, source, "yellow", "false")
	triage(b, goal, "yellow", "false")
	hash := sha256.Sum256([]byte(source))
	_, err := b.AddMessage(t.Context(), records.Once{}, records.Access{}, source, cases.Fact{ID: "waiting", Kind: cases.FactMessage, Occurred: b.now, Received: b.now}, "还有一件事")
	require.NoError(t, err)
	b.jobs.nudges = nil

	st := b.step(source, "merge", desk, cases.Fields{"into": goal})
	require.Equal(t, cases.Closed, st.Stage)
	require.Equal(t, cases.OutcomeMerged, st.Outcome)
	facts, err := b.Unapplied(t.Context(), goal, 100)
	require.NoError(t, err)
	require.ElementsMatch(t, []cases.FactKind{cases.FactMessage, cases.FactMergedFrom}, []cases.FactKind{facts[0].Kind, facts[1].Kind})
	require.Contains(t, b.jobs.nudges, goal)
	b.record(cases.Absorb(b.state(goal), b.rules, facts, b.now))

	view, err := b.ByReceipt(t.Context(), hash[:])
	require.NoError(t, err)
	require.Equal(t, source, view.Case)
	require.Equal(t, goal, view.State.ID)
	require.Len(t, view.Messages, 1)
	seen, err := b.GetCase(t.Context(), in(desk), goal)
	require.NoError(t, err)
	require.Equal(t, 2, seen.Receipts)

	// What the reporter writes from now on reaches the case that it is part of.
	_, err = b.AddMessage(t.Context(), records.Once{}, records.Access{}, view.Case, cases.Fact{ID: "later", Kind: cases.FactUnresolved, Occurred: b.now, Received: b.now}, "没解决")
	require.NoError(t, err)
	facts, err = b.Unapplied(t.Context(), goal, 100)
	require.NoError(t, err)
	require.Len(t, facts, 1)
	require.Zero(t, b.count(`SELECT count(*) FROM command WHERE step = 'reopen'`))
}

func TestReportersOfMergedCasesDoNotReadEachOther(t *testing.T) {
	b := setup(t)
	source, goal := b.file(), b.file()
	triage(b, source, "yellow", "false")
	triage(b, goal, "yellow", "false")
	write := func(id, fact, text string, a records.Access, kind cases.FactKind, fields cases.Fields) {
		_, err := b.AddMessage(t.Context(), records.Once{}, a, id, cases.Fact{ID: fact, Kind: kind, Occurred: b.now, Received: b.now, Fields: fields}, text)
		require.NoError(t, err)
		b.now = b.now.Add(time.Minute)
	}
	read := func(id string) (texts []string) {
		hash := sha256.Sum256([]byte(id))
		view, err := b.ByReceipt(t.Context(), hash[:])
		require.NoError(t, err)
		for _, m := range view.Messages {
			texts = append(texts, m.Text)
		}
		return texts
	}
	write(goal, "1", "给甲的旧回复", in(desk), cases.FactReply, nil)
	b.step(source, "merge", desk, cases.Fields{"into": goal})
	write(source, "2", "乙说", records.Access{}, cases.FactMessage, nil)
	write(goal, "3", "甲说", records.Access{}, cases.FactMessage, nil)
	write(goal, "4", "都知道", in(desk), cases.FactReply, nil)
	write(goal, "5", "只给乙", in(desk), cases.FactReply, cases.Fields{"case": source})
	require.Equal(t, []string{"给甲的旧回复", "甲说", "都知道"}, read(goal))
	require.Equal(t, []string{"乙说", "都知道", "只给乙"}, read(source))
	all, err := b.Messages(t.Context(), in(desk), goal)
	require.NoError(t, err)
	require.Len(t, all, 5)
	_, err = b.Messages(t.Context(), in(town), goal)
	requireCode(t, records.CodeForbidden, err)
}

func TestAClosedCaseIsReopenedByTheReportersWord(t *testing.T) {
	b := setup(t)
	id := b.file()
	closeCase(b, id)
	b.jobs.nudges = nil
	fact := cases.Fact{ID: "unresolved-1", Kind: cases.FactUnresolved, Occurred: b.now, Received: b.now}
	for range 2 {
		_, err := b.AddMessage(t.Context(), records.Once{}, records.Access{}, id, fact, "没解决")
		require.NoError(t, err)
	}
	require.Equal(t, []string{id}, b.jobs.nudges, "the nudge starts a run that takes the fact in")
	rows, err := b.CasesWithUnapplied(t.Context(), b.now.Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	st, rules, err := b.Load(t.Context(), id)
	require.NoError(t, err)
	facts, err := b.Unapplied(t.Context(), id, 10)
	require.NoError(t, err)
	require.True(t, b.record(cases.Absorb(st, rules, facts, b.now)).Written)
	reopened := b.state(id)
	require.True(t, reopened.Running())
	_, owed := reopened.Obligation("review")
	require.True(t, owed)
	require.Zero(t, b.count(`SELECT count(*) FROM cases WHERE closed_at IS NOT NULL`))
}

func TestAMergeThatCannotBeIsRefusedAndWritesNothing(t *testing.T) {
	b := setup(t)
	first, second := b.file(), b.file()
	triage(b, first, "yellow", "false")
	triage(b, second, "yellow", "false")
	b.step(first, "merge", desk, cases.Fields{"into": second})
	for into, code := range map[string]cases.Code{first: cases.CodeSelf, uuid.NewString(): cases.CodeField} {
		before := b.state(second)
		tr, refusal := cases.Apply(before, b.rules, cases.Command{
			ID: uuid.NewString(), Case: second, Step: "merge", By: cases.Actor{Person: uuid.NewString(), Post: desk}, Base: before.DecisionSeq,
			Fields: cases.Fields{"into": into},
		}, b.now)
		require.Nil(t, refusal)
		answer, err := b.Record(t.Context(), tr)
		require.NoError(t, err)
		require.False(t, answer.Written)
		require.NotNil(t, answer.Refused)
		require.Equal(t, code, answer.Refused.Code)
		require.Equal(t, before.Seq, b.state(second).Seq)
	}
}

// closeCase brings a case to its end by a merge's way out: unfounded by two people.
func closeCase(b *bundle, id string) {
	b.t.Helper()
	triage(b, id, "yellow", "false")
	st := b.state(id)
	st.Seq++
	now := b.now
	end := cases.Transition{Base: st.Seq - 1, State: st}
	for _, o := range st.Obligations {
		end.Events = append(end.Events, cases.Event{Type: cases.EventReleased, At: now, Key: o.Key, Rule: o.Rule, Occurrence: o.Occurrence, Epoch: o.Epoch, Due: o.Due, Owner: o.Owner, Reason: "closed"})
	}
	end.State.Obligations = nil
	end.State.Stage, end.State.Outcome, end.State.Since = cases.Closed, cases.OutcomeUnfounded, now
	require.True(b.t, b.record(end).Written)
}

func TestACaseThatOwesIsNeverStoredAsClosed(t *testing.T) {
	b := setup(t)
	id := b.file()
	st := b.state(id)
	st.Seq++
	st.Stage, st.Since = cases.Closed, b.now
	_, err := b.Record(t.Context(), cases.Transition{Base: 1, State: st, Events: []cases.Event{{Type: cases.EventStep, At: b.now}}})
	requireCode(t, cases.CodeInternal, err)
	require.ErrorContains(t, err, "cases_closed_owes_nothing")
}

func TestAnObligationThatVanishedWithoutAnEndStopsTheCase(t *testing.T) {
	b := setup(t)
	id := b.file()
	st := b.state(id)
	st.Seq++
	st.Obligations = slices.Clone(st.Obligations[1:])
	_, err := b.Record(t.Context(), cases.Transition{Base: 1, State: st, Events: []cases.Event{{Type: cases.EventStep, At: b.now}}})
	requireCode(t, cases.CodeInternal, err)
	require.EqualValues(t, 1, b.state(id).Seq)
}

func TestAReportThatOpensAGuardianshipOpensItWithIt(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	b.jobs.starts = nil
	st := b.step(id, "open_guardianship", manager, cases.Fields{"ground": "TG4"})
	other := st.Links[0].Case
	require.Equal(t, []string{other}, b.jobs.starts)
	view, err := b.GetCase(t.Context(), in(manager), other)
	require.NoError(t, err)
	require.Regexp(t, `^监护〔2026〕\d{6}$`, view.Number)
	require.Equal(t, "单小雨", view.Child.Name)
	require.Nil(t, view.Reporter)
	b.requireOwed(other)
}

func TestRecalculationBringsItsRules(t *testing.T) {
	b := setup(t)
	id := b.file()
	other := b.rules
	other.Version = "next"
	cmd := command(id, "recalculate", cases.SystemPost, cases.Fields{"cause": "policy"})
	cmd.By, cmd.Rules = cases.Actor{Post: cases.SystemPost}, &other
	_, err := b.PutCommand(t.Context(), records.Once{}, in(cases.SystemPost), cases.MandatoryReport, command(id, "recalculate", cases.SystemPost, nil), nil)
	require.NoError(t, err)
	row, err := b.PutCommand(t.Context(), records.Once{}, records.Access{Posts: []cases.Post{cases.SystemPost}}, cases.MandatoryReport, cmd, nil)
	require.NoError(t, err)
	require.Equal(t, other.Hash(), row.Command.Rules.Hash())
	require.True(t, b.record(b.decide(cmd)).Written)
	_, rules, err := b.Load(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "next", rules.Version)
	current, err := b.CurrentRules(t.Context())
	require.NoError(t, err)
	require.Equal(t, b.rules.Hash(), current.Hash())
}
