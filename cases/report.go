package cases

import (
	"slices"
	"strings"
	"time"
)

var (
	reportOpen  = openStages(MandatoryReport)
	reportRun   = append(openStages(MandatoryReport), Archiving)
	afterTriage = []Stage{ReportTriage, ReportAssessment, ReportPlanning, ReportFollowUp}
	deskOrHead  = []Role{RoleDesk, RoleManager, RoleHead}
)

// reportSteps are the steps of a mandatory report: the main line A0 to A8
// (DOMAIN 3), its outcomes, then the parallel tracks of police, protection and
// support.
var reportSteps = slices.Concat(reportMain, reportOutcomes, reportPolice, reportProtection, reportSupport)

var reportMain = []Step{
	{
		Name: "accept", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportReported}, To: ReportTriage,
		Roles: []Role{RoleDesk},
	},
	{
		Name: "notify_authority", Kind: MandatoryReport, Track: Main, From: reportOpen, // 备案主管机关, 意见 5
		Roles: []Role{RoleDesk},
		Form:  []Field{enum("authority", "education", "health", "civil_affairs", "public_security", "market", "culture_tourism", "other"), moment("at")},
		When:  owed("notify_authority"), Ends: []string{"notify_authority"},
	},
	{
		Name: "triage", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportReported, ReportTriage}, To: ReportAssessment,
		Roles: []Role{RoleDesk},
		Form: []Field{
			colours("colour"), words("reason"),
			yesNo("duplicate"), enum("jurisdiction", "own", "other_place", "other_body"),
			yesNo("guardianship_needed"), yesNo("compartment"),
			enum("relation", strs(Relations)...), postField("manager").optional(),
		},
		Guard: guardPost("manager", RoleManager),
		Ends:  []string{"triage"},
		Effect: func(c *change, cmd Command) {
			c.s.Provisional = false
			c.s.Relation = Relation(cmd.Fields["relation"])
			c.keepFrom(nil, cmd.Fields.Bool("compartment"), "")
			c.colour(Colour(cmd.Fields["colour"]), "triage")
			if m := Post(cmd.Fields["manager"]); m != "" {
				c.giveTo(m, "triage")
			}
			if c.s.Colour == Red {
				c.owe("safety_assessment", "safety_assessment", c.now)
			} else if c.s.Colour != Yellow {
				c.release("on_scene", "colour")
			}
		},
		Opens: []RuleID{"assessment"},
	},
	{
		Name: "safety_assess", Kind: MandatoryReport, Track: Main, From: []Stage{ReportAssessment},
		Roles: []Role{RoleManager, RoleSocialWorker, RoleSupervisor},
		Form:  []Field{enum("safety", "safe", "safe_with_plan", "unsafe"), words("summary").in("narrative")},
		When:  owed("safety_assessment"), Ends: []string{"safety_assessment"},
	},
	{
		Name: "assess", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportAssessment}, To: ReportPlanning,
		Roles: []Role{RoleManager, RoleSocialWorker},
		Form: []Field{
			multi("needs", Measures...), yesNo("child_heard"), words("why_not_heard").when("child_heard=false"),
			enum("guardian_capacity", "able", "able_with_help", "unable", "harmful"), words("summary").in("narrative"),
		},
		Documents: []Document{paper("risk_assessment"), paper("needs_list"), paperMay("child_opinion"), paperMay("privacy_note")},
		Ends:      []string{"assessment", "safety_assessment"},
		Effect: func(c *change, cmd Command) {
			if c.s.Protection.Notice == "" {
				c.owe("notice_decision", "notice_decision", c.when(cmd))
			}
		},
		Opens: []RuleID{"plan"},
	},
	{
		Name: "plan", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportPlanning}, To: ReportFollowUp,
		Roles:     []Role{RoleManager},
		Form:      []Field{multi("measures", Measures...), words("goals")},
		Documents: []Document{paper("case_plan")},
		Ends:      []string{"plan", "contact"},
		Effect: func(c *change, _ Command) {
			c.s.Planned, c.s.MetSincePlan = true, false
			c.startVisits("visit")
		},
	},
	{
		Name: "reassess", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportPlanning, ReportFollowUp}, To: ReportAssessment,
		Roles: []Role{RoleManager, RoleDesk, RoleHead},
		Form:  []Field{enum("cause", "worse", "new_facts", "second_report", "plan_failed"), words("reason")},
		Ends:  []string{"review"},
		Effect: func(c *change, _ Command) {
			c.release("plan", "reassessed")
			c.s.Planned = false
			c.protect()
		},
		Opens: []RuleID{"assessment"},
	},
	{
		Name: "review", Kind: MandatoryReport, Track: Main, From: reportRun,
		Roles: deskOrHead,
		Form:  []Field{enum("result", "no_change", "more_help", "reassess"), words("reason")},
		When:  owed("review"), Ends: []string{"review"},
	},
	{
		Name: "close", Kind: MandatoryReport, Track: Main,
		From: []Stage{ReportFollowUp}, To: Archiving,
		Roles: []Role{RoleManager, RoleDesk},
		Form: []Field{
			yesNo("interim"), enum("interim_cause", "police_pending", "court_pending", "suspect_at_large").when("interim=true"),
			words("summary").in("narrative"),
		},
		Documents: []Document{paper("closing_report")},
		Second:    SecondAlways, Approvers: []Role{RoleHead},
		Guard: closable,
		Effect: func(c *change, cmd Command) {
			c.s.Outcome = OutcomeClosed
			if cmd.Fields.Bool("interim") {
				c.s.Outcome = OutcomeInterim // 暂时结案
			}
		},
	},
	{
		Name: "archive", Kind: MandatoryReport, Track: Main,
		From: []Stage{Archiving}, To: Closed,
		Roles:     []Role{RoleDesk, RoleManager},
		Form:      []Field{short("volume")},
		Documents: []Document{paper("catalogue")},
		Guard:     onlyFiling,
		Ends:      []string{"archive"},
	},
	{
		Name: "reopen", Kind: MandatoryReport, Track: Main,
		From: []Stage{Archiving, Closed}, To: ReportAssessment,
		Roles: []Role{RoleHead, RoleDesk, RoleManager, RoleSystem},
		Form:  []Field{enum("cause", "reporter_unresolved", "second_report", "police_result", "harmed_again", "linked_case", "other"), words("reason").optional()},
		When:  func(s State) bool { return s.Outcome != OutcomeMerged },
		Ends:  []string{"archive"},
		Effect: func(c *change, _ Command) {
			c.s.Planned, c.s.MetSincePlan = false, false
			c.s.Protection.HeldBy = ""
			if c.s.Protection.ChildSeenAt.IsZero() {
				c.owe("child_seen", "child_seen", c.now)
			}
			c.resumeTracks()
			c.protect()
		},
		Opens: []RuleID{"assessment", "review"},
	},
}

// resumeTracks owes again what the police and the court had left open when the case
// ended.
func (c *change) resumeTracks() {
	switch c.s.Police.State {
	case PoliceNone:
		c.owe("police_report", "police_report", c.now)
	case PoliceReported, PoliceMoved:
		c.owe("police_accept_review", "police_accept_review", c.now)
	case PoliceAccepted:
		c.owe("police_file_review", "police_file_review", c.now)
	case PoliceNotFiled:
		c.owe("not_filed_review", "not_filed_review", c.now)
	}
	switch p := c.s.Protection; {
	case p.OrderState == "applied":
		c.owe("protection_court", "protection_court", c.now)
	case p.OrderState == "issued":
		c.orderUntil(c.now, p.OrderExpires)
	}
}

// onlyFiling refuses to file a case away while a word given after its end is open:
// a review, an answer to the reporter, a feedback taken over, or while the file is to
// be appraised.
func onlyFiling(s State, _ Command, _ time.Time) *Error {
	for _, o := range s.Obligations {
		switch base := KeyBase(o.Key); base {
		case "review", "message_reply", "feedback", "feedback_prosecution", "appraise", "glass_review":
			return Refuse(CodeAfter).With("first", base)
		}
	}
	return nil
}

// closable are the close criteria of DOMAIN 3.
func closable(s State, cmd Command, now time.Time) *Error {
	if refusal := nothingOpen(s, cmd, now); refusal != nil {
		return refusal
	}
	switch {
	case s.Police.State == PoliceNone || s.Police.Open() && !cmd.Fields.Bool("interim"):
		return Refuse(CodePoliceOpen) // 暂时结案 waits for the police; a report never made is not waited for
	case slices.ContainsFunc(s.Obligations, feedbackOwed):
		return Refuse(CodeAfter).With("first", "police_feedback")
	case s.index("review") >= 0:
		return Refuse(CodeAfter).With("first", "review")
	case s.Colour.Above(Blue):
		return Refuse(CodeRisk)
	case !s.MetSincePlan:
		return Refuse(CodeVisitMissing)
	case s.Protection.Notice == "":
		return Refuse(CodeNotInformed)
	}
	return nil
}

// feedbackOwed tells whether an obligation is the police's word to a reporter, this
// case's own or one of a case merged into it.
func feedbackOwed(o Obligation) bool {
	base := KeyBase(o.Key)
	return base == "feedback" || base == "feedback_prosecution"
}

// nothingOpen refuses while a task or a linked guardianship is open.
func nothingOpen(s State, _ Command, _ time.Time) *Error {
	for _, l := range s.Links {
		if l.Open && l.Relation == "opened" {
			return Refuse(CodeLinkedOpen).With("case", l.Case)
		}
	}
	if slices.ContainsFunc(s.Tasks, Task.Open) {
		return Refuse(CodeTasksOpen)
	}
	return nil
}

var reportOutcomes = []Step{
	{
		Name: "merge", Kind: MandatoryReport, Track: Main, From: afterTriage, To: Closed, // 并案
		Roles:  deskOrHead,
		Form:   []Field{caseField("into"), words("reason")},
		Second: SecondIfRed, Approvers: []Role{RoleHead},
		Guard: guards(nothingOpen, func(s State, cmd Command, _ time.Time) *Error {
			if cmd.Fields["into"] == s.ID {
				return Refuse(CodeSelf, FieldError{Field: "into", Reason: "range", Want: "another case"})
			}
			return nil
		}),
		Effect: mergeInto,
	},
	{
		Name: "transfer", Kind: MandatoryReport, Track: Main, From: afterTriage, To: Archiving, // 异地
		Roles:     deskOrHead,
		Form:      []Field{short("place"), words("reason")},
		Documents: []Document{paperMay("other_side_receipt")},
		Second:    SecondIfRed, Approvers: []Role{RoleHead},
		Guard: guards(nothingOpen, func(_ State, cmd Command, _ time.Time) *Error {
			if !slices.Contains(cmd.Fields.List(DocumentsField), "other_side_receipt") {
				return Refuse(CodeReceipt, FieldError{Field: DocumentsField, Reason: "required", Want: "other_side_receipt"})
			}
			return nil
		}, policeTold),
		Effect: outcome(OutcomeTransferred),
	},
	{
		Name: "unfounded", Kind: MandatoryReport, Track: Main, From: afterTriage, To: Archiving, // 查否
		Roles:  []Role{RoleDesk, RoleManager},
		Form:   []Field{words("reason")},
		Second: SecondAlways, Approvers: []Role{RoleHead},
		Guard: guards(nothingOpen, func(s State, _ Command, _ time.Time) *Error {
			if s.Protection.ChildSeenAt.IsZero() {
				return Refuse(CodeNotSeen)
			}
			if s.Police.State != PoliceEnded || s.Police.Open() {
				return Refuse(CodePoliceOpen)
			}
			if slices.ContainsFunc(s.Obligations, feedbackOwed) {
				return Refuse(CodeAfter).With("first", "police_feedback") // the reporter is still owed a word
			}
			return nil
		}),
		Effect: outcome(OutcomeUnfounded),
	},
	{
		Name: "unverified", Kind: MandatoryReport, Track: Main, // 无法核实: goes on to A7
		From: []Stage{ReportTriage, ReportAssessment, ReportPlanning}, To: ReportFollowUp,
		Roles:  deskOrHead,
		Form:   []Field{words("reason")},
		Second: SecondIfRed, Approvers: []Role{RoleHead},
		Ends: []string{"triage", "contact"},
		Effect: func(c *change, _ Command) {
			for _, key := range []string{"assessment", "safety_assessment", "plan"} {
				c.release(key, "unverified")
			}
			c.s.Planned, c.s.MetSincePlan = true, false
			c.startVisits("visit")
		},
	},
	{
		Name: "not_found", Kind: MandatoryReport, Track: Main, From: afterTriage, To: Archiving, // 未找到儿童
		Roles:  deskOrHead,
		Form:   []Field{words("searched")},
		Second: SecondIfRed, Approvers: []Role{RoleHead},
		Guard:  guards(nothingOpen, policeTold), // the search is the police's
		Effect: outcome(OutcomeNotFound),
	},
	{
		Name: "refer", Kind: MandatoryReport, Track: Main, From: afterTriage, To: Archiving, // 非本办职责已转办
		Roles:  deskOrHead,
		Form:   []Field{short("body"), words("reason")},
		Second: SecondIfRed, Approvers: []Role{RoleHead},
		Guard:  guards(nothingOpen, policeTold),
		Effect: outcome(OutcomeReferred),
	},
}

// policeTold refuses to let a report go to others before the police know of it:
// nothing stands in for 110.
func policeTold(s State, _ Command, _ time.Time) *Error {
	if s.Police.State == PoliceNone {
		return Refuse(CodeAfter).With("first", "police_report")
	}
	return nil
}

func outcome(o Outcome) func(*change, Command) {
	return func(c *change, _ Command) { c.s.Outcome = o }
}

// mergeInto tells the other case what it takes over: the colour if it is higher,
// whom the case is kept from, every legal hold, an open police track, and every feedback clock, also those that
// this case had taken over.
// Receipts and reporters stay with this case's id, which the link leads on from.
func mergeInto(c *change, cmd Command) {
	into := cmd.Fields["into"]
	c.s.Outcome = OutcomeMerged
	l := Link{Case: into, Kind: MandatoryReport, Relation: "merged_into"}
	c.s.Links = append(c.s.Links, l)
	c.event(Event{Type: EventLinked, Rung: noRung, Link: &l})
	told := c.s.keptFrom(Fields{"case": c.s.ID, "colour": string(c.s.Colour)})
	if c.s.Held() {
		told["holds"] = c.s.holdCauses()
	}
	if c.s.Police.Open() {
		told["police"] = "open"
	}
	c.tell(into, FactMergedFrom, told)
	c.handGlasses(into)
	for _, o := range c.left { // entering Closed has just released them
		if !feedbackOwed(o) {
			continue
		}
		base, origin, merged := strings.Cut(o.Key, ":")
		if !merged {
			origin = c.s.ID
		}
		c.tell(into, FactMergedFrom, Fields{
			"case": origin, "colour": string(c.s.Colour), "feedback": base,
			"feedback_start": o.Start.Format(time.RFC3339Nano), "feedback_due": o.Due.Format(time.RFC3339Nano),
		})
	}
}

var reportPolice = []Step{
	{
		Name: "police_report", Kind: MandatoryReport, Track: Police, From: reportOpen, // 报警
		Roles: []Role{RoleDesk, RoleManager, RoleSupervisor, RolePolice, RoleHead},
		Form:  []Field{moment("reported_at"), short("receipt")},
		When:  police(PoliceNone), Guard: past("reported_at"),
		Ends: []string{"police_report"},
		Effect: func(c *change, cmd Command) {
			c.s.Police.State, c.s.Police.ReportedAt = PoliceReported, cmd.Fields.Time("reported_at")
			c.owe("police_accept_review", "police_accept_review", c.s.Police.ReportedAt)
		},
	},
	{
		Name: "police_accept", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 受案
		Roles:     []Role{RolePolice},
		Form:      []Field{moment("accepted_at"), enum("sort", "administrative", "criminal"), short("document_no").optional()},
		Documents: []Document{paperMay("acceptance_receipt")},
		When:      police(PoliceReported, PoliceMoved), Guard: past("accepted_at"),
		Ends: []string{"police_accept_review", "police_transfer"},
		Effect: func(c *change, cmd Command) {
			c.s.Police.State, c.s.Police.AcceptedAt = PoliceAccepted, cmd.Fields.Time("accepted_at")
			// The three days run from 受案/立案, not from the report (意见 10).
			c.owe("feedback", "feedback", c.s.Police.AcceptedAt)
			c.owe("police_file_review", "police_file_review", c.s.Police.AcceptedAt)
		},
	},
	{
		Name: "police_file", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 立案
		Roles:     []Role{RolePolice},
		Form:      []Field{moment("filed_at"), short("document_no").optional()},
		Documents: []Document{paperMay("filing_decision")},
		When:      police(PoliceReported, PoliceAccepted, PoliceNotFiled), Guard: past("filed_at"),
		Ends: []string{"police_accept_review", "police_file_review", "not_filed_review", "prosecutor_reasons"},
		Effect: func(c *change, cmd Command) {
			c.s.Police.State, c.s.Police.FiledAt = PoliceFiled, cmd.Fields.Time("filed_at")
			c.owe("feedback", "feedback", c.s.Police.FiledAt)
		},
	},
	{
		Name: "police_move", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 移送管辖
		Roles: []Role{RolePolice},
		Form:  []Field{yesNo("handed_over"), short("to_unit")},
		When:  police(PoliceReported, PoliceAccepted, PoliceMoved),
		Ends:  []string{"police_accept_review", "police_file_review"},
		Effect: func(c *change, cmd Command) {
			c.s.Police.State = PoliceMoved
			if cmd.Fields.Bool("handed_over") {
				c.meet("police_transfer")
				c.owe("police_accept_review", "police_accept_review", c.now)
			} else {
				c.owe("police_transfer", "police_transfer", c.now)
			}
		},
	},
	{
		Name: "police_not_file", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 不予立案
		Roles:     []Role{RolePolice},
		Form:      []Field{moment("decided_at"), yesNo("complainant"), short("document_no").optional()},
		Documents: []Document{paperMay("not_filed_notice")},
		When:      police(PoliceReported, PoliceAccepted), Guard: past("decided_at"),
		Ends: []string{"police_accept_review", "police_file_review"},
		Effect: func(c *change, cmd Command) {
			c.s.Police.State = PoliceNotFiled
			at := cmd.Fields.Time("decided_at")
			c.s.Police.Complainant = cmd.Fields.Bool("complainant")
			if c.s.Police.Complainant { // a reporter is not a 控告人
				c.owe("not_filed_delivery", "not_filed_delivery", at)
			}
			c.owe("not_filed_review", "not_filed_review", at)
			c.owe("feedback", "feedback", at)
		},
	},
	{
		Name: "not_filed_delivered", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true,
		Roles: []Role{RolePolice},
		Form:  []Field{moment("delivered_at")},
		When:  owed("not_filed_delivery"), Guard: past("delivered_at"), Ends: []string{"not_filed_delivery"},
	},
	{
		Name: "not_filed_review", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true,
		Roles: []Role{RoleManager, RoleDesk, RoleProcurator, RoleHead},
		Form:  []Field{enum("choice", "supervision", "reconsider", "administrative", "accept"), words("reason")},
		When:  police(PoliceNotFiled),
		Guard: func(s State, cmd Command, _ time.Time) *Error {
			if cmd.Fields["choice"] == "reconsider" && !s.Police.Complainant {
				return Refuse(CodeField, FieldError{Field: "choice", Reason: "enum", Want: "supervision,administrative,accept"})
			}
			return nil
		},
		Ends: []string{"not_filed_review"},
		Effect: func(c *change, cmd Command) {
			switch cmd.Fields["choice"] {
			case "supervision", "reconsider":
				c.release("prosecutor_reasons", "asked_again")
				c.owe("prosecutor_reasons", "prosecutor_reasons", c.now)
			default:
				c.endPolice("not_filed")
			}
		},
	},
	{
		Name: "supervision_result", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 说明不立案理由的审查结果
		Roles: []Role{RoleProcurator},
		Form:  []Field{enum("result", "file", "upheld"), short("document_no").optional()},
		When:  owed("prosecutor_reasons"), Ends: []string{"prosecutor_reasons"},
		Effect: func(c *change, cmd Command) {
			if cmd.Fields["result"] == "file" {
				c.s.Police.State = PoliceReported // 通知立案
				c.owe("police_accept_review", "police_accept_review", c.now)
				return
			}
			c.endPolice("not_filed")
		},
	},
	{
		Name: "police_feedback", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 进展反馈单
		Roles:     []Role{RolePolice},
		Form:      []Field{moment("at"), words("content")},
		Documents: []Document{paperMay("feedback_form")},
		When: func(s State) bool {
			return slices.ContainsFunc(s.Obligations, feedbackOwed)
		},
		Guard: past("at"), Answers: []string{"feedback", "feedback_prosecution"},
		Effect: func(c *change, _ Command) {
			c.meetAll("feedback")
			c.meetAll("feedback_prosecution")
		},
	},
	{
		Name: "police_investigated", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 拟移送审查起诉
		Roles: []Role{RolePolice},
		Form:  []Field{moment("at")},
		When:  func(s State) bool { return s.Police.State == PoliceFiled && s.index("feedback_prosecution") < 0 },
		Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			c.owe("feedback_prosecution", "feedback_prosecution", cmd.Fields.Time("at"))
		},
	},
	{
		Name: "police_prosecute", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true, // 移送审查起诉
		Roles: []Role{RolePolice},
		Form:  []Field{moment("at"), short("document_no").optional()},
		When:  police(PoliceFiled), Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			if c.s.index("feedback_prosecution") < 0 && !c.everOwed("feedback_prosecution") {
				c.owe("feedback_prosecution", "feedback_prosecution", cmd.Fields.Time("at"))
			}
			c.s.Police.State = PoliceProsecuted
		},
	},
	{
		Name: "police_end", Kind: MandatoryReport, Track: Police, From: reportOpen, Proxy: true,
		Roles: []Role{RolePolice, RoleProcurator},
		Form:  []Field{moment("at"), enum("result", "judged", "penalty", "admonished", "warned", "no_offence", "dropped", "not_filed"), short("document_no").optional()},
		When:  func(s State) bool { return s.Police.Open() }, Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			if c.s.Police.own() {
				c.endPolice(cmd.Fields["result"])
			}
			c.s.Police.Merged = nil // one child, one matter
		},
	},
}

// endPolice records the result; what the police still had to decide falls away.
func (c *change) endPolice(result string) {
	for _, key := range []string{"police_accept_review", "police_file_review", "police_transfer", "not_filed_review", "prosecutor_reasons"} {
		c.release(key, "police_ended")
	}
	c.s.Police.State, c.s.Police.Result, c.s.Police.EndedAt = PoliceEnded, result, c.now
}

// everOwed tells whether a key was ever opened in the case.
func (c *change) everOwed(key string) bool {
	return slices.ContainsFunc(c.s.Counts, func(n Count) bool { return n.Key == key })
}

var reportProtection = []Step{
	{
		Name: "child_seen", Kind: MandatoryReport, Track: Protection, From: reportOpen, Proxy: true,
		// Never a village director alone: the role is not on the list (DOMAIN 3).
		Roles: []Role{RoleSupervisor, RoleManager, RolePolice, RoleSocialWorker},
		Form: []Field{
			moment("seen_at"), enum("place", "school", "home", "hospital", "police_station", "shelter", "other"),
			multi("with", "police", "supervisor", "manager", "social_worker", "school", "doctor", "director"),
			yesNo("suspect_absent"), words("why_present").when("suspect_absent=false"), words("condition").in("narrative"),
		},
		Guard: guards(past("seen_at"), func(s State, cmd Command, _ time.Time) *Error {
			if s.Colour == Red && !slices.Contains(cmd.Fields.List("with"), "police") && actingRole(cmd) != RolePolice {
				return Refuse(CodeVillageAlone, FieldError{Field: "with", Reason: "required", Want: "police"})
			}
			return nil
		}),
		Ends: []string{"child_seen"},
		Effect: func(c *change, cmd Command) {
			c.s.Protection.ChildSeenAt = cmd.Fields.Time("seen_at")
			c.meet("contact")
			c.keepContact(c.s.Protection.ChildSeenAt)
		},
	},
	{
		Name: "child_seen_hold", Kind: MandatoryReport, Track: Protection, From: reportOpen, Proxy: true,
		Roles: []Role{RolePolice},
		Form:  []Field{moment("until"), short("officer")},
		// Once: a child's safety is not put off from day to day.
		When: func(s State) bool { return s.index("child_seen") >= 0 && s.Protection.HeldBy == "" },
		Guard: func(s State, cmd Command, now time.Time) *Error {
			if until := cmd.Fields.Time("until"); until.After(now.Add(24*time.Hour)) || until.Before(now) {
				return Refuse(CodeField, FieldError{Field: "until", Reason: "range", Want: "within 24 h"})
			}
			return nil
		},
		Effect: func(c *change, cmd Command) {
			i := c.s.index("child_seen")
			c.s.Protection.HeldBy = UnitPost("police", RolePolice)
			c.s.Obligations[i].Fixed = true
			c.move(i, cmd.Fields.Time("until"), false, "held_by_police")
		},
	},
	{
		Name: "on_scene", Kind: MandatoryReport, Track: Protection, From: reportOpen, Proxy: true, // 到场
		Roles: []Role{RoleSupervisor, RoleManager, RolePolice},
		Form:  []Field{moment("at"), multi("who", "police", "civil_affairs", "town", "hospital"), words("findings").in("narrative")},
		Guard: past("at"), Ends: []string{"on_scene"},
		Effect: func(c *change, cmd Command) {
			c.s.Protection.OnSceneAt = cmd.Fields.Time("at")
			c.keepContact(c.s.Protection.OnSceneAt)
		},
	},
	medical(MandatoryReport, reportOpen, RoleSupervisor, RoleManager, RolePolice, RoleShelter, RoleSocialWorker),
	{
		Name: "safety_plan", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles:     []Role{RoleManager, RoleSocialWorker, RoleSupervisor},
		Form:      []Field{multi("measures", "carer_change", "suspect_leaves", "school_watch", "police_visits", "protection_order", "placement", "contact_plan"), words("plan")},
		Documents: []Document{paper("safety_plan")},
		Effect:    func(c *change, _ Command) { c.s.Protection.SafetyPlan = true },
	},
	{
		Name: "contact_child", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles: []Role{RoleManager, RoleSupervisor, RoleSocialWorker, RolePolice},
		Form:  []Field{moment("at"), enum("manner", "in_person", "phone", "video", "via_school"), words("said").in("narrative").optional()},
		When:  owed("contact"), Guard: past("at"), Ends: []string{"contact"},
		Effect: func(c *change, cmd Command) { c.keepContact(cmd.Fields.Time("at")) },
	},
	visitArranged(MandatoryReport, reportOpen),
	{
		Name: "order_apply", Kind: MandatoryReport, Track: Protection, From: reportOpen, // 申请人身安全保护令
		Roles: []Role{RoleManager, RoleDesk, RolePolice, RoleHead},
		Form:  []Field{yesNo("urgent"), enum("applicant", "guardian", "relative", "police", "women_federation", "village_committee", "shelter"), moment("at")},
		When:  func(s State) bool { return s.Protection.OrderState != "applied" && s.Protection.OrderState != "issued" },
		Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			c.s.Protection.OrderState = "applied"
			rule := RuleID("protection_court")
			if cmd.Fields.Bool("urgent") {
				rule = "protection_court_urgent"
			}
			c.owe("protection_court", rule, cmd.Fields.Time("at"))
		},
	},
	{
		Name: "order_issue", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles:     []Role{RoleManager, RoleDesk, RolePolice, RoleHead},
		Form:      []Field{moment("issued_at"), moment("expires_at"), short("document_no")},
		Documents: []Document{paper("protection_order")},
		When:      orderState("applied"), Guard: guards(past("issued_at"), sixMonths("issued_at")),
		Ends: []string{"protection_court"},
		Effect: func(c *change, cmd Command) {
			c.orderUntil(cmd.Fields.Time("issued_at"), cmd.Fields.Time("expires_at"))
		},
	},
	{
		Name: "order_refuse", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles: []Role{RoleManager, RoleDesk, RolePolice, RoleHead},
		Form:  []Field{moment("at"), words("reason").optional()},
		When:  orderState("applied"), Guard: past("at"), Ends: []string{"protection_court"},
		Effect: func(c *change, _ Command) { c.s.Protection.OrderState = "refused" },
	},
	{
		Name: "order_extend", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles:     []Role{RoleManager, RoleDesk, RoleHead},
		Form:      []Field{moment("issued_at"), moment("expires_at"), short("document_no")},
		Documents: []Document{paper("protection_order")},
		When:      orderState("issued"), Guard: guards(past("issued_at"), sixMonths("issued_at")),
		Answers: []string{"protection_extend", "protection_expiry"},
		Effect: func(c *change, cmd Command) {
			c.meet("protection_extend")
			c.meet("protection_expiry")
			c.orderUntil(cmd.Fields.Time("issued_at"), cmd.Fields.Time("expires_at"))
		},
	},
	{
		Name: "order_end", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles: []Role{RoleManager, RoleDesk, RoleHead},
		Form:  []Field{enum("cause", "expired", "revoked", "not_extended"), words("reason")},
		When:  orderState("issued"), Ends: []string{"protection_extend", "protection_expiry"},
		Effect: func(c *change, _ Command) { c.s.Protection.OrderState = "ended" },
	},
}

// orderUntil sets the decision on extension (30 days before) and the last warning
// (7 days before) of a protection order.
func (c *change) orderUntil(issued, expires time.Time) {
	c.s.Protection.OrderState, c.s.Protection.OrderExpires = "issued", expires
	c.oweAt("protection_extend", "protection_extend", issued, expires.AddDate(0, 0, -30))
	c.oweAt("protection_expiry", "protection_expiry", issued, expires.AddDate(0, 0, -7))
}

// startVisits starts a series of visits anew. Where the village may not know, the
// case's own officer visits (8a.8).
func (c *change) startVisits(key string) {
	c.release(key, "new_plan")
	var owner Post
	if director := PostSpec("village/director").Resolve(c.s.Org, "", ""); director == "" || !c.s.Sees(director) {
		owner = c.s.Owner
	}
	c.oweLeg(key, RuleID(key), c.now, 1, owner)
}

// keepContact: after A4 a red child is contacted every 48 h, counted from the last
// contact, until the plan stands (8a.11).
func (c *change) keepContact(last time.Time) {
	if c.s.Colour == Red && !c.s.Planned {
		c.owe("contact", "contact", last)
	}
}

// protect owes what a higher colour asks for and a lower one had not (A4, A5): to be
// on the scene, the safety assessment, and the contact with a red child.
func (c *change) protect() {
	p := c.s.Protection
	if p.OnSceneAt.IsZero() && c.s.Colour.Above(Blue) {
		c.owe("on_scene", "on_scene", c.now)
	}
	if c.s.Colour != Red {
		return
	}
	if c.s.Stage == ReportAssessment {
		c.owe("safety_assessment", "safety_assessment", c.now)
	}
	if !p.OnSceneAt.IsZero() || !p.ChildSeenAt.IsZero() {
		c.keepContact(c.now)
	}
}

var taskRoles = []Role{RoleLiaison, RolePolice, RoleProcurator, RoleShelter, RoleSocialWorker, RoleSupervisor, RoleDirector}

var reportSupport = []Step{
	{
		Name: "task_assign", Kind: MandatoryReport, Track: Support, From: afterTriage, // 转办
		Roles: []Role{RoleManager, RoleDesk},
		Form:  []Field{postField("post"), enum("measure", Measures...), words("content")},
		Guard: guardPost("post", taskRoles...),
		Effect: func(c *change, cmd Command) {
			n := len(c.s.Tasks) + 1
			t := Task{N: n, Post: Post(cmd.Fields["post"]), Measure: cmd.Fields["measure"], State: TaskAssigned}
			c.s.Tasks = append(c.s.Tasks, t)
			c.ev[c.stepEvent()].Task = n
			c.oweBy(keyed("task_sign", n), "task_sign", c.now, t.Post)
			c.oweBy(keyed("task", n), "task", c.now, t.Post)
		},
	},
	taskStep(Step{ // 签收
		Name: "task_sign", Form: []Field{number("task", 1, 999)}, Answers: []string{"task_sign"},
		Effect: func(c *change, cmd Command) {
			c.task(cmd, TaskSigned)
			c.meet(keyed("task_sign", cmd.Fields.Int("task")))
		},
	}, TaskAssigned),
	taskStep(Step{ // 办理
		Name: "task_work", Form: []Field{number("task", 1, 999), words("progress")},
		Effect: func(c *change, cmd Command) { c.task(cmd, TaskWorking) },
	}, TaskSigned, TaskWorking),
	taskStep(Step{ // 反馈
		Name: "task_report", Form: []Field{number("task", 1, 999), enum("result", "done", "partly", "impossible"), words("content")},
		Documents: []Document{paperMay("proof")}, Answers: []string{"task"},
		Effect: func(c *change, cmd Command) {
			n := cmd.Fields.Int("task")
			c.task(cmd, TaskReported)
			c.meet(keyed("task", n))
			c.owe(keyed("task_review", n), "task_review", c.now)
		},
	}, TaskSigned, TaskWorking),
	reviewStep(Step{ // 验收
		Name: "task_accept", Form: []Field{number("task", 1, 999), words("opinion").optional()}, Answers: []string{"task_review"},
		Effect: func(c *change, cmd Command) {
			c.task(cmd, TaskAccepted)
			c.meet(keyed("task_review", cmd.Fields.Int("task")))
		},
	}, TaskReported),
	reviewStep(Step{ // 退回
		Name: "task_return", Form: []Field{number("task", 1, 999), words("reason")}, Answers: []string{"task_review"},
		Effect: func(c *change, cmd Command) {
			n := cmd.Fields.Int("task")
			c.task(cmd, TaskSigned)
			c.s.Tasks[n-1].Returns++
			c.meet(keyed("task_review", n))
			c.oweBy(keyed("task", n), "task", c.now, c.s.Tasks[n-1].Post)
		},
	}, TaskReported),
	reviewStep(Step{
		Name: "task_withdraw", Form: []Field{number("task", 1, 999), words("reason")},
		Effect: func(c *change, cmd Command) {
			n := cmd.Fields.Int("task")
			c.task(cmd, TaskWithdrawn)
			for _, base := range []string{"task_sign", "task", "task_review"} {
				c.release(keyed(base, n), "withdrawn")
			}
		},
	}, TaskAssigned, TaskSigned, TaskWorking, TaskReported),
	{
		Name: "legal_aid_apply", Kind: MandatoryReport, Track: Support, From: reportOpen, // 法援法 40-43
		Roles: []Role{RoleManager, RoleDesk, RoleSocialWorker},
		Form:  []Field{enum("applicant", "child", "guardian", "relative", "civil_affairs"), moment("at")},
		When:  func(s State) bool { return s.index("legal_aid_review") < 0 && s.index("legal_aid_assign") < 0 },
		Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			c.owe("legal_aid_review", "legal_aid_review", cmd.Fields.Time("at"))
		},
	},
	{
		Name: "legal_aid_decide", Kind: MandatoryReport, Track: Support, From: reportOpen, Proxy: true,
		Roles: []Role{RoleLiaison},
		Form:  []Field{yesNo("granted"), moment("at")},
		When:  owed("legal_aid_review"), Guard: guards(past("at"), fromUnit("justice")), Ends: []string{"legal_aid_review"},
		Effect: func(c *change, cmd Command) {
			if cmd.Fields.Bool("granted") {
				c.owe("legal_aid_assign", "legal_aid_assign", cmd.Fields.Time("at"))
			}
		},
	},
	{
		Name: "legal_aid_assigned", Kind: MandatoryReport, Track: Support, From: reportOpen, Proxy: true,
		Roles: []Role{RoleLiaison},
		Form:  []Field{moment("at"), short("lawyer")},
		When:  owed("legal_aid_assign"), Guard: guards(past("at"), fromUnit("justice")), Ends: []string{"legal_aid_assign"},
	},
	{
		Name: "open_guardianship", Kind: MandatoryReport, Track: Protection, From: reportOpen,
		Roles: []Role{RoleDesk, RoleManager, RoleHead},
		Form:  []Field{enum("ground", strs(Grounds)...), words("facts").in("narrative")},
		When: func(s State) bool {
			return !slices.ContainsFunc(s.Links, func(l Link) bool { return l.Relation == "opened" && l.Open })
		},
		Effect: func(c *change, cmd Command) {
			id := factID(c.s.ID, cmd.ID, string(Guardianship), 0, 0)
			c.opens = append(c.opens, openGuardianship(id, c.s, Ground(cmd.Fields["ground"]), c.r, cmd.By, c.now))
			c.link(Link{Case: id, Kind: Guardianship, Relation: "opened", Open: true})
		},
	},
}

// taskStep is a department's step on its own task; the desk may record it (代录).
func taskStep(s Step, from ...TaskState) Step {
	s.Roles, s.Proxy = taskRoles, true
	return onTask(s, true, from...)
}

// reviewStep is the office's step on a task.
func reviewStep(s Step, from ...TaskState) Step {
	s.Roles = []Role{RoleManager, RoleDesk, RoleHead}
	return onTask(s, false, from...)
}

func onTask(s Step, own bool, from ...TaskState) Step {
	s.Kind, s.Track, s.From = MandatoryReport, Support, afterTriage
	s.When = func(st State) bool {
		return slices.ContainsFunc(st.Tasks, func(t Task) bool { return slices.Contains(from, t.State) })
	}
	s.Guard = func(st State, cmd Command, _ time.Time) *Error {
		t, ok := st.Task(cmd.Fields.Int("task"))
		if !ok {
			return Refuse(CodeField, FieldError{Field: "task", Reason: "range"})
		}
		if own && t.Post != cmd.By.Post && t.Post != cmd.For {
			return Refuse(CodeScope)
		}
		if !slices.Contains(from, t.State) {
			return Refuse(CodeStage).With("task", string(t.State))
		}
		return nil
	}
	return s
}

func (c *change) task(cmd Command, to TaskState) { c.s.Tasks[cmd.Fields.Int("task")-1].State = to }

// stepEvent is the index of the event of the step being taken.
func (c *change) stepEvent() int {
	for i := len(c.ev) - 1; i >= 0; i-- {
		if c.ev[i].Type == EventStep {
			return i
		}
	}
	return 0
}

// The small conditions that rows are written with.

func owed(key string) func(State) bool {
	return func(s State) bool { return s.index(key) >= 0 }
}

func police(in ...PoliceState) func(State) bool {
	return func(s State) bool { return slices.Contains(in, s.Police.State) }
}

func orderState(in string) func(State) bool {
	return func(s State) bool { return s.Protection.OrderState == in }
}

// past refuses a time in the future.
func past(field string) func(State, Command, time.Time) *Error {
	return func(_ State, cmd Command, now time.Time) *Error {
		if cmd.Fields.Time(field).After(now.Add(time.Minute)) {
			return Refuse(CodeField, FieldError{Field: field, Reason: "time", Want: "not in the future"})
		}
		return nil
	}
}

// sixMonths is the longest that a protection order runs (反家暴法 30).
func sixMonths(issued string) func(State, Command, time.Time) *Error {
	return func(_ State, cmd Command, _ time.Time) *Error {
		from, to := cmd.Fields.Time(issued), cmd.Fields.Time("expires_at")
		if !to.After(from) || to.After(from.AddDate(0, 6, 1)) {
			return Refuse(CodeField, FieldError{Field: "expires_at", Reason: "range", Want: "at most 6 months after issue"})
		}
		return nil
	}
}

func fromUnit(unit string) func(State, Command, time.Time) *Error {
	return func(_ State, cmd Command, _ time.Time) *Error {
		p := cmd.By.Post
		if cmd.For != "" {
			p = cmd.For
		}
		if p.Unit() != unit {
			return Refuse(CodeRole)
		}
		return nil
	}
}

// actingRole is the role in whose name a command acts.
func actingRole(cmd Command) Role {
	if cmd.For != "" {
		return cmd.For.Role()
	}
	return cmd.By.Post.Role()
}
