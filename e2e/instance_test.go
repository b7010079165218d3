//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// instance is one whole product with its own data.
type instance struct {
	t    *testing.T
	bin  string
	data string
	port string
	env  []string
	cmd  *exec.Cmd
	done chan error
	log  string
	runs int
}

// newInstance prepares a product under a policy; start starts it.
func newInstance(t *testing.T, policy string) *instance {
	t.Helper()
	bin := os.Getenv("TONGHU_BIN")
	require.NotEmpty(t, bin, "TONGHU_BIN must name the standalone binary (make e2e sets it)")
	dir, err := os.MkdirTemp("", "tonghu-e2e-*")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755)) // as root, PostgreSQL runs as another user
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	in := &instance{
		t: t, bin: bin, data: filepath.Join(dir, "data"), port: port, log: filepath.Join(dir, "log"),
		env: []string{"TONGHU_LISTEN=127.0.0.1:" + port, "TONGHU_DATA=" + filepath.Join(dir, "data"), "TONGHU_POLICY=" + policy},
	}
	t.Cleanup(func() {
		in.stop()
		if t.Failed() {
			if out, err := os.ReadFile(in.log); err == nil {
				t.Logf("the end of the instance's log:\n%s", tail(string(out), 60))
			}
		}
		_ = os.RemoveAll(dir)
	})
	return in
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}

func (in *instance) url() string { return "http://127.0.0.1:" + in.port }

// start starts the product with more environment, and waits until it is ready. It
// answers with how long that took.
func (in *instance) start(env ...string) time.Duration {
	in.t.Helper()
	began := time.Now()
	in.launch(env...)
	in.waitReady(2 * time.Minute)
	return time.Since(began)
}

func (in *instance) launch(env ...string) {
	in.t.Helper()
	out, err := os.OpenFile(in.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(in.t, err)
	in.runs++
	_, _ = fmt.Fprintf(out, "==== run %d\n", in.runs)
	in.cmd = exec.Command(in.bin, "up")
	in.cmd.Env = append(append(os.Environ(), in.env...), env...)
	in.cmd.Stdout, in.cmd.Stderr = out, out
	in.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(in.t, in.cmd.Start())
	in.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan error) {
		done <- cmd.Wait()
		_ = out.Close()
	}(in.cmd, in.done)
}

func (in *instance) waitReady(within time.Duration) {
	in.t.Helper()
	require.NoError(in.t, in.ready(within), "the instance is not ready; its log: %s", in.logTail())
}

func (in *instance) logTail() string {
	out, err := os.ReadFile(in.log)
	if err != nil {
		return err.Error()
	}
	return "\n" + tail(string(out), 40)
}

func (in *instance) ready(within time.Duration) error {
	deadline := time.After(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-in.done:
			in.done <- err
			return fmt.Errorf("the process ended: %w", errors.Join(err))
		case <-deadline:
			return errors.New("not ready in time")
		case <-tick.C:
			res, err := http.Get(in.url() + "/readyz")
			if err != nil {
				continue
			}
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
}

// kill ends the product as a power cut would: no handler runs.
func (in *instance) kill() {
	in.t.Helper()
	if in.cmd == nil {
		return
	}
	require.NoError(in.t, in.cmd.Process.Kill())
	<-in.done
	in.cmd = nil
}

// wait waits until the product ends by itself.
func (in *instance) wait(within time.Duration) error {
	select {
	case <-in.done:
		in.cmd = nil
		return nil
	case <-time.After(within):
		return errors.New("the process did not end")
	}
}

// stop ends the product in order.
func (in *instance) stop() {
	if in.cmd == nil {
		return
	}
	_ = in.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-in.done:
	case <-time.After(time.Minute):
		_ = in.cmd.Process.Kill()
		<-in.done
	}
	in.cmd = nil
}

// dsn asks the binary for the address of its database.
func (in *instance) dsn() string {
	in.t.Helper()
	cmd := exec.Command(in.bin, "dsn")
	cmd.Env = append(os.Environ(), in.env...)
	out, err := cmd.Output()
	require.NoError(in.t, err)
	return strings.TrimSpace(string(out))
}

// db connects to the instance's database, to look at it.
func (in *instance) db(ctx context.Context) *pgx.Conn {
	in.t.Helper()
	conn, err := pgx.Connect(ctx, in.dsn())
	require.NoError(in.t, err)
	in.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
	return conn
}
