package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Look is one look at a case, or one that was refused.
type Look struct {
	At     time.Time    `json:"at"`
	Person string       `json:"person" doc:"id; public for a 查询码 and for who only reports"`
	Name   string       `json:"name,omitempty" doc:"for those who know the people of the office"`
	Posts  []cases.Post `json:"posts" doc:"held then"`
	Action string       `json:"action" doc:"read:case, read:events, read:messages, read:file, print:task, search …; denied"`
	Object string       `json:"object,omitempty" doc:"what was looked at, if not the case itself"`
	Parts  []string     `json:"parts" doc:"the sealed parts that were opened: child, narrative, reporter, medical, address, ordinary"`
	Why    string       `json:"why,omitempty" doc:"purpose or reason, where one was given"`
	Glass  []string     `json:"break_glass,omitempty" doc:"紧急调阅 under which it was"`
	Detail []string     `json:"detail,omitempty" doc:"further codes"`
}

// Looks are a part of those of a case.
type Looks struct {
	Number string `json:"number" doc:"the case's"`
	Items  []Look `json:"items"`
	Next   string `json:"next,omitempty" doc:"cursor of what follows; absent at the end"`
}

// AuditRow is a row of the audit log: ids and codes.
type AuditRow struct {
	Chain  string    `json:"chain" doc:"case:…, read:…, actor:…, person:…, signin:…"`
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor" doc:"person id, engine or public"`
	Action string    `json:"action"`
	Object string    `json:"object"`
	Detail []string  `json:"detail"`
	Number string    `json:"number,omitempty" doc:"of the case whose chain it is"`
}

type looksInput struct {
	OfCase
	Page
	Order string `query:"order" enum:"newest,oldest" default:"newest" doc:"what comes first; of looks"`
	Of    string `query:"of" enum:"looks,denials" default:"looks" doc:"denials: who was refused the case"`
}

type auditInput struct {
	Page
	Actor  string `query:"actor" maxLength:"100" pattern:"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|engine|public|operator)?$" doc:"person id, engine, public or operator"`
	Action string `query:"action" maxLength:"60" pattern:"^[a-z_:]*$" doc:"or the beginning of one: read:"`
	Day    string `query:"day" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"of the county's calendar"`
}

func (s *server) looksRoutes() {
	register(s, operation{
		id: "list-looks", method: http.MethodGet, path: "/api/v1/cases/{id}/reads", tag: "audit", summary: "Who looked at a case, and why 查阅记录",
		about: "For those who supervise, within their scope, and for the audit administrator, without names. The question is a look itself.",
		roles: cases.RolesThat(cases.ReadLooks), codes: []cases.Code{cases.CodeNotFound, records.CodeCursor},
	}, s.looks)
	register(s, operation{
		id: "list-audit", method: http.MethodGet, path: "/api/v1/audit", tag: "audit", summary: "The audit log 审计日志",
		about: "Ids and codes only, the newest first.",
		roles: cases.RolesThat(cases.ReadAudit), codes: []cases.Code{records.CodeCursor},
	}, s.auditLog)
}

func (s *server) looks(ctx context.Context, in *looksInput) (*answer[Looks], error) {
	found, err := s.looksFor(ctx, in)
	if err != nil {
		return nil, err
	}
	out := Looks{Number: found.Number, Items: []Look{}, Next: string(found.Next)}
	for _, r := range found.Rows {
		out.Items = append(out.Items, lookOf(r))
	}
	return &answer[Looks]{Body: out}, nil
}

// lookOf sorts the codes of a row.
func lookOf(r records.AuditRow) Look {
	out := Look{At: r.At, Person: r.Actor, Name: r.Name, Posts: []cases.Post{}, Action: r.Action, Object: r.Object, Parts: []string{}}
	for _, d := range r.Detail {
		name, value, _ := strings.Cut(d, ":")
		switch name {
		case "post":
			out.Posts = append(out.Posts, cases.Post(value))
		case "part":
			out.Parts = append(out.Parts, value)
		case "for", "reason":
			out.Why = value
		case "glass":
			out.Glass = append(out.Glass, value)
		default:
			out.Detail = append(out.Detail, d)
		}
	}
	return out
}

func (s *server) auditLog(ctx context.Context, in *auditInput) (*answer[list[AuditRow]], error) {
	f := records.AuditFilter{Actor: in.Actor, Action: in.Action}
	if in.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, in.Day, cases.Zone)
		if err != nil {
			return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "day", Reason: "time"})
		}
		f.From, f.To = day.UTC(), day.AddDate(0, 0, 1).UTC()
	}
	rows, next, err := s.Audit.AuditLog(ctx, accessOf(ctx), f, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]AuditRow, len(rows))
	for i, r := range rows {
		out[i] = AuditRow{Chain: r.Chain, Seq: r.Seq, At: r.At, Actor: r.Actor, Action: r.Action, Object: r.Object, Detail: whole(r.Detail), Number: r.Number}
	}
	return listOf(out, next), nil
}
