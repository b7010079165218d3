package cases_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tonghu/cases"
)

// walks is how many random walks `go test ./cases` takes in all.
const walks = 20000

// TestRandomWalks drives cases through commands, facts and the passing of time that
// nobody planned, and holds each change to the invariants of book.check. Half of
// what is tried is what the case allows, half is not.
func TestRandomWalks(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	checks := flag.Lookup("rapid.checks")
	was := checks.Value.String()
	if n, _ := strconv.Atoi(was); n < walks/4 {
		require.NoError(t, checks.Value.Set(strconv.Itoa(walks/4)))
		defer func() { require.NoError(t, checks.Value.Set(was)) }()
	}
	var taken, acts, steps, refusals atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, rules := range []string{"anqiu", "drill"} {
			for _, kind := range cases.Kinds {
				t.Run(rules+"/"+string(kind), func(t *testing.T) {
					t.Parallel()
					starts := passedThrough(t, rules, kind)
					require.NotEmpty(t, starts)
					var encoded []string
					for _, s := range starts {
						encoded = append(encoded, encode(s))
					}
					rapid.Check(t, func(rt *rapid.T) {
						w := &walk{rt: rt, r: rulesOnce()[rules]}
						i := rapid.IntRange(0, len(starts)-1).Draw(rt, "start")
						seeds := rapid.SliceOfN(rapid.Uint64(), 8, 24).Draw(rt, "seeds")
						w.begin(starts[i], encoded[i])
						for j, seed := range seeds {
							rng := rand.New(rand.NewPCG(seed, 365))
							w.replay = j == int(seeds[0]%uint64(len(seeds)))
							w.act(rng)
							acts.Add(1)
						}
						w.end(seeds[0]%3 == 0)
						taken.Add(1)
						steps.Add(int64(w.steps))
						refusals.Add(int64(w.refusals))
					})
				})
			}
		}
	})
	t.Logf("%d walks of %d acts; %d steps taken, %d refused", taken.Load(), acts.Load(), steps.Load(), refusals.Load())
	require.GreaterOrEqual(t, taken.Load(), int64(walks))
	require.Greater(t, steps.Load(), taken.Load(), "the walks hardly get anywhere")
	require.Greater(t, refusals.Load(), taken.Load(), "the walks hardly try what is forbidden")
}

// walk is one random life of a case.
type walk struct {
	rt              *rapid.T
	s               cases.State
	r               cases.Rules
	now             time.Time
	book            *book
	states          []cases.State
	texts           []string // the JSON of each State when it was made
	n               int
	replay          bool // this act is done a second time, from the State's JSON
	steps, refusals int
}

func (w *walk) begin(s cases.State, text string) {
	w.s, w.now, w.book = s, s.Clock, newBook(s)
	w.states, w.texts = []cases.State{s}, []string{text}
}

func (w *walk) fail(format string, args ...any) {
	w.rt.Helper()
	w.rt.Fatalf(format, args...)
}

// run runs one act, checks it, and goes on from it.
func (w *walk) run(in cases.Input) (cases.Transition, *cases.Error) {
	w.rt.Helper()
	tr, refusal := cases.Act(w.s, w.r, in, w.now)
	if err := w.book.check(w.s, w.r, in, w.now, tr, refusal); err != nil {
		w.fail("%v\nin %s\nevents %s\nrefusal %v", err, describe(in), encode(tr.Events), refusal)
	}
	if w.replay { // a worker that has the State from the database does the same
		again, refusal2 := cases.Act(decode(w.texts[len(w.texts)-1]), w.r, in, w.now)
		if encode(again) != encode(tr) || (refusal == nil) != (refusal2 == nil) {
			w.fail("not the same again:\n%s\n%s", encode(tr), encode(again))
		}
	}
	if !tr.Changed() {
		return tr, refusal
	}
	w.s = tr.State
	if in.Command != nil && in.Command.Rules != nil && refusal == nil {
		w.r = *in.Command.Rules
	}
	w.states, w.texts = append(w.states, w.s), append(w.texts, encode(w.s))
	return tr, refusal
}

func describe(in cases.Input) string {
	if in.Command == nil {
		return encode(in.Facts)
	}
	cmd := *in.Command
	cmd.Rules = nil
	return encode(cmd)
}

// end looks back: no State holds what somebody wrote, and none that was ever given
// out has been changed since (asked of every third walk, it takes long).
func (w *walk) end(aliased bool) {
	for i, s := range w.states {
		if aliased && encode(s) != w.texts[i] {
			w.fail("State %d was changed afterwards", i)
		}
		if strings.Contains(w.texts[i], secret) {
			w.fail("State %d holds what somebody wrote", i)
		}
		for _, p := range s.Proposals {
			row, _ := cases.FindStep(s.Kind, p.Step)
			for _, f := range row.AllFields() {
				if _, ok := p.Fields[f.Name]; ok && f.Sealed() {
					w.fail("State %d holds the sealed field %s", i, f.Name)
				}
			}
		}
	}
}

func (w *walk) act(rng *rand.Rand) {
	switch rng.IntN(10) {
	case 0, 1:
		w.pass(rng)
	case 2, 3:
		w.tellFact(rng)
	default:
		w.command(rng)
	}
}

// pass lets time pass: a little, to the next wake-up, or a long outage.
func (w *walk) pass(rng *rand.Rand) {
	switch rng.IntN(6) {
	case 0:
		w.now = w.now.Add(time.Duration(rng.IntN(120)) * time.Second)
	case 1:
		w.now = w.now.Add(time.Duration(rng.IntN(72)) * time.Hour)
	case 2:
		w.now = w.now.Add(time.Duration(rng.IntN(400)) * day)
	default:
		if wake, ok := cases.NextWake(w.s, w.r); ok {
			w.now = maxTime(w.now, wake)
		}
	}
	w.run(cases.Input{})
	if tr := cases.Tick(w.s, w.r, w.now); tr.Changed() {
		w.fail("ticked twice at one moment: %s", encode(tr.Events))
	}
}

func (w *walk) id(rng *rand.Rand) string {
	w.n++
	return fmt.Sprintf("%08x-0000-4000-8000-%012d", rng.Uint32(), w.n)
}

var everybody = []cases.Post{
	desk, manager, manager, head, bureau, body, supervisor, director, townLeader, shelter, police, procurator, justice, education,
	cases.SystemPost, "city:379999000000/manager#2", cases.NewPost("379999102000", cases.RoleSupervisor), cases.NewPost("379999101204", cases.RoleDirector),
	"unit:firm/social_worker", "nobody",
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// tellFact takes one to three facts in, and then the same again.
func (w *walk) tellFact(rng *rand.Rand) {
	var facts []cases.Fact
	for range 1 + rng.IntN(3) {
		f := cases.Fact{
			ID: w.id(rng), Occurred: w.now.Add(-time.Duration(rng.IntN(100)) * time.Minute), Received: w.now,
			By: cases.Actor{Person: "p", Post: pick(rng, everybody)}, Fields: cases.Fields{"note": secret},
		}
		if rng.IntN(20) == 0 {
			f.Occurred, f.Received = w.now.Add(1000*day), time.Time{}
		}
		f.Kind = pick(rng, []cases.FactKind{
			cases.FactMessage, cases.FactReply, cases.FactUnresolved, cases.FactSecondReport, cases.FactNote, cases.FactVisit, cases.FactVisit, cases.FactVisit,
			cases.FactAck, cases.FactAck, cases.FactAck, cases.FactUndelivered, cases.FactUndelivered, cases.FactVacant,
			cases.FactLinked, cases.FactLinkClosed, cases.FactLinkOpened, cases.FactMergedFrom, cases.FactLinkErased,
			cases.FactRetentionDue, cases.FactRetentionDue, cases.FactGlass, cases.FactPhoto, cases.FactFile, cases.FactFileWithdrawn, "nonsense",
		})
		switch f.Kind {
		case cases.FactSecondReport, cases.FactMergedFrom:
			f.Fields["colour"] = pick(rng, []string{"red", "yellow", "blue", "pink", ""})
			f.Fields["case"] = pick(rng, []string{reportB, reportC})
			f.Fields["holds"] = pick(rng, []string{"", "", "", "court", "court,nonsense"})
			if rng.IntN(2) == 0 {
				f.Fields["feedback"] = pick(rng, []string{"feedback", "feedback_prosecution", ""})
				f.Fields["feedback_start"] = w.now.Add(-day).Format(time.RFC3339)
				f.Fields["feedback_due"] = w.now.Add(time.Duration(rng.IntN(96)-24) * time.Hour).Format(time.RFC3339)
			}
		case cases.FactGlass:
			f.By.Person = "person of " + string(f.By.Post)
			f.Fields = cases.Fields{"compartments": pick(rng, []string{"reporter", "narrative,medical", "x", ""}), "grounds": "other", "told": string(pick(rng, everybody))}
			if rng.IntN(4) == 0 {
				f.Fields["glass"], f.Fields["person"], f.Fields["post"] = w.id(rng), "p", string(pick(rng, everybody))
				f.Fields["start"] = w.now.Add(time.Duration(rng.IntN(40)-38) * time.Hour).Format(time.RFC3339)
			}
		case cases.FactVisit:
			f.Fields["outcome"] = pick(rng, append([]string{"met", "met", "???"}, cases.VisitOutcomes...))
			f.Fields["colour"] = pick(rng, []string{"red", "yellow", "blue", "green", "blue", ""})
		case cases.FactLinked, cases.FactLinkClosed, cases.FactLinkOpened, cases.FactLinkErased:
			f.Fields["case"], f.Fields["kind"] = pick(rng, []string{reportB, reportC}), "guardianship"
			f.Fields["relation"] = pick(rng, []string{"opened", "opened_by"})
			delete(f.Fields, "note")
		case cases.FactAck, cases.FactUndelivered, cases.FactVacant:
			if len(w.s.Obligations) > 0 {
				o := pick(rng, w.s.Obligations)
				f.Fields["key"], f.Fields["occurrence"] = o.Key, strconv.Itoa(o.Occurrence)
				f.Fields["epoch"], f.Fields["rung"] = strconv.Itoa(o.Epoch-rng.IntN(5)/4), strconv.Itoa(o.Rung-1)
				if rng.IntN(3) > 0 {
					f.By.Post = o.Owner
				}
			}
		}
		facts = append(facts, f)
	}
	tr, _ := w.run(cases.Input{Facts: facts})
	if len(tr.Facts) != len(facts) {
		w.fail("%d of %d facts were taken in", len(tr.Facts), len(facts))
	}
	if again := cases.Absorb(w.s, w.r, facts, w.now); again.Changed() {
		w.fail("facts counted twice: %s", encode(again.Events))
	}
}

// command asks for a step. What time has brought is taken in first, so that what a
// refused command leaves behind can be told from it.
func (w *walk) command(rng *rand.Rand) {
	w.run(cases.Input{})
	by := pick(rng, everybody)
	allowed := cases.Allowed(w.s, []cases.Post{by})
	for range rng.IntN(4) { // most of those who act have something to do
		if len(allowed) > 0 {
			break
		}
		by = pick(rng, everybody)
		allowed = cases.Allowed(w.s, []cases.Post{by})
	}
	if !w.s.Sees(by) && len(allowed) > 0 {
		w.fail("%s may not know of the case, but may %v", by, allowed)
	}
	var row cases.Step
	var forPost cases.Post
	if len(allowed) > 0 && rng.IntN(6) > 0 {
		row, _ = cases.FindStep(w.s.Kind, mainFirst(rng, w.s.Kind, allowed))
		if !slices.Contains(row.Roles, by.Role()) { // 代录
			forPost = w.anyOf(rng, row.Roles)
		}
	} else {
		row = pick(rng, cases.Steps(w.s.Kind))
	}
	cmd := cases.Command{
		ID: w.id(rng), Case: w.s.ID, Step: row.Name, By: cases.Actor{Person: "person of " + string(by), Post: by},
		Base: w.s.DecisionSeq, For: forPost, Via: "phone", Fields: cases.Fields{},
	}
	if forPost == "" {
		cmd.Via = ""
	}
	if rng.IntN(10) == 0 {
		cmd.Occurred = w.now.Add(-time.Duration(rng.IntN(96)) * time.Hour)
	}
	read, refusal := row.ReadForm(w.fill(rng, row), w.now)
	if refusal == nil {
		cmd.Fields = read.Engine
	}
	switch rng.IntN(25) {
	case 0:
		cmd.Base--
	case 1:
		cmd.Fields["words"] = secret
	case 2:
		for _, f := range row.AllFields() {
			cmd.Fields[f.Name] = secret
		}
	case 3:
		cmd.By.Person = "one person in many posts"
	}
	if row.Name == "recalculate" && rng.IntN(2) == 0 {
		rules := w.r
		cmd.Base, cmd.Rules = -1, &rules
	}
	tr, refusal := w.run(cases.Input{Command: &cmd})
	if refusal != nil {
		w.refusals++
		if tr.Changed() {
			w.fail("refused with %v, but changed: %s", refusal, encode(tr.Events))
		}
		return
	}
	w.steps++
	if !slices.Contains(allowed, row.Name) {
		w.fail("%s was not allowed to %s, but did", by, row.Name)
	}
	if tr.Result == nil || tr.Result.Seq != w.s.Seq || tr.Result.Command != cmd.ID {
		w.fail("the outcome is missing: %v", tr.Result)
	}
	again, refusal := cases.Apply(w.s, w.r, cmd, w.now)
	if refusal != nil || again.Changed() {
		w.fail("asked twice: %v, %s", refusal, encode(again.Events))
	}
}

// mainFirst picks a step, one of the main line half of the time.
func mainFirst(rng *rand.Rand, kind cases.Kind, allowed []cases.StepName) cases.StepName {
	var line []cases.StepName
	for _, name := range allowed {
		if row, _ := cases.FindStep(kind, name); row.Track == cases.Main || name == "approve" {
			line = append(line, name)
		}
	}
	if len(line) > 0 && rng.IntN(2) == 0 {
		return pick(rng, line)
	}
	return pick(rng, allowed)
}

func (w *walk) anyOf(rng *rand.Rand, roles []cases.Role) cases.Post {
	for range 20 {
		if p := pick(rng, everybody); slices.Contains(roles, p.Role()) {
			return p
		}
	}
	return "nobody"
}

// fill fills a form with answers that make sense, mostly.
func (w *walk) fill(rng *rand.Rand, row cases.Step) form {
	out := form{}
	for _, f := range row.AllFields() {
		if !f.Required && f.If == "" && f.Name != cases.DocumentsField && rng.IntN(2) == 0 {
			continue
		}
		switch f.Type {
		case cases.TypeText:
			out[f.Name] = secret
		case cases.TypeEnum:
			out[f.Name] = pick(rng, f.Options)
		case cases.TypeMulti:
			var list []any
			for _, o := range f.Options {
				if f.Name == cases.DocumentsField || rng.IntN(2) == 0 {
					list = append(list, o)
				}
			}
			out[f.Name] = list
		case cases.TypeBool:
			out[f.Name] = rng.IntN(2) == 0
		case cases.TypeTime:
			out[f.Name] = w.now.Add(time.Duration(rng.IntN(60)-55) * time.Hour).Format(time.RFC3339)
			if f.Name == "until" || f.Name == "expires_at" {
				out[f.Name] = w.now.Add(time.Duration(rng.IntN(60*24)) * pick(rng, []time.Duration{time.Hour, time.Minute}) / 10).Format(time.RFC3339)
			}
		case cases.TypeInt:
			out[f.Name] = float64(f.Min + rng.IntN(4))
			if f.Name == "year" {
				out[f.Name] = float64(2026 + rng.IntN(3))
			}
		case cases.TypePost:
			out[f.Name] = string(pick(rng, everybody))
		case cases.TypeCase:
			out[f.Name] = pick(rng, []string{reportB, reportC, w.s.ID})
		case cases.TypeID:
			out[f.Name] = w.someID(rng, f.Name)
		}
	}
	if rng.IntN(40) == 0 {
		out["more"] = secret
	}
	return out
}

func (w *walk) someID(rng *rand.Rand, field string) string {
	switch {
	case field == "key" && len(w.s.Obligations) > 0:
		return pick(rng, w.s.Obligations).Key
	case field == "proposal" && len(w.s.Proposals) > 0:
		return pick(rng, w.s.Proposals).ID
	case field == "glass" && len(w.s.Glasses) > 0:
		return pick(rng, w.s.Glasses).ID
	case field == "grant" && len(w.s.Grants) > 0:
		return pick(rng, w.s.Grants).ID
	case field == "record" && len(w.s.Proxies) > 0:
		return pick(rng, w.s.Proxies).Command
	case field == "org":
		return pick(rng, []string{string(village), string(town), string(city), "379999102205", "379999102000", "110101001001", "x"})
	}
	return "nothing"
}
