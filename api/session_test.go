package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func TestSigningInGivesACookieThatPagesCannotRead(t *testing.T) {
	for secure, name := range map[bool]string{false: "tonghu", true: "__Host-tonghu"} {
		b := setup(t, func(c *Config) { c.Secure = secure })
		login := b.people.add(testDesk)
		r := b.anyone().post("/api/v1/session", map[string]any{"login": login, "password": testPassword})
		got := r.is(http.StatusOK)
		require.Equal(t, login, got["login"])
		cookies := r.header.Values("Set-Cookie")
		require.Len(t, cookies, 2)
		for i, start := range []string{name + "=", name + "-browser="} {
			cookie := cookies[i]
			require.True(t, strings.HasPrefix(cookie, start), cookie)
			require.Contains(t, cookie, "HttpOnly")
			require.Contains(t, cookie, "SameSite=Lax")
			require.Contains(t, cookie, "Path=/")
			require.Equal(t, secure, strings.Contains(cookie, "Secure"))
			require.Equal(t, i == 1, strings.Contains(cookie, "Max-Age"), "a session's cookie goes with the browser")
			require.NotContains(t, cookie, "Domain")
		}
	}
}

func TestAWrongPasswordAndAnUnknownLoginAreToldAlike(t *testing.T) {
	b := setup(t)
	login := b.people.add(testDesk)
	c := b.anyone()
	wrong := c.post("/api/v1/session", map[string]any{"login": login, "password": "wrong"})
	wrong.refused(401, records.CodeCredentials)
	nobody := c.post("/api/v1/session", map[string]any{"login": "nobody", "password": "wrong"})
	nobody.refused(401, records.CodeCredentials)
	require.Equal(t, string(wrong.body), string(nobody.body))
	require.Equal(t, []string{"wrong_password", "unknown_login"}, b.people.tries)

	who := b.people.byLogin[login]
	who.Active = false
	b.people.byLogin[login] = who
	c.post("/api/v1/session", map[string]any{"login": login, "password": testPassword}).refused(401, records.CodeCredentials)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	b := setup(t)
	c := b.as(testDesk)
	require.Equal(t, "desk", c.get("/api/v1/me").is(200)["posts"].([]any)[0].(map[string]any)["role"])
	stolen := c.client.Jar
	c.send(http.MethodDelete, "/api/v1/session", nil).is(http.StatusNoContent)
	c.client.Jar = stolen
	c.get("/api/v1/me").refused(401, records.CodeSignIn)
}

func TestWhoMayNoLongerSignInIsSignedOut(t *testing.T) {
	b := setup(t)
	c := b.as(testDesk)
	for login, who := range b.people.byLogin {
		who.Active = false
		b.people.byLogin[login] = who
	}
	c.get("/api/v1/me").refused(401, records.CodeSignIn)
}

func TestAPasswordIsChangedByWhoKnowsTheOldOne(t *testing.T) {
	d := openDoor(t)
	d.hire("wenjing", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("wenjing", testPassword).is(200)
	put := func(before, after string) reply {
		return c.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": before, "new": after})
	}
	put("wrong", "yi tiao da yu 77").refused(401, records.CodeCredentials)
	for pw, reason := range map[string]string{
		"short": "too_few", testPassword: "same", "wenjing-wenjing-1": "personal", "Password-2026-!": "common",
	} {
		fault := put(testPassword, pw).refused(422, records.CodeWeak).Errors
		require.Len(t, fault, 1)
		require.Equal(t, reason, fault[0].Reason)
		require.NotEmpty(t, fault[0].Message)
	}
	put(testPassword, "yi tiao da yu 77").is(http.StatusNoContent)
}

func TestOnlyThoseWhoAppointSayWhoHoldsAPost(t *testing.T) {
	b := setup(t)
	body := map[string]any{"post": string(testDesk), "person": "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"}
	b.as(testDesk).post("/api/v1/holdings", body).refused(403, records.CodeForbidden)
	b.as(testSupervisor).post("/api/v1/holdings", body).refused(403, records.CodeForbidden) // its villages' only
	b.as(testSupervisor).send(http.MethodDelete, "/api/v1/holdings?post=village:379999102203/director&person=0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", nil).refused(403, records.CodeForbidden)
	b.as(testHead).post("/api/v1/holdings", with(body, "post", "village:1/x")).refused(422, cases.CodeField)
	b.as(testDesk).post("/api/v1/leave", map[string]any{"person": "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", "from": "2026-03-04T00:00:00Z", "until": "2026-03-05T00:00:00Z"}).refused(403, records.CodeForbidden)
	b.as(testDesk).post("/api/v1/leave", map[string]any{"from": "2026-03-04T00:00:00Z", "until": "2026-03-03T00:00:00Z"}).refused(422, cases.CodeField)
}
