package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Worklist = (*Store)(nil)

// Obligations gives a worklist by due time: what the asker's posts owe and what a rung
// told them of, or, with Whose "area", all that is owed in the cases the asker may see.
func (s *Store) Obligations(ctx context.Context, a records.Access, f records.ObligationFilter, after records.Cursor, limit int) ([]records.ObligationRow, records.Cursor, error) {
	if err := postFilter("owner", f.Owner); err != nil {
		return nil, "", err
	}
	if f.Supervised() {
		return s.supervised(ctx, a, f, after, limit)
	}
	due, id, err := readTimeCursor(after, beforeAll)
	if err != nil {
		return nil, "", err
	}
	n, now := pageSize(limit), s.now()
	p, err := owedLike(a, f, now)
	if err != nil {
		return nil, "", err
	}
	p.After, p.AfterID, p.N = due, id, n+1
	var out []records.ObligationRow
	var next records.Cursor
	filter := filterOf("whose", f.Whose, "key", f.Key, "case", f.Case, "kind", string(f.Kind), "risk", string(f.Colour), "owner", string(f.Owner), "town", string(f.Town), "overdue", strconv.FormatBool(f.Overdue), "cursor", string(after))
	err = s.listing(ctx, a, "list:obligations", filter, func(q *db.Queries) (int, error) {
		rows, err := worklist(ctx, q, a, f, p)
		if err != nil {
			return 0, err
		}
		next = ""
		if len(rows) > int(n) {
			rows = rows[:n]
			next = timeCursor(rows[n-1].Due, rows[n-1].ID)
		}
		out, err = s.obligationRows(ctx, q, a, rows, now)
		return len(out), err
	})
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

// owedLike gives what a filter asks for at a time.
func owedLike(a records.Access, f records.ObligationFilter, now time.Time) (p db.MyObligationsParams, err error) {
	p = db.MyObligationsParams{
		Posts: texts(a.Posts), Key: f.Key, Overdue: f.Overdue, At: now, Kind: string(f.Kind), Colour: string(f.Colour), Owner: string(f.Owner), Before: orNil(f.Before),
	}
	if f.Whose != "area" && f.Owner != "" {
		p.Posts = []string{}
		if a.Holds(f.Owner) {
			p.Posts = []string{string(f.Owner)}
		}
	}
	if f.Town != "" {
		if p.Lo, p.Hi, err = codesWithin(f.Town); err != nil {
			return p, err
		}
	}
	if f.Case != "" {
		key, err := caseID(f.Case)
		if err != nil {
			return p, err
		}
		p.CaseID = &key
	}
	return p, nil
}

// worklist goes the shorter way.
func worklist(ctx context.Context, q *db.Queries, a records.Access, f records.ObligationFilter, p db.MyObligationsParams) ([]db.MyObligationsRow, error) {
	if f.Whose != "area" || shownTo(a) == shownOwn {
		return q.MyObligations(ctx, p)
	}
	if near, ok := nearOf(a, f.Town); ok {
		rows, err := q.NearObligations(ctx, db.NearObligationsParams{
			Towns: near.towns, Los: near.lo, His: near.hi, Posts: near.posts, After: p.After, AfterID: p.AfterID, Key: p.Key, CaseID: p.CaseID, Overdue: p.Overdue,
			At: p.At, N: p.N, Kind: p.Kind, Colour: p.Colour, Owner: p.Owner, Lo: p.Lo, Hi: p.Hi, Before: p.Before,
		})
		out := make([]db.MyObligationsRow, len(rows))
		for i, r := range rows {
			out[i] = db.MyObligationsRow(r)
		}
		return out, err
	}
	rows, err := q.AreaObligations(ctx, db.AreaObligationsParams{
		After: p.After, AfterID: p.AfterID, Key: p.Key, CaseID: p.CaseID, Overdue: p.Overdue, At: p.At, N: p.N,
		Kind: p.Kind, Colour: p.Colour, Owner: p.Owner, Lo: p.Lo, Hi: p.Hi, Before: p.Before,
	})
	out := make([]db.MyObligationsRow, len(rows))
	for i, r := range rows {
		out[i] = db.MyObligationsRow(r)
	}
	return out, err
}

// Obligation finds one by its opaque id; CodeNotFound if it is done or not for the
// asker to see.
func (s *Store) Obligation(ctx context.Context, a records.Access, id string) (records.ObligationRow, error) {
	key, err := caseID(id)
	if err != nil {
		return records.ObligationRow{}, err
	}
	var out records.ObligationRow
	err = s.as(ctx, a, func(q *db.Queries) error {
		r, err := q.VisibleObligation(ctx, key)
		if err != nil {
			return err
		}
		rows, err := s.obligationRows(ctx, q, a, []db.MyObligationsRow{db.MyObligationsRow(r)}, s.now())
		if err == nil {
			out = rows[0]
		}
		return err
	})
	return out, err
}

// Climb implements records.Worklist.
func (s *Store) Climb(ctx context.Context, a records.Access, id string) (records.Climb, error) {
	key, err := caseID(id)
	if err != nil {
		return records.Climb{}, err
	}
	var out records.Climb
	err = s.as(ctx, a, func(q *db.Queries) error {
		r, err := q.AnyObligation(ctx, key)
		if err != nil {
			return err
		}
		rows, err := s.obligationRows(ctx, q, a, []db.MyObligationsRow{{
			ID: r.ID, CaseID: r.CaseID, Due: r.Due, PausedSince: r.PausedSince, Body: r.Body, Number: r.Number, Kind: r.Kind, Colour: r.Colour,
			Stage: r.Stage, Org: r.Org, Rules: r.Rules,
		}}, s.now())
		if err != nil {
			return err
		}
		out = records.Climb{Row: rows[0], Ended: orZero(r.EndedAt)}
		events, err := q.Climb(ctx, r.CaseID, out.Row.Obligation.Key, int32(out.Row.Obligation.Occurrence))
		if err != nil {
			return err
		}
		for _, e := range events {
			row := records.EventRow{Seq: e.Seq, Index: int(e.Idx)}
			if err := json.Unmarshal(e.Body, &row.Event); err != nil {
				return broken("event", err)
			}
			out.Events = append(out.Events, row)
		}
		return nil
	})
	return out, err
}

func (s *Store) obligationRows(ctx context.Context, q *db.Queries, a records.Access, rows []db.MyObligationsRow, now time.Time) ([]records.ObligationRow, error) {
	out := make([]records.ObligationRow, len(rows))
	var ids, climbed []uuid.UUID
	for i, r := range rows {
		row := records.ObligationRow{
			ID: r.ID.String(), Case: r.CaseID.String(), Number: r.Number, Kind: cases.Kind(r.Kind), Colour: cases.Colour(r.Colour),
			Stage: cases.Stage(r.Stage), Org: cases.Org(r.Org),
		}
		if err := json.Unmarshal(r.Body, &row.Obligation); err != nil {
			return nil, broken("obligation", err)
		}
		rules, err := s.rulesOf(ctx, q, r.Rules)
		if err != nil {
			return nil, err
		}
		row.Deadline, _ = rules.Deadline(row.Obligation.Rule, row.Obligation.Colour)
		row.Overdue = row.Obligation.Overdue(now)
		out[i] = row
		if row.Obligation.Rung > 0 {
			climbed = append(climbed, r.ID)
		}
		if !slices.Contains(ids, r.CaseID) {
			ids = append(ids, r.CaseID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	if len(climbed) > 0 {
		if err := s.alert(ctx, q, a, rows, climbed, out); err != nil {
			return nil, err
		}
	}
	waiting, err := q.UnappliedOfCases(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, w := range waiting {
		var f cases.Fact
		if err := json.Unmarshal(w.Body, &f); err != nil {
			return nil, broken("fact", err)
		}
		for i := range out {
			if out[i].Case == w.CaseID.String() && answers(f, out[i].Obligation) {
				out[i].Submitted = true
			}
		}
	}
	return out, nil
}

// alert says of the rows on whose ladders a rung has fired who may acknowledge it, and
// which of the asker's posts it reached.
func (s *Store) alert(ctx context.Context, q *db.Queries, a records.Access, rows []db.MyObligationsRow, climbed []uuid.UUID, out []records.ObligationRow) error {
	alerts, err := q.Alerts(ctx, climbed)
	if err != nil {
		return err
	}
	for _, r := range alerts {
		i := slices.IndexFunc(rows, func(row db.MyObligationsRow) bool { return row.ID == r.ID })
		rules, err := s.rulesOf(ctx, q, rows[i].Rules)
		if err != nil {
			return err
		}
		var standing cases.State
		if err := json.Unmarshal(r.Standing, &standing); err != nil {
			return broken("state", err)
		}
		out[i].Alert = standing.Alert(rules, out[i].Obligation, a.Person)
		for _, p := range r.Reached {
			out[i].Reached = append(out[i].Reached, cases.Post(p))
		}
	}
	return nil
}

// answered gives the keys that a fact may do.
var answered = map[cases.FactKind][]string{
	cases.FactVisit: {"visit", "guard_visit", "contact", "unmet_visit"},
	cases.FactReply: {"message_reply"},
}

// answers tells whether a waiting fact may answer an obligation, so that its screen
// shows 已提交待处理.
func answers(f cases.Fact, o cases.Obligation) bool {
	if f.Kind == cases.FactAck {
		return f.Fields["key"] == o.Key && f.Fields.Int("occurrence") == o.Occurrence && f.Fields.Int("epoch") == o.Epoch
	}
	return slices.Contains(answered[f.Kind], cases.KeyBase(o.Key))
}
