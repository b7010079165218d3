package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

// mostExported is the most rows that are taken out at once.
const mostExported = 5000

// xlsx is the media type of a workbook.
const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// ExportBody says what is taken out, and why.
type ExportBody struct {
	What    string                 `json:"what" enum:"figures,cases,obligations,orders"`
	Purpose choice[exportPurposes] `json:"purpose"`
	Reason  string                 `json:"reason" minLength:"4" maxLength:"500" doc:"why, in words: printed on every page of the workbook, and kept sealed"`
	Filter  ExportFilter           `json:"filter,omitempty" doc:"as the query of the list or of the figures; what a list does not know is refused"`
}

// ExportFilter is what a list, or the figures, are narrowed by: the names are those
// of their queries.
type ExportFilter struct {
	Period string    `json:"period,omitempty" enum:"week,month,quarter,year,days"`
	From   string    `json:"from,omitempty" maxLength:"40" doc:"a day for figures and orders, a time for obligations"`
	To     string    `json:"to,omitempty" maxLength:"40"`
	Town   cases.Org `json:"town,omitempty" pattern:"^[0-9]{12}$"`
	State  string    `json:"state,omitempty" enum:"open,closed,all,draft,overdue,answered,lapsed"`

	Kind    choice[kinds]   `json:"kind,omitempty"`
	Stage   choice[stages]  `json:"stage,omitempty"`
	Phase   choice[phases]  `json:"phase,omitempty"`
	Colour  choice[colours] `json:"risk,omitempty"`
	Owner   cases.Post      `json:"owner,omitempty" maxLength:"120"`
	Overdue bool            `json:"overdue,omitempty"`

	Whose    string `json:"whose,omitempty" enum:"mine,area"`
	Key      string `json:"key,omitempty" maxLength:"64" pattern:"^[a-z0-9_:-]*$"`
	Unit     string `json:"unit,omitempty" maxLength:"60" pattern:"^[a-z0-9_]*$"`
	Exact    bool   `json:"exact,omitempty"`
	Due      string `json:"due,omitempty" enum:"all,today,at_risk,overdue,stopped"`
	Result   string `json:"result,omitempty" enum:"any,in_time,late,overdue,running,released"`
	Rung     string `json:"rung,omitempty" maxLength:"40" pattern:"^[a-z0-9_]*$"`
	Followed string `json:"followed,omitempty" enum:"acknowledged,ended,waiting"`
}

// TakenOut is what is kept of an export.
type TakenOut struct {
	ID      string                 `json:"id"`
	Person  string                 `json:"person"`
	At      time.Time              `json:"at"`
	What    string                 `json:"what"`
	Purpose choice[exportPurposes] `json:"purpose"`
	Reason  string                 `json:"reason"`
	Rows    int                    `json:"rows"`
}

type exportInput struct {
	Language string `header:"Accept-Language"`
	Body     ExportBody
}

type exportedInput struct {
	ID string `path:"id" format:"uuid" doc:"the export, as it stands on its pages"`
}

func (s *server) exportRoutes() {
	register(s, operation{
		id: "export", method: http.MethodPost, path: "/api/v1/exports", tag: "exports", summary: "Take a list or figures out as a workbook 导出",
		about: "Figures for those who are shown them, lists for those who may take them out (DOMAIN 7); as on the screen, within the caller's scope, " +
			"nothing personal. Who, when and why stand on every page; the audit log and the book of exports keep it before anything is given. At most " +
			strconv.Itoa(mostExported) + " rows.",
		roles: supervising, codes: []cases.Code{records.CodeExportTooLarge},
		answers: map[string]*huma.Response{"200": {Description: "The workbook, as an attachment", Content: map[string]*huma.MediaType{xlsx: {}}}},
	}, s.export)
	register(s, operation{
		id: "get-export", method: http.MethodGet, path: "/api/v1/exports/{id}", tag: "exports", summary: "Who took something out, and why 导出缘由",
		roles: cases.RolesThat(cases.ReadSearches), codes: []cases.Code{cases.CodeNotFound},
	}, s.exported)
}

func (s *server) export(ctx context.Context, in *exportInput) (*fileAnswer, error) {
	a, b := accessOf(ctx), in.Body
	if b.What != "figures" && !can(a.Posts, cases.Export) {
		return nil, cases.Refuse(records.CodeForbidden)
	}
	if len([]rune(strings.TrimSpace(b.Reason))) < 4 {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "reason", Reason: "required"})
	}
	if faults := b.unknown(); len(faults) > 0 {
		return nil, cases.Refuse(cases.CodeField, faults...)
	}
	say := tongueOf(in.Language)
	names, err := s.namesOf(ctx, say)
	if err != nil {
		return nil, err
	}
	sheets, err := s.sheetsOf(ctx, b, names)
	if err != nil {
		return nil, err
	}
	e := records.TakenOut{ID: uuid.NewString(), What: b.What, Purpose: string(b.Purpose), Reason: strings.TrimSpace(b.Reason), Filter: b.Filter.codes()}
	for _, sh := range sheets {
		e.Rows += len(sh.rows)
	}
	who, err := s.callerName(ctx)
	if err != nil {
		return nil, err
	}
	mark := watermark{
		id: e.ID, who: who, at: s.Now(), purpose: say.say("export.purpose." + e.Purpose), reason: e.Reason, what: say.say("export.what." + e.What), say: say,
	}
	body, err := workbook(sheets, mark)
	if err != nil {
		return nil, err
	}
	if err := s.Supervision.PutExport(ctx, a, e); err != nil { // before anything is given
		return nil, err
	}
	name := "tonghu-" + b.What + "-" + s.Now().In(cases.Zone).Format("20060102-1504") + ".xlsx"
	return &fileAnswer{ContentType: xlsx, Length: len(body), Disposition: `attachment; filename="` + name + `"`, Policy: answerPolicy, Body: body}, nil
}

func (s *server) exported(ctx context.Context, in *exportedInput) (*answer[TakenOut], error) {
	e, err := s.Supervision.Export(ctx, accessOf(ctx), in.ID)
	if err := s.hidden(ctx, in.ID, err); err != nil {
		return nil, err
	}
	return &answer[TakenOut]{Body: TakenOut{
		ID: e.ID, Person: e.Person, At: e.At, What: e.What, Purpose: choice[exportPurposes](e.Purpose), Reason: e.Reason, Rows: e.Rows,
	}}, nil
}

// exportFilters are what the figures and each list are narrowed by.
var exportFilters = map[string][]string{
	"figures":     {"period", "from", "to", "town"},
	"orders":      {"period", "from", "to", "town", "state"},
	"cases":       {"kind", "stage", "phase", "risk", "owner", "town", "overdue", "state"},
	"obligations": {"whose", "overdue", "key", "kind", "risk", "owner", "town", "unit", "exact", "due", "result", "rung", "followed", "from", "to"},
}

// unknown refuses what a list is not narrowed by: it would be kept, and do nothing.
func (b ExportBody) unknown() (faults []cases.FieldError) {
	known := exportFilters[b.What]
	if slices.Contains(known, "period") && cases.Period(b.Filter.inPeriod().Period) != cases.AnyDays {
		known = slices.DeleteFunc(slices.Clone(known), func(name string) bool { return name == "from" || name == "to" })
	}
	for _, pair := range b.Filter.pairs() {
		if !slices.Contains(known, pair[0]) {
			faults = append(faults, cases.FieldError{Field: "filter." + pair[0], Reason: "unknown"})
		}
	}
	return faults
}

// codes are the filter as the audit log keeps it.
func (f ExportFilter) codes() (out []string) {
	for _, pair := range f.pairs() {
		out = append(out, pair[0]+":"+pair[1])
	}
	return out
}

// pairs are what is asked for, by name.
func (f ExportFilter) pairs() (out [][2]string) {
	flag := map[bool]string{true: "true"}
	for _, pair := range [][2]string{
		{"period", f.Period}, {"from", f.From}, {"to", f.To}, {"town", string(f.Town)}, {"state", f.State}, {"kind", string(f.Kind)}, {"stage", string(f.Stage)},
		{"phase", string(f.Phase)}, {"risk", string(f.Colour)}, {"owner", string(f.Owner)}, {"whose", f.Whose}, {"key", f.Key}, {"unit", f.Unit}, {"due", f.Due},
		{"result", f.Result}, {"rung", f.Rung}, {"followed", f.Followed}, {"overdue", flag[f.Overdue]}, {"exact", flag[f.Exact]},
	} {
		if pair[1] != "" {
			out = append(out, pair)
		}
	}
	return out
}
