package postgres

import (
	"tonghu/cases"
	"tonghu/records"
)

// suppressed are figures without small numbers, and without those that would tell
// them: of the last of spans, the others within it.
func suppressed(spans []counted) records.Figures {
	last := spans[len(spans)-1]
	out := last.figures()
	out.Whole = true
	out.Posts = nil // a post is a person

	// What is owed: the same total by towns, and by departments and the line.
	units := last.owedBy(ofUnit)
	for _, column := range []func(*records.OwedNow) *records.Figure{
		func(o *records.OwedNow) *records.Figure { return &o.Today },
		func(o *records.OwedNow) *records.Figure { return &o.AtRisk },
		func(o *records.OwedNow) *records.Figure { return &o.Overdue },
	} {
		h := cases.SuppressTogether(columnOf(out.Towns, column), columnOf(units, column))
		hideColumn(out.Towns, column, h[0])
		hideColumn(units, column, h[1])
		column(&out.Now).Hidden = h[0].Total
	}
	// All that is owed less what is overdue would be another number.
	for _, rows := range [][]records.OwedNow{out.Towns, units} {
		for i := range rows {
			rows[i].Open, rows[i].Stopped = records.Figure{Hidden: true}, records.Figure{Hidden: true}
		}
	}
	out.Now.Open, out.Now.Stopped = records.Figure{Hidden: true}, records.Figure{Hidden: true}
	out.Departments = departments(units)

	h := cases.SuppressTogether(tableOf(out.Colours), tableOf(out.Phases))
	hideCounted(out.Colours, h[0])
	hideCounted(out.Phases, h[1])
	out.Cases.Hidden = h[0].Total
	out.CasesLate.Hidden = cases.Small(out.CasesLate.N) || cases.Small(out.Cases.N-out.CasesLate.N)

	for i := range out.Promised {
		hidePromised(&out.Promised[i], spans)
	}
	for i := range out.Ladder {
		hideClimbed(&out.Ladder[i], spans)
	}
	blank(&out)
	return out
}

func columnOf(rows []records.OwedNow, column func(*records.OwedNow) *records.Figure) cases.Table {
	t := make(cases.Table, len(rows))
	for i := range rows {
		t[i] = column(&rows[i]).N
	}
	return t
}

func hideColumn(rows []records.OwedNow, column func(*records.OwedNow) *records.Figure, h cases.Hidden) {
	for i := range rows {
		column(&rows[i]).Hidden = h.Rows[i]
	}
}

func tableOf(rows []records.Counted) cases.Table {
	t := make(cases.Table, len(rows))
	for i, r := range rows {
		t[i] = r.N.N
	}
	return t
}

func hideCounted(rows []records.Counted, h cases.Hidden) {
	for i := range rows {
		rows[i].N.Hidden = h.Rows[i]
	}
}

// hidePromised hides what became of few promises; a share and a time are told where
// they are of enough.
func hidePromised(p *records.Promised, spans []counted) {
	tables := make([]cases.Table, len(spans))
	for k, n := range spans {
		tables[k] = make(cases.Table, 5)
		for _, r := range n.promises {
			if r.Base == p.Key {
				tables[k] = cases.Table{int(r.InTime), int(r.Late), int(r.Overdue), int(r.Running), int(r.Released)}
			}
		}
	}
	h := cases.SuppressSpans(tables...)[len(spans)-1]
	for i, f := range []*records.Figure{&p.InTime, &p.Late, &p.Overdue, &p.Running, &p.Released} {
		f.Hidden = h.Rows[i]
	}
	p.Total.Hidden = h.Total
	if p.InTime.Hidden || p.Late.Hidden || p.Overdue.Hidden || p.InTime.N+p.Late.N+p.Overdue.N < cases.Smallest {
		p.Share = nil
	}
	done := p.InTime.N + p.Late.N
	if p.InTime.Hidden || p.Late.Hidden || done < cases.Smallest {
		p.Median = nil
	}
	if p.Median == nil || done < 2*cases.Smallest { // of fewer it is nearly one case's own
		p.P90 = nil
	}
}

func hideClimbed(c *records.Climbed, spans []counted) {
	tables := make([]cases.Table, len(spans))
	for k, n := range spans {
		tables[k] = make(cases.Table, 3)
		for _, r := range n.ladder {
			if r.Name == c.Rung {
				tables[k] = cases.Table{int(r.Acknowledged), int(r.Ended), int(r.Waiting)}
			}
		}
	}
	h := cases.SuppressSpans(tables...)[len(spans)-1]
	for i, f := range []*records.Figure{&c.Acknowledged, &c.Ended, &c.Waiting} {
		f.Hidden = h.Rows[i]
	}
	c.Reached.Hidden = h.Total
	if c.Acknowledged.Hidden || c.Ended.Hidden || c.Acknowledged.N+c.Ended.N < cases.Smallest {
		c.Median = nil
	}
}

// blank takes the numbers away that are not shown.
func blank(f *records.Figures) {
	clear := func(figures ...*records.Figure) {
		for _, n := range figures {
			if n.Hidden {
				n.N = 0
			}
		}
	}
	owed := func(o *records.OwedNow) { clear(&o.Open, &o.Today, &o.AtRisk, &o.Overdue, &o.Stopped) }
	owed(&f.Now)
	for _, rows := range [][]records.OwedNow{f.Towns, f.Departments} {
		for i := range rows {
			owed(&rows[i])
		}
	}
	for _, rows := range [][]records.Counted{f.Colours, f.Phases} {
		for i := range rows {
			clear(&rows[i].N)
		}
	}
	clear(&f.Cases, &f.CasesLate)
	for i := range f.Promised {
		p := &f.Promised[i]
		clear(&p.Total, &p.InTime, &p.Late, &p.Overdue, &p.Running, &p.Released)
	}
	for i := range f.Ladder {
		c := &f.Ladder[i]
		clear(&c.Reached, &c.Acknowledged, &c.Ended, &c.Waiting)
	}
}
