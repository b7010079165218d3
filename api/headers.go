package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"tonghu/cases"
	"tonghu/records"
)

// The content policies. An answer of the API is never a page: nothing may be
// loaded for it and nothing runs. The two exceptions say what they need.
const (
	answerPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// paperPolicy lets a printed letter have its style sheet.
	paperPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// consolePolicy is of the console's pages: its own scripts, its own styles and
	// those that carry the nonce of this answer, images that were taken or drawn in
	// the page itself.
	consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-NONCE'; img-src 'self' blob: data:; font-src 'self'; " +
		"media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

// capabilities are what a page may use of the machine: the camera, for the card's code.
const capabilities = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), midi=(), display-capture=(), browsing-topics=()"

// secured sets the headers that keep browsers from guessing, keeping, framing and
// telling others.
func (s *server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", answerPolicy)
		h.Set("Permissions-Policy", capabilities)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

type nonceKey struct{}

// StyleNonce is the nonce of the page that is being answered, for the styles that
// the console makes while it runs; "" outside of the console.
func StyleNonce(r *http.Request) string {
	n, _ := r.Context().Value(nonceKey{}).(string)
	return n
}

// console lets Web answer, under the policy of pages.
func (s *server) console(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	w.Header().Set("Content-Security-Policy", strings.Replace(consolePolicy, "NONCE", nonce, 1))
	if strings.HasPrefix(r.URL.Path, "/assets/") { // these have their hash in their name
		w.Header().Del("Cache-Control")
	}
	s.Web.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
}

// sameOrigin refuses what another site's page makes a browser send.
func (s *server) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if at, err := url.Parse(s.PublicURL); err == nil && at.Host != "" { // a proxy may have changed the request's host
		_ = guard.AddTrustedOrigin(at.Scheme + "://" + at.Host) // an address that is none is no origin
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, cases.Refuse(records.CodeForbidden))
	}))
	return guard.Handler(next)
}
