package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// Simulate implements records.Rulebook.
func (s *Store) Simulate(ctx context.Context, once records.Once, a records.Access, draft string, revision int, from, to time.Time) (id string, err error) {
	post, err := able(a, cases.DraftRules)
	if err != nil {
		return "", err
	}
	key, err := uuid.Parse(draft)
	if err != nil {
		return "", cases.Refuse(cases.CodeNotFound)
	}
	if !to.After(from) || to.Sub(from) > 3*366*24*time.Hour {
		return "", cases.Refuse(cases.CodeField, cases.FieldError{Field: "to", Reason: "range", Want: "after from, at most 3 years"})
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		id, err = s.once(ctx, tx, once, func() (string, error) {
			q := db.New(tx)
			row, err := q.RuleDraft(ctx, key)
			if err != nil {
				return "", err
			}
			if int(row.Revision) != revision {
				return "", cases.Refuse(cases.CodeConflict)
			}
			d, err := s.readDraft(ctx, records.Access{}, row)
			if err != nil {
				return "", err
			}
			present, err := s.CurrentRules(ctx)
			if err != nil {
				return "", err
			}
			next, err := s.amended(ctx, q, present, d)
			if err != nil {
				return "", err
			}
			after, err := s.keepRules(ctx, q, next)
			if err != nil {
				return "", err
			}
			p := db.PutSimulationParams{
				ID: uuid.New(), Draft: key, Revision: row.Revision, Before: present.Hash(), After: after, FromAt: from, UntilAt: to,
				ByPerson: a.Person, ByPost: string(post), At: s.now(),
			}
			if err := q.PutSimulation(ctx, p); err != nil {
				return "", err
			}
			if err := s.rulesAudit(ctx, tx, a, "rules_simulated", p.ID.String(), "draft:"+draft); err != nil {
				return "", err
			}
			return p.ID.String(), s.jobs.Simulate(ctx, tx, p.ID.String())
		})
		return err
	})
	return id, err
}

// CountSimulation counts some more cases in, at most so many, and tells whether there
// are more. Two that count at once count each case once: one waits for the other.
func (s *Store) CountSimulation(ctx context.Context, id string, most int) (more bool, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return false, broken("simulation", err)
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.HoldSimulation(ctx, key)
		if err != nil || row.Status != "running" {
			more = false
			return err
		}
		sim, err := readSimulation(row)
		if err != nil {
			return err
		}
		before, err := s.rulesOf(ctx, q, row.Before)
		if err != nil {
			return err
		}
		after, err := s.rulesOf(ctx, q, row.After)
		if err != nil {
			return err
		}
		found, err := q.SimulatedCases(ctx, db.SimulatedCasesParams{FromAt: row.FromAt, UntilAt: row.UntilAt, Past: row.Past, Most: int32(most)})
		if err != nil {
			return err
		}
		if err := s.compare(ctx, q, found, before, after, row.At, &sim.Result); err != nil {
			return err
		}
		more = len(found) == most
		p := db.CountSimulationParams{ID: key, Done: row.Done + int32(len(found)), Past: row.Past, Status: "running"}
		if len(found) > 0 {
			p.Past = &found[len(found)-1].ID
		}
		if !more {
			now := s.now()
			p.Status, p.EndedAt = "done", &now
			sim.Result.Sort()
		}
		if p.Result, err = json.Marshal(sim.Result); err != nil {
			return err
		}
		return q.CountSimulation(ctx, p)
	})
	return more, err
}

// compare counts the deadlines of some cases into a comparison. A case from which
// somebody who reads simulations is kept is left out: nobody learns of a case by a
// count (DOMAIN 8a.1).
func (s *Store) compare(ctx context.Context, q *db.Queries, found []db.SimulatedCasesRow, before, after cases.Rules, now time.Time, into *cases.Comparison) error {
	states := map[uuid.UUID]cases.State{}
	var ids []uuid.UUID
	for _, c := range found {
		st, err := readState(c.State)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(st.Recused, func(p cases.Post) bool { return p.Role().Can(cases.DraftRules) }) {
			continue
		}
		states[c.ID] = st
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	events, err := q.SimulatedEvents(ctx, ids)
	if err != nil {
		return err
	}
	type once struct {
		id         uuid.UUID
		key        string
		occurrence int
	}
	of := map[once][]cases.Event{}
	for _, r := range events {
		var e cases.Event
		if err := json.Unmarshal(r.Body, &e); err != nil {
			return broken("event", err)
		}
		k := once{r.CaseID, e.Key, e.Occurrence}
		of[k] = append(of[k], e)
	}
	owed, err := q.SimulatedObligations(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range owed {
		var o cases.Obligation
		if err := json.Unmarshal(r.Body, &o); err != nil {
			return broken("obligation", err)
		}
		until := now
		if r.EndedAt != nil {
			until = *r.EndedAt
		}
		into.Add(cases.Past{Case: states[r.CaseID], Obligation: o, Events: of[once{r.CaseID, r.Key, int(r.Occurrence)}], Until: until.UTC()}, before, after)
	}
	return nil
}

func readSimulation(r db.RuleSimulation) (records.RuleSimulation, error) {
	out := records.RuleSimulation{
		ID: r.ID.String(), Draft: r.Draft.String(), Revision: int(r.Revision), From: r.FromAt.UTC(), To: r.UntilAt.UTC(), Status: r.Status,
		Total: int(r.Total), Done: int(r.Done), By: cases.Actor{Person: r.ByPerson, Post: cases.Post(r.ByPost)}, At: r.At.UTC(), EndedAt: orZero(r.EndedAt),
	}
	if err := json.Unmarshal(r.Result, &out.Result); err != nil {
		return out, broken("simulation", err)
	}
	return out, nil
}

// RuleSimulation implements records.Rulebook. The examples' cases have their numbers
// where the asker sees them; the others are left out.
func (s *Store) RuleSimulation(ctx context.Context, a records.Access, id string) (out records.RuleSimulation, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return out, cases.Refuse(cases.CodeNotFound)
	}
	err = s.as(ctx, a, func(q *db.Queries) error {
		row, err := q.Simulation(ctx, key)
		if err != nil {
			return err
		}
		if out, err = readSimulation(row); err != nil {
			return err
		}
		var of []uuid.UUID
		for _, e := range out.Result.Examples {
			if id, err := uuid.Parse(e.Case); err == nil {
				of = append(of, id)
			}
		}
		numbers, err := q.VisibleNumbers(ctx, of)
		if err != nil {
			return err
		}
		out.Numbers = map[string]string{}
		for _, n := range numbers {
			out.Numbers[n.ID.String()] = n.Number
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Result.Examples = slices.DeleteFunc(out.Result.Examples, func(e cases.Example) bool { return out.Numbers[e.Case] == "" })
	if len(out.Numbers) > 0 { // which cases the examples are
		err = s.Look(ctx, a, records.Look{Action: "list:simulation", Object: id})
	}
	return out, err
}

// CancelSimulation implements records.Rulebook.
func (s *Store) CancelSimulation(ctx context.Context, a records.Access, id string) error {
	if _, err := able(a, cases.DraftRules); err != nil {
		return err
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	_, err = db.New(s.pool).CancelSimulation(ctx, s.now(), key)
	return fault(err)
}

// Unpublished gives how many open deadlines stand on a calendar that is not published,
// and how many of these another calendar would move. It looks at most at so many.
func (s *Store) Unpublished(ctx context.Context, joined cases.Calendar, most int) (stand, moves int, err error) {
	q := db.New(s.pool)
	rows, err := q.ProvisionalOwed(ctx, int32(most))
	if err != nil {
		return 0, 0, fault(err)
	}
	for _, r := range rows {
		var o cases.Obligation
		if err := json.Unmarshal(r.Body, &o); err != nil {
			return 0, 0, broken("obligation", err)
		}
		rules, err := s.rulesOf(ctx, q, r.Rules)
		if err != nil {
			return 0, 0, fault(err)
		}
		d, ok := rules.Deadline(o.Rule, o.Colour)
		if !ok || o.Fixed {
			continue
		}
		span, ok := d.SpanOf(max(o.Leg, 1))
		if !ok {
			continue
		}
		due, provisional := joined.DueAt(o.Start, span, d.Roll)
		if provisional {
			stand++
		}
		if !due.Add(o.Stood).Equal(o.Due) {
			moves++
		}
	}
	return stand, moves, nil
}
