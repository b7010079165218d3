//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

const (
	village     = "379999101203"
	manager1    = "city:379999000000/manager#1"
	manager2    = "city:379999000000/manager#2"
	schoolPost  = "unit:education/liaison"
	repeatAfter = 50 * time.Millisecond
)

// people are demo people who have signed in, by login.
type people map[string]*story.Client

func (in *instance) signIn(logins ...string) people {
	in.t.Helper()
	as, err := story.SignInAll(in.t.Context(), in.url(), logins...)
	require.NoError(in.t, err)
	return as
}

var addresses atomic.Int32

// stranger is somebody without an account, at an address of their own on loopback:
// what is throttled, is throttled for each address.
func (in *instance) stranger() *story.Client {
	n := addresses.Add(1)
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(n/250), byte(1+n%250))}}
	return story.NewClientVia(in.url(), &http.Transport{DialContext: from.DialContext, MaxIdleConnsPerHost: 2})
}

// insist sends a request, with the same key, until it is answered: the product may
// be dead, starting, or too busy. The answer may be a refusal.
func insist(ctx context.Context, c *story.Client, method, path, key string, in, out any) (int, error) {
	for {
		status, err := c.Do(ctx, method, path, key, in, out)
		if answered(err) {
			return status, err
		}
		select {
		case <-ctx.Done():
			return status, errors.Join(ctx.Err(), err)
		case <-time.After(repeatAfter):
		}
	}
}

// answered tells whether something was said: done, or refused for good.
func answered(err error) bool {
	var p *story.Problem
	if err == nil || !errors.As(err, &p) {
		return err == nil
	}
	switch p.Code {
	case "unavailable", "request_in_flight", "too_many_attempts":
		return false
	}
	return true
}

// refusal is what a refused step says of itself.
func refusal(err error) (code, command string) {
	var p *story.Problem
	if !errors.As(err, &p) {
		return "", ""
	}
	var body struct {
		Command string `json:"command"`
	}
	_ = json.Unmarshal([]byte(p.Body), &body)
	return p.Code, body.Command
}

// report is a report as it is filed, without anybody's name.
func report(danger string) map[string]any {
	return map[string]any{
		"org": village, "situations": []string{"MR04"}, "danger": danger, "relation": "guardian",
		"narrative": map[string]any{"text": "孩子手臂有多处淤青。"},
	}
}

// filed files a report in the name of the desk, which learns the case's id.
func filed(t *testing.T, desk *story.Client, danger string) api.Filed {
	t.Helper()
	var out api.Filed
	status, err := insist(t.Context(), desk, http.MethodPost, "/api/v1/reports", story.NewKey(), report(danger), &out)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	require.NotEmpty(t, out.Case)
	return out
}

// triage is the form of the desk's judgement.
func triage() map[string]any {
	return map[string]any{
		"colour": "red", "reason": "多处损伤", "duplicate": false, "jurisdiction": "own", "guardianship_needed": false,
		"compartment": false, "relation": "guardian", "manager": manager1,
	}
}

// timeline reads a case's events.
func timeline(t *testing.T, as *story.Client, id string) []api.Event {
	t.Helper()
	events, err := as.Events(t.Context(), id)
	require.NoError(t, err)
	return events
}

// awaitEvent waits for an event in a case's timeline.
func awaitEvent(t *testing.T, as *story.Client, id, what string, is func(api.Event) bool) api.Event {
	t.Helper()
	var found api.Event
	until(t, 2*time.Minute, what, func() bool {
		events, err := as.Events(t.Context(), id)
		if err != nil {
			return false
		}
		for _, e := range events {
			if is(e) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func isStep(step cases.StepName) func(api.Event) bool {
	return func(e api.Event) bool { return e.Type == cases.EventStep && e.Step == step }
}

func isFact(id string) func(api.Event) bool {
	return func(e api.Event) bool { return e.Type == cases.EventFact && e.Fact == id }
}

func howMany(events []api.Event, is func(api.Event) bool) int {
	n := 0
	for _, e := range events {
		if is(e) {
			n++
		}
	}
	return n
}

// allCases lists every case, as the desk sees them.
func allCases(t *testing.T, desk *story.Client) []api.CaseRow {
	t.Helper()
	var all []api.CaseRow
	for cursor := ""; ; {
		var page struct {
			Items []api.CaseRow `json:"items"`
			Next  string        `json:"next"`
		}
		_, err := desk.Do(t.Context(), http.MethodGet, "/api/v1/cases?limit=100&cursor="+cursor, "", nil, &page)
		require.NoError(t, err)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// verify waits until nothing is on its way, and has the product compare PostgreSQL
// with every run.
func (in *instance) verify() {
	in.t.Helper()
	out, err := in.tonghu("verify", "--within", "120")
	require.NoError(in.t, err, "%s\nlog: %s", out, in.logTail(60))
	in.t.Logf("verified: %s", out)
	out, err = in.tonghu("audit", "verify") // whatever was killed when
	require.NoError(in.t, err, "%s\nlog: %s", out, in.logTail(60))
	in.t.Logf("audit log: %s", out)
}

// requireSound looks through every timeline for what can never be right, and for
// each case's one run.
func (in *instance) requireSound(desk *story.Client) {
	in.t.Helper()
	in.verify()
	runs := in.runs()
	for _, c := range allCases(in.t, desk) {
		require.Empty(in.t, story.Faults(timeline(in.t, desk, c.ID)), "%s %s", c.Number, c.ID)
		require.Equal(in.t, 1, runs[workflowOf(c)], "%s %s has one run", c.Number, c.ID)
	}
}

func workflowOf(c api.CaseRow) string { return string(c.Kind) + "/" + c.ID }

// runs counts the runs that were ever started, by workflow id, in the engine's own
// database: it is asked past the product.
func (in *instance) runs() map[string]int {
	in.t.Helper()
	rows, err := in.db("temporal").Query(in.t.Context(), `SELECT workflow_id, count(*) FROM executions GROUP BY workflow_id`)
	require.NoError(in.t, err)
	out := map[string]int{}
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		out[id] = n
		return nil
	})
	require.NoError(in.t, err)
	return out
}

func policeReport() map[string]any {
	return map[string]any{"reported_at": time.Now(), "receipt": "110-0001"}
}
