package openid

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tonghu/cases"
	"tonghu/records"
)

// Provider is one office's sign-in. It is safe for concurrent use.
type Provider struct {
	config   ProviderConfig
	secret   func() string // not shown by fmt, JSON or zap
	client   *http.Client
	callback string
	now      func() time.Time

	mu    sync.Mutex
	found *oidc.Provider // once it has been reached
}

// Name is the provider's, in paths.
func (p *Provider) Name() string { return p.config.Name }

// Title is what the button says.
func (p *Provider) Title() string { return p.config.Title }

// discover asks the provider where its parts are, until it has answered once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		return nil, failed("discovery", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

func (p *Provider) oauth(at *oidc.Provider) oauth2.Config {
	endpoint := at.Endpoint()
	// Said beforehand: a client that tries both ways uses a code up in trying.
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	var offers struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if p.secret() != "" && (at.Claims(&offers) != nil || len(offers.Methods) == 0 || slices.Contains(offers.Methods, "client_secret_basic")) {
		endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	return oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.secret(), Endpoint: endpoint, RedirectURL: p.callback,
		Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...),
	}
}

// The three values of one sign-in follow from a secret that only the browser keeps:
// state comes back with the browser, nonce in the token, and the verifier (PKCE) is
// shown when the code is redeemed. So nothing is kept of a sign-in that was begun,
// and none of the three tells another.
func (p *Provider) derived(what, secret string) string {
	sum := sha256.Sum256([]byte("tonghu/openid/" + what + "/1\x00" + p.config.Name + "\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Begin gives the address to which the browser goes to sign in. secret is random and
// stays in the browser's cookie.
func (p *Provider) Begin(ctx context.Context, secret string) (string, error) {
	at, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	oauth := p.oauth(at)
	more := []oauth2.AuthCodeOption{oidc.Nonce(p.derived("nonce", secret)), oauth2.S256ChallengeOption(p.derived("verifier", secret))}
	if acr := p.config.SecondFactor.ACR; len(acr) > 0 {
		more = append(more, oauth2.SetAuthURLParam("acr_values", acr[0]))
	}
	return oauth.AuthCodeURL(p.derived("state", secret), more...), nil
}

// claims are those of a token that are looked at beside the ones that go-oidc checks.
type claims struct {
	AZP string   `json:"azp"`
	ACR string   `json:"acr"`
	AMR []string `json:"amr"`
}

// Finish reads what the browser came back with and gives who it is. Errors are
// CodeSignInExpired where it does not belong to the browser's secret, CodeRefusedThere
// where the provider refused, and CodeProviderFailed where it cannot be reached or
// says what cannot be trusted.
func (p *Provider) Finish(ctx context.Context, secret string, back url.Values) (records.Identity, error) {
	if secret == "" || subtle.ConstantTimeCompare([]byte(back.Get("state")), []byte(p.derived("state", secret))) != 1 {
		return records.Identity{}, cases.Refuse(records.CodeSignInExpired)
	}
	if iss := back.Get("iss"); iss != "" && iss != p.config.Issuer { // RFC 9207
		return records.Identity{}, failed("answer", errors.New("it is another issuer's"))
	}
	if back.Has("error") {
		if slices.Contains([]string{"temporarily_unavailable", "server_error"}, back.Get("error")) {
			return records.Identity{}, failed("answer", errors.New("the provider is not available"))
		}
		return records.Identity{}, cases.Refuse(records.CodeRefusedThere)
	}
	if back.Get("code") == "" {
		return records.Identity{}, failed("answer", errors.New("no code"))
	}
	at, err := p.discover(ctx)
	if err != nil {
		return records.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	oauth := p.oauth(at)
	tokens, err := oauth.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(p.derived("verifier", secret)))
	var refusal *oauth2.RetrieveError
	switch {
	case errors.As(err, &refusal) && refusal.ErrorCode == "invalid_grant": // used before, too old, or another browser's
		return records.Identity{}, cases.Refuse(records.CodeSignInExpired)
	case err != nil:
		return records.Identity{}, failed("code", safe(err))
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return records.Identity{}, failed("token", errors.New("no id_token"))
	}
	token, err := at.VerifierContext(ctx, &oidc.Config{ClientID: p.config.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return records.Identity{}, failed("token", err)
	}
	return p.identity(token, p.derived("nonce", secret), tokens.AccessToken)
}

func (p *Provider) identity(token *oidc.IDToken, nonce, access string) (records.Identity, error) {
	var c claims
	var all map[string]json.RawMessage
	if err := errors.Join(token.Claims(&c), token.Claims(&all)); err != nil {
		return records.Identity{}, failed("token", errors.New("its claims cannot be read"))
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return records.Identity{}, failed("token", errors.New("it is of another sign-in (nonce)"))
	case len(token.Audience) > 1 && c.AZP != p.config.ClientID:
		return records.Identity{}, failed("token", errors.New("it was made for another client (azp)"))
	case token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil:
		return records.Identity{}, failed("token", errors.New("it is of another access token (at_hash)"))
	}
	var subject string
	if json.Unmarshal(all[p.config.Subject], &subject) != nil || subject == "" {
		return records.Identity{}, failed("token", fmt.Errorf("it has no claim %s", p.config.Subject))
	}
	second := p.config.SecondFactor
	return records.Identity{
		Subject: subject,
		Proved: c.ACR != "" && slices.Contains(second.ACR, c.ACR) ||
			slices.ContainsFunc(c.AMR, func(m string) bool { return slices.Contains(second.AMR, m) }),
	}, nil
}

// failed is the refusal of what a provider did or said. The cause is for the log.
func failed(what string, err error) error {
	return &cases.Error{Code: records.CodeProviderFailed, Err: fmt.Errorf("openid: %s: %w", what, err)}
}

// safe leaves out of an error what a provider wrote: it may quote the code.
func safe(err error) error {
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		return fmt.Errorf("answered %d %q", refusal.Response.StatusCode, refusal.ErrorCode)
	}
	var unreached *url.Error
	if errors.As(err, &unreached) {
		return fmt.Errorf("%s: %w", unreached.Op, unreached.Err) // without the address
	}
	return errors.New("the answer cannot be read")
}
