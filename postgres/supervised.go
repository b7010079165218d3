package postgres

import (
	"context"
	"strconv"
	"time"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// The lists behind the figures of supervision: of what is owed, of what was promised
// within a time, and of what a rung was told.

func (s *Store) supervised(ctx context.Context, a records.Access, f records.ObligationFilter, after records.Cursor, limit int) ([]records.ObligationRow, records.Cursor, error) {
	due, id, err := readTimeCursor(after, beforeAll)
	if err != nil {
		return nil, "", err
	}
	lo, hi, err := within(f.Town)
	if err != nil {
		return nil, "", err
	}
	if f.Exact {
		lo, hi = string(f.Town), past(string(f.Town))
	}
	n, now := pageSize(limit), s.now()
	var ask func(*db.Queries) ([]db.OwedObligationsRow, error)
	switch {
	case f.Rung != "":
		p := db.RungObligationsParams{
			FromAt: f.From, ToAt: f.To, Rung: f.Rung, After: due, AfterID: id, Followed: f.Followed, Base: f.Key, Kind: string(f.Kind),
			Colour: string(f.Colour), Owner: string(f.Owner), Lo: lo, Hi: hi, N: n + 1,
		}
		ask = func(q *db.Queries) ([]db.OwedObligationsRow, error) {
			rows, err := q.RungObligations(ctx, p)
			return asOwed(rows, func(r db.RungObligationsRow) db.OwedObligationsRow { return db.OwedObligationsRow(r) }), err
		}
	case f.Result != "":
		p := db.PromisedObligationsParams{
			Base: f.Key, FromAt: f.From, ToAt: f.To, After: due, AfterID: id, Result: f.Result, At: now, Kind: string(f.Kind),
			Colour: string(f.Colour), Owner: string(f.Owner), Lo: lo, Hi: hi, N: n + 1,
		}
		ask = func(q *db.Queries) ([]db.OwedObligationsRow, error) {
			rows, err := q.PromisedObligations(ctx, p)
			return asOwed(rows, func(r db.PromisedObligationsRow) db.OwedObligationsRow { return db.OwedObligationsRow(r) }), err
		}
	default:
		p := owedParams(f.Due, now)
		p.After, p.AfterID, p.Base, p.Kind, p.Colour, p.N = due, id, f.Key, string(f.Kind), string(f.Colour), n+1
		p.Owner, p.Unit, p.Lo, p.Hi = string(f.Owner), f.Unit, lo, hi
		ask = func(q *db.Queries) ([]db.OwedObligationsRow, error) { return q.OwedObligations(ctx, p) }
	}
	var out []records.ObligationRow
	var next records.Cursor
	filter := filterOf("due", f.Due, "unit", f.Unit, "result", f.Result, "rung", f.Rung, "followed", f.Followed, "key", f.Key, "kind", string(f.Kind),
		"risk", string(f.Colour), "owner", string(f.Owner), "town", string(f.Town), "exact", strconv.FormatBool(f.Exact), "from", dayOf(f.From), "to", dayOf(f.To), "cursor", string(after))
	err = s.listing(ctx, a, "list:obligations", filter, func(q *db.Queries) (int, error) {
		rows, err := ask(q)
		if err != nil {
			return 0, err
		}
		next = ""
		if len(rows) > int(n) {
			rows = rows[:n]
			next = timeCursor(rows[n-1].Due, rows[n-1].ID)
		}
		plain := make([]db.MyObligationsRow, len(rows))
		for i, r := range rows {
			plain[i] = db.MyObligationsRow{
				ID: r.ID, CaseID: r.CaseID, Due: r.Due, PausedSince: r.PausedSince, Body: r.Body, Number: r.Number, Kind: r.Kind, Colour: r.Colour,
				Stage: r.Stage, Org: r.Org, Rules: r.Rules,
			}
		}
		if out, err = s.obligationRows(ctx, q, a, plain, now); err != nil {
			return 0, err
		}
		for i, r := range rows {
			if r.EndedAt != nil {
				out[i].EndedAt, out[i].Overdue, out[i].Submitted = r.EndedAt.UTC(), false, false
			}
			if r.How != nil {
				out[i].How = *r.How
			}
		}
		return len(out), nil
	})
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

// owedParams narrows what is owed by when it is due.
func owedParams(due string, now time.Time) db.OwedObligationsParams {
	p := db.OwedObligationsParams{At: now, DueFrom: beforeAll, DueTo: afterAll}
	yes, no := true, false
	switch due {
	case "today":
		p.DueFrom, p.DueTo, p.Paused = now, cases.DayEnd(now), &no
	case "at_risk":
		p.DueFrom, p.AtRisk, p.Paused = now, true, &no
	case "overdue":
		p.DueTo, p.Paused = now, &no
	case "stopped":
		p.Paused = &yes
	}
	return p
}

func asOwed[T any](rows []T, of func(T) db.OwedObligationsRow) []db.OwedObligationsRow {
	out := make([]db.OwedObligationsRow, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}
