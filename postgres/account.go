package postgres

import (
	"context"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Accounts = (*Store)(nil)

// ChangePassword implements records.Accounts.
func (s *Store) ChangePassword(ctx context.Context, a records.Access, hash, session string) error {
	return s.account(ctx, a, a.Person, "password_changed", func(q *db.Queries, id uuid.UUID) error {
		n, err := q.ChangePassword(ctx, hash, nil, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return cases.Refuse(cases.CodeNotFound)
		}
		_, err = endSessions(ctx, q, id, session)
		return err
	})
}
