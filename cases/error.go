package cases

import "strings"

// Code is a stable name of a refusal or failure. The texts for people are in the
// locale files under error.<code>; the HTTP status is in api's one table.
type Code string

// The codes that the domain itself gives.
const (
	CodeStage         Code = "step_not_allowed"     // not from this stage or track state
	CodeRole          Code = "not_your_step"        // the post may not take this step
	CodeScope         Code = "not_your_case"        // outside the post's area, or recused
	CodeStale         Code = "case_moved_on"        // somebody decided meanwhile
	CodeField         Code = "form_invalid"         // a field is missing or wrong
	CodeUnknownStep   Code = "unknown_step"         // no such step
	CodeSecond        Code = "second_person_needed" // the same person may not approve
	CodeNoProposal    Code = "no_such_proposal"
	CodeNoConference  Code = "conference_needed"    // 会商 must conclude first (法发24号 19)
	CodeNotSeen       Code = "child_not_seen"       // 查否 before the child was seen
	CodePoliceOpen    Code = "police_open"          // the police result is missing
	CodeTasksOpen     Code = "tasks_open"           // a task is overdue or open
	CodeLinkedOpen    Code = "guardianship_open"    // a linked case is not closed
	CodeVisitMissing  Code = "visit_missing"        // no visit after the plan with risk at most blue
	CodeNotInformed   Code = "not_informed"         // guardian and child not told where safe
	CodeRisk          Code = "risk_too_high"        // the colour is above blue
	CodeClosed        Code = "case_closed"          // nothing can be done but reopen
	CodeNoObligation  Code = "no_such_obligation"   //
	CodeNotPausable   Code = "not_pausable"         // protective duties never pause
	CodeReceipt       Code = "receipt_missing"      // transfer without the other side's receipt
	CodeSelf          Code = "same_case"            // a case cannot be merged into itself
	CodeSchema        Code = "state_too_new"        // written by a newer version
	CodeFuture        Code = "time_in_future"       //
	CodeRecusedPost   Code = "post_recused"         // the post named is recused
	CodeKinship       Code = "identity_not_checked" // direct return without the checks
	CodeAfter         Code = "not_before"           // a thing that must come first has not
	CodeVillageAlone  Code = "not_alone"            // a village director never goes alone on a red case
	CodeMoving        Code = "moving"               // the run is being continued; ask again
	CodeUnavailable   Code = "unavailable"          // a part is out of reach; ask again
	CodeConflict      Code = "conflict"             // compare-and-swap lost
	CodeNotFound      Code = "not_found"            //
	CodeInternal      Code = "internal"             //
	CodeProposed      Code = "already_proposed"     // the step already waits for its second person
	CodeProxy         Code = "not_on_behalf"        // this step cannot be recorded on another's behalf
	CodeRulesRejected Code = "rules_rejected"       // new rules lack a row that the case needs
	CodeHold          Code = "legal_hold"           // nothing is destroyed under a legal hold
	CodePoliceTrack   Code = "police_track_open"    // nothing is destroyed while the police work on it
	CodeLinkedKept    Code = "linked_file_kept"     // a linked guardianship's file needs this one
	CodeErased        Code = "file_erased"          // the file was destroyed
	CodeBelowRung     Code = "below_rung"           // a higher rung was told; theirs no longer counts
	CodeNoAlert       Code = "no_alert"             // nobody was reminded of it yet
	CodeAcked         Code = "acks_used_up"         // the rung was acknowledged as often as it may be
	CodeOwnReading    Code = "own_reading"          // the alert is about one's own emergency reading
)

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field string `json:"field"`
	// Reason is required, unknown, enum, too_long, too_many, range, time, format;
	// the API adds too_few, sealed, not_found, kind, self.
	Reason string `json:"reason"`
	// Want says what would be right: the enum's values, the limit.
	Want string `json:"want,omitempty"`
}

// Error is a refusal or failure: a code, what would be allowed instead, and the
// cause for the log. Its text holds no personal data.
type Error struct {
	Code    Code         `json:"code"`
	Fields  []FieldError `json:"fields,omitempty"`
	Allowed []StepName   `json:"allowed,omitempty"` // the steps open to this actor now
	// Detail holds ids, enums and numbers for the message, never text.
	Detail map[string]string `json:"detail,omitempty"`
	Err    error             `json:"-"`
}

// Refuse makes a refusal.
func Refuse(code Code, fields ...FieldError) *Error { return &Error{Code: code, Fields: fields} }

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	for _, f := range e.Fields {
		b.WriteString(" " + f.Field + ":" + f.Reason)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Undecided tells that nothing is known of what was asked yet, so that it is to be
// asked again: it was neither done nor refused.
func (e *Error) Undecided() bool {
	switch e.Code {
	case CodeUnavailable, CodeMoving, CodeConflict, CodeInternal:
		return true
	}
	return false
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// With adds a detail for the message.
func (e *Error) With(key, value string) *Error {
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	e.Detail[key] = value
	return e
}
