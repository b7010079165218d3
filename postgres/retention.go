package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault/identifier"
)

// putRetention counts anew when a case is to be appraised as it is filed away, and
// no longer as it is taken out.
func (c change) putRetention(ctx context.Context) error {
	st := c.t.State
	filed, taken := false, false
	for _, e := range c.t.Events {
		if e.Type == cases.EventStep && e.From != e.To {
			filed = filed || e.To == cases.Closed
			taken = taken || e.From == cases.Closed
		}
	}
	if filed && st.Stage == cases.Closed && !st.Erased() && st.Outcome != cases.OutcomeMerged {
		rules, err := c.store.rulesOf(ctx, c.q, st.Rules)
		if err != nil {
			return err
		}
		return c.store.countRetention(ctx, c.tx, c.id, st, rules)
	}
	if filed || taken {
		return c.later.DropRetention(ctx, []uuid.UUID{c.id})
	}
	return nil
}

// countRetention counts when a closed case is to be appraised, by its own rules or,
// where they are older than the schedule, by the present ones. Only this looks at
// the child's age, and only the year comes out of it.
func (s *Store) countRetention(ctx context.Context, tx pgx.Tx, id uuid.UUID, st cases.State, rules cases.Rules) error {
	q := db.New(tx)
	if len(rules.Retention) == 0 {
		body, err := q.CurrentRules(ctx)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if err == nil {
			if rules, err = readRules(body); err != nil {
				return err
			}
		}
	}
	rule, at, err := appraisal(st, rules, func() (time.Time, error) { return s.bornBy(ctx, q, id, st) })
	if err != nil {
		return err
	}
	return later(tx).SetRetention(ctx, id, rule, at)
}

// appraisal gives the row of the schedule for a closed case, "" if none names it, and
// when the case is to be appraised by it, nil for never.
func appraisal(st cases.State, rules cases.Rules, born func() (time.Time, error)) (rule string, at *time.Time, err error) {
	row, ok := rules.RetentionFor(st.Kind, st.Outcome)
	if !ok {
		return "", nil, nil
	}
	if !st.Kept.At.IsZero() {
		again := st.Kept.AppraiseAgain()
		return row.ID, &again, nil
	}
	filed := st.FiledAt
	if filed.IsZero() { // filed away before there was a schedule
		filed = st.Since
	}
	birth := filed
	if row.UntilAge > 0 && !row.Permanent {
		if birth, err = born(); err != nil {
			return "", nil, err
		}
	}
	if due, ok := row.AppraiseAt(filed, birth); ok {
		at = &due
	}
	return row.ID, at, nil
}

// bornBy gives the latest day on which a child of the case can have been born: by the
// number, or by the age that was told, or else the day of the filing. Of several
// filings the latest counts.
func (s *Store) bornBy(ctx context.Context, q *db.Queries, id uuid.UUID, st cases.State) (time.Time, error) {
	parts, err := q.PartsOf(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if from, err := caseID(openedBy(st)); err == nil { // the child of both is the same
		parts = append(parts, from)
	}
	keys := keyring{store: s, q: q}
	var latest time.Time
	for _, part := range parts {
		row, err := q.GetFiling(ctx, part)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return latest, err
		}
		child, err := openPart[records.Child](ctx, &keys, part, childPart, "child", row.Child)
		if err != nil {
			return latest, err
		}
		if born := bornOf(child, row.FiledAt); born.After(latest) {
			latest = born
		}
	}
	if latest.IsZero() {
		latest = st.Opened
	}
	return latest, nil
}

func bornOf(c *records.Child, filed time.Time) time.Time {
	if c == nil {
		return filed
	}
	if n, err := identifier.ParseID(c.IDNumber); err == nil && n.Birth().Before(filed) {
		return n.Birth()
	}
	if c.Age != nil {
		return filed.AddDate(-*c.Age, 0, 0)
	}
	return filed
}

// RetentionOver gives the closed cases whose retention is over and that have not been
// told, the longest first. Sequence is of the case as it stands.
func (s *Store) RetentionOver(ctx context.Context, now time.Time, limit int) ([]records.CaseRow, error) {
	rows, err := db.New(s.pool).RetentionOver(ctx, now, int32(limit))
	out := make([]records.CaseRow, len(rows))
	for i, r := range rows {
		out[i] = records.CaseRow{ID: r.ID.String(), Kind: cases.Kind(r.Kind), Sequence: r.Seq}
	}
	return out, fault(err)
}

// CountRetention counts the time of closed cases that were filed away before there
// was a schedule; it tells of how many.
func (s *Store) CountRetention(ctx context.Context, limit int) (int, error) {
	ids, err := db.New(s.pool).WithoutRetention(ctx, int32(limit))
	if err != nil {
		return 0, fault(err)
	}
	for _, id := range ids {
		err := s.within(ctx, func(tx pgx.Tx) error {
			q := db.New(tx)
			stored, err := q.HoldClosed(ctx, id)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil // worked on meanwhile
			}
			if err != nil {
				return err
			}
			st, err := readState(stored.State)
			if err != nil {
				return err
			}
			rules, err := s.rulesOf(ctx, q, stored.Rules)
			if err != nil {
				return err
			}
			return s.countRetention(ctx, tx, id, st, rules)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// readRetention reads how long a closed case is kept, and when it was destroyed.
func readRetention(ctx context.Context, q *db.Queries, id uuid.UUID, v *records.CaseView) error {
	r, err := q.Retention(ctx, id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	v.Retention = records.Retention{Rule: r.Rule, AppraiseAt: orZero(r.AppraiseAt)}
	e, err := q.Erasure(ctx, id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if err == nil {
		v.ErasedAt = e.At.UTC()
	}
	return nil
}
