package cases

// Colour is the one scale of risk: 红 high, 黄 medium-high, 蓝 medium-low, 绿 low
// (DOMAIN 3). It is advisory until a person has set it (个保法 24).
type Colour string

// The colours, highest first.
const (
	Red    Colour = "red"
	Yellow Colour = "yellow"
	Blue   Colour = "blue"
	Green  Colour = "green"
)

// Colours lists the scale, highest first.
var Colours = []Colour{Red, Yellow, Blue, Green}

// Above tells whether c is a higher risk than other.
func (c Colour) Above(other Colour) bool { return c.rank() < other.rank() }

func (c Colour) rank() int {
	for i, k := range Colours {
		if k == c {
			return i
		}
	}
	return len(Colours)
}

// Valid tells whether c is on the scale.
func (c Colour) Valid() bool { return c.rank() < len(Colours) }

// Situation is one of the nine situations of 强制报告意见 Art 4 (MR01..MR09).
type Situation string

// Situations lists the nine in the order of the Opinion.
var Situations = []Situation{"MR01", "MR02", "MR03", "MR04", "MR05", "MR06", "MR07", "MR08", "MR09"}

// Ground is one item of 未保法 Art 92 (TG1..TG7).
type Ground string

// Grounds lists the seven items of Art 92.
var Grounds = []Ground{"TG1", "TG2", "TG3", "TG4", "TG5", "TG6", "TG7"}

// GuardianAtFault tells whether the ground lays the harm at the guardian: 拒绝或
// 怠于履行 (4), 教唆利用违法犯罪 (5), 严重伤害或威胁 (6).
func (g Ground) GuardianAtFault() bool { return g == "TG4" || g == "TG5" || g == "TG6" }

// Danger is the reporter's word on immediate danger.
type Danger string

// The answers to "is the child in danger now".
const (
	DangerYes    Danger = "yes"
	DangerUnsure Danger = "unsure"
	DangerNo     Danger = "no"
)

// Relation is the suspect's relation to the child (DOMAIN 8a.1).
type Relation string

// Relations lists the suspect's relations.
var Relations = []Relation{"guardian", "relative", "school_or_institution", "village_or_town_cadre", "own_staff", "carer", "stranger", "unknown"}

// Outcome is how a case ended.
type Outcome string

// The outcomes of DOMAIN 3 and 4.
const (
	OutcomeClosed      Outcome = "closed"
	OutcomeInterim     Outcome = "interim"     // 暂时结案: closed while the police track is open
	OutcomeMerged      Outcome = "merged"      // 并案
	OutcomeTransferred Outcome = "transferred" // 异地移送
	OutcomeUnfounded   Outcome = "unfounded"   // 查否
	OutcomeNotFound    Outcome = "not_found"   // 未找到儿童
	OutcomeReferred    Outcome = "referred"    // 非本办职责，已转办
	OutcomeRejected    Outcome = "rejected"    // 不符合未保法 92 条
	OutcomeReport      Outcome = "to_report"   // 转强制报告
	OutcomeLongTerm    Outcome = "longterm"    // 转长期监护
	OutcomeAdult       Outcome = "adult"       // 年满 18 周岁
	OutcomeDeath       Outcome = "death"       // 死亡
)

// Outcomes lists every outcome, those of a report first.
var Outcomes = []Outcome{
	OutcomeClosed, OutcomeInterim, OutcomeMerged, OutcomeTransferred, OutcomeUnfounded, OutcomeNotFound, OutcomeReferred,
	OutcomeRejected, OutcomeReport, OutcomeLongTerm, OutcomeAdult, OutcomeDeath,
}

// Track is a line of work inside a report that runs beside the main line.
type Track string

// The tracks; Main is the line of stages.
const (
	Main       Track = "main"
	Police     Track = "police"     // 公安处置 A3, A3f, A3n
	Protection Track = "protection" // 现场保护 A4
	Support    Track = "support"    // 部门任务与法律援助
	Control    Track = "control"    // assignment, approval, recusal, pause, 督办单
)

// Tracks lists the tracks in the order they are shown.
var Tracks = []Track{Main, Police, Protection, Support, Control}

// Below tells whether c is a lower risk than other.
func (c Colour) Below(other Colour) bool { return other.Above(c) }
