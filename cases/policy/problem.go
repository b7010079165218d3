package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a policy or a calendar.
type Problem struct {
	File string // as given to Parse, or the name of an embedded file
	Line int    // from 1
	What string // what is wrong
	Want string // what would be right
}

// String gives the problem as editors and CI read it: file:line: what; want.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
	if p.Want != "" {
		s += "; " + p.Want
	}
	return s
}

// Problems is the error of a refused policy: everything that is wrong with it, in
// the order of the file, one line each.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// sorted gives the problems in the order of their files, each once; nil if there
// are none.
func (p Problems) sorted() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(p)
}
