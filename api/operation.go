package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

// operation is one row of the HTTP contract.
type operation struct {
	id, method, path, tag, summary, about string
	status                                int // of a success; 0 is 200
	// public needs no session, but uses one that is there.
	public bool
	// roles may call it; none means everyone who is signed in.
	roles []cases.Role
	// during are the standings before signedIn in which it is answered too.
	during []standing
	// quiet is set for what a page asks by itself: it does not keep a session open.
	quiet bool
	// limit throttles callers by their address.
	limit func(limiters) *limiter
	// publicLimit is set where the limit is not for those who are signed in.
	publicLimit bool
	// unnamed keeps the caller out of the access log: it would tell who reported.
	unnamed bool
	// codes are the refusals of its own, beside those that every operation has.
	codes []cases.Code
	// answers documents a body that the types do not.
	answers map[string]*huma.Response
	// body documents a body that the handler reads itself.
	body *huma.RequestBody
}

// OnceKey is the Idempotency-Key of an operation that a retry could repeat.
type OnceKey struct {
	Key string `header:"Idempotency-Key" required:"true" minLength:"8" maxLength:"128" pattern:"^[!-~]+$" doc:"A new random value for each thing meant, the same for its retries"`
}

// Page asks for a part of a list.
type Page struct {
	Cursor string `query:"cursor" maxLength:"512" pattern:"^[A-Za-z0-9_=.:,-]*$" doc:"next of the answer before; empty for the start"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// list is a part of a list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"cursor of what follows; absent at the end"`
}

func listOf[T any](items []T, next records.Cursor) *answer[list[T]] {
	return &answer[list[T]]{Body: list[T]{Items: whole(items), Next: string(next)}}
}

// answer is a success with a body.
type answer[T any] struct{ Body T }

// none is a success without a body, or a question without parameters.
type none struct{}

// whole gives an empty list for a nil one: a list in an answer is never null.
func whole[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// register adds an operation: who may call it is looked at before its input is,
// and its problem codes are written into the document.
func register[I, O any](s *server, op operation, handle func(context.Context, *I) (*O, error)) {
	o := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{op.tag}, Summary: op.summary, Description: op.about,
		DefaultStatus: op.status, MaxBodyBytes: maxBody + 1, BodyReadTimeout: 20 * time.Second,
		Responses: op.answers,
	}
	codes := slices.Concat(op.codes, []cases.Code{cases.CodeField, cases.CodeUnavailable, cases.CodeInternal})
	if op.method != http.MethodGet {
		codes = append(codes, records.CodeForbidden, records.CodeBadJSON, records.CodeTooLarge, records.CodeMedia, codeSlow)
	}
	if op.public {
		o.Security = []map[string][]string{{}, {"session": {}}}
	} else {
		o.Security = []map[string][]string{{"session": {}}}
		codes = append(codes, records.CodeSignIn)
		for _, st := range []standing{records.CodeSecondFactor, records.CodePasswordChange, records.CodeEnrolment} {
			if !slices.Contains(op.during, st) {
				codes = append(codes, st)
			}
		}
	}
	if len(op.roles) > 0 {
		codes = append(codes, records.CodeForbidden)
	}
	o.Middlewares = append(o.Middlewares, s.signedIn(op))
	if op.limit != nil {
		codes = append(codes, records.CodeThrottled)
		o.Middlewares = append(o.Middlewares, s.throttled(op.limit(s.limits), op.publicLimit))
	}
	s.describe(&o, codes)
	huma.Register(s.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		return out, s.forbidden(ctx, err)
	})
	if op.body != nil { // said after registering: huma reads what it knows of
		s.huma.OpenAPI().Paths[op.path].Post.RequestBody = op.body
	}
}

// describe writes the problems of an operation into the document, by status.
func (s *server) describe(o *huma.Operation, codes []cases.Code) {
	byStatus := map[int][]string{}
	for _, c := range codes {
		status := statusOf(c)
		if !slices.Contains(byStatus[status], string(c)) {
			byStatus[status] = append(byStatus[status], string(c))
		}
	}
	if o.Responses == nil {
		o.Responses = map[string]*huma.Response{}
	}
	for status, codes := range byStatus {
		slices.Sort(codes)
		o.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: "Problem: " + strings.Join(codes, ", "),
			Content:     map[string]*huma.MediaType{problemType: {Schema: problemSchema(s.huma)}},
			Extensions:  map[string]any{"x-problem-codes": codes},
		}
	}
}

// signedIn looks at who is asking before the input is read. Whoever has not come all
// the way in is nobody to what is public, and is told what is missing elsewhere.
func (s *server) signedIn(op operation) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, _ := humachi.Unwrap(c)
		ctx := context.WithValue(withRequest(c.Context(), r), askedKey{}, asked{op.id, c.Param("id")})
		in, err := s.identify(r, op.quiet || op.unnamed) // when a session was seen would tell who filed
		if op.unnamed {
			entryOf(ctx).person = ""
		}
		var who records.Access
		if in != nil {
			ctx = context.WithValue(ctx, sessionKey{}, in)
			who = records.Access{Person: in.Person, Posts: in.Posts, At: s.Now()}
			if st := s.standing(*in); st != signedIn {
				who = records.Access{}
				if !op.public && !slices.Contains(op.during, st) {
					err = cases.Refuse(st)
				}
			}
		}
		ctx = withAccess(ctx, who)
		switch {
		case err != nil:
		case in == nil && !op.public:
			err = cases.Refuse(records.CodeSignIn)
		case len(op.roles) > 0 && !who.Has(op.roles...):
			err = s.denied(ctx, "", cases.Refuse(records.CodeForbidden))
		}
		if err != nil {
			_ = huma.WriteErr(s.huma, c, http.StatusInternalServerError, "", err)
			return
		}
		next(huma.WithContext(c, ctx))
	}
}

// throttled refuses an address that asks too often.
func (s *server) throttled(l *limiter, public bool) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		if public && accessOf(c.Context()).Person != "" {
			next(c)
			return
		}
		r, _ := humachi.Unwrap(c)
		if err := l.take(addressKey(r)); err != nil {
			_ = huma.WriteErr(s.huma, c, http.StatusTooManyRequests, "", err)
			return
		}
		next(c)
	}
}

// named gives the id of what a caller makes under an Idempotency-Key: asked again
// with the same key it is the same id (UUIDv5).
func named(a records.Access, route, key string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("tonghu:"+a.Person+"\x00"+route+"\x00"+key)).String()
}
