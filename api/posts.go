package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Holding is a person in a post for a time.
type Holding struct {
	Post
	Person  string     `json:"person"`
	Name    string     `json:"name"`
	Deputy  bool       `json:"deputy" doc:"AB角: told where the holder is on leave or there is none"`
	From    time.Time  `json:"from"`
	Until   *time.Time `json:"until,omitempty"`
	OnLeave bool       `json:"on_leave"`
}

// HoldingBody puts a person into a post.
type HoldingBody struct {
	Post   cases.Post `json:"post" maxLength:"120"`
	Person string     `json:"person" format:"uuid"`
	Deputy bool       `json:"deputy,omitempty"`
	From   time.Time  `json:"from,omitzero" doc:"now, if absent"`
	Until  time.Time  `json:"until,omitzero" doc:"without end, if absent"`
}

// LeaveBody says when a person cannot be reached.
type LeaveBody struct {
	Person string    `json:"person,omitempty" format:"uuid" doc:"oneself, if absent"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// Leave is a time in which the deputies are told.
type Leave struct {
	ID     string    `json:"id"`
	Person string    `json:"person"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

type postsInput struct {
	Page
	Prefix string `query:"prefix" maxLength:"120" pattern:"^((village|town|city):([0-9]{6}|[0-9]{9}|[0-9]{12}(/[a-z_]*(#[0-9]{0,3})?)?)?|unit:([a-z][a-z0-9_]*(/[a-z_]*(#[0-9]{0,3})?)?)?)?$" doc:"posts whose name begins so: town:370784101"`
}

type holdInput struct{ Body HoldingBody }

type releaseInput struct {
	Post   cases.Post `query:"post" required:"true" maxLength:"120"`
	Person string     `query:"person" required:"true" format:"uuid"`
}

type leaveInput struct{ Body LeaveBody }

type endLeaveInput struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9-]+$"`
}

func (s *server) postRoutes() {
	register(s, operation{
		id: "list-posts", method: http.MethodGet, path: "/api/v1/posts", tag: "posts", summary: "Who holds which post 岗位与人员",
		codes: []cases.Code{records.CodeCursor},
	}, s.posts)
	register(s, operation{
		id: "hold-post", method: http.MethodPost, path: "/api/v1/holdings", tag: "posts", summary: "Put a person into a post 任职",
		roles: appointing, status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound, cases.CodeConflict, records.CodeSeparation},
	}, s.hold)
	register(s, operation{
		id: "release-post", method: http.MethodDelete, path: "/api/v1/holdings", tag: "posts", summary: "End a holding 离任",
		roles: appointing, status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound},
	}, s.release)
	register(s, operation{
		id: "list-my-leave", method: http.MethodGet, path: "/api/v1/leave", tag: "posts", summary: "One's own leave, now and to come 我的请假",
	}, s.leaves)
	register(s, operation{
		id: "add-leave", method: http.MethodPost, path: "/api/v1/leave", tag: "posts", summary: "Be on leave: the deputy is told 请假",
		about:  "Of oneself; of others by those who appoint.",
		status: http.StatusCreated, codes: []cases.Code{records.CodeForbidden, cases.CodeNotFound},
	}, s.addLeave)
	register(s, operation{
		id: "end-leave", method: http.MethodDelete, path: "/api/v1/leave/{id}", tag: "posts", summary: "Be back 销假",
		status: http.StatusNoContent, codes: []cases.Code{records.CodeForbidden, cases.CodeNotFound},
	}, s.endLeave)
	register(s, operation{
		id: "list-vacancies", method: http.MethodGet, path: "/api/v1/vacancies", tag: "posts", summary: "Posts that nobody holds 空缺岗位",
	}, s.vacancies)
}

func (s *server) posts(ctx context.Context, in *postsInput) (*answer[list[Holding]], error) {
	rows, next, err := s.People.Holdings(ctx, accessOf(ctx), in.Prefix, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Holding, len(rows))
	for i, h := range rows {
		out[i] = Holding{Post: postOf(h.Post), Person: h.Person, Name: h.Name, Deputy: h.Deputy, From: h.From, Until: moment(h.Until), OnLeave: h.OnLeave}
	}
	return listOf(out, next), nil
}

func (s *server) hold(ctx context.Context, in *holdInput) (*none, error) {
	b := in.Body
	if !b.Post.Valid() {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "post", Reason: "format", Want: "post"})
	}
	if !appoints(accessOf(ctx), b.Post) {
		return nil, cases.Refuse(records.CodeForbidden)
	}
	if b.From.IsZero() {
		b.From = s.Now()
	}
	if !b.Until.IsZero() && !b.Until.After(b.From) {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "until", Reason: "range", Want: "after from"})
	}
	return nil, s.People.Hold(ctx, accessOf(ctx), records.Holding{Post: b.Post, Person: b.Person, Deputy: b.Deputy, From: b.From, Until: b.Until})
}

func (s *server) release(ctx context.Context, in *releaseInput) (*none, error) {
	if !appoints(accessOf(ctx), in.Post) {
		return nil, cases.Refuse(records.CodeForbidden)
	}
	return nil, s.People.Release(ctx, accessOf(ctx), in.Post, in.Person)
}

func (s *server) leaves(ctx context.Context, _ *none) (*answer[list[Leave]], error) {
	rows, err := s.People.Leaves(ctx, accessOf(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]Leave, len(rows))
	for i, l := range rows {
		out[i] = Leave(l)
	}
	return listOf(out, ""), nil
}

func (s *server) addLeave(ctx context.Context, in *leaveInput) (*answer[Leave], error) {
	a, b := accessOf(ctx), in.Body
	if b.Person == "" {
		b.Person = a.Person
	}
	if b.Person != a.Person && !a.Has(appointing...) { // of whom, the store knows
		return nil, cases.Refuse(records.CodeForbidden)
	}
	if !b.Until.After(b.From) {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "until", Reason: "range", Want: "after from"})
	}
	l, err := s.People.AddLeave(ctx, a, records.Leave{Person: b.Person, From: b.From, Until: b.Until})
	if err != nil {
		return nil, err
	}
	return &answer[Leave]{Body: Leave(l)}, nil
}

// endLeave: whose leave it is only the store knows; it refuses those who may not.
func (s *server) endLeave(ctx context.Context, in *endLeaveInput) (*none, error) {
	return nil, s.People.EndLeave(ctx, accessOf(ctx), in.ID)
}

func (s *server) vacancies(ctx context.Context, _ *none) (*answer[list[Post]], error) {
	rows, err := s.People.Vacancies(ctx, accessOf(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]Post, len(rows))
	for i, p := range rows {
		out[i] = postOf(p)
	}
	return listOf(out, ""), nil
}
