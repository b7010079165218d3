package pgcluster_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/pgcluster"
)

// ownerEnv makes this test binary a process that owns a cluster until it is killed.
const ownerEnv = "TONGHU_TEST_OWN_CLUSTER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerEnv); dir != "" {
		c, err := pgcluster.Start(context.Background(), pgcluster.Options{DataDir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("ready")
		<-c.Done()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// folder is a data folder that the cluster's user can reach: t.TempDir's parent is closed to others.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tonghu-pgcluster-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func start(t *testing.T, dir string) *pgcluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := pgcluster.Start(ctx, pgcluster.Options{DataDir: dir, Throwaway: true})
	require.NoError(t, err)
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *pgcluster.Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, c.Stop(ctx))
}

// query gives one value as text.
func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&value))
	return value
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	require.NoError(t, err)
	return pid
}

func TestClusterKeepsItsDataOverARestart(t *testing.T) {
	dir := folder(t)
	c := start(t, dir)
	require.NoError(t, c.EnsureRole(t.Context(), "writer", "LOGIN"))
	require.NoError(t, c.EnsureRole(t.Context(), "writer", "LOGIN BYPASSRLS"))
	require.NoError(t, c.EnsureRole(t.Context(), "reader", "LOGIN"))
	for range 2 {
		require.NoError(t, c.EnsureMember(t.Context(), "writer", "reader"))
	}
	require.NoError(t, c.CreateDatabase(t.Context(), "people", "writer"))
	require.NoError(t, c.CreateDatabase(t.Context(), "people", "writer"))
	conn, err := pgx.Connect(t.Context(), c.DSN("people", "writer"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT '童护'::text AS word`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	stop(t, c)
	<-c.Done()
	require.NoDirExists(t, c.SocketDir())

	c = start(t, dir)
	require.Equal(t, "童护", query(t, c.DSN("people", "writer"), `SELECT word FROM kept`))
	require.Equal(t, "true", query(t, c.DSN("people", "writer"), `SELECT rolbypassrls::text FROM pg_roles WHERE rolname = 'writer'`))
	require.Equal(t, "C", query(t, c.DSN("people", "writer"), `SELECT datcollate FROM pg_database WHERE datname = 'people'`))
	require.Equal(t, "true", query(t, c.DSN("people", "writer"), `SELECT pg_has_role('writer', 'reader', 'MEMBER')::text`))
	require.Empty(t, query(t, c.DSN("people", "writer"), `SHOW listen_addresses`))
}

func TestDataFolderHasOneOwner(t *testing.T) {
	dir := folder(t)
	c := start(t, dir)
	_, err := pgcluster.Start(t.Context(), pgcluster.Options{DataDir: dir})
	require.ErrorIs(t, err, pgcluster.ErrInUse)

	beside, err := pgcluster.Attach(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, beside.Stop(t.Context()))
	require.Equal(t, c.DSN("postgres", "postgres"), beside.DSN("postgres", "postgres"))
	require.Equal(t, "1", query(t, c.DSN("postgres", "postgres"), `SELECT '1'`), "a tool beside it stops nothing")

	other := start(t, folder(t))
	require.NotEqual(t, c.SocketDir(), other.SocketDir())
	require.Equal(t, "1", query(t, other.DSN("postgres", "postgres"), `SELECT '1'`))
}

func TestAttachNeedsARunningCluster(t *testing.T) {
	dir := folder(t)
	_, err := pgcluster.Attach(t.Context(), dir)
	require.ErrorIs(t, err, pgcluster.ErrNotRunning)
	stop(t, start(t, dir))
	_, err = pgcluster.Attach(t.Context(), dir)
	require.ErrorIs(t, err, pgcluster.ErrNotRunning)
}

func TestKilledOwnerLosesNothing(t *testing.T) {
	dir := folder(t)
	own := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), ownerEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "ready\n", line)
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}

	first := own()
	pid := postmaster(t, dir)
	beside, err := pgcluster.Attach(t.Context(), dir)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), beside.DSN("postgres", "postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT 'yes'::text AS word`)
	require.NoError(t, err)
	kill(first)

	second := own()
	require.Equal(t, pid, postmaster(t, dir), "the server left behind is adopted")
	kill(second)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	<-beside.Done()

	c := start(t, dir)
	require.NotEqual(t, pid, postmaster(t, dir))
	require.Equal(t, "yes", query(t, c.DSN("postgres", "postgres"), `SELECT word FROM kept`))
}

func TestStalePidFileOfAnotherProgramIsNotBelieved(t *testing.T) {
	dir := folder(t)
	stop(t, start(t, dir))
	file := filepath.Join(dir, "postgres", "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600))
	c := start(t, dir)
	require.Equal(t, "1", query(t, c.DSN("postgres", "postgres"), `SELECT '1'`))
}

func TestDataMovesAsideWhereTheServerCannotReach(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	outer := folder(t)
	require.NoError(t, os.Chmod(outer, 0o700))
	dir := filepath.Join(outer, "data")
	c := start(t, dir)
	real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(real)) })
	require.Equal(t, filepath.Join(real, "data"), query(t, c.DSN("postgres", "postgres"), `SHOW data_directory`))
	stop(t, c)
	c = start(t, dir)
	require.Equal(t, filepath.Join(real, "data"), query(t, c.DSN("postgres", "postgres"), `SHOW data_directory`))
}
