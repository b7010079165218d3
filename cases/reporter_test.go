package cases_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// What stands around a reporter (8a.3): what the authority is told, what 没解决 sets off, and that nobody writes to a reporter by itself.

func TestTheAuthorityIsToldWithoutNameOrNarrative(t *testing.T) {
	step, ok := cases.FindStep(cases.MandatoryReport, "notify_authority")
	require.True(t, ok)
	for _, f := range step.AllFields() {
		require.Contains(t, []cases.FieldType{cases.TypeEnum, cases.TypeTime}, f.Type, "%s could hold words", f.Name)
	}
	personal := at(t, "anqiu").file(aYellowReport())
	personal.notOwed("notify_authority")
	rep := aYellowReport()
	rep.DutyUnit = true
	unit := at(t, "anqiu").file(rep)
	require.True(t, unit.owed("notify_authority").Due.Equal(unit.now.Add(24*hour)))
}

func TestNotSolvedOpensAReviewOfADayWhereverTheCaseStands(t *testing.T) {
	for name, to := range map[string]func(*scene){
		"reported":   func(*scene) {},
		"triage":     func(sc *scene) { sc.do("accept", desk) },
		"assessment": func(sc *scene) { sc.do("accept", desk); sc.do("triage", desk, form{"colour": "yellow"}) },
	} {
		t.Run(name, func(t *testing.T) {
			sc := at(t, "anqiu").file(aYellowReport())
			to(sc)
			sc.fact(cases.FactUnresolved, "", nil)
			o := sc.owed("review")
			require.True(t, o.Due.Equal(sc.now.Add(24*hour)))
			require.Equal(t, desk, o.Owner)
		})
	}
}

func TestNothingIsSentToAReporterByItself(t *testing.T) {
	dutyUnits := []cases.Role{cases.RoleReporter, cases.RoleUnitHead}
	for name, r := range rulesOnce() {
		for _, l := range r.Ladders {
			for _, rung := range l.Rungs {
				for _, sp := range rung.Posts {
					require.NotContains(t, dutyUnits, sp.Resolve(village, desk, desk).Role(), "%s, ladder %s", name, l.ID)
				}
			}
		}
		for _, d := range r.Deadlines {
			require.NotContains(t, dutyUnits, d.Owner.Resolve(village, desk, desk).Role(), "%s, rule %s", name, d.ID)
		}
	}
	for _, step := range cases.AllSteps() {
		require.False(t, slices.ContainsFunc(step.Roles, func(r cases.Role) bool { return slices.Contains(dutyUnits, r) }), step.Name)
	}
}
