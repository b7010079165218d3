package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

var _ records.Cases = (*Store)(nil)

// ListCases gives the cases that the asker may see, the newest first.
func (s *Store) ListCases(ctx context.Context, a records.Access, f records.CaseFilter, after records.Cursor, limit int) ([]records.CaseRow, records.Cursor, error) {
	before, id, err := readTimeCursor(after, afterAll)
	if err != nil {
		return nil, "", err
	}
	n, now := pageSize(limit), s.now()
	p, err := casesLike(f, now)
	if err != nil {
		return nil, "", err
	}
	p.Before, p.BeforeID, p.N = before, id, n+1
	var rows []db.ListCasesRow
	var next records.Cursor
	filter := filterOf("kind", p.Kind, "stage", p.Stage, "phase", p.Phase, "owner", p.Owner, "risk", p.Colour, "town", string(f.Town),
		"overdue", strconv.FormatBool(f.Overdue), "state", openState(f.Open), "cursor", string(after))
	err = s.listing(ctx, a, "list:cases", filter, func(q *db.Queries) (_ int, err error) {
		rows, err = listCases(ctx, q, a, f.Town, p)
		next = ""
		if len(rows) > int(n) {
			rows = rows[:n]
			next = timeCursor(rows[n-1].Opened, rows[n-1].ID)
		}
		if err == nil && shownTo(a) != shownWhole {
			err = firstDue(ctx, q, rows)
		}
		return len(rows), err
	})
	if err != nil {
		return nil, "", err
	}
	out := make([]records.CaseRow, len(rows))
	for i, r := range rows {
		out[i] = caseRow(r, now)
	}
	return out, next, nil
}

// firstDue puts into rows what is due first of what the asker is shown.
func firstDue(ctx context.Context, q *db.Queries, rows []db.ListCasesRow) error {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	owed, err := q.FirstDue(ctx, ids)
	for i := range rows {
		rows[i].NextDue, rows[i].NextKey, rows[i].NextProvisional = nil, nil, false
		if k := slices.IndexFunc(owed, func(o db.FirstDueRow) bool { return o.CaseID == rows[i].ID }); k >= 0 {
			rows[i].NextDue, rows[i].NextKey, rows[i].NextProvisional = &owed[k].Due, &owed[k].Key, owed[k].Provisional
		}
	}
	return err
}

// casesLike gives what a filter asks for at a time.
func casesLike(f records.CaseFilter, now time.Time) (p db.ListCasesParams, err error) {
	p = db.ListCasesParams{
		Kind: string(f.Kind), Stage: string(f.Stage), Phase: string(f.Phase), Owner: string(f.Owner), Colour: string(f.Colour),
		Overdue: f.Overdue, Open: f.Open, At: now,
	}
	if err := postFilter("owner", f.Owner); err != nil {
		return p, err
	}
	if f.Town != "" {
		p.Lo, p.Hi, err = codesWithin(f.Town)
	}
	return p, err
}

// listCases goes the shorter way: through what is under way where nothing else is asked
// for, and by place and post for those who see few cases.
func listCases(ctx context.Context, q *db.Queries, a records.Access, in cases.Org, p db.ListCasesParams) ([]db.ListCasesRow, error) {
	near, ok := nearOf(a, in)
	open := p.Open == nil && (p.Overdue || p.Stage != "" && p.Stage != string(cases.Closed)) || p.Open != nil && *p.Open
	switch {
	case ok && open:
		rows, err := q.ListOpenNear(ctx, db.ListOpenNearParams{
			Towns: near.towns, Los: near.lo, His: near.hi, Posts: near.posts, Before: p.Before, BeforeID: p.BeforeID, Kind: p.Kind, Stage: p.Stage,
			Phase: p.Phase, Owner: p.Owner, Colour: p.Colour, Lo: p.Lo, Hi: p.Hi, Overdue: p.Overdue, At: p.At, N: p.N,
		})
		return listed(rows, func(r db.ListOpenNearRow) db.ListCasesRow { return db.ListCasesRow(r) }), err
	case ok:
		rows, err := q.ListNear(ctx, db.ListNearParams{
			Towns: near.towns, Los: near.lo, His: near.hi, Posts: near.posts, Before: p.Before, BeforeID: p.BeforeID, Kind: p.Kind, Stage: p.Stage,
			Phase: p.Phase, Owner: p.Owner, Colour: p.Colour, Lo: p.Lo, Hi: p.Hi, Overdue: p.Overdue, At: p.At, Open: p.Open, N: p.N,
		})
		return listed(rows, func(r db.ListNearRow) db.ListCasesRow { return db.ListCasesRow(r) }), err
	case open:
		rows, err := q.ListOpen(ctx, db.ListOpenParams{
			Before: p.Before, BeforeID: p.BeforeID, Kind: p.Kind, Stage: p.Stage, Phase: p.Phase, Owner: p.Owner, Colour: p.Colour,
			Lo: p.Lo, Hi: p.Hi, Overdue: p.Overdue, At: p.At, N: p.N,
		})
		return listed(rows, func(r db.ListOpenRow) db.ListCasesRow { return db.ListCasesRow(r) }), err
	}
	return q.ListCases(ctx, p)
}

func listed[T any](rows []T, row func(T) db.ListCasesRow) []db.ListCasesRow {
	out := make([]db.ListCasesRow, len(rows))
	for i, r := range rows {
		out[i] = row(r)
	}
	return out
}

func openState(open *bool) string {
	switch {
	case open == nil:
		return ""
	case *open:
		return "open"
	}
	return "closed"
}

// codesWithin gives the codes of a place that a filter names.
func codesWithin(town cases.Org) (lo, hi string, err error) {
	if !town.Valid() {
		return "", "", cases.Refuse(cases.CodeField, cases.FieldError{Field: "town", Reason: "format", Want: "12 digits"})
	}
	lo, hi = codesIn(town)
	return lo, hi, nil
}

// codesIn gives the codes of a place and of all within it: from lo, before hi.
func codesIn(o cases.Org) (lo, hi string) {
	switch {
	case o.IsVillage():
		lo = string(o)
	case o.IsTown():
		lo = string(o[:9])
	default:
		lo = string(o[:6])
	}
	return lo, past(lo)
}

func caseRow(r db.ListCasesRow, now time.Time) records.CaseRow {
	row := records.CaseRow{
		ID: r.ID.String(), Number: r.Number, Kind: cases.Kind(r.Kind), Stage: cases.Stage(r.Stage), Phase: cases.Phase(r.Phase),
		Outcome: cases.Outcome(r.Outcome), Colour: cases.Colour(r.Colour), Owner: cases.Post(r.Owner), Org: cases.Org(r.Org),
		Opened: r.Opened.UTC(), NextDue: orZero(r.NextDue), NextProvisional: r.NextProvisional, Sequence: r.Seq,
	}
	if r.NextKey != nil {
		row.NextKey = *r.NextKey
	}
	row.Overdue = r.NextDue != nil && r.NextDue.Before(now)
	return row
}

// GetCase reads one case with what the asker may read of its sealed parts. The
// look is committed before anything is given.
func (s *Store) GetCase(ctx context.Context, a records.Access, id string) (records.CaseView, error) {
	v, err := s.readCase(ctx, a, id, true)
	a.Glass = v.Openings
	if err == nil && v.ChildOf != "" { // those who ask who looked at the report are told too
		err = s.Look(ctx, a, records.Look{Case: v.ChildOf, Action: "read:case", Object: id, Parts: opened(records.CaseView{Child: v.Child})})
	}
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "read:case", Parts: opened(v)})
	}
	if err != nil {
		return records.CaseView{}, err
	}
	return v, nil
}

// PeekCase reads one case without its sealed parts, for deciding what the asker may
// do.
func (s *Store) PeekCase(ctx context.Context, a records.Access, id string) (records.CaseView, error) {
	return s.readCase(ctx, a, id, false)
}

// readCase reads a case, with its sealed parts for a look.
func (s *Store) readCase(ctx context.Context, a records.Access, id string, look bool) (v records.CaseView, err error) {
	key, err := caseID(id)
	if err != nil {
		return v, err
	}
	var r db.CaseFileRow
	err = s.ask(ctx, a, func(q *db.Queries) (err error) {
		r, err = q.CaseFile(ctx, s.now(), key)
		return err
	})
	if err != nil {
		return v, err
	}
	if v.State, err = readState(r.State); err != nil {
		return v, err
	}
	if r.Glass {
		if a, err = s.withGlass(ctx, a, key); err != nil {
			return v, err
		}
		v.Openings = a.Glass
	}
	v.CaseRow = caseRow(db.ListCasesRow{
		ID: r.ID, Number: r.Number, Kind: r.Kind, Seq: r.Seq, Stage: r.Stage, Phase: r.Phase, Outcome: r.Outcome, Colour: r.Colour,
		Owner: r.Owner, Org: r.Org, Opened: r.Opened, NextDue: r.NextDue, NextKey: r.NextKey, NextProvisional: r.NextProvisional,
	}, s.now())
	// What belongs to it may lie with cases that the asker does not see: those merged
	// into it, and the report that a guardianship came from.
	q := db.New(s.pool)
	if look {
		keys := keyring{store: s, q: q}
		keys.know(key.String(), r.Parts, r.Keys)
		if err := s.openParts(ctx, &keys, a, filedParts{key, r.Child, r.Address, r.Narrative, r.Reporter, v.State.AddressSealed()}, &v); err != nil {
			return v, fault(err)
		}
	}
	return v, fault(s.readRest(ctx, q, a, key, r, &v))
}

// readRest reads what most cases have none of.
func (s *Store) readRest(ctx context.Context, q *db.Queries, a records.Access, key uuid.UUID, r db.CaseFileRow, v *records.CaseView) error {
	if r.Filed {
		v.Receipts = 1
	}
	if v.Stage == cases.Closed {
		if err := readRetention(ctx, q, key, v); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(v.State.Links, func(l cases.Link) bool { return l.Relation == "merged_from" }) {
		filings, err := q.FilingsOf(ctx, key)
		if err != nil {
			return err
		}
		v.Receipts = len(filings)
	}
	if r.Pending {
		pending, err := q.PendingOfCase(ctx, key)
		if err != nil {
			return err
		}
		for _, p := range pending {
			row, err := s.commandRow(ctx, q, db.GetCommandRow(p))
			if err != nil {
				return err
			}
			v.Pending = append(v.Pending, row)
		}
	}
	if !r.Waiting {
		return nil
	}
	waiting, err := q.Unapplied(ctx, key, mostRows)
	if err != nil {
		return err
	}
	if v.Awaiting, err = readFacts(waiting); err != nil {
		return err
	}
	for i := range v.Awaiting {
		v.Awaiting[i].By = s.shownActor(a, v.State, v.Awaiting[i].By)
	}
	if a.Person == "" {
		return nil
	}
	v.Newest, err = q.NewestFact(ctx, key, a.Person)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// openParts opens the child, the narrative and the reporter of a case's own
// filing. A guardianship that came from a report shows the report's child.
func (s *Store) openParts(ctx context.Context, keys *keyring, a records.Access, own filedParts, v *records.CaseView) (err error) {
	may := func(p cases.Compartment) bool { return s.mayRead(a, p, v.State) }
	if v.Child, v.Narrative, v.Reporter, err = own.open(ctx, keys, may); err != nil {
		return err
	}
	from := openedBy(v.State)
	if v.Child != nil || from == "" || v.State.Erased() {
		return nil
	}
	source, err := caseID(from)
	if err != nil {
		return nil //nolint:nilerr // a link that names no case shows no child
	}
	row, err := keys.q.GetFiling(ctx, source)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	report, _, err := s.stateOf(ctx, keys.q, source)
	if err != nil {
		return err
	}
	if report.Recuses(a.Posts) || !slices.ContainsFunc(a.Posts, report.Sees) {
		return nil // kept from who asks, whatever this case says
	}
	parts := filedParts{of: source, child: row.Child, address: row.Address, hidden: report.AddressSealed() || v.State.AddressSealed()}
	v.Child, _, _, err = parts.open(ctx, keys, func(p cases.Compartment) bool { return (p == cases.Ordinary || p == cases.Address) && may(p) })
	if v.Child != nil {
		v.ChildOf = source.String()
	}
	return err
}

// visibleRow is a case that the asker may see.
type visibleRow db.VisibleCaseRow

func visible(ctx context.Context, q *db.Queries, id uuid.UUID) (visibleRow, cases.State, error) {
	r, err := q.VisibleCase(ctx, id)
	if err != nil {
		return visibleRow(r), cases.State{}, err
	}
	st, err := readState(r.State)
	return visibleRow(r), st, err
}

// shownActor hides who reported from those who may not know it (意见 13).
func (s *Store) shownActor(a records.Access, st cases.State, by cases.Actor) cases.Actor {
	if by.Post.Role() == cases.RoleReporter && by.Person != a.Person && !s.mayRead(a, cases.Reporter, st) {
		return cases.Actor{}
	}
	return by
}

// Events gives a case's timeline in order, with the words that the asker may read.
func (s *Store) Events(ctx context.Context, a records.Access, id string, after records.Cursor, limit int) ([]records.EventRow, records.Cursor, error) {
	return s.events(ctx, a, id, after, limit, func(q *db.Queries, p db.ListEventsParams) ([]db.ListEventsRow, error) {
		return q.ListEvents(ctx, p)
	})
}

// EventsBack gives it with the newest first.
func (s *Store) EventsBack(ctx context.Context, a records.Access, id string, after records.Cursor, limit int) ([]records.EventRow, records.Cursor, error) {
	return s.events(ctx, a, id, after, limit, func(q *db.Queries, p db.ListEventsParams) ([]db.ListEventsRow, error) {
		if after == "" {
			p.AfterSeq = math.MaxInt64
		}
		rows, err := q.ListEventsBack(ctx, db.ListEventsBackParams{CaseID: p.CaseID, BeforeSeq: p.AfterSeq, BeforeIdx: p.AfterIdx, N: p.N})
		out := make([]db.ListEventsRow, len(rows))
		for i, r := range rows {
			out[i] = db.ListEventsRow(r)
		}
		return out, err
	})
}

func (s *Store) events(
	ctx context.Context, a records.Access, id string, after records.Cursor, limit int, list func(*db.Queries, db.ListEventsParams) ([]db.ListEventsRow, error),
) ([]records.EventRow, records.Cursor, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, "", err
	}
	seq, idx, err := readEventCursor(after)
	if err != nil {
		return nil, "", err
	}
	n := pageSize(limit)
	var out []records.EventRow
	var next records.Cursor
	var parts []string
	err = s.as(ctx, a, func(q *db.Queries) error {
		_, st, err := visible(ctx, q, key)
		if err != nil {
			return err
		}
		if a, err = s.glassOn(ctx, q, a, key); err != nil {
			return err
		}
		next = ""
		rows, err := list(q, db.ListEventsParams{CaseID: key, AfterSeq: seq, AfterIdx: idx, N: n + 1})
		if err != nil {
			return err
		}
		if len(rows) > int(n) {
			rows = rows[:n]
			next = eventCursor(rows[n-1].Seq, rows[n-1].Idx)
		}
		out = make([]records.EventRow, len(rows))
		var items []string
		of := map[string]written{}
		for i, r := range rows {
			out[i] = records.EventRow{Seq: r.Seq, Index: int(r.Idx)}
			e := &out[i].Event
			if err := json.Unmarshal(r.Body, e); err != nil {
				return broken("event", err)
			}
			e.Actor = s.shownActor(a, st, e.Actor)
			if item := itemOf(*e); item != "" {
				items = append(items, item)
				of[item] = written{by: e.Actor.Person, task: e.Task}
			}
		}
		parts = nil
		words, err := s.openWords(ctx, q, items, noting(&parts, s.readerOf(a, st, of)))
		for i := range out {
			out[i].Sealed = words[itemOf(out[i].Event)]
		}
		return err
	})
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "read:events", Parts: parts, Detail: append(
			filterOf("cursor", string(after)), "items:"+strconv.Itoa(len(out)))})
	}
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

// noting keeps the compartments that may lets be read.
func noting(parts *[]string, may func(string, vault.Compartment) bool) func(string, vault.Compartment) bool {
	return func(item string, c vault.Compartment) bool {
		if !may(item, c) {
			return false
		}
		if !slices.Contains(*parts, c.String()) {
			*parts = append(*parts, c.String())
		}
		return true
	}
}

// itemOf gives the command or fact whose words belong to an event.
func itemOf(e cases.Event) string {
	switch e.Type {
	case cases.EventStep, cases.EventProposed:
		return e.Command
	case cases.EventFact:
		return e.Fact
	}
	return ""
}
