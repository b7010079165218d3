package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"go.uber.org/zap"

	"tonghu/deploy/standalone/temporald"
	"tonghu/pgcluster"
	"tonghu/postgres"
)

// How long each part may take. Whatever takes longer is stopped harder, as a crash would, which loses nothing.
const (
	startWithin        = 2 * time.Minute // the first start of a slow disk makes two databases
	temporalStopWithin = 20 * time.Second
	postgresStopWithin = 20 * time.Second
)

// The product's database and the role that owns it.
const (
	productDatabase = "tonghu"
	productRole     = "tonghu"
)

type upCommand struct {
	Listen string `env:"TONGHU_LISTEN" default:"127.0.0.1:8365" help:"网页和接口的监听地址。 Address of the console and the API."`
	Policy string `env:"TONGHU_POLICY" default:"anqiu" help:"时限规则：anqiu、drill 或 YAML 文件。 Policy: anqiu, drill or a YAML file."`
	Notify string `env:"TONGHU_NOTIFY" type:"path" help:"提醒渠道的 YAML 文件；空：只有站内信。 YAML file of the notice channels; the inbox only if empty."`
	Suite  string `env:"TONGHU_SUITE" enum:",standard,sm" default:"" help:"新建密钥文件所用算法：standard 或 sm（国密）。 Algorithms of a key file that is made now: standard or sm."`
	Heads  string `name:"audit-heads" env:"TONGHU_AUDIT_HEADS" type:"path" help:"审计日志链首的签名文件，最好在另一块磁盘；空：DATA/audit/heads.log。 File that the audit log's heads are signed into, best on another disk."`
	Roles  string `env:"TONGHU_ROLES" default:"api,worker,jobs" help:"本进程承担的部分。 The parts that this process takes."`
	keyService
	front
	// The people of the demonstration's county, which every standalone instance is filled with, have public passwords already.
	SecondFactor string `env:"TONGHU_SECOND_FACTOR" default:"offered" enum:"required,offered" help:"第二重验证：required 市级岗位和管理员必须，offered 自愿（演示）。 Second factor: required of the city's roles, or offered."`

	FailPoint string `env:"TONGHU_FAILPOINT" hidden:""`
}

// Run starts PostgreSQL, Temporal and the product, and stops them in the reverse order when the process is told to or
// one of them ends by itself.
func (u *upCommand) Run(r *run) (err error) {
	began := time.Now()
	port, err := u.port()
	if err != nil {
		return err
	}
	parts, err := roles(u.Roles)
	if err != nil {
		return err
	}
	if err := r.makeDataDir(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	starting, started := context.WithTimeout(ctx, startWithin)
	defer started()

	pg, err := startPostgres(starting, r)
	if err != nil {
		return err
	}
	defer stop(&err, "postgresql", postgresStopWithin, pg.Stop)
	go func() {
		select {
		case <-pg.Done():
			cancel(errPostgresEnded)
		case <-ctx.Done():
		}
	}()
	temporal, err := temporald.Start(starting, temporald.Config{DataDir: r.dataDir, Postgres: pg, Avoid: port, Log: r.log.Named("temporal")})
	if err != nil {
		return err
	}
	defer stop(&err, "temporal", temporalStopWithin, temporal.Stop)

	err = serve(ctx, productConfig{
		DSN: pg.DSN(productDatabase, postgres.EngineRole), AppDSN: pg.DSN(productDatabase, postgres.AppRole),
		OwnerDSN: pg.DSN(productDatabase, productRole), Temporal: temporal.HostPort(),
		Listen: u.Listen, DataDir: r.dataDir, Policy: u.Policy, Notify: u.Notify, Suite: u.Suite, Heads: u.Heads, Roles: parts, SecondFactor: u.SecondFactor, FailPoint: u.FailPoint, KeyService: u.keyService, Front: u.front, Log: r.log,
	}, func() {
		r.log.Info("ready", zap.String("url", cmp.Or(u.PublicURL, "http://"+u.Listen)), zap.Duration("took", time.Since(began)))
		if err := welcome(u.PublicURL, u.Listen, u.Policy, r.dataDir); err != nil {
			r.log.Warn("welcome", zap.Error(err))
		}
	})
	if cause := context.Cause(ctx); errors.Is(cause, errPostgresEnded) {
		return errors.Join(cause, err)
	}
	return err
}

var errPostgresEnded = errors.New("PostgreSQL has ended by itself; its log is in the data folder under postgres/")

// port is that of the listen address, which must be free: better to learn it now than after the rest has started.
func (u *upCommand) port() (int, error) {
	l, err := net.Listen("tcp", u.Listen)
	if err != nil {
		return 0, fmt.Errorf("cannot listen on %s (another instance? choose another with --listen or TONGHU_LISTEN): %w", u.Listen, err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// startPostgres starts the cluster with the product's roles and database in it.
func startPostgres(ctx context.Context, r *run) (*pgcluster.Cluster, error) {
	pg, err := pgcluster.Start(ctx, pgcluster.Options{DataDir: r.dataDir, Log: r.log.Named("postgresql")})
	if err != nil {
		return nil, err
	}
	err = pg.EnsureRole(ctx, productRole, "LOGIN")
	for _, r := range postgres.Roles() {
		if err == nil {
			err = pg.EnsureRole(ctx, r[0], r[1])
		}
	}
	if err == nil {
		err = pg.EnsureMember(ctx, postgres.EngineRole, postgres.AppRole)
	}
	if err == nil {
		err = pg.CreateDatabase(ctx, productDatabase, productRole)
	}
	if err != nil {
		stop(&err, "postgresql", postgresStopWithin, pg.Stop)
		return nil, err
	}
	return pg, nil
}

// stop ends a part within a time and adds what went wrong to err.
func stop(err *error, what string, within time.Duration, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if failed := end(ctx); failed != nil {
		*err = errors.Join(*err, fmt.Errorf("stop %s: %w", what, failed))
	}
}
