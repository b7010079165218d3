package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// FigureFilter is of what figures are made.
type FigureFilter struct {
	// From and To bound what happened: from From on, before To. What is owed now is
	// counted whatever they say.
	From, To time.Time
	Period   cases.Period // how From and To were asked for
	Town     cases.Org    // of this place and all within it; "" for the asker's whole scope
}

// Promises are the obligations whose times are told, by the base of their keys.
var Promises = []string{"triage", "police_report", "feedback"}

// OwedNow is what is owed now at a place, by a post or by a unit.
type OwedNow struct {
	Key                                   string // code of a town, post, or unit
	Open, Today, AtRisk, Overdue, Stopped Figure
}

// Figure is a number; Hidden ones are too small to be shown, or would tell one that is.
type Figure struct {
	N      int
	Hidden bool
}

// Counted is a number of something.
type Counted struct {
	Key string
	N   Figure
}

// Promised is what became of obligations of one sort.
type Promised struct {
	Key                                             string
	Total, InTime, Late, Overdue, Running, Released Figure
	// Share is of those that have had their time, how many were done within it: 0 to 1.
	// Median and P90 are how long it took until they were done. Nil where there is
	// nothing to tell, or it is not shown.
	Share       *float64
	Median, P90 *time.Duration
}

// Climbed is what followed a rung of the ladders.
type Climbed struct {
	Rung                                  string // its name: remind, due, level1 …
	Reached, Acknowledged, Ended, Waiting Figure
	// Median is how long it took until somebody acknowledged, or it was done.
	Median *time.Duration
}

// Figures are what supervision goes by.
type Figures struct {
	// Whole is set where they are of more than the asker reaches: small ones are
	// hidden, and there is no list behind them.
	Whole       bool
	At          time.Time
	Now         OwedNow
	Towns       []OwedNow
	Posts       []OwedNow // none where Whole
	Departments []OwedNow
	Cases       Figure // open
	CasesLate   Figure
	Colours     []Counted
	Phases      []Counted
	Promised    []Promised
	Ladder      []Climbed
	Orders      []Counted // 督办单, by where they stand; always those that the asker reaches
}

// Stands are where a 督办单 can be: a draft, signed and not answered yet, that overdue,
// answered, or without object.
var Stands = []string{"draft", "open", "overdue", "answered", "lapsed"}

// OrderFilter narrows a list of 督办单. What waits for somebody is in it whenever it
// was drafted, the rest if that was within From and To.
type OrderFilter struct {
	From, To time.Time
	Stand    string // "" for every one
	Town     cases.Org
}

// OrderRow is a 督办单 in a list.
type OrderRow struct {
	Case, CaseNumber string
	N                int
	Number           string
	Org              cases.Org
	Colour           cases.Colour
	About            string // the key of what was late
	To               cases.Post
	Drafted          time.Time
	Signed, Replied  time.Time // zero if it was not
	Due              time.Time // of the answer; zero if none is owed
	Provisional      bool      // Due needed a calendar that is not published yet
	Stand            string
}

// ExportPurposes are for what lists and figures are taken out.
var ExportPurposes = []string{"supervision", "report", "inspection", "handover", "statistics"}

// TakenOut is what somebody took out of the product.
type TakenOut struct {
	ID      string
	Person  string
	At      time.Time
	What    string // figures, cases, obligations, orders
	Purpose string
	Reason  string // in words; sealed
	Rows    int
	// Filter is what it was narrowed by, as codes of the audit log.
	Filter []string
}

// Supervision counts, and keeps what was taken out.
type Supervision interface {
	// Figures are those of the asker's own scope, or for who is shown more than they
	// reach (DOMAIN 7: 领导小组) of the whole city, without small numbers.
	Figures(ctx context.Context, a Access, f FigureFilter) (Figures, error)
	Orders(ctx context.Context, a Access, f OrderFilter, after Cursor, limit int) ([]OrderRow, Cursor, error)
	// PutExport keeps what is about to be taken out, with a row of the audit log; if
	// it fails, nothing is.
	PutExport(ctx context.Context, a Access, e TakenOut) error
	// Export gives what was taken out, to those who answer for the office.
	Export(ctx context.Context, a Access, id string) (TakenOut, error)
}
