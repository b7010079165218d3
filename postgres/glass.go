package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ records.Glasses = (*Store)(nil)

// BreakGlass opens compartments of a case to the asker for a short time. The
// reading, the fact by which the case owes its review, the audit row and the notice
// to who reviews it are one transaction: nobody reads unseen, and who is to know
// knows at once, whatever the engine is doing.
func (s *Store) BreakGlass(ctx context.Context, once records.Once, a records.Access, b records.BreakGlass) (records.Glass, error) {
	key, err := caseID(b.Case)
	if err != nil {
		return records.Glass{}, err
	}
	if err := s.sees(ctx, a, key); err != nil {
		return records.Glass{}, err
	}
	var out records.Glass
	err = s.within(ctx, func(tx pgx.Tx) error {
		stored, err := s.once(ctx, tx, once, func() (string, error) { return b.ID, s.breakGlass(ctx, tx, a, key, b) })
		if err != nil {
			return err
		}
		id, err := uuid.Parse(stored)
		if err != nil {
			return broken("glass", err)
		}
		row, err := db.New(tx).GetGlass(ctx, id)
		out = glassOf(db.GlassesRow{
			ID: row.ID, CaseID: row.CaseID, Person: row.Person, Post: row.Post, Compartments: row.Compartments, Grounds: row.Grounds,
			Began: row.Began, Until: row.Until, Approver: row.Approver, ApproverPost: row.ApproverPost, Reviewer: row.Reviewer,
			ReviewDue: row.ReviewDue, ReviewedAt: row.ReviewedAt, ReviewedBy: row.ReviewedBy, Verdict: row.Verdict,
		})
		return err
	})
	return out, err
}

func (s *Store) breakGlass(ctx context.Context, tx pgx.Tx, a records.Access, of uuid.UUID, b records.BreakGlass) error {
	q := db.New(tx)
	id, err := uuid.Parse(b.ID)
	if err != nil {
		return broken("glass", err)
	}
	to, compartment, err := s.target(ctx, q, of) // keeps it from changing
	if err != nil {
		return err
	}
	st, rules, err := s.stateOf(ctx, q, of)
	if err != nil {
		return err
	}
	if err := s.mayBreak(a, st, b); err != nil {
		return err
	}
	review := st
	if to.id != of { // it is part of another case now, which owes the review
		if review, rules, err = s.stateOf(ctx, q, to.id); err != nil {
			return err
		}
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	until, due := rules.GlassTimes(st.Colour, now)
	reader := cases.Actor{Person: a.Person, Post: b.Post}
	reviewer := review.Reviewer(b.Post)
	parts := strings.Join(texts(b.Compartments), ",")
	f := cases.Fact{
		ID: b.ID, Kind: cases.FactGlass, Occurred: now, Received: now, By: reader,
		Fields: cases.Fields{"compartments": parts, "grounds": b.Grounds, "until": until.Format(time.RFC3339), "told": string(reviewer)},
	}
	if _, err := s.putFact(ctx, tx, to, f); err != nil {
		return err
	}
	words := map[string]string{"reason": b.Reason}
	if err := s.sealWords(ctx, tx, &keyring{store: s, q: q}, to.id, b.ID, words, everyField(defaultPart(compartment))); err != nil {
		return err
	}
	n, err := q.InsertGlass(ctx, db.InsertGlassParams{
		ID: id, CaseID: of, Person: a.Person, Post: string(b.Post), Compartments: texts(b.Compartments), Grounds: b.Grounds,
		Began: now, Until: until, Reviewer: string(reviewer), ReviewDue: &due,
	})
	if err != nil {
		return err
	}
	// Its own seq is still to come: the notice stands before all that the case tells.
	intents, err := q.InsertIntents(ctx, db.InsertIntentsParams{
		CaseID: to.id, Seq: -n, Posts: []string{string(reviewer)}, Type: string(cases.EventOwed), Key: cases.GlassReviewKey(b.ID),
		Occurrence: 1, Epoch: 1, Rung: -1, Urgent: true, Due: &due, At: now,
	})
	if err != nil {
		return err
	}
	if err := s.jobs.Notify(ctx, tx, intents...); err != nil {
		return err
	}
	row := audit.Row{Chain: caseChain(of.String()), At: now, Actor: a.Person, Action: "glass", Object: b.ID, Detail: []string{
		"post:" + string(b.Post), "grounds:" + b.Grounds, "until:" + until.Format(time.RFC3339), "reviewer:" + string(reviewer),
	}}
	for _, c := range b.Compartments {
		row.Detail = append(row.Detail, "part:"+string(c))
	}
	return s.writeAudit(ctx, tx, row)
}

// stateOf reads a case's state and the rules that it runs by.
func (s *Store) stateOf(ctx context.Context, q *db.Queries, id uuid.UUID) (cases.State, cases.Rules, error) {
	stored, err := q.CaseState(ctx, id)
	if err != nil {
		return cases.State{}, cases.Rules{}, err
	}
	st, err := readState(stored.State)
	if err != nil {
		return st, cases.Rules{}, err
	}
	rules, err := s.rulesOf(ctx, q, stored.Rules)
	return st, rules, err
}

// mayBreak refuses who may not read in an emergency, and what there is nothing to
// open of.
func (s *Store) mayBreak(a records.Access, st cases.State, b records.BreakGlass) error {
	if !a.Holds(b.Post) {
		return cases.Refuse(cases.CodeRole)
	}
	atOnce, asking := st.MayBreakGlass(b.Post)
	switch {
	case !atOnce && asking:
		refusal := cases.Refuse(cases.CodeSecond)
		refusal.Allowed = []cases.StepName{"break_glass"}
		return refusal
	case !atOnce:
		return cases.Refuse(records.CodeForbidden)
	case st.Erased():
		return cases.Refuse(cases.CodeErased)
	}
	var faults []cases.FieldError
	for _, c := range b.Compartments {
		if !slices.Contains(cases.GlassCompartments, c) {
			faults = append(faults, cases.FieldError{Field: "compartments", Reason: "enum", Want: strings.Join(texts(cases.GlassCompartments), ",")})
		}
	}
	if len(b.Compartments) == 0 {
		faults = append(faults, cases.FieldError{Field: "compartments", Reason: "required"})
	}
	if !slices.Contains(cases.GlassReasons, b.Grounds) {
		faults = append(faults, cases.FieldError{Field: "grounds", Reason: "enum", Want: strings.Join(cases.GlassReasons, ",")})
	}
	if strings.TrimSpace(b.Reason) == "" {
		faults = append(faults, cases.FieldError{Field: "reason", Reason: "required"})
	}
	if len(faults) > 0 {
		return cases.Refuse(cases.CodeField, faults...)
	}
	return nil
}

// withGlass gives the asker with the emergency readings that are in force for them in
// a case.
func (s *Store) withGlass(ctx context.Context, a records.Access, id uuid.UUID) (records.Access, error) {
	err := s.ask(ctx, a, func(q *db.Queries) (err error) {
		a, err = s.glassOn(ctx, q, a, id)
		return err
	})
	return a, err
}

// glassOn is withGlass in a transaction of the asker's.
func (s *Store) glassOn(ctx context.Context, q *db.Queries, a records.Access, id uuid.UUID) (records.Access, error) {
	a.Glass = nil
	if a.Person == "" {
		return a, nil
	}
	rows, err := q.Openings(ctx, id, s.now())
	for _, r := range rows {
		a.Glass = append(a.Glass, records.Opening{ID: r.ID.String(), Compartments: compartments(r.Compartments), Until: r.Until.UTC()})
	}
	return a, err
}

func compartments(names []string) []cases.Compartment {
	out := make([]cases.Compartment, len(names))
	for i, n := range names {
		out[i] = cases.Compartment(n)
	}
	return out
}

// putGlass keeps what a change says of emergency readings: those that a second person
// agreed to, who owes the review of the others, and how one was judged.
func (c change) putGlass(ctx context.Context) error {
	for i, e := range c.t.Events {
		switch {
		case e.Type == cases.EventGlass:
			if err := c.agreed(ctx, e, c.t.Events[:i]); err != nil {
				return err
			}
		case e.Type == cases.EventStep && e.Step == "review_glass":
			id, err := uuid.Parse(e.Fields["glass"])
			if err != nil {
				return broken("glass", err)
			}
			err = c.later.GlassReviewed(ctx, db.GlassReviewedParams{
				At: e.At, ByPerson: e.Actor.Person, ByPost: string(e.Actor.Post), Verdict: e.Fields["verdict"], ID: id,
			})
			if err != nil {
				return err
			}
		}
	}
	for _, g := range c.t.State.Glasses {
		id, err := uuid.Parse(g.ID)
		o, ok := c.t.State.Obligation(cases.GlassReviewKey(g.ID))
		if err != nil || !ok {
			continue // no reading of ours
		}
		due := o.Due
		if err := c.later.GlassReview(ctx, string(o.Owner), &due, id); err != nil {
			return err
		}
	}
	return nil
}

// agreed keeps a reading that a second person agreed to by the step before.
func (c change) agreed(ctx context.Context, e cases.Event, before []cases.Event) error {
	id, err := uuid.Parse(e.Command)
	if err != nil {
		return broken("glass", err)
	}
	p := db.InsertGlassParams{
		ID: id, CaseID: c.id, Person: e.Actor.Person, Post: string(e.Actor.Post), Compartments: e.Fields.List("compartments"),
		Grounds: e.Fields["grounds"], Began: e.At, Until: e.Due,
	}
	for _, step := range before {
		if step.Type == cases.EventStep && step.Command == e.Command {
			p.Approver, p.ApproverPost = step.Approver.Person, string(step.Approver.Post)
		}
	}
	_, err = c.q.InsertGlass(ctx, p)
	return err
}

// notTheReader leaves out whoever a review is about: in whatever post they are told of
// it, it is not they who review it.
func notTheReader(ctx context.Context, q *db.Queries, key string, people []uuid.UUID) ([]uuid.UUID, error) {
	name, ok := strings.CutPrefix(key, cases.GlassReviewKey(""))
	if !ok {
		return people, nil
	}
	id, err := uuid.Parse(name)
	if err != nil {
		return people, nil //nolint:nilerr // no reading of ours
	}
	reader, err := q.GlassReader(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return people, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(people), func(p uuid.UUID) bool { return p.String() == reader }), nil
}

// ListGlasses gives the emergency readings that the asker may look through, the newest
// first: of the cases that they see, and to the security and the audit administrator
// all. The words of the reason are for who judges it.
func (s *Store) ListGlasses(ctx context.Context, a records.Access, f records.GlassFilter, after records.Cursor, limit int) ([]records.Glass, records.Cursor, error) {
	before, id, err := readTimeCursor(after, afterAll)
	if err != nil {
		return nil, "", err
	}
	n := pageSize(limit)
	p := db.GlassesParams{Before: before, BeforeID: id, Open: f.Open, N: n + 1}
	if f.Case != "" {
		of, err := caseID(f.Case)
		if err != nil {
			return nil, "", err
		}
		p.CaseID = &of
	}
	out := []records.Glass{}
	var next records.Cursor
	filter := filterOf("case", f.Case, "open", strconv.FormatBool(f.Open), "cursor", string(after))
	err = s.listing(ctx, a, "list:glass", filter, func(q *db.Queries) (int, error) {
		rows, err := q.Glasses(ctx, p)
		if err != nil {
			return 0, err
		}
		if next = ""; len(rows) > int(n) {
			rows = rows[:n]
			next = timeCursor(rows[n-1].Began, rows[n-1].ID)
		}
		out = out[:0]
		var items []string
		judged := map[string]bool{}
		for _, r := range rows {
			g := glassOf(r)
			out = append(out, g)
			if g.Reader.Person == a.Person || a.Holds(g.Reviewer.Post) || a.Holds(g.Approver.Post) {
				items, judged[g.ID] = append(items, g.ID), true
			}
		}
		words, err := s.openWords(ctx, q, items, func(item string, _ vault.Compartment) bool { return judged[item] })
		for i := range out {
			out[i].Reason = words[out[i].ID]["reason"]
		}
		return len(out), err
	})
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

func glassOf(r db.GlassesRow) records.Glass {
	return records.Glass{
		ID: r.ID.String(), Case: r.CaseID.String(), Number: r.Number, Reader: cases.Actor{Person: r.Person, Post: cases.Post(r.Post)},
		Compartments: compartments(r.Compartments), Grounds: r.Grounds, Began: r.Began.UTC(), Until: r.Until.UTC(),
		Approver: cases.Actor{Person: r.Approver, Post: cases.Post(r.ApproverPost)},
		Reviewer: cases.Actor{Person: r.ReviewedBy, Post: cases.Post(r.Reviewer)}, ReviewDue: orZero(r.ReviewDue), ReviewedAt: orZero(r.ReviewedAt),
		Verdict: r.Verdict,
	}
}
