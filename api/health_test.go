package api

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func TestReadinessNeedsTheDatabaseAndNotTheEngine(t *testing.T) {
	b := setup(t)
	c := b.anyone()
	c.get("/healthz").is(200)
	require.Equal(t, true, c.get("/readyz").is(200)["engine"])
	b.book.down = errors.New("gone")
	require.Equal(t, false, c.get("/readyz").is(200)["engine"])
	b.health.fail = errors.New("gone")
	c.get("/readyz").is(503)
	c.get("/healthz").is(200)
}

func TestTheHouseIsCounted(t *testing.T) {
	b := setup(t)
	got := b.as(testDesk).get("/api/v1/health").is(200)
	require.InDelta(t, 3, got["open_cases"], 0)
	require.InDelta(t, 2, got["oldest_fact_seconds"], 0)
	require.InDelta(t, 90, got["lateness_seconds"], 0)
	require.InDelta(t, 5, got["oldest_job_seconds"], 0)
	require.Equal(t, "worker-1", got["workers"].([]any)[0].(map[string]any)["name"])
	metrics := string(b.anyone().get("/metrics").body)
	require.Contains(t, metrics, "tonghu_open_cases 3")
	require.Contains(t, metrics, `tonghu_http_request_seconds_count{method="GET",route="/api/v1/health",status="200"} 1`)
	require.NotContains(t, metrics, "tonghu_http_request_seconds_count{method=\"GET\",route=\"/nothing")
	b.book.down = errors.New("gone")
	got = b.as(testDesk).get("/api/v1/health").is(200)
	require.Equal(t, false, got["engine"])
	require.Empty(t, got["workers"])
}

func TestMetricsAreShownToTheMachineAndItsNetworkOnly(t *testing.T) {
	ask := func(b *bundle, from ...string) int {
		var headers []string
		for _, hop := range from {
			headers = append(headers, "X-Forwarded-For", hop)
		}
		return b.anyone().get("/metrics", headers...).status
	}
	plain := setup(t)
	require.Equal(t, 200, ask(plain))
	require.Equal(t, 404, ask(plain, "127.0.0.1"), "through a proxy that nobody told of")

	behind := setup(t, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	require.Equal(t, 404, ask(behind, "192.0.2.1"))
	require.Equal(t, 404, ask(behind, "10.0.0.7, 192.0.2.1"))
	require.Equal(t, 200, ask(behind, "10.0.0.7"))
	require.Equal(t, 200, ask(behind))
}

func TestOnlyThoseWhoLookAfterTheHouseSeeItsCounts(t *testing.T) {
	b := setup(t)
	// What a role is told beside what should be nothing; nil: the page is not its.
	cased, alarm := []string{"open_cases", "overdue", "provisional_deadlines"}, []string{"provisional_deadlines"}
	told := map[cases.Role][]string{
		cases.RoleDesk: cased, cases.RoleHead: cased, cases.RoleSystemAdmin: alarm, cases.RoleSecAdmin: {}, cases.RoleAuditAdmin: {},
	}
	for _, role := range cases.Roles {
		r := b.as(cases.NewPost(testCity, role)).get("/api/v1/health")
		want, ok := told[role]
		if !ok {
			r.refused(403, records.CodeForbidden)
			continue
		}
		got := r.is(200)
		for _, field := range cased {
			_, there := got[field]
			require.Equal(t, slices.Contains(want, field), there, "%s %s", role, field)
		}
	}
}

func TestTheAlarmOfTheCalendarTellsNumbersToThoseWhoKeepTheRules(t *testing.T) {
	b := setup(t)
	b.anyone().get("/api/v1/calendars/reach").refused(401, records.CodeSignIn)
	for _, role := range cases.Roles {
		got := b.as(cases.NewPost(testCity, role)).get("/api/v1/calendars/reach").is(200)
		require.Equal(t, "2026-12-31", got["to"], role)
		require.Equal(t, true, got["reaching"], role)
		keeps := role == cases.RoleHead || role == cases.RoleBureau || role == cases.RoleSystemAdmin
		for _, field := range []string{"provisional_deadlines", "open_cases"} {
			_, there := got[field]
			require.Equal(t, keeps, there, "%s %s", role, field)
		}
	}
}

type oneVersion struct{ records.Rulebook }

func (oneVersion) RuleVersions(context.Context, records.Access) ([]records.RuleVersion, []records.CalendarImport, error) {
	return []records.RuleVersion{{N: 1, Version: "1", Open: 2}}, nil, nil
}

func TestHowManyCasesRunByAVersionIsForThoseWhoKeepTheRules(t *testing.T) {
	b := setup(t, func(c *Config) { c.Rulebook = oneVersion{} })
	for _, role := range cases.Roles {
		got := b.as(cases.NewPost(testCity, role)).get("/api/v1/rules/versions").is(200)["versions"].([]any)[0].(map[string]any)
		_, there := got["open"]
		require.Equal(t, role == cases.RoleHead || role == cases.RoleBureau || role == cases.RoleSystemAdmin, there, role)
	}
}

type oneChange struct{ records.Stream }

func (oneChange) Subscribe(context.Context, records.Access) (<-chan records.Change, error) {
	out := make(chan records.Change, 1)
	out <- records.Change{Case: "x", Seq: 7, Kind: cases.MandatoryReport}
	return out, nil
}

func TestAStreamTellsOfChangesUntilTheServerStops(t *testing.T) {
	stopping := make(chan struct{})
	b := setup(t, func(c *Config) { c.Stream, c.Stopping = oneChange{}, stopping })
	b.anyone().get("/api/v1/stream").refused(401, records.CodeSignIn)
	desk := b.as(testDesk)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/api/v1/stream", nil)
	require.NoError(t, err)
	resp, err := desk.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	var got []string
	for lines.Scan() {
		if lines.Text() != "" {
			got = append(got, lines.Text())
		}
		if strings.HasPrefix(lines.Text(), "data:") {
			close(stopping) // the stream ends by itself after this
		}
	}
	require.Equal(t, []string{"retry: 3000", "event: change", `data: {"case":"x","seq":7,"kind":"report"}`}, got)
}

type letters struct{ records.Letters }

func (letters) TaskLetter(context.Context, records.Access, string, int) (records.Letter, error) {
	return records.Letter{
		Kind: "task", Number: "童护转〔2026〕0007", CaseNo: "强报〔2026〕000001", To: testJustice, ToName: "司法局", Measure: "legal_aid",
		Issued: time.Date(2026, 3, 4, 1, 0, 0, 0, time.UTC), Text: "<script>alert(1)</script>",
	}, nil
}

func TestATaskPrintsAsALetterWithItsReturnSlip(t *testing.T) {
	b := setup(t, func(c *Config) { c.Letters = letters{} })
	id := b.book.open(t)
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: testJustice, State: cases.TaskAssigned}}
	r := b.as(testManager).get("/api/v1/cases/" + id + "/tasks/1/letter")
	require.Equal(t, 200, r.status)
	require.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	page := string(r.body)
	for _, part := range []string{"转办函", "童护转〔2026〕0007", "司法局", "法律援助", "回执联", "2026年3月4日 09:00", "&lt;script&gt;"} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, page, "<script>")
	css := b.anyone().get(letterStyle)
	require.Equal(t, 200, css.status)
	require.Contains(t, css.header.Get("Content-Type"), "text/css")
	b.as(testManager).get("/api/v1/cases/"+id+"/tasks/2/letter").refused(404, cases.CodeNotFound)
	b.as(testManager).get("/api/v1/cases/"+id+"/orders/1/letter").refused(404, cases.CodeNotFound)
}

func TestAForwardedAddressIsBelievedOfOurProxyOnly(t *testing.T) {
	limit := func(c *Config) { c.Limits.ReceiptPerAddress = 1 }
	ask := func(b *bundle, from string) reply {
		known(b, cases.State{})
		return b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": "x"}, "X-Forwarded-For", from)
	}
	plain := setup(t, limit)
	ask(plain, "192.0.2.1").refused(404, records.CodeReceiptWrong)
	ask(plain, "192.0.2.2").refused(429, records.CodeThrottled)

	behind := setup(t, limit, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	ask(behind, "192.0.2.1").refused(404, records.CodeReceiptWrong)
	ask(behind, "192.0.2.2").refused(404, records.CodeReceiptWrong)
	ask(behind, "192.0.2.9, 192.0.2.2").refused(429, records.CodeThrottled)
}
