package policy

import (
	"cmp"

	"tonghu/cases"
)

// compress makes a drill of a real policy: every span that is not in seconds
// already becomes so many, so that a drill never lacks a row that the real policy
// has.
type compress struct {
	on             bool
	seconds        map[cases.Unit]int // for one of each unit
	least, longest int
	step           int // between the rungs of a ladder
	hold, repeat   int
}

// compress reads the drill's own part of a policy.
func (r *reader) compress(v value) compress {
	units := []cases.Unit{cases.Minute, cases.Hour, cases.Day, cases.WorkDay, cases.Month, cases.Year}
	keys := []string{"minute", "hour", "day", "workday", "month", "year", "at_least", "at_most", "step", "hold", "repeat"}
	f := r.mapping(v, keys...)
	if !r.drill {
		r.problem(v, "compress in a policy that is no drill", "leave it out, or write drill: true")
	}
	number := func(key string) int {
		at, ok := r.need(f, key, "write all of minute, hour, day, workday, month, year, at_least, at_most, step, hold, repeat, in seconds")
		if !ok {
			return 1
		}
		return max(r.number(at, 1, 3600), 1)
	}
	c := compress{on: true, seconds: map[cases.Unit]int{}}
	for _, u := range units {
		c.seconds[u] = number(string(u))
	}
	c.least, c.longest = number("at_least"), number("at_most")
	c.step, c.hold, c.repeat = number("step"), number("hold"), number("repeat")
	if c.least > c.longest {
		r.problem(f.by["at_least"], "at_least is more than at_most", "write less")
		c.least = c.longest
	}
	return c
}

func (c compress) span(s cases.Span) cases.Span {
	if s.Value == 0 || s.Unit == cases.Second {
		return s
	}
	return cases.Span{Value: min(max(s.Value*c.seconds[s.Unit], c.least), c.longest), Unit: cases.Second}
}

// deadline gives the row of the drill. A value of the drill is nobody's law, so it
// is of class L, whatever it stands for; source and article say what that is.
func (c compress) deadline(d cases.Deadline) cases.Deadline {
	if !c.on {
		return d
	}
	d.Span = c.span(d.Span)
	then := d.Then
	d.Then = nil
	for _, leg := range then {
		d.Then = append(d.Then, cases.Leg{Span: c.span(leg.Span), Times: leg.Times})
	}
	d.Class = cases.Local
	d.Source = "演练：" + d.Source
	d.Roll = cases.RollNone
	if d.Spread.Value > 0 {
		d.Spread = cases.Span{Value: 1, Unit: cases.Second}
	}
	return d
}

// ladder gives the ladder of the drill: the same rungs, evenly and soon.
func (c compress) ladder(l cases.Ladder) cases.Ladder {
	if !c.on {
		return l
	}
	step := 0
	for i := range l.Rungs {
		g := &l.Rungs[i]
		if g.After.Value > 0 {
			step++
			g.After = c.soon(g.After, step*c.step)
		}
		g.Interval = c.soon(g.Interval, c.step)
		g.Hold = c.soon(g.Hold, c.hold)
		g.Repeat = c.soon(g.Repeat, c.repeat)
	}
	l.Source = "演练：" + cmp.Or(l.Source, string(l.ID))
	return l
}

// soon gives so many seconds in the place of a span, unless there is none or it is
// in seconds already.
func (c compress) soon(s cases.Span, seconds int) cases.Span {
	if s.Value == 0 || s.Unit == cases.Second {
		return s
	}
	return cases.Span{Value: seconds, Unit: cases.Second}
}
