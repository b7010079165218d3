package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/cases"
)

// choice is one of a list that package cases keeps: the schema lists its values.
type choice[L interface{ options() []string }] string

// Schema lists the values.
func (choice[L]) Schema(huma.Registry) *huma.Schema {
	var l L
	return oneOf(l.options())
}

func oneOf[T ~string](values []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// distinct gives each value once, where it came first. huma's own check of that
// panics over an item that is no text.
func distinct[T ~string](values []T) []T {
	var out []T
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// turned gives a list of one text type as a list of another.
func turned[To, From ~string](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}

type (
	kinds      struct{}
	stages     struct{}
	phases     struct{}
	colours    struct{}
	situations struct{}
	grounds    struct{}
	dangers    struct{}
	relations  struct{}
	levels     struct{}
	outcomes   struct{}
	vias       struct{}
)

func (kinds) options() []string      { return texts(cases.Kinds) }
func (phases) options() []string     { return texts(cases.Phases) }
func (colours) options() []string    { return texts(cases.Colours) }
func (situations) options() []string { return texts(cases.Situations) }
func (grounds) options() []string    { return texts(cases.Grounds) }
func (relations) options() []string  { return texts(cases.Relations) }
func (levels) options() []string     { return cases.AvoidLevels }
func (outcomes) options() []string   { return cases.VisitOutcomes }
func (vias) options() []string       { return []string{"phone", "letter", "onsite"} }

func (dangers) options() []string {
	return texts([]cases.Danger{cases.DangerYes, cases.DangerUnsure, cases.DangerNo})
}

func (stages) options() []string {
	seen := map[string]bool{}
	var out []string
	for _, k := range cases.Kinds {
		for _, row := range cases.Stages(k) {
			if s := string(row.Stage); !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}
