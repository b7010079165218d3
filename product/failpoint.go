package product

import (
	"os"
	"strings"
	"syscall"

	"go.uber.org/zap"

	"tonghu/cases"
)

// failPoint kills this process, as a power cut would, right after Record has
// committed and before the run learns of it. The fail point is "step:<name>" for
// the commit of a step, "rung" for one that fired a rung by itself, "fact" for one
// that took facts in. Nil without a fail point.
func (p *Product) failPoint() func(cases.Transition) {
	what := p.config.FailPoint
	if what == "" {
		return nil
	}
	return func(t cases.Transition) {
		if !hits(what, t) {
			return
		}
		p.log.Warn("fail point reached, the process ends", zap.String("point", what), zap.String("case", t.State.ID), zap.Int64("seq", t.State.Seq))
		_ = p.log.Sync()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // not one instruction more of this task
	}
}

func hits(what string, t cases.Transition) bool {
	if step, ok := strings.CutPrefix(what, "step:"); ok {
		return t.Result != nil && string(t.Result.Step) == step
	}
	if t.Result != nil {
		return false
	}
	for _, e := range t.Events {
		if what == "rung" && e.Type == cases.EventRung || what == "fact" && e.Type == cases.EventFact {
			return true
		}
	}
	return false
}
