package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// CommandByID reads a command for the product itself, which sends it again.
func (s *Store) CommandByID(ctx context.Context, id string) (records.CommandRow, error) {
	q := db.New(s.pool)
	r, err := q.GetCommand(ctx, id)
	if err != nil {
		return records.CommandRow{}, fault(err)
	}
	row, err := s.commandRow(ctx, q, r)
	return row, fault(err)
}

// PutOwnCommand stores a command of the product itself as pending, once for its id.
func (s *Store) PutOwnCommand(ctx context.Context, kind cases.Kind, c cases.Command) error {
	if c.By != (cases.Actor{Post: cases.SystemPost}) {
		return cases.Refuse(records.CodeForbidden)
	}
	id, err := caseID(c.Case)
	if err != nil {
		return err
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		_, err := s.newCommand(ctx, tx, id, kind, c)
		return err
	})
	if duplicate(err) {
		return nil
	}
	return err
}
