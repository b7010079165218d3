package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// WithActor is the one door for whoever asks: fn runs in a transaction of AppRole,
// in which every table shows what the asker may see, and nothing else.
func (s *Store) WithActor(ctx context.Context, a records.Access, fn func(tx pgx.Tx) error) error {
	return s.run(ctx, s.beginAs(a), fn)
}

// beginAs begins a transaction of an asker.
func (s *Store) beginAs(a records.Access) beginning { return s.beginIn(scopeOf(a)) }

// beginIn begins a transaction of AppRole that sees what a scope says.
func (s *Store) beginIn(scope db.ActAsParams) beginning {
	return func(ctx context.Context) (*transaction, func(), error) {
		pool := s.app
		if pool == nil {
			pool = s.pool
		}
		tx, release, err := begin(ctx, pool)
		if err != nil {
			return nil, nil, err
		}
		if s.app == nil {
			err = later(tx).TakeRole(ctx, AppRole)
		}
		if err == nil {
			err = later(tx).ActAs(ctx, scope)
		}
		if err != nil {
			release()
			return nil, nil, err
		}
		return tx, release, nil
	}
}

// as is WithActor with the queries.
func (s *Store) as(ctx context.Context, a records.Access, fn func(q *db.Queries) error) error {
	return s.WithActor(ctx, a, func(tx pgx.Tx) error { return fn(db.New(tx)) })
}

// ask is as for a single question: fn asks q once.
func (s *Store) ask(ctx context.Context, a records.Access, fn func(q *db.Queries) error) error {
	tx, release, err := s.beginAs(a)(ctx)
	if err != nil {
		return fault(err)
	}
	defer release()
	tx.alone = true
	return fault(fn(db.New(tx)))
}

// sees refuses with CodeNotFound who may not see a case. It stands before what the
// engine does for an asker.
func (s *Store) sees(ctx context.Context, a records.Access, id uuid.UUID) error {
	return s.ask(ctx, a, func(q *db.Queries) error {
		_, err := q.VisibleCase(ctx, id)
		return err
	})
}

// scopeOf gives what the policies of migration 0005 and the views of 0032 read: who
// asks, in which posts, the areas that these reach by their place, the places whose
// posts they look through, and how much of a case they are shown.
func scopeOf(a records.Access) db.ActAsParams {
	p := db.ActAsParams{
		Person: a.Person, Posts: []string{}, Lo: []string{}, Hi: []string{}, Deep: []bool{}, Own: []string{},
		Shown: shownTo(a), Seers: []string{}, Carers: []string{}, PoliceKeys: cases.PoliceKeys(),
	}
	p.DirLo, p.DirHi = area(a)
	for _, post := range a.Posts {
		p.Posts = append(p.Posts, string(post))
		scope := post.Role().Row().Scope
		switch {
		case post.ShownWhole():
			p.Seers = append(p.Seers, string(post))
		case scope != cases.ScopeNone && !post.OwnPartOnly():
			p.Carers = append(p.Carers, string(post))
		}
		p.Supervises = p.Supervises || scope == cases.ScopeOrders
		prefix, deep, assigned, ok := post.Area()
		if !ok {
			continue
		}
		own := ""
		if assigned {
			own = string(post)
		}
		p.Lo, p.Hi, p.Deep, p.Own = append(p.Lo, prefix), append(p.Hi, past(prefix)), append(p.Deep, deep), append(p.Own, own)
	}
	return p
}

// How much somebody is shown of what is owed in a case that they see.
const (
	shownWhole = "whole" // everything
	shownParts = "parts" // more or less, by the post in which they see it
	shownOwn   = "own"   // what they owe themselves
)

func shownTo(a records.Access) string {
	whole, own := true, true
	for _, p := range a.Posts {
		if p.Role().Row().Scope == cases.ScopeNone {
			continue
		}
		whole = whole && (p.ShownWhole() || p == cases.SystemPost)
		own = own && p.OwnPartOnly() && p.Role().Row().Scope != cases.ScopeOrders
	}
	switch {
	case whole:
		return shownWhole
	case own:
		return shownOwn
	}
	return shownParts
}

// near is by what the few cases that somebody sees are found: towns with the codes
// in them, and posts that have to do with some. It only shortens the way: what is
// shown is for the policies to say.
type near struct{ towns, lo, hi, posts []string }

// nearOf gives where to look for the cases of an asker in a place ("" for
// everywhere); false for those who see most of the city.
func nearOf(a records.Access, in cases.Org) (n near, ok bool) {
	for _, p := range a.Posts {
		prefix, _, _, placed := p.Area()
		switch {
		case placed && len(prefix) < 9 || p.Role().Row().Scope == cases.ScopeShared:
			if in == "" || in == in.City() {
				return near{}, false
			}
			lo, hi := codesIn(in)
			return near{towns: []string{lo[:9]}, lo: []string{lo}, hi: []string{hi}, posts: []string{}}, true
		case placed:
			n.towns, n.lo, n.hi = append(n.towns, prefix[:9]), append(n.lo, prefix), append(n.hi, past(prefix))
		}
		n.posts = append(n.posts, string(p))
	}
	return n, true
}

// past is the first code after all that begin with a prefix: ':' follows '9'.
func past(prefix string) string { return prefix + ":" }

// mayRead tells whether one of the posts reads a sealed part of a case now.
func (s *Store) mayRead(a records.Access, part cases.Compartment, st cases.State) bool {
	return a.Opens(part) || slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return st.Reads(cases.Actor{Person: a.Person, Post: p}, part, s.now()) })
}
