package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/casework"
	"tonghu/files/blobs"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/password"
)

// FuzzRequests asks the real API over a real PostgreSQL things that nobody should
// ask: every operation of the document with bodies, queries, paths and headers that
// are wrong in the ways in which requests are wrong. Whatever it is, the answer is
// one of ours and never a 500. what chooses the operation and seed how it is spoilt;
// body, query and header replace what seed made where they are not empty.
func FuzzRequests(f *testing.F) {
	w := newWorld(f)
	for what := range w.ops {
		for seed := range uint64(3) {
			f.Add(uint16(what), seed, []byte(nil), "", "")
		}
	}
	for _, body := range oddBodies {
		f.Add(uint16(0), uint64(0), []byte(body), "", "")
	}
	f.Fuzz(func(t *testing.T, what uint16, seed uint64, body []byte, query, header string) {
		w.ask(t, int(what)%len(w.ops), seed, body, query, header)
	})
}

// TestManyWrongRequestsBreakNothing is the fuzz test for a while, in every run.
func TestManyWrongRequestsBreakNothing(t *testing.T) {
	w := newWorld(t)
	answered := map[int]int{}
	rng := rand.New(rand.NewPCG(rand.Uint64(), 365))
	for range 800 {
		what, seed := rng.IntN(len(w.ops)), rng.Uint64()
		answered[w.ask(t, what, seed, nil, "", "")/100]++
		if t.Failed() {
			t.Fatalf("operation %s, seed %d", w.ops[what].name, seed)
		}
	}
	require.Positive(t, answered[2], "nothing was right: the requests are too wrong to reach anything")
	require.Greater(t, answered[4], answered[2]/10)
}

// world is the API over a store with one case in it, and somebody in every role.
type world struct {
	handler http.Handler
	log     *observer.ObservedLogs
	ops     []fuzzed
	schemas map[string]any
	ids     map[string][]string
	people  []*member
	dsn     string
	files   [][]byte
}

// member is somebody signed in; nobody is, without a login.
type member struct {
	login  string
	mu     sync.Mutex
	cookie string
}

type fuzzed struct {
	name, method, path string
	params             []param
	body               map[string]any // schema
	form               bool           // of several parts
}

type param struct{ name, in string }

// away is an engine that cannot be reached: what is asked of it is answered 202.
type away struct{}

func (away) Workers(context.Context) ([]casework.Worker, error) { return nil, context.DeadlineExceeded }
func (away) Decide(context.Context, cases.Kind, cases.Command) (casework.Answer, error) {
	return casework.Answer{}, cases.Refuse(cases.CodeUnavailable)
}

func (away) DecideNew(context.Context, cases.Kind, cases.Command) (casework.Answer, error) {
	return casework.Answer{}, cases.Refuse(cases.CodeUnavailable)
}

func (away) Check(context.Context) error { return nil }

// imports takes every calendar and does nothing with it.
type imports struct{}

func (imports) PreviewCalendar(_ context.Context, c cases.Calendar) (api.PreviewedCalendar, error) {
	return api.PreviewedCalendar{Joined: c}, nil
}

func (imports) ImportCalendar(_ context.Context, _ records.Once, _ records.Access, c cases.Calendar) (api.ImportedCalendar, error) {
	return api.ImportedCalendar{Version: c.Version, To: c.To}, nil
}

const fuzzPassword = "a long demo password 365"

func newWorld(t testing.TB) *world {
	t.Helper()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "keys.json")})
	require.NoError(t, err)
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	store, err := postgres.Open(t.Context(), db.As(postgres.EngineRole), postgres.Options{AppDSN: db.As(postgres.AppRole), Vault: v, MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	rules, err := policy.Load("anqiu")
	require.NoError(t, err)
	require.NoError(t, store.PutRules(t.Context(), rules))

	core, log := observer.New(zap.ErrorLevel)
	stream := postgres.NewStream(store)
	config := api.Config{
		Stream: stream, Engine: away{}, Receipt: v.Receipts(), Calendars: imports{}, City: "379999000000", SecondFactor: api.SecondFactorOffered,
		Limits: api.Limits{SignInPerAddress: -1, SignInPerAccount: -1, AddressPerDay: -1, SignInPerDay: -1, CodePerDay: -1, ReceiptPerAddress: -1, ReceiptGuesses: -1, ReportPerAddress: -1},
		Log:    zap.New(core), Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	// Whatever the store can be, it is: a store that is new here is asked too.
	fields := reflect.ValueOf(&config).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Kind() == reflect.Interface && field.IsNil() && reflect.TypeOf(store).Implements(field.Type()) {
			field.Set(reflect.ValueOf(store))
		}
	}
	config.Links = v.Links()
	folder, err := blobs.Open(t.TempDir())
	require.NoError(t, err)
	store.UseBlobs(folder)
	w := &world{handler: api.New(config), log: log, ids: map[string][]string{}, dsn: db.DSN}
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 9, 9)), nil))
	w.files = [][]byte{photo.Bytes(), []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF"), []byte("RIFF\x00\x00\x00\x00WEBPVP8L"), nil}
	w.read(t)
	w.settle(t, store, rules, v)
	return w
}

// settle puts people, a report and a guardianship there.
func (w *world) settle(t testing.TB, store *postgres.Store, rules cases.Rules, v *vault.Vault) {
	t.Helper()
	hash, err := password.Params{MemoryKiB: 64, Time: 1, Threads: 1}.Hash(fuzzPassword)
	require.NoError(t, err)
	county := postgres.County{Orgs: []postgres.Org{{Code: "379999000000", Name: "安和市"}, {Code: "379999101000", Name: "青石镇"}, {Code: "379999101203", Name: "李家庄村"}}}
	w.people = append(w.people, &member{})
	for _, posts := range [][]cases.Post{
		{"city:379999000000/desk", "city:379999000000/manager", "city:379999000000/head", "unit:police/police"},
		{"village:379999101203/director", "unit:school/reporter", "unit:school/unit_head"}, {"town:379999101000/supervisor"},
		{"city:379999000000/system_admin"}, {"city:379999000000/security_admin"}, {"city:379999000000/audit_admin"},
	} {
		id, login := uuid.NewString(), posts[0].Role()
		county.People = append(county.People, postgres.SeedPerson{Person: records.Person{ID: id, Login: string(login), Name: "某人"}, Password: hash})
		for _, p := range posts {
			county.Posts = append(county.Posts, p)
			county.Holdings = append(county.Holdings, records.Holding{Post: p, Person: id})
		}
		w.people = append(w.people, &member{login: string(login)})
		w.ids["person"] = append(w.ids["person"], id)
	}
	require.NoError(t, store.Seed(t.Context(), county))
	rep := cases.Report{ID: uuid.NewString(), Org: "379999101203", Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo}
	open, refusal := cases.Open(rep, rules, time.Now())
	require.Nil(t, refusal)
	code := v.Receipts().For(rep.ID)
	digest := code.Digest()
	filed, err := store.File(t.Context(), records.Once{}, records.Filing{
		Open: open, ReceiptHash: digest[:], Child: records.Child{Name: "单小雨"}, Author: w.ids["person"][0], Unit: "school",
	})
	require.NoError(t, err)
	w.ids["id"], w.ids["case"] = []string{rep.ID}, []string{rep.ID}
	w.ids["code"], w.ids["number"] = []string{code.Reveal()}, []string{filed.Number}
	for _, step := range cases.Steps(cases.MandatoryReport) {
		w.ids["step"] = append(w.ids["step"], string(step.Name))
	}
	w.ids["n"], w.ids["org"] = []string{"1"}, []string{"379999101203", "379999101000"}
	w.ids["post"] = []string{"city:379999000000/desk", "village:379999101203/director"}
}

// read reads the operations from the document that the API serves.
func (w *world) read(t testing.TB) {
	t.Helper()
	r := httptest.NewRecorder()
	w.handler.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	var doc struct {
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}
	require.NoError(t, json.Unmarshal(r.Body.Bytes(), &doc))
	w.schemas = doc.Components.Schemas
	for path, methods := range doc.Paths {
		for method, op := range methods {
			o := fuzzed{name: op["operationId"].(string), method: strings.ToUpper(method), path: path}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				p := p.(map[string]any)
				o.params = append(o.params, param{p["name"].(string), p["in"].(string)})
			}
			if body, ok := op["requestBody"].(map[string]any); ok {
				for kind, media := range body["content"].(map[string]any) {
					o.body, _ = media.(map[string]any)["schema"].(map[string]any)
					o.form = kind == "multipart/form-data"
				}
			}
			w.ops = append(w.ops, o)
		}
	}
	slices.SortFunc(w.ops, func(a, b fuzzed) int { return strings.Compare(a.name, b.name) })
	require.Greater(t, len(w.ops), 40)
}

// ask asks one thing and gives the status of the answer.
func (w *world) ask(t *testing.T, what int, seed uint64, body []byte, query, header string) int {
	t.Helper()
	op, rng := w.ops[what], rand.New(rand.NewPCG(seed, 1))
	spoilt := spoiler{w: w, rng: rng, rate: []float64{0, 0.02, 0.1, 0.5}[rng.IntN(4)]}
	wait := 20 * time.Second
	if op.name == "stream" { // does not end
		wait = 20 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	r := spoilt.request(op, query, header)
	if op.body != nil || len(body) > 0 {
		if op.form && !spoilt.bad() {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=parts")
		}
		switch {
		case len(body) > 0:
		case op.form:
			body = spoilt.form(t, op.body)
		default:
			body = spoilt.body(op.body)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
	}
	who := w.people[rng.IntN(len(w.people))]
	who.enter(t, w, r)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r.WithContext(ctx))
	if rec.Code == http.StatusUnauthorized {
		who.leave()
	}
	said := rec.Body.String()
	if rec.Code >= 500 && (op.name != "stream" || ctx.Err() == nil) {
		t.Errorf("%s %s as %q answered %d %s\nbody %q\nheaders %v\nlog %v", r.Method, r.URL, who.login, rec.Code, said, body, r.Header, w.log.TakeAll())
	}
	// Photos, papers and workbooks are no text; they come as attachments, and as nothing but that.
	if !utf8.ValidString(said) && (rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment;")) {
		t.Errorf("%s %s answered what is not text", r.Method, r.URL)
	}
	if rec.Code >= 400 && rec.Header().Get("Content-Type") == "application/problem+json" {
		var p api.Problem
		if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p.Code == "" || p.Status != rec.Code {
			t.Errorf("%s %s answered no problem of ours: %s", r.Method, r.URL, said)
		}
	}
	return rec.Code
}

// enter puts the member's cookie on a request, signing in if need be.
func (m *member) enter(t *testing.T, w *world, r *http.Request) {
	t.Helper()
	if m.login == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cookie == "" {
		in := httptest.NewRequest(http.MethodPost, "/api/v1/session", strings.NewReader(`{"login":"`+m.login+`","password":"`+fuzzPassword+`"}`))
		in.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, in)
		if rec.Code != http.StatusOK {
			return // the password was changed, or the account is closed: by a request that was right
		}
		m.cookie = rec.Header().Get("Set-Cookie")
		m.cookie, _, _ = strings.Cut(m.cookie, ";")
	}
	r.Header.Add("Cookie", m.cookie)
}

func (m *member) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cookie = ""
}

// spoiler makes requests that are wrong here and there.
type spoiler struct {
	w    *world
	rng  *rand.Rand
	rate float64 // how often a value is spoilt
}

func (s spoiler) bad() bool { return s.rng.Float64() < s.rate }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// request makes the request without its body.
func (s spoiler) request(op fuzzed, query, header string) *http.Request {
	path, values := op.path, url.Values{}
	h := http.Header{"Content-Type": {"application/json"}}
	for _, p := range op.params {
		value := s.word(p.name)
		switch p.in {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.name+"}", strings.ReplaceAll(value, "/", "%2F"))
		case "query":
			if p.name == "cursor" {
				value = s.cursor()
			}
			if s.rng.IntN(2) == 0 {
				values.Add(p.name, value)
			}
		case "header":
			h.Set(p.name, value)
		}
	}
	for _, name := range []string{"X-Forwarded-For", "Last-Event-ID", "Accept-Language", "Prefer", "Content-Type", "Content-Encoding", "Range", "Sec-Fetch-Site", "Cookie", "If-Match"} {
		if s.bad() {
			h.Set(name, pick(s.rng, oddHeaders))
		}
	}
	if header != "" {
		for _, name := range []string{"Idempotency-Key", "X-Forwarded-For", "Last-Event-ID", "Accept-Language"} {
			h.Set(name, header)
		}
	}
	if query == "" {
		query = values.Encode()
	}
	return &http.Request{
		Method: op.method, URL: &url.URL{Path: path, RawQuery: query}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Host: "127.0.0.1", RemoteAddr: "127.0.0.1:1", RequestURI: "/",
	}
}

// word gives a value for a parameter or a text.
func (s spoiler) word(name string) string {
	if s.bad() {
		return pick(s.rng, oddTexts)
	}
	if known := s.w.ids[name]; len(known) > 0 && s.rng.IntN(8) > 0 {
		return pick(s.rng, known)
	}
	if name == "Idempotency-Key" || name == "key" {
		return uuid.NewString()
	}
	return uuid.UUID(binary16(s.rng)).String()
}

func binary16(rng *rand.Rand) (out [16]byte) {
	for i := range out {
		out[i] = byte(rng.Uint32())
	}
	return out
}

func (s spoiler) cursor() string {
	switch s.rng.IntN(4) {
	case 0:
		return ""
	case 1:
		return pick(s.rng, oddTexts)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(pick(s.rng, oddCursors)))
}

// body makes a body of a schema, spoilt as a tree and then as text.
func (s spoiler) body(schema map[string]any) []byte {
	text, err := json.Marshal(s.value("", schema, 0))
	if err != nil {
		panic(err)
	}
	return s.spoilt(text)
}

// form makes a body of several parts.
func (s spoiler) form(t *testing.T, schema map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.SetBoundary("parts"))
	fields, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if s.rng.IntN(8) == 0 {
			continue
		}
		field := fields[name].(map[string]any)
		if field["format"] != "binary" {
			require.NoError(t, w.WriteField(name, fmt.Sprint(s.value(name, field, 0))))
			continue
		}
		part, err := w.CreateFormFile(name, pick(s.rng, oddTexts))
		require.NoError(t, err)
		_, err = part.Write(s.spoilt(pick(s.rng, s.w.files)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return s.spoilt(b.Bytes())
}

// spoilt spoils what is written out.
func (s spoiler) spoilt(text []byte) []byte {
	for s.bad() && len(text) > 1 {
		i, j := s.rng.IntN(len(text)), s.rng.IntN(len(text))
		switch i, j = min(i, j), max(i, j); s.rng.IntN(5) {
		case 0:
			text = text[:j]
		case 1:
			text = slices.Concat(text[:i], text[j:])
		case 2:
			text = slices.Concat(text[:j], text[i:])
		case 3:
			text = slices.Concat(text[:i], []byte(pick(s.rng, oddBodies)), text[i:])
		case 4:
			text = slices.Clone(text)
			text[i] ^= byte(1 << s.rng.IntN(8))
		}
	}
	return text
}

func (s spoiler) value(name string, schema map[string]any, depth int) any {
	if s.bad() || depth > 12 {
		return s.odd()
	}
	if ref, ok := schema["$ref"].(string); ok {
		of, _ := s.w.schemas[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
		return s.value(name, of, depth+1)
	}
	if options, ok := schema["enum"].([]any); ok && len(options) > 0 {
		return pick(s.rng, options)
	}
	kind, _ := schema["type"].(string)
	if several, ok := schema["type"].([]any); ok && len(several) > 0 {
		kind, _ = several[0].(string)
	}
	switch kind {
	case "object":
		return s.object(schema, depth)
	case "array":
		out := []any{}
		items, _ := schema["items"].(map[string]any)
		for range 1 + s.rng.IntN(2) {
			out = append(out, s.value(strings.TrimSuffix(name, "s"), items, depth+1))
		}
		return out
	case "boolean":
		return s.rng.IntN(2) == 0
	case "integer", "number":
		return s.rng.IntN(20)
	}
	return s.text(name, schema)
}

func (s spoiler) object(schema map[string]any, depth int) any {
	out := map[string]any{}
	fields, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		inner, _ := fields[field].(map[string]any)
		if slices.Contains(required, any(field)) && !s.bad() || s.rng.IntN(3) == 0 {
			out[field] = s.value(field, inner, depth+1)
		}
	}
	if s.bad() || len(fields) == 0 && s.rng.IntN(2) == 0 {
		out[pick(s.rng, oddTexts)] = s.odd()
	}
	return out
}

func (s spoiler) text(name string, schema map[string]any) any {
	switch {
	case schema["format"] == "date-time":
		return time.Now().Add(-time.Duration(s.rng.IntN(48)) * time.Hour).UTC().Format(time.RFC3339)
	case schema["format"] == "date":
		return time.Now().UTC().Format(time.DateOnly)
	case schema["pattern"] == "^[0-9]{12}$":
		return pick(s.rng, s.w.ids["org"])
	case schema["contentEncoding"] != nil:
		return base64.StdEncoding.EncodeToString([]byte(pick(s.rng, oddTexts)))
	}
	return s.word(name)
}

func (s spoiler) odd() any {
	switch s.rng.IntN(10) {
	case 0:
		return nil
	case 1:
		return pick(s.rng, []any{true, false, 0, -1, 1e308, json.Number("18446744073709551616"), json.Number("1e400"), json.Number("-0.5")})
	case 2:
		return []any{}
	case 3:
		return map[string]any{}
	case 4:
		return []any{nil, []any{[]any{map[string]any{"a": []any{}}}}}
	case 5:
		return strings.Repeat("长", 1+s.rng.IntN(9000))
	default:
		return pick(s.rng, oddTexts)
	}
}

var oddTexts = []string{
	"", " ", "x", "\x00", "a\u0000b", "\u202e\u200b\ufeff", "𠮷👨‍👩‍👧", "e\u0301", "\ufffd", "\U0010ffff", "null", "true", "-1", "0", "18446744073709551616", "1e9",
	"９９９９", "三", "../../etc/passwd", "%00%2e%2e", "'; DROP TABLE cases; --", "\\", "{}", "[]", "$1", "<script>", "{title}", "%s%n",
	"00000000-0000-0000-0000-000000000000", "urn:uuid:00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "379999101203", "000000000000", "city:379999000000/desk",
	"village:379999101203/director#1", "unit:/", "system/system", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
	"2026-02-30T25:61:61Z", "2026-11-24T00:00:00+23:59", "2026-11-24", "23:59", "11010519491231002X", "１１０１０５１９４９１２３１００２ｘ", "379999201506010016", "13900000001",
	"+86 139-0000-0001", "0536", "triage", "child_help", "MR01", "zh-CN", strings.Repeat("a", 130), strings.Repeat("长", 600),
}

var oddHeaders = []string{
	"", " ", ",", ";", "=", "\"", "*", "127.0.0.1, 10.0.0.1", "::1", "[::1]:80", "256.1.1.1", "10.0.0.1,,,", strings.Repeat("1.1.1.1,", 300), "fe80::1%eth0", "zh;q=abc,en;q=1.5", "en;q=0",
	strings.Repeat("en,", 100), "application/json; charset=utf-16", "text/plain", "multipart/form-data; boundary=x", "gzip", "bytes=0-", "cross-site", "tonghu=; tonghu=x", "tonghu=" + strings.Repeat("A", 4000),
	"return=minimal", "W/\"1\"", "\xff\xfe", "不是",
}

var oddCursors = []string{
	"", "0", "-1 x", "1 00000000-0000-0000-0000-000000000000", "9223372036854775807 00000000-0000-0000-0000-000000000000", "-9223372036854775808 x",
	"253402300800000000 ffffffff-ffff-ffff-ffff-ffffffffffff", "1 2", "-1 -2", "9223372036854775807 2147483647", "1 2147483648", "1  city:379999000000/desk", "x y", "1\n2", "\x00 \x00", "1 \u0000",
	"1 " + strings.Repeat("a", 300), "0 0 0 0 0",
}

var oddBodies = []string{
	"", " ", "null", "[]", "{}", "0", `"x"`, "{", "}", `{"a":`, `{"a":1,"a":2}`, `{"":{}}`, "\ufeff{}", "\xff\xfe", `{"a":"\ud800"}`, `{"a":"\u0000"}`, "{}{}", "NaN", `{"a":1e999}`,
	strings.Repeat("[", 2000), strings.Repeat(`{"a":`, 2000), `{"situations":["MR06"],"danger":"no"} x`,
}
