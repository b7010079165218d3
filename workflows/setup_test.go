package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tonghu/activities"
	"tonghu/cases"
	"tonghu/workflows"
)

const (
	caseID = "0190a000-0000-7000-8000-000000000001"
	city   = cases.Org("379999000000")
)

var (
	start   = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	desk    = cases.Actor{Person: "p-desk", Post: cases.NewPost(city, cases.RoleDesk)}
	manager = cases.NewPost(city, cases.RoleManager)
	head    = cases.NewPost(city, cases.RoleHead)
)

// rules owe two things of a new report: its triage in two hours, by a ladder that
// climbs by the hour, and a reply to each message in one.
func rules() cases.Rules {
	hours := func(n int) cases.Span { return cases.Span{Value: n, Unit: cases.Hour} }
	row := func(id cases.RuleID, n int) cases.Deadline {
		return cases.Deadline{ID: id, Span: hours(n), Ladder: "desk", Owner: "city/desk", Spread: hours(0), Roll: cases.RollNone}
	}
	return cases.Rules{
		Policy: "test", Version: "1",
		Deadlines: []cases.Deadline{row("triage", 2), row("message_reply", 1)},
		Ladders: []cases.Ladder{{ID: "desk", Urgent: true, Rungs: []cases.Rung{
			{Name: "due", After: hours(0), Interval: hours(0), Posts: []cases.PostSpec{"city/desk"}, Hold: hours(1), Repeat: hours(0)},
			{Name: "level1", After: hours(1), Interval: hours(1), Posts: []cases.PostSpec{"city/head"}, Hold: hours(1), Repeat: hours(0)},
			{Name: "level2", After: hours(2), Interval: hours(1), Posts: []cases.PostSpec{"city/bureau"}, Hold: hours(1), Repeat: hours(0)},
		}}},
		SightedUnmet: cases.Span{Value: 3, Unit: cases.Day},
	}
}

// opened is a report as the API commits it.
func opened(t *testing.T) cases.State {
	t.Helper()
	tr, refused := cases.Open(cases.Report{
		ID: caseID, Org: "379999101203", Situations: []cases.Situation{"MR09"}, Danger: cases.DangerNo, Relation: "unknown",
	}, rules(), start)
	require.Nil(t, refused)
	return tr.State
}

// assign gives the case to a post.
func assign(id string, base int64, to cases.Post) cases.Command {
	return cases.Command{ID: id, Case: caseID, Step: "assign", By: desk, Base: base, Fields: cases.Fields{"post": string(to)}}
}

// recolour makes the case blue, on the decision before it.
func recolour(id string, base int64) cases.Command {
	return cases.Command{ID: id, Case: caseID, Step: "recolour", By: desk, Base: base, Fields: cases.Fields{"colour": string(cases.Blue)}}
}

// fact is a fact received at a time.
func fact(id string, k cases.FactKind, at time.Time) cases.Fact {
	return cases.Fact{ID: id, Kind: k, Occurred: at, Received: at, By: desk}
}

// outcome is what became of an update.
type outcome struct {
	accepted, done bool
	answer         workflows.DecideAnswer
	err            error
}

// code is the code of a refusal, "" where there is none.
func (o *outcome) code() cases.Code {
	var app *temporal.ApplicationError
	if errors.As(o.err, &app) {
		return cases.Code(app.Type())
	}
	return ""
}

// bundle runs one run of a case over a book.
type bundle struct {
	t    *testing.T
	env  *testsuite.TestWorkflowEnvironment
	book *book

	timersSet, timersGone int
}

func setup(t *testing.T, b *book, at time.Time) *bundle {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(20 * time.Second)
	env.SetStartTime(at)
	env.RegisterWorkflowWithOptions(workflows.MandatoryReport, workflow.RegisterOptions{Name: workflows.MandatoryReportName})
	env.RegisterActivity(&activities.Activities{Ledger: b})
	h := &bundle{t: t, env: env, book: b}
	env.SetOnTimerScheduledListener(func(string, time.Duration) { h.timersSet++ })
	env.SetOnTimerFiredListener(func(string) { h.timersGone++ })
	env.SetOnTimerCanceledListener(func(string) { h.timersGone++ })
	return h
}

// at does something at a time after the start.
func (h *bundle) at(d time.Duration, do func()) { h.env.RegisterDelayedCallback(do, d) }

// decide asks for a decision at a time after the start.
func (h *bundle) decide(d time.Duration, cmd cases.Command) *outcome {
	o := &outcome{}
	h.at(d, func() { h.ask(o, cmd) })
	return o
}

func (h *bundle) ask(o *outcome, cmd cases.Command) {
	h.env.UpdateWorkflow(workflows.Decide, cmd.ID, &testsuite.TestUpdateCallback{
		OnAccept: func() { o.accepted = true },
		OnReject: func(err error) { o.done, o.err = true, err },
		OnComplete: func(v any, err error) {
			o.done, o.err = true, err
			if answer, ok := v.(workflows.DecideAnswer); ok {
				o.answer = answer
			}
		},
	}, cmd)
}

func (h *bundle) nudge() { h.env.SignalWorkflow(workflows.Nudge, nil) }

// state asks the run for its State.
func (h *bundle) state() cases.State {
	h.t.Helper()
	v, err := h.env.QueryWorkflow(workflows.StateQuery)
	require.NoError(h.t, err)
	var s cases.State
	require.NoError(h.t, v.Get(&s))
	return s
}

// moveOn lets the server suggest a new run at a time after the start.
func (h *bundle) moveOn(d time.Duration) {
	h.at(d, func() {
		h.env.SetContinueAsNewSuggested(true)
		h.nudge()
	})
}

// run runs to the end of the run and gives what it carries to the next.
func (h *bundle) run(r workflows.Run) workflows.Run {
	h.t.Helper()
	h.env.ExecuteWorkflow(workflows.MandatoryReportName, r)
	require.True(h.t, h.env.IsWorkflowCompleted())
	err := h.env.GetWorkflowError()
	var next *workflow.ContinueAsNewError
	require.ErrorAs(h.t, err, &next)
	require.Equal(h.t, workflows.MandatoryReportName, next.WorkflowType.Name)
	var carried workflows.Run
	require.NoError(h.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &carried))
	return carried
}

// start is the run of a case as the book has it.
func (b *book) run() workflows.Run { return workflows.Run{State: b.stored(), Rules: b.rules} }

func name(n int) string { return fmt.Sprintf("0190b000-0000-7000-8000-%012d", n) }

// quiet is a logger for tests.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
