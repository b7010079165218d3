package postgres

import (
	"context"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault/audit"
)

// Who looked at what. A look at a case is a row in the chain of its readers, a
// list or a search is one row in the chain of the actor; each is committed before
// anything is shown, or nothing is.

var _ records.Audit = (*Store)(nil)

// readChain is the chain of those who looked at a case.
func readChain(id string) string { return "read:" + id }

// actorChain is the chain of what somebody listed, searched and was denied.
func actorChain(person string) string { return "actor:" + person }

// mostDetail bounds what a row says.
const mostDetail = 40

// lookRow makes the row of a look, with the posts that the asker holds. Who only
// reports is not named beside a case: that would tell who reported (意见 13).
func (s *Store) lookRow(a records.Access, l records.Look) audit.Row {
	if l.Case != "" && onlyReports(a) {
		a.Person = ""
	}
	row := audit.Row{Chain: actorChain(actorID(a.Person, public)), At: s.now(), Actor: actorID(a.Person, public), Action: l.Action, Object: l.Object}
	if l.Case != "" {
		row.Chain = readChain(l.Case)
		if row.Object == "" {
			row.Object = l.Case
		}
	}
	for _, p := range a.Posts {
		row.Detail = append(row.Detail, "post:"+string(p))
	}
	for _, p := range l.Parts {
		row.Detail = append(row.Detail, "part:"+p)
	}
	for _, g := range a.Glass {
		row.Detail = append(row.Detail, "glass:"+g.ID)
	}
	if a.Purpose != "" {
		row.Detail = append(row.Detail, "for:"+a.Purpose)
	}
	row.Detail = append(row.Detail, l.Detail...)
	if len(row.Detail) > mostDetail {
		row.Detail = append(row.Detail[:mostDetail-1], "more")
	}
	return row
}

// onlyReports tells whether somebody holds no post but a duty unit's.
func onlyReports(a records.Access) bool {
	return !slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return p.Role() != cases.RoleReporter && p.Role() != cases.RoleUnitHead })
}

// Look implements records.Audit. It is committed on its own: the asker's role does
// not write the log, and the chain is locked for one statement and the commit only.
func (s *Store) Look(ctx context.Context, a records.Access, l records.Look) error {
	return s.putLook(ctx, s.lookRow(a, l))
}

// listing is as for a list, with its one row in the actor's chain: what it was
// narrowed by and how much it showed.
func (s *Store) listing(ctx context.Context, a records.Access, action string, filter []string, fn func(q *db.Queries) (int, error)) error {
	var n int
	err := s.as(ctx, a, func(q *db.Queries) (err error) {
		n, err = fn(q)
		return err
	})
	if err != nil {
		return err
	}
	return s.Look(ctx, a, records.Look{Action: action, Detail: append(slices.Clone(filter), "items:"+strconv.Itoa(n))})
}

// filterOf gives the codes of what a list is narrowed by: pairs of name and value,
// those without a value left out.
func filterOf(pairs ...string) []string {
	out := []string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := pairs[i+1]; v != "" && v != "false" {
			out = append(out, pairs[i]+":"+filtered(pairs[i], v))
		}
	}
	return out
}

var (
	digits = regexp.MustCompile(`[0-9]+`)
	date   = regexp.MustCompile(`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}`)
)

// filtered gives what the log keeps of a value that somebody may have typed: no
// number that could be a person's, that is of more digits than a code has, and no
// date but that of a span. The codes of places have 6, 9 or 12 digits.
func filtered(name, v string) string {
	switch name {
	case "from", "to", "cursor": // a time that was read, and what a list gave
		return v
	}
	if id, err := uuid.Parse(v); err == nil {
		return id.String()
	}
	long := slices.ContainsFunc(digits.FindAllString(v, -1), func(n string) bool { return len(n) > 6 && len(n) != 9 && len(n) != 12 })
	if long || date.MatchString(v) {
		return audit.Redacted
	}
	return v
}

// postFilter refuses what no post is called.
func postFilter(field string, p cases.Post) error {
	if p == "" || isPost(p) {
		return nil
	}
	return cases.Refuse(cases.CodeField, cases.FieldError{Field: field, Reason: "format", Want: "post"})
}

// isPost tells whether a person could hold the post.
func isPost(p cases.Post) bool { return p.Valid() && slices.Contains(cases.Roles, p.Role()) }

// Denied implements records.Audit.
func (s *Store) Denied(ctx context.Context, a records.Access, d records.Denial) error {
	if onlyReports(a) {
		d.Object = "" // it may be the case that they reported
	}
	row := s.lookRow(a, records.Look{Action: "denied", Object: d.Object, Detail: []string{"op:" + d.Operation, "code:" + d.Code}})
	id, err := uuid.Parse(d.Object)
	switch {
	case err == nil:
		row.Object = id.String()
	case d.Object != "":
		row.Object = audit.Redacted // somebody typed it into an address
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		if err != nil {
			return s.writeAudit(ctx, tx, row)
		}
		there, err := db.New(tx).CaseIsThere(ctx, id)
		if err != nil {
			return err
		}
		row := row
		row.Detail = append(slices.Clone(row.Detail), "case:"+strconv.FormatBool(there))
		return s.writeAudit(ctx, tx, row)
	})
}

// signInRow is the row of a failed sign-in. The chain is the day's: who knocks has
// no chain of their own. What was typed is there as a blind index only.
func (s *Store) signInRow(row db.PutSignInParams) audit.Row {
	actor := public
	if row.Person != nil {
		actor = row.Person.String()
	}
	return audit.Row{
		Chain: "signin:" + row.At.In(cases.Zone).Format("2006-01-02"), At: row.At, Actor: actor, Action: "signin:failed",
		Object: hex.EncodeToString(row.Login), Detail: []string{"reason:" + row.Reason},
	}
}

// opened gives the parts of a case's file that are open in a view.
func opened(v records.CaseView) []string {
	var out []string
	for _, p := range []struct {
		name string
		open bool
	}{{"child", v.Child != nil}, {"narrative", v.Narrative != nil}, {"reporter", v.Reporter != nil}, {"address", v.Child != nil && v.Child.Address+v.Child.School != ""}} {
		if p.open {
			out = append(out, p.name)
		}
	}
	return out
}
