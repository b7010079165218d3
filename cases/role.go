package cases

import (
	"slices"
	"time"
)

// Scope is which cases a role's posts reach by themselves. Whatever its scope, a
// post also reaches a case in which it has something to do (State.Duties), unless
// its scope is none.
type Scope string

// The scopes.
const (
	ScopeNone     Scope = "none"     // no case at all
	ScopeVillage  Scope = "village"  // those of its village, without the 性侵 compartment
	ScopeTown     Scope = "town"     // those of its town
	ScopeCity     Scope = "city"     // all of the city
	ScopeAssigned Scope = "assigned" // all of the city but those of another manager
	ScopeShared   Scope = "shared"   // every case, as the other side of its criminal track
	ScopePlaced   Scope = "placed"   // every guardianship
	ScopeOrders   Scope = "orders"   // those of the city with a 督办单, and of these what it is about
	ScopeDuty     Scope = "duty"     // those in which it has something to do, and of these its own part only
	ScopeNamed    Scope = "named"    // those in which it has something to do, for as long
	ScopeAll      Scope = "all"      // the product itself
)

// Ability is something to do that is no step of a case.
type Ability string

// The abilities.
const (
	AnswerReporters Ability = "answer_reporters" // read and write to those who reported
	FindChildren    Ability = "find_children"    // open a temporary guardianship without a report
	Appoint         Ability = "appoint"          // say who holds a post, the administrators' apart
	AppointVillages Ability = "appoint_villages" // the directors of one's own town
	AppointAdmins   Ability = "appoint_admins"   // the administrators
	CityDirectory   Ability = "city_directory"   // who holds which post, in the whole city
	TownDirectory   Ability = "town_directory"   // in one's own town
	SearchChildren  Ability = "search_children"  // look for a child by name or number
	SearchReporters Ability = "search_reporters" // look for a report by its reporter's telephone
	ReadSearches    Ability = "read_searches"    // why others looked for a child
	FollowUnit      Ability = "follow_unit"      // the reports in one's unit's name, without their authors
	SeeRecusals     Ability = "see_recusals"     // which posts a case is kept from
	SeePolice       Ability = "see_police"       // how far the police are
	SeeErasures     Ability = "see_erasures"     // certificates of destroyed files
	SeeDashboards   Ability = "see_dashboards"   // figures of what one reaches; of more than that, small ones suppressed
	Export          Ability = "export"           // take lists out of the product
	PrintChain      Ability = "print_chain"      // take a case's responsibility chain out, to answer for it
	ImportCalendar  Ability = "import_calendar"  // and with it how deadlines are counted
	DraftRules      Ability = "draft_rules"      // write drafts of the deadlines, and have them simulated
	PublishRules    Ability = "publish_rules"    // agree to another's draft
	KeepAccounts    Ability = "keep_accounts"    // who signs in, with which first password, from which office
	SecureAccounts  Ability = "secure_accounts"  // end sessions, reset second factors, look at sign-ins
	ReadAudit       Ability = "read_audit"       // who did and who looked at what
	ReadLooks       Ability = "read_looks"       // who looked at a case that one reaches, or audits
	BreakGlass      Ability = "break_glass"      // read what is sealed in an emergency, and be reviewed after
	OverseeGlass    Ability = "oversee_glass"    // who did
	SeeGrants       Ability = "see_grants"       // what of a case is lent, and to whom
	SeeHouse        Ability = "see_house"        // whether the product does what it promises
)

// RoleRow is a row of DOMAIN 7: what a role sees and does beside the step table.
// What is not said is not allowed.
type RoleRow struct {
	Role  Role
	Scope Scope
	// Reads are the sealed parts that it reads in every case that it reaches.
	Reads []Compartment
	// OnDuty are those that it reads where it has something to do; of the narrative
	// only outside of the 性侵 compartment.
	OnDuty []Compartment
	Can    []Ability
}

// Rows are the rows of DOMAIN 7, in its order. The public has none.
var Rows = []RoleRow{
	// Own reports; and the head of a duty unit those in its name (8a.3).
	{Role: RoleReporter, Scope: ScopeNone},
	{Role: RoleUnitHead, Scope: ScopeNone, Can: []Ability{FollowUnit}},
	{
		Role: RoleDirector, Scope: ScopeVillage, OnDuty: []Compartment{Ordinary},
		Can: []Ability{SeePolice},
	},
	{
		Role: RoleSupervisor, Scope: ScopeTown, OnDuty: []Compartment{Ordinary, Narrative},
		Can: []Ability{FindChildren, AppointVillages, TownDirectory, SeePolice, SeeDashboards, SearchChildren},
	},
	{
		Role: RoleTownLeader, Scope: ScopeTown,
		Can: []Ability{TownDirectory, SeePolice, SeeDashboards},
	},
	{
		Role: RoleDesk, Scope: ScopeCity, Reads: []Compartment{Ordinary, Narrative, Reporter},
		Can: []Ability{AnswerReporters, FindChildren, CityDirectory, SeeRecusals, SeePolice, SeeErasures, SeeDashboards, PrintChain, SearchChildren, SearchReporters, SeeHouse},
	},
	{
		Role: RoleManager, Scope: ScopeAssigned, Reads: []Compartment{Ordinary, Narrative, Medical, Address},
		Can: []Ability{AnswerReporters, FindChildren, CityDirectory, SeeRecusals, SeePolice, SeeErasures, SeeDashboards, PrintChain, SearchChildren, SeeGrants},
	},
	{
		Role: RoleHead, Scope: ScopeCity, Reads: []Compartment{Ordinary, Narrative, Medical, Address},
		Can: []Ability{AnswerReporters, FindChildren, Appoint, CityDirectory, SeeRecusals, SeePolice, SeeErasures, SeeDashboards, Export, PrintChain, SearchChildren, ReadSearches, ReadLooks, BreakGlass, OverseeGlass, SeeGrants, DraftRules, PublishRules, SeeHouse},
	},
	{
		Role: RoleBureau, Scope: ScopeCity, Reads: []Compartment{Ordinary},
		Can: []Ability{CityDirectory, SeeRecusals, SeePolice, SeeErasures, SeeDashboards, PrintChain, SearchChildren, ReadSearches, ReadLooks, BreakGlass, OverseeGlass, SeeGrants, DraftRules, PublishRules},
	},
	{
		Role: RoleBody, Scope: ScopeOrders,
		Can: []Ability{CityDirectory, SeeRecusals, SeeDashboards, OverseeGlass},
	},
	{
		Role: RoleShelter, Scope: ScopePlaced, Reads: []Compartment{Ordinary, Medical, Address},
		Can: []Ability{FindChildren, SearchChildren},
	},
	{
		Role: RolePolice, Scope: ScopeShared, Reads: []Compartment{Ordinary, Narrative},
		Can: []Ability{FindChildren, SeePolice, SearchChildren},
	},
	{
		Role: RoleProcurator, Scope: ScopeShared, Reads: []Compartment{Ordinary, Narrative},
		Can: []Ability{FindChildren, SeePolice, SeeErasures, PrintChain},
	},
	{Role: RoleLiaison, Scope: ScopeDuty}, // 字段受限: its own task
	{
		Role: RoleSocialWorker, Scope: ScopeNamed, Reads: []Compartment{Ordinary, Medical},
		Can: []Ability{SeePolice},
	},
	// 三权分立: each has a part of the product and none has a case.
	{Role: RoleSystemAdmin, Scope: ScopeNone, Can: []Ability{Appoint, AppointAdmins, CityDirectory, ImportCalendar, DraftRules, KeepAccounts, SeeHouse}},
	{Role: RoleSecAdmin, Scope: ScopeNone, Can: []Ability{SecureAccounts, OverseeGlass, SeeHouse}},
	{Role: RoleAuditAdmin, Scope: ScopeNone, Can: []Ability{ReadAudit, ReadLooks, OverseeGlass, SeeHouse}},
}

// Row gives a role's row; a role that has none sees and may do nothing.
func (r Role) Row() RoleRow {
	if r == RoleSystem {
		return RoleRow{Role: r, Scope: ScopeAll}
	}
	if i := slices.IndexFunc(Rows, func(row RoleRow) bool { return row.Role == r }); i >= 0 {
		return Rows[i]
	}
	return RoleRow{Role: r, Scope: ScopeNone}
}

// Can tells whether a role may do something.
func (r Role) Can(a Ability) bool { return slices.Contains(r.Row().Can, a) }

// Administers tells whether the role is one of the three administrators.
func (r Role) Administers() bool {
	return r == RoleSystemAdmin || r == RoleSecAdmin || r == RoleAuditAdmin
}

// RolesThat gives the roles that may do one of some things.
func RolesThat(any ...Ability) []Role {
	var out []Role
	for _, row := range Rows {
		if slices.ContainsFunc(any, row.Role.Can) {
			out = append(out, row.Role)
		}
	}
	return out
}

// MayAppoint tells whether the holder of a post says who holds another.
func (p Post) MayAppoint(other Post) bool {
	switch role := p.Role(); {
	case p == SystemPost:
		return true
	case !slices.Contains(Roles, other.Role()): // what the product does by itself, nobody does
		return false
	case other.Role().Administers():
		return role.Can(AppointAdmins)
	case role.Can(Appoint):
		return true
	default:
		return role.Can(AppointVillages) && other.Role() == RoleDirector && p.Org().Covers(other.Org())
	}
}

// Separate tells whether two posts may be one person's: an administrator's goes
// with no other role (三权分立).
func Separate(a, b Post) bool {
	return a.Role() == b.Role() || !a.Role().Administers() && !b.Role().Administers()
}

// Area is the places whose cases a post reaches by its scope: the codes that begin
// with prefix. deep ones have the 性侵 compartment; of assigned ones, those that
// another manager has do not count. ok is false for a post that reaches none by
// place.
func (p Post) Area() (prefix string, deep, assigned, ok bool) {
	at := p.Org()
	if !p.Valid() {
		return "", false, false, false
	}
	switch p.Role().Row().Scope {
	case ScopeVillage:
		return string(at), false, false, at.IsVillage()
	case ScopeTown:
		if at.IsTown() {
			return at.prefix(), true, false, true
		}
	case ScopeCity, ScopeAssigned:
		if at.Valid() && at == at.City() {
			return at.prefix(), true, p.Role().Row().Scope == ScopeAssigned, true
		}
	case ScopeAll:
		return "", true, false, p == SystemPost
	}
	return "", false, false, false
}

// Duties are the posts that have something to do in the case and so may see it,
// wherever they are: who owns it, owes something, has a task or an order, was lent a
// part of it; and those who share it (DOMAIN 7).
func (s State) Duties() []Post {
	out := s.engaged()
	for _, g := range s.Grants {
		if !slices.Contains(out, g.Post) && s.Sees(g.Post) {
			out = append(out, g.Post)
		}
	}
	return out
}

// Lent gives, of the Duties, the posts that see the case only because it was lent to persons in them, and these persons, who alone see it.
func (s State) Lent() map[Post][]string {
	if len(s.Grants) == 0 {
		return nil
	}
	whole := s.engaged()
	for _, g := range s.Grants {
		if g.Person == "" {
			whole = append(whole, g.Post)
		}
	}
	out := map[Post][]string{}
	for _, g := range s.Grants {
		if !slices.Contains(whole, g.Post) && !slices.Contains(out[g.Post], g.Person) {
			out[g.Post] = append(out[g.Post], g.Person)
		}
	}
	return out
}

// engaged are the Duties but for those who were only lent a part.
func (s State) engaged() []Post {
	out := []Post{s.Owner}
	for _, o := range s.Obligations {
		out = append(out, o.Owner)
	}
	for _, t := range s.Tasks {
		if t.Open() || t.State != TaskWithdrawn && t.Post.Role().Row().Scope != ScopeNamed {
			out = append(out, t.Post)
		}
	}
	for _, o := range s.Orders {
		out = append(out, o.To)
	}
	for _, p := range s.Proxies {
		if !p.Confirmed {
			out = append(out, p.For)
		}
	}
	out = append(out, s.Protection.HeldBy, s.Guardianship.Shelter)
	if len(s.Orders) > 0 {
		out = append(out, NewPost(s.Org.City(), RoleBody))
	}
	for _, row := range Rows {
		if row.Scope == ScopeShared || row.Scope == ScopePlaced && s.Kind == Guardianship {
			out = append(out, sharers[row.Role])
		}
	}
	seen := map[Post]bool{"": true}
	return slices.DeleteFunc(out, func(p Post) bool {
		if seen[p] || !s.Sees(p) || p.Role().Row().Scope == ScopeNone {
			return true
		}
		seen[p] = true
		return false
	})
}

// sharers are the units' posts whose scope is more than what they have to do.
var sharers = map[Role]Post{
	RolePolice: UnitPost("police", RolePolice), RoleProcurator: UnitPost("procuratorate", RoleProcurator), RoleShelter: UnitPost("shelter", RoleShelter),
}

// Reaches tells whether a post may read the case at all, beside what it was lent.
// Recusal and the compartment stand above everything (8a.1, 8a.8).
func (s State) Reaches(p Post) bool {
	scope := p.Role().Row().Scope
	if scope == ScopeNone || !s.Sees(p) {
		return false
	}
	if prefix, deep, assigned, ok := p.Area(); ok && within(s.Org, prefix) && (deep || !s.Compartment) && (!assigned || !s.anothers(p)) {
		return true
	}
	return p.Unit() != "" && (scope == ScopeShared || scope == ScopePlaced && s.Kind == Guardianship) || slices.Contains(s.engaged(), p)
}

func within(o Org, prefix string) bool {
	return len(o) >= len(prefix) && string(o[:len(prefix)]) == prefix
}

// anothers tells whether the case was given to another manager.
func (s State) anothers(p Post) bool { return s.Owner.Role() == RoleManager && s.Owner != p }

// Recuses tells whether someone who holds posts sees nothing of the case, whatever
// else they hold, because one of the posts is recused (8a.1).
func (s State) Recuses(posts []Post) bool { return slices.ContainsFunc(posts, s.IsRecused) }

// TellsLooks tells whether someone who holds posts may ask who looked at the case, and
// whether they are told names: who reaches it and supervises is, who audits is not.
func (s State) TellsLooks(posts []Post) (names, ok bool) {
	if s.Recuses(posts) {
		return false, false
	}
	for _, p := range posts {
		switch {
		case !p.Role().Can(ReadLooks):
		case p.Role().Can(ReadAudit):
			ok = ok || s.Sees(p)
		case s.Reaches(p):
			names, ok = true, true
		}
	}
	return names, ok
}

// Reads tells whether someone in a post reads a sealed part of the case at a time: by
// the role, or because it was lent.
func (s State) Reads(by Actor, part Compartment, at time.Time) bool {
	if slices.Contains(s.Granted(by, at), part) {
		return true
	}
	if !s.Reaches(by.Post) {
		return false
	}
	row := by.Post.Role().Row()
	if slices.Contains(row.Reads, part) {
		return true
	}
	return slices.Contains(row.OnDuty, part) && (part != Narrative || !s.Compartment) && slices.Contains(s.engaged(), by.Post)
}

// OwnPartOnly tells whether a post is shown nothing of a case but what it has to do
// there itself.
func (p Post) OwnPartOnly() bool {
	scope := p.Role().Row().Scope
	return scope == ScopeDuty || scope == ScopeOrders
}
