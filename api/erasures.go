package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Erasure is the certificate of a destroyed file (销毁证明). It says nothing of what
// was in it.
type Erasure struct {
	Case   string     `json:"case"`
	Number string     `json:"number"`
	Kind   cases.Kind `json:"kind"`
	At     time.Time  `json:"at"`
	Cause  string     `json:"cause" doc:"retention_over, filed_in_error, data_subject_request"`
	// Decision is the command that two persons decided on.
	Decision  string     `json:"decision" doc:"the command that two persons decided on"`
	DecidedIn string     `json:"decided_in" doc:"the case in which they did: this one, or the one that it was merged into"`
	By        Signatory  `json:"by" doc:"who proposed it"`
	Second    Signatory  `json:"second" doc:"who approved it"`
	Keys      []string   `json:"keys" doc:"the data keys that were destroyed: compartment and fingerprint"`
	ListedAt  *time.Time `json:"listed_at,omitempty" doc:"since when it stands in the signed list outside the database"`
}

// Signatory is who decided, in which post.
type Signatory struct {
	Person string     `json:"person"`
	Post   cases.Post `json:"post"`
	Place  string     `json:"place" doc:"where the post is"`
}

func erasureOf(e records.Erasure) Erasure {
	return Erasure{
		Case: e.Case, Number: e.Number, Kind: e.Kind, At: e.At, Cause: e.Cause, Decision: e.Decision, DecidedIn: e.DecidedIn,
		By: Signatory{e.By.Person, e.By.Post, e.ByName}, Second: Signatory{e.Second.Person, e.Second.Post, e.SecondName},
		Keys: whole(e.Keys), ListedAt: moment(e.ListedAt),
	}
}

func (s *server) erasureRoutes() {
	codes := []cases.Code{cases.CodeNotFound, records.CodeForbidden}
	register(s, operation{
		id: "get-erasure", method: http.MethodGet, path: "/api/v1/cases/{id}/erasure", tag: "cases",
		summary: "The certificate of a destroyed file 销毁证明", codes: codes,
	}, s.getErasure)
	register(s, operation{
		id: "print-erasure", method: http.MethodGet, path: "/api/v1/cases/{id}/erasure/letter", tag: "letters",
		summary: "The certificate of a destroyed file, to print 打印销毁证明", codes: codes,
		answers: papers,
	}, s.printErasure)
}

func (s *server) getErasure(ctx context.Context, in *OfCase) (*answer[Erasure], error) {
	e, err := s.erasureFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[Erasure]{Body: erasureOf(e)}, nil
}

// erasureShown is what a certificate says.
type erasureShown struct {
	records.Erasure
	Style, KindName, CauseName, On, ByPost, SecondPost, ListedOn string
	Merged                                                       bool
}

type erasureInput struct {
	OfCase
	OnPaper
}

func (s *server) printErasure(ctx context.Context, in *erasureInput) (*paperAnswer, error) {
	e, err := s.erasureFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := erasureShown{
		Erasure: e, Style: letterStyle, KindName: chinese.say("kind." + string(e.Kind)), CauseName: chinese.say("enum." + e.Cause),
		On: onPaper(e.At), ByPost: postOnPaper(e.By.Post, e.ByName), SecondPost: postOnPaper(e.Second.Post, e.SecondName),
		ListedOn: onPaper(e.ListedAt), Merged: e.DecidedIn != e.Case,
	}
	if in.As == "pdf" {
		frame, err := s.frame(ctx, chinese, chinese.say("paper.erasure.title"), page.Number)
		if err != nil {
			return nil, err
		}
		frame.Mark = "" // it goes out
		return s.asPDF("erasure-"+e.Case[:8], frame, page.set)
	}
	var b bytes.Buffer
	if err := erasurePage.Execute(&b, page); err != nil {
		return nil, err
	}
	return &paperAnswer{ContentType: "text/html; charset=utf-8", Body: b.Bytes()}, nil
}

// postOnPaper names a post: its place or unit, and its role.
func postOnPaper(p cases.Post, place string) string {
	return atPlace(place, chinese.say("role."+string(p.Role())))
}
