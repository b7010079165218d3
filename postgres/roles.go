package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The roles of the database beside the owner, who runs migrations (migration 0005).
const (
	// AppRole asks on behalf of a signed-in person, and sees what that person may.
	AppRole = "tonghu_app"
	// EngineRole does what the product does by itself. It can take the app's role.
	EngineRole = "tonghu_engine"
	// BackupRole reads everything, for a dump.
	BackupRole = "tonghu_backup"
)

// Roles gives each role with its attributes, for whoever makes them. Roles belong
// to a whole server and none has a password of its own here.
func Roles() [][2]string {
	return [][2]string{
		{AppRole, "LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"},
		// Without INHERIT the app's policies are not looked at for the engine.
		{EngineRole, "LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"},
		{BackupRole, "LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"},
	}
}

// grantApp lets the engine take the app's role.
const grantApp = "GRANT " + AppRole + " TO " + EngineRole

// ensureRoles makes the roles that are missing. Where that is not permitted, the
// error holds the SQL that an administrator of the server has to run.
func ensureRoles(ctx context.Context, conn *pgx.Conn) error {
	var missing []string
	for _, r := range Roles() {
		var there bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, r[0]).Scan(&there); err != nil {
			return err
		}
		if !there {
			missing = append(missing, "CREATE ROLE "+r[0]+" "+r[1])
		}
	}
	granted := false
	if len(missing) == 0 {
		if err := conn.QueryRow(ctx, `SELECT pg_has_role($1, $2, 'MEMBER')`, EngineRole, AppRole).Scan(&granted); err != nil {
			return err
		}
	}
	if !granted {
		missing = append(missing, grantApp)
	}
	for i, sql := range missing {
		_, err := conn.Exec(ctx, sql)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "42501" {
			return fmt.Errorf("the database lacks roles and %s may not make them; let an administrator of the server run: %s;",
				conn.Config().User, strings.Join(missing[i:], "; "))
		}
		if err != nil && (pg == nil || pg.Code != "42710" && pg.Code != "23505") { // made by another database's migration meanwhile
			return err
		}
	}
	return nil
}

// openTables lets the owner see rows, for a migration that changes some. Nobody else
// sees more by it.
func openTables(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity ORDER BY 1`)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, t := range tables {
		b.Queue("ALTER TABLE " + t + " NO FORCE ROW LEVEL SECURITY")
	}
	return conn.SendBatch(ctx, b).Close()
}

// lockTables puts row-level security on what a migration has left open, the job
// queue's tables with it, and keeps the owner from rows again.
func lockTables(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT tonghu_lock_tables()`)
	return err
}
