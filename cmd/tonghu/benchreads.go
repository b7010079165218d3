package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"tonghu/api"
	"tonghu/product"
	"tonghu/records"
	"tonghu/story"
)

type benchReads struct {
	parts
	Rounds  int     `default:"400" help:"How many of each."`
	Callers int     `default:"8" help:"How many read one case at once, after the single caller: shown, and not judged."`
	Most    float64 `default:"2" help:"How many times as long as without a read by one caller may take at the median (p50) with decryption and audit."`
}

// bare reads a case without opening what is sealed and without keeping the look:
// what a read would cost without both. It exists in this measurement only.
type bare struct{ records.Cases }

func (b bare) GetCase(ctx context.Context, a records.Access, id string) (records.CaseView, error) {
	return b.PeekCase(ctx, a, id)
}

// Run reads one case over HTTP as it is, and without decryption and audit, in turn. What
// is promised is the median of one caller: it fails above Most, once everything is
// printed.
func (b benchReads) Run(ctx context.Context) error {
	return b.with(ctx, func(p *product.Product) error {
		whole, err := b.serve(ctx, p, func(*api.Config) {})
		if err != nil {
			return err
		}
		without, err := b.serve(ctx, p, func(c *api.Config) { c.Cases = bare{c.Cases} })
		if err != nil {
			return err
		}
		id, err := whole.file(ctx)
		if err != nil {
			return err
		}
		took, err := b.alone(ctx, id, whole, without)
		if err != nil {
			return err
		}
		if err := b.together(ctx, id, whole, without); err != nil {
			return err
		}
		return b.judge(took)
	})
}

// judge says whether one caller's median is within what is promised.
func (b benchReads) judge(took [2][]time.Duration) error {
	ratio := ms(took[0], 50) / ms(took[1], 50)
	if ratio > b.Most {
		return fmt.Errorf("decryption and audit make a read of one caller %.2f times as long at p50, more than %g", ratio, b.Most)
	}
	fmt.Printf("%-22s promised: at p50 at most %g times as long; it is %.2f\n", "one caller", b.Most, ratio)
	return nil
}

// side is an API of its own on the instance's database, with somebody signed in.
type side struct{ desk *story.Client }

func (b benchReads) serve(ctx context.Context, p *product.Product, change func(*api.Config)) (side, error) {
	handler, err := p.Handler(ctx, func(c *api.Config) {
		c.SecondFactor, c.Log = "offered", nil
		change(c)
	})
	if err != nil {
		return side{}, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return side{}, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	as, err := story.SignInAll(ctx, "http://"+listener.Addr().String(), "desk1")
	return side{as["desk1"]}, err
}

// file files a report with everything in it that is sealed.
func (s side) file(ctx context.Context) (string, error) {
	report := map[string]any{
		"org": "379999101203", "situations": []string{"MR05"}, "danger": "no", "relation": "guardian",
		"child":     map[string]any{"name": "单小雨", "id_number": "379999201506010016", "address": "安和市柳河镇河东村", "guardian": "单父", "guardian_phone": "13900000011"},
		"reporter":  map[string]any{"name": "周老师", "phone": "13900000012", "position": "班主任"},
		"narrative": map[string]any{"text": "孩子几天没有吃饭,身上有伤。", "place": "学校", "suspect": "父亲"},
	}
	var filed api.Filed
	_, err := s.desk.Do(ctx, http.MethodPost, "/api/v1/reports", story.NewKey(), report, &filed)
	return filed.Case, err
}

func (s side) read(ctx context.Context, id string, sealed bool) (time.Duration, error) {
	var c api.Case
	began := time.Now()
	status, err := s.desk.Do(ctx, http.MethodGet, "/api/v1/cases/"+id, "", nil, &c)
	took := time.Since(began)
	switch {
	case err != nil:
		return took, err
	case status != http.StatusOK:
		return took, fmt.Errorf("answered %d", status)
	case (c.Child != nil && c.Narrative != nil && c.Reporter != nil) != sealed:
		return took, fmt.Errorf("the sealed parts are there: %v", !sealed)
	}
	return took, nil
}

// alone is one caller, in random order, so that both see the same machine.
func (b benchReads) alone(ctx context.Context, id string, whole, without side) (took [2][]time.Duration, err error) {
	for i := range b.Rounds + 20 {
		for _, k := range rand.Perm(2) { //nolint:gosec // an order, not a secret
			t, err := []side{whole, without}[k].read(ctx, id, k == 0)
			if err != nil {
				return took, err
			}
			if i >= 20 { // the first are warm-up
				took[k] = append(took[k], t)
			}
		}
	}
	print2("one caller", took)
	return took, nil
}

// together is many callers on one case, whose looks are one chain.
func (b benchReads) together(ctx context.Context, id string, whole, without side) error {
	var took [2][]time.Duration
	var mu sync.Mutex
	var failed error
	for k, s := range []side{whole, without} {
		var all sync.WaitGroup
		for range b.Callers {
			all.Go(func() {
				for range b.Rounds / b.Callers {
					t, err := s.read(ctx, id, k == 0)
					mu.Lock()
					took[k] = append(took[k], t)
					if err != nil {
						failed = err
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
	}
	if failed != nil {
		return failed
	}
	print2(fmt.Sprintf("%d callers, one case", b.Callers), took)
	return nil
}

func print2(who string, took [2][]time.Duration) {
	for k, name := range []string{"with decryption and audit", "without"} {
		fmt.Printf("%-22s %-26s p50 %6.2f ms   p95 %6.2f ms   (%d reads)\n", who, name, ms(took[k], 50), ms(took[k], 95), len(took[k]))
	}
	fmt.Printf("%-22s ratio                      p50 %6.2f      p95 %6.2f\n", who, ms(took[0], 50)/ms(took[1], 50), ms(took[0], 95)/ms(took[1], 95))
}
