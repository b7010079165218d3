package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault"
)

// Store is every store of the product on one database.
type Store struct {
	// pool is the engine's: what the product does by itself.
	pool *pgxpool.Pool
	// app is what askers ask on, and sees what they may; nil where the engine takes
	// the app's role for it.
	app   *pgxpool.Pool
	vault *vault.Vault
	log   *zap.Logger
	now   func() time.Time
	jobs  Enqueuer
	looks lookQueue
	blobs Blobs
	rules sync.Map // hash to cases.Rules: rules never change under a hash
}

// Options are what a Store needs beside its database.
type Options struct {
	// Vault seals and opens personal text. Required.
	Vault *vault.Vault
	// Log gets causes that no caller is shown. Nil logs nothing.
	Log *zap.Logger
	// Jobs puts what a commit sets off into the queue; UseJobs can give it later.
	// Without it nothing is set off.
	Jobs Enqueuer
	// AppDSN is the database's address as AppRole. Without it, what askers ask is
	// asked on the engine's connections, which take that role for the transaction:
	// the same rows, but whoever gets hold of a connection has more.
	AppDSN string
	// Now is the clock for when rows were written; nil is time.Now.
	Now func() time.Time
	// MaxConns is the most connections held as each role; 0 leaves it to the address
	// or pgx.
	MaxConns int32
}

// Open connects to a migrated database. dsn is its address as EngineRole.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if o.Vault == nil {
		return nil, errors.New("postgres: no vault given")
	}
	s := &Store{vault: o.Vault, log: o.Log, now: o.Now, jobs: o.Jobs}
	var err error
	if s.pool, err = connect(ctx, dsn, o.MaxConns, isEngine); err != nil {
		return nil, err
	}
	if o.AppDSN != "" {
		if s.app, err = connect(ctx, o.AppDSN, o.MaxConns, isApp); err != nil {
			s.pool.Close()
			return nil, err
		}
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.jobs == nil {
		s.jobs = noJobs{}
	}
	return s, nil
}

// What the roles of connections must be: one with less sees nothing and says
// nothing, one with more sees too much.
const (
	isEngine = `SELECT pg_has_role('tonghu_engine', 'USAGE')`
	isApp    = `SELECT pg_has_role('tonghu_app', 'USAGE') AND NOT pg_has_role('tonghu_engine', 'MEMBER')
		AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)`
)

// connect gives connections to a database that answers, as a fitting role.
func connect(ctx context.Context, dsn string, most int32, fits string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("postgres: the database's address is malformed") // its text may hold a password
	}
	if most > 0 {
		config.MaxConns = most
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fault(err)
	}
	var ok bool
	err = pool.QueryRow(ctx, fits).Scan(&ok)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == noRole:
		err = errors.New("the database lacks its roles: run the migrations first")
	case err == nil && !ok:
		err = fmt.Errorf("postgres: the role %s of the address does not fit: askers ask as %s, the product works as %s", config.ConnConfig.User, AppRole, EngineRole)
	default:
		err = fault(err)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// Close gives the connections back.
func (s *Store) Close() {
	s.pool.Close()
	if s.app != nil {
		s.app.Close()
	}
}

// Pool is the engine's connections, for the job queue and the sessions.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// UseJobs gives the queue, where it could not be made before the store. It is
// called before the store is used by more than one goroutine.
func (s *Store) UseJobs(jobs Enqueuer) { s.jobs = jobs }

// noRole is how PostgreSQL says that a role does not exist.
const noRole = "42704"

// noTable is how it says that a table does not.
const noTable = "42P01"

// The errors that the functions of the migrations raise.
const (
	together = "TG403" // tonghu_separate
	inFlight = "TG409" // tonghu_take_key: another transaction works on the key
	retired  = "TG410" // a data key under a master key that was replaced
	untrue   = "TG500" // tonghu_must
)

// within runs fn in one transaction of the engine. A deadlock or a lost
// serialization is tried again, and so is what made a data key under a retired
// master key, so fn touches nothing but the transaction and what it sets anew.
func (s *Store) within(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.run(ctx, s.begin, fn)
}

// beginning gives a transaction, and how to let go of it.
type beginning func(context.Context) (tx *transaction, release func(), err error)

func (s *Store) run(ctx context.Context, begin beginning, fn func(tx pgx.Tx) error) error {
	var err error
	for range 3 {
		err = attempt(ctx, begin, fn)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "40P01" && pg.Code != "40001" && pg.Code != retired {
			break
		}
		if pg.Code == retired {
			// The process slept through a rotation.
			if _, err := s.vault.Refresh(); err != nil {
				s.log.Error("the key file cannot be used", zap.Error(err))
			}
		}
	}
	return fault(err)
}

func attempt(ctx context.Context, begin beginning, fn func(tx pgx.Tx) error) error {
	tx, release, err := begin(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// fault turns what the driver says into what callers understand: a refusal stays
// as it is, a database out of reach is CodeUnavailable, a missing row is
// CodeNotFound, what a constraint refuses is CodeInternal; anything else is left
// for the log.
func fault(err error) error {
	if err == nil {
		return nil
	}
	var refusal *cases.Error
	if errors.As(err, &refusal) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return &cases.Error{Code: cases.CodeNotFound, Err: err}
	}
	if unreachable(err) {
		return &cases.Error{Code: cases.CodeUnavailable, Err: err}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == retired {
		return &cases.Error{Code: cases.CodeUnavailable, Err: err}
	}
	if errors.As(err, &pg) && pg.Code == inFlight {
		return cases.Refuse(records.CodeInFlight)
	}
	if errors.As(err, &pg) && pg.Code == together {
		return cases.Refuse(records.CodeSeparation)
	}
	if errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code[:2] == "42" || pg.Code == untrue) {
		// Data, a constraint or a statement is wrong: trying again does not help.
		return &cases.Error{Code: cases.CodeInternal, Err: fmt.Errorf("postgres: %w (%s)", err, pg.ConstraintName)}
	}
	return fmt.Errorf("postgres: %w", err)
}

// duplicate tells whether a row is there already.
func duplicate(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

func unreachable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code[:2] == "08", pg.Code[:2] == "53": // connection exception, insufficient resources
			return true
		case pg.Code == "57P01", pg.Code == "57P02", pg.Code == "57P03", pg.Code == "25006": // shutdown, crash, starting, standby
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// noJobs sets nothing off.
type noJobs struct{}

func (noJobs) StartCase(context.Context, pgx.Tx, cases.Kind, string) error { return nil }
func (noJobs) Nudge(context.Context, pgx.Tx, cases.Kind, string) error     { return nil }
func (noJobs) Notify(context.Context, pgx.Tx, ...int64) error              { return nil }
func (noJobs) ListErasures(context.Context, pgx.Tx) error                  { return nil }
func (noJobs) Simulate(context.Context, pgx.Tx, string) error              { return nil }
