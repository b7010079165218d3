package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// keyLife is how long an Idempotency-Key is remembered: phones come back late.
const keyLife = 90 * 24 * time.Hour

// once runs work under an Idempotency-Key and gives the id of what it made; the
// same key and body give that id again without work. The key's row is written with
// the work, so whoever finds the key's lock taken is told that it is in flight.
// Without a key, work just runs.
func (s *Store) once(ctx context.Context, tx pgx.Tx, o records.Once, work func() (string, error)) (string, error) {
	id, _, err := s.onceOrAgain(ctx, tx, o, work)
	return id, err
}

// onceOrAgain is once, and tells whether the answer is an old one.
func (s *Store) onceOrAgain(ctx context.Context, tx pgx.Tx, o records.Once, work func() (string, error)) (id string, again bool, err error) {
	if o.Refusal != nil {
		work = func() (string, error) { return "", o.Refusal }
	}
	if o.Key == "" {
		id, err := work()
		return id, false, err
	}
	o = s.blinded(o)
	if err := takeKey(ctx, tx, o); err != nil {
		return "", false, err
	}
	used, err := db.New(tx).KeyUsed(ctx, o.Actor, o.Route, o.Key)
	switch {
	case err == nil && [32]byte(used.Body) != o.Body:
		return "", false, cases.Refuse(records.CodeKeyReused)
	case err == nil:
		return used.Result, true, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return "", false, err
	}
	if id, err = work(); err != nil {
		return "", false, err
	}
	return id, false, s.useKey(ctx, tx, o, id)
}

// blinded is what is kept of a key: no hash of what was sent that could be tried
// out, and not the key itself, which a careless caller makes of a number or a name.
func (s *Store) blinded(o records.Once) records.Once {
	key := s.vault.Digest("idempotency key", []byte(o.Key))
	o.Key = hex.EncodeToString(key[:])
	o.Body = s.vault.Digest("idempotency body", o.Body[:])
	return o
}

// takeKey keeps others off a key until the transaction ends. That somebody else
// has it is told by whatever is asked next (see fault).
func takeKey(ctx context.Context, tx pgx.Tx, o records.Once) error {
	return later(tx).TakeKey(ctx, fmt.Sprintf("%d:%s %d:%s %s", len(o.Actor), o.Actor, len(o.Route), o.Route, o.Key))
}

// useKey keeps what was made under a key.
func (s *Store) useKey(ctx context.Context, tx pgx.Tx, o records.Once, made string) error {
	return later(tx).UseKey(ctx, db.UseKeyParams{Actor: o.Actor, Route: o.Route, Key: o.Key, Body: o.Body[:], Result: made, Created: s.now()})
}
