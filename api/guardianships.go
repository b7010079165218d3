package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

// finding are the roles that open a temporary guardianship by themselves: who finds
// a child without care (未保法 92) and works here. Everybody else files a report.
var finding = cases.RolesThat(cases.FindChildren)

// FindingBody is a child without care, found where no report led to it. Only the
// ground and the answer about danger are asked for: the child may be wholly unknown.
type FindingBody struct {
	Org       cases.Org         `json:"org,omitempty" pattern:"^[0-9]{12}$" doc:"where the child is: the village's code if known, else the town's; absent: somewhere in the city"`
	Ground    choice[grounds]   `json:"ground" doc:"未成年人保护法 Art 92"`
	Danger    choice[dangers]   `json:"danger" doc:"is the child in danger now"`
	Relation  choice[relations] `json:"relation,omitempty" doc:"the suspect's relation to the child, if one is suspected"`
	Avoid     []choice[levels]  `json:"avoid,omitempty" maxItems:"5" doc:"who must not learn of it, because one of theirs may be concerned"`
	Child     ChildBody         `json:"child,omitzero"`
	Narrative NarrativeBody     `json:"narrative,omitzero"`
	Post      cases.Post        `json:"post,omitempty" maxLength:"120" doc:"in which of one's posts; the first that may, if absent"`
}

// Found is the answer to a finding.
type Found struct {
	ID      string    `json:"id" doc:"the case's id"`
	Number  string    `json:"number" doc:"监护〔2026〕000123"`
	FiledAt time.Time `json:"filed_at"`
}

type findInput struct {
	OnceKey
	Body FindingBody
}

type foundAnswer struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true: the same key had opened it before"`
	Body     Found
}

func (s *server) guardianshipRoutes() {
	register(s, operation{
		id: "open-guardianship", method: http.MethodPost, path: "/api/v1/guardianships", tag: "guardianships", summary: "Open a temporary guardianship 启动临时监护",
		about: "For a child without care to whom no report led; from a report it is a step. Answered as soon as it is stored, whatever state " +
			"the engine is in. The same Idempotency-Key and body give the same case.",
		status: http.StatusCreated, roles: finding,
		codes: []cases.Code{cases.CodeRole, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.find)
}

func (s *server) find(ctx context.Context, in *findInput) (*foundAnswer, error) {
	a, b := accessOf(ctx), in.Body
	post, err := findingAs(a, b.Post)
	if err != nil {
		return nil, err
	}
	if b.Org, err = s.place(b.Org); err != nil {
		return nil, err
	}
	rules, err := s.Filings.CurrentRules(ctx)
	if err != nil {
		return nil, err
	}
	opened, refusal := cases.OpenGuardianship(cases.Finding{
		ID: uuid.NewString(), Org: b.Org, Ground: cases.Ground(b.Ground), Danger: cases.Danger(b.Danger), Relation: cases.Relation(b.Relation),
		Avoid: texts(distinct(b.Avoid)), By: cases.Actor{Person: a.Person, Post: post},
	}, rules, s.Now())
	if refusal != nil {
		return nil, refusal
	}
	filed, err := s.Filings.File(ctx, onceFor(a, "POST /api/v1/guardianships", in.Key, in.Body), records.Filing{
		Open: opened, Child: b.Child.record(), Narrative: b.Narrative.record(),
	})
	if err != nil {
		return nil, err
	}
	out := &foundAnswer{Body: Found{ID: filed.Case, Number: filed.Number, FiledAt: filed.At}}
	if filed.Replayed {
		out.Replayed = "true"
	}
	return out, nil
}

// findingAs gives the post in which someone opens a guardianship: the one that they
// name, or their first that may.
func findingAs(a records.Access, want cases.Post) (cases.Post, error) {
	may := func(p cases.Post) bool { return slices.Contains(finding, p.Role()) }
	if want != "" {
		if !a.Holds(want) || !may(want) {
			return "", cases.Refuse(cases.CodeRole, cases.FieldError{Field: "post", Reason: "range"})
		}
		return want, nil
	}
	if i := slices.IndexFunc(a.Posts, may); i >= 0 {
		return a.Posts[i], nil
	}
	return "", cases.Refuse(cases.CodeRole)
}
