package cases_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func row(t *testing.T, kind cases.Kind, name cases.StepName) cases.Step {
	t.Helper()
	step, ok := cases.FindStep(kind, name)
	require.True(t, ok)
	return step
}

func TestAFormIsSplitIntoWhatTheEngineMayKnowAndWhatIsSealed(t *testing.T) {
	step := row(t, cases.MandatoryReport, "child_seen")
	read, refusal := step.ReadForm(form{
		"seen_at": "2026-03-16T10:30:00+08:00", "place": "school", "with": []any{"police", "school", "police"},
		"suspect_absent": true, "condition": "  " + secret + "  ",
	}, monday)
	require.Nil(t, refusal)
	require.Equal(t, cases.Fields{
		"seen_at": "2026-03-16T02:30:00Z", "place": "school", "with": "police,school", "suspect_absent": "true",
	}, read.Engine)
	require.Equal(t, map[string]string{"condition": secret}, read.Sealed)
	require.Equal(t, []string{"police", "school"}, read.Engine.List("with"))
	require.True(t, read.Engine.Bool("suspect_absent"))
	require.True(t, read.Engine.Time("seen_at").Equal(time.Date(2026, 3, 16, 2, 30, 0, 0, time.UTC)))
}

func TestEveryFormOfTheTableCanBeFilled(t *testing.T) {
	for _, step := range cases.AllSteps() {
		over := form{}
		for _, f := range step.AllFields() {
			switch f.Type {
			case cases.TypePost:
				over[f.Name] = string(manager)
			case cases.TypeCase:
				over[f.Name] = reportB
			case cases.TypeID:
				over[f.Name] = "triage"
			}
		}
		read, refusal := step.ReadForm(fill(step, monday, over), monday)
		require.Nil(t, refusal, "%s/%s", step.Kind, step.Name)
		for _, f := range step.AllFields() {
			if f.Sealed() {
				require.NotContains(t, read.Engine, f.Name)
			} else {
				require.NotContains(t, read.Sealed, f.Name)
			}
		}
	}
}

func TestAFormNamesEveryFault(t *testing.T) {
	full := func(kind cases.Kind, name cases.StepName, over form) (cases.Step, form) {
		step := row(t, kind, name)
		return step, fill(step, monday, over)
	}
	long := strings.Repeat("长", 4001)
	tests := []struct {
		name string
		step cases.StepName
		kind cases.Kind
		over form
		want cases.FieldError // Field and Reason
	}{
		{name: "a required text is missing", step: "triage", over: form{"reason": nil}, want: cases.FieldError{Field: "reason", Reason: "required"}},
		{name: "blanks are nothing", step: "triage", over: form{"reason": " \n\t"}, want: cases.FieldError{Field: "reason", Reason: "required"}},
		{name: "a required choice is missing", step: "triage", over: form{"colour": nil}, want: cases.FieldError{Field: "colour", Reason: "required"}},
		{name: "no such choice", step: "triage", over: form{"colour": "pink"}, want: cases.FieldError{Field: "colour", Reason: "enum"}},
		{name: "a number where a choice should be", step: "triage", over: form{"colour": 3.0}, want: cases.FieldError{Field: "colour", Reason: "format"}},
		{name: "a word where yes or no should be", step: "triage", over: form{"duplicate": "true"}, want: cases.FieldError{Field: "duplicate", Reason: "format"}},
		{name: "a text one character too long", step: "triage", over: form{"reason": long}, want: cases.FieldError{Field: "reason", Reason: "too_long"}},
		{name: "a short text too long", step: "transfer", over: form{"place": strings.Repeat("x", 201)}, want: cases.FieldError{Field: "place", Reason: "too_long"}},
		{name: "a text that is a list", step: "triage", over: form{"reason": []any{"a"}}, want: cases.FieldError{Field: "reason", Reason: "format"}},
		{name: "not a post", step: "assign", over: form{"post": "the boss"}, want: cases.FieldError{Field: "post", Reason: "format"}},
		{name: "a village's code for a town's post", step: "assign", over: form{"post": "town:379999101203/supervisor"}, want: cases.FieldError{Field: "post", Reason: "format"}},
		{name: "not a time", step: "police_report", over: form{"reported_at": "yesterday"}, want: cases.FieldError{Field: "reported_at", Reason: "time"}},
		{name: "a time without its zone", step: "police_report", over: form{"reported_at": "2026-03-16T10:00:00"}, want: cases.FieldError{Field: "reported_at", Reason: "time"}},
		{name: "a year that nobody means", step: "police_report", over: form{"reported_at": "0001-01-01T00:00:00Z"}, want: cases.FieldError{Field: "reported_at", Reason: "time"}},
		{name: "a year beyond all deadlines", step: "police_report", over: form{"reported_at": "9999-01-01T00:00:00Z"}, want: cases.FieldError{Field: "reported_at", Reason: "time"}},
		{name: "not a list", step: "child_seen", over: form{"with": "police"}, want: cases.FieldError{Field: "with", Reason: "format"}},
		{name: "a list of numbers", step: "child_seen", over: form{"with": []any{1.0}}, want: cases.FieldError{Field: "with", Reason: "format"}},
		{name: "an empty list", step: "child_seen", over: form{"with": []any{}}, want: cases.FieldError{Field: "with", Reason: "required"}},
		{name: "no such thing in the list", step: "child_seen", over: form{"with": []any{"police", "dog"}}, want: cases.FieldError{Field: "with", Reason: "enum"}},
		{name: "half a task", step: "task_sign", over: form{"task": 1.5}, want: cases.FieldError{Field: "task", Reason: "format"}},
		{name: "task 0", step: "task_sign", over: form{"task": 0.0}, want: cases.FieldError{Field: "task", Reason: "range"}},
		{name: "task 1000", step: "task_sign", over: form{"task": 1000.0}, want: cases.FieldError{Field: "task", Reason: "range"}},
		{name: "two assessors", step: "full_assess", kind: cases.Guardianship, over: form{"assessors": 2.0}, want: cases.FieldError{Field: "assessors", Reason: "range"}},
		{name: "not a case", step: "merge", over: form{"into": "R-1"}, want: cases.FieldError{Field: "into", Reason: "format"}},
		{name: "twelve characters in the place of a case", step: "merge", over: form{"into": strings.Repeat("张", 12)}, want: cases.FieldError{Field: "into", Reason: "format"}},
		{name: "a name in the place of an id", step: "pause", over: form{"key": "张小雨"}, want: cases.FieldError{Field: "key", Reason: "format"}},
		{name: "an id with blanks", step: "pause", over: form{"key": "a b"}, want: cases.FieldError{Field: "key", Reason: "format"}},
		{name: "a field that the form has not", step: "triage", over: form{"name": secret}, want: cases.FieldError{Field: "name", Reason: "unknown"}},
		{name: "required because of another answer", step: "child_seen", over: form{"suspect_absent": false, "why_present": nil}, want: cases.FieldError{Field: "why_present", Reason: "required"}},
		{name: "a choice required because of another answer", step: "close", over: form{"interim": true, "interim_cause": nil}, want: cases.FieldError{Field: "interim_cause", Reason: "required"}},
		{name: "a paper is missing", step: "close", over: form{"documents": []any{}}, want: cases.FieldError{Field: "documents", Reason: "required"}},
		{name: "a paper that is none of the step's", step: "close", over: form{"documents": []any{"closing_report", "menu"}}, want: cases.FieldError{Field: "documents", Reason: "enum"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kind := tt.kind
			if kind == "" {
				kind = cases.MandatoryReport
			}
			step, values := full(kind, tt.step, form{"post": string(manager), "into": reportB, "key": "triage"})
			for name := range values { // only what the form asks for
				found := false
				for _, f := range step.AllFields() {
					found = found || f.Name == name
				}
				if !found {
					delete(values, name)
				}
			}
			_, refusal := step.ReadForm(values, monday)
			require.Nil(t, refusal, "the form is right without the fault")
			for name, v := range tt.over {
				values[name] = v
			}
			_, refusal = step.ReadForm(values, monday)
			require.NotNil(t, refusal)
			require.Equal(t, cases.CodeField, refusal.Code)
			require.Len(t, refusal.Fields, 1, "%v", refusal)
			require.Equal(t, tt.want.Field, refusal.Fields[0].Field)
			require.Equal(t, tt.want.Reason, refusal.Fields[0].Reason)
			require.NotContains(t, refusal.Error(), secret)
		})
	}
}

func TestAllFaultsOfAFormAreNamedAtOnce(t *testing.T) {
	_, refusal := row(t, cases.MandatoryReport, "triage").ReadForm(form{"colour": "pink", "duplicate": 1.0, "extra": 1.0}, monday)
	require.NotNil(t, refusal)
	var names []string
	for _, f := range refusal.Fields {
		names = append(names, f.Field+":"+f.Reason)
	}
	require.ElementsMatch(t, []string{
		"colour:enum", "duplicate:format", "extra:unknown", "reason:required", "jurisdiction:required",
		"guardianship_needed:required", "compartment:required", "relation:required",
	}, names)
}

func TestWhatNeedNotBeAnsweredMayBeLeftOut(t *testing.T) {
	step := row(t, cases.MandatoryReport, "child_seen")
	values := fill(step, monday, form{"suspect_absent": true, "why_present": nil})
	_, refusal := step.ReadForm(values, monday)
	require.Nil(t, refusal)
}

// What comes past the form (a replayed command, a caller of the engine) meets the
// same wall.
func TestACommandThatDidNotComeThroughAFormIsHeldToItToo(t *testing.T) {
	tests := []struct {
		name   string
		change func(cases.Fields)
		want   cases.FieldError
	}{
		{"missing", func(f cases.Fields) { delete(f, "colour") }, cases.FieldError{Field: "colour", Reason: "required"}},
		{"not a choice", func(f cases.Fields) { f["colour"] = "pink" }, cases.FieldError{Field: "colour", Reason: "enum"}},
		{"not yes or no", func(f cases.Fields) { f["duplicate"] = "1" }, cases.FieldError{Field: "duplicate", Reason: "format"}},
		{"unknown", func(f cases.Fields) { f["x"] = "y" }, cases.FieldError{Field: "x", Reason: "unknown"}},
		{"words in the clear", func(f cases.Fields) { f["reason"] = secret }, cases.FieldError{Field: "reason", Reason: "sealed"}},
		{"not a post", func(f cases.Fields) { f["manager"] = "me" }, cases.FieldError{Field: "manager", Reason: "format"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc := at(t, "anqiu").file(aReport())
			cmd := sc.command("triage", desk, nil)
			tt.change(cmd.Fields)
			refusal := sc.refusedCommand(cases.CodeField, cmd)
			require.Len(t, refusal.Fields, 1)
			require.Equal(t, tt.want.Field, refusal.Fields[0].Field)
			require.Equal(t, tt.want.Reason, refusal.Fields[0].Reason)
		})
	}
	t.Run("a paper", func(t *testing.T) {
		sc := at(t, "anqiu")
		assessing(sc)
		cmd := sc.command("assess", manager, nil)
		cmd.Fields[cases.DocumentsField] = "needs_list"
		refusal := sc.refusedCommand(cases.CodeField, cmd)
		require.Equal(t, "risk_assessment", refusal.Fields[0].Want)
	})
}

func TestAReportIsCheckedWhole(t *testing.T) {
	_, refusal := cases.Open(cases.Report{
		Org: "village", Situations: []cases.Situation{"MR10"}, Danger: "maybe", Relation: "dog", Avoid: []string{"everybody"},
		PoliceReportedAt: monday.Add(hour),
	}, rulesOnce()["anqiu"], monday)
	require.NotNil(t, refusal)
	var names []string
	for _, f := range refusal.Fields {
		names = append(names, f.Field+":"+f.Reason)
	}
	require.Equal(t, []string{"id:required", "org:format", "situations:enum", "danger:enum", "relation:enum", "avoid:enum", "police_reported_at:time"}, names)
}
