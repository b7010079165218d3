package api

import (
	"context"
	"net/http"

	"tonghu/cases"
	"tonghu/records"
)

// answering are the roles of the office that talk with a reporter.
var answering = cases.RolesThat(cases.AnswerReporters)

// OfCase names a case.
type OfCase struct {
	ID string `path:"id" format:"uuid" doc:"the case"`
}

// Talk is what the reporter and the office wrote, and what the 查询码 page says beside it.
type Talk struct {
	Items []Message `json:"items" doc:"the oldest first"`
	// Progress is for this case; a report that was merged into it may show another.
	Progress choice[progress] `json:"progress" doc:"what the reporter reads of the case now: nothing else"`
}

type officeLine struct {
	OnceKey
	OfCase
	Body struct {
		Text string     `json:"text" minLength:"1" maxLength:"4000"`
		Asks bool       `json:"asks,omitempty" doc:"请补充: the reporter is asked for an answer"`
		Post cases.Post `json:"post,omitempty" maxLength:"120" doc:"in which of one's posts"`
	}
}

func (s *server) messageRoutes() {
	register(s, operation{
		id: "list-messages", method: http.MethodGet, path: "/api/v1/cases/{id}/messages", tag: "messages", summary: "What the reporter and the office wrote 与报告人往来",
		roles: answering, codes: []cases.Code{cases.CodeNotFound},
	}, s.messages)
	register(s, operation{
		id: "answer-reporter", method: http.MethodPost, path: "/api/v1/cases/{id}/messages", tag: "messages", summary: "Answer the reporter 答复报告人",
		about: "Shown on the 查询码 page only. Ends the obligation to answer.",
		roles: answering, status: http.StatusCreated,
		codes: []cases.Code{cases.CodeNotFound, cases.CodeRole, cases.CodeErased, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.answerReporter)
}

func (s *server) messages(ctx context.Context, in *OfCase) (*answer[Talk], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	if _, err := actingAs(v.full, a, "", answering...); err != nil {
		return nil, err
	}
	lines, err := s.Receipts.Messages(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[Talk]{Body: Talk{Items: whole(messagesOf(lines)), Progress: choice[progress](progressOf(v.full, records.Asked(lines)))}}, nil
}

func (s *server) answerReporter(ctx context.Context, in *officeLine) (*answer[Message], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	post, err := actingAs(v.full, a, in.Body.Post, answering...)
	if err != nil {
		return nil, err
	}
	once := onceFor(a, "POST /api/v1/cases/{id}/messages", in.Key, in.ID, in.Body)
	now := s.Now()
	m, err := s.Receipts.AddMessage(ctx, once, a, in.ID, cases.Fact{
		ID: named(a, once.Route, in.Key), Kind: cases.FactReply, Occurred: now, Received: now,
		By: cases.Actor{Person: a.Person, Post: post}, Fields: asking(in.Body.Asks),
	}, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return &answer[Message]{Body: Message(m)}, nil
}

func asking(asks bool) cases.Fields {
	if !asks {
		return nil
	}
	return cases.Fields{"asks": "true"}
}
