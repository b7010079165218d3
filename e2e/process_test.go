//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a program that a test has started. Its output is appended to a log.
type process struct {
	t    *testing.T
	what string
	cmd  *exec.Cmd
	done chan struct{}
}

// launch starts a program. It is ended with the test, if not before.
func launch(t *testing.T, log string, env []string, program string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	p := &process{t: t, what: strings.Join(args, " "), cmd: exec.Command(program, args...), done: make(chan struct{})}
	_, _ = fmt.Fprintf(out, "==== %s\n", p.what)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is the test's, not the program's
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait()
		_ = out.Close()
		close(p.done)
	}()
	t.Cleanup(p.stop)
	return p
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the program as a power cut would: no handler runs.
func (p *process) kill() {
	p.t.Helper()
	if p.ended() {
		return
	}
	require.NoError(p.t, p.cmd.Process.Kill())
	<-p.done
}

// stop ends the program in order.
func (p *process) stop() {
	if p.ended() {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		p.t.Errorf("%s did not stop within a minute", p.what)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// awaitEnd waits until the program ends by itself, and tells whether it was killed.
func (p *process) awaitEnd(within time.Duration) (killed bool) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(within):
		require.FailNow(p.t, "the process did not end", "%s, within %s", p.what, within)
	}
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// until asks again and again until something is so.
func until(t *testing.T, within time.Duration, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !so() {
		if t.Context().Err() != nil || time.Now().After(deadline) {
			require.FailNow(t, "did not happen", "%s, within %s", what, within)
		}
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // the pause of a poll
	}
}
