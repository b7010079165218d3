package workflows

import (
	"go.temporal.io/sdk/temporal"

	"tonghu/cases"
)

// TaskQueue is where cases run.
const TaskQueue = "cases"

// The messages of a run.
const (
	// Nudge is a signal with no content: there are facts, or the run may be
	// behind the ledger.
	Nudge = "nudge"
	// Decide is an update that takes a cases.Command and answers DecideAnswer,
	// or refuses (see refusal).
	Decide = "decide"
	// StateQuery is a query that answers the run's cases.State.
	StateQuery = "state"
)

// The names under which the workflows are registered.
const (
	MandatoryReportName = "MandatoryReport"
	GuardianshipName    = "Guardianship"
)

// Run is the state that is carried from run to run: all that a run starts from.
type Run struct {
	State cases.State `json:"state"`
	// Rules are those that the case runs by; State.Rules is their hash.
	Rules cases.Rules `json:"rules"`
	// Reopen makes the run of a closed case wait a minute for the decision that
	// reopens it. Without it the run of a closed case takes in the facts that
	// wait for it, and ends.
	Reopen bool `json:"reopen,omitempty"`
}

// DecideAnswer is what became of a decision and where the case stands after it.
type DecideAnswer struct {
	Result      cases.Result `json:"result"`
	Seq         int64        `json:"seq"`
	DecisionSeq int64        `json:"decision_seq"`
	Stage       cases.Stage  `json:"stage"`
}

// ID names the workflow of a case: "report/<case id>", "guardianship/<case id>".
func ID(k cases.Kind, caseID string) string { return string(k) + "/" + caseID }

// Name gives the registered name of the workflow of a kind.
func Name(k cases.Kind) string {
	if k == cases.Guardianship {
		return GuardianshipName
	}
	return MandatoryReportName
}

// Refusal is the second detail of a refusal's ApplicationError: what the run knew
// when it refused. The first is the cases.Error itself; the type is its code.
type Refusal struct {
	Seq int64 `json:"seq"`
}

// refusal is how a refusal leaves a run: codes, ids and numbers, never text.
func refusal(e *cases.Error, s cases.State) error {
	return temporal.NewApplicationErrorWithOptions(string(e.Code), string(e.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{*e, Refusal{Seq: s.Seq}},
	})
}
