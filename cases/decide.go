package cases

import (
	"slices"
	"strconv"
	"time"
)

// command applies a decision: who may, from where, at which version, with what
// form, against which guards; then the step's row is carried out.
func (c *change) command(cmd Command) *Error {
	if _, done := c.s.Result(cmd.ID); done {
		return nil // asked twice: the outcome stands in State.Commands
	}
	step, ok := FindStep(c.s.Kind, cmd.Step)
	if !ok {
		return Refuse(CodeUnknownStep)
	}
	if refusal := c.authority(step, cmd); refusal != nil {
		return refusal
	}
	if cmd.Base >= 0 && cmd.Base != c.s.DecisionSeq {
		return c.refuse(CodeStale, cmd)
	}
	if refusal := c.possible(step, cmd); refusal != nil {
		return refusal
	}
	if refusal := step.check(cmd); refusal != nil {
		return refusal
	}
	if cmd.Occurred.After(c.now.Add(time.Minute)) {
		return Refuse(CodeFuture, FieldError{Field: "occurred_at", Reason: "time", Want: "not in the future"})
	}
	if refusal := c.guarded(step, cmd); refusal != nil {
		return refusal
	}
	if step.Second.Needs(c.s.Colour, cmd.Fields) {
		return c.propose(step, cmd)
	}
	if step.decides != nil {
		return step.decides(c, cmd)
	}
	c.take(step, cmd, Actor{})
	return nil
}

// refuse names what the actor could do instead.
func (c *change) refuse(code Code, cmd Command) *Error {
	e := Refuse(code)
	e.Allowed = Allowed(c.s, []Post{cmd.By.Post})
	return e
}

// authority refuses a post that may not take the step in this case. Recusal and
// the compartment come first: such a post is told that there is no case.
func (c *change) authority(step Step, cmd Command) *Error {
	acting := cmd.By.Post
	if !c.s.Sees(acting) {
		return Refuse(CodeNotFound)
	}
	if cmd.For != "" {
		if !step.Proxy || !slices.Contains(proxyRoles, acting.Role()) {
			return Refuse(CodeProxy)
		}
		if !slices.Contains([]string{"phone", "letter", "onsite"}, cmd.Via) {
			return Refuse(CodeField, FieldError{Field: "via", Reason: "enum", Want: "phone,letter,onsite"})
		}
		if !c.s.InScope(acting) {
			return Refuse(CodeScope)
		}
		acting = cmd.For
		if !c.s.Sees(acting) {
			return Refuse(CodeRecusedPost)
		}
	}
	if !slices.Contains(step.Roles, acting.Role()) {
		return c.refuse(CodeRole, cmd)
	}
	if !c.s.InScope(acting) {
		return Refuse(CodeScope)
	}
	return nil
}

// proxyRoles may record on another post's behalf (8a.7).
var proxyRoles = []Role{RoleDesk, RoleManager}

// InScope tells whether a post's area or unit reaches the case. Recusal and the
// compartment are another question: see Sees.
func (s State) InScope(p Post) bool {
	if p == SystemPost {
		return true
	}
	if p.Unit() != "" {
		return s.involves(p)
	}
	if p.Role().Row().Scope == ScopeAssigned && s.anothers(p) {
		return false
	}
	return p.Org().Covers(s.Org)
}

// involves tells whether a unit's post has a part in the case: police and
// procuratorate share every case, the shelter every guardianship, and any unit
// those that it owns, owes something in, or has a task in (DOMAIN 7).
func (s State) involves(p Post) bool {
	switch p.Role().Row().Scope {
	case ScopeShared:
		return true
	case ScopePlaced:
		if s.Kind == Guardianship {
			return true
		}
	}
	return s.Owes(p) || slices.ContainsFunc(s.Tasks, func(t Task) bool { return t.Post == p && t.State != TaskWithdrawn })
}

// Owes tells whether a post owns the case or something due in it.
func (s State) Owes(p Post) bool {
	return s.Owner == p || slices.ContainsFunc(s.Obligations, func(o Obligation) bool { return o.Owner == p })
}

// possible refuses a step that the stage or the track does not allow now.
func (c *change) possible(step Step, cmd Command) *Error {
	if c.s.Erased() {
		return Refuse(CodeErased)
	}
	if c.s.Stage == Closed && !slices.Contains(step.From, Closed) {
		return c.refuse(CodeClosed, cmd)
	}
	if !slices.Contains(step.From, c.s.Stage) || step.When != nil && !step.When(c.s) {
		return c.refuse(CodeStage, cmd).With("stage", string(c.s.Stage))
	}
	return nil
}

// guarded asks what the law, our rules of practice and the policy's spans forbid.
func (c *change) guarded(step Step, cmd Command) *Error {
	for _, name := range sortedKeys(step.Within) {
		d, ok := c.r.Deadline(step.Within[name], c.s.Colour)
		if !ok {
			continue
		}
		last, _ := c.r.Calendar.add(c.now, d.Span)
		if cmd.Fields.Time(name).After(last) {
			return Refuse(CodeField, FieldError{Field: name, Reason: "range", Want: strconv.Itoa(d.Span.Value) + " " + string(d.Span.Unit)})
		}
	}
	if step.Guard == nil {
		return nil
	}
	return step.Guard(c.s, cmd, c.now)
}

// Allowed gives the steps that any of the posts may take in a case now, in the
// table's order. Guards are not asked: they speak when the form is sent.
func Allowed(s State, posts []Post) []StepName {
	var out []StepName
	if s.Erased() {
		return nil
	}
	for _, step := range steps {
		if step.Kind != s.Kind || !slices.Contains(step.From, s.Stage) || step.When != nil && !step.When(s) {
			continue
		}
		if slices.ContainsFunc(posts, func(p Post) bool { return s.mayTake(step, p) }) {
			out = append(out, step.Name)
		}
	}
	return out
}

// mayTake tells whether a post may take a step, itself or on another's behalf.
func (s State) mayTake(step Step, p Post) bool {
	if !s.Sees(p) || !s.InScope(p) {
		return false
	}
	return slices.Contains(step.Roles, p.Role()) || step.Proxy && slices.Contains(proxyRoles, p.Role())
}

// propose puts a step before its second person.
func (c *change) propose(step Step, cmd Command) *Error {
	if slices.ContainsFunc(c.s.Proposals, func(p Proposal) bool { return p.Step == step.Name }) {
		return c.refuse(CodeProposed, cmd)
	}
	p := Proposal{ID: cmd.ID, Step: step.Name, Fields: cmd.Fields, By: cmd.By, At: c.now, For: cmd.For, Occurred: cmd.Occurred}
	c.s.Proposals = append(c.s.Proposals, p)
	rule := RuleID("approval")
	if step.To == Archiving {
		rule = "closing"
	}
	approver := PostSpec("city/"+string(c.s.approvers(step, cmd.By.Post)[0])).Resolve(c.s.Org, "", "")
	c.event(Event{Type: EventProposed, Rung: noRung, Step: step.Name, Command: cmd.ID, Actor: cmd.By, From: c.s.Stage, To: step.To, Fields: cmd.Fields})
	c.oweBy("approval:"+cmd.ID, rule, c.now, approver)
	c.record(cmd, true)
	return nil
}

// approvers are the roles whose posts can be the second person: the step's own, but
// for the proposer's post and for recused ones; where none is left, the coordination
// body (8a.1).
func (s State) approvers(step Step, proposer Post) []Role {
	var out []Role
	for _, r := range step.Approvers {
		if p := PostSpec("city/"+string(r)).Resolve(s.Org, "", ""); p != proposer && s.Sees(p) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return []Role{RoleBody}
	}
	return out
}

// lapseProposals drops the proposals that fit is false of, and tells their authors.
func (c *change) lapseProposals(reason string, fit func(Proposal) bool) {
	for _, p := range slices.Clone(c.s.Proposals) {
		if fit(p) {
			continue
		}
		e := Event{Type: EventWithdrawn, Rung: noRung, Step: p.Step, Command: p.ID, Actor: p.By, Reason: reason}
		if c.s.Sees(p.By.Post) {
			e.Posts = []Post{p.By.Post}
		}
		c.event(e)
		c.dropProposal(p.ID, false, reason)
	}
}

// dropProposal takes a proposal off the table and ends its approval.
func (c *change) dropProposal(id string, met bool, reason string) {
	c.s.Proposals = slices.DeleteFunc(c.s.Proposals, func(p Proposal) bool { return p.ID == id })
	if met {
		c.meet("approval:" + id)
	} else {
		c.release("approval:"+id, reason)
	}
}

// take carries a step's row out.
func (c *change) take(step Step, cmd Command, approver Actor) {
	c.s.DecisionSeq++ // before effects, so that what they open stands on it
	from := c.s.Stage
	e := Event{
		Type: EventStep, Rung: noRung, Step: step.Name, Command: cmd.ID, Actor: cmd.By, Approver: approver,
		From: from, To: c.s.Stage, Due: cmd.Occurred, Fields: cmd.Fields,
	}
	if step.To != "" {
		e.To = step.To
	}
	if cmd.For != "" {
		e.Owner, e.Reason = cmd.For, cmd.Via // shown as 代录 until confirmed
	}
	if n := cmd.Fields.Int("task"); n > 0 {
		e.Task = n
	}
	if n := cmd.Fields.Int("order"); n > 0 {
		e.Order = n
	}
	c.event(e)
	if cmd.For != "" {
		c.s.Proxies = append(c.s.Proxies, Proxy{Command: cmd.ID, Step: step.Name, For: cmd.For})
		if from != Closed || step.To != "" { // a closed case owes nothing
			c.oweBy("confirm:"+cmd.ID, "confirm_proxy", c.now, cmd.For)
		}
	}
	for _, key := range step.Ends {
		c.meet(key)
	}
	if step.To != "" {
		c.enter(step.To)
	}
	if step.Effect != nil {
		step.Effect(c, cmd)
	}
	for _, rule := range step.Opens {
		c.owe(string(rule), rule, c.when(cmd))
	}
	c.announce(from)
	c.record(cmd, false)
}

// when is the time from which what a command starts is counted.
func (c *change) when(cmd Command) time.Time {
	if !cmd.Occurred.IsZero() && cmd.Occurred.Before(c.now) {
		return cmd.Occurred
	}
	return c.now
}

// enter moves the main line to a stage.
func (c *change) enter(to Stage) {
	was := c.s.Stage
	c.s.Stage, c.s.Since = to, c.now
	if !to.ended() {
		if was.ended() {
			c.s.Outcome = ""
			c.release("appraise", "reopened")
		}
		c.s.FiledAt, c.s.Kept = time.Time{}, Kept{}
		c.lapseProposals("stage", func(p Proposal) bool {
			step, ok := FindStep(c.s.Kind, p.Step)
			return ok && slices.Contains(step.From, to)
		})
		return
	}
	c.lapseProposals("closed", func(Proposal) bool { return false })
	c.releaseAll("closed")
	c.endGrants("closed", func(Grant) bool { return true })
	switch {
	case to == Archiving && was != Closed:
		c.owe("archive", "archive", c.now)
	case to == Closed && c.s.FiledAt.IsZero():
		c.s.FiledAt = c.now
	}
}

// announce tells the cases that wait for this one that it has ended, with its
// outcome, or goes on again.
func (c *change) announce(from Stage) {
	switch now := c.s.Stage; {
	case now.ended() && !from.ended():
		c.tellLinks(FactLinkClosed)
	case from.ended() && !now.ended():
		c.tellLinks(FactLinkOpened)
	}
}

// tellLinks writes a fact for every linked case.
func (c *change) tellLinks(kind FactKind) {
	for _, l := range c.s.Links {
		if l.Relation == "opened_by" {
			c.tell(l.Case, kind, Fields{"case": c.s.ID, "outcome": string(c.s.Outcome)})
		}
	}
}

// tell writes a fact for another case. Its id is made of both cases and this
// change, so that recording twice writes it once.
func (c *change) tell(to string, kind FactKind, fields Fields) {
	c.send = append(c.send, Outgoing{Case: to, Fact: Fact{
		ID: factID(c.s.ID, to, string(kind), c.base+1, len(c.send)), Kind: kind, Occurred: c.now, Received: c.now,
		By: Actor{Post: SystemPost}, Fields: fields,
	}})
}

// record keeps the outcome of a command.
func (c *change) record(cmd Command, proposed bool) {
	if proposed {
		c.s.DecisionSeq++
	}
	r := Result{Command: cmd.ID, Step: cmd.Step, At: c.now, Proposed: proposed}
	c.res = &r
	c.s.Commands = append(c.s.Commands, r)
	if n := len(c.s.Commands); n > keepOutcomes {
		c.s.Commands = slices.Delete(c.s.Commands, 0, n-keepOutcomes)
	}
}
