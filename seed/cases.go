package seed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
)

// Filling is how a demonstration is filled with cases.
type Filling struct {
	// Cases is how many there are to be; those of the same Seed that are there count.
	Cases int
	// Open is how many of a hundred are under way; the others are closed.
	Open float64
	// Over is the time that they began in, before Now.
	Over time.Duration
	// Seed makes the same cases again.
	Seed uint64
	Now  time.Time
	// Batch is how many are written in one transaction.
	Batch int
	// Progress, if not nil, is told of every batch.
	Progress func(done, written int)
}

// Pasts stores filled cases.
type Pasts interface {
	// There gives those of some ids that cases have.
	There(ctx context.Context, ids []string) (map[string]bool, error)
	Fill(ctx context.Context, pasts []postgres.Past) (int, error)
}

// Fill fills a demonstration with cases that were played through the engine, batch by batch. Each batch is there whole or not at all;
// running it again goes on where it stopped.
func Fill(ctx context.Context, store Pasts, rules cases.Rules, f Filling) error {
	people, err := holders()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type batch struct {
		to    int
		pasts []postgres.Past
		err   error
	}
	batches := make(chan batch, 1)
	go func() {
		defer close(batches)
		for from := 0; from < f.Cases; from += f.Batch {
			b := batch{}
			b.to = min(from+f.Batch, f.Cases)
			b.pasts, b.err = f.missing(ctx, store, from, b.to, rules, people)
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	written := 0
	for b := range batches {
		if b.err != nil {
			return b.err
		}
		n, err := store.Fill(ctx, b.pasts)
		if err != nil {
			return err
		}
		written += n
		if f.Progress != nil {
			f.Progress(b.to, written)
		}
	}
	return ctx.Err()
}

// People gives the ids of all people of the county.
func People() ([]string, error) {
	county, err := County()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range county.People {
		out = append(out, p.ID)
	}
	return out, nil
}

// holders gives who holds each post of the county.
func holders() (map[cases.Post]string, error) {
	county, err := County()
	if err != nil {
		return nil, err
	}
	out := map[cases.Post]string{}
	for _, h := range county.Holdings {
		if !h.Deputy && out[h.Post] == "" {
			out[h.Post] = h.Person
		}
	}
	return out, nil
}

// missing plays those cases of a batch that are not there, some at a time.
func (f Filling) missing(ctx context.Context, store Pasts, from, to int, rules cases.Rules, people map[cases.Post]string) ([]postgres.Past, error) {
	var names []string
	for n := from; n < to; n++ {
		names = append(names, caseIDOf(f.Seed, n))
	}
	there, err := store.There(ctx, names)
	if err != nil {
		return nil, err
	}
	out, faults := make([]postgres.Past, to-from), make([]error, to-from)
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < len(out); i = int(next.Add(1) - 1) {
				if !there[names[i]] {
					out[i], faults[i] = f.past(from+i, rules, people)
				}
			}
		})
	}
	all.Wait()
	return slices.DeleteFunc(out, func(p postgres.Past) bool { return p.Filing.Open.State.ID == "" }), errors.Join(faults...)
}

// past plays the n-th case.
func (f Filling) past(n int, rules cases.Rules, people map[cases.Post]string) (postgres.Past, error) {
	rng := rngOf(f.Seed, n)
	open := rng.Float64()*100 < f.Open
	w := wayOf(rng)
	// The first began the longest ago.
	back := f.Over - time.Duration((float64(n)+rng.Float64())/float64(f.Cases)*float64(f.Over))
	life := f.play(n, w, f.Now.Add(-back), farAway, rules, people)
	if life.err != nil {
		return postgres.Past{}, life.err
	}
	took := life.now.Sub(life.s.Opened)
	switch {
	case open:
		// It stands somewhere on its way.
		part := 0.02 + 0.96*rng.Float64()
		began := f.Now.Add(-time.Duration(part * float64(took)))
		life = f.play(n, w, began, f.Now, rules, people)
	case life.now.After(f.Now):
		began := f.Now.Add(-took - time.Duration(rng.Int64N(int64(5*day))) - time.Hour)
		for range 20 { // begun on another day it may take longer
			if life = f.play(n, w, began, farAway, rules, people); life.err != nil || !life.now.After(f.Now) {
				break
			}
			began = began.Add(-life.now.Sub(f.Now) - 10*day)
		}
	}
	switch {
	case life.err != nil:
		return postgres.Past{}, life.err
	case !open && (life.s.Stage != cases.Closed || life.now.After(f.Now)):
		return postgres.Past{}, fmt.Errorf("case %d (%s) stands at %s", n, w.name, life.s.Stage)
	}
	return life.past, nil
}

var farAway = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)

func wayOf(rng *rand.Rand) way {
	k := rng.IntN(100)
	for _, w := range ways {
		if k -= w.weight; k < 0 {
			return w
		}
	}
	return ways[0]
}

// play opens a case and plays its way.
func (f Filling) play(n int, w way, at, end time.Time, rules cases.Rules, people map[cases.Post]string) *life {
	l := &life{rng: rngOf(f.Seed+1, n), rules: rules, people: people, now: at.UTC().Truncate(time.Second), end: end}
	l.past.Words = map[string]map[string]string{}
	l.past.Filing = filing(l.rng, w.kind, l.now)
	var opened cases.Transition
	var refusal *cases.Error
	if w.kind == cases.MandatoryReport {
		opened, refusal = cases.Open(report(l.rng, l.past.Filing, caseIDOf(f.Seed, n)), rules, l.now)
	} else {
		opened, refusal = cases.OpenGuardianship(finding(l.rng, w, caseIDOf(f.Seed, n)), rules, l.now)
	}
	if refusal != nil {
		l.err = refusal
		return l
	}
	l.past.Filing.Open, l.s = opened, opened.State
	w.play(l)
	return l
}

// somewhere gives a village, those of the first towns more often.
func somewhere(rng *rand.Rand) cases.Org {
	town := towns[min(rng.IntN(len(towns)), rng.IntN(len(towns)))]
	return pick(rng, villagesOf[town.Org])
}

var villagesOf = func() map[cases.Org][]cases.Org {
	out := map[cases.Org][]cases.Org{}
	for _, p := range Places() {
		if p.Org.IsVillage() {
			out[p.Org.Town()] = append(out[p.Org.Town()], p.Org)
		}
	}
	return out
}()

// situations are those of reports, the frequent ones more often; MR01 is in the 性侵 compartment.
var situations = slices.Concat(
	slices.Repeat([]cases.Situation{"MR09"}, 8), slices.Repeat([]cases.Situation{"MR05"}, 8), slices.Repeat([]cases.Situation{"MR04"}, 4),
	[]cases.Situation{"MR01", "MR06", "MR07"},
)

func report(rng *rand.Rand, f records.Filing, id string) cases.Report {
	rep := cases.Report{ID: id, Org: somewhere(rng), Situations: []cases.Situation{pick(rng, situations)}, Danger: cases.DangerNo, Relation: "guardian", DutyUnit: f.Unit != ""}
	if f.Reporter.Post != "" && f.Author == "" {
		rep.By = cases.Actor{Person: f.Reporter.Account, Post: f.Reporter.Post}
	}
	return rep
}

func finding(rng *rand.Rand, w way, id string) cases.Finding {
	grounds := []cases.Ground{"TG1", "TG2", "TG3"}
	if w.name == "concluded" {
		grounds = []cases.Ground{"TG4", "TG5", "TG6"}
	}
	return cases.Finding{ID: id, Org: somewhere(rng), Ground: pick(rng, grounds), Danger: cases.DangerNo, By: cases.Actor{Person: PersonID("desk1"), Post: cases.NewPost(City, cases.RoleDesk)}}
}

// filing makes what was filed, all of it invented.
func filing(rng *rand.Rand, kind cases.Kind, at time.Time) records.Filing {
	child := newChild(rng, at)
	f := records.Filing{Child: child, Narrative: records.Narrative{Text: pick(rng, stories), Place: pick(rng, placesOf)}, FoundAt: at.Add(-time.Duration(rng.Int64N(int64(2 * day))))}
	if kind != cases.MandatoryReport {
		return f
	}
	f.Reporter = records.Reporter{Name: personName(rng.IntN(9000)), Phone: phone(rng), Contact: "phone"}
	switch k := rng.IntN(100); {
	case k < 30: // a duty unit's
		by := pick(rng, reporters)
		f.Author, f.Unit = PersonID(by.login), by.unit
		f.Reporter.Post, f.Reporter.DutyUnit, f.Reporter.Position = cases.UnitPost(by.unit, cases.RoleReporter), by.unit, by.position
	case k < 60: // told to the desk by telephone
		f.Reporter.Post, f.Reporter.Account = cases.NewPost(City, cases.RoleDesk), PersonID("desk1")
	case k < 75: // by nobody who says a name
		f.Reporter = records.Reporter{}
	}
	return f
}

var reporters = []struct{ login, unit, position string }{
	{"teacher", "experimental_school", "班主任"}, {"doctor", "first_hospital", "儿科医生"}, {"hotel", "riverside_hotel", "前台"},
}

func newChild(rng *rand.Rand, at time.Time) records.Child {
	age := 2 + rng.IntN(15)
	born := at.In(cases.Zone).AddDate(-age, -rng.IntN(12), -rng.IntN(28))
	sex := []string{"male", "female"}[rng.IntN(2)]
	serial := 2*rng.IntN(500) + 1 // odd for boys
	if sex == "female" {
		serial--
	}
	years := int(at.Sub(born).Hours() / 24 / 365.25)
	c := records.Child{
		Name: personName(rng.IntN(200000)), Sex: sex, Age: &years, Guardian: personName(rng.IntN(9000)), GuardPhone: phone(rng),
		Address: fmt.Sprintf("安和市%s%d号", villageName(rng.IntN(villages)), 1+rng.IntN(200)),
	}
	if rng.IntN(100) < 70 {
		c.IDType, c.IDNumber = "resident_id", idNumber(fmt.Sprintf("%s%s%03d", City[:6], born.Format("20060102"), serial))
	}
	if age >= 6 {
		c.School = pick(rng, schools)
	}
	return c
}

// phone gives a number of those that belong to nobody.
func phone(rng *rand.Rand) string { return fmt.Sprintf("1390000%04d", rng.IntN(10000)) }

// idNumber adds the check digit (GB 11643) to 17 digits.
func idNumber(digits string) string {
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[i]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}

var (
	schools   = []string{"安和市实验学校", "青石镇中心小学", "白塘镇初级中学", "永宁街道第二小学", "云台镇九年一贯制学校"}
	placesOf  = []string{"家中", "学校", "村口", "宿舍", "出租屋"}
	stories   = []string{"孩子连续几天没有到校,身上有旧伤。", "父母外出,孩子由年老祖辈照看,生活无着。", "孩子称在家经常挨打,不敢回家。", "邻居听见孩子夜里哭喊,门一直关着。", "孩子情绪低落,说不想回家。"}
	sentences = []string{"已与孩子单独谈话,情绪平稳。", "家长表示愿意配合,已签承诺书。", "经核实,情况与报告一致。", "生活用品已送到,学校已安排老师关注。", "下次走访由村儿童主任上门。", "材料齐全,同意。"}
)
