package activities_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tonghu/activities"
	"tonghu/cases"
)

// ledger answers what it is told to.
type ledger struct {
	state    cases.State
	rules    cases.Rules
	recorded cases.Recorded
	err      error
}

func (l ledger) Load(context.Context, string) (cases.State, cases.Rules, error) {
	return l.state, l.rules, l.err
}

func (l ledger) Unapplied(context.Context, string, int) ([]cases.Fact, error) { return nil, l.err }

func (l ledger) Record(context.Context, cases.Transition) (cases.Recorded, error) {
	return l.recorded, l.err
}

// refusing refuses what is to be written.
type refusing struct {
	ledger
	err error
}

func (r *refusing) Record(context.Context, cases.Transition) (cases.Recorded, error) {
	return cases.Recorded{}, r.err
}

func TestRecord(t *testing.T) {
	t.Parallel()
	change := cases.Transition{Base: 1, State: cases.State{ID: "c", Seq: 2}, Result: &cases.Result{Command: "x", Seq: 2}}
	stored := cases.State{ID: "c", Seq: 9}

	t.Run("Written", func(t *testing.T) {
		t.Parallel()
		called := 0
		a := &activities.Activities{Ledger: ledger{recorded: cases.Recorded{Written: true}}, AfterRecord: func(cases.Transition) { called++ }}
		answer, err := a.Record(t.Context(), change)
		require.NoError(t, err)
		require.True(t, answer.Written)
		require.Equal(t, change.State, answer.State)
		require.Equal(t, change.Result, answer.Result)
		require.Equal(t, 1, called)
	})

	t.Run("Ahead", func(t *testing.T) {
		t.Parallel()
		a := &activities.Activities{Ledger: ledger{recorded: cases.Recorded{State: &stored}}, AfterRecord: func(cases.Transition) { t.Error("nothing was committed") }}
		answer, err := a.Record(t.Context(), change)
		require.NoError(t, err)
		require.False(t, answer.Written)
		require.Equal(t, stored, answer.State)
		require.Nil(t, answer.Result)
	})

	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		l := &refusing{ledger: ledger{state: stored}, err: cases.Refuse(cases.CodeSelf)}
		answer, err := (&activities.Activities{Ledger: l}).Record(t.Context(), change)
		require.NoError(t, err)
		require.False(t, answer.Written)
		require.Equal(t, stored, answer.State)
		require.Equal(t, cases.CodeSelf, answer.Refused.Code)

		byItself := change
		byItself.Result = nil
		_, err = (&activities.Activities{Ledger: l}).Record(t.Context(), byItself)
		require.Error(t, err, "there is nobody to refuse anything to")
	})

	// What the database says stays out of the history; whether to try again is
	// told by the kind of error.
	for name, tt := range map[string]struct {
		err  error
		code cases.Code
		stop bool
	}{
		"ErrAway":     {errors.New("connection to 10.0.0.7 refused for 张三"), cases.CodeUnavailable, false},
		"ErrConflict": {&cases.Error{Code: cases.CodeConflict, Err: errors.New("张三")}, cases.CodeConflict, false},
		"ErrBehind":   {cases.Refuse(cases.CodeInternal), cases.CodeInternal, true},
		"ErrUnknown":  {cases.Refuse(cases.CodeNotFound), cases.CodeNotFound, true},
		"ErrTooNew":   {cases.Refuse(cases.CodeSchema), cases.CodeSchema, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &activities.Activities{Ledger: ledger{err: tt.err}}
			_, err := a.Record(t.Context(), change)
			var failed *temporal.ApplicationError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, string(tt.code), failed.Type())
			require.Equal(t, tt.stop, failed.NonRetryable())
			require.NotContains(t, err.Error(), "张三")
			require.NotContains(t, err.Error(), "10.0.0.7")
		})
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	a := &activities.Activities{Ledger: ledger{state: cases.State{ID: "c", Seq: 3, Rules: "r2"}, rules: cases.Rules{Version: "2"}}}

	got, err := a.Refresh(t.Context(), activities.RefreshRequest{Case: "c", Seq: 3, Rules: "r2"})
	require.NoError(t, err)
	require.Equal(t, activities.Refreshed{}, got, "nothing is new")

	got, err = a.Refresh(t.Context(), activities.RefreshRequest{Case: "c", Seq: 2, Rules: "r1"})
	require.NoError(t, err)
	require.Equal(t, int64(3), got.State.Seq)
	require.Equal(t, "2", got.Rules.Version)

	_, err = a.Refresh(t.Context(), activities.RefreshRequest{Case: "c", Seq: 4, Rules: "r2"})
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NonRetryable(), "the store went back in time")
}
