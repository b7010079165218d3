package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

// follower is by what somebody finds the reports that they follow: blind tokens.
type follower struct {
	author []byte
	units  [][]byte
}

func (f follower) nobody() bool { return f.author == nil && len(f.units) == 0 }

// authorOf follows what the asker filed.
func (s *Store) authorOf(a records.Access) follower {
	return follower{author: s.token(vault.Author, a.Person)}
}

// headOf follows what was filed in the name of the units whose head the asker is.
func (s *Store) headOf(a records.Access) (f follower) {
	for _, p := range a.Posts {
		if p.Role() == cases.RoleUnitHead && p.Unit() != "" {
			f.units = append(f.units, s.token(vault.Unit, p.Unit()))
		}
	}
	return f
}

// OwnReports implements records.Receipts.
func (s *Store) OwnReports(ctx context.Context, a records.Access, after records.Cursor, limit int) ([]records.Followed, records.Cursor, error) {
	return s.followed(ctx, s.authorOf(a), after, limit)
}

// UnitReports implements records.Receipts.
func (s *Store) UnitReports(ctx context.Context, a records.Access, after records.Cursor, limit int) ([]records.Followed, records.Cursor, error) {
	return s.followed(ctx, s.headOf(a), after, limit)
}

// OwnReport implements records.Receipts.
func (s *Store) OwnReport(ctx context.Context, a records.Access, number string) (records.Followed, error) {
	return s.oneFollowed(ctx, s.authorOf(a), number, true)
}

// UnitReport implements records.Receipts.
func (s *Store) UnitReport(ctx context.Context, a records.Access, number string) (records.Followed, error) {
	return s.oneFollowed(ctx, s.headOf(a), number, false)
}

func (s *Store) followed(ctx context.Context, by follower, after records.Cursor, limit int) ([]records.Followed, records.Cursor, error) {
	before, id, err := readTimeCursor(after, afterAll)
	if err != nil || by.nobody() {
		return nil, "", err
	}
	n := pageSize(limit)
	var out []records.Followed
	var next records.Cursor
	err = s.within(ctx, func(tx pgx.Tx) error {
		rows, err := db.New(tx).Followed(ctx, db.FollowedParams{Author: by.author, Units: by.units, Before: before, BeforeID: id, N: n + 1})
		if err != nil {
			return err
		}
		next = ""
		if len(rows) > int(n) {
			rows = rows[:n]
			next = timeCursor(rows[n-1].FiledAt, rows[n-1].CaseID)
		}
		out = make([]records.Followed, len(rows))
		for i, r := range rows {
			if out[i], err = by.of(r); err != nil {
				return err
			}
		}
		return nil
	})
	return out, next, err
}

func (s *Store) oneFollowed(ctx context.Context, by follower, number string, messages bool) (records.Followed, error) {
	if by.nobody() || number == "" {
		return records.Followed{}, cases.Refuse(cases.CodeNotFound)
	}
	var out records.Followed
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.Followed(ctx, db.FollowedParams{
			Author: by.author, Units: by.units, Number: number, Before: afterAll, BeforeID: uuid.Nil, N: 1,
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return cases.Refuse(cases.CodeNotFound)
		}
		if out, err = by.of(rows[0]); err != nil {
			return err
		}
		if out.Feedback, err = s.feedback(ctx, q, rows[0].CaseID); err != nil || !messages {
			return err
		}
		out.Messages, _, err = s.messages(ctx, q, rows[0].CaseID)
		return err
	})
	return out, err
}

// of is what the follower sees of a row. What the office asks, it asks the author.
func (f follower) of(r db.FollowedRow) (records.Followed, error) {
	st, err := readState(r.State)
	return records.Followed{
		Case: r.CaseID.String(), Number: r.Number, FiledAt: r.FiledAt.UTC(), InUnitName: r.InUnitName, State: st,
		Asked: r.Asked && f.author != nil,
	}, err
}

// feedback opens the 反馈单 that are for a filing's reporter; an erased one is left
// out.
func (s *Store) feedback(ctx context.Context, q *db.Queries, filing uuid.UUID) ([]records.Feedback, error) {
	rows, err := q.FeedbackTo(ctx, filing)
	if err != nil {
		return nil, err
	}
	items := make([]string, len(rows))
	at := map[string]time.Time{}
	for i, r := range rows {
		items[i], at[r.Command] = r.Command, r.At.UTC()
	}
	words, err := s.openWords(ctx, q, items, func(string, vault.Compartment) bool { return true })
	if err != nil {
		return nil, err
	}
	out := []records.Feedback{}
	for _, item := range items {
		if text := words[item]["content"]; text != "" {
			out = append(out, records.Feedback{At: at[item], Text: text})
		}
	}
	return out, nil
}
