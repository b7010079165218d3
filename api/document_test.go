package api

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// The committed document is what generators and reviewers read. It is written anew
// with `make generate` (TONGHU_WRITE=1).
func TestTheCommittedDocumentIsThatOfTheCode(t *testing.T) {
	src, err := Document()
	require.NoError(t, err)
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, src, "", " "))
	pretty.WriteByte('\n')
	if os.Getenv("TONGHU_WRITE") != "" {
		require.NoError(t, os.WriteFile("openapi.json", pretty.Bytes(), 0o644))
		return
	}
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	want, got := strings.Split(string(committed), "\n"), strings.Split(pretty.String(), "\n")
	for i := range min(len(want), len(got)) {
		require.Equal(t, want[i], got[i], "line %d: make generate writes it anew", i+1)
	}
	require.Equal(t, len(want), len(got), "make generate writes it anew") //nolint:testifylint // does not print the document
}

// operations gives the operations of the document that is served.
func operations(t *testing.T, b *bundle) map[string]map[string]any {
	t.Helper()
	doc := b.anyone().get("/api/openapi.json").is(200)
	require.Equal(t, "3.1.0", doc["openapi"])
	out := map[string]map[string]any{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			out[strings.ToUpper(method)+" "+path] = op.(map[string]any)
		}
	}
	return out
}

func TestEveryOperationNamesItsProblems(t *testing.T) {
	ops := operations(t, setup(t, func(c *Config) { c.Calendars = noCalendars{} }))
	var named []string
	for name, op := range ops {
		codes := 0
		for status, r := range op["responses"].(map[string]any) {
			listed, ok := r.(map[string]any)["x-problem-codes"].([]any)
			if !ok {
				continue
			}
			for _, c := range listed {
				codes++
				named = append(named, c.(string))
				require.Equal(t, status, strconv.Itoa(statusOf(cases.Code(c.(string)))), name)
			}
			require.Contains(t, r.(map[string]any)["content"], problemType)
		}
		require.GreaterOrEqual(t, codes, 3, name)
	}
	unnamed := []string{"method_not_allowed", "moving", "state_too_new", "precondition_failed"}
	for _, c := range Codes() {
		require.True(t, slices.Contains(named, string(c)) || slices.Contains(unnamed, string(c)), c)
	}
}

func TestTheContractOfTheDesignIsThere(t *testing.T) {
	ops := operations(t, setup(t, func(c *Config) { c.Calendars = noCalendars{} }))
	for _, want := range []string{
		"POST /api/v1/reports", "POST /api/v1/guardianships", "POST /api/v1/receipts/lookup", "POST /api/v1/receipts/messages", "POST /api/v1/session", "DELETE /api/v1/session",
		"GET /api/v1/steps", "GET /api/v1/cases", "GET /api/v1/cases/{id}", "GET /api/v1/cases/{id}/events", "POST /api/v1/cases/{id}/steps/{step}",
		"GET /api/v1/cases/{id}/commands/{command}", "GET /api/v1/drafts", "DELETE /api/v1/drafts", "POST /api/v1/cases/{id}/visits",
		"POST /api/v1/cases/{id}/notes", "GET /api/v1/cases/{id}/messages", "POST /api/v1/cases/{id}/messages",
		"GET /api/v1/cases/{id}/tasks/{n}/letter", "GET /api/v1/cases/{id}/orders/{n}/letter", "GET /api/v1/obligations",
		"POST /api/v1/obligations/{id}/ack", "GET /api/v1/notices", "POST /api/v1/notices/{id}/read", "GET /api/v1/rules",
		"POST /api/v1/calendars", "GET /api/v1/posts", "POST /api/v1/holdings", "DELETE /api/v1/holdings", "POST /api/v1/leave",
		"DELETE /api/v1/leave/{id}", "GET /api/v1/vacancies", "GET /api/v1/me", "GET /api/v1/health", "GET /api/v1/calendars/reach", "GET /api/v1/stream",
	} {
		require.Contains(t, ops, want)
	}
	step := ops["POST /api/v1/cases/{id}/steps/{step}"]["responses"].(map[string]any)
	for _, status := range []string{"200", "202", "401", "403", "404", "409", "422", "503"} {
		require.Contains(t, step, status)
	}
}

// huma panics over an item that is an object where it looks for items that come twice:
// a list that takes each value once says so by distinct.
func TestNoListIsLeftToHumaToFindDoubles(t *testing.T) {
	doc, err := Document()
	require.NoError(t, err)
	require.NotContains(t, string(doc), `"uniqueItems"`)
}
