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
	if once.Key != "" {
		once = s.blinded(once)
	}
	put := func(tx pgx.Tx) error {
		if once.Key != "" {
			if err := takeKey(ctx, tx, once); err != nil {
				return err
			}
		}
		before, err := db.New(tx).BeforeCommand(ctx, db.BeforeCommandParams{
			ID: c.ID, CaseID: key, Actor: once.Actor, Route: once.Route, Key: once.Key,
		})
		switch {
		case err != nil:
			return err
		case before.UsedBody != nil && [32]byte(before.UsedBody) != once.Body:
			return cases.Refuse(records.CodeKeyReused)
		case before.UsedBody != nil:
			row, err = s.ownCommand(ctx, tx, before.Used, key, c.By.Person)
			return err
		case before.Taken:
			row, err = s.ownCommand(ctx, tx, c.ID, key, c.By.Person)
		default:
			if row, err = s.newCommand(ctx, tx, key, kind, c); err == nil {
				keys := keyring{store: s, q: db.New(tx)}
				keys.know(c.Case, before.Parts, before.Keys)
				err = s.sealWords(ctx, tx, &keys, key, c.ID, sealed, partsOf(kind, c.Step, before.Compartment || c.Fields.Bool("compartment")))
			}
		}
		if err != nil || once.Key == "" {
			return err
		}
		return s.useKey(ctx, tx, once, c.ID)
	}
	err = s.WithActor(ctx, a, put)
	if duplicate(err) { // the same command was put meanwhile
		err = s.WithActor(ctx, a, put)
	}
	if duplicate(err) { // the id is that of a command that the asker does not see
		err = cases.Refuse(records.CodeKeyReused)
	}
	return row, err
}

// ownCommand reads a command that a person gave before; anybody else's has the
// same id by misuse.
func (s *Store) ownCommand(ctx context.Context, tx pgx.Tx, id string, of uuid.UUID, person string) (records.CommandRow, error) {
	q := db.New(tx)
	got, err := q.GetCommand(ctx, id)
	if err != nil {
		return records.CommandRow{}, err
	}
	if got.CaseID != of || got.ByPerson != person {
		return records.CommandRow{}, cases.Refuse(records.CodeKeyReused)
	}
	return s.commandRow(ctx, q, got)
}

// newCommand writes a pending command and gives its row.
func (s *Store) newCommand(ctx context.Context, tx pgx.Tx, id uuid.UUID, kind cases.Kind, c cases.Command) (records.CommandRow, error) {
	p := db.NewCommandParams{
		ID: c.ID, CaseID: id, Kind: string(kind), Step: string(c.Step), ByPerson: c.By.Person, ByPost: string(c.By.Post),
		At: s.now().Truncate(time.Microsecond),
	}
	rules := c.Rules
	var err error
	if rules != nil {
		// No asker may write rules. Those of a command that is not put after all stay, unused.
		hash, err := s.keepRules(ctx, db.New(s.pool), *rules)
		if err != nil {
			return records.CommandRow{}, err
		}
		p.Rules, c.Rules = &hash, nil
	}
	if p.Body, err = json.Marshal(c); err != nil {
		return records.CommandRow{}, err
	}
	c.Rules = rules
	row := records.CommandRow{Command: c, Kind: kind, Status: records.CommandPending, At: p.At.UTC(), New: true}
	return row, later(tx).NewCommand(ctx, p)
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

// AnswerCommand moves recorded to answered: its author knows. It does not wait for
// the disk: after a crash the command may be recorded again, which says that it was
// done as well, and its author's next look makes it answered.
func (s *Store) AnswerCommand(ctx context.Context, id string) error {
	tx, release, err := s.begin(ctx)
	if err != nil {
		return fault(err)
	}
	defer release()
	tx.alone = true
	if err := later(tx).Unflushed(ctx); err != nil {
		return fault(err)
	}
	return fault(db.New(tx).AnswerCommand(ctx, id))
}

// Drafts gives the asker's refused forms of the last 30 days, the newest first.
func (s *Store) Drafts(ctx context.Context, a records.Access) ([]records.Draft, error) {
	out := []records.Draft{}
	if a.Person == "" {
		return out, nil
	}
	since := s.now().Add(-draftLife)
	err := s.listing(ctx, a, "list:drafts", nil, func(q *db.Queries) (int, error) {
		rows, err := q.Drafts(ctx, a.Person, &since)
		if err != nil {
			return 0, err
		}
		out = out[:0]
		var items []string
		of := map[string]written{}
		for _, r := range rows {
			row, err := s.commandRow(ctx, q, db.GetCommandRow{
				ID: r.ID, CaseID: r.CaseID, Kind: r.Kind, Status: r.Status, ByPerson: r.ByPerson, Body: r.Body, Rules: r.Rules,
				Result: r.Result, Refusal: r.Refusal, At: *r.At,
			})
			if err != nil {
				return 0, err
			}
			items = append(items, r.ID)
			of[r.ID] = written{by: r.ByPerson}
			out = append(out, records.Draft{Command: row.Command, Refusal: row.Refusal, At: row.At})
		}
		words, err := s.openWords(ctx, q, items, s.readerOf(a, cases.State{}, of))
		for i := range out {
			out[i].Sealed = words[out[i].Command.ID]
		}
		return len(out), err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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
