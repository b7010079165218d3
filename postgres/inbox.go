package postgres

import (
	"context"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Inbox = (*Store)(nil)

// Notices implements records.Inbox. Notices of cases that the person may no longer
// see are not shown.
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
	err = s.as(ctx, a, func(q *db.Queries) (err error) {
		rows, err = q.Notices(ctx, db.NoticesParams{Person: person, Unread: unreadOnly, Before: before, BeforeID: beforeID, Most: size + 1})
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
		}
		if r.CaseID != nil {
			out[i].Case = r.CaseID.String()
		}
	}
	return out, next, nil
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
