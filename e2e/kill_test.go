//go:build e2e

package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKilledAtRandomMoments kills the whole process five times in the middle of
// traffic, every second time its PostgreSQL with it, and holds what callers were
// told against what there is in the end. TONGHU_SEED repeats a run's choices.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	killed(t, 5)
}

// TestKilledAtRandomMomentsLong is the same for an hour of restarts.
func TestKilledAtRandomMomentsLong(t *testing.T) {
	if os.Getenv("TONGHU_LONG") == "" {
		t.Skip("TONGHU_LONG is not set")
	}
	killed(t, 300)
}

func killed(t *testing.T, times int) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("TONGHU_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("TONGHU_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 0xdead))

	in := newInstance(t, "drill")
	in.start()
	as := in.signIn(crowd...)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel) // before the instance ends
	b := &book{}
	tr := begin(ctx, in, as, b, seed)
	for i := range times {
		moment := 300*time.Millisecond + time.Duration(r.Int64N(int64(2700*time.Millisecond)))
		if i%3 == 0 {
			moment += 5 * time.Second // cases get further: a killed worker's cases rest so long
		}
		<-time.After(moment)
		in.kill()
		if i%2 == 1 {
			in.killPostgres()
		}
		t.Logf("%2d: killed after %s, ready again after %s", i+1, moment, in.start())
	}
	tr.end()
	in.verify()
	b.balance(t, in, as)
}
