package cases

import (
	"slices"
	"time"
)

// tick fires the rungs that are due now: at most one of each obligation, so that
// a long outage never fires a whole ladder at once.
func (c *change) tick() {
	c.untriaged()
	c.expire()
	for i := range slices.Clone(c.s.Obligations) {
		c.climb(i)
	}
}

// climb fires the rung of an obligation that is due now, if one is.
func (c *change) climb(i int) {
	k, at, ok := nextRung(c.s.Obligations[i], c.r, c.now)
	if !ok || at.After(c.now) {
		return
	}
	c.fire(i, k)
	// A rung that nobody may learn of gives way to the next at once.
	for !c.told(i) && !c.reminder(i, k) {
		c.s.Obligations[i].Lift, c.s.Obligations[i].LiftedAt = true, c.now
		k, _, ok = nextRung(c.s.Obligations[i], c.r, c.now)
		if !ok {
			break
		}
		c.fire(i, k)
	}
}

// untriaged makes a report red that nobody has read in time (DOMAIN 3).
func (c *change) untriaged() {
	if i := c.s.index("triage"); i >= 0 && c.s.Provisional && !c.now.Before(c.s.Obligations[i].Due) {
		c.raise(Red, "not_triaged")
	}
}

// reminder tells whether rung k of an obligation is a reminder before it is due:
// one that nobody may learn of is passed over and does not hurry the rung at due.
func (c *change) reminder(i, k int) bool {
	o := c.s.Obligations[i]
	l, _ := c.r.Ladder(o.Ladder, o.Colour)
	rung, _, _ := l.rungAt(k)
	return rung.BeforePercent > 0
}

// told tells whether the last rung of an obligation reached any post.
func (c *change) told(i int) bool {
	o := c.s.Obligations[i]
	for j := len(c.ev) - 1; j >= 0; j-- {
		if e := c.ev[j]; e.Type == EventRung && e.Key == o.Key {
			return len(e.Posts) > 0
		}
	}
	return true
}

// fire lets rung k of an obligation go out.
func (c *change) fire(i, k int) {
	o := c.s.Obligations[i]
	l, _ := c.r.Ladder(o.Ladder, o.Colour)
	rung, _, _ := l.rungAt(k)
	_, due, _ := nextRung(o, c.r, c.now)
	e := obligationEvent(EventRung, o)
	e.Due, e.Rung, e.RungName, e.Urgent = due, k, rung.Name, l.Urgent
	e.Posts = c.rungPosts(o, rung)
	if len(e.Posts) == 0 && k >= len(l.Rungs)-1 {
		// Everybody on the ladder is recused: whoever is left must know (8a.1).
		o.Owner = ""
		e.Posts = []Post{c.heir(o)}
	}
	p := &c.s.Obligations[i]
	p.Rung, p.RungAt, p.Acks, p.Lift, p.HeldUntil = k+1, c.now, 0, false, time.Time{}
	c.event(e)
	if rung.Order && len(e.Posts) > 0 {
		c.draftOrder(o)
	}
}

// rungPosts are the posts of a rung that may know of the case, each once. Nobody is
// asked to see to the review of their own emergency reading.
func (c *change) rungPosts(o Obligation, rung Rung) []Post {
	var out []Post
	g, glass := c.s.glassOf(o.Key)
	for _, sp := range rung.Posts {
		p := c.post(sp, o.Owner)
		if glass && p == g.By.Post && p != o.Owner {
			continue
		}
		if p != "" && c.s.Sees(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// draftOrder drafts the 督办单 of an obligation, once in each epoch and never while
// an earlier draft of it is unsigned. It waits for a person's signature.
func (c *change) draftOrder(o Obligation) {
	if KeyBase(o.Key) == "order_sign" || KeyBase(o.Key) == "order_reply" {
		return // an order about an order would never end
	}
	for _, d := range c.s.Orders {
		if d.Obligation == o.Key && d.Occurrence == o.Occurrence && (d.Epoch == o.Epoch || d.unsigned()) {
			return
		}
	}
	n := len(c.s.Orders) + 1
	c.s.Orders = append(c.s.Orders, Order{N: n, Obligation: o.Key, Occurrence: o.Occurrence, Epoch: o.Epoch, To: o.Owner, Drafted: c.now})
	e := obligationEvent(EventOrder, o)
	e.Order = n
	c.event(e)
	c.owe(keyed("order_sign", n), "order_sign", c.now)
}
