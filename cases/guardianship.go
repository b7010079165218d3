package cases

import (
	"slices"
	"time"
)

var (
	guardOpen = openStages(Guardianship)
	guardRun  = append(openStages(Guardianship), Archiving)
	inCare    = []Stage{GuardAdmission, GuardPlacement, GuardAssessment, GuardConference, GuardReturn, GuardKin, GuardRevocation, GuardLongTerm}
	bureau    = []Role{RoleBureau, RoleHead}
)

// guardianshipSteps are the steps of a temporary guardianship, T0 to T9 (DOMAIN 4).
var guardianshipSteps = slices.Concat(guardTake, guardCare, guardLeave, guardAlways)

// guardTake: from the finding to the child's admission.
var guardTake = []Step{
	{
		Name: "verify", Kind: Guardianship, Track: Main, From: []Stage{GuardTrigger},
		Roles: []Role{RoleSupervisor, RoleManager, RoleDesk, RolePolice}, Proxy: true,
		Form: []Field{enum("source", "police_handover", "report", "village", "self_found"), enum("ground", strs(Grounds)...), yesNo("child_with_suspect"), words("facts").in("narrative")},
		When: owed("trigger_verify"), Ends: []string{"trigger_verify"},
		Effect: func(c *change, cmd Command) {
			c.s.Ground = Ground(cmd.Fields["ground"])
			c.owe("decision", "decision", c.now)
		},
	},
	{
		Name: "rescue", Kind: Guardianship, Track: Main, From: []Stage{GuardTrigger}, To: GuardRescue, Proxy: true, // 带离、护送
		Roles:  []Role{RolePolice, RoleSupervisor, RoleManager, RoleDesk},
		Form:   []Field{moment("at"), enum("ground", strs(Grounds)...), yesNo("injured"), words("condition").in("narrative")},
		Guard:  past("at"),
		Ends:   []string{"trigger_verify"},
		Effect: startRescue,
	},
	medical(Guardianship, guardOpen, RoleSupervisor, RoleManager, RolePolice, RoleShelter),
	{
		Name: "receive", Kind: Guardianship, Track: Main, From: []Stage{GuardRescue, GuardDecision}, // 书面交接
		Roles: []Role{RoleShelter, RoleManager, RoleDesk}, Proxy: true,
		Form:      []Field{moment("received_at"), yesNo("injured"), words("child_view"), words("belongings").optional()},
		Documents: []Document{paper("handover_form"), paperMay("medical_record")},
		When:      func(s State) bool { return s.Guardianship.ReceivedAt.IsZero() },
		Guard:     past("received_at"), Ends: []string{"rescue_arrive"},
		Effect: func(c *change, cmd Command) {
			c.s.Guardianship.ReceivedAt = cmd.Fields.Time("received_at")
			c.startClock()
		},
	},
	{
		Name: "kin_on_spot", Kind: Guardianship, Track: Main, From: []Stage{GuardRescue}, To: GuardKin, // 当场交适格亲属
		Roles: []Role{RolePolice, RoleManager, RoleSupervisor}, Proxy: true,
		Form:      []Field{yesNo("identity_checked"), yesNo("lives_with_suspect"), yesNo("record_checked"), words("kin").in("address")},
		Documents: []Document{paper("identity_proof")},
		Guard: func(_ State, cmd Command, _ time.Time) *Error {
			if !cmd.Fields.Bool("identity_checked") || cmd.Fields.Bool("lives_with_suspect") {
				return Refuse(CodeKinship, FieldError{Field: "identity_checked", Reason: "required", Want: "true"})
			}
			return nil
		},
		Ends:  []string{"rescue_arrive", "decision"},
		Opens: []RuleID{"kin_handover"},
	},
	{
		Name: "decide", Kind: Guardianship, Track: Main, From: []Stage{GuardTrigger, GuardRescue}, To: GuardDecision, // 临时监护决定
		Roles: []Role{RoleManager, RoleDesk},
		Form:  []Field{enum("ground", strs(Grounds)...), yesNo("oral"), words("reason")},
		// 审批表: handler and approver; an urgent oral approval is put on paper after.
		Second: SecondAlways, Approvers: bureau,
		Ends: []string{"trigger_verify", "decision"},
		Effect: func(c *change, cmd Command) {
			c.s.Ground = Ground(cmd.Fields["ground"])
			c.s.Guardianship.DecidedAt, c.s.Guardianship.Oral = c.now, cmd.Fields.Bool("oral")
			if c.s.Guardianship.Oral {
				c.owe("decision_paper", "decision_paper", c.now)
			}
			c.startClock()
			c.owe("admission", "admission", c.now)
			c.owe("notice_decision", "notice_decision", c.now)
		},
	},
	{
		Name: "decision_paper", Kind: Guardianship, Track: Main, From: guardOpen,
		Roles:     []Role{RoleManager, RoleDesk, RoleBureau},
		Form:      []Field{short("document_no")},
		Documents: []Document{paper("decision"), paper("approval_form")},
		When:      owed("decision_paper"), Ends: []string{"decision_paper"},
	},
	{
		Name: "reject", Kind: Guardianship, Track: Main, From: []Stage{GuardTrigger, GuardRescue, GuardDecision}, To: Archiving, // 不符合 92 条
		Roles:  []Role{RoleManager, RoleDesk},
		Form:   []Field{words("reason"), words("care_plan").in("address")},
		Second: SecondAlways, Approvers: bureau,
		Effect: outcome(OutcomeRejected),
	},
	{
		Name: "to_report", Kind: Guardianship, Track: Main, From: []Stage{GuardTrigger}, To: Archiving, // T0→MR
		Roles:  []Role{RoleManager, RoleDesk},
		Form:   []Field{caseField("report"), words("reason")},
		Second: SecondIfRed, Approvers: bureau,
		Guard: func(s State, cmd Command, _ time.Time) *Error {
			if cmd.Fields["report"] == s.ID {
				return Refuse(CodeSelf, FieldError{Field: "report", Reason: "range", Want: "another case"})
			}
			return nil
		},
		Effect: func(c *change, cmd Command) {
			c.s.Outcome = OutcomeReport
			l := Link{Case: cmd.Fields["report"], Kind: MandatoryReport, Relation: "continued_in"}
			c.s.Links = append(c.s.Links, l)
			c.event(Event{Type: EventLinked, Rung: noRung, Link: &l})
			c.tell(l.Case, FactSecondReport, c.s.keptFrom(Fields{"case": c.s.ID, "colour": string(c.s.Colour)}))
		},
	},
	{
		Name: "admit", Kind: Guardianship, Track: Main, From: []Stage{GuardDecision}, To: GuardAdmission, // 接收
		Roles: []Role{RoleShelter, RoleManager, RoleDesk}, Proxy: true,
		Form:      []Field{postField("shelter").optional(), yesNo("identity_known"), words("needs").in("medical").optional()},
		Documents: []Document{paper("admission_register")},
		Guard:     guardPost("shelter", RoleShelter),
		Ends:      []string{"rescue_arrive", "admission"},
		Effect: func(c *change, cmd Command) {
			c.s.Guardianship.Shelter = Post(cmd.Fields["shelter"])
			if c.s.Guardianship.ReceivedAt.IsZero() {
				c.s.Guardianship.ReceivedAt = c.when(cmd)
				c.startClock()
			}
			if c.s.Ground.GuardianAtFault() {
				c.owe("police_status", "police_status", c.now) // 侦办情况说明, 法发24号 13
			}
		},
		Opens: []RuleID{"admission_exam", "admission_notice", "placement"},
	},
}

func startRescue(c *change, cmd Command) {
	if g := Ground(cmd.Fields["ground"]); g != "" {
		c.s.Ground = g
	}
	c.owe("rescue_arrive", "rescue_arrive", cmd.Fields.Time("at"))
	c.owe("decision", "decision", c.now)
}

// startClock runs the one-year clock from the decision, or from the actual
// reception on the 交接书 if that was earlier, with its warnings (法发24号 15).
func (c *change) startClock() {
	from := c.s.Guardianship.DecidedAt
	if r := c.s.Guardianship.ReceivedAt; !r.IsZero() && (from.IsZero() || r.Before(from)) {
		from = r
	}
	if c.s.Guardianship.DecidedAt.IsZero() {
		return // the clock needs a decision
	}
	for _, key := range clockKeys {
		if o, ok := c.s.Obligation(key); ok && !o.Start.Equal(from) {
			c.release(key, "recounted")
		}
		c.owe(key, RuleID(key), from)
	}
}

var clockKeys = []string{"temp_warn_180", "temp_warn_300", "temp_warn_335", "temp_total"}

// guardCare: examination, placement, assessment, conference.
var guardCare = []Step{
	{
		Name: "examine", Kind: Guardianship, Track: Protection, From: inCare, // 体检
		Roles: []Role{RoleShelter, RoleManager}, Proxy: true,
		Form:      []Field{moment("at"), words("record").in("medical")},
		Documents: []Document{paper("exam_record")},
		When:      owed("admission_exam"), Guard: past("at"), Ends: []string{"admission_exam"},
	},
	{
		Name: "notify_bodies", Kind: Guardianship, Track: Support, From: inCare, // 通报公安、学校、村居
		Roles: []Role{RoleShelter, RoleManager, RoleDesk}, Proxy: true,
		Form: []Field{multi("bodies", "police", "school", "village"), moment("at")},
		When: owed("admission_notice"), Guard: past("at"), Ends: []string{"admission_notice"},
	},
	{
		Name: "police_status", Kind: Guardianship, Track: Police, From: guardOpen, Proxy: true,
		Roles:     []Role{RolePolice},
		Form:      []Field{moment("at"), enum("status", "investigating", "filed", "penalty", "prosecuted", "not_filed"), words("content").optional()},
		Documents: []Document{paper("status_note")},
		When:      owed("police_status"), Guard: past("at"), Ends: []string{"police_status"},
	},
	{
		Name: "place", Kind: Guardianship, Track: Main, From: []Stage{GuardAdmission}, To: GuardPlacement,
		Roles: []Role{RoleManager, RoleShelter, RoleDesk},
		Form:  placementForm,
		Guard: guardCarer,
		Ends:  []string{"placement"},
		Effect: func(c *change, cmd Command) {
			c.s.Guardianship.Placement = cmd.Fields["placement"]
			rule := RuleID("initial_assessment")
			if c.s.Ground == "TG6" {
				rule = "initial_assessment_urgent" // 72 h
			}
			c.owe("initial_assessment", rule, c.now)
		},
	},
	{
		Name: "change_placement", Kind: Guardianship, Track: Main, From: []Stage{GuardPlacement, GuardAssessment, GuardConference},
		Roles:  []Role{RoleManager, RoleShelter, RoleDesk},
		Form:   append(slices.Clone(placementForm), words("reason").in("address")),
		Guard:  guardCarer,
		Effect: func(c *change, cmd Command) { c.s.Guardianship.Placement = cmd.Fields["placement"] },
	},
	{
		Name: "begin_assessment", Kind: Guardianship, Track: Main, From: []Stage{GuardPlacement}, To: GuardAssessment,
		Roles: []Role{RoleManager, RoleShelter},
		Form:  []Field{number("assessors", 1, 9), yesNo("one_senior")},
		Opens: []RuleID{"full_assessment"},
	},
	{
		Name: "initial_assess", Kind: Guardianship, Track: Main, From: []Stage{GuardPlacement, GuardAssessment},
		Roles: []Role{RoleManager, RoleShelter, RoleSocialWorker},
		Form:  []Field{enum("safety", "safe", "safe_with_plan", "unsafe"), words("summary").in("narrative")},
		When:  owed("initial_assessment"), Ends: []string{"initial_assessment"},
	},
	{
		Name: "full_assess", Kind: Guardianship, Track: Main, From: []Stage{GuardAssessment},
		Roles: []Role{RoleManager, RoleShelter, RoleSocialWorker},
		Form: []Field{
			enum("guardian_capacity", "able", "able_with_help", "unable", "harmful"), yesNo("remorse"),
			number("assessors", 3, 9), words("summary").in("narrative"), // 小组一般 ≥3 人
		},
		Documents: []Document{paper("background_report"), paper("capacity_assessment"), paperMay("education_record")},
		When:      owed("full_assessment"), Ends: []string{"initial_assessment", "full_assessment"},
		Opens: []RuleID{"conference"},
	},
	{
		Name: "convene", Kind: Guardianship, Track: Main, From: []Stage{GuardAssessment, GuardReturn}, To: GuardConference, // 召集会商; 逾期未领
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{multi("attendees", "police", "village", "school", "kin", "procuratorate", "women_federation"), moment("at")},
		When:  func(s State) bool { return s.index("full_assessment") < 0 },
		Ends:  []string{"full_assessment", "initial_assessment"},
		Effect: func(c *change, _ Command) {
			c.release("collect", "not_collected")
			c.s.Guardianship.Conclusion, c.s.Guardianship.ConcludedAt = "", time.Time{}
			c.owe("conference", "conference", c.now)
		},
	},
	{
		Name: "conclude", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, // 会商结论, 法发24号 19
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form: []Field{
			enum("conclusion", "continue", "return", "kin", "revoke", "longterm"), yesNo("child_heard"),
			words("why_not_heard").when("child_heard=false"), words("minutes").in("narrative"),
		},
		Documents: []Document{paper("conference_minutes")},
		Ends:      []string{"conference", "conference_repeat"},
		Effect: func(c *change, cmd Command) {
			c.s.Guardianship.Conclusion, c.s.Guardianship.ConcludedAt = cmd.Fields["conclusion"], c.now
		},
		Opens: []RuleID{"conclusion"}, // a conclusion is to be carried out
	},
	{
		Name: "continue_care", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, To: GuardPlacement, // 继续
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{words("plan").in("address")},
		Guard: concluded("continue"),
		Ends:  []string{"conclusion"},
		Opens: []RuleID{"conference_repeat", "initial_assessment"},
	},
}

var placementForm = []Field{
	enum("placement", "kin", "foster", "shelter", "welfare_institution"), yesNo("carer_checked"), yesNo("child_asked"), words("carer").in("address"),
}

// guardCarer: no carer without the checks of 未保法 22 and 62.
func guardCarer(_ State, cmd Command, _ time.Time) *Error {
	if p := cmd.Fields["placement"]; (p == "kin" || p == "foster") && !cmd.Fields.Bool("carer_checked") {
		return Refuse(CodeField, FieldError{Field: "carer_checked", Reason: "required", Want: "true"})
	}
	return nil
}

// concluded refuses until a conference has come to this conclusion.
func concluded(want string) func(State, Command, time.Time) *Error {
	return func(s State, _ Command, _ time.Time) *Error {
		if s.Guardianship.Conclusion != want {
			return Refuse(CodeNoConference).With("conclusion", want)
		}
		return nil
	}
}

// guardLeave: the ways out of care, the follow-up and the end.
var guardLeave = []Step{
	{
		Name: "return", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, To: GuardReturn, // 通知领回
		Roles:     []Role{RoleManager, RoleBureau, RoleHead},
		Form:      []Field{words("conditions")},
		Documents: []Document{paper("return_notice")},
		Second:    SecondAlways, Approvers: bureau,
		Guard: concluded("return"),
		Ends:  []string{"conclusion"},
		Opens: []RuleID{"collect"},
	},
	{
		// Without a conference only where the guardian is not at fault (TG1-TG3),
		// after identity and kinship were checked, by two persons (未保法 93).
		Name: "return_direct", Kind: Guardianship, Track: Main, From: []Stage{GuardAdmission, GuardPlacement}, To: GuardReturn,
		Roles:     []Role{RoleManager, RoleShelter},
		Form:      []Field{yesNo("identity_checked"), yesNo("kinship_checked"), yesNo("any_doubt"), words("assessment")},
		Documents: []Document{paper("return_notice")},
		Second:    SecondAlways, Approvers: bureau,
		Guard: func(s State, cmd Command, _ time.Time) *Error {
			if s.Ground != "TG1" && s.Ground != "TG2" && s.Ground != "TG3" {
				return Refuse(CodeNoConference).With("conclusion", "return")
			}
			if !cmd.Fields.Bool("identity_checked") || !cmd.Fields.Bool("kinship_checked") {
				return Refuse(CodeKinship)
			}
			if cmd.Fields.Bool("any_doubt") {
				return Refuse(CodeNoConference).With("conclusion", "return") // any doubt → 会商
			}
			return nil
		},
		Ends:   []string{"placement", "initial_assessment"},
		Effect: func(c *change, _ Command) { c.s.Guardianship.Checked = true },
		Opens:  []RuleID{"collect"},
	},
	{
		Name: "collected", Kind: Guardianship, Track: Main, From: []Stage{GuardReturn}, To: GuardFollowUp, // 领回, 书面交接
		Roles: []Role{RoleShelter, RoleManager}, Proxy: true,
		Form:      []Field{moment("at"), multi("told", "school", "police_station", "village")},
		Documents: []Document{paper("handover_form")},
		Guard:     past("at"), Ends: []string{"collect"},
		Effect: leaveCare,
	},
	{
		Name: "to_kin", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, To: GuardKin, // 交其他监护人、亲友
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{words("reason").in("address")},
		Guard: concluded("kin"),
		Ends:  []string{"conclusion"},
		Opens: []RuleID{"kin_handover"},
	},
	{
		Name: "kin_handover", Kind: Guardianship, Track: Main, From: []Stage{GuardKin}, To: GuardFollowUp,
		Roles: []Role{RoleShelter, RoleManager, RolePolice}, Proxy: true,
		Form:      []Field{moment("at"), yesNo("identity_checked"), yesNo("told_of_rights"), words("kin").in("address")},
		Documents: []Document{paper("handover_form"), paperMay("consent")},
		Guard: guards(past("at"), func(_ State, cmd Command, _ time.Time) *Error {
			if !cmd.Fields.Bool("identity_checked") {
				return Refuse(CodeKinship)
			}
			return nil
		}),
		Ends: []string{"kin_handover"}, Effect: leaveCare,
	},
	{
		Name: "to_revocation", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, To: GuardRevocation, // 申请撤销监护人资格
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{words("reason")},
		Guard: concluded("revoke"),
		Ends:  []string{"conclusion"},
		Opens: []RuleID{"petition"},
	},
	{
		Name: "petition", Kind: Guardianship, Track: Main, From: []Stage{GuardRevocation}, // 民法典 36③: 民政应当申请
		Roles:     []Role{RoleManager, RoleBureau, RoleDesk},
		Form:      []Field{moment("filed_at"), yesNo("maintenance_claimed"), short("document_no").optional()},
		Documents: []Document{paper("petition"), paper("investigation_report"), paperMay("police_material")},
		When:      owed("petition"), Guard: past("filed_at"), Ends: []string{"petition"},
		Effect: func(c *change, cmd Command) { c.owe("judgment", "judgment", cmd.Fields.Time("filed_at")) },
	},
	judgment("judgment_revoked", GuardLongTerm, "longterm"),
	judgment("judgment_return", GuardReturn, "collect"),
	judgment("judgment_kin", GuardKin, "kin_handover"),
	{
		Name: "to_longterm", Kind: Guardianship, Track: Main, From: []Stage{GuardConference}, To: GuardLongTerm, // 未保法 94
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{enum("ground", "not_found", "dead", "incapable", "revoked", "other"), words("proof")},
		Guard: concluded("longterm"),
		Ends:  []string{"conclusion"},
		Opens: []RuleID{"longterm"},
	},
	{
		Name: "longterm_file", Kind: Guardianship, Track: Main, From: []Stage{GuardLongTerm}, To: Archiving, // 转长期监护档案
		Roles:     []Role{RoleManager, RoleBureau},
		Form:      []Field{short("file_no")},
		Documents: []Document{paper("longterm_proof")},
		Second:    SecondAlways, Approvers: bureau,
		Ends:   []string{"longterm"},
		Effect: outcome(OutcomeLongTerm),
	},
	{
		Name: "harmed_again", Kind: Guardianship, Track: Main, From: []Stage{GuardFollowUp}, To: GuardRescue, // 再受害
		Roles: []Role{RolePolice, RoleManager, RoleDesk, RoleSupervisor, RoleDirector}, Proxy: true,
		Form:  []Field{moment("at"), words("facts").in("narrative")},
		Guard: past("at"),
		Effect: func(c *change, cmd Command) {
			c.release("guard_visit", "harmed_again")
			c.raise(Red, "harmed_again")
			g := &c.s.Guardianship
			g.ReceivedAt, g.DecidedAt, g.Conclusion, g.ConcludedAt, g.Placement = time.Time{}, time.Time{}, "", time.Time{}, ""
			startRescue(c, cmd)
			c.adultReview()
		},
	},
	{
		Name: "close", Kind: Guardianship, Track: Main, From: []Stage{GuardFollowUp}, To: Archiving,
		Roles:     []Role{RoleManager, RoleDesk},
		Form:      []Field{words("summary").in("narrative")},
		Documents: []Document{paper("ending_decision")},
		Second:    SecondAlways, Approvers: bureau,
		Guard: func(s State, _ Command, _ time.Time) *Error {
			if s.Colour.Above(Blue) {
				return Refuse(CodeRisk)
			}
			if !s.MetSincePlan {
				return Refuse(CodeVisitMissing)
			}
			if s.index("review") >= 0 {
				return Refuse(CodeAfter).With("first", "review")
			}
			return nil
		},
		Effect: outcome(OutcomeClosed),
	},
	{
		Name: "archive", Kind: Guardianship, Track: Main, From: []Stage{Archiving}, To: Closed,
		Roles:     []Role{RoleDesk, RoleManager},
		Form:      []Field{short("volume")},
		Documents: []Document{paper("catalogue")},
		Guard:     onlyFiling,
		Ends:      []string{"archive"},
	},
	{
		Name: "reopen", Kind: Guardianship, Track: Main, From: []Stage{Archiving, Closed}, To: GuardRescue,
		Roles: []Role{RoleHead, RoleBureau, RoleDesk, RoleManager, RoleSystem},
		Form:  []Field{enum("cause", "harmed_again", "care_broke_down", "reporter_unresolved", "second_report", "linked_case", "other"), words("reason").optional()},
		When:  func(s State) bool { return s.Outcome != OutcomeDeath && s.Outcome != OutcomeAdult },
		Ends:  []string{"archive"},
		Effect: func(c *change, cmd Command) {
			g := &c.s.Guardianship
			g.ReceivedAt, g.DecidedAt, g.Conclusion, g.ConcludedAt, g.Placement = time.Time{}, time.Time{}, "", time.Time{}, ""
			c.s.MetSincePlan, c.s.Planned = false, false
			c.owe("rescue_arrive", "rescue_arrive", c.now)
			c.owe("decision", "decision", c.now)
			c.adultReview()
		},
	},
}

// judgment is the court's word on a petition, and where it leads.
func judgment(name StepName, to Stage, opens RuleID) Step {
	return Step{
		Name: name, Kind: Guardianship, Track: Main, From: []Stage{GuardRevocation}, To: to,
		Roles:     []Role{RoleManager, RoleBureau},
		Form:      []Field{moment("at"), short("document_no")},
		Documents: []Document{paper("judgment")},
		When:      owed("judgment"), Guard: past("at"), Ends: []string{"judgment"},
		Opens: []RuleID{opens},
	}
}

// adultReview owes the review before the 18th birthday again to a child that is in
// care again, if it is still to come.
func (c *change) adultReview() {
	if due := c.s.Guardianship.AdultReview; due.After(c.now) {
		c.oweAt("adult_review", "adult_review", c.now, due)
	}
}

// inCareOnly are the obligations that end with the state's care.
var inCareOnly = append(slices.Clone(clockKeys), "temp_extend", "admission", "conclusion", "conference_repeat", "adult_review", "admission_exam", "admission_notice")

// leaveCare ends the state's care: the clock stops and the follow-up begins.
func leaveCare(c *change, _ Command) {
	for _, key := range inCareOnly {
		c.release(key, "left_care")
	}
	c.s.Planned, c.s.MetSincePlan = true, false
	c.startVisits("guard_visit")
}

// guardAlways: what may happen at any time in a guardianship.
var guardAlways = []Step{
	{
		Name: "clock_reviewed", Kind: Guardianship, Track: Control, From: guardOpen, // 180/300/335 日
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{enum("warning", "temp_warn_180", "temp_warn_300", "temp_warn_335"), words("plan")},
		When: func(s State) bool {
			return slices.ContainsFunc(s.Obligations, func(o Obligation) bool { return slices.Contains(clockKeys[:3], o.Key) })
		},
		Guard: func(s State, cmd Command, _ time.Time) *Error {
			if s.index(cmd.Fields["warning"]) < 0 {
				return Refuse(CodeNoObligation)
			}
			return nil
		},
		Answers: clockKeys[:3],
		Effect:  func(c *change, cmd Command) { c.meet(cmd.Fields["warning"]) },
	},
	{
		Name: "extend", Kind: Guardianship, Track: Control, From: guardOpen, // 超一年: 领导审批
		Roles:  []Role{RoleManager},
		Form:   []Field{words("reason"), moment("until")},
		Second: SecondAlways, Approvers: bureau,
		When: owed("temp_total"), Answers: []string{"temp_total"},
		Guard: func(s State, cmd Command, now time.Time) *Error {
			if until := cmd.Fields.Time("until"); !until.After(now) {
				return Refuse(CodeField, FieldError{Field: "until", Reason: "time", Want: "in the future"})
			}
			return nil
		},
		Effect: func(c *change, cmd Command) {
			if i := c.s.index("temp_total"); i >= 0 {
				c.s.Obligations[i].Fixed = true
				c.move(i, cmd.Fields.Time("until"), false, "extended")
			}
		},
	},
	{
		Name: "adult_review_set", Kind: Guardianship, Track: Control, From: guardOpen,
		Roles: []Role{RoleManager, RoleShelter, RoleDesk},
		// The year of the ninetieth day before the 18th birthday, and no more: a birth
		// date is personal and stays sealed, and a due day would tell its month.
		Form: []Field{number("year", 2020, 2060)},
		Effect: func(c *change, cmd Command) {
			due := time.Date(cmd.Fields.Int("year"), time.January, 1, 9, 0, 0, 0, Zone).UTC()
			c.s.Guardianship.AdultReview = due
			c.release("adult_review", "recounted")
			c.oweAt("adult_review", "adult_review", c.now, due)
		},
	},
	{
		Name: "adult_reviewed", Kind: Guardianship, Track: Control, From: guardOpen,
		Roles: []Role{RoleManager, RoleBureau, RoleHead},
		Form:  []Field{enum("result", "continue", "transition_plan", "end"), words("plan")},
		When:  owed("adult_review"), Ends: []string{"adult_review"},
	},
	{
		Name: "adult", Kind: Guardianship, Track: Main, From: guardOpen, To: Archiving, // 18 周岁, 民法典 39
		Roles:  []Role{RoleManager, RoleDesk},
		Form:   []Field{words("summary")},
		Second: SecondAlways, Approvers: bureau,
		Ends:   []string{"adult_review"},
		Effect: outcome(OutcomeAdult),
	},
	{
		Name: "missing", Kind: Guardianship, Track: Protection, From: inCare, // 走失
		Roles: []Role{RoleShelter, RoleManager, RoleDesk, RoleDirector, RoleSupervisor},
		Form:  []Field{moment("since"), words("circumstances").in("narrative")},
		When:  func(s State) bool { return s.index("missing") < 0 }, Guard: past("since"),
		Effect: func(c *change, _ Command) {
			c.raise(Red, "missing")
			c.owe("missing", "missing", c.now)
		},
	},
	{
		Name: "missing_reported", Kind: Guardianship, Track: Protection, From: guardOpen,
		Roles: []Role{RoleShelter, RoleManager, RoleDesk, RoleHead}, Proxy: true,
		Form: []Field{moment("police_at"), short("receipt")},
		When: owed("missing"), Guard: past("police_at"), Ends: []string{"missing"},
	},
	{
		Name: "death", Kind: Guardianship, Track: Main, From: guardOpen, // 死亡: immediate report line
		Roles: []Role{RoleShelter, RoleManager, RoleDesk},
		Form:  []Field{moment("at"), words("circumstances").in("narrative")},
		Guard: past("at"),
		When:  func(s State) bool { return s.index("death_report") < 0 },
		Opens: []RuleID{"death_report"},
	},
	{
		Name: "death_reported", Kind: Guardianship, Track: Main, From: guardOpen, To: Archiving,
		Roles:  []Role{RoleManager, RoleDesk, RoleHead},
		Form:   []Field{multi("told", "police", "bureau", "procuratorate", "coordination_body"), moment("at")},
		Second: SecondAlways, Approvers: bureau,
		When: owed("death_report"), Guard: past("at"),
		Ends:   []string{"death_report"},
		Effect: outcome(OutcomeDeath),
	},
	{
		Name: "review", Kind: Guardianship, Track: Main, From: guardRun,
		Roles: deskOrHead,
		Form:  []Field{enum("result", "no_change", "more_help"), words("reason")},
		When:  owed("review"), Ends: []string{"review"},
	},
	visitArranged(Guardianship, guardOpen),
}
