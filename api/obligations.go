package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Obligation is something due, in a worklist or of a case.
type Obligation struct {
	ID     string        `json:"id,omitempty"`
	Case   string        `json:"case,omitempty"`
	Number string        `json:"number,omitempty"`
	Kind   cases.Kind    `json:"kind,omitempty"`
	Stage  cases.Stage   `json:"stage,omitempty"`
	Org    cases.Org     `json:"org,omitempty"`
	Colour cases.Colour  `json:"colour"`
	Key    string        `json:"key"`
	Name   Label         `json:"name"`
	Rule   cases.RuleID  `json:"rule"`
	Source *RuleSource   `json:"source,omitempty"`
	Owner  cases.Post    `json:"owner"`
	Start  time.Time     `json:"start"`
	Due    time.Time     `json:"due"`
	Rung   int           `json:"rung" doc:"how many rungs of its ladder have fired"`
	Acked  *Acknowledged `json:"acked,omitempty"`
	// Who may take the alert on, counted from the rung that fired last.
	MayAck    []cases.Post `json:"may_ack,omitempty" doc:"those of the caller's posts that may acknowledge it now: of the rung that fired last, or of a later one"`
	MayRecord []cases.Post `json:"may_record,omitempty" doc:"代签收: other posts whose acknowledgement by telephone the caller may record now"`
	Reached   []cases.Post `json:"reached,omitempty" doc:"those of the caller's posts that a rung has told of it"`
	// Occurrence and Epoch tell it from earlier ones of its key.
	Occurrence int `json:"occurrence"`
	Epoch      int `json:"epoch"`

	Overdue     bool       `json:"overdue"`
	Provisional bool       `json:"provisional,omitempty" doc:"counted beyond the published calendar"`
	Pausable    bool       `json:"pausable,omitempty" doc:"whether its clock may be paused: what protects a child never may"`
	PausedSince *time.Time `json:"paused_since,omitempty"`
	PausedFor   string     `json:"paused_for,omitempty" doc:"why it stands: a cause of the step pause"`
	Submitted   bool       `json:"submitted,omitempty" doc:"已提交待处理: what may answer it waits to be taken in"`
	EndedAt     *time.Time `json:"ended_at,omitempty" doc:"when it was done, or no longer applied; in lists behind figures"`
	How         string     `json:"how,omitempty" enum:"met,released"`
}

// Acknowledged says who took it on and until when the climb rests.
type Acknowledged struct {
	By   cases.Post `json:"by"`
	At   time.Time  `json:"at"`
	Held *time.Time `json:"held_until,omitempty"`
}

// RuleSource is on whose authority a deadline stands.
type RuleSource struct {
	Class     cases.Class `json:"class" doc:"S statute, P normative document, L local policy"`
	Source    string      `json:"source"`
	Article   string      `json:"article,omitempty"`
	Statutory bool        `json:"statutory" doc:"whether a screen may say 法定"`
	Span      cases.Span  `json:"span"`
}

func sourceOf(d cases.Deadline) *RuleSource {
	return &RuleSource{Class: d.Class, Source: d.Source, Article: d.Article, Statutory: d.Statutory(), Span: d.Span}
}

func obligationOf(o cases.Obligation, now time.Time) Obligation {
	out := Obligation{
		Colour: o.Colour, Key: o.Key, Name: label("obligation." + cases.KeyBase(o.Key)), Rule: o.Rule, Owner: o.Owner, Start: o.Start, Due: o.Due,
		Rung: o.Rung, Occurrence: o.Occurrence, Epoch: o.Epoch, Overdue: o.Overdue(now), Provisional: o.Provisional,
		PausedSince: moment(o.PausedSince), PausedFor: o.PausedFor,
	}
	if o.AckedBy != "" {
		out.Acked = &Acknowledged{By: o.AckedBy, At: o.AckedAt, Held: moment(o.HeldUntil)}
	}
	return out
}

func (s *server) obligationRow(r records.ObligationRow, a records.Access) Obligation {
	out := obligationOf(r.Obligation, s.Now())
	out.ID, out.Case, out.Number, out.Kind, out.Stage, out.Org, out.Colour = r.ID, r.Case, r.Number, r.Kind, r.Stage, r.Org, r.Colour
	out.Overdue, out.Submitted, out.EndedAt, out.How = r.Overdue, r.Submitted, moment(r.EndedAt), r.How
	if r.Deadline.ID != "" {
		out.Source, out.Pausable = sourceOf(r.Deadline), r.Deadline.Pausable
	}
	out.alertOf(r, a)
	return out
}

// moment is a time that may be absent.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type worklistInput struct {
	Page
	Whose   string          `query:"whose" enum:"mine,area" default:"mine" doc:"mine: what the posts held owe, and what a rung told them of; area: of the posts within them"`
	Overdue bool            `query:"overdue"`
	Key     string          `query:"key" maxLength:"64" pattern:"^[a-z0-9_:-]*$"`
	Case    string          `query:"case" format:"uuid"`
	Kind    choice[kinds]   `query:"kind"`
	Colour  choice[colours] `query:"risk" doc:"the case's colour"`
	Owner   cases.Post      `query:"owner" maxLength:"120" doc:"the post that owes it; with mine, one of the posts held"`
	Town    cases.Org       `query:"town" pattern:"^[0-9]{12}$" doc:"of this place and all within it"`
	Before  time.Time       `query:"before" doc:"due before this time"`

	Unit     string    `query:"unit" maxLength:"60" pattern:"^[a-z0-9_]*$" doc:"short name of the department whose posts owe it; with area"`
	Exact    bool      `query:"exact" doc:"of the town itself, without what lies within it; with due"`
	Due      string    `query:"due" enum:"all,today,at_risk,overdue,stopped" doc:"as the figures of supervision count; with area"`
	Result   string    `query:"result" enum:"any,in_time,late,overdue,running,released" doc:"what became of it, whether it is owed still or not; with area, key, from and to"`
	Rung     string    `query:"rung" maxLength:"40" pattern:"^[a-z0-9_]*$" doc:"a rung that was told of it; with area, from and to"`
	Followed string    `query:"followed" enum:"acknowledged,ended,waiting" doc:"what followed the rung"`
	From     time.Time `query:"from" doc:"its time began, or the rung was told, from then on"`
	To       time.Time `query:"to" doc:"and before then"`
}

// filter refuses what goes together with nothing.
func (in *worklistInput) filter() (records.ObligationFilter, error) {
	f := records.ObligationFilter{
		Whose: in.Whose, Overdue: in.Overdue, Key: in.Key, Case: in.Case,
		Kind: cases.Kind(in.Kind), Colour: cases.Colour(in.Colour), Owner: in.Owner, Town: in.Town, Before: in.Before,
		Unit: in.Unit, Exact: in.Exact, Due: in.Due, Result: in.Result, Rung: in.Rung, Followed: in.Followed, From: in.From, To: in.To,
	}
	var faults []cases.FieldError
	wrong := func(is bool, field, reason string) {
		if is {
			faults = append(faults, cases.FieldError{Field: field, Reason: reason})
		}
	}
	supervised := f.Supervised()
	wrong(supervised && in.Whose != "area", "whose", "range")
	wrong(supervised && (in.Overdue || in.Case != "" || !in.Before.IsZero()), "due", "range")
	wrong(in.Result != "" && in.Key == "", "key", "required")
	wrong(in.Result != "" && (in.Rung+in.Due+in.Unit != ""), "result", "range")
	wrong(in.Rung != "" && (in.Due+in.Unit != ""), "rung", "range")
	wrong(in.Exact && (in.Due == "" || in.Town == ""), "exact", "range")
	wrong(in.Followed != "" && in.Rung == "", "rung", "required")
	spans := in.Result+in.Rung != ""
	wrong(spans && in.From.IsZero(), "from", "required")
	wrong(spans && in.To.IsZero(), "to", "required")
	wrong(!spans && (!in.From.IsZero() || !in.To.IsZero()), "result", "required")
	if len(faults) > 0 {
		return f, cases.Refuse(cases.CodeField, faults...)
	}
	return f, nil
}

// AckBody says who goes and by when (a red one must: DOMAIN 5).
type AckBody struct {
	Who  string     `json:"who,omitempty" maxLength:"200" doc:"who goes; needed on red"`
	By   time.Time  `json:"by,omitzero" doc:"by when; needed on red"`
	For  cases.Post `json:"for,omitempty" maxLength:"120" doc:"代签收: the post that acknowledged by telephone, recorded by the duty desk"`
	Post cases.Post `json:"post,omitempty" maxLength:"120" doc:"in which of one's posts"`
}

// Climb is how an obligation climbed: why an alert reached somebody.
type Climb struct {
	Obligation Obligation `json:"obligation"`
	Ended      *time.Time `json:"ended,omitempty" doc:"when it was done or no longer applied; absent while it is owed"`
	Climb      []Climbed  `json:"climb" doc:"the oldest first"`
}

// Climbed is one alert, one acknowledgement, or one alert that reached nobody.
type Climbed struct {
	Type  string       `json:"type" enum:"rung,acknowledged,unreached"`
	At    time.Time    `json:"at"`
	Due   *time.Time   `json:"due,omitempty" doc:"when it was to go out"`
	Rung  int          `json:"rung"`
	Name  Label        `json:"name" doc:"of the rung"`
	Posts []cases.Post `json:"posts" doc:"who was told"`
	By    cases.Post   `json:"by,omitempty" doc:"who took it on"`
	Owner cases.Post   `json:"owner,omitempty" doc:"who owed it then"`
}

type ladderInput struct {
	ID string `path:"id" maxLength:"200" pattern:"^[A-Za-z0-9_.:~-]+$"`
}

type ackInput struct {
	OnceKey
	ID   string `path:"id" maxLength:"200" pattern:"^[A-Za-z0-9_.:~-]+$"`
	Body AckBody
}

func (s *server) obligationRoutes() {
	register(s, operation{
		id: "list-obligations", method: http.MethodGet, path: "/api/v1/obligations", tag: "obligations", summary: "My worklist by due time 我的待办",
		codes: []cases.Code{records.CodeCursor},
	}, s.obligations)
	register(s, operation{
		id: "get-ladder", method: http.MethodGet, path: "/api/v1/obligations/{id}/ladder", tag: "obligations", summary: "Who was told of it, and who took it on 提醒经过",
		about: "Why an alert reached one: the rule and its source, who owes it, who was told when, and who did not act.",
		codes: []cases.Code{cases.CodeNotFound},
	}, s.ladder)
	register(s, operation{
		id: "acknowledge", method: http.MethodPost, path: "/api/v1/obligations/{id}/ack", tag: "obligations", summary: "Acknowledge an alert 签收提醒",
		about:  "A fact: it stops the climb for a set time; only doing the work ends the obligation. It counts from a post of the rung that fired last, or of a later one (may_ack).",
		status: http.StatusCreated,
		codes:  []cases.Code{cases.CodeNotFound, cases.CodeRole, cases.CodeProxy, cases.CodeBelowRung, cases.CodeNoAlert, cases.CodeAcked, cases.CodeOwnReading, cases.CodeRecusedPost, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.acknowledge)
}

func (s *server) obligations(ctx context.Context, in *worklistInput) (*answer[list[Obligation]], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	rows, next, err := s.Worklist.Obligations(ctx, accessOf(ctx), f, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Obligation, len(rows))
	for i, r := range rows {
		out[i] = s.obligationRow(r, accessOf(ctx))
	}
	return listOf(out, next), nil
}

func (s *server) ladder(ctx context.Context, in *ladderInput) (*answer[Climb], error) {
	a := accessOf(ctx)
	found, err := s.Worklist.Climb(ctx, a, in.ID)
	v, err := s.owedFor(ctx, in.ID, found.Row, err)
	if err != nil {
		return nil, err
	}
	out := Climb{Obligation: s.obligationRow(found.Row, a), Ended: moment(found.Ended), Climb: []Climbed{}}
	for _, r := range s.shownEvents(found.Events, v, a) {
		e := r.Event
		out.Climb = append(out.Climb, Climbed{
			Type: string(e.Type), At: e.At, Due: moment(e.Due), Rung: e.Rung, Name: label("rung." + e.RungName), Posts: whole(e.Posts), By: e.Actor.Post, Owner: e.Owner,
		})
	}
	return &answer[Climb]{Body: out}, nil
}

func (s *server) acknowledge(ctx context.Context, in *ackInput) (*answer[Fact], error) {
	a := accessOf(ctx)
	row, err := s.Worklist.Obligation(ctx, a, in.ID)
	v, err := s.owedFor(ctx, in.ID, row, err)
	if err != nil {
		return nil, err
	}
	post, refusal, err := acknowledging(v, a, row, in.Body)
	if err != nil {
		return nil, err
	}
	var faults []cases.FieldError
	if row.Colour == cases.Red && in.Body.Who == "" {
		faults = append(faults, cases.FieldError{Field: "who", Reason: "required"})
	}
	if row.Colour == cases.Red && in.Body.By.IsZero() {
		faults = append(faults, cases.FieldError{Field: "by", Reason: "required"})
	}
	if in.Body.For != "" && !in.Body.For.Valid() {
		faults = append(faults, cases.FieldError{Field: "for", Reason: "format", Want: "post"})
	}
	if len(faults) > 0 {
		return nil, cases.Refuse(cases.CodeField, faults...)
	}
	o := row.Obligation
	fields := cases.Fields{"key": o.Key, "occurrence": strconv.Itoa(o.Occurrence), "epoch": strconv.Itoa(o.Epoch)}
	if !in.Body.By.IsZero() {
		fields["by"] = in.Body.By.UTC().Format(time.RFC3339)
	}
	if in.Body.For != "" {
		fields["for"] = string(in.Body.For)
	}
	return s.factUnless(ctx, refusal, in.Key, "POST /api/v1/obligations/{id}/ack", row.Case, []any{in.ID, in.Body}, cases.Fact{
		Kind: cases.FactAck, By: cases.Actor{Post: post}, Fields: fields,
	}, words("who", in.Body.Who))
}
