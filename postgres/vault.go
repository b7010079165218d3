package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tonghu/postgres/internal/db"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// ErrVault is wrapped by every error that means: this key file is not the one that the database needs.
var ErrVault = errors.New("postgres: the key file does not fit the database")

// HasVault tells whether anything was sealed into a database, so that a key file must not be made for it. One that was not migrated
// has none.
func HasVault(ctx context.Context, dsn string) (bool, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return false, fault(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	has, err := db.New(conn).HasVault(ctx)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == noTable {
		return false, nil
	}
	return has, fault(err)
}

// Process is one that holds keys in memory.
type Process struct {
	ID   uuid.UUID
	Name string // host and process id
	Seen time.Time
	// Knows and Seals are names of keys (vault.Key.Name): all of them, and those in use.
	Knows, Seals []string
	// Stuck is set while it cannot use the key file.
	Stuck bool
	// Gone is set when it has not been heard of for Silence.
	Gone bool
}

// Silence is how long a process may say nothing before it counts as gone. One that only slept cannot do harm: it reads the key
// file when it meets a new key, and the database takes no data key of a retired master key.
const Silence = 30 * time.Second

// JoinVault compares the process's keys with what the database knows of its vault, and puts the process on the list of those that a
// rotation waits for. The first process makes its vault that of the database. The error wraps ErrVault if the key file is
// another vault's or older than the last rotation.
func (s *Store) JoinVault(ctx context.Context, id uuid.UUID, name string) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := s.claimVault(ctx, q); err != nil {
			return err
		}
		if err := s.checkVault(ctx, q); err != nil {
			return err
		}
		if err := q.DropGoneProcesses(ctx); err != nil {
			return err
		}
		return s.putProcess(ctx, q, id, name, false)
	})
}

// CheckVault is the comparison alone, for a process that seals nothing.
func (s *Store) CheckVault(ctx context.Context) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := s.claimVault(ctx, q); err != nil {
			return err
		}
		return s.checkVault(ctx, q)
	})
}

func (s *Store) claimVault(ctx context.Context, q *db.Queries) error {
	n, err := q.ClaimVault(ctx, s.vault.Fingerprint(), string(s.vault.Suite()))
	if err != nil || n == 0 {
		return err
	}
	var purposes, ids []string
	for _, k := range s.vault.Keys() {
		if k.Seals && k.Purpose != vault.Index {
			purposes, ids = append(purposes, string(k.Purpose)), append(ids, k.ID)
		}
	}
	return q.KnowKeys(ctx, purposes, ids)
}

func (s *Store) checkVault(ctx context.Context, q *db.Queries) error {
	fingerprint, err := q.ShareVault(ctx)
	if err != nil {
		return err
	}
	if !bytes.Equal(fingerprint, s.vault.Fingerprint()) {
		return fmt.Errorf("%w: its records were sealed with another key file; put that one there", ErrVault)
	}
	rows, err := q.VaultKeys(ctx)
	if err != nil {
		return err
	}
	known := namesOf(s.vault.Keys(), func(vault.Key) bool { return true })
	for _, r := range rows {
		if name := r.Purpose + ":" + r.ID; !slices.Contains(known, name) {
			return fmt.Errorf("%w: it lacks key %s, so it is a copy from before the last rotation; put the newest one there", ErrVault, name)
		}
	}
	return nil
}

// ReportKeys says that the process lives, and which keys it has now. stuck: it could not use the key file when it last looked.
func (s *Store) ReportKeys(ctx context.Context, id uuid.UUID, name string, stuck bool) error {
	return fault(s.putProcess(ctx, db.New(s.pool), id, name, stuck))
}

func (s *Store) putProcess(ctx context.Context, q *db.Queries, id uuid.UUID, name string, stuck bool) error {
	keys := s.vault.Keys()
	return q.PutProcess(ctx, db.PutProcessParams{
		ID: id, Name: name, Stuck: stuck,
		Knows: namesOf(keys, func(vault.Key) bool { return true }), Seals: namesOf(keys, func(k vault.Key) bool { return k.Seals }),
	})
}

func namesOf(keys []vault.Key, which func(vault.Key) bool) []string {
	out := []string{}
	for _, k := range keys {
		if which(k) {
			out = append(out, k.Name())
		}
	}
	return out
}

// LeaveVault takes a process that ends off the list.
func (s *Store) LeaveVault(ctx context.Context, id uuid.UUID) error {
	return fault(db.New(s.pool).DropProcess(ctx, id))
}

// Processes lists those that hold keys, by name.
func (s *Store) Processes(ctx context.Context) ([]Process, error) {
	rows, err := db.New(s.pool).Processes(ctx, Silence.Seconds())
	out := make([]Process, len(rows))
	for i, r := range rows {
		out[i] = Process(r)
	}
	return out, fault(err)
}

// KeyState is how far the rotation of a key came.
type KeyState string

// The states.
const (
	KeyStaged  KeyState = "staged"  // in the file; seals nothing yet
	KeySealing KeyState = "sealing" // in use
	KeyRetired KeyState = "retired" // opens what it has sealed
)

// KeyStates gives what the database knows of keys, by name.
func (s *Store) KeyStates(ctx context.Context) (map[string]KeyState, error) {
	rows, err := db.New(s.pool).VaultKeys(ctx)
	out := map[string]KeyState{}
	for _, r := range rows {
		out[r.Purpose+":"+r.ID] = KeyState(r.State)
	}
	return out, fault(err)
}

// DataKeys counts data keys by the id of their master key; those that were destroyed stand under "".
func (s *Store) DataKeys(ctx context.Context) (map[string]int, error) {
	rows, err := db.New(s.pool).DataKeysByMaster(ctx)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Master] = int(r.N)
	}
	return out, fault(err)
}

// rotateLock is the advisory lock of whoever rotates keys.
const rotateLock = 7_106_810_012

// ErrRotating is returned where somebody else rotates keys at this moment.
var ErrRotating = errors.New("postgres: keys are being rotated by another process")

// RotateAlone runs fn while nobody else rotates keys. The lock ends with this process.
func (s *Store) RotateAlone(ctx context.Context, fn func(context.Context) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fault(err)
	}
	defer conn.Release()
	var got bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(rotateLock)).Scan(&got); err != nil {
		return fault(err)
	}
	if !got {
		return ErrRotating
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(rotateLock))
	}()
	return fn(ctx)
}

// StageKey makes a key known that is in the file. From here on no process joins without it.
func (s *Store) StageKey(ctx context.Context, p vault.Purpose, id string) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.LockVault(ctx); err != nil {
			return err
		}
		if err := q.StageKey(ctx, string(p), id); err != nil {
			return err
		}
		return s.auditKey(ctx, tx, "key:staged", p, id)
	})
}

// SealWith makes a key the one that is in use and retires all others of its purpose: no data key is written under a retired master key
// from here on.
func (s *Store) SealWith(ctx context.Context, p vault.Purpose, id string) error {
	for {
		err := s.within(ctx, func(tx pgx.Tx) error { return s.sealWith(ctx, tx, p, id) })
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != lockTaken {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (s *Store) sealWith(ctx context.Context, tx pgx.Tx, p vault.Purpose, id string) error {
	q := db.New(tx)
	if p == vault.Master {
		// Whoever writes data keys waits while this waits: not for long, if somebody keeps them.
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '1200ms'`); err != nil {
			return err
		}
		if err := q.LockDataKeys(ctx); err != nil {
			return err
		}
	}
	others := []string{}
	for _, k := range s.vault.Keys() {
		if k.Purpose == p && k.ID != id {
			others = append(others, k.ID)
		}
	}
	if err := q.RetireKeys(ctx, string(p), others); err != nil {
		return err
	}
	if err := q.SealWith(ctx, string(p), id); err != nil {
		return err
	}
	return s.auditKey(ctx, tx, "key:sealing", p, id)
}

// lockTaken is how PostgreSQL says that lock_timeout is over.
const lockTaken = "55P03"

// DataKey names a data key.
type DataKey struct {
	Subject     string // id of a case or person
	Compartment vault.Compartment
}

// Rewrapped is what Rewrap did.
type Rewrapped struct {
	Done    int       // data keys that it has written
	Last    DataKey   // the last that it looked at
	More    bool      // there are more after it
	Damaged []DataKey // those that no key of the key file opens
}

// Rewrap looks at up to so many data keys after one that stand under another master key than the newest, and puts them under that. One
// that was destroyed or written meanwhile is left alone.
func (s *Store) Rewrap(ctx context.Context, after DataKey, most int) (r Rewrapped, err error) {
	err = s.within(ctx, func(tx pgx.Tx) error {
		r = Rewrapped{Last: after}
		q := db.New(tx)
		rows, err := q.DataKeysNotUnder(ctx, db.DataKeysNotUnderParams{
			Master: s.vault.Sealing(vault.Master), AfterSubject: after.Subject, AfterCompartment: int16(after.Compartment), Most: int32(most),
		})
		if err != nil {
			return err
		}
		var p db.RewrapDataKeysParams
		for _, row := range rows {
			r.Last = DataKey{row.Subject, vault.Compartment(row.Compartment)}
			dk, changed, err := s.vault.Rewrap(vault.WrappedKey{Subject: row.Subject, Compartment: r.Last.Compartment, Wrapped: row.Wrapped})
			switch {
			case errors.Is(err, vault.ErrSealed):
				r.Damaged = append(r.Damaged, r.Last)
			case err != nil:
				return err
			case changed:
				p.Subjects, p.Compartments = append(p.Subjects, row.Subject), append(p.Compartments, row.Compartment)
				p.Olds, p.Fresh = append(p.Olds, row.Wrapped), append(p.Fresh, dk.Wrapped)
			}
		}
		r.More = len(rows) == most
		if len(p.Fresh) == 0 {
			return nil
		}
		n, err := q.RewrapDataKeys(ctx, p)
		r.Done = int(n)
		return err
	})
	return r, err
}

// NoteProtected writes down that the key file was put under a KMS key, or out of it.
func (s *Store) NoteProtected(ctx context.Context, protected bool) error {
	action := "key:cleared"
	if protected {
		action = "key:protected"
	}
	return s.within(ctx, func(tx pgx.Tx) error { return s.auditKey(ctx, tx, action, vault.Master, s.vault.Sealing(vault.Master)) })
}

// auditKey writes down what was done to the keys, from a shell.
func (s *Store) auditKey(ctx context.Context, tx pgx.Tx, action string, p vault.Purpose, id string) error {
	return s.writeAudit(ctx, tx, audit.Row{Chain: keyChain, At: s.now(), Actor: shell, Action: action, Object: string(p) + ":" + id})
}

// keyChain is the audit chain of what was done to the keys; shell is the actor of what an administrator does on the machine itself.
const (
	keyChain = "keys"
	shell    = "shell"
)
