package cases

import (
	"strconv"
	"time"
)

// mostRungs bounds how many rungs of one obligation are replayed: the last of a
// ladder repeats until somebody acts.
const mostRungs = 1000

// Past is an obligation as it really went: what it was counted from, what people did
// about it, and when it ended. Replaying it under other rules says what these would
// have made of the same days.
type Past struct {
	// Case is the case as it stands now: where it is, and who may know of it.
	Case State
	// Obligation is as it was last.
	Obligation Obligation
	// Events are its own: that it was owed, and what people caused (paused, resumed,
	// acknowledged, unreached, handed over). The oldest first.
	Events []Event
	// Until is when it ended, or now.
	Until time.Time
}

// Replayed is what became of an obligation under some rules.
type Replayed struct {
	Due         time.Time
	Provisional bool
	// Overdue tells whether it was late when it ended, or is late now.
	Overdue bool
	// Rungs are the alerts that went out, with whom each told.
	Rungs []Event
}

// Replay counts the deadline by the rules and lets the ladder climb at its exact
// times, with what people did at the times when they did it. It is the engine's own
// counting and climbing. ok is false where the rules have no such row.
//
// What it does not know is what people would have done otherwise: somebody who is
// told earlier may also act earlier.
func (p Past) Replay(r Rules) (out Replayed, ok bool) {
	o := p.Obligation
	d, ok := r.Deadline(o.Rule, o.Colour)
	if !ok {
		return out, false
	}
	span, ok := d.spanOf(max(o.Leg, 1))
	if !ok {
		return out, false
	}
	if o.Fixed {
		o.Due = o.Due.Add(-o.Stood)
	} else {
		o.Due, o.Provisional = r.Calendar.DueAt(o.Start, span, d.Roll)
	}
	o.Ladder, o.Epoch, o.Stood, o.PausedSince = d.Ladder, 1, 0, time.Time{}
	s := p.Case
	s.Clock, s.Colour, s.Orders, s.Obligations = time.Time{}, o.Colour, nil, []Obligation{o}
	from := o.Start
	if len(p.Events) > 0 && p.Events[0].At.After(from) {
		from = p.Events[0].At // what is owed from an earlier day on is owed since somebody said so
	}
	c := begin(s, r, from)
	c.move(0, o.Due, o.Provisional, "") // the ladder from its foot
	for _, e := range p.Events {
		c.climbUntil(e.At)
		c.again(e)
	}
	c.climbUntil(p.Until)
	o = c.s.Obligations[0]
	for _, e := range c.ev {
		if e.Type == EventRung && e.Key == o.Key {
			out.Rungs = append(out.Rungs, e)
		}
	}
	out.Due, out.Provisional = o.Due, o.Provisional
	out.Overdue = o.Overdue(p.Until)
	return out, true
}

// climbUntil lets the ladder of the one obligation climb up to a time.
func (c *change) climbUntil(end time.Time) {
	for range mostRungs {
		_, at, ok := nextRung(c.s.Obligations[0], c.r, c.now)
		if !ok || !at.Before(end) {
			break
		}
		if at.After(c.now) {
			c.now = at
		}
		c.climb(0)
	}
	if end.After(c.now) {
		c.now = end
	}
}

// again does once more to the one obligation what somebody did.
func (c *change) again(e Event) {
	o := &c.s.Obligations[0]
	switch e.Type {
	case EventPaused:
		o.PausedSince = e.At
	case EventResumed:
		if o.PausedSince.IsZero() {
			return
		}
		stood := e.At.Sub(o.PausedSince)
		o.PausedSince = time.Time{}
		o.Stood += stood
		c.move(0, o.Due.Add(stood), o.Provisional, "resumed")
	case EventOwed, EventHandedOver:
		if len(e.Posts) > 0 {
			o.Owner = e.Posts[0]
		}
	case EventAck:
		c.ack(Fact{By: Actor{Person: e.Actor.Person, Post: e.Owner}, Fields: Fields{
			"key": o.Key, "occurrence": strconv.Itoa(o.Occurrence), "epoch": strconv.Itoa(o.Epoch), "by": e.Due.Format(time.RFC3339Nano),
		}})
	case EventUnreached:
		c.unreached(Fact{Kind: FactKind(e.Reason), Fields: Fields{
			"key": o.Key, "occurrence": strconv.Itoa(o.Occurrence), "epoch": strconv.Itoa(o.Epoch), "rung": strconv.Itoa(o.Rung - 1),
		}})
	}
}
