package notify_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

// watch is a clock that the test turns.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func (w *watch) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *watch) turn(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.at = w.at.Add(d) }

// Whatever minute one looks at, a robot says at most 20 things in it.
func TestLimitNoMinuteHasMoreThanTwenty(t *testing.T) {
	for _, k := range []notify.Kind{notify.KindWeCom, notify.KindDingTalk, notify.KindFeishu} {
		srv := serve(t, accepted(k))
		w := &watch{at: noon}
		ch := build(t, configure(t, k, srv.URL), notify.WithClock(w.now))
		var sent []time.Time
		for range 600 { // ten minutes, tried each second
			if _, err := ch.Send(t.Context(), message()); err == nil {
				sent = append(sent, w.now())
			} else {
				e := failure(t, ch, err)
				require.Equal(t, notify.CodeRateLimited, e.Code)
				require.Positive(t, e.RetryAfter)
				require.LessOrEqual(t, e.RetryAfter, 4*time.Second)
			}
			w.turn(time.Second)
		}
		for i, from := range sent {
			n := 0
			for _, at := range sent[i:] {
				if at.Sub(from) < time.Minute {
					n++
				}
			}
			require.LessOrEqual(t, n, notify.RobotPerMinute)
		}
		require.Greater(t, len(sent), 140, "the limit is also used")
		require.Len(t, srv.requests(), len(sent))
	}
}

func TestLimitSaysWhenToComeBack(t *testing.T) {
	srv := serve(t, accepted(notify.KindWeCom))
	w := &watch{at: noon}
	c := configure(t, notify.KindWeCom, srv.URL)
	c.PerMinute = 1
	ch := build(t, c, notify.WithClock(w.now))
	_, err := send(t, ch)
	require.NoError(t, err)
	_, err = send(t, ch)
	e := failure(t, ch, err)
	require.Equal(t, time.Minute, e.RetryAfter)
	w.turn(e.RetryAfter)
	_, err = send(t, ch)
	require.NoError(t, err)
}

func TestLimitIsSilentWhileTheRobotIsSilenced(t *testing.T) {
	var calm atomic.Bool
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calm.Load() {
			accepted(notify.KindDingTalk)(w, r)
			return
		}
		reply(200, `{"errcode":130101,"errmsg":"send too fast"}`)(w, r)
	})
	w := &watch{at: noon}
	ch := build(t, configure(t, notify.KindDingTalk, srv.URL), notify.WithClock(w.now))
	_, err := send(t, ch)
	require.Equal(t, 130101, failure(t, ch, err).Status)

	calm.Store(true)
	w.turn(59 * time.Second)
	_, err = send(t, ch)
	require.Equal(t, &notify.Error{Channel: "dingtalk", Code: notify.CodeRateLimited, RetryAfter: time.Second}, failure(t, ch, err))
	require.Len(t, srv.requests(), 1)

	w.turn(time.Second)
	_, err = send(t, ch)
	require.NoError(t, err)
}

func TestLimitIsNotOnOtherChannels(t *testing.T) {
	srv := serve(t, accepted(notify.KindSMS))
	ch := build(t, configure(t, notify.KindSMS, srv.URL))
	for range 50 {
		_, err := send(t, ch)
		require.NoError(t, err)
	}
}
