package postgres

import (
	"context"

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
func (s *Store) beginAs(a records.Access) beginning {
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
			err = later(tx).ActAs(ctx, scopeOf(a))
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

// scopeOf gives the areas that posts see by their place (DOMAIN 7). Posts of units,
// the coordination body and the administrators have none: they see the cases that
// they have a duty in. deep areas include the 性侵 compartment.
func scopeOf(a records.Access) db.ActAsParams {
	p := db.ActAsParams{Person: a.Person, Posts: []string{}, Lo: []string{}, Hi: []string{}, Deep: []bool{}}
	p.DirLo, p.DirHi = area(a)
	for _, post := range a.Posts {
		p.Posts = append(p.Posts, string(post))
		if post == cases.SystemPost { // the product itself: sees every case, and no sealed word
			p.Lo, p.Hi, p.Deep = append(p.Lo, "0"), append(p.Hi, past("9")), append(p.Deep, true)
			continue
		}
		var area string
		deep := true
		switch at := post.Org(); post.Role() {
		case cases.RoleDirector:
			area, deep = string(at), false
			if !at.IsVillage() {
				continue
			}
		case cases.RoleSupervisor, cases.RoleTownLeader:
			if !at.IsTown() {
				continue
			}
			area = string(at[:9])
		case cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau:
			if !at.Valid() || at != at.City() {
				continue
			}
			area = string(at[:6])
		default:
			continue
		}
		p.Lo, p.Hi, p.Deep = append(p.Lo, area), append(p.Hi, past(area)), append(p.Deep, deep)
	}
	return p
}

// past is the first code after all that begin with a prefix: ':' follows '9'.
func past(prefix string) string { return prefix + ":" }

// part is a sealed part of a case's file.
type part int

const (
	partChild part = iota
	partNarrative
	partReporter
	partMedical
	partAddress
)

// mayRead tells whether one of the posts may read a part of a case that is visible
// to the asker. A post that may not know of the case opens nothing.
func mayRead(a records.Access, p part, st cases.State) bool {
	for _, post := range a.Posts {
		if !st.Sees(post) || post.Org() != "" && !post.Org().Covers(st.Org) {
			continue
		}
		switch role := post.Role(); p {
		case partChild:
			switch role {
			case cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau, cases.RoleShelter, cases.RoleSocialWorker, cases.RolePolice:
				return true
			case cases.RoleSupervisor:
				if onDuty(st, post) {
					return true
				}
			}
		case partNarrative:
			switch role {
			case cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RolePolice:
				return true
			}
		case partReporter:
			if role == cases.RoleDesk {
				return true
			}
		case partMedical, partAddress:
			switch role {
			case cases.RoleManager, cases.RoleHead, cases.RoleShelter:
				return true
			case cases.RoleSocialWorker:
				if p == partMedical {
					return true
				}
			}
		}
	}
	return false
}

// onDuty tells whether a post has something to do in a case.
func onDuty(st cases.State, p cases.Post) bool {
	for _, d := range duties(st) {
		if d == p {
			return true
		}
	}
	return false
}

// duties are the posts that have something to do in a case and so may see it,
// wherever they are.
func duties(st cases.State) []cases.Post {
	out := []cases.Post{st.Owner}
	for _, o := range st.Obligations {
		out = append(out, o.Owner)
	}
	for _, t := range st.Tasks {
		if t.State != cases.TaskWithdrawn {
			out = append(out, t.Post)
		}
	}
	for _, o := range st.Orders {
		out = append(out, o.To)
	}
	for _, p := range st.Proxies {
		if !p.Confirmed {
			out = append(out, p.For)
		}
	}
	// Police and procuratorate share every case, the shelter every guardianship (DOMAIN 7).
	out = append(out, st.Protection.HeldBy, st.Guardianship.Shelter, cases.UnitPost("police", cases.RolePolice),
		cases.UnitPost("procuratorate", cases.RoleProcurator))
	if st.Kind == cases.Guardianship {
		out = append(out, cases.UnitPost("shelter", cases.RoleShelter))
	}
	seen := map[cases.Post]bool{"": true}
	kept := out[:0]
	for _, p := range out {
		if !seen[p] && st.Sees(p) {
			seen[p] = true
			kept = append(kept, p)
		}
	}
	return kept
}
