package policy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
)

// FuzzParseCalendar looks for a calendar that breaks its reader, or that is taken and then breaks the counting of deadlines.
func FuzzParseCalendar(f *testing.F) {
	for _, src := range []string{"", "version: x\n", year2027, "from: 2027-01-01\nto: 2026-01-01\n", "off:\n  - {from: 0000-00-00, to: 9999-99-99}\n", "work: [2027-02-30]\n", "&a [*a, *a]", "a: !!binary ="} {
		f.Add([]byte(src))
	}
	rules, err := policy.Load("anqiu")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := policy.ParseCalendar("calendar.yaml", src)
		if err != nil {
			var problems policy.Problems
			require.True(t, errors.As(err, &problems), "%v names no line", err)
			return
		}
		joined := policy.WithCalendar(rules, c)
		start := time.Date(2026, 12, 30, 10, 0, 0, 0, cases.Zone)
		due, _ := joined.Calendar.DueAt(start, cases.Span{Value: 5, Unit: cases.WorkDay}, cases.RollNextWorkday)
		require.True(t, due.After(start))
		require.Less(t, due.Sub(start), 2*366*24*time.Hour, "a calendar in which nobody ever works")
	})
}
