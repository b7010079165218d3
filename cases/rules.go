package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Rules is the snapshot of deadlines, ladders and calendar that a case runs by,
// copied into it at its start. An open case moves to other rules only by a
// recorded command.
type Rules struct {
	Policy    string     `json:"policy"`    // name of the policy it was made from: "anqiu", "drill"
	Version   string     `json:"version"`   // the policy's own version text
	Deadlines []Deadline `json:"deadlines"` // in the policy's order
	Ladders   []Ladder   `json:"ladders"`
	Calendar  Calendar   `json:"calendar"`
	// OverloadPerDay is how many notices a person gets in a day before they
	// become one digest (DOMAIN 5).
	OverloadPerDay int `json:"overload_per_day"`
	// SightedUnmet is within how long two visits that met nobody are taken
	// together (DOMAIN 6: twice in 3 days).
	SightedUnmet Span `json:"sighted_unmet"`
	// Retention is the retention schedule; rules of before it have none.
	Retention []Retention `json:"retention,omitempty"`
}

// Hash identifies the rules: the hex SHA-256 of their canonical JSON. State
// carries it; the body lies in PostgreSQL and in the run's input.
//
//workflowcheck:ignore JSON of plain data is the same every time
func (r Rules) Hash() string {
	b, err := json.Marshal(r)
	if err != nil { // only plain data in Rules
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Class says how binding a value is (DOMAIN 0): S statute, P normative document,
// L local policy. Screens may say 法定 only of S with evidence V.
type Class string

// The classes.
const (
	Statute   Class = "S"
	Normative Class = "P"
	Local     Class = "L"
)

// Unit is what a span is counted in.
type Unit string

// The units. Seconds exist for the drill policy only.
const (
	Second  Unit = "second"
	Minute  Unit = "minute"
	Hour    Unit = "hour"
	Day     Unit = "day"     // calendar day, counted from the next day, ends at 24:00 (民法典 201, 203)
	WorkDay Unit = "workday" // a day of the working calendar
	Month   Unit = "month"   // to the same day, or the month's last (民法典 202)
	Year    Unit = "year"
)

// Span is a length of time in the law's units.
type Span struct {
	Value int  `json:"value"`
	Unit  Unit `json:"unit"`
}

// Roll says what happens to a deadline that falls on a day off (民法典 203).
type Roll string

// The roll policies. Protective duties never roll.
const (
	RollNone        Roll = "none"
	RollNextWorkday Roll = "next_workday"
)

// RuleID names a deadline row: "triage" or, for one colour, "triage/red".
type RuleID string

// Deadline is one rule row: by when something is owed, on whose authority.
type Deadline struct {
	ID       RuleID   `json:"id"`
	Class    Class    `json:"class"`
	Span     Span     `json:"span"`
	Then     []Leg    `json:"then,omitempty"` // for a series: the spans of the occurrences after the first
	Start    string   `json:"start"`          // the event it is counted from, in words
	Roll     Roll     `json:"roll"`
	Pausable bool     `json:"pausable"`
	Ladder   LadderID `json:"ladder"`
	Owner    PostSpec `json:"owner"`  // who owes it
	Spread   Span     `json:"spread"` // wake-ups of a non-urgent rule are moved after the deadline within it
	Source   string   `json:"source"` // the document
	Article  string   `json:"article,omitempty"`
	Evidence string   `json:"evidence"` // V, V2, MH, MM, ML
	// EffectiveFrom is the date (YYYY-MM-DD) from which the row counts.
	EffectiveFrom string `json:"effective_from"`
	VerifiedBy    string `json:"verified_by,omitempty"`
	VerifiedAt    string `json:"verified_at,omitempty"`
}

// protective are the rows that keep a child safe. They never wait for a working
// day and never stand still (DOMAIN 2.6).
var protective = []RuleID{
	"police_report", "child_seen", "on_scene", "triage", "review", "contact", "safety_assessment", "unmet_visit",
	"trigger_verify", "rescue_arrive", "decision", "admission_exam", "initial_assessment_urgent",
	"missing", "death_report",
}

// Protective tells whether the row, of whatever colour, keeps a child safe.
func (d Deadline) Protective() bool {
	base, _, _ := strings.Cut(string(d.ID), "/")
	return slices.Contains(protective, RuleID(base))
}

// Leg is a part of a series of obligations: the same span, so many times.
// Times 0 means without end.
type Leg struct {
	Span  Span `json:"span"`
	Times int  `json:"times"`
}

// Statutory tells whether a screen may call the row 法定.
func (d Deadline) Statutory() bool { return d.Class == Statute && d.Evidence == "V" }

// SpanOf gives the span of the n-th occurrence (from 1) of a series, false when the
// series has ended.
func (d Deadline) SpanOf(n int) (Span, bool) { return d.spanOf(n) }

// spanOf gives the span of the n-th occurrence (from 1) of a series, false when
// the series has ended.
func (d Deadline) spanOf(n int) (Span, bool) {
	if n <= 1 {
		return d.Span, true
	}
	left := n - 2
	for _, leg := range d.Then {
		if leg.Times == 0 || left < leg.Times {
			return leg.Span, true
		}
		left -= leg.Times
	}
	return Span{}, false
}

// Deadline finds the row of an id for a colour: "id/colour" if there is one, then
// "id", then the row of the next higher colour, so that a missing row is never a
// missing deadline.
func (r Rules) Deadline(id RuleID, c Colour) (Deadline, bool) {
	if d, ok := r.Own(id, c); ok {
		return d, true
	}
	return young.Own(id, c)
}

// Own is Deadline without the rows that stand in for those which older rules lack.
func (r Rules) Own(id RuleID, c Colour) (Deadline, bool) {
	return find(r.Deadlines, string(id), c, func(d Deadline) string { return string(d.ID) })
}

// Ladder finds a ladder by the same rule as Deadline.
func (r Rules) Ladder(id LadderID, c Colour) (Ladder, bool) {
	named := func(l Ladder) string { return string(l.ID) }
	if l, ok := find(r.Ladders, string(id), c, named); ok {
		return l, true
	}
	return find(young.Ladders, string(id), c, named)
}

func find[T any](rows []T, id string, c Colour, name func(T) string) (T, bool) {
	var zero T
	try := []string{id + "/" + string(c), id}
	for k := c.rank() - 1; k >= 0; k-- {
		if k < len(Colours) {
			try = append(try, id+"/"+string(Colours[k]))
		}
	}
	for _, t := range try {
		if i := slices.IndexFunc(rows, func(row T) bool { return name(row) == t }); i >= 0 {
			return rows[i], true
		}
	}
	return zero, false
}

// Calendar is the working calendar: the State Council's yearly table of days off
// and make-up working days. Dates are YYYY-MM-DD in Zone.
type Calendar struct {
	Version string   `json:"version"`
	Sources []string `json:"sources"`
	From    string   `json:"from"` // first day that the tables cover
	To      string   `json:"to"`   // last day that the tables cover
	Off     []string `json:"off"`  // days off, ascending
	Work    []string `json:"work"` // weekend days that are worked, ascending
}

// DueAt counts a deadline from a start: civil-code counting (民法典 201-203) in
// Zone. provisional is true when a day beyond the calendar's tables was needed
// and plain weekends were used instead.
func (c Calendar) DueAt(start time.Time, s Span, roll Roll) (due time.Time, provisional bool) {
	return c.dueAt(start, s, roll)
}
