package records

import "context"

// Look is one look at something, as the audit log keeps it: ids and codes, never words.
type Look struct {
	// Case is the case looked at: the look is then a row in the chain of its
	// readers. "" for lists and searches, which are rows of the asker.
	Case string
	// Action says what was done: read:case, read:file, print:task, list:cases,
	// search, export:cases …
	Action string
	// Object is the id of what was looked at; the case, if "".
	Object string
	// Parts are the sealed parts that were opened: child, narrative, reporter,
	// medical, address, ordinary.
	Parts []string
	// Detail are further codes as audit.Code allows them: "items:12", "kind:name".
	Detail []string
}

// Denial is an attempt that was refused.
type Denial struct {
	Operation string // of the HTTP contract
	Code      string // of the refusal
	Object    string // id of what was asked for, as it was typed; "" if there is none
}

// Audit is the log of who looked at what.
type Audit interface {
	// Look keeps a look before what was read is shown: if it fails, nothing is.
	Look(ctx context.Context, a Access, l Look) error
	// Denied keeps an attempt that was refused. It takes as long for a case that
	// is hidden from the asker as for one that does not exist.
	Denied(ctx context.Context, a Access, d Denial) error
}
