package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// OwedFigures is what is owed now at a place, by a post or by a unit. Null is a number
// that is not shown.
type OwedFigures struct {
	Open    *int `json:"open" doc:"all that is owed"`
	Today   *int `json:"today" doc:"due from now to the end of the day, the clock runs"`
	AtRisk  *int `json:"at_risk" doc:"a quarter of its time or less is left, and less than 72 hours of it; the clock runs"`
	Overdue *int `json:"overdue" doc:"its time is over, the clock runs"`
	Stopped *int `json:"stopped" doc:"the clock stands"`
}

// TownFigures are those of a town; where it is the city's own code, of what is known
// to lie in the city only.
type TownFigures struct {
	Town cases.Org `json:"town"`
	OwedFigures
}

// PostFigures are those of a post.
type PostFigures struct {
	Post cases.Post `json:"post"`
	OwedFigures
}

// UnitFigures are those of a department or an institution.
type UnitFigures struct {
	Unit string `json:"unit"`
	OwedFigures
}

// CaseFigures count open cases.
type CaseFigures struct {
	Open    *int            `json:"open"`
	Overdue *int            `json:"overdue" doc:"something in the case is overdue"`
	Colours []ColourFigures `json:"colours"`
	Phases  []PhaseFigures  `json:"phases"`
}

// ColourFigures count open cases of a colour.
type ColourFigures struct {
	Colour cases.Colour `json:"colour"`
	N      *int         `json:"n"`
}

// PhaseFigures count open cases in a phase.
type PhaseFigures struct {
	Phase cases.Phase `json:"phase"`
	N     *int        `json:"n"`
}

// PromiseFigures are what became of the obligations of one sort whose time began in
// the period.
type PromiseFigures struct {
	Key      string   `json:"key" enum:"triage,police_report,feedback"`
	Name     Label    `json:"name"`
	Total    *int     `json:"total"`
	InTime   *int     `json:"in_time" doc:"done within its time"`
	Late     *int     `json:"late" doc:"done after it"`
	Overdue  *int     `json:"overdue" doc:"not done, and its time is over"`
	Running  *int     `json:"running" doc:"not done, and there is time"`
	Released *int     `json:"released" doc:"it no longer applied"`
	Share    *float64 `json:"share" doc:"in_time of in_time, late and overdue: 0 to 1"`
	Median   *int     `json:"median_s" doc:"seconds until it was done, of those done"`
	P90      *int     `json:"p90_s"`
}

// RungFigures are what followed a rung that was told in the period. An obligation
// counts once at each rung.
type RungFigures struct {
	Rung         string `json:"rung" doc:"remind, due, level1 …"`
	Reached      *int   `json:"reached"`
	Acknowledged *int   `json:"acknowledged" doc:"somebody acknowledged after it"`
	Ended        *int   `json:"ended" doc:"nobody did, and it was done or no longer applied"`
	Waiting      *int   `json:"waiting" doc:"neither yet"`
	Median       *int   `json:"median_s" doc:"seconds until the first of the two"`
}

// OrderFigures count 督办单. What waits for somebody counts whenever it was drafted,
// the rest if that was in the period.
type OrderFigures struct {
	Draft    *int `json:"draft"`
	Open     *int `json:"open" doc:"signed, the answer is not due yet"`
	Overdue  *int `json:"overdue" doc:"signed, the answer is overdue"`
	Answered *int `json:"answered"`
	Lapsed   *int `json:"lapsed" doc:"without object before it was signed or answered"`
}

// PeriodShown is what figures are of.
type PeriodShown struct {
	Name choice[periods] `json:"name"`
	From time.Time       `json:"from"`
	To   time.Time       `json:"to" doc:"before this"`
}

// Figures are what supervision goes by.
type Figures struct {
	At          time.Time        `json:"at"`
	Scope       string           `json:"scope" enum:"own,city" doc:"own: of what the caller reaches, and every number is that of the list behind it. city: of more, small numbers hidden"`
	Smallest    int              `json:"smallest" doc:"under the scope city, no smaller number but 0 is shown"`
	Period      PeriodShown      `json:"period"`
	Town        cases.Org        `json:"town,omitempty"`
	Now         OwedFigures      `json:"now"`
	Towns       []TownFigures    `json:"towns" doc:"by their codes"`
	Posts       []PostFigures    `json:"posts" doc:"by their names; none under the scope city"`
	Departments []UnitFigures    `json:"departments"`
	Cases       CaseFigures      `json:"cases"`
	Promises    []PromiseFigures `json:"promises"`
	Ladder      []RungFigures    `json:"ladder"`
	Orders      OrderFigures     `json:"orders"`
}

type (
	periods        struct{}
	stands         struct{}
	exportPurposes struct{}
)

func (periods) options() []string        { return texts(cases.Periods) }
func (stands) options() []string         { return records.Stands }
func (exportPurposes) options() []string { return records.ExportPurposes }

// InPeriod asks for a time.
type InPeriod struct {
	Period choice[periods] `query:"period" default:"month" doc:"the present one of the county's calendar; days: from from to to"`
	From   string          `query:"from" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"first day, with days"`
	To     string          `query:"to" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"last day, with days"`
	Town   cases.Org       `query:"town" pattern:"^[0-9]{12}$" doc:"of this place and all within it"`
}

type ordersInput struct {
	Page
	InPeriod
	Stand choice[stands] `query:"state" doc:"where it stands"`
}

// OrderRow is a 督办单 in a list.
type OrderRow struct {
	Case        string         `json:"case"`
	Of          string         `json:"case_number"`
	N           int            `json:"n"`
	Number      string         `json:"number"`
	Org         cases.Org      `json:"org"`
	Colour      cases.Colour   `json:"colour"`
	About       string         `json:"about" doc:"the key of what was late"`
	Name        Label          `json:"name"`
	To          cases.Post     `json:"to"`
	Drafted     time.Time      `json:"drafted"`
	Signed      *time.Time     `json:"signed,omitempty"`
	Replied     *time.Time     `json:"replied,omitempty"`
	Due         *time.Time     `json:"due,omitempty" doc:"of the answer"`
	Provisional bool           `json:"provisional,omitempty" doc:"due was counted beyond the published calendar"`
	Stand       choice[stands] `json:"state"`
}

// supervising are the roles that are shown figures.
var supervising = cases.RolesThat(cases.SeeDashboards)

func (s *server) supervisionRoutes() {
	register(s, operation{
		id: "get-figures", method: http.MethodGet, path: "/api/v1/supervision", tag: "supervision", summary: "What is due, late, told and answered 督办看板",
		about: "Counted as the caller: each number is that of the list behind it. Who is shown more than they reach (领导小组) gets the city's, " +
			"of this month, quarter or year, without numbers under 5 and without those that would tell them. Never a ranking of who reports (DOMAIN 8a.10).",
		roles: supervising,
	}, s.figures)
	register(s, operation{
		id: "list-orders", method: http.MethodGet, path: "/api/v1/supervision/orders", tag: "supervision", summary: "督办单 within one's scope 督办单列表",
		about: "The newest first. What waits for somebody is listed whenever it was drafted, the rest if that was in the period.",
		roles: supervising, codes: []cases.Code{records.CodeCursor},
	}, s.listOrders)
}

// span gives the time that is asked for.
func (s *server) span(in InPeriod) (shown PeriodShown, err error) {
	p := cases.Period(in.Period)
	from, to, ok := p.Around(s.Now())
	if ok {
		return PeriodShown{Name: in.Period, From: from, To: to}, nil
	}
	var faults []cases.FieldError
	read := func(field, day string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, day, cases.Zone)
		if err != nil {
			faults = append(faults, cases.FieldError{Field: field, Reason: "time"})
		}
		return at
	}
	from, to = read("from", in.From), read("to", in.To)
	if len(faults) == 0 && (to.Before(from) || to.After(from.AddDate(10, 0, 0))) {
		faults = append(faults, cases.FieldError{Field: "to", Reason: "range"})
	}
	if len(faults) > 0 {
		return PeriodShown{}, cases.Refuse(cases.CodeField, faults...)
	}
	return PeriodShown{Name: in.Period, From: from.UTC(), To: to.AddDate(0, 0, 1).UTC()}, nil
}

func (s *server) figures(ctx context.Context, in *struct{ InPeriod }) (*answer[Figures], error) {
	f, p, err := s.figuresFor(ctx, in.InPeriod)
	if err != nil {
		return nil, err
	}
	return &answer[Figures]{Body: figuresOf(f, p, in.Town)}, nil
}

func (s *server) figuresFor(ctx context.Context, in InPeriod) (records.Figures, PeriodShown, error) {
	p, err := s.span(in)
	if err != nil {
		return records.Figures{}, p, err
	}
	f, err := s.Supervision.Figures(ctx, accessOf(ctx), records.FigureFilter{From: p.From, To: p.To, Period: cases.Period(in.Period), Town: in.Town})
	return f, p, err
}

// cell is a number as it is shown: nil if it is not.
func cell(f records.Figure) *int {
	if f.Hidden {
		return nil
	}
	return &f.N
}

func owedOf(o records.OwedNow) OwedFigures {
	return OwedFigures{Open: cell(o.Open), Today: cell(o.Today), AtRisk: cell(o.AtRisk), Overdue: cell(o.Overdue), Stopped: cell(o.Stopped)}
}

func wholeSeconds(d *time.Duration) *int {
	if d == nil {
		return nil
	}
	n := int(d.Seconds())
	return &n
}

func figuresOf(f records.Figures, p PeriodShown, town cases.Org) Figures {
	out := Figures{
		At: f.At, Scope: "own", Smallest: cases.Smallest, Period: p, Town: town, Now: owedOf(f.Now), Towns: []TownFigures{}, Posts: []PostFigures{},
		Departments: []UnitFigures{}, Promises: []PromiseFigures{}, Ladder: []RungFigures{},
		Cases: CaseFigures{Open: cell(f.Cases), Overdue: cell(f.CasesLate), Colours: []ColourFigures{}, Phases: []PhaseFigures{}},
	}
	if f.Whole {
		out.Scope = "city"
	}
	for _, o := range f.Towns {
		out.Towns = append(out.Towns, TownFigures{cases.Org(o.Key), owedOf(o)})
	}
	for _, o := range f.Posts {
		out.Posts = append(out.Posts, PostFigures{cases.Post(o.Key), owedOf(o)})
	}
	for _, o := range f.Departments {
		out.Departments = append(out.Departments, UnitFigures{o.Key, owedOf(o)})
	}
	for _, c := range f.Colours {
		out.Cases.Colours = append(out.Cases.Colours, ColourFigures{cases.Colour(c.Key), cell(c.N)})
	}
	for _, c := range f.Phases {
		out.Cases.Phases = append(out.Cases.Phases, PhaseFigures{cases.Phase(c.Key), cell(c.N)})
	}
	for _, m := range f.Promised {
		out.Promises = append(out.Promises, PromiseFigures{
			Key: m.Key, Name: label("obligation." + m.Key), Total: cell(m.Total), InTime: cell(m.InTime), Late: cell(m.Late), Overdue: cell(m.Overdue),
			Running: cell(m.Running), Released: cell(m.Released), Share: m.Share, Median: wholeSeconds(m.Median), P90: wholeSeconds(m.P90),
		})
	}
	for _, r := range f.Ladder {
		out.Ladder = append(out.Ladder, RungFigures{
			Rung: r.Rung, Reached: cell(r.Reached), Acknowledged: cell(r.Acknowledged), Ended: cell(r.Ended), Waiting: cell(r.Waiting), Median: wholeSeconds(r.Median),
		})
	}
	for _, o := range f.Orders {
		switch o.Key {
		case "draft":
			out.Orders.Draft = cell(o.N)
		case "open":
			out.Orders.Open = cell(o.N)
		case "overdue":
			out.Orders.Overdue = cell(o.N)
		case "answered":
			out.Orders.Answered = cell(o.N)
		case "lapsed":
			out.Orders.Lapsed = cell(o.N)
		}
	}
	return out
}

func (s *server) listOrders(ctx context.Context, in *ordersInput) (*answer[list[OrderRow]], error) {
	p, err := s.span(in.InPeriod)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.Supervision.Orders(ctx, accessOf(ctx), records.OrderFilter{From: p.From, To: p.To, Stand: string(in.Stand), Town: in.Town}, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]OrderRow, len(rows))
	for i, r := range rows {
		out[i] = OrderRow{
			Case: r.Case, Of: r.CaseNumber, N: r.N, Number: r.Number, Org: r.Org, Colour: r.Colour, About: r.About, Name: label("obligation." + cases.KeyBase(r.About)),
			To: r.To, Drafted: r.Drafted, Signed: moment(r.Signed), Replied: moment(r.Replied), Due: moment(r.Due), Provisional: r.Provisional, Stand: choice[stands](r.Stand),
		}
	}
	return listOf(out, next), nil
}
