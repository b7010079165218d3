package cases_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

const (
	roleVillage cases.Org = "379999101203"
	roleTown    cases.Org = "379999101000"
	roleCity    cases.Org = "379999000000"
)

// sight is what a post is asked for in one case.
type sight struct {
	reaches bool
	reads   []cases.Compartment
}

// TestEveryRowOfTheRolesIsThatOfTheLaw goes through DOMAIN.md 7: what each role
// reaches of a case in its area, elsewhere, in the 性侵 compartment and where it has
// something to do, and what it may do beside the step table.
func TestEveryRowOfTheRolesIsThatOfTheLaw(t *testing.T) {
	const (
		o = cases.Ordinary
		n = cases.Narrative
		r = cases.Reporter
		m = cases.Medical
		a = cases.Address
	)
	none := sight{}
	sees := func(reads ...cases.Compartment) sight { return sight{true, reads} }
	rows := []struct {
		post cases.Post
		// own is a case of neglect in its area; elsewhere is in another city; sealed is
		// one in the 性侵 compartment of its area; duty is own with something to do in it;
		// placed is a guardianship of its area.
		own, elsewhere, sealed, duty, placed sight
		can                                  []cases.Ability
	}{
		// 报告义务单位联络员: own reports; never a child's file.
		{cases.UnitPost("school1", cases.RoleReporter), none, none, none, none, none, nil},
		{cases.UnitPost("school1", cases.RoleUnitHead), none, none, none, none, none, []cases.Ability{cases.FollowUnit}},
		// 村儿童主任: own village; nothing of 性侵, no reporter, no export.
		{
			cases.NewPost(roleVillage, cases.RoleDirector), sees(), none, none, sees(o), sees(),
			[]cases.Ability{cases.SeePolice},
		},
		// 镇儿童督导员: own town; verifies what was reported; no sealed reporter.
		{
			cases.NewPost(roleTown, cases.RoleSupervisor), sees(), none, sees(), sees(o, n), sees(),
			[]cases.Ability{cases.FindChildren, cases.AppointVillages, cases.TownDirectory, cases.SeePolice, cases.SeeDashboards, cases.SearchChildren},
		},
		// 镇分管领导: summary and 督办.
		{
			cases.NewPost(roleTown, cases.RoleTownLeader), sees(), none, sees(), sees(), sees(),
			[]cases.Ability{cases.TownDirectory, cases.SeePolice, cases.SeeDashboards},
		},
		// 市未保办受理员: the city's intake, with the sealed reporter.
		{
			cases.NewPost(roleCity, cases.RoleDesk), sees(o, n, r), none, sees(o, n, r), sees(o, n, r), sees(o, n, r),
			[]cases.Ability{cases.AnswerReporters, cases.FindChildren, cases.CityDirectory, cases.SeeRecusals, cases.SeePolice, cases.SeeErasures, cases.SeeDashboards, cases.PrintChain, cases.SearchChildren, cases.SearchReporters, cases.SeeHouse},
		},
		// 市个案主管: assigned cases.
		{
			cases.NewPost(roleCity, cases.RoleManager), sees(o, n, m, a), none, sees(o, n, m, a), sees(o, n, m, a), sees(o, n, m, a),
			[]cases.Ability{cases.AnswerReporters, cases.FindChildren, cases.CityDirectory, cases.SeeRecusals, cases.SeePolice, cases.SeeErasures, cases.SeeDashboards, cases.PrintChain, cases.SearchChildren, cases.SeeGrants},
		},
		// 市未保办负责人, 民政局负责人: the city; the rest by 紧急调阅.
		{
			cases.NewPost(roleCity, cases.RoleHead), sees(o, n, m, a), none, sees(o, n, m, a), sees(o, n, m, a), sees(o, n, m, a),
			[]cases.Ability{
				cases.AnswerReporters, cases.FindChildren, cases.Appoint, cases.CityDirectory, cases.SeeRecusals, cases.SeePolice, cases.SeeErasures,
				cases.SeeDashboards, cases.Export, cases.PrintChain, cases.SearchChildren, cases.ReadSearches, cases.ReadLooks,
				cases.BreakGlass, cases.OverseeGlass, cases.SeeGrants, cases.DraftRules, cases.PublishRules, cases.SeeHouse,
			},
		},
		{
			cases.NewPost(roleCity, cases.RoleBureau), sees(o), none, sees(o), sees(o), sees(o),
			[]cases.Ability{
				cases.CityDirectory, cases.SeeRecusals, cases.SeePolice, cases.SeeErasures, cases.SeeDashboards, cases.PrintChain, cases.SearchChildren, cases.ReadSearches, cases.ReadLooks, cases.BreakGlass, cases.OverseeGlass, cases.SeeGrants, cases.DraftRules, cases.PublishRules,
			},
		},
		// 领导小组: figures, and the 督办 that reached it; no person.
		{
			cases.NewPost(roleCity, cases.RoleBody), none, none, none, sees(), none,
			[]cases.Ability{cases.CityDirectory, cases.SeeRecusals, cases.SeeDashboards, cases.OverseeGlass},
		},
		// 救助保护机构: placed children; not the police's track.
		{
			cases.UnitPost("shelter", cases.RoleShelter), none, none, none, sees(o, m, a), sees(o, m, a),
			[]cases.Ability{cases.FindChildren, cases.SearchChildren},
		},
		// 公安/检察联络员: share every case.
		{
			cases.UnitPost("police", cases.RolePolice), sees(o, n), sees(o, n), sees(o, n), sees(o, n), sees(o, n),
			[]cases.Ability{cases.FindChildren, cases.SeePolice, cases.SearchChildren},
		},
		{
			cases.UnitPost("procuratorate", cases.RoleProcurator), sees(o, n), sees(o, n), sees(o, n), sees(o, n), sees(o, n),
			[]cases.Ability{cases.FindChildren, cases.SeePolice, cases.SeeErasures, cases.PrintChain},
		},
		// 成员单位联络员: its task; does not browse children.
		{cases.UnitPost("education", cases.RoleLiaison), none, none, none, sees(), none, nil},
		// 第三方社工: a named case, for a time; never who reported.
		{cases.UnitPost("social", cases.RoleSocialWorker), none, none, none, sees(o, m), none, []cases.Ability{cases.SeePolice}},
		// 系统、安全、审计管理员: no case at all, not even where something named them.
		{
			cases.NewPost(roleCity, cases.RoleSystemAdmin), none, none, none, none, none,
			[]cases.Ability{cases.Appoint, cases.AppointAdmins, cases.CityDirectory, cases.ImportCalendar, cases.KeepAccounts, cases.DraftRules, cases.SeeHouse},
		},
		{cases.NewPost(roleCity, cases.RoleSecAdmin), none, none, none, none, none, []cases.Ability{cases.SecureAccounts, cases.OverseeGlass, cases.SeeHouse}},
		{cases.NewPost(roleCity, cases.RoleAuditAdmin), none, none, none, none, none, []cases.Ability{cases.ReadAudit, cases.ReadLooks, cases.OverseeGlass, cases.SeeHouse}},
	}
	var covered []cases.Role
	for _, row := range rows {
		covered = append(covered, row.post.Role())
		t.Run(string(row.post.Role()), func(t *testing.T) {
			own := cases.State{Kind: cases.MandatoryReport, Org: roleVillage, Owner: "city:379999000000/desk"}
			elsewhere, sealed, placed, duty := own, own, own, own
			elsewhere.Org, elsewhere.Owner = "370101001001", "city:370101000000/desk"
			sealed.Compartment = true
			placed.Kind = cases.Guardianship
			duty.Obligations = []cases.Obligation{{Key: "visit", Owner: row.post}}
			require.Equal(t, row.own, seen(own, row.post), "own")
			require.Equal(t, row.elsewhere, seen(elsewhere, row.post), "elsewhere")
			require.Equal(t, row.sealed, seen(sealed, row.post), "sealed")
			require.Equal(t, row.duty, seen(duty, row.post), "duty")
			require.Equal(t, row.placed, seen(placed, row.post), "placed")
			duty.Recused = []cases.Post{row.post}
			require.Equal(t, none, seen(duty, row.post), "recused")
			require.ElementsMatch(t, row.can, row.post.Role().Row().Can)
		})
	}
	require.ElementsMatch(t, cases.Roles, covered, "every role has its row here")
	for _, row := range cases.Rows {
		require.Contains(t, cases.Roles, row.Role)
	}
}

func seen(s cases.State, p cases.Post) sight {
	out := sight{reaches: s.Reaches(p)}
	for _, c := range []cases.Compartment{cases.Ordinary, cases.Narrative, cases.Reporter, cases.Medical, cases.Address} {
		if s.Reads(cases.Actor{Person: "p", Post: p}, c, s.Clock) {
			out.reads = append(out.reads, c)
		}
	}
	return out
}

func TestAVillageLearnsNothingOfTheCompartmentWhateverItOwes(t *testing.T) {
	director := cases.NewPost(roleVillage, cases.RoleDirector)
	s := cases.State{Org: roleVillage, Compartment: true, Obligations: []cases.Obligation{{Key: "visit", Owner: director}}}
	require.Equal(t, sight{}, seen(s, director))
	require.NotContains(t, s.Duties(), director)
}

func TestOnDutyATownReadsNoNarrativeOfTheCompartment(t *testing.T) {
	supervisor := cases.NewPost(roleTown, cases.RoleSupervisor)
	s := cases.State{Org: roleVillage, Compartment: true, Obligations: []cases.Obligation{{Key: "visit", Owner: supervisor}}}
	require.Equal(t, []cases.Compartment{cases.Ordinary}, seen(s, supervisor).reads)
}

func TestAManagerReachesNoCaseOfAnother(t *testing.T) {
	first, second := cases.Post("city:379999000000/manager"), cases.Post("city:379999000000/manager#2")
	s := cases.State{Org: roleVillage, Owner: first}
	require.True(t, s.Reaches(first))
	require.False(t, s.Reaches(second))
	s.Obligations = []cases.Obligation{{Key: "review", Owner: second}}
	require.True(t, s.Reaches(second))
}

func TestTheCoordinationBodyReachesWhatIsSupervised(t *testing.T) {
	body := cases.NewPost(roleCity, cases.RoleBody)
	s := cases.State{Org: roleVillage, Owner: cases.NewPost(roleCity, cases.RoleDesk)}
	require.False(t, s.Reaches(body))
	s.Orders = []cases.Order{{N: 1, Obligation: "triage", To: s.Owner}}
	require.Equal(t, sight{reaches: true}, seen(s, body))
	require.True(t, body.OwnPartOnly())
	require.False(t, s.Reaches(cases.NewPost("370101000000", cases.RoleBody)))
}

func TestAThirdPartysTimeEndsWithItsTask(t *testing.T) {
	social, liaison := cases.UnitPost("social", cases.RoleSocialWorker), cases.UnitPost("health", cases.RoleLiaison)
	s := cases.State{Org: roleVillage, Tasks: []cases.Task{{N: 1, Post: social, State: cases.TaskWorking}, {N: 2, Post: liaison, State: cases.TaskWorking}}}
	require.True(t, s.Reaches(social))
	s.Tasks[0].State, s.Tasks[1].State = cases.TaskAccepted, cases.TaskAccepted
	require.False(t, s.Reaches(social))
	require.True(t, s.Reaches(liaison), "a department still sees its own task")
}

func TestWhatIsLentIsRead(t *testing.T) {
	social := cases.UnitPost("social", cases.RoleSocialWorker)
	at := monday
	s := cases.State{Org: roleVillage, Grants: []cases.Grant{{
		ID: "g", Post: social, Person: "anna", Compartments: []cases.Compartment{cases.Narrative}, From: at, Until: at.AddDate(0, 0, 7),
	}}}
	require.True(t, s.Reads(cases.Actor{Person: "anna", Post: social}, cases.Narrative, at))
	require.False(t, s.Reads(cases.Actor{Person: "bella", Post: social}, cases.Narrative, at))
	require.False(t, s.Reads(cases.Actor{Person: "anna", Post: social}, cases.Narrative, at.AddDate(0, 0, 8)))
	require.False(t, s.Reads(cases.Actor{Person: "anna", Post: social}, cases.Reporter, at))
	for _, part := range []cases.Compartment{cases.Ordinary, cases.Medical} { // which the role reads in its own tasks
		require.False(t, s.Reads(cases.Actor{Person: "anna", Post: social}, part, at), "no more than what was lent")
		require.False(t, s.Reads(cases.Actor{Person: "bella", Post: social}, part, at))
	}
	require.False(t, s.Reaches(social))
	require.Contains(t, s.Duties(), social, "the database shows it the case")
	require.Equal(t, []string{"anna"}, s.Lent()[social], "and to her alone")
	s.Grants = append(s.Grants, cases.Grant{Post: social, Person: "carla"}, cases.Grant{Post: social, Person: "anna"})
	require.Equal(t, []string{"anna", "carla"}, s.Lent()[social])
	whole := s
	whole.Grants = append(slices.Clone(s.Grants), cases.Grant{Post: social})
	require.Nil(t, whole.Lent()[social], "lent to whoever holds the post")
	s.Tasks = []cases.Task{{Post: social, State: cases.TaskWorking}}
	require.Nil(t, s.Lent()[social], "which has a task by now")
}

func TestWhoAppointsWhom(t *testing.T) {
	head, sysadmin := cases.NewPost(roleCity, cases.RoleHead), cases.NewPost(roleCity, cases.RoleSystemAdmin)
	supervisor, director := cases.NewPost(roleTown, cases.RoleSupervisor), cases.NewPost(roleVillage, cases.RoleDirector)
	for _, c := range []struct {
		by, of cases.Post
		may    bool
	}{
		{head, supervisor, true},
		{head, sysadmin, false},
		{head, cases.NewPost(roleCity, cases.RoleAuditAdmin), false},
		{sysadmin, cases.NewPost(roleCity, cases.RoleAuditAdmin), true},
		{sysadmin, director, true},
		{supervisor, director, true},
		{supervisor, cases.NewPost("379999102201", cases.RoleDirector), false},
		{supervisor, supervisor, false},
		{cases.NewPost(roleCity, cases.RoleDesk), director, false},
		{cases.NewPost(roleCity, cases.RoleSecAdmin), director, false},
		{head, cases.SystemPost, false},
		{sysadmin, cases.SystemPost, false},
		{sysadmin, "city:379999000000/emperor", false},
	} {
		require.Equal(t, c.may, c.by.MayAppoint(c.of), "%s of %s", c.by, c.of)
	}
}

func TestAnAdministratorIsNothingElse(t *testing.T) {
	admins := []cases.Role{cases.RoleSystemAdmin, cases.RoleSecAdmin, cases.RoleAuditAdmin}
	for _, a := range cases.Roles {
		require.Equal(t, slices.Contains(admins, a), a.Administers())
		for _, b := range cases.Roles {
			apart := a != b && (a.Administers() || b.Administers())
			require.Equal(t, !apart, cases.Separate(cases.NewPost(roleCity, a), cases.NewPost(roleCity, b)), "%s and %s", a, b)
		}
	}
}

func TestWhoIsRecusedInOnePostIsToldOfNoLookByAnother(t *testing.T) {
	st := cases.State{Org: "379999101203", Owner: cases.NewPost(roleCity, cases.RoleDesk)}
	head, bureau := cases.NewPost(roleCity, cases.RoleHead), cases.NewPost(roleCity, cases.RoleBureau)
	auditor, desk := cases.NewPost(roleCity, cases.RoleAuditAdmin), cases.NewPost(roleCity, cases.RoleDesk)
	type told struct{ names, ok bool }
	of := func(posts ...cases.Post) told {
		names, ok := st.TellsLooks(posts)
		return told{names, ok}
	}
	require.Equal(t, told{true, true}, of(head))
	require.Equal(t, told{true, true}, of(desk, bureau))
	require.Equal(t, told{false, true}, of(auditor))
	require.Equal(t, told{}, of(desk))
	require.Equal(t, told{}, of())
	st.Recused = []cases.Post{bureau}
	require.Equal(t, told{true, true}, of(head))
	require.Equal(t, told{}, of(head, bureau))
	require.Equal(t, told{}, of(bureau, head))
	require.Equal(t, told{}, of(auditor, bureau))
	require.True(t, st.Recuses([]cases.Post{desk, bureau}))
	require.False(t, st.Recuses([]cases.Post{desk, head}))
}
