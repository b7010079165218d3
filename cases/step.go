package cases

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// StepName names a step (办理环节).
type StepName string

// Step is an action that an officer takes: one row of the step table. Its words
// are in the locale files under step.<name>.
type Step struct {
	Name  StepName
	Kind  Kind
	Track Track
	// From are the stages it may be taken in; To is the stage it leads to, ""
	// to stay.
	From []Stage
	To   Stage
	// Roles may take it; Proxy lets the desk record it on their behalf (代录).
	Roles []Role
	Proxy bool
	// Form is what the officer fills in; Documents are the papers that belong to it.
	Form      []Field
	Documents []Document
	// Second says when a second person is needed; Approvers are the roles that
	// may be that person.
	Second    TwoPersons
	Approvers []Role
	// Within names, for a time field, the rule whose span it may not exceed, counted
	// from now.
	Within map[string]RuleID
	// Ends and Opens are the obligations that it does and those that it starts.
	// Answers are those that its Effect does where the form says which ("task:3"), by
	// the base of their keys: a screen offers the step for them.
	Ends    []string
	Answers []string
	Opens   []RuleID
	// When narrows From by the state of a track: a step that it refuses is not
	// offered. Guard refuses what the law or our rules of practice forbid, and
	// says which. Effect does what is not in the columns above.
	When   func(State) bool
	Guard  func(State, Command, time.Time) *Error
	Effect func(*change, Command)
	// decides carries out the few steps that act on another step (approve).
	decides func(*change, Command) *Error
}

// TwoPersons says when a step needs a second person.
type TwoPersons string

// The needs for a second person.
const (
	SecondNever  TwoPersons = ""
	SecondIfRed  TwoPersons = "if_red"
	SecondAlways TwoPersons = "always"
	// SecondIfSecret is where the form names the reporter or the narrative among
	// its compartments.
	SecondIfSecret TwoPersons = "if_secret"
)

// Needs tells whether a second person is needed for a form in a case of a colour.
func (s TwoPersons) Needs(c Colour, form Fields) bool {
	switch s {
	case SecondAlways:
		return true
	case SecondIfRed:
		return c == Red
	case SecondIfSecret:
		return slices.ContainsFunc(compartmentsIn(form), func(p Compartment) bool { return slices.Contains(secret, p) })
	}
	return false
}

// FieldType is the type of a form field.
type FieldType string

// The field types and how their values travel in a form's JSON.
const (
	TypeText  FieldType = "text"  // string; always sealed
	TypeEnum  FieldType = "enum"  // one of Options
	TypeMulti FieldType = "multi" // array of Options
	TypeBool  FieldType = "bool"  // true, false
	TypeTime  FieldType = "time"  // RFC 3339
	TypeInt   FieldType = "int"   // whole number in [Min, Max]
	TypePost  FieldType = "post"  // a post's name
	TypeCase  FieldType = "case"  // a case's id
	TypeID    FieldType = "id"    // an id given by the product
)

// Field is one question of a form. Engine fields (id, enum, time, bool, int) enter
// the Command; text is sealed in the vault before the command is sent.
type Field struct {
	Name     string
	Type     FieldType
	Required bool
	Options  []string
	Min, Max int // for int the bounds; for text Max is the most characters
	// If makes the field required when another field has a value: "oral=true".
	If string
	// Compartment is the sealed compartment of a text: "", reporter, narrative,
	// medical, address.
	Compartment string
}

// Sealed tells whether the field's value is sealed and never enters the engine.
func (f Field) Sealed() bool { return f.Type == TypeText }

// Document is a paper of a step, registered as held by its name.
type Document struct {
	Name     string
	Required bool
}

// DocumentsField is the form field in which the papers held are named.
const DocumentsField = "documents"

// What an id looks like. It stands in clear wherever the case does, so that neither a name nor a sentence may pass for one.
var (
	plainID = regexp.MustCompile(`^[!-~]{1,64}$`)
	caseID  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// maxText is the most characters of a text field that names no limit.
const maxText = 4000

// AllSteps gives the step table: the steps of every kind in order.
func AllSteps() []Step { return steps }

// Steps gives the steps of one kind in order.
func Steps(k Kind) []Step {
	var out []Step
	for _, s := range steps {
		if s.Kind == k {
			out = append(out, s)
		}
	}
	return out
}

// FindStep finds a row of the step table.
func FindStep(k Kind, name StepName) (Step, bool) {
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Kind == k && s.Name == name })
	if i < 0 {
		return Step{}, false
	}
	return steps[i], true
}

// steps is the step table: the rows of a report, of a guardianship, and the rows
// that both share.
var steps []Step

// The table refers to functions that look rows up in it, so it is put together
// when the package starts.
func init() {
	steps = slices.Concat(
		reportSteps, controlSteps(MandatoryReport), retentionSteps(MandatoryReport),
		guardianshipSteps, controlSteps(Guardianship), retentionSteps(Guardianship),
	)
	policeKeys = doneOn(Police)
}

// Form is a filled form split in two: what the engine may know and what is sealed.
type Form struct {
	Engine Fields
	Sealed map[string]string
}

// ReadForm checks a form against the step's fields and splits it. values are as
// decoded from JSON: string, bool, float64, []any. Every fault is named, not only
// the first.
func (s Step) ReadForm(values map[string]any, now time.Time) (Form, *Error) {
	form := Form{Engine: Fields{}, Sealed: map[string]string{}}
	var faults []FieldError
	for _, f := range s.fields() {
		v, given := values[f.Name]
		if v == nil {
			given = false
		}
		if !given {
			continue
		}
		text, fault := f.canonical(v, now)
		if fault != nil {
			faults = append(faults, *fault)
			continue
		}
		if text == "" {
			continue
		}
		if f.Sealed() {
			form.Sealed[f.Name] = text
		} else {
			form.Engine[f.Name] = text
		}
	}
	for _, f := range s.fields() {
		if f.required(form) && form.Engine[f.Name] == "" && form.Sealed[f.Name] == "" && !hasFault(faults, f.Name) {
			faults = append(faults, FieldError{Field: f.Name, Reason: "required", Want: strings.Join(f.Options, ",")})
		}
	}
	held := form.Engine.List(DocumentsField)
	for _, d := range s.Documents {
		if d.Required && !slices.Contains(held, d.Name) && !hasFault(faults, DocumentsField) {
			faults = append(faults, FieldError{Field: DocumentsField, Reason: "required", Want: d.Name})
		}
	}
	for _, name := range sortedKeys(values) {
		if !slices.ContainsFunc(s.fields(), func(f Field) bool { return f.Name == name }) {
			faults = append(faults, FieldError{Field: name, Reason: "unknown"})
		}
	}
	if len(faults) > 0 {
		return Form{}, Refuse(CodeField, faults...)
	}
	return form, nil
}

// fields are the form's fields and, where the step has papers, the field that
// names them.
func (s Step) fields() []Field {
	if len(s.Documents) == 0 {
		return s.Form
	}
	var names []string
	for _, d := range s.Documents {
		names = append(names, d.Name)
	}
	return append(slices.Clone(s.Form), Field{Name: DocumentsField, Type: TypeMulti, Options: names})
}

// AllFields gives the fields as a screen draws them: the form's own and the list
// of papers.
func (s Step) AllFields() []Field { return s.fields() }

// check looks again at the engine fields of a command that did not come through
// ReadForm: a second wall, and what a replayed command is held to.
func (s Step) check(c Command) *Error {
	var faults []FieldError
	form := Form{Engine: c.Fields}
	for _, f := range s.fields() {
		v := c.Fields[f.Name]
		if v == "" {
			if !f.Sealed() && f.required(form) {
				faults = append(faults, FieldError{Field: f.Name, Reason: "required", Want: strings.Join(f.Options, ",")})
			}
			continue
		}
		if fault := f.checkText(v); fault != nil {
			faults = append(faults, *fault)
		}
	}
	for _, name := range sortedKeys(c.Fields) {
		i := slices.IndexFunc(s.fields(), func(f Field) bool { return f.Name == name })
		if i < 0 {
			faults = append(faults, FieldError{Field: name, Reason: "unknown"})
		} else if s.fields()[i].Sealed() {
			faults = append(faults, FieldError{Field: name, Reason: "sealed"})
		}
	}
	for _, d := range s.Documents {
		if d.Required && !slices.Contains(c.Fields.List(DocumentsField), d.Name) {
			faults = append(faults, FieldError{Field: DocumentsField, Reason: "required", Want: d.Name})
		}
	}
	if len(faults) > 0 {
		return Refuse(CodeField, faults...)
	}
	return nil
}

func (f Field) required(form Form) bool {
	if f.Required {
		return true
	}
	if f.If == "" {
		return false
	}
	name, want, _ := strings.Cut(f.If, "=")
	got := form.Engine[name]
	return slices.Contains(strings.Split(want, "|"), got)
}

// canonical turns a JSON value into canonical text.
func (f Field) canonical(v any, now time.Time) (string, *FieldError) {
	switch f.Type {
	case TypeBool:
		b, ok := v.(bool)
		if !ok {
			return "", f.fault("format", "true,false")
		}
		return strconv.FormatBool(b), nil
	case TypeInt:
		n, ok := v.(float64)
		if !ok || n != float64(int(n)) {
			return "", f.fault("format", f.bounds())
		}
		text := strconv.Itoa(int(n))
		return text, f.checkText(text)
	case TypeMulti:
		list, ok := v.([]any)
		if !ok {
			return "", f.fault("format", "array")
		}
		var out []string
		for _, e := range list {
			s, ok := e.(string)
			if !ok {
				return "", f.fault("format", "array")
			}
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		text := strings.Join(out, ",")
		if text == "" {
			return "", nil
		}
		return text, f.checkText(text)
	}
	s, ok := v.(string)
	if !ok {
		return "", f.fault("format", "string")
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if f.Type == TypeTime {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return "", f.fault("time", "RFC 3339")
		}
		text := t.UTC().Format(time.RFC3339)
		return text, f.checkText(text)
	}
	return s, f.checkText(s)
}

// checkText checks a value in canonical text.
func (f Field) checkText(v string) *FieldError {
	switch f.Type {
	case TypeEnum:
		if !slices.Contains(f.Options, v) {
			return f.fault("enum", strings.Join(f.Options, ","))
		}
	case TypeMulti:
		for _, e := range strings.Split(v, ",") {
			if !slices.Contains(f.Options, e) {
				return f.fault("enum", strings.Join(f.Options, ","))
			}
		}
	case TypeBool:
		if v != "true" && v != "false" {
			return f.fault("format", "true,false")
		}
	case TypeTime:
		// A year far off is a slip of the keyboard, and no date that a deadline
		// can be counted from.
		if t, err := time.Parse(time.RFC3339, v); err != nil || t.Year() < 2000 || t.Year() > 2099 {
			return f.fault("time", "RFC 3339, from 2000 to 2099")
		}
	case TypeInt:
		n, err := strconv.Atoi(v)
		if err != nil || n < f.Min || f.Max > 0 && n > f.Max {
			return f.fault("range", f.bounds())
		}
	case TypePost:
		if !Post(v).Valid() {
			return f.fault("format", "post")
		}
	case TypeCase:
		if !caseID.MatchString(v) {
			return f.fault("format", "case id")
		}
	case TypeID:
		if !plainID.MatchString(v) {
			return f.fault("format", "id")
		}
	case TypeText:
		limit := f.Limit()
		if utf8.RuneCountInString(v) > limit {
			return f.fault("too_long", strconv.Itoa(limit))
		}
	}
	return nil
}

// Limit is the most characters of a text field.
func (f Field) Limit() int {
	if f.Max > 0 {
		return f.Max
	}
	return maxText
}

func (f Field) bounds() string {
	if f.Max == 0 {
		return ">= " + strconv.Itoa(f.Min)
	}
	return strconv.Itoa(f.Min) + ".." + strconv.Itoa(f.Max)
}

func (f Field) fault(reason, want string) *FieldError {
	return &FieldError{Field: f.Name, Reason: reason, Want: want}
}

func hasFault(faults []FieldError, name string) bool {
	return slices.ContainsFunc(faults, func(f FieldError) bool { return f.Field == name })
}

//workflowcheck:ignore the keys are sorted
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
