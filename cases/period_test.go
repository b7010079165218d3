package cases_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func TestPeriodsAreThoseOfTheCountysCalendar(t *testing.T) {
	day := func(p cases.Period, at string) string {
		when, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		from, to, ok := p.Around(when)
		require.True(t, ok)
		require.False(t, when.Before(from))
		require.True(t, when.Before(to))
		return from.In(cases.Zone).Format("01-02 15:04") + " " + to.In(cases.Zone).Format("01-02 15:04")
	}
	for at, want := range map[string][4]string{
		// Tuesday in the middle of things; Sunday's last minute; the year's first hour, which is yesterday in UTC.
		"2026-11-24T03:00:00Z": {"11-23 00:00 11-30 00:00", "11-01 00:00 12-01 00:00", "10-01 00:00 01-01 00:00", "01-01 00:00 01-01 00:00"},
		"2026-11-29T15:59:00Z": {"11-23 00:00 11-30 00:00", "11-01 00:00 12-01 00:00", "10-01 00:00 01-01 00:00", "01-01 00:00 01-01 00:00"},
		"2026-12-31T16:30:00Z": {"12-28 00:00 01-04 00:00", "01-01 00:00 02-01 00:00", "01-01 00:00 04-01 00:00", "01-01 00:00 01-01 00:00"},
	} {
		for i, p := range []cases.Period{cases.ThisWeek, cases.ThisMonth, cases.ThisQuarter, cases.ThisYear} {
			require.Equal(t, want[i], day(p, at), "%s around %s", p, at)
		}
	}
	_, _, ok := cases.AnyDays.Around(monday)
	require.False(t, ok)
}
