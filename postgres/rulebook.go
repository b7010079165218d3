package postgres

import (
	"context"
	"encoding/json"
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
	"tonghu/vault/audit"
)

var _ records.Rulebook = (*Store)(nil)

// rulesChain is the audit chain of the rules.
const rulesChain = "rules"

// mostVersions and mostDrafts are how many are listed.
const (
	mostVersions = 200
	mostDrafts   = 100
)

// able gives the post in which somebody has an ability; CodeForbidden without one.
func able(a records.Access, ability cases.Ability) (cases.Post, error) {
	i := slices.IndexFunc(a.Posts, func(p cases.Post) bool { return p.Role().Can(ability) })
	if i < 0 {
		return "", cases.Refuse(records.CodeForbidden)
	}
	return a.Posts[i], nil
}

// rulesAudit writes what was done to the rules into their chain.
func (s *Store) rulesAudit(ctx context.Context, tx pgx.Tx, a records.Access, action, object string, detail ...string) error {
	return s.writeAudit(ctx, tx, audit.Row{Chain: rulesChain, At: s.now(), Actor: actorID(a.Person, engine), Action: action, Object: object, Detail: detail})
}

// changeRules locks the present rules, and puts those in their place that fn makes of
// them. fn may give none, and then writes nothing.
func (s *Store) changeRules(ctx context.Context, tx pgx.Tx, fn func(q *db.Queries, present cases.Rules) (cases.Rules, error)) (hash string, err error) {
	q := db.New(tx)
	if err := q.LockRules(ctx); err != nil {
		return "", err
	}
	body, err := q.CurrentRules(ctx)
	var present cases.Rules
	if err == nil {
		present, err = readRules(body)
	} else if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return "", err
	}
	next, err := fn(q, present)
	if err != nil {
		return "", err
	}
	return s.makeCurrent(ctx, q, next)
}

func (s *Store) makeCurrent(ctx context.Context, q *db.Queries, r cases.Rules) (string, error) {
	hash, err := s.keepRules(ctx, q, r)
	if err != nil {
		return "", err
	}
	if err := q.UnsetCurrentRules(ctx, hash); err != nil {
		return "", err
	}
	return hash, q.SetCurrentRules(ctx, hash)
}

// ImportCalendar puts another calendar into the present rules: join makes it of the
// present one. Open cases go on by theirs until they are asked to count anew.
func (s *Store) ImportCalendar(ctx context.Context, a records.Access, table cases.Calendar, join func(present cases.Calendar) (cases.Calendar, error)) (cases.Calendar, error) {
	var joined cases.Calendar
	err := s.within(ctx, func(tx pgx.Tx) error {
		hash, err := s.changeRules(ctx, tx, func(_ *db.Queries, present cases.Rules) (_ cases.Rules, err error) {
			joined, err = join(present.Calendar)
			present.Calendar = joined
			return present, err
		})
		if err != nil {
			return err
		}
		post, _ := able(a, cases.ImportCalendar) // the command line has none
		row := db.PutCalendarImportParams{
			At: s.now(), ByPerson: a.Person, ByPost: string(post), Version: table.Version, FromDay: day(table.From), ToDay: day(table.To),
			Sources: append([]string{}, table.Sources...), Rules: hash,
		}
		if err := db.New(tx).PutCalendarImport(ctx, row); err != nil {
			return err
		}
		return s.rulesAudit(ctx, tx, a, "calendar_imported", hash, "from:"+table.From, "to:"+table.To)
	})
	return joined, err
}

// EnsureRules makes the rules that the program brings those that new cases start with,
// joined with the calendar that was imported last. Once people have published a version
// of that policy, theirs counts, whatever the program brings.
func (s *Store) EnsureRules(ctx context.Context, program cases.Rules, join func(older, newer cases.Calendar) cases.Calendar) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		made := false
		var next cases.Rules
		hash, err := s.changeRules(ctx, tx, func(q *db.Queries, present cases.Rules) (cases.Rules, error) {
			next = program
			if present.Policy == program.Policy {
				// What was imported counts over what the program brings, also where both
				// cover the same days: it may be a correction.
				next.Calendar = join(program.Calendar, present.Calendar)
			}
			theirs, err := q.VersionByPeople(ctx, program.Policy)
			if err == nil {
				published, err := s.rulesOf(ctx, q, theirs.Rules)
				if err != nil {
					return next, err
				}
				published.Calendar = join(published.Calendar, next.Calendar)
				next = published
				return next, nil
			}
			if !errors.Is(err, pgx.ErrNoRows) {
				return next, err
			}
			last, err := q.LastVersion(ctx, program.Policy)
			if err != nil {
				return next, err
			}
			made = last == 0
			if last > 0 {
				row, err := q.RuleVersion(ctx, last)
				if err != nil {
					return next, err
				}
				was, err := s.rulesOf(ctx, q, row.Rules)
				if err != nil {
					return next, err
				}
				was.Calendar = next.Calendar
				made = was.Hash() != next.Hash()
			}
			return next, nil
		})
		if err != nil || !made {
			return err
		}
		return db.New(tx).PutRuleVersion(ctx, db.PutRuleVersionParams{
			Policy: next.Policy, Rules: hash, Document: "", Basis: "", EffectiveFrom: today(s.now()), At: s.now(),
		})
	})
}

// day reads a date; today gives the county's.
func day(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return t
}

func today(now time.Time) time.Time { return day(now.In(cases.Zone).Format(time.DateOnly)) }

// RuleVersions implements records.Rulebook.
func (s *Store) RuleVersions(ctx context.Context, a records.Access) ([]records.RuleVersion, []records.CalendarImport, error) {
	var rows []db.RuleVersion
	var imports []db.CalendarImport
	err := s.as(ctx, a, func(q *db.Queries) (err error) {
		if rows, err = q.RuleVersions(ctx, mostVersions); err != nil {
			return err
		}
		imports, err = q.CalendarImports(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	q := db.New(s.pool)
	open, err := s.openByVersion(ctx, q)
	if err != nil {
		return nil, nil, fault(err)
	}
	names, err := s.names(ctx, a, func(note func(string)) {
		for _, r := range rows {
			note(r.ByPerson)
			note(r.Second)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	out := make([]records.RuleVersion, len(rows))
	for i, r := range rows {
		rules, err := s.rulesOf(ctx, q, r.Rules)
		if err != nil {
			return nil, nil, fault(err)
		}
		v := records.RuleVersion{
			N: int(r.N), Policy: r.Policy, Version: rules.Version, Rules: r.Rules, Document: r.Document, Basis: r.Basis,
			EffectiveFrom: r.EffectiveFrom.Format(time.DateOnly), By: cases.Actor{Person: r.ByPerson, Post: cases.Post(r.ByPost)},
			Second: cases.Actor{Person: r.Second, Post: cases.Post(r.SecondPost)}, ByName: names[r.ByPerson], SecondName: names[r.Second],
			At: r.At.UTC(), Open: open[rules.Policy+"\x00"+rules.Version],
		}
		if r.Undoes != nil {
			v.Undoes = int(*r.Undoes)
		}
		if i+1 < len(rows) {
			before, err := s.rulesOf(ctx, q, rows[i+1].Rules)
			if err != nil {
				return nil, nil, fault(err)
			}
			v.Changes = cases.ChangedRows(before, rules)
		}
		out[i] = v
	}
	calendars := make([]records.CalendarImport, len(imports))
	for i, r := range imports {
		calendars[i] = records.CalendarImport{
			At: r.At.UTC(), By: cases.Actor{Person: r.ByPerson, Post: cases.Post(r.ByPost)}, Version: r.Version,
			From: r.FromDay.Format(time.DateOnly), To: r.ToDay.Format(time.DateOnly), Sources: r.Sources,
		}
	}
	return out, calendars, nil
}

// openByVersion counts the open cases of each version, by policy and version text: an
// imported calendar makes other rules of the same version.
func (s *Store) openByVersion(ctx context.Context, q *db.Queries) (map[string]int, error) {
	rows, err := q.OpenByRules(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, r := range rows {
		rules, err := s.rulesOf(ctx, q, r.Rules)
		if err != nil {
			return nil, err
		}
		out[rules.Policy+"\x00"+rules.Version] += int(r.N)
	}
	return out, nil
}

// names gives how persons are called, for those who may look people up.
func (s *Store) names(ctx context.Context, a records.Access, of func(note func(person string))) (map[string]string, error) {
	if !slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return p.Role().Can(cases.CityDirectory) }) {
		return nil, nil //nolint:nilnil // no names
	}
	var ids []uuid.UUID
	of(func(person string) {
		if id, err := uuid.Parse(person); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	})
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := db.New(s.pool).Persons(ctx, ids)
	if err != nil {
		return nil, fault(err)
	}
	for _, r := range rows {
		c, err := s.openPerson(r.ID, r.Wrapped, r.Sealed)
		if err != nil {
			return nil, err
		}
		out[r.ID.String()] = c.Name
	}
	return out, nil
}

// RuleDrafts implements records.Rulebook.
func (s *Store) RuleDrafts(ctx context.Context, a records.Access) ([]records.RuleDraft, error) {
	var rows []db.RuleDraft
	if err := s.as(ctx, a, func(q *db.Queries) (err error) {
		rows, err = q.RuleDrafts(ctx, mostDrafts)
		return err
	}); err != nil {
		return nil, err
	}
	out := make([]records.RuleDraft, len(rows))
	for i, r := range rows {
		d, err := s.readDraft(ctx, a, r)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// RuleDraft implements records.Rulebook.
func (s *Store) RuleDraft(ctx context.Context, a records.Access, id string) (records.RuleDraft, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return records.RuleDraft{}, cases.Refuse(cases.CodeNotFound)
	}
	var row db.RuleDraft
	var simulations []db.RuleSimulation
	if err := s.as(ctx, a, func(q *db.Queries) (err error) {
		if row, err = q.RuleDraft(ctx, key); err != nil {
			return err
		}
		simulations, err = q.SimulationsOf(ctx, key)
		return err
	}); err != nil {
		return records.RuleDraft{}, err
	}
	d, err := s.readDraft(ctx, a, row)
	if err != nil {
		return d, err
	}
	for _, r := range simulations {
		sim, err := readSimulation(r)
		if err != nil {
			return d, err
		}
		sim.Result = cases.Comparison{}
		d.Simulations = append(d.Simulations, sim)
	}
	return d, nil
}

// readDraft reads a row, and holds it against the present rules.
func (s *Store) readDraft(ctx context.Context, a records.Access, r db.RuleDraft) (records.RuleDraft, error) {
	d := records.RuleDraft{
		ID: r.ID.String(), Base: int(r.Base), Document: r.Document, Basis: r.Basis, EffectiveFrom: r.EffectiveFrom.Format(time.DateOnly),
		Revision: int(r.Revision), Status: records.DraftStatus(r.Status), By: cases.Actor{Person: r.ByPerson, Post: cases.Post(r.ByPost)},
		Second: cases.Actor{Person: r.Second, Post: cases.Post(r.SecondPost)}, Remark: r.Remark, Created: r.Created.UTC(), Changed: r.Changed.UTC(),
	}
	if r.Undoes != nil {
		d.Undoes = int(*r.Undoes)
	}
	if r.Version != nil {
		d.Version = int(*r.Version)
	}
	if err := json.Unmarshal(r.Rows, &d.Rows); err != nil {
		return d, broken("rule draft", err)
	}
	names, err := s.names(ctx, a, func(note func(string)) { note(d.By.Person); note(d.Second.Person) })
	if err != nil {
		return d, err
	}
	d.ByName, d.SecondName = names[d.By.Person], names[d.Second.Person]
	if d.Status == records.DraftPublished || d.Status == records.DraftWithdrawn {
		return d, nil
	}
	q := db.New(s.pool)
	present, err := s.CurrentRules(ctx)
	if err != nil {
		return d, err
	}
	last, err := q.LastVersion(ctx, present.Policy)
	if err != nil {
		return d, fault(err)
	}
	d.Outdated = d.Base != int(last)
	if next, err := s.amended(ctx, q, present, d); err == nil {
		d.Changes = cases.ChangedRows(present, next)
	}
	return d, nil
}

// amended gives the rules that a draft makes of the present ones.
func (s *Store) amended(ctx context.Context, q *db.Queries, present cases.Rules, d records.RuleDraft) (cases.Rules, error) {
	if d.Undoes == 0 {
		next, refusal := present.Amend(d.Rows, d.EffectiveFrom)
		if refusal != nil {
			return next, refusal
		}
		return next, nil
	}
	row, err := q.RuleVersion(ctx, int32(d.Undoes))
	if err != nil {
		return present, fault(err)
	}
	former, err := s.rulesOf(ctx, q, row.Rules)
	if err != nil {
		return present, err
	}
	if former.Policy != present.Policy {
		return present, cases.Refuse(cases.CodeField, cases.FieldError{Field: "undoes", Reason: "unknown"})
	}
	present.Deadlines, present.Ladders = former.Deadlines, former.Ladders
	return present, nil
}

// checkDraft refuses a draft that says nothing, or what the rules do not allow.
func (s *Store) checkDraft(ctx context.Context, q *db.Queries, d records.RuleDraft) (base int32, err error) {
	body, err := q.CurrentRules(ctx)
	if err != nil {
		return 0, err
	}
	present, err := readRules(body)
	if err != nil {
		return 0, err
	}
	if base, err = q.LastVersion(ctx, present.Policy); err != nil {
		return 0, err
	}
	if d.Undoes != 0 && (d.Undoes == int(base) || len(d.Rows) > 0) {
		return 0, cases.Refuse(cases.CodeField, cases.FieldError{Field: "undoes", Reason: "range"})
	}
	_, err = s.amended(ctx, q, present, d)
	return base, err
}

// PutRuleDraft implements records.Rulebook.
func (s *Store) PutRuleDraft(ctx context.Context, once records.Once, a records.Access, d records.RuleDraft) (id string, err error) {
	post, err := able(a, cases.DraftRules)
	if err != nil {
		return "", err
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		id, err = s.once(ctx, tx, once, func() (string, error) {
			q := db.New(tx)
			base, err := s.checkDraft(ctx, q, d)
			if err != nil {
				return "", err
			}
			rows, err := json.Marshal(append([]cases.Amendment{}, d.Rows...))
			if err != nil {
				return "", err
			}
			p := db.PutRuleDraftParams{
				ID: uuid.New(), Base: base, Document: d.Document, Basis: d.Basis, EffectiveFrom: day(d.EffectiveFrom), Rows: rows,
				ByPerson: a.Person, ByPost: string(post), At: s.now(),
			}
			if d.Undoes != 0 {
				n := int32(d.Undoes)
				p.Undoes = &n
			}
			if err := q.PutRuleDraft(ctx, p); err != nil {
				return "", err
			}
			return p.ID.String(), s.rulesAudit(ctx, tx, a, "rules_drafted", p.ID.String())
		})
		return err
	})
	return id, err
}

// moveDraft does something with a held draft. It is refused where its revision is not
// the one that the asker saw; 0 asks for none.
func (s *Store) moveDraft(ctx context.Context, id string, revision int, move func(tx pgx.Tx, q *db.Queries, d db.RuleDraft) error) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return cases.Refuse(cases.CodeNotFound)
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockRules(ctx); err != nil { // before the row: publishing takes both
			return err
		}
		d, err := q.HoldRuleDraft(ctx, key)
		if err != nil {
			return err
		}
		if revision != 0 && int(d.Revision) != revision {
			return cases.Refuse(cases.CodeConflict)
		}
		return move(tx, q, d)
	})
}

// ChangeRuleDraft implements records.Rulebook.
func (s *Store) ChangeRuleDraft(ctx context.Context, a records.Access, d records.RuleDraft) error {
	if _, err := able(a, cases.DraftRules); err != nil {
		return err
	}
	return s.moveDraft(ctx, d.ID, d.Revision, func(tx pgx.Tx, q *db.Queries, row db.RuleDraft) error {
		if row.ByPerson != a.Person {
			return cases.Refuse(records.CodeForbidden)
		}
		if row.Status != string(records.DraftOpen) {
			return cases.Refuse(cases.CodeConflict)
		}
		if row.Undoes != nil {
			d.Undoes = int(*row.Undoes)
		}
		base, err := s.checkDraft(ctx, q, d)
		if err != nil {
			return err
		}
		rows, err := json.Marshal(append([]cases.Amendment{}, d.Rows...))
		if err != nil {
			return err
		}
		return q.ChangeRuleDraft(ctx, db.ChangeRuleDraftParams{
			ID: row.ID, Base: base, Document: d.Document, Basis: d.Basis, EffectiveFrom: day(d.EffectiveFrom), Rows: rows, At: s.now(),
		})
	})
}

// move writes how far a draft has come.
func (s *Store) move(ctx context.Context, tx pgx.Tx, a records.Access, d db.RuleDraft, to records.DraftStatus, p db.MoveRuleDraftParams) error {
	p.ID, p.Status, p.At = d.ID, string(to), s.now()
	if err := db.New(tx).MoveRuleDraft(ctx, p); err != nil {
		if duplicate(err) { // another one waits for its day
			return cases.Refuse(cases.CodeConflict)
		}
		return err
	}
	return s.rulesAudit(ctx, tx, a, "rules_"+string(to), d.ID.String(), "revision:"+strconv.Itoa(int(d.Revision)))
}

// SubmitRuleDraft implements records.Rulebook.
func (s *Store) SubmitRuleDraft(ctx context.Context, a records.Access, id string, revision int) error {
	if _, err := able(a, cases.DraftRules); err != nil {
		return err
	}
	return s.moveDraft(ctx, id, revision, func(tx pgx.Tx, q *db.Queries, d db.RuleDraft) error {
		if d.ByPerson != a.Person {
			return cases.Refuse(records.CodeForbidden)
		}
		switch records.DraftStatus(d.Status) {
		case records.DraftSubmitted:
			return nil
		case records.DraftOpen:
		default:
			return cases.Refuse(cases.CodeConflict)
		}
		whole, err := s.readDraft(ctx, a, d)
		if err != nil {
			return err
		}
		if whole.Outdated {
			return cases.Refuse(cases.CodeConflict)
		}
		if whole.Undoes == 0 && len(whole.Rows) == 0 {
			return cases.Refuse(cases.CodeField, cases.FieldError{Field: "rows", Reason: "required"})
		}
		return s.move(ctx, tx, a, d, records.DraftSubmitted, db.MoveRuleDraftParams{})
	})
}

// WithdrawRuleDraft implements records.Rulebook. Its author withdraws it, and whoever
// agrees to drafts, as long as it is not in force.
func (s *Store) WithdrawRuleDraft(ctx context.Context, a records.Access, id string) error {
	if _, err := able(a, cases.DraftRules); err != nil {
		return err
	}
	return s.moveDraft(ctx, id, 0, func(tx pgx.Tx, _ *db.Queries, d db.RuleDraft) error {
		if _, err := able(a, cases.PublishRules); err != nil && d.ByPerson != a.Person {
			return err
		}
		switch records.DraftStatus(d.Status) {
		case records.DraftWithdrawn:
			return nil
		case records.DraftPublished:
			return cases.Refuse(cases.CodeConflict)
		}
		return s.move(ctx, tx, a, d, records.DraftWithdrawn, db.MoveRuleDraftParams{Second: d.Second, SecondPost: d.SecondPost, Remark: d.Remark})
	})
}

// second refuses whoever may not be the second person of a draft: nobody agrees to
// their own, in whatever post.
func second(a records.Access, d db.RuleDraft) (cases.Post, error) {
	post, err := able(a, cases.PublishRules)
	if err == nil && d.ByPerson == a.Person {
		err = cases.Refuse(cases.CodeSecond)
	}
	return post, err
}

// DeclineRuleDraft implements records.Rulebook.
func (s *Store) DeclineRuleDraft(ctx context.Context, a records.Access, id string, revision int, remark string) error {
	if _, err := able(a, cases.PublishRules); err != nil {
		return err
	}
	return s.moveDraft(ctx, id, revision, func(tx pgx.Tx, _ *db.Queries, d db.RuleDraft) error {
		post, err := second(a, d)
		if err != nil {
			return err
		}
		if d.Status != string(records.DraftSubmitted) {
			return cases.Refuse(cases.CodeConflict)
		}
		return s.move(ctx, tx, a, d, records.DraftOpen, db.MoveRuleDraftParams{Second: a.Person, SecondPost: string(post), Remark: remark})
	})
}

// PublishRuleDraft implements records.Rulebook.
func (s *Store) PublishRuleDraft(ctx context.Context, a records.Access, id string, revision int) error {
	if _, err := able(a, cases.PublishRules); err != nil {
		return err
	}
	return s.moveDraft(ctx, id, revision, func(tx pgx.Tx, q *db.Queries, d db.RuleDraft) error {
		post, err := second(a, d)
		if err != nil {
			return err
		}
		switch records.DraftStatus(d.Status) {
		case records.DraftPublished, records.DraftApproved:
			return nil
		case records.DraftSubmitted:
		default:
			return cases.Refuse(cases.CodeConflict)
		}
		d.Second, d.SecondPost = a.Person, string(post)
		if d.EffectiveFrom.After(today(s.now())) {
			if whole, err := s.readDraft(ctx, a, d); err != nil || whole.Outdated {
				return errors.Join(err, cases.Refuse(cases.CodeConflict))
			}
			return s.move(ctx, tx, a, d, records.DraftApproved, db.MoveRuleDraftParams{Second: d.Second, SecondPost: d.SecondPost})
		}
		return s.takeEffect(ctx, tx, q, a, d)
	})
}

// takeEffect makes a draft that two persons agreed on the version that new cases start
// with.
func (s *Store) takeEffect(ctx context.Context, tx pgx.Tx, q *db.Queries, a records.Access, row db.RuleDraft) error {
	d, err := s.readDraft(ctx, records.Access{}, row)
	if err != nil {
		return err
	}
	var n int32
	hash, err := s.changeRules(ctx, tx, func(q *db.Queries, present cases.Rules) (cases.Rules, error) {
		if n, err = q.LastVersion(ctx, present.Policy); err != nil {
			return present, err
		}
		if int(n) != d.Base {
			return present, cases.Refuse(cases.CodeConflict)
		}
		next, err := s.amended(ctx, q, present, d)
		next.Version = fmt.Sprintf("%s.%d", d.EffectiveFrom, n+1)
		return next, err
	})
	if err != nil {
		return err
	}
	v := db.PutRuleVersionParams{
		Rules: hash, Document: d.Document, Basis: d.Basis, EffectiveFrom: row.EffectiveFrom, Undoes: row.Undoes, Draft: &row.ID,
		ByPerson: row.ByPerson, ByPost: row.ByPost, Second: row.Second, SecondPost: row.SecondPost, At: s.now(),
	}
	rules, err := s.rulesOf(ctx, q, hash)
	if err != nil {
		return err
	}
	v.Policy = rules.Policy
	if err := q.PutRuleVersion(ctx, v); err != nil {
		return err
	}
	if n, err = q.LastVersion(ctx, v.Policy); err != nil {
		return err
	}
	return s.move(ctx, tx, a, row, records.DraftPublished, db.MoveRuleDraftParams{Second: row.Second, SecondPost: row.SecondPost, Version: &n})
}

// RulesTakeEffect publishes the drafts whose day has come. One that the rules have moved
// on from meanwhile goes back to its author.
func (s *Store) RulesTakeEffect(ctx context.Context) error {
	ids, err := db.New(s.pool).DraftsTakingEffect(ctx, today(s.now()))
	if err != nil {
		return fault(err)
	}
	for _, id := range ids {
		err = errors.Join(err, s.moveDraft(ctx, id.String(), 0, func(tx pgx.Tx, q *db.Queries, d db.RuleDraft) error {
			if d.Status != string(records.DraftApproved) {
				return nil
			}
			if whole, err := s.readDraft(ctx, records.Access{}, d); err != nil || whole.Outdated {
				if err != nil {
					return err
				}
				return s.move(ctx, tx, records.Access{}, d, records.DraftOpen, db.MoveRuleDraftParams{Second: d.Second, SecondPost: d.SecondPost})
			}
			return s.takeEffect(ctx, tx, q, records.Access{}, d)
		}))
	}
	return err
}
