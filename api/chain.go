package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/cases"
	"tonghu/paper"
	"tonghu/records"
)

// The responsibility chain (责任链) of a case on paper: who owed what by when on what
// authority, who was told and when, who acted, and on which rungs nobody had.

type chainInput struct {
	OfCase
	Language string `header:"Accept-Language"`
	Purpose  string `query:"purpose" required:"true" enum:"handling,supervision,handover,complaint,inspection" doc:"导出目的; kept in the audit log with the export"`
	Child    bool   `query:"child" doc:"name the child, for who reads that part; otherwise the paper holds the case's number alone"`
}

func (s *server) chainRoutes() {
	register(s, operation{
		id: "print-chain", method: http.MethodGet, path: "/api/v1/cases/{id}/chain.pdf", tag: "letters", summary: "The responsibility chain, as PDF 打印责任链",
		about: "Who owed what by when on what authority, when they were told, who acted, which rungs fired and who had not acted, hand-overs and pauses. " +
			"With head, page numbers, who printed it and when, and the reader's name as watermark. It is an export, and kept as one in the audit log.",
		roles: cases.RolesThat(cases.PrintChain), codes: []cases.Code{cases.CodeNotFound},
		answers: map[string]*huma.Response{"200": {Description: "The paper", Content: map[string]*huma.MediaType{"application/pdf": {}}}},
	}, s.printChain)
}

func (s *server) printChain(ctx context.Context, in *chainInput) (*paperAnswer, error) {
	ctx = forPurpose(ctx, in.Purpose)
	v, err := s.chainFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	t := tongueOf(in.Language)
	p := &chainPaper{t: t, now: s.Now(), row: v.CaseRow, state: v.State, purpose: in.Purpose}
	var parts []string
	if in.Child {
		file, err := s.fileFor(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if p.child = file.Child; p.child == nil {
			return nil, cases.Refuse(records.CodeForbidden)
		}
		parts = []string{"child"}
	}
	a := accessOf(ctx)
	c, err := s.Cases.Chain(ctx, a, in.ID, parts)
	if err != nil {
		return nil, err
	}
	p.rules, p.events, p.notices = c.Rules, s.shownEvents(c.Events, v, a), shownNotices(c.Notices, v, a)
	if p.post, err = s.postNames(ctx, t); err != nil {
		return nil, err
	}
	frame, err := s.frame(ctx, t, t.say("paper.chain.title"), v.Number)
	if err != nil {
		return nil, err
	}
	return s.asPDF("chain-"+in.ID[:8], frame, p.set)
}

// chainPaper is a chain that is being set.
type chainPaper struct {
	t       *tongue
	now     time.Time
	row     records.CaseRow
	state   cases.State
	child   *records.Child
	rules   cases.Rules
	events  []records.EventRow
	notices []records.CaseNotice
	purpose string
	post    func(cases.Post) string

	owed  []*owed
	steps []paper.Row
}

// owed is one obligation of the chain.
type owed struct {
	key        string
	occurrence int
	rule       cases.RuleID
	owner      cases.Post
	due, ended time.Time
	// The rest is how it stands.
	released, provisional, paused bool
	rows                          []paper.Row
}

func (p *chainPaper) set(sheet *paper.Sheet) {
	p.read()
	t := p.t
	child := ""
	if p.child != nil {
		child = p.child.Name
	}
	sheet.Pairs(
		[2]string{t.say("paper.chain.case"), p.row.Number + " · " + t.say("kind."+string(p.row.Kind))},
		[2]string{t.say("paper.chain.child"), child},
		[2]string{t.say("paper.chain.stage"), t.say("phase."+string(p.row.Phase)) + " · " + t.say("stage."+string(p.row.Stage))},
		[2]string{t.say("paper.chain.colour"), t.say("colour." + string(p.row.Colour))},
		[2]string{t.say("paper.chain.owner"), p.post(p.row.Owner)},
		[2]string{t.say("paper.chain.opened"), clock(p.row.Opened)},
		[2]string{t.say("paper.chain.rules"), p.rules.Policy + " " + p.rules.Version},
		[2]string{t.say("paper.chain.purpose"), t.say("paper.purpose." + p.purpose)},
	)
	head := []string{t.say("paper.chain.time"), t.say("paper.chain.what"), t.say("paper.chain.who")}
	shares := []float64{1.35, 1.5, 3.3}
	sheet.Heading(t.say("paper.chain.owed"))
	if len(p.owed) == 0 {
		sheet.Text(t.say("paper.none"))
	}
	for i, o := range p.owed {
		if i > 0 {
			sheet.Space(9)
		}
		sheet.Title(t.put("paper.chain.titled", "n", strconv.Itoa(i+1), "name", p.nameOf(o), "standing", t.say("paper.standing."+o.standing(p.now))))
		due := clock(o.due)
		if o.provisional {
			due += " " + t.say("paper.provisional")
		}
		sheet.Pairs(
			[2]string{t.say("paper.chain.owes"), p.post(o.owner)},
			[2]string{t.say("paper.chain.due"), due},
			[2]string{t.say("paper.chain.authority"), p.authority(o.rule)},
		)
		sheet.Table(shares, head, o.rows...)
	}
	sheet.Heading(t.say("paper.chain.steps"))
	if len(p.steps) == 0 {
		sheet.Text(t.say("paper.none"))
	} else {
		sheet.Table(shares, head, p.steps...)
	}
	sheet.Space(8)
	sheet.Note(t.say("paper.secret"))
}

func (p *chainPaper) nameOf(o *owed) string {
	name := p.t.say("obligation." + cases.KeyBase(o.key))
	if _, about, ok := strings.Cut(o.key, ":"); ok && len(about) < 5 { // a number, not an id
		name += " " + about
	}
	if o.occurrence > 1 {
		name += p.t.put("paper.chain.again", "n", strconv.Itoa(o.occurrence))
	}
	return name
}

// standing says what became of an obligation.
func (o *owed) standing(now time.Time) string {
	switch {
	case o.released:
		return "released"
	case !o.ended.IsZero() && o.ended.After(o.due):
		return "late"
	case !o.ended.IsZero():
		return "met"
	case o.paused:
		return "paused"
	case o.due.Before(now):
		return "overdue"
	}
	return "open"
}

// authority says on what a deadline rests. Only a statute whose text was read is 法定.
func (p *chainPaper) authority(id cases.RuleID) string {
	base, colour, _ := strings.Cut(string(id), "/")
	if colour == "" {
		colour = string(p.row.Colour)
	}
	d, ok := p.rules.Deadline(cases.RuleID(base), cases.Colour(colour))
	if !ok {
		return ""
	}
	class := p.t.say("class." + string(d.Class))
	switch {
	case d.Statutory():
		class = p.t.say("paper.class.statutory")
	case d.Class == cases.Statute:
		class = p.t.say("paper.class.unverified")
	}
	return strings.TrimSpace(p.t.put("paper.mark.said", "what", class, "said", d.Source+" "+d.Article))
}

// read goes through the events once and gathers what belongs to each obligation.
func (p *chainPaper) read() {
	told := map[string][]records.CaseNotice{}
	for _, n := range p.notices {
		told[toldOf(n.Type, n.Key, n.At)] = append(told[toldOf(n.Type, n.Key, n.At)], n)
	}
	by := map[string]*owed{}
	acts := map[int64]string{} // what changed the case, by its seq
	for _, r := range p.events {
		e := r.Event
		switch e.Type {
		case cases.EventStep, cases.EventOpened, cases.EventProposed, cases.EventWithdrawn, cases.EventGlass:
			p.steps = append(p.steps, paper.Row{Cells: []string{clock(e.At), p.stepName(e), p.actors(e)}})
		}
		if e.Type == cases.EventStep || e.Type == cases.EventFact {
			acts[r.Seq] = p.act(e)
		}
		if e.Key == "" || e.Type == cases.EventStep || e.Type == cases.EventFact {
			continue
		}
		id := e.Key + "/" + strconv.Itoa(e.Occurrence)
		o := by[id]
		if o == nil {
			o = &owed{key: e.Key, occurrence: e.Occurrence, rule: e.Rule, owner: e.Owner, due: e.Due}
			by[id], p.owed = o, append(p.owed, o)
		}
		o.take(e)
		said := p.said(e, o, acts[r.Seq], told[toldOf(string(e.Type), e.Key, e.At)])
		o.rows = append(o.rows, paper.Row{Cells: []string{clock(e.At), p.what(e), said}})
	}
	for _, o := range p.owed {
		if now, ok := p.state.Obligation(o.key); ok && now.Occurrence == o.occurrence {
			o.due, o.provisional, o.paused = now.Due, now.Provisional, !now.PausedSince.IsZero()
		}
	}
}

// take moves an obligation on by an event.
func (o *owed) take(e cases.Event) {
	switch e.Type {
	case cases.EventOwed, cases.EventMoved, cases.EventRecalculate:
		if !e.Due.IsZero() {
			o.due = e.Due
		}
		o.provisional = e.Provisional
	case cases.EventMet:
		o.ended = e.At
	case cases.EventReleased:
		o.ended, o.released = e.At, true
	}
	if e.Owner != "" {
		o.owner = e.Owner
	}
}

// toldOf names the event that a notice tells of.
func toldOf(kind, key string, at time.Time) string {
	return kind + "|" + key + "|" + strconv.FormatInt(at.UnixMicro(), 10)
}

func (p *chainPaper) what(e cases.Event) string {
	out := p.t.say("event." + string(e.Type))
	if e.Type == cases.EventRung {
		out += " · " + p.t.say("rung."+e.RungName)
	}
	return out
}

// said puts the rest of an event of an obligation into words.
func (p *chainPaper) said(e cases.Event, o *owed, act string, told []records.CaseNotice) string {
	var out []string
	add := func(key string, pairs ...string) { out = append(out, p.t.put("paper.chain."+key, pairs...)) }
	switch e.Type {
	case cases.EventOwed:
		add("owedBy", "owner", p.post(e.Owner), "due", clock(e.Due))
	case cases.EventRung:
		add("notActed", "owner", p.post(o.owner), "due", clock(o.due))
	case cases.EventMoved, cases.EventRecalculate:
		add("movedTo", "due", clock(e.Due))
	case cases.EventHandedOver:
		add("handedTo", "owner", p.post(e.Owner))
	case cases.EventAck:
		add("ackedBy", "by", p.post(e.Actor.Post))
	case cases.EventMet:
		if act != "" {
			add("metBy", "act", act)
		}
	}
	if reason := p.reason(e.Reason); reason != "" {
		add("because", "reason", reason)
	}
	names := make([]string, 0, len(told)+len(e.Posts))
	for _, n := range told {
		names = append(names, p.told(n))
	}
	switch {
	case len(told) > 0:
		add("told", "who", strings.Join(names, p.t.say("paper.mark.semicolon")))
	case len(e.Posts) > 0:
		for _, post := range e.Posts {
			names = append(names, p.post(post))
		}
		add("toTell", "who", strings.Join(names, p.t.say("paper.mark.list")))
	}
	return strings.Join(out, "\n")
}

// told says who was told and how far it came.
func (p *chainPaper) told(n records.CaseNotice) string {
	who := make([]string, len(n.Posts))
	for i, post := range n.Posts {
		who[i] = p.post(post)
	}
	name := strings.Join(who, p.t.say("paper.mark.list"))
	if n.Name != "" {
		name = p.t.put("paper.mark.named", "what", n.Name, "who", name)
	}
	switch {
	case n.Undelivered:
		return name + p.t.say("paper.chain.undelivered")
	case !n.Read.IsZero():
		return name + p.t.put("paper.chain.read", "at", clock(n.Read))
	case !n.Told.IsZero():
		return name + p.t.put("paper.chain.unread", "at", clock(n.Told))
	}
	return name + p.t.say("paper.chain.waiting")
}

// reason words a code of the engine's; "" where it has no word.
func (p *chainPaper) reason(code string) string {
	if code == "" {
		return ""
	}
	return p.t.say("enum.cause."+code, "why."+code, "enum."+code, "step."+code, "outcome."+code, "event."+code)
}

func (p *chainPaper) stepName(e cases.Event) string {
	if e.Step == "" {
		return p.t.say("event." + string(e.Type))
	}
	name := p.nameOfStep(e.Step)
	if e.Type != cases.EventStep {
		name = p.t.say("event."+string(e.Type)) + " · " + name
	}
	if e.To != "" && e.From != e.To {
		name += "\n" + p.t.say("stage."+string(e.From)) + " → " + p.t.say("stage."+string(e.To))
	}
	return name
}

func (p *chainPaper) nameOfStep(name cases.StepName) string {
	return p.t.say("step."+string(p.row.Kind)+"."+string(name), "step."+string(name))
}

// actors says who acted: two persons where there were two, and for whom where it is 代录.
func (p *chainPaper) actors(e cases.Event) string {
	out := []string{p.post(e.Actor.Post)}
	if e.Type == cases.EventStep && e.Owner != "" {
		out[0] = p.t.put("paper.chain.proxy", "by", p.post(e.Actor.Post), "for", p.post(e.Owner), "via", p.t.say("enum."+e.Reason))
		confirmed := slices.ContainsFunc(p.state.Proxies, func(x cases.Proxy) bool { return x.Command == e.Command && x.Confirmed })
		out = append(out, p.t.say("paper.chain.confirmed."+strconv.FormatBool(confirmed)))
	}
	if e.Approver.Post != "" {
		out = append(out, p.t.put("paper.chain.approved", "by", p.post(e.Approver.Post)))
	}
	if e.Type == cases.EventStep && !e.Due.IsZero() {
		out = append(out, p.t.put("paper.chain.occurred", "at", clock(e.Due)))
	}
	return strings.Join(out, "\n")
}

// act is what somebody did that may have met an obligation.
func (p *chainPaper) act(e cases.Event) string {
	name := p.t.say("fact." + string(e.FactKind))
	if e.Step != "" {
		name = p.nameOfStep(e.Step)
	}
	by := e.Actor.Post
	if e.Type == cases.EventStep && e.Owner != "" {
		by = e.Owner
	}
	if by == "" {
		return name
	}
	return p.t.put("paper.mark.named", "what", name, "who", p.post(by))
}
