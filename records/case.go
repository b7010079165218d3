package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// CaseFilter narrows a list of cases.
type CaseFilter struct {
	Kind    cases.Kind
	Stage   cases.Stage
	Phase   cases.Phase
	Owner   cases.Post
	Town    cases.Org
	Colour  cases.Colour
	Overdue bool
	Open    *bool
}

// CaseRow is a case in a list. It holds nothing personal.
type CaseRow struct {
	ID      string
	Number  string
	Kind    cases.Kind
	Stage   cases.Stage
	Phase   cases.Phase
	Outcome cases.Outcome
	Colour  cases.Colour
	Owner   cases.Post
	Org     cases.Org
	Opened  time.Time
	NextDue time.Time // zero if nothing is due
	NextKey string
	// NextProvisional is set when NextDue needed a calendar that is not published yet.
	NextProvisional bool
	Overdue         bool
	Sequence        int64
}

// CaseView is one case with what the asker may read of its sealed parts.
type CaseView struct {
	CaseRow
	State cases.State
	// Child is nil for those who may not know who the child is; Narrative and
	// Reporter likewise.
	Child     *Child
	Narrative *Narrative
	Reporter  *Reporter
	// ChildOf is the report in whose file the child was read, "" for the case's own.
	ChildOf string
	// Pending are commands accepted but not yet applied (待执行).
	Pending []CommandRow
	// Awaiting are facts committed but not yet taken in (已提交待处理).
	Awaiting []cases.Fact
	// Newest is the newest of those facts that the asker committed, "" if none.
	Newest   string
	Receipts int // how many reports are part of the case
	// Retention is how long a closed case is kept; ErasedAt is when its file was
	// destroyed, zero if it was not.
	Retention Retention
	ErasedAt  time.Time
	// Openings are the asker's emergency readings of it that are in force.
	Openings []Opening
}

// EventRow is one row of a case's timeline.
type EventRow struct {
	Seq   int64 // the State.Seq that it came with
	Index int
	Event cases.Event
	// Sealed are the words of the step or fact, by field, for those who may
	// read them.
	Sealed map[string]string
}

// Chain is what the responsibility chain (责任链) of a case is made of.
type Chain struct {
	Rules   cases.Rules // that it runs by
	Events  []EventRow  // the oldest first, without the words that go with them
	Notices []CaseNotice
}

// MostChain bounds the events and the notices of a chain; a case with more is cut there.
const MostChain = 20000

// CommandStatus is where a command stands.
type CommandStatus string

// The states of a command's row.
const (
	CommandPending  CommandStatus = "pending"
	CommandRecorded CommandStatus = "recorded" // by Record, with the change
	CommandAnswered CommandStatus = "answered" // the author knows
	CommandRefused  CommandStatus = "refused"
)

// CommandRow is a decision on its way.
type CommandRow struct {
	Command cases.Command
	Kind    cases.Kind
	Status  CommandStatus
	Result  *cases.Result
	Refusal *cases.Error
	At      time.Time
	// New tells that this very call wrote it: nobody has been asked yet.
	New bool
}

// Draft is a form that was refused, kept 30 days for its author.
type Draft struct {
	Command cases.Command
	Sealed  map[string]string
	Refusal *cases.Error
	At      time.Time
}

// Cases reads cases and commits what is asked of them.
type Cases interface {
	ListCases(ctx context.Context, a Access, f CaseFilter, after Cursor, limit int) ([]CaseRow, Cursor, error)
	// GetCase reads one case for showing it: the look is in the audit log before it
	// answers. CodeNotFound if the case does not exist for the asker.
	GetCase(ctx context.Context, a Access, id string) (CaseView, error)
	// PeekCase is GetCase for deciding what the asker may do: no sealed part is
	// opened, nobody is shown it, and it is no look.
	PeekCase(ctx context.Context, a Access, id string) (CaseView, error)
	Events(ctx context.Context, a Access, id string, after Cursor, limit int) ([]EventRow, Cursor, error)
	// EventsBack is Events, the newest first.
	EventsBack(ctx context.Context, a Access, id string, after Cursor, limit int) ([]EventRow, Cursor, error)

	// Chain gives what the responsibility chain is made of. It is an export: the row
	// of the audit log holds parts, which are printed with it.
	Chain(ctx context.Context, a Access, id string, parts []string) (Chain, error)

	// PutCommand stores the sealed words and the pending command in one
	// transaction. With the same Once it gives the row that is there.
	PutCommand(ctx context.Context, once Once, a Access, kind cases.Kind, c cases.Command, sealed map[string]string) (CommandRow, error)
	// Command reads a command's row.
	Command(ctx context.Context, a Access, id string) (CommandRow, error)
	// RefuseCommand moves pending to refused, never from recorded, and keeps
	// the form as the author's draft; it gives the row as it then is.
	RefuseCommand(ctx context.Context, id string, refusal *cases.Error) (CommandRow, error)
	// AnswerCommand moves recorded to answered.
	AnswerCommand(ctx context.Context, id string) error
	Drafts(ctx context.Context, a Access) ([]Draft, error)
	DropDraft(ctx context.Context, a Access, command string) error

	// AddFact commits a fact with its sealed words and sets off the nudge.
	AddFact(ctx context.Context, once Once, a Access, caseID string, f cases.Fact, sealed map[string]string) (cases.Fact, error)
}

// ObligationFilter narrows a worklist.
type ObligationFilter struct {
	Whose   string // mine (what one's posts owe or were told of), area (scope); default mine
	Overdue bool
	Key     string
	Case    string
	Kind    cases.Kind   // "" for every kind, and so below
	Colour  cases.Colour // the case's
	Owner   cases.Post   // who owes it; with mine, one of one's own posts, that owes it or was told of it
	Town    cases.Org    // of this place and all within it
	Before  time.Time    // due before; zero for all

	// What follows makes it a list behind a figure of supervision.

	Unit  string // short name of the department whose posts owe it
	Exact bool   // of Town itself, without what lies within it
	Due   string // today, at_risk, overdue, stopped; "" for all that is owed
	// Result is what became of it (in_time, late, overdue, running, released, any) and
	// Rung a rung that was told of it; Followed is then what followed (acknowledged,
	// ended, waiting). From and To bound when its time began, or the rung was told.
	Result   string
	Rung     string
	Followed string
	From, To time.Time
}

// Supervised tells whether the filter is that of a list behind a figure.
func (f ObligationFilter) Supervised() bool { return f.Unit+f.Due+f.Result+f.Rung != "" }

// ObligationRow is something due, in a worklist.
type ObligationRow struct {
	ID         string // opaque, stable within the occurrence
	Case       string
	Number     string
	Kind       cases.Kind
	Colour     cases.Colour
	Stage      cases.Stage
	Org        cases.Org
	Obligation cases.Obligation
	Deadline   cases.Deadline // the rule row, for class and source
	Overdue    bool
	// Alert is who may acknowledge what its ladder has come to; Reached are those of the
	// asker's posts that a rung told. Both are empty before the first rung.
	Alert   cases.Alert
	Reached []cases.Post
	// Submitted is set when a fact that may answer it waits to be taken in.
	Submitted bool
	// EndedAt is when it was done or no longer applied (How: met, released); zero
	// while it is owed.
	EndedAt time.Time
	How     string
}

// Worklist reads obligations.
type Worklist interface {
	Obligations(ctx context.Context, a Access, f ObligationFilter, after Cursor, limit int) ([]ObligationRow, Cursor, error)
	// Obligation finds one by its opaque id.
	Obligation(ctx context.Context, a Access, id string) (ObligationRow, error)
	// Climb gives one by its opaque id, also one that is done, with how it climbed;
	// CodeNotFound if it is not for the asker to see.
	Climb(ctx context.Context, a Access, id string) (Climb, error)
}

// Climb is how an obligation climbed its ladder.
type Climb struct {
	Row   ObligationRow
	Ended time.Time // zero while it is owed
	// Events are rungs, acknowledgements, and notices that reached nobody, the oldest
	// first.
	Events []EventRow
}

// Letter is what a numbered paper needs: a department's 转办函 or a 督办单.
type Letter struct {
	Kind   string // task, order
	Number string // 童护转〔2026〕0007
	Case   string
	CaseNo string
	To     cases.Post
	ToName string
	Issued time.Time
	Due    time.Time
	// Provisional is set when Due needed a calendar that is not published yet.
	Provisional bool
	Measure     string
	Text        string // the sealed words of the assigning step
	Draft       bool   // a 督办单 that nobody has signed yet
}

// Letters makes numbered papers.
type Letters interface {
	TaskLetter(ctx context.Context, a Access, caseID string, task int) (Letter, error)
	OrderLetter(ctx context.Context, a Access, caseID string, order int) (Letter, error)
}
