package cases

import "strings"

// Org is the 12-digit statistical code of a place: 6 digits of the county-level
// city, 3 of the town, 3 of the village (DOMAIN 2.7). A town ends in 000, the
// city in 000000.
type Org string

// City gives the code of the city that the place lies in.
func (o Org) City() Org {
	if len(o) != 12 {
		return o
	}
	return o[:6] + "000000"
}

// Town gives the code of the town that the place lies in; the city itself for a
// city's code.
func (o Org) Town() Org {
	if len(o) != 12 {
		return o
	}
	return o[:9] + "000"
}

// IsVillage tells whether the code names a village and not its town or city.
func (o Org) IsVillage() bool { return len(o) == 12 && o[9:] != "000" }

// IsTown tells whether the code names a town.
func (o Org) IsTown() bool { return len(o) == 12 && o[9:] == "000" && o[6:9] != "000" }

// Covers tells whether a post at o has other within its scope: a city covers its
// towns, a town its villages, every place itself.
func (o Org) Covers(other Org) bool {
	if len(o) != 12 || len(other) != 12 {
		return false
	}
	return strings.HasPrefix(string(other), o.prefix())
}

func (o Org) prefix() string {
	switch {
	case o[6:] == "000000":
		return string(o[:6])
	case o[9:] == "000":
		return string(o[:9])
	default:
		return string(o)
	}
}

// Valid tells whether the code is twelve ASCII digits.
func (o Org) Valid() bool {
	if len(o) != 12 {
		return false
	}
	for _, r := range o {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// Role is what a post does. The rows of DOMAIN 7.
type Role string

// The roles, from the village up, then beside the line.
const (
	RoleReporter     Role = "reporter"      // 报告义务单位联络员
	RoleUnitHead     Role = "unit_head"     // 报告义务单位负责人: what was filed in the unit's name, never by whom (8a.3)
	RoleDirector     Role = "director"      // 村儿童主任
	RoleSupervisor   Role = "supervisor"    // 镇儿童督导员/未保站
	RoleTownLeader   Role = "town_leader"   // 镇分管领导
	RoleDesk         Role = "desk"          // 市未保办受理员, the 24 h duty post
	RoleManager      Role = "manager"       // 市个案主管
	RoleHead         Role = "head"          // 市未保办主任
	RoleBureau       Role = "bureau"        // 民政局分管领导
	RoleBody         Role = "body"          // coordination body: 领导小组/妇儿工委
	RoleShelter      Role = "shelter"       // 未成年人救助保护机构
	RolePolice       Role = "police"        // 公安联络员
	RoleProcurator   Role = "procurator"    // 检察联络员
	RoleLiaison      Role = "liaison"       // 成员单位联络员
	RoleSocialWorker Role = "social_worker" // 第三方社工/法援/心理
	RoleSystemAdmin  Role = "system_admin"  // 系统管理员
	RoleSecAdmin     Role = "security_admin"
	RoleAuditAdmin   Role = "audit_admin"
	RoleSystem       Role = "system" // the product itself: calendar imports, reopening on a reporter's word
)

// Roles lists every role a person can hold, in DOMAIN 7's order.
var Roles = []Role{
	RoleReporter, RoleUnitHead, RoleDirector, RoleSupervisor, RoleTownLeader, RoleDesk, RoleManager, RoleHead, RoleBureau, RoleBody,
	RoleShelter, RolePolice, RoleProcurator, RoleLiaison, RoleSocialWorker, RoleSystemAdmin, RoleSecAdmin, RoleAuditAdmin,
}

// Post is a role at an org unit: "village:370784101203/director",
// "city:370784000000/manager#2", "unit:police/liaison". Obligations belong to
// posts; people hold posts.
type Post string

// SystemPost acts for the product itself.
const SystemPost Post = "system/system"

// NewPost names the post of a role at a place; the level follows from the code.
func NewPost(o Org, r Role) Post {
	level := "city:"
	switch {
	case o.IsVillage():
		level = "village:"
	case o.IsTown():
		level = "town:"
	}
	return Post(level + string(o) + "/" + string(r))
}

// UnitPost names a post of a department or institution that is known by a short
// name and not by a place: UnitPost("police", RolePolice).
func UnitPost(unit string, r Role) Post { return Post("unit:" + unit + "/" + string(r)) }

// Role gives the post's role.
func (p Post) Role() Role {
	_, role, _ := strings.Cut(string(p), "/")
	role, _, _ = strings.Cut(role, "#")
	return Role(role)
}

// Org gives the place of a post; "" for the posts of units.
func (p Post) Org() Org {
	unit, _, _ := strings.Cut(string(p), "/")
	level, code, _ := strings.Cut(unit, ":")
	if level == "unit" {
		return ""
	}
	return Org(code)
}

// Unit gives the short name of the department or institution of a unit's post;
// "" for posts at a place.
func (p Post) Unit() string {
	head, _, _ := strings.Cut(string(p), "/")
	if rest, ok := strings.CutPrefix(head, "unit:"); ok {
		return rest
	}
	return ""
}

// Valid tells whether the post has the form level:code/role.
func (p Post) Valid() bool {
	head, role, ok := strings.Cut(string(p), "/")
	if !ok || role == "" {
		return false
	}
	if p == SystemPost {
		return true
	}
	level, code, ok := strings.Cut(head, ":")
	if !ok || code == "" {
		return false
	}
	switch level {
	case "unit":
		return true
	case "village":
		return Org(code).Valid() && Org(code).IsVillage()
	case "town":
		return Org(code).Valid() && Org(code).IsTown()
	case "city":
		return Org(code).Valid() && Org(code) == Org(code).City()
	}
	return false
}

// PostSpec names a post relative to a case: "owner" (the obligation's own post),
// "case_owner", "village/director", "town/supervisor", "city/desk",
// "unit:police/police". Ladders and steps are written in it.
type PostSpec string

// OwnerSpec is the post that owes the obligation.
const OwnerSpec PostSpec = "owner"

// CaseOwnerSpec is the post that owns the case.
const CaseOwnerSpec PostSpec = "case_owner"

// Resolve gives the post that the spec names for a case at a place; "" if the
// place has no such level (a case known only to lie in the city has no village).
func (sp PostSpec) Resolve(at Org, owner, caseOwner Post) Post {
	switch sp {
	case OwnerSpec:
		return owner
	case CaseOwnerSpec:
		return caseOwner
	}
	level, role, _ := strings.Cut(string(sp), "/")
	switch level {
	case "village":
		if at.IsVillage() {
			return Post("village:" + string(at) + "/" + role)
		}
		return ""
	case "town":
		if t := at.Town(); t.IsTown() {
			return Post("town:" + string(t) + "/" + role)
		}
		return ""
	case "city":
		return Post("city:" + string(at.City()) + "/" + role)
	}
	if strings.HasPrefix(level, "unit:") {
		return Post(sp)
	}
	return ""
}

// Valid tells whether the spec can be resolved for some case.
func (sp PostSpec) Valid() bool {
	if sp == OwnerSpec || sp == CaseOwnerSpec {
		return true
	}
	return sp.Resolve("379999101203", "", "").Valid()
}
