// Package enginetest tries casework, worker and workflows together on a real
// Temporal server, and writes the golden histories that package workflows
// replays: TONGHU_WRITE_HISTORIES=<release> go test ./enginetest
package enginetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protojson"

	"tonghu/activities"
	"tonghu/cases"
	"tonghu/casework"
	"tonghu/deploy/standalone/temporald"
	"tonghu/pgcluster"
	"tonghu/worker"
	"tonghu/workflows"
)

const city = cases.Org("379999000000")

var (
	desk    = cases.Actor{Person: "p-desk", Post: cases.NewPost(city, cases.RoleDesk)}
	manager = cases.NewPost(city, cases.RoleManager)
	head    = cases.NewPost(city, cases.RoleHead)
)

// rules are in seconds: a message is answered in two, and the ladder climbs by the
// second.
func rules() cases.Rules {
	seconds := func(n int) cases.Span { return cases.Span{Value: n, Unit: cases.Second} }
	row := func(id cases.RuleID, n int) cases.Deadline {
		return cases.Deadline{ID: id, Span: seconds(n), Ladder: "desk", Owner: "city/desk", Spread: seconds(0), Roll: cases.RollNone}
	}
	return cases.Rules{
		Policy: "test", Version: "1",
		Deadlines: []cases.Deadline{row("triage", 3600), row("message_reply", 2)},
		Ladders: []cases.Ladder{{ID: "desk", Urgent: true, Rungs: []cases.Rung{
			{Name: "due", After: seconds(0), Interval: seconds(0), Posts: []cases.PostSpec{"city/desk"}, Hold: seconds(1), Repeat: seconds(0)},
			{Name: "level1", After: seconds(1), Interval: seconds(1), Posts: []cases.PostSpec{"city/head"}, Hold: seconds(1), Repeat: seconds(0)},
		}}},
		SightedUnmet: cases.Span{Value: 3, Unit: cases.Day},
	}
}

// bundle is a running engine.
type bundle struct {
	t       *testing.T
	book    *book
	engine  *casework.Engine
	client  client.Client
	acts    *activities.Activities
	restart func()
}

// setup starts one server for all tests of this package's one test function.
func setup(t *testing.T) *bundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "tonghu-engine-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	pg, err := pgcluster.Start(ctx, pgcluster.Options{DataDir: dir, Throwaway: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pg.Stop(context.Background())) })
	server, err := temporald.Start(ctx, temporald.Config{DataDir: dir, Postgres: pg})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	c, err := server.Dial(ctx, client.Options{Identity: "test", Logger: worker.Logger(zap.NewNop())})
	require.NoError(t, err)
	t.Cleanup(c.Close)

	b := newBook(rules())
	h := &bundle{t: t, book: b, engine: casework.New(c, b), client: c, acts: &activities.Activities{Ledger: b}}
	w := worker.New(c, h.acts, worker.Options{Drain: 5 * time.Second})
	require.NoError(t, w.Start())
	h.restart = func() {
		w.Stop()
		w = worker.New(c, h.acts, worker.Options{Drain: 5 * time.Second})
		require.NoError(t, w.Start())
	}
	t.Cleanup(func() { w.Stop() })
	require.NoError(t, h.engine.EnsureNamespace(ctx, temporald.Namespace, time.Hour*24), "the namespace is there already")
	return h
}

// in is the same engine in another test.
func (h *bundle) in(t *testing.T) *bundle {
	c := *h
	c.t = t
	return &c
}

// open files a report and starts its run.
func (h *bundle) open() string {
	h.t.Helper()
	id := uuid.NewString()
	tr, refused := cases.Open(cases.Report{
		ID: id, Org: "379999101203", Situations: []cases.Situation{"MR09"}, Danger: cases.DangerNo, Relation: "unknown",
	}, h.book.rules, time.Now())
	require.Nil(h.t, refused)
	h.book.do(func() { h.book.states[id] = tr.State })
	require.NoError(h.t, h.engine.Ensure(h.t.Context(), tr.State, h.book.rules))
	return id
}

func assign(id string, base int64, to cases.Post) cases.Command {
	return cases.Command{ID: uuid.NewString(), Case: id, Step: "assign", By: desk, Base: base, Fields: cases.Fields{"post": string(to)}}
}

func (h *bundle) decide(cmd cases.Command) (casework.Answer, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), 30*time.Second)
	defer cancel()
	return h.engine.Decide(ctx, cases.MandatoryReport, cmd)
}

func (h *bundle) refused(cmd cases.Command) cases.Code {
	h.t.Helper()
	_, err := h.decide(cmd)
	var refused *cases.Error
	require.ErrorAs(h.t, err, &refused)
	return refused.Code
}

func (h *bundle) nudge(id string, facts ...cases.Fact) {
	h.t.Helper()
	h.book.do(func() { h.book.facts[id] = append(h.book.facts[id], facts...) })
	require.NoError(h.t, h.engine.Nudge(h.t.Context(), cases.MandatoryReport, id))
}

func message(kind cases.FactKind) cases.Fact {
	now := time.Now().UTC()
	return cases.Fact{ID: uuid.NewString(), Kind: kind, Occurred: now, Received: now, By: desk}
}

func (h *bundle) eventually(what func() bool) {
	h.t.Helper()
	require.Eventually(h.t, what, 30*time.Second, 20*time.Millisecond)
}

// agrees waits until the run has the stored State.
func (h *bundle) agrees(id string) {
	h.t.Helper()
	h.eventually(func() bool {
		s, err := h.engine.State(h.t.Context(), cases.MandatoryReport, id)
		return err == nil && s.Seq == h.book.state(id).Seq
	})
}

// write keeps the history of a case's runs from the first as golden ones.
func (h *bundle) write(id, name string) {
	h.t.Helper()
	release := os.Getenv("TONGHU_WRITE_HISTORIES")
	if release == "" {
		return
	}
	var history historypb.History
	events := h.client.GetWorkflowHistory(h.t.Context(), workflows.ID(cases.MandatoryReport, id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(h.t, err)
		history.Events = append(history.Events, e)
	}
	text, err := protojson.Marshal(&history)
	require.NoError(h.t, err)
	file := filepath.Join("..", "..", "..", "workflows", "testdata", "histories", release+"-"+name+".json")
	require.NoError(h.t, os.WriteFile(file, append(text, '\n'), 0o644))
}

func TestEngine(t *testing.T) {
	all := setup(t)

	t.Run("Decisions", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		first := assign(id, 0, manager)
		answer, err := h.decide(first)
		require.NoError(t, err)
		require.Equal(t, int64(2), answer.Seq)
		again, err := h.decide(first)
		require.NoError(t, err)
		require.Equal(t, answer, again)
		require.Equal(t, cases.CodeStale, h.refused(assign(id, 0, head)))
		require.Equal(t, 1, h.book.steps(id, first.ID))

		// One whose author had seen a fact that the run has not.
		f := message(cases.FactMessage)
		h.book.do(func() { h.book.facts[id] = append(h.book.facts[id], f) })
		second := assign(id, 1, head)
		second.AfterFact = f.ID
		_, err = h.decide(second)
		require.NoError(t, err)
		require.True(t, h.book.state(id).HasFact(f.ID))
		h.write(id, "decisions")
	})

	t.Run("FactsAndRungs", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		h.nudge(id, message(cases.FactMessage))
		h.eventually(func() bool { return len(h.book.rungs(id, "message_reply")) == 2 })
		h.nudge(id, message(cases.FactReply))
		h.eventually(func() bool { _, open := h.book.state(id).Obligation("message_reply"); return !open })
		h.agrees(id)
		require.Equal(t, []int{0, 1}, h.book.rungs(id, "message_reply"))
		h.write(id, "facts-and-rungs")
	})

	t.Run("LedgerAheadAndAway", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		h.agrees(id)
		// A commit whose answer is lost.
		h.book.do(func() { h.book.lose = 1 })
		first := assign(id, 0, manager)
		_, err := h.decide(first)
		require.NoError(t, err)
		require.Equal(t, 1, h.book.steps(id, first.ID))
		// One that the run never learns of, and a decision that stands on it.
		lost := assign(id, 1, head)
		tr, refused := cases.Apply(h.book.state(id), h.book.rules, lost, time.Now())
		require.Nil(t, refused)
		_, err = h.book.Record(t.Context(), tr)
		require.NoError(t, err)
		_, err = h.decide(assign(id, 2, manager))
		require.NoError(t, err)
		require.Equal(t, int64(3), h.book.state(id).DecisionSeq)
		// The database goes away for longer than a workflow task.
		h.book.do(func() { h.book.away = true })
		waiting := assign(id, 3, head)
		var g errgroup.Group
		g.Go(func() error { _, err := h.decide(waiting); return err })
		back := time.NewTimer(12 * time.Second)
		<-back.C
		h.book.do(func() { h.book.away = false })
		require.NoError(t, g.Wait())
		require.Equal(t, 1, h.book.steps(id, waiting.ID))
		h.agrees(id)
		h.write(id, "ledger-ahead-and-away")
	})

	t.Run("ContinueAsNew", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		ids := make([]string, 8)
		var g errgroup.Group
		for n := range ids { // 8 callers, 160 decisions: some meet the end of a run
			g.Go(func() error {
				for range 20 {
					cmd := assign(id, -1, manager)
					cmd.By = cases.Actor{Person: fmt.Sprint("p", n), Post: desk.Post}
					if _, err := h.decide(cmd); err != nil {
						return err
					}
					if h.book.steps(id, cmd.ID) != 1 {
						return fmt.Errorf("step taken %d times", h.book.steps(id, cmd.ID))
					}
				}
				return nil
			})
		}
		require.NoError(t, g.Wait())
		require.Equal(t, int64(160), h.book.state(id).DecisionSeq)
		d, err := h.client.DescribeWorkflowExecution(t.Context(), workflows.ID(cases.MandatoryReport, id), "")
		require.NoError(t, err)
		require.NotEqual(t, d.WorkflowExecutionInfo.FirstRunId, d.WorkflowExecutionInfo.Execution.RunId)
		h.agrees(id)
		h.write(id, "second-run")
	})

	t.Run("ClosingAndReopening", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		h.agrees(id)
		h.book.do(func() { // nothing left but the filing of its papers
			s := h.book.states[id]
			s.Stage, s.Obligations, s.Outcome = cases.Archiving, nil, cases.OutcomeClosed
			s.Seq++
			h.book.states[id] = s
		})
		h.nudge(id) // the run is behind, and catches up
		h.agrees(id)
		answer, err := h.decide(cases.Command{ID: uuid.NewString(), Case: id, Step: "archive", By: desk, Base: 0,
			Fields: cases.Fields{cases.DocumentsField: "catalogue"}})
		require.NoError(t, err)
		require.Equal(t, cases.Closed, answer.Stage)
		h.eventually(func() bool {
			running, err := h.engine.Running(t.Context(), cases.MandatoryReport, id)
			return err == nil && !running
		})
		h.write(id, "closing")
		require.Equal(t, cases.CodeClosed, h.refused(assign(id, 1, manager)))
		running, err := h.engine.Running(t.Context(), cases.MandatoryReport, id)
		require.NoError(t, err)
		require.False(t, running, "a refusal starts no run")
		answer, err = h.decide(cases.Command{ID: uuid.NewString(), Case: id, Step: "reopen", By: desk, Base: 1, Fields: cases.Fields{"cause": "other"}})
		require.NoError(t, err)
		require.Equal(t, cases.ReportAssessment, answer.Stage)
		h.agrees(id)
		h.write(id, "reopening")
	})

	t.Run("WithoutARun", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		require.NoError(t, h.client.TerminateWorkflow(t.Context(), workflows.ID(cases.MandatoryReport, id), "", "test"))
		_, err := h.decide(assign(id, 0, manager)) // as if the engine's database were lost
		require.NoError(t, err)
		running, err := h.engine.Running(t.Context(), cases.MandatoryReport, id)
		require.NoError(t, err)
		require.True(t, running)
	})

	t.Run("WorkerBeforeItsNamespace", func(t *testing.T) {
		c, err := client.NewClientFromExisting(all.client, client.Options{Namespace: "later", Logger: worker.Logger(zap.NewNop())})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		w := worker.New(c, all.acts, worker.Options{})
		require.Error(t, w.Start())
		require.NoError(t, casework.New(c, all.book).EnsureNamespace(t.Context(), "later", 24*time.Hour))
		require.NoError(t, w.Start())
		w.Stop()
	})

	t.Run("AnotherWorker", func(t *testing.T) {
		h := all.in(t)
		id := h.open()
		_, err := h.decide(assign(id, 0, manager))
		require.NoError(t, err)
		h.restart()
		_, err = h.decide(assign(id, 1, head))
		require.NoError(t, err)
		h.agrees(id)
	})
}
