package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/casework"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/password"
)

const (
	testVillage cases.Org = "379999101203"
	testCity    cases.Org = "379999000000"
)

var (
	testDesk       = cases.NewPost(testCity, cases.RoleDesk)
	testManager    = cases.NewPost(testCity, cases.RoleManager)
	testHead       = cases.NewPost(testCity, cases.RoleHead)
	testSupervisor = cases.NewPost(testVillage.Town(), cases.RoleSupervisor)
	testDirector   = cases.NewPost(testVillage, cases.RoleDirector)
	testJustice    = cases.UnitPost("justice", cases.RoleLiaison)
)

// bundle is an API over fakes: what a test does not set panics, which is a 500.
type bundle struct {
	t        *testing.T
	config   Config
	book     *book
	people   *people
	receipts *fakeReceipts
	filings  *fakeFilings
	worklist *fakeWorklist
	health   *fakeHealth
	audit    *fakeAudit
	searches *fakeSearches
	glasses  *fakeGlasses
	log      *observer.ObservedLogs
	server   *httptest.Server
	now      time.Time
}

func setup(t *testing.T, change ...func(*Config)) *bundle {
	t.Helper()
	rules, err := policy.Load("anqiu")
	require.NoError(t, err)
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "vault.json")})
	require.NoError(t, err)
	core, log := observer.New(zap.DebugLevel)
	b := &bundle{
		t: t, log: log, now: time.Date(2026, 3, 4, 1, 0, 0, 0, time.UTC),
		people: newPeople(t), receipts: &fakeReceipts{}, filings: &fakeFilings{rules: rules}, worklist: &fakeWorklist{}, health: &fakeHealth{}, audit: &fakeAudit{}, searches: &fakeSearches{}, glasses: &fakeGlasses{},
	}
	b.book = &book{rules: rules, now: func() time.Time { return b.now }, rows: map[string]records.CommandRow{}, bodies: map[string][32]byte{}}
	b.config = Config{
		Filings: b.filings, Receipts: b.receipts, Cases: b.book, Worklist: b.worklist, People: b.people, Health: b.health, Audit: b.audit, Searches: b.searches, Glasses: b.glasses,
		Engine: b.book, Receipt: v.Receipts(), City: testCity,
		Sessions: &fakeSessions{people: b.people}, Throttle: openThrottle{}, SecondFactor: SecondFactorOffered,
		Limits: Limits{ReceiptPerAddress: -1, ReportPerAddress: -1},
		Log:    zap.New(core), Now: func() time.Time { return b.now },
	}
	for _, c := range change {
		c(&b.config)
	}
	b.server = httptest.NewServer(New(b.config))
	t.Cleanup(b.server.Close)
	return b
}

// caller is a browser of its own.
type caller struct {
	*bundle
	client *http.Client
}

func (b *bundle) anyone() *caller {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &caller{b, &http.Client{Jar: jar}}
}

// as signs in somebody who holds the posts.
func (b *bundle) as(posts ...cases.Post) *caller {
	b.t.Helper()
	c := b.anyone()
	login := b.people.add(posts...)
	c.post("/api/v1/session", map[string]any{"login": login, "password": testPassword}).is(http.StatusOK)
	return c
}

// reply is what came back.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (c *caller) send(method, path string, body any, headers ...string) reply {
	c.t.Helper()
	var in io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(body)
	default:
		src, err := json.Marshal(body)
		require.NoError(c.t, err)
		in = bytes.NewReader(src)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+path, in)
	require.NoError(c.t, err)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.client.Do(r)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return reply{c.t, resp.StatusCode, resp.Header, out}
}

func (c *caller) get(path string, headers ...string) reply {
	return c.send(http.MethodGet, path, nil, headers...)
}

func (c *caller) post(path string, body any, headers ...string) reply {
	return c.send(http.MethodPost, path, body, headers...)
}

func keyed(key string) []string { return []string{"Idempotency-Key", key} }

// is requires a status and gives the body.
func (r reply) is(status int) map[string]any {
	r.t.Helper()
	require.Equal(r.t, status, r.status, string(r.body))
	var out map[string]any
	if len(r.body) > 0 {
		require.NoError(r.t, json.Unmarshal(r.body, &out), string(r.body))
	}
	return out
}

// refused requires a problem and gives it.
func (r reply) refused(status int, code cases.Code) Problem {
	r.t.Helper()
	require.Equal(r.t, status, r.status, string(r.body))
	require.Equal(r.t, "application/problem+json", r.header.Get("Content-Type"))
	var p Problem
	require.NoError(r.t, json.Unmarshal(r.body, &p), string(r.body))
	require.Equal(r.t, problemCode(code), p.Code)
	require.Equal(r.t, status, p.Status)
	require.NotEmpty(r.t, p.Title)
	require.NotEmpty(r.t, p.Detail)
	return p
}

const testPassword = "correct horse battery"

// people are persons by login and id.
type people struct {
	records.People
	hash    string
	byLogin map[string]records.Person
	fail    error
	tries   []string
}

func newPeople(t testing.TB) *people {
	hash, err := password.Params{MemoryKiB: 64, Time: 1, Threads: 1}.Hash(testPassword)
	require.NoError(t, err)
	return &people{hash: hash, byLogin: map[string]records.Person{}}
}

func (p *people) add(posts ...cases.Post) string {
	login := "u" + uuid.NewString()
	p.byLogin[login] = records.Person{ID: uuid.NewString(), Login: login, Name: "某人", Posts: posts, Active: true}
	return login
}

// only gives the id of the one person there is.
func (p *people) only() string {
	for _, who := range p.byLogin {
		return who.ID
	}
	return ""
}

func (p *people) Credentials(_ context.Context, login string) (records.Person, string, error) {
	if p.fail != nil {
		return records.Person{}, "", p.fail
	}
	who, ok := p.byLogin[login]
	if !ok {
		return records.Person{}, "", cases.Refuse(records.CodeCredentials)
	}
	return who, p.hash, nil
}

func (p *people) PersonByID(_ context.Context, id string, _ time.Time) (records.Person, error) {
	if p.fail != nil {
		return records.Person{}, p.fail
	}
	for _, who := range p.byLogin {
		if who.ID == id {
			return who, nil
		}
	}
	return records.Person{}, cases.Refuse(cases.CodeNotFound)
}

func (p *people) SetPassword(_ context.Context, _, hash string) error {
	p.hash = hash
	return nil
}

func (p *people) RecordSignIn(_ context.Context, _, _ string, _ bool, reason string) error {
	p.tries = append(p.tries, reason)
	return nil
}

// fakeSessions are sessions by token. What sign-in itself does is tested on the real
// store, in signin_test.go.
type fakeSessions struct {
	records.Sessions
	people *people
	mu     sync.Mutex
	rows   map[string]records.Session
}

func (f *fakeSessions) StartSession(_ context.Context, token string, s records.Session) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = map[string]records.Session{}
	}
	f.rows[token] = s
	return nil
}

func (f *fakeSessions) SessionByToken(ctx context.Context, token string, now time.Time) (records.SignedIn, error) {
	f.mu.Lock()
	s, ok := f.rows[token]
	f.mu.Unlock()
	if !ok || !s.Ends.After(now) {
		return records.SignedIn{}, cases.Refuse(cases.CodeNotFound)
	}
	p, err := f.people.PersonByID(ctx, s.Person, now)
	if err == nil && !p.Active {
		err = cases.Refuse(cases.CodeNotFound)
	}
	return records.SignedIn{Session: s, Login: p.Login, Posts: p.Posts}, err
}

func (f *fakeSessions) SeeSession(context.Context, string, time.Time) error { return nil }

func (f *fakeSessions) EndSession(_ context.Context, _, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.rows, func(_ string, s records.Session) bool { return s.ID == id })
	return nil
}

// openThrottle lets everything through.
type openThrottle struct{ records.Throttle }

func (openThrottle) Take(context.Context, time.Time, ...records.Toll) (records.Taken, error) {
	return records.Taken{}, nil
}
func (openThrottle) GiveBack(context.Context, ...records.Toll) error { return nil }
func (openThrottle) KnownBy(context.Context, string, ...string) (map[string]bool, error) {
	return nil, nil
}
func (openThrottle) Know(context.Context, string, time.Time, ...string) error { return nil }

// book is one case, decided by the real engine's functions: store and engine at once.
type book struct {
	records.Cases
	rules  cases.Rules
	now    func() time.Time
	mu     sync.Mutex
	view   records.CaseView
	others []records.CaseView // are there, and no more
	rows   map[string]records.CommandRow
	bodies map[string][32]byte
	sealed map[string]map[string]string
	facts  []cases.Fact
	asked  int
	down   error
	fail   error
	drafts []records.Draft
	events []records.EventRow
	looks  []string // the purposes

	notices []records.CaseNotice
	exports []string // the purposes and parts
}

// open opens the case that the book holds.
func (b *book) open(t testing.TB, change ...func(*cases.Report)) string {
	t.Helper()
	rep := cases.Report{ID: uuid.NewString(), Org: testVillage, Situations: []cases.Situation{"MR06"}, Danger: cases.DangerNo}
	for _, c := range change {
		c(&rep)
	}
	opened, refusal := cases.Open(rep, b.rules, b.now())
	require.Nil(t, refusal)
	b.view = records.CaseView{State: opened.State, Child: &records.Child{Name: "小童"}, Narrative: &records.Narrative{Text: "经过"}, Reporter: &records.Reporter{Name: "老师"}}
	b.row()
	return rep.ID
}

func (b *book) row() {
	s := b.view.State
	b.view.CaseRow = records.CaseRow{ID: s.ID, Number: "强报〔2026〕000001", Kind: s.Kind, Stage: s.Stage, Phase: s.Phase(), Colour: s.Colour, Owner: s.Owner, Org: s.Org, Opened: s.Opened, Sequence: s.Seq}
}

// PeekCase gives nothing sealed.
func (b *book) PeekCase(_ context.Context, _ records.Access, id string) (records.CaseView, error) {
	v, err := b.found(id)
	v.Child, v.Narrative, v.Reporter = nil, nil, nil
	return v, err
}

func (b *book) GetCase(_ context.Context, a records.Access, id string) (records.CaseView, error) {
	b.looks = append(b.looks, a.Purpose)
	return b.found(id)
}

func (b *book) found(id string) (records.CaseView, error) {
	if b.fail != nil {
		return records.CaseView{}, b.fail
	}
	for _, v := range append([]records.CaseView{b.view}, b.others...) {
		if v.ID == id {
			return v, nil
		}
	}
	return records.CaseView{}, cases.Refuse(cases.CodeNotFound)
}

// beside puts another case beside the one that the book holds.
func (b *book) beside(opened cases.Transition, refusal *cases.Error) string {
	if refusal != nil {
		panic(refusal)
	}
	s := opened.State
	b.others = append(b.others, records.CaseView{CaseRow: records.CaseRow{ID: s.ID, Kind: s.Kind}, State: s})
	return s.ID
}

func (b *book) PutCommand(_ context.Context, once records.Once, _ records.Access, k cases.Kind, c cases.Command, sealed map[string]string) (records.CommandRow, error) {
	if row, ok := b.rows[c.ID]; ok {
		if b.bodies[c.ID] != once.Body {
			return records.CommandRow{}, cases.Refuse(records.CodeKeyReused)
		}
		return row, nil
	}
	row := records.CommandRow{Command: c, Kind: k, Status: records.CommandPending, At: b.now()}
	b.rows[c.ID], b.bodies[c.ID] = row, once.Body
	b.sealed = map[string]map[string]string{c.ID: sealed}
	return row, nil
}

func (b *book) Command(_ context.Context, _ records.Access, id string) (records.CommandRow, error) {
	row, ok := b.rows[id]
	if !ok {
		return row, cases.Refuse(cases.CodeNotFound)
	}
	return row, nil
}

func (b *book) RefuseCommand(_ context.Context, id string, refusal *cases.Error) (records.CommandRow, error) {
	row := b.rows[id]
	row.Status, row.Refusal = records.CommandRefused, refusal
	b.rows[id] = row
	b.drafts = append(b.drafts, records.Draft{Command: row.Command, Sealed: b.sealed[id], Refusal: refusal, At: b.now()})
	return row, nil
}

func (b *book) AnswerCommand(_ context.Context, id string) error {
	row := b.rows[id]
	row.Status = records.CommandAnswered
	b.rows[id] = row
	return nil
}

func (b *book) Drafts(context.Context, records.Access) ([]records.Draft, error) { return b.drafts, nil }

func (b *book) AddFact(_ context.Context, once records.Once, _ records.Access, _ string, f cases.Fact, sealed map[string]string) (cases.Fact, error) {
	if once.Refusal != nil {
		return cases.Fact{}, once.Refusal
	}
	b.facts = append(b.facts, f)
	b.sealed = map[string]map[string]string{f.ID: sealed}
	return f, nil
}

func (b *book) Events(context.Context, records.Access, string, records.Cursor, int) ([]records.EventRow, records.Cursor, error) {
	return b.events, "", nil
}

func (b *book) EventsBack(context.Context, records.Access, string, records.Cursor, int) ([]records.EventRow, records.Cursor, error) {
	back := slices.Clone(b.events)
	slices.Reverse(back)
	return back, "", nil
}

func (b *book) ListCases(_ context.Context, _ records.Access, _ records.CaseFilter, after records.Cursor, _ int) ([]records.CaseRow, records.Cursor, error) {
	if after == "zzz" {
		return nil, "", cases.Refuse(records.CodeCursor)
	}
	return []records.CaseRow{b.view.CaseRow}, "", b.fail
}

func (b *book) Workers(context.Context) ([]casework.Worker, error) {
	return []casework.Worker{{Name: "worker-1", Build: "7"}}, b.down
}

func (b *book) DecideNew(ctx context.Context, k cases.Kind, cmd cases.Command) (casework.Answer, error) {
	return b.Decide(ctx, k, cmd)
}

// Decide is the engine: cases.Act, with the outcome written down as Record does.
func (b *book) Decide(_ context.Context, _ cases.Kind, cmd cases.Command) (casework.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.down != nil {
		return casework.Answer{}, b.down
	}
	did, refusal := cases.Act(b.view.State, b.rules, cases.Input{Command: &cmd}, b.now())
	if refusal != nil {
		return casework.Answer{}, refusal
	}
	b.view.State = did.State
	b.row()
	row := b.rows[cmd.ID]
	row.Status, row.Result = records.CommandRecorded, did.Result
	b.rows[cmd.ID] = row
	return casework.Answer{Result: *did.Result, Seq: did.State.Seq, DecisionSeq: did.State.DecisionSeq, Stage: did.State.Stage}, nil
}

func (b *book) Check(context.Context) error { return b.down }

type fakeFilings struct {
	records.Filings
	rules  cases.Rules
	filed  []records.Filing
	byKey  map[string]records.Filed
	bodies map[string][32]byte
	fail   error
}

func (f *fakeFilings) CurrentRules(context.Context) (cases.Rules, error) { return f.rules, f.fail }

func (f *fakeFilings) File(_ context.Context, once records.Once, filing records.Filing) (records.Filed, error) {
	if f.fail != nil {
		return records.Filed{}, f.fail
	}
	if f.byKey == nil {
		f.byKey, f.bodies = map[string]records.Filed{}, map[string][32]byte{}
	}
	if done, ok := f.byKey[once.Key]; ok {
		if f.bodies[once.Key] != once.Body {
			return records.Filed{}, cases.Refuse(records.CodeKeyReused)
		}
		done.Replayed = true
		return done, nil
	}
	f.filed = append(f.filed, filing)
	word := map[cases.Kind]string{cases.MandatoryReport: "强报", cases.Guardianship: "监护"}[filing.Open.State.Kind]
	done := records.Filed{Case: filing.Open.State.ID, Number: word + "〔2026〕000001", At: filing.Open.State.Opened}
	f.byKey[once.Key], f.bodies[once.Key] = done, once.Body
	return done, nil
}

type fakeReceipts struct {
	records.Receipts
	byHash func(hash []byte) (records.ReceiptView, error)
	said   []cases.Fact
	texts  []string
	once   []records.Once
	own    func(records.Access) []records.Followed
	ofUnit func(records.Access) []records.Followed
	refuse error // of what is written
}

func (f *fakeReceipts) ByReceipt(_ context.Context, hash []byte) (records.ReceiptView, error) {
	return f.byHash(hash)
}

func (f *fakeReceipts) AddMessage(_ context.Context, once records.Once, _ records.Access, _ string, fact cases.Fact, text string) (records.Message, error) {
	if f.refuse != nil {
		return records.Message{}, f.refuse
	}
	f.said, f.texts, f.once = append(f.said, fact), append(f.texts, text), append(f.once, once)
	return records.Message{ID: fact.ID, At: fact.Received, From: "reporter", Text: text}, nil
}

func (f *fakeReceipts) Messages(context.Context, records.Access, string) ([]records.Message, error) {
	return nil, nil
}

type fakeWorklist struct {
	records.Worklist
	row    records.ObligationRow
	filter records.ObligationFilter
}

func (f *fakeWorklist) Obligation(_ context.Context, _ records.Access, id string) (records.ObligationRow, error) {
	if id != f.row.ID {
		return records.ObligationRow{}, cases.Refuse(cases.CodeNotFound)
	}
	return f.row, nil
}

func (f *fakeWorklist) Climb(ctx context.Context, a records.Access, id string) (records.Climb, error) {
	row, err := f.Obligation(ctx, a, id)
	return records.Climb{Row: row}, err
}

func (f *fakeWorklist) Obligations(_ context.Context, _ records.Access, filter records.ObligationFilter, _ records.Cursor, _ int) ([]records.ObligationRow, records.Cursor, error) {
	f.filter = filter
	return []records.ObligationRow{f.row}, "next", nil
}

type fakeAudit struct {
	records.Audit
	denials []records.Denial
	fail    error
	looks   records.CaseLooks
	filter  records.AuditFilter
	asked   bool // for denials
}

func (f *fakeAudit) Looks(_ context.Context, _ records.Access, _ string, denials bool, _ records.Cursor, _ int) (records.CaseLooks, error) {
	f.asked = denials
	out := f.looks
	out.Rows = slices.Clone(out.Rows)
	return out, f.fail
}

func (f *fakeAudit) AuditLog(_ context.Context, _ records.Access, filter records.AuditFilter, _ records.Cursor, _ int) ([]records.AuditRow, records.Cursor, error) {
	f.filter = filter
	return f.looks.Rows, "next", f.fail
}

func (f *fakeAudit) Denied(_ context.Context, _ records.Access, d records.Denial) error {
	f.denials = append(f.denials, d)
	return f.fail
}

type fakeHealth struct {
	records.Health
	fail error
}

func (f *fakeHealth) Ping(context.Context) error { return f.fail }

func (f *fakeHealth) Counts(context.Context) (records.Counts, error) {
	return records.Counts{OpenCases: 3, Overdue: 2, Provisional: 1, OldestFact: 2 * time.Second, Lateness: 90 * time.Second, OldestJob: 5 * time.Second}, f.fail
}

func (f *fakeHealth) CalendarReach(context.Context) (records.CalendarReach, error) {
	return records.CalendarReach{To: "2026-12-31", Provisional: 1, OpenCases: 3}, f.fail
}
