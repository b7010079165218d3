package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Draft is a form that was refused: nothing typed is lost.
type Draft struct {
	Command  string            `json:"command"`
	Case     string            `json:"case"`
	Step     cases.StepName    `json:"step"`
	Base     int64             `json:"base"`
	For      cases.Post        `json:"for,omitempty"`
	Via      string            `json:"via,omitempty"`
	Occurred *time.Time        `json:"occurred_at,omitempty"`
	Fields   cases.Fields      `json:"fields" doc:"engine fields in canonical text: lists joined by commas"`
	Sealed   map[string]string `json:"sealed" doc:"the words"`
	Refusal  *Problem          `json:"refusal,omitempty"`
	At       time.Time         `json:"at"`
}

type draftInput struct {
	Command string `query:"command" format:"uuid" required:"true"`
}

type draftsInput struct {
	Language string `header:"Accept-Language"`
}

func (s *server) draftRoutes() {
	register(s, operation{
		id: "list-drafts", method: http.MethodGet, path: "/api/v1/drafts", tag: "drafts", summary: "One's refused forms, kept 30 days 我的草稿",
	}, s.drafts)
	register(s, operation{
		id: "drop-draft", method: http.MethodDelete, path: "/api/v1/drafts", tag: "drafts", summary: "Drop a draft 删除草稿",
		status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound},
	}, s.dropDraft)
}

func (s *server) drafts(ctx context.Context, in *draftsInput) (*answer[list[Draft]], error) {
	rows, err := s.Cases.Drafts(ctx, accessOf(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]Draft, len(rows))
	for i, r := range rows {
		out[i] = draftOf(r, tongueOf(in.Language))
	}
	return listOf(out, ""), nil
}

func draftOf(d records.Draft, lang *tongue) Draft {
	c := d.Command
	out := Draft{
		Command: c.ID, Case: c.Case, Step: c.Step, Base: c.Base, For: c.For, Via: c.Via, Occurred: moment(c.Occurred),
		Fields: c.Fields, Sealed: d.Sealed, At: d.At,
	}
	if out.Fields == nil {
		out.Fields = cases.Fields{}
	}
	if out.Sealed == nil {
		out.Sealed = map[string]string{}
	}
	if d.Refusal != nil {
		out.Refusal = problemOf(d.Refusal, lang)
	}
	return out
}

func (s *server) dropDraft(ctx context.Context, in *draftInput) (*none, error) {
	return nil, s.Cases.DropDraft(ctx, accessOf(ctx), in.Command)
}
