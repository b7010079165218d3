package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tonghu/activities"
	"tonghu/cases"
)

// validate refuses a decision without a trace in the history. It lets through
// what only the ledger can judge: a decision taken already, and one whose author
// had seen more of the case than this run has.
func (c *caseRun) validate(ctx workflow.Context, cmd cases.Command) error {
	if c.moving {
		return refusal(cases.Refuse(cases.CodeMoving), c.state)
	}
	if cmd.Case != c.state.ID {
		return refusal(cases.Refuse(cases.CodeNotFound), c.state)
	}
	if _, ok := c.state.Result(cmd.ID); ok || c.behind(cmd) || c.misses(cmd) {
		return nil
	}
	if _, refused := cases.Apply(c.state, c.rules, cmd, workflow.Now(ctx)); refused != nil {
		return refusal(refused, c.state)
	}
	return nil
}

// decide takes a decision: it is judged again under the lock, recorded, and
// answered by what was recorded.
func (c *caseRun) decide(ctx workflow.Context, cmd cases.Command) (DecideAnswer, error) {
	c.decisions++
	if err := c.lock.Lock(ctx); err != nil {
		return DecideAnswer{}, err
	}
	defer c.lock.Unlock()
	if c.behind(cmd) {
		c.refresh(ctx)
	}
	in := cases.Input{Command: &cmd}
	if c.misses(cmd) || cases.Due(c.state, c.rules, workflow.Now(ctx)) {
		in.Facts = c.facts(ctx)
		in.More = len(in.Facts) == activities.Batch
	}
	result, refused := c.act(ctx, in)
	if refused != nil {
		return DecideAnswer{}, refusal(refused, c.state)
	}
	return DecideAnswer{Result: result, Seq: c.state.Seq, DecisionSeq: c.state.DecisionSeq, Stage: c.state.Stage}, nil
}

// behind tells whether a decision stands on one that this run does not know: the
// worker died after a commit and before the run learned of it.
func (c *caseRun) behind(cmd cases.Command) bool { return cmd.Base > c.state.DecisionSeq }

// misses tells whether the author of a decision had committed a fact that this
// run has not taken in.
func (c *caseRun) misses(cmd cases.Command) bool {
	return cmd.AfterFact != "" && !c.state.HasFact(cmd.AfterFact)
}
