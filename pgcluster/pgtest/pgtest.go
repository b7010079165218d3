// Package pgtest gives each test an empty PostgreSQL database of its own, in some tens of milliseconds.
//
// All test binaries of a user share one throwaway cluster under the system's temporary folder. The first that needs it starts
// it; some seconds after the last has ended, it is stopped. Where TONGHU_TEST_PG_DSN names a server (as a superuser), that is used instead.
package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// DSNEnv names an existing server to use instead of a private one: a superuser's address of any of its databases.
const DSNEnv = "TONGHU_TEST_PG_DSN"

// DB is a database that lives as long as its test.
type DB struct {
	// Name is the database's name.
	Name string
	// DSN is its address as superuser (to whom row-level security does not apply).
	DSN string
}

// As is the database's address as another role, which must exist and may log in.
func (d *DB) As(role string) string {
	u, err := url.Parse(d.DSN)
	if err != nil {
		panic(err) // New made it
	}
	u.User = url.User(role)
	return u.String()
}

// Option changes what New makes.
type Option func(*options)

type options struct {
	key   string
	setup func(ctx context.Context, dsn string) error
}

// WithTemplate gives the database what setup has put into it. setup runs once for a key, also across test binaries: the key
// must change whenever what setup does changes (see KeyOf). setup must close its connections. Setups run one at a time
// on the whole cluster, so that they may create roles if these do not exist.
func WithTemplate(key string, setup func(ctx context.Context, dsn string) error) Option {
	return func(o *options) { o.key, o.setup = key, setup }
}

// KeyOf is a key for WithTemplate made from the content of all files, such as migrations.
func KeyOf(files fs.FS) string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %d %s", path, len(b), b)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("read the files that make the key: %v", err))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// New makes a database and drops it when the test has ended, with whatever is still connected to it.
func New(t testing.TB, opts ...Option) *DB {
	t.Helper()
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	s, err := shared()
	require.NoError(t, err)
	template := "template0"
	if o.setup != nil {
		template, err = s.template(t.Context(), o.key, o.setup)
		require.NoError(t, err)
	}
	name := fmt.Sprintf("%s%d_%d", testPrefix, os.Getpid(), s.made.Add(1))
	_, err = s.admin.Exec(t.Context(), fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s`, name, template))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := s.admin.Exec(context.Background(), fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name))
		require.NoError(t, err)
	})
	return &DB{Name: name, DSN: s.dsn(name)}
}

const (
	testPrefix     = "t_"
	templatePrefix = "template_"
	// templateLock is the advisory lock under which templates are made.
	templateLock = 7_106_810_478
)

// server is the cluster as one test binary sees it.
type server struct {
	admin *pgxpool.Pool
	base  *url.URL
	made  atomic.Int64

	mu        sync.Mutex
	templates map[string]string // by key
}

var shared = sync.OnceValues(func() (*server, error) {
	dsn := os.Getenv(DSNEnv)
	if dsn == "" {
		var err error
		if dsn, err = join(context.Background()); err != nil {
			return nil, fmt.Errorf("private PostgreSQL for tests: %w", err)
		}
	}
	base, err := url.Parse(dsn)
	if err != nil || base.Scheme == "" {
		return nil, fmt.Errorf("%s must be a URL (postgres://…)", DSNEnv)
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 4
	admin, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return &server{admin: admin, base: base, templates: map[string]string{}}, nil
})

func (s *server) dsn(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

// template gives the name of the database that setup has filled, making it if no test binary has.
func (s *server) template(ctx context.Context, key string, setup func(context.Context, string) error) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := s.templates[key]; ok {
		return name, nil
	}
	conn, err := pgx.Connect(ctx, s.dsn(s.base.Path[1:]))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // gives up the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(templateLock)); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(key))
	name := templatePrefix + hex.EncodeToString(sum[:10])
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists); err != nil {
		return "", err
	}
	if !exists {
		half := name + "_half"
		for _, sql := range []string{`DROP DATABASE IF EXISTS %s WITH (FORCE)`, `CREATE DATABASE %s TEMPLATE template0`} {
			if _, err := conn.Exec(ctx, fmt.Sprintf(sql, half)); err != nil {
				return "", err
			}
		}
		if err := setup(ctx, s.dsn(half)); err != nil {
			return "", fmt.Errorf("set up the template: %w", err)
		}
		for _, sql := range []string{
			// Nobody may connect to a template, or it could not be copied.
			`ALTER DATABASE %[1]s ALLOW_CONNECTIONS false`,
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%[1]s'`,
			`ALTER DATABASE %[1]s RENAME TO %[2]s`,
		} {
			if _, err := conn.Exec(ctx, fmt.Sprintf(sql, half, name)); err != nil {
				return "", errors.Join(errors.New("close the template"), err)
			}
		}
	}
	s.templates[key] = name
	return name, nil
}
