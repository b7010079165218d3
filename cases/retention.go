package cases

import (
	"slices"
	"strings"
	"time"
)

// HoldCauses lists why a file must be kept whatever its clock says (意见 9: whoever
// has 处理记录、监控、证言 hands them over, and so keeps them).
var HoldCauses = []string{"police_evidence", "prosecution", "court", "complaint", "discipline", "other"}

// Hold is a legal hold: while one stands nothing of the file is destroyed.
type Hold struct {
	Cause string    `json:"cause"` // one of HoldCauses, each at most once
	Since time.Time `json:"since"`
	By    Post      `json:"by"`
}

// Kept is the last appraisal's decision to keep the file longer (延长保管).
type Kept struct {
	At    time.Time `json:"at"`
	Years int       `json:"years"`
}

// ErasureCauses lists why a file may be destroyed (销毁).
var ErasureCauses = []string{"retention_over", "filed_in_error", "data_subject_request"}

// Held tells whether a legal hold stands.
func (s State) Held() bool { return len(s.Holds) > 0 }

// Erased tells whether the file was destroyed: what is left is a shell of ids, enums
// and times, in which nothing can be done any more.
func (s State) Erased() bool { return !s.ErasedAt.IsZero() }

// Retention is a row of the retention schedule (保管期限表), which a unit makes and the
// archives authority of its level approves (档案法实施条例 19-20).
type Retention struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"` // a kind of case, or VisitFiles
	// Outcomes narrows the row to cases that ended so; none is every outcome.
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// Permanent files are never due. Every other is kept for Span.
	Permanent bool `json:"permanent,omitempty"`
	Span      Span `json:"span,omitzero"` // years; seconds in a drill
	// UntilAge and Plus are years: where UntilAge is set, a file is kept until the
	// child is of that age and Plus years more, if that is later than Span.
	UntilAge int `json:"until_age,omitempty"`
	Plus     int `json:"plus,omitempty"`

	Class         Class  `json:"class"`
	Source        string `json:"source"`
	Article       string `json:"article,omitempty"`
	Evidence      string `json:"evidence"`
	EffectiveFrom string `json:"effective_from"`
	VerifiedBy    string `json:"verified_by,omitempty"`
	VerifiedAt    string `json:"verified_at,omitempty"`
}

// VisitFiles are the files of general visits (巡查探访): no kind of case, but a row of
// the schedule. The product keeps none: a visit in a case is part of the case's file and
// is kept with it, what is written of others stays with whoever made them.
const VisitFiles Kind = "visit"

// Applies tells whether the product keeps files of the row's kind.
func (t Retention) Applies() bool { return slices.Contains(Kinds, t.Kind) }

// RetentionFor finds the row for a case: one that names its outcome before one for
// every outcome. Without a row a file is never due: nothing is destroyed that the
// schedule does not name.
func (r Rules) RetentionFor(k Kind, o Outcome) (Retention, bool) {
	for _, named := range []bool{true, false} {
		i := slices.IndexFunc(r.Retention, func(t Retention) bool {
			if t.Kind != k || named != (len(t.Outcomes) > 0) {
				return false
			}
			return !named || slices.Contains(t.Outcomes, o)
		})
		if i >= 0 {
			return r.Retention[i], true
		}
	}
	return Retention{}, false
}

// AppraiseAt gives when a file is due to be appraised (鉴定); false if never. filed
// is when it was filed away; born is the latest day on which the child can have been
// born. Years run from the first of January after the filing (档案 are counted by
// years), so the answer tells nobody's birthday.
func (t Retention) AppraiseAt(filed, born time.Time) (time.Time, bool) {
	if t.Permanent {
		return time.Time{}, false
	}
	if t.Span.Unit == Second {
		return filed.Add(time.Duration(t.Span.Value) * time.Second), true
	}
	due := yearsAfter(filed, t.Span.Value)
	if t.UntilAge > 0 {
		if of := yearsAfter(born, t.UntilAge+t.Plus); of.After(due) {
			due = of
		}
	}
	return due, true
}

// AppraiseAgain gives when a file that was kept longer is due again.
func (k Kept) AppraiseAgain() time.Time { return yearsAfter(k.At, k.Years) }

// yearsAfter counts whole years from the end of a moment's year.
func yearsAfter(t time.Time, years int) time.Time {
	return time.Date(t.In(Zone).Year()+years+1, time.January, 1, 0, 0, 0, 0, Zone).UTC()
}

// holders may ask for a legal hold, and for its release.
var holders = []Role{RoleManager, RoleHead, RoleBureau, RolePolice, RoleProcurator}

// retentionSteps are the rows by which a file is kept, appraised and destroyed, the
// same for every kind.
func retentionSteps(k Kind) []Step {
	running := append(openStages(k), Archiving)
	return []Step{
		{
			Name: "hold", Kind: k, Track: Control, From: append(slices.Clone(running), Closed), Proxy: true, // 保全, 意见 9
			Roles: holders,
			Form:  []Field{enum("cause", HoldCauses...), words("reason")},
			When:  func(s State) bool { return s.Outcome != OutcomeMerged }, // held where its papers are
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				if s.heldFor(cmd.Fields["cause"]) {
					return Refuse(CodeField, FieldError{Field: "cause", Reason: "range", Want: "a cause for which it is not held yet"})
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				by := cmd.By.Post
				if cmd.For != "" {
					by = cmd.For
				}
				c.s.Holds = append(c.s.Holds, Hold{Cause: cmd.Fields["cause"], Since: c.when(cmd), By: by})
			},
		},
		{
			Name: "release_hold", Kind: k, Track: Control, From: running, Proxy: true, // 解除保全
			Roles:  holders,
			Form:   []Field{enum("cause", HoldCauses...), words("reason")},
			Second: SecondAlways, Approvers: []Role{RoleHead, RoleBureau},
			When: State.Held,
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				if !s.heldFor(cmd.Fields["cause"]) {
					return Refuse(CodeField, FieldError{Field: "cause", Reason: "range", Want: s.holdCauses()})
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				c.s.Holds = slices.DeleteFunc(c.s.Holds, func(h Hold) bool { return h.Cause == cmd.Fields["cause"] })
			},
		},
		{
			Name: "appraisal", Kind: k, Track: Control, From: []Stage{Closed}, To: Archiving, // 保管期满，提请鉴定
			Roles: []Role{RoleSystem},
			When:  func(s State) bool { return s.Outcome != OutcomeMerged },
			Effect: func(c *change, _ Command) {
				rule := RuleID("appraise")
				if _, ok := c.r.Deadline(rule, c.s.Colour); !ok {
					rule = "archive" // rules of a case that is older than the schedule
				}
				c.owe("appraise", rule, c.now)
			},
		},
		{
			Name: "keep", Kind: k, Track: Control, From: []Stage{Archiving}, To: Closed, // 延长保管
			Roles: []Role{RoleHead, RoleBureau},
			Form:  []Field{number("years", 1, 100), words("reason")},
			When:  owed("appraise"), Guard: nothingBeside("appraise", "archive"),
			Ends:   []string{"appraise", "archive"},
			Effect: func(c *change, cmd Command) { c.s.Kept = Kept{At: c.now, Years: cmd.Fields.Int("years")} },
		},
		{
			Name: "erase", Kind: k, Track: Control, From: []Stage{Archiving}, To: Closed, // 销毁
			Roles:  []Role{RoleManager, RoleHead},
			Form:   []Field{enum("cause", ErasureCauses...), words("reason")},
			Second: SecondAlways, Approvers: []Role{RoleBureau},
			Guard:  erasable,
			Ends:   []string{"appraise", "archive"},
			Effect: erase,
		},
		{
			// A restored backup brings back what was destroyed after it was made. The
			// decision stands in the signed erasure list, and is carried out again.
			Name: "erase_again", Kind: k, Track: Control, From: append(slices.Clone(running), Closed), To: Closed,
			Roles:  []Role{RoleSystem},
			Form:   []Field{enum("cause", ErasureCauses...)},
			Effect: erase,
		},
	}
}

func (s State) heldFor(cause string) bool {
	return slices.ContainsFunc(s.Holds, func(h Hold) bool { return h.Cause == cause })
}

func (s State) holdCauses() string {
	var out []string
	for _, h := range s.Holds {
		out = append(out, h.Cause)
	}
	return strings.Join(out, ",")
}

// hold takes over the legal holds of a case that has become part of this one.
func (c *change) hold(causes []string, by Post) {
	for _, cause := range causes {
		if slices.Contains(HoldCauses, cause) && !c.s.heldFor(cause) {
			c.s.Holds = append(c.s.Holds, Hold{Cause: cause, Since: c.now, By: by})
		}
	}
}

// erasable refuses to destroy what somebody still needs: evidence under a legal hold
// or of an open police track (DOMAIN 8a.11), the file by which a linked guardianship
// knows its child, a word that waits for its answer.
func erasable(s State, cmd Command, now time.Time) *Error {
	if s.Held() {
		return Refuse(CodeHold).With("cause", s.Holds[0].Cause)
	}
	if s.Police.Open() {
		return Refuse(CodePoliceTrack)
	}
	for _, l := range s.Links {
		if l.Relation == "opened" && !l.Erased {
			if l.Open {
				return Refuse(CodeLinkedOpen).With("case", l.Case)
			}
			return Refuse(CodeLinkedKept).With("case", l.Case)
		}
	}
	if refusal := nothingBeside("appraise", "archive", "approval:"+cmd.ID)(s, cmd, now); refusal != nil {
		return refusal
	}
	if cmd.Fields["cause"] == "retention_over" && s.index("appraise") < 0 {
		return Refuse(CodeAfter).With("first", "appraise")
	}
	return nil
}

// nothingBeside refuses while anything else than some keys is owed.
func nothingBeside(keys ...string) func(State, Command, time.Time) *Error {
	return func(s State, _ Command, _ time.Time) *Error {
		for _, o := range s.Obligations {
			if !slices.Contains(keys, o.Key) {
				return Refuse(CodeAfter).With("first", KeyBase(o.Key))
			}
		}
		return nil
	}
}

// erase leaves the shell of a case: what statistics and the audit log need. The
// ledger destroys the keys in the same transaction (EventErased). Where the child was
// is kept by its town, and the month before its 18th birthday not at all.
func erase(c *change, cmd Command) {
	c.s.ErasedAt = c.now
	c.s.Holds, c.s.Unmet, c.s.Glasses = nil, nil, nil
	c.s.Org = c.s.Org.Town()
	c.s.Guardianship.AdultReview = time.Time{}
	step := c.ev[c.stepEvent()]
	c.event(Event{
		Type: EventErased, Rung: noRung, Step: cmd.Step, Command: cmd.ID, Actor: step.Actor, Approver: step.Approver,
		Reason: cmd.Fields["cause"],
	})
	for _, l := range c.s.Links {
		if l.Relation == "opened_by" {
			c.tell(l.Case, FactLinkErased, Fields{"case": c.s.ID})
		}
	}
}
