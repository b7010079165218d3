// Command tonghu-standalone runs all of Tonghu in one process: a private PostgreSQL cluster, the Temporal server on that
// same cluster, and the product. It can also run one Temporal service per process.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
)

// cli is the command line. Each flag can be given as an environment variable instead.
type cli struct {
	Data string `env:"TONGHU_DATA" default:"data" type:"path" help:"数据目录，一切都在其中。 Data folder; everything lives under it."`

	Up       upCommand       `cmd:"" help:"启动全部服务。 Run everything in this process."`
	Postgres postgresCommand `cmd:"" help:"只启动数据库。 Run the database alone, for Temporal services in processes of their own."`
	Temporal temporalCommand `cmd:"" help:"启动一个 Temporal 服务。 Run one Temporal service in this process."`
	Psql     psqlCommand     `cmd:"" help:"打印数据库连接地址。 Print the address of the running database, for psql."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("tonghu-standalone"),
		kong.Description("童护：县域儿童保护个案流转。 Tonghu: case orchestration for a county's child protection network."))
	tuneMemory()
	log, err := newLogger()
	k.FatalIfErrorf(err)
	ctx, stop := interruptible(log)
	err = k.Run(&run{ctx: ctx, log: log, dataDir: c.Data})
	stop()
	_ = log.Sync()
	if err != nil {
		log.Error("stopped", zap.Error(err))
		os.Exit(1)
	}
}

// run is what every command is given.
type run struct {
	ctx     context.Context //nolint:containedctx // lives as long as the command
	log     *zap.Logger
	dataDir string
}

// makeDataDir makes the data folder, through which PostgreSQL's user must be able to pass.
func (r *run) makeDataDir() error {
	return os.MkdirAll(filepath.Clean(r.dataDir), 0o711)
}

// interruptible gives a context that the first SIGINT or SIGTERM ends; the second ends the process at once. Nothing is
// lost by that: it is what a kill -9 does.
func interruptible(log *zap.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		sig, ok := <-signals
		if !ok {
			return
		}
		log.Info("stopping; a second signal stops at once", zap.Stringer("signal", sig))
		cancel()
		if sig, ok = <-signals; ok {
			log.Error("stopped at once", zap.Stringer("signal", sig))
			os.Exit(1)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}

func newLogger() (*zap.Logger, error) {
	c := zap.NewProductionConfig()
	c.DisableStacktrace = true
	c.Sampling = nil
	return c.Build()
}

// tuneMemory trades memory for time, as far as there is memory, unless the environment says otherwise.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	meminfo, _ := os.ReadFile("/proc/meminfo")
	var kib int64
	if _, err := fmt.Sscanf(string(meminfo), "MemTotal: %d kB", &kib); err == nil {
		debug.SetMemoryLimit(kib << 10 / 2)
	}
}
