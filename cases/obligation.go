package cases

import (
	"strconv"
	"strings"
	"time"
)

// Obligation (待办) is something due: the one concept behind every deadline. A
// State holds only those still owed.
type Obligation struct {
	// Key names what is owed within the case: "triage", "visit", "task:3".
	Key string `json:"key"`
	// Rule is the row it was counted by, with its colour if it has one.
	Rule RuleID `json:"rule"`
	// Occurrence counts how often the key has been opened in this case, from 1.
	Occurrence int `json:"occurrence"`
	// Epoch grows when the deadline moves; a rung is unique within it.
	Epoch int `json:"epoch"`
	// Leg is which of a series this is, from 1.
	Leg int `json:"leg,omitempty"`
	// Start is what it was counted from; Due when it is owed. UTC.
	Start time.Time `json:"start"`
	Due   time.Time `json:"due"`
	// Provisional is set when Due needed a calendar that is not published yet.
	Provisional bool     `json:"provisional,omitempty"`
	Owner       Post     `json:"owner"`
	Ladder      LadderID `json:"ladder"`
	// Colour is the case's colour when the deadline was counted.
	Colour Colour `json:"colour"`
	// Rung is how many rungs have fired or were passed over; RungAt is when the
	// last one really fired.
	Rung   int       `json:"rung"`
	RungAt time.Time `json:"rung_at,omitzero"`
	// AckedBy acknowledged last; HeldUntil is until when the climb rests.
	AckedBy   Post      `json:"acked_by,omitempty"`
	AckedAt   time.Time `json:"acked_at,omitzero"`
	Acks      int       `json:"acks,omitempty"` // at the present rung
	HeldUntil time.Time `json:"held_until,omitzero"`
	// PausedSince is set while the clock stands, PausedFor why; Stood is for how long
	// it has stood in all, which Due holds already.
	PausedSince time.Time     `json:"paused_since,omitzero"`
	PausedFor   string        `json:"paused_for,omitempty"`
	Stood       time.Duration `json:"stood,omitempty"`
	// Fixed is set where a paper or a decision named Due (an order's expiry, an
	// extension): no colour and no calendar moves it.
	Fixed bool `json:"fixed,omitempty"`
	// Lift makes the next rung fire at once: the last notice reached nobody.
	Lift     bool      `json:"lift,omitempty"`
	LiftedAt time.Time `json:"lifted_at,omitzero"`
}

// Overdue tells whether the obligation is late at a time. It is computed, never
// stored (the SQL function tonghu_overdue says the same).
func (o Obligation) Overdue(now time.Time) bool {
	return o.PausedSince.IsZero() && o.Due.Before(now)
}

// riskWindow is how far ahead of its due time something can be at risk.
const riskWindow = 72 * time.Hour

// AtRisk tells whether the obligation may soon be late: its clock runs, a quarter of
// its time or less is left, and less than three days of it (the SQL function
// tonghu_at_risk says the same).
func (o Obligation) AtRisk(now time.Time) bool {
	left := o.Due.Sub(now)
	return o.PausedSince.IsZero() && left >= 0 && left < riskWindow && 4*left <= o.Due.Sub(o.Start)
}

// keyed names the n-th thing of a sort: keyed("task", 3) = "task:3".
func keyed(base string, n int) string { return base + ":" + strconv.Itoa(n) }

// KeyBase gives the sort of an obligation's key: "task" of "task:3".
func KeyBase(key string) string {
	base, _, _ := strings.Cut(key, ":")
	return base
}
