package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/roster"
)

// watching are the roles that see what the posts within their area owe: an
// administrator sees nobody's business (三权分立).
var watching = slices.DeleteFunc(cases.RolesThat(cases.CityDirectory, cases.TownDirectory), cases.Role.Administers)

// mostSheet bounds a sheet in bytes.
const mostSheet = 5 << 20

// Incumbent is a person in a post.
type Incumbent struct {
	Person string     `json:"person"`
	Name   string     `json:"name"`
	Deputy bool       `json:"deputy" doc:"AB角: told where the holder is on leave or there is none"`
	From   time.Time  `json:"from"`
	Until  *time.Time `json:"until,omitempty"`
	Active bool       `json:"active" doc:"whether the person can sign in and be told"`
	Away   bool       `json:"away" doc:"on leave now"`
	Leave  *Leave     `json:"leave,omitempty" doc:"the present leave, or the next"`
}

// Appointment is a post with who is in it.
type Appointment struct {
	Post
	People  []Incumbent `json:"people" doc:"holders first, then deputies; those who begin later too"`
	Vacant  bool        `json:"vacant" doc:"nobody holds it now; a deputy does not fill a vacancy"`
	Since   *time.Time  `json:"since,omitempty" doc:"since when it is vacant; absent if nobody ever held it"`
	Reached []string    `json:"reached" doc:"the persons who are told now; none: the next rung of each ladder is, at once"`
}

// Owed is what a post owes now, of what the caller may see.
type Owed struct {
	Post        cases.Post `json:"post"`
	Cases       int        `json:"cases" doc:"that it owns and that are not closed"`
	Open        int        `json:"open" doc:"obligations"`
	Overdue     int        `json:"overdue"`
	Next        *time.Time `json:"next,omitempty" doc:"the earliest due time"`
	Provisional bool       `json:"provisional,omitempty" doc:"next was counted beyond the published calendar"`
}

// Candidate is somebody who can be put into a post.
type Candidate struct {
	Person string       `json:"person"`
	Name   string       `json:"name"`
	Posts  []cases.Post `json:"posts" doc:"held now"`
}

type (
	postStates      struct{}
	handoverReasons struct{}
	sheetForms      struct{}
)

func (postStates) options() []string      { return []string{"vacant", "away", "undeputised"} }
func (handoverReasons) options() []string { return records.HandoverReasons }
func (sheetForms) options() []string      { return []string{"xlsx", "csv"} }

type appointmentsInput struct {
	Page
	Town  cases.Org          `query:"town" pattern:"^[0-9]{12}$" doc:"at this place and within it"`
	State choice[postStates] `query:"state" doc:"vacant; away: a holder is on leave; undeputised: it has no deputy"`
}

type owedInput struct {
	Posts []string `query:"post,explode" required:"true" minItems:"1" maxItems:"60"`
}

// HandoverPost is a post that is left, and to whom.
type HandoverPost struct {
	Post      cases.Post `json:"post" maxLength:"120"`
	Successor string     `json:"successor,omitempty" format:"uuid" doc:"nobody, if absent: the post falls vacant"`
}

// HandoverBody is somebody leaving posts to others.
type HandoverBody struct {
	Person     string                  `json:"person" format:"uuid"`
	At         time.Time               `json:"at,omitzero" doc:"when it takes effect; now, if absent or past"`
	Reason     choice[handoverReasons] `json:"reason"`
	Posts      []HandoverPost          `json:"posts" minItems:"1" maxItems:"60"`
	Deactivate bool                    `json:"deactivate,omitempty" doc:"end that the person signs in, too: of those who keep accounts, and at once only"`
	Preview    bool                    `json:"preview,omitempty" doc:"change nothing and say what would come of it"`
}

// HandedPost is what becomes of a post.
type HandedPost struct {
	Post      cases.Post `json:"post"`
	Deputy    bool       `json:"deputy" doc:"the person was its deputy"`
	Successor string     `json:"successor,omitempty"`
	Name      string     `json:"name,omitempty" doc:"of the successor"`
	Vacant    bool       `json:"vacant" doc:"nobody holds it then"`
	Told      []string   `json:"told" doc:"the names of those who are told from then on; none: the next rung of each ladder is, at once"`
	Refused   string     `json:"refused,omitempty" doc:"why it cannot be handed over so, in words"`
}

type handoverInput struct{ Body HandoverBody }

type sheetInput struct {
	Form     choice[sheetForms] `query:"form" default:"xlsx"`
	Template bool               `query:"template" doc:"an empty one, with the places and units as they are"`
}

type sheetUpload struct{ multipartForm }

// SheetFault is what is wrong with a cell.
type SheetFault struct {
	Sheet  string `json:"sheet"`
	Row    int    `json:"row" doc:"as the file numbers it; 0: of what is not in it"`
	Column string `json:"column,omitempty" doc:"key of the column"`
	Letter string `json:"letter,omitempty" doc:"of the column in the file"`
	Reason string `json:"reason" doc:"code; words: roster.fault.<reason>"`
	Value  string `json:"value,omitempty" doc:"as the cell has it"`
	Want   string `json:"want,omitempty" doc:"what would be right: a name, a code, the number of another row"`
	Words  string `json:"words" doc:"the same as a sentence"`
}

// SheetChange is one change of an import.
type SheetChange struct {
	Kind  string     `json:"kind" enum:"place_new,place_renamed,unit_new,unit_changed,post_new,person_new,person_changed,holder_start,holder_end,deputy_start,deputy_end"`
	Post  cases.Post `json:"post,omitempty"`
	Role  *Label     `json:"role,omitempty"`
	Code  string     `json:"code,omitempty" doc:"of the place or unit"`
	Place string     `json:"place,omitempty" doc:"what it is called"`
	Name  string     `json:"name,omitempty" doc:"of the person"`
	Was   string     `json:"was,omitempty" doc:"what it was called"`
	Phone string     `json:"phone,omitempty" doc:"where it is new"`
	Login string     `json:"login,omitempty" doc:"where it is new"`
}

// SheetGone are those that the sheet does not name.
type SheetGone struct {
	Places []Place      `json:"places"`
	Units  []Unit       `json:"units"`
	Posts  []cases.Post `json:"posts"`
	People []string     `json:"people" doc:"names of those who will hold nothing"`
}

// OrganisationImport is what a sheet changes, or has changed.
type OrganisationImport struct {
	Rows    int           `json:"rows" doc:"lines that were read"`
	Applied bool          `json:"applied"`
	Digest  string        `json:"digest" doc:"names the changes: sent as confirm, exactly these are carried out"`
	Changes []SheetChange `json:"changes"`
	Gone    SheetGone     `json:"gone"`
	Faults  []SheetFault  `json:"faults"`
}

func (s *server) organisationRoutes() {
	register(s, operation{
		id: "list-appointments", method: http.MethodGet, path: "/api/v1/appointments", tag: "posts", summary: "Posts with who is in them 岗位任职情况",
		about: "Of the caller's area, and the caller's own.", codes: []cases.Code{records.CodeCursor},
	}, s.appointments)
	register(s, operation{
		id: "list-owed", method: http.MethodGet, path: "/api/v1/owed", tag: "posts", summary: "What posts owe now 岗位待办情况",
		about: "Counts what the caller may see.", roles: watching,
	}, s.owed)
	register(s, operation{
		id: "list-candidates", method: http.MethodGet, path: "/api/v1/candidates", tag: "posts", summary: "Who can be put into a post 可任职人员",
		about: "Of the caller's area, and those in no post.", roles: appointing, codes: []cases.Code{records.CodeCursor},
	}, s.candidates)
	register(s, operation{
		id: "hand-over", method: http.MethodPost, path: "/api/v1/handovers", tag: "posts", summary: "Somebody leaves their posts 离任交接",
		about: "All of it or nothing. Obligations belong to posts: with the holder everything that is due goes over, and the ladders tell the successor. " +
			"Asked again it is done once.",
		roles: appointing, codes: []cases.Code{cases.CodeNotFound, records.CodeSeparation},
	}, s.handOver)
	register(s, operation{
		id: "get-organisation-sheet", method: http.MethodGet, path: "/api/v1/organisation/sheet", tag: "posts", summary: "The organisation as a sheet 导出组织表",
		about: "With names and telephone numbers. It can be changed and brought back.", roles: keeping,
		answers: map[string]*huma.Response{"200": {Description: "The sheet, as an attachment", Content: map[string]*huma.MediaType{typeXLSX: {}, typeCSV: {}}}},
	}, s.sheet)
	register(s, operation{
		id: "import-organisation", method: http.MethodPost, path: "/api/v1/organisation/import", tag: "posts", summary: "Bring a sheet of the organisation 导入组织表",
		about: "Without confirm nothing changes: the answer says what would, and what is wrong, by row and column. With the digest of that answer as confirm, " +
			"exactly those changes are carried out, in one transaction; 409: others have changed something meanwhile. xlsx, or CSV in UTF-8 or GB 18030; at most 5 MiB.",
		roles: keeping, codes: []cases.Code{cases.CodeConflict, records.CodeSeparation, records.CodeFileType, records.CodeFileTooLarge, records.CodeThrottled},
		body: formBody([]string{"file"}, map[string]*huma.Schema{
			"file": fileField("xlsx, CSV"), "whole": textField("true: who is not in the sheet leaves their posts", 5), "confirm": textField("the digest of what is confirmed", 64),
		}),
	}, s.importOrganisation)
}

func leaveOf(l records.Leave) *Leave {
	if l.ID == "" {
		return nil
	}
	out := Leave(l)
	return &out
}

func (s *server) appointments(ctx context.Context, in *appointmentsInput) (*answer[list[Appointment]], error) {
	f := records.PostFilter{Town: in.Town, State: string(in.State)}
	rows, next, err := s.Organisation.Appointments(ctx, accessOf(ctx), f, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Appointment, len(rows))
	for i, r := range rows {
		out[i] = Appointment{Post: postOf(r.Post), People: make([]Incumbent, len(r.People)), Vacant: r.Vacant, Since: moment(r.Since), Reached: whole(r.Reached)}
		for k, p := range r.People {
			out[i].People[k] = Incumbent{
				Person: p.Person, Name: p.Name, Deputy: p.Deputy, From: p.From, Until: moment(p.Until), Active: p.Active, Away: p.Away, Leave: leaveOf(p.Leave),
			}
		}
	}
	return listOf(out, next), nil
}

func (s *server) owed(ctx context.Context, in *owedInput) (*answer[list[Owed]], error) {
	var posts []cases.Post
	for _, p := range in.Posts {
		if !cases.Post(p).Valid() {
			return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "post", Reason: "format", Want: "post"})
		}
		if !slices.Contains(posts, cases.Post(p)) {
			posts = append(posts, cases.Post(p))
		}
	}
	rows, err := s.Organisation.Owed(ctx, accessOf(ctx), posts)
	if err != nil {
		return nil, err
	}
	out := make([]Owed, len(rows))
	for i, r := range rows {
		out[i] = Owed{Post: r.Post, Cases: r.Cases, Open: r.Open, Overdue: r.Overdue, Next: moment(r.Next), Provisional: r.Provisional}
	}
	return listOf(out, ""), nil
}

func (s *server) candidates(ctx context.Context, in *Page) (*answer[list[Candidate]], error) {
	rows, next, err := s.Organisation.Candidates(ctx, accessOf(ctx), records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, len(rows))
	for i, r := range rows {
		out[i] = Candidate{Person: r.Person, Name: r.Name, Posts: whole(r.Posts)}
	}
	return listOf(out, next), nil
}

func (s *server) handOver(ctx context.Context, in *handoverInput) (*answer[list[HandedPost]], error) {
	a, b := accessOf(ctx), in.Body
	h := records.Handover{Person: b.Person, At: b.At, Reason: string(b.Reason), Deactivate: b.Deactivate}
	for i, p := range b.Posts {
		if !p.Post.Valid() || slices.ContainsFunc(b.Posts[:i], func(q HandoverPost) bool { return q.Post == p.Post }) {
			return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "posts[" + strconv.Itoa(i) + "].post", Reason: "format", Want: "post"})
		}
		h.Posts = append(h.Posts, records.HandoverPost(p))
	}
	if b.Deactivate {
		if !a.Has(keeping...) {
			return nil, cases.Refuse(records.CodeForbidden)
		}
		if err := another(ctx, b.Person); err != nil {
			return nil, err
		}
		if b.At.After(s.Now()) {
			return nil, cases.Refuse(cases.CodeField, cases.FieldError{Field: "deactivate", Reason: "range"})
		}
	}
	rows, err := s.Organisation.HandOver(ctx, a, h, b.Preview)
	if err != nil {
		return nil, err
	}
	words := spoken(ctx)
	out := make([]HandedPost, len(rows))
	for i, r := range rows {
		out[i] = HandedPost{Post: r.Post, Deputy: r.Deputy, Successor: r.Successor, Name: r.Name, Vacant: r.Vacant, Told: whole(r.Told)}
		if r.Refused != "" {
			out[i].Refused = words.say("roster.refused."+string(r.Refused), "error."+string(r.Refused))
		}
	}
	return listOf(out, ""), nil
}

const (
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeCSV  = "text/csv"
)

// spoken gives the language of a request.
func spoken(ctx context.Context) *tongue {
	r, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return chinese
	}
	return tongueOf(r.Header.Get("Accept-Language"))
}

// inWords gives the words of sheets, the caller's language first.
func inWords(ctx context.Context) roster.Words {
	tongues := []*tongue{chinese, english}
	if spoken(ctx) == english {
		tongues = []*tongue{english, chinese}
	}
	return func(key string) []string {
		out := make([]string, len(tongues))
		for i, t := range tongues {
			out[i] = cmp.Or(t.say("roster."+key, key), key)
		}
		return out
	}
}

func (s *server) sheet(ctx context.Context, in *sheetInput) (*fileAnswer, error) {
	action, name := "export:organisation", "organisation-"+s.Now().In(cases.Zone).Format("20060102")
	if in.Template {
		action, name = "read:organisation", "organisation-template"
	}
	r, err := s.Organisation.Roster(ctx, accessOf(ctx), action)
	if err != nil {
		return nil, err
	}
	if in.Template {
		r.Posts, r.People, r.Holdings = nil, nil, nil
	}
	var b bytes.Buffer
	media := typeXLSX
	if in.Form == "csv" {
		media = typeCSV + "; charset=utf-8"
		err = roster.WriteCSV(&b, r, inWords(ctx))
	} else {
		err = roster.WriteXLSX(&b, r, inWords(ctx))
	}
	if err != nil {
		return nil, err
	}
	return &fileAnswer{
		ContentType: media, Length: b.Len(), Body: b.Bytes(),
		Disposition: `attachment; filename="` + name + "." + cmp.Or(string(in.Form), "xlsx") + `"`,
		Policy:      "sandbox; default-src 'none'; frame-ancestors 'none'",
	}, nil
}

func (s *server) importOrganisation(ctx context.Context, in *sheetUpload) (*answer[OrganisationImport], error) {
	a := accessOf(ctx)
	release, err := s.uploads.take(a.Person)
	if err != nil {
		return nil, err
	}
	defer release()
	form, err := in.read("file", mostSheet, "whole", "confirm")
	if err != nil {
		return nil, err
	}
	words := inWords(ctx)
	table, faults, err := roster.Read(form.file, words)
	if errors.Is(err, roster.ErrFormat) {
		return nil, cases.Refuse(records.CodeFileType)
	}
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return &answer[OrganisationImport]{Body: s.imported(ctx, roster.Comparison{Faults: faults}, "")}, nil
	}
	options := roster.Options{Whole: form.fields["whole"] == "true", City: s.City, Asker: a.Person}
	var c roster.Comparison
	var digest string
	plan := func(now records.Roster) (records.RosterPlan, error) {
		c = roster.Compare(table, now, words, options)
		var err error
		if digest, err = roster.Digest(c.RosterPlan); err != nil {
			return records.RosterPlan{}, err
		}
		if !c.Empty() && (len(c.Faults) > 0 || digest != form.fields["confirm"]) {
			return records.RosterPlan{}, cases.Refuse(cases.CodeConflict)
		}
		return c.RosterPlan, nil
	}
	if form.fields["confirm"] == "" {
		now, err := s.Organisation.Roster(ctx, a, "read:organisation")
		if err != nil {
			return nil, err
		}
		_, _ = plan(now) // it is shown, and refused by nobody
		return &answer[OrganisationImport]{Body: s.imported(ctx, c, digest)}, nil
	}
	if _, err := s.Organisation.ApplyRoster(ctx, a, plan); err != nil {
		return nil, err
	}
	out := s.imported(ctx, c, digest)
	out.Applied = true
	return &answer[OrganisationImport]{Body: out}, nil
}

// imported puts a comparison into the words of the contract.
func (s *server) imported(ctx context.Context, c roster.Comparison, digest string) OrganisationImport {
	out := OrganisationImport{
		Rows: c.Rows, Digest: digest, Changes: sheetChanges(c), Faults: make([]SheetFault, len(c.Faults)),
		Gone: SheetGone{Places: []Place{}, Units: []Unit{}, Posts: whole(c.Gone.Posts), People: []string{}},
	}
	t := spoken(ctx)
	for i, f := range c.Faults {
		out.Faults[i] = SheetFault{Sheet: f.Sheet, Row: f.Row, Column: f.Column, Letter: f.Letter, Reason: f.Reason, Value: f.Value, Want: f.Want}
		want := f.Want
		if post := cases.Post(want); post.Valid() {
			want = t.say("role." + string(post.Role()))
		}
		out.Faults[i].Words = t.fill(t.say("roster.fault."+f.Reason+"."+f.Want, "roster.fault."+f.Reason, "reason.format"), map[string]string{"want": want})
	}
	for _, p := range c.Gone.Places {
		out.Gone.Places = append(out.Gone.Places, Place(p))
	}
	for _, u := range c.Gone.Units {
		out.Gone.Units = append(out.Gone.Units, Unit{Name: u.Name, Title: u.Title, Department: u.Department})
	}
	for _, p := range c.Gone.People {
		out.Gone.People = append(out.Gone.People, p.Name)
	}
	return out
}

func sheetChanges(c roster.Comparison) []SheetChange {
	out := []SheetChange{}
	for _, p := range c.NewPlaces {
		out = append(out, SheetChange{Kind: "place_new", Code: string(p.Code), Place: p.Name})
	}
	for _, p := range c.RenamedPlaces {
		out = append(out, SheetChange{Kind: "place_renamed", Code: string(p.Code), Place: p.Name, Was: c.Before[string(p.Code)]})
	}
	for _, u := range c.NewUnits {
		out = append(out, SheetChange{Kind: "unit_new", Code: u.Name, Place: u.Title})
	}
	for _, u := range c.ChangedUnits {
		out = append(out, SheetChange{Kind: "unit_changed", Code: u.Name, Place: u.Title, Was: c.Before[u.Name]})
	}
	of := func(kind string, p cases.Post, name string) SheetChange {
		role := postOf(p).Name
		return SheetChange{Kind: kind, Post: p, Role: &role, Place: c.Names[roster.Where(p)], Name: name}
	}
	for _, p := range c.NewPosts {
		out = append(out, of("post_new", p, ""))
	}
	for _, p := range c.NewPeople {
		out = append(out, SheetChange{Kind: "person_new", Name: p.Name, Phone: p.Phone, Login: p.Login})
	}
	for _, p := range c.ChangedPeople {
		change, was := SheetChange{Kind: "person_changed", Name: p.Name}, c.Was[p.ID]
		if was.Name != p.Name {
			change.Was = was.Name
		}
		if was.Phone != p.Phone {
			change.Phone = p.Phone
		}
		if was.Login != p.Login {
			change.Login = p.Login
		}
		out = append(out, change)
	}
	kinds := map[bool]string{false: "holder", true: "deputy"}
	for _, h := range c.End {
		out = append(out, of(kinds[h.Deputy]+"_end", h.Post, h.Name))
	}
	for _, h := range c.Start {
		out = append(out, of(kinds[h.Deputy]+"_start", h.Post, h.Name))
	}
	return out
}
