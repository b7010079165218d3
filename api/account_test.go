package api

import (
	"encoding/base32"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/audit"
)

var (
	testSysAdmin = cases.NewPost(testCity, cases.RoleSystemAdmin)
	testSecAdmin = cases.NewPost(testCity, cases.RoleSecAdmin)
)

// app is somebody's authenticator.
type app struct {
	d      *door
	secret string
}

// code is what the app shows now.
func (a app) code() string {
	code, err := totp.GenerateCode(a.secret, a.d.config.Now())
	require.NoError(a.d.t, err)
	return code
}

// enrol gives somebody who is signed in an app, and gives the recovery codes.
func (d *door) enrol(c *caller) (app, []string) {
	d.t.Helper()
	begun := c.post("/api/v1/me/second-factor", nil).is(200)
	a := app{d, strings.ReplaceAll(begun["secret"].(string), " ", "")}
	require.Contains(d.t, begun["uri"], "secret="+a.secret)
	var codes []string
	for _, code := range c.send(http.MethodPut, "/api/v1/me/second-factor", map[string]any{"code": a.code()}).is(200)["codes"].([]any) {
		codes = append(codes, code.(string))
	}
	require.Len(d.t, codes, 10)
	d.later(30 * time.Second) // the app shows another
	return a, codes
}

func (c *caller) giveCode(code string) reply {
	c.t.Helper()
	return c.post("/api/v1/session/second-factor", map[string]any{"code": code})
}

// needs is of every operation that somebody on the way in may not use yet.
func (c *caller) needs(code cases.Code) {
	c.t.Helper()
	for _, path := range []string{"/api/v1/cases", "/api/v1/obligations", "/api/v1/me/sessions", "/api/v1/notices", "/api/v1/people", "/api/v1/stream"} {
		c.get(path).refused(403, code)
	}
	require.Equal(c.t, string(code), c.get("/api/v1/me").is(200)["state"])
}

// chain are the actions of a person's audit chain, which is whole.
func (d *door) chain(person string) []string {
	d.t.Helper()
	var out []string
	var last audit.Row
	for row, err := range d.store.AuditRows(d.t.Context(), "person:"+person) {
		require.NoError(d.t, err)
		require.Equal(d.t, last.Seq+1, row.Seq)
		out, last = append(out, row.Action), row
	}
	return out
}

func required(c *Config) { c.SecondFactor = SecondFactorRequired }

func TestThoseWhoSeeTheWholeCityMustEnrolASecondFactorFirst(t *testing.T) {
	d := openDoor(t, required)
	id := d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	me := c.signIn("desk", testPassword).is(200)
	require.Equal(t, "second_factor_enrolment_needed", me["state"])
	require.Equal(t, true, me["second_factor_required"])
	require.Empty(t, me["posts"])
	c.needs(records.CodeEnrolment)
	c.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": testPassword, "new": "yi tiao da yu 77"}).refused(403, records.CodeEnrolment)
	require.Equal(t, false, c.get("/api/v1/me/second-factor").is(200)["enrolled"])

	c.send(http.MethodPut, "/api/v1/me/second-factor", map[string]any{"code": "000000"}).refused(409, cases.CodeConflict) // nothing is prepared
	d.enrol(c)
	me = c.get("/api/v1/me").is(200)
	require.Equal(t, "signed_in", me["state"])
	require.Len(t, me["posts"], 1)
	require.Equal(t, []string{"second_factor_enrolled"}, d.chain(id))
	require.EqualValues(t, 10, c.get("/api/v1/me/second-factor").is(200)["recovery_codes"])
	c.send(http.MethodDelete, "/api/v1/me/second-factor", nil).refused(409, cases.CodeConflict) // not where it is required
}

func TestADeputyOnCallNeedsTheSecondFactorBeforeTheColleagueGoesOnLeave(t *testing.T) {
	d := openDoor(t, required)
	holder, deputy := d.hire("holder", testDesk), d.hire("deputy")
	require.NoError(t, d.store.Hold(t.Context(), records.Access{Posts: []cases.Post{testHead}}, records.Holding{Post: testDesk, Person: deputy, Deputy: true}))
	d.later(time.Second)
	c := d.from("198.51.100.1")
	require.Equal(t, "second_factor_enrolment_needed", c.signIn("deputy", testPassword).is(200)["state"])
	require.NotEqual(t, holder, deputy)
}

func TestAVillageDirectorSignsInWithAPasswordAloneUnlessTheyChooseOtherwise(t *testing.T) {
	d := openDoor(t, required)
	d.hire("village", testDirector)
	c := d.from("198.51.100.1")
	require.Equal(t, "signed_in", c.signIn("village", testPassword).is(200)["state"])
	a, _ := d.enrol(c)
	require.Equal(t, "second_factor_needed", c.signIn("village", testPassword).is(200)["state"])
	c.giveCode(a.code()).is(200)
	c.send(http.MethodDelete, "/api/v1/me/second-factor", nil).is(204)
	require.Equal(t, "signed_in", c.signIn("village", testPassword).is(200)["state"])
}

func TestTheSecondFactorIsAskedAfterThePasswordAndTellsNothingBefore(t *testing.T) {
	d := openDoor(t)
	id := d.hire("desk", testDesk)
	first := d.from("198.51.100.1")
	first.signIn("desk", testPassword).is(200)
	a, _ := d.enrol(first)

	c := d.from("198.51.100.2")
	r := c.signIn("desk", testPassword)
	me := r.is(200)
	require.Equal(t, "second_factor_needed", me["state"])
	require.Equal(t, "", me["person"])
	require.Equal(t, "", me["name"])
	require.NotContains(t, string(r.body), id)
	require.Len(t, r.header.Values("Set-Cookie"), 1, "the browser is not known yet")
	c.needs(records.CodeSecondFactor)
	c.get("/api/v1/me/second-factor").refused(403, records.CodeSecondFactor)
	c.post("/api/v1/me/second-factor", nil).refused(403, records.CodeSecondFactor)

	c.giveCode("000000").refused(422, records.CodeWrongCode)
	given := c.giveCode(a.code())
	me = given.is(200)
	require.Equal(t, "signed_in", me["state"])
	require.Equal(t, "desk", me["login"])
	require.Len(t, given.header.Values("Set-Cookie"), 1, "now it is")
	c.get("/api/v1/me/sessions").is(200)
	c.giveCode(a.code()).refused(409, cases.CodeConflict)
	require.Equal(t, true, c.get("/api/v1/me/sessions").is(200)["items"].([]any)[0].(map[string]any)["second_factor"])
}

func TestACodeIsUsedOnce(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	a, _ := d.enrol(c)
	code := a.code()
	c.signIn("desk", testPassword).is(200)
	c.giveCode(code).is(200)

	other := d.from("198.51.100.2") // somebody looked over a shoulder
	other.signIn("desk", testPassword).is(200)
	other.giveCode(code).refused(422, records.CodeWrongCode)
	d.later(-30 * time.Second)
	before := a.code()
	d.later(30 * time.Second)
	other.giveCode(before).refused(422, records.CodeWrongCode) // nor one from before it
	other.needs(records.CodeSecondFactor)
	d.later(30 * time.Second)
	other.giveCode(a.code()).is(200)
}

func TestARecoveryCodeOpensOnceAndIsReplacedWithTheOthers(t *testing.T) {
	d := openDoor(t)
	id := d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	_, codes := d.enrol(c)

	c.signIn("desk", testPassword).is(200)
	c.giveCode(strings.ToLower(codes[3])).is(200)
	require.EqualValues(t, 9, c.get("/api/v1/me/second-factor").is(200)["recovery_codes"])
	c.signIn("desk", testPassword).is(200)
	c.giveCode(codes[3]).refused(422, records.CodeWrongCode)
	c.giveCode(codes[4]).is(200)

	fresh := c.post("/api/v1/me/recovery-codes", nil).is(200)["codes"].([]any)
	require.Len(t, fresh, 10)
	c.signIn("desk", testPassword).is(200)
	c.giveCode(codes[5]).refused(422, records.CodeWrongCode)
	c.giveCode(fresh[0].(string)).is(200)
	require.Equal(t, []string{"second_factor_enrolled", "recovery_code_used", "recovery_code_used", "recovery_codes_renewed", "recovery_code_used"}, d.chain(id))
}

func TestTheSecondFactorIsNotGuessed(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.CodePerDay = 20 })
	d.hire("desk", testDesk)
	own := d.from("198.51.100.1")
	own.signIn("desk", testPassword).is(200)
	a, _ := d.enrol(own)

	looked := 0
	for i := range 60 { // the password is known to them, and they have many addresses
		c := d.from("203.0.113." + string(rune('1'+i%9)))
		c.signIn("desk", testPassword).is(200)
		if c.giveCode("000000").status == http.StatusUnprocessableEntity {
			looked++
		}
	}
	require.Equal(t, 20, looked)
	c := d.from("203.0.113.77")
	c.signIn("desk", testPassword).is(200)
	c.giveCode(a.code()).refused(429, records.CodeThrottled)

	own.signIn("desk", testPassword).is(200)
	own.giveCode(a.code()).is(200)
}

func TestHowOneSignsInIsChangedSoonAfterSigningInOnly(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	a, _ := d.enrol(c)
	d.later(11 * time.Minute) // a screen is left open
	c.get("/api/v1/cases").is(200)
	c.post("/api/v1/me/second-factor", nil).refused(403, records.CodeSignInAgain)
	c.send(http.MethodPut, "/api/v1/me/second-factor", map[string]any{"code": a.code()}).refused(403, records.CodeSignInAgain)
	c.send(http.MethodDelete, "/api/v1/me/second-factor", nil).refused(403, records.CodeSignInAgain)
	c.post("/api/v1/me/recovery-codes", nil).refused(403, records.CodeSignInAgain)
}

func TestANewAppTakesThePlaceOfTheOldOnlyWithItsFirstCode(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	c, elsewhere := d.from("198.51.100.1"), d.from("198.51.100.2")
	c.signIn("desk", testPassword).is(200)
	elsewhere.signIn("desk", testPassword).is(200)
	old, _ := d.enrol(c)
	elsewhere.get("/api/v1/me").refused(401, records.CodeSignIn) // it ended with the enrolment

	c.post("/api/v1/me/second-factor", nil).is(200) // begun and not ended
	c.signIn("desk", testPassword).is(200)
	c.giveCode(old.code()).is(200)
	d.later(30 * time.Second)
	fresh, _ := d.enrol(c)
	c.signIn("desk", testPassword).is(200)
	c.giveCode(old.code()).refused(422, records.CodeWrongCode)
	c.giveCode(fresh.code()).is(200)
}

func TestASecretIsNowhereInClear(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	a, codes := d.enrol(c)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(a.secret)
	require.NoError(t, err)
	for _, table := range []string{"second_factor", "recovery_code", "session", "known_mark", "throttle", "sign_in", "audit", "person"} {
		var dump string
		require.NoError(t, d.store.Pool().QueryRow(t.Context(), `SELECT coalesce(string_agg(x::text, E'\n'), '') FROM `+table+` x`).Scan(&dump))
		if table != "throttle" {
			require.NotEmpty(t, dump, table)
		}
		for _, secret := range []string{a.secret, codes[0], strings.ReplaceAll(codes[0], "-", ""), hex.EncodeToString(raw), hex.EncodeToString([]byte(a.secret)), hex.EncodeToString([]byte(codes[0])), "198.51.100.1"} {
			require.NotContains(t, strings.ToLower(dump), strings.ToLower(secret), table)
		}
	}
}

func TestOneSeesWhereOneIsSignedInAndEndsIt(t *testing.T) {
	d := openDoor(t)
	id := d.hire("desk", testDesk)
	d.hire("other", testManager)
	here, there, stranger := d.from("198.51.100.1"), d.from("203.0.113.1"), d.from("198.51.100.3")
	here.signIn("desk", testPassword).is(200)
	d.later(2 * time.Minute)
	there.signIn("desk", testPassword).is(200)
	stranger.signIn("other", testPassword).is(200)

	rows := here.get("/api/v1/me/sessions").is(200)["items"].([]any)
	require.Len(t, rows, 2)
	newest, own := rows[0].(map[string]any), rows[1].(map[string]any)
	require.Equal(t, false, newest["current"])
	require.Equal(t, "203.0.0.0/16", newest["network"])
	require.Equal(t, true, own["current"])
	require.Equal(t, "computer", own["device"])
	require.Equal(t, "password", own["method"])

	stranger.send(http.MethodDelete, "/api/v1/me/sessions/"+newest["id"].(string), nil).refused(404, cases.CodeNotFound)
	there.get("/api/v1/me").is(200)
	here.send(http.MethodDelete, "/api/v1/me/sessions/"+newest["id"].(string), nil).is(204)
	there.get("/api/v1/me").refused(401, records.CodeSignIn)

	there.signIn("desk", testPassword).is(200)
	here.send(http.MethodDelete, "/api/v1/me/sessions", nil).is(204)
	there.get("/api/v1/me").refused(401, records.CodeSignIn)
	here.get("/api/v1/me").is(200)
	require.Equal(t, []string{"sessions_ended"}, d.chain(id))
}

func TestAnAdministratorKeepsAccountsAndNothingElse(t *testing.T) {
	d := openDoor(t)
	admin, sec, desk := d.from("198.51.100.1"), d.from("198.51.100.2"), d.from("198.51.100.3")
	adminID, secID := d.hire("sysadmin", testSysAdmin), d.hire("secadmin", testSecAdmin)
	deskID := d.hire("desk", testDesk)
	admin.signIn("sysadmin", testPassword).is(200)
	sec.signIn("secadmin", testPassword).is(200)
	desk.signIn("desk", testPassword).is(200)

	of := func(c *caller, method, what string, body any) reply {
		return c.send(method, "/api/v1/people/"+deskID+what, body)
	}
	desk.get("/api/v1/people").refused(403, records.CodeForbidden)
	sec.get("/api/v1/people").is(200)
	for _, c := range []*caller{desk, sec} {
		c.post("/api/v1/people", map[string]any{"login": "new", "name": "新人"}).refused(403, records.CodeForbidden)
		of(c, http.MethodPost, "/password-reset", nil).refused(403, records.CodeForbidden)
		of(c, http.MethodPut, "/active", map[string]any{"active": false}).refused(403, records.CodeForbidden)
	}
	of(desk, http.MethodDelete, "/sessions", nil).refused(403, records.CodeForbidden)
	for _, c := range []*caller{desk, admin} { // it takes two administrators to enter as somebody else
		of(c, http.MethodDelete, "/second-factor", nil).refused(403, records.CodeForbidden)
	}

	own := "/api/v1/people/" + adminID
	admin.post(own+"/password-reset", nil).refused(422, records.CodeOwnAccount)
	sec.send(http.MethodDelete, "/api/v1/people/"+secID+"/second-factor", nil).refused(422, records.CodeOwnAccount)
	admin.send(http.MethodPut, own+"/active", map[string]any{"active": false}).refused(422, records.CodeOwnAccount)
	nobody := "/api/v1/people/0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"
	admin.post(nobody+"/password-reset", nil).refused(404, cases.CodeNotFound)
	sec.send(http.MethodDelete, nobody+"/second-factor", nil).refused(404, cases.CodeNotFound)
	admin.send(http.MethodDelete, nobody+"/sessions", nil).refused(404, cases.CodeNotFound)

	of(sec, http.MethodDelete, "/sessions", nil).is(204)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn)
	desk.signIn("desk", testPassword).is(200)
	of(admin, http.MethodPut, "/active", map[string]any{"active": false}).is(204)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn)
	desk.signIn("desk", testPassword).refused(401, records.CodeCredentials)
	of(admin, http.MethodPut, "/active", map[string]any{"active": true}).is(204)
	desk.signIn("desk", testPassword).is(200)
	require.Equal(t, []string{"sessions_ended", "person_deactivated", "person_activated"}, d.chain(deskID))
}

func TestAPasswordFromAnAdministratorOpensTheDoorToChoosingAnother(t *testing.T) {
	d := openDoor(t)
	d.hire("sysadmin", testSysAdmin)
	deskID := d.hire("desk", testDesk)
	admin, desk := d.from("198.51.100.1"), d.from("198.51.100.3")
	admin.signIn("sysadmin", testPassword).is(200)
	desk.signIn("desk", testPassword).is(200)

	given := admin.post("/api/v1/people/"+deskID+"/password-reset", nil).is(200)["password"].(string)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn)
	desk.signIn("desk", testPassword).refused(401, records.CodeCredentials)
	require.Equal(t, "password_change_needed", desk.signIn("desk", given).is(200)["state"])
	desk.needs(records.CodePasswordChange)
	put := func(pw string) reply {
		return desk.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": given, "new": pw})
	}
	put(given).refused(422, records.CodeWeak)
	put("yi tiao da yu 77").is(204)
	require.Equal(t, "signed_in", desk.get("/api/v1/me").is(200)["state"])
	desk.get("/api/v1/people").refused(403, records.CodeForbidden)
	require.Equal(t, []string{"password_reset", "password_changed"}, d.chain(deskID))

	// One that nobody used in three days is none.
	given = admin.post("/api/v1/people/"+deskID+"/password-reset", nil).is(200)["password"].(string)
	d.later(72*time.Hour + time.Second)
	desk.signIn("desk", given).refused(401, records.CodeCredentials)
}

// waits reads whether an account's posts wait for a second administrator, and why.
func waits(c *caller, login string) (row map[string]any, waits bool) {
	c.t.Helper()
	for _, item := range c.get("/api/v1/people?unconfirmed=true").is(200)["items"].([]any) {
		if row := item.(map[string]any); row["login"] == login {
			return row["unconfirmed"].(map[string]any), true
		}
	}
	return nil, false
}

func TestNoSystemAdministratorEntersAloneAsSomebodyTheyPutIntoAPost(t *testing.T) {
	d := openDoor(t)
	d.hire("sysadmin", testSysAdmin)
	secID := d.hire("secadmin", testSecAdmin)
	admin, sec, fresh := d.from("198.51.100.1"), d.from("198.51.100.2"), d.from("198.51.100.3")
	admin.signIn("sysadmin", testPassword).is(200)
	sec.signIn("secadmin", testPassword).is(200)
	confirm := func(c *caller, ids ...string) reply {
		return c.post("/api/v1/people/confirmations", map[string]any{"persons": ids})
	}

	made := admin.post("/api/v1/people", map[string]any{"login": "puppet", "name": "某某"}).is(201)
	id, given := made["person"].(string), made["password"].(string)
	admin.post("/api/v1/holdings", map[string]any{"post": testHead, "person": id, "deputy": true}).is(204)
	d.later(time.Second)
	fresh.signIn("puppet", given).is(200)
	confirm(sec, id).refused(422, cases.CodeField) // whoever gave the password knows it
	fresh.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": given, "new": "yi tiao da yu 77"}).is(204)
	d.enrol(fresh)
	me := fresh.get("/api/v1/me").is(200)
	require.Equal(t, "signed_in", me["state"])
	require.Equal(t, true, me["unconfirmed"])
	require.Empty(t, me["posts"])
	fresh.get("/api/v1/health").refused(403, records.CodeForbidden)
	// Nor does another password make the second factor of the first hour a proof.
	given = admin.post("/api/v1/people/"+id+"/password-reset", nil).is(200)["password"].(string)
	row, ok := waits(sec, "puppet")
	require.True(t, ok)
	require.Equal(t, "account", row["how"])
	require.Equal(t, false, row["ready"])
	require.Equal(t, string(testHead), row["posts"].([]any)[0].(map[string]any)["post"])
	confirm(admin, id).refused(403, records.CodeForbidden)
	fresh.signIn("puppet", given).is(200)
	require.Empty(t, fresh.get("/api/v1/me").is(200)["posts"])

	confirm(sec, id, secID).refused(422, cases.CodeField) // all or none
	d.later(72 * time.Hour)
	sec.signIn("secadmin", testPassword).is(200)
	confirm(sec, id, secID).is(204)
	confirm(sec, id).is(204) // again: nothing is left to confirm
	_, ok = waits(sec, "puppet")
	require.False(t, ok)
	require.Equal(t, []string{"person_added", "password_changed", "second_factor_enrolled", "password_reset", "account_confirmed"}, d.chain(id))
	who, err := d.store.PersonByID(t.Context(), id, d.config.Now())
	require.NoError(t, err)
	require.Equal(t, []cases.Post{testHead}, who.Posts)
}

func TestAPasswordOrLinkGivenToSomebodyInAPostWaitsForASecondAdministrator(t *testing.T) {
	d := openDoor(t)
	d.hire("sysadmin", testSysAdmin)
	d.hire("secadmin", testSecAdmin)
	plain, guarded := d.hire("plain", testDesk), d.hire("guarded", testDesk)
	admin, sec, c := d.from("198.51.100.1"), d.from("198.51.100.2"), d.from("198.51.100.3")
	admin.signIn("sysadmin", testPassword).is(200)
	sec.signIn("secadmin", testPassword).is(200)
	posts := func(id string) int {
		who, err := d.store.PersonByID(t.Context(), id, d.config.Now())
		require.NoError(t, err)
		return len(who.Posts)
	}
	c.signIn("guarded", testPassword).is(200)
	d.enrol(c)
	d.later(time.Minute)

	admin.post("/api/v1/people/"+plain+"/password-reset", nil).is(200)
	require.Zero(t, posts(plain), "nothing else keeps the administrator out")
	given := admin.post("/api/v1/people/"+guarded+"/password-reset", nil).is(200)["password"].(string)
	require.Equal(t, 1, posts(guarded), "the second factor does")
	sec.send(http.MethodDelete, "/api/v1/people/"+guarded+"/second-factor", nil).is(204)
	require.Zero(t, posts(guarded), "and now it does not")
	sec.post("/api/v1/people/confirmations", map[string]any{"persons": []string{guarded}}).refused(422, cases.CodeField)
	c.signIn("guarded", given).is(200)
	c.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": given, "new": "yi tiao da yu 77"}).is(204)
	sec.post("/api/v1/people/confirmations", map[string]any{"persons": []string{guarded}}).is(204)
	require.Equal(t, 1, posts(guarded))

	// Whoever came in by their own second factor has taken the account over: no second is needed.
	d.later(time.Minute)
	c.signIn("guarded", "yi tiao da yu 77").is(200)
	a, _ := d.enrol(c)
	d.later(time.Minute)
	given = admin.post("/api/v1/people/"+guarded+"/password-reset", nil).is(200)["password"].(string)
	c.signIn("guarded", given).is(200)
	c.giveCode(a.code()).is(200)
	c.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": given, "new": "er tiao da yu 88"}).is(204)
	d.later(time.Minute)
	sec.send(http.MethodDelete, "/api/v1/people/"+guarded+"/second-factor", nil).is(204)
	require.Equal(t, 1, posts(guarded))
	require.NoError(t, d.store.Link(t.Context(), records.Access{Person: plain}, guarded, "city", "u-1"))
	require.Zero(t, posts(guarded), "a provider may vouch for a second factor of its own")
}

func TestTheSecondFactorComesBeforeTheChangeOfAPasswordThatAnAdministratorKnows(t *testing.T) {
	d := openDoor(t)
	d.hire("sysadmin", testSysAdmin)
	deskID := d.hire("desk", testDesk)
	admin, desk := d.from("198.51.100.1"), d.from("198.51.100.3")
	admin.signIn("sysadmin", testPassword).is(200)
	desk.signIn("desk", testPassword).is(200)
	a, _ := d.enrol(desk)

	given := admin.post("/api/v1/people/"+deskID+"/password-reset", nil).is(200)["password"].(string)
	require.Equal(t, "second_factor_needed", admin.signIn("desk", given).is(200)["state"])
	admin.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": given, "new": "yi tiao da yu 77"}).refused(403, records.CodeSecondFactor)
	desk.signIn("desk", given).is(200)
	require.Equal(t, "password_change_needed", desk.giveCode(a.code()).is(200)["state"])
}

func TestALostAuthenticatorIsTakenAwayByAnAdministrator(t *testing.T) {
	d := openDoor(t, required)
	d.hire("secadmin", testSecAdmin)
	deskID := d.hire("desk", testDesk)
	sec, desk := d.from("198.51.100.1"), d.from("198.51.100.3")
	sec.signIn("secadmin", testPassword).is(200)
	d.enrol(sec)
	desk.signIn("desk", testPassword).is(200)
	_, codes := d.enrol(desk)

	sec.send(http.MethodDelete, "/api/v1/people/"+deskID+"/second-factor", nil).is(204)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn)
	require.Equal(t, "second_factor_enrolment_needed", desk.signIn("desk", testPassword).is(200)["state"])
	d.enrol(desk)
	desk.signIn("desk", testPassword).is(200)
	desk.giveCode(codes[0]).refused(422, records.CodeWrongCode)
	require.Equal(t, []string{"second_factor_enrolled", "second_factor_dropped", "second_factor_enrolled"}, d.chain(deskID))
}

func TestAPersonIsAddedAndComesInWithTheirOwnPassword(t *testing.T) {
	d := openDoor(t)
	d.hire("sysadmin", testSysAdmin)
	admin, fresh := d.from("198.51.100.1"), d.from("198.51.100.3")
	admin.signIn("sysadmin", testPassword).is(200)
	body := map[string]any{"login": "Xin.Ren", "name": "辛仁", "phone": "139 0000 0123"}
	made := admin.post("/api/v1/people", body).is(201)
	admin.post("/api/v1/people", with(body, "login", "xin.ren")).refused(409, cases.CodeConflict)
	admin.post("/api/v1/people", with(body, "login", "辛仁")).refused(422, cases.CodeField)
	admin.post("/api/v1/people", with(body, "login", "13900000123")).refused(422, cases.CodeField)
	admin.post("/api/v1/people", with(body, "login", "379999197806010019")).refused(422, cases.CodeField)
	admin.post("/api/v1/people", with(body, "name", "  ")).refused(422, cases.CodeField)

	require.Equal(t, "password_change_needed", fresh.signIn("xin.ren", made["password"].(string)).is(200)["state"])
	fault := fresh.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": made["password"], "new": "xin.ren13900000123"}).refused(422, records.CodeWeak)
	require.Equal(t, "personal", fault.Errors[0].Reason)
	fresh.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": made["password"], "new": "yi tiao da yu 77"}).is(204)
	require.Equal(t, "辛仁", fresh.get("/api/v1/me").is(200)["name"])

	rows := admin.get("/api/v1/people?limit=1").is(200)
	require.Equal(t, "sysadmin", rows["items"].([]any)[0].(map[string]any)["login"])
	row := admin.get("/api/v1/people?limit=1&cursor=" + rows["next"].(string)).is(200)["items"].([]any)[0].(map[string]any)
	require.Equal(t, "xin.ren", row["login"])
	require.Equal(t, "辛仁", row["name"])
	require.NotContains(t, row, "temporary")
	require.NotEmpty(t, row["last_sign_in"])
	admin.get("/api/v1/people?cursor=%21").refused(400, records.CodeCursor)
	admin.get("/api/v1/people?cursor=x").refused(400, records.CodeCursor)
}
