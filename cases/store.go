package cases

import "context"

// Ledger is where cases are kept. Its one writer of State is Record; every answer
// that it gives is what a run's State has to become.
type Ledger interface {
	// Load gives a case as it is stored, with the rules it runs by. A case that
	// does not exist is an *Error with CodeNotFound.
	Load(ctx context.Context, id string) (State, Rules, error)
	// Unapplied gives the facts of a case that no change has taken in yet, the
	// oldest received first, at most limit.
	Unapplied(ctx context.Context, id string, limit int) ([]Fact, error)
	// Record writes a change whole, in one transaction, or not at all: events,
	// state, obligations, facts marked applied, the command's row, facts for
	// other cases, cases that start with it, audit rows, and what a commit sets
	// off. It is compare-and-swap: it writes only where the case stands at
	// Transition.Base.
	//
	// If the case is ahead (a worker died after the commit, before its task
	// completed), or the command is already recorded, nothing is written and
	// the answer holds the stored State. If the case is behind Base the error
	// has CodeInternal: the case stops loudly, a person must look.
	Record(ctx context.Context, t Transition) (Recorded, error)
}

// Recorded is Record's answer.
type Recorded struct {
	// Written tells whether this change was written now.
	Written bool `json:"written"`
	// State is set where nothing was written: what is stored instead.
	State *State `json:"state,omitempty"`
	// Result is the stored outcome of the change's command, where it has one
	// and it is recorded.
	Result *Result `json:"result,omitempty"`
	// Refused is set where nothing was written because another case that the
	// command names cannot be written to: it is not there, or has become part of
	// this one. Only the ledger can know.
	Refused *Error `json:"refused,omitempty"`
}
