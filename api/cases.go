package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// CaseRow is a case in a list; nothing in it is personal.
type CaseRow struct {
	ID              string        `json:"id"`
	Number          string        `json:"number"`
	Kind            cases.Kind    `json:"kind"`
	Stage           cases.Stage   `json:"stage"`
	Phase           cases.Phase   `json:"phase"`
	Outcome         cases.Outcome `json:"outcome,omitempty"`
	Colour          cases.Colour  `json:"colour"`
	Owner           cases.Post    `json:"owner"`
	Org             cases.Org     `json:"org"`
	Opened          time.Time     `json:"opened"`
	NextDue         *time.Time    `json:"next_due,omitempty"`
	NextKey         string        `json:"next_key,omitempty"`
	NextProvisional bool          `json:"next_provisional,omitempty" doc:"next_due was counted beyond the published calendar"`
	Overdue         bool          `json:"overdue"`
	Seq             int64         `json:"seq"`
}

func rowOf(r records.CaseRow) CaseRow {
	return CaseRow{
		ID: r.ID, Number: r.Number, Kind: r.Kind, Stage: r.Stage, Phase: r.Phase, Outcome: r.Outcome, Colour: r.Colour, Owner: r.Owner,
		Org: r.Org, Opened: r.Opened, NextDue: moment(r.NextDue), NextProvisional: r.NextProvisional, NextKey: r.NextKey, Overdue: r.Overdue, Seq: r.Sequence,
	}
}

// Case is one case with what the caller may see of it.
type Case struct {
	CaseRow
	// Base is what a form opened now sends back: a decision meanwhile makes it stale.
	Base        int64             `json:"base" doc:"send it back with the form: a decision meanwhile makes the form stale"`
	Since       time.Time         `json:"since" doc:"when the stage was entered"`
	Provisional bool              `json:"provisional_colour,omitempty" doc:"no person has set the colour yet"`
	Situations  []cases.Situation `json:"situations,omitempty"`
	Danger      cases.Danger      `json:"danger,omitempty"`
	Relation    cases.Relation    `json:"relation,omitempty"`
	Ground      cases.Ground      `json:"ground,omitempty"`
	Compartment bool              `json:"compartment,omitempty"`
	Recused     []cases.Post      `json:"recused,omitempty"`

	Police       cases.PoliceTrack       `json:"police"`
	Protection   cases.ProtectionTrack   `json:"protection"`
	Guardianship cases.GuardianshipTrack `json:"guardianship"`
	Tasks        []cases.Task            `json:"tasks"`
	Proposals    []Proposal              `json:"proposals" doc:"steps that wait for their second person"`
	Orders       []cases.Order           `json:"orders" doc:"督办单"`
	Proxies      []cases.Proxy           `json:"proxies" doc:"代录, shown as such until confirmed"`
	Links        []cases.Link            `json:"links"`
	Obligations  []Obligation            `json:"obligations"`
	Grants       []cases.Grant           `json:"grants,omitempty" doc:"授权查阅: what is lent of the case; for those who lend, and the caller's own"`
	Openings     []Opening               `json:"openings,omitempty" doc:"紧急调阅: what is open to the caller for a short time"`

	Holds     []cases.Hold `json:"holds" doc:"证据保全: while one stands nothing of the file is destroyed"`
	Retention *Retention   `json:"retention,omitempty" doc:"how long a closed case is kept"`
	ErasedAt  *time.Time   `json:"erased_at,omitempty" doc:"when the file was destroyed: what is left is a shell"`

	Child     *ChildBody      `json:"child,omitempty"`
	Narrative *NarrativeShown `json:"narrative,omitempty"`
	Reporter  *ReporterShown  `json:"reporter,omitempty"`
	Receipts  int             `json:"receipts" doc:"how many reports are part of the case"`

	Allowed  []cases.StepName `json:"allowed" doc:"the steps open to the caller now"`
	May      []choice[deeds]  `json:"may" doc:"what else the caller may do: record a visit, write a note, add a file, talk with the reporter, print the chain"`
	Pending  []Pending        `json:"pending" doc:"待执行: accepted, and done when the engine can"`
	Awaiting []Fact           `json:"awaiting" doc:"已提交待处理: stored, and not taken in yet"`
}

// Retention is how long the file of a closed case is kept.
type Retention struct {
	Rule       string     `json:"rule,omitempty" doc:"row of the retention schedule; without one the file is kept for ever"`
	Permanent  bool       `json:"permanent"`
	AppraiseAt *time.Time `json:"appraise_at,omitempty" doc:"when it is to be appraised"`
}

// NarrativeShown is what the reporter told.
type NarrativeShown struct {
	NarrativeBody
	PoliceReceipt string `json:"police_receipt,omitempty"`
	PoliceReason  string `json:"police_reason,omitempty"`
}

// Proposal is a step that waits for its second person.
type Proposal struct {
	ID     string         `json:"id" doc:"approve and decline name it"`
	Step   cases.StepName `json:"step"`
	Person string         `json:"person"`
	Post   cases.Post     `json:"post"`
	At     time.Time      `json:"at"`
	Fields cases.Fields   `json:"fields,omitempty"`
}

// Pending is a command on its way.
type Pending struct {
	Command string         `json:"command"`
	Step    cases.StepName `json:"step"`
	At      time.Time      `json:"at"`
}

func (s *server) caseOf(v caseView, a records.Access) Case {
	st := v.State
	out := Case{
		CaseRow: rowOf(v.CaseRow), Base: st.DecisionSeq, Since: st.Since, Provisional: st.Provisional, Situations: st.Situations,
		Danger: st.Danger, Relation: st.Relation, Ground: st.Ground, Compartment: st.Compartment, Recused: st.Recused,
		Police: st.Police, Protection: st.Protection, Guardianship: st.Guardianship,
		Tasks: whole(st.Tasks), Proposals: []Proposal{}, Orders: whole(st.Orders), Proxies: whole(st.Proxies), Links: whole(st.Links),
		Obligations: []Obligation{}, Grants: st.Grants, Openings: openingsOf(v.Openings), Receipts: v.Receipts, Allowed: whole(cases.Allowed(v.full, a.Posts)), May: mayDo(v, a), Pending: []Pending{}, Awaiting: []Fact{},
	}
	out.Holds, out.ErasedAt = whole(st.Holds), moment(v.ErasedAt)
	if v.Stage == cases.Closed && st.Outcome != cases.OutcomeMerged && v.ErasedAt.IsZero() {
		out.Retention = &Retention{Rule: v.Retention.Rule, Permanent: v.Retention.AppraiseAt.IsZero(), AppraiseAt: moment(v.Retention.AppraiseAt)}
	}
	for _, p := range st.Proposals {
		out.Proposals = append(out.Proposals, Proposal{ID: p.ID, Step: p.Step, Person: p.By.Person, Post: p.By.Post, At: p.At, Fields: p.Fields})
	}
	now := s.Now()
	for _, o := range st.Obligations {
		out.Obligations = append(out.Obligations, obligationOf(o, now))
	}
	for _, p := range v.Pending {
		out.Pending = append(out.Pending, Pending{Command: p.Command.ID, Step: p.Command.Step, At: p.At})
	}
	for _, f := range v.Awaiting {
		out.Awaiting = append(out.Awaiting, factOf(f))
	}
	if v.Child != nil {
		out.Child = childOf(*v.Child)
	}
	if n := v.Narrative; n != nil {
		out.Narrative = &NarrativeShown{NarrativeBody{n.Text, n.Place, n.Suspect}, n.PoliceReceipt, n.PoliceReason}
	}
	if v.Reporter != nil {
		out.Reporter = reporterOf(*v.Reporter)
	}
	return out
}

// Event is one row of a timeline.
type Event struct {
	Seq   int64 `json:"seq"`
	Index int   `json:"index"`
	cases.Event
	Sealed map[string]string `json:"sealed,omitempty" doc:"the words that go with it, for those who may read them"`
}

type casesInput struct {
	Page
	Kind    choice[kinds]   `query:"kind"`
	Stage   choice[stages]  `query:"stage"`
	Phase   choice[phases]  `query:"phase"`
	Owner   cases.Post      `query:"owner" maxLength:"120"`
	Town    cases.Org       `query:"town" pattern:"^[0-9]{12}$"`
	Colour  choice[colours] `query:"risk"`
	Overdue bool            `query:"overdue"`
	State   string          `query:"state" enum:"open,closed,all" default:"all"`
}

// LookFor is what somebody looks for, as the audit log keeps it.
type LookFor struct {
	Purpose string `query:"purpose" enum:"handling,supervision,handover,complaint,inspection" doc:"查阅目的; kept with the look"`
}

type caseInput struct {
	OfCase
	LookFor
}

// Order is which end of a timeline comes first.
type Order struct {
	Order string `query:"order" enum:"oldest,newest" default:"oldest" doc:"what comes first"`
}

type eventsInput struct {
	OfCase
	LookFor
	Page
	Order
}

func (s *server) caseRoutes() {
	register(s, operation{
		id: "list-cases", method: http.MethodGet, path: "/api/v1/cases", tag: "cases", summary: "The cases within one's scope 个案列表",
		codes: []cases.Code{records.CodeCursor},
	}, s.listCases)
	register(s, operation{
		id: "get-case", method: http.MethodGet, path: "/api/v1/cases/{id}", tag: "cases", summary: "One case, and the steps open to the caller 个案",
		codes: []cases.Code{cases.CodeNotFound},
	}, s.getCase)
	register(s, operation{
		id: "list-events", method: http.MethodGet, path: "/api/v1/cases/{id}/events", tag: "cases", summary: "A case's timeline 办理过程",
		codes: []cases.Code{cases.CodeNotFound, records.CodeCursor},
	}, s.events)
}

func (s *server) listCases(ctx context.Context, in *casesInput) (*answer[list[CaseRow]], error) {
	f := records.CaseFilter{
		Kind: cases.Kind(in.Kind), Stage: cases.Stage(in.Stage), Phase: cases.Phase(in.Phase), Owner: in.Owner, Town: in.Town,
		Colour: cases.Colour(in.Colour), Overdue: in.Overdue,
	}
	if in.State == "open" || in.State == "closed" {
		open := in.State == "open"
		f.Open = &open
	}
	rows, next, err := s.Cases.ListCases(ctx, accessOf(ctx), f, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]CaseRow, len(rows))
	for i, r := range rows {
		out[i] = rowOf(r)
	}
	return listOf(out, next), nil
}

func (s *server) getCase(ctx context.Context, in *caseInput) (*answer[Case], error) {
	v, err := s.fileFor(forPurpose(ctx, in.Purpose), in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[Case]{Body: s.caseOf(v, accessOf(ctx))}, nil
}

func (s *server) events(ctx context.Context, in *eventsInput) (*answer[list[Event]], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(forPurpose(ctx, in.Purpose))
	list := s.Cases.Events
	if in.Order.Order == "newest" {
		list = s.Cases.EventsBack
	}
	rows, next, err := list(ctx, a, in.ID, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	rows = s.shownEvents(rows, v, a)
	out := make([]Event, len(rows))
	for i, r := range rows {
		out[i] = Event{Seq: r.Seq, Index: r.Index, Event: r.Event, Sealed: r.Sealed}
	}
	return listOf(out, next), nil
}
