package postgres

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Inbox = (*Store)(nil)

// Notices implements records.Inbox. Notices of cases that the person may not know of
// any more are not shown; of those that they only do not see any more, without the
// case.
func (s *Store) Notices(ctx context.Context, a records.Access, unreadOnly bool, from records.Cursor, limit int) ([]records.NoticeRow, records.Cursor, error) {
	before, beforeID, err := readTimeCursor(from, afterAll)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	person, err := uuid.Parse(a.Person)
	if err != nil {
		return nil, "", nil
	}
	var rows []db.NoticesRow
	var owed map[string]records.ObligationRow
	err = s.as(ctx, a, func(q *db.Queries) (err error) {
		rows, err = q.Notices(ctx, db.NoticesParams{Person: person, Unread: unreadOnly, Before: before, BeforeID: beforeID, Most: size + 1})
		if err == nil {
			owed, err = s.remindedOf(ctx, q, a, rows)
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	next := records.Cursor("")
	if len(rows) > int(size) {
		rows = rows[:size]
		next = timeCursor(rows[size-1].At, rows[size-1].ID)
	}
	out := make([]records.NoticeRow, len(rows))
	for i, r := range rows {
		out[i] = records.NoticeRow{
			ID: r.ID.String(), Type: r.Type, Number: r.Number, Key: r.Key, Rung: int(r.Rung), RungName: r.RungName, Urgent: r.Urgent,
			At: r.At.UTC(), Delivered: r.DeliveredAt.UTC(), Read: orZero(r.ReadAt), Acked: r.AckedAt.UTC(),
			Owner: cases.Post(r.Owner), Due: orZero(r.Due), Provisional: r.Provisional, Ended: orZero(r.EndedAt),
		}
		for _, p := range r.Posts {
			out[i].Posts = append(out[i].Posts, cases.Post(p))
		}
		if r.Obligation != nil {
			out[i].Obligation = r.Obligation.String()
			if o, ok := owed[out[i].Obligation]; ok {
				out[i].Owed = &o
			}
		}
		if r.CaseID != nil {
			out[i].Case = r.CaseID.String()
		}
	}
	return out, next, nil
}

// remindedOf gives what notices of rungs remind of, as far as it is owed still, by id.
func (s *Store) remindedOf(ctx context.Context, q *db.Queries, a records.Access, rows []db.NoticesRow) (map[string]records.ObligationRow, error) {
	var ids []uuid.UUID
	for _, r := range rows {
		if r.Obligation != nil && r.EndedAt == nil && r.Type == string(cases.EventRung) && !slices.Contains(ids, *r.Obligation) {
			ids = append(ids, *r.Obligation)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := q.OwedObligationsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	plain := make([]db.MyObligationsRow, len(found))
	for i, r := range found {
		plain[i] = db.MyObligationsRow(r)
	}
	owed, err := s.obligationRows(ctx, q, a, plain, s.now())
	out := map[string]records.ObligationRow{}
	for _, o := range owed {
		out[o.ID] = o
	}
	return out, err
}

// CaseNotices implements records.Inbox. The names of the office's people are for those
// who look through its directory.
func (s *Store) CaseNotices(ctx context.Context, a records.Access, id string, back bool, from records.Cursor, limit int) ([]records.CaseNotice, records.Cursor, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, "", err
	}
	start := beforeAll
	if back {
		start = afterAll
	}
	at, last, err := readTimeCursor(from, start)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	var out []records.CaseNotice
	next := records.Cursor("")
	err = s.as(ctx, a, func(q *db.Queries) error {
		if _, _, err := visible(ctx, q, key); err != nil {
			return err
		}
		rows, err := caseNotices(ctx, q, db.CaseNoticesParams{CaseID: key, Before: at, BeforeID: last, Most: size + 1}, back)
		if err != nil {
			return err
		}
		next = ""
		if len(rows) > int(size) {
			rows = rows[:size]
			next = timeCursor(rows[size-1].At, rows[size-1].ID)
		}
		out = make([]records.CaseNotice, len(rows))
		ids := make([]uuid.UUID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
			out[i] = noticeOf(r)
		}
		carried, err := q.DeliveriesOf(ctx, ids)
		for _, c := range carried {
			m := records.Carried{Channel: c.Channel, State: c.State, At: c.MadeAt.UTC()}
			if c.DeliveredAt != nil {
				m.At = c.DeliveredAt.UTC()
			}
			n := &out[slices.Index(ids, c.Notice)]
			n.Messages = append(n.Messages, m)
		}
		return err
	})
	if err == nil && a.Has(cases.RolesThat(cases.CityDirectory)...) {
		err = s.nameTold(ctx, out)
	}
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "read:notices", Detail: append(
			filterOf("cursor", string(from)), "items:"+strconv.Itoa(len(out)))})
	}
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

func noticeOf(r db.CaseNoticesRow) records.CaseNotice {
	return records.CaseNotice{
		ID: r.ID.String(), Type: r.Type, Key: r.Key, Rung: int(r.Rung), RungName: r.RungName, Urgent: r.Urgent, At: r.At.UTC(),
		Owner: cases.Post(r.Owner), Posts: postsOf(r.Posts), Person: r.Person.String(), Undelivered: r.State == "undelivered",
		Told: orZero(r.ToldAt), Read: orZero(r.ReadAt), Acked: r.AckedAt.UTC(),
	}
}

func caseNotices(ctx context.Context, q *db.Queries, p db.CaseNoticesParams, back bool) ([]db.CaseNoticesRow, error) {
	if back {
		return q.CaseNotices(ctx, p)
	}
	rows, err := q.CaseNoticesUp(ctx, db.CaseNoticesUpParams{CaseID: p.CaseID, After: p.Before, AfterID: p.BeforeID, Most: p.Most})
	out := make([]db.CaseNoticesRow, len(rows))
	for i, r := range rows {
		out[i] = db.CaseNoticesRow(r)
	}
	return out, err
}

// nameTold puts in who was told.
func (s *Store) nameTold(ctx context.Context, rows []records.CaseNotice) error {
	var ids []uuid.UUID
	for _, r := range rows {
		if id := uuid.MustParse(r.Person); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		people, err := s.persons(ctx, db.New(tx), ids)
		for _, p := range people {
			for i := range rows {
				if rows[i].Person == p.ID {
					rows[i].Name = p.Name
				}
			}
		}
		return err
	})
}

// refusedSpace is the name space of the notices of refused commands.
var refusedSpace = uuid.MustParse("5b9d1c3a-7e44-5f0b-8c21-9a0d3e6f7a02")

// TellRefused puts a notice into the inbox of a command's author: it was answered
// 待执行, and then refused. Telling twice tells once.
func (s *Store) TellRefused(ctx context.Context, command string) error {
	return fault(db.New(s.pool).PutRefused(ctx, uuid.NewSHA1(refusedSpace, []byte(command)), s.now(), command))
}

// MarkRead implements records.Inbox; CodeNotFound for another person's notice.
func (s *Store) MarkRead(ctx context.Context, a records.Access, id string) error {
	notice, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	person, err := uuid.Parse(a.Person)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.as(ctx, a, func(q *db.Queries) error {
		n, err := q.MarkRead(ctx, s.now(), notice, person)
		if err == nil && n == 0 {
			return cases.Refuse(cases.CodeNotFound)
		}
		return err
	})
}

// MarkAllRead implements records.Inbox.
func (s *Store) MarkAllRead(ctx context.Context, a records.Access, until time.Time) error {
	person, err := uuid.Parse(a.Person)
	if err != nil {
		return nil
	}
	return s.as(ctx, a, func(q *db.Queries) error { return q.MarkAllRead(ctx, s.now(), person, until) })
}

// Unread implements records.Inbox.
func (s *Store) Unread(ctx context.Context, a records.Access, most int) (int, error) {
	person, err := uuid.Parse(a.Person)
	if err != nil {
		return 0, nil
	}
	var n int32
	err = s.as(ctx, a, func(q *db.Queries) (err error) {
		n, err = q.CountUnread(ctx, person, int32(min(most, 1000)))
		return err
	})
	return int(n), err
}
