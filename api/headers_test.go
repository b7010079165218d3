package api

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/records"
)

// directives gives the parts of a content policy by their names.
func directives(t *testing.T, h http.Header) map[string]string {
	t.Helper()
	require.Len(t, h.Values("Content-Security-Policy"), 1)
	out := map[string]string{}
	for part := range strings.SplitSeq(h.Get("Content-Security-Policy"), ";") {
		name, values, _ := strings.Cut(strings.TrimSpace(part), " ")
		require.NotContains(t, out, name, "browsers heed the first of two")
		out[name] = values
	}
	return out
}

func TestEveryAnswerIsKeptFromGuessingKeepingAndFraming(t *testing.T) {
	b := setup(t)
	for _, path := range []string{"/api/v1/me", "/api/openapi.json", "/healthz", "/nothing", "/api/letters/paper.css"} {
		h := b.anyone().get(path).header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "DENY", h.Get("X-Frame-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), path)
		require.Contains(t, h.Get("Permissions-Policy"), "camera=(self)", path)
		require.Contains(t, h.Get("Permissions-Policy"), "microphone=()", path)
		require.Equal(t, map[string]string{"default-src": "'none'", "frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'none'"}, directives(t, h), path)
	}
}

func TestBrowsersAreToldToStayWithTLSWhereThereIsTLS(t *testing.T) {
	require.Empty(t, setup(t).anyone().get("/healthz").header.Get("Strict-Transport-Security"))
	b := setup(t, func(c *Config) { c.Secure = true })
	require.Equal(t, "max-age=31536000", b.anyone().get("/healthz").header.Get("Strict-Transport-Security"))
}

func TestAPageOfTheConsoleRunsItsOwnScriptsAndTheStylesOfItsAnswer(t *testing.T) {
	b := setup(t, func(c *Config) {
		c.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, StyleNonce(r))
		})
	})
	page := b.anyone().get("/cases")
	nonce := string(page.body)
	require.GreaterOrEqual(t, len(nonce), 22, "128 bits")
	policy := directives(t, page.header)
	require.Equal(t, "'self' 'nonce-"+nonce+"'", policy["style-src"])
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self'", "img-src": "'self' blob: data:", "connect-src": "'self'", "object-src": "'none'",
		"frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'self'",
	} {
		require.Equal(t, want, policy[name], name)
	}
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.NotEqual(t, nonce, string(b.anyone().get("/cases").body), "a nonce is of one answer")
	require.Empty(t, b.anyone().get("/assets/index-1f2e.js").header.Get("Cache-Control"), "Web says how long its files keep")
	require.NotContains(t, b.anyone().get("/api/v1/nothing").header.Get("Content-Security-Policy"), "'self'")
}

func TestAPrintedLetterMayHaveItsStyleSheetAndNothingElse(t *testing.T) {
	p, err := (&server{}).printed(t.Context(), records.Letter{Kind: "task", Number: "转办〔2026〕1号"}, "html", nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"default-src": "'none'", "style-src": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'none'"},
		directives(t, http.Header{"Content-Security-Policy": {p.Policy}}))
}

func TestTheConsolesOwnAddressIsNoOtherSiteBehindAProxyThatChangesTheHost(t *testing.T) {
	b := setup(t, func(c *Config) { c.PublicURL = "https://tonghu.example.gov.cn/console" })
	body := map[string]any{"login": "a", "password": "b"}
	b.anyone().post("/api/v1/session", body, "Origin", "https://tonghu.example.gov.cn").refused(401, records.CodeCredentials)
	b.anyone().post("/api/v1/session", body, "Origin", "http://tonghu.example.gov.cn").refused(403, records.CodeForbidden)
	b.anyone().post("/api/v1/session", body, "Origin", "https://tonghu.example.gov.cn.evil.example").refused(403, records.CodeForbidden)
}

func TestAnotherSitesPageSendsNothing(t *testing.T) {
	b := setup(t)
	c := b.as(testDesk)
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		c.post("/api/v1/reports", map[string]any{}, from...).refused(403, records.CodeForbidden)
		c.send(http.MethodDelete, "/api/v1/session", nil, from...).refused(403, records.CodeForbidden)
		c.post("/api/v1/session", map[string]any{"login": "a", "password": "b"}, from...).refused(403, records.CodeForbidden)
	}
	c.get("/api/v1/me", "Sec-Fetch-Site", "cross-site").is(200) // a link from elsewhere; nothing of it can be read there
	c.post("/api/v1/session", map[string]any{"login": "a", "password": "b"}, "Sec-Fetch-Site", "same-origin").refused(401, records.CodeCredentials)
	c.post("/api/v1/session", map[string]any{"login": "a", "password": "b"}, "Origin", b.server.URL).refused(401, records.CodeCredentials)
}
