package api

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strconv"
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

// Papers are in Chinese: they go to authorities. A page to print and its PDF say the
// same words.
var (
	letterHTML  = paperPage("letter.html")
	erasurePage = paperPage("erasure.html")
)

func paperPage(name string) *template.Template {
	return template.Must(template.New(name).Funcs(template.FuncMap{"say": func(key string) string { return chinese.say(key) }}).ParseFS(letterFiles, "letters/"+name))
}

// OnPaper is the form in which a letter is wanted.
type OnPaper struct {
	As string `query:"as" enum:"html,pdf" default:"html" doc:"a page to print, or a PDF"`
}

type letterInput struct {
	OfCase
	OnPaper
	N int `path:"n" minimum:"1" maximum:"999"`
}

// paperAnswer is a paper as it is served.
type paperAnswer struct {
	ContentType string `header:"Content-Type"`
	Policy      string `header:"Content-Security-Policy"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// papers documents an answer that is a page or a PDF.
var papers = map[string]*huma.Response{"200": {Description: "A page to print, or the PDF", Content: map[string]*huma.MediaType{
	"text/html": {Schema: &huma.Schema{Type: "string"}}, "application/pdf": {},
}}}

func (s *server) letterRoutes() {
	register(s, operation{
		id: "print-task", method: http.MethodGet, path: "/api/v1/cases/{id}/tasks/{n}/letter", tag: "letters",
		summary: "A department's numbered 转办函 with its return slip 打印转办函", codes: []cases.Code{cases.CodeNotFound}, answers: papers,
	}, s.taskLetter)
	register(s, operation{
		id: "print-order", method: http.MethodGet, path: "/api/v1/cases/{id}/orders/{n}/letter", tag: "letters",
		summary: "A numbered 督办单 打印督办单", codes: []cases.Code{cases.CodeNotFound}, answers: papers,
	}, s.orderLetter)
}

func (s *server) taskLetter(ctx context.Context, in *letterInput) (*paperAnswer, error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := v.State.Task(in.N); !ok { // of a department, its own tasks only
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	l, err := s.Letters.TaskLetter(ctx, accessOf(ctx), in.ID, in.N)
	return s.printed(ctx, l, in.As, err)
}

func (s *server) orderLetter(ctx context.Context, in *letterInput) (*paperAnswer, error) {
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
	return s.printed(ctx, l, in.As, err)
}

// letterShown is what a letter says.
type letterShown struct {
	records.Letter
	Style, Title, Subject, IssuedOn, DueOn string
	Order                                  bool
}

// Addressed is the line that names whom it is for.
func (l letterShown) Addressed() string { return chinese.put("paper.letter.to", "to", l.ToName) }

// Says is its sentence.
func (l letterShown) Says() string {
	by := ""
	if l.DueOn != "" {
		by = chinese.put("paper."+l.Kind+".by", "due", l.DueOn)
	}
	return chinese.put("paper."+l.Kind+".text", "by", by)
}

// Term is the key of what its due time is called.
func (l letterShown) Term() string { return "paper." + l.Kind + ".due" }

// printed sets a letter.
func (s *server) printed(ctx context.Context, l records.Letter, as string, err error) (*paperAnswer, error) {
	if err != nil {
		return nil, err
	}
	page := letterShown{Letter: l, Style: letterStyle, Title: chinese.say("paper.task.title"), IssuedOn: onPaper(l.Issued), DueOn: onPaper(l.Due), Order: l.Kind == "order"}
	page.Subject = chinese.say("enum." + l.Measure)
	if page.Provisional {
		page.DueOn = chinese.put("paper.letter.provisional", "due", page.DueOn)
	}
	if page.Order {
		page.Title, page.Subject = chinese.say("paper.order.title"), chinese.say("obligation."+cases.KeyBase(l.Measure), "enum."+l.Measure)
	}
	if l.To.Unit() == "" { // a place is not whom a paper is for, its post is
		page.ToName = atPlace(page.ToName, chinese.say("role."+string(l.To.Role())))
	}
	if as == "pdf" {
		frame, err := s.frame(ctx, chinese, page.Title, page.Number)
		if err != nil {
			return nil, err
		}
		frame.Mark = "" // it goes out
		if page.Draft {
			frame.Mark = chinese.say("paper.draftMark")
		}
		return s.asPDF(l.Kind+"-"+l.Case[:8]+"-"+strconv.Itoa(l.Issued.In(cases.Zone).Year()), frame, page.set)
	}
	var b bytes.Buffer
	if err := letterHTML.Execute(&b, page); err != nil {
		return nil, err
	}
	return &paperAnswer{ContentType: "text/html; charset=utf-8", Policy: paperPolicy, Body: b.Bytes()}, nil
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
	return t.In(cases.Zone).Format(chinese.say("paper.date"))
}

func (s *server) letterStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, letterFiles, "letters/paper.css")
}
