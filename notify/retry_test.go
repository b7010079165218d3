package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

func TestNextTry(t *testing.T) {
	down := &notify.Error{Code: notify.CodeUnavailable}
	wait := func(d time.Duration) error {
		return &notify.Error{Code: notify.CodeRateLimited, RetryAfter: d}
	}
	for name, tc := range map[string]struct {
		urgency notify.Urgency
		attempt int
		err     error
		want    notify.Retry
	}{
		"First":            {notify.Normal, 1, down, notify.Retry{Again: true, After: 30 * time.Second, Reason: notify.RetryScheduled}},
		"Third":            {notify.Normal, 3, down, notify.Retry{Again: true, After: 5 * time.Minute, Reason: notify.RetryScheduled}},
		"UsedUp":           {notify.Normal, 10, down, notify.Retry{Reason: notify.RetryUsedUp}},
		"NotAnAttempt":     {notify.Normal, 0, down, notify.Retry{Reason: notify.RetryUsedUp}},
		"UnknownUrgency":   {"", 1, down, notify.Retry{Reason: notify.RetryUsedUp}},
		"DeadAddress":      {notify.Normal, 1, &notify.Error{Code: notify.CodeAddressRejected}, notify.Retry{Reason: notify.RetryUndeliverable}},
		"AskedForLater":    {notify.Normal, 1, wait(time.Minute), notify.Retry{Again: true, After: time.Minute, Reason: notify.RetryAsked}},
		"AskedForSooner":   {notify.Normal, 3, wait(time.Minute), notify.Retry{Again: true, After: 5 * time.Minute, Reason: notify.RetryScheduled}},
		"Red":              {notify.Red, 1, down, notify.Retry{Again: true, After: 5 * time.Second, Reason: notify.RetryScheduled}},
		"RedAskedForLater": {notify.Red, 1, wait(time.Minute), notify.Retry{Again: true, After: time.Minute, Reason: notify.RetryAsked}},
		"RedAskedTooLong":  {notify.Red, 1, wait(10 * time.Minute), notify.Retry{Reason: notify.RetryTooLongForRed}},
		"RedUsedUp":        {notify.Red, 8, down, notify.Retry{Reason: notify.RetryUsedUp}},
		"UnknownFailure":   {notify.Red, 1, context.Canceled, notify.Retry{Again: true, After: 5 * time.Second, Reason: notify.RetryUnknownFailure}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, notify.NextTry(tc.urgency, tc.attempt, tc.err))
		})
	}
}

// A dead channel is known before an unacknowledged red rung climbs (15 minutes).
func TestScheduleOfRedEndsBeforeTheRungClimbs(t *testing.T) {
	var sum time.Duration
	for _, d := range notify.Schedule[notify.Red] {
		sum += d
	}
	require.Less(t, sum, 5*time.Minute)
}
