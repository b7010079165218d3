package cases

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDaysAreCountedUpToTheDeadlineItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, span, roll := anyTime(t, "start"), anySpan(t), anyRoll(t)
		days, due, provisional := table2026.Count(start, span, roll)
		wanted, uncertain := table2026.DueAt(start, span, roll)
		require.Equal(t, wanted, due)
		require.Equal(t, uncertain, provisional)
		if _, exact := span.exact(); exact {
			require.Empty(t, days)
			return
		}
		require.Equal(t, start.In(Zone).Format(dateForm), days[0].Date, "from the day of the start")
		require.Zero(t, days[0].N, "which does not count")
		require.Equal(t, due.In(Zone).Format(dateForm), days[len(days)-1].Date, "to the day by whose end it is owed")
		marked, counted := false, 0
		for i, d := range days {
			marked = marked || d.Provisional
			if d.N > 0 {
				counted++
				require.Equal(t, counted, d.N)
				require.True(t, span.Unit != WorkDay || d.Kind == DayWorked || d.Kind == DayMakeUp)
			}
			if i > 0 {
				require.Greater(t, d.Date, days[i-1].Date)
			}
		}
		require.Equal(t, provisional, marked, "the days that no table covers are marked")
		if span.Unit == Day || span.Unit == WorkDay {
			require.Equal(t, span.Value, counted)
		}
	})
}

func TestTheWaySaysWhyADayDoesNotCount(t *testing.T) {
	days, _, _ := table2026.Count(at("2026-09-28 10:00"), Span{5, WorkDay}, RollNone)
	require.Equal(t, []CountedDay{
		{Date: "2026-09-28", Kind: DayWorked},
		{Date: "2026-09-29", Kind: DayWorked, N: 1},
		{Date: "2026-09-30", Kind: DayWorked, N: 2},
		{Date: "2026-10-01", Kind: DayHoliday},
		{Date: "2026-10-02", Kind: DayHoliday},
		{Date: "2026-10-03", Kind: DayHoliday},
		{Date: "2026-10-04", Kind: DayHoliday},
		{Date: "2026-10-05", Kind: DayHoliday},
		{Date: "2026-10-06", Kind: DayHoliday},
		{Date: "2026-10-07", Kind: DayHoliday},
		{Date: "2026-10-08", Kind: DayWorked, N: 3},
		{Date: "2026-10-09", Kind: DayWorked, N: 4},
		{Date: "2026-10-10", Kind: DayMakeUp, N: 5},
	}, days)
}

func TestADeadlineThatRollsShowsWhatItPassedOver(t *testing.T) {
	days, _, _ := table2026.Count(at("2026-11-26 10:00"), Span{3, Day}, RollNextWorkday)
	require.Equal(t, []CountedDay{
		{Date: "2026-11-26", Kind: DayWorked},
		{Date: "2026-11-27", Kind: DayWorked, N: 1},
		{Date: "2026-11-28", Kind: DayWeekend, N: 2},
		{Date: "2026-11-29", Kind: DayWeekend, N: 3, Rolled: true},
		{Date: "2026-11-30", Kind: DayWorked, Rolled: true},
	}, days)
}
