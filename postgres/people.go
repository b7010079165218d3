package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/identifier"
)

// People are kept in the tables of migration 0002.
var _ records.People = (*Store)(nil)

// contact is what is sealed of a person: who it is and where it can be reached.
type contact struct {
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Email    string `json:"email,omitempty"`
	WeCom    string `json:"wecom,omitempty"`
	DingTalk string `json:"dingtalk,omitempty"`
	Feishu   string `json:"feishu,omitempty"`
}

// personSealed is where a contact is sealed.
var personSealed = vault.AAD{Table: "person", Field: "sealed"}

// sealPerson seals a person's contact under a new key of that person.
func (s *Store) sealPerson(id uuid.UUID, c contact) (key, sealed []byte, err error) {
	dk, err := s.vault.NewDataKey(id.String(), vault.Ordinary)
	if err != nil {
		return nil, nil, err
	}
	sealed, err = s.vault.SealJSON(dk, personSealed, c)
	return dk.Wrapped, sealed, err
}

// openPerson opens a person's contact. A person whose key was destroyed has none.
func (s *Store) openPerson(id uuid.UUID, key, sealed []byte) (contact, error) {
	var c contact
	err := s.vault.UnsealJSON(vault.WrappedKey{Subject: id.String(), Compartment: vault.Ordinary, Wrapped: key}, personSealed, sealed, &c)
	if errors.Is(err, vault.ErrNoKey) {
		return contact{}, nil
	}
	return c, err
}

func (s *Store) person(p db.PersonsRow) (records.Person, error) {
	c, err := s.openPerson(p.ID, p.Wrapped, p.Sealed)
	out := records.Person{ID: p.ID.String(), Name: c.Name, Phone: c.Phone, Email: c.Email, Active: p.Active}
	if p.Login != nil {
		out.Login = *p.Login
	}
	return out, err
}

// Credentials implements records.People.
func (s *Store) Credentials(ctx context.Context, login string) (records.Person, string, error) {
	login = identifier.Login(login)
	var out records.Person
	var hash string
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.PersonByLogin(ctx, &login)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.Password == nil {
			return cases.Refuse(records.CodeCredentials)
		}
		if err != nil {
			return err
		}
		if row.TemporaryUntil != nil && !row.TemporaryUntil.After(s.now()) {
			return cases.Refuse(records.CodeCredentials)
		}
		hash = *row.Password
		if out, err = s.person(db.PersonsRow(row)); err != nil {
			return err
		}
		out.Posts, err = postsNow(ctx, q, row.ID, s.now())
		return err
	})
	return out, hash, err
}

// SetPassword implements records.People.
func (s *Store) SetPassword(ctx context.Context, person, hash string) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		n, err := db.New(tx).SetPassword(ctx, hash, id)
		if err == nil && n == 0 {
			return cases.Refuse(cases.CodeNotFound)
		}
		return err
	})
}

// PersonByID implements records.People.
func (s *Store) PersonByID(ctx context.Context, id string, now time.Time) (records.Person, error) {
	person, err := uuid.Parse(id)
	if err != nil {
		return records.Person{}, cases.Refuse(cases.CodeNotFound)
	}
	row, err := db.New(s.pool).PersonNow(ctx, now, person)
	if err != nil {
		return records.Person{}, fault(err)
	}
	out, err := s.person(db.PersonsRow{
		ID: row.ID, Login: row.Login, Sealed: row.Sealed, Password: row.Password, Channels: row.Channels, Active: row.Active, Wrapped: row.Wrapped,
	})
	if err == nil && out.Active {
		out.Posts = postsOf(row.Posts)
	}
	return out, err
}

func postsNow(ctx context.Context, q *db.Queries, person uuid.UUID, now time.Time) ([]cases.Post, error) {
	names, err := q.PostsNow(ctx, now, person)
	return postsOf(names), err
}

func postsOf(names []string) []cases.Post {
	out := make([]cases.Post, len(names))
	for i, n := range names {
		out[i] = cases.Post(n)
	}
	return out
}

// Told implements records.People. Where a deputy stands in, reason says why.
func (s *Store) Told(ctx context.Context, post cases.Post, now time.Time) (to []records.Person, reason string, err error) {
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		ids, why, err := told(ctx, q, post, now)
		if err != nil {
			return err
		}
		reason = why
		to, err = s.persons(ctx, q, ids)
		return err
	})
	return to, reason, err
}

// told gives the ids of those to tell: the holders who are there, else the
// deputies who are there.
func told(ctx context.Context, q *db.Queries, post cases.Post, now time.Time) (ids []uuid.UUID, reason string, err error) {
	rows, err := q.Present(ctx, now, string(post))
	if err != nil {
		return nil, "", err
	}
	var holders, deputies []uuid.UUID
	reason = Vacant
	for _, r := range rows {
		switch {
		case !r.Deputy && r.Away:
			reason = OnLeave
		case !r.Away && r.Deputy:
			deputies = append(deputies, r.Person)
		case !r.Away:
			holders = append(holders, r.Person)
		}
	}
	if len(holders) > 0 {
		return holders, "", nil
	}
	return deputies, reason, nil
}

// Why a post's holder is not told.
const (
	Vacant  = "vacant"
	OnLeave = "leave"
)

// persons gives persons in the order of their ids.
func (s *Store) persons(ctx context.Context, q *db.Queries, ids []uuid.UUID) ([]records.Person, error) {
	rows, err := q.Persons(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b db.PersonsRow) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	out := make([]records.Person, len(rows))
	for i, r := range rows {
		if out[i], err = s.person(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RecordSignIn implements records.People. What was typed is kept as a blind index
// only: people type phone numbers and passwords into that field.
func (s *Store) RecordSignIn(ctx context.Context, login, person string, ok bool, reason string) error {
	row := db.PutSignInParams{At: s.now(), Login: s.loginToken(login), Ok: ok, Reason: reason}
	if id, err := uuid.Parse(person); err == nil {
		row.Person = &id
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		if err := later(tx).PutSignIn(ctx, row); err != nil || ok {
			return err
		}
		return s.writeAudit(ctx, tx, s.signInRow(row))
	})
}

func (s *Store) loginToken(login string) []byte {
	if tokens := s.vault.Tokens(vault.Name, identifier.Login(login)); len(tokens) > 0 {
		return tokens[0]
	}
	return []byte{}
}
