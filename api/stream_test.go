package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/records"
)

func TestAStreamEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(Config{})
		began, beats := time.Now(), 0
		w := httptest.NewRecorder()
		s.tell(t.Context(), w, make(chan records.Change), func() bool {
			beats++
			return beats < 3
		})
		require.Equal(t, 3*heartbeat, time.Since(began))
		require.Equal(t, 2, strings.Count(w.Body.String(), "still here"))
	})
}

func TestAListenerIsStillInUntilTheSessionEndsOrIsLeftAlone(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	s := newServer(d.config)
	listener := func(c *caller) func() bool {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/stream", nil)
		r.Header.Set("Cookie", strings.ReplaceAll(strings.Trim(c.cookies(), "[]"), " ", "; "))
		return func() bool { return s.stillIn(withRequest(t.Context(), r)) }
	}
	c, left := d.from("198.51.100.1"), d.from("198.51.100.2")
	c.signIn("desk", testPassword).is(200)
	left.signIn("desk", testPassword).is(200)
	in, alone := listener(c), listener(left)
	require.True(t, in())
	for range 3 {
		d.later(15 * time.Minute)
		require.Equal(t, alone(), d.since.Load() <= int64(30*time.Minute), "listening is no use of a session")
		c.get("/api/v1/me").is(200)
	}
	require.True(t, in())
	c.send(http.MethodDelete, "/api/v1/session", nil).is(204)
	require.False(t, in())
}
