package policy

import (
	"slices"
	"strconv"
	"strings"

	"tonghu/cases"
)

var deadlineKeys = []string{
	"id", "class", "value", "unit", "series", "colours", "start", "roll", "pausable", "protective", "ladder", "owner", "spread",
	"source", "article", "evidence", "effective_from", "verified_by", "verified_at",
}

// length is how long a row gives: one span, or the first and the others of a series.
type length struct {
	at   value
	span cases.Span
	then []cases.Leg
}

// deadlines reads the rows. A row with colours gives one row more for each.
func (r *reader) deadlines(entries []fields, faster compress, rules cases.Rules) []cases.Deadline {
	var out []cases.Deadline
	first := map[cases.RuleID]value{}
	add := func(d cases.Deadline, at value) {
		if was, twice := first[d.ID]; twice {
			r.problem(at, "the id "+string(d.ID)+" is given twice", "it stands at "+was.file+":"+strconv.Itoa(was.line())+" already; change it there")
			return
		}
		first[d.ID] = at
		out = append(out, d)
	}
	for _, f := range entries {
		d := r.deadline(f, rules)
		l, ok := r.length(f)
		if !ok {
			continue
		}
		put := func(id cases.RuleID, l length, at value) {
			r.fits(f, d, l)
			row := d
			row.ID = id
			row.Span, row.Then = l.span, l.then
			add(faster.deadline(row), at)
		}
		put(d.ID, l, f.by["id"])
		v, ok := f.by["colours"]
		if !ok {
			continue
		}
		if strings.Contains(string(d.ID), "/") {
			r.problem(v, "colours in a row that is for one colour", "write them in the row "+strings.SplitN(string(d.ID), "/", 2)[0])
			continue
		}
		var names []string
		for _, c := range cases.Colours {
			names = append(names, string(c))
		}
		colours := r.mapping(v, names...)
		for _, c := range names {
			if v, ok := colours.by[c]; ok {
				put(d.ID+cases.RuleID("/"+c), r.lengthAt(v), v)
			}
		}
	}
	return out
}

// deadline reads everything of a row but its length.
func (r *reader) deadline(f fields, rules cases.Rules) cases.Deadline {
	d := cases.Deadline{
		ID:       cases.RuleID(r.id(f)),
		Class:    cases.Class(r.oneOf(f, "class", string(cases.Statute), string(cases.Normative), string(cases.Local))),
		Start:    r.textOf(f, "start", "say which event it is counted from"),
		Roll:     cases.Roll(r.oneOf(f, "roll", string(cases.RollNone), string(cases.RollNextWorkday))),
		Spread:   r.spanOf(f, "spread"),
		Source:   r.textOf(f, "source", "name the document that the value is from"),
		Evidence: r.oneOf(f, "evidence", "V", "V2", "MH", "MM", "ML"),
	}
	if _, ok := r.need(f, "pausable", "write true or false"); ok {
		d.Pausable = r.yes(f, "pausable")
	}
	if v, ok := r.need(f, "owner", "name the post that owes it, as in owner: city/desk"); ok {
		if d.Owner = r.post(v); d.Owner == cases.OwnerSpec {
			r.problem(v, "a row that is owed by its own owner", "write case_owner, or a post")
		}
	}
	if v, ok := r.need(f, "effective_from", "give the day from which it counts, YYYY-MM-DD"); ok {
		d.EffectiveFrom = r.date(v)
	}
	if v, ok := f.by["article"]; ok {
		d.Article = r.text(v)
	}
	d.VerifiedBy, d.VerifiedAt = r.verified(f)
	r.statute(f, d)
	r.protects(f, d)
	if v, ok := r.need(f, "ladder", "name the ladder that it climbs"); ok {
		d.Ladder = cases.LadderID(r.text(v))
		for _, c := range cases.Colours {
			if _, ok := rules.Ladder(d.Ladder, c); !ok && d.Ladder != "" {
				r.problem(v, "no ladder "+string(d.Ladder)+" for "+string(c), "the ladders are "+ladderNames(rules))
				break
			}
		}
	}
	return d
}

// id reads an id: lower-case letters, digits and _, and a colour after a slash.
func (r *reader) id(f fields) string {
	v := f.by["id"]
	id := r.text(v)
	name, colour, coloured := strings.Cut(id, "/")
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	if id != "" && (!plain || coloured && !cases.Colour(colour).Valid()) {
		r.problem(v, "the id "+strconv.Quote(id), "use a to z, 0 to 9 and _, and for one colour /red, /yellow, /blue or /green")
	}
	return id
}

// verified reads who confirmed the row and when: both or neither.
func (r *reader) verified(f fields) (who, day string) {
	by, hasBy := f.by["verified_by"]
	at, hasAt := f.by["verified_at"]
	if hasBy {
		who = r.text(by)
	}
	if hasAt {
		day = r.date(at)
	}
	if hasBy != hasAt {
		r.problem(f.at, "only one of verified_by and verified_at", "write who confirmed it and when, or neither")
	}
	return who, day
}

// statute holds a row that claims to be law to its text having been read.
func (r *reader) statute(f fields, d cases.Deadline) {
	if d.Class != cases.Statute {
		return
	}
	if !f.has("article") {
		r.problem(f.at, "article is missing in a row of class S", "name the article, or use class P or L")
	}
	if d.Evidence != "" && d.Evidence != "V" {
		r.problem(f.by["evidence"], "class S with evidence "+d.Evidence, "read the article and write V, or use class P or L")
	}
}

// protects holds a row that keeps a child safe to its never waiting.
func (r *reader) protects(f fields, d cases.Deadline) {
	marked := r.yes(f, "protective")
	if d.Protective() && !marked {
		base, _, _ := strings.Cut(string(d.ID), "/")
		r.problem(f.at, base+" protects a child", "write protective: true")
		marked = true
	}
	if !marked {
		return
	}
	if d.Roll == cases.RollNextWorkday {
		r.problem(f.by["roll"], "a protective row that rolls over days off", "write roll: none")
	}
	if d.Pausable {
		r.problem(f.by["pausable"], "a protective row that can be paused", "write pausable: false")
	}
}

// length reads value and unit, or a series.
func (r *reader) length(f fields) (length, bool) {
	n, hasValue := f.by["value"]
	u, hasUnit := f.by["unit"]
	s, hasSeries := f.by["series"]
	switch {
	case hasSeries && (hasValue || hasUnit):
		r.problem(s, "both a value and a series", "write value and unit, or series")
	case hasSeries:
		return r.lengthAt(s), true
	case !hasValue || !hasUnit:
		r.problem(f.at, "value or unit is missing", "write both, as in value: 4, unit: hour, or a series")
	default:
		return length{at: n, span: r.measure(n, u)}, true
	}
	return length{}, false
}

// lengthAt reads "4 hour", or the mapping of a series.
func (r *reader) lengthAt(v value) length {
	if !isMapping(v) {
		return length{at: v, span: r.span(v)}
	}
	f := r.mapping(v, "first", "then")
	l := length{at: v}
	if at, ok := r.need(f, "first", "give the first span, as in first: 7 day"); ok {
		l.span = r.span(at)
	}
	at, ok := r.need(f, "then", "give what follows, as in then: [{every: 1 month, times: 6}]")
	if !ok {
		return l
	}
	legs := r.list(at)
	for i, item := range legs {
		leg := r.mapping(item, "every", "times")
		var read cases.Leg
		if at, ok := r.need(leg, "every", "give the span between two, as in every: 1 month"); ok {
			read.Span = r.span(at)
		}
		if at, ok := leg.by["times"]; ok {
			read.Times = r.number(at, 1, 1000)
		} else if i < len(legs)-1 {
			r.problem(item, "times is missing before another leg", "say how often; only the last leg may go on without end")
		}
		l.then = append(l.then, read)
	}
	if len(legs) == 0 {
		r.problem(at, "a series of nothing", "write a leg, or value and unit instead")
	}
	return l
}

// fits holds roll and spread against the length.
func (r *reader) fits(f fields, d cases.Deadline, l length) {
	switch l.span.Unit {
	case cases.Second, cases.Minute, cases.Hour:
		if d.Roll == cases.RollNextWorkday {
			r.problem(l.at, "hours that roll", "hours run on through days off (民法典 201): write roll: none, or days")
		}
	}
	if v, ok := f.by["spread"]; ok && d.Spread.Nominal() >= l.span.Nominal() && l.span.Value > 0 {
		r.problem(v, "a spread as long as the deadline of "+strconv.Itoa(l.span.Value)+" "+string(l.span.Unit), "write a shorter one")
	}
}

func ladderNames(rules cases.Rules) string {
	var names []string
	for _, l := range rules.Ladders {
		name := strings.SplitN(string(l.ID), "/", 2)[0]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
