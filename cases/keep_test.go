package cases_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// told gives the facts that a case sent to another, and forgets them.
func (sc *scene) told(to string) []cases.Outgoing {
	var out []cases.Outgoing
	for _, s := range sc.sent {
		if s.Case == to {
			out = append(out, s)
		}
	}
	sc.sent = nil
	return out
}

func recusedIn(sc *scene, p cases.Post) bool {
	return slices.ContainsFunc(sc.events, func(e cases.Event) bool { return e.Type == cases.EventRecused && e.Owner == p })
}

func TestAMergedReportIsKeptFromWhomItWasKeptBefore(t *testing.T) {
	rep := aYellowReport()
	rep.ID, rep.Situations, rep.Avoid = reportB, []cases.Situation{"MR01"}, []string{"town"}
	secret := at(t, "anqiu").file(rep)
	require.True(t, secret.s.Compartment)
	require.True(t, secret.s.IsRecused(supervisor))

	open := at(t, "anqiu")
	following(open)
	owes := func(p cases.Post) bool {
		return slices.ContainsFunc(open.s.Obligations, func(o cases.Obligation) bool { return o.Owner == p })
	}
	require.True(t, owes(director))
	require.True(t, open.s.Sees(supervisor))
	require.True(t, open.s.Sees(director))

	secret.do("triage", desk, form{"colour": "yellow"})
	secret.do("merge", desk, form{"into": open.s.ID})
	before := len(open.events)
	deliver(open, secret.told(open.s.ID))
	require.True(t, open.s.Compartment)
	require.False(t, open.s.Sees(supervisor))
	require.False(t, open.s.Sees(director))
	require.False(t, owes(director), "somebody else goes on with it")
	require.True(t, recusedIn(open, supervisor))
	for _, e := range open.events[before:] {
		require.NotContains(t, e.Posts, supervisor, "%s", e.Type)
		require.NotContains(t, e.Posts, director, "%s", e.Type)
	}
	require.Empty(t, open.told(reportB), "what was merged is not told back")
}

func TestACaseOfTheSameChildIsKeptFromTheSamePosts(t *testing.T) {
	report := at(t, "anqiu").file(aYellowReport())
	report.do("open_guardianship", desk, form{"ground": "TG1"})
	guard := at(t, "anqiu").begin(report.opened[0])
	require.False(t, guard.s.Compartment)
	require.True(t, guard.s.Sees(director))
	report.sent = nil

	report.do("triage", desk, form{"colour": "yellow", "compartment": true})
	sent := report.told(guard.s.ID)
	require.Len(t, sent, 1)
	require.Equal(t, cases.Fields{"case": report.s.ID, "compartment": "true"}, sent[0].Fact.Fields)
	deliver(guard, sent)
	require.True(t, guard.s.Compartment)
	require.False(t, guard.s.Sees(director))
	require.Empty(t, guard.told(report.s.ID), "who told it knows")

	// The other way round, and no further than it is news.
	guard.do("recuse", manager, form{"post": string(supervisor)})
	deliver(report, guard.told(report.s.ID))
	require.False(t, report.s.Sees(supervisor))
	require.Empty(t, report.told(guard.s.ID))
	report.do("recuse", desk, form{"post": string(supervisor)})
	require.Empty(t, report.told(guard.s.ID), "nothing that was not so before")
}

func TestNobodyIsKeptFromACaseWhoIsTheLastThatCouldAct(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	all := []string{}
	for _, role := range []cases.Role{cases.RoleDesk, cases.RoleManager, cases.RoleHead, cases.RoleBureau, cases.RoleBody, cases.RoleSupervisor} {
		all = append(all, string(cases.NewPost(city, role)))
	}
	sc.fact(cases.FactKeptFrom, cases.SystemPost, cases.Fields{"case": reportB, "recused": strings.Join(all, ",")})
	require.True(t, sc.s.Sees(sc.s.Owner), "somebody still owns it: %s", sc.s.Owner)
}

func TestAClosedCaseIsKeptFromSomebodyWithoutBeingOpened(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.do("triage", desk, form{"colour": "yellow"})
	sc.do("police_report", desk)
	sc.do("refer", desk)
	sc.do("archive", desk)
	require.Equal(t, cases.Closed, sc.s.Stage)
	sc.fact(cases.FactKeptFrom, cases.SystemPost, cases.Fields{"case": reportB, "recused": string(supervisor)})
	require.Equal(t, cases.Closed, sc.s.Stage)
	require.False(t, sc.s.Sees(supervisor))
}
