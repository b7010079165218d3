package policy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
)

func load(t *testing.T, name string) cases.Rules {
	t.Helper()
	rules, err := policy.Load(name)
	require.NoError(t, err)
	return rules
}

func TestBuiltInPoliciesLoad(t *testing.T) {
	for _, name := range policy.Names() {
		rules := load(t, name)
		require.Equal(t, name, rules.Policy)
		require.NotEmpty(t, rules.Version)
		require.Equal(t, "2026-01-01", rules.Calendar.From)
		require.Equal(t, "2026-12-31", rules.Calendar.To)
		require.Equal(t, rules.Hash(), load(t, name).Hash(), "reading twice gives the same rules")
	}
	_, err := policy.Load("qufu")
	require.ErrorContains(t, err, "anqiu, drill")
}

func TestRowsHaveTheValuesOfTheTables(t *testing.T) {
	rules := load(t, "anqiu")
	for _, row := range []struct {
		id     cases.RuleID
		colour cases.Colour
		value  int
		unit   cases.Unit
		roll   cases.Roll
		owner  cases.PostSpec
	}{
		{"police_report", cases.Red, 15, cases.Minute, cases.RollNone, "city/desk"},
		{"police_report", cases.Green, 1, cases.Hour, cases.RollNone, "city/desk"},
		{"child_seen", cases.Red, 2, cases.Hour, cases.RollNone, "town/supervisor"},
		{"child_seen", cases.Yellow, 24, cases.Hour, cases.RollNone, "town/supervisor"},
		{"child_seen", cases.Blue, 72, cases.Hour, cases.RollNone, "town/supervisor"},
		{"child_seen", cases.Green, 72, cases.Hour, cases.RollNone, "town/supervisor"},
		{"triage", cases.Red, 1, cases.Hour, cases.RollNone, "city/desk"},
		{"triage", cases.Yellow, 4, cases.Hour, cases.RollNone, "city/desk"},
		{"triage", cases.Green, 24, cases.Hour, cases.RollNone, "city/desk"},
		{"assessment", cases.Red, 3, cases.Day, cases.RollNone, "city/manager"},
		{"assessment", cases.Yellow, 5, cases.WorkDay, cases.RollNone, "city/manager"},
		{"approval", cases.Red, 2, cases.Hour, cases.RollNone, "city/head"},
		{"approval", cases.Blue, 1, cases.WorkDay, cases.RollNone, "city/head"},
		{"order_reply", cases.Red, 4, cases.Hour, cases.RollNone, cases.CaseOwnerSpec},
		{"feedback", cases.Yellow, 3, cases.Day, cases.RollNextWorkday, "unit:police/police"},
		{"collect", cases.Yellow, 3, cases.Day, cases.RollNextWorkday, "unit:shelter/shelter"},
		{"temp_total", cases.Yellow, 1, cases.Year, cases.RollNone, "city/bureau"},
		{"trigger_verify", cases.Red, 1, cases.Hour, cases.RollNone, "town/supervisor"},
		{"missing", cases.Blue, 30, cases.Minute, cases.RollNone, "unit:shelter/shelter"},
	} {
		d, ok := rules.Deadline(row.id, row.colour)
		require.True(t, ok, row.id)
		require.Equal(t, cases.Span{Value: row.value, Unit: row.unit}, d.Span, "%s %s", row.id, row.colour)
		require.Equal(t, row.roll, d.Roll, row.id)
		require.Equal(t, row.owner, d.Owner, row.id)
	}
}

func TestVisitsAreSeriesByColour(t *testing.T) {
	rules := load(t, "anqiu")
	week, month := cases.Span{Value: 7, Unit: cases.Day}, cases.Span{Value: 1, Unit: cases.Month}
	for colour, then := range map[cases.Colour][]cases.Leg{
		cases.Red:    {{Span: week, Times: 4}, {Span: month, Times: 6}},
		cases.Yellow: {{Span: month, Times: 3}},
		cases.Blue:   {{Span: month, Times: 2}},
		cases.Green:  {{Span: month, Times: 2}},
	} {
		d, ok := rules.Deadline("visit", colour)
		require.True(t, ok)
		require.Equal(t, week, d.Span)
		require.Equal(t, then, d.Then, colour)
	}
	d, _ := rules.Deadline("guard_visit", cases.Yellow)
	require.Equal(t, []cases.Leg{{Span: month, Times: 6}, {Span: cases.Span{Value: 3, Unit: cases.Month}, Times: 2}}, d.Then)
}

func TestOnlyWhatWasReadIsCalledLaw(t *testing.T) {
	var statutory []string
	for _, d := range load(t, "anqiu").Deadlines {
		if d.Class == cases.Statute {
			require.Equal(t, "V", d.Evidence, d.ID)
			require.NotEmpty(t, d.Article, d.ID)
		}
		if d.Statutory() {
			statutory = append(statutory, string(d.ID))
		}
	}
	require.Equal(t, []string{
		"police_transfer", "not_filed_delivery", "not_filed_review", "prosecutor_reasons",
		"protection_court", "protection_court_urgent", "protection_expiry", "legal_aid_review", "legal_aid_assign",
	}, statutory)
	for _, d := range load(t, "drill").Deadlines {
		require.False(t, d.Statutory(), "a drill's seconds are nobody's law: %s", d.ID)
	}
}

func TestProtectingAChildNeverWaits(t *testing.T) {
	rules := load(t, "anqiu")
	for _, id := range []cases.RuleID{"police_report", "child_seen", "on_scene", "triage", "safety_assessment", "contact", "unmet_visit", "trigger_verify", "rescue_arrive", "admission_exam", "missing"} {
		for _, c := range cases.Colours {
			d, ok := rules.Deadline(id, c)
			require.True(t, ok)
			require.Equal(t, cases.RollNone, d.Roll, id)
			require.False(t, d.Pausable, id)
		}
	}
	visit, _ := rules.Deadline("visit", cases.Red)
	require.Equal(t, cases.RollNone, visit.Roll)
}

func TestLaddersClimbAtTheirColoursPace(t *testing.T) {
	rules := load(t, "anqiu")
	pace := map[cases.Colour]cases.Span{
		cases.Red:    {Value: 30, Unit: cases.Minute},
		cases.Yellow: {Value: 4, Unit: cases.Hour},
		cases.Blue:   {Value: 1, Unit: cases.WorkDay},
		cases.Green:  {Value: 1, Unit: cases.WorkDay},
	}
	for _, id := range []cases.LadderID{"report", "visit", "guardianship", "police", "court", "task", "admin", "date"} {
		for _, c := range cases.Colours {
			l, ok := rules.Ladder(id, c)
			require.True(t, ok, "%s %s", id, c)
			require.Equal(t, c == cases.Red, l.Urgent)
			after := 0
			for i, g := range l.Rungs {
				if g.After.Value == 0 {
					continue
				}
				after++
				require.Equal(t, after == 3, g.Order, "%s: the third rung after due drafts a 督办单", l.ID)
				if l.ID != "visit/red" {
					require.Equal(t, pace[c], g.Interval, "%s %s", l.ID, g.Name)
				}
				if i == len(l.Rungs)-1 && c == cases.Red {
					require.Equal(t, cases.Span{Value: 1, Unit: cases.Hour}, g.Repeat)
				}
			}
			if c == cases.Red {
				require.Equal(t, 2, l.AcksPerRung)
			}
		}
	}
	red, _ := rules.Ladder("visit", cases.Red)
	require.Equal(t, cases.Span{Value: 15, Unit: cases.Minute}, red.Rungs[2].After)
	require.Contains(t, red.Rungs[2].Posts, cases.PostSpec("city/desk"), "红 15 分钟无人签收通知市值班岗")
}

func TestNoVillagePostLearnsOfAReport(t *testing.T) {
	for _, l := range load(t, "anqiu").Ladders {
		for _, g := range l.Rungs {
			for _, p := range g.Posts {
				require.False(t, strings.HasPrefix(string(p), "village/"), "%s %s", l.ID, g.Name)
			}
		}
	}
}

func TestCourtsAndProcuratoratesAreNotClimbed(t *testing.T) {
	rules := load(t, "anqiu")
	for _, id := range []cases.RuleID{"protection_court", "protection_court_urgent", "judgment", "prosecutor_reasons"} {
		d, _ := rules.Deadline(id, cases.Yellow)
		require.Equal(t, cases.LadderID("court"), d.Ladder, id)
	}
	for _, c := range cases.Colours {
		l, _ := rules.Ladder("court", c)
		for _, g := range l.Rungs {
			require.False(t, g.Order)
			for _, p := range g.Posts {
				require.Contains(t, []cases.PostSpec{"city/manager", "city/head"}, p)
			}
		}
	}
}

func TestThePoliceAreRemindedOfFeedbackOnTheSecondDay(t *testing.T) {
	rules := load(t, "anqiu")
	d, _ := rules.Deadline("feedback", cases.Yellow)
	l, _ := rules.Ladder(d.Ladder, cases.Yellow)
	for _, hour := range []int{0, 9, 17, 23} {
		start := time.Date(2026, 11, 2, hour, 30, 0, 0, cases.Zone) // a Monday
		due, _ := rules.Calendar.DueAt(start, d.Span, d.Roll)
		remind := due.Add(-due.Sub(start) / 100 * time.Duration(l.Rungs[0].BeforePercent))
		require.Equal(t, "2026-11-04", remind.In(cases.Zone).Format(time.DateOnly))
	}
}

func TestTheDrillHasEveryRowAndLadderInSeconds(t *testing.T) {
	real, drill := load(t, "anqiu"), load(t, "drill")
	require.Len(t, drill.Deadlines, len(real.Deadlines))
	for i, d := range drill.Deadlines {
		require.Equal(t, real.Deadlines[i].ID, d.ID)
		require.Equal(t, cases.Second, d.Span.Unit, d.ID)
		if d.ID != "grant_expiry" { // a limit, which nobody waits for
			require.LessOrEqual(t, d.Span.Value, 120, d.ID)
		}
		require.Equal(t, real.Deadlines[i].Owner, d.Owner)
		require.Equal(t, real.Deadlines[i].Ladder, d.Ladder)
		require.Len(t, d.Then, len(real.Deadlines[i].Then))
		for _, leg := range d.Then {
			require.Equal(t, cases.Second, leg.Span.Unit, d.ID)
		}
	}
	require.Len(t, drill.Ladders, len(real.Ladders))
	for i, l := range drill.Ladders {
		require.Equal(t, real.Ladders[i].ID, l.ID)
		last := l.Rungs[len(l.Rungs)-1]
		require.Equal(t, cases.Second, last.After.Unit)
		require.LessOrEqual(t, last.After.Value, 40, "%s climbs within a minute", l.ID)
		require.NotZero(t, last.Repeat.Value)
	}
	total, _ := drill.Deadline("temp_total", cases.Yellow)
	before := 0
	for _, id := range []cases.RuleID{"temp_warn_180", "temp_warn_300", "temp_warn_335"} {
		d, _ := drill.Deadline(id, cases.Yellow)
		require.Greater(t, d.Span.Value, before)
		before = d.Span.Value
	}
	require.Greater(t, total.Span.Value, before)
}

func TestAReportNobodyTouchesReachesTheCoordinationBodyWithinAMinuteOfTheDrill(t *testing.T) {
	rules := load(t, "drill")
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	opened, refusal := cases.Open(cases.Report{
		ID: "0199a000-0000-7000-8000-000000000001", Org: "379999101203", Situations: []cases.Situation{"MR04"},
		Danger: cases.DangerYes, Relation: "relative", PoliceReportedAt: now,
	}, rules, now)
	require.Nil(t, refusal)
	s := opened.State
	triage, ok := s.Obligation("triage")
	require.True(t, ok)
	var rungs []string
	var last time.Time
	for range 200 {
		wake, ok := cases.NextWake(s, rules)
		require.True(t, ok)
		step := cases.Tick(s, rules, wake)
		s = step.State
		for _, e := range step.Events {
			if e.Type == cases.EventRung && e.Key == "triage" && len(rungs) < 5 {
				rungs, last = append(rungs, e.RungName+" "+string(e.Posts[len(e.Posts)-1])), e.At
			}
		}
		if len(rungs) == 5 {
			break
		}
	}
	require.Equal(t, []string{
		"remind city:379999000000/desk",
		"due town:379999101000/supervisor",
		"level1 city:379999000000/manager",
		"level2 city:379999000000/head",
		"level3 city:379999000000/body",
	}, rungs)
	require.LessOrEqual(t, last.Sub(now), time.Minute)
	require.Equal(t, triage.Due.Add(24*time.Second), last)
}

// TestRefused reads every file of testdata/refused and wants exactly the problems
// that it marks: "# WANT: text" at the end of a line, or above the first line with
// another text for one line (several marks are parted by " | ").
func TestRefused(t *testing.T) {
	paths, err := filepath.Glob("testdata/refused/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(path)
			require.NoError(t, err)
			parse := func(name string, src []byte) error { _, err := policy.Parse(name, src); return err }
			if strings.HasPrefix(filepath.Base(path), "calendar") {
				parse = func(name string, src []byte) error { _, err := policy.ParseCalendar(name, src); return err }
			}
			var problems policy.Problems
			require.ErrorAs(t, parse("file.yaml", src), &problems)
			var got, want []string
			marks := wanted(string(src))
			for _, p := range problems {
				require.Equal(t, "file.yaml", p.File, p)
				require.NotEmpty(t, p.Want, "says what would be right: %s", p)
				require.True(t, strings.HasPrefix(p.String(), fmt.Sprintf("file.yaml:%d: ", p.Line)))
				text := fmt.Sprintf("%d: %s", p.Line, p.What)
				for i, m := range marks {
					if m != "" && strings.HasPrefix(text, m) {
						marks[i], text = "", ""
						break
					}
				}
				if text != "" {
					got = append(got, text)
				}
			}
			want = slices.DeleteFunc(marks, func(m string) bool { return m == "" })
			require.Empty(t, got, "problems not marked")
			require.Empty(t, want, "marks without a problem; it says:\n%s", problems.Error())
		})
	}
}

var mark = regexp.MustCompile(`# WANT: (.*)$`)

func wanted(src string) []string {
	var out []string
	for i, line := range strings.Split(src, "\n") {
		if m := mark.FindStringSubmatch(line); m != nil {
			for _, text := range strings.Split(m[1], " | ") {
				out = append(out, fmt.Sprintf("%d: %s", i+1, strings.TrimSpace(text)))
			}
		}
	}
	return out
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	_, err := policy.Parse("big.yaml", []byte("# "+strings.Repeat("x", 1<<20)))
	require.ErrorContains(t, err, "big.yaml:1: the file is too large")
}

func TestAPolicyOfOnesOwnChangesOneRow(t *testing.T) {
	rules, err := policy.Parse("own.yaml", []byte(`
policy: own
version: "1"
extends: anqiu
deadlines:
  - {id: triage, value: 2, unit: hour}
  - {id: archive, series: {first: 1 day, then: [{every: 1 workday}]}}
`))
	require.NoError(t, err)
	require.Equal(t, "own", rules.Policy)
	d, _ := rules.Deadline("triage", cases.Yellow)
	require.Equal(t, cases.Span{Value: 2, Unit: cases.Hour}, d.Span)
	require.Equal(t, cases.PostSpec("city/desk"), d.Owner)
	red, _ := rules.Deadline("triage", cases.Red)
	require.Equal(t, cases.Span{Value: 1, Unit: cases.Hour}, red.Span, "the colours of the row stand")
	a, _ := rules.Deadline("archive", cases.Yellow)
	require.Equal(t, []cases.Leg{{Span: cases.Span{Value: 1, Unit: cases.WorkDay}}}, a.Then)
}

func TestTheRetentionScheduleIsTheOffices(t *testing.T) {
	rules := load(t, "anqiu")
	for _, row := range rules.Retention {
		require.Equal(t, cases.Local, row.Class, row.ID)
		require.Contains(t, row.Article, "档案法实施条例", row.ID)
	}
	g, ok := rules.RetentionFor(cases.Guardianship, cases.OutcomeLongTerm)
	require.True(t, ok)
	require.True(t, g.Permanent)
	report, ok := rules.RetentionFor(cases.MandatoryReport, cases.OutcomeUnfounded)
	require.True(t, ok)
	require.Equal(t, cases.Span{Value: 30, Unit: cases.Year}, report.Span)
	require.Equal(t, []int{18, 10}, []int{report.UntilAge, report.Plus})
	visit, ok := rules.RetentionFor(cases.VisitFiles, "")
	require.True(t, ok)
	require.Equal(t, cases.Span{Value: 10, Unit: cases.Year}, visit.Span)
	require.True(t, report.Applies())
	require.False(t, visit.Applies(), "there are no such files here, and the row says so")

	drill := load(t, "drill")
	quick, _ := drill.RetentionFor(cases.MandatoryReport, cases.OutcomeUnfounded)
	require.Equal(t, cases.Span{Value: 20, Unit: cases.Second}, quick.Span)
	slow, _ := drill.RetentionFor(cases.MandatoryReport, cases.OutcomeClosed)
	require.Equal(t, cases.Span{Value: 86400, Unit: cases.Second}, slow.Span)
	require.Zero(t, slow.UntilAge)
	g, _ = drill.RetentionFor(cases.Guardianship, cases.OutcomeClosed)
	require.True(t, g.Permanent)
}

// Rules that were stored before there was a schedule keep their hash: State names it.
func TestRulesWithoutAScheduleHashAsTheyDid(t *testing.T) {
	rules := load(t, "anqiu")
	rules.Retention = nil
	text, err := json.Marshal(rules)
	require.NoError(t, err)
	require.NotContains(t, string(text), "retention")
	_, ok := rules.RetentionFor(cases.MandatoryReport, cases.OutcomeClosed)
	require.False(t, ok, "what no row names is kept")
}

const year2027 = `
calendar: "2027"
sources: [虚构的通知]
from: 2027-01-01
to: 2027-12-31
off:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-03}
work: [2027-01-09]
workdays: 261
`

func TestAnImportedCalendarMakesDeadlinesCertain(t *testing.T) {
	rules := load(t, "anqiu")
	start := time.Date(2026, 12, 30, 10, 0, 0, 0, cases.Zone)
	due, provisional := rules.Calendar.DueAt(start, cases.Span{Value: 2, Unit: cases.WorkDay}, cases.RollNone)
	require.True(t, provisional)
	require.Equal(t, "2027-01-01", due.In(cases.Zone).Format(time.DateOnly))

	c, err := policy.ParseCalendar("2027.yaml", []byte(year2027))
	require.NoError(t, err)
	after := policy.WithCalendar(rules, c)
	due, provisional = after.Calendar.DueAt(start, cases.Span{Value: 2, Unit: cases.WorkDay}, cases.RollNone)
	require.False(t, provisional)
	require.Equal(t, "2027-01-04", due.In(cases.Zone).Format(time.DateOnly))

	require.NotEqual(t, rules.Hash(), after.Hash())
	require.Equal(t, "2026+2027", after.Calendar.Version)
	require.Equal(t, "2026-12-31", rules.Calendar.To, "the rules given are left alone")
	require.Equal(t, after.Hash(), policy.WithCalendar(after, c).Hash(), "importing it again changes nothing")
	require.Equal(t, after.Deadlines, rules.Deadlines)
}

func TestACorrectedCalendarReplacesTheDaysThatItCovers(t *testing.T) {
	c, err := policy.ParseCalendar("2027.yaml", []byte(year2027))
	require.NoError(t, err)
	both := policy.WithCalendar(load(t, "anqiu"), c)
	corrected := c
	corrected.Version, corrected.Work = "2027-2", []string{"2027-01-10"}
	got, err := policy.Join(both.Calendar, corrected)
	require.NoError(t, err)
	require.Contains(t, got.Work, "2027-01-10")
	require.NotContains(t, got.Work, "2027-01-09")
	require.Contains(t, got.Work, "2026-10-10", "the other year stands")
}

func TestACalendarThatLeavesAGapIsNotTaken(t *testing.T) {
	rules := load(t, "anqiu")
	far := cases.Calendar{Version: "2028", From: "2028-01-01", To: "2028-12-31"}
	_, err := policy.Join(rules.Calendar, far)
	require.ErrorContains(t, err, "does not join")
	require.Equal(t, rules.Hash(), policy.WithCalendar(rules, far).Hash())
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"*.yaml", "testdata/refused/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, p := range paths {
			src, err := os.ReadFile(p)
			require.NoError(f, err)
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if c, err := policy.ParseCalendar("fuzz.yaml", src); err == nil {
			require.LessOrEqual(t, c.From, c.To)
			require.True(t, slices.IsSorted(c.Off) && slices.IsSorted(c.Work))
		} else {
			refusedWell(t, err)
		}
		rules, err := policy.Parse("fuzz.yaml", src)
		if err != nil {
			refusedWell(t, err)
			return
		}
		start := time.Date(2026, 12, 30, 10, 0, 0, 0, cases.Zone)
		for _, d := range rules.Deadlines {
			due, _ := rules.Calendar.DueAt(start, d.Span, d.Roll)
			require.True(t, due.After(start), d.ID)
			require.True(t, d.Owner.Valid())
			for _, c := range cases.Colours {
				l, ok := rules.Ladder(d.Ladder, c)
				require.True(t, ok)
				require.NotEmpty(t, l.Rungs)
			}
		}
	})
}

func refusedWell(t *testing.T, err error) {
	t.Helper()
	var problems policy.Problems
	require.ErrorAs(t, err, &problems)
	require.NotEmpty(t, problems)
	for _, p := range problems {
		require.Positive(t, p.Line)
		require.NotEmpty(t, p.What)
	}
}
