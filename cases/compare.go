package cases

import (
	"cmp"
	"slices"
	"time"
)

// Comparison is what a change of the rules would have made of past cases: each
// deadline counted twice, by the present rules and by the new ones.
type Comparison struct {
	// Deadlines are those of the rows that change; Others those of other rows, which
	// stay as they are.
	Deadlines int `json:"deadlines"`
	Others    int `json:"others"`
	Tally
	Rows     []RowTally  `json:"rows"`
	Posts    []PostTally `json:"posts"`
	Examples []Example   `json:"examples"`
}

// Tally counts deadlines and alerts before and after the change.
type Tally struct {
	Earlier       int `json:"earlier"` // due earlier than by the present rules
	Later         int `json:"later"`
	OverdueBefore int `json:"overdue_before"`
	OverdueAfter  int `json:"overdue_after"`
	RungsBefore   int `json:"rungs_before"`
	RungsAfter    int `json:"rungs_after"`
}

// RowTally is the tally of a row.
type RowTally struct {
	Rule      RuleID `json:"rule"`
	Deadlines int    `json:"deadlines"`
	Tally
}

// PostTally is how often a post would have been told.
type PostTally struct {
	Post   Post `json:"post"`
	Before int  `json:"before"`
	After  int  `json:"after"`
}

// Example is a deadline that the change moves.
type Example struct {
	Case          string    `json:"case"`
	Key           string    `json:"key"`
	Rule          RuleID    `json:"rule"`
	Start         time.Time `json:"start"`
	Before        time.Time `json:"before"` // when it is due by the present rules
	After         time.Time `json:"after"`  // and by the new ones
	OverdueBefore bool      `json:"overdue_before"`
	OverdueAfter  bool      `json:"overdue_after"`
	RungsBefore   int       `json:"rungs_before"`
	RungsAfter    int       `json:"rungs_after"`
}

// examplesOfRow is how many examples of a row are kept.
const examplesOfRow = 4

// Add compares one more deadline. A row that both rules have alike is counted and not
// replayed.
func (c *Comparison) Add(p Past, before, after Rules) {
	o := p.Obligation
	was, _ := before.Deadline(o.Rule, o.Colour)
	will, _ := after.Deadline(o.Rule, o.Colour)
	if alike(was, will) && before.Calendar.Version == after.Calendar.Version {
		c.Others++
		return
	}
	a, ok1 := p.Replay(before)
	b, ok2 := p.Replay(after)
	if !ok1 || !ok2 {
		c.Others++
		return
	}
	c.Deadlines++
	c.Tally.add(a, b)
	row := entry(&c.Rows, func(r RowTally) bool { return r.Rule == was.ID }, RowTally{Rule: was.ID})
	row.Deadlines++
	row.add(a, b)
	for _, e := range a.Rungs {
		for _, q := range e.Posts {
			entry(&c.Posts, func(t PostTally) bool { return t.Post == q }, PostTally{Post: q}).Before++
		}
	}
	for _, e := range b.Rungs {
		for _, q := range e.Posts {
			entry(&c.Posts, func(t PostTally) bool { return t.Post == q }, PostTally{Post: q}).After++
		}
	}
	c.example(Example{
		Case: p.Case.ID, Key: o.Key, Rule: was.ID, Start: o.Start, Before: a.Due, After: b.Due,
		OverdueBefore: a.Overdue, OverdueAfter: b.Overdue, RungsBefore: len(a.Rungs), RungsAfter: len(b.Rungs),
	})
}

func alike(a, b Deadline) bool {
	return a.Span == b.Span && slices.Equal(a.Then, b.Then) && a.Roll == b.Roll && a.Ladder == b.Ladder
}

func (t *Tally) add(a, b Replayed) {
	switch {
	case b.Due.Before(a.Due):
		t.Earlier++
	case b.Due.After(a.Due):
		t.Later++
	}
	if a.Overdue {
		t.OverdueBefore++
	}
	if b.Overdue {
		t.OverdueAfter++
	}
	t.RungsBefore += len(a.Rungs)
	t.RungsAfter += len(b.Rungs)
}

// example keeps what shows most: those that become late or are late no more, then the
// rest, a few of each row.
func (c *Comparison) example(e Example) {
	turns := func(e Example) bool { return e.OverdueBefore != e.OverdueAfter }
	if e.Before.Equal(e.After) && e.RungsBefore == e.RungsAfter {
		return
	}
	n := 0
	for i, x := range c.Examples {
		if x.Rule != e.Rule {
			continue
		}
		n++
		if turns(e) && !turns(x) {
			c.Examples[i] = e
			return
		}
	}
	if n < examplesOfRow {
		c.Examples = append(c.Examples, e)
	}
}

// Sort puts rows, posts and examples in order: what changes most first.
func (c *Comparison) Sort() {
	slices.SortFunc(c.Rows, func(a, b RowTally) int {
		return cmp.Or(cmp.Compare(b.Deadlines, a.Deadlines), cmp.Compare(a.Rule, b.Rule))
	})
	slices.SortFunc(c.Posts, func(a, b PostTally) int {
		return cmp.Or(cmp.Compare(abs(b.After-b.Before), abs(a.After-a.Before)), cmp.Compare(a.Post, b.Post))
	})
	slices.SortStableFunc(c.Examples, func(a, b Example) int { return cmp.Compare(a.Rule, b.Rule) })
}

func abs(n int) int { return max(n, -n) }

// entry gives the element that fits, a new one where there is none.
func entry[T any](list *[]T, fits func(T) bool, fresh T) *T {
	i := slices.IndexFunc(*list, fits)
	if i < 0 {
		*list = append(*list, fresh)
		i = len(*list) - 1
	}
	return &(*list)[i]
}
