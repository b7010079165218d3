package policy

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"tonghu/cases"
)

// maxSource is the largest policy or calendar file that is read, in bytes.
const maxSource = 1 << 20

// reader turns YAML nodes into values and notes every problem on its way.
type reader struct {
	problems Problems
	drill    bool // seconds are allowed
}

func (r *reader) problem(v value, what, want string) {
	r.problems = append(r.problems, Problem{File: v.file, Line: max(v.line(), 1), What: what, Want: want})
}

// value is a node and where problems with it are reported: in the file and line
// that it stands in, or, where an entry takes it over from a policy that it
// extends, at that entry.
type value struct {
	file string
	node *yaml.Node
	pin  int // the entry's line, 0 for the node's own
}

func (v value) line() int {
	switch {
	case v.pin > 0:
		return v.pin
	case v.node == nil:
		return 0
	}
	return v.node.Line
}

// child gives a node within the value.
func (v value) child(n *yaml.Node) value { return value{v.file, n, v.pin} }

// fields is a mapping: its values by key, and where it starts. Nothing ranges over
// the map: the order of what is read follows from the code.
type fields struct {
	at   value
	keys []string
	by   map[string]value
}

func (f fields) has(key string) bool {
	_, ok := f.by[key]
	return ok
}

// under gives the fields of an entry filled up with those of one that it extends.
func (f fields) under(base fields) fields {
	out := fields{at: f.at, by: map[string]value{}}
	for _, k := range base.keys {
		out.keys = append(out.keys, k)
		out.by[k] = value{f.at.file, base.by[k].node, max(f.at.line(), 1)}
	}
	for _, k := range f.keys {
		if !out.has(k) {
			out.keys = append(out.keys, k)
		}
		out.by[k] = f.by[k]
	}
	return out
}

func (f fields) without(keys ...string) fields {
	out := fields{at: f.at, by: map[string]value{}}
	for _, k := range f.keys {
		if !slices.Contains(keys, k) {
			out.keys = append(out.keys, k)
			out.by[k] = f.by[k]
		}
	}
	return out
}

var (
	yamlPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)
	yamlLine   = regexp.MustCompile(`line (\d+)`)
	// yaml.v3 counts from 0 in the errors of its parser, from 1 in those of its
	// scanner.
	yamlParser = regexp.MustCompile(`did not find expected (key|node content|'|<)`)
)

// document reads the one mapping of a file.
func (r *reader) document(file string, src []byte, allowed ...string) fields {
	fail := func(line int, what, want string) fields {
		r.problems = append(r.problems, Problem{File: file, Line: line, What: what, Want: want})
		return fields{}
	}
	if len(src) > maxSource {
		return fail(1, "the file is too large", "write at most 1 MiB")
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return fail(1, "the file is empty", "write a mapping with the keys "+strings.Join(allowed, ", "))
	case err != nil:
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			if yamlParser.MatchString(err.Error()) {
				line++
			}
		}
		return fail(line, "not YAML: "+yamlPrefix.ReplaceAllString(err.Error(), ""), "check indentation, brackets and colons from here on")
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return fail(max(more.Line, 1), "the file goes on after its end", "write one document only")
	}
	if len(doc.Content) != 1 {
		return fail(1, "the file is empty", "write a mapping with the keys "+strings.Join(allowed, ", "))
	}
	return r.mapping(value{file: file, node: doc.Content[0]}, allowed...)
}

// mapping reads a mapping with no other keys than those allowed.
func (r *reader) mapping(v value, allowed ...string) fields {
	out := fields{at: v, by: map[string]value{}}
	if v.node == nil || v.node.Kind != yaml.MappingNode {
		r.problem(v, "not a mapping", "write the keys "+strings.Join(allowed, ", "))
		return out
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := v.child(v.node.Content[i])
		name := key.node.Value
		switch {
		case !slices.Contains(allowed, name):
			r.problem(key, "unknown key "+strconv.Quote(name), "the keys are "+strings.Join(allowed, ", "))
		case out.has(name):
			r.problem(key, "the key "+name+" is given twice", "write it once")
		default:
			out.keys = append(out.keys, name)
			out.by[name] = v.child(v.node.Content[i+1])
		}
	}
	return out
}

// list reads a list.
func (r *reader) list(v value) []value {
	if v.node == nil || v.node.Kind != yaml.SequenceNode {
		r.problem(v, "not a list", "write [a, b] or one entry a line after a dash")
		return nil
	}
	out := make([]value, len(v.node.Content))
	for i, n := range v.node.Content {
		out[i] = v.child(n)
	}
	return out
}

// need gives the value of a key that must be there.
func (r *reader) need(f fields, key, want string) (value, bool) {
	v, ok := f.by[key]
	if !ok {
		r.problem(f.at, key+" is missing", want)
	}
	return v, ok
}

// text reads a text that is not empty.
func (r *reader) text(v value) string {
	if v.node.Kind == yaml.AliasNode {
		r.problem(v, "an alias", "write the value itself")
		return ""
	}
	if v.node.Kind != yaml.ScalarNode || v.node.Tag == "!!null" || strings.TrimSpace(v.node.Value) == "" {
		r.problem(v, "not a text", "write a text")
		return ""
	}
	return strings.TrimSpace(v.node.Value)
}

// textOf reads the text of a key that must be there.
func (r *reader) textOf(f fields, key, want string) string {
	v, ok := r.need(f, key, want)
	if !ok {
		return ""
	}
	return r.text(v)
}

// oneOf reads a text that must be one of some.
func (r *reader) oneOf(f fields, key string, options ...string) string {
	want := "write one of " + strings.Join(options, ", ")
	v, ok := r.need(f, key, want)
	if !ok {
		return ""
	}
	s := r.text(v)
	if s != "" && !slices.Contains(options, s) {
		r.problem(v, key+" is "+strconv.Quote(s), want)
		return ""
	}
	return s
}

// number reads a whole number within bounds.
func (r *reader) number(v value, low, high int) int {
	n, err := strconv.Atoi(v.node.Value)
	if v.node.Kind != yaml.ScalarNode || err != nil || n < low || n > high {
		r.problem(v, strconv.Quote(v.node.Value)+" is not a number that fits", "write a whole number from "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
		return 0
	}
	return n
}

// yes reads true or false; a key that is not there is false.
func (r *reader) yes(f fields, key string) bool {
	v, ok := f.by[key]
	if !ok {
		return false
	}
	if v.node.Kind != yaml.ScalarNode || v.node.Value != "true" && v.node.Value != "false" {
		r.problem(v, key+" is "+strconv.Quote(v.node.Value), "write true or false")
	}
	return v.node.Value == "true"
}

// date reads a day.
func (r *reader) date(v value) string {
	s := v.node.Value
	if _, err := time.Parse(time.DateOnly, s); v.node.Kind != yaml.ScalarNode || err != nil {
		r.problem(v, strconv.Quote(s)+" is not a date", "write YYYY-MM-DD")
		return ""
	}
	return s
}

// most is how large a value of a unit may be: about two years, more than any rule
// of practice, and so little that no percentage of it overflows a time.Duration.
var most = map[cases.Unit]int{
	cases.Second: 86_400, cases.Minute: 100_000, cases.Hour: 17_520,
	cases.Day: 730, cases.WorkDay: 500, cases.Month: 24, cases.Year: 2,
}

const unitNames = "second, minute, hour, day, workday, month, year"

// measure makes a span of a number and a unit.
func (r *reader) measure(n, u value) cases.Span {
	unit := cases.Unit(r.text(u))
	limit, ok := most[unit]
	if !ok {
		if unit != "" {
			r.problem(u, "unit "+strconv.Quote(string(unit)), "write one of "+unitNames)
		}
		return cases.Span{}
	}
	r.onlyInDrills(u, unit)
	return cases.Span{Value: r.number(n, 1, limit), Unit: unit}
}

func (r *reader) onlyInDrills(v value, unit cases.Unit) {
	if unit == cases.Second && !r.drill {
		r.problem(v, "seconds in a policy that is no drill", "write minutes or more, or drill: true in the file")
	}
}

// span reads a text such as "30 minute".
func (r *reader) span(v value) cases.Span {
	s := r.text(v)
	if s == "" {
		return cases.Span{}
	}
	number, unit, ok := strings.Cut(s, " ")
	limit, known := most[cases.Unit(unit)]
	n, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil:
		r.problem(v, strconv.Quote(s)+" is not a length of time", "write a number and a unit, as in 30 minute")
	case !known:
		r.problem(v, "unit "+strconv.Quote(unit), "write one of "+unitNames)
	case n < 1 || n > limit:
		r.problem(v, strconv.Quote(s)+" does not fit", "write 1 to "+strconv.Itoa(limit)+" "+unit)
	default:
		r.onlyInDrills(v, cases.Unit(unit))
		return cases.Span{Value: n, Unit: cases.Unit(unit)}
	}
	return cases.Span{}
}

// spanOf reads the span of a key, none if the key is not there.
func (r *reader) spanOf(f fields, key string) cases.Span {
	v, ok := f.by[key]
	if !ok {
		return cases.Span{}
	}
	return r.span(v)
}

// post reads a post as ladders and rows name it.
func (r *reader) post(v value) cases.PostSpec {
	s := r.text(v)
	if s == "" {
		return ""
	}
	spec := cases.PostSpec(s)
	_, role, _ := strings.Cut(s, "/")
	if !spec.Valid() || role != "" && !slices.Contains(cases.Roles, cases.Role(role)) {
		r.problem(v, strconv.Quote(s)+" is not a post", "write owner, case_owner, village/…, town/…, city/… or unit:…/… with a role such as "+string(cases.RoleDirector)+", "+string(cases.RoleSupervisor)+", "+string(cases.RoleDesk))
		return ""
	}
	return spec
}
