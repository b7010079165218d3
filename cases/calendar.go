package cases

import (
	"hash/fnv"
	"slices"
	"time"
)

// dateForm is how the calendar's tables write a day.
const dateForm = "2006-01-02"

// dueAt counts a deadline by 民法典 200-204.
//
// Seconds, minutes and hours run exactly from the start (201②) and never roll.
// Days, working days, months and years start on the day after the start (201①)
// and end at 24:00 of their last day (203②). That end is given as 23:59:59 of the
// last day, one second before midnight, so that due.In(Zone) shows the day by
// whose end it is owed and not the day after.
//
// provisional tells that a day had to be judged a working day or a day off that
// the tables do not cover. A span of calendar days that does not roll needs no
// calendar and is never provisional.
func (c Calendar) dueAt(start time.Time, s Span, roll Roll) (due time.Time, provisional bool) {
	if d, exact := s.exact(); exact {
		return start.Add(d).UTC(), false
	}
	last := dayOf(start)
	switch s.Unit {
	case Day:
		last = last.AddDate(0, 0, s.Value)
	case WorkDay:
		last, provisional = c.workdaysAfter(last, s.Value)
	case Month:
		last = addMonths(last, s.Value)
	case Year:
		last = addMonths(last, 12*s.Value)
	}
	if roll == RollNextWorkday {
		for {
			provisional = provisional || !c.Covered(last)
			if c.IsWorkday(last) {
				break
			}
			last = last.AddDate(0, 0, 1)
		}
	}
	return last.AddDate(0, 0, 1).Add(-time.Second).UTC(), provisional
}

// add moves a time by a span, as ladders and holds count: a day is 24 hours, a
// working day the same time of day on a following working day, a month or a year
// the same time on the corresponding day, or on the month's last where there is
// none (民法典 202).
func (c Calendar) add(t time.Time, s Span) (at time.Time, provisional bool) {
	if d, exact := s.exact(); exact {
		return t.Add(d).UTC(), false
	}
	day := dayOf(t)
	clock := t.Sub(day)
	switch s.Unit {
	case Day:
		return t.Add(time.Duration(s.Value) * 24 * time.Hour).UTC(), false
	case WorkDay:
		day, provisional = c.workdaysAfter(day, s.Value)
	case Month:
		day = addMonths(day, s.Value)
	case Year:
		day = addMonths(day, 12*s.Value)
	}
	return day.Add(clock).UTC(), provisional
}

// workdaysAfter gives the n-th working day after a day, and whether a day on the
// way there lies outside the tables.
func (c Calendar) workdaysAfter(day time.Time, n int) (last time.Time, provisional bool) {
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		provisional = provisional || !c.Covered(day)
		if c.IsWorkday(day) {
			n--
		}
	}
	return day, provisional
}

// IsWorkday tells whether the day that t falls on in Zone is worked: Monday to
// Friday but for the days off, and the weekend days worked to make up for them.
// Beyond the tables it goes by plain weekends.
func (c Calendar) IsWorkday(t time.Time) bool {
	t = t.In(Zone)
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	date := t.Format(dateForm)
	if !c.covers(date) {
		return !weekend
	}
	table := c.Off
	if weekend {
		table = c.Work
	}
	_, listed := slices.BinarySearch(table, date)
	return listed == weekend
}

// listsOff tells whether a table that covers the day names it as a day off.
func (c Calendar) listsOff(t time.Time) bool {
	date := t.In(Zone).Format(dateForm)
	_, listed := slices.BinarySearch(c.Off, date)
	return listed && c.covers(date)
}

// Covered tells whether the tables cover the day that t falls on in Zone.
func (c Calendar) Covered(t time.Time) bool { return c.covers(t.In(Zone).Format(dateForm)) }

func (c Calendar) covers(date string) bool {
	return c.From != "" && c.From <= date && date <= c.To
}

// exact gives the length of a span that does not depend on days: seconds, minutes,
// hours, and the empty span.
func (s Span) exact() (time.Duration, bool) {
	n := time.Duration(s.Value)
	switch s.Unit {
	case Second:
		return n * time.Second, true
	case Minute:
		return n * time.Minute, true
	case Hour:
		return n * time.Hour, true
	}
	return 0, s.Value == 0 && s.Unit == ""
}

// Nominal is about how long a span is, for what needs no calendar: a day and a working
// day are 24 hours, a month 30 days, a year 365.
func (s Span) Nominal() time.Duration {
	if d, exact := s.exact(); exact {
		return d
	}
	const day = 24 * time.Hour
	n := time.Duration(s.Value)
	switch s.Unit {
	case Month:
		return n * 30 * day
	case Year:
		return n * 365 * day
	}
	return n * day
}

// spread gives a case's own share of a span, from 0 up to but without its end, so
// that deadlines of one instant do not wake every case at once. It depends on
// nothing but the id.
func spread(id string, s Span) time.Duration {
	whole := s.Nominal()
	if whole <= 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(id)) // never fails
	return time.Duration(h.Sum64() % uint64(whole))
}

// dayOf gives the start of the day that t falls on in Zone.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Zone)
}

// addMonths gives the corresponding day n months on, or the month's last day where
// there is none (民法典 202).
func addMonths(day time.Time, n int) time.Time {
	y, m, d := day.Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, Zone)
	end := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d, end)-1)
}
