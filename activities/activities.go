// Package activities holds what a case's run asks of the world: to record a change,
// to read the facts that it has not taken in, and to be shown where its case
// stands. All three are local activities over one narrow interface, cases.Ledger.
package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tonghu/cases"
)

// Batch is the most facts that are read at once.
const Batch = 100

// Activities are the side effects of a run. The zero value is what a workflow
// names them by; a worker registers one with a Ledger.
type Activities struct {
	Ledger cases.Ledger
	// AfterRecord is called between a commit and the answer to the run. It is
	// nil in production; the crash drill kills the process in it.
	AfterRecord func(cases.Transition)
}

// Answer is what Record tells a run: the State that the run has from now on. It
// travels with every answer, also when the run's own change was written, so that a
// replay rebuilds the run from what was stored and never from what a newer
// version of the code would have computed.
type Answer struct {
	// Written tells whether the change was written now.
	Written bool `json:"written"`
	// State is the case as it is stored.
	State cases.State `json:"state"`
	// Result is the stored outcome of the change's command, nil if it has none
	// or none is recorded.
	Result *cases.Result `json:"result,omitempty"`
	// Refused is why the change's command cannot be recorded; nothing was
	// written, and State is empty.
	Refused *cases.Error `json:"refused,omitempty"`
}

// Record writes a change whole, or tells what stands in its place. Errors: a
// non-retryable one with a cases.Code as its type where the case must stop until
// a person has looked (see Stops); every other one is to be tried again.
func (a *Activities) Record(ctx context.Context, t cases.Transition) (Answer, error) {
	r, err := a.Ledger.Record(ctx, t)
	if refused := refusal(t, err); refused != nil {
		s, _, err := a.Ledger.Load(ctx, t.State.ID)
		if err != nil {
			return Answer{}, failure(ctx, t.State.ID, err)
		}
		return Answer{State: s, Refused: refused}, nil
	}
	if err != nil {
		return Answer{}, failure(ctx, t.State.ID, err)
	}
	if r.Refused != nil {
		return Answer{Refused: r.Refused}, nil
	}
	if !r.Written && r.State == nil {
		return Answer{}, failure(ctx, t.State.ID, cases.Refuse(cases.CodeInternal))
	}
	if r.Written && a.AfterRecord != nil {
		a.AfterRecord(t)
	}
	answer := Answer{Written: r.Written, State: t.State, Result: r.Result}
	if !r.Written {
		answer.State = *r.State
	}
	if r.Written && answer.Result == nil {
		answer.Result = t.Result
	}
	return answer, nil
}

// FactsRequest asks for the facts of a case that no change has taken in.
type FactsRequest struct {
	Case  string `json:"case"`
	Limit int    `json:"limit"` // the most facts to give
}

// Facts gives the facts of a case that no change has taken in, the oldest
// received first.
func (a *Activities) Facts(ctx context.Context, q FactsRequest) ([]cases.Fact, error) {
	facts, err := a.Ledger.Unapplied(ctx, q.Case, q.Limit)
	if err != nil {
		return nil, failure(ctx, q.Case, err)
	}
	return facts, nil
}

// RefreshRequest asks where a case stands, and says what the run knows of it.
type RefreshRequest struct {
	Case  string `json:"case"`
	Seq   int64  `json:"seq"`   // the State.Seq that the run has
	Rules string `json:"rules"` // the hash of the Rules that the run has
}

// Refreshed is what the run did not know: each part is nil where it did.
type Refreshed struct {
	State *cases.State `json:"state,omitempty"`
	Rules *cases.Rules `json:"rules,omitempty"`
}

// Refresh gives the stored State where it is ahead of the run's, and the stored
// Rules where they are others.
func (a *Activities) Refresh(ctx context.Context, q RefreshRequest) (Refreshed, error) {
	s, r, err := a.Ledger.Load(ctx, q.Case)
	if err != nil {
		return Refreshed{}, failure(ctx, q.Case, err)
	}
	if s.Seq < q.Seq {
		return Refreshed{}, failure(ctx, q.Case, cases.Refuse(cases.CodeInternal))
	}
	var out Refreshed
	if s.Seq > q.Seq {
		out.State = &s
	}
	if s.Rules != q.Rules {
		out.Rules = &r
	}
	return out, nil
}

// Stops tells whether a run must stop loudly at an error of the Ledger: the store
// is behind the run (a restore went back in time), does not know the case, or was
// written by a newer version. Trying again would not help; a person must look.
func Stops(err error) bool {
	var e *cases.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == cases.CodeInternal || e.Code == cases.CodeNotFound || e.Code == cases.CodeSchema
}

// refusal gives an error of the Ledger that refuses a command for good: trying
// again would not help, and holds up the case.
func refusal(t cases.Transition, err error) *cases.Error {
	var e *cases.Error
	if t.Result == nil || !errors.As(err, &e) || e.Undecided() || Stops(err) {
		return nil
	}
	return e
}

// failure is how an error of the Ledger enters a history: as a code. The cause
// may hold what the database said and goes to the log only.
func failure(ctx context.Context, id string, err error) error {
	code := cases.CodeUnavailable
	var e *cases.Error
	if errors.As(err, &e) {
		code = e.Code
	}
	if activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Error("the ledger failed", "Case", id, "Code", string(code), "Error", err)
	}
	return temporal.NewApplicationErrorWithOptions(string(code), string(code), temporal.ApplicationErrorOptions{NonRetryable: Stops(err)})
}
