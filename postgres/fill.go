package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// Past is the whole life of a case so far, for filling a demonstration.
type Past struct {
	// Filing is how it began; its receipt is made from the case's id.
	Filing records.Filing
	// Changes are all changes after Filing.Open, in order.
	Changes []cases.Transition
	// Facts are those that the changes took in; Words are what was written with
	// commands and facts, by their id and field.
	Facts []cases.Fact
	Words map[string]map[string]string
	// Looks are who looked at its file, in order.
	Looks []PastLook
}

// PastLook is a look of the past.
type PastLook struct {
	records.Access // with At
	records.Look
}

// State is how the case stands.
func (p Past) State() cases.State {
	if n := len(p.Changes); n > 0 {
		return p.Changes[n-1].State
	}
	return p.Filing.Open.State
}

// Fill writes cases with their whole past in one transaction, and leaves out those that are there. It gives how many it wrote. What
// a commit otherwise sets off is not: nobody is told, and no workflow is started; closed cases need none, open ones are found without
// one (WithoutWorkflow).
func (s *Store) Fill(ctx context.Context, pasts []Past) (written int, err error) {
	fills := make([]fill, len(pasts))
	faults := make([]error, len(pasts))
	var all sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := range next {
				fills[i], faults[i] = s.fillOf(ctx, pasts[i])
			}
		})
	}
	for i := range pasts {
		next <- i
	}
	close(next)
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		return 0, err
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		written, err = s.putFills(ctx, tx, fills)
		return err
	})
	return written, err
}

// There gives those of some ids that cases have.
func (s *Store) There(ctx context.Context, ids []string) (map[string]bool, error) {
	keys := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		var err error
		if keys[i], err = caseID(id); err != nil {
			return nil, err
		}
	}
	there, err := db.New(s.pool).CasesThere(ctx, keys)
	out := map[string]bool{}
	for _, id := range there {
		out[id.String()] = true
	}
	return out, fault(err)
}

// Foreign counts the people who are not among those given.
func (s *Store) Foreign(ctx context.Context, known []string) (int, error) {
	ids, err := db.New(s.pool).PersonIDs(ctx)
	if err != nil {
		return 0, fault(err)
	}
	there := map[string]bool{}
	for _, id := range known {
		there[id] = true
	}
	n := 0
	for _, id := range ids {
		if !there[id.String()] {
			n++
		}
	}
	return n, nil
}

// fill is a case's rows, all but the numbers that the year gives.
type fill struct {
	id      uuid.UUID
	kind    cases.Kind
	opened  time.Time
	row     []any // of cases; the number is filled in at numberAt
	letters []pastLetter
	rows    map[string][][]any
}

type pastLetter struct {
	kind   string
	issued time.Time
	row    []any // of letter; the number is filled in at letterNumberAt
}

const (
	numberAt       = 1
	letterNumberAt = 3
)

// heaps are the tables that are filled, in the order that their references need.
var heaps = []struct {
	name, columns string
}{
	{"cases", "id, number, kind, seq, decision_seq, rules, stage, phase, outcome, colour, owner, org, compartment, opened, closed_at, next_due, next_key, next_provisional, started_at, state"},
	{"case_grant", "case_id, post, persons, why, opened, recused, closed"},
	{"event", "case_id, seq, idx, at, type, body"},
	{"obligation", "id, case_id, key, occurrence, epoch, rule, owner, due, provisional, paused_since, rung, body, ended_at, how, reason"},
	{"reached", "case_id, obligation, post, epoch, due"},
	{"rung", "case_id, key, occurrence, epoch, rung, due, at"},
	{"fact", "id, case_id, kind, occurred, received, by_person, body, applied_seq"},
	{"command", "id, case_id, kind, step, status, by_person, by_post, body, result, at, ended_at"},
	{"data_key", "subject, compartment, wrapped"},
	{"sealed", "item, field, case_id, compartment, body"},
	{"filing", "case_id, receipt_hash, author, unit, found_at, filed_at, child, address, reporter, narrative"},
	{"case_token", "kind, token, case_id"},
	{"letter", "case_id, kind, n, number, post, measure, command, issued, due"},
	{"retention", "case_id, rule, appraise_at"},
	{"audit", "chain, seq, at, actor, action, object, detail, prev_hash, hash"},
}

// fillOf makes the rows of a case.
func (s *Store) fillOf(ctx context.Context, p Past) (f fill, err error) {
	st := p.State()
	if len(st.Recused) > 0 || mergedInto(st) != "" {
		return f, broken("fill", errors.New("a case with recused posts, or one that was merged, is not for filling"))
	}
	c, err := s.change(nil, p.Filing.Open)
	if err != nil {
		return f, err
	}
	f = fill{id: c.id, kind: st.Kind, opened: st.Opened, rows: map[string][][]any{}}
	if err := f.addCase(p); err != nil {
		return f, err
	}
	if err := f.addFiling(s, p); err != nil {
		return f, err
	}
	changes := append([]cases.Transition{p.Filing.Open}, p.Changes...)
	for i, t := range changes {
		if t.Base != int64(i) || len(t.Send)+len(t.Opens) > 0 {
			return f, broken("fill", fmt.Errorf("change %d of %s stands on %d, or writes to other cases", i, st.ID, t.Base))
		}
	}
	for _, add := range []func(*Store, Past, []cases.Transition) error{f.addEvents, f.addObligations, f.addGrants, f.addFacts, f.addLetters, f.addAudit} {
		if err := add(s, p, changes); err != nil {
			return f, err
		}
	}
	return f, f.addRetention(ctx, s, p)
}

func (f *fill) add(table string, row ...any) { f.rows[table] = append(f.rows[table], row) }

func (f *fill) addCase(p Past) error {
	st := p.State()
	r, err := (change{t: cases.Transition{State: st}}).row()
	if err != nil {
		return err
	}
	var started *time.Time
	if st.Stage == cases.Closed {
		started = &st.Opened
	}
	f.row = []any{
		f.id, "", string(st.Kind), st.Seq, st.DecisionSeq, st.Rules, string(st.Stage), string(st.Phase()), string(st.Outcome),
		string(st.Colour), string(st.Owner), string(st.Org), st.Compartment, st.Opened, r.closedAt, r.nextDue, r.nextKey, r.nextUnsure, started, r.state,
	}
	return nil
}

// addFiling seals what was filed, and the words.
func (f *fill) addFiling(s *Store, p Past) error {
	filing := p.Filing
	if st := filing.Open.State; st.Kind == cases.MandatoryReport {
		digest := s.vault.Receipts().For(st.ID).Digest()
		filing.ReceiptHash = digest[:]
	}
	r, keys, err := s.sealFiling(filing, f.id)
	if err != nil {
		return err
	}
	f.add("filing", r.CaseID, r.ReceiptHash, r.Author, r.Unit, r.FoundAt, r.FiledAt, r.Child, r.Address, r.Reporter, r.Narrative)
	kinds, tokens := s.tokensOf(filing.Child, filing.Reporter)
	var seen []string
	for i := range tokens {
		if name := strconv.Itoa(int(kinds[i])) + string(tokens[i]); !slices.Contains(seen, name) {
			seen = append(seen, name)
			f.add("case_token", kinds[i], tokens[i], f.id)
		}
	}
	if keys, err = f.addWords(s, p, keys); err != nil {
		return err
	}
	for _, k := range keys {
		f.add("data_key", k.Subject, int16(k.Compartment), k.Wrapped)
	}
	return nil
}

// addWords seals what was written with commands and facts, and gives the keys with
// those that it made.
func (f *fill) addWords(s *Store, p Past, keys []vault.WrappedKey) ([]vault.WrappedKey, error) {
	steps := map[string]cases.StepName{}
	for _, t := range p.Changes {
		if t.Result != nil {
			steps[t.Result.Command] = t.Result.Step
		}
	}
	sexual := p.State().Compartment
	for _, item := range slices.Sorted(maps.Keys(p.Words)) {
		parts := everyField(defaultPart(sexual))
		if step, ok := steps[item]; ok {
			parts = partsOf(f.kind, step, sexual)
		}
		for _, field := range sortedFields(p.Words[item]) {
			part := parts(field)
			i := slices.IndexFunc(keys, func(k vault.WrappedKey) bool { return k.Compartment == part })
			if i < 0 {
				key, err := s.vault.NewDataKey(f.id.String(), part)
				if err != nil {
					return nil, err
				}
				i, keys = len(keys), append(keys, key)
			}
			body, err := s.vault.Seal(keys[i], wordsAt(item, field), []byte(p.Words[item][field]))
			if err != nil {
				return nil, err
			}
			f.add("sealed", item, field, f.id, int16(part), body)
		}
	}
	return keys, nil
}

// addEvents makes the timeline, its rungs, and the commands that it answers.
func (f *fill) addEvents(s *Store, _ Past, changes []cases.Transition) error {
	for _, t := range changes {
		for i, e := range t.Events {
			body, err := json.Marshal(e)
			if err != nil {
				return err
			}
			f.add("event", f.id, t.State.Seq, int32(i), e.At, string(e.Type), json.RawMessage(body))
			if e.Type == cases.EventRung {
				f.add("rung", f.id, e.Key, int32(e.Occurrence), int32(e.Epoch), int32(e.Rung), e.Due, e.At)
			}
		}
		if t.Result == nil {
			continue
		}
		by := change{t: t}.actor()
		body, err := json.Marshal(cases.Command{ID: t.Result.Command, Case: t.State.ID, Step: t.Result.Step, By: by})
		if err != nil {
			return err
		}
		result, err := json.Marshal(t.Result)
		if err != nil {
			return err
		}
		f.add("command", t.Result.Command, f.id, string(f.kind), string(t.Result.Step), string(records.CommandAnswered), by.Person, string(by.Post),
			json.RawMessage(body), json.RawMessage(result), t.Result.At, t.Result.At)
	}
	return nil
}

// addObligations does what the change's own putObligations and putRungs do one change at
// a time.
func (f *fill) addObligations(_ *Store, _ Past, changes []cases.Transition) error {
	type owed struct {
		cases.Obligation
		ended       *time.Time
		how, reason *string
	}
	last, reached := map[uuid.UUID]owed{}, map[uuid.UUID][]cases.Event{}
	var order []uuid.UUID
	put := func(o owed) {
		id := obligationID(f.id, o.Key, o.Occurrence)
		if _, ok := last[id]; !ok {
			order = append(order, id)
		}
		last[id] = o
	}
	for _, t := range changes {
		for _, e := range t.Events {
			if e.Type == cases.EventRung {
				id := obligationID(f.id, e.Key, e.Occurrence)
				reached[id] = append(reached[id], e)
			}
			if e.Type != cases.EventMet && e.Type != cases.EventReleased {
				continue
			}
			o, ok := last[obligationID(f.id, e.Key, e.Occurrence)]
			if !ok {
				o.Obligation = cases.Obligation{
					Key: e.Key, Rule: e.Rule, Occurrence: e.Occurrence, Epoch: e.Epoch, Due: e.Due, Provisional: e.Provisional,
					Owner: e.Owner, Colour: t.State.Colour,
				}
			}
			how := string(e.Type)
			o.ended, o.how, o.reason = &e.At, &how, &e.Reason
			put(o)
		}
		for _, o := range t.State.Obligations {
			put(owed{Obligation: o})
		}
	}
	none := ""
	for _, id := range order {
		o := last[id]
		body, err := json.Marshal(o.Obligation)
		if err != nil {
			return err
		}
		paused := orNil(o.PausedSince)
		if o.ended != nil {
			paused = nil
		}
		if o.reason == nil {
			o.reason = &none
		}
		f.add("obligation", id, f.id, o.Key, int32(o.Occurrence), int32(o.Epoch), string(o.Rule), string(o.Owner), o.Due, o.Provisional,
			paused, int32(o.Rung), json.RawMessage(body), o.ended, o.how, o.reason)
		if o.ended == nil {
			for _, post := range toldSince(reached[id], o.Epoch) {
				f.add("reached", f.id, id, post, int32(o.Epoch), o.Due)
			}
		}
	}
	return nil
}

// toldSince gives the posts that the rungs of an epoch told, each once.
func toldSince(rungs []cases.Event, epoch int) []string {
	var out []string
	for _, e := range rungs {
		for _, p := range e.Posts {
			if e.Epoch == epoch && !slices.Contains(out, string(p)) {
				out = append(out, string(p))
			}
		}
	}
	return out
}

// addGrants makes who sees the case beside those of its area.
func (f *fill) addGrants(_ *Store, p Past, changes []cases.Transition) error {
	st := p.State()
	lent := st.Lent()
	for _, post := range st.Duties() {
		f.add("case_grant", f.id, string(post), lent[post], "duty", st.Opened, []string{}, st.Stage == cases.Closed)
	}
	for _, post := range toldOf(changes, st) {
		f.add("case_grant", f.id, post, []string(nil), "told", st.Opened, []string{}, st.Stage == cases.Closed)
	}
	return nil
}

func (f *fill) addFacts(_ *Store, p Past, changes []cases.Transition) error {
	applied := map[string]int64{}
	for _, t := range changes {
		for _, id := range t.Facts {
			applied[id] = t.State.Seq
		}
	}
	for _, fact := range p.Facts {
		seq, ok := applied[fact.ID]
		if !ok {
			return broken("fill", fmt.Errorf("no change took in the fact %s", fact.ID))
		}
		body, err := json.Marshal(fact)
		if err != nil {
			return err
		}
		f.add("fact", fact.ID, f.id, string(fact.Kind), fact.Occurred, fact.Received, fact.By.Person, json.RawMessage(body), seq)
	}
	return nil
}

// addLetters makes the papers that the changes made, each once.
func (f *fill) addLetters(_ *Store, _ Past, changes []cases.Transition) error {
	made := map[db.LettersRow]bool{}
	for _, t := range changes {
		for _, l := range (change{t: t, id: f.id}).letters(made) {
			made[db.LettersRow{Kind: l.Kind, N: l.N}] = true
			f.letters = append(f.letters, pastLetter{l.Kind, l.Issued, []any{l.CaseID, l.Kind, l.N, "", l.Post, l.Measure, l.Command, l.Issued, l.Due}})
		}
	}
	return nil
}

// addAudit chains what was done and who looked.
func (f *fill) addAudit(s *Store, p Past, changes []cases.Transition) error {
	facts := map[string]cases.Fact{}
	for _, fact := range p.Facts {
		facts[fact.ID] = fact
	}
	var end audit.Row
	link := func(r audit.Row) {
		end = audit.Link(s.vault.Suite(), end, r)
		f.add("audit", end.Chain, end.Seq, end.At, end.Actor, end.Action, end.Object, end.Detail, end.PrevHash, end.Hash)
	}
	for _, t := range changes {
		for _, id := range t.Facts {
			link(factRow(f.id, facts[id]))
		}
		r, err := change{store: s, t: t, id: f.id}.auditRow()
		if err != nil {
			return err
		}
		link(r)
	}
	end = audit.Row{}
	for _, look := range p.Looks {
		r := s.lookRow(look.Access, look.Look)
		r.At = look.At
		link(r)
	}
	return nil
}

func (f *fill) addRetention(ctx context.Context, s *Store, p Past) error {
	st := p.State()
	if st.Stage != cases.Closed {
		return nil
	}
	rules, err := s.rulesOf(ctx, db.New(s.pool), st.Rules)
	if err != nil {
		return err
	}
	rule, at, err := appraisal(st, rules, func() (time.Time, error) { return bornOf(&p.Filing.Child, st.Opened), nil })
	f.add("retention", f.id, rule, at)
	return err
}

// putFills writes the rows of the cases that are not there, with the next numbers of
// their years.
func (s *Store) putFills(ctx context.Context, tx pgx.Tx, fills []fill) (int, error) {
	q := db.New(tx)
	ids := make([]uuid.UUID, len(fills))
	for i, f := range fills {
		ids[i] = f.id
	}
	there, err := q.CasesThere(ctx, ids)
	if err != nil {
		return 0, err
	}
	fills = slices.DeleteFunc(slices.Clone(fills), func(f fill) bool { return slices.Contains(there, f.id) })
	if len(fills) == 0 {
		return 0, nil
	}
	if err := numberFills(ctx, q, fills); err != nil {
		return 0, err
	}
	for _, h := range heaps {
		var rows [][]any
		for _, f := range fills {
			switch h.name {
			case "cases":
				rows = append(rows, f.row)
			case "letter":
				for _, l := range f.letters {
					rows = append(rows, l.row)
				}
			default:
				rows = append(rows, f.rows[h.name]...)
			}
		}
		if err := pour(ctx, tx, h.name, h.columns, rows); err != nil {
			return 0, fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return len(fills), nil
}

// pour copies rows into a table by way of a temporary one: PostgreSQL does not copy
// into a table under row-level security.
func pour(ctx context.Context, tx pgx.Tx, table, columns string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	temp := "fill_" + table
	if _, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA`, temp, columns, table)); err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{temp}, strings.Split(columns, ", "), pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s`, table, columns, columns, temp))
	return err
}

// numberFills gives cases and letters the next numbers of their years, in the order
// of their times.
func numberFills(ctx context.Context, q *db.Queries, fills []fill) error {
	type numbered struct {
		at   time.Time
		give func(n int32, year int)
	}
	books := map[string]map[int][]numbered{}
	add := func(counter string, at time.Time, give func(n int32, year int)) {
		if books[counter] == nil {
			books[counter] = map[int][]numbered{}
		}
		year := at.In(cases.Zone).Year()
		books[counter][year] = append(books[counter][year], numbered{at, give})
	}
	for _, f := range fills {
		add(string(f.kind), f.opened, func(n int32, year int) { f.row[numberAt] = numberText(caseNumbers[f.kind], year, 6, n) })
		for _, l := range f.letters {
			word := taskWord
			if l.kind == orderLetter {
				word = orderWord
			}
			add("letter:"+l.kind, l.issued, func(n int32, year int) { l.row[letterNumberAt] = numberText(word, year, 4, n) })
		}
	}
	for _, counter := range slices.Sorted(maps.Keys(books)) {
		for _, year := range slices.Sorted(maps.Keys(books[counter])) {
			list := books[counter][year]
			slices.SortStableFunc(list, func(a, b numbered) int { return a.at.Compare(b.at) })
			last, err := q.TakeNumbers(ctx, counter, int32(year), int32(len(list)))
			if err != nil {
				return err
			}
			for i, one := range list {
				one.give(last-int32(len(list))+1+int32(i), year)
			}
		}
	}
	return nil
}
