package cases

// Smallest is the least number, but 0, that is shown of cases that the asker does
// not see themselves (DOMAIN 7: cell <5 suppressed).
const Smallest = 5

// Table is a column of numbers that add up to a total.
type Table []int

// Total is the sum of the rows.
func (t Table) Total() (sum int) {
	for _, n := range t {
		sum += n
	}
	return sum
}

// Hidden tells which numbers of a Table are not shown.
type Hidden struct {
	Rows  []bool
	Total bool
}

// Small tells whether a number is too small to be shown. None is no small number.
func Small(n int) bool { return n > 0 && n < Smallest }

// Suppress hides small numbers and, so that they cannot be computed from the total,
// others with them: the hidden rows of a shown total leave each of them at least two
// values, one of them not small. before are hidden anyway. 0 is never hidden.
func (t Table) Suppress(before Hidden) Hidden {
	h := Hidden{Rows: make([]bool, len(t)), Total: before.Total || Small(t.Total())}
	sum, n := 0, 0
	hide := func(i int) {
		h.Rows[i] = true
		sum, n = sum+t[i], n+1
	}
	for i, v := range t {
		if Small(v) || v > 0 && i < len(before.Rows) && before.Rows[i] {
			hide(i)
		}
	}
	// Each hidden row is known to be 1 at least, so one can be sum-(n-1) at most.
	for n > 0 && !h.Total && (n < 2 || sum-(n-1) < Smallest) || h.Total && n == 0 && t.Total() > 0 {
		next := -1
		for i, v := range t {
			if v > 0 && !h.Rows[i] && (next < 0 || v < t[next]) {
				next = i
			}
		}
		if next < 0 {
			h.Total = true
			break
		}
		hide(next)
	}
	return h
}

// SuppressTogether suppresses tables of one total: what keeps it from being shown
// in one keeps it from being computed from the others.
func SuppressTogether(tables ...Table) []Hidden {
	out := make([]Hidden, len(tables))
	total := false
	for range 2 {
		for i, t := range tables {
			out[i] = t.Suppress(Hidden{Total: total})
			total = total || out[i].Total
		}
	}
	return out
}

// SuppressSpans suppresses the same table over spans of time, each within the next:
// neither a number nor what it has grown by since a shorter span is small.
func SuppressSpans(spans ...Table) []Hidden {
	out := make([]Hidden, len(spans))
	for k, t := range spans {
		before := Hidden{Rows: make([]bool, len(t))}
		for j := range k {
			grown := make(Table, len(t))
			for i := range t {
				grown[i] = t[i] - spans[j][i]
			}
			apart := grown.Suppress(Hidden{})
			for i := range t {
				before.Rows[i] = before.Rows[i] || apart.Rows[i] && !out[j].Rows[i]
			}
			before.Total = before.Total || apart.Total && !out[j].Total
		}
		out[k] = t.Suppress(before)
	}
	return out
}
