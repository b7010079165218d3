package cases

import (
	"slices"
	"time"
)

// Report is what the engine knows of a mandatory report when it is filed. Names,
// words and numbers are sealed elsewhere under the same id.
type Report struct {
	ID         string // the case's id, a UUID
	Org        Org    // where the child is: a village if known, else the town or the city
	Situations []Situation
	Danger     Danger
	Relation   Relation
	// UnattendedUnder8 is a child below eight left alone (未保法 21).
	UnattendedUnder8 bool
	// Avoid names levels that must not learn of the report because one of
	// theirs may be concerned: see AvoidLevels.
	Avoid []string
	// PoliceReportedAt is when 110 was called; zero if nobody has yet.
	PoliceReportedAt time.Time
	// DutyUnit is set when a unit with the duty to report filed it in its own
	// name (its 主管机关 is then notified, 意见 5).
	DutyUnit bool
	// By is the signed-in reporter, empty for the public.
	By Actor
}

// AvoidLevels lists what Report.Avoid may hold.
var AvoidLevels = []string{"village", "town", "shelter", "bureau", "police"}

// avoided are the posts that a level stands for.
func avoided(level string) []PostSpec {
	switch level {
	case "village":
		return []PostSpec{"village/director"}
	case "town":
		return []PostSpec{"town/supervisor", "town/town_leader"}
	case "shelter":
		return []PostSpec{"unit:shelter/shelter"}
	case "bureau":
		return []PostSpec{"city/bureau"}
	case "police":
		return []PostSpec{"unit:police/police"}
	}
	return nil
}

// recusals are the posts that must not learn of a case from its start: those to
// avoid, and the village where a cadre is suspected and nobody said whom to avoid.
func recusals(at Org, avoid []string, suspect Relation) (out []Post) {
	if suspect == "village_or_town_cadre" && len(avoid) == 0 {
		avoid = []string{"village"}
	}
	for _, level := range avoid {
		for _, sp := range avoided(level) {
			if p := sp.Resolve(at, "", ""); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

// Check names every fault of a report.
func (rep Report) Check(now time.Time) *Error {
	var faults []FieldError
	if rep.ID == "" {
		faults = append(faults, FieldError{Field: "id", Reason: "required"})
	}
	if !rep.Org.Valid() {
		faults = append(faults, FieldError{Field: "org", Reason: "format", Want: "12 digits"})
	}
	if len(rep.Situations) == 0 {
		faults = append(faults, FieldError{Field: "situations", Reason: "required", Want: "MR01..MR09"})
	}
	for _, s := range rep.Situations {
		if !slices.Contains(Situations, s) {
			faults = append(faults, FieldError{Field: "situations", Reason: "enum", Want: "MR01..MR09"})
			break
		}
	}
	if !slices.Contains([]Danger{DangerYes, DangerUnsure, DangerNo}, rep.Danger) {
		faults = append(faults, FieldError{Field: "danger", Reason: "enum", Want: "yes,unsure,no"})
	}
	if rep.Relation != "" && !slices.Contains(Relations, rep.Relation) {
		faults = append(faults, FieldError{Field: "relation", Reason: "enum"})
	}
	for _, a := range rep.Avoid {
		if !slices.Contains(AvoidLevels, a) {
			faults = append(faults, FieldError{Field: "avoid", Reason: "enum", Want: "village,town,shelter,bureau,police"})
			break
		}
	}
	if rep.PoliceReportedAt.After(now.Add(time.Minute)) {
		faults = append(faults, FieldError{Field: "police_reported_at", Reason: "time", Want: "not in the future"})
	}
	if len(faults) > 0 {
		return Refuse(CodeField, faults...)
	}
	return nil
}

// ProvisionalColour is the colour before a person has read the report: never
// lower than yellow (DOMAIN 3).
func (rep Report) ProvisionalColour() Colour {
	if rep.Danger != DangerNo || rep.UnattendedUnder8 {
		return Red
	}
	for _, s := range rep.Situations {
		switch s {
		case "MR01", "MR02", "MR03", "MR04", "MR06", "MR07", "MR08":
			return Red
		}
	}
	return Yellow
}

// sexual tells whether the situations put the case in the 性侵 compartment.
func (rep Report) sexual() bool {
	return slices.ContainsFunc(rep.Situations, func(s Situation) bool { return s == "MR01" || s == "MR02" || s == "MR03" })
}

// Open opens a mandatory report: A0 to A1, with child_seen and police_report owed
// from the first minute.
func Open(rep Report, r Rules, now time.Time) (Transition, *Error) {
	if refusal := rep.Check(now); refusal != nil {
		return Transition{}, refusal
	}
	c := begin(State{
		Schema: SchemaVersion, ID: rep.ID, Kind: MandatoryReport, Rules: r.Hash(),
		Stage: ReportReported, Org: rep.Org, Owner: PostSpec("city/desk").Resolve(rep.Org, "", ""),
		Colour: rep.ProvisionalColour(), Provisional: true, Situations: slices.Clone(rep.Situations),
		Danger: rep.Danger, Relation: rep.Relation, Compartment: rep.sexual(),
		Police: PoliceTrack{State: PoliceNone},
	}, r, now)
	c.s.Opened, c.s.Since = c.now, c.now
	c.s.Recused = recusals(rep.Org, rep.Avoid, rep.Relation)
	c.s.Owner = c.unrecused(c.s.Owner, "")
	told := []Post{}
	for _, sp := range []PostSpec{"city/desk", "town/supervisor"} {
		if p := sp.Resolve(rep.Org, "", ""); p != "" && c.s.Sees(p) {
			told = append(told, p)
		}
	}
	c.event(Event{
		Type: EventOpened, Rung: noRung, From: ReportDraft, To: ReportReported, Actor: rep.By, Colour: c.s.Colour,
		Owner: c.s.Owner, Posts: told, Urgent: c.s.Colour == Red,
	})
	c.owe("triage", "triage", c.now)
	c.owe("child_seen", "child_seen", c.now)
	c.owe("on_scene", "on_scene", c.now)
	if rep.PoliceReportedAt.IsZero() {
		c.owe("police_report", "police_report", c.now)
	} else {
		c.s.Police = PoliceTrack{State: PoliceReported, ReportedAt: rep.PoliceReportedAt.UTC()}
		c.owe("police_accept_review", "police_accept_review", c.s.Police.ReportedAt)
	}
	if rep.DutyUnit {
		c.owe("notify_authority", "notify_authority", c.now)
	}
	return c.done(), nil
}

// Finding is what the engine knows of a child without care, found by the police, a
// village, or the office itself (T0, 未保法 92), where no report led to it.
type Finding struct {
	ID       string // the case's id, a UUID
	Org      Org
	Ground   Ground
	Danger   Danger
	Relation Relation
	Avoid    []string // as in Report
	By       Actor
}

// Check names every fault of a finding.
func (f Finding) Check(now time.Time) *Error {
	rep := Report{ID: f.ID, Org: f.Org, Situations: Situations[:1], Danger: f.Danger, Relation: f.Relation, Avoid: f.Avoid}
	var faults []FieldError
	if refusal := rep.Check(now); refusal != nil {
		faults = refusal.Fields
	}
	if !slices.Contains(Grounds, f.Ground) {
		faults = append(faults, FieldError{Field: "ground", Reason: "enum", Want: "TG1..TG7"})
	}
	if len(faults) > 0 {
		return Refuse(CodeField, faults...)
	}
	return nil
}

// OpenGuardianship opens a temporary guardianship that no report led to. Its
// provisional colour is red unless nobody is in danger and no guardian at fault.
func OpenGuardianship(f Finding, r Rules, now time.Time) (Transition, *Error) {
	if refusal := f.Check(now); refusal != nil {
		return Transition{}, refusal
	}
	colour := Red
	if f.Danger == DangerNo && !f.Ground.GuardianAtFault() {
		colour = Yellow
	}
	from := State{Org: f.Org, Colour: colour, Provisional: true, Relation: f.Relation, Recused: recusals(f.Org, f.Avoid, f.Relation)}
	return openGuardianship(f.ID, from, f.Ground, r, f.By, now.UTC()), nil
}

// openGuardianship opens a temporary guardianship (T0), by itself or from a
// report. The id is the command's own field, so that asking twice opens one.
func openGuardianship(id string, from State, ground Ground, r Rules, by Actor, now time.Time) Transition {
	manager := PostSpec("city/manager").Resolve(from.Org, "", "")
	if from.Owner.Role() == RoleManager {
		manager = from.Owner
	}
	c := begin(State{
		Schema: SchemaVersion, ID: id, Kind: Guardianship, Opened: now, Since: now, Rules: r.Hash(),
		Stage: GuardTrigger, Org: from.Org, Owner: manager,
		Colour: from.Colour, Provisional: from.Provisional, Ground: ground, Compartment: from.Compartment,
		Relation: from.Relation, Recused: slices.Clone(from.Recused), Police: PoliceTrack{State: PoliceNone},
	}, r, now)
	if from.ID != "" {
		c.s.Links = append(c.s.Links, Link{Case: from.ID, Kind: from.Kind, Relation: "opened_by", Open: true})
	}
	c.s.Owner = c.unrecused(c.s.Owner, "")
	c.event(Event{
		Type: EventOpened, Rung: noRung, To: GuardTrigger, Actor: by, Colour: c.s.Colour, Owner: c.s.Owner,
		Posts: []Post{c.s.Owner}, Urgent: c.s.Colour == Red, Reason: string(ground),
	})
	c.owe("trigger_verify", "trigger_verify", c.now)
	return c.done()
}
