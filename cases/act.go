package cases

import (
	"slices"
	"time"
)

// Input is what one act of a case takes in: facts first, then the passing of
// time, then at most one command.
type Input struct {
	Facts []Fact
	// More is set when further facts wait: nothing is fired before all are in.
	More    bool
	Command *Command
}

// Act is the whole engine: it takes facts in, fires what is due, applies the
// command, and gives one change to be recorded whole. A refused command gives the
// refusal together with the change that facts and time made by themselves, which
// is still to be recorded.
func Act(s State, r Rules, in Input, now time.Time) (Transition, *Error) {
	c := begin(s, r, now)
	for _, f := range in.Facts {
		c.absorb(f)
	}
	if !in.More {
		c.tick()
	}
	if in.Command == nil {
		return c.done(), nil
	}
	before := c.save()
	if refusal := c.command(*in.Command); refusal != nil {
		c.restore(before)
		return c.done(), refusal
	}
	if !in.More {
		c.tick()
	}
	return c.done(), nil
}

// Due tells whether an act at a time would fire a rung: whoever acts then reads the
// waiting facts first, so that nobody is alarmed about a visit already made.
func Due(s State, r Rules, now time.Time) bool {
	return slices.ContainsFunc(s.Obligations, func(o Obligation) bool {
		_, at, ok := nextRung(o, r, now)
		return ok && !at.After(now)
	})
}

// Apply applies one command.
func Apply(s State, r Rules, cmd Command, now time.Time) (Transition, *Error) {
	return Act(s, r, Input{Command: &cmd}, now)
}

// Tick fires what is due at a time.
func Tick(s State, r Rules, now time.Time) Transition {
	t, _ := Act(s, r, Input{}, now)
	return t
}

// Absorb takes facts in.
func Absorb(s State, r Rules, facts []Fact, now time.Time) Transition {
	t, _ := Act(s, r, Input{Facts: facts}, now)
	return t
}

// NextWake gives when the case must be looked at again by itself; false if
// nothing is waiting for time to pass. Wake-ups of a non-urgent rung are moved
// after it by a share of the rule's spread that is the case's own.
func NextWake(s State, r Rules) (time.Time, bool) {
	var first time.Time
	for _, o := range s.Obligations {
		_, at, ok := nextRung(o, r, s.Clock)
		if !ok {
			continue
		}
		if l, _ := r.Ladder(o.Ladder, o.Colour); !l.Urgent && !o.Lift {
			if d, ok := r.Deadline(o.Rule, o.Colour); ok {
				at = at.Add(spread(s.ID, d.Spread))
			}
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, !first.IsZero()
}

// change is a transition in the making.
type change struct {
	s     State
	r     Rules
	now   time.Time
	base  int64
	ev    []Event
	res   *Result
	facts []string
	send  []Outgoing
	opens []Transition
	left  []Obligation // released because the case ended
}

func begin(s State, r Rules, now time.Time) *change {
	now = now.Round(0).UTC() // what is kept has no monotonic part
	if now.Before(s.Clock) {
		now = s.Clock // the clock never goes backwards
	}
	return &change{s: s.clone(), r: r, now: now, base: s.Seq}
}

// saved is a point to go back to when a command is refused half-way.
type saved struct {
	s                            State
	r                            Rules
	ev, facts, send, opens, left int
}

func (c *change) save() saved {
	return saved{c.s.clone(), c.r, len(c.ev), len(c.facts), len(c.send), len(c.opens), len(c.left)}
}

func (c *change) restore(p saved) {
	c.s, c.r, c.ev, c.facts, c.send, c.opens = p.s, p.r, c.ev[:p.ev], c.facts[:p.facts], c.send[:p.send], c.opens[:p.opens]
	c.res, c.left = nil, c.left[:p.left]
}

func (c *change) done() Transition {
	t := Transition{Base: c.base, Events: c.ev, Result: c.res, Facts: c.facts, Send: c.send, Opens: c.opens}
	if t.Changed() {
		c.s.Seq = c.base + 1
		c.s.Clock = c.now
		if c.res != nil {
			c.res.Seq = c.s.Seq
			c.s.Commands[len(c.s.Commands)-1].Seq = c.s.Seq
		}
	}
	t.State = c.s
	return t
}

func (c *change) event(e Event) {
	e.At = c.now
	c.ev = append(c.ev, e)
}

// owe opens an obligation of a rule under a key. An open one of the same key is
// left alone: what is owed is owed once.
func (c *change) owe(key string, rule RuleID, start time.Time) { c.oweLeg(key, rule, start, 1, "") }

// oweBy opens an obligation with another owner than the rule's.
func (c *change) oweBy(key string, rule RuleID, start time.Time, owner Post) {
	c.oweLeg(key, rule, start, 1, owner)
}

func (c *change) oweLeg(key string, rule RuleID, start time.Time, leg int, owner Post) {
	if c.s.index(key) >= 0 {
		return
	}
	d, ok := c.r.Deadline(rule, c.s.Colour)
	if !ok {
		return // the policy's validation refuses rules without the row
	}
	span, ok := d.spanOf(leg)
	if !ok {
		return
	}
	due, provisional := c.r.Calendar.DueAt(start, span, d.Roll)
	if owner == "" {
		owner = c.post(d.Owner, c.s.Owner)
	}
	o := Obligation{
		Key: key, Rule: rule, Occurrence: c.count(key), Epoch: 1, Leg: leg,
		Start: start, Due: due, Provisional: provisional,
		Owner: c.unrecused(owner, d.Ladder), Ladder: d.Ladder, Colour: c.s.Colour,
	}
	c.s.Obligations = append(c.s.Obligations, o)
	e := obligationEvent(EventOwed, o)
	e.Posts = []Post{o.Owner}
	if l, ok := c.r.Ladder(o.Ladder, o.Colour); ok {
		e.Urgent = l.Urgent
	}
	c.event(e)
}

// oweAt opens an obligation with a due time of its own (an expiry date) under a
// rule that gives the ladder and the owner.
func (c *change) oweAt(key string, rule RuleID, start, due time.Time) {
	if c.s.index(key) >= 0 {
		return
	}
	c.owe(key, rule, start)
	if i := c.s.index(key); i >= 0 {
		c.s.Obligations[i].Due = due
		c.s.Obligations[i].Provisional = false
		c.s.Obligations[i].Fixed = true
		c.ev[len(c.ev)-1].Due = due
		c.ev[len(c.ev)-1].Provisional = false
	}
}

// noRung is the rung number of events that come before any rung has fired.
const noRung = -1

func obligationEvent(t EventType, o Obligation) Event {
	return Event{Type: t, Due: o.Due, Key: o.Key, Rule: o.Rule, Occurrence: o.Occurrence, Epoch: o.Epoch, Rung: noRung, Owner: o.Owner, Provisional: o.Provisional}
}

func (c *change) count(key string) int {
	for i := range c.s.Counts {
		if c.s.Counts[i].Key == key {
			c.s.Counts[i].N++
			return c.s.Counts[i].N
		}
	}
	c.s.Counts = append(c.s.Counts, Count{Key: key, N: 1})
	return 1
}

// meet ends an obligation because it was done.
func (c *change) meet(key string) bool { return c.end(key, EventMet, "") }

// release ends an obligation that no longer applies.
func (c *change) release(key, reason string) bool { return c.end(key, EventReleased, reason) }

func (c *change) end(key string, t EventType, reason string) bool {
	i := c.s.index(key)
	if i < 0 {
		return false
	}
	o := c.s.Obligations[i]
	e := obligationEvent(t, o)
	e.Reason = reason
	c.s.Obligations = slices.Delete(c.s.Obligations, i, i+1)
	c.event(e)
	c.lapse(o)
	return true
}

// lapse takes back an unsigned 督办单 about an obligation that has ended.
func (c *change) lapse(o Obligation) {
	for i := range c.s.Orders {
		d := &c.s.Orders[i]
		if d.Obligation == o.Key && d.Occurrence == o.Occurrence && d.unsigned() {
			d.Lapsed = true
			c.release(keyed("order_sign", d.N), "lapsed")
		}
	}
}

// meetAll ends every obligation whose key is of a sort.
func (c *change) meetAll(base string) {
	for _, o := range slices.Clone(c.s.Obligations) {
		if KeyBase(o.Key) == base {
			c.meet(o.Key)
		}
	}
}

// releaseAll ends every obligation because the case has ended. A review of an
// emergency reading stays owed until the case is filed away.
func (c *change) releaseAll(reason string) {
	for _, o := range slices.Clone(c.s.Obligations) {
		if c.s.Stage == Archiving && KeyBase(o.Key) == "glass_review" {
			continue
		}
		if c.release(o.Key, reason) {
			c.left = append(c.left, o)
		}
	}
}

// recount counts the deadline of an obligation anew, from its own start and by
// the present colour and rules. A deadline that moves starts a new epoch.
func (c *change) recount(key, reason string) {
	i := c.s.index(key)
	if i < 0 {
		return
	}
	o := &c.s.Obligations[i]
	d, ok := c.r.Deadline(o.Rule, c.s.Colour)
	if !ok {
		return
	}
	span, ok := d.spanOf(max(o.Leg, 1))
	if !ok {
		return
	}
	due, provisional := o.Due, o.Provisional
	if !o.Fixed {
		due, provisional = c.r.Calendar.DueAt(o.Start, span, d.Roll)
		due = due.Add(o.Stood)
	}
	o.Ladder = d.Ladder
	if due.Equal(o.Due) && o.Colour == c.s.Colour {
		o.Provisional = provisional
		return
	}
	o.Colour = c.s.Colour
	c.move(i, due, provisional, reason)
}

// move gives an obligation a new due time: a new epoch, its ladder from the start.
func (c *change) move(i int, due time.Time, provisional bool, reason string) {
	o := &c.s.Obligations[i]
	o.Due, o.Provisional = due, provisional
	o.Epoch++
	o.Rung, o.RungAt, o.Acks, o.HeldUntil, o.Lift, o.LiftedAt = 0, time.Time{}, 0, time.Time{}, false, time.Time{}
	o.AckedBy, o.AckedAt = "", time.Time{}
	e := obligationEvent(EventMoved, *o)
	e.Reason = reason
	c.event(e)
}

// unrecused gives the post, or, if it is recused, the first post of the ladder
// that is not.
func (c *change) unrecused(p Post, ladder LadderID) Post {
	if p != "" && c.s.Sees(p) {
		return p
	}
	if l, ok := c.r.Ladder(ladder, c.s.Colour); ok {
		for _, rung := range l.Rungs {
			for _, sp := range rung.Posts {
				if q := c.post(sp, p); q != "" && c.s.Sees(q) {
					return q
				}
			}
		}
	}
	if last := c.s.lastPosts(); len(last) > 0 {
		return last[0]
	}
	return p
}

// heir is who owes something whose owner may know of the case no more.
func (c *change) heir(o Obligation) Post {
	if g, ok := c.s.glassOf(o.Key); ok {
		return c.s.Reviewer(g.By.Post)
	}
	return c.unrecused(o.Owner, o.Ladder)
}

// post resolves a spec for this case. The city's case manager is the one that the
// case was given to, the shelter the one that took the child in.
func (c *change) post(sp PostSpec, owner Post) Post {
	if sp == "city/manager" && c.s.Owner.Role() == RoleManager {
		return c.s.Owner
	}
	if sp == "unit:shelter/shelter" && c.s.Guardianship.Shelter != "" {
		return c.s.Guardianship.Shelter
	}
	return sp.Resolve(c.s.Org, owner, c.s.Owner)
}

// lastResort are the posts that own what nobody on the ladder may own (8a.1: if
// the institution or 民政 itself is concerned, police, procuratorate and the
// coordination body).
var lastResort = []PostSpec{"city/desk", "city/head", "city/body", "unit:procuratorate/procurator", "unit:police/police"}

// lastPosts are the posts of the last resort that are not recused. The guard of
// recuse keeps at least one.
func (s State) lastPosts() []Post {
	var out []Post
	for _, sp := range lastResort {
		if p := sp.Resolve(s.Org, "", ""); p != "" && s.Sees(p) {
			out = append(out, p)
		}
	}
	return out
}

// isLast tells whether a post is the last that could act: without it nobody of the last resort would be left.
func (s State) isLast(p Post) bool {
	return !slices.ContainsFunc(s.lastPosts(), func(q Post) bool { return q != p })
}

// hidden tells whether a post must not know of the case: village posts in the
// 性侵 compartment (DOMAIN 5, 8a.8).
func (s State) hidden(p Post) bool {
	return s.Compartment && (p.Role() == RoleDirector || p.Org().IsVillage())
}

// Sees tells whether a post may know that the case exists at all. Recusal and the
// compartment stand above every other grant.
func (s State) Sees(p Post) bool { return !s.IsRecused(p) && !s.hidden(p) }

// reown gives every obligation of posts that no longer may own it to others.
func (c *change) reown(reason string) {
	if !c.s.Sees(c.s.Owner) {
		c.s.Owner = c.unrecused(c.s.Owner, "")
	}
	for i := range c.s.Obligations {
		o := &c.s.Obligations[i]
		if c.s.Sees(o.Owner) {
			continue
		}
		o.Owner = c.heir(*o)
		e := obligationEvent(EventHandedOver, *o)
		e.Reason, e.Posts = reason, []Post{o.Owner}
		c.event(e)
	}
}

// colour sets the risk colour and counts anew what hangs on it.
func (c *change) colour(to Colour, reason string) {
	if c.s.Colour == to {
		return
	}
	c.s.Colour = to
	c.event(Event{Type: EventColour, Rung: noRung, Colour: to, Reason: reason})
	for _, o := range slices.Clone(c.s.Obligations) {
		c.recount(o.Key, "colour")
	}
	if c.s.Kind == MandatoryReport && slices.Contains(reportOpen, c.s.Stage) {
		c.protect()
	}
}
