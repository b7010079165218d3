//go:build e2e

package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Under 国密, every kind of key is replaced under a whole office at work; each command is killed on its way, and then the product. Nothing
// that anybody was told is lost, cases go on whose histories Temporal keeps under an old key, and the audit log stays whole.
func TestKeysAreReplacedUnderTrafficLong(t *testing.T) {
	if os.Getenv("TONGHU_LONG") == "" {
		t.Skip("TONGHU_LONG is not set")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	in := newInstance(t, "drill")
	in.env = append(in.env, "TONGHU_SUITE=sm")
	in.start()
	as := in.signIn(crowd...)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel) // before the instance ends
	b := &book{}
	tr := begin(ctx, in, as, b, seed)
	<-time.After(3 * time.Second)

	r := rand.New(rand.NewPCG(seed, 0x5ea1))
	for _, purpose := range []string{"payload", "master", "audit"} {
		in.killRotation(purpose, time.Duration(r.Int64N(int64(3*time.Second))))
		said := in.rotate(purpose)
		require.Contains(t, said, "used by every process")
		t.Log(said)
	}
	in.kill()
	in.start()
	in.rotate("master")
	tr.end()
	in.verify()
	b.balance(t, in, as)

	status, err := in.tonghu("keys", "status")
	require.NoError(t, err, status)
	require.Contains(t, status, "suite sm")
	retired := 0
	for line := range strings.Lines(status) {
		if strings.HasPrefix(line, "master") && strings.Contains(line, "opens what it sealed") {
			retired++
			words := strings.Fields(line)
			require.Equal(t, "0", words[len(words)-1], "data keys stand under it:\n%s", status)
		}
	}
	require.NotZero(t, retired, status)
}

// rotate replaces a key, or brings what was broken off to its end.
func (in *instance) rotate(purpose string) string {
	in.t.Helper()
	said, err := in.tonghu("keys", "rotate", "--purpose", purpose)
	require.NoError(in.t, err, said)
	return said
}

// killRotation begins to replace a key and ends that as a power cut would.
func (in *instance) killRotation(purpose string, after time.Duration) {
	in.t.Helper()
	cmd := exec.CommandContext(in.t.Context(), in.cli, "keys", "rotate", "--purpose", purpose)
	cmd.Env = append(os.Environ(), in.env...)
	require.NoError(in.t, cmd.Start())
	<-time.After(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
