package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"tonghu/api"
	"tonghu/deploy/demo"
	"tonghu/product"
	"tonghu/story"
)

type benchLists struct {
	parts
	Rounds int           `default:"40" help:"How many of each question, after the first."`
	Most   time.Duration `default:"100ms" help:"What the 95th percentile of worklists and lists of cases is to stay within."`
}

// handlerTime measures requests where they are answered: from the handler's start to its end, without the way there.
type handlerTime struct {
	next http.Handler
	mu   sync.Mutex
	took map[string][]time.Duration // by the header X-Bench
}

func (h *handlerTime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, answer := time.Now(), &answered{ResponseWriter: w}
	h.next.ServeHTTP(answer, r)
	if name := r.Header.Get("X-Bench"); name != "" && !answer.refused {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.took[name] = append(h.took[name], time.Since(began))
	}
}

// answered tells whether an answer was a refusal: a fast one says nothing.
type answered struct {
	http.ResponseWriter
	refused bool
}

func (a *answered) WriteHeader(status int) {
	a.refused = status >= http.StatusBadRequest
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// question is one thing that somebody asks for.
type question struct {
	who, what string
	list      bool // a worklist or a list of cases
	filtered  bool
	ask       func(context.Context, *story.Client) error
}

func (q question) name() string { return q.who + ": " + q.what }

// askers are who asks, from the widest view to the narrowest.
var askers = []string{"desk1", "head", "bureau", "manager1", "police", "shelter", "leader", "town", "village", "education"}

// Run asks an API of its own on the instance's database, everybody in turn and in random order.
func (b benchLists) Run(ctx context.Context) error {
	return b.with(ctx, func(p *product.Product) error {
		handler, err := p.Handler(ctx, func(c *api.Config) { c.SecondFactor, c.Log = "offered", nil })
		if err != nil {
			return err
		}
		timed := &handlerTime{next: handler, took: map[string][]time.Duration{}}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		server := &http.Server{Handler: timed, ReadHeaderTimeout: time.Minute}
		go func() { _ = server.Serve(listener) }()
		defer func() { _ = server.Close() }()
		as, err := signedIn(ctx, "http://"+listener.Addr().String())
		if err != nil {
			return err
		}
		var questions []question
		for _, who := range askers {
			own, err := questionsOf(ctx, who, as[who])
			if err != nil {
				return fmt.Errorf("%s: %w", who, err)
			}
			questions = append(questions, own...)
		}
		for i := range b.Rounds + 1 {
			for _, k := range rand.Perm(len(questions)) { //nolint:gosec // an order, not a secret
				q := questions[k]
				if strings.HasPrefix(q.what, "search") && i > 10 {
					continue // they are counted, and too many are refused
				}
				if err := q.ask(context.WithValue(ctx, benchName{}, q.name()), as[q.who]); err != nil {
					return fmt.Errorf("%s: %w", q.name(), err)
				}
			}
		}
		return b.print(questions, timed.took)
	})
}

// signedIn signs everybody in, with requests that say what they measure.
func signedIn(ctx context.Context, base string) (map[string]*story.Client, error) {
	people, err := demo.People()
	if err != nil {
		return nil, err
	}
	out := map[string]*story.Client{}
	for _, p := range people {
		if slices.Contains(askers, p.Login) {
			out[p.Login] = story.NewClientVia(base, named{})
			if err := out[p.Login].SignIn(ctx, p.Login, p.Password); err != nil {
				return nil, fmt.Errorf("signing %s in: %w", p.Login, err)
			}
		}
	}
	return out, nil
}

// benchName is the context's key of what a request measures.
type benchName struct{}

// named says with each request what it measures.
type named struct{}

func (named) RoundTrip(r *http.Request) (*http.Response, error) {
	if name, ok := r.Context().Value(benchName{}).(string); ok && name != "" {
		r = r.Clone(r.Context())
		r.Header.Set("X-Bench", name)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func get(ctx context.Context, c *story.Client, path string, out any) error {
	_, err := c.Do(ctx, http.MethodGet, path, "", nil, out)
	return err
}

// questionsOf gives what somebody asks, with the places of pages far back.
func questionsOf(ctx context.Context, who string, c *story.Client) ([]question, error) {
	var out []question
	list := func(what, path string, filtered bool) {
		out = append(out, question{who, what, true, filtered, func(ctx context.Context, c *story.Client) error { return get(ctx, c, path, nil) }})
	}
	list("mine", "/api/v1/obligations", false)
	list("area", "/api/v1/obligations?whose=area", false)
	soon := url.QueryEscape(time.Now().Add(72 * time.Hour).UTC().Format(time.RFC3339))
	for _, f := range []string{"kind=guardianship", "risk=yellow", "town=379999101000", "overdue=true", "key=visit", "before=" + soon, "owner=unit:police/police"} {
		list("area, "+strings.SplitN(f, "=", 2)[0], "/api/v1/obligations?whose=area&"+f, true)
	}
	list("cases", "/api/v1/cases", false)
	for _, f := range []string{"kind=guardianship", "stage=follow", "phase=followup", "owner=city:379999000000/manager%231", "town=379999101000", "risk=red", "overdue=true", "state=open"} {
		list("cases, "+strings.SplitN(f, "=", 2)[0], "/api/v1/cases?"+f, true)
	}
	pages, some, err := deep(ctx, c)
	if err != nil {
		return nil, err
	}
	out = append(out, question{who, "cases, far back", true, false, func(ctx context.Context, c *story.Client) error {
		return get(ctx, c, "/api/v1/cases?cursor="+url.QueryEscape(pages[rand.IntN(len(pages))]), nil) //nolint:gosec // a choice, not a secret
	}})
	if len(some) == 0 {
		return out, nil
	}
	out = append(out, question{who, "a case", false, false, func(ctx context.Context, c *story.Client) error {
		for {
			err := get(ctx, c, "/api/v1/cases/"+some[rand.IntN(len(some))], nil) //nolint:gosec // a choice, not a secret
			if story.CodeOf(err) != "not_found" {
				return err // a list also names cases that somebody was told of and may not open
			}
		}
	}})
	if who == "manager1" {
		for _, by := range []string{"name", "id_number", "phone"} {
			out = append(out, question{who, "search, " + by, false, false, func(ctx context.Context, c *story.Client) error {
				return searchFor(ctx, c, by, some)
			}})
		}
	}
	return out, nil
}

// deep gives cursors of pages far back in somebody's list, and some cases of it.
func deep(ctx context.Context, c *story.Client) (pages, some []string, err error) {
	pages = []string{""}
	for range 60 {
		var page struct {
			Items []api.CaseRow
			Next  string
		}
		if err := get(ctx, c, "/api/v1/cases?limit=200&cursor="+url.QueryEscape(pages[len(pages)-1]), &page); err != nil {
			return nil, nil, err
		}
		for _, row := range page.Items {
			if len(some) < 3000 {
				some = append(some, row.ID)
			}
		}
		if page.Next == "" {
			break
		}
		pages = append(pages, page.Next)
	}
	return pages[len(pages)/2:], some, nil
}

// searchFor looks for the child of a case.
func searchFor(ctx context.Context, c *story.Client, by string, some []string) error {
	for {
		var found api.Case
		if err := get(context.WithValue(ctx, benchName{}, ""), c, "/api/v1/cases/"+some[rand.IntN(len(some))], &found); err != nil { //nolint:gosec // a choice, not a secret
			return err
		}
		if found.Child == nil {
			continue
		}
		value := map[string]string{"name": found.Child.Name, "id_number": found.Child.IDNumber, "phone": found.Child.GuardianPhone}[by]
		if value == "" {
			continue
		}
		_, err := c.Do(ctx, http.MethodPost, "/api/v1/search", story.NewKey(), map[string]string{"by": by, "value": value, "reason": "report"}, nil)
		if story.CodeOf(err) == "too_many_attempts" {
			return nil // of an hour
		}
		return err
	}
}

// print prints a row for each question, then what was to be kept.
func (b benchLists) print(questions []question, took map[string][]time.Duration) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "who\twhat\tfirst\tp50\tp95\tmost, ms at the server\t")
	var worst float64
	var slowest string
	var plain, filtered []time.Duration
	for _, q := range questions {
		all := took[q.name()]
		if len(all) < 2 {
			continue
		}
		warm := all[1:]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t\n", q.who, q.what, ms(all[:1], 0), ms(warm, 50), ms(warm, 95), ms(warm, 100))
		if !q.list {
			continue
		}
		if p95 := ms(warm, 95); p95 > worst {
			worst, slowest = p95, q.name()
		}
		if q.filtered {
			filtered = append(filtered, warm...)
		} else {
			plain = append(plain, warm...)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	lists := slices.Concat(plain, filtered)
	fmt.Printf("worklists and lists of cases: p50 %.1f ms   p95 %.1f ms   p99 %.1f ms   (%d requests)\n", ms(lists, 50), ms(lists, 95), ms(lists, 99), len(lists))
	fmt.Printf("with a filter to without:     p50 %.2f   p95 %.2f\n", ms(filtered, 50)/ms(plain, 50), ms(filtered, 95)/ms(plain, 95))
	fmt.Printf("slowest p95: %.1f ms, %s\n", worst, slowest)
	if worst > float64(b.Most.Microseconds())/1000 {
		return fmt.Errorf("%s: its 95th percentile is %.1f ms, more than %s", slowest, worst, b.Most)
	}
	return nil
}
