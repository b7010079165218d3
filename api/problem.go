package api

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tonghu/cases"
	"tonghu/records"
)

const problemType = "application/problem+json"

// codeSlow is the refusal of a body that does not arrive.
const codeSlow cases.Code = "request_timeout"

// statuses is the one table from codes to HTTP statuses: 403 for who may not, 404
// for what is not there for the asker, 409 for what changed meanwhile, 422 for what
// the form, the law or our rules of practice refuse.
var statuses = map[cases.Code]int{
	records.CodeBadJSON:    http.StatusBadRequest,
	records.CodeKeyMissing: http.StatusBadRequest,
	records.CodeCursor:     http.StatusBadRequest,

	records.CodeSignIn:      http.StatusUnauthorized,
	records.CodeCredentials: http.StatusUnauthorized,

	records.CodeForbidden:      http.StatusForbidden,
	records.CodeSecondFactor:   http.StatusForbidden,
	records.CodePasswordChange: http.StatusForbidden,
	records.CodeEnrolment:      http.StatusForbidden,
	records.CodeSignInAgain:    http.StatusForbidden,
	records.CodeRefusedThere:   http.StatusForbidden,
	records.CodeNotLinked:      http.StatusForbidden,
	cases.CodeRole:             http.StatusForbidden,
	cases.CodeScope:            http.StatusForbidden,
	cases.CodeSecond:           http.StatusForbidden,
	cases.CodeProxy:            http.StatusForbidden,
	cases.CodeBelowRung:        http.StatusForbidden,
	cases.CodeOwnReading:       http.StatusForbidden,

	cases.CodeNotFound:       http.StatusNotFound,
	cases.CodeUnknownStep:    http.StatusNotFound,
	records.CodeReceiptWrong: http.StatusNotFound,
	records.CodeFileLink:     http.StatusNotFound,

	records.CodeMethod: http.StatusMethodNotAllowed,
	codeSlow:           http.StatusRequestTimeout,

	cases.CodeStale:           http.StatusConflict,
	cases.CodeConflict:        http.StatusConflict,
	records.CodeInFlight:      http.StatusConflict,
	records.CodeSignInExpired: http.StatusConflict,

	records.CodePrecondition: http.StatusPreconditionFailed,
	records.CodeTooLarge:     http.StatusRequestEntityTooLarge,
	records.CodeFileTooLarge: http.StatusRequestEntityTooLarge,
	records.CodeMedia:        http.StatusUnsupportedMediaType,

	cases.CodeField:          http.StatusUnprocessableEntity,
	cases.CodeStage:          http.StatusUnprocessableEntity,
	cases.CodeNoProposal:     http.StatusUnprocessableEntity,
	cases.CodeNoConference:   http.StatusUnprocessableEntity,
	cases.CodeNotSeen:        http.StatusUnprocessableEntity,
	cases.CodePoliceOpen:     http.StatusUnprocessableEntity,
	cases.CodeTasksOpen:      http.StatusUnprocessableEntity,
	cases.CodeLinkedOpen:     http.StatusUnprocessableEntity,
	cases.CodeVisitMissing:   http.StatusUnprocessableEntity,
	cases.CodeNotInformed:    http.StatusUnprocessableEntity,
	cases.CodeRisk:           http.StatusUnprocessableEntity,
	cases.CodeClosed:         http.StatusUnprocessableEntity,
	cases.CodeNoObligation:   http.StatusUnprocessableEntity,
	cases.CodeNotPausable:    http.StatusUnprocessableEntity,
	cases.CodeReceipt:        http.StatusUnprocessableEntity,
	cases.CodeSelf:           http.StatusUnprocessableEntity,
	cases.CodeFuture:         http.StatusUnprocessableEntity,
	cases.CodeRecusedPost:    http.StatusUnprocessableEntity,
	cases.CodeKinship:        http.StatusUnprocessableEntity,
	cases.CodeAfter:          http.StatusUnprocessableEntity,
	cases.CodeVillageAlone:   http.StatusUnprocessableEntity,
	cases.CodeProposed:       http.StatusUnprocessableEntity,
	cases.CodeRulesRejected:  http.StatusUnprocessableEntity,
	cases.CodeHold:           http.StatusUnprocessableEntity,
	cases.CodePoliceTrack:    http.StatusUnprocessableEntity,
	cases.CodeLinkedKept:     http.StatusUnprocessableEntity,
	cases.CodeErased:         http.StatusUnprocessableEntity,
	cases.CodeAcked:          http.StatusUnprocessableEntity,
	cases.CodeNoAlert:        http.StatusUnprocessableEntity,
	records.CodeReceiptEnded: http.StatusUnprocessableEntity,
	records.CodeKeyReused:    http.StatusUnprocessableEntity,
	records.CodeWeak:         http.StatusUnprocessableEntity,
	records.CodeWrongCode:    http.StatusUnprocessableEntity,
	records.CodeOwnAccount:   http.StatusUnprocessableEntity,
	records.CodeFileType:     http.StatusUnprocessableEntity,
	records.CodeFileHEIC:     http.StatusUnprocessableEntity,
	records.CodeFilePixels:   http.StatusUnprocessableEntity,
	records.CodeFileDamaged:  http.StatusUnprocessableEntity,
	records.CodePDFActive:    http.StatusUnprocessableEntity,
	records.CodePDFLocked:    http.StatusUnprocessableEntity,
	records.CodeSeparation:   http.StatusConflict,
	records.CodeFilesTooMany: http.StatusUnprocessableEntity, records.CodeExportTooLarge: http.StatusUnprocessableEntity,
	records.CodePhotosOver: http.StatusUnprocessableEntity,

	records.CodeThrottled: http.StatusTooManyRequests,

	cases.CodeInternal: http.StatusInternalServerError,
	cases.CodeSchema:   http.StatusInternalServerError,

	records.CodeProviderFailed: http.StatusBadGateway,

	cases.CodeMoving:      http.StatusServiceUnavailable,
	cases.CodeUnavailable: http.StatusServiceUnavailable,
}

// Codes lists every code that an answer can carry, in alphabetical order.
func Codes() []cases.Code {
	var out []cases.Code
	for c := range statuses {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

func statusOf(c cases.Code) int {
	if status, ok := statuses[c]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// Problem is every answer that is not a success (RFC 9457).
type Problem struct {
	Type   string       `json:"type" doc:"always about:blank: code says which problem it is"`
	Title  string       `json:"title" doc:"what is wrong, for people"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty" doc:"what to do next, for people"`
	Code   problemCode  `json:"code" doc:"stable name of the problem"`
	Errors []FieldFault `json:"errors,omitempty" doc:"what is wrong with each field"`
	// Allowed are the steps that the caller could take in the case now.
	Allowed []cases.StepName `json:"allowed,omitempty" doc:"the steps open to the caller now"`
	// Changed is what was decided since the form was opened.
	Changed []Changed `json:"changed,omitempty" doc:"case_moved_on: the decisions since the form's base, the oldest first"`
	Base    *int64    `json:"base,omitempty" doc:"case_moved_on: the base that a form opened now has"`
	Command string    `json:"command,omitempty" doc:"id of the refused command"`
	Draft   string    `json:"draft,omitempty" doc:"where the refused form is kept for its author, 30 days"`
	headers http.Header
}

// FieldFault is what is wrong with one field.
type FieldFault struct {
	Field   string `json:"field" doc:"path of the field in the body, or of the parameter"`
	Reason  string `json:"reason" doc:"required, unknown, enum, too_long, too_many, too_few, range, time, format, sealed; of a case that is named: not_found, kind, self; of a new password: too_few, common, personal, same, format"`
	Want    string `json:"want,omitempty" doc:"what would be right: the values, the limit"`
	Message string `json:"message" doc:"the fault, for people"`
}

// Changed is a decision that came first.
type Changed struct {
	Command  string         `json:"command"`
	Step     cases.StepName `json:"step"`
	Seq      int64          `json:"seq"`
	At       time.Time      `json:"at"`
	Proposed bool           `json:"proposed,omitempty" doc:"it waits for its second person"`
}

// problemCode is a code, with every one that there is in its schema.
type problemCode cases.Code

// Schema lists every code.
func (problemCode) Schema(huma.Registry) *huma.Schema { return oneOf(Codes()) }

func problemSchema(a huma.API) *huma.Schema {
	return a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
}

// Error gives the code.
func (p *Problem) Error() string { return string(p.Code) }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is problem+json whatever was asked for.
func (p *Problem) ContentType(string) string { return problemType }

// refused is a refusal with what only the API knows about it.
type refused struct {
	err      *cases.Error
	changed  []Changed
	base     *int64
	command  string
	draft    string
	retry    time.Duration
	rename   func(field string) string
	alsoSend http.Header
}

func (r *refused) Error() string { return r.err.Error() }

// Unwrap gives the refusal itself.
func (r *refused) Unwrap() error { return r.err }

// problemOf puts an error into words.
func problemOf(err error, lang *tongue) *Problem {
	e := refusalIn(err)
	code := e.Code
	if code == cases.CodeMoving {
		code = cases.CodeUnavailable
	}
	if _, known := statuses[code]; !known {
		code = cases.CodeInternal
	}
	p := &Problem{
		Type: "about:blank", Status: statusOf(code), Code: problemCode(code), Allowed: e.Allowed,
		Title: lang.say("error." + string(code)), Detail: lang.fill(lang.say("error."+string(code)+".detail"), e.Detail),
		headers: http.Header{},
	}
	var more *refused
	if !errors.As(err, &more) {
		more = &refused{}
	}
	p.Changed, p.Base, p.Command, p.Draft = more.changed, more.base, more.command, more.draft
	for _, f := range e.Fields {
		field := f.Field
		if more.rename != nil {
			field = more.rename(field)
		}
		p.Errors = append(p.Errors, FieldFault{Field: field, Reason: f.Reason, Want: f.Want, Message: lang.fault(f)})
	}
	for name, values := range more.alsoSend {
		p.headers[name] = values
	}
	switch retry := more.retry; {
	case retry > 0:
		p.headers.Set("Retry-After", strconv.Itoa(int((retry+time.Second-1)/time.Second)))
	case p.Status == http.StatusServiceUnavailable:
		p.headers.Set("Retry-After", "2")
	case p.Status == http.StatusTooManyRequests:
		p.headers.Set("Retry-After", "60")
	}
	return p
}

// unnamed gives a code to an error that brought none: out of reach or out of time
// is unavailable, everything else is ours.
func unnamed(err error) *cases.Error {
	var network net.Error
	var state interface{ SQLState() string }
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return &cases.Error{Code: cases.CodeUnavailable, Err: err}
	case errors.As(err, &state):
		for _, class := range []string{"08", "53", "57"} { // connection, resources, operator
			if strings.HasPrefix(state.SQLState(), class) {
				return &cases.Error{Code: cases.CodeUnavailable, Err: err}
			}
		}
	}
	return &cases.Error{Code: cases.CodeInternal, Err: err}
}

// refusalIn gives the code of an error: its own, or the one that fits.
func refusalIn(err error) *cases.Error {
	var e *cases.Error
	if errors.As(err, &e) {
		return e
	}
	return unnamed(err)
}

// refuse answers a problem outside of an operation.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	lang := tongueOf(r.Header.Get("Accept-Language"))
	p := problemOf(err, lang)
	note(r.Context(), err, p)
	lang.mark(w.Header().Set)
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may be gone
}

// Huma knows one way to say what its errors look like: these two variables. They
// hold for the whole process and are set once.
func init() {
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return problemOf(fromHuma(status, errs), chinese)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, _ string, errs ...error) huma.StatusError {
		r, _ := humachi.Unwrap(c)
		lang := tongueOf(c.Header("Accept-Language"))
		err := fromHuma(status, errs)
		p := problemOf(err, lang)
		note(r.Context(), err, p)
		lang.mark(c.SetHeader)
		for name, values := range p.headers {
			for _, v := range values {
				c.SetHeader(name, v)
			}
		}
		return p
	}
}
