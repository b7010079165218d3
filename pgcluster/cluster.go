// Package pgcluster runs a private PostgreSQL cluster from the system's binaries: no port, no password, nothing to set up.
// It listens on a Unix socket only, in a folder that nobody but its owner can enter, so that whoever can reach the socket
// may be trusted. The cluster outlives a kill -9 of the process that started it; the next Start adopts it.
//
// Everything lives in DataDir/postgres: data (PGDATA), log (a week of server logs), start.log (the last start's output).
// Settings that an operator wants otherwise go to data/custom.conf, which is read last and never written here.
package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// Superuser is the cluster's first role. It is not an operating-system user.
const Superuser = "postgres"

// Options says where a cluster lives and how careful it is.
type Options struct {
	// DataDir is the folder under which everything lives; it is created if missing.
	DataDir string
	// Log receives what the cluster does; nil is silent.
	Log *zap.Logger
	// Throwaway gives up durability for speed: for tests only.
	Throwaway bool
	// MaxConnections is PostgreSQL's max_connections; 0 means 200.
	MaxConnections int
	// Settings are further lines of postgresql.conf; they win over this package's own.
	Settings map[string]string
}

// Cluster is a running PostgreSQL. Its methods are safe for concurrent use, except Stop.
type Cluster struct {
	place  place
	log    *zap.Logger
	pid    int
	exited chan struct{}
	lock   *os.File // nil if another process owns the cluster
}

// Start brings up the cluster under o.DataDir, making it first if there is none, and adopting it if a process that was
// killed left it running. It gives ErrInUse while another process owns the folder, ErrNoBinaries where PostgreSQL is not
// installed. ctx bounds the start only. The cluster runs until Stop, even past the death of this process.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if err := os.MkdirAll(o.DataDir, 0o711); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFile(filepath.Join(o.DataDir, "postgres.lock"))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = lock.Close()
		}
	}()
	p, err := preparePlace(o.DataDir, o.Log)
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(p.data)
	if err != nil {
		return nil, err
	}
	if err := initialise(ctx, bin, p, o); err != nil {
		return nil, err
	}
	if err := writeSettings(p, o); err != nil {
		return nil, err
	}
	c := &Cluster{place: p, log: o.Log, lock: lock, exited: make(chan struct{})}
	adopted, err := c.adopt(ctx)
	if err != nil {
		return nil, err
	}
	if !adopted {
		if err := c.launch(ctx, bin); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Attach gives a cluster that another process owns, for a tool beside it. Its Stop does nothing.
// It gives ErrNotRunning if there is none that answers.
func Attach(ctx context.Context, dataDir string) (*Cluster, error) {
	p, err := findPlace(dataDir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{place: p, log: zap.NewNop(), exited: make(chan struct{})}
	if c.pid = p.postmaster(); c.pid == 0 {
		return nil, fmt.Errorf("%w in %s", ErrNotRunning, dataDir)
	}
	if err := c.ping(ctx); err != nil {
		return nil, fmt.Errorf("%w in %s: %v", ErrNotRunning, dataDir, err)
	}
	go c.watch()
	return c, nil
}

// Errors of Start and Attach.
var (
	ErrInUse      = errors.New("this data folder is in use by another process")
	ErrNoBinaries = errors.New("PostgreSQL 15 or newer is not installed (Debian: apt-get install postgresql)")
	ErrNotRunning = errors.New("no PostgreSQL is running")
)

// SocketDir is the folder of the Unix socket; the port, which only names the socket's file, is Port.
func (c *Cluster) SocketDir() string { return c.place.socket }

// Port is the number in the name of the socket. Nothing listens on the network.
const Port = 5432

// Done is closed when the cluster has ended, by Stop or by itself.
func (c *Cluster) Done() <-chan struct{} { return c.exited }

// Stop shuts the cluster down: open transactions are rolled back and connections closed. When ctx ends first the server is
// stopped at once, which loses nothing that was committed but makes the next start replay the log.
// After Attach it does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	if c.lock == nil {
		return nil
	}
	defer func() {
		_ = c.lock.Close()
		c.lock = nil
	}()
	if err := c.end(ctx); err != nil {
		return err
	}
	_ = os.RemoveAll(c.place.socket)
	c.log.Debug("postgresql stopped", zap.Int("pid", c.pid))
	return nil
}

// end stops the postmaster, more and more firmly.
func (c *Cluster) end(ctx context.Context) error {
	const patience = 5 * time.Second
	_ = syscall.Kill(c.pid, syscall.SIGINT)
	select {
	case <-c.exited:
		return nil
	case <-ctx.Done():
	}
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		_ = syscall.Kill(c.pid, sig)
		select {
		case <-c.exited:
			return nil
		case <-time.After(patience):
		}
	}
	return fmt.Errorf("PostgreSQL (pid %d) does not end", c.pid)
}

// adopt takes over a postmaster that a killed process left behind, or makes sure that there is none.
func (c *Cluster) adopt(ctx context.Context) (bool, error) {
	if c.pid = c.place.postmaster(); c.pid == 0 {
		return false, nil
	}
	go c.watch()
	for silence := time.Now(); ; {
		err := c.ping(ctx)
		switch {
		case err == nil:
			_ = syscall.Kill(c.pid, syscall.SIGHUP) // read the settings anew
			c.log.Info("postgresql adopted", zap.Int("pid", c.pid))
			return true, nil
		case ctx.Err() != nil:
			return false, ctx.Err()
		case starting(err):
			silence = time.Now()
		case time.Since(silence) > 3*time.Second:
			c.log.Warn("postgresql left behind does not answer and is stopped", zap.Int("pid", c.pid), zap.Error(err))
			end, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if err := c.end(end); err != nil {
				return false, err
			}
		}
		select {
		case <-c.exited:
			c.exited = make(chan struct{})
			return false, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// launch starts a postmaster and waits until it answers. Sessions of a postmaster that was killed may hold on to the shared
// memory for a moment: then it tries again.
func (c *Cluster) launch(ctx context.Context, bin binaries) error {
	began := time.Now()
	for {
		output, err := c.launchOnce(ctx, bin)
		if err == nil {
			c.log.Info("postgresql started", zap.Int("pid", c.pid), zap.Int("version", bin.major), zap.Duration("took", time.Since(began)))
			return nil
		}
		if !strings.Contains(output, "pre-existing shared memory block") || time.Since(began) > 10*time.Second {
			return fmt.Errorf("start PostgreSQL: %w\n%s", err, output)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (c *Cluster) launchOnce(ctx context.Context, bin binaries) (output string, err error) {
	if err := c.place.makeSocketDir(); err != nil {
		return "", err
	}
	out, err := os.Create(c.place.startLog())
	if err != nil {
		return "", err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(bin.path("postgres"), "-D", c.place.data)
	c.place.as(cmd)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	c.pid, c.exited = cmd.Process.Pid, exited
	for {
		err := c.ping(ctx)
		if err == nil {
			return "", nil
		}
		select {
		case <-exited:
			return tail(c.place.startLog()), errors.New("the server ended at once")
		case <-ctx.Done():
			stopped, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = c.end(stopped)
			return tail(c.place.startLog()), fmt.Errorf("%w (last answer: %v)", ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// watch closes exited when a postmaster that is not our child has gone.
func (c *Cluster) watch() {
	pid, exited := c.pid, c.exited
	for alive(pid) {
		time.Sleep(50 * time.Millisecond)
	}
	close(exited)
}

// initialise makes the data folder, in a folder aside that is renamed when it is whole.
func initialise(ctx context.Context, bin binaries, p place, o Options) error {
	if _, err := os.Stat(filepath.Join(p.data, "PG_VERSION")); err == nil {
		return nil
	}
	began := time.Now()
	half := p.data + ".init"
	var failed error
	for _, locale := range [][]string{{"--locale=C.UTF-8", "--lc-collate=C"}, {"--locale=C"}} {
		if err := os.RemoveAll(half); err != nil {
			return err
		}
		args := []string{"--pgdata=" + half, "--username=" + Superuser, "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject", "--no-instructions"}
		if o.Throwaway {
			args = append(args, "--no-sync")
		} else {
			args = append(args, "--data-checksums")
		}
		cmd := exec.CommandContext(ctx, bin.path("initdb"), append(args, locale...)...)
		p.as(cmd)
		out, err := cmd.CombinedOutput()
		if err == nil {
			failed = nil
			break
		}
		failed = fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if failed != nil {
		return failed
	}
	conf := "# What Tonghu sets is in tonghu.conf, written anew at each start. Put your own settings in custom.conf.\n" +
		"include 'tonghu.conf'\ninclude_if_exists 'custom.conf'\n"
	if err := p.write(filepath.Join(half, "postgresql.conf"), conf); err != nil {
		return err
	}
	if err := p.write(filepath.Join(half, "custom.conf"), "# Your own settings; they win over tonghu.conf.\n"); err != nil {
		return err
	}
	if err := os.Rename(half, p.data); err != nil {
		return err
	}
	o.Log.Info("postgresql data folder made", zap.String("folder", p.data), zap.Int("version", bin.major), zap.Duration("took", time.Since(began)))
	return nil
}

// tail gives the end of a log for an error message.
func tail(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-2000):])
}
