package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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
)

var _ records.Supervision = (*Store)(nil)

// Figures implements records.Supervision. Everything is counted as the asker, so that
// a number is what the list behind it has, and nobody counts a case that they are
// recused from. Who is shown more than they reach is given the city's area for the
// counting alone; nothing leaves this package before small numbers are hidden.
func (s *Store) Figures(ctx context.Context, a records.Access, f records.FigureFilter) (records.Figures, error) {
	city, err := figuresOf(a)
	if err != nil {
		return records.Figures{}, err
	}
	detail := filterOf("period", string(f.Period), "from", dayOf(f.From), "to", dayOf(f.To), "town", string(f.Town), "city", string(city))
	var whole []counted
	if city != "" {
		if whole, err = s.countCity(ctx, a, city, f); err != nil {
			return records.Figures{}, err
		}
	}
	var out records.Figures
	err = s.listing(ctx, a, "list:figures", detail, func(q *db.Queries) (int, error) {
		now := s.now()
		if city == "" {
			n, err := s.countIn(ctx, q, f, now)
			if err != nil {
				return 0, err
			}
			out = n.figures()
		} else {
			out = suppressed(whole)
		}
		out.At = now
		out.Orders, err = s.countOrders(ctx, q, f, now)
		return len(out.Towns) + len(out.Posts) + len(out.Departments), err
	})
	return out, err
}

// figuresOf gives the city whose figures are shown to somebody who reaches none of
// its places; "" for who is shown what they reach.
func figuresOf(a records.Access) (city cases.Org, err error) {
	for _, p := range a.Posts {
		if !p.Role().Can(cases.SeeDashboards) {
			continue
		}
		if _, _, _, placed := p.Area(); placed {
			return "", nil
		}
		city = p.Org().City()
	}
	if city == "" {
		return "", cases.Refuse(records.CodeForbidden)
	}
	return city, nil
}

// countCity counts a whole city over the spans up to the one that is asked for. The
// numbers of a place, a week or any days less those of others would be small, so there
// are none.
func (s *Store) countCity(ctx context.Context, a records.Access, city cases.Org, f records.FigureFilter) ([]counted, error) {
	k := slices.Index(cases.Spans, f.Period)
	if k < 0 {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "period", Reason: "range", Want: "month, quarter, year"})
	}
	if f.Town != "" {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "town", Reason: "range"})
	}
	scope := scopeOf(a)
	prefix := string(city[:6])
	scope.Lo, scope.Hi = append(scope.Lo, prefix), append(scope.Hi, past(prefix))
	scope.Deep, scope.Own, scope.Shown = append(scope.Deep, true), append(scope.Own, ""), shownWhole
	var out []counted
	err := s.run(ctx, s.beginIn(scope), func(tx pgx.Tx) error {
		out = nil
		now := s.now()
		for _, p := range cases.Spans[:k+1] {
			from, to, _ := p.Around(now)
			n, err := s.countIn(ctx, db.New(tx), records.FigureFilter{From: from, To: to}, now)
			if err != nil {
				return err
			}
			out = append(out, n)
		}
		return nil
	})
	return out, err
}

// counted is what was counted, as it is.
type counted struct {
	due      []db.DueFiguresRow
	cases    []db.CaseFiguresRow
	promises []db.PromiseFiguresRow
	ladder   []db.LadderFiguresRow
}

func (s *Store) countIn(ctx context.Context, q *db.Queries, f records.FigureFilter, now time.Time) (n counted, err error) {
	lo, hi, err := within(f.Town)
	if err == nil {
		n.due, err = q.DueFigures(ctx, db.DueFiguresParams{At: now, DayEnd: cases.DayEnd(now), Lo: lo, Hi: hi})
	}
	if err == nil {
		n.cases, err = q.CaseFigures(ctx, now, lo, hi)
	}
	if err == nil {
		n.promises, err = q.PromiseFigures(ctx, db.PromiseFiguresParams{At: now, Bases: records.Promises, FromAt: f.From, ToAt: f.To, Lo: lo, Hi: hi})
	}
	if err == nil {
		n.ladder, err = q.LadderFigures(ctx, db.LadderFiguresParams{FromAt: f.From, ToAt: f.To, Lo: lo, Hi: hi})
	}
	return n, err
}

func (s *Store) countOrders(ctx context.Context, q *db.Queries, f records.FigureFilter, now time.Time) ([]records.Counted, error) {
	lo, hi, err := within(f.Town)
	if err != nil {
		return nil, err
	}
	rows, err := q.OrderFigures(ctx, db.OrderFiguresParams{At: now, FromAt: f.From, ToAt: f.To, Lo: lo, Hi: hi})
	out := make([]records.Counted, len(records.Stands))
	for i, stand := range records.Stands {
		out[i].Key = stand
		for _, r := range rows {
			if r.Stand == stand {
				out[i].N = figure(r.N)
			}
		}
	}
	return out, err
}

// within gives the codes of a place, "" and "" for everywhere.
func within(town cases.Org) (lo, hi string, err error) {
	if town == "" {
		return "", "", nil
	}
	return codesWithin(town)
}

func figure(n int32) records.Figure { return records.Figure{N: int(n)} }

// line is the key of what the posts of the line owe, beside the departments.
const line = ""

// owedBy sorts what is owed by a key.
func (n counted) owedBy(key func(db.DueFiguresRow) (string, bool)) []records.OwedNow {
	var out []records.OwedNow
	at := map[string]int{}
	for _, r := range n.due {
		k, ok := key(r)
		if !ok {
			continue
		}
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			out = append(out, records.OwedNow{Key: k})
		}
		o := &out[i]
		o.Open.N += int(r.Owed)
		o.Today.N += int(r.Today)
		o.AtRisk.N += int(r.AtRisk)
		o.Overdue.N += int(r.Overdue)
		o.Stopped.N += int(r.Paused)
	}
	slices.SortFunc(out, func(a, b records.OwedNow) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func ofTown(r db.DueFiguresRow) (string, bool) { return r.Town + "000", true }
func ofPost(r db.DueFiguresRow) (string, bool) { return r.Owner, true }

// ofUnit gives the unit of the post that owes something, line for the others.
func ofUnit(r db.DueFiguresRow) (string, bool) { return cases.Post(r.Owner).Unit(), true }

func departments(units []records.OwedNow) []records.OwedNow {
	return slices.DeleteFunc(units, func(o records.OwedNow) bool { return o.Key == line })
}

// figures are the numbers as they are.
func (n counted) figures() records.Figures {
	out := records.Figures{Towns: n.owedBy(ofTown), Posts: n.owedBy(ofPost), Departments: departments(n.owedBy(ofUnit))}
	if all := n.owedBy(func(db.DueFiguresRow) (string, bool) { return "", true }); len(all) > 0 {
		out.Now = all[0]
	}
	out.Colours = n.casesBy(texts(cases.Colours), func(r db.CaseFiguresRow) string { return r.Colour })
	out.Phases = n.casesBy(texts(cases.Phases), func(r db.CaseFiguresRow) string { return r.Phase })
	for _, r := range n.cases {
		out.Cases.N += int(r.N)
		out.CasesLate.N += int(r.Overdue)
	}
	for _, key := range records.Promises {
		r := db.PromiseFiguresRow{Base: key}
		if i := slices.IndexFunc(n.promises, func(r db.PromiseFiguresRow) bool { return r.Base == key }); i >= 0 {
			r = n.promises[i]
		}
		p := records.Promised{
			Key: key, Total: figure(r.Total), InTime: figure(r.InTime), Late: figure(r.Late), Overdue: figure(r.Overdue),
			Running: figure(r.Running), Released: figure(r.Released),
		}
		if due := r.InTime + r.Late + r.Overdue; due > 0 {
			share := float64(r.InTime) / float64(due)
			p.Share = &share
		}
		if r.InTime+r.Late > 0 {
			p.Median, p.P90 = seconds(r.Median), seconds(r.P90)
		}
		out.Promised = append(out.Promised, p)
	}
	for _, r := range n.ladder {
		c := records.Climbed{Rung: r.Name, Reached: figure(r.Reached), Acknowledged: figure(r.Acknowledged), Ended: figure(r.Ended), Waiting: figure(r.Waiting)}
		if r.Acknowledged+r.Ended > 0 {
			c.Median = seconds(r.Median)
		}
		out.Ladder = append(out.Ladder, c)
	}
	return out
}

func (n counted) casesBy(keys []string, of func(db.CaseFiguresRow) string) []records.Counted {
	out := make([]records.Counted, len(keys))
	for i, k := range keys {
		out[i].Key = k
		for _, r := range n.cases {
			if of(r) == k {
				out[i].N.N += int(r.N)
			}
		}
	}
	return out
}

func seconds(n float64) *time.Duration {
	d := time.Duration(n * float64(time.Second)).Round(time.Second)
	return &d
}

// Orders implements records.Supervision.
func (s *Store) Orders(ctx context.Context, a records.Access, f records.OrderFilter, after records.Cursor, limit int) ([]records.OrderRow, records.Cursor, error) {
	at, id, k, err := readOrderCursor(after)
	if err != nil {
		return nil, "", err
	}
	lo, hi, err := within(f.Town)
	if err != nil {
		return nil, "", err
	}
	n := pageSize(limit)
	var out []records.OrderRow
	var next records.Cursor
	filter := filterOf("state", f.Stand, "from", dayOf(f.From), "to", dayOf(f.To), "town", string(f.Town), "cursor", string(after))
	err = s.listing(ctx, a, "list:orders", filter, func(q *db.Queries) (int, error) {
		rows, err := q.ListOrders(ctx, db.ListOrdersParams{
			At: s.now(), Lo: lo, Hi: hi, Before: at, BeforeID: id, BeforeN: k, FromAt: f.From, ToAt: f.To, Wanted: f.Stand, Most: n + 1,
		})
		if err != nil {
			return 0, err
		}
		out, next = []records.OrderRow{}, ""
		if len(rows) > int(n) {
			rows = rows[:n]
			last := rows[n-1]
			next = encode(fmt.Sprintf("%d %s %d", last.Issued.UnixMicro(), last.CaseID, last.N))
		}
		for _, r := range rows {
			var o cases.Order
			if err := json.Unmarshal(r.Body, &o); err != nil {
				return 0, broken("order", err)
			}
			out = append(out, records.OrderRow{
				Case: r.CaseID.String(), CaseNumber: r.CaseNumber, N: int(r.N), Number: r.Number, Org: cases.Org(r.Org), Colour: cases.Colour(r.Colour),
				About: r.Measure, To: cmp.Or(o.To, cases.Post(r.Post)), Drafted: r.Issued.UTC(), Signed: o.Signed, Replied: o.Replied,
				Due: orZero(r.Due), Provisional: r.Provisional, Stand: r.Stand,
			})
		}
		return len(out), nil
	})
	return out, next, err
}

func readOrderCursor(c records.Cursor) (at time.Time, id uuid.UUID, n int32, err error) {
	if c == "" {
		return afterAll, uuid.Max, 0, nil
	}
	text, err := decode(c)
	head, tail, ok := cutLast(text)
	k, bad := strconv.ParseInt(tail, 10, 32)
	if err != nil || !ok || bad != nil {
		return at, id, 0, cases.Refuse(records.CodeCursor)
	}
	at, id, err = readTimeCursor(encode(head), afterAll)
	return at, id, int32(k), err
}

func cutLast(text string) (head, tail string, ok bool) {
	i := strings.LastIndexByte(text, ' ')
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// exportReason is where the reason of an export is sealed.
func exportReason(id string) vault.AAD { return vault.AAD{Table: "export", Field: "reason", Row: id} }

// PutExport implements records.Supervision.
func (s *Store) PutExport(ctx context.Context, a records.Access, e records.TakenOut) error {
	id, err := uuid.Parse(e.ID)
	if err != nil || a.Person == "" {
		return cases.Refuse(records.CodeForbidden)
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		key, err := s.dataKey(ctx, q, a.Person, vault.Ordinary)
		if err != nil {
			return err
		}
		p := db.InsertExportParams{ID: id, Person: a.Person, At: s.now(), What: e.What, Purpose: e.Purpose, Rows: int32(e.Rows)}
		if p.Reason, err = s.vault.Seal(key, exportReason(e.ID), []byte(e.Reason)); err != nil {
			return err
		}
		return q.InsertExport(ctx, p)
	})
	if err != nil {
		return err
	}
	a.Purpose = e.Purpose
	var filter []string
	for _, f := range e.Filter {
		name, value, _ := strings.Cut(f, ":")
		filter = append(filter, filterOf(name, value)...)
	}
	return s.Look(ctx, a, records.Look{Action: "export:" + e.What, Object: e.ID, Detail: append(filter, "rows:"+strconv.Itoa(e.Rows))})
}

// Export implements records.Supervision.
func (s *Store) Export(ctx context.Context, a records.Access, id string) (records.TakenOut, error) {
	if !a.Has(cases.RolesThat(cases.ReadSearches)...) {
		return records.TakenOut{}, cases.Refuse(records.CodeForbidden)
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return records.TakenOut{}, cases.Refuse(cases.CodeNotFound)
	}
	var out records.TakenOut
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		r, err := q.GetExport(ctx, key)
		if err != nil {
			return err
		}
		out = records.TakenOut{ID: id, Person: r.Person, At: r.At.UTC(), What: r.What, Purpose: r.Purpose, Rows: int(r.Rows)}
		words, err := (&keyring{store: s, q: q}).open(ctx, r.Person, vault.Ordinary, exportReason(id), r.Reason)
		out.Reason = string(words)
		return err
	})
	if err != nil {
		return records.TakenOut{}, err
	}
	return out, s.Look(ctx, a, records.Look{Action: "read:export", Object: id})
}
