package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// fakeOffice says what a test wants. What a real one says is tested in package openid
// and in TestSigningInAtARealProvider.
type fakeOffice struct {
	who     records.Identity
	err     error
	secrets []string
}

func (f *fakeOffice) Name() string  { return "city" }
func (f *fakeOffice) Title() string { return "市统一认证" }

func (f *fakeOffice) Begin(_ context.Context, secret string) (string, error) {
	f.secrets = append(f.secrets, secret)
	return "https://sso.example.gov.cn/authorize", f.err
}

func (f *fakeOffice) Finish(_ context.Context, secret string, _ url.Values) (records.Identity, error) {
	if f.err == nil && secret != f.secrets[len(f.secrets)-1] {
		return records.Identity{}, cases.Refuse(records.CodeSignInExpired)
	}
	return f.who, f.err
}

const back = "/api/v1/session/provider/city/callback?code=c&state=s"

// openOffice is a door with an office, whose subject u-1029 is the desk.
func openOffice(t *testing.T, change ...func(*Config)) (*door, *fakeOffice, *caller) {
	t.Helper()
	o := &fakeOffice{who: records.Identity{Subject: "u-1029"}}
	d := openDoor(t, append(change, func(c *Config) { c.Providers = []Provider{o} })...)
	d.hire("sysadmin", testSysAdmin)
	admin := d.from("198.51.100.1")
	admin.signIn("sysadmin", testPassword).is(200)
	return d, o, admin
}

// stay does not follow redirects.
func (c *caller) stay() *caller {
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

func TestALinkedPersonComesInFromTheirOffice(t *testing.T) {
	d, o, admin := openOffice(t)
	id := d.hire("desk", testDesk)
	require.Equal(t, []any{map[string]any{"name": "city", "title": "市统一认证"}}, admin.get("/api/v1/sign-in").is(200)["providers"])

	c := d.from("198.51.100.3").stay()
	begun := c.post("/api/v1/session/provider/city", nil)
	require.Equal(t, "https://sso.example.gov.cn/authorize", begun.is(200)["location"])
	require.Contains(t, begun.header.Get("Set-Cookie"), "HttpOnly; SameSite=Lax")
	require.NotContains(t, string(begun.body), o.secrets[0])
	require.GreaterOrEqual(t, len(o.secrets[0]), 52, "256 bits")
	c.get(back, "Accept", "application/json").refused(403, records.CodeNotLinked)

	admin.post("/api/v1/people/"+id+"/accounts", map[string]any{"provider": "city", "subject": "u-1029"}).is(204)
	c.post("/api/v1/session/provider/city", nil).is(200)
	came := c.get(back, "Accept", "text/html")
	require.Equal(t, http.StatusSeeOther, came.status)
	require.Equal(t, "/", came.header.Get("Location"))
	me := c.get("/api/v1/me").is(200)
	require.Equal(t, "signed_in", me["state"])
	require.Equal(t, id, me["person"])
	require.Equal(t, "provider", c.get("/api/v1/me/sessions").is(200)["items"].([]any)[0].(map[string]any)["method"])

	c.get(back, "Accept", "application/json").refused(409, records.CodeSignInExpired) // the browser's secret is gone
	require.Equal(t, []any{"city"}, accountIn(admin, "desk")["providers"])
	require.Equal(t, []string{"account_linked"}, d.chain(id))
}

func accountIn(admin *caller, login string) map[string]any {
	for _, row := range admin.get("/api/v1/people").is(200)["items"].([]any) {
		if row.(map[string]any)["login"] == login {
			return row.(map[string]any)
		}
	}
	return nil
}

func TestWhatWentWrongAtTheOfficeIsToldByTheConsoleOrAsAProblem(t *testing.T) {
	d, o, _ := openOffice(t)
	for code, status := range map[cases.Code]int{
		records.CodeSignInExpired: 409, records.CodeRefusedThere: 403, records.CodeProviderFailed: 502,
	} {
		c := d.from("198.51.100.3").stay()
		o.err = nil
		c.post("/api/v1/session/provider/city", nil).is(200)
		o.err = cases.Refuse(code)
		r := c.get(back, "Accept", "text/html,application/xhtml+xml")
		require.Equal(t, http.StatusSeeOther, r.status)
		require.Equal(t, "/?sign_in="+string(code), r.header.Get("Location"))
		require.Len(t, r.header.Values("Set-Cookie"), 1)
		require.True(t, strings.HasPrefix(r.header.Get("Set-Cookie"), "tonghu-provider=; "), "the secret is used once")
		c.get(back, "Accept", "application/json").refused(status, code)
	}
	c := d.from("198.51.100.3")
	c.post("/api/v1/session/provider/nobody", nil).refused(404, cases.CodeNotFound)
	c.get("/api/v1/session/provider/nobody/callback").refused(404, cases.CodeNotFound)
	o.err = cases.Refuse(records.CodeProviderFailed)
	c.post("/api/v1/session/provider/city", nil).refused(502, records.CodeProviderFailed)
}

func TestTheOfficesSecondFactorCountsAndOursIsAskedWhereThereIsNone(t *testing.T) {
	d, o, admin := openOffice(t, func(c *Config) { c.SecondFactor = SecondFactorRequired })
	id := d.hire("desk", testDesk)
	d.enrol(admin)
	admin.post("/api/v1/people/"+id+"/accounts", map[string]any{"provider": "city", "subject": "u-1029"}).is(204)
	comeIn := func() string {
		c := d.from("198.51.100.3").stay()
		c.post("/api/v1/session/provider/city", nil).is(200)
		require.Equal(t, http.StatusSeeOther, c.get(back).status)
		return c.get("/api/v1/me").is(200)["state"].(string)
	}
	require.Equal(t, "second_factor_enrolment_needed", comeIn())
	o.who.Proved = true
	require.Equal(t, "signed_in", comeIn())

	c := d.from("198.51.100.3")
	c.signIn("desk", testPassword).is(200)
	d.enrol(c)
	require.Equal(t, "signed_in", comeIn())
	o.who.Proved = false
	require.Equal(t, "second_factor_needed", comeIn())
}

func TestASubjectIsOnePersonsAndIsTakenAwayWithTheirSessions(t *testing.T) {
	d, _, admin := openOffice(t)
	desk, other := d.hire("desk", testDesk), d.hire("other", testManager)
	link := func(person, provider, subject string) reply {
		return admin.post("/api/v1/people/"+person+"/accounts", map[string]any{"provider": provider, "subject": subject})
	}
	link(desk, "city", "u-1029").is(204)
	link(other, "city", "u-1029").refused(409, cases.CodeConflict)
	link(desk, "city", "u-2077").refused(409, cases.CodeConflict)
	link(other, "county", "u-2077").refused(422, cases.CodeField)
	link("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", "city", "u-2077").refused(404, cases.CodeNotFound)

	c := d.from("198.51.100.3").stay()
	c.post("/api/v1/session/provider/city", nil).is(200)
	require.Equal(t, http.StatusSeeOther, c.get(back).status)
	admin.send(http.MethodDelete, "/api/v1/people/"+desk+"/accounts/city", nil).is(204)
	c.get("/api/v1/me").refused(401, records.CodeSignIn)
	admin.send(http.MethodDelete, "/api/v1/people/"+desk+"/accounts/city", nil).refused(404, cases.CodeNotFound)

	link(other, "city", "u-1029").is(204)
	admin.send(http.MethodPut, "/api/v1/people/"+other+"/active", map[string]any{"active": false}).is(204)
	c.post("/api/v1/session/provider/city", nil).is(200)
	c.get(back, "Accept", "application/json").refused(403, records.CodeNotLinked)

	var dump string
	require.NoError(t, d.store.Pool().QueryRow(t.Context(), `SELECT string_agg(x::text, '') FROM provider_account x`).Scan(&dump))
	require.NotContains(t, dump, "u-1029")
}
