package cases

import "slices"

// PoliceKeys gives the obligations of the police track by the base of their keys, in
// the order of the step table: those that its steps do.
func PoliceKeys() []string { return policeKeys }

var policeKeys []string

// doneOn gives the obligations that the steps of a track do.
func doneOn(t Track) (keys []string) {
	for _, s := range steps {
		for _, key := range slices.Concat(s.Ends, s.Answers) {
			if s.Track == t && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// OfPolice tells whether something owed lies on the police track, by its key or by
// who owes it: only those who see the track learn of it.
func OfPolice(key string, owner Post) bool {
	return owner.Role() == RolePolice || slices.Contains(policeKeys, KeyBase(key))
}

// Shows tells whether somebody who reads the case in some posts is shown what is
// owed there under a key, by a post: always what these posts owe themselves and, who
// supervises, what a 督办单 is about; beside that nothing to who sees their own part
// only, and nothing of the police track to who does not see it. The view
// visible_obligations says the same in SQL.
func (s State) Shows(posts []Post, key string, owner Post) bool {
	switch {
	case slices.Contains(posts, owner), s.Supervised(posts, key):
		return true
	case !slices.ContainsFunc(posts, func(p Post) bool { return !p.OwnPartOnly() }):
		return false
	}
	return !OfPolice(key, owner) || slices.ContainsFunc(posts, func(p Post) bool { return p.Role().Can(SeePolice) })
}

// Supervised tells whether a 督办单 is about what is owed under a key, and one of
// some posts is there to supervise.
func (s State) Supervised(posts []Post, key string) bool {
	return key != "" && slices.ContainsFunc(posts, func(p Post) bool { return p.Role().Row().Scope == ScopeOrders }) &&
		slices.ContainsFunc(s.Orders, func(o Order) bool { return o.Obligation == key })
}

// ShownWhole tells whether a post is shown everything that is owed in the cases that
// it reads.
func (p Post) ShownWhole() bool { return !p.OwnPartOnly() && p.Role().Can(SeePolice) }

// FirstDue gives what is due first of some obligations, those apart whose clock
// stands; false if nothing is.
func FirstDue(owed []Obligation) (first Obligation, ok bool) {
	for _, o := range owed {
		if o.PausedSince.IsZero() && (!ok || o.Due.Before(first.Due)) {
			first, ok = o, true
		}
	}
	return first, ok
}
