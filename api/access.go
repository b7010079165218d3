package api

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Who is asking, and what they may be shown: every object-level check of the API
// is in this file. The stores check again, and PostgreSQL a third time.

type accessKey struct{}

func withAccess(ctx context.Context, a records.Access) context.Context {
	return context.WithValue(ctx, accessKey{}, a)
}

// accessOf gives who is asking; nobody's posts for the public.
func accessOf(ctx context.Context) records.Access {
	a, _ := ctx.Value(accessKey{}).(records.Access)
	return a
}

// forPurpose says what the caller's look is for.
func forPurpose(ctx context.Context, purpose string) context.Context {
	a := accessOf(ctx)
	a.Purpose = purpose
	return withAccess(ctx, a)
}

type sessionKey struct{}

// sessionOf gives the session of the request, however far it has come; nil for
// nobody's.
func sessionOf(ctx context.Context) *records.SignedIn {
	in, _ := ctx.Value(sessionKey{}).(*records.SignedIn)
	return in
}

// identify gives the session of a request; nil where there is none, where it was
// left alone for too long, or where its person may no longer sign in. quiet requests
// are made by themselves and do not keep a session open.
func (s *server) identify(r *http.Request, quiet bool) (*records.SignedIn, error) {
	c, err := r.Cookie(s.cookieName(sessionCookie))
	if err != nil || len(c.Value) != len(rand.Text()) {
		return nil, nil //nolint:nilnil // nobody
	}
	now := s.Now()
	in, err := s.Sessions.SessionByToken(r.Context(), c.Value, now)
	if is(err, cases.CodeNotFound) {
		return nil, nil //nolint:nilnil // nobody
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(in.Seen) > s.idle(in) {
		if err := s.Sessions.EndSession(r.Context(), in.Person, in.ID); err != nil && !is(err, cases.CodeNotFound) {
			return nil, err
		}
		return nil, nil //nolint:nilnil // nobody
	}
	if !quiet && now.Sub(in.Seen) >= seenEvery {
		if err := s.Sessions.SeeSession(r.Context(), in.ID, now); err != nil {
			return nil, err
		}
	}
	entryOf(r.Context()).person = in.Person
	return &in, nil
}

// caseView is a case as the caller may see it. full is the whole State, for
// deciding what they may do; it is never shown.
type caseView struct {
	records.CaseView
	full cases.State
}

// caseFor reads a case for deciding what the caller may do in it: nothing sealed is
// opened. A case that they may not know of is not there.
func (s *server) caseFor(ctx context.Context, id string) (caseView, error) {
	v, err := s.seen(ctx, s.Cases.PeekCase, id)
	return v, s.hidden(ctx, id, err)
}

// fileFor reads a case for showing it to the caller, which the audit log keeps.
func (s *server) fileFor(ctx context.Context, id string) (caseView, error) {
	v, err := s.seen(ctx, s.Cases.GetCase, id)
	return v, s.hidden(ctx, id, err)
}

// fileAfter is fileFor for the answer to what the caller has done: who took
// themselves off the case sees no more of it, and was denied nothing.
func (s *server) fileAfter(ctx context.Context, id string) (caseView, error) {
	return s.seen(forPurpose(ctx, "step"), s.Cases.GetCase, id)
}

func (s *server) seen(ctx context.Context, read func(context.Context, records.Access, string) (records.CaseView, error), id string) (caseView, error) {
	a := accessOf(ctx)
	v, err := read(ctx, a, id)
	if err == nil && len(reading(v.State, a)) == 0 {
		err = cases.Refuse(cases.CodeNotFound)
	}
	if err != nil {
		return caseView{}, err
	}
	return caseView{s.narrowed(v, a), v.State}, nil
}

// hidden keeps an attempt on something that is not there for the caller.
func (s *server) hidden(ctx context.Context, object string, err error) error {
	if is(err, cases.CodeNotFound) {
		return s.denied(ctx, object, err)
	}
	return err
}

// owedFor reads the case of something owed, which was found or not, for who is shown
// that it is.
func (s *server) owedFor(ctx context.Context, id string, row records.ObligationRow, err error) (caseView, error) {
	if err := s.hidden(ctx, id, err); err != nil {
		return caseView{}, err
	}
	v, err := s.caseFor(ctx, row.Case)
	if err == nil && !v.full.Shows(reading(v.full, accessOf(ctx)), row.Obligation.Key, row.Obligation.Owner) {
		err = s.hidden(ctx, id, cases.Refuse(cases.CodeNotFound))
	}
	return v, err
}

// looksFor reads who looked at a case, for who supervises it or audits.
func (s *server) looksFor(ctx context.Context, in *looksInput) (found records.CaseLooks, err error) {
	a, id, after := accessOf(ctx), in.ID, records.Cursor(in.Cursor)
	if denials := in.Of == "denials"; in.Order == "oldest" && !denials {
		found, err = s.Audit.LooksUp(ctx, a, id, after, in.Limit)
	} else {
		found, err = s.Audit.Looks(ctx, a, id, denials, after, in.Limit)
	}
	names, ok := found.State.TellsLooks(a.Posts)
	if err == nil && !ok {
		err = cases.Refuse(cases.CodeNotFound)
	}
	if err != nil {
		return records.CaseLooks{}, s.hidden(ctx, id, err)
	}
	if !names {
		for i := range found.Rows {
			found.Rows[i].Name = ""
		}
	}
	return found, nil
}

type askedKey struct{}

// asked is what a request asks for.
type asked struct{ operation, object string }

// denied keeps an attempt of somebody who is signed in that was refused, and gives
// the refusal. What cannot be kept is answered as a fault of ours.
func (s *server) denied(ctx context.Context, object string, refusal error) error {
	a := accessOf(ctx)
	if a.Person == "" {
		return refusal
	}
	of, _ := ctx.Value(askedKey{}).(asked)
	if object == "" {
		object = of.object
	}
	if err := s.Audit.Denied(ctx, a, records.Denial{Operation: of.operation, Code: string(refusalIn(refusal).Code), Object: object}); err != nil {
		return err
	}
	return refusal
}

// forbidden is denied for the refusals of who may not; others stay as they are.
func (s *server) forbidden(ctx context.Context, err error) error {
	if err == nil || statusOf(refusalIn(err).Code) != http.StatusForbidden {
		return err
	}
	return s.denied(ctx, "", err)
}

// chainFor reads a case for printing its responsibility chain: for those who answer for
// it as a whole.
func (s *server) chainFor(ctx context.Context, id string) (caseView, error) {
	v, err := s.caseFor(ctx, id)
	if err == nil && !can(reading(v.full, accessOf(ctx)), cases.PrintChain) {
		err = cases.Refuse(records.CodeForbidden)
	}
	return v, err
}

// erasureFor reads the certificate of a destroyed file for those who answer for files.
func (s *server) erasureFor(ctx context.Context, id string) (records.Erasure, error) {
	v, err := s.caseFor(ctx, id)
	if err != nil {
		return records.Erasure{}, err
	}
	a := accessOf(ctx)
	if !can(reading(v.full, a), cases.SeeErasures) {
		return records.Erasure{}, s.forbidden(ctx, cases.Refuse(records.CodeForbidden))
	}
	return s.Erasures.Erasure(ctx, a, id)
}

// reading gives the posts in which someone may read a case.
func reading(st cases.State, a records.Access) []cases.Post {
	if st.Recuses(a.Posts) {
		return nil
	}
	var out []cases.Post
	for _, p := range a.Posts {
		lent := len(st.Granted(cases.Actor{Person: a.Person, Post: p}, a.At)) > 0
		if (lent || st.Reaches(p)) && p != cases.SystemPost { // the product itself does not ask here
			out = append(out, p)
		}
	}
	return out
}

// reads tells whether somebody reads a sealed part of a case.
func (s *server) reads(st cases.State, a records.Access, part cases.Compartment) bool {
	return slices.ContainsFunc(reading(st, a), func(p cases.Post) bool {
		return st.Reads(cases.Actor{Person: a.Person, Post: p}, part, s.Now())
	})
}

// narrowed takes out of a case what none of the posts that may read it may see.
func (s *server) narrowed(v records.CaseView, a records.Access) records.CaseView {
	posts := reading(v.State, a)
	opened := records.Access{Glass: v.Openings}
	reads := func(part cases.Compartment) bool { return opened.Opens(part) || s.reads(v.State, a, part) }
	if !reads(cases.Reporter) {
		v.Reporter = nil
	}
	if !reads(cases.Narrative) {
		v.Narrative = nil
	}
	if !reads(cases.Ordinary) {
		v.Child = nil
	}
	if !reads(cases.Address) {
		if v.State.AddressSealed() && v.Child != nil {
			child := *v.Child
			child.Address, child.School = "", ""
			v.Child = &child
		}
		if v.State.PlacementSealed() {
			v.State.Guardianship.Placement, v.State.Guardianship.Shelter = "", ""
		}
	}
	if !can(posts, cases.SeeRecusals) {
		v.State.Recused = nil
		v.Awaiting = kept(v.Awaiting, func(f cases.Fact) bool { return !tellsRecusal(f.Kind, f.Fields) })
	}
	if !can(posts, cases.SeePolice) {
		v.State.Police = cases.PoliceTrack{}
		v.State.Proxies = kept(v.State.Proxies, func(p cases.Proxy) bool {
			return slices.Contains(posts, p.For) || p.For.Role() != cases.RolePolice && tellsStep(v.State.Kind, p.Step, posts)
		})
	}
	v.Awaiting = slices.Clone(v.Awaiting)
	for i, f := range v.Awaiting {
		v.Awaiting[i].Fields = toldOfFact(f.Fields, posts)
	}
	v.Pending = kept(v.Pending, func(r records.CommandRow) bool { return tellsStep(v.State.Kind, r.Command.Step, posts) })
	if !can(posts, cases.SeeGrants) {
		v.State.Grants = kept(v.State.Grants, func(g cases.Grant) bool {
			return slices.Contains(posts, g.Post) && (g.Person == "" || g.Person == a.Person)
		})
	}
	if !v.ErasedAt.IsZero() || v.State.Erased() { // there is nothing to show; the keys are gone
		v.Child, v.Narrative, v.Reporter = nil, nil, nil
	}
	st := v.State
	v.State.Obligations = shownOwed(st, posts)
	v.State.Proposals = kept(v.State.Proposals, func(p cases.Proposal) bool {
		_, asked := v.State.Obligation("approval:" + p.ID) // as far as it is shown
		return asked || tellsStep(v.State.Kind, p.Step, posts)
	})
	v.CaseRow = s.narrowedRow(v.CaseRow, v.State.Obligations)
	if ownPartOnly(posts) {
		own := func(p cases.Post) bool { return slices.Contains(posts, p) }
		v.State.Tasks = kept(v.State.Tasks, func(t cases.Task) bool { return own(t.Post) })
		v.State.Orders = kept(v.State.Orders, func(o cases.Order) bool { return own(o.To) || st.Supervised(posts, o.Obligation) })
		v.State.Proxies = kept(v.State.Proxies, func(p cases.Proxy) bool { return own(p.For) })
		v.State.Grants = kept(v.State.Grants, func(g cases.Grant) bool { return own(g.Post) })
		v.State.Proposals = kept(v.State.Proposals, func(p cases.Proposal) bool { // that they are asked to agree to
			_, asked := v.State.Obligation("approval:" + p.ID)
			return asked
		})
		v.State.Links, v.State.Holds, v.Retention = nil, nil, records.Retention{}
		v.State.Protection, v.State.Guardianship = cases.ProtectionTrack{}, cases.GuardianshipTrack{}
		v.State.Situations, v.State.Relation, v.State.Ground, v.State.Danger, v.State.Compartment = nil, "", "", "", false
		v.Pending, v.Awaiting = nil, nil
	}
	return v
}

// shownOwed gives what somebody who reads a case in some posts is shown to be owed.
func shownOwed(st cases.State, posts []cases.Post) []cases.Obligation {
	return kept(st.Obligations, func(o cases.Obligation) bool { return st.Shows(posts, o.Key, o.Owner) })
}

// narrowedRow has as next due what is due first of what is shown.
func (s *server) narrowedRow(r records.CaseRow, shown []cases.Obligation) records.CaseRow {
	first, ok := cases.FirstDue(shown)
	r.NextDue, r.NextKey, r.Overdue = first.Due, first.Key, ok && first.Overdue(s.Now())
	return r
}

// tellsStep tells whether someone who reads a case in some posts is told that a step is taken in it.
func tellsStep(kind cases.Kind, name cases.StepName, posts []cases.Post) bool {
	step, _ := cases.FindStep(kind, name)
	return (step.Track != cases.Police || can(posts, cases.SeePolice)) && (name != "recuse" || can(posts, cases.SeeRecusals))
}

// tellsRecusal tells whether all that a fact says is whom a case is kept from.
func tellsRecusal(kind cases.FactKind, fields cases.Fields) bool {
	return kind == cases.FactKeptFrom || kind == cases.FactVacant && fields["reason"] == "recused"
}

// toldOfFact takes out of a fact from another case what somebody who reads in some posts is not told: whom that is kept from, and
// whether the police are at it.
func toldOfFact(fields cases.Fields, posts []cases.Post) cases.Fields {
	if !can(posts, cases.SeeRecusals) {
		fields = without(fields, "recused")
	}
	if !can(posts, cases.SeePolice) {
		fields = without(fields, "police")
	}
	return fields
}

func without(fields cases.Fields, name string) cases.Fields {
	if _, ok := fields[name]; !ok {
		return fields
	}
	fields = maps.Clone(fields)
	delete(fields, name)
	return fields
}

func can(posts []cases.Post, ability cases.Ability) bool {
	return slices.ContainsFunc(posts, func(p cases.Post) bool { return p.Role().Can(ability) })
}

// opensFile tells whether someone may open a file of a case: an own one, or of a
// part that they read. What is for everyone in a 性侵 case is as secret as its
// narrative.
func (s *server) opensFile(v caseView, a records.Access, f records.File) bool {
	part := f.Compartment
	if part == cases.Ordinary && v.full.Compartment {
		part = cases.Narrative
	}
	return f.By(a.Person) || s.reads(v.full, a, part) || (records.Access{Glass: v.Openings}).Opens(part)
}

// withdrawing gives the post in which someone takes a file back: its author for a
// day, the case's owner at any time.
func withdrawing(v caseView, a records.Access, f records.File, want cases.Post, now time.Time) (cases.Post, error) {
	author := f.By(a.Person) && now.Before(f.At.Add(records.DropWithin))
	post, err := actingIn(v.full, a, want, func(p cases.Post) bool { return p == v.full.Owner || author && p == f.Post })
	if err == nil && !author && post != v.full.Owner {
		err = cases.Refuse(records.CodeForbidden)
	}
	return post, err
}

func ownPartOnly(posts []cases.Post) bool {
	return !slices.ContainsFunc(posts, func(p cases.Post) bool { return !p.OwnPartOnly() })
}

// shownEvents takes out of a timeline what those who see their own part only, no
// police track, no recusals, or no protected address may not see.
func (s *server) shownEvents(rows []records.EventRow, v caseView, a records.Access) []records.EventRow {
	st := v.full
	posts := reading(st, a)
	rows = slices.Clone(rows) // what was read stays as it is
	if st.PlacementSealed() && !s.reads(st, a, cases.Address) && !(records.Access{Glass: v.Openings}).Opens(cases.Address) {
		for i, r := range rows {
			if r.Event.Fields["placement"]+r.Event.Fields["shelter"] != "" {
				rows[i].Event.Fields = without(without(r.Event.Fields, "placement"), "shelter")
			}
		}
	}
	police, recusals, partOnly := can(posts, cases.SeePolice), can(posts, cases.SeeRecusals), ownPartOnly(posts)
	for i := range rows {
		e := &rows[i].Event
		if e.Type == cases.EventFact {
			e.Fields = toldOfFact(e.Fields, posts)
		}
		if !recusals && e.Reason == "recused" {
			e.Reason = ""
		}
	}
	return kept(rows, func(r records.EventRow) bool {
		e := r.Event
		step, _ := cases.FindStep(st.Kind, e.Step)
		switch {
		case !recusals && (e.Type == cases.EventRecused || e.Step == "recuse" || e.Type == cases.EventFact && tellsRecusal(e.FactKind, e.Fields)):
			return false
		case st.Supervised(posts, e.Key), slices.Contains(posts, e.Owner), slices.Contains(posts, e.Actor.Post):
			return true
		case !police && (step.Track == cases.Police || cases.OfPolice(e.Key, e.Owner) || e.Actor.Post.Role() == cases.RolePolice):
			return false
		}
		t, ok := st.Task(e.Task)
		return !partOnly || ok && slices.Contains(posts, t.Post)
	})
}

// shownNotices takes out of who was told of a case what those who see their own part
// only, or no police track, may not see.
func shownNotices(rows []records.CaseNotice, v caseView, a records.Access) []records.CaseNotice {
	st := v.full
	posts := reading(st, a)
	police, partOnly := can(posts, cases.SeePolice), ownPartOnly(posts)
	return kept(rows, func(n records.CaseNotice) bool {
		switch {
		case st.Supervised(posts, n.Key), n.Person == a.Person, slices.Contains(posts, n.Owner),
			slices.ContainsFunc(n.Posts, func(p cases.Post) bool { return slices.Contains(posts, p) }):
			return true
		case !police && (cases.OfPolice(n.Key, n.Owner) || slices.ContainsFunc(n.Posts, func(p cases.Post) bool { return p.Role() == cases.RolePolice })):
			return false
		}
		return !partOnly
	})
}

func kept[T any](items []T, keep func(T) bool) []T {
	var out []T
	for _, it := range items {
		if keep(it) {
			out = append(out, it)
		}
	}
	return out
}

// actingIn gives the post in which someone acts in a case: the one that they name,
// or the first that fits, or else the first that may read it.
func actingIn(st cases.State, a records.Access, want cases.Post, fits func(cases.Post) bool) (cases.Post, error) {
	posts := reading(st, a)
	if want != "" {
		if !a.Holds(want) || !slices.Contains(posts, want) {
			return "", cases.Refuse(cases.CodeRole, cases.FieldError{Field: "post", Reason: "range"})
		}
		return want, nil
	}
	if i := slices.IndexFunc(posts, fits); i >= 0 {
		return posts[i], nil
	}
	if len(posts) == 0 {
		return "", cases.Refuse(cases.CodeNotFound)
	}
	return posts[0], nil
}

// actingAs is actingIn for those of some roles only.
func actingAs(st cases.State, a records.Access, want cases.Post, roles ...cases.Role) (cases.Post, error) {
	p, err := actingIn(st, a, want, func(p cases.Post) bool { return slices.Contains(roles, p.Role()) })
	if err == nil && !slices.Contains(roles, p.Role()) {
		err = cases.Refuse(records.CodeForbidden)
	}
	return p, err
}

// lentToOneself refuses to lend a part of a case to a post that one holds, and to agree
// to it. The engine knows the post in which somebody acts, not their others.
func lentToOneself(v caseView, a records.Access, step cases.StepName, form cases.Fields) *cases.Error {
	switch step {
	case "grant_access":
		if a.Holds(cases.Post(form["post"])) {
			return cases.Refuse(cases.CodeField, cases.FieldError{Field: "post", Reason: "range"})
		}
	case "approve":
		if p, ok := v.full.Proposal(form["proposal"]); ok && p.Step == "grant_access" && a.Holds(cases.Post(p.Fields["post"])) {
			return cases.Refuse(cases.CodeSecond)
		}
	}
	return nil
}

// appointing are the roles that say who holds some post.
var appointing = cases.RolesThat(cases.Appoint, cases.AppointAdmins, cases.AppointVillages)

// appoints tells whether someone says who holds a post.
func appoints(a records.Access, p cases.Post) bool {
	return slices.ContainsFunc(a.Posts, func(own cases.Post) bool { return own.MayAppoint(p) })
}
