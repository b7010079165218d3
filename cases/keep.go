package cases

import "strings"

// keepFrom keeps the case from posts (回避, 8a.1) and, in the compartment, from the
// village (8a.8): they lose what they were lent, owe and proposed, and the cases that
// are tied to this one do the same, for they are of the same child. Nobody is recused
// who is the last that could act. from is the case that told it, "" for a step of this
// one. It answers whether anything changed.
func (c *change) keepFrom(posts []Post, compartment bool, from string) bool {
	var kept []Post
	for _, p := range posts {
		if c.s.IsRecused(p) || c.s.isLast(p) {
			continue
		}
		kept = append(kept, p)
		c.s.Recused = append(c.s.Recused, p)
		c.event(Event{Type: EventRecused, Rung: noRung, Owner: p})
		c.lapseProposals("recused", func(q Proposal) bool { return q.By.Post != p })
		c.endGrants("recused", func(g Grant) bool { return g.Post == p })
	}
	reason := "recused"
	if compartment = compartment && !c.s.Compartment; compartment {
		c.s.Compartment = true
		reason = "compartment"
	}
	if len(kept) == 0 && !compartment {
		return false
	}
	c.dropConfirms(reason)
	c.reown(reason)
	for _, l := range c.s.Links {
		// A case that was merged is this one's own past, and what goes on is told to where it goes on.
		if l.Case == from || l.Erased || l.Relation == "merged_from" || l.Relation == "merged_into" {
			continue
		}
		c.tell(l.Case, FactKeptFrom, keptFields(Fields{"case": c.s.ID}, kept, compartment))
	}
	return true
}

// keptFrom adds to a fact for another case whom this one is kept from.
func (s State) keptFrom(f Fields) Fields { return keptFields(f, s.Recused, s.Compartment) }

func keptFields(f Fields, recused []Post, compartment bool) Fields {
	if len(recused) > 0 {
		f["recused"] = strings.Join(strs(recused), ",")
	}
	if compartment {
		f["compartment"] = "true"
	}
	return f
}

func postsIn(f Fields, name string) []Post {
	var out []Post
	for _, p := range f.List(name) {
		if p := Post(p); p.Valid() {
			out = append(out, p)
		}
	}
	return out
}
