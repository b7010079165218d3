package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/records"
)

// Rules are what new cases run by.
type Rules struct {
	Policy    string         `json:"policy"`
	Version   string         `json:"version"`
	Hash      string         `json:"hash"`
	Deadlines []Deadline     `json:"deadlines"`
	Ladders   []cases.Ladder `json:"ladders"`
	Retention []RetentionRow `json:"retention" doc:"the retention schedule 保管期限表"`
	Calendar  Calendar       `json:"calendar"`
}

// Deadline is a rule row: by when something is owed, and on whose authority.
type Deadline struct {
	cases.Deadline
	Name       Label `json:"name"`
	Statutory  bool  `json:"statutory" doc:"whether a screen may say 法定"`
	Protective bool  `json:"protective" doc:"keeps a child safe: never rolls over days off, never stands still"`
}

func deadlineOf(d cases.Deadline) Deadline {
	return Deadline{Deadline: d, Name: ruleName(d.ID), Statutory: d.Statutory(), Protective: policy.Protective(d.ID)}
}

// RetentionRow is a row of the retention schedule.
type RetentionRow struct {
	cases.Retention
	Name Label `json:"name" doc:"the kind of file"`
}

// Calendar is the working calendar.
type Calendar struct {
	Version string   `json:"version"`
	Sources []string `json:"sources"`
	From    string   `json:"from"`
	To      string   `json:"to" doc:"deadlines that need days after it are provisional"`
	Off     []string `json:"off" doc:"days off by the State Council's tables, YYYY-MM-DD"`
	Work    []string `json:"work" doc:"weekend days that are worked 调休"`
}

func calendarOf(c cases.Calendar) Calendar {
	return Calendar{Version: c.Version, Sources: whole(c.Sources), From: c.From, To: c.To, Off: whole(c.Off), Work: whole(c.Work)}
}

// Counted is a deadline with the way that led to it.
type Counted struct {
	Rule        Deadline           `json:"rule" doc:"the row that counts for the colour"`
	Span        cases.Span         `json:"span" doc:"of the occurrence asked for"`
	Start       time.Time          `json:"start"`
	Due         time.Time          `json:"due"`
	Provisional bool               `json:"provisional" doc:"a day was needed that no published calendar covers"`
	Days        []cases.CountedDay `json:"days" doc:"from the day of the start, which does not count; none for hours and less"`
}

type countInput struct {
	Rule   string          `query:"rule" required:"true" maxLength:"64" pattern:"^[a-z0-9_/]+$" doc:"id of the row"`
	Colour choice[colours] `query:"risk" doc:"where the row has values by colour; red if absent"`
	Nth    int             `query:"nth" minimum:"1" maximum:"100" default:"1" doc:"which of a series"`
	Start  time.Time       `query:"start" required:"true" doc:"what it is counted from"`
}

// Imported is what an import set off.
type Imported struct {
	Version string `json:"version"`
	To      string `json:"to"`
	Cases   int    `json:"cases" doc:"open cases that are counted anew"`
}

type importInput struct {
	OnceKey
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" pattern:"^[a-z0-9._-]+$" doc:"the file's name, for its errors"`
		YAML string `json:"yaml" minLength:"1" maxLength:"200000" doc:"the State Council's yearly table, as calendar-2026.yaml"`
	}
}

func (s *server) ruleRoutes() {
	register(s, operation{
		id: "list-rules", method: http.MethodGet, path: "/api/v1/rules", tag: "rules", summary: "Deadlines with their class and source 办理时限及依据",
	}, s.rules)
	register(s, operation{
		id: "count-deadline", method: http.MethodGet, path: "/api/v1/rules/count", tag: "rules", summary: "Count a deadline day by day 时限试算",
		about: "By the engine that counts the deadlines of cases.", codes: []cases.Code{cases.CodeNotFound},
	}, s.countDeadline)
	if s.Calendars == nil && s.Filings != nil {
		return
	}
	register(s, operation{
		id: "import-calendar", method: http.MethodPost, path: "/api/v1/calendars", tag: "rules", summary: "Import a working calendar 导入工作日历",
		about: "Sets off a recalculation of open cases, on a slow queue.",
		roles: cases.RolesThat(cases.ImportCalendar), status: http.StatusAccepted,
		codes: []cases.Code{records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight, cases.CodeRulesRejected},
	}, s.importCalendar)
}

func (s *server) rules(ctx context.Context, _ *none) (*answer[Rules], error) {
	r, err := s.Filings.CurrentRules(ctx)
	if err != nil {
		return nil, err
	}
	out := Rules{
		Policy: r.Policy, Version: r.Version, Hash: r.Hash(), Deadlines: []Deadline{}, Ladders: whole(r.Ladders),
		Calendar: calendarOf(r.Calendar),
	}
	for _, d := range r.Deadlines {
		out.Deadlines = append(out.Deadlines, deadlineOf(d))
	}
	out.Retention = []RetentionRow{}
	for _, row := range r.Retention {
		out.Retention = append(out.Retention, RetentionRow{Retention: row, Name: label("kind." + string(row.Kind))})
	}
	return &answer[Rules]{Body: out}, nil
}

func (s *server) countDeadline(ctx context.Context, in *countInput) (*answer[Counted], error) {
	r, err := s.Filings.CurrentRules(ctx)
	if err != nil {
		return nil, err
	}
	colour := cmp.Or(cases.Colour(in.Colour), cases.Red)
	d, ok := r.Own(cases.RuleID(in.Rule), colour)
	if !ok {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	span, ok := d.SpanOf(in.Nth)
	if !ok {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "nth", Reason: "range"})
	}
	if y := in.Start.In(cases.Zone).Year(); y < 2000 || y > 2100 {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "start", Reason: "time", Want: "2000..2100"})
	}
	days, due, provisional := r.Calendar.Count(in.Start, span, d.Roll)
	return &answer[Counted]{Body: Counted{Rule: deadlineOf(d), Span: span, Start: in.Start.UTC(), Due: due, Provisional: provisional, Days: whole(days)}}, nil
}

func (s *server) importCalendar(ctx context.Context, in *importInput) (*answer[Imported], error) {
	c, err := policy.ParseCalendar(in.Body.Name, []byte(in.Body.YAML))
	var problems policy.Problems
	if errors.As(err, &problems) {
		var faults []cases.FieldError
		for _, p := range problems {
			faults = append(faults, cases.FieldError{Field: "yaml:" + strconv.Itoa(p.Line), Reason: "format", Want: p.Want})
		}
		return nil, cases.Refuse(cases.CodeField, faults...)
	}
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	done, err := s.Calendars.ImportCalendar(ctx, onceFor(a, "POST /api/v1/calendars", in.Key, in.Body), a, c)
	if err != nil {
		return nil, err
	}
	return &answer[Imported]{Body: Imported(done)}, nil
}
