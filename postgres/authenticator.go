package postgres

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

var _ records.Authenticators = (*Store)(nil)

// secretSealed is where the secret of a person's authenticator is sealed.
var secretSealed = vault.AAD{Table: "second_factor", Field: "sealed"}

// Authenticator implements records.Authenticators.
func (s *Store) Authenticator(ctx context.Context, person string) (records.Authenticator, error) {
	id, err := uuid.Parse(person)
	if err != nil {
		return records.Authenticator{}, cases.Refuse(cases.CodeNotFound)
	}
	r, err := db.New(s.pool).Authenticator(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return records.Authenticator{}, nil
	}
	if err != nil {
		return records.Authenticator{}, fault(err)
	}
	out := records.Authenticator{Since: orZero(r.ConfirmedAt), LastStep: r.LastStep, Recovery: int(r.Recovery)}
	if out.Secret, err = s.openSecret(r, r.Sealed); err == nil {
		out.Pending, err = s.openSecret(r, r.Pending)
	}
	return out, err
}

func (s *Store) openSecret(r db.AuthenticatorRow, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	return s.vault.Unseal(vault.WrappedKey{Subject: r.Person.String(), Compartment: vault.Ordinary, Wrapped: r.Wrapped}, secretSealed, sealed)
}

// PrepareAuthenticator implements records.Authenticators.
func (s *Store) PrepareAuthenticator(ctx context.Context, person string, secret []byte) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		key, err := s.readKey(ctx, q, id.String(), vault.Ordinary)
		if err != nil {
			return err
		}
		sealed, err := s.vault.Seal(key, secretSealed, secret)
		if err != nil {
			return err
		}
		return q.PrepareAuthenticator(ctx, id, sealed)
	})
}

// EnrolAuthenticator implements records.Authenticators.
func (s *Store) EnrolAuthenticator(ctx context.Context, a records.Access, session string, secret []byte, step int64, recovery []string) error {
	open, err := uuid.Parse(session)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.account(ctx, a, a.Person, "second_factor_enrolled", func(q *db.Queries, id uuid.UUID) error {
		r, err := q.Authenticator(ctx, id)
		if err != nil {
			return err
		}
		pending, err := s.openSecret(r, r.Pending)
		if err != nil {
			return err
		}
		if pending == nil || subtle.ConstantTimeCompare(pending, secret) != 1 {
			return cases.Refuse(cases.CodeConflict)
		}
		n, err := q.EnrolAuthenticator(ctx, db.EnrolAuthenticatorParams{At: s.now(), Step: step, Person: id, Pending: r.Pending})
		if err == nil && n == 0 {
			err = cases.Refuse(cases.CodeConflict)
		}
		if err != nil {
			return err
		}
		if err := s.renewRecovery(ctx, q, id, recovery); err != nil {
			return err
		}
		if err := found(q.ProveSession(ctx, s.now(), open)); err != nil {
			return err
		}
		_, err = endSessions(ctx, q, id, session)
		return err
	})
}

func (s *Store) renewRecovery(ctx context.Context, q *db.Queries, person uuid.UUID, recovery []string) error {
	if err := q.DropRecovery(ctx, person); err != nil {
		return err
	}
	var hashes [][]byte
	for _, code := range recovery {
		hashes = append(hashes, s.recoveryHash(person, code))
	}
	return q.PutRecovery(ctx, person, hashes)
}

// recoveryHash is what is kept of a recovery code. The codes are random, so that a
// keyed hash is enough.
func (s *Store) recoveryHash(person uuid.UUID, code string) []byte {
	return s.mark("recovery code of "+person.String(), code)
}

// UseStep implements records.Authenticators.
func (s *Store) UseStep(ctx context.Context, person string, step int64) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	n, err := db.New(s.pool).UseStep(ctx, step, id)
	if err == nil && n == 0 {
		return cases.Refuse(cases.CodeConflict)
	}
	return fault(err)
}

// UseRecovery implements records.Authenticators.
func (s *Store) UseRecovery(ctx context.Context, a records.Access, code string) (left int, err error) {
	err = s.account(ctx, a, a.Person, "recovery_code_used", func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.UseRecovery(ctx, s.now(), id, s.recoveryHash(id, code))); err != nil {
			return err
		}
		r, err := q.Authenticator(ctx, id)
		left = int(r.Recovery)
		return err
	})
	return left, err
}

// RenewRecovery implements records.Authenticators.
func (s *Store) RenewRecovery(ctx context.Context, a records.Access, recovery []string) error {
	return s.account(ctx, a, a.Person, "recovery_codes_renewed", func(q *db.Queries, id uuid.UUID) error {
		if r, err := q.Authenticator(ctx, id); err != nil || r.ConfirmedAt == nil {
			return found(0, err)
		}
		return s.renewRecovery(ctx, q, id, recovery)
	})
}

// DropAuthenticator implements records.Authenticators.
func (s *Store) DropAuthenticator(ctx context.Context, a records.Access, person, but string) error {
	return s.account(ctx, a, person, "second_factor_dropped", func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.DropAuthenticator(ctx, id)); err != nil {
			return err
		}
		_, err := endSessions(ctx, q, id, but)
		return err
	})
}
