package records

import (
	"context"
	"slices"
	"time"

	"tonghu/cases"
)

// Filing is a report or a finding as it is committed: the case it opens and what is
// sealed. A finding, which opens a temporary guardianship without a report, has no
// reporter and no receipt.
type Filing struct {
	// Open is the first change of the case, made by cases.Open or
	// cases.OpenGuardianship.
	Open cases.Transition
	// Child, Reporter and Narrative are sealed each in its own compartment.
	Child     Child
	Reporter  Reporter
	Narrative Narrative
	// ReceiptHash is what is kept of the 查询码; nil for a finding.
	ReceiptHash []byte
	// Author is the person who reports while signed in. It is sealed with the
	// reporter, and the report is found by it again through a blind token only.
	// "" for the public, for a finding, and where the desk writes down what
	// another tells.
	Author string
	// Unit is the short name of the duty unit in whose name it is filed, "" for a
	// private person or one who files 以个人名义. Only a blind token of it is kept.
	Unit string
	// FoundAt is when the harm was noticed: the delay to filing is kept for
	// statistics only.
	FoundAt time.Time
}

// Child is who the report is about; every field may be unknown.
type Child struct {
	Name       string `json:"name,omitempty"`
	IDNumber   string `json:"id_number,omitempty"`
	IDType     string `json:"id_type,omitempty"` // resident_id, household_book, birth_certificate, hmt_permit, foreign_permit, passport, none
	Sex        string `json:"sex,omitempty"`
	Age        *int   `json:"age,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Address    string `json:"address,omitempty"`
	School     string `json:"school,omitempty"`
	Contact    string `json:"contact,omitempty"` // how the child may be safely reached; as Reporter.Contact
	Guardian   string `json:"guardian,omitempty"`
	GuardPhone string `json:"guardian_phone,omitempty"`
}

// Reporter is who reported: sealed, inviolable (意见 13).
type Reporter struct {
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Position string `json:"position,omitempty"`
	// Duty is the kind of unit through whose work it was noticed (意见 Art 3).
	Duty string `json:"duty,omitempty"`
	// Contact is how the reporter may be safely reached: phone, sms_only,
	// via_school, none. When is at what times, in their words.
	Contact string `json:"contact,omitempty"`
	When    string `json:"when,omitempty"`
	// Personal is set when they file 以个人名义,不告知单位.
	Personal bool `json:"personal,omitempty"`
	// Entry is child_help where it is the child itself (我需要帮助).
	Entry string `json:"entry,omitempty"`
	// Account is the person who filed it while signed in, Post in which post, and
	// DutyUnit the short name of the unit in whose name: kept nowhere else.
	Account  string     `json:"account,omitempty"`
	Post     cases.Post `json:"post,omitempty"`
	DutyUnit string     `json:"duty_unit,omitempty"`
	// ToldVia (phone, letter, onsite), ToldAt and ReadBack are how it came to the
	// desk, where the desk wrote it down.
	ToldVia  string    `json:"told_via,omitempty"`
	ToldAt   time.Time `json:"told_at,omitzero"`
	ReadBack bool      `json:"read_back,omitempty"`
}

// Narrative is what happened, in words.
type Narrative struct {
	Text          string `json:"text,omitempty"`
	Place         string `json:"place,omitempty"`
	Suspect       string `json:"suspect,omitempty"`
	PoliceReceipt string `json:"police_receipt,omitempty"` // 接警单号 or officer's name
	PoliceReason  string `json:"police_reason,omitempty"`
}

// Filed is the answer to a filing.
type Filed struct {
	Case   string
	Number string // 强报〔2026〕000123, 监护〔2026〕000123
	// Replayed is set when the same key had filed it before.
	Replayed bool
	At       time.Time
}

// Filings stores reports and findings.
type Filings interface {
	// CurrentRules gives the rules that new cases start with.
	CurrentRules(ctx context.Context) (cases.Rules, error)
	// File commits a report or a finding whole: case, obligations, sealed parts, receipt,
	// idempotency row, audit, notices and the job that starts its workflow.
	File(ctx context.Context, once Once, f Filing) (Filed, error)
}

// ReceiptView is what lies behind a 查询码.
type ReceiptView struct {
	Case     string
	Number   string
	State    cases.State // of the case that the report is now part of
	FiledAt  time.Time
	Messages []Message
}

// Followed is what a signed-in author, or the head of the duty unit in whose name it
// was filed, follows of a report (8a.3).
type Followed struct {
	Case    string // that the report opened; shown to neither
	Number  string
	FiledAt time.Time
	// InUnitName: it was filed in a duty unit's name.
	InUnitName bool
	State      cases.State // of the case that the report is now part of
	// Asked: the office asked the reporter something that is not answered yet.
	Asked bool
	// Feedback are the 反馈单, and Messages, which only the author reads, what was
	// written: both of one report alone, nil in a list.
	Feedback []Feedback
	Messages []Message
}

// Feedback is a 反馈单: how far the police came, in words, for the reporter (意见 10).
type Feedback struct {
	At   time.Time
	Text string
}

// Asked tells whether the office's last question waits for the reporter's answer.
func Asked(lines []Message) bool {
	for _, m := range slices.Backward(lines) {
		if m.From == "reporter" {
			return false
		}
		if m.Asks {
			return true
		}
	}
	return false
}

// Message is a line between the reporter and the office.
type Message struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	From string    `json:"from"` // reporter, office
	Text string    `json:"text"`
	Asks bool      `json:"asks,omitempty"` // the office waits for an answer
}

// Receipts finds cases by the reporter's code.
type Receipts interface {
	// ByReceipt finds the filing of a code's hash; CodeReceiptWrong if none.
	ByReceipt(ctx context.Context, hash []byte) (ReceiptView, error)
	// OwnReports gives the reports that the asker filed while signed in, the newest
	// first. Nothing is written of the asking: it would tell who reported.
	OwnReports(ctx context.Context, a Access, after Cursor, limit int) ([]Followed, Cursor, error)
	// OwnReport gives one of them by its number; CodeNotFound if it is not the
	// asker's.
	OwnReport(ctx context.Context, a Access, number string) (Followed, error)
	// UnitReports and UnitReport are the same for the head of a duty unit, of what
	// was filed in the unit's name: without its author and what the author wrote.
	UnitReports(ctx context.Context, a Access, after Cursor, limit int) ([]Followed, Cursor, error)
	UnitReport(ctx context.Context, a Access, number string) (Followed, error)
	// AddMessage commits a line as a fact (message, unresolved or reply) with
	// its sealed text, and sets off the nudge. A reply by an officer carries
	// its access; one with the field "asks" waits for the reporter's answer.
	AddMessage(ctx context.Context, once Once, a Access, caseID string, f cases.Fact, text string) (Message, error)
	// Messages gives the lines of a case to an officer who may see it.
	Messages(ctx context.Context, a Access, caseID string) ([]Message, error)
}
