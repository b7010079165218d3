package policy

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"tonghu/cases"
)

var (
	ladderKeys = []string{"id", "class", "source", "urgent", "acks_per_rung", "rungs"}
	rungKeys   = []string{"name", "before_percent", "after", "interval", "hold", "repeat", "order", "posts"}
)

func isMapping(v value) bool { return v.node.Kind == yaml.MappingNode }

// ladders reads the ladders.
func (r *reader) ladders(entries []fields, faster compress) []cases.Ladder {
	var out []cases.Ladder
	for _, f := range entries {
		l := cases.Ladder{
			ID:     cases.LadderID(r.id(f)),
			Urgent: r.yes(f, "urgent"),
			Class:  cases.Class(r.oneOf(f, "class", string(cases.Statute), string(cases.Normative), string(cases.Local))),
			Source: r.textOf(f, "source", "name the document that the ladder is from"),
		}
		if v, ok := f.by["acks_per_rung"]; ok {
			l.AcksPerRung = r.number(v, 1, 100)
		} else if l.Urgent {
			r.problem(f.at, "acks_per_rung is missing in an urgent ladder", "say how many acknowledgements a rung may have before it climbs in spite of them, as in 2")
		}
		if v, ok := r.need(f, "rungs", "list the rungs: a reminder, the one when it is due, those after"); ok {
			l.Rungs = r.rungs(v)
		}
		out = append(out, faster.ladder(l))
	}
	return out
}

// rungs reads the rungs of one ladder and holds them against each other:
// reminders, then the rung at the due time, then those after it, each with its
// interval, the last one repeating.
func (r *reader) rungs(v value) []cases.Rung {
	var out []cases.Rung
	due := -1 // the place of the rung at the due time
	items := r.list(v)
	for i, item := range items {
		f := r.mapping(item, rungKeys...)
		g := r.rung(f)
		if slices.ContainsFunc(out, func(o cases.Rung) bool { return o.Name == g.Name }) && g.Name != "" {
			r.problem(f.by["name"], "the rung "+g.Name+" is given twice", "name each rung once")
		}
		switch {
		case f.has("before_percent"):
			if due >= 0 {
				r.problem(f.by["before_percent"], "a reminder after the rung at the due time", "put reminders first")
			} else if i > 0 && len(out) > 0 && g.BeforePercent >= out[len(out)-1].BeforePercent {
				r.problem(f.by["before_percent"], "a reminder before the one above it", "write less than "+strconv.Itoa(out[len(out)-1].BeforePercent))
			}
			r.absent(f, "in a reminder", "after", "interval", "repeat", "order")
		case due < 0:
			due = i
			r.absent(f, "in the rung at the due time", "after", "order")
		default:
			if !f.has("interval") {
				r.problem(f.at, "interval is missing after the due rung", "give the least time since the rung before, or a long outage fires the whole ladder at once")
			}
			at, ok := r.need(f, "after", "say how long after the due time, as in after: 4 hour")
			if ok && g.After.Value > 0 && g.After.Nominal() <= out[len(out)-1].After.Nominal() {
				r.problem(at, "not after the rung above it", "write a longer time")
			}
		}
		if last := i == len(items)-1; last && !f.has("repeat") && !f.has("before_percent") {
			r.problem(f.at, "repeat is missing in the last rung", "say how often it goes on until somebody acts, as in repeat: 1 day")
		} else if !last && f.has("repeat") && !f.has("before_percent") {
			r.problem(f.by["repeat"], "repeat in a rung that is not the last", "let only the last rung repeat")
		}
		out = append(out, g)
	}
	if due < 0 {
		r.problem(v, "no rung at the due time", "write one without before_percent and after")
	}
	return out
}

// absent names the keys that have no place in a rung.
func (r *reader) absent(f fields, where string, keys ...string) {
	for _, k := range keys {
		if v, ok := f.by[k]; ok {
			r.problem(v, k+" "+where, "leave it out")
		}
	}
}

func (r *reader) rung(f fields) cases.Rung {
	g := cases.Rung{
		Name:     r.textOf(f, "name", "name the rung, as in remind, due, level1"),
		After:    r.spanOf(f, "after"),
		Interval: r.spanOf(f, "interval"),
		Repeat:   r.spanOf(f, "repeat"),
		Order:    r.yes(f, "order"),
	}
	if v, ok := f.by["before_percent"]; ok {
		g.BeforePercent = r.number(v, 1, 99)
	}
	if v, ok := r.need(f, "hold", "say for how long an acknowledgement stops the climb, as in hold: 30 minute"); ok {
		g.Hold = r.span(v)
	}
	v, ok := r.need(f, "posts", "name who learns of it, the first is who must act")
	if !ok {
		return g
	}
	for _, item := range r.list(v) {
		p := r.post(item)
		if p != "" && slices.Contains(g.Posts, p) {
			r.problem(item, string(p)+" is given twice", "write it once")
		}
		g.Posts = append(g.Posts, p)
	}
	if len(g.Posts) == 0 {
		r.problem(v, "a rung that nobody learns of", "name a post")
	}
	return g
}
