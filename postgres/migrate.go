package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the schema's files, one per step.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// migrateLock is the advisory lock under which a database is migrated: processes
// that start together take turns, and the second finds nothing to do.
const migrateLock = 7_106_810_001

// Migrate brings a database to this program's schema: its own tables, then the job
// queue's; no table is left without row-level security. dsn names the owner of the
// schema, who can make the roles, or finds them made (see Roles).
func Migrate(ctx context.Context, dsn string) error {
	turn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("migrate: %w", fault(err))
	}
	defer func() { _ = turn.Close(context.WithoutCancel(ctx)) }() // gives up the lock
	if _, err := turn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrateLock)); err != nil {
		return fmt.Errorf("migrate: %w", fault(err))
	}
	if err := ensureRoles(ctx, turn); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return fmt.Errorf("migrate: %w", fault(err))
	}
	defer pool.Close()
	own := stdlib.OpenDBFromPool(pool)
	defer func() { _ = own.Close() }()
	steps, err := goose.NewProvider(goose.DialectPostgres, own, Migrations())
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := migrate(ctx, turn, steps); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	queue, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if err := lockTables(ctx, turn); err != nil {
		return fmt.Errorf("migrate: %w", fault(err))
	}
	return nil
}

// migrate takes each step that is pending, with the rows open to the owner, whose
// step may change some.
func migrate(ctx context.Context, conn *pgx.Conn, steps *goose.Provider) error {
	for {
		pending, err := steps.HasPending(ctx)
		if err != nil || !pending {
			return err
		}
		if err := openTables(ctx, conn); err != nil {
			return fault(err)
		}
		if _, err := steps.UpByOne(ctx); err != nil {
			return err
		}
	}
}
