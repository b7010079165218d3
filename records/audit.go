package records

import (
	"context"
	"time"

	"tonghu/cases"
)

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

// AuditFilter narrows the log; zero fields do not.
type AuditFilter struct {
	Actor  string // person id
	Action string // or the beginning of one: "read:"
	// From and To bound the time: from From on, before To.
	From, To time.Time
}

// AuditRow is a row of the log.
type AuditRow struct {
	Chain  string
	Seq    int64
	At     time.Time
	Actor  string // person id, engine, or public
	Action string
	Object string
	Detail []string
	Number string // of the case whose chain it is; "" for others
	Name   string // the actor's, for those who may know it
}

// CaseLooks is who looked at a case, or was refused it.
type CaseLooks struct {
	Number string
	State  cases.State // for deciding who may be shown it
	Rows   []AuditRow
	Next   Cursor
}

// Audit is the log of who looked at what.
type Audit interface {
	// Look keeps a look before what was read is shown: if it fails, nothing is.
	Look(ctx context.Context, a Access, l Look) error
	// Denied keeps an attempt that was refused. It takes as long for a case that
	// is hidden from the asker as for one that does not exist.
	Denied(ctx context.Context, a Access, d Denial) error
	// Looks gives who looked at a case, the newest first, or, for denials, who was
	// refused it; CodeNotFound for who may not ask. The question is a look itself.
	Looks(ctx context.Context, a Access, caseID string, denials bool, after Cursor, limit int) (CaseLooks, error)
	// LooksUp is Looks of who looked, the oldest first.
	LooksUp(ctx context.Context, a Access, caseID string, after Cursor, limit int) (CaseLooks, error)
	// AuditLog gives rows of all chains to the audit administrator, the newest
	// first. That is a list in the log, too.
	AuditLog(ctx context.Context, a Access, f AuditFilter, after Cursor, limit int) ([]AuditRow, Cursor, error)
}
