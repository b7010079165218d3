package openid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// office is a provider that signs real tokens, and lies as a test tells it to. The
// honest ones are tested against in api, with a provider that others wrote.
type office struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	codes  map[string]url.Values       // what was asked for with each code
	lie    func(claims map[string]any) // changes a token before it is signed
	sign   *ecdsa.PrivateKey           // nil for the published key
	answer func(http.ResponseWriter) bool
	asked  url.Values // of the last redemption
	basic  bool       // the last redemption's secret came in the header
}

const (
	testClient = "tonghu"
	testSecret = "s3cret of the client"
)

func newOffice(t *testing.T) *office {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	o := &office{t: t, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		o.say(w, map[string]any{
			"issuer": o.server.URL, "authorization_endpoint": o.server.URL + "/authorize", "token_endpoint": o.server.URL + "/token",
			"jwks_uri": o.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		o.say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", o.token)
	o.server = httptest.NewServer(mux)
	t.Cleanup(o.server.Close)
	return o
}

func (o *office) say(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

// provider is the client side of it.
func (o *office) provider(change ...func(*ProviderConfig)) *Provider {
	file := filepath.Join(o.t.TempDir(), "secret")
	require.NoError(o.t, os.WriteFile(file, []byte(testSecret+"\n"), 0o600))
	c := ProviderConfig{Name: "city", Title: "市统一认证", Issuer: o.server.URL, ClientID: testClient, SecretFile: file}
	for _, f := range change {
		f(&c)
	}
	p, err := c.provider(&url.URL{Scheme: "https", Host: "tonghu.example"})
	require.NoError(o.t, err)
	return p
}

// authorize does what a browser and a person do there: it gives what the browser
// comes back with.
func (o *office) authorize(location string) url.Values {
	at, err := url.Parse(location)
	require.NoError(o.t, err)
	require.Equal(o.t, o.server.URL+"/authorize", at.Scheme+"://"+at.Host+at.Path)
	q := at.Query()
	require.Equal(o.t, "code", q.Get("response_type"))
	require.Equal(o.t, "S256", q.Get("code_challenge_method"))
	require.Equal(o.t, "https://tonghu.example/api/v1/session/provider/city/callback", q.Get("redirect_uri"))
	require.Contains(o.t, strings.Fields(q.Get("scope")), "openid")
	require.NotContains(o.t, location, testSecret)
	code := rand.Text()
	o.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (o *office) token(w http.ResponseWriter, r *http.Request) {
	require.NoError(o.t, r.ParseForm())
	o.asked = r.PostForm
	var id, secret string
	if id, secret, o.basic = r.BasicAuth(); !o.basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	} else {
		secret, _ = url.QueryUnescape(secret)
	}
	if o.answer != nil && o.answer(w) {
		return
	}
	begun, ok := o.codes[r.PostForm.Get("code")]
	delete(o.codes, r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !ok || id != testClient || secret != testSecret || base64.RawURLEncoding.EncodeToString(sum[:]) != begun.Get("code_challenge") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		o.say(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{
		"iss": o.server.URL, "aud": testClient, "sub": "u-1029", "nonce": begun.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "employee": "370-55",
	}
	if o.lie != nil {
		o.lie(claims)
	}
	key := o.sign
	if key == nil {
		key = o.key
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	require.NoError(o.t, err)
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	require.NoError(o.t, err)
	o.say(w, map[string]any{"access_token": "an access token", "token_type": "Bearer", "id_token": raw})
}

func finish(t *testing.T, o *office, p *Provider) (records.Identity, error) {
	t.Helper()
	secret := rand.Text()
	location, err := p.Begin(t.Context(), secret)
	require.NoError(t, err)
	return p.Finish(t.Context(), secret, o.authorize(location))
}

func requireRefused(t *testing.T, code cases.Code, err error) {
	t.Helper()
	var refusal *cases.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code, "%v", refusal.Err)
	if refusal.Err != nil {
		require.NotContains(t, refusal.Err.Error(), testSecret)
		require.NotContains(t, refusal.Err.Error(), "u-1029")
	}
}

func TestAPersonIsWhoTheOfficeSays(t *testing.T) {
	o := newOffice(t)
	who, err := finish(t, o, o.provider())
	require.NoError(t, err)
	require.Equal(t, records.Identity{Subject: "u-1029"}, who)
	require.True(t, o.basic, "the secret goes into the header where nothing else is said")
	require.Empty(t, o.asked.Get("client_secret"))

	who, err = finish(t, o, o.provider(func(c *ProviderConfig) { c.Subject = "employee" }))
	require.NoError(t, err)
	require.Equal(t, "370-55", who.Subject)
}

func TestASecondFactorThereCountsWhereItIsConfigured(t *testing.T) {
	o := newOffice(t)
	mfa := func(c *ProviderConfig) {
		c.SecondFactor = SecondFactor{ACR: []string{"urn:gov:2"}, AMR: []string{"otp", "hwk"}}
	}
	for _, c := range []struct {
		claims map[string]any
		want   bool
	}{
		{map[string]any{}, false},
		{map[string]any{"amr": []string{"pwd"}}, false},
		{map[string]any{"amr": []string{"pwd", "otp"}}, true},
		{map[string]any{"acr": "urn:gov:1"}, false},
		{map[string]any{"acr": "urn:gov:2"}, true},
	} {
		o.lie = func(claims map[string]any) { maps.Copy(claims, c.claims) }
		who, err := finish(t, o, o.provider(mfa))
		require.NoError(t, err)
		require.Equal(t, c.want, who.Proved, c.claims)
		who, err = finish(t, o, o.provider())
		require.NoError(t, err)
		require.False(t, who.Proved, "not configured")
	}
	location, err := o.provider(mfa).Begin(t.Context(), rand.Text())
	require.NoError(t, err)
	require.Contains(t, location, "acr_values=urn%3Agov%3A2")
}

func TestAFalseTokenIsRefused(t *testing.T) {
	o := newOffice(t)
	p := o.provider()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, lie := range map[string]func(map[string]any){
		"another issuer":       func(c map[string]any) { c["iss"] = "https://elsewhere.example" },
		"another audience":     func(c map[string]any) { c["aud"] = "another client" },
		"made for another":     func(c map[string]any) { c["aud"] = []string{testClient, "x"}; c["azp"] = "x" },
		"several, for nobody":  func(c map[string]any) { c["aud"] = []string{testClient, "x"} },
		"expired":              func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
		"another sign-in":      func(c map[string]any) { c["nonce"] = "another" },
		"no nonce":             func(c map[string]any) { delete(c, "nonce") },
		"another access token": func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"nobody":               func(c map[string]any) { delete(c, "sub") },
		"a number":             func(c map[string]any) { c["sub"] = 7 },
		"not yet":              func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			o.lie = lie
			_, err := finish(t, o, p)
			requireRefused(t, records.CodeProviderFailed, err)
		})
	}
	o.lie, o.sign = nil, other
	_, err = finish(t, o, p)
	requireRefused(t, records.CodeProviderFailed, err)
	o.sign = nil
	_, err = finish(t, o, p)
	require.NoError(t, err)
}

func TestATokenWithoutASignatureIsRefused(t *testing.T) {
	o := newOffice(t)
	p := o.provider()
	part := func(what any) string {
		raw, err := json.Marshal(what)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	for _, token := range []string{
		part(map[string]string{"alg": "none"}) + "." + part(map[string]any{"iss": o.server.URL, "aud": testClient, "sub": "u-1029", "exp": time.Now().Add(time.Minute).Unix()}) + ".",
		"", "x", "..",
	} {
		o.answer = func(w http.ResponseWriter) bool {
			o.say(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token})
			return true
		}
		_, err := finish(t, o, p)
		requireRefused(t, records.CodeProviderFailed, err)
	}
	o.answer = func(w http.ResponseWriter) bool { o.say(w, map[string]any{"access_token": "a"}); return true }
	_, err := finish(t, o, p)
	requireRefused(t, records.CodeProviderFailed, err)
}

func TestAnAnswerBelongsToTheBrowserThatAsked(t *testing.T) {
	o := newOffice(t)
	p := o.provider()
	mine, theirs := rand.Text(), rand.Text()
	location, err := p.Begin(t.Context(), theirs)
	require.NoError(t, err)
	back := o.authorize(location)
	for _, secret := range []string{mine, "", theirs + "x"} { // an attacker's answer in a victim's browser
		_, err = p.Finish(t.Context(), secret, back)
		requireRefused(t, records.CodeSignInExpired, err)
	}
	require.Len(t, o.codes, 1, "the code was not even shown")
	_, err = p.Finish(t.Context(), theirs, url.Values{"code": back["code"]})
	requireRefused(t, records.CodeSignInExpired, err)

	// A stolen code is of no use with another browser's verifier.
	second, err := p.Begin(t.Context(), mine)
	require.NoError(t, err)
	own := o.authorize(second)
	_, err = p.Finish(t.Context(), mine, url.Values{"code": back["code"], "state": own["state"]})
	requireRefused(t, records.CodeSignInExpired, err)

	_, err = p.Finish(t.Context(), mine, own)
	require.NoError(t, err)
	_, err = p.Finish(t.Context(), mine, own) // a code opens once
	requireRefused(t, records.CodeSignInExpired, err)

	// The values of one provider are not those of another.
	q := o.provider(func(c *ProviderConfig) { c.Name = "county" })
	_, err = q.Finish(t.Context(), mine, own)
	requireRefused(t, records.CodeSignInExpired, err)
}

func TestWhatTheProviderRefusesOrCannotDoIsToldApart(t *testing.T) {
	o := newOffice(t)
	p := o.provider()
	secret := rand.Text()
	location, err := p.Begin(t.Context(), secret)
	require.NoError(t, err)
	state := o.authorize(location).Get("state")
	for back, want := range map[string]cases.Code{
		"error=access_denied&error_description=u-1029": records.CodeRefusedThere,
		"error=login_required":                         records.CodeRefusedThere,
		"error=server_error":                           records.CodeProviderFailed,
		"error=temporarily_unavailable":                records.CodeProviderFailed,
		"":                                             records.CodeProviderFailed,
		"code=x&iss=https://elsewhere.example":         records.CodeProviderFailed,
	} {
		values, err := url.ParseQuery(back)
		require.NoError(t, err)
		values.Set("state", state)
		_, err = p.Finish(t.Context(), secret, values)
		requireRefused(t, want, err)
	}
	for _, answer := range []func(http.ResponseWriter) bool{
		func(w http.ResponseWriter) bool { w.WriteHeader(500); _, _ = w.Write([]byte(testSecret)); return true },
		func(w http.ResponseWriter) bool {
			w.WriteHeader(401)
			o.say(w, map[string]any{"error": "invalid_client"})
			return true
		},
		func(w http.ResponseWriter) bool { http.Error(w, "", http.StatusFound); return true },
		func(w http.ResponseWriter) bool { _, _ = w.Write([]byte(strings.Repeat("x", most+1))); return true },
	} {
		o.answer = answer
		_, err := finish(t, o, p)
		requireRefused(t, records.CodeProviderFailed, err)
	}
}

func TestAProviderThatWasAwayIsFoundLater(t *testing.T) {
	o := newOffice(t)
	p := o.provider()
	way := p.client.Transport
	p.client.Transport = broken{}
	_, err := p.Begin(t.Context(), rand.Text())
	requireRefused(t, records.CodeProviderFailed, err)
	p.client.Transport = way
	_, err = finish(t, o, p)
	require.NoError(t, err)
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }
