package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// visiting are the roles that visit a child (DOMAIN 3 A7, 4 T8, 6).
var visiting = []cases.Role{cases.RoleDirector, cases.RoleSupervisor, cases.RoleSocialWorker, cases.RoleManager, cases.RoleShelter, cases.RolePolice}

// noting are the roles that may write a note: everyone who works on the case. The
// town's leader and the procurator read; what they have to say is a step of its own.
var noting = append([]cases.Role{cases.RoleDesk, cases.RoleHead, cases.RoleBureau, cases.RoleLiaison}, visiting...)

// attaching are the roles that may add a paper or photo: the procurator too, with
// an opinion (监督意见).
var attaching = append([]cases.Role{cases.RoleProcurator}, noting...)

// VisitBody is a visit: what was found, and in words what was seen.
type VisitBody struct {
	Outcome    choice[outcomes] `json:"outcome" doc:"只有 met 和 boarding 重新起算"`
	Colour     choice[colours]  `json:"colour,omitempty" doc:"the risk as seen; it can only raise the case's colour"`
	Alone      bool             `json:"alone,omitempty" doc:"the child was spoken with alone"`
	OccurredAt time.Time        `json:"occurred_at,omitzero" doc:"when it was, if not now"`
	Text       string           `json:"text,omitempty" maxLength:"4000" doc:"what was seen, and what the child said on its own"`
	Post       cases.Post       `json:"post,omitempty" maxLength:"120"`
}

// NoteBody is a note for those who work on the case.
type NoteBody struct {
	Text       string     `json:"text" minLength:"1" maxLength:"4000"`
	OccurredAt time.Time  `json:"occurred_at,omitzero"`
	Post       cases.Post `json:"post,omitempty" maxLength:"120"`
}

// Fact is something that was stored at once and that the case takes in after.
type Fact struct {
	ID         string         `json:"id"`
	Kind       cases.FactKind `json:"kind"`
	OccurredAt time.Time      `json:"occurred_at"`
	ReceivedAt time.Time      `json:"received_at"`
	Person     string         `json:"person,omitempty"`
	Post       cases.Post     `json:"post,omitempty"`
	Fields     cases.Fields   `json:"fields,omitempty"`
}

func factOf(f cases.Fact) Fact {
	return Fact{ID: f.ID, Kind: f.Kind, OccurredAt: f.Occurred, ReceivedAt: f.Received, Person: f.By.Person, Post: f.By.Post, Fields: f.Fields}
}

type visitInput struct {
	OnceKey
	OfCase
	Body VisitBody
}

type noteInput struct {
	OnceKey
	OfCase
	Body NoteBody
}

func (s *server) factRoutes() {
	codes := []cases.Code{cases.CodeNotFound, cases.CodeRole, cases.CodeFuture, cases.CodeErased, records.CodeForbidden, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight}
	register(s, operation{
		id: "record-visit", method: http.MethodPost, path: "/api/v1/cases/{id}/visits", tag: "facts", summary: "Record a visit 登记走访",
		about:  "A fact: stored at once, and taken in when the engine can.",
		status: http.StatusCreated, codes: codes,
	}, s.visit)
	register(s, operation{
		id: "add-note", method: http.MethodPost, path: "/api/v1/cases/{id}/notes", tag: "facts", summary: "Add a note 添加备注",
		status: http.StatusCreated, codes: codes,
	}, s.note)
}

func (s *server) visit(ctx context.Context, in *visitInput) (*answer[Fact], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	post, err := actingAs(v.full, accessOf(ctx), in.Body.Post, visiting...)
	if err != nil {
		return nil, err
	}
	fields := cases.Fields{"outcome": string(in.Body.Outcome), "alone": strconv.FormatBool(in.Body.Alone)}
	if in.Body.Colour != "" {
		fields["colour"] = string(in.Body.Colour)
	}
	return s.fact(ctx, in.Key, "POST /api/v1/cases/{id}/visits", in.ID, in.Body, cases.Fact{
		Kind: cases.FactVisit, Occurred: in.Body.OccurredAt, By: cases.Actor{Post: post}, Fields: fields,
	}, words("text", in.Body.Text))
}

func (s *server) note(ctx context.Context, in *noteInput) (*answer[Fact], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	post, err := actingAs(v.full, accessOf(ctx), in.Body.Post, noting...)
	if err != nil {
		return nil, err
	}
	return s.fact(ctx, in.Key, "POST /api/v1/cases/{id}/notes", in.ID, in.Body, cases.Fact{
		Kind: cases.FactNote, Occurred: in.Body.OccurredAt, By: cases.Actor{Post: post},
	}, words("text", in.Body.Text))
}

// fact commits a fact. Nothing here waits for the engine.
func (s *server) fact(ctx context.Context, key, route, caseID string, asked any, f cases.Fact, sealed map[string]string) (*answer[Fact], error) {
	return s.factUnless(ctx, nil, key, route, caseID, asked, f, sealed)
}

// factUnless is fact where a refusal stands in its way: only what was committed before is
// answered again.
func (s *server) factUnless(ctx context.Context, refusal *cases.Error, key, route, caseID string, asked any, f cases.Fact, sealed map[string]string) (*answer[Fact], error) {
	a, now := accessOf(ctx), s.Now()
	if f.Occurred.After(now.Add(time.Minute)) {
		return nil, cases.Refuse(cases.CodeFuture, cases.FieldError{Field: "occurred_at", Reason: "time", Want: "not in the future"})
	}
	if f.Occurred.IsZero() {
		f.Occurred = now
	}
	f.ID, f.Received, f.By.Person = named(a, route, key), now, a.Person
	once := onceFor(a, route, key, caseID, asked)
	once.Refusal = refusal
	f, err := s.Cases.AddFact(ctx, once, a, caseID, f, sealed)
	if err != nil {
		return nil, err
	}
	return &answer[Fact]{Body: factOf(f)}, nil
}

func words(name, text string) map[string]string {
	if text == "" {
		return nil
	}
	return map[string]string{name: text}
}
