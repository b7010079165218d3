// Package temporald runs a Temporal server in this process, or one of its services, on the product's own PostgreSQL cluster.
// It listens on loopback only, on ports that are chosen once for a data folder and then remembered.
package temporald

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"

	"tonghu/pgcluster"
)

const (
	// Namespace is where the product's workflows live.
	Namespace = "tonghu"
	// Retention is how long the history of a closed run is kept; PostgreSQL keeps the case itself.
	Retention = 7 * 24 * time.Hour
)

// Services are the roles of a Temporal server, in the order in which they start.
var Services = []string{"matching", "history", "frontend", "worker"}

// Config says where a server lives.
type Config struct {
	// DataDir is the folder in which the ports are remembered.
	DataDir string
	// Postgres is the cluster that holds the databases temporal and temporal_visibility; they are made if missing.
	Postgres *pgcluster.Cluster
	// Services are the roles to run in this process; none means all.
	Services []string
	// Avoid is a port that the server must not choose because the product will need it; 0 is none.
	Avoid int
	// Log receives warnings and errors; nil is silent.
	Log *zap.Logger
}

// Server is a running Temporal server.
type Server struct {
	server temporal.Server
	ports  ports
	log    *zap.Logger
	level  zap.AtomicLevel // of what the server itself logs
}

// Start brings the databases to this version's schema with Namespace in them and starts the services. With all services in
// this process, workflows can be started when it returns. ctx bounds the work on the databases.
func Start(ctx context.Context, c Config) (_ *Server, err error) {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	all := len(c.Services) == 0
	if all {
		c.Services = Services
	}
	for _, name := range c.Services {
		if !slices.Contains(Services, name) {
			return nil, fmt.Errorf("no such service: %q (there are %q)", name, Services)
		}
	}
	began := time.Now()
	if err := ensureDatabases(ctx, c.Postgres); err != nil {
		return nil, fmt.Errorf("temporal databases: %w", err)
	}
	schema := time.Since(began)
	p, err := rememberPorts(c.DataDir, all, c.Avoid)
	if err != nil {
		return nil, fmt.Errorf("temporal ports: %w", err)
	}
	// What the server complains of counts only in between: services that start and stop one after another miss each other.
	s := &Server{ports: p, log: c.Log, level: zap.NewAtomicLevelAt(zap.DPanicLevel)}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name := range p {
		host := static.Hosts{All: []string{p.address(name)}}
		if slices.Contains(c.Services, name) {
			host.Self = p.address(name)
		}
		hosts[primitives.ServiceName(name)] = host
	}
	s.server, err = temporal.NewServer(
		temporal.WithConfig(configuration(c.Postgres, p)),
		temporal.ForServices(c.Services),
		temporal.WithStaticHosts(hosts),
		temporal.WithDynamicConfigClient(settings()),
		temporal.WithLogger(log.NewZapLogger(c.Log.WithOptions(zap.IncreaseLevel(s.level)))),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("temporal: %w", err), s.server.Stop())
	}
	s.level.SetLevel(zap.WarnLevel)
	c.Log.Info("temporal started", zap.Strings("services", c.Services), zap.String("frontend", s.HostPort()),
		zap.Duration("schema", schema), zap.Duration("took", time.Since(began)))
	return s, nil
}

// HostPort is the frontend's address.
func (s *Server) HostPort() string { return s.ports.address("frontend") }

// Dial makes a client of this server in Namespace. Of the options, the address and what suits loopback are set here.
func (s *Server) Dial(ctx context.Context, o client.Options) (client.Client, error) {
	o.HostPort = s.HostPort()
	o.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	if o.Namespace == "" {
		o.Namespace = Namespace
	}
	if o.Logger == nil {
		o.Logger = sdklog.NewStructuredLogger(log.NewSlogLogger(log.NewZapLogger(s.log)))
	}
	return client.DialContext(ctx, o)
}

// Stop ends the services. It gives up waiting when ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.level.SetLevel(zap.DPanicLevel)
	done := make(chan error, 1)
	go func() { done <- s.server.Stop() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("temporal does not end: %w", ctx.Err())
	}
}
