package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// RuleVersion is a version of the rules 时限版本.
type RuleVersion struct {
	N             int         `json:"n"`
	Version       string      `json:"version"`
	Document      string      `json:"document,omitempty" doc:"文号 or 会议纪要; none for a version that the program brought"`
	Basis         string      `json:"basis,omitempty"`
	EffectiveFrom string      `json:"effective_from"`
	Undoes        int         `json:"undoes,omitempty" doc:"the version that it brought back"`
	By            *RuleActor  `json:"by,omitempty"`
	Second        *RuleActor  `json:"second,omitempty"`
	At            time.Time   `json:"at"`
	Changes       []RowChange `json:"changes" doc:"against the version before it"`
	Open          *int        `json:"open,omitempty" doc:"open cases that run by it; for those who keep the rules"`
}

// RuleActor is who did something about the rules. The name is for those who may look
// people up.
type RuleActor struct {
	Person string     `json:"person"`
	Post   cases.Post `json:"post"`
	Name   string     `json:"name,omitempty"`
}

func ruleActor(a cases.Actor, name string) *RuleActor {
	if a.Person == "" {
		return nil
	}
	return &RuleActor{a.Person, a.Post, name}
}

// RowChange is a row that two versions have differently.
type RowChange struct {
	Before *Deadline `json:"before,omitempty"`
	After  *Deadline `json:"after,omitempty"`
}

func rowChanges(list []cases.RowChange) []RowChange {
	out := []RowChange{}
	one := func(d *cases.Deadline) *Deadline {
		if d == nil {
			return nil
		}
		row := deadlineOf(*d)
		return &row
	}
	for _, c := range list {
		out = append(out, RowChange{one(c.Before), one(c.After)})
	}
	return out
}

// RuleHistory is every version, the newest first, and every imported calendar.
type RuleHistory struct {
	Versions  []RuleVersion `json:"versions"`
	Calendars []CalendarRow `json:"calendars"`
}

// CalendarRow is an imported calendar.
type CalendarRow struct {
	At      time.Time  `json:"at"`
	Post    cases.Post `json:"post,omitempty" doc:"absent: by the command line"`
	Version string     `json:"version"`
	From    string     `json:"from"`
	To      string     `json:"to"`
	Sources []string   `json:"sources"`
}

// RuleDraft is a draft of a version.
type RuleDraft struct {
	ID            string            `json:"id"`
	Base          int               `json:"base" doc:"the version that it was written on"`
	Outdated      bool              `json:"outdated" doc:"another version came into force since: write it anew on that"`
	Undoes        int               `json:"undoes,omitempty"`
	Document      string            `json:"document"`
	Basis         string            `json:"basis"`
	EffectiveFrom string            `json:"effective_from"`
	Rows          []cases.Amendment `json:"rows"`
	Changes       []RowChange       `json:"changes" doc:"against the present rules"`
	Revision      int               `json:"revision"`
	Status        string            `json:"status" enum:"draft,submitted,approved,published,withdrawn"`
	By            *RuleActor        `json:"by"`
	Second        *RuleActor        `json:"second,omitempty"`
	Remark        string            `json:"remark,omitempty"`
	Version       int               `json:"version,omitempty"`
	Created       time.Time         `json:"created"`
	Changed       time.Time         `json:"changed"`
	Simulations   []RuleSimulation  `json:"simulations"`
	Mine          bool              `json:"mine"`
	MayAgree      bool              `json:"may_agree" doc:"the caller can be its second person"`
}

func ruleDraftOf(d records.RuleDraft, a records.Access) RuleDraft {
	out := RuleDraft{
		ID: d.ID, Base: d.Base, Outdated: d.Outdated, Undoes: d.Undoes, Document: d.Document, Basis: d.Basis, EffectiveFrom: d.EffectiveFrom,
		Rows: whole(d.Rows), Changes: rowChanges(d.Changes), Revision: d.Revision, Status: string(d.Status), By: ruleActor(d.By, d.ByName),
		Second: ruleActor(d.Second, d.SecondName), Remark: d.Remark, Version: d.Version, Created: d.Created, Changed: d.Changed,
		Simulations: []RuleSimulation{}, Mine: d.By.Person == a.Person,
		MayAgree: d.By.Person != a.Person && a.Has(cases.RolesThat(cases.PublishRules)...),
	}
	for _, s := range d.Simulations {
		out.Simulations = append(out.Simulations, ruleSimulationOf(s))
	}
	return out
}

// RuleSimulation is what a draft would have made of past cases.
type RuleSimulation struct {
	ID       string            `json:"id"`
	Draft    string            `json:"draft"`
	Revision int               `json:"revision"`
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	Status   string            `json:"status" enum:"running,done,cancelled"`
	Total    int               `json:"total" doc:"cases of the period"`
	Done     int               `json:"done" doc:"of these, looked at"`
	At       time.Time         `json:"at"`
	EndedAt  *time.Time        `json:"ended_at,omitempty"`
	Result   cases.Comparison  `json:"result"`
	Numbers  map[string]string `json:"numbers" doc:"of the examples' cases"`
}

func ruleSimulationOf(s records.RuleSimulation) RuleSimulation {
	s.Result.Rows, s.Result.Posts, s.Result.Examples = whole(s.Result.Rows), whole(s.Result.Posts), whole(s.Result.Examples)
	if s.Numbers == nil {
		s.Numbers = map[string]string{}
	}
	return RuleSimulation{s.ID, s.Draft, s.Revision, s.From, s.To, s.Status, s.Total, s.Done, s.At, moment(s.EndedAt), s.Result, s.Numbers}
}

// DraftBody is what somebody writes of a draft.
type DraftBody struct {
	Document      string `json:"document" minLength:"2" maxLength:"200" doc:"文号 or 会议纪要"`
	Basis         string `json:"basis" minLength:"4" maxLength:"2000" doc:"why; no person's name"`
	EffectiveFrom string `json:"effective_from" format:"date" doc:"the day from which new cases run by it; a day that is over takes effect at once"`
	// Rows are the amended rows, whole.
	Rows []cases.Amendment `json:"rows" maxItems:"200"`
}

type ruleDraftInput struct {
	OnceKey
	Body struct {
		DraftBody
		Undoes int `json:"undoes,omitempty" minimum:"0" maximum:"1000000" doc:"the former version to bring back; rows are then empty"`
	}
}

// OfDraft names a draft or a simulation.
type OfDraft struct {
	ID string `path:"id" format:"uuid"`
}

type changeInput struct {
	OfDraft
	Body struct {
		DraftBody
		Revision int `json:"revision" minimum:"1" doc:"that was read"`
	}
}

type revisionInput struct {
	OfDraft
	Body struct {
		Revision int `json:"revision" minimum:"1" doc:"that was read"`
	}
}

type declineInput struct {
	OfDraft
	Body struct {
		Revision int    `json:"revision" minimum:"1"`
		Remark   string `json:"remark" minLength:"2" maxLength:"1000"`
	}
}

type simulateInput struct {
	OfDraft
	OnceKey
	Body struct {
		Revision int       `json:"revision" minimum:"1"`
		From     time.Time `json:"from" doc:"cases opened from"`
		To       time.Time `json:"to" doc:"and before; at most 3 years later"`
	}
}

// Made is the id of what was made.
type Made struct {
	ID string `json:"id"`
}

func (s *server) rulebookRoutes() {
	drafts, agree := cases.RolesThat(cases.DraftRules), cases.RolesThat(cases.PublishRules)
	once := []cases.Code{records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight}
	moved := []cases.Code{cases.CodeNotFound, cases.CodeConflict}
	register(s, operation{
		id: "list-rule-versions", method: http.MethodGet, path: "/api/v1/rules/versions", tag: "rules", summary: "Versions of the rules, and imported calendars 时限版本",
	}, s.ruleVersions)
	register(s, operation{
		id: "list-rule-drafts", method: http.MethodGet, path: "/api/v1/rules/drafts", tag: "rules", summary: "Drafts of the rules 时限草案", roles: drafts,
	}, s.ruleDrafts)
	register(s, operation{
		id: "get-rule-draft", method: http.MethodGet, path: "/api/v1/rules/drafts/{id}", tag: "rules", summary: "A draft with its simulations", roles: drafts,
		codes: []cases.Code{cases.CodeNotFound},
	}, s.ruleDraft)
	register(s, operation{
		id: "put-rule-draft", method: http.MethodPost, path: "/api/v1/rules/drafts", tag: "rules", summary: "Begin a draft 起草",
		about: "Rows of class S keep what the statute says; rows that keep a child safe never roll and never stand still.",
		roles: drafts, codes: append(once, cases.CodeNotFound), status: http.StatusCreated,
	}, s.putRuleDraft)
	register(s, operation{
		id: "change-rule-draft", method: http.MethodPut, path: "/api/v1/rules/drafts/{id}", tag: "rules", summary: "Write a draft anew, on the present version",
		roles: drafts, codes: moved,
	}, s.changeRuleDraft)
	register(s, operation{
		id: "withdraw-rule-draft", method: http.MethodDelete, path: "/api/v1/rules/drafts/{id}", tag: "rules", summary: "End a draft 撤回", roles: drafts, codes: moved,
		status: http.StatusNoContent,
	}, s.withdrawRuleDraft)
	register(s, operation{
		id: "submit-rule-draft", method: http.MethodPost, path: "/api/v1/rules/drafts/{id}/submit", tag: "rules", summary: "Give a draft to a second person 提交审核",
		roles: drafts, codes: moved, status: http.StatusNoContent,
	}, s.submitRuleDraft)
	register(s, operation{
		id: "decline-rule-draft", method: http.MethodPost, path: "/api/v1/rules/drafts/{id}/decline", tag: "rules", summary: "Send a draft back to its author 退回",
		roles: agree, codes: append(moved, cases.CodeSecond), status: http.StatusNoContent,
	}, s.declineRuleDraft)
	register(s, operation{
		id: "publish-rule-draft", method: http.MethodPost, path: "/api/v1/rules/drafts/{id}/publish", tag: "rules", summary: "Agree to another's draft: it takes effect 发布",
		about: "New cases run by it. An open case keeps the rules that it began by.",
		roles: agree, codes: append(moved, cases.CodeSecond), status: http.StatusNoContent,
	}, s.publishRuleDraft)
	register(s, operation{
		id: "simulate-rules", method: http.MethodPost, path: "/api/v1/rules/drafts/{id}/simulations", tag: "rules", summary: "Count past cases by a draft 试算",
		roles: drafts, codes: append(once, moved...), status: http.StatusAccepted,
	}, s.simulateRules)
	register(s, operation{
		id: "get-rule-simulation", method: http.MethodGet, path: "/api/v1/rules/simulations/{id}", tag: "rules", summary: "How far a simulation is, and what it found",
		roles: drafts, codes: []cases.Code{cases.CodeNotFound}, quiet: true,
	}, s.ruleSimulation)
	register(s, operation{
		id: "cancel-rule-simulation", method: http.MethodDelete, path: "/api/v1/rules/simulations/{id}", tag: "rules", summary: "Stop a simulation",
		roles: drafts, codes: []cases.Code{cases.CodeNotFound}, status: http.StatusNoContent,
	}, s.cancelRuleSimulation)
}

func (s *server) ruleVersions(ctx context.Context, _ *none) (*answer[RuleHistory], error) {
	versions, calendars, err := s.Rulebook.RuleVersions(ctx, accessOf(ctx))
	if err != nil {
		return nil, err
	}
	out := RuleHistory{Versions: []RuleVersion{}, Calendars: []CalendarRow{}}
	counted := accessOf(ctx).Has(keepingRules...)
	for _, v := range versions {
		row := RuleVersion{
			N: v.N, Version: v.Version, Document: v.Document, Basis: v.Basis, EffectiveFrom: v.EffectiveFrom, Undoes: v.Undoes,
			By: ruleActor(v.By, v.ByName), Second: ruleActor(v.Second, v.SecondName), At: v.At, Changes: rowChanges(v.Changes),
		}
		if counted {
			row.Open = &v.Open
		}
		out.Versions = append(out.Versions, row)
	}
	for _, c := range calendars {
		out.Calendars = append(out.Calendars, CalendarRow{At: c.At, Post: c.By.Post, Version: c.Version, From: c.From, To: c.To, Sources: whole(c.Sources)})
	}
	return &answer[RuleHistory]{Body: out}, nil
}

func (s *server) ruleDrafts(ctx context.Context, _ *none) (*answer[list[RuleDraft]], error) {
	a := accessOf(ctx)
	drafts, err := s.Rulebook.RuleDrafts(ctx, a)
	if err != nil {
		return nil, err
	}
	out := []RuleDraft{}
	for _, d := range drafts {
		out = append(out, ruleDraftOf(d, a))
	}
	return listOf(out, ""), nil
}

func (s *server) ruleDraft(ctx context.Context, in *OfDraft) (*answer[RuleDraft], error) {
	a := accessOf(ctx)
	d, err := s.Rulebook.RuleDraft(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[RuleDraft]{Body: ruleDraftOf(d, a)}, nil
}

func (b DraftBody) draft() records.RuleDraft {
	return records.RuleDraft{Document: strings.TrimSpace(b.Document), Basis: strings.TrimSpace(b.Basis), EffectiveFrom: b.EffectiveFrom, Rows: b.Rows}
}

func (s *server) putRuleDraft(ctx context.Context, in *ruleDraftInput) (*answer[Made], error) {
	a, d := accessOf(ctx), in.Body.draft()
	d.Undoes = in.Body.Undoes
	id, err := s.Rulebook.PutRuleDraft(ctx, onceFor(a, "POST /api/v1/rules/drafts", in.Key, in.Body), a, d)
	if err != nil {
		return nil, err
	}
	return &answer[Made]{Body: Made{id}}, nil
}

func (s *server) changeRuleDraft(ctx context.Context, in *changeInput) (*answer[RuleDraft], error) {
	a, d := accessOf(ctx), in.Body.draft()
	d.ID, d.Revision = in.ID, in.Body.Revision
	if err := s.Rulebook.ChangeRuleDraft(ctx, a, d); err != nil {
		return nil, err
	}
	return s.ruleDraft(ctx, &in.OfDraft)
}

func (s *server) withdrawRuleDraft(ctx context.Context, in *OfDraft) (*none, error) {
	return nil, s.Rulebook.WithdrawRuleDraft(ctx, accessOf(ctx), in.ID)
}

func (s *server) submitRuleDraft(ctx context.Context, in *revisionInput) (*none, error) {
	return nil, s.Rulebook.SubmitRuleDraft(ctx, accessOf(ctx), in.ID, in.Body.Revision)
}

func (s *server) declineRuleDraft(ctx context.Context, in *declineInput) (*none, error) {
	return nil, s.Rulebook.DeclineRuleDraft(ctx, accessOf(ctx), in.ID, in.Body.Revision, in.Body.Remark)
}

func (s *server) publishRuleDraft(ctx context.Context, in *revisionInput) (*none, error) {
	return nil, s.Rulebook.PublishRuleDraft(ctx, accessOf(ctx), in.ID, in.Body.Revision)
}

func (s *server) simulateRules(ctx context.Context, in *simulateInput) (*answer[Made], error) {
	a := accessOf(ctx)
	once := onceFor(a, "POST /api/v1/rules/drafts/{id}/simulations", in.Key, in.ID, in.Body)
	id, err := s.Rulebook.Simulate(ctx, once, a, in.ID, in.Body.Revision, in.Body.From.UTC(), in.Body.To.UTC())
	if err != nil {
		return nil, err
	}
	return &answer[Made]{Body: Made{id}}, nil
}

func (s *server) ruleSimulation(ctx context.Context, in *OfDraft) (*answer[RuleSimulation], error) {
	sim, err := s.Rulebook.RuleSimulation(ctx, accessOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[RuleSimulation]{Body: ruleSimulationOf(sim)}, nil
}

func (s *server) cancelRuleSimulation(ctx context.Context, in *OfDraft) (*none, error) {
	return nil, s.Rulebook.CancelSimulation(ctx, accessOf(ctx), in.ID)
}
