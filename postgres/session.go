package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
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

// Sessions and what sign-in counts are in the tables of migration 0006.
var (
	_ records.Sessions = (*Store)(nil)
	_ records.Throttle = (*Store)(nil)
)

// markLife is how long a browser or an address stays known after a person's last
// sign-in with it.
const markLife = 180 * 24 * time.Hour

// StartSession implements records.Sessions.
func (s *Store) StartSession(ctx context.Context, token string, n records.Session) error {
	id, err := uuid.Parse(n.ID)
	if err != nil {
		return err
	}
	person, err := uuid.Parse(n.Person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	row := db.StartSessionParams{
		ID: id, Token: tokenHash(token), Person: person, Method: string(n.Method), StartedAt: n.Started, EndsAt: n.Ends,
		Device: n.Device, Browser: n.Browser, Address: n.Address,
	}
	if !n.Proved.IsZero() {
		row.ProvedAt = &n.Proved
	}
	return s.within(ctx, func(tx pgx.Tx) error { return db.New(tx).StartSession(ctx, row) })
}

// tokenHash is what the database keeps of a token; it is as random as the token.
func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SessionByToken implements records.Sessions.
func (s *Store) SessionByToken(ctx context.Context, token string, now time.Time) (records.SignedIn, error) {
	r, err := db.New(s.pool).SessionByToken(ctx, now, tokenHash(token))
	if err != nil {
		return records.SignedIn{}, fault(err)
	}
	out := records.SignedIn{
		Session: session(db.Session{
			ID: r.ID, Token: r.Token, Person: r.Person, Method: r.Method, ProvedAt: r.ProvedAt, StartedAt: r.StartedAt, SeenAt: r.SeenAt,
			EndsAt: r.EndsAt, Device: r.Device, Browser: r.Browser, Address: r.Address,
		}),
		Posts: postsOf(r.Posts), Enrolled: r.Enrolled, Unconfirmed: r.Unconfirmed, Temporary: r.TemporaryUntil != nil,
	}
	if r.Login != nil {
		out.Login = *r.Login
	}
	for _, role := range r.Roles {
		out.Roles = append(out.Roles, cases.Role(role))
	}
	return out, nil
}

func session(r db.Session) records.Session {
	return records.Session{
		ID: r.ID.String(), Person: r.Person.String(), Method: records.Method(r.Method), Proved: orZero(r.ProvedAt),
		Started: r.StartedAt.UTC(), Seen: r.SeenAt.UTC(), Ends: r.EndsAt.UTC(), Device: r.Device, Browser: r.Browser, Address: r.Address,
	}
}

// SeeSession implements records.Sessions.
func (s *Store) SeeSession(ctx context.Context, id string, now time.Time) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return fault(db.New(s.pool).SeeSession(ctx, now, key))
}

// ProveSession implements records.Sessions.
func (s *Store) ProveSession(ctx context.Context, id string, now time.Time) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return found(db.New(s.pool).ProveSession(ctx, now, key))
}

// found refuses where a statement met no row.
func found(n int64, err error) error {
	if err == nil && n == 0 {
		return cases.Refuse(cases.CodeNotFound)
	}
	return fault(err)
}

// SessionsOf implements records.Sessions.
func (s *Store) SessionsOf(ctx context.Context, person string, now time.Time) ([]records.Session, error) {
	id, err := uuid.Parse(person)
	if err != nil {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	rows, err := db.New(s.pool).SessionsOf(ctx, id, now)
	out := make([]records.Session, len(rows))
	for i, r := range rows {
		out[i] = session(r)
	}
	return out, fault(err)
}

// EndSession implements records.Sessions.
func (s *Store) EndSession(ctx context.Context, person, id string) error {
	who, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return found(db.New(s.pool).EndSession(ctx, who, key))
}

// EndSessions implements records.Sessions.
func (s *Store) EndSessions(ctx context.Context, a records.Access, person, but string) (ended int, err error) {
	err = s.account(ctx, a, person, "sessions_ended", func(q *db.Queries, id uuid.UUID) error {
		ended, err = endSessions(ctx, q, id, but)
		return err
	})
	return ended, err
}

// endSessions ends a person's sessions but one, "" for all.
func endSessions(ctx context.Context, q *db.Queries, person uuid.UUID, but string) (int, error) {
	kept := uuid.Nil
	if but != "" {
		var err error
		if kept, err = uuid.Parse(but); err != nil {
			return 0, err
		}
	}
	n, err := q.EndSessions(ctx, person, kept)
	return int(n), err
}

// Take implements records.Throttle.
func (s *Store) Take(ctx context.Context, now time.Time, tolls ...records.Toll) (records.Taken, error) {
	if len(tolls) == 0 {
		return records.Taken{}, nil
	}
	p := db.TakeParams{At: now}
	for _, t := range tolls {
		p.Keys = append(p.Keys, s.mark(t.Of, t.Key))
		p.Spacings = append(p.Spacings, spacing(t))
		p.Spans = append(p.Spans, t.Span.Seconds())
	}
	var row db.TakeRow
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		row, err = db.New(tx).Take(ctx, p)
		return err
	})
	return records.Taken{Wait: time.Duration(row.Wait * float64(time.Second)), First: row.First}, err
}

// spacing is how long one attempt takes to leak away. A millionth less of it, so that
// as many fit as were promised whatever floating numbers make of it.
func spacing(t records.Toll) float64 {
	return t.Span.Seconds() / float64(t.Most) * (1 - 1e-6)
}

// GiveBack implements records.Throttle.
func (s *Store) GiveBack(ctx context.Context, tolls ...records.Toll) error {
	if len(tolls) == 0 {
		return nil
	}
	var keys [][]byte
	var spacings []float64
	for _, t := range tolls {
		keys, spacings = append(keys, s.mark(t.Of, t.Key)), append(spacings, spacing(t))
	}
	return s.within(ctx, func(tx pgx.Tx) error { return db.New(tx).GiveBack(ctx, keys, spacings) })
}

// KnownBy implements records.Throttle.
func (s *Store) KnownBy(ctx context.Context, login string, marks ...string) (map[string]bool, error) {
	rows, err := db.New(s.pool).KnownBy(ctx, identifier.Login(login), s.marks(marks))
	out := map[string]bool{}
	for _, m := range marks {
		own := s.mark("known", m)
		out[m] = slices.ContainsFunc(rows, func(r []byte) bool { return bytes.Equal(r, own) })
	}
	return out, fault(err)
}

// Know implements records.Throttle.
func (s *Store) Know(ctx context.Context, person string, now time.Time, marks ...string) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		return db.New(tx).Know(ctx, id, s.marks(marks), now)
	})
}

func (s *Store) marks(of []string) [][]byte {
	var out [][]byte
	for _, m := range of {
		out = append(out, s.mark("known", m))
	}
	return out
}

// mark is the blind index of what signs in: addresses and browsers are not kept.
func (s *Store) mark(of, key string) []byte {
	return s.vault.Tokens(vault.SignIn, of+"\x00"+key)[0]
}

// pruneSignIn forgets what sign-in needs no more.
func pruneSignIn(ctx context.Context, q *db.Queries, now time.Time) error {
	if err := q.DropEndedSessions(ctx, now); err != nil {
		return err
	}
	if err := q.DropLeaked(ctx, now.Add(-time.Hour)); err != nil {
		return err
	}
	return q.DropUnseenMarks(ctx, now.Add(-markLife))
}
