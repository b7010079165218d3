package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// RuleVersion is a version of the rules (时限版本). One that the program brought has
// neither persons nor a document.
type RuleVersion struct {
	N       int
	Policy  string
	Version string // the rules' own version text
	Rules   string // hash
	// Document is what it rests on, by its number (文号, 会议纪要); Basis says why.
	Document, Basis string
	EffectiveFrom   string // YYYY-MM-DD
	// Undoes is the version that it brought back; 0 for none.
	Undoes             int
	By, Second         cases.Actor
	ByName, SecondName string // for those who may look people up
	At                 time.Time
	// Changes are its rows against the version before it.
	Changes []cases.RowChange
	// Open is how many open cases run by it: an open case keeps the rules that it
	// began by.
	Open int
}

// DraftStatus is how far a draft has come.
type DraftStatus string

// The statuses of a draft.
const (
	DraftOpen      DraftStatus = "draft"     // its author writes it
	DraftSubmitted DraftStatus = "submitted" // a second person is to look at it
	DraftApproved  DraftStatus = "approved"  // it takes effect on its day
	DraftPublished DraftStatus = "published"
	DraftWithdrawn DraftStatus = "withdrawn"
)

// RuleDraft is a draft of a version.
type RuleDraft struct {
	ID string
	// Base is the version that it was written on; Outdated is set once that is not the
	// present one.
	Base     int
	Outdated bool
	Undoes   int
	Document string
	Basis    string
	// EffectiveFrom is the day (YYYY-MM-DD) from which new cases run by it.
	EffectiveFrom string
	Rows          []cases.Amendment
	// Changes are the rows against the present rules.
	Changes []cases.RowChange
	// Revision grows with each change: who agrees says to which.
	Revision           int
	Status             DraftStatus
	By, Second         cases.Actor
	ByName, SecondName string
	// Remark is what the second person said who sent it back.
	Remark           string
	Version          int // once published
	Created, Changed time.Time
	Simulations      []RuleSimulation
}

// RuleSimulation is what a draft would have made of the cases of a period.
type RuleSimulation struct {
	ID       string
	Draft    string
	Revision int
	From, To time.Time // cases opened from, and before
	Status   string    // running, done, cancelled
	Total    int       // cases of the period
	Done     int       // of these, counted
	Result   cases.Comparison
	// Numbers are those of the examples' cases that the asker may see.
	Numbers map[string]string
	By      cases.Actor
	At      time.Time
	EndedAt time.Time
}

// CalendarImport is who imported which working calendar.
type CalendarImport struct {
	At      time.Time
	By      cases.Actor
	Version string
	From    string
	To      string
	Sources []string
}

// Rulebook keeps the versions of the rules and their drafts. Writes are refused with
// CodeForbidden for whoever has not the ability, and with cases.CodeConflict where the
// draft or the rules are not what the asker saw.
type Rulebook interface {
	RuleVersions(ctx context.Context, a Access) ([]RuleVersion, []CalendarImport, error)
	RuleDrafts(ctx context.Context, a Access) ([]RuleDraft, error)
	// RuleDraft gives a draft with its simulations; CodeNotFound.
	RuleDraft(ctx context.Context, a Access, id string) (RuleDraft, error)
	// PutRuleDraft begins a draft on the present version, and gives its id.
	PutRuleDraft(ctx context.Context, once Once, a Access, d RuleDraft) (string, error)
	// ChangeRuleDraft writes an open draft of the asker anew, on the present version.
	ChangeRuleDraft(ctx context.Context, a Access, d RuleDraft) error
	// SubmitRuleDraft gives it to a second person, WithdrawRuleDraft ends it,
	// DeclineRuleDraft sends it back to its author with a remark.
	SubmitRuleDraft(ctx context.Context, a Access, id string, revision int) error
	WithdrawRuleDraft(ctx context.Context, a Access, id string) error
	DeclineRuleDraft(ctx context.Context, a Access, id string, revision int, remark string) error
	// PublishRuleDraft agrees to it: it takes effect at once, or on its day if that is
	// still to come. cases.CodeSecond for its author.
	PublishRuleDraft(ctx context.Context, a Access, id string, revision int) error
	// Simulate has a draft counted over the cases opened in a period, and gives the
	// simulation's id.
	Simulate(ctx context.Context, once Once, a Access, draft string, revision int, from, to time.Time) (string, error)
	RuleSimulation(ctx context.Context, a Access, id string) (RuleSimulation, error)
	CancelSimulation(ctx context.Context, a Access, id string) error
}
