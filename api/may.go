package api

import (
	"slices"

	"tonghu/cases"
	"tonghu/records"
)

// deed is something that is done in a case beside its steps, and who may do it.
type deed struct {
	name  string
	roles []cases.Role
	file  bool // it adds to the file, which a destroyed one does not let
}

// doable lists the deeds; a screen offers those that the case says are the caller's.
var doable = []deed{
	{name: "visit", roles: visiting, file: true},
	{name: "note", roles: noting, file: true},
	{name: "attach", roles: attaching, file: true},
	{name: "talk", roles: answering},
	{name: "print_chain", roles: cases.RolesThat(cases.PrintChain)},
}

type deeds struct{}

func (deeds) options() []string {
	out := make([]string, len(doable))
	for i, d := range doable {
		out[i] = d.name
	}
	return out
}

// mayDo gives what the caller may do in a case beside its steps.
func mayDo(v caseView, a records.Access) []choice[deeds] {
	posts := reading(v.full, a)
	erased := !v.ErasedAt.IsZero() || v.full.Erased()
	out := []choice[deeds]{}
	for _, d := range doable {
		holds := slices.ContainsFunc(posts, func(p cases.Post) bool { return slices.Contains(d.roles, p.Role()) })
		if holds && !(d.file && erased) {
			out = append(out, choice[deeds](d.name))
		}
	}
	return out
}
