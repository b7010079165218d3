package cases

import "time"

// LadderID names a ladder: "report" or, for one colour, "report/red".
type LadderID string

// Ladder is the ordered posts that learn of an obligation: before it is due, when
// it is due, and after (DOMAIN 5).
type Ladder struct {
	ID LadderID `json:"id"`
	// Urgent ladders are woken exactly at their times, go out at night, and by
	// SMS and voice to named persons.
	Urgent bool   `json:"urgent"`
	Rungs  []Rung `json:"rungs"`
	// AcksPerRung is how many acknowledgements a rung may have before the
	// ladder climbs in spite of them; 0 means no limit.
	AcksPerRung int    `json:"acks_per_rung"`
	Source      string `json:"source"`
	Class       Class  `json:"class"`
}

// Rung is one step of a ladder.
type Rung struct {
	Name string `json:"name"` // remind, due, level1 …: stable, shown on screens
	// BeforePercent is how much of the span before the due time is left when a
	// reminder goes out (25 = T-25%); 0 for rungs at or after the due time.
	BeforePercent int `json:"before_percent,omitempty"`
	// After is how long after the due time the rung is.
	After Span `json:"after"`
	// Interval is the least real time since the rung before it fired.
	Interval Span `json:"interval"`
	// Posts learn of it. The first is who must act now; an acknowledgement by
	// one of them, or of a later rung, stops the climb for Hold.
	Posts []PostSpec `json:"posts"`
	Hold  Span       `json:"hold"`
	// Order drafts a numbered 督办单 for signature.
	Order bool `json:"order,omitempty"`
	// Repeat lets the last rung fire again at this interval until somebody acts.
	Repeat Span `json:"repeat"`
}

// rungAt gives the rung with number k (from 0), where the last rung of a ladder
// repeats, and the least wait since the rung before it.
func (l Ladder) rungAt(k int) (Rung, Span, bool) {
	if k < len(l.Rungs) {
		return l.Rungs[k], l.Rungs[k].Interval, true
	}
	if len(l.Rungs) == 0 {
		return Rung{}, Span{}, false
	}
	last := l.Rungs[len(l.Rungs)-1]
	if last.Repeat.Value == 0 {
		return Rung{}, Span{}, false
	}
	return last, last.Repeat, true
}

// nextRung gives the number and the time of the rung that fires next for an
// obligation: max(due + its offset, the real time of the rung before + the
// interval), put off by an acknowledgement, at once after an undeliverable
// notice. A reminder whose obligation is already due, or whose ladder is lifted,
// gives way to the rung at due.
func nextRung(o Obligation, r Rules, now time.Time) (k int, at time.Time, ok bool) {
	if !o.PausedSince.IsZero() {
		return 0, time.Time{}, false
	}
	l, found := r.Ladder(o.Ladder, o.Colour)
	if !found {
		return 0, time.Time{}, false
	}
	for k = o.Rung; ; k++ {
		rung, wait, exists := l.rungAt(k)
		if !exists {
			return 0, time.Time{}, false
		}
		if rung.BeforePercent > 0 {
			if !now.Before(o.Due) || o.Lift {
				continue // too late to remind, or its owner cannot be reached: the rung at due is next
			}
			at = o.Due.Add(-o.Due.Sub(o.Start) / 100 * time.Duration(rung.BeforePercent))
		} else {
			at, _ = r.Calendar.add(o.Due, rung.After)
		}
		if o.Lift {
			return k, o.LiftedAt, true
		}
		if !o.RungAt.IsZero() {
			if t, _ := r.Calendar.add(o.RungAt, wait); t.After(at) && rung.BeforePercent == 0 && o.Rung > 0 {
				at = t
			}
		}
		if o.HeldUntil.After(at) {
			at = o.HeldUntil
		}
		return k, at, true
	}
}
