package casework

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"tonghu/cases"
	"tonghu/workflows"
)

const (
	firstWait = 20 * time.Millisecond
	maxWait   = time.Second
	// catchUps is how often a refusal by a run that is behind PostgreSQL is
	// asked again before it is believed.
	catchUps = 3
)

// Decide asks a case for a decision and waits, until ctx ends, for what becomes of
// it. Asking again with the same command id acts once. A refusal has the domain's
// code; CodeUnavailable means that nothing is known yet: the command stays pending
// and is to be sent again.
func (e *Engine) Decide(ctx context.Context, k cases.Kind, cmd cases.Command) (Answer, error) {
	if answer, ok, err := e.recorded(ctx, k, cmd); ok || err != nil {
		return answer, err
	}
	return e.DecideNew(ctx, k, cmd)
}

// DecideNew is Decide for a command that was stored a moment ago and that nobody
// has asked about: it saves looking for an outcome.
func (e *Engine) DecideNew(ctx context.Context, k cases.Kind, cmd cases.Command) (Answer, error) {
	left := catchUps
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		answer, err := e.ask(ctx, k, cmd)
		switch {
		case err == nil:
			return answer, nil
		case moving(err): // the run ends under the question: ask the next one
		case missing(err):
			if answer, done, err := e.revive(ctx, k, cmd); done || err != nil {
				return answer, err
			}
		default:
			refused := failure(err)
			if refused.Code == cases.CodeUnavailable {
				return Answer{}, refused
			}
			if answer, ok, err := e.recorded(ctx, k, cmd); ok || err != nil {
				return answer, err
			}
			if left--; left < 0 || !e.ahead(ctx, k, cmd.Case, err) {
				return Answer{}, refused
			}
		}
		select {
		case <-ctx.Done():
			return Answer{}, &cases.Error{Code: cases.CodeUnavailable, Err: ctx.Err()}
		case <-time.After(wait):
		}
	}
}

// ask sends the decision to the case's run. The error is Temporal's.
func (e *Engine) ask(ctx context.Context, k cases.Kind, cmd cases.Command) (Answer, error) {
	h, err := e.client.UpdateWorkflow(ctx, update(k, cmd))
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	return answer, h.Get(ctx, &answer)
}

func update(k cases.Kind, cmd cases.Command) client.UpdateWorkflowOptions {
	return client.UpdateWorkflowOptions{
		UpdateID:     cmd.ID,
		WorkflowID:   workflows.ID(k, cmd.Case),
		UpdateName:   workflows.Decide,
		Args:         []any{cmd},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	}
}

// recorded gives the outcome of a command that is recorded already, and nudges
// the run, which may not know.
func (e *Engine) recorded(ctx context.Context, k cases.Kind, cmd cases.Command) (Answer, bool, error) {
	result, ok, err := e.book.Outcome(ctx, cmd.ID)
	if err != nil || !ok {
		return Answer{}, false, err
	}
	s, _, err := e.book.Load(ctx, cmd.Case)
	if err != nil {
		return Answer{}, false, err
	}
	_ = e.Nudge(ctx, k, cmd.Case) // without a run there is none to be behind
	return Answer{Result: result, Seq: s.Seq, DecisionSeq: s.DecisionSeq, Stage: s.Stage}, true, nil
}

// ahead tells whether PostgreSQL knows more of a case than the run that refused,
// and nudges the run to catch up.
func (e *Engine) ahead(ctx context.Context, k cases.Kind, id string, refused error) bool {
	knew, ok := seqOf(refused)
	if !ok {
		return false
	}
	s, _, err := e.book.Load(ctx, id)
	if err != nil || s.Seq <= knew {
		return false
	}
	return e.Nudge(ctx, k, id) == nil
}

// revive gives a case without a run what it needs to take a decision: an open one
// its run, to be asked again; a closed one a run that is started together with the
// decision, if that is one that a closed case takes.
func (e *Engine) revive(ctx context.Context, k cases.Kind, cmd cases.Command) (answer Answer, done bool, err error) {
	s, r, err := e.book.Load(ctx, cmd.Case)
	if err != nil {
		return Answer{}, false, err
	}
	if s.Running() {
		return Answer{}, false, e.Ensure(ctx, s, r)
	}
	if _, refused := cases.Apply(s, r, cmd, e.now()); refused != nil {
		return Answer{}, false, refused
	}
	h, err := e.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: e.client.NewWithStartWorkflowOperation(startOptions(s), workflows.Name(s.Kind),
			workflows.Run{State: s, Rules: r, Reopen: true}),
		UpdateOptions: update(k, cmd),
	})
	if err == nil {
		err = h.Get(ctx, &answer)
	}
	switch {
	case err == nil:
		return answer, true, nil
	case moving(err), missing(err): // another run came and went
		return Answer{}, false, nil
	}
	return Answer{}, false, failure(err)
}
