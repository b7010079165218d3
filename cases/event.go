package cases

import "time"

// EventType is what happened.
type EventType string

// The events of a case's timeline.
const (
	EventOpened      EventType = "opened"
	EventStep        EventType = "step"        // a step was taken
	EventProposed    EventType = "proposed"    // a step waits for its second person
	EventWithdrawn   EventType = "withdrawn"   // a proposal was declined or taken back
	EventOwed        EventType = "owed"        // an obligation was opened
	EventMet         EventType = "met"         // an obligation was done
	EventReleased    EventType = "released"    // an obligation no longer applies
	EventMoved       EventType = "moved"       // a deadline moved (new epoch)
	EventHandedOver  EventType = "handed_over" // an obligation changed its owner
	EventRung        EventType = "rung"        // an alert climbed
	EventAck         EventType = "acknowledged"
	EventPaused      EventType = "paused"
	EventResumed     EventType = "resumed"
	EventOrder       EventType = "order_drafted" // a 督办单 waits for a signature
	EventFact        EventType = "fact"          // a fact was taken in
	EventColour      EventType = "colour"        // the colour changed
	EventUnreached   EventType = "unreached"     // a notice reached nobody; the ladder climbs
	EventLinked      EventType = "linked"
	EventRecused     EventType = "recused"
	EventRecalculate EventType = "recalculated" // rules or calendar changed
	EventErased      EventType = "erased"       // the file was destroyed (reason: why)
	EventGlass       EventType = "glass"        // 紧急调阅 was agreed to: sealed parts are open to Actor until Due
	EventMisused     EventType = "glass_misused"
)

// Event is one row of a case's timeline. Which fields are set follows from Type.
type Event struct {
	Type EventType `json:"type"`
	// At is the real time; Due the time it was due, for rungs and obligations.
	At  time.Time `json:"at"`
	Due time.Time `json:"due,omitzero"`

	Step    StepName `json:"step,omitempty"`
	Command string   `json:"command,omitempty"`
	Actor   Actor    `json:"actor,omitzero"`
	// Approver is the second person, where the step needed one.
	Approver Actor `json:"approver,omitzero"`
	From     Stage `json:"from,omitempty"`
	To       Stage `json:"to,omitempty"`

	Key         string `json:"key,omitempty"`
	Rule        RuleID `json:"rule,omitempty"`
	Occurrence  int    `json:"occurrence,omitempty"`
	Epoch       int    `json:"epoch,omitempty"`
	Rung        int    `json:"rung"`
	RungName    string `json:"rung_name,omitempty"`
	Provisional bool   `json:"provisional,omitempty"`
	// Posts are to be told.
	Posts []Post `json:"posts,omitempty"`
	// Owner is the post that owes, after the event.
	Owner  Post `json:"owner,omitempty"`
	Urgent bool `json:"urgent,omitempty"`

	Fact     string   `json:"fact,omitempty"`
	FactKind FactKind `json:"fact_kind,omitempty"`
	Colour   Colour   `json:"colour,omitempty"`
	Link     *Link    `json:"link,omitempty"`
	Order    int      `json:"order,omitempty"`
	Task     int      `json:"task,omitempty"`
	// Reason is a code, never text.
	Reason string `json:"reason,omitempty"`
	// Fields are the engine fields of the step or fact: ids, enums, times.
	Fields Fields `json:"fields,omitempty"`
}

// FactKind is what sort of thing happened outside the case.
type FactKind string

// The facts. A fact cannot be refused: it is stored first and taken in after.
const (
	FactMessage      FactKind = "message"       // the reporter wrote
	FactReply        FactKind = "reply"         // the office answered the reporter
	FactUnresolved   FactKind = "unresolved"    // the reporter says 没解决
	FactSecondReport FactKind = "second_report" // another report on the same child
	FactNote         FactKind = "note"
	FactVisit        FactKind = "visit" // fields: outcome, colour, alone
	FactAck          FactKind = "ack"   // fields: key, occurrence, epoch, who, by
	FactUndelivered  FactKind = "undelivered"
	FactVacant       FactKind = "vacant"
	FactPhoto        FactKind = "photo" // the reporter added one: fields media
	// FactFile is that a photo or paper was added: fields purpose, media, document.
	// The file has the fact's id.
	FactFile          FactKind = "file"
	FactFileWithdrawn FactKind = "file_withdrawn" // fields: file
	FactLinked        FactKind = "linked"         // fields: case, kind, relation
	FactLinkClosed    FactKind = "link_closed"    // fields: case, outcome
	FactLinkOpened    FactKind = "link_opened"    // a linked case was reopened
	FactMergedFrom    FactKind = "merged_from"    // fields: case, colour, feedback dues, holds, police, recused, compartment
	FactKeptFrom      FactKind = "kept_from"      // whom a linked case is kept from now: fields case, recused, compartment
	FactLinkErased    FactKind = "link_erased"    // fields: case
	FactRetentionDue  FactKind = "retention_due"
	// FactGlass is that somebody read what is sealed, in an emergency: fields
	// compartments, grounds, until, told; of a merged case's glass, person, post, start.
	FactGlass FactKind = "glass_broken"
)

// Fact is something that happened, committed before the case learns of it.
type Fact struct {
	ID       string    `json:"id"`
	Kind     FactKind  `json:"kind"`
	Occurred time.Time `json:"occurred"`
	Received time.Time `json:"received"`
	By       Actor     `json:"by"`
	Fields   Fields    `json:"fields,omitempty"`
}

// Outgoing is a fact for another case, written in the same transaction.
type Outgoing struct {
	Case string `json:"case"`
	Fact Fact   `json:"fact"`
}

// Transition is what Record writes: one change of one case, whole or not at all.
type Transition struct {
	// Base is the Seq that the change stands on; State.Seq is Base+1.
	Base   int64   `json:"base"`
	State  State   `json:"state"`
	Events []Event `json:"events"`
	// Result is set when the change carries a command.
	Result *Result `json:"result,omitempty"`
	// Facts are the ids taken in.
	Facts []string   `json:"facts,omitempty"`
	Send  []Outgoing `json:"send,omitempty"`
	// Opens are cases that start with this change.
	Opens []Transition `json:"opens,omitempty"`
}

// Changed tells whether there is anything to record.
func (t Transition) Changed() bool {
	return len(t.Events) > 0 || len(t.Facts) > 0 || t.Result != nil
}
