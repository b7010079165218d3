package cases

import (
	"slices"
	"time"
)

// Zone is the zone that every deadline is counted in: China Standard Time, a
// fixed +8 h offset. Loading a zone by name would be I/O.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Kind is what sort of long-lived case this is.
type Kind string

// The kinds of case.
const (
	MandatoryReport Kind = "report"       // 强制报告, DOMAIN 3
	Guardianship    Kind = "guardianship" // 临时监护, DOMAIN 4
)

// Kinds lists every kind in the order they are shown.
var Kinds = []Kind{MandatoryReport, Guardianship}

// Phase is one of the programme's four duties; every stage lies in exactly one.
type Phase string

// The four phases in order.
const (
	Discovery Phase = "discovery" // 发现报告
	Rescue    Phase = "rescue"    // 救助保护
	Guidance  Phase = "guidance"  // 家庭指导
	FollowUp  Phase = "followup"  // 关爱服务
)

// Phases lists the four phases in order.
var Phases = []Phase{Discovery, Rescue, Guidance, FollowUp}

// Stage is where a case stands on its main line.
type Stage string

// The stages of a mandatory report, DOMAIN 3. Police (A3, A3f, A3n) and
// protection (A4) are parallel tracks, not stages.
const (
	ReportDraft      Stage = "draft"      // A0 线索录入: before submission, never stored as a case
	ReportReported   Stage = "reported"   // A1 已报告
	ReportTriage     Stage = "triage"     // A2 研判分级
	ReportAssessment Stage = "assessment" // A5 评估
	ReportPlanning   Stage = "planning"   // A6 帮扶计划
	ReportFollowUp   Stage = "follow"     // A7 跟踪回访
)

// The stages of a temporary guardianship, DOMAIN 4.
const (
	GuardTrigger    Stage = "trigger"          // T0 情形发现
	GuardRescue     Stage = "rescue"           // T1 应急处置
	GuardDecision   Stage = "decision"         // T2 临时监护决定
	GuardAdmission  Stage = "admission"        // T3 接收告知
	GuardPlacement  Stage = "placement"        // T4 安置
	GuardAssessment Stage = "guard_assessment" // T5 调查评估
	GuardConference Stage = "conference"       // T6 会商
	GuardReturn     Stage = "return"           // T7a 送回
	GuardKin        Stage = "kin"              // T7b 交其他监护人、亲友
	GuardRevocation Stage = "revocation"       // T7c 撤销监护资格
	GuardLongTerm   Stage = "longterm"         // T7d 转长期监护
	GuardFollowUp   Stage = "guard_follow"     // T8 随访
)

// The last two stages, common to both kinds. In Archiving the case is decided
// and only the filing of its papers (归档) is due; in Closed nothing is due and
// no workflow runs. Reopening leaves either by a step and keeps the id.
const (
	Archiving Stage = "archiving" // 已结案，待归档
	Closed    Stage = "closed"    // A8, T9 已归档
)

// StageRow places a stage: its kind's order and its phase.
type StageRow struct {
	Stage Stage
	Phase Phase
}

// Stages gives the stages of a kind in the order of the law's own list.
func Stages(k Kind) []StageRow {
	if k == Guardianship {
		return guardianshipStages
	}
	return reportStages
}

var reportStages = []StageRow{
	{ReportDraft, Discovery},
	{ReportReported, Discovery},
	{ReportTriage, Discovery},
	{ReportAssessment, Rescue},
	{ReportPlanning, Guidance},
	{ReportFollowUp, FollowUp},
	{Archiving, FollowUp},
	{Closed, FollowUp},
}

var guardianshipStages = []StageRow{
	{GuardTrigger, Discovery},
	{GuardRescue, Rescue},
	{GuardDecision, Rescue},
	{GuardAdmission, Rescue},
	{GuardPlacement, Rescue},
	{GuardAssessment, Guidance},
	{GuardConference, Guidance},
	{GuardReturn, Guidance},
	{GuardKin, Guidance},
	{GuardRevocation, Guidance},
	{GuardLongTerm, Guidance},
	{GuardFollowUp, FollowUp},
	{Archiving, FollowUp},
	{Closed, FollowUp},
}

// PhaseOf gives the phase of a stage of a kind; "" for a stage the kind lacks.
func PhaseOf(k Kind, s Stage) Phase {
	rows := Stages(k)
	i := slices.IndexFunc(rows, func(r StageRow) bool { return r.Stage == s })
	if i < 0 {
		return ""
	}
	return rows[i].Phase
}

// ended tells whether a case in this stage has its outcome.
func (s Stage) ended() bool { return s == Archiving || s == Closed }

// openStages are the stages of a kind in which the case is still worked on.
func openStages(k Kind) []Stage {
	var out []Stage
	for _, r := range Stages(k) {
		if r.Stage != ReportDraft && r.Stage != Archiving && r.Stage != Closed {
			out = append(out, r.Stage)
		}
	}
	return out
}
