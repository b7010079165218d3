package cases

import (
	"slices"
	"time"
)

// Grant lends compartments of one case for a time to a post, or to one person in
// it, who does not read them by role (DOMAIN 7: named case, time-boxed). It is to
// read and to write notes: who is to act in the case is given a task.
type Grant struct {
	ID   string `json:"id"` // the command that gave it
	Post Post   `json:"post"`
	// Person is the only one in the post who may read; "" for whoever holds it.
	Person       string        `json:"person,omitempty"`
	Compartments []Compartment `json:"compartments"`
	From         time.Time     `json:"from"`
	Until        time.Time     `json:"until"`
	By           Actor         `json:"by"`
}

// gives tells whether the grant is somebody's at a time.
func (g Grant) gives(a Actor, at time.Time) bool {
	return g.Post == a.Post && (g.Person == "" || g.Person == a.Person) && !at.Before(g.From) && at.Before(g.Until)
}

// Granted gives the compartments that are lent at a time to a person in a post.
func (s State) Granted(a Actor, at time.Time) []Compartment {
	var out []Compartment
	if !s.Sees(a.Post) {
		return nil
	}
	for _, g := range s.Grants {
		if !g.gives(a, at) {
			continue
		}
		for _, c := range g.Compartments {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// borrower is a role and what it can be lent.
type borrower struct {
	role  Role
	parts []Compartment
}

// borrowers are the roles that compartments can be lent to, and which. A third
// party never learns who reported; a village director, a reporter and the
// administrators are lent nothing.
var borrowers = []borrower{
	{RoleSocialWorker, []Compartment{Ordinary, Narrative, Medical, Address}},
	{RoleLiaison, []Compartment{Ordinary, Narrative, Medical}}, // 法援、卫健
	{RoleShelter, []Compartment{Ordinary, Narrative, Medical, Address}},
	{RoleSupervisor, []Compartment{Ordinary, Narrative, Medical, Address}},
	{RolePolice, []Compartment{Ordinary, Reporter, Narrative, Medical, Address}},
	{RoleProcurator, []Compartment{Ordinary, Reporter, Narrative, Medical, Address}},
	{RoleManager, []Compartment{Ordinary, Reporter, Narrative, Medical, Address}},
}

func borrowing() []Role {
	var out []Role
	for _, b := range borrowers {
		out = append(out, b.role)
	}
	return out
}

// grantSteps lend compartments of a case, and take them back.
func grantSteps(k Kind, open []Stage) []Step {
	return []Step{
		{
			Name: "grant_access", Kind: k, Track: Control, From: open, // 授权查阅
			Roles: []Role{RoleManager, RoleHead, RoleBureau},
			Form: []Field{
				postField("post"), {Name: "person", Type: TypeID}, multi("compartments", strs(Compartments)...), moment("until"),
				enum("purpose", "counselling", "legal_aid", "social_work", "medical_care", "placement", "investigation", "other"), words("reason"),
			},
			Second: SecondIfSecret, Approvers: []Role{RoleHead, RoleBureau},
			Within: map[string]RuleID{"until": "grant_expiry"},
			Guard:  guards(guardPost("post", borrowing()...), guardGrant),
			Effect: func(c *change, cmd Command) {
				c.s.Grants = append(c.s.Grants, Grant{
					ID: cmd.ID, Post: Post(cmd.Fields["post"]), Person: cmd.Fields["person"], Compartments: compartmentsIn(cmd.Fields),
					From: c.now, Until: cmd.Fields.Time("until"), By: cmd.By,
				})
				c.oweAt("grant_expiry:"+cmd.ID, "grant_expiry", c.now, cmd.Fields.Time("until"))
				c.ev[c.stepEvent()].Posts = []Post{Post(cmd.Fields["post"])}
			},
		},
		{
			Name: "revoke_access", Kind: k, Track: Control, From: open, // 收回授权
			Roles: []Role{RoleManager, RoleHead, RoleBureau},
			Form:  []Field{idField("grant"), words("reason")}, Answers: []string{"grant_expiry"},
			When: func(s State) bool { return len(s.Grants) > 0 },
			Guard: func(s State, cmd Command, _ time.Time) *Error {
				if !slices.ContainsFunc(s.Grants, func(g Grant) bool { return g.ID == cmd.Fields["grant"] }) {
					return Refuse(CodeField, FieldError{Field: "grant", Reason: "not_found"})
				}
				return nil
			},
			Effect: func(c *change, cmd Command) {
				c.endGrants("revoked", func(g Grant) bool { return g.ID == cmd.Fields["grant"] })
			},
		},
	}
}

// guardGrant refuses what nobody may be lent, and to lend to oneself.
func guardGrant(s State, cmd Command, now time.Time) *Error {
	to := Actor{Person: cmd.Fields["person"], Post: Post(cmd.Fields["post"])}
	if to.Post == cmd.By.Post || to.Person != "" && to.Person == cmd.By.Person {
		return Refuse(CodeField, FieldError{Field: "post", Reason: "range", Want: "somebody else"})
	}
	if !cmd.Fields.Time("until").After(now) {
		return Refuse(CodeField, FieldError{Field: "until", Reason: "time", Want: "in the future"})
	}
	i := slices.IndexFunc(borrowers, func(b borrower) bool { return b.role == to.Post.Role() })
	for _, c := range compartmentsIn(cmd.Fields) {
		if !slices.Contains(borrowers[i].parts, c) {
			return Refuse(CodeField, FieldError{Field: "compartments", Reason: "range", Want: string(c)})
		}
	}
	return nil
}

// endGrants takes back the grants that ending is true of.
func (c *change) endGrants(reason string, ending func(Grant) bool) {
	for _, g := range slices.Clone(c.s.Grants) {
		if ending(g) {
			c.s.Grants = slices.DeleteFunc(c.s.Grants, func(h Grant) bool { return h.ID == g.ID })
			c.release("grant_expiry:"+g.ID, reason)
		}
	}
}

// expire ends the grants whose time is over, before anybody is told that it is.
func (c *change) expire() {
	c.endGrants("expired", func(g Grant) bool { return !c.now.Before(g.Until) })
}
