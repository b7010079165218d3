package postgres

import (
	"context"
	"errors"
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
)

// mayAppoint tells whether the asker decides who holds a post.
func mayAppoint(a records.Access, post cases.Post) bool {
	return slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return p.MayAppoint(post) })
}

// area is the range of places whose posts the asker may look through: the city's,
// with those of units, a town's, or none beside the own posts.
func area(a records.Access) (lo, hi string) {
	lo, hi = after(""), after("")
	for _, p := range a.Posts {
		if p == cases.SystemPost || p.Role().Can(cases.CityDirectory) {
			return "", after("")
		}
		if p.Role().Can(cases.TownDirectory) && p.Org().IsTown() {
			lo, _ = codesIn(p.Org())
			hi = after(lo)
		}
	}
	return lo, hi
}

// Holdings implements records.People.
func (s *Store) Holdings(ctx context.Context, a records.Access, prefix string, from records.Cursor, limit int) ([]records.Holding, records.Cursor, error) {
	post, id, err := readHoldingCursor(from)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	p := holdingsLike(a, prefix, s.now())
	p.AfterPost, p.AfterID, p.Most = post, id, size+1
	var rows []db.HoldingsRow
	err = s.listing(ctx, a, "list:posts", filterOf("prefix", prefix, "cursor", string(from)), func(q *db.Queries) (_ int, err error) {
		rows, err = q.Holdings(ctx, p)
		return min(len(rows), int(size)), err
	})
	if err != nil {
		return nil, "", err
	}
	next := records.Cursor("")
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		next = encode(fmt.Sprintf("%d %s", last.ID, last.Post))
	}
	out := make([]records.Holding, len(rows))
	for i, r := range rows {
		c, err := s.openPerson(r.Person, r.Wrapped, r.Sealed)
		if err != nil {
			return nil, "", err
		}
		out[i] = records.Holding{
			Post: cases.Post(r.Post), Person: r.Person.String(), Name: c.Name, Deputy: r.Deputy,
			From: r.FromAt.UTC(), Until: orZero(r.UntilAt), OnLeave: r.OnLeave,
		}
	}
	return out, next, nil
}

// holdingsLike gives which posts somebody looks through at a time.
func holdingsLike(a records.Access, prefix string, now time.Time) db.HoldingsParams {
	lo, hi := area(a)
	return db.HoldingsParams{At: now, Lo: prefix, Hi: after(prefix), OrgLo: lo, OrgHi: hi, Own: texts(a.Posts)}
}

// readHoldingCursor reads the place after a holding.
func readHoldingCursor(c records.Cursor) (post string, id int64, err error) {
	if c == "" {
		return "", 0, nil
	}
	text, err := decode(c)
	if err == nil {
		_, err = fmt.Sscanf(text, "%d %s", &id, &post)
	}
	if err != nil {
		return "", 0, cases.Refuse(records.CodeCursor)
	}
	return post, id, nil
}

// Hold implements records.People. A person who holds the post already, or is its
// deputy, holds it as said from now on. CodeForbidden for those who may not
// appoint, CodeField for a wrong holding, CodeSeparation for a post that must not
// be the person's beside those held at the time, or that is the asker's own.
func (s *Store) Hold(ctx context.Context, a records.Access, h records.Holding) error {
	if !isPost(h.Post) {
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "post", Reason: "format", Want: "post"})
	}
	if !mayAppoint(a, h.Post) {
		return cases.Refuse(records.CodeForbidden)
	}
	if a.Person != "" && a.Person == h.Person {
		return cases.Refuse(records.CodeSeparation)
	}
	now := s.now()
	if h.From.IsZero() {
		h.From = now
	}
	person, err := uuid.Parse(h.Person)
	switch {
	case err != nil:
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "person", Reason: "format", Want: "id"})
	case !h.Until.IsZero() && !h.Until.After(h.From):
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "until", Reason: "range", Want: "after from"})
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if rows, err := q.Persons(ctx, []uuid.UUID{person}); err != nil || len(rows) == 0 {
			return errors.Join(err, notFound(rows))
		}
		others, err := q.PostsBetween(ctx, person, h.From, orNil(h.Until))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(others, func(p string) bool { return !cases.Separate(h.Post, cases.Post(p)) }) {
			return cases.Refuse(records.CodeSeparation)
		}
		if err := q.PutPost(ctx, string(h.Post), string(h.Post.Org()), string(h.Post.Role())); err != nil {
			return err
		}
		if _, err := q.EndHolding(ctx, h.From, string(h.Post), person); err != nil {
			return err
		}
		err = q.PutHolding(ctx, db.PutHoldingParams{
			Post: string(h.Post), Person: person, Deputy: h.Deputy, FromAt: h.From, UntilAt: orNil(h.Until),
		})
		if err != nil {
			return err
		}
		return s.writeOrganisation(ctx, tx, a, audit.Row{At: now, Action: "post_given", Object: person.String(), Detail: []string{
			"post:" + string(h.Post), "deputy:" + strconv.FormatBool(h.Deputy), "at:" + h.From.UTC().Format(time.RFC3339),
		}})
	})
}

func notFound(rows []db.PersonsRow) error {
	if len(rows) > 0 {
		return nil
	}
	return cases.Refuse(cases.CodeField, cases.FieldError{Field: "person", Reason: "unknown"})
}

// Release implements records.People. CodeNotFound if the person is not in the post.
func (s *Store) Release(ctx context.Context, a records.Access, post cases.Post, person string) error {
	if !mayAppoint(a, post) {
		return cases.Refuse(records.CodeForbidden)
	}
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		if err := found(db.New(tx).EndHolding(ctx, s.now(), string(post), id)); err != nil {
			return err
		}
		return s.writeOrganisation(ctx, tx, a, audit.Row{At: s.now(), Action: "post_taken", Object: id.String(), Detail: []string{"post:" + string(post)}})
	})
}

// Leaves implements records.People.
func (s *Store) Leaves(ctx context.Context, a records.Access) ([]records.Leave, error) {
	person, err := uuid.Parse(a.Person)
	if err != nil {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	var out []records.Leave
	err = s.as(ctx, a, func(q *db.Queries) error {
		rows, err := q.LeavesOf(ctx, person, s.now())
		out = make([]records.Leave, len(rows))
		for i, r := range rows {
			out[i] = records.Leave{ID: r.ID.String(), Person: a.Person, From: r.FromAt.UTC(), Until: r.UntilAt.UTC()}
		}
		return err
	})
	return out, err
}

// AddLeave implements records.People. A person enters their own, and whoever
// appoints to one of the person's posts.
func (s *Store) AddLeave(ctx context.Context, a records.Access, l records.Leave) (records.Leave, error) {
	person, err := uuid.Parse(l.Person)
	if err != nil {
		return records.Leave{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: "person", Reason: "format", Want: "id"})
	}
	if !l.Until.After(l.From) {
		return records.Leave{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: "until", Reason: "range", Want: "after from"})
	}
	id := uuid.New()
	l.ID = id.String()
	return l, s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := s.mayGrant(ctx, q, a, person); err != nil {
			return err
		}
		if rows, err := q.Persons(ctx, []uuid.UUID{person}); err != nil || len(rows) == 0 {
			return errors.Join(err, notFound(rows))
		}
		if err := q.PutLeave(ctx, db.PutLeaveParams{ID: id, Person: person, FromAt: l.From, UntilAt: l.Until}); err != nil {
			return err
		}
		return s.writeOrganisation(ctx, tx, a, audit.Row{At: s.now(), Action: "leave_added", Object: person.String(), Detail: []string{
			"from:" + l.From.UTC().Format(time.RFC3339), "until:" + l.Until.UTC().Format(time.RFC3339),
		}})
	})
}

// EndLeave implements records.People: the person is back now.
func (s *Store) EndLeave(ctx context.Context, a records.Access, leave string) error {
	id, err := uuid.Parse(leave)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.Leave(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return cases.Refuse(cases.CodeNotFound)
		}
		if err != nil {
			return err
		}
		if err := s.mayGrant(ctx, q, a, row.Person); err != nil {
			return err
		}
		if err := q.EndLeave(ctx, s.now(), id); err != nil {
			return err
		}
		return s.writeOrganisation(ctx, tx, a, audit.Row{At: s.now(), Action: "leave_ended", Object: row.Person.String()})
	})
}

// mayGrant refuses those who have no say in whether a person is away.
func (s *Store) mayGrant(ctx context.Context, q *db.Queries, a records.Access, person uuid.UUID) error {
	if a.Person == person.String() {
		return nil
	}
	posts, err := q.PostsOfPerson(ctx, person, s.now())
	if err != nil {
		return err
	}
	for _, p := range posts {
		if mayAppoint(a, cases.Post(p)) {
			return nil
		}
	}
	return cases.Refuse(records.CodeForbidden)
}

// Vacancies implements records.People: the posts of the asker's area that nobody
// holds now. A deputy does not fill a vacancy.
func (s *Store) Vacancies(ctx context.Context, a records.Access) ([]cases.Post, error) {
	lo, hi := area(a)
	var out []cases.Post
	err := s.as(ctx, a, func(q *db.Queries) error {
		names, err := q.Vacancies(ctx, lo, hi, s.now())
		for _, n := range names {
			out = append(out, cases.Post(n))
		}
		return err
	})
	return out, err
}
