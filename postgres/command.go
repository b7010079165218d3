package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// draftLife is how long a refused form is kept for its author.
const draftLife = 30 * 24 * time.Hour

// PutCommand stores the sealed words and the pending command in one transaction.
// The same Once, or the same command id, gives the row that is there.
func (s *Store) PutCommand(ctx context.Context, once records.Once, a records.Access, kind cases.Kind, c cases.Command, sealed map[string]string) (records.CommandRow, error) {
	key, err := caseID(c.Case)
	if err != nil {
		return records.CommandRow{}, err
	}
	if !a.Holds(c.By.Post) {
		return records.CommandRow{}, cases.Refuse(cases.CodeRole)
	}
	var row records.CommandRow
	err = s.WithActor(ctx, a, func(tx pgx.Tx) error {
		q := db.New(tx)
		stored, err := s.once(ctx, tx, once, func() (string, error) {
			seen, err := q.VisibleCase(ctx, key)
			if err != nil {
				return "", err
			}
			written, err := s.insertCommand(ctx, q, key, kind, c, s.now())
			if err != nil || !written {
				return c.ID, err
			}
			return c.ID, s.sealWords(ctx, q, key, c.ID, sealed, partsOf(kind, c.Step, seen.Compartment))
		})
		if err != nil {
			return err
		}
		got, err := q.GetCommand(ctx, stored)
		if err != nil {
			return err
		}
		if got.CaseID != key || got.ByPerson != c.By.Person {
			return cases.Refuse(records.CodeKeyReused) // somebody else's command has the id
		}
		row, err = s.commandRow(ctx, q, got)
		return err
	})
	return row, err
}

func (s *Store) insertCommand(ctx context.Context, q *db.Queries, id uuid.UUID, kind cases.Kind, c cases.Command, at time.Time) (bool, error) {
	p := db.InsertCommandParams{
		ID: c.ID, CaseID: id, Kind: string(kind), Step: string(c.Step), ByPerson: c.By.Person, ByPost: string(c.By.Post), At: at,
	}
	if c.Rules != nil {
		hash, err := s.keepRules(ctx, q, *c.Rules)
		if err != nil {
			return false, err
		}
		p.Rules, c.Rules = &hash, nil
	}
	body, err := json.Marshal(c)
	if err != nil {
		return false, err
	}
	p.Body = body
	n, err := q.InsertCommand(ctx, p)
	return n == 1, err
}

func (s *Store) commandRow(ctx context.Context, q *db.Queries, r db.GetCommandRow) (records.CommandRow, error) {
	row := records.CommandRow{Kind: cases.Kind(r.Kind), Status: records.CommandStatus(r.Status), At: r.At.UTC()}
	if err := json.Unmarshal(r.Body, &row.Command); err != nil {
		return row, broken("command", err)
	}
	if r.Rules != nil {
		rules, err := s.rulesOf(ctx, q, *r.Rules)
		if err != nil {
			return row, err
		}
		row.Command.Rules = &rules
	}
	if r.Result != nil {
		row.Result = &cases.Result{}
		if err := json.Unmarshal(r.Result, row.Result); err != nil {
			return row, broken("result", err)
		}
	}
	if r.Refusal != nil {
		row.Refusal = &cases.Error{}
		if err := json.Unmarshal(r.Refusal, row.Refusal); err != nil {
			return row, broken("refusal", err)
		}
	}
	return row, nil
}

// Command reads a command's row. The asker sees the case, or is the product itself
// (cases.SystemPost).
func (s *Store) Command(ctx context.Context, a records.Access, id string) (records.CommandRow, error) {
	var row records.CommandRow
	err := s.as(ctx, a, func(q *db.Queries) error {
		r, err := q.GetCommand(ctx, id)
		if err != nil {
			return err
		}
		if _, err := q.VisibleCase(ctx, r.CaseID); err != nil {
			return err
		}
		row, err = s.commandRow(ctx, q, r)
		return err
	})
	return row, err
}

// RefuseCommand moves pending to refused, never from recorded, and keeps the form
// as its author's draft; it gives the row as it then is.
func (s *Store) RefuseCommand(ctx context.Context, id string, refusal *cases.Error) (records.CommandRow, error) {
	body, err := json.Marshal(refusal)
	if err != nil {
		return records.CommandRow{}, err
	}
	now := s.now()
	q := db.New(s.pool)
	if _, err := q.RefuseCommand(ctx, body, &now, id); err != nil {
		return records.CommandRow{}, fault(err)
	}
	r, err := q.GetCommand(ctx, id)
	if err != nil {
		return records.CommandRow{}, fault(err)
	}
	row, err := s.commandRow(ctx, q, r)
	return row, fault(err)
}

// AnswerCommand moves recorded to answered: its author knows.
func (s *Store) AnswerCommand(ctx context.Context, id string) error {
	_, err := db.New(s.pool).AnswerCommand(ctx, id)
	return fault(err)
}

// Drafts gives the asker's refused forms of the last 30 days, the newest first.
func (s *Store) Drafts(ctx context.Context, a records.Access) ([]records.Draft, error) {
	out := []records.Draft{}
	if a.Person == "" {
		return out, nil
	}
	since := s.now().Add(-draftLife)
	err := s.as(ctx, a, func(q *db.Queries) error {
		rows, err := q.Drafts(ctx, a.Person, &since)
		if err != nil {
			return err
		}
		out = out[:0]
		var items []string
		authors := map[string]string{}
		for _, r := range rows {
			row, err := s.commandRow(ctx, q, db.GetCommandRow{
				ID: r.ID, CaseID: r.CaseID, Kind: r.Kind, Status: r.Status, ByPerson: r.ByPerson, Body: r.Body, Rules: r.Rules,
				Result: r.Result, Refusal: r.Refusal, At: *r.At,
			})
			if err != nil {
				return err
			}
			items = append(items, r.ID)
			authors[r.ID] = r.ByPerson
			out = append(out, records.Draft{Command: row.Command, Refusal: row.Refusal, At: row.At})
		}
		words, err := s.openWords(ctx, q, items, readerOf(a, cases.State{}, authors))
		for i := range out {
			out[i].Sealed = words[out[i].Command.ID]
		}
		return err
	})
	return out, err
}

// DropDraft throws the asker's draft away, its words with it.
func (s *Store) DropDraft(ctx context.Context, a records.Access, command string) error {
	return s.as(ctx, a, func(q *db.Queries) error {
		n, err := q.DropDraft(ctx, command, a.Person)
		if err != nil {
			return err
		}
		if n == 0 {
			return cases.Refuse(cases.CodeNotFound)
		}
		return q.DropSealed(ctx, []string{command})
	})
}
