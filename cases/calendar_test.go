package cases

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// table2026 is the State Council's table of 2026 (DOMAIN 2.6).
var table2026 = Calendar{
	Version: "2026",
	From:    "2026-01-01", To: "2026-12-31",
	Off: slices.Concat(
		run("2026-01-01", 3), run("2026-02-15", 9), run("2026-04-04", 3), run("2026-05-01", 5),
		run("2026-06-19", 3), run("2026-09-25", 3), run("2026-10-01", 7),
	),
	Work: []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"},
}

func run(from string, days int) []string {
	var out []string
	for i := range days {
		out = append(out, at(from+" 00:00").AddDate(0, 0, i).Format(dateForm))
	}
	return out
}

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func TestDeadlinesAreCountedByTheCivilCode(t *testing.T) {
	for _, v := range []struct {
		name        string
		start       string
		span        Span
		roll        Roll
		due         string // the day by whose end it is owed, or the minute
		provisional bool
	}{
		// The vectors of DOMAIN 2.6.
		{"3 days roll over the National Day week", "2026-09-30 10:00", Span{3, Day}, RollNextWorkday, "2026-10-08", false},
		{"3 days roll over a Sunday", "2026-11-26 10:00", Span{3, Day}, RollNextWorkday, "2026-11-30", false},
		{"7 days roll over the Spring Festival", "2026-02-10 10:00", Span{7, Day}, RollNextWorkday, "2026-02-24", false},
		{"5 working days end on a made-up Saturday", "2026-09-28 10:00", Span{5, WorkDay}, RollNone, "2026-10-10", false},
		{"5 working days over the Spring Festival", "2026-02-12 10:00", Span{5, WorkDay}, RollNone, "2026-02-26", false},
		{"15 working days over the Spring Festival", "2026-02-09 10:00", Span{15, WorkDay}, RollNone, "2026-03-06", false},
		{"15 working days over Mid-Autumn and National Day", "2026-09-21 10:00", Span{15, WorkDay}, RollNone, "2026-10-19", false},
		{"a year needs no calendar", "2026-11-23 10:00", Span{1, Year}, RollNone, "2027-11-23", false},
		{"a month ends on the last day, a made-up Saturday", "2026-01-31 10:00", Span{1, Month}, RollNextWorkday, "2026-02-28", false},
		{"24 hours run through a holiday", "2026-09-30 17:30", Span{24, Hour}, RollNextWorkday, "2026-10-01 17:30", false},

		{"3 days that protect a child do not roll", "2026-09-30 10:00", Span{3, Day}, RollNone, "2026-10-03", false},
		{"the day of the start does not count, however late", "2026-11-23 23:59", Span{1, Day}, RollNone, "2026-11-24", false},
		{"nor however early", "2026-11-23 00:00", Span{1, Day}, RollNone, "2026-11-24", false},
		{"a working day from a Friday is the Monday", "2026-11-27 09:00", Span{1, WorkDay}, RollNone, "2026-11-30", false},
		{"a working day from a day off is the first day worked", "2026-10-02 09:00", Span{1, WorkDay}, RollNone, "2026-10-08", false},
		{"5 working days that roll end where they end", "2026-09-28 10:00", Span{5, WorkDay}, RollNextWorkday, "2026-10-10", false},
		{"a leap day has no corresponding day", "2028-02-29 08:00", Span{1, Year}, RollNone, "2029-02-28", false},
		{"15 minutes", "2026-12-31 23:50", Span{15, Minute}, RollNone, "2027-01-01 00:05", false},
		{"60 seconds", "2026-12-31 23:59", Span{60, Second}, RollNone, "2027-01-01 00:00", false},

		// Beyond the table.
		{"the last working day of the table", "2026-12-30 10:00", Span{1, WorkDay}, RollNone, "2026-12-31", false},
		{"a working day of next year is provisional", "2026-12-31 10:00", Span{1, WorkDay}, RollNone, "2027-01-01", true},
		{"so is one after plain weekends", "2026-12-28 10:00", Span{5, WorkDay}, RollNone, "2027-01-04", true},
		{"a day of next year that may roll is provisional", "2026-12-30 10:00", Span{3, Day}, RollNextWorkday, "2027-01-04", true},
		{"even where it did not have to roll", "2026-12-29 10:00", Span{3, Day}, RollNextWorkday, "2027-01-01", true},
		{"a day of next year that cannot roll is certain", "2026-12-30 10:00", Span{3, Day}, RollNone, "2027-01-02", false},
		{"days before the table are provisional", "2025-12-30 10:00", Span{1, WorkDay}, RollNone, "2025-12-31", true},
		{"but the day of the start is not consulted", "2025-12-31 10:00", Span{2, WorkDay}, RollNone, "2026-01-05", false},
	} {
		t.Run(v.name, func(t *testing.T) {
			due, provisional := table2026.DueAt(at(v.start).UTC(), v.span, v.roll)
			require.Equal(t, time.UTC, due.Location())
			require.Equal(t, v.provisional, provisional)
			if strings.Contains(v.due, ":") {
				require.Equal(t, v.due, due.In(Zone).Format("2006-01-02 15:04"))
				return
			}
			require.Equal(t, v.due+" 23:59:59", due.In(Zone).Format(time.DateTime), "24:00 less one second")
		})
	}
}

func TestTheTableOf2026Has248WorkingDays(t *testing.T) {
	n := 0
	for day := at("2026-01-01 00:00"); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
		require.True(t, table2026.Covered(day))
		if table2026.IsWorkday(day) {
			n++
		}
	}
	require.Equal(t, 248, n)
}

func TestTheDayIsTheOneInTheZone(t *testing.T) {
	// 17:00 UTC on the Friday is 01:00 on the Saturday.
	friday := time.Date(2026, 11, 27, 15, 59, 0, 0, time.UTC)
	require.True(t, table2026.IsWorkday(friday))
	require.False(t, table2026.IsWorkday(friday.Add(time.Minute)))

	eve := time.Date(2026, 12, 31, 15, 59, 0, 0, time.UTC)
	require.True(t, table2026.Covered(eve))
	require.False(t, table2026.Covered(eve.Add(time.Minute)))
}

func TestWithoutTablesEveryWorkingDayIsProvisional(t *testing.T) {
	due, provisional := Calendar{}.DueAt(at("2026-09-28 10:00"), Span{5, WorkDay}, RollNone)
	require.True(t, provisional)
	require.Equal(t, "2026-10-05", due.In(Zone).Format(dateForm))
}

func TestAddKeepsTheTimeOfDay(t *testing.T) {
	for _, v := range []struct {
		name, from  string
		span        Span
		to          string
		provisional bool
	}{
		{"nothing", "2026-09-30 17:30", Span{}, "2026-09-30 17:30", false},
		{"no hours", "2026-09-30 17:30", Span{0, Hour}, "2026-09-30 17:30", false},
		{"half an hour", "2026-09-30 23:45", Span{30, Minute}, "2026-10-01 00:15", false},
		{"a day is 24 hours, holiday or not", "2026-09-30 17:30", Span{1, Day}, "2026-10-01 17:30", false},
		{"a working day skips the holiday", "2026-09-30 17:30", Span{1, WorkDay}, "2026-10-08 17:30", false},
		{"no working days move nothing", "2026-10-01 17:30", Span{0, WorkDay}, "2026-10-01 17:30", false},
		{"a working day past the table", "2026-12-31 17:30", Span{1, WorkDay}, "2027-01-01 17:30", true},
		{"a month is clamped", "2026-01-31 06:05", Span{1, Month}, "2026-02-28 06:05", false},
		{"13 months", "2026-01-31 06:05", Span{13, Month}, "2027-02-28 06:05", false},
		{"a year", "2028-02-29 06:05", Span{1, Year}, "2029-02-28 06:05", false},
	} {
		t.Run(v.name, func(t *testing.T) {
			got, provisional := table2026.add(at(v.from).UTC(), v.span)
			require.Equal(t, v.to, got.In(Zone).Format("2006-01-02 15:04"))
			require.Equal(t, time.UTC, got.Location())
			require.Equal(t, v.provisional, provisional)
		})
	}
}

// anyTime draws a time from 2025 to 2028, so that most lie off the table's ends too.
func anyTime(t *rapid.T, label string) time.Time {
	from := at("2025-01-01 00:00").Unix()
	to := at("2028-12-31 00:00").Unix()
	return time.Unix(rapid.Int64Range(from, to).Draw(t, label), 0).UTC()
}

func anySpan(t *rapid.T) Span {
	unit := rapid.SampledFrom([]Unit{Second, Minute, Hour, Day, WorkDay, Month, Year}).Draw(t, "unit")
	return Span{Value: rapid.IntRange(1, 60).Draw(t, "value"), Unit: unit}
}

func anyRoll(t *rapid.T) Roll {
	return rapid.SampledFrom([]Roll{RollNone, RollNextWorkday}).Draw(t, "roll")
}

func TestALaterStartIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyTime(t, "a"), anyTime(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		s, roll := anySpan(t), anyRoll(t)
		dueA, _ := table2026.DueAt(a, s, roll)
		dueB, _ := table2026.DueAt(b, s, roll)
		require.False(t, dueB.Before(dueA))
		require.True(t, dueA.After(a))

		addA, _ := table2026.add(a, s)
		addB, _ := table2026.add(b, s)
		require.True(t, addA.After(a))
		if s.Unit != WorkDay && s.Unit != Month && s.Unit != Year {
			require.Equal(t, b.Sub(a), addB.Sub(addA), "exact units keep distances")
		} else {
			require.Equal(t, a.In(Zone).Format(time.TimeOnly), addA.In(Zone).Format(time.TimeOnly))
		}
	})
}

func TestALongerSpanIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, s, roll := anyTime(t, "start"), anySpan(t), anyRoll(t)
		due, _ := table2026.DueAt(start, s, roll)
		longer, _ := table2026.DueAt(start, Span{s.Value + 1, s.Unit}, roll)
		require.False(t, longer.Before(due))
	})
}

func TestADeadlineThatRollsNeverFallsOnADayOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := anyTime(t, "start")
		s := Span{rapid.IntRange(1, 400).Draw(t, "value"), rapid.SampledFrom([]Unit{Day, WorkDay, Month, Year}).Draw(t, "unit")}
		if s.Unit == Month || s.Unit == Year {
			s.Value = s.Value%24 + 1
		}
		rolled, provisional := table2026.DueAt(start, s, RollNextWorkday)
		plain, _ := table2026.DueAt(start, s, RollNone)
		require.True(t, table2026.IsWorkday(rolled))
		require.False(t, rolled.Before(plain))
		for day := plain; day.Before(rolled); day = day.AddDate(0, 0, 1) {
			require.False(t, table2026.IsWorkday(day), "a working day was passed over")
		}
		if !provisional {
			require.True(t, table2026.Covered(rolled))
		}
		require.Equal(t, "23:59:59", rolled.In(Zone).Format(time.TimeOnly))
	})
}

func TestWorkingDaysAreCountedOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := anyTime(t, "start")
		n := rapid.IntRange(1, 120).Draw(t, "n")
		due, provisional := table2026.DueAt(start, Span{n, WorkDay}, RollNone)
		counted, outside := 0, false
		for day := dayOf(start).AddDate(0, 0, 1); !day.After(due); day = day.AddDate(0, 0, 1) {
			if table2026.IsWorkday(day) {
				counted++
			}
			outside = outside || !table2026.Covered(day)
		}
		require.Equal(t, n, counted)
		require.Equal(t, outside, provisional)
		require.True(t, table2026.IsWorkday(due))
	})
}

func TestMonthsEndOnTheCorrespondingDayOrTheMonthsLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := anyTime(t, "start")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		due, provisional := table2026.DueAt(start, Span{n, Month}, RollNone)
		from, to := start.In(Zone), due.In(Zone)
		require.Equal(t, (from.Year()*12+int(from.Month())-1)+n, to.Year()*12+int(to.Month())-1)
		require.False(t, provisional)
		if to.Day() != from.Day() {
			require.Less(t, to.Day(), from.Day())
			require.Equal(t, 1, to.AddDate(0, 0, 1).Day(), "clamped, but not to the month's last day")
		}
	})
}

func TestSpreadIsACasesOwnShare(t *testing.T) {
	require.Zero(t, spread("a", Span{}))
	require.Zero(t, spread("a", Span{0, Minute}))
	seen := map[time.Duration]bool{}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "id")
		s := anySpan(t)
		d := spread(id, s)
		require.Equal(t, d, spread(id, s))
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.Less(t, d, s.Nominal())
		seen[spread(id, Span{10, Minute})] = true
	})
	require.Greater(t, len(seen), 50, "ids share their place")
}

func BenchmarkDueAtFiveWorkingDays(b *testing.B) {
	start := at("2026-09-28 10:00")
	for b.Loop() {
		table2026.DueAt(start, Span{5, WorkDay}, RollNone)
	}
}
