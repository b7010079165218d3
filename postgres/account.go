package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault/audit"
	"tonghu/vault/identifier"
)

var _ records.Accounts = (*Store)(nil)

// account changes how a person signs in, with a row in the person's audit chain.
func (s *Store) account(ctx context.Context, a records.Access, person, action string, change func(q *db.Queries, id uuid.UUID) error, detail ...string) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		if err := change(db.New(tx), id); err != nil {
			return err
		}
		return s.writeAudit(ctx, tx, audit.Row{
			Chain: "person:" + id.String(), At: s.now(), Actor: actorID(a.Person, engine), Action: action, Object: id.String(), Detail: detail,
		})
	})
}

// ChangePassword implements records.Accounts.
func (s *Store) ChangePassword(ctx context.Context, a records.Access, hash, session string) error {
	return s.account(ctx, a, a.Person, "password_changed", func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.ChangePassword(ctx, hash, nil, id)); err != nil {
			return err
		}
		if err := q.TakeOver(ctx, id); err != nil {
			return err
		}
		_, err := endSessions(ctx, q, id, session)
		return err
	})
}

// Accounts implements records.Accounts.
func (s *Store) Accounts(ctx context.Context, a records.Access, unconfirmed bool, from records.Cursor, limit int) ([]records.Account, records.Cursor, error) {
	past := ""
	if from != "" {
		var err error
		if past, err = decode(from); err != nil {
			return nil, "", cases.Refuse(records.CodeCursor)
		}
	}
	size := pageSize(limit)
	rows, err := db.New(s.pool).Accounts(ctx, db.AccountsParams{At: s.now(), Past: past, UnconfirmedOnly: unconfirmed, Most: size + 1})
	if err != nil {
		return nil, "", fault(err)
	}
	next := records.Cursor("")
	if len(rows) > int(size) {
		rows = rows[:size]
		next = encode(rows[size-1].Login)
	}
	out := make([]records.Account, len(rows))
	for i, r := range rows {
		if out[i], err = s.accountRow(r); err != nil {
			return nil, "", err
		}
	}
	look := records.Look{Action: "list:people", Detail: filterOf("cursor", string(from), "items", strconv.Itoa(len(out)))}
	if err := s.Look(ctx, a, look); err != nil {
		return nil, "", err
	}
	return out, next, nil
}

// AccountOf implements records.Accounts.
func (s *Store) AccountOf(ctx context.Context, _ records.Access, person string) (records.Account, error) {
	id, err := uuid.Parse(person)
	if err != nil {
		return records.Account{}, cases.Refuse(cases.CodeNotFound)
	}
	rows, err := db.New(s.pool).Accounts(ctx, db.AccountsParams{At: s.now(), One: &id, Most: 1})
	if err != nil {
		return records.Account{}, fault(err)
	}
	if len(rows) == 0 {
		return records.Account{}, cases.Refuse(cases.CodeNotFound)
	}
	return s.accountRow(rows[0])
}

func (s *Store) accountRow(r db.AccountsRow) (records.Account, error) {
	c, err := s.openPerson(r.ID, r.Wrapped, r.Sealed)
	if err != nil {
		return records.Account{}, err
	}
	out := records.Account{
		Person:    records.Person{ID: r.ID.String(), Login: r.Login, Name: c.Name, Phone: c.Phone, Email: c.Email, Active: r.Active},
		Temporary: orZero(r.TemporaryUntil), Password: r.HasPassword, SecondFactor: r.SecondFactor, Providers: r.Providers, LastSeen: r.LastSeen.UTC(),
	}
	if r.Unconfirmed {
		giver, err := s.openPerson(*r.GivenBy, r.GiverWrapped, r.GiverSealed)
		if err != nil {
			return records.Account{}, err
		}
		out.Unconfirmed = &records.Unconfirmed{
			By: r.GivenBy.String(), ByName: giver.Name, At: r.GivenAt.UTC(), How: records.Given(r.GivenHow), Posts: postsOf(r.WaitingPosts),
		}
	}
	return out, nil
}

// giveWay notes that the asker gave a way into a person's account. A shell, which is
// nobody, is where the keys are: it needs no second.
func (s *Store) giveWay(ctx context.Context, q *db.Queries, a records.Access, id uuid.UUID, how records.Given) error {
	by, err := uuid.Parse(a.Person)
	if err != nil {
		return q.ConfirmAccounts(ctx, []uuid.UUID{id})
	}
	return q.GiveWay(ctx, db.GiveWayParams{By: by, At: s.now(), How: string(how), ID: id})
}

// ConfirmAccounts implements records.Accounts.
func (s *Store) ConfirmAccounts(ctx context.Context, a records.Access, persons []string) error {
	ids := make([]uuid.UUID, len(persons))
	for i, p := range persons {
		id, err := uuid.Parse(p)
		if err != nil {
			return cases.Refuse(cases.CodeNotFound)
		}
		ids[i] = id
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.UnconfirmedForUpdate(ctx, s.now(), ids)
		if err != nil {
			return err
		}
		confirmed := make([]uuid.UUID, len(rows))
		for i, r := range rows {
			confirmed[i] = r.ID
			switch {
			case r.ID.String() == a.Person:
				return cases.Refuse(records.CodeOwnAccount)
			case r.GivenBy.String() == a.Person:
				return cases.Refuse(cases.CodeSecond)
			case r.Temporary:
				return cases.Refuse(cases.CodeField, cases.FieldError{Field: fmt.Sprintf("persons[%d]", slices.Index(ids, r.ID)), Reason: "temporary_password"})
			}
		}
		for _, id := range confirmed {
			row := audit.Row{Chain: "person:" + id.String(), At: s.now(), Actor: actorID(a.Person, engine), Action: "account_confirmed", Object: id.String()}
			if err := s.writeAudit(ctx, tx, row); err != nil {
				return err
			}
		}
		return q.ConfirmAccounts(ctx, confirmed)
	})
}

// AddPerson implements records.Accounts.
func (s *Store) AddPerson(ctx context.Context, a records.Access, p records.Person, hash string, until time.Time) error {
	return s.account(ctx, a, p.ID, "person_added", func(q *db.Queries, id uuid.UUID) error {
		key, sealed, err := s.sealPerson(id, contact{Name: p.Name, Phone: p.Phone, Email: p.Email})
		if err != nil {
			return err
		}
		if err := q.SeedKeys(ctx, []uuid.UUID{id}, [][]byte{key}); err != nil {
			return err
		}
		login := identifier.Login(p.Login)
		if err := taken(q.AddPerson(ctx, db.AddPersonParams{ID: id, Login: &login, Sealed: sealed, Password: &hash, TemporaryUntil: &until})); err != nil {
			return err
		}
		return s.giveWay(ctx, q, a, id, records.GivenAccount)
	})
}

// taken is the refusal where something is there already that may be there once.
func taken(err error) error {
	if duplicate(err) {
		return cases.Refuse(cases.CodeConflict)
	}
	return err
}

// ResetPassword implements records.Accounts.
func (s *Store) ResetPassword(ctx context.Context, a records.Access, person, hash string, until time.Time) error {
	return s.account(ctx, a, person, "password_reset", func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.ChangePassword(ctx, hash, &until, id)); err != nil {
			return err
		}
		if err := s.giveWay(ctx, q, a, id, records.GivenPassword); err != nil {
			return err
		}
		_, err := endSessions(ctx, q, id, "")
		return err
	})
}

// SetActive implements records.Accounts.
func (s *Store) SetActive(ctx context.Context, a records.Access, person string, active bool) error {
	action := map[bool]string{true: "person_activated", false: "person_deactivated"}[active]
	return s.account(ctx, a, person, action, func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.SetActive(ctx, active, id)); err != nil || active {
			return err
		}
		_, err := endSessions(ctx, q, id, "")
		return err
	})
}

// Link implements records.Accounts.
func (s *Store) Link(ctx context.Context, a records.Access, person, provider, subject string) error {
	by, err := uuid.Parse(a.Person)
	if err != nil {
		return cases.Refuse(records.CodeForbidden)
	}
	return s.account(ctx, a, person, "account_linked", func(q *db.Queries, id uuid.UUID) error {
		if n, err := q.Persons(ctx, []uuid.UUID{id}); err != nil || len(n) == 0 {
			return found(0, err)
		}
		if err := taken(q.Link(ctx, db.LinkParams{Provider: provider, Subject: s.subject(provider, subject), Person: id, At: s.now(), By: by})); err != nil {
			return err
		}
		return s.giveWay(ctx, q, a, id, records.GivenLink)
	}, provider)
}

// Unlink implements records.Accounts.
func (s *Store) Unlink(ctx context.Context, a records.Access, person, provider string) error {
	return s.account(ctx, a, person, "account_unlinked", func(q *db.Queries, id uuid.UUID) error {
		if err := found(q.Unlink(ctx, id, provider)); err != nil {
			return err
		}
		_, err := endSessions(ctx, q, id, "")
		return err
	}, provider)
}

// Linked implements records.Accounts.
func (s *Store) Linked(ctx context.Context, provider, subject string) (string, error) {
	id, err := db.New(s.pool).Linked(ctx, provider, s.subject(provider, subject))
	return id.String(), fault(err)
}

// subject is the blind index of a provider's subject: it may be a name or a number.
func (s *Store) subject(provider, subject string) []byte {
	return s.mark("subject of "+provider, subject)
}
