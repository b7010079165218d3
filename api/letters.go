package api

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/cases"
	"tonghu/records"
)

//go:embed letters/*
var letterFiles embed.FS

// letterStyle is where the paper's style sheet is: the content policy allows none
// inside a page.
const letterStyle = "/api/letters/paper.css"

var letterPage = template.Must(template.ParseFS(letterFiles, "letters/letter.html"))

type letterInput struct {
	OfCase
	N int `path:"n" minimum:"1" maximum:"999"`
}

type paper struct {
	ContentType string `header:"Content-Type"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

func (s *server) letterRoutes() {
	html := map[string]*huma.Response{"200": {Description: "A page to print", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: "string"}}}}}
	register(s, operation{
		id: "print-task", method: http.MethodGet, path: "/api/v1/cases/{id}/tasks/{n}/letter", tag: "letters",
		summary: "A department's numbered 转办函 with its return slip 打印转办函", codes: []cases.Code{cases.CodeNotFound}, answers: html,
	}, s.taskLetter)
	register(s, operation{
		id: "print-order", method: http.MethodGet, path: "/api/v1/cases/{id}/orders/{n}/letter", tag: "letters",
		summary: "A numbered 督办单 打印督办单", codes: []cases.Code{cases.CodeNotFound}, answers: html,
	}, s.orderLetter)
}

func (s *server) taskLetter(ctx context.Context, in *letterInput) (*paper, error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := v.State.Task(in.N); !ok { // of a department, its own tasks only
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	l, err := s.Letters.TaskLetter(ctx, accessOf(ctx), in.ID, in.N)
	return printed(l, err)
}

func (s *server) orderLetter(ctx context.Context, in *letterInput) (*paper, error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shown := false
	for _, o := range v.State.Orders {
		shown = shown || o.N == in.N
	}
	if !shown {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	l, err := s.Letters.OrderLetter(ctx, accessOf(ctx), in.ID, in.N)
	return printed(l, err)
}

// printed sets a letter. Papers are in Chinese: they go to authorities.
func printed(l records.Letter, err error) (*paper, error) {
	if err != nil {
		return nil, err
	}
	page := struct {
		records.Letter
		Style, Title, Subject, IssuedOn, DueOn string
		Order                                  bool
	}{Letter: l, Style: letterStyle, Title: "转办函", IssuedOn: onPaper(l.Issued), DueOn: onPaper(l.Due), Order: l.Kind == "order"}
	page.Subject = chinese.say("enum." + l.Measure)
	if page.Order {
		page.Title, page.Subject = "督办单", chinese.say("obligation."+cases.KeyBase(l.Measure), "enum."+l.Measure)
	}
	if l.To.Unit() == "" { // a place is not whom a paper is for, its post is
		page.ToName = atPlace(page.ToName, chinese.say("role."+string(l.To.Role())))
	}
	var b bytes.Buffer
	if err := letterPage.Execute(&b, page); err != nil {
		return nil, err
	}
	return &paper{ContentType: "text/html; charset=utf-8", Policy: paperPolicy, Body: b.Bytes()}, nil
}

// atPlace names the post of a role at a place: 安和市 and 市未保办 are 安和市未保办.
func atPlace(place, role string) string {
	for _, level := range []string{"市", "镇", "村"} {
		if strings.HasSuffix(place, level) && strings.HasPrefix(role, level) {
			return place + strings.TrimPrefix(role, level)
		}
	}
	return place + role
}

func onPaper(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(cases.Zone).Format("2006年1月2日 15:04")
}

func (s *server) letterStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, letterFiles, "letters/paper.css")
}
