package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

// ReportBody is a mandatory report as it is filed. Only the situations and the
// answer about danger are asked for: the child may be wholly unknown.
type ReportBody struct {
	Org        cases.Org            `json:"org,omitempty" pattern:"^[0-9]{12}$" doc:"where the child is: the village's code if known, else the town's; absent: somewhere in the city"`
	Situations []choice[situations] `json:"situations" minItems:"1" maxItems:"9" uniqueItems:"true" doc:"强制报告意见 Art 4"`
	Danger     choice[dangers]      `json:"danger" doc:"is the child in danger now"`
	Relation   choice[relations]    `json:"relation,omitempty" doc:"the suspect's relation to the child"`
	// UnattendedUnder8 is 未保法 21.
	UnattendedUnder8 bool             `json:"unattended_under_8,omitempty"`
	Avoid            []choice[levels] `json:"avoid,omitempty" maxItems:"5" uniqueItems:"true" doc:"who must not learn of it, because one of theirs may be concerned"`
	FoundAt          time.Time        `json:"found_at,omitzero" doc:"when the harm was noticed; kept for statistics only"`
	DutyUnit         bool             `json:"duty_unit,omitempty" doc:"filed in the name of a unit with the duty to report; its authority is then told (意见 5)"`
	Unit             string           `json:"unit,omitempty" maxLength:"40" pattern:"^[a-z0-9_-]*$" doc:"the duty unit's short name"`
	Police           PoliceBody       `json:"police,omitzero"`
	Child            ChildBody        `json:"child,omitzero"`
	Reporter         ReporterBody     `json:"reporter,omitzero"`
	Narrative        NarrativeBody    `json:"narrative,omitzero"`
}

// PoliceBody says whether 110 was called. Where it was not, the duty post calls
// at once: the report never waits for it.
type PoliceBody struct {
	ReportedAt time.Time `json:"reported_at,omitzero"`
	Receipt    string    `json:"receipt,omitempty" maxLength:"200" doc:"接警单号, or the officer's name"`
	Reason     string    `json:"reason,omitempty" maxLength:"1000" doc:"why the police were not called; the duty post then calls them"`
}

// ChildBody is the child, as far as known.
type ChildBody struct {
	Name          string `json:"name,omitempty" maxLength:"100"`
	IDNumber      string `json:"id_number,omitempty" maxLength:"40"`
	IDType        string `json:"id_type,omitempty" enum:"resident_id,household_book,birth_certificate,hmt_permit,foreign_permit,passport,none"`
	Sex           string `json:"sex,omitempty" enum:"female,male,unknown"`
	Age           *int   `json:"age,omitempty" minimum:"0" maximum:"17"`
	Phone         string `json:"phone,omitempty" maxLength:"40"`
	Address       string `json:"address,omitempty" maxLength:"500"`
	School        string `json:"school,omitempty" maxLength:"200"`
	Guardian      string `json:"guardian,omitempty" maxLength:"100"`
	GuardianPhone string `json:"guardian_phone,omitempty" maxLength:"40"`
}

// ReporterBody is who files: sealed, seen by the duty desk only (意见 13).
type ReporterBody struct {
	Name     string `json:"name,omitempty" maxLength:"100"`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	Unit     string `json:"unit,omitempty" maxLength:"200"`
	Position string `json:"position,omitempty" maxLength:"100"`
	Contact  string `json:"contact,omitempty" enum:"phone,sms_only,via_school,none" doc:"how the reporter may be safely reached"`
	Personal bool   `json:"personal,omitempty" doc:"以个人名义，不告知单位: the unit does not learn of it"`
}

// NarrativeBody is what happened, in words.
type NarrativeBody struct {
	Text    string `json:"text,omitempty" maxLength:"8000"`
	Place   string `json:"place,omitempty" maxLength:"500"`
	Suspect string `json:"suspect,omitempty" maxLength:"500"`
}

// Filed is the answer to a report.
type Filed struct {
	Number  string    `json:"number" doc:"强报〔2026〕000123"`
	Receipt string    `json:"receipt" doc:"查询码: shown to the reporter only; the product keeps no copy"`
	FiledAt time.Time `json:"filed_at"`
	Case    string    `json:"case,omitempty" doc:"the case's id, for an officer who may read it"`
}

type fileInput struct {
	OnceKey
	Body ReportBody
}

type filedAnswer struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true: the same key had filed it before"`
	Body     Filed
}

func (s *server) reportRoutes() {
	register(s, operation{
		id: "file-report", method: http.MethodPost, path: "/api/v1/reports", tag: "reports", summary: "File a report 提交强制报告",
		about: "Answered as soon as it is stored, whatever state the engine is in. The same Idempotency-Key and body give the same number and 查询码.",
		// The public has no account; a signed-in reporter or the desk is known.
		public: true, status: http.StatusCreated, limit: func(l limiters) *limiter { return l.report }, publicLimit: true,
		codes: []cases.Code{records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.file)
}

func (s *server) file(ctx context.Context, in *fileInput) (*filedAnswer, error) {
	a, now := accessOf(ctx), s.Now()
	b := in.Body
	var err error
	if b.Org, err = s.place(b.Org); err != nil {
		return nil, err
	}
	if b.FoundAt.After(now.Add(time.Minute)) {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "found_at", Reason: "time"})
	}
	if b.DutyUnit && b.Reporter.Personal {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "reporter.personal", Reason: "range"})
	}
	rules, err := s.Filings.CurrentRules(ctx)
	if err != nil {
		return nil, err
	}
	report := b.report(uuid.NewString(), a)
	opened, refusal := cases.Open(report, rules, now)
	if refusal != nil {
		return nil, &refused{err: refusal, rename: reportField}
	}
	digest := s.Receipt.For(report.ID).Digest()
	filed, err := s.Filings.File(ctx, onceFor(a, "POST /api/v1/reports", in.Key, in.Body), records.Filing{
		Open:  opened,
		Child: b.Child.record(), Reporter: b.Reporter.record(), Narrative: b.narrative(),
		ReceiptHash: digest[:], Unit: b.Unit, By: a.Person, FoundAt: b.FoundAt,
	})
	if err != nil {
		return nil, err
	}
	out := &filedAnswer{Body: Filed{Number: filed.Number, Receipt: s.Receipt.For(filed.Case).Reveal(), FiledAt: filed.At}}
	if len(reading(opened.State, a)) > 0 {
		out.Body.Case = filed.Case
	}
	if filed.Replayed {
		out.Replayed = "true"
	}
	return out, nil
}

// place gives where a child is: the whole city if nobody knows. It lies in this city.
func (s *server) place(at cases.Org) (cases.Org, error) {
	if at == "" {
		at = s.City
	}
	if s.City != "" && at.City() != s.City.City() {
		return "", cases.Refuse(cases.CodeField, cases.FieldError{Field: "org", Reason: "range", Want: string(s.City.City()[:6])})
	}
	return at, nil
}

// report is what the engine may know.
func (b ReportBody) report(id string, a records.Access) cases.Report {
	by := cases.Actor{Person: a.Person}
	if len(a.Posts) > 0 {
		by.Post = a.Posts[0]
	}
	return cases.Report{
		ID: id, Org: b.Org, Situations: turned[cases.Situation](b.Situations), Danger: cases.Danger(b.Danger), Relation: cases.Relation(b.Relation),
		UnattendedUnder8: b.UnattendedUnder8, Avoid: texts(b.Avoid), PoliceReportedAt: b.Police.ReportedAt, DutyUnit: b.DutyUnit, By: by,
	}
}

// reportField names a fault of the report by the body's field.
func reportField(field string) string {
	if field == "police_reported_at" {
		return "police.reported_at"
	}
	return field
}

func (c ChildBody) record() records.Child {
	return records.Child{
		Name: c.Name, IDNumber: c.IDNumber, IDType: c.IDType, Sex: c.Sex, Age: c.Age, Phone: c.Phone, Address: c.Address, School: c.School,
		Guardian: c.Guardian, GuardPhone: c.GuardianPhone,
	}
}

func childOf(c records.Child) *ChildBody {
	return &ChildBody{
		Name: c.Name, IDNumber: c.IDNumber, IDType: c.IDType, Sex: c.Sex, Age: c.Age, Phone: c.Phone, Address: c.Address, School: c.School,
		Guardian: c.Guardian, GuardianPhone: c.GuardPhone,
	}
}

func (r ReporterBody) record() records.Reporter { return records.Reporter(r) }

func (n NarrativeBody) record() records.Narrative {
	return records.Narrative{Text: n.Text, Place: n.Place, Suspect: n.Suspect}
}

func (b ReportBody) narrative() records.Narrative {
	n := b.Narrative.record()
	n.PoliceReceipt, n.PoliceReason = b.Police.Receipt, b.Police.Reason
	return n
}
