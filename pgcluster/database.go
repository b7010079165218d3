package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs that matter here.
const (
	duplicateDatabase = "42P04"
	duplicateObject   = "42710"
	uniqueViolation   = "23505"
	cannotConnectNow  = "57P03"
)

// DSN is the address of a database for pgx, goose and psql, as the given role. The socket's folder is the password.
func (c *Cluster) DSN(database, role string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {c.place.socket}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// CreateDatabase makes a database that belongs to role; one that exists already is left as it is.
func (c *Cluster) CreateDatabase(ctx context.Context, name, role string) error {
	return c.admin(ctx, func(conn *pgx.Conn) error {
		var exists bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists); err != nil {
			return err
		}
		if exists {
			return nil
		}
		_, err := conn.Exec(ctx, fmt.Sprintf(`CREATE DATABASE %s OWNER %s`, quote(name), quote(role)))
		if is(err, duplicateDatabase, uniqueViolation) {
			return nil
		}
		return err
	})
}

// EnsureRole makes a role with the given attributes ("LOGIN", "LOGIN BYPASSRLS"), or gives them to the one that exists.
// attributes is SQL and must not come from a user.
func (c *Cluster) EnsureRole(ctx context.Context, name, attributes string) error {
	return c.admin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf(`CREATE ROLE %s %s`, quote(name), attributes))
		if is(err, duplicateObject, uniqueViolation) {
			_, err = conn.Exec(ctx, fmt.Sprintf(`ALTER ROLE %s %s`, quote(name), attributes))
		}
		return err
	})
}

// EnsureMember lets role take the role of another.
func (c *Cluster) EnsureMember(ctx context.Context, role, of string) error {
	return c.admin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf(`GRANT %s TO %s`, quote(of), quote(role)))
		return err
	})
}

func (c *Cluster) admin(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres", Superuser))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return fn(conn)
}

// ping tells whether the server answers and is the one of this data folder.
func (c *Cluster) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return c.admin(ctx, func(conn *pgx.Conn) error {
		var data string
		if err := conn.QueryRow(ctx, `SELECT current_setting('data_directory')`).Scan(&data); err != nil {
			return err
		}
		if data != c.place.data {
			return fmt.Errorf("the socket %s leads to the data folder %s", c.place.socket, data)
		}
		return nil
	})
}

// starting is true of a server that says to wait: it starts, recovers or shuts down.
func starting(err error) bool { return is(err, cannotConnectNow) }

func is(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, code := range codes {
		if pg.Code == code {
			return true
		}
	}
	return false
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
