package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"tonghu/cases"
	"tonghu/records"
)

// Provider is an office's own sign-in. *openid.Provider is one.
type Provider interface {
	// Name stands in paths; Title is what the button says.
	Name() string
	Title() string
	// Begin gives where the browser goes. secret stays in its cookie.
	Begin(ctx context.Context, secret string) (string, error)
	// Finish reads what the browser came back with. The error is a *cases.Error.
	Finish(ctx context.Context, secret string, back url.Values) (records.Identity, error)
}

const (
	// tripCookie holds the secret of a sign-in elsewhere that was begun.
	tripCookie = "tonghu-provider"
	tripLife   = 10 * time.Minute
)

type providerInput struct {
	Name string `path:"name" maxLength:"31" pattern:"^[a-z][a-z0-9-]*$"`
}

// Trip is where the browser goes.
type Trip struct {
	Location string `json:"location" doc:"send the browser there; it comes back to / signed in, or to /?sign_in=<code of the problem>"`
}

type going struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    Trip
}

func (s *server) providerRoutes() {
	register(s, operation{
		id: "sign-in-elsewhere", method: http.MethodPost, path: "/api/v1/session/provider/{name}", tag: "session",
		summary: "Sign in at one's office 单位统一认证登录", public: true, limit: func(l limiters) *limiter { return l.provider },
		about: "The provider sends the browser back to …/callback, which signs in.",
		codes: []cases.Code{cases.CodeNotFound, records.CodeProviderFailed, records.CodeSignInExpired, records.CodeRefusedThere, records.CodeNotLinked},
	}, s.goElsewhere)
}

// provider gives one by its name; nil if there is none.
func (s *server) provider(name string) Provider {
	for _, p := range s.Providers {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

func (s *server) goElsewhere(ctx context.Context, in *providerInput) (*going, error) {
	p := s.provider(in.Name)
	if p == nil {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	secret := rand.Text() + rand.Text()
	location, err := p.Begin(ctx, secret)
	if err != nil {
		return nil, err
	}
	return &going{Cookies: []http.Cookie{s.cookie(tripCookie, secret, tripLife, http.SameSiteLaxMode)}, Body: Trip{Location: location}}, nil
}

// comeBack takes the browser back from a provider. It is a page's address, not an
// operation: what is wrong is told by the console.
func (s *server) comeBack(w http.ResponseWriter, r *http.Request) {
	done := s.cookie(tripCookie, "", -time.Second, http.SameSiteLaxMode)
	http.SetCookie(w, &done)
	in, err := s.cameBack(r)
	if err != nil {
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			s.refuse(w, r, err)
			return
		}
		p := problemOf(err, chinese)
		note(r.Context(), err, p)
		http.Redirect(w, r, "/?sign_in="+url.QueryEscape(string(p.Code)), http.StatusSeeOther)
		return
	}
	for _, c := range in.Cookies {
		http.SetCookie(w, &c)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *server) cameBack(r *http.Request) (*entered, error) {
	p := s.provider(chi.URLParam(r, "name"))
	if p == nil {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	if err := s.limits.provider.take(addressKey(r)); err != nil {
		return nil, err
	}
	secret := ""
	if c, err := r.Cookie(s.cookieName(tripCookie)); err == nil {
		secret = c.Value
	}
	ctx := withRequest(r.Context(), r)
	old, err := s.identify(r, true)
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, sessionKey{}, old)
	who, err := p.Finish(ctx, secret, r.URL.Query())
	if err != nil {
		return nil, s.wrongElsewhere(ctx, err)
	}
	person, err := s.Accounts.Linked(ctx, p.Name(), who.Subject)
	if is(err, cases.CodeNotFound) {
		return nil, s.wrongElsewhere(ctx, cases.Refuse(records.CodeNotLinked))
	}
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, person, records.ByProvider, who.Proved)
}

// wrongElsewhere keeps a failed attempt and gives its refusal. Coming back from
// nowhere is none: anybody can ask for that address.
func (s *server) wrongElsewhere(ctx context.Context, refusal error) error {
	reason := string(refusalIn(refusal).Code)
	s.metrics.signIns.WithLabelValues(reason).Inc()
	if is(refusal, records.CodeSignInExpired) {
		return refusal
	}
	if err := s.People.RecordSignIn(ctx, "", "", false, reason); err != nil {
		return err
	}
	return refusal
}
