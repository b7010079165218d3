//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// traffic is several people at work at once. Each insists on an answer to whatever
// they send, with the same key, through every restart.
type traffic struct {
	in   *instance
	as   people
	book *book
	seed uint64
	// enough ends the work: what is under way is brought to its answer.
	enough chan struct{}
	group  sync.WaitGroup
}

var crowd = []string{"teacher", "desk1", "desk2", "manager1", "head", "police", "education", "town", "village"}

// begin sets everybody to work. ctx bounds how long they insist.
func begin(ctx context.Context, in *instance, as people, b *book, seed uint64) *traffic {
	tr := &traffic{in: in, as: as, book: b, seed: seed, enough: make(chan struct{})}
	actors := []struct {
		perSecond float64
		act       func(context.Context, *rand.Rand)
	}{
		{3, func(ctx context.Context, r *rand.Rand) { tr.file(ctx, "desk1", r) }},
		{1, func(ctx context.Context, r *rand.Rand) { tr.file(ctx, "teacher", r) }}, // left alone: rungs fire
		{50, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "desk1", r) }},
		{50, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "desk2", r) }},
		{20, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "police", r) }},
		{20, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "town", r) }},
		{20, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "education", r) }},
		{20, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "head", r) }},
		{20, func(ctx context.Context, r *rand.Rand) { tr.step(ctx, "manager1", r) }},
		{5, tr.merge},
		{5, tr.message},
		{4, tr.acknowledge},
		{4, tr.visit},
	}
	for i, a := range actors {
		tr.group.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			pace := rate.NewLimiter(rate.Limit(a.perSecond), 1)
			for {
				select {
				case <-tr.enough:
					return
				case <-ctx.Done():
					return
				case <-time.After(pace.Reserve().Delay()):
					a.act(ctx, r)
				}
			}
		})
	}
	return tr
}

// end waits until everything that was asked is answered.
func (tr *traffic) end() {
	close(tr.enough)
	tr.group.Wait()
}

func (tr *traffic) file(ctx context.Context, login string, r *rand.Rand) {
	var out api.Filed
	danger := []string{"yes", "no", "unsure"}[r.IntN(3)]
	status, err := insist(ctx, tr.as[login], http.MethodPost, "/api/v1/reports", story.NewKey(), report(danger), &out)
	if err != nil || status != http.StatusCreated {
		tr.book.note(func() {
			tr.book.odd = append(tr.book.odd, fmt.Sprintf("a report was answered with %d: %v", status, err))
		})
		return
	}
	tr.book.note(func() { tr.book.filed = append(tr.book.filed, out) })
}

// some gives a case whose id is known, mostly one of the latest, where several
// people work at the same time, and a few beside it.
func (tr *traffic) some(r *rand.Rand) (id string, others []string) {
	for _, f := range tr.book.open() {
		if f.Case != "" {
			others = append(others, f.Case)
		}
	}
	if len(others) == 0 {
		return "", nil
	}
	if r.IntN(4) > 0 {
		others = others[:min(len(others), 6)]
	}
	i := r.IntN(len(others))
	id = others[i]
	return id, slices.Delete(others, i, i+1)
}

func (tr *traffic) step(ctx context.Context, login string, r *rand.Rand) {
	id, _ := tr.some(r)
	if id == "" {
		return
	}
	var c api.Case
	if _, err := insist(ctx, tr.as[login], http.MethodGet, "/api/v1/cases/"+id, "", nil, &c); err != nil {
		tr.book.oddly("reading a case", err)
		return
	}
	if name, fields, ok := chooseForm(login, c, r); ok {
		tr.take(ctx, login, c, name, fields)
	}
}

// merge merges a case into another: both are written at once, and what a reporter
// adds is the other's from then on.
func (tr *traffic) merge(ctx context.Context, r *rand.Rand) {
	id, others := tr.some(r)
	if len(others) == 0 {
		return
	}
	var c api.Case
	if _, err := insist(ctx, tr.as["desk2"], http.MethodGet, "/api/v1/cases/"+id, "", nil, &c); err != nil {
		tr.book.oddly("reading a case", err)
		return
	}
	if slices.Contains(c.Allowed, "merge") {
		tr.take(ctx, "desk2", c, "merge", map[string]any{"into": others[r.IntN(len(others))], "reason": "同一孩子"})
	}
}

func (tr *traffic) take(ctx context.Context, login string, c api.Case, name cases.StepName, fields map[string]any) {
	var out api.Command
	status, err := insist(ctx, tr.as[login], http.MethodPost, "/api/v1/cases/"+c.ID+"/steps/"+string(name), story.NewKey(),
		story.Step{Base: c.Base, Fields: fields}, &out)
	tr.book.step(step{login: login, caseID: c.ID, command: out.Command, name: name, status: status}, err)
}

func (tr *traffic) message(ctx context.Context, r *rand.Rand) {
	all := tr.book.open()
	if len(all) == 0 {
		return
	}
	f := all[r.IntN(min(len(all), 10))]
	var out api.Message
	_, err := insist(ctx, tr.in.stranger(), http.MethodPost, "/api/v1/receipts/messages", story.NewKey(),
		map[string]any{"code": f.Receipt, "text": "孩子今天没来上学。"}, &out)
	if err != nil {
		tr.book.note(func() { tr.book.odd = append(tr.book.odd, "a message was refused: "+err.Error()) })
		return
	}
	tr.book.note(func() { tr.book.lines = append(tr.book.lines, line{receipt: f.Receipt, id: out.ID}) })
}

func (tr *traffic) acknowledge(ctx context.Context, r *rand.Rand) {
	login := []string{"desk1", "town", "police"}[r.IntN(3)]
	var list struct {
		Items []api.Obligation `json:"items"`
	}
	_, err := insist(ctx, tr.as[login], http.MethodGet, "/api/v1/obligations?limit=100", "", nil, &list)
	tr.book.oddly("reading the worklist", err)
	list.Items = slices.DeleteFunc(list.Items, func(o api.Obligation) bool { return len(o.MayAck) == 0 })
	if len(list.Items) == 0 {
		return
	}
	o := list.Items[r.IntN(len(list.Items))]
	tr.fact(ctx, login, "/api/v1/obligations/"+o.ID+"/ack", map[string]any{"who": "值班员", "by": time.Now().Add(time.Hour)})
}

func (tr *traffic) visit(ctx context.Context, r *rand.Rand) {
	if id, _ := tr.some(r); id != "" {
		tr.fact(ctx, "village", "/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met", "alone": true, "text": "在校。"})
	}
}

func (tr *traffic) fact(ctx context.Context, login, path string, in map[string]any) {
	var out api.Fact
	if _, err := insist(ctx, tr.as[login], http.MethodPost, path, story.NewKey(), in, &out); err != nil {
		tr.book.oddly(path, err) // the obligation may have ended meanwhile
		return
	}
	tr.book.note(func() { tr.book.facts = append(tr.book.facts, out.ID) })
}
