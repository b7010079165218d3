package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/identifier"
)

// SearchBody looks for a child: by the whole of one thing, and for a reason.
type SearchBody struct {
	By     choice[searchBys]     `json:"by" doc:"what is looked for; reporter_phone is for the duty desk alone"`
	Value  string                `json:"value" minLength:"1" maxLength:"100" doc:"the whole name, its pinyin, its initials, the whole ID number, or the whole telephone number of the child or a guardian; the last four digits find nothing"`
	Reason choice[searchReasons] `json:"reason"`
	Words  string                `json:"words,omitempty" maxLength:"500" doc:"why, in words; required for the reason other; sealed"`
}

type (
	searchBys     struct{}
	searchReasons struct{}
)

func (searchBys) options() []string     { return texts(records.SearchBys) }
func (searchReasons) options() []string { return texts(records.SearchReasons) }

// SearchFound is what a search found.
type SearchFound struct {
	Search string    `json:"search" doc:"id of the search in the audit log"`
	Items  []CaseRow `json:"items" doc:"the newest first, at most 20"`
	More   bool      `json:"more" doc:"there are more than are shown"`
	Text   string    `json:"text" doc:"what to do next, for people"`
}

// Alike is another open case that may be about the same child.
type Alike struct {
	ID     string              `json:"id"`
	Number string              `json:"number"`
	Kind   cases.Kind          `json:"kind"`
	Colour cases.Colour        `json:"colour"`
	Opened time.Time           `json:"opened"`
	By     []choice[searchBys] `json:"by" doc:"what the two have in common"`
}

// Searched is what is kept of a search: who, by what and why; never for what.
type Searched struct {
	ID     string                `json:"id"`
	Person string                `json:"person"`
	At     time.Time             `json:"at"`
	By     choice[searchBys]     `json:"by"`
	Reason choice[searchReasons] `json:"reason"`
	Words  string                `json:"words,omitempty"`
	Found  int                   `json:"found" doc:"how many cases it showed"`
}

type searchInput struct {
	Language string `header:"Accept-Language"`
	Body     SearchBody
}

type searchedInput struct {
	ID string `path:"id" format:"uuid" doc:"the search"`
}

func (s *server) searchRoutes() {
	register(s, operation{
		id: "search", method: http.MethodPost, path: "/api/v1/search", tag: "search", summary: "Look for a child 查找儿童",
		about: "Finds cases within one's scope whose child one may know, exactly and by the whole of what is typed. Every search, and each " +
			"case that it shows, is in the audit log with its reason. At most 60 an hour.",
		roles: cases.RolesThat(cases.SearchChildren), codes: []cases.Code{records.CodeThrottled},
	}, s.search)
	register(s, operation{
		id: "get-search", method: http.MethodGet, path: "/api/v1/searches/{id}", tag: "search", summary: "Why somebody looked for a child 查找缘由",
		roles: cases.RolesThat(cases.ReadSearches), codes: []cases.Code{cases.CodeNotFound},
	}, s.searched)
	register(s, operation{
		id: "list-alike", method: http.MethodGet, path: "/api/v1/cases/{id}/alike", tag: "search", summary: "Open cases that may be about the same child 疑似重复",
		about: "For the duplicate check of 研判: the same name, ID number or telephone. Numbers and colours only.",
		roles: []cases.Role{cases.RoleDesk}, codes: []cases.Code{cases.CodeNotFound},
	}, s.alike)
}

func (s *server) search(ctx context.Context, in *searchInput) (*answer[SearchFound], error) {
	a, b := accessOf(ctx), in.Body
	by := records.SearchBy(b.By)
	if err := b.check(); err != nil {
		return nil, err
	}
	if by == records.ByReporterPhone && !a.Has(cases.RolesThat(cases.SearchReporters)...) {
		return nil, cases.Refuse(records.CodeForbidden)
	}
	found, err := s.Searches.Search(ctx, a, records.Search{By: by, Value: b.Value, Reason: records.SearchReason(b.Reason), Words: b.Words})
	if is(err, records.CodeThrottled) {
		return nil, &refused{err: cases.Refuse(records.CodeThrottled), retry: time.Hour}
	}
	if err != nil {
		return nil, err
	}
	out := SearchFound{Search: found.ID, Items: []CaseRow{}, More: found.More}
	for _, h := range found.Hits {
		if s.reads(h.State, a, by.Tells()) {
			out.Items = append(out.Items, rowOf(s.narrowedRow(h.CaseRow, shownOwed(h.State, reading(h.State, a)))))
		}
	}
	out.Text = tongueOf(in.Language).say(foundKey(out))
	return &answer[SearchFound]{Body: out}, nil
}

func foundKey(f SearchFound) string {
	switch {
	case f.More:
		return "search.more"
	case len(f.Items) == 0:
		return "search.none"
	}
	return "search.found"
}

// check refuses what finds nothing because it is a part only, and a reason without
// words that needs them.
func (b SearchBody) check() error {
	var faults []cases.FieldError
	switch records.SearchBy(b.By) {
	case records.ByPhone, records.ByReporterPhone:
		if _, err := identifier.ParsePhone(b.Value); err != nil {
			faults = append(faults, cases.FieldError{Field: "value", Reason: "format", Want: "a whole telephone number"})
		}
	case records.ByIDNumber:
		if len(identifier.NormaliseID(b.Value)) < 6 { // a permit or passport has more
			faults = append(faults, cases.FieldError{Field: "value", Reason: "format", Want: "a whole ID number"})
		}
	}
	if b.Reason == choice[searchReasons](records.SearchOther) && b.Words == "" {
		faults = append(faults, cases.FieldError{Field: "words", Reason: "required"})
	}
	if len(faults) > 0 {
		return cases.Refuse(cases.CodeField, faults...)
	}
	return nil
}

func (s *server) searched(ctx context.Context, in *searchedInput) (*answer[Searched], error) {
	r, err := s.Searches.Searched(ctx, accessOf(ctx), in.ID)
	if err := s.hidden(ctx, in.ID, err); err != nil {
		return nil, err
	}
	return &answer[Searched]{Body: Searched{
		ID: r.ID, Person: r.Person, At: r.At, By: choice[searchBys](r.By), Reason: choice[searchReasons](r.Reason), Words: r.Words, Found: r.Found,
	}}, nil
}

func (s *server) alike(ctx context.Context, in *OfCase) (*answer[list[Alike]], error) {
	if _, err := s.caseFor(ctx, in.ID); err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	hits, err := s.Searches.Alike(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	var out []Alike
	for _, h := range hits {
		if s.reads(h.State, a, cases.Ordinary) {
			out = append(out, Alike{ID: h.ID, Number: h.Number, Kind: h.Kind, Colour: h.Colour, Opened: h.Opened, By: turned[choice[searchBys]](h.Shared)})
		}
	}
	return listOf(out, ""), nil
}
