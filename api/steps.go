package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/casework"
	"tonghu/records"
)

// Step is a row of the step table as a screen draws it.
type Step struct {
	Name      cases.StepName   `json:"name"`
	Kind      cases.Kind       `json:"kind"`
	Track     cases.Track      `json:"track"`
	Label     Label            `json:"label"`
	From      []cases.Stage    `json:"from"`
	To        cases.Stage      `json:"to,omitempty"`
	Roles     []cases.Role     `json:"roles"`
	Proxy     bool             `json:"proxy,omitempty" doc:"代录: the desk may record it on the role's behalf"`
	Second    cases.TwoPersons `json:"second,omitempty" doc:"if_red, if_secret (the reporter or the narrative is among the compartments) or always: it waits for a second person"`
	Approvers []cases.Role     `json:"approvers,omitempty"`
	Form      []Field          `json:"form"`
	Ends      []string         `json:"ends" doc:"the obligations that it does, by the base of their keys"`
}

// Field is a question of a form.
type Field struct {
	Name     string          `json:"name"`
	Type     cases.FieldType `json:"type"`
	Label    Label           `json:"label"`
	Required bool            `json:"required"`
	If       string          `json:"if,omitempty" doc:"required when another field has a value: oral=true"`
	Sealed   bool            `json:"sealed,omitempty" doc:"kept encrypted; never enters the engine"`
	Options  []Option        `json:"options,omitempty"`
	Min      *int            `json:"min,omitempty" doc:"of a number"`
	Max      *int            `json:"max,omitempty" doc:"of a number; of a text its characters"`
}

// Option is a value that a field may have.
type Option struct {
	Value    string `json:"value"`
	Label    Label  `json:"label"`
	Required bool   `json:"required,omitempty" doc:"of documents: the paper must be held"`
}

// stepRow draws a row of the step table.
func stepRow(st cases.Step) Step {
	out := Step{
		Name: st.Name, Kind: st.Kind, Track: st.Track, Label: label(stepKeys(st)...), From: whole(st.From), To: st.To,
		Roles: whole(st.Roles), Proxy: st.Proxy, Second: st.Second, Approvers: st.Approvers, Form: []Field{}, Ends: whole(slices.Concat(st.Ends, st.Answers)),
	}
	for _, f := range st.AllFields() {
		row := Field{Name: f.Name, Type: f.Type, Label: label(fieldKeys(st, f.Name)...), Required: f.Required, If: f.If, Sealed: f.Sealed()}
		for _, v := range f.Options {
			must := f.Name == cases.DocumentsField && slices.ContainsFunc(st.Documents, func(d cases.Document) bool { return d.Name == v && d.Required })
			row.Options = append(row.Options, Option{Value: v, Label: label(optionKeys(st, f, v)...), Required: must})
			row.Required = row.Required || must
		}
		switch f.Type {
		case cases.TypeInt:
			row.Min, row.Max = &f.Min, &f.Max
		case cases.TypeText:
			limit := f.Limit()
			row.Max = &limit
		}
		out.Form = append(out.Form, row)
	}
	return out
}

// StepBody is a filled form.
type StepBody struct {
	Base       int64          `json:"base" minimum:"0" doc:"base of the case when the form was opened"`
	Fields     map[string]any `json:"fields,omitempty" maxProperties:"60" doc:"by name: string, true or false, whole number, or list, as the step's form says"`
	For        cases.Post     `json:"for,omitempty" maxLength:"120" doc:"代录: the post on whose behalf it is recorded"`
	Via        choice[vias]   `json:"via,omitempty" doc:"代录: how it came"`
	OccurredAt time.Time      `json:"occurred_at,omitzero" doc:"when it really happened, if not now"`
	Post       cases.Post     `json:"post,omitempty" maxLength:"120" doc:"in which of one's posts; the first that may, if absent"`
}

// Command is what became of a step that was asked for.
type Command struct {
	Command string                `json:"command"`
	Step    cases.StepName        `json:"step"`
	Status  records.CommandStatus `json:"status" doc:"pending: 待执行; recorded or answered: done; refused"`
	// Seq and At are of the change that it made.
	Seq      int64     `json:"seq,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Proposed bool      `json:"proposed,omitempty" doc:"the step waits for its second person"`
	Refusal  *Problem  `json:"refusal,omitempty"`
	Case     *Case     `json:"case,omitempty" doc:"the new state; left out with Prefer: return=minimal"`
}

type stepInput struct {
	OnceKey
	OfCase
	Step     cases.StepName `path:"step" maxLength:"64"`
	Prefer   string         `header:"Prefer" maxLength:"100" doc:"return=minimal leaves the case out of the answer"`
	Language string         `header:"Accept-Language"`
	Body     StepBody
}

type commandInput struct {
	OfCase
	Command  string `path:"command" format:"uuid"`
	Language string `header:"Accept-Language"`
}

type commandAnswer struct {
	Status   int
	Location string `header:"Location" doc:"where to look, of a 202"`
	Body     Command
}

type stepsInput struct {
	Kind choice[kinds] `query:"kind"`
}

// decisionCodes are the refusals that a step can meet.
var decisionCodes = []cases.Code{
	cases.CodeNotFound, cases.CodeUnknownStep, cases.CodeRole, cases.CodeScope, cases.CodeSecond, cases.CodeProxy, cases.CodeStale,
	cases.CodeStage, cases.CodeNoProposal, cases.CodeNoConference, cases.CodeNotSeen, cases.CodePoliceOpen, cases.CodeTasksOpen,
	cases.CodeLinkedOpen, cases.CodeVisitMissing, cases.CodeNotInformed, cases.CodeRisk, cases.CodeClosed, cases.CodeNoObligation,
	cases.CodeNotPausable, cases.CodeReceipt, cases.CodeSelf, cases.CodeFuture, cases.CodeRecusedPost, cases.CodeKinship, cases.CodeAfter,
	cases.CodeVillageAlone, cases.CodeProposed, cases.CodeRulesRejected, cases.CodeConflict,
	cases.CodeHold, cases.CodePoliceTrack, cases.CodeLinkedKept, cases.CodeErased,
	records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight,
}

func (s *server) stepRoutes() {
	register(s, operation{
		id: "list-steps", method: http.MethodGet, path: "/api/v1/steps", tag: "steps", summary: "The step table with its forms 办理环节",
		about: "The same for everyone: screens are drawn from it. What is open in a case now is the case's allowed.",
	}, s.steps)
	register(s, operation{
		id: "take-step", method: http.MethodPost, path: "/api/v1/cases/{id}/steps/{step}", tag: "steps", summary: "Take a step 办理",
		about: "What was written is stored before the engine is asked. 200 with the new state; 202 if the engine does not answer in 5 s: " +
			"the step is done once it can. A refused form is kept as its author's draft.",
		codes: decisionCodes,
	}, s.takeStep)
	register(s, operation{
		id: "get-command", method: http.MethodGet, path: "/api/v1/cases/{id}/commands/{command}", tag: "steps", summary: "What became of a step 办理结果",
		codes: []cases.Code{cases.CodeNotFound},
	}, s.command)
	// The 202 has the same body as the 200.
	if take := s.huma.OpenAPI().Paths["/api/v1/cases/{id}/steps/{step}"].Post; take.Responses["202"] == nil {
		accepted := *take.Responses["200"]
		accepted.Description = "Accepted 待执行: look at Location"
		take.Responses["202"] = &accepted
	}
}

func (s *server) steps(_ context.Context, in *stepsInput) (*answer[list[Step]], error) {
	var out []Step
	for _, st := range cases.AllSteps() {
		if in.Kind == "" || st.Kind == cases.Kind(in.Kind) {
			out = append(out, stepRow(st))
		}
	}
	return listOf(out, ""), nil
}

func (s *server) takeStep(ctx context.Context, in *stepInput) (*commandAnswer, error) {
	a := accessOf(ctx)
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	step, ok := cases.FindStep(v.State.Kind, in.Step)
	if !ok {
		return nil, &cases.Error{Code: cases.CodeUnknownStep, Allowed: cases.Allowed(v.full, a.Posts)}
	}
	post, err := actingIn(v.full, a, in.Body.Post, func(p cases.Post) bool {
		return slices.Contains(cases.Allowed(v.full, []cases.Post{p}), in.Step)
	})
	if err != nil {
		return nil, err
	}
	const route = "POST /api/v1/cases/{id}/steps/{step}"
	form, refusal := step.ReadForm(in.Body.Fields, s.Now())
	if refusal != nil {
		return nil, ofForm(step, v, a, refusal)
	}
	if refusal := lentToOneself(v, a, in.Step, form.Engine); refusal != nil {
		return nil, ofForm(step, v, a, refusal)
	}
	id := named(a, route, in.Key)
	if err := s.otherCases(ctx, step, v, id, form.Engine); err != nil {
		return nil, err
	}
	cmd := cases.Command{
		ID: id, Case: in.ID, Step: in.Step, By: cases.Actor{Person: a.Person, Post: post}, Base: in.Body.Base,
		For: in.Body.For, Via: string(in.Body.Via), Occurred: in.Body.OccurredAt.UTC(), Fields: form.Engine,
		AfterFact: v.Newest,
	}
	if in.Body.OccurredAt.IsZero() {
		cmd.Occurred = time.Time{}
	}
	row, err := s.Cases.PutCommand(ctx, onceFor(a, route, in.Key, in.ID, in.Step, in.Body), a, v.State.Kind, cmd, form.Sealed)
	if err != nil {
		return nil, err
	}
	if row, err = s.decided(ctx, row); err != nil {
		return nil, err
	}
	switch row.Status {
	case records.CommandRefused:
		if fresh, err := s.caseFor(ctx, in.ID); err == nil {
			v = fresh
		}
		no := ofForm(step, v, a, row.Refusal)
		no.command, no.draft = row.Command.ID, "/api/v1/drafts"
		if row.Refusal.Code == cases.CodeStale {
			base := v.full.DecisionSeq
			no.base, no.changed = &base, changedSince(v, a, in.Body.Base)
		}
		return nil, no
	case records.CommandPending:
		return &commandAnswer{
			Status: http.StatusAccepted, Location: "/api/v1/cases/" + in.ID + "/commands/" + row.Command.ID, Body: commandOf(row, tongueOf(in.Language)),
		}, nil
	}
	out := &commandAnswer{Status: http.StatusOK, Body: commandOf(row, tongueOf(in.Language))}
	if !strings.Contains(in.Prefer, "return=minimal") {
		if v, err := s.fileAfter(ctx, in.ID); err == nil { // who recused themselves sees no more of it
			now := s.caseOf(v, a)
			out.Body.Case = &now
		}
	}
	return out, nil
}

// otherCases refuses a form that names a case with which this one cannot be tied: a
// run that is told to write to a case that is not there would stop. A command that is
// known already was looked at when it was new.
func (s *server) otherCases(ctx context.Context, step cases.Step, v caseView, command string, fields cases.Fields) error {
	naming := kept(step.AllFields(), func(f cases.Field) bool { return f.Type == cases.TypeCase && fields[f.Name] != "" })
	if len(naming) == 0 {
		return nil
	}
	if _, err := s.Cases.Command(ctx, accessOf(ctx), command); !is(err, cases.CodeNotFound) {
		return err // nil if it is known
	}
	var faults []cases.FieldError
	for _, f := range naming {
		named, err := s.caseFor(ctx, fields[f.Name])
		switch {
		case is(err, cases.CodeNotFound):
			faults = append(faults, cases.FieldError{Field: f.Name, Reason: "not_found"})
		case err != nil:
			return err
		case named.ID == v.ID:
			faults = append(faults, cases.FieldError{Field: f.Name, Reason: "self"})
		case named.State.Kind != cases.MandatoryReport:
			faults = append(faults, cases.FieldError{Field: f.Name, Reason: "kind"})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return ofForm(step, v, accessOf(ctx), cases.Refuse(cases.CodeField, faults...))
}

// decided asks the engine about a command that is still pending, and writes down
// what it said.
func (s *server) decided(ctx context.Context, row records.CommandRow) (records.CommandRow, error) {
	switch row.Status {
	case records.CommandRecorded:
		return s.answered(ctx, row), nil
	case records.CommandAnswered, records.CommandRefused:
		return row, nil
	}
	asking, cancel := context.WithTimeout(ctx, engineWait)
	ask := s.Engine.Decide
	if row.New {
		ask = s.Engine.DecideNew
	}
	said, err := ask(asking, row.Kind, row.Command)
	cancel()
	switch {
	case err == nil:
		return s.answered(ctx, recorded(row, said)), nil
	case undecided(err):
		s.Log.Warn("engine did not answer", zap.String("command", row.Command.ID), zap.Error(err))
		return row, nil // the sweeper sends it again
	}
	refusal := refusalIn(err)
	row, err = s.Cases.RefuseCommand(ctx, row.Command.ID, refusal)
	if err != nil {
		return row, err
	}
	if row.Status == records.CommandRecorded { // recorded before it could be refused
		return s.answered(ctx, row), nil
	}
	if row.Status == records.CommandRefused && row.Refusal == nil {
		row.Refusal = refusal
	}
	return row, nil
}

func recorded(row records.CommandRow, said casework.Answer) records.CommandRow {
	row.Status, row.Result = records.CommandRecorded, &said.Result
	return row
}

// answered writes down that the author knows. If that fails the sweeper does it.
func (s *server) answered(ctx context.Context, row records.CommandRow) records.CommandRow {
	if err := s.Cases.AnswerCommand(ctx, row.Command.ID); err != nil {
		s.Log.Warn("command not marked as answered", zap.String("command", row.Command.ID), zap.Error(err))
	}
	row.Status = records.CommandAnswered
	return row
}

// undecided tells whether nothing is known yet: such a command stays pending.
func undecided(err error) bool { return refusalIn(err).Undecided() }

// ofForm makes a refusal say which field of the body each fault is of, and what the
// caller could do instead.
func ofForm(step cases.Step, v caseView, a records.Access, e *cases.Error) *refused {
	said := *e
	said.Allowed = cases.Allowed(v.full, a.Posts)
	return &refused{err: &said, rename: formField(step)}
}

// formField gives the path in the body of a field that a refusal names: the form's
// are under fields.
func formField(step cases.Step) func(string) string {
	return func(name string) string {
		inForm := slices.ContainsFunc(step.AllFields(), func(f cases.Field) bool { return f.Name == name })
		if !inForm && slices.Contains([]string{"base", "for", "via", "occurred_at", "post"}, name) {
			return name
		}
		return "fields." + name
	}
}

// changedSince gives the decisions of a case after a base, as far as the case
// remembers them and the caller is told of them: nothing to those who see their own
// part only.
func changedSince(v caseView, a records.Access, base int64) []Changed {
	st, posts := v.full, reading(v.full, a)
	if ownPartOnly(posts) {
		return nil
	}
	var all []Changed
	for _, r := range st.Commands {
		if r.Step != "recalculate" { // makes no form stale
			all = append(all, Changed{Command: r.Command, Step: r.Step, Seq: r.Seq, At: r.At, Proposed: r.Proposed})
		}
	}
	n := int(min(max(st.DecisionSeq-base, 0), int64(len(all))))
	return kept(all[len(all)-n:], func(c Changed) bool { return tellsStep(st.Kind, c.Step, posts) })
}

func commandOf(row records.CommandRow, lang *tongue) Command {
	out := Command{Command: row.Command.ID, Step: row.Command.Step, Status: row.Status}
	if row.Result != nil {
		out.Seq, out.At, out.Proposed = row.Result.Seq, row.Result.At, row.Result.Proposed
	}
	if row.Refusal != nil {
		step, _ := cases.FindStep(row.Kind, row.Command.Step)
		out.Refusal = problemOf(&refused{err: row.Refusal, rename: formField(step), command: row.Command.ID, draft: "/api/v1/drafts"}, lang)
	}
	return out
}

func (s *server) command(ctx context.Context, in *commandInput) (*answer[Command], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	row, err := s.Cases.Command(ctx, accessOf(ctx), in.Command)
	if err != nil {
		return nil, err
	}
	if row.Command.Case != v.ID || row.Command.By.Person != accessOf(ctx).Person {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	if row.Status == records.CommandRecorded {
		row = s.answered(ctx, row)
	}
	return &answer[Command]{Body: commandOf(row, tongueOf(in.Language))}, nil
}
