package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// RobotPerMinute is what WeCom and DingTalk allow a group robot.
const RobotPerMinute = 20

// limited keeps a channel under the far end's rate limit. It never waits: a
// message over the limit fails with CodeRateLimited and how long to wait, so that
// no worker is held up. After the far end itself said "too many", nothing is sent
// until the time it named: DingTalk silences a robot that goes on.
//
// The count is per process. Where several send through one robot, the far end's
// own answer corrects them.
type limited struct {
	Channel
	now func() time.Time

	mu     sync.Mutex
	bucket *rate.Limiter
	paused time.Time // nothing is sent before
}

// limit wraps ch so that no minute, wherever it begins, sees more than perMinute
// messages: a quarter of them may come at once, the rest is refilled evenly.
func limit(ch Channel, perMinute int, now func() time.Time) *limited {
	burst := max(1, perMinute/4)
	refill := max(1, perMinute-burst)
	return &limited{
		Channel: ch, now: now,
		bucket: rate.NewLimiter(rate.Limit(float64(refill)/60), burst),
	}
}

func (c *limited) Send(ctx context.Context, m Message) (Receipt, error) {
	if wait := c.reserve(); wait > 0 {
		return Receipt{}, &Error{Channel: c.Name(), Code: CodeRateLimited, RetryAfter: wait}
	}
	r, err := c.Channel.Send(ctx, m)
	var e *Error
	if errors.As(err, &e) && e.Code == CodeRateLimited {
		c.pause(e.RetryAfter)
	}
	return r, err
}

// reserve takes a place in the bucket, or says how long there is none.
func (c *limited) reserve() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Before(c.paused) {
		return c.paused.Sub(now)
	}
	r := c.bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (c *limited) pause(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := c.now().Add(d); until.After(c.paused) {
		c.paused = until
	}
}
