package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// overseeing look through the emergency readings: who answers for the cases, and the
// two administrators who watch over the product and see no case.
var overseeing = cases.RolesThat(cases.OverseeGlass)

// GlassBody says what is to be read, and why.
type GlassBody struct {
	Compartments []choice[glassParts] `json:"compartments" minItems:"1" maxItems:"4" doc:"what is to be opened"`
	Grounds      choice[glassGrounds] `json:"grounds"`
	Reason       string               `json:"reason" minLength:"1" maxLength:"2000" doc:"in words; kept encrypted, for who reviews it"`
	Post         cases.Post           `json:"post,omitempty" maxLength:"120" doc:"in which of one's posts"`
}

// Glass is an emergency reading 紧急调阅.
type Glass struct {
	ID           string              `json:"id" doc:"the step review_glass names it; every look under it carries it in the audit log"`
	Case         string              `json:"case"`
	Number       string              `json:"number,omitempty"`
	Reader       cases.Actor         `json:"reader"`
	Compartments []cases.Compartment `json:"compartments"`
	Grounds      string              `json:"grounds"`
	Began        time.Time           `json:"began"`
	Until        time.Time           `json:"until"`
	Open         bool                `json:"open" doc:"it lets its reader read now"`
	Approver     *cases.Actor        `json:"approver,omitempty" doc:"who agreed before; then nothing is reviewed after"`
	Review       *GlassReview        `json:"review,omitempty"`
	Reason       string              `json:"reason,omitempty" doc:"for its reader and for who judges it"`
}

// GlassReview is what follows a reading that nobody agreed to before.
type GlassReview struct {
	Post    cases.Post `json:"post" doc:"who owes it, or has made it"`
	Due     time.Time  `json:"due"`
	Overdue bool       `json:"overdue"`
	Person  string     `json:"person,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Verdict string     `json:"verdict,omitempty"`
}

// Opening is what an emergency reading lets the caller read of a case.
type Opening struct {
	ID           string              `json:"id"`
	Compartments []cases.Compartment `json:"compartments"`
	Until        time.Time           `json:"until"`
}

func openingsOf(list []records.Opening) []Opening {
	out := make([]Opening, len(list))
	for i, o := range list {
		out[i] = Opening(o)
	}
	return out
}

func (s *server) glassOf(g records.Glass) Glass {
	now := s.Now()
	out := Glass{
		ID: g.ID, Case: g.Case, Number: g.Number, Reader: g.Reader, Compartments: whole(g.Compartments), Grounds: g.Grounds, Began: g.Began, Until: g.Until,
		Open: g.Reading(now), Reason: g.Reason,
	}
	if g.Approver.Person != "" {
		out.Approver = &g.Approver
	} else {
		out.Review = &GlassReview{
			Post: g.Reviewer.Post, Due: g.ReviewDue, Overdue: g.ReviewedAt.IsZero() && g.ReviewDue.Before(now), Person: g.Reviewer.Person,
			At: moment(g.ReviewedAt), Verdict: g.Verdict,
		}
	}
	return out
}

type glassParts struct{}

func (glassParts) options() []string { return texts(cases.GlassCompartments) }

type glassGrounds struct{}

func (glassGrounds) options() []string { return cases.GlassReasons }

type glassInput struct {
	OnceKey
	OfCase
	Body GlassBody
}

type glassesInput struct {
	Page
	Case string `query:"case" format:"uuid"`
	Open bool   `query:"open" doc:"reviews that nobody has made yet"`
}

func (s *server) glassRoutes() {
	register(s, operation{
		id: "break-glass", method: http.MethodPost, path: "/api/v1/cases/{id}/break-glass", tag: "sealed", summary: "Read what is sealed in an emergency 紧急调阅",
		about: "Opens the parts to the caller at once and for a short time. The caller's supervisor is told at once and reviews it within the policy's time. " +
			"Who may not read before a second person has agreed is told second_person_needed: the step break_glass asks for that.",
		status: http.StatusCreated,
		codes: []cases.Code{
			cases.CodeNotFound, cases.CodeRole, cases.CodeSecond, cases.CodeErased, records.CodeForbidden, records.CodeKeyMissing, records.CodeKeyReused,
			records.CodeInFlight,
		},
	}, s.breakGlass)
	register(s, operation{
		id: "list-break-glass", method: http.MethodGet, path: "/api/v1/break-glass", tag: "sealed", summary: "The emergency readings, the newest first 紧急调阅记录",
		about: "Of the cases that the caller sees; the security and the audit administrator see all, without a word of the file.",
		roles: overseeing, codes: []cases.Code{cases.CodeNotFound, records.CodeCursor},
	}, s.listGlass)
}

func (s *server) breakGlass(ctx context.Context, in *glassInput) (*answer[Glass], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	post, err := actingIn(v.full, a, in.Body.Post, func(p cases.Post) bool {
		atOnce, _ := v.full.MayBreakGlass(p)
		return atOnce
	})
	if err != nil {
		return nil, err
	}
	if atOnce, asking := v.full.MayBreakGlass(post); !atOnce {
		if asking {
			return nil, &cases.Error{Code: cases.CodeSecond, Allowed: cases.Allowed(v.full, []cases.Post{post})}
		}
		return nil, cases.Refuse(records.CodeForbidden)
	}
	const route = "POST /api/v1/cases/{id}/break-glass"
	b := records.BreakGlass{ID: named(a, route, in.Key), Case: in.ID, Post: post, Grounds: string(in.Body.Grounds), Reason: in.Body.Reason}
	for _, c := range distinct(in.Body.Compartments) {
		b.Compartments = append(b.Compartments, cases.Compartment(c))
	}
	g, err := s.Glasses.BreakGlass(ctx, onceFor(a, route, in.Key, in.ID, in.Body), a, b)
	if err != nil {
		return nil, err
	}
	return &answer[Glass]{Body: s.glassOf(g)}, nil
}

func (s *server) listGlass(ctx context.Context, in *glassesInput) (*answer[list[Glass]], error) {
	rows, next, err := s.Glasses.ListGlasses(ctx, accessOf(ctx), records.GlassFilter{Case: in.Case, Open: in.Open}, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Glass, len(rows))
	for i, g := range rows {
		out[i] = s.glassOf(g)
	}
	return listOf(out, next), nil
}
