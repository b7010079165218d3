package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tonghu/activities"
	"tonghu/cases"
)

const (
	// maxDecisions is how many decisions a run takes before it is continued as
	// new: an update's latency grows with their number in a run.
	maxDecisions = 150
	// maxAge is how old a run may be when something wakes it.
	maxAge = 30 * 24 * time.Hour
	// reopenWait is how long the run of a closed case waits for the decision
	// that it was started for.
	reopenWait = time.Minute
	// minWait keeps a rung that is due but does not fire from waking the run
	// without end.
	minWait = time.Second
)

// caseRun is one run of a case.
type caseRun struct {
	state cases.State
	rules cases.Rules
	hash  string // of rules

	// lock lets one change be made at a time: the loop's or a decision's.
	lock   workflow.Mutex
	nudges workflow.ReceiveChannel

	// timer is the one timer; it fires at timerAt.
	timer     workflow.Future
	timerAt   time.Time
	stopTimer workflow.CancelFunc

	reopenBy  time.Time // until when a closed case waits to be reopened
	started   time.Time
	build     string // the worker build that took the run up
	decisions int
	looked    int64 // the Seq at which facts were last read to the end
	moving    bool  // the run is being continued as new
}

// begin takes a run up and makes it answer to its messages before anything else
// happens.
func begin(ctx workflow.Context, r Run) *caseRun {
	info := workflow.GetInfo(ctx)
	c := &caseRun{
		state:   upgraded(r.State),
		rules:   r.Rules,
		hash:    r.State.Rules,
		lock:    workflow.NewMutex(ctx),
		nudges:  workflow.GetSignalChannel(ctx, Nudge),
		started: info.WorkflowStartTime,
		build:   info.GetCurrentBuildID(),
	}
	if r.Reopen && !c.state.Running() {
		c.reopenBy = workflow.Now(ctx).Add(reopenWait)
	}
	must(workflow.SetQueryHandler(ctx, StateQuery, func() (cases.State, error) { return c.state, nil }))
	must(workflow.SetUpdateHandlerWithOptions(ctx, Decide, c.decide, workflow.UpdateHandlerOptions{Validator: c.validate}))
	return c
}

// run waits for a nudge, a decision or the time of the next rung, until the case is
// closed or the run is continued as new.
func (c *caseRun) run(ctx workflow.Context, name string) error {
	for wake := true; ; { // a run's first act is to look
		if wake {
			if err := c.wake(ctx); err != nil {
				return err
			}
		}
		switch {
		case c.over(ctx):
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			if c.over(ctx) {
				return nil
			}
		case c.full(ctx):
			c.moving = true
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(ctx, name, Run{State: c.state, Rules: c.rules, Reopen: !c.reopenBy.IsZero() && !c.state.Running()})
		}
		var err error
		if wake, err = c.wait(ctx); err != nil {
			return err
		}
	}
}

// wake takes in every fact that waits, and then fires what is due: nobody is
// alarmed about a visit already made.
func (c *caseRun) wake(ctx workflow.Context) error {
	if err := c.lock.Lock(ctx); err != nil {
		return err
	}
	defer c.lock.Unlock()
	nudged := c.drain()
	for first := true; ; first = false {
		facts := c.facts(ctx)
		if first && nudged && len(facts) == 0 {
			c.refresh(ctx) // somebody saw the run behind the ledger
		}
		seq := c.state.Seq
		_, _ = c.act(ctx, cases.Input{Facts: facts, More: len(facts) == activities.Batch}) // nothing is asked, so nothing is refused
		if len(facts) < activities.Batch || c.state.Seq == seq {
			c.looked = c.state.Seq
			return nil
		}
	}
}

// wait sleeps until there is something to do, and tells whether that is to look
// for facts and time.
func (c *caseRun) wait(ctx workflow.Context) (wake bool, err error) {
	c.arm(ctx)
	seq := c.state.Seq
	err = workflow.Await(ctx, func() bool {
		wake = c.nudges.Len() > 0 || c.timer != nil && c.timer.IsReady()
		return wake || c.state.Seq != seq || c.decisions >= maxDecisions
	})
	return wake || !c.state.Running(), err
}

// arm sets the one timer to the time of the next rung. It is left alone where that
// has not moved, and otherwise cancelled: a forgotten timer would wake the run.
func (c *caseRun) arm(ctx workflow.Context) {
	at, ok := cases.NextWake(c.state, c.rules)
	if !c.state.Running() {
		at, ok = c.reopenBy, !c.reopenBy.IsZero()
	}
	if c.timer != nil && !c.timer.IsReady() {
		if ok && at.Equal(c.timerAt) {
			return
		}
		c.stopTimer()
	}
	c.timer = nil
	if !ok {
		return
	}
	wait := at.Sub(workflow.Now(ctx))
	if wait <= 0 {
		wait = minWait
	}
	timing, stop := workflow.WithCancel(ctx)
	c.timer, c.timerAt, c.stopTimer = workflow.NewTimer(timing, wait), at, stop
}

// drain takes the nudges that have come, and tells whether there were any.
func (c *caseRun) drain() bool {
	any := false
	for c.nudges.ReceiveAsync(nil) {
		any = true
	}
	return any
}

// over tells whether the case is closed with nothing left to take in.
func (c *caseRun) over(ctx workflow.Context) bool {
	if c.state.Running() {
		c.reopenBy = time.Time{}
		return false
	}
	if workflow.Now(ctx).Before(c.reopenBy) {
		return false
	}
	return c.looked == c.state.Seq && c.nudges.Len() == 0
}

// full tells whether the run should be continued as new: before its history makes
// it slow, and so that no history is replayed by many versions of the code.
func (c *caseRun) full(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return c.decisions >= maxDecisions ||
		info.GetContinueAsNewSuggested() ||
		info.GetTargetWorkerDeploymentVersionChanged() ||
		info.GetCurrentBuildID() != c.build ||
		workflow.Now(ctx).Sub(c.started) > maxAge
}
