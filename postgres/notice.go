package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// Addressee is a person with every address they can be told at.
type Addressee struct {
	records.Person
	WeCom, DingTalk, Feishu string
	// Channels names the channels that the person reads besides the inbox; none
	// means every one that the person has an address on.
	Channels []string
}

// Waiting is what one person has not been told yet, and what a plan has to know.
type Waiting struct {
	Addressee Addressee
	Notices   []WaitingNotice
	// Chief learns when the person has too many notices; nil if there is none.
	Chief *Addressee
	// ToldToday counts the notices told since the local day began, LastDigest is
	// when the last digest was made, ChiefTold whether the chief knows today.
	ToldToday  int
	LastDigest time.Time
	ChiefTold  bool
}

// WaitingNotice is one of them.
type WaitingNotice struct {
	ID       string
	Type     cases.EventType
	Key      string // of the obligation
	RungName string
	Urgent   bool
}

// Planned is what is to happen with what waits.
type Planned struct {
	Deliveries []Delivery
	// Told, Withheld and Failed are ids of notices. Failed ones lack a channel
	// that they should have had; they may also be told.
	Told, Withheld, Failed []string
	Postponed              []Postponed
}

// Postponed are notices to plan again.
type Postponed struct {
	Notices []string
	Until   time.Time
}

// Delivery is one message by one channel.
type Delivery struct {
	ID       string
	Person   string
	Channel  string
	Urgency  string
	Count    int
	Reason   string
	About    string // person with too many notices, for the reason overload
	Attempts int
	NextAt   time.Time
	Covers   []string // notices
	// To is set by ClaimDelivery.
	To Addressee
}

// ResolveIntents makes the notices of intents: to the persons who hold each post
// now, or stand in. Where nobody can be told it commits the fact on which the
// ladder climbs. It gives the persons who now wait to be told; doing it again
// gives those who still do.
func (s *Store) ResolveIntents(ctx context.Context, ids []int64) ([]string, error) {
	now := s.now()
	var people []string
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		intents, err := q.LockIntents(ctx, ids)
		if err != nil {
			return err
		}
		for _, in := range intents {
			if err := s.resolve(ctx, tx, in, now); err != nil {
				return err
			}
		}
		if err := q.ResolveIntents(ctx, now, ids); err != nil {
			return err
		}
		rows, err := q.PeopleOf(ctx, ids)
		people = idTexts(rows)
		return err
	})
	return people, err
}

func (s *Store) resolve(ctx context.Context, tx pgx.Tx, in db.LockIntentsRow, now time.Time) error {
	q := db.New(tx)
	to, reason, err := told(ctx, q, cases.Post(in.Post), now)
	if err != nil {
		return err
	}
	if to, err = unrecused(ctx, q, in.CaseID, to, now); err != nil {
		return err
	}
	if to, err = notTheReader(ctx, q, in.Key, to); err != nil {
		return err
	}
	if len(to) == 0 {
		if reason == "" {
			reason = "recused"
		}
		return s.unreached(ctx, tx, cases.FactVacant, reason, in.Post, notReached{
			in.CaseID, in.Seq, in.Idx, in.Type, in.Key, in.Occurrence, in.Epoch, in.Rung,
		})
	}
	for _, person := range to {
		err := q.PutNotice(ctx, db.PutNoticeParams{
			ID: uuid.New(), Person: person, Post: in.Post, CaseID: &in.CaseID, Seq: &in.Seq, Idx: &in.Idx, Type: in.Type,
			Key: in.Key, Occurrence: in.Occurrence, Epoch: in.Epoch, Rung: in.Rung, RungName: in.RungName,
			Urgent: in.Urgent, At: in.At, NextAt: now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unrecused leaves out those who hold, in whatever other post, one that is recused:
// they see nothing of the case (DOMAIN 8a.1).
func unrecused(ctx context.Context, q *db.Queries, id uuid.UUID, people []uuid.UUID, now time.Time) ([]uuid.UUID, error) {
	recused, err := q.RecusedPosts(ctx, id)
	if err != nil || len(recused) == 0 {
		return people, err
	}
	var out []uuid.UUID
	for _, p := range people {
		posts, err := q.PostsNow(ctx, now, p)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(posts, func(post string) bool { return slices.Contains(recused, post) }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// notReached is the event of a notice that reached nobody.
type notReached struct {
	caseID                  uuid.UUID
	seq                     int64
	idx                     int32
	kind                    string
	key                     string
	occurrence, epoch, rung int32
}

// unreachedSpace is the name space of the facts that a notice reached nobody.
var unreachedSpace = uuid.MustParse("1f7f9c52-0d0e-5a0b-8a55-5c1f4b8f7d02")

// unreached commits the fact that nobody in a post could be told of a rung, or of
// what it newly owes, once. Other events have no ladder that could climb.
func (s *Store) unreached(ctx context.Context, tx pgx.Tx, kind cases.FactKind, reason, post string, n notReached) error {
	if n.key == "" || n.kind != string(cases.EventRung) && n.kind != string(cases.EventOwed) {
		return nil
	}
	q := db.New(tx)
	to, _, err := s.target(ctx, q, n.caseID)
	if err != nil || to.id != n.caseID || to.stage == cases.Closed {
		return err // merged or closed meanwhile: the ladder is gone
	}
	itoa := func(i int32) string { return strconv.Itoa(int(i)) }
	now := s.now().UTC()
	name := n.caseID.String() + "/" + strconv.FormatInt(n.seq, 10) + "/" + itoa(n.idx) + "/" + post
	f := cases.Fact{
		ID: uuid.NewSHA1(unreachedSpace, []byte(name)).String(), Kind: kind, Occurred: now, Received: now, By: cases.Actor{Post: cases.SystemPost},
		Fields: cases.Fields{
			"key": n.key, "occurrence": itoa(n.occurrence), "epoch": itoa(n.epoch), "rung": itoa(n.rung), "post": post, "reason": reason,
		},
	}
	written, err := s.putFact(ctx, tx, to, f)
	if err != nil || !written {
		return err
	}
	return s.auditFact(ctx, tx, to.id, f)
}

// PlanNotices plans what a person waits to be told of, one plan at a time. since is
// when the local day began. What plan puts into the queue is committed with it.
// Where a channel should have reached the person and none is left that could, the
// ladder climbs; the inbox, which holds every notice, wakes nobody.
func (s *Store) PlanNotices(ctx context.Context, person string, since time.Time, plan func(tx pgx.Tx, w Waiting) (Planned, error)) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockPerson(ctx, id); err != nil {
			return err
		}
		w, err := s.waiting(ctx, q, id, since)
		if err != nil || len(w.Notices) == 0 {
			return err
		}
		p, err := plan(tx, w)
		if err != nil {
			return err
		}
		if err := s.keepPlan(ctx, q, p); err != nil {
			return err
		}
		return s.giveUp(ctx, tx, uuids(p.Told))
	})
}

func (s *Store) waiting(ctx context.Context, q *db.Queries, id uuid.UUID, since time.Time) (w Waiting, err error) {
	rows, err := q.PendingNotices(ctx, id)
	if err != nil {
		return w, err
	}
	for _, r := range rows {
		w.Notices = append(w.Notices, WaitingNotice{ID: r.ID.String(), Type: cases.EventType(r.Type), Key: r.Key, RungName: r.RungName, Urgent: r.Urgent})
	}
	if w.Addressee, err = s.addressee(ctx, q, id); err != nil {
		return w, err
	}
	if w.Chief, err = s.chief(ctx, q, w.Addressee); err != nil {
		return w, err
	}
	today, err := q.ToldSince(ctx, id, since)
	if err != nil {
		return w, err
	}
	w.ToldToday = int(today)
	w.LastDigest, err = q.LastDigest(ctx, id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return w, err
	}
	w.ChiefTold, err = q.OverloadToldSince(ctx, id, since)
	return w, err
}

func (s *Store) addressee(ctx context.Context, q *db.Queries, id uuid.UUID) (Addressee, error) {
	rows, err := q.Persons(ctx, []uuid.UUID{id})
	if err != nil {
		return Addressee{}, err
	}
	if len(rows) == 0 {
		return Addressee{}, pgx.ErrNoRows
	}
	c, err := s.openPerson(id, rows[0].Wrapped, rows[0].Sealed)
	if err != nil {
		return Addressee{}, err
	}
	posts, err := postsNow(ctx, q, id, s.now())
	return Addressee{
		Person: records.Person{ID: id.String(), Name: c.Name, Phone: c.Phone, Email: c.Email, Posts: posts, Active: rows[0].Active},
		WeCom:  c.WeCom, DingTalk: c.DingTalk, Feishu: c.Feishu, Channels: rows[0].Channels,
	}, err
}

// chief finds who learns that a person has too many notices: a village's town
// supervisor, a town's or a unit's city head.
func (s *Store) chief(ctx context.Context, q *db.Queries, of Addressee) (*Addressee, error) {
	for _, p := range of.Posts {
		if p.Role() == cases.RoleHead || p.Org() == "" {
			continue
		}
		above := cases.NewPost(p.Org().City(), cases.RoleHead)
		if p.Org().IsVillage() {
			above = cases.NewPost(p.Org().Town(), cases.RoleSupervisor)
		}
		ids, _, err := told(ctx, q, above, s.now())
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if id.String() != of.ID {
				a, err := s.addressee(ctx, q, id)
				return &a, err
			}
		}
	}
	return nil, nil
}

func (s *Store) keepPlan(ctx context.Context, q *db.Queries, p Planned) error {
	now := s.now()
	for _, d := range p.Deliveries {
		row := db.PutDeliveryParams{
			ID: uuid.MustParse(d.ID), Person: uuid.MustParse(d.Person), Channel: d.Channel, Urgency: d.Urgency, Count: int32(d.Count),
			Reason: d.Reason, NextAt: d.NextAt, MadeAt: now,
		}
		if about, err := uuid.Parse(d.About); err == nil {
			row.About = &about
		}
		if _, err := q.PutDelivery(ctx, row); err != nil {
			return err
		}
		if err := q.PutCovers(ctx, row.ID, uuids(d.Covers)); err != nil {
			return err
		}
	}
	if len(p.Failed) > 0 {
		if err := q.FailNotices(ctx, uuids(p.Failed)); err != nil {
			return err
		}
	}
	for _, w := range p.Postponed {
		if err := q.PostponeNotices(ctx, w.Until, uuids(w.Notices)); err != nil {
			return err
		}
	}
	if len(p.Withheld) > 0 {
		if err := q.WithholdNotices(ctx, uuids(p.Withheld)); err != nil {
			return err
		}
	}
	return q.TellNotices(ctx, now, uuids(p.Told))
}

// giveUp commits that posts were not reached, where no channel is left that could.
func (s *Store) giveUp(ctx context.Context, tx pgx.Tx, notices []uuid.UUID) error {
	q := db.New(tx)
	rows, err := q.GiveUpNotices(ctx, notices)
	if err != nil {
		return err
	}
	for _, r := range rows {
		for _, post := range r.Posts {
			reached, err := q.Reached(ctx, db.ReachedParams{CaseID: r.CaseID, Seq: r.Seq, Idx: r.Idx, Post: post})
			if err != nil {
				return err
			}
			if reached {
				continue
			}
			err = s.unreached(ctx, tx, cases.FactUndelivered, "undelivered", post, notReached{
				*r.CaseID, *r.Seq, *r.Idx, r.Type, r.Key, r.Occurrence, r.Epoch, r.Rung,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ClaimDelivery gives a delivery that is due to one caller, who has until then to
// try it. Where it is not due now, ok is false and again is when to ask again; a
// zero again means that it is done.
func (s *Store) ClaimDelivery(ctx context.Context, id string, until time.Time) (d Delivery, again time.Time, ok bool, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return d, again, false, cases.Refuse(cases.CodeNotFound)
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		d, again, ok = Delivery{}, time.Time{}, false
		q := db.New(tx)
		row, err := q.ClaimDelivery(ctx, until, key, s.now())
		if errors.Is(err, pgx.ErrNoRows) {
			row, err = q.Delivery(ctx, key)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if row.State == "due" {
				again = row.NextAt
			}
			return err
		}
		if err != nil {
			return err
		}
		ok = true
		d = Delivery{
			ID: row.ID.String(), Person: row.Person.String(), Channel: row.Channel, Urgency: row.Urgency, Count: int(row.Count),
			Reason: row.Reason, Attempts: int(row.Attempts), NextAt: row.NextAt.UTC(),
		}
		d.To, err = s.addressee(ctx, q, row.Person)
		return err
	})
	return d, again, ok, err
}

// Delivered keeps that the far end took a delivery over, with its own reference.
func (s *Store) Delivered(ctx context.Context, id, ref string, at time.Time) error {
	return s.within(ctx, func(tx pgx.Tx) error { return db.New(tx).Delivered(ctx, at, ref, uuid.MustParse(id)) })
}

// RetryDelivery keeps why a delivery failed and when it is tried again.
func (s *Store) RetryDelivery(ctx context.Context, id, code string, again time.Time) error {
	return s.within(ctx, func(tx pgx.Tx) error { return db.New(tx).RetryDelivery(ctx, code, again, uuid.MustParse(id)) })
}

// FailDelivery gives a delivery up. Where nothing but the inbox reached the person,
// the fact is committed on which the ladder climbs.
func (s *Store) FailDelivery(ctx context.Context, id, code string) error {
	key := uuid.MustParse(id)
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.FailDelivery(ctx, code, key); err != nil {
			return err
		}
		notices, err := q.NoticesOf(ctx, key)
		if err != nil {
			return err
		}
		return s.giveUp(ctx, tx, notices)
	})
}

// PutOverload puts a supervisor's notice into the inbox that somebody has too many.
// The other notices are in the inbox as soon as they are made.
func (s *Store) PutOverload(ctx context.Context, delivery string) error {
	id, err := uuid.Parse(delivery)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		d, err := q.Delivery(ctx, id)
		if err != nil || d.About == nil {
			return err
		}
		return q.PutOverload(ctx, d.ID, d.Person, s.now())
	})
}

// Stuck is what should have been done by itself and was not.
type Stuck struct {
	Intents    []int64  // not resolved
	People     []string // to be told, and not planned for
	Deliveries []string // due, and not tried
}

// StuckNotices gives at most limit of each that have waited since before.
func (s *Store) StuckNotices(ctx context.Context, before time.Time, limit int) (Stuck, error) {
	var out Stuck
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		q := db.New(tx)
		if out.Intents, err = q.WaitingIntents(ctx, before, int32(limit)); err != nil {
			return err
		}
		people, err := q.PeoplePending(ctx, before, int32(limit))
		if err != nil {
			return err
		}
		out.People = idTexts(people)
		due, err := q.DueDeliveries(ctx, before, int32(limit))
		out.Deliveries = idTexts(due)
		return err
	})
	return out, err
}

func idTexts(ids []uuid.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// uuids reads ids that the store gave out itself.
func uuids(ids []string) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		out[i] = uuid.MustParse(id)
	}
	return out
}
