package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/api"
)

// do sends a request of a member and gives the answer's body.
func (w *world) do(t *testing.T, m *member, method, path string, body any, status int) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	r := httptest.NewRequest(method, path, strings.NewReader(string(text)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", uuid.NewString())
	m.enter(t, w, r)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	require.Equal(t, status, rec.Code, rec.Body.String())
	return rec.Body.Bytes()
}

var (
	anID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aDigest = regexp.MustCompile(`\\x[0-9a-f]{32,}|[0-9a-f]{32,}`)
)

// TestNoRowLeadsFromAReportToItsAuthor lets a teacher report, look, write and be refused over HTTP, and then reads every row of every
// table: none holds the report and the teacher, and no id or hash that stands in a row with the one stands in a row with the other.
func TestNoRowLeadsFromAReportToItsAuthor(t *testing.T) {
	w := newWorld(t)
	teacher, person := w.people[2], w.ids["person"][1]
	require.Equal(t, "director", teacher.login)
	var filed api.Filed
	require.NoError(t, json.Unmarshal(w.do(t, teacher, http.MethodPost, "/api/v1/reports", map[string]any{
		"situations": []string{"MR05"}, "danger": "no", "duty_unit": true, "unit": "school", "org": "379999102201",
	}, http.StatusCreated), &filed))
	own := map[string]any{"number": filed.Number}
	for range 2 {
		w.do(t, teacher, http.MethodGet, "/api/v1/my/reports", nil, http.StatusOK)
		w.do(t, teacher, http.MethodPost, "/api/v1/my/reports/lookup", own, http.StatusOK)
		w.do(t, teacher, http.MethodPost, "/api/v1/unit/reports/lookup", own, http.StatusOK)
		w.do(t, teacher, http.MethodPost, "/api/v1/receipts/lookup", map[string]any{"code": filed.Receipt}, http.StatusOK)
	}
	w.do(t, teacher, http.MethodPost, "/api/v1/my/reports/messages", map[string]any{"number": filed.Number, "text": "请尽快", "unresolved": true}, http.StatusCreated)
	w.do(t, teacher, http.MethodPost, "/api/v1/receipts/messages", map[string]any{"code": filed.Receipt, "text": "请尽快"}, http.StatusCreated)
	w.do(t, teacher, http.MethodPost, "/api/v1/search", map[string]any{"by": "name", "value": "单小雨", "reason": "report"}, http.StatusForbidden)

	rows := w.rows(t)
	var report string
	for _, row := range rows["cases"] {
		if strings.Contains(row, filed.Number) {
			report = anID.FindString(row)
		}
	}
	require.NotEmpty(t, report)
	withPerson, withReport := map[string]string{}, map[string]string{}
	people, reports := 0, 0
	for table, of := range rows {
		for _, row := range of {
			ofPerson, ofReport := strings.Contains(row, person), strings.Contains(row, report) || strings.Contains(row, filed.Number)
			require.False(t, ofPerson && ofReport, "%s holds the report with its author: %s", table, row)
			for _, id := range append(anID.FindAllString(row, -1), aDigest.FindAllString(row, -1)...) {
				if ofPerson {
					withPerson[id] = table
				}
				if ofReport {
					withReport[id] = table
				}
			}
			if ofPerson {
				people++
			}
			if ofReport {
				reports++
				require.NotContains(t, row, "unit:school", "%s holds the report with its author's post", table)
			}
		}
	}
	require.Greater(t, people, 3)
	require.Greater(t, reports, 10)
	delete(withPerson, `\x`+strings.Repeat("0", 64)) // before the first row of each audit chain
	for id, table := range withPerson {
		if other, ok := withReport[id]; ok {
			t.Errorf("%s leads from the author in %s to the report in %s", id, table, other)
		}
	}
}

// rows gives every row of every table as text, as a superuser reads them.
func (w *world) rows(t *testing.T) map[string][]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	names, err := conn.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(names, pgx.RowTo[string])
	require.NoError(t, err)
	out := map[string][]string{}
	for _, table := range tables {
		rows, err := conn.Query(t.Context(), `SELECT r::text FROM `+pgx.Identifier{table}.Sanitize()+` r`)
		require.NoError(t, err)
		out[table], err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
	}
	return out
}
