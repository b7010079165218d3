package cases

import "time"

// DayKind says what a day is in the working calendar.
type DayKind string

// The kinds of day.
const (
	DayWorked  DayKind = "workday"
	DayWeekend DayKind = "weekend"
	DayHoliday DayKind = "holiday" // off by the State Council's table
	DayMakeUp  DayKind = "makeup"  // 调休: a weekend day that is worked
)

// KindOf gives what the day is that t falls on in Zone. Beyond the tables it goes by
// plain weekends, as IsWorkday does.
func (c Calendar) KindOf(t time.Time) DayKind {
	t = t.In(Zone)
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	switch worked := c.IsWorkday(t); {
	case worked && weekend:
		return DayMakeUp
	case worked:
		return DayWorked
	case c.listsOff(t):
		return DayHoliday
	}
	return DayWeekend
}

// CountedDay is a day on the way from a start to a deadline.
type CountedDay struct {
	Date string  `json:"date"` // YYYY-MM-DD in Zone
	Kind DayKind `json:"kind"`
	// N is which of the days that count it is, from 1; 0 for one that does not count.
	N int `json:"n"`
	// Rolled is set for a day off on which the deadline fell and which it passed over,
	// and for the day that it came to rest on instead.
	Rolled bool `json:"rolled"`
	// Provisional is set where the day had to be judged without a table.
	Provisional bool `json:"provisional"`
}

// Count gives the deadline of DueAt and how it came about, day by day. The first day
// is that of the start, which does not count. A span of months or years goes to the
// corresponding day: only that day, and those that it rolls over, are given. A span
// of hours or less has no days.
func (c Calendar) Count(start time.Time, s Span, roll Roll) (days []CountedDay, due time.Time, provisional bool) {
	due, provisional = c.dueAt(start, s, roll)
	if _, exact := s.exact(); exact {
		return nil, due, provisional
	}
	first, last := dayOf(start), dayOf(due)
	days = append(days, CountedDay{Date: first.Format(dateForm), Kind: c.KindOf(first)})
	n := 0
	full := first // the day by which the span itself is over
	switch s.Unit {
	case Month:
		full = addMonths(first, s.Value)
	case Year:
		full = addMonths(first, 12*s.Value)
	default:
		for n < s.Value {
			full = full.AddDate(0, 0, 1)
			d := CountedDay{Date: full.Format(dateForm), Kind: c.KindOf(full)}
			if s.Unit == Day || c.IsWorkday(full) {
				n++
				d.N = n
			}
			d.Provisional = s.Unit == WorkDay && !c.Covered(full)
			days = append(days, d)
		}
	}
	if s.Unit == Month || s.Unit == Year {
		days = append(days, CountedDay{Date: full.Format(dateForm), Kind: c.KindOf(full), N: 1})
	}
	end := &days[len(days)-1]
	if roll == RollNextWorkday {
		end.Rolled = full.Before(last)
		end.Provisional = end.Provisional || !c.Covered(full)
	}
	for d := full.AddDate(0, 0, 1); !d.After(last); d = d.AddDate(0, 0, 1) {
		days = append(days, CountedDay{Date: d.Format(dateForm), Kind: c.KindOf(d), Rolled: true, Provisional: !c.Covered(d)})
	}
	return days, due, provisional
}
