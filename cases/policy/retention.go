package policy

import (
	"slices"
	"strings"

	"tonghu/cases"
)

var retentionKeys = []string{
	"id", "kind", "outcomes", "years", "seconds", "permanent", "until_age", "plus", "class", "source", "article", "evidence",
	"effective_from", "verified_by", "verified_at",
}

// retention reads the retention schedule. Its rows are the unit's own, with the
// archives authority's approval (档案法实施条例 19-20): none is of class S.
func (r *reader) retention(entries []fields, faster compress) []cases.Retention {
	var out []cases.Retention
	for _, f := range entries {
		t := r.retentionRow(f)
		for _, other := range out {
			if other.Kind == t.Kind && t.Kind != "" && overlap(other.Outcomes, t.Outcomes) {
				r.problem(f.at, "a second row for the same files as "+other.ID, "name other outcomes, or remove one")
			}
		}
		out = append(out, faster.retention(t))
	}
	return out
}

func (r *reader) retentionRow(f fields) cases.Retention {
	kinds := append(texts(cases.Kinds), string(cases.VisitFiles))
	t := cases.Retention{
		ID:        r.id(f),
		Kind:      cases.Kind(r.oneOf(f, "kind", kinds...)),
		Permanent: r.yes(f, "permanent"),
		Class:     cases.Class(r.oneOf(f, "class", string(cases.Normative), string(cases.Local))),
		Source:    r.textOf(f, "source", "name the schedule that the row is from"),
		Evidence:  r.oneOf(f, "evidence", "V", "V2", "MH", "MM", "ML"),
	}
	if v, ok := f.by["outcomes"]; ok {
		for _, item := range r.list(v) {
			o := cases.Outcome(r.text(item))
			if !slices.Contains(cases.Outcomes, o) {
				r.problem(item, "no outcome "+string(o), "write some of "+strings.Join(texts(cases.Outcomes), ", "))
			}
			t.Outcomes = append(t.Outcomes, o)
		}
		if len(t.Outcomes) == 0 {
			r.problem(v, "a row for no outcome", "name some, or leave outcomes out for all")
		}
	}
	years, hasYears := f.by["years"]
	seconds, hasSeconds := f.by["seconds"]
	switch {
	case hasYears && hasSeconds, t.Permanent && (hasYears || hasSeconds):
		r.problem(f.at, "more than one length", "write years, or permanent: true")
	case hasYears:
		t.Span = cases.Span{Value: r.number(years, 1, 200), Unit: cases.Year}
	case hasSeconds:
		r.onlyInDrills(seconds, cases.Second)
		t.Span = cases.Span{Value: r.number(seconds, 1, 86_400), Unit: cases.Second}
	case !t.Permanent:
		r.problem(f.at, "years is missing", "write years: 30, or permanent: true")
	}
	age, hasAge := f.by["until_age"]
	plus, hasPlus := f.by["plus"]
	if hasAge {
		t.UntilAge = r.number(age, 1, 100)
	}
	if hasPlus {
		t.Plus = r.number(plus, 0, 100)
		if !hasAge {
			r.problem(plus, "plus without until_age", "say from which age on, as in until_age: 18")
		}
	}
	if hasAge && t.Permanent {
		r.problem(age, "an age in a row for ever", "leave it out")
	}
	if v, ok := r.need(f, "effective_from", "give the day from which it counts, YYYY-MM-DD"); ok {
		t.EffectiveFrom = r.date(v)
	}
	if v, ok := f.by["article"]; ok {
		t.Article = r.text(v)
	}
	t.VerifiedBy, t.VerifiedAt = r.verified(f)
	return t
}

// overlap tells whether two rows of a kind claim the same file: the same outcome, or
// both all others.
func overlap(a, b []cases.Outcome) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return slices.ContainsFunc(a, func(o cases.Outcome) bool { return slices.Contains(b, o) })
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// retention gives the row of the drill: in seconds, whatever the child's age.
func (c compress) retention(t cases.Retention) cases.Retention {
	if !c.on {
		return t
	}
	if !t.Permanent {
		t.Span, t.UntilAge, t.Plus = c.span(t.Span), 0, 0
	}
	t.Class, t.Source = cases.Local, "演练："+t.Source
	return t
}
