package cases

import (
	"slices"
	"time"
)

// Glass is an emergency reading (紧急调阅) of a sealed compartment that nobody has
// reviewed yet. What was read and why is kept outside under its id.
type Glass struct {
	ID string    `json:"id"` // the fact
	By Actor     `json:"by"`
	At time.Time `json:"at"`
}

// GlassReasons lists the reasons that an emergency reading is given by code.
var GlassReasons = []string{"child_in_danger", "reporter_in_danger", "medical_emergency", "police_request", "court_request", "complaint", "other"}

// GlassCompartments lists what is sealed by role and can be opened in an emergency.
var GlassCompartments = []Compartment{Reporter, Narrative, Medical, Address}

// glassAsking may read once a second person has agreed. Those who can BreakGlass may
// read first (DOMAIN 7: 市未保办、民政局负责人).
var glassAsking = []Role{RoleDesk, RoleManager, RoleHead, RoleBureau}

// MayBreakGlass tells whether a post may read a sealed compartment of the case in an
// emergency: at once, or (asking) after a second person has agreed by the step
// break_glass. A post that is recused, or that must not know of the case, never may.
func (s State) MayBreakGlass(p Post) (atOnce, asking bool) {
	if !s.Sees(p) || !s.InScope(p) {
		return false, false
	}
	// Somebody else must be left to look at it afterwards.
	atOnce = p.Role().Can(BreakGlass) && s.Reviewer(p) != p
	return atOnce, slices.Contains(glassAsking, p.Role())
}

// GlassTimes tells when an emergency reading that begins at a time ends, and by when
// it is to be reviewed.
func (r Rules) GlassTimes(c Colour, from time.Time) (until, due time.Time) {
	access, _ := r.Deadline("glass_access", c)
	review, _ := r.Deadline("glass_review", c)
	until, _ = r.Calendar.add(from, access.Span)
	due, _ = r.Calendar.DueAt(from, review.Span, review.Roll)
	return until, due
}

// GlassReviewKey is the key of the review that an emergency reading owes.
func GlassReviewKey(id string) string { return "glass_review:" + id }

// superiors say who supervises a role; the others are supervised by the office's head.
var superiors = map[Role]PostSpec{
	RoleDirector: "town/supervisor", RoleHead: "city/bureau", RoleBureau: "city/body", RoleBody: "unit:procuratorate/procurator",
	RoleProcurator: "",
}

func superior(r Role) PostSpec {
	if sp, ok := superiors[r]; ok {
		return sp
	}
	return "city/head"
}

// Reviewer is who is told at once of an emergency reading by a post, and owes its
// review: the post's supervisor, or the next above that may know of the case; nobody
// reviews their own. Where none is left it is who answers for the case last (8a.1).
func (s State) Reviewer(reader Post) Post {
	for sp := superior(reader.Role()); sp != ""; sp = superior(Post(sp).Role()) {
		if p := sp.Resolve(s.Org, "", ""); p != "" && p != reader && s.Sees(p) {
			return p
		}
	}
	for _, p := range s.lastPosts() {
		if p != reader {
			return p
		}
	}
	return reader
}

// glassOf finds the unreviewed reading that an obligation is the review of.
func (s State) glassOf(key string) (Glass, bool) {
	i := slices.IndexFunc(s.Glasses, func(g Glass) bool { return GlassReviewKey(g.ID) == key })
	if i < 0 {
		return Glass{}, false
	}
	return s.Glasses[i], true
}

// broken takes in that somebody has read a sealed compartment: it is past, and is
// never refused. fields told is who was told when it was committed, and need not be
// told again. A case that was merged hands its own on, with fields glass, person,
// post and start.
func (c *change) broken(f Fact) string {
	g := Glass{ID: f.ID, By: f.By, At: f.Received}
	if first := f.Fields["glass"]; first != "" {
		g = Glass{ID: first, By: Actor{Person: f.Fields["person"], Post: Post(f.Fields["post"])}, At: c.notAhead(f.Fields.Time("start"), f.Received)}
	}
	key := GlassReviewKey(g.ID)
	if c.s.index(key) >= 0 {
		return "known"
	}
	c.s.Glasses = append(c.s.Glasses, g)
	c.oweBy(key, "glass_review", g.At, c.s.Reviewer(g.By.Post))
	if e := &c.ev[len(c.ev)-1]; string(e.Owner) == f.Fields["told"] {
		e.Posts = nil
	}
	return ""
}

// glassSteps open a sealed compartment with a second person's word, and judge one
// that was opened without.
func glassSteps(k Kind, running []Stage) []Step {
	return []Step{
		{
			Name: "break_glass", Kind: k, Track: Control, From: running, // 紧急调阅: 先经第二人同意
			Roles:  glassAsking,
			Form:   []Field{multi("compartments", strs(GlassCompartments)...), enum("grounds", GlassReasons...), words("reason")},
			Second: SecondAlways, Approvers: []Role{RoleHead, RoleBureau},
			Effect: func(c *change, cmd Command) {
				until, _ := c.r.GlassTimes(c.s.Colour, c.now)
				c.event(Event{
					Type: EventGlass, Rung: noRung, Command: cmd.ID, Actor: cmd.By, Due: until,
					Posts: []Post{c.s.Reviewer(cmd.By.Post)}, Urgent: true, Fields: cmd.Fields,
				})
			},
		},
		{
			Name: "review_glass", Kind: k, Track: Control, From: running, // 紧急调阅事后审查
			Roles: []Role{RoleHead, RoleBureau, RoleBody, RoleDesk, RoleProcurator, RolePolice},
			Form:  []Field{idField("glass"), enum("verdict", "justified", "not_justified", "discipline"), words("opinion")},
			When:  func(s State) bool { return len(s.Glasses) > 0 },
			Guard: guardReview, Answers: []string{"glass_review"},
			Effect: func(c *change, cmd Command) {
				id := cmd.Fields["glass"]
				g, _ := c.s.glassOf(GlassReviewKey(id))
				c.s.Glasses = slices.DeleteFunc(c.s.Glasses, func(h Glass) bool { return h.ID == id })
				c.meet(GlassReviewKey(id))
				if cmd.Fields["verdict"] != "justified" {
					c.event(Event{
						Type: EventMisused, Rung: noRung, Fact: id, Actor: g.By, Approver: cmd.By, Reason: cmd.Fields["verdict"],
						Posts: c.warned(g.By.Post), Urgent: true,
					})
				}
			},
		},
	}
}

// guardReview refuses a review by the reader, in whatever post, and by who neither
// owes it nor stands above who does.
func guardReview(s State, cmd Command, _ time.Time) *Error {
	key := GlassReviewKey(cmd.Fields["glass"])
	o, owed := s.Obligation(key)
	g, ok := s.glassOf(key)
	if !owed || !ok {
		return Refuse(CodeNoObligation)
	}
	if cmd.By.Person == g.By.Person || cmd.By.Post == g.By.Post && o.Owner != g.By.Post {
		return Refuse(CodeSecond)
	}
	above := []Role{RoleHead, RoleBureau, RoleBody}
	if i := slices.Index(above, o.Owner.Role()); cmd.By.Post != o.Owner && (i < 0 || !slices.Contains(above[i:], cmd.By.Post.Role())) {
		return Refuse(CodeRole)
	}
	return nil
}

// warned are the posts that learn of an emergency reading without good reason: the
// office's head, or who supervises the head, and the security administrator, who
// learns of it and not of the case.
func (c *change) warned(reader Post) []Post {
	var out []Post
	for _, sp := range []PostSpec{"city/head", "city/security_admin"} {
		p := sp.Resolve(c.s.Org, "", "")
		if p == reader {
			p = c.s.Reviewer(reader)
		}
		if p != reader && c.s.Sees(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// handGlasses hands the reviews that are owed to the case that this one became part of.
func (c *change) handGlasses(into string) {
	for _, g := range c.s.Glasses {
		c.tell(into, FactGlass, Fields{
			"glass": g.ID, "person": g.By.Person, "post": string(g.By.Post), "start": g.At.Format(time.RFC3339Nano),
		})
	}
	c.s.Glasses = nil
}

// young are rows and a ladder that are younger than the rules of some open cases:
// such a case must not lose a review because its rules do not know of it. A policy
// has to have its own.
var young = Rules{
	Deadlines: []Deadline{
		{ID: "glass_access", Class: Local, Span: Span{30, Minute}, Roll: RollNone, Ladder: "#glass", Owner: "city/head", Evidence: "ML"},
		{ID: "glass_review", Class: Local, Span: Span{24, Hour}, Roll: RollNone, Ladder: "#glass", Owner: "city/head", Evidence: "ML"},
		{ID: "grant_expiry", Class: Local, Span: Span{90, Day}, Roll: RollNone, Ladder: "#glass", Owner: "city/manager", Evidence: "ML"},
	},
	Ladders: []Ladder{{
		ID: "#glass", Class: Local, Urgent: true, AcksPerRung: 2,
		Rungs: []Rung{
			{Name: "remind", BeforePercent: 25, Hold: Span{1, Hour}, Posts: []PostSpec{OwnerSpec}},
			{Name: "due", Hold: Span{1, Hour}, Posts: []PostSpec{OwnerSpec}},
			{Name: "level1", After: Span{1, Hour}, Interval: Span{1, Hour}, Hold: Span{1, Hour}, Posts: []PostSpec{"city/head"}},
			{Name: "level2", After: Span{2, Hour}, Interval: Span{1, Hour}, Hold: Span{1, Hour}, Posts: []PostSpec{"city/bureau"}},
			{Name: "level3", After: Span{4, Hour}, Interval: Span{2, Hour}, Hold: Span{2, Hour}, Posts: []PostSpec{"city/body"}, Repeat: Span{4, Hour}},
		},
	}},
}
