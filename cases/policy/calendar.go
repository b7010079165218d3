package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tonghu/cases"
)

// ParseCalendar reads a working calendar: the State Council's yearly table. name is
// the file's name and is only used in errors. The error is a Problems.
func ParseCalendar(name string, src []byte) (cases.Calendar, error) {
	r := &reader{}
	c := r.calendar(name, src)
	if err := r.problems.sorted(); err != nil {
		return cases.Calendar{}, err
	}
	return c, nil
}

// WithCalendar gives the rules with a calendar added to their own (see Join). A
// calendar that would leave a gap is not taken: call Join first to tell the
// administrator why.
func WithCalendar(rules cases.Rules, c cases.Calendar) cases.Rules {
	if joined, err := Join(rules.Calendar, c); err == nil {
		rules.Calendar = joined
	}
	return rules
}

// Join puts a newer calendar together with an older one. On days that both cover
// the newer one counts: a corrected table is imported over the first. Joining the
// same calendar again changes nothing. An error means days between the two that
// neither covers.
func Join(older, newer cases.Calendar) (cases.Calendar, error) {
	if older.From == "" {
		return newer, nil
	}
	if newer.From == "" {
		return older, nil
	}
	if dayAfter(older.To) < newer.From || dayAfter(newer.To) < older.From {
		return cases.Calendar{}, fmt.Errorf("the calendar %s to %s does not join on to %s to %s", newer.From, newer.To, older.From, older.To)
	}
	out := cases.Calendar{
		Version: newer.Version,
		Sources: slices.Clone(newer.Sources),
		From:    min(older.From, newer.From),
		To:      max(older.To, newer.To),
		Off:     replaced(older.Off, newer.Off, newer.From, newer.To),
		Work:    replaced(older.Work, newer.Work, newer.From, newer.To),
	}
	if older.From < newer.From || older.To > newer.To { // something of the older one is left
		out.Version = joinVersions(older.Version, newer.Version)
		for i := len(older.Sources) - 1; i >= 0; i-- {
			if !slices.Contains(out.Sources, older.Sources[i]) {
				out.Sources = slices.Insert(out.Sources, 0, older.Sources[i])
			}
		}
	}
	return out, nil
}

func joinVersions(older, newer string) string {
	parts := strings.Split(older, "+")
	if !slices.Contains(parts, newer) {
		parts = append(parts, newer)
	}
	return strings.Join(parts, "+")
}

// replaced gives the older dates outside from to to and the newer ones, ascending.
func replaced(older, newer []string, from, to string) []string {
	out := slices.Clone(newer)
	for _, d := range older {
		if d < from || d > to {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func dayAfter(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// maxCalendar is the most days that one calendar covers.
const maxCalendar = 800

// calendar reads a calendar's file.
func (r *reader) calendar(file string, src []byte) cases.Calendar {
	before := len(r.problems)
	top := r.document(file, src, "calendar", "sources", "from", "to", "off", "work", "workdays")
	if len(top.keys) == 0 {
		if len(r.problems) == before {
			r.problem(top.at, "the calendar is empty", "write calendar, sources, from, to, off, work and workdays")
		}
		return cases.Calendar{}
	}
	c := cases.Calendar{Version: r.textOf(top, "calendar", "name it by its year, as in calendar: \"2027\"")}
	if v, ok := r.need(top, "sources", "name the notice that the table is from"); ok {
		for _, s := range r.list(v) {
			c.Sources = append(c.Sources, r.text(s))
		}
		if len(c.Sources) == 0 {
			r.problem(v, "no sources", "name the notice that the table is from")
		}
	}
	for _, end := range []struct {
		key string
		to  *string
	}{{"from", &c.From}, {"to", &c.To}} {
		if v, ok := r.need(top, end.key, "give the first and the last day that the table covers"); ok {
			*end.to = r.date(v)
		}
	}
	if c.From == "" || c.To == "" {
		return cases.Calendar{}
	}
	days := daysBetween(c.From, c.To)
	if len(days) == 0 {
		r.problem(top.by["to"], "the calendar covers no day or too many", "write a day after "+c.From+", at most "+strconv.Itoa(maxCalendar)+" days")
		return cases.Calendar{}
	}
	c.Off = r.daysOff(top, c)
	c.Work = r.daysWorked(top, c)
	if v, ok := r.need(top, "workdays", "count the working days of the table, as in workdays: 248"); ok && len(r.problems) == before {
		want := r.number(v, 1, maxCalendar)
		got := 0
		for _, d := range days {
			t, _ := time.ParseInLocation(time.DateOnly, d, cases.Zone)
			if c.IsWorkday(t) {
				got++
			}
		}
		if want != 0 && want != got {
			r.problem(v, fmt.Sprintf("the table has %d working days, not %d", got, want), "compare it with the notice day by day")
		}
	}
	return c
}

// daysOff reads the holidays, each a range of days.
func (r *reader) daysOff(top fields, c cases.Calendar) []string {
	v, ok := r.need(top, "off", "list the holidays, as in {name: 元旦, from: 2027-01-01, to: 2027-01-03}")
	if !ok {
		return nil
	}
	var off []string
	for _, item := range r.list(v) {
		f := r.mapping(item, "name", "from", "to")
		r.textOf(f, "name", "name the holiday")
		fromAt, ok1 := r.need(f, "from", "give its first day")
		toAt, ok2 := r.need(f, "to", "give its last day")
		if !ok1 || !ok2 {
			continue
		}
		from, to := r.date(fromAt), r.date(toAt)
		if from == "" || to == "" {
			continue
		}
		if !r.inside(fromAt, from, c) || !r.inside(toAt, to, c) {
			continue
		}
		days := daysBetween(from, to)
		if len(days) == 0 {
			r.problem(toAt, "the holiday ends before it starts", "write "+from+" or a later day")
		}
		for _, d := range days {
			if slices.Contains(off, d) {
				r.problem(fromAt, d+" is off twice", "let the holidays not overlap")
				break
			}
		}
		off = append(off, days...)
	}
	slices.Sort(off)
	return slices.Compact(off)
}

// daysWorked reads the weekend days that are worked.
func (r *reader) daysWorked(top fields, c cases.Calendar) []string {
	v, ok := r.need(top, "work", "list the weekend days that are worked, [] for none")
	if !ok {
		return nil
	}
	var work []string
	for _, item := range r.list(v) {
		d := r.date(item)
		if d == "" || !r.inside(item, d, c) {
			continue
		}
		t, _ := time.Parse(time.DateOnly, d)
		switch weekday := t.Weekday(); {
		case weekday != time.Saturday && weekday != time.Sunday:
			r.problem(item, d+" is a "+weekday.String(), "only Saturdays and Sundays are worked to make up; leave other days out")
		case slices.Contains(c.Off, d):
			r.problem(item, d+" is a day off too", "take it out of off or out of work")
		case slices.Contains(work, d):
			r.problem(item, d+" is given twice", "write it once")
		default:
			work = append(work, d)
		}
	}
	slices.Sort(work)
	return work
}

func (r *reader) inside(v value, date string, c cases.Calendar) bool {
	if date < c.From || date > c.To {
		r.problem(v, date+" lies outside the calendar", "write a day from "+c.From+" to "+c.To)
		return false
	}
	return true
}

// daysBetween gives the days from the first to the last; none if there are none or
// more than a calendar may cover.
func daysBetween(from, to string) []string {
	first, err1 := time.Parse(time.DateOnly, from)
	last, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil || last.Sub(first) > maxCalendar*24*time.Hour {
		return nil
	}
	var out []string
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		out = append(out, d.Format(time.DateOnly))
	}
	return out
}
