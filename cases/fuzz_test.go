package cases_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// FuzzReadForm looks for a form that breaks its reader, or that brings words into the engine: what a step takes in is checked again by
// the engine's own eyes, and words are sealed.
func FuzzReadForm(f *testing.F) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for i, s := range []string{
		`{}`, `null`, `{"colour":"red","reason":"…","duplicate":false}`, `{"documents":["case_plan","x"],"at":"2026-11-24T00:00:00Z"}`, `{"at":"0000-01-01T00:00:00Z"}`,
		`{"n":1e308,"post":"unit:/","case":"x","key":"a b"}`, `{"documents":[null,{},["a"]],"reason":{"a":[]}}`, `{"reason":"\ud800\u0000"}`,
	} {
		f.Add(uint16(7*i), []byte(s))
	}
	f.Fuzz(func(t *testing.T, which uint16, src []byte) {
		var values map[string]any
		if json.Unmarshal(src, &values) != nil {
			return
		}
		steps := cases.AllSteps()
		step := steps[int(which)%len(steps)]
		form, refusal := step.ReadForm(values, now)
		if refusal != nil {
			require.Equal(t, cases.CodeField, refusal.Code)
			require.NotEmpty(t, refusal.Fields)
			return
		}
		for _, field := range step.AllFields() {
			_, inEngine := form.Engine[field.Name]
			require.False(t, inEngine && field.Sealed(), field.Name)
		}
		again, refusal := step.ReadForm(backToJSON(step, form), now)
		require.Nil(t, refusal)
		require.Equal(t, form, again, "read back, it is the same form")
	})
}

// backToJSON gives a form as it would be sent.
func backToJSON(step cases.Step, form cases.Form) map[string]any {
	out := map[string]any{}
	for _, field := range step.AllFields() {
		text, ok := form.Engine[field.Name]
		if !ok {
			if text, ok = form.Sealed[field.Name]; !ok {
				continue
			}
		}
		switch field.Type {
		case cases.TypeBool:
			out[field.Name] = text == "true"
		case cases.TypeInt:
			out[field.Name] = float64(form.Engine.Int(field.Name))
		case cases.TypeMulti:
			var list []any
			for _, v := range form.Engine.List(field.Name) {
				list = append(list, v)
			}
			out[field.Name] = list
		default:
			out[field.Name] = text
		}
	}
	return out
}

// FuzzPosts looks for the name of a post that breaks what reads it.
func FuzzPosts(f *testing.F) {
	for _, name := range []string{"", "/", "unit:/", "unit:police/police#1", "village:379999101203/director", "city:３７９９９９０００００００/desk", "city:379999000000/", "town:::", "system/system", "village:000000000000/director"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p := cases.Post(name)
		st := cases.State{Org: "379999101203", Owner: "city:379999000000/desk"}
		_, _, _, _ = p.Area()
		_, _ = p.MayAppoint(p), cases.Separate(p, st.Owner)
		if st.Reaches(p) {
			require.True(t, p.Valid(), "%q is no post, and reaches a case", name)
		}
		spec := cases.PostSpec(name)
		if spec.Valid() {
			_ = spec.Resolve("379999000000", "", "")
		}
	})
}
