package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/identifier"
)

// Fault is what is wrong with a cell, and what would be right.
type Fault struct {
	Sheet  string // key
	Row    int
	Column string // key; "" for the whole row
	Letter string // of the column in the file; "" if it is not there
	// Reason is a code: header, too_many, required, place_code, place_county,
	// place_unknown, place_name, unit_name, role, role_place, number, kind, phone,
	// email, login, login_number, person_unknown, person_inactive, person_differs, login_taken,
	// twice, both, separation, own, yes_no.
	Reason string
	Value  string // as the cell has it
	Want   string // what would be right, as data: a name, a code, a number of a row
}

// Gone are those that a sheet does not name. Places, units and posts stay: cases may
// name them.
type Gone struct {
	Places []records.Place
	Units  []records.Unit
	Posts  []cases.Post
	// People will hold nothing.
	People []records.Person
}

// Comparison is what a sheet says against what there is.
type Comparison struct {
	records.RosterPlan
	Gone   Gone
	Faults []Fault
	// Rows are the lines of the posts' sheet that were read.
	Rows int
	// Names are what places and units are called then, Before what they were called,
	// by their codes; Was is who the changed persons were, by their ids.
	Names, Before map[string]string
	Was           map[string]records.Person
}

// Options say how a sheet is meant.
type Options struct {
	// Whole: who is not in the sheet leaves their posts. Otherwise the sheet speaks
	// of the posts alone that are in it.
	Whole bool
	City  cases.Org
	// Asker does not change their own posts.
	Asker string
}

// Digest names a plan: what was confirmed is what is carried out.
func Digest(p records.RosterPlan) (string, error) {
	src, err := json.Marshal(p)
	sum := sha256.Sum256(src)
	return hex.EncodeToString(sum[:]), err
}

// Compare says what a table changes. With faults, the plan is what the sound rows
// would do.
func Compare(t Table, now records.Roster, words Words, o Options) Comparison {
	c := comparing{
		t: t, now: now, words: words, o: o,
		names: nameOf(now), posts: map[cases.Post]bool{}, people: map[string]records.Person{}, known: map[string]string{},
		byLogin: map[string]string{}, byContact: map[string]string{}, byKey: map[string]int{}, said: map[slot][]string{}, rows: map[slot]map[string]int{},
	}
	c.out.Was = map[string]records.Person{}
	for _, p := range now.Posts {
		c.posts[p] = true
	}
	for _, p := range now.People {
		c.people[p.ID] = p
		if p.Login != "" {
			c.byLogin[p.Login] = p.ID
		}
		if p.Phone != "" {
			c.byContact[p.Name+"\x00"+identifier.NormalisePhone(p.Phone)] = p.ID
		}
	}
	c.places()
	c.units()
	for _, row := range t.Rows[Posts] {
		c.post(row)
	}
	c.out.Rows, c.out.Names, c.out.Before = len(t.Rows[Posts]), c.names, nameOf(now)
	c.holdings()
	c.separate()
	c.gone()
	slices.SortStableFunc(c.out.Faults, func(a, b Fault) int { return a.Row - b.Row })
	return c.out
}

// slot is one side of a post: its holders, or its deputies.
type slot struct {
	post   cases.Post
	deputy bool
}

type comparing struct {
	t     Table
	now   records.Roster
	words Words
	o     Options
	out   Comparison

	names     map[string]string // of places and units, with those that the sheet brings
	posts     map[cases.Post]bool
	people    map[string]records.Person // by id, and by the sheet's keys
	byLogin   map[string]string
	byContact map[string]string // name and telephone
	known     map[string]string // what the rows before have called a person, by key
	byKey     map[string]int    // the row that first named a person
	said      map[slot][]string
	rows      map[slot]map[string]int // line by person
	entries   []entry
}

// entry is a row that puts somebody somewhere.
type entry struct {
	at  slot
	who string
	row Row
}

func (c *comparing) fault(row Row, col, reason, want string) {
	c.out.Faults = append(c.out.Faults, Fault{
		Sheet: row.Sheet, Row: row.Line, Column: col, Letter: c.t.Letters[row.Sheet][col], Reason: reason, Value: row.Cells[col], Want: want,
	})
}

// mostName bounds names in characters.
const mostName = 64

func (c *comparing) places() {
	seen := map[string]int{}
	for _, row := range c.t.Rows[Places] {
		code, name := row.Cells["place"], row.Cells["place_name"]
		switch {
		case !c.code(row, code):
		case name == "" || len([]rune(name)) > mostName:
			c.fault(row, "place_name", "required", "")
		case seen[code] > 0:
			c.fault(row, "place", "twice", strconv.Itoa(seen[code]))
		default:
			seen[code] = row.Line
			c.place(code, name)
		}
	}
}

// place takes a place that is new or is called otherwise now.
func (c *comparing) place(code, name string) {
	was, ok := c.names[code]
	switch {
	case !ok:
		c.out.NewPlaces = append(c.out.NewPlaces, records.Place{Code: cases.Org(code), Name: name})
	case was != name:
		c.out.RenamedPlaces = append(c.out.RenamedPlaces, records.Place{Code: cases.Org(code), Name: name})
	}
	c.names[code] = name
}

// code checks the code of a place.
func (c *comparing) code(row Row, code string) bool {
	switch {
	case code == "":
		c.fault(row, "place", "required", "")
	case !cases.Org(code).Valid():
		c.fault(row, "place", "place_code", string(c.o.City))
	case cases.Org(code).City() != c.o.City:
		c.fault(row, "place", "place_county", string(c.o.City)[:6])
	default:
		return true
	}
	return false
}

var unitName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (c *comparing) units() {
	was := map[string]records.Unit{}
	for _, u := range c.now.Units {
		was[u.Name] = u
	}
	for _, row := range c.t.Rows[Units] {
		u := records.Unit{Name: row.Cells["unit"], Title: row.Cells["title"], Duty: row.Cells["duty"]}
		switch {
		case !unitName.MatchString(u.Name):
			c.fault(row, "unit", "unit_name", "education")
			continue
		case u.Title == "" || len([]rune(u.Title)) > mostName:
			c.fault(row, "title", "required", "")
			continue
		case row.Cells["department"] == "" || is(c.words, "no", row.Cells["department"]):
		case is(c.words, "yes", row.Cells["department"]):
			u.Department = true
		default:
			c.fault(row, "department", "yes_no", c.words("yes")[0]+" / "+c.words("no")[0])
			continue
		}
		old, ok := was[u.Name]
		if ok && c.t.Letters[Units]["duty"] == "" {
			u.Duty = old.Duty
		}
		if ok && c.t.Letters[Units]["department"] == "" {
			u.Department = old.Department
		}
		switch {
		case !ok:
			c.out.NewUnits = append(c.out.NewUnits, u)
		case old != u:
			c.out.ChangedUnits = append(c.out.ChangedUnits, u)
		}
		c.names[u.Name] = u.Title
		was[u.Name] = u
	}
}

// levels say at what kind of place a role is.
func level(r cases.Role) string {
	switch r {
	case cases.RoleDirector:
		return "village"
	case cases.RoleSupervisor, cases.RoleTownLeader:
		return "town"
	case cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau, cases.RoleBody, cases.RoleSystemAdmin, cases.RoleSecAdmin, cases.RoleAuditAdmin:
		return "city"
	}
	return "unit"
}

func (c *comparing) post(row Row) {
	post, ok := c.postOf(row)
	if !ok {
		return
	}
	deputy := false
	switch kind := row.Cells["kind"]; {
	case kind == "" || is(c.words, "kind.holder", kind):
	case is(c.words, "kind.deputy", kind):
		deputy = true
	default:
		c.fault(row, "kind", "kind", c.words("kind.holder")[0]+" / "+c.words("kind.deputy")[0])
		return
	}
	at := slot{post, deputy}
	if c.rows[at] == nil {
		c.rows[at] = map[string]int{}
		c.said[at] = []string{}
	}
	if !c.posts[post] {
		c.posts[post] = true
		c.out.NewPosts = append(c.out.NewPosts, post)
	}
	if row.Cells["name"]+row.Cells["phone"]+row.Cells["login"]+row.Cells["id"] == "" {
		return // a post that nobody is in
	}
	who, ok := c.person(row, at)
	if !ok {
		// Who is in the post now stays until the row says who is to be.
		return
	}
	switch other := (slot{post, !deputy}); {
	case c.rows[at][who] > 0:
		c.fault(row, "name", "twice", strconv.Itoa(c.rows[at][who]))
	case c.rows[other][who] > 0:
		c.fault(row, "name", "both", strconv.Itoa(c.rows[other][who]))
	default:
		c.rows[at][who] = row.Line
		c.said[at] = append(c.said[at], who)
		c.entries = append(c.entries, entry{at, who, row})
	}
}

// postOf reads which post a row is about.
func (c *comparing) postOf(row Row) (cases.Post, bool) {
	at := row.Cells["place"]
	role := cases.Role("")
	for _, r := range cases.Roles {
		if row.Cells["role"] == string(r) || is(c.words, "role."+string(r), row.Cells["role"]) {
			role = r
		}
	}
	if role == "" {
		c.fault(row, "role", "role", strings.Join(roleWords(c.words), " / "))
		return "", false
	}
	var post cases.Post
	if level(role) == "unit" {
		if !unitName.MatchString(at) {
			c.fault(row, "place", "unit_name", "education")
			return "", false
		}
		post = cases.UnitPost(at, role)
	} else {
		if !c.code(row, at) {
			return "", false
		}
		post = cases.NewPost(cases.Org(at), role)
		if !strings.HasPrefix(string(post), level(role)+":") {
			c.fault(row, "place", "role_place", level(role))
			return "", false
		}
	}
	if n := row.Cells["number"]; n != "" {
		if k, err := strconv.Atoi(n); err != nil || k < 1 || k > 999 {
			c.fault(row, "number", "number", "1")
			return "", false
		}
		post += cases.Post("#" + n)
	}
	return post, c.named(row, at)
}

// named checks that a code is the one that was meant: the name beside it says so.
func (c *comparing) named(row Row, at string) bool {
	name, known := row.Cells["place_name"], c.names[at]
	switch {
	case known == "" && (name == "" || len([]rune(name)) > mostName):
		c.fault(row, "place_name", "place_unknown", "")
		return false
	case known == "" && cases.Org(at).Valid():
		c.place(at, name)
	case known == "":
		c.out.NewUnits = append(c.out.NewUnits, records.Unit{Name: at, Title: name})
		c.names[at] = name
	case name != "" && name != known && !strings.HasSuffix(strings.ReplaceAll(name, " ", ""), known):
		c.fault(row, "place_name", "place_name", known)
		return false
	}
	return true
}

var login = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,63}$`)

// person finds or makes the person of a row. Who is there already is known by the
// number, the login, name and telephone, or by being in the post under that name.
func (c *comparing) person(row Row, at slot) (string, bool) {
	p := records.Person{
		Name: row.Cells["name"], Phone: identifier.NormalisePhone(row.Cells["phone"]), Email: row.Cells["email"], Login: identifier.Login(row.Cells["login"]),
	}
	if !c.sound(row, p) {
		return "", false
	}
	id, ok := c.identified(row, p, at)
	if !ok {
		return "", false
	}
	if id == "" {
		return c.newcomer(row, p)
	}
	old := c.people[id]
	if !old.Active {
		c.fault(row, "name", "person_inactive", old.Name)
		return "", false
	}
	return id, c.same(row, id, old, p)
}

// sound checks what a row says of a person.
func (c *comparing) sound(row Row, p records.Person) bool {
	switch {
	case p.Name == "" || len([]rune(p.Name)) > mostName:
		c.fault(row, "name", "required", "")
	case p.Login != "" && !login.MatchString(p.Login):
		c.fault(row, "login", "login", "zhangsan")
	case c.byLogin[p.Login] == "" && identifier.IsNumber(p.Login): // whoever has such a login keeps it
		c.fault(row, "login", "login_number", "zhangsan")
	case !address(p.Email):
		c.fault(row, "email", "email", "name@example.cn")
	default:
		if _, err := identifier.ParsePhone(p.Phone); p.Phone == "" || err == nil {
			return true
		}
		c.fault(row, "phone", "phone", "13900000000")
	}
	return false
}

func address(email string) bool {
	if email == "" {
		return true
	}
	a, err := mail.ParseAddress(email)
	return err == nil && a.Address == email && len(email) <= 200
}

// identified gives the id of a person who is there; "" for a new one.
func (c *comparing) identified(row Row, p records.Person, at slot) (string, bool) {
	if id := strings.ToLower(row.Cells["id"]); id != "" {
		if _, ok := c.people[id]; !ok {
			c.fault(row, "id", "person_unknown", "")
			return "", false
		}
		return id, true
	}
	if id := c.byLogin[p.Login]; p.Login != "" && id != "" {
		if c.people[id].Name != p.Name {
			c.fault(row, "login", "login_taken", c.people[id].Name)
			return "", false
		}
		return id, true
	}
	if id := c.byContact[p.Name+"\x00"+p.Phone]; id != "" {
		return id, true
	}
	if p.Phone == "" {
		for _, h := range c.now.Holdings {
			if h.Post == at.post && c.people[h.Person].Name == p.Name {
				return h.Person, true
			}
		}
		c.fault(row, "phone", "required", "13900000000")
		return "", false
	}
	return "", true
}

func (c *comparing) newcomer(row Row, p records.Person) (string, bool) {
	p.ID, p.Active = fmt.Sprintf("row:%d", row.Line), true
	c.people[p.ID] = p
	c.byKey[p.ID], c.known[p.ID] = row.Line, said(p)
	c.byContact[p.Name+"\x00"+p.Phone] = p.ID
	if p.Login != "" {
		c.byLogin[p.Login] = p.ID
	}
	c.out.NewPeople = append(c.out.NewPeople, p)
	return p.ID, true
}

func said(p records.Person) string {
	return strings.Join([]string{p.Name, p.Phone, p.Email, p.Login}, "\x00")
}

// same takes what a row says of somebody who is there. An empty cell says nothing;
// two rows do not say different things of one person.
func (c *comparing) same(row Row, id string, old, p records.Person) bool {
	is := old
	for _, f := range []struct {
		to  *string
		say string
	}{{&is.Name, p.Name}, {&is.Phone, p.Phone}, {&is.Email, p.Email}, {&is.Login, p.Login}} {
		if f.say != "" {
			*f.to = f.say
		}
	}
	if before := c.known[id]; before != "" {
		if before != said(is) {
			c.fault(row, "name", "person_differs", strconv.Itoa(c.byKey[id]))
			return false
		}
		return true
	}
	if is.Login != old.Login {
		if other := c.byLogin[is.Login]; other != "" && other != id {
			c.fault(row, "login", "login_taken", c.people[other].Name)
			return false
		}
		c.byLogin[is.Login] = id
	}
	c.known[id], c.byKey[id] = said(is), row.Line
	if said(is) != said(old) {
		c.people[id], c.out.Was[id] = is, old
		c.out.ChangedPeople = append(c.out.ChangedPeople, is)
	}
	return true
}

// holdings compares who is in the posts with who is to be.
func (c *comparing) holdings() {
	in := map[slot][]string{}
	for _, h := range c.now.Holdings {
		at := slot{h.Post, h.Deputy}
		in[at] = append(in[at], h.Person)
		people, told := c.said[at]
		stays := slices.Contains(people, h.Person)
		if stays || !told && !c.o.Whole {
			continue
		}
		if h.Person == c.o.Asker {
			if told {
				c.out.Faults = append(c.out.Faults, Fault{Sheet: Posts, Reason: "own", Value: c.people[h.Person].Name, Want: string(h.Post)})
			}
			continue
		}
		c.out.End = append(c.out.End, records.Holding{Post: h.Post, Person: h.Person, Name: c.people[h.Person].Name, Deputy: h.Deputy})
	}
	for _, e := range c.entries {
		if slices.Contains(in[e.at], e.who) {
			continue
		}
		if e.who == c.o.Asker {
			c.fault(e.row, "name", "own", string(e.at.post))
			continue
		}
		c.out.Start = append(c.out.Start, records.Holding{Post: e.at.post, Person: e.who, Name: c.people[e.who].Name, Deputy: e.at.deputy})
	}
}

// separate refuses posts that must not be one person's (三权分立).
func (c *comparing) separate() {
	holds := map[string][]cases.Post{}
	for _, h := range c.now.Holdings {
		ends := slices.ContainsFunc(c.out.End, func(e records.Holding) bool { return e.Post == h.Post && e.Person == h.Person && e.Deputy == h.Deputy })
		if !ends {
			holds[h.Person] = append(holds[h.Person], h.Post)
		}
	}
	for _, h := range c.out.Start {
		for _, other := range holds[h.Person] {
			if !cases.Separate(h.Post, other) {
				i := slices.IndexFunc(c.entries, func(e entry) bool { return e.at == slot{h.Post, h.Deputy} && e.who == h.Person })
				c.fault(c.entries[i].row, "role", "separation", string(other))
				break
			}
		}
		holds[h.Person] = append(holds[h.Person], h.Post)
	}
}

// gone notes what the sheet does not name, and who will hold nothing.
func (c *comparing) gone() {
	named := map[string]bool{}
	for _, row := range slices.Concat(c.t.Rows[Places], c.t.Rows[Posts]) {
		named[row.Cells["place"]] = true
	}
	for _, row := range c.t.Rows[Units] {
		named[row.Cells["unit"]] = true
	}
	for _, p := range c.now.Places {
		if !named[string(p.Code)] {
			c.out.Gone.Places = append(c.out.Gone.Places, p)
		}
	}
	for _, u := range c.now.Units {
		if !named[u.Name] {
			c.out.Gone.Units = append(c.out.Gone.Units, u)
		}
	}
	for _, p := range c.now.Posts {
		_, holder := c.said[slot{p, false}]
		_, deputy := c.said[slot{p, true}]
		if !holder && !deputy {
			c.out.Gone.Posts = append(c.out.Gone.Posts, p)
		}
	}
	left := map[string]int{}
	for _, h := range c.now.Holdings {
		left[h.Person]++
	}
	for _, h := range c.out.Start {
		left[h.Person]++
	}
	for _, h := range c.out.End {
		if left[h.Person]--; left[h.Person] == 0 {
			c.out.Gone.People = append(c.out.Gone.People, c.people[h.Person])
		}
	}
}
