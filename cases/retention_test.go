package cases_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func TestYearsRunFromTheYearAfterTheFilingAndTellNoBirthday(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, text, cases.Zone)
		require.NoError(t, err)
		return at
	}
	thirty := cases.Retention{Span: cases.Span{Value: 30, Unit: cases.Year}, UntilAge: 18, Plus: 10}
	ten := cases.Retention{Span: cases.Span{Value: 10, Unit: cases.Year}, UntilAge: 18, Plus: 10}
	for _, tt := range []struct {
		row               cases.Retention
		filed, born, want string
	}{
		{thirty, "2026-03-16", "2019-07-01", "2057-01-01"},
		{thirty, "2026-12-31", "2026-12-31", "2057-01-01"},
		{ten, "2026-03-16", "2010-07-01", "2039-01-01"}, // 18 + 10 is later than ten years
		{ten, "2026-03-16", "2010-01-01", "2039-01-01"}, // the same for everybody born in the year
		{ten, "2026-03-16", "2010-12-31", "2039-01-01"},
		{ten, "2026-03-16", "2000-05-05", "2037-01-01"}, // was over eighteen
		{cases.Retention{Span: cases.Span{Value: 10, Unit: cases.Year}}, "2026-03-16", "2020-01-01", "2037-01-01"},
	} {
		at, due := tt.row.AppraiseAt(day(tt.filed), day(tt.born))
		require.True(t, due)
		require.Equal(t, day(tt.want).UTC(), at, "%v", tt)
	}
	_, due := cases.Retention{Permanent: true}.AppraiseAt(day("2026-03-16"), day("2020-01-01"))
	require.False(t, due)
	quick, _ := cases.Retention{Span: cases.Span{Value: 20, Unit: cases.Second}}.AppraiseAt(monday, monday)
	require.Equal(t, monday.Add(20*time.Second), quick)
	require.Equal(t, day("2037-01-01").UTC(), cases.Kept{At: monday, Years: 10}.AppraiseAgain())
}

func TestAnEndedRetentionIsSomebodysToAppraise(t *testing.T) {
	sc := filedAway(at(t, "anqiu"))
	filed := sc.s.FiledAt
	require.Equal(t, sc.s.Since, filed)
	sc.now = sc.now.AddDate(31, 0, 0)
	sc.fact(cases.FactRetentionDue, cases.SystemPost, nil)
	require.Equal(t, cases.Archiving, sc.s.Stage)
	require.Equal(t, []string{"appraise"}, sc.keys(), "the file is not to be filed away, but to be looked at")
	o := sc.owed("appraise")
	require.Equal(t, head, o.Owner)
	require.Contains(t, sc.last(cases.EventOwed).Posts, head)

	sc.waitForOrder() // nobody does: the ladder climbs
	sc.do("sign_order", body)
	sc.refused(cases.CodeAfter, "keep", head, form{"years": float64(10)})
	sc.do("reply_order", head, form{"order": float64(1)})
	sc.do("keep", head, form{"years": float64(10)})
	require.Equal(t, cases.Closed, sc.s.Stage)
	require.Equal(t, cases.Kept{At: sc.s.Clock, Years: 10}, sc.s.Kept)
	require.Equal(t, filed, sc.s.FiledAt, "an appraisal is no new filing")

	sc.do("reopen", head)
	require.Zero(t, sc.s.FiledAt)
	require.Zero(t, sc.s.Kept)
	sc.fact(cases.FactRetentionDue, cases.SystemPost, nil)
	sc.notOwed("appraise") // it is worked on again
}

func TestAReaderOfTheFileDoesNotMakeItNew(t *testing.T) {
	sc := filedAway(at(t, "anqiu"))
	filed := sc.s.FiledAt
	sc.sleep(400 * day)
	sc.do("retrieve", desk, form{"cause": "inspection"})
	sc.owed("archive")
	sc.do("archive", desk)
	require.Equal(t, filed, sc.s.FiledAt)
}

func TestAnErasedCaseIsAShell(t *testing.T) {
	sc := filedAway(at(t, "anqiu"))
	sc.do("retrieve", desk, form{"cause": "erasure"})
	sc.both("erase", manager, bureau, form{"cause": "data_subject_request"})
	require.True(t, sc.s.Erased())
	require.Equal(t, cases.Closed, sc.s.Stage)
	require.Equal(t, cases.OutcomeUnfounded, sc.s.Outcome, "statistics hold")
	require.Equal(t, town, sc.s.Org)
	e := sc.last(cases.EventErased)
	require.Equal(t, "data_subject_request", e.Reason)
	require.Equal(t, manager, e.Actor.Post)
	require.Equal(t, bureau, e.Approver.Post)

	for _, kind := range []cases.FactKind{cases.FactMessage, cases.FactUnresolved, cases.FactSecondReport, cases.FactMergedFrom, cases.FactRetentionDue, cases.FactVisit} {
		sc.fact(kind, desk, cases.Fields{"case": reportB, "colour": "red", "outcome": "met"})
		require.Equal(t, cases.Closed, sc.s.Stage, kind)
		require.Equal(t, "erased", sc.last(cases.EventFact).Reason, kind)
	}
}

func TestAHoldGoesWithTheCaseIntoWhichItIsMerged(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	sc.do("hold", head, form{"cause": "court"})
	sc.both("merge", desk, head, form{"into": reportB})
	require.Equal(t, cases.FactMergedFrom, sc.sent[0].Fact.Kind)
	require.Equal(t, "court", sc.sent[0].Fact.Fields["holds"])

	other := at(t, "anqiu")
	rep := aReport()
	rep.ID = reportB
	other.file(rep)
	require.Nil(t, other.act(cases.Input{Facts: []cases.Fact{sc.sent[0].Fact}}))
	require.Equal(t, "court", other.s.Holds[0].Cause)
}

func TestAnOpenPoliceTrackGoesWithTheCaseIntoWhichItIsMerged(t *testing.T) {
	other := filedAway(at(t, "anqiu")) // its own track has ended
	ended := other.s.Police.EndedAt
	require.False(t, other.s.Police.Open())

	sc := at(t, "anqiu")
	rep := aReport()
	rep.ID = reportB
	sc.file(rep)
	sc.do("accept", desk)
	sc.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
	sc.do("police_report", desk)
	sc.do("merge", desk, form{"into": other.s.ID})
	told := sc.sent[0].Fact
	require.Equal(t, "open", told.Fields["police"])
	require.Nil(t, other.act(cases.Input{Facts: []cases.Fact{told}}))
	require.Equal(t, []string{reportB}, other.s.Police.Merged)
	require.True(t, other.s.Police.Open())

	other.do("review", desk, form{"result": "no_change"})
	other.both("refer", desk, head)
	other.refused(cases.CodePoliceTrack, "erase", manager, form{"cause": "filed_in_error"})

	other.do("reopen", head)
	other.do("police_end", police)
	require.False(t, other.s.Police.Open())
	require.Equal(t, ended, other.s.Police.EndedAt, "its own ended when it did")
}

func TestAReportLearnsThatItsGuardianshipWasDestroyed(t *testing.T) {
	report := at(t, "anqiu").file(aYellowReport())
	report.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
	report.do("open_guardianship", desk, form{"ground": "TG7"})
	g := at(t, "anqiu").begin(report.opened[0])
	g.both("reject", manager, bureau)
	g.both("erase", manager, bureau, form{"cause": "filed_in_error"})
	told := g.sent[len(g.sent)-1]
	require.Equal(t, cases.FactLinkErased, told.Fact.Kind)
	require.Equal(t, report.s.ID, told.Case)
	require.Nil(t, report.act(cases.Input{Facts: []cases.Fact{told.Fact}}))
	require.Equal(t, cases.Link{Case: g.s.ID, Kind: cases.Guardianship, Relation: "opened", Erased: true}, report.s.Links[0])
}
