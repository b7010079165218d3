package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

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
	Name      Label `json:"name"`
	Statutory bool  `json:"statutory" doc:"whether a screen may say 法定"`
}

// RetentionRow is a row of the retention schedule.
type RetentionRow struct {
	cases.Retention
	Name Label `json:"name" doc:"the kind of file"`
}

// Calendar is the working calendar's extent.
type Calendar struct {
	Version string   `json:"version"`
	Sources []string `json:"sources"`
	From    string   `json:"from"`
	To      string   `json:"to" doc:"deadlines that need days after it are provisional"`
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
		Calendar: Calendar{Version: r.Calendar.Version, Sources: whole(r.Calendar.Sources), From: r.Calendar.From, To: r.Calendar.To},
	}
	for _, d := range r.Deadlines {
		out.Deadlines = append(out.Deadlines, Deadline{Deadline: d, Name: ruleName(d.ID), Statutory: d.Statutory()})
	}
	out.Retention = []RetentionRow{}
	for _, row := range r.Retention {
		out.Retention = append(out.Retention, RetentionRow{Retention: row, Name: label("kind." + string(row.Kind))})
	}
	return &answer[Rules]{Body: out}, nil
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
