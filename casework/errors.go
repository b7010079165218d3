package casework

import (
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"tonghu/cases"
	"tonghu/workflows"
)

// aborted is the type of the failure of an update that was accepted by a run that
// ended before it was answered.
const aborted = "AcceptedUpdateCompletedWorkflow"

// failure maps what the Temporal client says to the product's error.
func failure(err error) *cases.Error {
	var own *cases.Error
	if errors.As(err, &own) {
		return own
	}
	if refused, _, ok := refusal(err); ok {
		return refused
	}
	if missing(err) {
		return &cases.Error{Code: cases.CodeNotFound, Err: err}
	}
	// Out of reach, out of time, overloaded, or failing in a way that a later
	// attempt may not: nothing is known yet.
	return &cases.Error{Code: cases.CodeUnavailable, Err: err}
}

// refusal reads a run's refusal, and what the run knew when it refused.
func refusal(err error) (*cases.Error, workflows.Refusal, bool) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.HasDetails() {
		return nil, workflows.Refusal{}, false
	}
	var refused cases.Error
	var knew workflows.Refusal
	if app.Details(&refused, &knew) != nil || string(refused.Code) != app.Type() {
		return nil, workflows.Refusal{}, false
	}
	return &refused, knew, true
}

func seqOf(err error) (int64, bool) {
	_, knew, ok := refusal(err)
	return knew.Seq, ok
}

// moving tells whether the run ended, or is about to end, under the question.
func moving(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && (app.Type() == string(cases.CodeMoving) || app.Type() == aborted)
}

// missing tells whether there is no open run.
func missing(err error) bool {
	var none *serviceerror.NotFound
	return errors.As(err, &none)
}
