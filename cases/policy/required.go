package policy

import "tonghu/cases"

// required are the rows that a policy must have: whatever the engine may owe.
var required = []cases.RuleID{
	// 强制报告
	"police_report", "child_seen", "on_scene", "notify_authority",
	"triage", "review", "message_reply",
	"police_accept_review", "police_file_review", "police_transfer", "feedback", "feedback_prosecution",
	"not_filed_delivery", "not_filed_review", "prosecutor_reasons",
	"protection_court", "protection_court_urgent", "protection_extend", "protection_expiry",
	"contact", "notice_decision", "safety_assessment", "assessment",
	"plan", "task_sign", "task", "task_review", "legal_aid_review", "legal_aid_assign",
	"visit", "unmet_visit", "closing", "approval", "archive", "appraise", "confirm_proxy",
	"order_sign", "order_reply", "glass_access", "glass_review", "grant_expiry",
	// 临时监护
	"trigger_verify", "rescue_arrive", "decision", "decision_paper",
	"admission_exam", "admission_notice", "police_status", "placement",
	"initial_assessment", "initial_assessment_urgent", "full_assessment", "conference", "conference_repeat", "conclusion", "admission", "pause_review",
	"collect", "kin_handover", "petition", "judgment", "longterm",
	"guard_visit", "temp_total", "temp_warn_180", "temp_warn_300", "temp_warn_335", "temp_extend",
	"adult_review", "missing", "death_report",
}

// requiredRows are the rows above and those that the step table opens.
func requiredRows() []cases.RuleID {
	rows := append([]cases.RuleID(nil), required...)
	for _, step := range cases.AllSteps() {
		rows = append(rows, step.Opens...)
	}
	return rows
}
