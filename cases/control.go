package cases

import (
	"slices"
	"time"
)

// controlSteps are the rows that every kind shares: who owns the case, who may
// know of it, what waits for a second person, and what a late post answers.
func controlSteps(k Kind) []Step {
	open := openStages(k)
	running := append(slices.Clone(open), Archiving)
	return slices.Concat(grantSteps(k, open), glassSteps(k, running), []Step{
		{
			Name: "assign", Kind: k, Track: Control, From: running,
			Roles:  []Role{RoleDesk, RoleManager, RoleHead, RoleBureau},
			Form:   []Field{postField("post"), words("reason").optional()},
			Guard:  guardPost("post", RoleDesk, RoleManager, RoleHead, RoleSupervisor, RoleShelter, RoleSocialWorker, RoleBureau),
			Effect: func(c *change, cmd Command) { c.giveTo(Post(cmd.Fields["post"]), "assigned") },
		},
		{
			Name: "recolour", Kind: k, Track: Control, From: open,
			Roles: []Role{RoleDesk, RoleManager, RoleHead, RoleBureau},
			Form:  []Field{colours("colour"), words("reason")},
			// A red case is not made paler by one person.
			Second: SecondIfRed, Approvers: []Role{RoleHead, RoleBureau},
			Effect: func(c *change, cmd Command) {
				c.s.Provisional = false
				c.colour(Colour(cmd.Fields["colour"]), "recoloured")
			},
		},
		{
			Name: "recuse", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleDesk, RoleManager, RoleHead, RoleBureau, RoleBody},
			Form:  []Field{postField("post"), words("reason")},
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				p := Post(cmd.Fields["post"])
				if p == cmd.By.Post {
					return Refuse(CodeField, FieldError{Field: "post", Reason: "range", Want: "another post"})
				}
				if s.isLast(p) {
					return Refuse(CodeField, FieldError{Field: "post", Reason: "range", Want: "somebody must be left"})
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				c.keepFrom([]Post{Post(cmd.Fields["post"])}, false, "")
			},
		},
		{
			Name: "relocate", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleDesk, RoleManager, RoleSupervisor, RoleHead},
			Form:  []Field{{Name: "org", Type: TypeID, Required: true}, words("address").optional().in("address")},
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				to := Org(cmd.Fields["org"])
				if !to.Valid() || to.City() != s.Org.City() {
					return Refuse(CodeField, FieldError{Field: "org", Reason: "format", Want: "12 digits within the city"})
				}
				return nil
			},
			Effect: func(c *change, cmd Command) { c.relocate(Org(cmd.Fields["org"])) },
		},
		{
			Name: "pause", Kind: k, Track: Control, From: open,
			Roles: []Role{RoleDesk, RoleManager, RoleHead, RoleBureau},
			Form:  []Field{idField("key"), enum("cause", "waiting_for_court", "waiting_for_other_place", "weather", "visitor_safety", "child_away", "other"), words("reason")},
			When:  func(s State) bool { return len(s.Obligations) > 0 },
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				o, ok := s.Obligation(cmd.Fields["key"])
				if !ok || !o.PausedSince.IsZero() {
					return Refuse(CodeNoObligation)
				}
				return nil
			},
			decides: func(c *change, cmd Command) *Error {
				i := c.s.index(cmd.Fields["key"])
				o := &c.s.Obligations[i]
				if d, ok := c.r.Deadline(o.Rule, o.Colour); !ok || !d.Pausable {
					return Refuse(CodeNotPausable) // never postpone a child's safety
				}
				step, _ := FindStep(c.s.Kind, cmd.Step)
				o.PausedSince, o.PausedFor = c.now, cmd.Fields["cause"]
				c.take(step, cmd, Actor{})
				e := obligationEvent(EventPaused, c.s.Obligations[i])
				e.Reason = cmd.Fields["cause"]
				c.event(e)
				c.owe("pause_review", "pause_review", c.now) // no clock stands for ever unseen
				return nil
			},
		},
		{
			Name: "pause_review", Kind: k, Track: Control, From: open, // 中止是否还有理由
			Roles: []Role{RoleHead, RoleBureau, RoleDesk, RoleManager},
			Form:  []Field{words("reason")},
			When:  owed("pause_review"), Ends: []string{"pause_review"},
			Effect: func(c *change, _ Command) {
				if c.s.paused() {
					c.owe("pause_review", "pause_review", c.now)
				}
			},
		},
		{
			Name: "resume", Kind: k, Track: Control, From: open,
			Roles: []Role{RoleDesk, RoleManager, RoleHead, RoleBureau},
			Form:  []Field{idField("key")},
			When:  State.paused,
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				if o, ok := s.Obligation(cmd.Fields["key"]); !ok || o.PausedSince.IsZero() {
					return Refuse(CodeNoObligation)
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				i := c.s.index(cmd.Fields["key"])
				o := &c.s.Obligations[i]
				stood := c.now.Sub(o.PausedSince)
				o.PausedSince, o.PausedFor = time.Time{}, ""
				o.Stood += stood
				c.event(obligationEvent(EventResumed, *o))
				if !c.s.paused() {
					c.release("pause_review", "resumed")
				}
				c.move(i, o.Due.Add(stood), o.Provisional, "resumed")
			},
		},
		{
			Name: "escalate", Kind: k, Track: Control, From: open,
			Roles: []Role{RoleDirector, RoleSupervisor, RoleTownLeader, RoleDesk, RoleManager, RoleShelter, RoleSocialWorker, RoleHead},
			Form:  []Field{idField("key"), words("reason")},
			When:  func(s State) bool { return s.Colour == Red && len(s.Obligations) > 0 }, // 越级, anyone on 红
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				if _, ok := s.Obligation(cmd.Fields["key"]); !ok {
					return Refuse(CodeNoObligation)
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				i := c.s.index(cmd.Fields["key"])
				c.s.Obligations[i].Lift, c.s.Obligations[i].LiftedAt = true, c.now
			},
		},
		{
			Name: "approve", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleHead, RoleBureau, RoleBody, RoleDesk, RoleManager, RoleSupervisor},
			Form:  []Field{idField("proposal"), words("opinion").optional()},
			When:  hasProposals,
			Guard: guardProposal, Answers: []string{"approval"}, decides: approve,
		},
		{
			Name: "decline", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleHead, RoleBureau, RoleBody, RoleDesk, RoleManager, RoleSupervisor},
			Form:  []Field{idField("proposal"), words("opinion")},
			When:  hasProposals, Answers: []string{"approval"},
			Guard: func(s State, cmd Command, now time.Time) *Error {
				if refusal := guardProposal(s, cmd, now); refusal != nil {
					return refusal
				}
				p, _ := s.Proposal(cmd.Fields["proposal"])
				return approverFor(s, p, cmd.By)
			},
			Effect: func(c *change, cmd Command) {
				p, _ := c.s.Proposal(cmd.Fields["proposal"])
				c.event(Event{Type: EventWithdrawn, Rung: noRung, Step: p.Step, Command: p.ID, Actor: p.By, Reason: "declined", Posts: []Post{p.By.Post}})
				c.dropProposal(p.ID, true, "")
			},
		},
		{
			Name: "withdraw", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleHead, RoleBureau, RoleDesk, RoleManager, RoleSupervisor, RoleShelter},
			Form:  []Field{idField("proposal")},
			When:  hasProposals,
			Guard: func(s State, cmd Command, now time.Time) *Error {
				if refusal := guardProposal(s, cmd, now); refusal != nil {
					return refusal
				}
				if p, _ := s.Proposal(cmd.Fields["proposal"]); p.By.Person != cmd.By.Person {
					return Refuse(CodeRole)
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				p, _ := c.s.Proposal(cmd.Fields["proposal"])
				c.event(Event{Type: EventWithdrawn, Rung: noRung, Step: p.Step, Command: p.ID, Actor: p.By, Reason: "withdrawn"})
				c.dropProposal(p.ID, false, "withdrawn")
			},
		},
		{
			Name: "confirm", Kind: k, Track: Control, From: running,
			// Every role in whose name something can be recorded.
			Roles: []Role{RolePolice, RoleProcurator, RoleLiaison, RoleShelter, RoleSupervisor, RoleDirector, RoleSocialWorker, RoleTownLeader, RoleDesk, RoleManager, RoleHead, RoleBureau},
			Form:  []Field{idField("record")}, Answers: []string{"confirm"},
			When: func(s State) bool {
				return slices.ContainsFunc(s.Proxies, func(p Proxy) bool { return s.index("confirm:"+p.Command) >= 0 })
			},
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				i := slices.IndexFunc(s.Proxies, func(p Proxy) bool { return p.Command == cmd.Fields["record"] })
				if i < 0 || s.index("confirm:"+cmd.Fields["record"]) < 0 {
					return Refuse(CodeNoObligation)
				}
				if s.Proxies[i].For != cmd.By.Post {
					return Refuse(CodeRole)
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				for i := range c.s.Proxies {
					if c.s.Proxies[i].Command == cmd.Fields["record"] {
						c.s.Proxies[i].Confirmed = true
					}
				}
				c.meet("confirm:" + cmd.Fields["record"])
			},
		},
		{
			Name: "sign_order", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleHead, RoleBureau, RoleBody},
			Form:  []Field{number("order", 1, 999), short("remark").optional()},
			When: func(s State) bool {
				return slices.ContainsFunc(s.Orders, Order.unsigned)
			},
			Guard: guardOrder(Order.unsigned), Answers: []string{"order_sign"},
			Effect: func(c *change, cmd Command) {
				n := cmd.Fields.Int("order")
				o := &c.s.Orders[n-1]
				o.Signed = c.now
				if late, ok := c.s.Obligation(o.Obligation); ok {
					o.To = late.Owner // it may have changed hands since the draft
				}
				c.meet(keyed("order_sign", n))
				c.oweBy(keyed("order_reply", n), "order_reply", c.now, c.unrecused(o.To, ""))
			},
		},
		{
			Name: "reply_order", Kind: k, Track: Control, From: running, Proxy: true,
			Roles: []Role{RoleDirector, RoleSupervisor, RoleTownLeader, RoleDesk, RoleManager, RoleHead, RoleBureau, RoleShelter, RolePolice, RoleProcurator, RoleLiaison, RoleSocialWorker},
			Form:  []Field{number("order", 1, 999), words("reply")}, Answers: []string{"order_reply"},
			When: func(s State) bool {
				return slices.ContainsFunc(s.Obligations, func(o Obligation) bool { return KeyBase(o.Key) == "order_reply" })
			},
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				o, ok := s.Obligation(keyed("order_reply", cmd.Fields.Int("order")))
				if !ok {
					return Refuse(CodeNoObligation)
				}
				by := cmd.By.Post
				if cmd.For != "" {
					by = cmd.For
				}
				if o.Owner != by { // who owes the reply now, not only who was written to
					return Refuse(CodeRole)
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				n := cmd.Fields.Int("order")
				c.s.Orders[n-1].Replied = c.now
				c.meet(keyed("order_reply", n))
			},
		},
		{
			// 8a.2: nothing is ever sent to a guardian automatically.
			Name: "notice_safe", Kind: k, Track: Protection, From: open,
			Roles: []Role{RoleManager, RoleDesk, RoleShelter},
			Form:  []Field{enum("told", "guardian", "child", "both"), words("manner")},
			Ends:  []string{"notice_decision"},
			Effect: func(c *change, _ Command) {
				c.s.Protection.Notice = "safe"
			},
		},
		{
			Name: "notice_withhold", Kind: k, Track: Protection, From: open, // 暂不通知
			Roles:  []Role{RoleManager, RoleDesk, RoleShelter},
			Form:   []Field{enum("cause", "child_at_risk", "evidence_at_risk", "guardian_suspect", "whereabouts_unknown"), words("reason")},
			Second: SecondAlways, Approvers: []Role{RoleHead, RoleBureau},
			Ends:   []string{"notice_decision"},
			Effect: func(c *change, _ Command) { c.s.Protection.Notice = "withheld" },
		},
		{
			Name: "retrieve", Kind: k, Track: Control, From: []Stage{Closed}, To: Archiving, // 调卷
			Roles: []Role{RoleDesk, RoleManager, RoleHead, RoleSystem},
			Form:  []Field{enum("cause", "reporter_message", "inspection", "correction", "hold_release", "erasure", "break_glass"), words("reason").optional()},
			When:  func(s State) bool { return s.Outcome != OutcomeMerged },
			Opens: []RuleID{"archive"},
		},
		{
			Name: "recalculate", Kind: k, Track: Control, From: running,
			Roles: []Role{RoleSystem},
			Form:  []Field{{Name: "cause", Type: TypeEnum, Required: true, Options: []string{"calendar", "policy"}}},
			decides: func(c *change, cmd Command) *Error {
				if cmd.Rules == nil {
					return Refuse(CodeRulesRejected)
				}
				for _, o := range c.s.Obligations {
					d, ok := cmd.Rules.Deadline(o.Rule, c.s.Colour)
					if ok {
						_, ok = cmd.Rules.Ladder(d.Ladder, c.s.Colour)
					}
					if !ok {
						return Refuse(CodeRulesRejected).With("rule", string(o.Rule))
					}
				}
				step, _ := FindStep(c.s.Kind, cmd.Step)
				c.r = *cmd.Rules
				c.s.Rules = c.r.Hash()
				c.take(step, cmd, Actor{})
				c.s.DecisionSeq-- // no officer's form goes stale by a calendar
				c.event(Event{Type: EventRecalculate, Rung: noRung, Reason: cmd.Fields["cause"]})
				for _, o := range slices.Clone(c.s.Obligations) {
					c.recount(o.Key, cmd.Fields["cause"])
				}
				return nil
			},
		},
	})
}

// medical is that the child was taken to a doctor first (先送医, 法发24号 12).
func medical(k Kind, from []Stage, roles ...Role) Step {
	return Step{
		Name: "medical", Kind: k, Track: Protection, From: from,
		Roles:     roles,
		Form:      []Field{moment("at"), words("record").in("medical")},
		Documents: []Document{paperMay("medical_record")},
		Guard:     past("at"),
		Effect:    func(c *change, cmd Command) { c.s.Protection.MedicalAt = cmd.Fields.Time("at") },
	}
}

// visitArranged answers visits that met nobody, or a refused one (DOMAIN 6).
func visitArranged(k Kind, from []Stage) Step {
	return Step{
		Name: "visit_arranged", Kind: k, Track: Protection, From: from,
		Roles: []Role{RoleSupervisor, RoleManager, RoleDesk, RolePolice},
		Form:  []Field{enum("action", "second_visit", "police_called", "relatives_reached", "school_reached"), words("findings")},
		When:  owed("unmet_visit"), Ends: []string{"unmet_visit"},
	}
}

func hasProposals(s State) bool { return len(s.Proposals) > 0 }

func guardProposal(s State, cmd Command, _ time.Time) *Error {
	if _, ok := s.Proposal(cmd.Fields["proposal"]); !ok {
		return Refuse(CodeNoProposal)
	}
	return nil
}

// approverFor refuses whoever may not be the second person of a proposal: nobody
// approves their own, in whatever post.
func approverFor(s State, p Proposal, by Actor) *Error {
	step, ok := FindStep(s.Kind, p.Step)
	if !ok {
		return Refuse(CodeUnknownStep)
	}
	if by.Person == p.By.Person || by.Post == p.By.Post {
		return Refuse(CodeSecond)
	}
	if p.Step == "grant_access" && (Post(p.Fields["post"]) == by.Post || p.Fields["person"] == by.Person) {
		return Refuse(CodeSecond) // nobody lets themselves in
	}
	role := by.Post.Role()
	if !slices.Contains(step.Approvers, role) && !slices.Contains(s.approvers(step, p.By.Post), role) {
		return Refuse(CodeRole)
	}
	return nil
}

// approve carries a proposed step out, asking its stage and guards once more.
func approve(c *change, cmd Command) *Error {
	p, _ := c.s.Proposal(cmd.Fields["proposal"])
	if refusal := approverFor(c.s, p, cmd.By); refusal != nil {
		return refusal
	}
	step, _ := FindStep(c.s.Kind, p.Step)
	proposed := Command{ID: p.ID, Case: cmd.Case, Step: p.Step, By: p.By, For: p.For, Via: viaOf(p), Occurred: p.Occurred, Fields: p.Fields}
	if refusal := c.possible(step, proposed); refusal != nil {
		return refusal
	}
	if refusal := c.guarded(step, proposed); refusal != nil {
		return refusal
	}
	own, _ := FindStep(c.s.Kind, cmd.Step)
	c.take(own, cmd, Actor{})
	c.dropProposal(p.ID, true, "")
	c.carryOut(step, proposed, cmd.By)
	return nil
}

func viaOf(p Proposal) string {
	if p.For == "" {
		return ""
	}
	return "letter" // what a second person approves is on paper
}

// carryOut takes a proposed step without making it a command of its own: the
// outcome recorded is the approver's.
func (c *change) carryOut(step Step, cmd Command, approver Actor) {
	res, kept := c.res, slices.Clone(c.s.Commands)
	c.take(step, cmd, approver)
	c.res, c.s.Commands = res, kept
	c.s.DecisionSeq--
}

// giveTo makes another post the owner, and hands over what the old one owed as the
// case's owner. What a rule lays on one certain post (the duty post's triage, the
// head's approval) and what was given to a post by name stays there.
func (c *change) giveTo(p Post, reason string) {
	was := c.s.Owner
	c.s.Owner = p
	for i := range c.s.Obligations {
		o := &c.s.Obligations[i]
		if o.Owner == p || o.Owner != was && !(p.Role() == RoleManager && o.Owner.Role() == RoleManager) {
			continue
		}
		if d, ok := c.r.Deadline(o.Rule, o.Colour); ok && c.post(d.Owner, "") == o.Owner {
			continue
		}
		if slices.Contains([]string{"task_sign", "task", "confirm", "approval", "order_reply", "glass_review"}, KeyBase(o.Key)) {
			continue
		}
		o.Owner = p
		e := obligationEvent(EventHandedOver, *o)
		e.Reason, e.Posts = reason, []Post{p}
		c.event(e)
	}
}

// relocate moves the case to another place: posts of the old place hand over to
// those of the new one.
func (c *change) relocate(to Org) {
	from := c.s.Org
	c.s.Org = to
	swap := func(p Post) Post {
		switch {
		case p.Org() == "" || p.Org() == from.City():
			return p
		case p.Org().IsVillage():
			if to.IsVillage() {
				return NewPost(to, p.Role())
			}
			return NewPost(to.Town(), RoleSupervisor)
		default:
			if to.Town().IsTown() {
				return NewPost(to.Town(), p.Role())
			}
			return NewPost(to.City(), RoleDesk)
		}
	}
	c.s.Owner = c.unrecused(swap(c.s.Owner), "")
	for i := range c.s.Tasks {
		if t := &c.s.Tasks[i]; t.Open() {
			t.Post = swap(t.Post)
		}
	}
	c.dropConfirms("relocated")
	c.endGrants("relocated", func(g Grant) bool { return g.Post.Unit() == "" && !g.Post.Org().Covers(to) })
	for i := range c.s.Obligations {
		o := &c.s.Obligations[i]
		if q := c.unrecused(swap(o.Owner), o.Ladder); q != o.Owner {
			o.Owner = q
			e := obligationEvent(EventHandedOver, *o)
			e.Reason, e.Posts = "relocated", []Post{q}
			c.event(e)
		}
	}
}

// dropConfirms releases the confirmations asked of posts that no longer see the case.
func (c *change) dropConfirms(reason string) {
	for _, p := range c.s.Proxies {
		if !c.s.Sees(p.For) || p.For.Unit() == "" && !p.For.Org().Covers(c.s.Org) {
			c.release("confirm:"+p.Command, reason)
		}
	}
}

// guardPost refuses a post that is recused, hidden, of the wrong role, or of another
// place: it could not act in the case.
func guardPost(field string, roles ...Role) func(State, Command, time.Time) *Error {
	return func(s State, cmd Command, _ time.Time) *Error {
		p := Post(cmd.Fields[field])
		if p == "" {
			return nil
		}
		if !slices.Contains(roles, p.Role()) {
			return Refuse(CodeField, FieldError{Field: field, Reason: "range", Want: "role"})
		}
		if !s.Sees(p) {
			return Refuse(CodeRecusedPost, FieldError{Field: field, Reason: "range", Want: "not recused"})
		}
		if p.Unit() == "" && !p.Org().Covers(s.Org) {
			return Refuse(CodeField, FieldError{Field: field, Reason: "range", Want: "a post whose area holds the case"})
		}
		return nil
	}
}

func guardOrder(fits func(Order) bool) func(State, Command, time.Time) *Error {
	return func(s State, cmd Command, _ time.Time) *Error {
		n := cmd.Fields.Int("order")
		if n < 1 || n > len(s.Orders) || !fits(s.Orders[n-1]) {
			return Refuse(CodeNoObligation)
		}
		return nil
	}
}

// guards joins guards: the first refusal counts.
func guards(list ...func(State, Command, time.Time) *Error) func(State, Command, time.Time) *Error {
	return func(s State, cmd Command, now time.Time) *Error {
		for _, g := range list {
			if refusal := g(s, cmd, now); refusal != nil {
				return refusal
			}
		}
		return nil
	}
}
