// Package policy reads the rules that cases run by: deadline rows, ladders and
// working calendars, written in YAML by people who know the law and not the code.
//
// It is strict. An unknown key, a row without its source, a ladder that would fire
// all at once is an error that names the file, the line and what would be right,
// and every error is named, not only the first.
//
// The built-in policies are anqiu (the real one) and drill (the same rows and
// ladders in seconds, to watch a ladder climb within a minute).
package policy

import (
	"embed"
	"slices"
	"strconv"
	"strings"

	"tonghu/cases"
)

//go:embed *.yaml
var files embed.FS

// Names gives the names of the built-in policies.
func Names() []string { return []string{"anqiu", "drill"} }

// Load gives a built-in policy by its name. The error is a Problems.
func Load(name string) (cases.Rules, error) {
	src, ok := builtIn(name)
	if !ok {
		return cases.Rules{}, Problems{{File: name, Line: 1, What: "no such policy", Want: "use one of " + strings.Join(Names(), ", ")}}
	}
	return Parse(name+".yaml", src)
}

func builtIn(name string) ([]byte, bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	src, err := files.ReadFile(name + ".yaml")
	return src, err == nil
}

// Parse reads a policy. name is the file's name and is only used in errors; a
// policy that says extends builds on a built-in one. The error is a Problems.
func Parse(name string, src []byte) (cases.Rules, error) {
	r := &reader{}
	doc := r.source(name, src, nil)
	if len(r.problems) > 0 && len(doc.top.keys) == 0 {
		return cases.Rules{}, r.problems.sorted()
	}
	rules := r.rules(doc)
	if err := r.problems.sorted(); err != nil {
		return cases.Rules{}, err
	}
	return rules, nil
}

// source is a policy as it is written, with what it extends underneath it. Rows
// and ladders that say only what is different are filled up from there.
type source struct {
	top       fields
	ladders   []fields
	deadlines []fields
	retention []fields
}

var topKeys = []string{"policy", "version", "extends", "drill", "calendars", "overload_per_day", "sighted_unmet", "compress", "ladders", "deadlines", "retention"}

// source reads a file and what it extends. above are the names of the policies
// that are already being read.
func (r *reader) source(file string, src []byte, above []string) source {
	top := r.document(file, src, topKeys...)
	out := source{top: top}
	if v, ok := top.by["extends"]; ok {
		name := r.text(v)
		base, found := builtIn(name)
		switch {
		case slices.Contains(above, name):
			r.problem(v, name+" extends itself", "extend another policy")
		case !found:
			r.problem(v, "no policy "+strconv.Quote(name), "extend one of "+strings.Join(Names(), ", "))
		default:
			under := r.source(name+".yaml", base, append(above, name))
			out.top = top.under(under.top.without("compress", "drill"))
			out.ladders, out.deadlines, out.retention = under.ladders, under.deadlines, under.retention
		}
	}
	out.ladders = r.overlay(out.ladders, top, "ladders", ladderKeys, nil)
	out.deadlines = r.overlay(out.deadlines, top, "deadlines", deadlineKeys, [][]string{{"value", "unit"}, {"series"}})
	out.retention = r.overlay(out.retention, top, "retention", retentionKeys, [][]string{{"years"}, {"seconds"}, {"permanent"}})
	return out
}

// overlay puts the entries of a list over those of what is extended: an entry of
// the same id changes the keys that it names, any other is added. either are
// groups of keys of which an entry has one: naming one removes the others.
func (r *reader) overlay(under []fields, top fields, list string, allowed []string, either [][]string) []fields {
	out := slices.Clone(under)
	v, ok := top.by[list]
	if !ok {
		return out
	}
	seen := map[string]value{}
	for _, item := range r.list(v) {
		f := r.mapping(item, allowed...)
		idAt, ok := r.need(f, "id", "name it, as in id: triage")
		if !ok {
			continue
		}
		id := r.text(idAt)
		if first, twice := seen[id]; twice {
			r.problem(idAt, "the id "+id+" is given twice", "it stands in line "+strconv.Itoa(first.line())+" already; rename or remove one")
			continue
		}
		seen[id] = idAt
		i := slices.IndexFunc(out, func(o fields) bool { return o.by["id"].node.Value == id })
		if i < 0 {
			out = append(out, f)
			continue
		}
		base := out[i]
		for _, group := range either {
			if slices.ContainsFunc(group, f.has) {
				for _, other := range either {
					if !slices.Contains(other, group[0]) {
						base = base.without(other...)
					}
				}
			}
		}
		out[i] = f.under(base)
	}
	return out
}

// rules reads everything once the files are laid over each other.
func (r *reader) rules(doc source) cases.Rules {
	r.drill = r.yes(doc.top, "drill")
	rules := cases.Rules{
		Policy:  r.textOf(doc.top, "policy", "name the policy, as in policy: anqiu"),
		Version: r.textOf(doc.top, "version", "say which version it is"),
	}
	if v, ok := r.need(doc.top, "overload_per_day", "say how many notices a day become a digest, as in overload_per_day: 10"); ok {
		rules.OverloadPerDay = r.number(v, 1, 100_000)
	}
	if v, ok := r.need(doc.top, "sighted_unmet", "say within how long two failed visits count together, as in sighted_unmet: 3 day"); ok {
		rules.SightedUnmet = r.span(v)
	}
	rules.Calendar = r.calendars(doc.top)
	var faster compress
	if v, ok := doc.top.by["compress"]; ok {
		faster = r.compress(v)
	}
	rules.Ladders = r.ladders(doc.ladders, faster)
	rules.Deadlines = r.deadlines(doc.deadlines, faster, rules)
	rules.Retention = r.retention(doc.retention, faster)
	r.complete(doc.top.at, rules)
	return rules
}

// complete names the rows that are not there, and the colours that a row or ladder
// is not there for.
func (r *reader) complete(at value, rules cases.Rules) {
	var missing []string
	for _, id := range requiredRows() {
		for _, c := range cases.Colours {
			if _, ok := rules.Own(id, c); !ok && !slices.Contains(missing, string(id)) {
				missing = append(missing, string(id))
			}
		}
	}
	if len(missing) > 0 {
		r.problem(at, "rows are missing: "+strings.Join(missing, ", "), "write them, or extends: anqiu to take them from there")
	}
}

// calendars joins the built-in calendars that the policy names.
func (r *reader) calendars(top fields) cases.Calendar {
	v, ok := r.need(top, "calendars", "name the working calendars, as in calendars: [calendar-2026]")
	if !ok {
		return cases.Calendar{}
	}
	var whole cases.Calendar
	for _, item := range r.list(v) {
		name := r.text(item)
		src, err := files.ReadFile(name + ".yaml")
		if err != nil || !strings.HasPrefix(name, "calendar-") {
			r.problem(item, "no calendar "+strconv.Quote(name), "name a built-in one, as in calendar-2026")
			continue
		}
		one := r.calendar(name+".yaml", src)
		joined, err := Join(whole, one)
		if err != nil {
			r.problem(item, err.Error(), "name the calendars of the years between too")
			continue
		}
		whole = joined
	}
	return whole
}
