package cases

import "time"

// Period is a time that figures are told of.
type Period string

// The periods: the present one of the county's calendar, or any days.
const (
	ThisWeek    Period = "week"
	ThisMonth   Period = "month"
	ThisQuarter Period = "quarter"
	ThisYear    Period = "year"
	AnyDays     Period = "days"
)

// Periods lists them.
var Periods = []Period{ThisWeek, ThisMonth, ThisQuarter, ThisYear, AnyDays}

// Spans are the periods that lie each within the next, whatever the day: a week may
// lie in two months.
var Spans = []Period{ThisMonth, ThisQuarter, ThisYear}

// Around gives the period in which a time lies: from its first moment, before the
// first of the next. ok is false for AnyDays, which no time names.
func (p Period) Around(at time.Time) (from, to time.Time, ok bool) {
	y, m, d := at.In(Zone).Date()
	switch p {
	case ThisWeek: // from Monday
		d -= (int(at.In(Zone).Weekday()) + 6) % 7
		from = time.Date(y, m, d, 0, 0, 0, 0, Zone)
		to = from.AddDate(0, 0, 7)
	case ThisMonth:
		from = time.Date(y, m, 1, 0, 0, 0, 0, Zone)
		to = from.AddDate(0, 1, 0)
	case ThisQuarter:
		from = time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, Zone)
		to = from.AddDate(0, 3, 0)
	case ThisYear:
		from = time.Date(y, 1, 1, 0, 0, 0, 0, Zone)
		to = from.AddDate(1, 0, 0)
	default:
		return time.Time{}, time.Time{}, false
	}
	return from.UTC(), to.UTC(), true
}

// DayEnd is the end of the county's day in which a time lies.
func DayEnd(at time.Time) time.Time {
	y, m, d := at.In(Zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, Zone).UTC()
}
