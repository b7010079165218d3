package postgres

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault/audit"
)

// target is a case that a fact is for.
type target struct {
	id    uuid.UUID
	kind  cases.Kind
	stage cases.Stage
}

// putFact commits a fact and what it sets off: the nudge. A closed case has no run;
// the nudge starts one that takes the fact in, reopens if the fact is such, or ends.
// The case is kept from changing by the caller. written is false if the fact was
// there already.
func (s *Store) putFact(ctx context.Context, tx pgx.Tx, to target, f cases.Fact) (written bool, err error) {
	body, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	q := db.New(tx)
	n, err := q.InsertFact(ctx, db.InsertFactParams{
		ID: f.ID, CaseID: to.id, Kind: string(f.Kind), Occurred: f.Occurred, Received: f.Received, ByPerson: f.By.Person, Body: body,
	})
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.jobs.Nudge(ctx, tx, to.kind, to.id.String())
}

// AddFact commits a fact with its sealed words and sets off the nudge. A fact for a
// case that was merged goes to the case it is now part of. Facts by
// cases.SystemPost are the product's own and need no access.
func (s *Store) AddFact(ctx context.Context, once records.Once, a records.Access, id string, f cases.Fact, sealed map[string]string) (cases.Fact, error) {
	key, err := caseID(id)
	if err != nil {
		return cases.Fact{}, err
	}
	if f.By.Post != "" && f.By.Post != cases.SystemPost && !a.Holds(f.By.Post) {
		return cases.Fact{}, cases.Refuse(cases.CodeRole)
	}
	if f.By.Post != cases.SystemPost {
		if err := s.sees(ctx, a, key); err != nil {
			return cases.Fact{}, err
		}
	}
	var out cases.Fact
	// The case that it is now part of may be one that the asker does not see.
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		stored, err := s.once(ctx, tx, once, func() (string, error) {
			to, compartment, err := s.target(ctx, q, key)
			if err == nil && f.By.Post != cases.SystemPost {
				err = refuseErased(ctx, q, to)
			}
			if err != nil {
				return "", err
			}
			written, err := s.putFact(ctx, tx, to, f)
			if err != nil || !written {
				return f.ID, err
			}
			if err := s.sealWords(ctx, tx, &keyring{store: s, q: q}, to.id, f.ID, sealed, everyField(defaultPart(compartment))); err != nil {
				return "", err
			}
			return f.ID, s.auditFact(ctx, tx, to.id, f)
		})
		if err != nil {
			return err
		}
		row, err := q.GetFact(ctx, stored)
		if err != nil {
			return err
		}
		return json.Unmarshal(row.Body, &out)
	})
	return out, err
}

// target finds the case that a case is now part of and keeps it from changing. The
// end of the way is looked at again under the lock: only there can it grow.
func (s *Store) target(ctx context.Context, q *db.Queries, id uuid.UUID) (target, bool, error) {
	for {
		last, err := q.MergedInto(ctx, id)
		if err != nil {
			return target{}, false, err
		}
		row, err := q.ShareCase(ctx, last)
		if err != nil {
			return target{}, false, err
		}
		if row.MergedInto == nil {
			return target{row.ID, cases.Kind(row.Kind), cases.Stage(row.Stage)}, row.Compartment, nil
		}
	}
}

func (s *Store) auditFact(ctx context.Context, tx pgx.Tx, id uuid.UUID, f cases.Fact) error {
	return s.writeAudit(ctx, tx, factRow(id, f))
}

func factRow(id uuid.UUID, f cases.Fact) audit.Row {
	return audit.Row{
		Chain: caseChain(id.String()), At: f.Received, Actor: actorID(f.By.Person, public), Action: "fact:" + string(f.Kind), Object: f.ID,
	}
}
