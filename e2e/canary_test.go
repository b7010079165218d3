//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// A canary is a text that stands for something personal: nowhere but on the screens
// of those who may read it is it ever to be found. Every one is long enough that no
// other text is it by chance.
type canary struct{ what, text string }

var canaries = []canary{
	{"child's name", "冼雀翎"}, {"child's name in letters", "Zephyrine Quillfeather"}, {"child's ID number", "379999201103170023"},
	{"date of birth", "2011-03-17"}, {"date of birth in digits", "20110317"}, {"date of birth with slashes", "2011/03/17"},
	{"date of birth in words", "2011年3月17日"}, {"child's phone", "13900009371"},
	{"address", "珊瑚街八百九十一号芦花院"}, {"address in letters", "891 Coralreed Courtyard"}, {"school", "雀舌岭第七小学"},
	{"guardian", "冼鸿鹄"}, {"guardian's phone", "13900009372"}, {"reporter's name", "鄢白鹭"}, {"reporter's phone", "13900009373"},
	{"reporter's unit", "蓼汀洲托管中心"}, {"narrative", "夜里听见瓷碗碎裂和哭喊"}, {"narrative in letters", "porcelain shattering at midnight"},
	{"place", "芦花院后厨阁楼"}, {"suspect", "绰号老鹧鸪的男子"}, {"police receipt", "鹧警字七三一九号"},
}

// words is a text that holds every canary.
func words() string {
	var b strings.Builder
	for _, c := range canaries {
		b.WriteString(c.text + "；")
	}
	return b.String()
}

// trace is how a canary could stand somewhere.
type trace struct {
	canary canary
	form   string
	bytes  []byte
}

// traces gives every canary in UTF-8, UTF-16, hex, base64 at its three alignments,
// and as JSON and URLs escape it.
func traces() []trace {
	var out []trace
	for _, c := range canaries {
		add := func(form string, b []byte) { out = append(out, trace{c, form, b}) }
		plain := []byte(c.text)
		add("UTF-8", plain)
		for _, order := range []struct {
			name string
			put  func(u uint16) []byte
		}{
			{"UTF-16LE", func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }},
			{"UTF-16BE", func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }},
		} {
			var wide []byte
			for _, u := range utf16.Encode([]rune(c.text)) {
				wide = append(wide, order.put(u)...)
			}
			add(order.name, wide)
		}
		add("hex", []byte(hex.EncodeToString(plain)))
		add("HEX", []byte(strings.ToUpper(hex.EncodeToString(plain))))
		for shift := range 3 {
			for name, alphabet := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
				coded := alphabet.EncodeToString(append(make([]byte, shift), plain...))
				// Only the characters that no neighbour has a bit in.
				add(fmt.Sprintf("%s+%d", name, shift), []byte(coded[(8*shift+5)/6:8*(shift+len(plain))/6]))
			}
		}
		if quoted := fmt.Sprintf("%+q", c.text); quoted[1:len(quoted)-1] != c.text {
			add("JSON escapes", []byte(quoted[1:len(quoted)-1]))
		}
		if escaped := url.PathEscape(c.text); escaped != c.text {
			add("URL escapes", []byte(escaped))
		}
	}
	return out
}

// hits gives what is found of the canaries in a text.
func hits(where string, content []byte, looked []trace) []string {
	var out []string
	for _, tr := range looked {
		if i := bytes.Index(content, tr.bytes); i >= 0 {
			out = append(out, fmt.Sprintf("%s: %s as %s: …%q…", where, tr.canary.what, tr.form, content[max(0, i-60):min(len(content), i+len(tr.bytes)+20)]))
		}
	}
	return out
}

func TestACanaryIsFoundInEveryForm(t *testing.T) {
	wide := func(text string) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune(text)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return b
	}
	looked := traces()
	for _, c := range canaries {
		for name, hidden := range map[string][]byte{
			"plain":    []byte("a" + c.text + "b"),
			"wide":     append([]byte("xy"), wide(c.text)...),
			"hex":      []byte("\\x00" + hex.EncodeToString([]byte("…"+c.text+"…"))),
			"base64":   []byte(base64.StdEncoding.EncodeToString([]byte(c.text + "tail"))),
			"base64+1": []byte(base64.StdEncoding.EncodeToString([]byte("1" + c.text + "tail"))),
			"base64+2": []byte(base64.RawURLEncoding.EncodeToString([]byte("12" + c.text + "t"))),
			"url":      []byte("/cases?name=" + url.QueryEscape(c.text)),
		} {
			if name == "url" && strings.Contains(c.text, " ") {
				continue // a plus for a space: the words of it are canaries by themselves elsewhere
			}
			require.NotEmpty(t, hits(name, hidden, looked), "%s as %s", c.what, name)
		}
	}
	require.Empty(t, hits("nothing", []byte("孩子手臂有多处淤青。 2026-03-17 13900000001"), looked))
}

func TestNoCanaryIsFoundInAnythingThatIsStored(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "anqiu")
	in.start()
	c := &canaryDrill{t: t, in: in, said: map[string]bool{}}
	c.as = in.signIn("teacher", "desk1", "manager1", "head", "bureau", "shelter", "police", "education", "town", "village", "social", "sysadmin", "auditadmin")
	c.doc, c.ops = in.operations()
	c.report()
	c.guardianship()
	c.files()
	c.everyStep()
	c.things()
	c.searches()
	c.everyOperation()
	c.everyAddress()
	c.nonsense()
	c.requireAccepted()
	metrics := c.raw(http.MethodGet, "/metrics", nil, nil)
	in.verify() // everything is taken in, told and recorded

	looked := traces()
	var found []string
	found = append(found, hits("metrics", metrics, looked)...)
	dumps := in.dumps()
	for name, dump := range dumps {
		found = append(found, hits("database "+name, dump, looked)...)
	}
	files := 0
	in.stop()
	log := in.read(in.log)
	found = append(found, hits("log", log, looked)...)
	require.Contains(t, string(metrics), "tonghu_audit_findings", "the metrics say something")
	for _, said := range []string{"/api/v1/search", "/api/v1/people/{id}/active", "not_found"} {
		require.Contains(t, string(log), said, "the log says something")
	}
	require.NoError(t, filepath.WalkDir(in.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		found = append(found, hits("file "+strings.TrimPrefix(path, in.data), in.read(path), looked)...)
		found = append(found, hits("file name", []byte(path), looked)...)
		return nil
	}))
	require.Greater(t, files, 100, "the whole data folder is looked through")
	slices.Sort(found)
	require.Empty(t, found, "%d traces", len(found))
	in.start()
	in.requireDumpsHoldAll(dumps, c.reported)
}

// requireDumpsHoldAll shows that what is looked through is whole: what is in clear is
// found in it.
func (in *instance) requireDumpsHoldAll(dumps map[string][]byte, id string) {
	in.t.Helper()
	require.Contains(in.t, string(dumps["tonghu"]), id, "the product's database is dumped whole")
	require.Contains(in.t, string(dumps["tonghu"]), "redacted", "and that something was typed which is not kept")
	require.Contains(in.t, string(dumps["temporal"]), "report/"+id, "so is the engine's")
	require.Contains(in.t, string(dumps["temporal_visibility"]), "report/"+id, "and its visibility")
	_, err := in.db("tonghu").Exec(in.t.Context(), `UPDATE org SET name = name || '冼雀翎' WHERE code = '379999000000'`)
	require.NoError(in.t, err)
	require.NotEmpty(in.t, hits("tonghu", in.dump("tonghu"), traces()), "a canary in clear is found")
	_, err = in.db("tonghu").Exec(in.t.Context(), `UPDATE org SET name = replace(name, '冼雀翎', '') WHERE code = '379999000000'`)
	require.NoError(in.t, err)
}

// canaryDrill writes canaries wherever words can be written.
type canaryDrill struct {
	t                       *testing.T
	in                      *instance
	as                      people
	doc                     contract
	ops                     []operation
	reported, guarded, code string
	ids                     map[string]string // of what is no case, by the beginning of its paths
	said                    map[string]bool   // operations that somebody was answered by
}

func (c *canaryDrill) personal() map[string]any {
	return map[string]any{
		"org": village, "situations": []string{"MR04"}, "danger": "yes", "relation": "guardian",
		"child": map[string]any{
			"name": "冼雀翎", "id_number": "379999201103170023", "id_type": "resident_id", "sex": "female", "phone": "13900009371",
			"address": "珊瑚街八百九十一号芦花院 891 Coralreed Courtyard", "school": "雀舌岭第七小学", "guardian": "冼鸿鹄", "guardian_phone": "13900009372",
		},
		"reporter":  map[string]any{"name": "鄢白鹭", "phone": "13900009373", "unit": "蓼汀洲托管中心", "position": "Zephyrine Quillfeather"},
		"narrative": map[string]any{"text": words(), "place": "芦花院后厨阁楼", "suspect": "绰号老鹧鸪的男子"},
		"police":    map[string]any{"receipt": "鹧警字七三一九号", "reason": words()},
	}
}

// report files reports: by nobody, by a reporter with an account, and by the desk,
// in and out of the 性侵 compartment; their receipts are written with.
func (c *canaryDrill) report() {
	ctx := c.t.Context()
	for _, by := range []*story.Client{c.in.stranger(), c.as["teacher"], c.as["desk1"]} {
		for _, situation := range []string{"MR01", "MR04"} {
			body := c.personal()
			body["situations"] = []string{situation}
			var out api.Filed
			_, err := insist(ctx, by, http.MethodPost, "/api/v1/reports", story.NewKey(), body, &out)
			require.NoError(c.t, err)
			if out.Case != "" && situation == "MR04" {
				c.reported = out.Case
			}
			c.code = out.Receipt
			for _, unresolved := range []bool{false, true} {
				_, err = insist(ctx, c.in.stranger(), http.MethodPost, "/api/v1/receipts/messages", story.NewKey(),
					map[string]any{"code": out.Receipt, "text": words(), "unresolved": unresolved}, nil)
				require.NoError(c.t, err)
			}
		}
	}
	require.NotEmpty(c.t, c.reported)
}

func (c *canaryDrill) guardianship() {
	body := c.personal()
	for _, no := range []string{"situations", "reporter", "police"} {
		delete(body, no)
	}
	body["ground"] = "TG6"
	var out api.Found
	_, err := insist(c.t.Context(), c.as["manager1"], http.MethodPost, "/api/v1/guardianships", story.NewKey(), body, &out)
	require.NoError(c.t, err)
	c.guarded = out.ID
}

// everyStep fills every form with canaries: those that are open now are taken, the
// others are refused and kept as drafts.
func (c *canaryDrill) everyStep() {
	var steps struct{ Items []api.Step }
	_, err := c.as["desk1"].Do(c.t.Context(), http.MethodGet, "/api/v1/steps", "", nil, &steps)
	require.NoError(c.t, err)
	byRole := map[cases.Role]string{
		cases.RoleDesk: "desk1", cases.RoleManager: "manager1", cases.RoleHead: "head", cases.RoleBureau: "bureau", cases.RolePolice: "police",
		cases.RoleShelter: "shelter", cases.RoleSupervisor: "town", cases.RoleDirector: "village", cases.RoleLiaison: "education", cases.RoleSocialWorker: "social",
	}
	asked, texts := 0, 0
	for _, step := range steps.Items {
		id := c.reported
		if step.Kind == cases.Guardianship {
			id = c.guarded
		}
		i := slices.IndexFunc(step.Roles, func(r cases.Role) bool { return byRole[r] != "" })
		if i < 0 || step.Name == "erase" {
			continue
		}
		fields := map[string]any{}
		for _, f := range step.Form {
			switch f.Type {
			case cases.TypeText:
				fields[f.Name] = cut(words(), f.Max)
				texts++
			case cases.TypeEnum:
				fields[f.Name] = f.Options[0].Value
			case cases.TypeMulti:
				all := []string{}
				for _, o := range f.Options {
					all = append(all, o.Value)
				}
				fields[f.Name] = all
			case cases.TypeBool:
				fields[f.Name] = false
			case cases.TypeTime:
				fields[f.Name] = time.Now().Add(-time.Second)
			case cases.TypeInt:
				fields[f.Name] = max(1, *f.Min)
			case cases.TypePost:
				fields[f.Name] = manager1
			case cases.TypeCase:
				fields[f.Name] = c.guarded
			default:
				fields[f.Name] = village
			}
		}
		_, err := c.as[byRole[step.Roles[i]]].Take(c.t.Context(), id, step.Name, story.Step{Fields: fields})
		c.said["take-step"] = c.said["take-step"] || err == nil
		if err == nil || story.CodeOf(err) != "not_found" {
			asked++
		}
	}
	require.Greater(c.t, asked, 40, "most forms were asked of a case")
	require.Greater(c.t, texts, 40, "most forms have words")
}

// nonsense sends canaries where nothing is expected: malformed bodies, unknown
// fields and values, addresses, queries, headers, names of people who do not exist.
func (c *canaryDrill) nonsense() {
	all := words()
	escaped := url.PathEscape("冼雀翎 13900009371")
	json := map[string]string{"Content-Type": "application/json", "Idempotency-Key": story.NewKey()}
	c.raw(http.MethodPost, "/api/v1/reports", json, []byte(`{"child":{"name":"`+all))
	c.raw(http.MethodPost, "/api/v1/reports", json, []byte(`{"situations":["`+all+`"],"danger":"`+all+`","`+all+`":"`+all+`"}`))
	c.raw(http.MethodPost, "/api/v1/reports", map[string]string{"Content-Type": "text/plain"}, []byte(all))
	c.raw(http.MethodPost, "/api/v1/reports", json, bytes.Repeat([]byte(all), 4000))
	for _, field := range []string{"document", "basis"} { // of a draft that is refused nothing is kept either
		draft := map[string]any{"document": "安未保办〔2026〕7号", "basis": "按省里通知调整", "effective_from": "2027-01-01", "rows": []any{map[string]any{"id": all}}}
		draft[field] = cut(all, new(200))
		_, err := c.as["head"].Do(c.t.Context(), http.MethodPost, "/api/v1/rules/drafts", story.NewKey(), draft, nil)
		require.Equal(c.t, "form_invalid", story.CodeOf(err))
	}
	c.raw(http.MethodPost, "/api/v1/session", json, body(map[string]string{"login": "冼雀翎", "password": all}))
	c.raw(http.MethodPost, "/api/v1/session", json, body(map[string]string{"login": "13900009371", "password": "379999201103170023"}))
	c.raw(http.MethodPost, "/api/v1/receipts/lookup", json, body(map[string]string{"code": "冼雀翎"}))
	for _, path := range []string{"/api/v1/cases/" + escaped, "/api/v1/" + escaped, "/" + escaped, "/api/v1/cases?name=" + escaped, "/api/v1/cases?cursor=" + escaped, "/?q=" + escaped} {
		c.raw(http.MethodGet, path, nil, nil)
		c.raw(http.MethodPut, path, json, []byte(all))
	}
	header := base64.StdEncoding.EncodeToString([]byte(all))
	for _, h := range []string{"User-Agent", "Referer", "X-Forwarded-For", "X-Request-Id", "Accept-Language", "Cookie", "Authorization", "Traceparent"} {
		c.raw(http.MethodGet, "/api/v1/me", map[string]string{h: "Zephyrine Quillfeather " + header}, nil)
		c.raw(http.MethodGet, "/nowhere", map[string]string{h: "Zephyrine Quillfeather " + header}, nil)
	}
}

func body(v any) []byte {
	b, _ := json.Marshal(v) // strings
	return b
}

// raw sends bytes; what is answered is not looked at but for a 500.
func (c *canaryDrill) raw(method, path string, headers map[string]string, content []byte) []byte {
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.in.url()+path, bytes.NewReader(content))
	require.NoError(c.t, err)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil // a body that is too large is cut off
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(res.Body)
	require.NotEqual(c.t, http.StatusInternalServerError, res.StatusCode, "%s %s", method, path)
	return answer
}

func (in *instance) read(path string) []byte {
	in.t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(in.t, err)
	return b
}

// dumps gives a pg_dump of every database of the instance, by name.
func (in *instance) dumps() map[string][]byte {
	in.t.Helper()
	conn := in.db("postgres")
	rows, err := conn.Query(in.t.Context(), `SELECT datname FROM pg_database WHERE NOT datistemplate`)
	require.NoError(in.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(in.t, err)
	require.Subset(in.t, names, []string{"tonghu", "temporal", "temporal_visibility"})
	out := map[string][]byte{}
	for _, name := range names {
		out[name] = in.dump(name)
	}
	return out
}

// dump gives a pg_dump of one database.
func (in *instance) dump(name string) []byte {
	in.t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	require.NoError(in.t, err)
	program := "pg_dump"
	if len(found) > 0 {
		program = found[len(found)-1]
	}
	ctx, cancel := context.WithTimeout(in.t.Context(), time.Minute)
	defer cancel()
	var complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "--dbname", in.dsn(name))
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	require.NoError(in.t, err, complaint.String())
	return out
}
