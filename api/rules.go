package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
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
	return Deadline{Deadline: d, Name: ruleName(d.ID), Statutory: d.Statutory(), Protective: d.Protective()}
}

// RetentionRow is a row of the retention schedule.
type RetentionRow struct {
	cases.Retention
	Name    Label `json:"name" doc:"the kind of file"`
	Applies bool  `json:"applies" doc:"the product keeps files of this kind; what is not kept here is the office's to keep by the row"`
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

// CalendarFile is a table to import.
type CalendarFile struct {
	Name string `json:"name" minLength:"1" maxLength:"100" pattern:"^[a-z0-9._-]+$" doc:"the file's name, for its errors"`
	YAML string `json:"yaml" minLength:"1" maxLength:"200000" doc:"the State Council's yearly table, as calendar-2026.yaml"`
}

type importInput struct {
	OnceKey
	Body CalendarFile
}

type previewInput struct{ Body CalendarFile }

// CalendarReach is how far the published tables reach, and what reaches beyond them.
type CalendarReach struct {
	To          string `json:"to" doc:"the last day that a table covers"`
	EndsSoon    bool   `json:"ends_soon" doc:"the administrator is told of it daily"`
	Reaching    bool   `json:"reaching" doc:"deadlines of open cases reach beyond: they are provisional"`
	Provisional *int   `json:"provisional_deadlines,omitempty" doc:"how many; for those who keep the rules"`
	OpenCases   *int   `json:"open_cases,omitempty" doc:"for those who keep the rules"`
}

// keepingRules are the roles that must know how many cases a change of the rules or of
// the calendar meets. To others such a number tells too much where it is small.
var keepingRules = cases.RolesThat(cases.DraftRules, cases.ImportCalendar)

func (s *server) ruleRoutes() {
	register(s, operation{
		id: "list-rules", method: http.MethodGet, path: "/api/v1/rules", tag: "rules", summary: "Deadlines with their class and source 办理时限及依据",
	}, s.rules)
	register(s, operation{
		id: "count-deadline", method: http.MethodGet, path: "/api/v1/rules/count", tag: "rules", summary: "Count a deadline day by day 时限试算",
		about: "By the engine that counts the deadlines of cases.", codes: []cases.Code{cases.CodeNotFound},
	}, s.countDeadline)
	register(s, operation{
		id: "get-calendar-reach", method: http.MethodGet, path: "/api/v1/calendars/reach", tag: "rules", summary: "How far the working calendar reaches 工作日历到期情况",
	}, s.calendarReach)
	s.rulebookRoutes()
	if s.Calendars == nil && s.Filings != nil {
		return
	}
	register(s, operation{
		id: "preview-calendar", method: http.MethodPost, path: "/api/v1/calendars/preview", tag: "rules", summary: "What importing a working calendar would change 导入预览",
		roles: cases.RolesThat(cases.ImportCalendar), codes: []cases.Code{cases.CodeRulesRejected},
	}, s.previewCalendar)
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
		out.Retention = append(out.Retention, RetentionRow{Retention: row, Name: label("kind." + string(row.Kind)), Applies: row.Applies()})
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

func (s *server) calendarReach(ctx context.Context, _ *none) (*answer[CalendarReach], error) {
	r, err := s.Health.CalendarReach(ctx)
	if err != nil {
		return nil, err
	}
	out := CalendarReach{To: r.To, EndsSoon: r.EndsSoon(s.Now()), Reaching: r.Provisional > 0}
	if accessOf(ctx).Has(keepingRules...) {
		out.Provisional, out.OpenCases = &r.Provisional, &r.OpenCases
	}
	return &answer[CalendarReach]{Body: out}, nil
}

func (s *server) importCalendar(ctx context.Context, in *importInput) (*answer[Imported], error) {
	c, err := readCalendar(in.Body.Name, in.Body.YAML)
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

// readCalendar reads a table; a refusal names every fault by its line.
func readCalendar(name, yaml string) (cases.Calendar, error) {
	c, err := policy.ParseCalendar(name, []byte(yaml))
	var problems policy.Problems
	if !errors.As(err, &problems) {
		return c, err
	}
	var faults []cases.FieldError
	for _, p := range problems {
		reason, want := calendarFault(p)
		faults = append(faults, cases.FieldError{Field: "yaml:" + strconv.Itoa(p.Line), Reason: reason, Want: want})
	}
	return c, cases.Refuse(cases.CodeField, faults...)
}

// calendarFaults are what can be wrong with a calendar's file: the words of the policy's
// reader, and the reason that stands for them in every language.
var calendarFaults = []struct {
	what   *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`^(\w+) is missing$`), "calendar_missing"},
	{regexp.MustCompile(`^the table has (\d+) working days, not (\d+)$`), "calendar_sum"},
	{regexp.MustCompile(`^(\S+) is off twice$`), "calendar_overlap"},
	{regexp.MustCompile(`^(\S+) is a (?:Mon|Tues|Wednes|Thurs|Fri)day$`), "calendar_weekday"},
	{regexp.MustCompile(`^(\S+) is a day off too$`), "calendar_both"},
	{regexp.MustCompile(`^(\S+) is given twice$`), "calendar_twice"},
	{regexp.MustCompile(`^(\S+) lies outside the calendar$`), "calendar_outside"},
	{regexp.MustCompile(`^(.*) is not a date$`), "calendar_date"},
	{regexp.MustCompile(`^the holiday ends before it starts$`), "calendar_ends"},
	{regexp.MustCompile(`^the calendar covers no day or too many$`), "calendar_span"},
}

// calendarFault puts a problem into a reason, with what it is about.
func calendarFault(p policy.Problem) (reason, want string) {
	for _, f := range calendarFaults {
		if m := f.what.FindStringSubmatch(p.What); m != nil {
			return f.reason, strings.Join(m[1:], " / ")
		}
	}
	return "format", p.What + ": " + p.Want
}

// CalendarPreview is what importing a table would change.
type CalendarPreview struct {
	Version     string      `json:"version" doc:"of the joined calendar"`
	From        string      `json:"from"`
	To          string      `json:"to"`
	Days        []DayChange `json:"days" doc:"the days that become something else, or that a table covers now; plain working days and weekends of newly covered days left out"`
	Workdays    int         `json:"workdays" doc:"working days of the table"`
	Covered     int         `json:"covered" doc:"days that no table covered before"`
	Cases       int         `json:"cases" doc:"open cases that would be counted anew"`
	Provisional int         `json:"provisional" doc:"provisional deadlines now"`
	Remaining   int         `json:"remaining" doc:"and after"`
	Moves       int         `json:"moves" doc:"of these, those that get another due time"`
}

// DayChange is a day that a table makes something else.
type DayChange struct {
	Date   string        `json:"date"`
	Before cases.DayKind `json:"before" enum:"workday,weekend,holiday,makeup"`
	After  cases.DayKind `json:"after" enum:"workday,weekend,holiday,makeup"`
}

func (s *server) previewCalendar(ctx context.Context, in *previewInput) (*answer[CalendarPreview], error) {
	table, err := readCalendar(in.Body.Name, in.Body.YAML)
	if err != nil {
		return nil, err
	}
	p, err := s.Calendars.PreviewCalendar(ctx, table)
	if err != nil {
		return nil, err
	}
	out := CalendarPreview{
		Version: p.Joined.Version, From: table.From, To: table.To, Days: []DayChange{}, Cases: p.Cases, Provisional: p.Provisional,
		Remaining: p.Remaining, Moves: p.Moves,
	}
	from, err1 := time.ParseInLocation(time.DateOnly, table.From, cases.Zone)
	to, err2 := time.ParseInLocation(time.DateOnly, table.To, cases.Zone)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		before, after := p.Present.KindOf(d), p.Joined.KindOf(d)
		if p.Joined.IsWorkday(d) {
			out.Workdays++
		}
		if !p.Present.Covered(d) {
			out.Covered++
		}
		if before != after {
			out.Days = append(out.Days, DayChange{Date: d.Format(time.DateOnly), Before: before, After: after})
		}
	}
	return &answer[CalendarPreview]{Body: out}, nil
}
