package cases

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Amendment is what a draft makes of a deadline row. Who owes it and from when it is
// counted are the step table's and no draft's.
type Amendment struct {
	ID       RuleID   `json:"id"`
	Class    Class    `json:"class"`
	Span     Span     `json:"span"`
	Then     []Leg    `json:"then,omitempty"`
	Roll     Roll     `json:"roll"`
	Pausable bool     `json:"pausable"`
	Ladder   LadderID `json:"ladder"`
	Spread   Span     `json:"spread"`
	Source   string   `json:"source"`
	Article  string   `json:"article,omitempty"`
}

// AmendmentOf is the amendment that leaves a row as it is.
func AmendmentOf(d Deadline) Amendment {
	return Amendment{
		ID: d.ID, Class: d.Class, Span: d.Span, Then: d.Then, Roll: d.Roll, Pausable: d.Pausable, Ladder: d.Ladder, Spread: d.Spread,
		Source: d.Source, Article: d.Article,
	}
}

// apply gives the row as amended, in force from a day (YYYY-MM-DD). Whoever names
// another source has its text at hand.
func (a Amendment) apply(d Deadline, from string) Deadline {
	if a.Source != d.Source || a.Article != d.Article {
		d.Evidence, d.VerifiedBy, d.VerifiedAt = "V", "", ""
	}
	d.Class, d.Span, d.Then, d.Roll, d.Pausable, d.Ladder, d.Spread = a.Class, a.Span, slices.Clone(a.Then), a.Roll, a.Pausable, a.Ladder, a.Spread
	d.Source, d.Article, d.EffectiveFrom = a.Source, a.Article, from
	return d
}

// Amend gives the rules with rows amended, in force from a day. A refusal names every
// fault, its field as <row>.<field>:
//
//	statute     the law's own: neither its number nor what it says of itself is ours
//	weaker      what a statute asks would be asked later, or could stand still
//	protective  the row keeps a child safe: it never rolls and never stands still
//	hours_roll  hours run on through days off (民法典 201)
//	basis       a value that changes needs its source
//	unchanged   the row is as it was
func (r Rules) Amend(rows []Amendment, from string) (Rules, *Error) {
	out := r
	out.Deadlines = slices.Clone(r.Deadlines)
	var faults []FieldError
	seen := map[RuleID]bool{}
	for _, a := range rows {
		i := slices.IndexFunc(r.Deadlines, func(d Deadline) bool { return d.ID == a.ID })
		if i < 0 || seen[a.ID] {
			faults = append(faults, FieldError{Field: string(a.ID), Reason: "unknown"})
			continue
		}
		seen[a.ID] = true
		faults = append(faults, a.faults(r.Deadlines[i], r)...)
		out.Deadlines[i] = a.apply(r.Deadlines[i], from)
	}
	if len(faults) > 0 {
		return Rules{}, Refuse(CodeField, faults...)
	}
	return out, nil
}

// faults are what is wrong with an amendment of a row.
func (a Amendment) faults(d Deadline, r Rules) (out []FieldError) {
	fault := func(field, reason, want string) {
		out = append(out, FieldError{Field: string(a.ID) + "." + field, Reason: reason, Want: want})
	}
	if reflect.DeepEqual(a.normal(), AmendmentOf(d).normal()) {
		fault("id", "unchanged", "")
		return out
	}
	if d.Class == Statute {
		a.lawful(d, fault)
	} else if a.Class != Normative && a.Class != Local {
		fault("class", "enum", "P, L") // a statute comes with its text, by a new policy file
	}
	a.measured(d, fault)
	if d.Protective() {
		if a.Roll != RollNone {
			fault("roll", "protective", "")
		}
		if a.Pausable {
			fault("pausable", "protective", "")
		}
	}
	for _, c := range Colours {
		if _, ok := r.Ladder(a.Ladder, c); !ok {
			fault("ladder", "enum", "")
			break
		}
	}
	switch source := strings.TrimSpace(a.Source); {
	case source == "":
		fault("source", "required", "")
	case d.Class != Statute && source == d.Source && a.Article == d.Article && !alike(a.apply(d, ""), d):
		fault("source", "basis", "")
	}
	return out
}

func (a Amendment) normal() Amendment {
	if len(a.Then) == 0 {
		a.Then = nil
	}
	return a
}

// lawful holds an amendment against the statute that the row is from. Whom its delay
// is told, and that the clock stands less, is for the office.
func (a Amendment) lawful(d Deadline, fault func(field, reason, want string)) {
	if a.Class != d.Class {
		fault("class", "statute", "")
	}
	if a.Source != d.Source || a.Article != d.Article {
		fault("source", "statute", "")
	}
	if a.Span != d.Span || !slices.Equal(a.Then, d.Then) {
		reason := "statute" // an earlier date of our own is a reminder on the ladder, not the law's
		if a.Span.Nominal() > d.Span.Nominal() || a.Span.Nominal() == d.Span.Nominal() && a.Span.Unit == WorkDay {
			reason = "weaker"
		}
		fault("span", reason, "")
	}
	if a.Roll != d.Roll {
		fault("roll", map[bool]string{true: "weaker", false: "statute"}[a.Roll == RollNextWorkday], "")
	}
	if a.Pausable && !d.Pausable {
		fault("pausable", "weaker", "")
	}
}

// longest is how long a span of a unit may be, about two years.
var longest = map[Unit]int{Second: 86_400, Minute: 100_000, Hour: 17_520, Day: 730, WorkDay: 500, Month: 24, Year: 2}

// measured holds the lengths of an amendment against each other.
func (a Amendment) measured(d Deadline, fault func(field, reason, want string)) {
	fits := func(field string, s Span, none bool) {
		most, ok := longest[s.Unit]
		if s == (Span{}) && none {
			return
		}
		switch {
		case !ok || s.Unit == Second && d.Span.Unit != Second:
			fault(field, "enum", "minute, hour, day, workday, month, year")
		case s.Value < 1 || s.Value > most:
			fault(field, "range", "1.."+strconv.Itoa(most))
		}
	}
	fits("span", a.Span, false)
	fits("spread", a.Spread, true)
	if a.Spread.Nominal() >= a.Span.Nominal() && a.Spread.Value > 0 {
		fault("spread", "range", "< "+strconv.Itoa(a.Span.Value)+" "+string(a.Span.Unit))
	}
	if _, exact := a.Span.exact(); exact && a.Roll == RollNextWorkday {
		fault("roll", "hours_roll", "")
	}
	if a.Roll != RollNone && a.Roll != RollNextWorkday {
		fault("roll", "enum", "none, next_workday")
	}
	if (len(a.Then) == 0) != (len(d.Then) == 0) || len(a.Then) > 12 {
		fault("then", "range", "")
	}
	for i, leg := range a.Then {
		fits("then", leg.Span, false)
		if leg.Times < 0 || leg.Times > 1000 || leg.Times == 0 && i < len(a.Then)-1 {
			fault("then", "range", "1..1000")
		}
	}
}

// RowChange is a row that two versions of rules have differently; one that only one
// of them has stands alone.
type RowChange struct {
	Before *Deadline `json:"before,omitempty"`
	After  *Deadline `json:"after,omitempty"`
}

// ChangedRows gives what differs between the deadline rows of two versions, in the
// order of the newer.
func ChangedRows(before, after Rules) []RowChange {
	var out []RowChange
	for i := range after.Deadlines {
		d := &after.Deadlines[i]
		j := slices.IndexFunc(before.Deadlines, func(o Deadline) bool { return o.ID == d.ID })
		switch {
		case j < 0:
			out = append(out, RowChange{After: d})
		case !reflect.DeepEqual(before.Deadlines[j], *d):
			out = append(out, RowChange{Before: &before.Deadlines[j], After: d})
		}
	}
	for i := range before.Deadlines {
		d := &before.Deadlines[i]
		if !slices.ContainsFunc(after.Deadlines, func(o Deadline) bool { return o.ID == d.ID }) {
			out = append(out, RowChange{Before: d})
		}
	}
	return out
}
