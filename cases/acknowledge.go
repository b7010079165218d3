package cases

import (
	"slices"
	"time"
)

// Alert is what the last rung of an obligation asks for: an acknowledgement (签收) by a
// post of that rung, or of a later one.
type Alert struct {
	// Posts may acknowledge it, the lowest rung's first, each once.
	Posts []Post
	// Refusal is why nobody may, or why the person asked for may not, whatever posts
	// they hold: CodeAcked, CodeOwnReading; "" where nothing is in the way.
	Refusal Code
}

// Alert gives who may acknowledge an obligation as it stands, for one person.
func (s State) Alert(r Rules, o Obligation, person string) Alert {
	c := &change{s: s, r: r}
	l, _ := r.Ladder(o.Ladder, o.Colour)
	out := Alert{}
	for _, rung := range l.from(o.Rung - 1) {
		for _, p := range c.rungPosts(o, rung) {
			if !slices.Contains(out.Posts, p) {
				out.Posts = append(out.Posts, p)
			}
		}
	}
	if g, ok := s.glassOf(o.Key); ok && person != "" && g.By.Person == person {
		out.Refusal = CodeOwnReading
	} else if l.usedUp(o) {
		out.Refusal = CodeAcked
	}
	return out
}

// from gives the rungs from number k on (from 0); of a ladder whose last rung repeats,
// that one for ever.
func (l Ladder) from(k int) []Rung {
	return l.Rungs[min(max(k, 0), max(len(l.Rungs)-1, 0)):]
}

// usedUp tells whether the present rung has had all acknowledgements that it may have.
func (l Ladder) usedUp(o Obligation) bool { return l.AcksPerRung > 0 && o.Acks >= l.AcksPerRung }

// ack takes an acknowledgement in. It stops the climb for the rung's hold if it
// comes from a post of the rung that fired last, or of a later one.
func (c *change) ack(f Fact) string {
	i := c.s.index(f.Fields["key"])
	if i < 0 {
		return "nothing_open"
	}
	o := &c.s.Obligations[i]
	if o.Occurrence != f.Fields.Int("occurrence") || o.Epoch != f.Fields.Int("epoch") {
		return "stale"
	}
	by := f.By.Post
	if f.Fields["for"] != "" {
		by = Post(f.Fields["for"]) // 代签收 by phone, recorded by the duty officer
	}
	if g, ok := c.s.glassOf(o.Key); ok && (g.By.Person == f.By.Person || g.By.Post == by && o.Owner != by) {
		return "own_reading"
	}
	l, _ := c.r.Ladder(o.Ladder, o.Colour)
	rung, ok := c.rungOf(*o, l, by)
	if !ok {
		return "below_rung"
	}
	if l.usedUp(*o) {
		return "acks_used_up"
	}
	o.Acks++
	o.Lift, o.LiftedAt = false, time.Time{}
	o.AckedBy, o.AckedAt = by, c.now
	if o.Rung > 0 {
		o.HeldUntil, _ = c.r.Calendar.add(c.now, rung.Hold)
		if promised := f.Fields.Time("by"); !promised.IsZero() && promised.Before(o.HeldUntil) && promised.After(c.now) {
			o.HeldUntil = promised
		}
		// Who acknowledges a reminder puts off no deadline: it fires at due.
		if fired := o.Rung - 1; fired < len(l.Rungs) && l.Rungs[fired].BeforePercent > 0 && o.HeldUntil.After(o.Due) {
			o.HeldUntil = o.Due
		}
	}
	e := obligationEvent(EventAck, *o)
	e.Rung, e.Actor, e.Owner = o.Rung-1, f.By, by
	e.Due = o.HeldUntil
	c.event(e)
	return ""
}

// rungOf finds the first rung from the one that fired last on that a post is on.
func (c *change) rungOf(o Obligation, l Ladder, p Post) (Rung, bool) {
	for _, rung := range l.from(o.Rung - 1) {
		if slices.Contains(c.rungPosts(o, rung), p) {
			return rung, true
		}
	}
	return Rung{}, false
}
