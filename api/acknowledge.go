package api

import (
	"slices"
	"strings"

	"tonghu/cases"
	"tonghu/records"
)

// An acknowledgement counts from the rung that fired last, or from a later one: whoever may
// give it is told so with the obligation, and whoever may not is told who may.

// recording are the roles that may record what a post acknowledged by telephone (代签收).
var recording = []cases.Role{cases.RoleDesk, cases.RoleManager}

// alertOf says which of the caller's posts may acknowledge an obligation now, and for which
// they may record that it did.
func (out *Obligation) alertOf(r records.ObligationRow, a records.Access) {
	out.Reached = r.Reached
	if r.Obligation.Rung == 0 || !r.Obligation.PausedSince.IsZero() || !r.EndedAt.IsZero() || r.Alert.Refusal != "" {
		return
	}
	desk := slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return slices.Contains(recording, p.Role()) })
	for _, p := range r.Alert.Posts {
		switch {
		case a.Holds(p):
			out.MayAck = append(out.MayAck, p)
		case desk:
			out.MayRecord = append(out.MayRecord, p)
		}
	}
}

// acknowledging gives the post in which the caller acknowledges, or records it for another,
// and why it would change nothing.
func acknowledging(v caseView, a records.Access, row records.ObligationRow, in AckBody) (cases.Post, *cases.Error, error) {
	may := func(p cases.Post) bool { return slices.Contains(row.Alert.Posts, p) }
	fits := may
	if in.For != "" {
		fits = func(p cases.Post) bool { return slices.Contains(recording, p.Role()) }
	}
	post, err := actingIn(v.full, a, in.Post, fits)
	if err != nil {
		return "", nil, err
	}
	by := post
	if in.For != "" {
		if !fits(post) {
			return "", nil, cases.Refuse(cases.CodeProxy)
		}
		if !v.full.Sees(in.For) {
			return "", nil, cases.Refuse(cases.CodeRecusedPost)
		}
		by = in.For
	}
	switch {
	case row.Obligation.Rung == 0 && len(row.Alert.Posts) == 0:
		return post, cases.Refuse(cases.CodeNoAlert), nil
	case row.Alert.Refusal != "":
		return post, cases.Refuse(row.Alert.Refusal), nil
	case !may(by):
		field := "post"
		if in.For != "" {
			field = "for"
		}
		return post, cases.Refuse(cases.CodeBelowRung, cases.FieldError{Field: field, Reason: "range", Want: joined(row.Alert.Posts)}), nil
	}
	return post, nil, nil
}

func joined(posts []cases.Post) string {
	var words []string
	for _, p := range posts {
		words = append(words, string(p))
	}
	return strings.Join(words, ", ")
}
