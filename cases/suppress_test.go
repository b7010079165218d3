package cases_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tonghu/cases"
)

// tableOf draws numbers as a county has them: mostly small ones, and none.
func tableOf(t *rapid.T, rows int, name string) cases.Table {
	return rapid.SliceOfN(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 6), rapid.IntRange(0, 60)), rows, rows).Draw(t, name)
}

// requireApart requires that from what is shown of a table, each hidden row can be
// small and can be not.
func requireApart(t *rapid.T, rows cases.Table, h cases.Hidden) {
	sum, hidden := 0, 0
	for i, n := range rows {
		switch {
		case h.Rows[i]:
			require.Positive(t, n, "none is shown")
			sum, hidden = sum+n, hidden+1
		default:
			require.False(t, cases.Small(n), "%v shows %d", rows, n)
		}
	}
	if h.Total {
		require.True(t, hidden > 0 || rows.Total() == 0, "%v: the hidden total is the sum of what is shown", rows)
		return
	}
	require.False(t, cases.Small(rows.Total()), "the total of %v", rows)
	if hidden > 0 {
		require.GreaterOrEqual(t, hidden, 2, "%v, %v: one hidden row is the total less the others", rows, h)
		require.GreaterOrEqual(t, sum-(hidden-1), cases.Smallest, "%v, %v: all that is hidden is known to be small", rows, h)
	}
}

func TestNoSmallNumberIsShownOrComputed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := tableOf(t, rapid.IntRange(0, 9).Draw(t, "rows"), "table")
		requireApart(t, rows, rows.Suppress(cases.Hidden{}))
	})
}

func TestTablesOfOneTotalHideItTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := tableOf(t, rapid.IntRange(1, 6).Draw(t, "rows"), "a")
		b := cases.Table{}
		for left := a.Total(); left > 0; {
			n := rapid.IntRange(1, left).Draw(t, "share")
			b, left = append(b, n), left-n
		}
		h := cases.SuppressTogether(a, b)
		require.Equal(t, h[0].Total, h[1].Total)
		requireApart(t, a, h[0])
		requireApart(t, b, h[1])
	})
}

func TestNoSmallGrowthIsShownBetweenSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		month := tableOf(t, 4, "month")
		quarter, year := make(cases.Table, 4), make(cases.Table, 4)
		for i, n := range tableOf(t, 4, "quarter's rest") {
			quarter[i] = month[i] + n
		}
		for i, n := range tableOf(t, 4, "year's rest") {
			year[i] = quarter[i] + n
		}
		spans := []cases.Table{month, quarter, year}
		h := cases.SuppressSpans(spans...)
		for k := range spans {
			requireApart(t, spans[k], h[k])
			for j := range k {
				for i := range 4 {
					if !h[j].Rows[i] && !h[k].Rows[i] {
						require.False(t, cases.Small(spans[k][i]-spans[j][i]), "%v within %v: %v", spans[j], spans[k], h)
					}
				}
				if !h[j].Total && !h[k].Total {
					require.False(t, cases.Small(spans[k].Total()-spans[j].Total()), "%v within %v", spans[j], spans[k])
				}
			}
		}
	})
}
