package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

// ReportBody is a mandatory report as it is filed. Only the situations and the
// answer about danger are asked for: the child may be wholly unknown. A child that
// asks for help itself (我需要帮助) is asked for the danger alone, and may tell what
// happened, where it is, and how it is safely reached: four questions, no ID number
// and nobody's consent (8a.3).
type ReportBody struct {
	Entry      choice[entries]      `json:"entry,omitempty" doc:"child_help: 我需要帮助, a child about itself; only danger is then required"`
	Org        cases.Org            `json:"org,omitempty" pattern:"^[0-9]{12}$" doc:"where the child is: the village's code if known, else the town's; absent: somewhere in the city"`
	Situations []choice[situations] `json:"situations,omitempty" minItems:"1" maxItems:"9" doc:"强制报告意见 Art 4; required, but of a child about itself"`
	Danger     choice[dangers]      `json:"danger" doc:"is the child in danger now"`
	Relation   choice[relations]    `json:"relation,omitempty" doc:"the suspect's relation to the child"`
	// UnattendedUnder8 is 未保法 21.
	UnattendedUnder8 bool             `json:"unattended_under_8,omitempty"`
	Avoid            []choice[levels] `json:"avoid,omitempty" maxItems:"5" doc:"who must not learn of it, because one of theirs may be concerned"`
	FoundAt          time.Time        `json:"found_at,omitzero" doc:"when the harm was noticed; kept for statistics only"`
	DutyUnit         bool             `json:"duty_unit,omitempty" doc:"filed in the name of a unit with the duty to report; its authority is then told (意见 5), and the unit sees how it goes on, without its author"`
	Unit             string           `json:"unit,omitempty" maxLength:"40" pattern:"^[a-z0-9_-]*$" doc:"the duty unit's short name; absent: that of the caller's post"`
	Police           PoliceBody       `json:"police,omitzero"`
	Child            ChildBody        `json:"child,omitzero"`
	Reporter         ReporterBody     `json:"reporter,omitzero"`
	Narrative        NarrativeBody    `json:"narrative,omitzero"`
	Told             ToldBody         `json:"told,omitzero" doc:"of the desk, which writes down what another told: how and when"`
}

// ToldBody is how a report came to the desk that writes it down. Who told it stands
// in reporter, and is sealed with this.
type ToldBody struct {
	Via      choice[vias] `json:"via,omitempty" doc:"phone, letter, onsite: a call, a letter, a visitor"`
	At       time.Time    `json:"at,omitzero" doc:"when the call, letter or visitor came"`
	ReadBack bool         `json:"read_back,omitempty" doc:"what was written was read back to who told it"`
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
	Contact       string `json:"contact,omitempty" enum:"phone,sms_only,via_school,none" doc:"怎样联系孩子才安全: how the child may be safely reached"`
	Guardian      string `json:"guardian,omitempty" maxLength:"100"`
	GuardianPhone string `json:"guardian_phone,omitempty" maxLength:"40"`
}

// ReporterBody is who files: sealed, seen by the duty desk only (意见 13).
type ReporterBody struct {
	Name     string `json:"name,omitempty" maxLength:"100"`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	Unit     string `json:"unit,omitempty" maxLength:"200"`
	Position string `json:"position,omitempty" maxLength:"100"`
	Duty     string `json:"duty,omitempty" enum:"school,training,care,medical,lodging,village,welfare,government,other" doc:"意见 Art 3: the kind of unit through whose work it was noticed; absent of a private person"`
	Contact  string `json:"contact,omitempty" enum:"phone,sms_only,via_school,none" doc:"how the reporter may be safely reached"`
	When     string `json:"when,omitempty" maxLength:"200" doc:"at what times, in the reporter's words"`
	Personal bool   `json:"personal,omitempty" doc:"以个人名义，不告知单位: the unit does not learn of it"`
}

// ReporterShown is who filed, as the duty desk sees it.
type ReporterShown struct {
	ReporterBody
	Entry    choice[entries] `json:"entry,omitempty" doc:"child_help: the child itself"`
	Told     *ToldBody       `json:"told,omitempty" doc:"how it came to the desk that wrote it down"`
	Account  string          `json:"account,omitempty" doc:"the person who filed it while signed in"`
	Post     cases.Post      `json:"post,omitempty"`
	DutyUnit string          `json:"duty_unit,omitempty" doc:"short name of the unit in whose name"`
}

// entryHelp is the entry of a child about itself.
const entryHelp = "child_help"

// entries are the ways in that are not the usual one.
type entries struct{}

func (entries) options() []string { return []string{entryHelp} }

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
	Advice  []string  `json:"advice,omitempty" doc:"what to do now, in words to be shown: 110, 12355, what not to do with evidence"`
}

type fileInput struct {
	OnceKey
	Language string `header:"Accept-Language"`
	Body     ReportBody
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
		public: true, unnamed: true, status: http.StatusCreated, limit: func(l limiters) *limiter { return l.report }, publicLimit: true,
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
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "found_at", Reason: "time", Want: "not in the future"})
	}
	if b.DutyUnit && b.Reporter.Personal {
		return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "reporter.personal", Reason: "range"})
	}
	if err := b.Told.check(a, now); err != nil {
		return nil, err
	}
	by, err := filedBy(a, b)
	if err != nil {
		return nil, err
	}
	rules, err := s.Filings.CurrentRules(ctx)
	if err != nil {
		return nil, err
	}
	report := b.report(uuid.NewString(), by.shown)
	opened, refusal := cases.Open(report, rules, now)
	if refusal != nil {
		return nil, &refused{err: refusal, rename: reportField}
	}
	digest := s.Receipt.For(report.ID).Digest()
	filed, err := s.Filings.File(ctx, onceFor(a, "POST /api/v1/reports", in.Key, in.Body), records.Filing{
		Open: opened, Child: b.Child.record(), Reporter: b.reporter(by), Narrative: b.narrative(),
		ReceiptHash: digest[:], Author: by.author, Unit: by.unit, FoundAt: b.FoundAt,
	})
	if err != nil {
		return nil, err
	}
	out := &filedAnswer{Body: Filed{
		Number: filed.Number, Receipt: s.Receipt.For(filed.Case).Reveal(), FiledAt: filed.At, Advice: b.advice(opened.State, tongueOf(in.Language)),
	}}
	if len(reading(opened.State, a)) > 0 {
		out.Body.Case = filed.Case
	}
	if filed.Replayed {
		out.Replayed = "true"
	}
	return out, nil
}

// check refuses a call that has not come yet, and one that was not told to the desk.
func (t ToldBody) check(a records.Access, now time.Time) error {
	switch {
	case t == ToldBody{}:
		return nil
	case !a.Has(cases.RoleDesk):
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "told", Reason: "range"})
	case t.At.After(now.Add(time.Minute)):
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "told.at", Reason: "time", Want: "not in the future"})
	}
	return nil
}

// filer is who files, and what of it may be kept where.
type filer struct {
	shown  cases.Actor // in the timeline
	author string      // the person, sealed
	post   cases.Post  // sealed
	unit   string      // in whose name, sealed
}

// filedBy tells who files. The timeline names nobody who reports (意见 13): only the
// desk is in it, which writes down what another tells, unless it files 以个人名义.
// A unit's name stands on a report if one of its own posts, or the desk, says so;
// what anybody else says is theirs to say, and only kept with the rest.
func filedBy(a records.Access, b ReportBody) (filer, error) {
	var by filer
	desk := slices.IndexFunc(a.Posts, func(p cases.Post) bool { return p.Role() == cases.RoleDesk })
	switch {
	case a.Person == "":
		return by, nil
	case desk >= 0 && !b.Reporter.Personal:
		by.shown = cases.Actor{Person: a.Person, Post: a.Posts[desk]}
		if b.DutyUnit {
			by.unit = b.Unit
		}
		return by, nil
	}
	by.author = a.Person
	if len(a.Posts) > 0 {
		by.post = a.Posts[0]
	}
	if !b.DutyUnit {
		return by, nil
	}
	own := slices.IndexFunc(a.Posts, func(p cases.Post) bool {
		return p.Role() == cases.RoleReporter && (b.Unit == "" || p.Unit() == b.Unit)
	})
	if own < 0 {
		if a.Has(cases.RoleReporter) {
			return by, cases.Refuse(cases.CodeField, cases.FieldError{Field: "unit", Reason: "range"})
		}
		return by, nil
	}
	by.post, by.unit = a.Posts[own], a.Posts[own].Unit()
	return by, nil
}

// advice tells the reporter what to do now: a report never replaces 110, and
// nothing is to be lost or done to a child for the sake of evidence (8a.3, 8a.5).
func (b ReportBody) advice(st cases.State, lang *tongue) []string {
	var out []string
	switch {
	case b.Entry == entryHelp:
		out = append(out, lang.say("advice.child_help"))
	case b.Police.ReportedAt.IsZero():
		out = append(out, lang.say("advice.call_police"))
	}
	if st.Compartment {
		out = append(out, lang.say("advice.evidence"))
	}
	return out
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

// report is what the engine may know. What a child asks help for is not asked of it
// in the law's words: it is "its body and mind gravely harmed, or in danger" (Art 4 ⑨)
// until somebody has listened.
func (b ReportBody) report(id string, by cases.Actor) cases.Report {
	if b.Entry == entryHelp && len(b.Situations) == 0 {
		b.Situations = []choice[situations]{"MR09"}
	}
	return cases.Report{
		ID: id, Org: b.Org, Situations: turned[cases.Situation](distinct(b.Situations)), Danger: cases.Danger(b.Danger), Relation: cases.Relation(b.Relation),
		UnattendedUnder8: b.UnattendedUnder8, Avoid: texts(distinct(b.Avoid)), PoliceReportedAt: b.Police.ReportedAt, DutyUnit: b.DutyUnit, By: by,
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
		Contact: c.Contact, Guardian: c.Guardian, GuardPhone: c.GuardianPhone,
	}
}

func childOf(c records.Child) *ChildBody {
	return &ChildBody{
		Name: c.Name, IDNumber: c.IDNumber, IDType: c.IDType, Sex: c.Sex, Age: c.Age, Phone: c.Phone, Address: c.Address, School: c.School,
		Contact: c.Contact, Guardian: c.Guardian, GuardianPhone: c.GuardPhone,
	}
}

// reporter is all that is sealed of who files.
func (b ReportBody) reporter(by filer) records.Reporter {
	r := b.Reporter
	return records.Reporter{
		Name: r.Name, Phone: r.Phone, Unit: r.Unit, Position: r.Position, Duty: r.Duty, Contact: r.Contact, When: r.When, Personal: r.Personal,
		Entry: string(b.Entry), Post: by.post, DutyUnit: cmp.Or(by.unit, b.Unit),
		ToldVia: string(b.Told.Via), ToldAt: b.Told.At, ReadBack: b.Told.ReadBack,
	}
}

func reporterOf(r records.Reporter) *ReporterShown {
	out := &ReporterShown{
		ReporterBody: ReporterBody{
			Name: r.Name, Phone: r.Phone, Unit: r.Unit, Position: r.Position, Duty: r.Duty, Contact: r.Contact, When: r.When, Personal: r.Personal,
		},
		Entry: choice[entries](r.Entry), Account: r.Account, Post: r.Post, DutyUnit: r.DutyUnit,
	}
	if told := (ToldBody{Via: choice[vias](r.ToldVia), At: r.ToldAt, ReadBack: r.ReadBack}); told != (ToldBody{}) {
		out.Told = &told
	}
	return out
}

func (n NarrativeBody) record() records.Narrative {
	return records.Narrative{Text: n.Text, Place: n.Place, Suspect: n.Suspect}
}

func (b ReportBody) narrative() records.Narrative {
	n := b.Narrative.record()
	n.PoliceReceipt, n.PoliceReason = b.Police.Receipt, b.Police.Reason
	return n
}
