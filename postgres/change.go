package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// change is one transition on its way into the database.
type change struct {
	store *Store
	tx    pgx.Tx
	q     *db.Queries
	// later is for what nobody reads from: the most of a change is sent at once,
	// with COMMIT.
	later *db.Queries
	t     cases.Transition
	id    uuid.UUID
	// audited is the end of the case's audit chain, which is locked; zero if the
	// case is new.
	audited audit.Row
	// destroyed are the data keys that the change takes with it.
	destroyed *[]vault.WrappedKey
}

func (s *Store) change(tx pgx.Tx, t cases.Transition) (change, error) {
	id, err := uuid.Parse(t.State.ID)
	if err != nil {
		return change{}, broken("case id", err)
	}
	if t.State.Seq != t.Base+1 {
		return change{}, broken("seq", fmt.Errorf("a change on %d gives %d", t.Base, t.State.Seq))
	}
	return change{store: s, tx: tx, q: db.New(tx), later: later(tx), t: t, id: id, destroyed: new([]vault.WrappedKey)}, nil
}

// broken is a failure that trying again does not mend.
func broken(what string, err error) error {
	return &cases.Error{Code: cases.CodeInternal, Err: fmt.Errorf("%s: %w", what, err)}
}

// row is what the case's row says beside its state.
type row struct {
	state      json.RawMessage
	closedAt   *time.Time
	nextDue    *time.Time
	nextKey    *string
	nextUnsure bool // nextDue is provisional
	mergedInto *uuid.UUID
}

func (c change) row() (row, error) {
	st := c.t.State
	body, err := json.Marshal(st)
	if err != nil {
		return row{}, err
	}
	r := row{state: body}
	if st.Stage == cases.Closed {
		r.closedAt = &st.Since
	}
	if o, ok := cases.FirstDue(st.Obligations); ok {
		r.nextDue, r.nextKey, r.nextUnsure = &o.Due, &o.Key, o.Provisional
	}
	if into := mergedInto(st); into != "" {
		id, err := uuid.Parse(into)
		if err != nil {
			return row{}, broken("merged into", err)
		}
		r.mergedInto = &id
	}
	return r, nil
}

// mergedInto gives the case that a case was merged into, "" if it was not.
func mergedInto(st cases.State) string {
	if st.Outcome != cases.OutcomeMerged {
		return ""
	}
	for _, l := range slices.Backward(st.Links) {
		if l.Relation == "merged_into" {
			return l.Case
		}
	}
	return ""
}

// open inserts a case with its first change, and starts its workflow.
func (c change) open(ctx context.Context) (number string, err error) {
	st := c.t.State
	if c.t.Base != 0 {
		return "", broken("open", fmt.Errorf("the first change stands on %d", c.t.Base))
	}
	number, err = c.number(ctx, string(st.Kind), st.Opened, caseNumbers[st.Kind], 6)
	if err != nil {
		return "", err
	}
	r, err := c.row()
	if err != nil {
		return "", err
	}
	err = c.later.InsertCase(ctx, db.InsertCaseParams{
		ID: c.id, Number: number, Kind: string(st.Kind), Seq: st.Seq, DecisionSeq: st.DecisionSeq, Rules: st.Rules,
		Stage: string(st.Stage), Phase: string(st.Phase()), Outcome: string(st.Outcome), Colour: string(st.Colour),
		Owner: string(st.Owner), Org: string(st.Org), Compartment: st.Compartment, Opened: st.Opened, ClosedAt: r.closedAt,
		NextDue: r.nextDue, NextKey: r.nextKey, NextProvisional: r.nextUnsure, MergedInto: r.mergedInto, State: r.state,
	})
	if err != nil {
		return "", err
	}
	if err := c.write(ctx); err != nil {
		return "", err
	}
	return number, c.store.jobs.StartCase(ctx, c.tx, st.Kind, st.ID)
}

// update writes a change over the case as it stood at Base.
func (c change) update(ctx context.Context) error {
	st := c.t.State
	r, err := c.row()
	if err != nil {
		return err
	}
	err = c.later.UpdateCase(ctx, db.UpdateCaseParams{
		ID: c.id, Base: c.t.Base, Seq: st.Seq, DecisionSeq: st.DecisionSeq, Rules: st.Rules, Stage: string(st.Stage),
		Phase: string(st.Phase()), Outcome: string(st.Outcome), Colour: string(st.Colour), Owner: string(st.Owner),
		Org: string(st.Org), Compartment: st.Compartment, ClosedAt: r.closedAt, NextDue: r.nextDue, NextKey: r.nextKey, NextProvisional: r.nextUnsure,
		MergedInto: r.mergedInto, State: r.state,
	})
	if err != nil {
		return err
	}
	return c.write(ctx)
}

// write puts down everything of a change but the case's own row.
func (c change) write(ctx context.Context) error {
	for _, put := range []func(context.Context) error{
		c.putEvents, c.putGlass, c.putObligations, c.putRungs, c.putCommand, c.putPosts, c.putLetters, c.putIntents, c.putAudit,
		c.putRetention, c.putErasure,
	} {
		if err := put(ctx); err != nil {
			return err
		}
	}
	hint, err := json.Marshal(records.Change{Case: c.t.State.ID, Seq: c.t.State.Seq, Kind: c.t.State.Kind})
	if err != nil {
		return err
	}
	return c.later.Notify(ctx, string(hint))
}

func (c change) putEvents(ctx context.Context) error {
	if len(c.t.Events) == 0 {
		return nil
	}
	p := db.InsertEventsParams{CaseID: c.id, Seq: c.t.State.Seq}
	for i, e := range c.t.Events {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		p.Idx, p.Bodies = append(p.Idx, int32(i)), append(p.Bodies, body)
	}
	return c.later.InsertEvents(ctx, p)
}

// obligationID names one occurrence of an obligation, the same wherever it is
// asked for.
func obligationID(caseID uuid.UUID, key string, occurrence int) uuid.UUID {
	return uuid.NewSHA1(caseID, []byte(key+"#"+strconv.Itoa(occurrence)))
}

// putObligations makes the open rows exactly those of the state: ends what the
// events end, then writes what is new or has changed, and looks that none is left
// over.
func (c change) putObligations(ctx context.Context) error {
	end := db.EndObligationsParams{CaseID: c.id}
	for _, e := range c.t.Events {
		if e.Type != cases.EventMet && e.Type != cases.EventReleased {
			continue
		}
		body, err := json.Marshal(cases.Obligation{
			Key: e.Key, Rule: e.Rule, Occurrence: e.Occurrence, Epoch: e.Epoch, Due: e.Due, Provisional: e.Provisional,
			Owner: e.Owner, Colour: c.t.State.Colour,
		})
		if err != nil {
			return err
		}
		end.Ids = append(end.Ids, obligationID(c.id, e.Key, e.Occurrence))
		end.Bodies = append(end.Bodies, body)
		end.Ats, end.Hows, end.Reasons = append(end.Ats, e.At), append(end.Hows, string(e.Type)), append(end.Reasons, e.Reason)
	}
	if len(end.Ids) > 0 {
		if err := c.later.EndObligations(ctx, end); err != nil {
			return err
		}
	}
	ids := []uuid.UUID{}
	var bodies []json.RawMessage
	for _, o := range c.t.State.Obligations {
		body, err := json.Marshal(o)
		if err != nil {
			return err
		}
		ids, bodies = append(ids, obligationID(c.id, o.Key, o.Occurrence)), append(bodies, body)
	}
	if len(ids) > 0 {
		if err := c.later.PutObligations(ctx, c.id, ids, bodies); err != nil {
			return err
		}
	}
	return c.later.CheckChange(ctx, c.t.State.Seq, c.id, ids)
}

// putRungs keeps each rung that fired, and whom it told. One that fired before is a
// broken promise: the key refuses it and the case stops loudly.
func (c change) putRungs(ctx context.Context) error {
	if slices.ContainsFunc(c.t.Events, func(e cases.Event) bool {
		return e.Type == cases.EventMet || e.Type == cases.EventReleased || e.Type == cases.EventMoved
	}) {
		if err := c.later.DropReached(ctx, c.id); err != nil {
			return err
		}
	}
	var bodies []json.RawMessage
	var reached []uuid.UUID
	var posts []string
	for _, e := range c.t.Events {
		if e.Type != cases.EventRung {
			continue
		}
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
		o, owed := c.t.State.Obligation(e.Key)
		if !owed || o.Occurrence != e.Occurrence || o.Epoch != e.Epoch {
			continue // ended or moved in the same change
		}
		for _, p := range e.Posts {
			reached, posts = append(reached, obligationID(c.id, e.Key, e.Occurrence)), append(posts, string(p))
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	if err := c.later.InsertRungs(ctx, c.id, bodies); err != nil || len(reached) == 0 {
		return err
	}
	return c.later.PutReached(ctx, reached, posts, c.id)
}

// putCommand marks the change's command recorded; one that came without a row
// (the product's own) gets one.
func (c change) putCommand(ctx context.Context) error {
	res := c.t.Result
	if res == nil {
		return nil
	}
	cmd := cases.Command{ID: res.Command, Case: c.t.State.ID, Step: res.Step, By: c.actor()}
	body, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	result, err := json.Marshal(res)
	if err != nil {
		return err
	}
	return c.later.RecordCommand(ctx, db.RecordCommandParams{
		ID: res.Command, CaseID: c.id, Kind: string(c.t.State.Kind), Step: string(res.Step), ByPerson: cmd.By.Person,
		ByPost: string(cmd.By.Post), Body: body, Result: result, At: res.At,
	})
}

// actor is who took the change's step; nobody if facts or time made it.
func (c change) actor() cases.Actor {
	if c.t.Result == nil {
		return cases.Actor{}
	}
	for _, e := range c.t.Events {
		if e.Command == c.t.Result.Command && (e.Type == cases.EventStep || e.Type == cases.EventProposed) {
			return e.Actor
		}
	}
	return cases.Actor{}
}

// putPosts keeps who may see the case beside those of its area, who may not, and who
// was told of it.
func (c change) putPosts(ctx context.Context) error {
	st := c.t.State
	if len(st.Recused) > 0 {
		if err := c.later.AddRecused(ctx, c.id, texts(st.Recused)); err != nil {
			return err
		}
	}
	on := db.SetDutyParams{CaseID: c.id, Recused: texts(st.Recused), Compartment: st.Compartment, Opened: st.Opened}
	lent := st.Lent()
	for _, post := range st.Duties() {
		on.Posts, on.Persons = append(on.Posts, string(post)), append(on.Persons, strings.Join(lent[post], ","))
	}
	if err := c.later.SetDuty(ctx, on); err != nil {
		return err
	}
	if len(st.Recused) > 0 {
		if err := c.later.MarkRecused(ctx, texts(st.Recused), c.id); err != nil {
			return err
		}
	}
	if c.movedByClosing() {
		if err := c.later.MarkClosed(ctx, st.Stage == cases.Closed, c.id); err != nil {
			return err
		}
	}
	told := toldOf([]cases.Transition{c.t}, st)
	if len(told) == 0 {
		return nil
	}
	return c.later.AddTold(ctx, db.AddToldParams{CaseID: c.id, Posts: told, Opened: st.Opened, Recused: texts(st.Recused)})
}

// movedByClosing tells whether the change has closed the case or taken it up again.
func (c change) movedByClosing() bool {
	return slices.ContainsFunc(c.t.Events, func(e cases.Event) bool {
		return e.Type == cases.EventStep && e.From != e.To && (e.From == cases.Closed || e.To == cases.Closed)
	})
}

// toldOf gives the posts that changes tell of a case and that may know of it as it
// stands: they keep the notice. It does not let them see the case.
func toldOf(changes []cases.Transition, st cases.State) []string {
	var told []string
	for _, t := range changes {
		for _, e := range t.Events {
			if e.Step == "grant_access" {
				continue // sees the case for as long as it is lent
			}
			for _, p := range e.Posts {
				if st.Sees(p) && p.Role().Row().Scope != cases.ScopeNone && !slices.Contains(told, string(p)) {
					told = append(told, string(p))
				}
			}
		}
	}
	return told
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// putIntents notes who is to be told, and sets the notices off.
func (c change) putIntents(ctx context.Context) error {
	var intents []int64
	for i, e := range c.t.Events {
		var posts []string
		for _, p := range e.Posts {
			if c.t.State.Sees(p) && !slices.Contains(posts, string(p)) {
				posts = append(posts, string(p))
			}
		}
		if len(posts) == 0 {
			continue
		}
		ids, err := c.q.InsertIntents(ctx, db.InsertIntentsParams{
			CaseID: c.id, Seq: c.t.State.Seq, Idx: int32(i), Posts: posts, Type: string(e.Type), Key: e.Key,
			Occurrence: int32(e.Occurrence), Epoch: int32(e.Epoch), Rung: int32(e.Rung), RungName: e.RungName,
			Urgent: e.Urgent, Due: orNil(e.Due), At: e.At,
		})
		if err != nil {
			return err
		}
		intents = append(intents, ids...)
	}
	if len(intents) == 0 {
		return nil
	}
	return c.store.jobs.Notify(ctx, c.tx, intents...)
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// putAudit adds the change to the case's chain.
func (c change) putAudit(ctx context.Context) error {
	r, err := c.auditRow()
	if err == nil {
		_, err = c.store.linkAudit(ctx, c.tx, c.audited, r)
	}
	return err
}

// auditRow is what the audit log says of the change: who, which step, which facts.
func (c change) auditRow() (audit.Row, error) {
	st := c.t.State
	r := audit.Row{Chain: caseChain(st.ID), At: st.Clock, Actor: engine, Action: "tick", Object: st.ID, Detail: []string{"seq:" + strconv.FormatInt(st.Seq, 10)}}
	switch {
	case c.t.Result != nil:
		r.Action, r.Object = "step:"+string(c.t.Result.Step), c.t.Result.Command
		if by := c.actor(); by.Person != "" {
			r.Actor = by.Person
		}
		if c.t.Result.Proposed {
			r.Detail = append(r.Detail, "proposed")
		}
	case c.t.Base == 0:
		r.Action, r.Actor = "open", public
		if len(c.t.Events) > 0 {
			r.Actor = actorID(c.t.Events[0].Actor.Person, public)
		}
	case len(c.t.Facts) > 0:
		r.Action = "facts"
	}
	for _, f := range c.t.Facts {
		r.Detail = append(r.Detail, "fact:"+f)
	}
	var bodies []json.RawMessage
	for _, e := range c.t.Events {
		body, err := json.Marshal(e)
		if err != nil {
			return r, err
		}
		bodies = append(bodies, body)
	}
	told, bare, err := canonicalEvents(bodies)
	if err != nil {
		return r, err
	}
	r.Detail = append(r.Detail, eventsDetail+audit.Digest(c.store.vault.Suite(), told))
	if !bytes.Equal(told, bare) {
		r.Detail = append(r.Detail, bareDetail+audit.Digest(c.store.vault.Suite(), bare))
	}
	return r, nil
}

// caseNumbers are the words before a case's number.
var caseNumbers = map[cases.Kind]string{cases.MandatoryReport: "强报", cases.Guardianship: "监护"}

// number takes the next number of a year, as 强报〔2026〕000123.
func (c change) number(ctx context.Context, counter string, at time.Time, word string, digits int) (string, error) {
	year := at.In(cases.Zone).Year()
	n, err := c.q.NextNumber(ctx, counter, int32(year))
	if err != nil {
		return "", err
	}
	return numberText(word, year, digits, n), nil
}

func numberText(word string, year, digits int, n int32) string {
	return fmt.Sprintf("%s〔%d〕%0*d", word, year, digits, n)
}
