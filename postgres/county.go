package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// Org is a place with its name.
type Org = records.Place

// Unit is a department or an institution that is known by a short name.
type Unit = records.Unit

var _ records.Directory = (*Store)(nil)

// SeedPerson is a person with the PHC string of a password, "" for none.
type SeedPerson struct {
	records.Person
	Password string
}

// County is what an installation starts with.
type County struct {
	Orgs     []Org
	Units    []Unit
	Posts    []cases.Post
	People   []SeedPerson
	Holdings []records.Holding
}

// OrgName gives the name of a place; CodeNotFound if it is not known.
func (s *Store) OrgName(ctx context.Context, code cases.Org) (string, error) {
	var name string
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		name, err = db.New(tx).OrgName(ctx, string(code))
		return err
	})
	return name, err
}

// Orgs gives the places whose codes begin with prefix, in the order of their codes.
func (s *Store) Orgs(ctx context.Context, prefix string) ([]Org, error) {
	var out []Org
	err := s.within(ctx, func(tx pgx.Tx) error {
		rows, err := db.New(tx).Orgs(ctx, prefix, after(prefix))
		for _, r := range rows {
			out = append(out, Org{Code: cases.Org(r.Code), Name: r.Name})
		}
		return err
	})
	return out, err
}

// Units gives the departments and institutions in their official order.
func (s *Store) Units(ctx context.Context) ([]Unit, error) {
	var out []Unit
	err := s.within(ctx, func(tx pgx.Tx) error {
		rows, err := db.New(tx).Units(ctx)
		for _, r := range rows {
			out = append(out, Unit{Name: r.Name, Title: r.Title, Duty: r.Duty, Department: r.Department})
		}
		return err
	})
	return out, err
}

// Seeded tells whether a person is there.
func (s *Store) Seeded(ctx context.Context, person string) (bool, error) {
	id, err := uuid.Parse(person)
	if err != nil {
		return false, nil
	}
	var rows []db.PersonsRow
	err = s.within(ctx, func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).Persons(ctx, []uuid.UUID{id})
		return err
	})
	return len(rows) > 0, err
}

// Seed stores a county in one transaction. What is there already stays as it is.
func (s *Store) Seed(ctx context.Context, c County) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.SeedLock(ctx); err != nil {
			return err
		}
		if err := seedPlaces(ctx, q, c); err != nil {
			return err
		}
		if err := s.seedPeople(ctx, q, c.People); err != nil {
			return err
		}
		return q.SeedHoldings(ctx, holdings(c.Holdings, s.now()))
	})
}

func seedPlaces(ctx context.Context, q *db.Queries, c County) error {
	var codes, titles []string
	for _, o := range c.Orgs {
		codes, titles = append(codes, string(o.Code)), append(titles, o.Name)
	}
	if err := q.SeedOrgs(ctx, codes, titles); err != nil {
		return err
	}
	for i, u := range c.Units {
		err := q.SeedUnit(ctx, db.SeedUnitParams{Name: u.Name, Title: u.Title, Duty: u.Duty, Department: u.Department, Position: int16(i)})
		if err != nil {
			return err
		}
	}
	var names, places, roles []string
	for _, p := range c.Posts {
		names, places, roles = append(names, string(p)), append(places, string(p.Org())), append(roles, string(p.Role()))
	}
	return q.SeedPosts(ctx, names, places, roles)
}

// seedPeople stores those who are not there yet: a person's key is made once.
func (s *Store) seedPeople(ctx context.Context, q *db.Queries, people []SeedPerson) error {
	there, err := q.PersonIDs(ctx)
	if err != nil {
		return err
	}
	known := map[uuid.UUID]bool{}
	for _, id := range there {
		known[id] = true
	}
	var out db.SeedPersonsParams
	var keys [][]byte
	for _, p := range people {
		id, err := uuid.Parse(p.ID)
		if err != nil {
			return err
		}
		if known[id] {
			continue
		}
		key, sealed, err := s.sealPerson(id, contact{Name: p.Name, Phone: p.Phone, Email: p.Email})
		if err != nil {
			return err
		}
		keys = append(keys, key)
		out.Ids = append(out.Ids, id)
		out.Logins = append(out.Logins, p.Login)
		out.Passwords = append(out.Passwords, p.Password)
		out.Sealed = append(out.Sealed, sealed)
	}
	if err := q.SeedKeys(ctx, out.Ids, keys); err != nil {
		return err
	}
	return q.SeedPersons(ctx, out)
}

func holdings(list []records.Holding, from time.Time) db.SeedHoldingsParams {
	out := db.SeedHoldingsParams{FromAt: from}
	for _, h := range list {
		out.Posts = append(out.Posts, string(h.Post))
		out.Persons = append(out.Persons, uuid.MustParse(h.Person))
		out.Deputies = append(out.Deputies, h.Deputy)
	}
	return out
}

// after is the end of the range of all texts that begin with prefix.
func after(prefix string) string { return prefix + "\U0010FFFF" }
