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
	pool  *pgxpool.Pool
	vault *vault.Vault
	log   *zap.Logger
	now   func() time.Time
	jobs  Enqueuer
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
	// Now is the clock for when rows were written; nil is time.Now.
	Now func() time.Time
	// MaxConns is the most connections held; 0 leaves it to the address or pgx.
	MaxConns int32
}

// Open connects to a migrated database.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if o.Vault == nil {
		return nil, errors.New("postgres: no vault given")
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("postgres: the database's address is malformed") // its text may hold a password
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fault(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fault(err)
	}
	s := &Store{pool: pool, vault: o.Vault, log: o.Log, now: o.Now, jobs: o.Jobs}
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

// Close gives the connections back.
func (s *Store) Close() { s.pool.Close() }

// Pool is the connections themselves, for the job queue and the sessions.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// UseJobs gives the queue, where it could not be made before the store. It is
// called before the store is used by more than one goroutine.
func (s *Store) UseJobs(jobs Enqueuer) { s.jobs = jobs }

// The errors that the functions of migration 0003 raise.
const (
	inFlight = "TG409" // tonghu_take_key: another transaction works on the key
	untrue   = "TG500" // tonghu_must
)

// within runs fn in one transaction. A deadlock or a lost serialization is tried
// again, so fn touches nothing but the transaction and what it sets anew.
func (s *Store) within(ctx context.Context, fn func(tx pgx.Tx) error) error {
	var err error
	for range 3 {
		err = s.attempt(ctx, fn)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "40P01" && pg.Code != "40001" {
			break
		}
	}
	return fault(err)
}

func (s *Store) attempt(ctx context.Context, fn func(tx pgx.Tx) error) error {
	tx, release, err := s.begin(ctx)
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
	if errors.As(err, &pg) && pg.Code == inFlight {
		return cases.Refuse(records.CodeInFlight)
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
