package cases_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
)

// A fictional county (DOMAIN 2.7).
const (
	village = cases.Org("379999101203")
	town    = cases.Org("379999101000")
	city    = cases.Org("379999000000")
	reportA = "0b8f5f0e-6d2b-4c7e-8a55-3f1d5a1c0001"
	reportB = "0b8f5f0e-6d2b-4c7e-8a55-3f1d5a1c0002"
	reportC = "0b8f5f0e-6d2b-4c7e-8a55-3f1d5a1c0003"
)

// secret stands for everything that a person wrote: no State may ever hold it.
const secret = "某某的原话"

var (
	director   = cases.NewPost(village, cases.RoleDirector)
	supervisor = cases.NewPost(town, cases.RoleSupervisor)
	townLeader = cases.NewPost(town, cases.RoleTownLeader)
	desk       = cases.NewPost(city, cases.RoleDesk)
	manager    = cases.NewPost(city, cases.RoleManager)
	head       = cases.NewPost(city, cases.RoleHead)
	bureau     = cases.NewPost(city, cases.RoleBureau)
	body       = cases.NewPost(city, cases.RoleBody)
	shelter    = cases.UnitPost("shelter", cases.RoleShelter)
	police     = cases.UnitPost("police", cases.RolePolice)
	procurator = cases.UnitPost("procuratorate", cases.RoleProcurator)
	justice    = cases.UnitPost("justice", cases.RoleLiaison)
	education  = cases.UnitPost("education", cases.RoleLiaison)
)

// monday is a working morning.
var monday = time.Date(2026, 3, 16, 9, 0, 0, 0, cases.Zone)

var rulesOnce = sync.OnceValue(func() map[string]cases.Rules {
	out := map[string]cases.Rules{}
	for _, name := range policy.Names() {
		r, err := policy.Load(name)
		if err != nil {
			panic(err)
		}
		out[name] = r
	}
	return out
})

// form is a filled form as it comes from JSON.
type form map[string]any

// scene drives one case as the workflow does, and holds every change to the
// invariants.
type scene struct {
	t      *testing.T
	s      cases.State
	r      cases.Rules
	now    time.Time
	events []cases.Event
	sent   []cases.Outgoing
	opened []cases.Transition
	book   *book
	n      int
	took   func(cases.State, cases.Event) // told of every step that was taken
	seen   func(cases.State)              // told of every State
}

func at(t *testing.T, rules string) *scene {
	return &scene{t: t, r: rulesOnce()[rules], now: monday}
}

func aReport() cases.Report {
	return cases.Report{ID: reportA, Org: village, Situations: []cases.Situation{"MR04"}, Danger: cases.DangerNo, Relation: "stranger"}
}

func aYellowReport() cases.Report {
	rep := aReport()
	rep.Situations = []cases.Situation{"MR09"}
	return rep
}

// file files a report.
func (sc *scene) file(rep cases.Report) *scene {
	sc.t.Helper()
	tr, refusal := cases.Open(rep, sc.r, sc.now)
	require.Nil(sc.t, refusal)
	return sc.begin(tr)
}

func (sc *scene) begin(tr cases.Transition) *scene {
	sc.t.Helper()
	require.EqualValues(sc.t, 1, tr.State.Seq)
	sc.s, sc.events = tr.State, slices.Clone(tr.Events)
	sc.book = newBook(tr.State)
	if sc.seen != nil {
		sc.seen(sc.s)
	}
	return sc
}

// takeIn opens a guardianship on a ground, from a report.
func (sc *scene) takeIn(ground cases.Ground) *scene {
	sc.t.Helper()
	from := at(sc.t, sc.r.Policy).file(aYellowReport())
	from.now = sc.now
	from.do("open_guardianship", desk, form{"ground": string(ground)})
	require.Len(sc.t, from.opened, 1)
	return sc.begin(from.opened[0])
}

// wait lets time pass; the case wakes when it asked to.
func (sc *scene) wait(d time.Duration) {
	sc.t.Helper()
	end := sc.now.Add(d)
	for range 10000 {
		wake, ok := cases.NextWake(sc.s, sc.r)
		if !ok || wake.After(end) {
			sc.now = end
			sc.act(cases.Input{})
			return
		}
		sc.now = maxTime(sc.now, wake)
		sc.act(cases.Input{})
	}
	sc.t.Fatal("the case never sleeps")
}

// sleep lets time pass with nobody there to wake the case: an outage.
func (sc *scene) sleep(d time.Duration) {
	sc.now = sc.now.Add(d)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// act runs one act and holds it to the invariants.
func (sc *scene) act(in cases.Input) *cases.Error {
	sc.t.Helper()
	before := encode(sc.s)
	tr, refusal := cases.Act(sc.s, sc.r, in, sc.now)
	require.Equal(sc.t, before, encode(sc.s), "the source State was changed")
	require.NoError(sc.t, sc.book.check(sc.s, sc.r, in, sc.now, tr, refusal))
	if in.Command != nil && in.Command.Rules != nil && refusal == nil {
		sc.r = *in.Command.Rules
	}
	prev := sc.s
	sc.s = tr.State
	sc.events = append(sc.events, tr.Events...)
	sc.sent = append(sc.sent, tr.Send...)
	sc.opened = append(sc.opened, tr.Opens...)
	if sc.took != nil {
		for _, e := range tr.Events {
			if e.Type == cases.EventStep {
				sc.took(prev, e)
			}
		}
	}
	if sc.seen != nil {
		sc.seen(sc.s)
	}
	return refusal
}

// command fills a step's form and makes a command of it.
func (sc *scene) command(step cases.StepName, by cases.Post, over form) cases.Command {
	sc.t.Helper()
	row, ok := cases.FindStep(sc.s.Kind, step)
	require.True(sc.t, ok, "no step %s", step)
	read, refusal := row.ReadForm(fill(row, sc.now, over), sc.now)
	require.Nil(sc.t, refusal, "the form of %s", step)
	sc.n++
	return cases.Command{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", sc.n), Case: sc.s.ID, Step: step,
		By: cases.Actor{Person: "person of " + string(by), Post: by}, Base: sc.s.DecisionSeq, Fields: read.Engine,
	}
}

// do takes a step.
func (sc *scene) do(step cases.StepName, by cases.Post, over ...form) {
	sc.t.Helper()
	cmd := sc.command(step, by, merged(over))
	require.Nil(sc.t, sc.act(cases.Input{Command: &cmd}), "%s at %s", step, sc.s.Stage)
}

// doFor takes a step on another post's behalf (代录).
func (sc *scene) doFor(step cases.StepName, by, behalf cases.Post, over ...form) string {
	sc.t.Helper()
	cmd := sc.command(step, by, merged(over))
	cmd.For, cmd.Via = behalf, "phone"
	require.Nil(sc.t, sc.act(cases.Input{Command: &cmd}), "%s at %s", step, sc.s.Stage)
	return cmd.ID
}

// both takes a step that needs a second person.
func (sc *scene) both(step cases.StepName, by, second cases.Post, over ...form) {
	sc.t.Helper()
	stage, outcome := sc.s.Stage, sc.s.Outcome
	sc.do(step, by, over...)
	require.Equal(sc.t, stage, sc.s.Stage, "%s was carried out by one person", step)
	require.Equal(sc.t, outcome, sc.s.Outcome)
	sc.do("approve", second, form{"proposal": sc.proposal(step)})
}

// proposal gives the id of what waits for its second person.
func (sc *scene) proposal(step cases.StepName) string {
	sc.t.Helper()
	i := slices.IndexFunc(sc.s.Proposals, func(p cases.Proposal) bool { return p.Step == step })
	require.GreaterOrEqual(sc.t, i, 0, "%s is not proposed", step)
	return sc.s.Proposals[i].ID
}

// refused takes a step that must be refused, and gives the refusal.
func (sc *scene) refused(code cases.Code, step cases.StepName, by cases.Post, over ...form) *cases.Error {
	sc.t.Helper()
	cmd := sc.command(step, by, merged(over))
	return sc.refusedCommand(code, cmd)
}

func (sc *scene) refusedCommand(code cases.Code, cmd cases.Command) *cases.Error {
	sc.t.Helper()
	sc.act(cases.Input{})
	before := encode(sc.s)
	refusal := sc.act(cases.Input{Command: &cmd})
	require.NotNil(sc.t, refusal, "%s was not refused", cmd.Step)
	require.Equal(sc.t, code, refusal.Code, "%v", refusal)
	require.Equal(sc.t, before, encode(sc.s), "a refused command changed the case")
	return refusal
}

// fact takes a fact in.
func (sc *scene) fact(kind cases.FactKind, by cases.Post, fields cases.Fields) {
	sc.t.Helper()
	sc.factAt(kind, by, fields, sc.now)
}

func (sc *scene) factAt(kind cases.FactKind, by cases.Post, fields cases.Fields, occurred time.Time) {
	sc.t.Helper()
	sc.n++
	f := cases.Fact{
		ID: fmt.Sprintf("00000000-0000-4000-9000-%012d", sc.n), Kind: kind, Occurred: occurred, Received: sc.now,
		By: cases.Actor{Person: "person of " + string(by), Post: by}, Fields: fields,
	}
	require.Nil(sc.t, sc.act(cases.Input{Facts: []cases.Fact{f}}))
	again := cases.Absorb(sc.s, sc.r, []cases.Fact{f}, sc.now)
	require.False(sc.t, again.Changed(), "a fact counted twice")
}

// visit records a visit that met the child at a risk.
func (sc *scene) visit(risk cases.Colour) {
	sc.t.Helper()
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "met", "colour": string(risk)})
}

// ack acknowledges an obligation as it stands.
func (sc *scene) ack(key string, by cases.Post) {
	sc.t.Helper()
	o := sc.owed(key)
	sc.fact(cases.FactAck, by, cases.Fields{"key": key, "occurrence": fmt.Sprint(o.Occurrence), "epoch": fmt.Sprint(o.Epoch)})
}

// unreached says that the last notice about an obligation reached nobody.
func (sc *scene) unreached(key string) {
	sc.t.Helper()
	o := sc.owed(key)
	sc.fact(cases.FactUndelivered, cases.SystemPost, cases.Fields{
		"key": key, "occurrence": fmt.Sprint(o.Occurrence), "epoch": fmt.Sprint(o.Epoch), "rung": fmt.Sprint(o.Rung - 1),
	})
}

func (sc *scene) owed(key string) cases.Obligation {
	sc.t.Helper()
	o, ok := sc.s.Obligation(key)
	require.True(sc.t, ok, "%s is not owed; owed are %v", key, sc.keys())
	return o
}

func (sc *scene) notOwed(key string) {
	sc.t.Helper()
	_, ok := sc.s.Obligation(key)
	require.False(sc.t, ok, "%s is owed", key)
}

func (sc *scene) keys() []string {
	var out []string
	for _, o := range sc.s.Obligations {
		out = append(out, o.Key)
	}
	slices.Sort(out)
	return out
}

// rungs gives the names of the rungs that told somebody of an obligation, in order.
func (sc *scene) rungs(key string) []string {
	var out []string
	for _, e := range sc.events {
		if e.Type == cases.EventRung && e.Key == key && len(e.Posts) > 0 {
			out = append(out, e.RungName)
		}
	}
	return out
}

// last gives the last event of a type.
func (sc *scene) last(t cases.EventType) cases.Event {
	sc.t.Helper()
	for _, e := range slices.Backward(sc.events) {
		if e.Type == t {
			return e
		}
	}
	sc.t.Fatalf("no event %s", t)
	return cases.Event{}
}

func merged(list []form) form {
	out := form{}
	for _, f := range list {
		maps.Copy(out, f)
	}
	return out
}

// fill fills a form by its fields: the first answer everywhere, no to every
// question, all papers.
func fill(row cases.Step, now time.Time, over form) form {
	out := form{}
	for _, f := range row.AllFields() {
		switch {
		case f.Name == cases.DocumentsField:
			var held []any
			for _, o := range f.Options {
				held = append(held, o)
			}
			out[f.Name] = held
		case !f.Required && f.If == "":
		case f.Type == cases.TypeText:
			out[f.Name] = secret
		case f.Type == cases.TypeEnum:
			out[f.Name] = f.Options[0]
		case f.Type == cases.TypeMulti:
			out[f.Name] = []any{f.Options[0]}
		case f.Type == cases.TypeBool:
			out[f.Name] = false
		case f.Type == cases.TypeTime:
			out[f.Name] = now.Format(time.RFC3339)
		case f.Type == cases.TypeInt:
			out[f.Name] = float64(max(f.Min, 1))
		}
	}
	maps.Copy(out, over)
	return out
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func decode(text string) cases.State {
	var s cases.State
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic(err)
	}
	return s
}

// book keeps account of a case from outside: what was owed, what fired.
type book struct {
	open   map[occurrence]bool
	fired  map[occurrence]map[int]int // epoch → the last rung
	onSpot bool                       // the child went to kin on the spot
}

type occurrence struct {
	key string
	n   int
}

func newBook(s cases.State) *book {
	b := &book{open: map[occurrence]bool{}, fired: map[occurrence]map[int]int{}}
	for _, o := range s.Obligations {
		b.open[occurrence{o.Key, o.Occurrence}] = true
		b.fired[occurrence{o.Key, o.Occurrence}] = map[int]int{o.Epoch: o.Rung - 1}
	}
	b.onSpot = s.Stage == cases.GuardKin && s.Guardianship.ConcludedAt.IsZero()
	return b
}

// check holds one change to what must always be true.
func (b *book) check(prev cases.State, r cases.Rules, in cases.Input, now time.Time, tr cases.Transition, refusal *cases.Error) error {
	next := tr.State
	now = maxTime(now, prev.Clock)
	if in.Command != nil && in.Command.Rules != nil && refusal == nil {
		r = *in.Command.Rules
	}
	switch {
	case !tr.Changed() && next.Seq != prev.Seq:
		return fmt.Errorf("seq moved without a change")
	case tr.Changed() && (next.Seq != prev.Seq+1 || tr.Base != prev.Seq):
		return fmt.Errorf("seq %d after %d", next.Seq, prev.Seq)
	case next.Clock.Before(prev.Clock):
		return fmt.Errorf("the clock went backwards")
	case next.DecisionSeq < prev.DecisionSeq || next.DecisionSeq > prev.DecisionSeq+1+int64(len(in.Facts)):
		return fmt.Errorf("decision_seq %d after %d", next.DecisionSeq, prev.DecisionSeq)
	case refusal != nil && next.DecisionSeq != prev.DecisionSeq:
		return fmt.Errorf("a refusal was counted as a decision")
	case !next.Owner.Valid() || !next.Sees(next.Owner):
		return fmt.Errorf("the owner %q may not know of the case", next.Owner)
	}
	if err := b.account(next, tr); err != nil {
		return err
	}
	if err := b.ladders(next, r, now, tr); err != nil {
		return err
	}
	if err := b.decisions(prev, tr); err != nil {
		return err
	}
	if err := retained(prev, next, in, tr, refusal); err != nil {
		return err
	}
	if err := b.sealed(prev, next, in, now, tr); err != nil {
		return err
	}
	wake, ok := cases.NextWake(next, r)
	if next.Stage == cases.Closed && (ok || len(next.Obligations) > 0) {
		return fmt.Errorf("closed, but due: %v", next.Obligations)
	}
	if ok && !wake.After(now) {
		return fmt.Errorf("wakes at %s, it is %s", wake, now)
	}
	if !ok && slices.ContainsFunc(next.Obligations, func(o cases.Obligation) bool { return o.PausedSince.IsZero() }) {
		return fmt.Errorf("owes, but sleeps for ever")
	}
	return nil
}

// retained: a hold goes only by its release, a file only where nothing holds it, by
// two persons or by the erasure list; what was destroyed is closed for good.
func retained(prev, next cases.State, in cases.Input, tr cases.Transition, refusal *cases.Error) error {
	if prev.Erased() {
		if !next.Erased() || next.Stage != cases.Closed {
			return fmt.Errorf("an erased case came back at %s", next.Stage)
		}
		if in.Command != nil && (refusal == nil || tr.Result != nil) {
			return fmt.Errorf("%s was taken in an erased case", in.Command.Step)
		}
	}
	if next.Erased() && len(cases.Allowed(next, everybody)) > 0 {
		return fmt.Errorf("an erased case offers steps")
	}
	released := map[string]bool{}
	var destroyed *cases.Event
	for i, e := range tr.Events {
		switch {
		case e.Type == cases.EventStep && e.Step == "release_hold":
			released[e.Fields["cause"]] = true
		case e.Type == cases.EventErased:
			destroyed = &tr.Events[i]
		}
	}
	if next.Erased() != prev.Erased() && destroyed == nil {
		return fmt.Errorf("erased without a word")
	}
	if destroyed != nil {
		again := destroyed.Step == "erase_again" && destroyed.Actor.Post == cases.SystemPost
		two := destroyed.Approver.Person != "" && destroyed.Approver.Person != destroyed.Actor.Person
		switch {
		case !again && !two:
			return fmt.Errorf("erased by one person")
		case !again && (prev.Held() || prev.Police.Open()):
			return fmt.Errorf("erased under a hold or an open police track")
		case next.Held() || next.Org.IsVillage() || !next.Guardianship.AdultReview.IsZero():
			return fmt.Errorf("the shell of an erased case says too much")
		}
		return nil
	}
	for _, h := range prev.Holds {
		if !released[h.Cause] && !slices.Contains(next.Holds, h) {
			return fmt.Errorf("the hold %s is lost", h.Cause)
		}
	}
	return nil
}

// account: what is owed is what was owed, and what was opened, but for what was
// ended; each once.
func (b *book) account(next cases.State, tr cases.Transition) error {
	for _, e := range tr.Events {
		k := occurrence{e.Key, e.Occurrence}
		switch e.Type {
		case cases.EventOwed:
			if b.open[k] || b.fired[k] != nil {
				return fmt.Errorf("%v was opened twice", k)
			}
			b.open[k], b.fired[k] = true, map[int]int{}
		case cases.EventMet, cases.EventReleased:
			if !b.open[k] {
				return fmt.Errorf("%v ended, but was not owed", k)
			}
			delete(b.open, k)
		}
	}
	if len(b.open) != len(next.Obligations) {
		return fmt.Errorf("%d obligations by the events, %d in the State", len(b.open), len(next.Obligations))
	}
	for _, o := range next.Obligations {
		if !b.open[occurrence{o.Key, o.Occurrence}] {
			return fmt.Errorf("%s is in the State, but not by the events", o.Key)
		}
		if !o.Owner.Valid() || !next.Sees(o.Owner) {
			return fmt.Errorf("%s belongs to %q, who may not know of the case", o.Key, o.Owner)
		}
		if !answerable(next, o) {
			return fmt.Errorf("nothing ends %s at %s", o.Key, next.Stage)
		}
	}
	return nil
}

// ladders: every rung once, ascending, in its time, and one at a time.
func (b *book) ladders(next cases.State, r cases.Rules, now time.Time, tr cases.Transition) error {
	type climb struct {
		occurrence
		epoch int
	}
	told, lifted := map[climb]int{}, map[string]bool{}
	for _, e := range tr.Events {
		for _, p := range e.Posts {
			if !p.Valid() || !next.Sees(p) && e.Type == cases.EventRung {
				return fmt.Errorf("%s tells %q", e.Type, p)
			}
		}
		if e.Type == cases.EventUnreached {
			lifted[e.Key] = true
		}
		if e.Type == cases.EventStep && e.Step == "escalate" {
			lifted[e.Fields["key"]] = true
		}
		if e.Type != cases.EventRung {
			continue
		}
		c := climb{occurrence{e.Key, e.Occurrence}, e.Epoch}
		if b.fired[c.occurrence] == nil {
			return fmt.Errorf("a rung of %v, which was never owed", c)
		}
		if last, ok := b.fired[c.occurrence][e.Epoch]; ok && e.Rung <= last {
			return fmt.Errorf("rung %d of %v after rung %d", e.Rung, c, last)
		}
		b.fired[c.occurrence][e.Epoch] = e.Rung
		if e.Due.After(now) {
			return fmt.Errorf("rung %d of %v fired before %s", e.Rung, c, e.Due)
		}
		if o, ok := next.Obligation(e.Key); ok && o.Epoch == e.Epoch && o.Occurrence == e.Occurrence && !lifted[e.Key] {
			l, _ := r.Ladder(o.Ladder, o.Colour)
			before := l.Rungs[min(e.Rung, len(l.Rungs)-1)].BeforePercent > 0
			if !before && now.Before(o.Due) {
				return fmt.Errorf("rung %d of %v fired before it was due", e.Rung, c)
			}
			if before && !now.Before(o.Due) {
				return fmt.Errorf("%v was reminded of after it was due", c)
			}
		}
		if len(e.Posts) == 0 {
			lifted[e.Key] = true // passed over
			continue
		}
		if told[c]++; told[c] > 1 && !lifted[e.Key] {
			return fmt.Errorf("%v climbed twice at once", c)
		}
	}
	return nil
}

// decisions: two persons where two are needed, and no child goes home to a guardian
// at fault before the conference.
func (b *book) decisions(prev cases.State, tr cases.Transition) error {
	for _, e := range tr.Events {
		if e.Type != cases.EventStep {
			continue
		}
		row, ok := cases.FindStep(prev.Kind, e.Step)
		if !ok {
			return fmt.Errorf("unknown step %s", e.Step)
		}
		if row.Second.Needs(prev.Colour, e.Fields) {
			if e.Approver.Person == "" || e.Approver.Person == e.Actor.Person {
				return fmt.Errorf("%s was done by one person", e.Step)
			}
		}
		switch e.Step {
		case "kin_on_spot":
			b.onSpot = true
		case "harmed_again", "reopen":
			b.onSpot = false
		}
		atFault := prev.Ground.GuardianAtFault()
		if e.To == cases.GuardReturn && e.From != e.To && atFault && prev.Guardianship.ConcludedAt.IsZero() {
			return fmt.Errorf("returned under %s without a conference", prev.Ground)
		}
		if e.To == cases.GuardFollowUp && e.From != e.To && atFault && prev.Guardianship.ConcludedAt.IsZero() && !b.onSpot {
			return fmt.Errorf("left care under %s without a conference", prev.Ground)
		}
	}
	return nil
}

// sealed: what is lent ends with its time and is lent to nobody who may not know of
// the case; every emergency reading is owed a review until somebody else has made it,
// or another case has taken it over.
func (b *book) sealed(prev, next cases.State, in cases.Input, now time.Time, tr cases.Transition) error {
	for _, g := range next.Grants {
		o, ok := next.Obligation("grant_expiry:" + g.ID)
		if !ok || !o.Due.Equal(g.Until) {
			return fmt.Errorf("nothing ends the grant %s", g.ID)
		}
		if !in.More && !now.Before(g.Until) {
			return fmt.Errorf("the grant %s outlives its time", g.ID)
		}
		if !next.Sees(g.Post) || g.Post == g.By.Post || len(g.Compartments) == 0 || g.Until.Sub(g.From) > 91*24*time.Hour {
			return fmt.Errorf("a grant of %v to %s by %s", g.Compartments, g.Post, g.By.Post)
		}
	}
	reviews := map[string]bool{}
	for _, e := range tr.Events {
		switch {
		case e.Type == cases.EventStep && e.Step == "review_glass":
			reviews[e.Fields["glass"]] = true
			for _, g := range prev.Glasses {
				if g.ID == e.Fields["glass"] && g.By.Person == e.Actor.Person {
					return fmt.Errorf("%s reviewed their own reading", e.Actor.Person)
				}
			}
		case e.Type == cases.EventFact && e.FactKind == cases.FactGlass && e.Reason == "":
			id := e.Fact
			if e.Fields["glass"] != "" {
				id = e.Fields["glass"]
			}
			if _, ok := next.Obligation(cases.GlassReviewKey(id)); !ok {
				return fmt.Errorf("nobody owes the review of %s", id)
			}
		}
	}
	for _, s := range tr.Send {
		if s.Fact.Kind == cases.FactGlass {
			reviews[s.Fact.Fields["glass"]] = true
		}
	}
	for _, g := range prev.Glasses {
		if _, ok := next.Obligation(cases.GlassReviewKey(g.ID)); !ok && !reviews[g.ID] && !next.Erased() {
			return fmt.Errorf("the review of %s is lost", g.ID)
		}
	}
	for _, g := range next.Glasses {
		o, ok := next.Obligation(cases.GlassReviewKey(g.ID))
		if !ok {
			return fmt.Errorf("the reading %s is kept, but nobody owes its review", g.ID)
		}
		if o.Owner == g.By.Post && next.Reviewer(g.By.Post) != g.By.Post {
			return fmt.Errorf("%s is to review its own reading", o.Owner)
		}
	}
	return nil
}

// answers are the steps that end each sort of obligation, or lead to where one does.
// "fact" is a fact that does; "care" lasts until the child leaves care.
var answers = map[string][]string{
	"triage": {"triage"}, "child_seen": {"child_seen"}, "on_scene": {"on_scene"}, "police_report": {"police_report"},
	"notify_authority": {"notify_authority"}, "police_accept_review": {"police_accept", "police_file", "police_end"},
	"police_file_review": {"police_file", "police_not_file"}, "police_transfer": {"police_accept"},
	"feedback": {"police_feedback"}, "feedback_prosecution": {"police_feedback"},
	"not_filed_delivery": {"not_filed_delivered"}, "not_filed_review": {"not_filed_review"}, "prosecutor_reasons": {"supervision_result"},
	"safety_assessment": {"safety_assess"}, "assessment": {"assess"}, "plan": {"plan"}, "contact": {"contact_child"},
	"visit": {"fact"}, "guard_visit": {"fact"}, "message_reply": {"fact"}, "review": {"review"}, "unmet_visit": {"visit_arranged"},
	"notice_decision": {"notice_safe"}, "protection_court": {"order_issue"}, "protection_extend": {"order_extend"}, "protection_expiry": {"order_end"},
	"task_sign": {"task_sign"}, "task": {"task_report", "task_sign"}, "task_review": {"task_accept"},
	"legal_aid_review": {"legal_aid_decide"}, "legal_aid_assign": {"legal_aid_assigned"},
	"approval": {"approve"}, "archive": {"archive"}, "confirm": {"confirm"}, "order_sign": {"sign_order"}, "order_reply": {"reply_order"},
	"trigger_verify": {"verify"}, "decision": {"decide"}, "rescue_arrive": {"receive", "admit"}, "decision_paper": {"decision_paper"},
	"admission_exam": {"examine"}, "admission_notice": {"notify_bodies"}, "police_status": {"police_status"}, "placement": {"place"},
	"initial_assessment": {"initial_assess"}, "full_assessment": {"full_assess"}, "conference": {"conclude", "convene"},
	"conference_repeat": {"conclude", "begin_assessment", "full_assess", "convene"}, "collect": {"collected"}, "kin_handover": {"kin_handover"},
	"petition": {"petition"}, "judgment": {"judgment_revoked"}, "longterm": {"longterm_file"},
	"temp_warn_180": {"clock_reviewed"}, "temp_warn_300": {"clock_reviewed"}, "temp_warn_335": {"clock_reviewed"}, "temp_total": {"extend"},
	"appraise": {"keep"}, "admission": {"admit"}, "conclusion": {"continue_care", "return", "to_kin", "to_revocation", "to_longterm"}, "pause_review": {"pause_review"},
	"glass_review": {"review_glass"}, "grant_expiry": {"revoke_access"}, "adult_review": {"adult_reviewed"}, "missing": {"missing_reported"}, "death_report": {"death_reported"},
}

// answerable tells whether an obligation can be done from where the case stands.
func answerable(s cases.State, o cases.Obligation) bool {
	for _, name := range answers[cases.KeyBase(o.Key)] {
		if name == "fact" {
			return true
		}
		step, ok := cases.FindStep(s.Kind, cases.StepName(name))
		if ok && slices.Contains(step.From, s.Stage) && (step.When == nil || step.When(s)) {
			return true
		}
	}
	// What is owed after the end of a case may be taken up again by reopening it.
	return s.Stage == cases.Archiving && strings.HasPrefix(cases.KeyBase(o.Key), "feedback")
}
