package cases

import (
	"slices"
	"time"
)

// SchemaVersion is the number of State's shape. Upgrade brings older ones up.
//
//	1 the first
//	2 legal holds, retention and erasure: a worker that drops a hold must not touch it
const SchemaVersion = 2

// keepOutcomes is how many command outcomes a State remembers.
const keepOutcomes = 64

// keepFacts is how many applied facts a State remembers by id.
const keepFacts = 64

// State is a case at one moment: ids, enums and times only. No name, no phone, no
// free text ever enters it.
type State struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"` // UUID
	Kind   Kind   `json:"kind"`
	// Seq counts recorded changes of any sort, from 1 at opening.
	Seq int64 `json:"seq"`
	// DecisionSeq counts decisions only: a form filled at another DecisionSeq is
	// stale. Facts and the passing of time do not move it.
	DecisionSeq int64 `json:"decision_seq"`
	// Clock is the latest time the case has seen; it never goes backwards.
	Clock  time.Time `json:"clock"`
	Opened time.Time `json:"opened"`
	Rules  string    `json:"rules"` // Rules.Hash

	Stage   Stage     `json:"stage"`
	Since   time.Time `json:"since"` // when the stage was entered
	Outcome Outcome   `json:"outcome,omitempty"`
	Owner   Post      `json:"owner"`
	Org     Org       `json:"org"` // where the child is, as exactly as is known

	Colour      Colour      `json:"colour"`
	Provisional bool        `json:"provisional_colour,omitempty"` // no person has set the colour yet
	Situations  []Situation `json:"situations,omitempty"`
	Ground      Ground      `json:"ground,omitempty"`
	Danger      Danger      `json:"danger,omitempty"`
	Relation    Relation    `json:"relation,omitempty"`
	// Compartment is set for the 性侵 compartment: no village post may know.
	Compartment bool `json:"compartment,omitempty"`
	// Recused posts see nothing of the case, not even that it exists.
	Recused []Post `json:"recused,omitempty"`

	Police       PoliceTrack       `json:"police"`
	Protection   ProtectionTrack   `json:"protection"`
	Guardianship GuardianshipTrack `json:"guardianship"`
	Tasks        []Task            `json:"tasks,omitempty"`
	Proposals    []Proposal        `json:"proposals,omitempty"`
	Orders       []Order           `json:"orders,omitempty"`
	Proxies      []Proxy           `json:"proxies,omitempty"`
	Grants       []Grant           `json:"grants,omitempty"`
	Glasses      []Glass           `json:"glasses,omitempty"`
	Links        []Link            `json:"links,omitempty"`

	Obligations []Obligation `json:"obligations,omitempty"`
	// Counts remembers how often each key was opened, so that a rung is never
	// mistaken for one of an earlier occurrence.
	Counts []Count `json:"counts,omitempty"`
	// Unmet are the last visits that met nobody (DOMAIN 6).
	Unmet []time.Time `json:"unmet,omitempty"`
	// MetSincePlan is set once a visit after the plan met the child with risk
	// not above blue (the close criterion).
	MetSincePlan bool `json:"met_since_plan,omitempty"`
	// Planned is set once a plan for the child stands.
	Planned bool `json:"planned,omitempty"`

	// Holds are the legal holds on the file.
	Holds []Hold `json:"holds,omitempty"`
	// FiledAt is when the case was first filed away since it was last worked on:
	// its retention is counted from it, or from the last decision to keep it longer.
	FiledAt time.Time `json:"filed_at,omitzero"`
	Kept    Kept      `json:"kept,omitzero"`
	// ErasedAt is when the file was destroyed.
	ErasedAt time.Time `json:"erased_at,omitzero"`

	Commands []Result `json:"commands,omitempty"` // the last 64
	Facts    []string `json:"facts,omitempty"`    // the last 64 applied
}

// PoliceTrack is A3, A3f and A3n: what the police have done with the report.
type PoliceTrack struct {
	State      PoliceState `json:"state"`
	ReportedAt time.Time   `json:"reported_at,omitzero"`
	AcceptedAt time.Time   `json:"accepted_at,omitzero"` // 受案
	FiledAt    time.Time   `json:"filed_at,omitzero"`    // 立案
	EndedAt    time.Time   `json:"ended_at,omitzero"`
	// Complainant: there is a 控告人, who may ask for reconsideration.
	Complainant bool `json:"complainant,omitempty"`
	// Result is how the track ended.
	Result string `json:"result,omitempty"`
	// Merged are the cases merged into this one while the police still had them: the
	// end of the track is theirs too.
	Merged []string `json:"merged,omitempty"`
}

// PoliceState is where the police track stands.
type PoliceState string

// The states of the police track.
const (
	PoliceNone       PoliceState = "none"       // not reported yet
	PoliceReported   PoliceState = "reported"   // 已报警
	PoliceAccepted   PoliceState = "accepted"   // 受案
	PoliceFiled      PoliceState = "filed"      // 立案
	PoliceMoved      PoliceState = "moved"      // 移送管辖, awaiting the other police's acceptance
	PoliceNotFiled   PoliceState = "not_filed"  // 不予立案
	PoliceProsecuted PoliceState = "prosecuted" // 移送审查起诉
	PoliceEnded      PoliceState = "ended"      // result recorded
)

// Open tells whether the police still owe a result, here or of a case that was merged
// into this one. A refusal to file counts as a result only once its review has been
// decided (ended).
func (p PoliceTrack) Open() bool { return p.own() || len(p.Merged) > 0 }

func (p PoliceTrack) own() bool { return p.State != PoliceEnded && p.State != PoliceNone }

// ProtectionTrack is A4: what was done for the child's safety.
type ProtectionTrack struct {
	ChildSeenAt time.Time `json:"child_seen_at,omitzero"`
	HeldBy      Post      `json:"held_by,omitempty"` // police hold the sighting
	OnSceneAt   time.Time `json:"on_scene_at,omitzero"`
	MedicalAt   time.Time `json:"medical_at,omitzero"`
	SafetyPlan  bool      `json:"safety_plan,omitempty"`
	// OrderState is the protection order's: "", applied, issued, refused, ended.
	OrderState   string    `json:"order_state,omitempty"`
	OrderExpires time.Time `json:"order_expires,omitzero"`
	// Notice is the decision whether the guardian may be told (8a.2): "", safe,
	// withheld.
	Notice string `json:"notice,omitempty"`
}

// GuardianshipTrack is what a guardianship case knows beyond its stage.
type GuardianshipTrack struct {
	ReceivedAt time.Time `json:"received_at,omitzero"` // actual reception on the 交接书
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	Oral       bool      `json:"oral,omitempty"`
	Placement  string    `json:"placement,omitempty"`
	Shelter    Post      `json:"shelter,omitempty"`
	// Conclusion is the last conference's (会商): continue, return, kin, revoke,
	// longterm. Empty until one has concluded.
	Conclusion  string    `json:"conclusion,omitempty"`
	ConcludedAt time.Time `json:"concluded_at,omitzero"`
	// Checked: identity and kinship were checked (direct return under TG1-TG3).
	Checked bool `json:"checked,omitempty"`
	// AdultReview is the first day of the year in which the ninetieth day before the
	// 18th birthday lies; the review is due then. It is coarse on purpose: a birth date
	// is personal data.
	AdultReview time.Time `json:"adult_review,omitzero"`
}

// TaskState is where a department's task stands: 签收 → 办理 → 反馈 → 验收.
type TaskState string

// The states of a task.
const (
	TaskAssigned  TaskState = "assigned"
	TaskSigned    TaskState = "signed"
	TaskWorking   TaskState = "working"
	TaskReported  TaskState = "reported"
	TaskAccepted  TaskState = "accepted"
	TaskWithdrawn TaskState = "withdrawn"
)

// Task is a department's share of the plan, printed as a numbered 转办函.
type Task struct {
	N       int       `json:"n"`
	Post    Post      `json:"post"`
	Measure string    `json:"measure"` // enum, see Measures
	State   TaskState `json:"state"`
	Returns int       `json:"returns,omitempty"` // how often 验收 sent it back
}

// Open tells whether the task is still owed.
func (t Task) Open() bool { return t.State != TaskAccepted && t.State != TaskWithdrawn }

// Measures lists what a department's task can be about.
var Measures = []string{"psychology", "legal_aid", "relief", "schooling", "family_education", "medical", "disability", "household_register", "network", "other"}

// Proposal is a step that waits for its second person.
type Proposal struct {
	ID     string    `json:"id"` // the command that proposed it
	Step   StepName  `json:"step"`
	Fields Fields    `json:"fields,omitempty"`
	By     Actor     `json:"by"`
	At     time.Time `json:"at"`
	// For and Occurred are the command's own.
	For      Post      `json:"for,omitempty"`
	Occurred time.Time `json:"occurred,omitzero"`
}

// Order is a 督办单: drafted by the ladder, issued in the coordination body's name
// and signed by a person, answered by the post that was late.
type Order struct {
	N          int       `json:"n"`
	Obligation string    `json:"obligation"`
	Occurrence int       `json:"occurrence"`
	Epoch      int       `json:"epoch"`
	To         Post      `json:"to"`
	Drafted    time.Time `json:"drafted"`
	Signed     time.Time `json:"signed,omitzero"`
	Replied    time.Time `json:"replied,omitzero"`
	// Lapsed: what it was about ended before anybody signed it.
	Lapsed bool `json:"lapsed,omitempty"`
}

// unsigned tells whether the draft still waits for a signature.
func (o Order) unsigned() bool { return o.Signed.IsZero() && !o.Lapsed }

// Proxy is an act that the desk recorded on behalf of a post (代录), shown as such
// until that post confirms it.
type Proxy struct {
	Command   string   `json:"command"`
	Step      StepName `json:"step"`
	For       Post     `json:"for"`
	Confirmed bool     `json:"confirmed,omitempty"`
}

// Link ties two cases together.
type Link struct {
	Case     string `json:"case"`
	Kind     Kind   `json:"kind"`
	Relation string `json:"relation"` // opened, opened_by, merged_into, merged_from
	Open     bool   `json:"open"`
	// Erased: the other case's file was destroyed.
	Erased bool `json:"erased,omitempty"`
}

// Count is how often an obligation key has been opened.
type Count struct {
	Key string `json:"key"`
	N   int    `json:"n"`
}

// Result is what became of a command.
type Result struct {
	Command string    `json:"command"`
	Step    StepName  `json:"step"`
	Seq     int64     `json:"seq"` // the Seq that it produced
	At      time.Time `json:"at"`
	// Proposed is set when the step now waits for its second person.
	Proposed bool `json:"proposed,omitempty"`
}

// Running tells whether anything can still be due: false only when Closed.
func (s State) Running() bool { return s.Stage != Closed }

// Phase is the phase of the present stage.
func (s State) Phase() Phase { return PhaseOf(s.Kind, s.Stage) }

// Obligation finds the one open obligation of a key.
func (s State) Obligation(key string) (Obligation, bool) {
	i := s.index(key)
	if i < 0 {
		return Obligation{}, false
	}
	return s.Obligations[i], true
}

func (s State) index(key string) int {
	return slices.IndexFunc(s.Obligations, func(o Obligation) bool { return o.Key == key })
}

// Task finds a task by its number.
func (s State) Task(n int) (Task, bool) {
	i := slices.IndexFunc(s.Tasks, func(t Task) bool { return t.N == n })
	if i < 0 {
		return Task{}, false
	}
	return s.Tasks[i], true
}

// Proposal finds a pending proposal by the command that made it.
func (s State) Proposal(id string) (Proposal, bool) {
	i := slices.IndexFunc(s.Proposals, func(p Proposal) bool { return p.ID == id })
	if i < 0 {
		return Proposal{}, false
	}
	return s.Proposals[i], true
}

// Result gives the outcome of a command that the case still remembers.
func (s State) Result(command string) (Result, bool) {
	i := slices.IndexFunc(s.Commands, func(r Result) bool { return r.Command == command })
	if i < 0 {
		return Result{}, false
	}
	return s.Commands[i], true
}

// HasFact tells whether a fact is among the last that the case applied.
func (s State) HasFact(id string) bool { return slices.Contains(s.Facts, id) }

// paused tells whether the clock of something owed stands.
func (s State) paused() bool {
	return slices.ContainsFunc(s.Obligations, func(o Obligation) bool { return !o.PausedSince.IsZero() })
}

// IsRecused tells whether a post sees nothing of the case.
func (s State) IsRecused(p Post) bool { return slices.Contains(s.Recused, p) }

// clone copies the State so that a transition never touches its source.
func (s State) clone() State {
	s.Situations = slices.Clone(s.Situations)
	s.Police.Merged = slices.Clone(s.Police.Merged)
	s.Recused = slices.Clone(s.Recused)
	s.Tasks = slices.Clone(s.Tasks)
	s.Proposals = slices.Clone(s.Proposals)
	s.Orders = slices.Clone(s.Orders)
	s.Proxies = slices.Clone(s.Proxies)
	s.Grants = slices.Clone(s.Grants)
	s.Glasses = slices.Clone(s.Glasses)
	s.Links = slices.Clone(s.Links)
	s.Obligations = slices.Clone(s.Obligations)
	s.Counts = slices.Clone(s.Counts)
	s.Unmet = slices.Clone(s.Unmet)
	s.Holds = slices.Clone(s.Holds)
	s.Commands = slices.Clone(s.Commands)
	s.Facts = slices.Clone(s.Facts)
	return s
}

// Upgrade brings a State of an older schema to the present one. It refuses a
// newer one: an old worker must not touch what it does not understand.
func Upgrade(s State) (State, error) {
	switch {
	case s.Schema == SchemaVersion:
		return s, nil
	case s.Schema > SchemaVersion:
		return s, Refuse(CodeSchema)
	case s.Schema == 0:
		s.Schema = 1
	case s.Schema == 1: // new fields only
		s.Schema = 2
	}
	return Upgrade(s)
}
