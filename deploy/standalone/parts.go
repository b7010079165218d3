package main

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"tonghu/deploy/standalone/temporald"
	"tonghu/pgcluster"
)

type postgresCommand struct{}

// Run keeps the database up for other processes until it is told to stop.
func (*postgresCommand) Run(r *run) (err error) {
	if err := r.makeDataDir(); err != nil {
		return err
	}
	pg, err := startPostgres(r.ctx, r)
	if err != nil {
		return err
	}
	defer stop(&err, "postgresql", postgresStopWithin, pg.Stop)
	r.log.Info("ready", zap.String("postgres", pg.DSN(productDatabase, productRole)))
	select {
	case <-pg.Done():
		return errPostgresEnded
	case <-r.ctx.Done():
		return nil
	}
}

type temporalCommand struct {
	Service string `arg:"" enum:"frontend,history,matching,worker" help:"frontend, history, matching 或 worker。"`
}

// Run keeps one Temporal service up, on the database of `tonghu-standalone postgres` in the same data folder. The four
// processes may start in any order and find each other by the ports that the folder remembers.
func (t *temporalCommand) Run(r *run) (err error) {
	pg, err := pgcluster.Attach(r.ctx, r.dataDir)
	if errors.Is(err, pgcluster.ErrNotRunning) {
		return fmt.Errorf("%w: start it with `tonghu-standalone postgres`", err)
	}
	if err != nil {
		return err
	}
	server, err := temporald.Start(r.ctx, temporald.Config{
		DataDir: r.dataDir, Postgres: pg, Services: []string{t.Service}, Log: r.log.Named("temporal." + t.Service),
	})
	if err != nil {
		return err
	}
	defer stop(&err, "temporal "+t.Service, temporalStopWithin, server.Stop)
	r.log.Info("ready", zap.String("service", t.Service), zap.String("frontend", server.HostPort()))
	select {
	case <-pg.Done():
		return errPostgresEnded
	case <-r.ctx.Done():
		return nil
	}
}

type psqlCommand struct {
	Database string `arg:"" optional:"" default:"tonghu" help:"tonghu, temporal, temporal_visibility."`
	Role     string `default:"postgres" help:"以哪个角色连接。 Role to connect as."`
}

// Run prints an address for psql: psql "$(tonghu-standalone psql)".
func (p *psqlCommand) Run(r *run) error {
	pg, err := pgcluster.Attach(r.ctx, r.dataDir)
	if err != nil {
		return err
	}
	fmt.Println(pg.DSN(p.Database, p.Role))
	return nil
}
