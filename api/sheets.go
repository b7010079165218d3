package api

import (
	"context"
	"strconv"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// namer says how places, posts and codes are called.
type namer struct {
	*tongue
	places, units map[string]string
}

func (s *server) namesOf(ctx context.Context, say *tongue) (namer, error) {
	n := namer{say, map[string]string{}, map[string]string{}}
	places, err := s.Directory.Orgs(ctx, string(s.City)[:min(6, len(s.City))])
	if err != nil {
		return n, err
	}
	for _, p := range places {
		n.places[string(p.Code)] = p.Name
	}
	units, err := s.Directory.Units(ctx)
	for _, u := range units {
		n.units[u.Name] = u.Title
	}
	return n, err
}

func (n namer) place(o cases.Org) string {
	own, town := n.places[string(o)], n.places[string(o.Town())]
	switch {
	case own == "":
		return string(o)
	case o.IsVillage() && town != "":
		return town + " " + own
	}
	return own
}

func (n namer) unit(name string) string {
	if t := n.units[name]; t != "" {
		return t
	}
	return name
}

func (n namer) post(p cases.Post) string {
	role := n.say("role." + string(p.Role()))
	switch {
	case p.Unit() != "":
		return n.unit(p.Unit()) + " · " + role
	case p.Org() == p.Org().City():
		return role
	}
	return n.place(p.Org()) + " · " + role
}

func (n namer) headers(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = n.say("export.column." + k)
	}
	return out
}

func (n namer) sheet(key string, columns ...string) sheet {
	return sheet{name: n.say("export.sheet." + key), header: n.headers(columns...)}
}

// number is a figure in a cell; a word where it is not shown.
func (n namer) number(f records.Figure) any {
	if f.Hidden {
		return n.say("export.hidden")
	}
	return f.N
}

// minutes is a length of time in a cell; empty where there is none.
func minutes(d *time.Duration) any {
	if d == nil {
		return nil
	}
	return d.Round(time.Minute).Minutes()
}

func percent(share *float64) any {
	if share == nil {
		return nil
	}
	return strconv.FormatFloat(*share*100, 'f', 1, 64) + "%"
}

// callerName is what whoever asks is called.
func (s *server) callerName(ctx context.Context) (string, error) {
	p, err := s.People.PersonByID(ctx, accessOf(ctx).Person, s.Now())
	return p.Name, err
}

// sheetsOf reads what is taken out, as the caller sees it.
func (s *server) sheetsOf(ctx context.Context, b ExportBody, n namer) ([]sheet, error) {
	switch b.What {
	case "cases":
		return s.caseSheet(ctx, b.Filter, n)
	case "obligations":
		return s.obligationSheet(ctx, b.Filter, n)
	case "orders":
		return s.orderSheet(ctx, b.Filter, n)
	}
	f, _, err := s.figuresFor(ctx, b.Filter.inPeriod())
	if err != nil {
		return nil, err
	}
	return figureSheets(f, n), nil
}

func (f ExportFilter) inPeriod() InPeriod {
	p := f.Period
	if p == "" {
		p = string(cases.ThisMonth)
	}
	return InPeriod{Period: choice[periods](p), From: f.From, To: f.To, Town: f.Town}
}

// all reads a list to its end, and refuses one that is too long.
func all[T any](page func(after records.Cursor) ([]T, records.Cursor, error)) ([]T, error) {
	var out []T
	for after := records.Cursor(""); ; {
		rows, next, err := page(after)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
		if len(out) > mostExported || len(out) == mostExported && next != "" {
			return nil, cases.Refuse(records.CodeExportTooLarge).With("limit", strconv.Itoa(mostExported))
		}
		if next == "" {
			return out, nil
		}
		after = next
	}
}

// pageRows is how many rows are read at a time.
const pageRows = 200

func (s *server) caseSheet(ctx context.Context, f ExportFilter, n namer) ([]sheet, error) {
	filter := records.CaseFilter{
		Kind: cases.Kind(f.Kind), Stage: cases.Stage(f.Stage), Phase: cases.Phase(f.Phase), Owner: f.Owner, Town: f.Town, Colour: cases.Colour(f.Colour), Overdue: f.Overdue,
	}
	if f.State == "open" || f.State == "closed" || f.State == "" {
		open := f.State != "closed"
		filter.Open = &open
	}
	rows, err := all(func(after records.Cursor) ([]records.CaseRow, records.Cursor, error) {
		return s.Cases.ListCases(ctx, accessOf(ctx), filter, after, pageRows)
	})
	if err != nil {
		return nil, err
	}
	out := n.sheet("cases", "number", "kind", "phase", "stage", "risk", "place", "owner", "opened", "next", "due", "provisional", "overdue", "outcome")
	for _, r := range rows {
		out.rows = append(out.rows, []any{
			r.Number, n.say("export.kind." + string(r.Kind)), n.say("export.phase." + string(r.Phase)), n.say("stage." + string(r.Stage)), n.colour(r.Colour),
			n.place(r.Org), n.post(r.Owner), r.Opened, n.say("obligation." + cases.KeyBase(r.NextKey)), r.NextDue, n.yes(r.NextProvisional), n.yes(r.Overdue), n.say("outcome." + string(r.Outcome)),
		})
	}
	return []sheet{out}, nil
}

func (n namer) colour(c cases.Colour) string {
	return n.say("colour." + string(c))
}

func (n namer) yes(is bool) string {
	if is {
		return n.say("export.yes")
	}
	return ""
}

func (s *server) obligationSheet(ctx context.Context, f ExportFilter, n namer) ([]sheet, error) {
	in := worklistInput{
		Whose: f.Whose, Overdue: f.Overdue, Key: f.Key, Kind: f.Kind, Colour: f.Colour, Owner: f.Owner, Town: f.Town, Unit: f.Unit, Exact: f.Exact,
		Due: f.Due, Result: f.Result, Rung: f.Rung, Followed: f.Followed,
	}
	for _, at := range []struct {
		name, text string
		into       *time.Time
	}{{"from", f.From, &in.From}, {"to", f.To, &in.To}} {
		if at.text == "" {
			continue
		}
		when, err := time.Parse(time.RFC3339, at.text)
		if err != nil {
			return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: at.name, Reason: "time"})
		}
		*at.into = when
	}
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	rows, err := all(func(after records.Cursor) ([]records.ObligationRow, records.Cursor, error) {
		return s.Worklist.Obligations(ctx, accessOf(ctx), filter, after, pageRows)
	})
	if err != nil {
		return nil, err
	}
	out := n.sheet("obligations", "obligation", "number", "kind", "stage", "risk", "place", "post", "start", "due", "provisional", "overdue", "rungs", "ended")
	for _, r := range rows {
		o := r.Obligation
		out.rows = append(out.rows, []any{
			n.say("obligation." + cases.KeyBase(o.Key)), r.Number, n.say("export.kind." + string(r.Kind)), n.say("stage." + string(r.Stage)), n.colour(r.Colour),
			n.place(r.Org), n.post(o.Owner), o.Start, o.Due, n.yes(o.Provisional), n.yes(r.Overdue), o.Rung, r.EndedAt,
		})
	}
	return []sheet{out}, nil
}

func (s *server) orderSheet(ctx context.Context, f ExportFilter, n namer) ([]sheet, error) {
	p, err := s.span(f.inPeriod())
	if err != nil {
		return nil, err
	}
	filter := records.OrderFilter{From: p.From, To: p.To, Stand: f.State, Town: f.Town}
	rows, err := all(func(after records.Cursor) ([]records.OrderRow, records.Cursor, error) {
		return s.Supervision.Orders(ctx, accessOf(ctx), filter, after, pageRows)
	})
	if err != nil {
		return nil, err
	}
	out := n.sheet("orders", "order", "number", "risk", "place", "about", "to", "drafted", "signed", "due", "provisional", "replied", "stand")
	for _, r := range rows {
		out.rows = append(out.rows, []any{
			r.Number, r.CaseNumber, n.colour(r.Colour), n.place(r.Org), n.say("obligation." + cases.KeyBase(r.About)), n.post(r.To), r.Drafted, r.Signed, r.Due, n.yes(r.Provisional), r.Replied,
			n.say("export.stand." + r.Stand),
		})
	}
	return []sheet{out}, nil
}

func figureSheets(f records.Figures, n namer) []sheet {
	owed := func(name string, o records.OwedNow) []any {
		return []any{name, n.number(o.Open), n.number(o.Today), n.number(o.AtRisk), n.number(o.Overdue), n.number(o.Stopped)}
	}
	columns := []string{"open", "today", "at_risk", "late", "stopped"}
	all := n.sheet("now", append([]string{"scope"}, columns...)...)
	all.rows = append(all.rows, owed(n.say("export.all"), f.Now))
	towns := n.sheet("towns", append([]string{"place"}, columns...)...)
	for _, o := range f.Towns {
		towns.rows = append(towns.rows, owed(n.place(cases.Org(o.Key)), o))
	}
	units := n.sheet("departments", append([]string{"unit"}, columns...)...)
	for _, o := range f.Departments {
		units.rows = append(units.rows, owed(n.unit(o.Key), o))
	}
	posts := n.sheet("posts", append([]string{"post"}, columns...)...)
	for _, o := range f.Posts {
		posts.rows = append(posts.rows, owed(n.post(cases.Post(o.Key)), o))
	}
	times := n.sheet("promises", "obligation", "total", "in_time", "done_late", "late", "running", "released", "share", "median", "p90")
	for _, m := range f.Promised {
		times.rows = append(times.rows, []any{
			n.say("obligation." + m.Key), n.number(m.Total), n.number(m.InTime), n.number(m.Late), n.number(m.Overdue), n.number(m.Running), n.number(m.Released),
			percent(m.Share), minutes(m.Median), minutes(m.P90),
		})
	}
	ladder := n.sheet("ladder", "rung", "reached", "acknowledged", "ended_without", "waiting", "median")
	for _, c := range f.Ladder {
		ladder.rows = append(ladder.rows, []any{
			n.say("rung." + c.Rung), n.number(c.Reached), n.number(c.Acknowledged), n.number(c.Ended), n.number(c.Waiting), minutes(c.Median),
		})
	}
	orders := n.sheet("orders", "stand", "total")
	for _, o := range f.Orders {
		orders.rows = append(orders.rows, []any{n.say("export.stand." + o.Key), n.number(o.N)})
	}
	out := []sheet{all, towns, units}
	if !f.Whole {
		out = append(out, posts)
	}
	return append(out, times, ladder, orders)
}
