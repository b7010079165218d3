package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ cases.Ledger = (*Store)(nil)

// Load gives a case as it is stored, with the rules it runs by.
func (s *Store) Load(ctx context.Context, id string) (cases.State, cases.Rules, error) {
	key, err := caseID(id)
	if err != nil {
		return cases.State{}, cases.Rules{}, err
	}
	q := db.New(s.pool)
	stored, err := q.CaseState(ctx, key)
	if err != nil {
		return cases.State{}, cases.Rules{}, fault(err)
	}
	st, err := readState(stored.State)
	if err != nil {
		return cases.State{}, cases.Rules{}, err
	}
	r, err := s.rulesOf(ctx, q, stored.Rules)
	return st, r, fault(err)
}

// caseID reads a case's id; what is none belongs to no case.
func caseID(id string) (uuid.UUID, error) {
	key, err := uuid.Parse(id)
	if err != nil || key.String() != id { // written otherwise it would name another chain of the audit log
		return uuid.Nil, cases.Refuse(cases.CodeNotFound)
	}
	return key, nil
}

func readState(body []byte) (cases.State, error) {
	var st cases.State
	if err := json.Unmarshal(body, &st); err != nil {
		return st, broken("state", err)
	}
	return cases.Upgrade(st)
}

// Unapplied gives the facts of a case that no change has taken in yet.
func (s *Store) Unapplied(ctx context.Context, id string, limit int) ([]cases.Fact, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, err
	}
	bodies, err := db.New(s.pool).Unapplied(ctx, key, int32(limit))
	if err != nil {
		return nil, fault(err)
	}
	return readFacts(bodies)
}

func readFacts(bodies []json.RawMessage) ([]cases.Fact, error) {
	out := make([]cases.Fact, len(bodies))
	for i, body := range bodies {
		if err := json.Unmarshal(body, &out[i]); err != nil {
			return nil, broken("fact", err)
		}
	}
	return out, nil
}

// Record writes a change whole or not at all: see cases.Ledger.
func (s *Store) Record(ctx context.Context, t cases.Transition) (cases.Recorded, error) {
	if !t.Changed() { // nothing to write: the answer is what is stored
		st, _, err := s.Load(ctx, t.State.ID)
		return cases.Recorded{State: &st}, err
	}
	var out cases.Recorded
	var destroyed []vault.WrappedKey
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		out, destroyed, err = s.record(ctx, tx, t)
		return err
	})
	var other *otherCase
	if errors.As(err, &other) && t.Result != nil {
		return cases.Recorded{Refused: other.refusal}, nil
	}
	if err == nil {
		s.forget(destroyed)
	}
	return out, err
}

// otherCase is why a change cannot be written: a case that it is to be sent to.
type otherCase struct{ refusal *cases.Error }

func (o *otherCase) Error() string { return o.refusal.Error() }
func (o *otherCase) Unwrap() error { return o.refusal }

// record is Record in a transaction. It gives the data keys that the change destroys.
func (s *Store) record(ctx context.Context, tx pgx.Tx, t cases.Transition) (cases.Recorded, []vault.WrappedKey, error) {
	c, err := s.change(tx, t)
	if err != nil {
		return cases.Recorded{}, nil, err
	}
	held, err := c.lock(ctx)
	if err != nil {
		return cases.Recorded{}, nil, err
	}
	self, ok := held.of(c.id)
	if !ok {
		return cases.Recorded{}, nil, broken("record", fmt.Errorf("case %s is not stored", c.id))
	}
	done, err := outcomeOf(self.Result)
	if err != nil {
		return cases.Recorded{}, nil, err
	}
	c.audited = audit.Row{Chain: caseChain(t.State.ID), Seq: self.AuditSeq, Hash: self.AuditHash}
	switch {
	case done != nil || self.Seq > t.Base:
		stored, err := c.q.CaseState(ctx, c.id)
		if err != nil {
			return cases.Recorded{}, nil, err
		}
		st, err := readState(stored.State)
		return cases.Recorded{State: &st, Result: done}, nil, err
	case self.Seq < t.Base:
		return cases.Recorded{}, nil, broken("record", fmt.Errorf("case %s is at %d, behind the change's base %d", c.id, self.Seq, t.Base))
	}
	if err := c.update(ctx); err != nil {
		return cases.Recorded{}, nil, err
	}
	for _, after := range []func(context.Context, lockedCases) error{c.apply, c.send, c.openOthers, c.leaveFacts} {
		if err := after(ctx, held); err != nil {
			return cases.Recorded{}, nil, err
		}
	}
	return cases.Recorded{Written: true, Result: t.Result}, *c.destroyed, nil
}

// outcomeOf reads the stored outcome of a command, nil if it is not recorded.
func outcomeOf(stored json.RawMessage) (*cases.Result, error) {
	if stored == nil {
		return nil, nil
	}
	var res cases.Result
	if err := json.Unmarshal(stored, &res); err != nil {
		return nil, broken("result", err)
	}
	return &res, nil
}

// lockedCases are the cases that a change writes to, kept from changing.
type lockedCases struct {
	rows []db.HeldCasesRow
	// to gives, for each case that is sent a fact, the case it is now part of.
	to map[string]uuid.UUID
}

func (l lockedCases) of(id uuid.UUID) (db.HeldCasesRow, bool) {
	i := slices.IndexFunc(l.rows, func(r db.HeldCasesRow) bool { return r.ID == id })
	if i < 0 {
		return db.HeldCasesRow{}, false
	}
	return l.rows[i], true
}

// lock keeps the change's case and those that it sends facts to from changing. A
// case that was merged stands for the one it became part of.
func (c change) lock(ctx context.Context) (lockedCases, error) {
	held := lockedCases{to: map[string]uuid.UUID{}}
	ids := []uuid.UUID{c.id}
	for _, out := range c.t.Send {
		to, err := c.present(ctx, out.Case)
		if err != nil {
			return held, err
		}
		held.to[out.Case] = to
		if !slices.Contains(ids, to) {
			ids = append(ids, to)
		}
	}
	chain := caseChain(c.t.State.ID)
	if err := c.later.HoldCases(ctx, ids); err != nil {
		return held, err
	}
	if err := c.later.LockChain(ctx, chain); err != nil {
		return held, err
	}
	command := ""
	if c.t.Result != nil {
		command = c.t.Result.Command
	}
	var err error
	held.rows, err = c.q.HeldCases(ctx, db.HeldCasesParams{Command: command, CaseID: c.id, Chain: chain, Ids: ids})
	return held, err
}

// present gives the case that a case is now part of: itself, unless it was merged.
func (c change) present(ctx context.Context, id string) (uuid.UUID, error) {
	key, err := caseID(id)
	if err == nil {
		key, err = c.q.MergedInto(ctx, key)
	}
	var refusal *cases.Error
	if errors.Is(err, pgx.ErrNoRows) || errors.As(err, &refusal) {
		return key, &otherCase{cases.Refuse(cases.CodeField, cases.FieldError{Field: "case", Reason: "not_found"})}
	}
	return key, err
}

// apply marks the facts that the change took in.
func (c change) apply(ctx context.Context, _ lockedCases) error {
	if len(c.t.Facts) == 0 {
		return nil
	}
	n, err := c.q.ApplyFacts(ctx, &c.t.State.Seq, c.id, c.t.Facts)
	if err != nil {
		return err
	}
	if int(n) != len(c.t.Facts) {
		return broken("facts", fmt.Errorf("%d of %d were waiting", n, len(c.t.Facts)))
	}
	return nil
}

// send commits the facts for other cases.
func (c change) send(ctx context.Context, held lockedCases) error {
	for _, out := range c.t.Send {
		row, ok := held.of(held.to[out.Case])
		if !ok {
			return broken("send", fmt.Errorf("case %s is gone", out.Case))
		}
		if row.ID == c.id {
			return &otherCase{cases.Refuse(cases.CodeSelf).With("case", out.Case)} // merged into what is part of itself
		}
		if row.MergedInto != nil {
			return broken("send", fmt.Errorf("case %s was merged meanwhile", out.Case))
		}
		switch out.Fact.Kind {
		case cases.FactMergedFrom, cases.FactSecondReport: // what would go on there would be lost
			switch erased, err := c.q.IsErased(ctx, row.ID); {
			case err != nil:
				return err
			case erased:
				return &otherCase{cases.Refuse(cases.CodeErased)}
			}
		}
		if _, err := c.store.putFact(ctx, c.tx, target{row.ID, cases.Kind(row.Kind), cases.Stage(row.Stage)}, out.Fact); err != nil {
			return err
		}
	}
	return nil
}

// openOthers opens the cases that start with the change.
func (c change) openOthers(ctx context.Context, _ lockedCases) error {
	for _, t := range c.t.Opens {
		other, err := c.store.change(c.tx, t)
		if err != nil {
			return err
		}
		if _, err := other.open(ctx); err != nil {
			return err
		}
		if openedBy(t.State) == c.t.State.ID { // it is about the same child
			if err := c.later.ShareTokens(ctx, other.id, c.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaveFacts sees that nobody's word is left lying with a case that closes: a
// merged case hands what waits on, a closed one is nudged to take it in.
func (c change) leaveFacts(ctx context.Context, held lockedCases) error {
	st := c.t.State
	if st.Stage != cases.Closed {
		return nil
	}
	if into, ok := held.of(held.to[mergedInto(st)]); ok {
		if err := c.later.ShareTokens(ctx, into.ID, c.id); err != nil {
			return err
		}
	}
	bodies, err := c.q.Unapplied(ctx, c.id, 1000)
	if err != nil || len(bodies) == 0 {
		return err
	}
	if st.Erased() && c.t.Result != nil && c.t.Result.Step != againStep {
		return &otherCase{cases.Refuse(cases.CodeStale)} // a word has come: whoever decided looks at it first
	}
	if into := mergedInto(st); into != "" {
		row, ok := held.of(held.to[into])
		if !ok {
			return broken("merge", fmt.Errorf("case %s is not told", into))
		}
		if _, err := c.q.ForwardFacts(ctx, row.ID, c.id); err != nil {
			return err
		}
		return c.store.jobs.Nudge(ctx, c.tx, cases.Kind(row.Kind), row.ID.String())
	}
	return c.store.jobs.Nudge(ctx, c.tx, st.Kind, c.id.String())
}
