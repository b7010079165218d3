//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// instance is one whole product with its own data: `tonghu-standalone up`.
type instance struct {
	t    *testing.T
	bin  string // tonghu-standalone
	cli  string // tonghu
	dir  string
	data string
	port string
	env  []string
	log  string
	main *process // the process that answers HTTP; nil if none has been started
}

// readyWithin is patience, not a promise: the machine may be busy with much else.
const readyWithin = 2 * time.Minute

// newInstance prepares a product under a policy; start starts it.
func newInstance(t *testing.T, policy string) *instance {
	t.Helper()
	bin, cli := os.Getenv("TONGHU_BIN"), os.Getenv("TONGHU_CLI")
	require.NotEmpty(t, bin, "TONGHU_BIN must name the standalone binary (make e2e sets it)")
	require.NotEmpty(t, cli, "TONGHU_CLI must name the binary tonghu (make e2e sets it)")
	dir, err := os.MkdirTemp("", "tonghu-e2e-*")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755)) // as root, PostgreSQL runs as another user
	in := &instance{
		t: t, bin: bin, cli: cli, dir: dir, data: filepath.Join(dir, "data"), port: freePort(t), log: filepath.Join(dir, "log"),
	}
	in.env = []string{"TONGHU_LISTEN=127.0.0.1:" + in.port, "TONGHU_DATA=" + in.data, "TONGHU_POLICY=" + policy}
	t.Cleanup(func() { // after every process that was launched has ended
		in.killPostgres()
		if t.Failed() {
			t.Logf("the end of the log:%s", in.logTail(60))
		}
		require.NoError(t, os.RemoveAll(dir))
	})
	return in
}

var lastPort atomic.Int32

// freePort gives a port of loopback that nobody listens on, each only once. It lies
// below the range from which the system gives ports away to outgoing connections.
func freePort(t *testing.T) string {
	t.Helper()
	for range 5000 {
		port := strconv.Itoa(20000 + (os.Getpid()*10+int(lastPort.Add(1)))%10000)
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	require.FailNow(t, "no free port")
	return ""
}

func (in *instance) url() string { return "http://127.0.0.1:" + in.port }

// start starts the product with more environment, and waits until it is ready. It
// answers with how long that took.
func (in *instance) start(env ...string) time.Duration {
	in.t.Helper()
	began := time.Now()
	in.main = launch(in.t, in.log, append(in.env, env...), in.bin, "up")
	in.awaitReady()
	return time.Since(began)
}

func (in *instance) awaitReady() {
	in.t.Helper()
	require.NoError(in.t, in.ready(readyWithin), "the instance is not ready; its log: %s", in.logTail(40))
}

func (in *instance) ready(within time.Duration) error {
	deadline := time.After(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-in.main.done:
			return errors.New("the process ended")
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

// logTail gives the last lines of the log that say something: no request that went
// well, no welcome.
func (in *instance) logTail(lines int) string {
	out, err := os.ReadFile(in.log)
	if err != nil {
		return err.Error()
	}
	var said []string
	for line := range strings.SplitSeq(string(out), "\n") {
		request := strings.Contains(line, "api/accesslog.go") && strings.Contains(line, `"level":"info"`)
		if !request && (strings.HasPrefix(line, "{") || strings.HasPrefix(line, "====") || strings.HasPrefix(line, "tonghu:")) {
			said = append(said, line)
		}
	}
	return "\n" + strings.Join(said[max(0, len(said)-lines):], "\n")
}

// kill ends the product as a power cut would, but leaves its PostgreSQL.
func (in *instance) kill() {
	in.t.Helper()
	in.main.kill()
}

// stop ends the product in order.
func (in *instance) stop() {
	in.t.Helper()
	in.main.stop()
	require.False(in.t, in.t.Failed(), "the product did not stop")
}

// killPostgres ends the postmaster, if there is one, as a power cut would. Its
// sessions see that and end too.
func (in *instance) killPostgres() {
	file, err := os.Open(filepath.Join(in.data, "postgres", "data", "postmaster.pid"))
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	if !lines.Scan() {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
	if err != nil || pid <= 1 || !in.owns(pid) {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// owns tells whether a process is the postmaster of this instance's data folder.
func (in *instance) owns(pid int) bool {
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return err == nil && strings.Contains(string(line), in.dir)
}

// tonghu runs the command line beside the product, and gives what it prints.
func (in *instance) tonghu(args ...string) (string, error) {
	cmd := exec.CommandContext(in.t.Context(), in.cli, args...)
	cmd.Env = append(os.Environ(), in.env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// worker starts a worker in a process of its own, which does no jobs.
func (in *instance) worker(env ...string) *process {
	in.t.Helper()
	return launch(in.t, in.log, append(in.env, env...), in.cli, "worker", "--no-jobs")
}

// dsn asks the binary for the address of a database.
func (in *instance) dsn(database string) string {
	in.t.Helper()
	cmd := exec.CommandContext(in.t.Context(), in.bin, "psql", database)
	cmd.Env = append(os.Environ(), in.env...)
	out, err := cmd.Output()
	require.NoError(in.t, err)
	return strings.TrimSpace(string(out))
}

// db connects to one of the instance's databases, to look at it.
func (in *instance) db(database string) *pgx.Conn {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), in.dsn(database))
	require.NoError(in.t, err)
	in.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// count runs a query that counts.
func (in *instance) count(database, query string, args ...any) int {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), in.dsn(database))
	require.NoError(in.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var n int
	require.NoError(in.t, conn.QueryRow(in.t.Context(), query, args...).Scan(&n), query)
	return n
}
