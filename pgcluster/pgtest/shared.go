package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/pgcluster"
)

const (
	// keeperEnv turns a test binary into the keeper of the cluster in the folder it names.
	keeperEnv = "TONGHU_PGTEST_KEEPER"
	// grace is how long the cluster waits for a next user after the last one: the next package may still be compiling.
	grace = 5 * time.Second
	// templateAge is how long a template is kept, from one run of the tests to the next.
	templateAge = 24 * time.Hour
)

// The keeper is this same test binary, started again in a session of its own. Test binaries have no reliable end (os.Exit,
// a panic, a kill), but the kernel gives up their locks, and that is what the keeper waits for.
func init() {
	if dir := os.Getenv(keeperEnv); dir != "" {
		keep(dir)
		os.Exit(0)
	}
}

// use is this process's share in the users lock. Only the process's end gives it up.
var use *os.File //nolint:unused // a reference is all it is for

// join makes this process a user of the shared cluster until it ends, and gives a superuser's address.
//
// Three locks in the cluster's folder: every user shares users; start lets one process start the cluster; keeper is the keeper's.
func join(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("tonghu-pgtest-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if owner := info.Sys().(*syscall.Stat_t); !info.IsDir() || int(owner.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not our folder", dir)
	}
	if use, err = lock(dir, "users", syscall.LOCK_SH); err != nil {
		return "", err
	}
	starting, err := lock(dir, "start", syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer func() { _ = starting.Close() }()
	if err := startKeeper(dir); err != nil {
		return "", err
	}
	c, err := pgcluster.Attach(ctx, dir)
	if err != nil {
		if c, err = pgcluster.Start(ctx, pgcluster.Options{DataDir: dir, Throwaway: true, MaxConnections: 500}); err != nil {
			return "", err
		}
		if err := sweep(ctx, c); err != nil {
			return "", err
		}
	}
	return c.DSN("postgres", pgcluster.Superuser), nil
}

// sweep drops what killed tests left, and old templates. It runs before the cluster has a second user.
func sweep(ctx context.Context, c *pgcluster.Cluster) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres", pgcluster.Superuser))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, `
		SELECT datname FROM pg_database
		WHERE starts_with(datname, $1) OR datname LIKE 'template\_%\_half'
		   OR (starts_with(datname, $2) AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - $3::interval)`,
		testPrefix, templatePrefix, templateAge)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name)); err != nil {
			return err
		}
	}
	return nil
}

// startKeeper starts a keeper; if there is one, the new one ends at once.
func startKeeper(dir string) error {
	f, err := lock(dir, "keeper", syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil // there is one
	}
	_ = f.Close()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), keeperEnv+"="+dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// keep waits until the cluster has no user for the length of grace, and stops it.
func keep(dir string) {
	own, err := lock(dir, "keeper", syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return
	}
	for {
		none, err := lock(dir, "users", syscall.LOCK_EX)
		if err != nil {
			return
		}
		_ = none.Close()
		time.Sleep(grace)
		none, err = lock(dir, "users", syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue // a new user
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if c, err := pgcluster.Start(ctx, pgcluster.Options{DataDir: dir, Throwaway: true, MaxConnections: 500}); err == nil {
			_ = c.Stop(ctx)
		}
		_ = own.Close() // first, so that the next user sees that it needs a keeper
		_ = none.Close()
		return
	}
}

func lock(dir, name string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
