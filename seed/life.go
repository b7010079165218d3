package seed

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
)

// life plays one case through the engine, as the office would: what it gives is what the product itself would have recorded. Nothing
// in it happens after end.
type life struct {
	rng    *rand.Rand
	rules  cases.Rules
	people map[cases.Post]string // who holds each post
	s      cases.State
	now    time.Time
	end    time.Time
	past   postgres.Past
	ids    int
	over   bool // the end is reached
	err    error
}

// form is a filled form as it comes from JSON.
type form map[string]any

// stopped tells whether nothing more is to happen.
func (l *life) stopped() bool { return l.over || l.err != nil }

// id gives the next id of this case.
func (l *life) id(sort string) string {
	l.ids++
	return uuid.NewSHA1(ids, []byte(l.s.ID+"/"+sort+"/"+strconv.Itoa(l.ids))).String()
}

func (l *life) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(l.rng.Int64N(int64(hi-lo)+1))
}

// chance is true in so many of a hundred.
func (l *life) chance(percent int) bool { return l.rng.IntN(100) < percent }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// person gives who holds a post.
func (l *life) person(p cases.Post) string {
	if id := l.people[p]; id != "" {
		return id
	}
	return PersonID(string(p))
}

// act lets the engine act once, and keeps the change.
func (l *life) act(in cases.Input) {
	t, refusal := cases.Act(l.s, l.rules, in, l.now)
	if refusal != nil {
		step := cases.StepName("")
		if in.Command != nil {
			step = in.Command.Step
		}
		l.err = fmt.Errorf("%s of case %s at %s (owed %v): %w", step, l.s.ID, l.s.Stage, keysOf(l.s), refusal)
		return
	}
	if t.Changed() {
		l.s = t.State
		l.past.Changes = append(l.past.Changes, t)
	}
}

func keysOf(s cases.State) (out []string) {
	for _, o := range s.Obligations {
		out = append(out, o.Key)
	}
	return out
}

// tick lets time pass; the case wakes as often as it asked to.
func (l *life) tick(to time.Time) {
	if to.After(l.end) {
		to, l.over = l.end, true
	}
	for l.err == nil {
		wake, ok := cases.NextWake(l.s, l.rules)
		if !ok || wake.After(to) {
			break
		}
		if wake.After(l.now) {
			l.now = wake
		}
		l.act(cases.Input{})
	}
	if to.After(l.now) {
		l.now = to
	}
}

// pass lets time pass while what comes round by itself is done: visits, contacts, the tasks of departments.
func (l *life) pass(lo, hi time.Duration) {
	wait := l.between(lo, hi)
	if l.chance(6) { // somebody is away, or too busy
		wait *= 4
	}
	until := l.now.Add(wait)
	for !l.stopped() {
		at, do := l.routine()
		if do == nil || at.After(until) {
			l.tick(until)
			return
		}
		l.tick(at)
		if !l.stopped() {
			do()
		}
	}
}

// routine gives what is done next by itself, and when: mostly in time, sometimes late.
func (l *life) routine() (at time.Time, do func()) {
	for _, o := range l.s.Obligations {
		act := l.answer(o)
		if act == nil {
			continue
		}
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, l.s.ID, o.Key, o.Occurrence)
		chance := rand.New(rand.NewPCG(h.Sum64(), 1)) //nolint:gosec // a demonstration, not a secret
		span := o.Due.Sub(o.Start)
		when := o.Start.Add(time.Duration(float64(span) * (0.3 + 0.6*chance.Float64())))
		if chance.IntN(100) < 8 {
			when = o.Due.Add(time.Duration(float64(min(span, 5*day)) * chance.Float64()))
		}
		if when.Before(l.now) {
			when = l.now.Add(time.Minute)
		}
		if do == nil || when.Before(at) {
			at, do = when, act
		}
	}
	return at, do
}

const day = 24 * time.Hour

// answer gives how an obligation of those that come round is done; nil for others.
func (l *life) answer(o cases.Obligation) func() {
	task := form{"task": taskOf(o.Key)}
	switch cases.KeyBase(o.Key) {
	case "contact":
		return func() { l.do("contact_child", l.manager()) }
	case "visit", "guard_visit":
		return func() { l.visit(o.Owner) }
	case "review":
		return func() { l.do("review", l.desk()) }
	case "unmet_visit":
		return func() { l.do("visit_arranged", l.manager()) }
	case "message_reply":
		return func() { l.fact(cases.FactReply, l.desk(), nil) }
	case "task_sign":
		return func() { l.do("task_sign", o.Owner, task) }
	case "task":
		return func() {
			if _, signed := l.s.Obligation("task_sign:" + strings.TrimPrefix(o.Key, "task:")); signed {
				l.do("task_sign", o.Owner, task)
			}
			l.do("task_report", o.Owner, task)
		}
	case "task_review":
		return func() { l.do("task_accept", l.manager(), task) }
	}
	return nil
}

func taskOf(key string) float64 {
	_, n, _ := strings.Cut(key, ":")
	task, err := strconv.Atoi(n)
	if err != nil {
		return 0
	}
	return float64(task)
}

// visit is a visit that mostly meets the child.
func (l *life) visit(by cases.Post) {
	fields := cases.Fields{"outcome": "met", "colour": "blue"}
	if l.chance(4) {
		fields = cases.Fields{"outcome": "absent"}
	}
	l.fact(cases.FactVisit, by, fields)
}

func (l *life) fact(kind cases.FactKind, by cases.Post, fields cases.Fields) {
	if l.stopped() {
		return
	}
	f := cases.Fact{ID: l.id("fact"), Kind: kind, Occurred: l.now.Add(-l.between(time.Minute, 3*time.Hour)), Received: l.now, By: cases.Actor{Person: l.person(by), Post: by}, Fields: fields}
	l.past.Facts = append(l.past.Facts, f)
	l.act(cases.Input{Facts: []cases.Fact{f}})
}

// do takes a step with its form filled.
func (l *life) do(step cases.StepName, by cases.Post, over ...form) {
	if l.stopped() {
		return
	}
	row, ok := cases.FindStep(l.s.Kind, step)
	if !ok {
		l.err = fmt.Errorf("there is no step %s", step)
		return
	}
	read, refusal := row.ReadForm(l.fill(row, over), l.now)
	if refusal != nil {
		l.err = fmt.Errorf("the form of %s: %w", step, refusal)
		return
	}
	cmd := cases.Command{ID: l.id("command"), Case: l.s.ID, Step: step, By: cases.Actor{Person: l.person(by), Post: by}, Base: l.s.DecisionSeq, Fields: read.Engine}
	l.look(by)
	l.act(cases.Input{Command: &cmd})
	if l.err == nil && len(read.Sealed) > 0 {
		l.past.Words[cmd.ID] = read.Sealed
	}
}

// both takes a step that may need a second person.
func (l *life) both(step cases.StepName, by, second cases.Post, over ...form) {
	l.do(step, by, over...)
	if l.stopped() {
		return
	}
	i := slices.IndexFunc(l.s.Proposals, func(p cases.Proposal) bool { return p.Step == step })
	if i < 0 {
		return
	}
	proposal := l.s.Proposals[i].ID
	l.pass(20*time.Minute, 20*time.Hour)
	l.settle()
	l.do("approve", second, form{"proposal": proposal})
}

// look is somebody's look at the file before they act: of every third.
func (l *life) look(by cases.Post) {
	if !l.chance(33) {
		return
	}
	l.past.Looks = append(l.past.Looks, postgres.PastLook{
		Access: records.Access{Person: l.person(by), Posts: []cases.Post{by}, At: l.now, Purpose: "step"},
		Look:   records.Look{Case: l.s.ID, Action: "read:case", Parts: []string{"child"}},
	})
}

// fill fills a form: all papers, no to every question, the first answer where over has none.
func (l *life) fill(row cases.Step, over []form) form {
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
			out[f.Name] = pick(l.rng, sentences)
		case f.Type == cases.TypeEnum:
			out[f.Name] = f.Options[0]
		case f.Type == cases.TypeMulti:
			out[f.Name] = []any{f.Options[0]}
		case f.Type == cases.TypeBool:
			out[f.Name] = false
		case f.Type == cases.TypeTime:
			out[f.Name] = l.now.Format(time.RFC3339)
		case f.Type == cases.TypeInt:
			out[f.Name] = float64(max(f.Min, 1))
		}
	}
	for _, o := range over {
		for name, v := range o {
			out[name] = v
		}
	}
	return out
}

// owes tells whether something is owed.
func (l *life) owes(key string) bool {
	_, ok := l.s.Obligation(key)
	return ok
}

func (l *life) desk() cases.Post       { return cases.NewPost(City, cases.RoleDesk) }
func (l *life) head() cases.Post       { return cases.NewPost(City, cases.RoleHead) }
func (l *life) bureau() cases.Post     { return cases.NewPost(City, cases.RoleBureau) }
func (l *life) police() cases.Post     { return cases.UnitPost("police", cases.RolePolice) }
func (l *life) shelter() cases.Post    { return cases.UnitPost("shelter", cases.RoleShelter) }
func (l *life) supervisor() cases.Post { return cases.NewPost(l.s.Org.Town(), cases.RoleSupervisor) }

// manager gives the case's manager, or the first where it has none.
func (l *life) manager() cases.Post {
	if l.s.Owner.Role() == cases.RoleManager {
		return l.s.Owner
	}
	return managers[0]
}

var (
	managers    = []cases.Post{"city:379999000000/manager#1", "city:379999000000/manager#2", "city:379999000000/manager#3"}
	departments = []cases.Post{"unit:education/liaison", "unit:health/liaison", "unit:justice/liaison", "unit:womens_federation/liaison"}
	measures    = []string{"schooling", "medical", "legal_aid", "family_education", "psychology"}
)

// rngOf gives the chances of one case, the same for the same seed and number.
func rngOf(seed uint64, n int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // a demonstration, not a secret
}

// caseIDOf names the n-th case of a seed.
func caseIDOf(seed uint64, n int) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], seed)
	binary.BigEndian.PutUint64(b[8:], uint64(n))
	return uuid.NewSHA1(ids, append([]byte("case/"), b[:]...)).String()
}
