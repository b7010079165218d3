//go:build openid

package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/openid"
	"tonghu/records"
)

// host is where the product is for the browser of these tests.
const host = "http://tonghu.test"

// openRealOffice is a door with a provider that others wrote, in a process of its own
// (tools/openidprovider; `make openid` builds it).
func openRealOffice(t *testing.T, more string, change ...func(*Config)) *door {
	t.Helper()
	binary := os.Getenv("TONGHU_OPENID_PROVIDER")
	require.NotEmpty(t, binary, "TONGHU_OPENID_PROVIDER must name the provider (make openid sets it)")
	cmd := exec.Command(binary, "tonghu", "client s3cret+/", host+openid.CallbackPath("city"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	issuer, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)

	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("client s3cret+/\n"), 0o600))
	providers, err := openid.Parse(strings.NewReader(`
providers:
  - name: city
    title: 市统一认证
    issuer: `+strings.TrimSpace(issuer)+`
    client_id: tonghu
    client_secret_file: `+secret+`
    scopes: [profile]
`+more), host)
	require.NoError(t, err)
	d := openDoor(t, append(change, func(c *Config) { c.Providers = []Provider{providers[0]} })...)
	listener := d.server.Listener.Addr().String()
	d.server.URL = host
	way := http.DefaultTransport.(*http.Transport)
	way.CloseIdleConnections() // of the test before
	way.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == "tonghu.test:80" {
			addr = listener
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	return d
}

var hidden = regexp.MustCompile(`name="id" value="([^"]+)"`)

// signInThere is a person at the provider's own page, and gives where their browser
// ends up.
func (c *caller) signInThere(user, pw string) *url.URL {
	c.t.Helper()
	location := c.post("/api/v1/session/provider/city", nil).is(200)["location"].(string)
	page, err := c.client.Get(location)
	require.NoError(c.t, err)
	defer page.Body.Close()
	html, err := io.ReadAll(page.Body)
	require.NoError(c.t, err)
	require.Equal(c.t, 200, page.StatusCode, string(html))
	id := hidden.FindSubmatch(html)
	require.Len(c.t, id, 2, string(html))
	done, err := c.client.PostForm(page.Request.URL.String(), url.Values{"username": {user}, "password": {pw}, "id": {string(id[1])}})
	require.NoError(c.t, err)
	require.NoError(c.t, done.Body.Close())
	return done.Request.URL
}

func TestSigningInAtARealProvider(t *testing.T) {
	d := openRealOffice(t, "")
	d.hire("sysadmin", testSysAdmin)
	id := d.hire("desk", testDesk)
	admin := d.from("198.51.100.1")
	admin.signIn("sysadmin", testPassword).is(200)
	admin.post("/api/v1/people/"+id+"/accounts", map[string]any{"provider": "city", "subject": "u-1029"}).is(204)

	c := d.from("198.51.100.3")
	require.Equal(t, "/login/username", c.signInThere("officer", "not the password").Path, "the provider keeps who it does not know")
	c.get("/api/v1/me").refused(401, records.CodeSignIn)
	require.Equal(t, host+"/", c.signInThere("officer", "of the office").String())
	require.Equal(t, id, c.get("/api/v1/me").is(200)["person"])

	stranger := d.from("198.51.100.4")
	stranger.client.Transport = page{stranger.client.Transport}
	require.Equal(t, host+"/?sign_in=account_not_linked", stranger.signInThere("stranger", "of the office").String())
	stranger.get("/api/v1/me").refused(401, records.CodeSignIn)
}

// page asks as a browser does for a page.
type page struct{ http.RoundTripper }

func (p page) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		r = r.Clone(r.Context())
		r.Header.Set("Accept", "text/html")
	}
	return p.RoundTripper.RoundTrip(r)
}

func TestARealProvidersWordCountsAsSecondFactorWhereItIsConfigured(t *testing.T) {
	for more, want := range map[string]string{
		"":                                  "second_factor_enrolment_needed",
		"    second_factor: {amr: [pwd]}\n": "signed_in",
		"    second_factor: {amr: [otp]}\n": "second_factor_enrolment_needed",
	} {
		d := openRealOffice(t, more, required)
		id := d.hire("desk", testDesk)
		sysadmin := d.hire("sysadmin", testSysAdmin)
		require.NoError(t, d.store.Link(t.Context(), records.Access{Person: sysadmin}, id, "city", "u-1029"))
		c := d.from("198.51.100.3")
		c.signInThere("officer", "of the office")
		require.Equal(t, want, c.get("/api/v1/me").is(200)["state"], more)
	}
}

func TestAnAnswerOfARealProviderOpensInItsOwnBrowserOnceOnly(t *testing.T) {
	d := openRealOffice(t, "")
	sysadmin, id := d.hire("sysadmin", testSysAdmin), d.hire("desk", testDesk)
	require.NoError(t, d.store.Link(t.Context(), records.Access{Person: sysadmin}, id, "city", "u-1029"))

	attacker := d.from("203.0.113.1")
	var answer string
	attacker.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") && r.URL.Host == "tonghu.test" {
			answer = r.URL.RequestURI()
			return http.ErrUseLastResponse
		}
		return nil
	}
	attacker.signInThere("officer", "of the office")
	require.Contains(t, answer, "code=")

	victim := d.from("198.51.100.9").stay()
	victim.get(answer).refused(409, records.CodeSignInExpired)
	victim.post("/api/v1/session/provider/city", nil).is(200)
	victim.get(answer).refused(409, records.CodeSignInExpired)
	victim.get("/api/v1/me").refused(401, records.CodeSignIn)

	own := attacker.cookies()
	require.Equal(t, http.StatusSeeOther, attacker.stay().get(answer).status)
	require.NotEqual(t, own, attacker.cookies())
	attacker.get("/api/v1/me").is(200)
	attacker.get(answer).refused(409, records.CodeSignInExpired)
}
