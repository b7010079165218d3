package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/password"
)

// door is an API whose sign-in is the real one, on PostgreSQL, with people to sign in
// and addresses to come from.
type door struct {
	*bundle
	store *postgres.Store
	since *atomic.Int64 // how long after the start of the test it is
}

// cheap keeps the tests short; what costs is another package's test.
var cheap = password.Params{MemoryKiB: 8, Time: 1, Threads: 1}

func openDoor(t *testing.T, change ...func(*Config)) *door {
	t.Helper()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	d := &door{since: &atomic.Int64{}}
	start := time.Now().UTC().Truncate(time.Second)
	now := func() time.Time { return start.Add(time.Duration(d.since.Load())) }
	d.store, err = postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v, Now: now})
	require.NoError(t, err)
	t.Cleanup(d.store.Close)
	d.bundle = setup(t, append([]func(*Config){func(c *Config) {
		c.People, c.Sessions, c.Throttle, c.Accounts, c.Authenticators, c.Now = d.store, d.store, d.store, d.store, d.store, now
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}}, change...)...)
	return d
}

// later lets time pass.
func (d *door) later(by time.Duration) { d.since.Add(int64(by)) }

// cookies are what a browser keeps for the API.
func (c *caller) cookies() string {
	at, err := url.Parse(c.server.URL)
	require.NoError(c.t, err)
	return fmt.Sprint(c.client.Jar.Cookies(at))
}

// hire adds a person who holds the posts and signs in with testPassword.
func (d *door) hire(login string, posts ...cases.Post) string {
	d.t.Helper()
	hash, err := cheap.Hash(testPassword)
	require.NoError(d.t, err)
	id := uuid.NewString()
	county := postgres.County{Posts: posts, People: []postgres.SeedPerson{{Person: records.Person{ID: id, Login: login, Name: "安娜"}, Password: hash}}}
	for _, p := range posts {
		county.Holdings = append(county.Holdings, records.Holding{Post: p, Person: id})
	}
	require.NoError(d.t, d.store.Seed(d.t.Context(), county))
	return id
}

// from is a browser of its own at an address.
func (d *door) from(address string) *caller {
	c := d.anyone()
	c.client.Transport = via{address, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}
	return c
}

// via sets where requests come from.
type via struct{ address, agent string }

func (v via) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", v.address)
	r.Header.Set("User-Agent", v.agent)
	return http.DefaultTransport.RoundTrip(r)
}

func (c *caller) signIn(login, pw string) reply {
	c.t.Helper()
	return c.post("/api/v1/session", map[string]any{"login": login, "password": pw})
}

func TestAThousandGuessesFromOneAddressGetNowhereAndKeepNobodyOut(t *testing.T) {
	d := openDoor(t)
	for i := range 8 {
		d.hire("person"+strconv.Itoa(i), testDesk)
	}
	const attacker = "203.0.113.7"
	desk := d.from("198.51.100.1") // has signed in before
	desk.signIn("person0", testPassword).is(200)

	looked, refused := 0, 0
	for i := range 1000 {
		d.later(100 * time.Millisecond)
		guess := d.from(attacker).signIn("person"+strconv.Itoa(i%8), fmt.Sprintf("guess number %d", i))
		switch guess.status {
		case http.StatusUnauthorized:
			looked++
		case http.StatusTooManyRequests:
			refused++
			wait, err := strconv.Atoi(guess.header.Get("Retry-After"))
			require.NoError(t, err)
			require.Positive(t, wait)
		default:
			t.Fatalf("guess %d was answered %d", i, guess.status)
		}
		require.Empty(t, guess.header.Values("Set-Cookie"))
		if i%100 == 50 { // meanwhile everybody comes in
			d.from("198.51.100.2").signIn("person"+strconv.Itoa(i%8), testPassword).is(200) // as if for the first time
			desk.signIn("person0", testPassword).is(200)
		}
	}
	require.LessOrEqual(t, looked, 75, "60 at once, and one more every ten seconds")
	require.Equal(t, 1000, looked+refused)
	t.Logf("of 1,000 guesses %d were looked at and %d refused unseen", looked, refused)

	// Not even the right password helps there.
	for i := range 8 {
		d.from(attacker).signIn("person"+strconv.Itoa(i), testPassword).refused(429, records.CodeThrottled)
	}
	d.from("2001:db8:1:1::1").signIn("person7", testPassword).is(200)
	// Another address of the same machine's network is another one; of IPv6 it is the same.
	d.later(11 * time.Minute)
	d.from(attacker).signIn("person1", testPassword).is(200)
}

func TestAPatientGuesserKeepsNobodyOutElsewhere(t *testing.T) {
	d := openDoor(t)
	d.hire("head", testHead)
	looked := 0
	for i := range 1000 {
		d.later(90 * time.Second)
		if d.from("203.0.113.7").signIn("head", "guess number "+strconv.Itoa(i)).status == http.StatusUnauthorized {
			looked++
		}
	}
	require.Greater(t, looked, 20)
	require.LessOrEqual(t, looked, 45, "20 at once, and 20 more in a day")
	d.from("198.51.100.9").signIn("head", testPassword).is(200) // a new browser at a new address
}

func TestAPatientGuesserOfCodesKeepsNobodyOutElsewhere(t *testing.T) {
	d := openDoor(t)
	d.hire("head", testHead)
	own := d.from("198.51.100.1")
	own.signIn("head", testPassword).is(200)
	a, _ := d.enrol(own)
	for range 400 { // somebody who knows the password
		d.later(90 * time.Second)
		c := d.from("203.0.113.7")
		if c.signIn("head", testPassword).status == http.StatusOK {
			c.giveCode("000000")
		}
	}
	fresh := d.from("198.51.100.9")
	fresh.signIn("head", testPassword).is(200)
	fresh.giveCode(a.code()).is(200)
}

func TestGuessesFromManyAddressesSlowDownAndKeepNobodyFromTheirOwnBrowserOrDesk(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerDay = 30 })
	d.hire("head", testHead)
	desk := d.from("198.51.100.1")
	desk.signIn("head", testPassword).is(200)

	looked := 0
	for i := range 60 {
		if d.from(fmt.Sprintf("203.0.113.%d", i)).signIn("head", "wrong wrong wrong").status == http.StatusUnauthorized {
			looked++
		}
	}
	require.Equal(t, 30, looked)
	d.from("203.0.113.200").signIn("head", testPassword).refused(429, records.CodeThrottled)

	desk.signIn("head", testPassword).is(200)
	d.from("198.51.100.1").signIn("head", testPassword).is(200) // another browser at a known address
	moved := *desk
	client := *desk.client
	client.Transport = via{"192.0.2.55", "Mozilla/5.0"}
	moved.client = &client
	moved.signIn("head", testPassword).is(200) // the known browser anywhere
	d.from("203.0.113.201").signIn("someone", "wrong wrong wrong").refused(401, records.CodeCredentials)
}

func TestAStolenBrowserGuessesNoLongerThanAnyOther(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerAccount = 3 })
	d.hire("head", testHead)
	c := d.from("198.51.100.1")
	c.signIn("head", testPassword).is(200)
	for range 6 { // three as a known browser, three as any other
		c.signIn("head", "wrong wrong wrong").refused(401, records.CodeCredentials)
	}
	c.signIn("head", testPassword).refused(429, records.CodeThrottled)
}

func TestAnUnknownAccountIsThrottledAndAnsweredLikeAKnownOne(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerAccount = 3 })
	d.hire("head", testHead)
	answers := map[string][]string{}
	for address, login := range map[string]string{"203.0.113.1": "head", "203.0.113.2": "nobody"} {
		for range 5 {
			r := d.from(address).signIn(login, "wrong wrong wrong")
			answers[login] = append(answers[login], fmt.Sprint(r.status, string(r.body), r.header.Get("Retry-After")))
		}
	}
	require.Equal(t, answers["head"], answers["nobody"])
	require.Contains(t, answers["nobody"][2], "401")
	require.Contains(t, answers["nobody"][3], "429")
}

func TestOneAccountIsOneAccountHoweverItIsTyped(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerAccount = 2 })
	d.hire("head", testHead)
	d.from("203.0.113.1").signIn("HEAD", "wrong wrong wrong").refused(401, records.CodeCredentials)
	d.from("203.0.113.1").signIn(" ｈｅａｄ ", "wrong wrong wrong").refused(401, records.CodeCredentials)
	d.from("203.0.113.1").signIn("Head", testPassword).refused(429, records.CodeThrottled)
}

func TestRightPasswordsDoNotUseUpAttempts(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerAccount, c.Limits.SignInPerAddress = 2, 3 })
	d.hire("head", testHead)
	for range 6 {
		d.from("203.0.113.1").signIn("head", testPassword).is(200)
	}
}

func TestGuessesAreCountedByAllProcessesTogether(t *testing.T) {
	d := openDoor(t, func(c *Config) { c.Limits.SignInPerAccount = 4 })
	d.hire("head", testHead)
	other := *d
	config := d.config
	config.Metrics = nil
	other.bundle = setup(t, func(c *Config) { *c = config })
	looked := 0
	for i := range 10 {
		if []*door{d, &other}[i%2].from("203.0.113.1").signIn("head", "wrong wrong wrong").status == http.StatusUnauthorized {
			looked++
		}
	}
	require.Equal(t, 4, looked)
}

func TestASessionEndsWhenItIsLeftAlone(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	d.hire("village", testDirector)
	phone := via{"198.51.100.1", "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"}

	desk, deskPhone, villagePhone := d.from("198.51.100.1"), d.anyone(), d.anyone()
	deskPhone.client.Transport, villagePhone.client.Transport = phone, phone
	require.EqualValues(t, 30*60, desk.signIn("desk", testPassword).is(200)["idle_seconds"])
	deskPhone.signIn("desk", testPassword).is(200)
	require.EqualValues(t, 2*60*60, villagePhone.signIn("village", testPassword).is(200)["idle_seconds"])

	for range 3 { // used, it stays
		d.later(29 * time.Minute)
		desk.get("/api/v1/me").is(200)
	}
	deskPhone.get("/api/v1/me").refused(401, records.CodeSignIn) // the whole city is not left lying about
	villagePhone.get("/api/v1/me").is(200)
	d.later(31 * time.Minute)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn)
	d.later(-31 * time.Minute)
	desk.get("/api/v1/me").refused(401, records.CodeSignIn) // it has ended, and not only been refused
	d.later(121 * time.Minute)
	villagePhone.get("/api/v1/me").refused(401, records.CodeSignIn)
}

func TestASessionEndsAfterTwelveHoursHoweverMuchItIsUsed(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	for range 12*3 - 1 {
		d.later(20 * time.Minute)
		c.get("/api/v1/me").is(200)
	}
	d.later(20 * time.Minute)
	c.get("/api/v1/me").refused(401, records.CodeSignIn)
}

func TestSigningInAgainEndsTheSessionBefore(t *testing.T) {
	d := openDoor(t)
	id := d.hire("desk", testDesk)
	c := d.from("198.51.100.1")
	c.signIn("desk", testPassword).is(200)
	before := c.cookies()
	c.signIn("desk", testPassword).is(200)
	open, err := d.store.SessionsOf(t.Context(), id, d.config.Now())
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.NotEqual(t, before, c.cookies())
}

func TestASessionKeepsWhatKindOfDeviceAndNetworkItIsFromAndNoMore(t *testing.T) {
	d := openDoor(t)
	id := d.hire("desk", testDesk)
	d.from("198.51.100.77").signIn("desk", testPassword).is(200)
	d.from("2001:db8:aaaa:bbbb::1").signIn("desk", testPassword).is(200)
	open, err := d.store.SessionsOf(t.Context(), id, d.config.Now())
	require.NoError(t, err)
	require.Len(t, open, 2)
	for _, s := range open {
		require.Equal(t, "computer", s.Device)
		require.Equal(t, "chrome", s.Browser)
		require.Contains(t, []string{"198.51.0.0/16", "2001:db8::/32"}, s.Address)
	}
}

func TestAgentsAreToldByTheirClass(t *testing.T) {
	for agent, want := range map[string][2]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0":               {"computer", "edge"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15":               {"computer", "safari"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50": {"phone", "wechat"},
		"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1":       {"tablet", "chrome"},
		"Mozilla/5.0 (Linux; Android 14; Pixel Tablet) AppleWebKit/537.36 Chrome/140.0 Safari/537.36":                     {"tablet", "chrome"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                          {"computer", "firefox"},
		"curl/8.0": {"other", "other"},
		"":         {"other", "other"},
	} {
		device, browser := agentOf(agent)
		require.Equal(t, want, [2]string{device, browser}, agent)
	}
}

func TestChangingThePasswordEndsTheOtherSessions(t *testing.T) {
	d := openDoor(t)
	d.hire("desk", testDesk)
	here, there := d.from("198.51.100.1"), d.from("198.51.100.2")
	here.signIn("desk", testPassword).is(200)
	there.signIn("desk", testPassword).is(200)
	here.send(http.MethodPut, "/api/v1/me/password", map[string]any{"old": testPassword, "new": "yi tiao da yu 77"}).is(204)
	here.get("/api/v1/me").is(200)
	there.get("/api/v1/me").refused(401, records.CodeSignIn)
	there.signIn("desk", testPassword).refused(401, records.CodeCredentials)
	there.signIn("desk", "yi tiao da yu 77").is(200)
}
