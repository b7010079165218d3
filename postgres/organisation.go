package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ records.Organisation = (*Store)(nil)

// organisationChain is the audit chain of who was put where, and by whom.
const organisationChain = "organisation"

// Appointments implements records.Organisation.
func (s *Store) Appointments(ctx context.Context, a records.Access, f records.PostFilter, from records.Cursor, limit int) ([]records.PostState, records.Cursor, error) {
	past, err := readText(from)
	if err != nil {
		return nil, "", err
	}
	size, now := pageSize(limit), s.now()
	p := db.PostsPageParams{At: now, Past: past, Own: texts(a.Posts), State: f.State, Most: size + 1}
	p.OrgLo, p.OrgHi = area(a)
	if f.Town != "" {
		if p.TownLo, p.TownHi, err = codesWithin(f.Town); err != nil {
			return nil, "", err
		}
	}
	var rows []db.PostsPageRow
	var in []db.IncumbentsRow
	filter := filterOf("town", string(f.Town), "state", f.State, "cursor", string(from))
	err = s.listing(ctx, a, "list:appointments", filter, func(q *db.Queries) (int, error) {
		if rows, err = q.PostsPage(ctx, p); err != nil {
			return 0, err
		}
		names := make([]string, min(len(rows), int(size)))
		for i := range names {
			names[i] = rows[i].Name
		}
		in, err = q.Incumbents(ctx, now, names)
		return len(names), err
	})
	if err != nil {
		return nil, "", err
	}
	next := records.Cursor("")
	if len(rows) > int(size) {
		rows = rows[:size]
		next = encode(rows[size-1].Name)
	}
	out := make([]records.PostState, len(rows))
	for i, r := range rows {
		out[i] = records.PostState{Post: cases.Post(r.Name), Vacant: r.Vacant}
		if r.Vacant && !r.LastEnd.Equal(time.Time{}) {
			out[i].Since = r.LastEnd.UTC()
		}
		for len(in) > 0 && in[0].Post == r.Name {
			who, err := s.incumbent(in[0], now)
			if err != nil {
				return nil, "", err
			}
			out[i].People, in = append(out[i].People, who), in[1:]
		}
		out[i].Reached = reached(out[i].People, now)
	}
	return out, next, nil
}

func (s *Store) incumbent(r db.IncumbentsRow, now time.Time) (records.Incumbent, error) {
	c, err := s.openPerson(r.Person, r.Wrapped, r.Sealed)
	out := records.Incumbent{
		Person: r.Person.String(), Name: c.Name, Deputy: r.Deputy, From: r.FromAt.UTC(), Until: orZero(r.UntilAt), Active: r.Active,
	}
	if r.LeaveID != uuid.Nil {
		out.Leave = records.Leave{ID: r.LeaveID.String(), Person: out.Person, From: r.LeaveFrom.UTC(), Until: r.LeaveUntil.UTC()}
		out.Away = !r.LeaveFrom.After(now)
	}
	return out, err
}

// reached is told over rows that were read: the holders who are there, else the deputies who are.
func reached(people []records.Incumbent, now time.Time) []string {
	out := []string{}
	for _, deputy := range []bool{false, true} {
		for _, p := range people {
			if p.Deputy == deputy && p.Active && !p.Away && !p.From.After(now) {
				out = append(out, p.Person)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// readText reads a cursor that is a text.
func readText(c records.Cursor) (string, error) {
	if c == "" {
		return "", nil
	}
	text, err := decode(c)
	if err != nil {
		return "", cases.Refuse(records.CodeCursor)
	}
	return text, nil
}

// Owed implements records.Organisation.
func (s *Store) Owed(ctx context.Context, a records.Access, posts []cases.Post) ([]records.Owed, error) {
	out := make([]records.Owed, len(posts))
	for i, p := range posts {
		out[i].Post = p
	}
	find := func(post string) *records.Owed {
		return &out[slices.Index(posts, cases.Post(post))]
	}
	return out, s.listing(ctx, a, "list:owed", texts(posts), func(q *db.Queries) (int, error) {
		owed, err := q.OwedBy(ctx, s.now(), texts(posts))
		if err != nil {
			return 0, err
		}
		for _, r := range owed {
			o := find(r.Owner)
			o.Open, o.Overdue, o.Next, o.Provisional = int(r.Open), int(r.Overdue), r.Next.UTC(), r.Provisional
		}
		owned, err := q.OwnedBy(ctx, texts(posts))
		for _, r := range owned {
			find(r.Owner).Cases = int(r.Owned)
		}
		return len(owed), err
	})
}

// Candidates implements records.Organisation.
func (s *Store) Candidates(ctx context.Context, a records.Access, from records.Cursor, limit int) ([]records.Candidate, records.Cursor, error) {
	text, err := readText(from)
	if err != nil {
		return nil, "", err
	}
	past := uuid.Nil
	if text != "" {
		if past, err = uuid.Parse(text); err != nil {
			return nil, "", cases.Refuse(records.CodeCursor)
		}
	}
	size := pageSize(limit)
	p := db.CandidatesParams{At: s.now(), Past: past, Most: size + 1}
	p.OrgLo, p.OrgHi = area(a)
	// Those who are nowhere are in no area: row-level security would hide them from everybody.
	rows, err := db.New(s.pool).Candidates(ctx, p)
	if err != nil {
		return nil, "", fault(err)
	}
	next := records.Cursor("")
	if len(rows) > int(size) {
		rows = rows[:size]
		next = encode(rows[size-1].ID.String())
	}
	out := make([]records.Candidate, len(rows))
	for i, r := range rows {
		c, err := s.openPerson(r.ID, r.Wrapped, r.Sealed)
		if err != nil {
			return nil, "", err
		}
		out[i] = records.Candidate{Person: r.ID.String(), Name: c.Name, Posts: postsOf(r.Posts)}
	}
	look := records.Look{Action: "list:candidates", Detail: filterOf("cursor", string(from), "items", strconv.Itoa(len(out)))}
	return out, next, s.Look(ctx, a, look)
}

// errPreview undoes what was only tried.
var errPreview = errors.New("preview")

// HandOver implements records.Organisation. What is tried is carried out and undone:
// the preview is what would be.
func (s *Store) HandOver(ctx context.Context, a records.Access, h records.Handover, preview bool) ([]records.HandedPost, error) {
	person, err := uuid.Parse(h.Person)
	if err != nil {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	now := s.now()
	at := h.At
	if at.Before(now) {
		at = now
	}
	var out []records.HandedPost
	err = s.within(ctx, func(tx pgx.Tx) error {
		out = nil
		q := db.New(tx)
		if err := q.OrganisationLock(ctx); err != nil {
			return err
		}
		held, err := q.HoldingsOf(ctx, person, at)
		if err != nil {
			return err
		}
		rows, err := s.handOver(ctx, q, a, person, held, h, at)
		if err != nil {
			return err
		}
		var faults []cases.FieldError
		for i, r := range rows {
			if r.Refused != "" {
				faults = append(faults, cases.FieldError{Field: fmt.Sprintf("posts[%d].successor", i), Reason: string(r.Refused)})
			}
		}
		for i := range rows {
			if err := s.afterwards(ctx, q, &rows[i], at); err != nil {
				return err
			}
		}
		out = rows
		if preview {
			return errPreview
		}
		if len(faults) > 0 {
			return cases.Refuse(cases.CodeField, faults...)
		}
		if h.Deactivate {
			if err := found(q.SetActive(ctx, false, person)); err != nil {
				return err
			}
			if _, err := endSessions(ctx, q, person, ""); err != nil {
				return err
			}
		}
		return s.putHandover(ctx, tx, a, person, rows, h, at)
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// handOver moves the posts that can be, and says of the others why not.
func (s *Store) handOver(ctx context.Context, q *db.Queries, a records.Access, person uuid.UUID, held []db.HoldingsOfRow, h records.Handover, at time.Time) ([]records.HandedPost, error) {
	out := make([]records.HandedPost, len(h.Posts))
	// The leaver goes first: a successor of one post may not be kept from it by
	// what is about to be taken away.
	for i, p := range h.Posts {
		out[i] = records.HandedPost{Post: p.Post, Successor: p.Successor}
		k := slices.IndexFunc(held, func(r db.HoldingsOfRow) bool { return r.Post == string(p.Post) })
		switch {
		case !mayAppoint(a, p.Post):
			out[i].Refused = records.CodeForbidden
		case k < 0:
			// Asked again, it is done already.
			there, err := s.isIn(ctx, q, p, at)
			if err != nil {
				return nil, err
			}
			if !there {
				out[i].Refused = cases.CodeNotFound
			}
		default:
			out[i].Deputy = held[k].Deputy
			if _, err := q.EndHolding(ctx, at, string(p.Post), person); err != nil {
				return nil, err
			}
		}
	}
	for i := range out {
		gone := !slices.ContainsFunc(held, func(r db.HoldingsOfRow) bool { return r.Post == string(out[i].Post) })
		if out[i].Refused != "" || out[i].Successor == "" || gone {
			continue
		}
		refused, err := s.succeed(ctx, q, a, person, &out[i], at)
		if err != nil {
			return nil, err
		}
		out[i].Refused = refused
	}
	return out, nil
}

// isIn tells whether a post's successor is in it.
func (s *Store) isIn(ctx context.Context, q *db.Queries, p records.HandoverPost, at time.Time) (bool, error) {
	id, err := uuid.Parse(p.Successor)
	if err != nil {
		return false, nil //nolint:nilerr // nobody is
	}
	held, err := q.HoldingsOf(ctx, id, at)
	return slices.ContainsFunc(held, func(r db.HoldingsOfRow) bool { return r.Post == string(p.Post) }), err
}

// succeed puts a successor into a post.
func (s *Store) succeed(ctx context.Context, q *db.Queries, a records.Access, leaver uuid.UUID, p *records.HandedPost, at time.Time) (cases.Code, error) {
	id, err := uuid.Parse(p.Successor)
	if err != nil {
		return cases.CodeNotFound, nil //nolint:nilerr // said of the row
	}
	rows, err := q.Persons(ctx, []uuid.UUID{id})
	if err != nil {
		return "", err
	}
	if len(rows) == 0 || !rows[0].Active {
		return cases.CodeNotFound, nil
	}
	c, err := s.openPerson(id, rows[0].Wrapped, rows[0].Sealed)
	if err != nil {
		return "", err
	}
	p.Name = c.Name
	others, err := q.PostsBetween(ctx, id, at, nil)
	if err != nil {
		return "", err
	}
	apart := slices.ContainsFunc(others, func(o string) bool { return !cases.Separate(p.Post, cases.Post(o)) })
	if apart || id == leaver || a.Person == p.Successor {
		return records.CodeSeparation, nil
	}
	if _, err := q.EndHolding(ctx, at, string(p.Post), id); err != nil {
		return "", err
	}
	return "", q.PutHolding(ctx, db.PutHoldingParams{Post: string(p.Post), Person: id, Deputy: p.Deputy, FromAt: at})
}

// afterwards says who is in a post and who is told once it is handed over.
func (s *Store) afterwards(ctx context.Context, q *db.Queries, p *records.HandedPost, at time.Time) error {
	ids, why, err := told(ctx, q, p.Post, at)
	if err != nil {
		return err
	}
	p.Vacant = why == Vacant
	people, err := s.persons(ctx, q, ids)
	for _, who := range people {
		p.Told = append(p.Told, who.Name)
	}
	return err
}

func (s *Store) putHandover(ctx context.Context, tx pgx.Tx, a records.Access, person uuid.UUID, rows []records.HandedPost, h records.Handover, at time.Time) error {
	now := s.now()
	when := "at:" + at.UTC().Format(time.RFC3339)
	log := make([]audit.Row, 0, 2*len(rows)+1)
	for _, r := range rows {
		log = append(log, audit.Row{At: now, Action: "post_taken", Object: person.String(), Detail: []string{"post:" + string(r.Post), "reason:" + h.Reason, when}})
		if r.Successor != "" {
			log = append(log, audit.Row{At: now, Action: "post_given", Object: r.Successor, Detail: []string{"post:" + string(r.Post), "after:" + person.String(), "deputy:" + strconv.FormatBool(r.Deputy), when}})
		}
	}
	if h.Deactivate {
		log = append(log, audit.Row{At: now, Action: "person_deactivated", Object: person.String(), Detail: []string{"reason:" + h.Reason}})
	}
	return s.writeOrganisation(ctx, tx, a, log...)
}

// writeOrganisation puts rows at the end of the organisation's chain.
func (s *Store) writeOrganisation(ctx context.Context, tx pgx.Tx, a records.Access, rows ...audit.Row) error {
	last, err := s.chainEnd(ctx, tx, organisationChain)
	for _, row := range rows {
		if err != nil {
			return err
		}
		row.Chain, row.Actor = organisationChain, actorID(a.Person, engine)
		last, err = s.linkAudit(ctx, tx, last, row)
	}
	return err
}

// Roster implements records.Organisation.
func (s *Store) Roster(ctx context.Context, a records.Access, action string) (records.Roster, error) {
	var out records.Roster
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		out, err = s.roster(ctx, db.New(tx))
		return err
	})
	if err != nil {
		return records.Roster{}, err
	}
	return out, s.Look(ctx, a, records.Look{Action: action, Detail: filterOf("items", strconv.Itoa(len(out.Holdings)))})
}

func (s *Store) roster(ctx context.Context, q *db.Queries) (records.Roster, error) {
	var out records.Roster
	places, err := q.Orgs(ctx, "", after(""))
	if err != nil {
		return out, err
	}
	for _, p := range places {
		out.Places = append(out.Places, records.Place{Code: cases.Org(p.Code), Name: p.Name})
	}
	units, err := q.Units(ctx)
	if err != nil {
		return out, err
	}
	for _, u := range units {
		out.Units = append(out.Units, records.Unit{Name: u.Name, Title: u.Title, Duty: u.Duty, Department: u.Department})
	}
	posts, err := q.AllPosts(ctx)
	if err != nil {
		return out, err
	}
	out.Posts = postsOf(posts)
	people, err := q.AllPersons(ctx)
	if err != nil {
		return out, err
	}
	for _, p := range people {
		c, err := s.openPerson(p.ID, p.Wrapped, p.Sealed)
		if err != nil {
			return out, err
		}
		out.People = append(out.People, records.Person{ID: p.ID.String(), Login: p.Login, Name: c.Name, Phone: c.Phone, Email: c.Email, Active: p.Active})
	}
	held, err := q.AllHoldings(ctx, s.now())
	for _, h := range held {
		out.Holdings = append(out.Holdings, records.Holding{Post: cases.Post(h.Post), Person: h.Person.String(), Deputy: h.Deputy, From: h.FromAt.UTC(), Until: orZero(h.UntilAt)})
	}
	return out, err
}

// ApplyRoster implements records.Organisation. The plan is made over what no other
// import changes meanwhile.
func (s *Store) ApplyRoster(ctx context.Context, a records.Access, plan func(records.Roster) (records.RosterPlan, error)) (records.RosterPlan, error) {
	var out records.RosterPlan
	err := s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.OrganisationLock(ctx); err != nil {
			return err
		}
		now, err := s.roster(ctx, q)
		if err != nil {
			return err
		}
		if out, err = plan(now); err != nil {
			return err
		}
		for _, h := range slices.Concat(out.Start, out.End) {
			if !mayAppoint(a, h.Post) {
				return cases.Refuse(records.CodeForbidden)
			}
		}
		return s.apply(ctx, tx, a, out)
	})
	return out, err
}

func (s *Store) apply(ctx context.Context, tx pgx.Tx, a records.Access, p records.RosterPlan) error {
	q := db.New(tx)
	if err := applyPlaces(ctx, q, p); err != nil {
		return err
	}
	ids, err := s.applyPeople(ctx, q, p)
	if err != nil {
		return err
	}
	now := s.now()
	var posts []string
	var persons []uuid.UUID
	var deputies []bool
	log := []audit.Row{{At: now, Action: "organisation_imported", Object: organisationChain, Detail: []string{
		"places:" + strconv.Itoa(len(p.NewPlaces)+len(p.RenamedPlaces)), "units:" + strconv.Itoa(len(p.NewUnits)+len(p.ChangedUnits)),
		"posts:" + strconv.Itoa(len(p.NewPosts)), "people:" + strconv.Itoa(len(p.NewPeople)+len(p.ChangedPeople)),
		"started:" + strconv.Itoa(len(p.Start)), "ended:" + strconv.Itoa(len(p.End)),
	}}}
	for _, h := range p.End {
		id := uuid.MustParse(h.Person)
		posts, persons = append(posts, string(h.Post)), append(persons, id)
		log = append(log, audit.Row{At: now, Action: "post_taken", Object: id.String(), Detail: []string{"post:" + string(h.Post), "reason:import"}})
	}
	if err := q.EndHoldings(ctx, now, posts, persons); err != nil {
		return err
	}
	posts, persons = nil, nil
	for _, h := range p.Start {
		id, ok := ids[h.Person]
		if !ok {
			id = uuid.MustParse(h.Person)
		}
		posts, persons, deputies = append(posts, string(h.Post)), append(persons, id), append(deputies, h.Deputy)
		log = append(log, audit.Row{At: now, Action: "post_given", Object: id.String(), Detail: []string{"post:" + string(h.Post), "deputy:" + strconv.FormatBool(h.Deputy)}})
	}
	if err := q.PutHoldings(ctx, db.PutHoldingsParams{Posts: posts, Persons: persons, Deputies: deputies, At: now}); err != nil {
		return err
	}
	for _, who := range p.NewPeople {
		log = append(log, audit.Row{At: now, Action: "person_added", Object: ids[who.ID].String()})
	}
	for _, who := range p.ChangedPeople {
		log = append(log, audit.Row{At: now, Action: "person_changed", Object: who.ID})
	}
	return s.writeOrganisation(ctx, tx, a, log...)
}

func applyPlaces(ctx context.Context, q *db.Queries, p records.RosterPlan) error {
	if err := seedPlaces(ctx, q, County{Orgs: p.NewPlaces, Posts: p.NewPosts}); err != nil {
		return err
	}
	var codes, names []string
	for _, r := range p.RenamedPlaces {
		codes, names = append(codes, string(r.Code)), append(names, r.Name)
	}
	if err := q.RenamePlaces(ctx, codes, names); err != nil {
		return err
	}
	for _, u := range p.NewUnits {
		if err := q.AddUnit(ctx, db.AddUnitParams{Name: u.Name, Title: u.Title, Duty: u.Duty, Department: u.Department}); err != nil {
			return err
		}
	}
	for _, u := range p.ChangedUnits {
		if err := q.ChangeUnit(ctx, db.ChangeUnitParams{Name: u.Name, Title: u.Title, Duty: u.Duty, Department: u.Department}); err != nil {
			return err
		}
	}
	return nil
}

// applyPeople adds and changes persons, and gives the ids of the new ones by the
// sheet's keys.
func (s *Store) applyPeople(ctx context.Context, q *db.Queries, p records.RosterPlan) (map[string]uuid.UUID, error) {
	ids := map[string]uuid.UUID{}
	var add []SeedPerson
	for _, who := range p.NewPeople {
		id := uuid.New()
		ids[who.ID] = id
		who.ID = id.String()
		add = append(add, SeedPerson{Person: who})
	}
	if len(add) > 0 {
		if err := taken(s.seedPeople(ctx, q, add)); err != nil {
			return nil, err
		}
	}
	for _, who := range p.ChangedPeople {
		if err := s.changePerson(ctx, q, who); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// changePerson seals what a person is called and where it is reached anew, under the
// person's own key; other addresses stay.
func (s *Store) changePerson(ctx context.Context, q *db.Queries, who records.Person) error {
	id, err := uuid.Parse(who.ID)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	rows, err := q.Persons(ctx, []uuid.UUID{id})
	if err != nil || len(rows) == 0 {
		return found(0, err)
	}
	c, err := s.openPerson(id, rows[0].Wrapped, rows[0].Sealed)
	if err != nil {
		return err
	}
	c.Name, c.Phone, c.Email = who.Name, who.Phone, who.Email
	dk := vault.WrappedKey{Subject: id.String(), Compartment: vault.Ordinary, Wrapped: rows[0].Wrapped}
	sealed, err := s.vault.SealJSON(dk, personSealed, c)
	if err != nil {
		return err
	}
	_, err = q.ChangePerson(ctx, who.Login, sealed, id)
	return taken(err)
}
