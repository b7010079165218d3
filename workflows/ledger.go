package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tonghu/activities"
	"tonghu/cases"
)

// Local activities are tried again without end: an accepted decision fails only by
// a refusal. The first seconds of an outage are waited out inside the workflow
// task; beyond the task's ten seconds the SDK turns the wait into a timer of the
// server's, so that a long outage does not keep tasks open.
var local = workflow.LocalActivityOptions{
	StartToCloseTimeout:    10 * time.Second,
	ScheduleToCloseTimeout: 365 * 24 * time.Hour,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval:    100 * time.Millisecond,
		BackoffCoefficient: 2,
		MaximumInterval:    15 * time.Second,
	},
}

// act makes one change of the case and has it recorded, with the command of in or
// with what facts and time do by themselves. Where the ledger turns out to be
// ahead, its State is adopted and the attempt is made again on that. The answer is
// the recorded outcome of the command; a refusal comes after what facts and time
// did was recorded, but for the ledger's own, after which the next wake does that.
func (c *caseRun) act(ctx workflow.Context, in cases.Input) (cases.Result, *cases.Error) {
	for {
		if in.Command != nil {
			if r, ok := c.state.Result(in.Command.ID); ok {
				return r, nil
			}
		}
		t, refused := cases.Act(c.state, c.rules, in, workflow.Now(ctx))
		if !t.Changed() {
			return cases.Result{}, refused
		}
		answer := c.record(ctx, t)
		if answer.Refused != nil { // the facts of the attempt still wait, and their nudge with them
			return cases.Result{}, answer.Refused
		}
		c.adopt(ctx, answer.State, in.Command)
		switch {
		case answer.Written && t.Result != nil:
			return *t.Result, nil
		case answer.Written:
			return cases.Result{}, refused
		case answer.Result != nil && in.Command != nil:
			return *answer.Result, nil
		case answer.Refused != nil:
			return cases.Result{}, answer.Refused
		}
		if len(in.Facts) > 0 {
			in.Facts = c.facts(ctx) // some may have been taken in
		}
	}
}

// adopt makes the ledger's State the run's, and its rules with it.
func (c *caseRun) adopt(ctx workflow.Context, s cases.State, cmd *cases.Command) {
	c.state = upgraded(s)
	if c.state.Rules == c.hash {
		return
	}
	if cmd != nil && cmd.Rules != nil && cmd.Rules.Hash() == c.state.Rules {
		c.rules, c.hash = *cmd.Rules, c.state.Rules
		return
	}
	c.refresh(ctx)
}

// refresh asks the ledger where the case stands and adopts what is new.
func (c *caseRun) refresh(ctx workflow.Context) {
	var got activities.Refreshed
	c.ask(ctx, acts.Refresh, activities.RefreshRequest{Case: c.state.ID, Seq: c.state.Seq, Rules: c.hash}, &got)
	if got.State != nil {
		c.state = upgraded(*got.State)
	}
	if got.Rules != nil {
		c.rules = *got.Rules
	}
	c.hash = c.state.Rules
}

// facts reads what the case has not taken in, one batch.
func (c *caseRun) facts(ctx workflow.Context) []cases.Fact {
	var facts []cases.Fact
	c.ask(ctx, acts.Facts, activities.FactsRequest{Case: c.state.ID, Limit: activities.Batch}, &facts)
	return facts
}

// record hands a change to the ledger.
func (c *caseRun) record(ctx workflow.Context, t cases.Transition) activities.Answer {
	var answer activities.Answer
	c.ask(ctx, acts.Record, t, &answer)
	return answer
}

// acts names the local activities; it is never called.
var acts *activities.Activities

// ask runs a local activity until it answers. Where the ledger says that the case
// must stop (it is behind this run, or does not know the case), the workflow task
// fails and is tried again by the server, with an error in the worker's log each
// time: the case stands still and loses nothing until a person has looked.
// A request to cancel the workflow does not reach it: a case ends by being closed.
func (c *caseRun) ask(ctx workflow.Context, activity, in, out any) {
	ctx, cancel := workflow.NewDisconnectedContext(workflow.WithLocalActivityOptions(ctx, local))
	defer cancel()
	for {
		err := workflow.ExecuteLocalActivity(ctx, activity, in).Get(ctx, out)
		if err == nil {
			return
		}
		if !temporal.IsTimeoutError(err) {
			var failed *temporal.ApplicationError
			if errors.As(err, &failed) {
				err = failed
			}
			panic(fmt.Sprintf("case %s at %d cannot go on: %v", c.state.ID, c.state.Seq, err))
		}
	}
}

// upgraded brings a State to the present schema. One that a newer version wrote
// stops this worker's task, and waits for a worker that understands it.
func upgraded(s cases.State) cases.State {
	up, err := cases.Upgrade(s)
	must(err)
	return up
}

// must stops the workflow task, not the workflow.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
