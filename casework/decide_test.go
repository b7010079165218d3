package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tonghu/cases"
	"tonghu/casework"
	"tonghu/workflows"
)

// What needs a real server (runs, reopening, the end of a run) is tried in
// deploy/standalone/enginetest; here are the answers that a server gives rarely.

const caseID = "0190a000-0000-7000-8000-000000000001"

var cmd = cases.Command{ID: "0190b000-0000-7000-8000-000000000001", Case: caseID, Step: "assign",
	By: cases.Actor{Person: "p", Post: "city:379999000000/desk"}}

// server answers updates in turn; the last answer stays.
type server struct {
	client.Client
	answers []error
	asked   int
	nudges  int
	starts  int
}

func (s *server) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	err := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	return handle{err: err, id: o.UpdateID}, nil
}

func (s *server) SignalWorkflow(context.Context, string, string, string, any) error {
	s.nudges++
	return nil
}

func (s *server) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	s.starts++
	return nil, nil
}

type handle struct {
	client.WorkflowUpdateHandle
	err error
	id  string
}

func (h handle) Get(_ context.Context, out any) error {
	if h.err == nil {
		*out.(*casework.Answer) = casework.Answer{Result: cases.Result{Command: h.id}, Seq: 2}
	}
	return h.err
}

// book knows one case.
type book struct {
	state   cases.State
	result  *cases.Result
	outcome error
}

func (b *book) Load(context.Context, string) (cases.State, cases.Rules, error) {
	return b.state, cases.Rules{}, nil
}

func (b *book) Outcome(context.Context, string) (cases.Result, bool, error) {
	if b.result == nil {
		return cases.Result{}, false, b.outcome
	}
	return *b.result, true, b.outcome
}

func refusal(code cases.Code, seq int64) error {
	return temporal.NewApplicationErrorWithOptions(string(code), string(code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{*cases.Refuse(code), workflows.Refusal{Seq: seq}},
	})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	aborted := temporal.NewApplicationError("the run ended", "AcceptedUpdateCompletedWorkflow")
	open := cases.State{ID: caseID, Kind: cases.MandatoryReport, Seq: 5, Stage: cases.ReportTriage}
	for _, tt := range []struct {
		name    string
		answers []error
		book    book
		code    cases.Code // "" for success
		asked   int
		nudges  int
		starts  int
	}{
		{name: "OK", answers: []error{nil}, asked: 1},
		{name: "AgainWhileMoving", answers: []error{refusal(cases.CodeMoving, 5), refusal(cases.CodeMoving, 5), nil}, asked: 3},
		{name: "AgainWhenTheRunEndedFirst", answers: []error{aborted, nil}, asked: 2},
		{name: "StartsAMissingRun", answers: []error{serviceerror.NewNotFound("none"), nil}, asked: 2, starts: 1},
		{name: "ErrRefused", answers: []error{refusal(cases.CodeStale, 5)}, code: cases.CodeStale, asked: 1},
		{name: "ErrUnavailable", answers: []error{serviceerror.NewUnavailable("down")}, code: cases.CodeUnavailable, asked: 1},
		{name: "ErrTimedOut", answers: []error{client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded)}, code: cases.CodeUnavailable, asked: 1},
		{name: "ErrUnknownFailure", answers: []error{temporal.NewApplicationError("panic", "PanicError")}, code: cases.CodeUnavailable, asked: 1},
		{name: "RunThatIsBehindIsNudgedAndAskedAgain", answers: []error{refusal(cases.CodeStage, 4), nil}, asked: 2, nudges: 1},
		{name: "RunThatStaysBehindIsBelieved", answers: []error{refusal(cases.CodeStage, 4)}, code: cases.CodeStage, asked: 4, nudges: 3},
		{name: "RecordedBefore", answers: []error{errors.New("never asked")}, book: book{result: &cases.Result{Command: cmd.ID}}, nudges: 1},
		{name: "ErrBook", answers: []error{nil}, book: book{outcome: cases.Refuse(cases.CodeUnavailable)}, code: cases.CodeUnavailable},
		{
			name: "ErrClosed", answers: []error{serviceerror.NewNotFound("none")}, code: cases.CodeClosed, asked: 1,
			book: book{state: cases.State{ID: caseID, Kind: cases.MandatoryReport, Seq: 5, Stage: cases.Closed, Org: "379999101203"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.book.state.ID == "" {
				tt.book.state = open
			}
			s := &server{answers: tt.answers}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			answer, err := casework.New(s, &tt.book).Decide(ctx, cases.MandatoryReport, cmd)
			if tt.code == "" {
				require.NoError(t, err)
				require.Equal(t, cmd.ID, answer.Result.Command)
			} else {
				var refused *cases.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, tt.code, refused.Code)
			}
			require.Equal(t, tt.asked, s.asked)
			require.Equal(t, tt.nudges, s.nudges)
			require.Equal(t, tt.starts, s.starts)
		})
	}

	t.Run("NewIsAskedWithoutLookingForAnOutcome", func(t *testing.T) {
		t.Parallel()
		b := &book{state: open, outcome: cases.Refuse(cases.CodeUnavailable)}
		answer, err := casework.New(&server{answers: []error{nil}}, b).DecideNew(t.Context(), cases.MandatoryReport, cmd)
		require.NoError(t, err)
		require.Equal(t, cmd.ID, answer.Result.Command)
	})

	t.Run("ErrWhenTimeIsUp", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := casework.New(&server{answers: []error{refusal(cases.CodeMoving, 5)}}, &book{state: open}).Decide(ctx, cases.MandatoryReport, cmd)
		var refused *cases.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, cases.CodeUnavailable, refused.Code)
	})
}
