package notify

import (
	"errors"
	"time"
)

// Schedule is how long to wait after the first, second, … failed attempt. When it
// is used up the notice is undelivered and the ladder moves up.
//
// A normal notice is tried for half a day. A red one for four minutes and a half:
// an unacknowledged red rung goes to the duty desk after 15 minutes (DOMAIN 5),
// and a channel that is down must be known long before.
var Schedule = map[Urgency][]time.Duration{
	Normal: {
		30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour,
	},
	Red: {
		5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, time.Minute, 90 * time.Second,
	},
}

// maxRedWait is the longest that a red notice waits for one channel.
const maxRedWait = 2 * time.Minute

// Retry says what to do after a failed attempt.
type Retry struct {
	// Again is false when the notice counts as undelivered by this channel.
	Again bool
	// After is how long to wait before trying again.
	After  time.Duration
	Reason RetryReason
}

// RetryReason names why a notice is tried again or given up.
type RetryReason string

// The reasons of NextTry.
const (
	RetryScheduled      RetryReason = "scheduled"             // by Schedule
	RetryAsked          RetryReason = "asked_to_wait"         // the far end named a later time
	RetryUndeliverable  RetryReason = "undeliverable"         // trying again cannot help
	RetryUsedUp         RetryReason = "attempts_used_up"      // Schedule is at its end
	RetryTooLongForRed  RetryReason = "wait_too_long_for_red" // another channel or rung is sooner
	RetryUnknownFailure RetryReason = "unknown_failure"       // not an *Error: tried as scheduled
)

// NextTry decides what follows the attempt-th failed try (1 is the first).
func NextTry(u Urgency, attempt int, err error) Retry {
	reason, asked := RetryUnknownFailure, time.Duration(0)
	var e *Error
	if errors.As(err, &e) {
		if e.Undeliverable() {
			return Retry{Reason: RetryUndeliverable}
		}
		reason, asked = RetryScheduled, e.RetryAfter
	}
	delays := Schedule[u]
	if attempt < 1 || attempt > len(delays) {
		return Retry{Reason: RetryUsedUp}
	}
	after := delays[attempt-1]
	if asked > after {
		after, reason = asked, RetryAsked
	}
	if u == Red && after > maxRedWait {
		return Retry{Reason: RetryTooLongForRed}
	}
	return Retry{Again: true, After: after, Reason: reason}
}
