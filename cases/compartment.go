package cases

import "slices"

// Compartment is a part of a case's file that is kept under a key of its own and
// granted on its own (保密信息). The names are those of package vault and of the
// API.
type Compartment string

// The compartments.
const (
	Ordinary  Compartment = "ordinary"  // 一般信息: who the child is, notes
	Reporter  Compartment = "reporter"  // 报告人信息 (意见 13)
	Narrative Compartment = "narrative" // 案情; in a 性侵 case every word of it
	Medical   Compartment = "medical"   // 医疗信息
	Address   Compartment = "address"   // 受保护住址: where a child was placed
)

// Compartments lists them all.
var Compartments = []Compartment{Ordinary, Reporter, Narrative, Medical, Address}

// AddressSealed tells whether where the child lives and goes to school is for those
// alone who read protected addresses: a protection order is asked for or in force
// (DOMAIN 7).
func (s State) AddressSealed() bool {
	return s.Protection.OrderState == "applied" || s.Protection.OrderState == "issued"
}

// PlacementSealed tells whether in whose care the child is is for those alone: the
// guardian is at fault (TG4-TG6, DOMAIN 8a.2).
func (s State) PlacementSealed() bool { return s.Kind == Guardianship && s.Ground.GuardianAtFault() }

// secret are the compartments whose leak does the most harm: nobody lends them alone.
var secret = []Compartment{Reporter, Narrative}

// compartmentsIn reads the compartments that a form or a fact names.
func compartmentsIn(f Fields) []Compartment {
	var out []Compartment
	for _, name := range f.List("compartments") {
		if c := Compartment(name); slices.Contains(Compartments, c) {
			out = append(out, c)
		}
	}
	return out
}
