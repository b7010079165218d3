//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// The ways in: every operation with real ids, every parameter of every address, every
// kind of body.

// inClear are fields that are kept as they are written, on purpose: the words of those
// who decide on the rules, about rules (a 文号, the reason for a deadline, why a draft is
// sent back). A published version is a norm that everybody may read for as long as
// cases run by it, and whoever restores the database without its keys must be able to
// say which norm was in force. No case is at hand where they are written, and the form
// asks for no person's name. What is refused leaves nothing of them (nonsense).
var inClear = map[string]string{"document": "安未保办〔2026〕7号", "basis": "按省里通知调整", "remark": "请写明依据的条款"}

// accepted are the operations that must have been answered to somebody with canaries
// in what was sent, or there was nothing to look for.
var accepted = []string{
	"acknowledge", "add-file", "add-leave", "add-note", "add-person", "add-photo-by-receipt", "answer-reporter", "break-glass", "change-rule-draft", "export",
	"file-report", "get-case", "get-export", "get-ladder", "get-rule-draft", "get-search", "import-organisation", "link-file", "list-audit", "list-cases",
	"list-events", "list-files", "list-looks", "list-messages", "list-obligations", "list-people", "list-posts", "look-up-own-report",
	"look-up-receipt", "open-guardianship", "put-rule-draft", "read-notice", "record-visit", "search", "set-active", "take-step", "withdraw-file",
	"write-about-own-report", "write-by-receipt",
}

func (c *canaryDrill) requireAccepted() {
	var missing []string
	for _, op := range accepted {
		require.True(c.t, slices.ContainsFunc(c.ops, func(o operation) bool { return o.ID == op }), "%s is no operation", op)
		if !c.said[op] {
			missing = append(missing, op)
		}
	}
	require.Empty(c.t, missing, "accepted from nobody")
}

// do sends what must be accepted.
func (c *canaryDrill) do(login, op string, ids map[string]string, in, out any) {
	c.t.Helper()
	o := c.ops[slices.IndexFunc(c.ops, func(o operation) bool { return o.ID == op })]
	key := ""
	if o.once() {
		key = story.NewKey()
	}
	_, err := insist(c.t.Context(), c.as[login], o.method, o.at(c.doc, ids), key, in, out)
	var p *story.Problem
	if errors.As(err, &p) {
		require.Fail(c.t, p.Body, "%s as %s", op, login)
	}
	require.NoError(c.t, err, "%s as %s", op, login)
	c.said[op] = true
}

// alert has somebody acknowledge what was due long ago: the answer of police who took
// a report up last month.
func (c *canaryDrill) alert() {
	ctx := c.t.Context()
	body := c.personal()
	body["situations"] = []string{"MR09"}
	var filed api.Filed
	_, err := insist(ctx, c.as["desk1"], http.MethodPost, "/api/v1/reports", story.NewKey(), body, &filed)
	require.NoError(c.t, err)
	month := time.Now().AddDate(0, -1, 0)
	_, err = c.as["desk1"].Take(ctx, filed.Case, "police_report", story.Step{Fields: map[string]any{"reported_at": month, "receipt": "110-0001"}})
	require.NoError(c.t, err)
	_, err = c.as["police"].Take(ctx, filed.Case, "police_accept", story.Step{Fields: map[string]any{"accepted_at": month, "sort": "administrative"}})
	require.NoError(c.t, err)
	require.Eventually(c.t, func() bool {
		for _, login := range []string{"police", "desk1", "manager1", "head"} {
			var owed struct{ Items []api.Obligation }
			c.do(login, "list-obligations", nil, nil, &owed)
			for _, o := range owed.Items {
				if len(o.MayAck) > 0 {
					c.ids["/api/v1/obligations/"] = o.ID
					c.do(login, "acknowledge", map[string]string{"id": o.ID}, map[string]any{"who": cut(words(), new(200)), "by": time.Now().Add(time.Hour), "post": o.MayAck[0]}, nil)
					return true
				}
			}
		}
		return false
	}, time.Minute, 200*time.Millisecond, "an alert reaches somebody")
}

// things makes what operations are about that is no case, so that each is asked of
// something that is there; canaries are in it wherever words are.
func (c *canaryDrill) things() {
	c.ids = map[string]string{}
	var person api.TemporaryPassword
	c.do("sysadmin", "add-person", nil, map[string]any{
		"login": "spare", "name": "鄢白鹭", "phone": "13900009373", "email": "Zephyrine.Quillfeather@anhe.example",
	}, &person)
	c.ids["/api/v1/people/"] = person.Person
	c.roster()

	c.alert()

	var told struct{ Items []api.Notice }
	c.do("desk1", "list-notices", nil, nil, &told)
	require.NotEmpty(c.t, told.Items)
	c.ids["/api/v1/notices/"] = told.Items[0].ID
	c.do("desk1", "read-notice", map[string]string{"id": told.Items[0].ID}, nil, nil)

	var leave api.Leave
	away := time.Now().AddDate(1, 0, 0)
	c.do("teacher", "add-leave", nil, map[string]any{"from": away, "until": away.AddDate(0, 0, 1)}, &leave)
	c.ids["/api/v1/leave/"] = leave.ID

	var file api.CaseFile
	_, err := c.as["head"].Upload(c.t.Context(), "/api/v1/cases/"+c.reported+"/files", story.NewKey(),
		story.File{Field: "file", Name: "冼雀翎.pdf", Body: paper(words())}, map[string]string{"purpose": "photo", "caption": cut(words(), new(500))}, &file)
	require.NoError(c.t, err)
	c.said["add-file"], c.said["link-file"] = true, true
	c.do("head", "withdraw-file", map[string]string{"id": file.ID}, map[string]any{"reason": cut(words(), new(500))}, nil)
	c.ids["/api/v1/files/"] = file.ID

	c.rules()
	c.taken()

	var mine struct{ Items []api.FollowedRow }
	c.do("teacher", "list-own-reports", nil, nil, &mine)
	require.NotEmpty(c.t, mine.Items)
	c.do("teacher", "look-up-own-report", nil, map[string]any{"number": mine.Items[0].Number}, nil)
	c.do("teacher", "write-about-own-report", nil, map[string]any{"number": mine.Items[0].Number, "text": cut(words(), new(500))}, nil)

	c.do("head", "break-glass", map[string]string{"id": c.reported}, map[string]any{
		"compartments": []string{"reporter"}, "grounds": "reporter_in_danger", "reason": cut(words(), new(500)),
	}, nil)
}

// roster brings a workbook of the organisation with names and telephones in it.
func (c *canaryDrill) roster() {
	book := excelize.NewFile()
	for i, row := range [][]any{
		{"所在编码*", "岗位*", "姓名*", "手机", "邮箱"},
		{elsewhere, "村（居）儿童主任", "冼鸿鹄", "13900009372", "coralreed@anhe.example"},
		{"379999102202", "村（居）儿童主任", "Zephyrine Quillfeather", 13900009371, ""},
	} {
		require.NoError(c.t, book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	require.NoError(c.t, book.SetDocProps(&excelize.DocProperties{Creator: "冼雀翎", Title: "porcelain shattering at midnight"}))
	var sheet bytes.Buffer
	require.NoError(c.t, book.Write(&sheet))
	var plan api.OrganisationImport
	send := func(by *story.Client, body []byte, fields map[string]string) error {
		_, err := by.Upload(c.t.Context(), "/api/v1/organisation/import", "", story.File{Field: "file", Name: "冼雀翎 13900009371.xlsx", Body: body}, fields, &plan)
		return err
	}
	require.NoError(c.t, send(c.as["sysadmin"], sheet.Bytes(), nil))
	require.Empty(c.t, plan.Faults)
	require.NoError(c.t, send(c.as["sysadmin"], sheet.Bytes(), map[string]string{"confirm": plan.Digest}))
	c.said["import-organisation"] = true
	require.NoError(c.t, send(c.as["sysadmin"], []byte(words()), nil), "a table that has none of the columns: the answer says so")
	require.NotEmpty(c.t, plan.Faults)
	require.NotEqual(c.t, "internal", story.CodeOf(send(c.as["sysadmin"], sheet.Bytes(), map[string]string{"confirm": "13900009371"})))
	require.Error(c.t, send(c.as["desk1"], sheet.Bytes(), map[string]string{"whole": "冼雀翎", "confirm": cut(words(), new(64))}))
}

// rules makes a draft of a deadline, and counts by it.
func (c *canaryDrill) rules() {
	var now api.Rules
	c.do("head", "list-rules", nil, nil, &now)
	i := slices.IndexFunc(now.Deadlines, func(d api.Deadline) bool { return d.Class != "S" && !d.Protective && d.Span.Value > 0 })
	require.GreaterOrEqual(c.t, i, 0)
	row := cases.AmendmentOf(now.Deadlines[i].Deadline)
	row.Span.Value, row.Source = row.Span.Value+1, inClear["document"]
	draft := map[string]any{"effective_from": "2027-01-01", "rows": []any{row}}
	for name, text := range inClear {
		if name != "remark" {
			draft[name] = text
		}
	}
	var made api.Made
	c.do("head", "put-rule-draft", nil, draft, &made)
	c.ids["/api/v1/rules/drafts/"] = made.ID
	of := map[string]string{"id": made.ID}
	c.do("head", "change-rule-draft", of, with(draft, "revision", 1), nil)
	var counted api.Made
	c.do("head", "simulate-rules", of, map[string]any{"revision": 2, "from": time.Now().AddDate(0, -1, 0), "to": time.Now()}, &counted)
	c.ids["/api/v1/rules/simulations/"] = counted.ID
}

// taken takes a list out.
func (c *canaryDrill) taken() {
	var book story.Raw
	c.do("head", "export", nil, map[string]any{"what": "cases", "purpose": "report", "reason": cut(words(), new(500)), "filter": map[string]any{"state": "all"}}, &book)
	require.NotEmpty(c.t, book.Body)
	var log struct{ Items []api.AuditRow }
	_, err := c.as["auditadmin"].Do(c.t.Context(), http.MethodGet, "/api/v1/audit?action=export:cases", "", nil, &log)
	require.NoError(c.t, err)
	require.NotEmpty(c.t, log.Items)
	c.said["list-audit"] = true
	c.ids["/api/v1/exports/"] = log.Items[0].Object
	c.do("head", "get-export", map[string]string{"id": log.Items[0].Object}, nil, nil)
}

// searches looks for a child by whatever is known of it.
func (c *canaryDrill) searches() {
	for by, value := range map[string]string{
		"name": "冼雀翎", "pinyin": "Zephyrine Quillfeather", "id_number": "379999201103170023", "phone": "13900009371", "reporter_phone": "13900009373",
	} {
		var found api.SearchFound
		c.do("desk1", "search", nil, map[string]any{"by": by, "value": value, "reason": "other", "words": cut(words(), new(200))}, &found)
		if by != "pinyin" {
			require.NotEmpty(c.t, found.Items, "a search by %s finds the reports", by)
		}
		c.ids["/api/v1/searches/"] = found.Search
	}
	c.do("head", "get-search", map[string]string{"id": c.ids["/api/v1/searches/"]}, nil, nil)
}

// of gives the ids of what an operation is asked about.
func (c *canaryDrill) of(op operation) []map[string]string {
	ids := map[string]string{"code": c.code, "step": "triage", "org": village, "case": c.reported, "n": "1"}
	for name, text := range inClear {
		ids[name] = text
	}
	for start, id := range c.ids {
		if strings.HasPrefix(op.path, start) {
			return []map[string]string{naming(ids, "id", id)}
		}
	}
	return []map[string]string{naming(ids, "id", c.reported), naming(ids, "id", c.guarded)}
}

// naming gives ids with one more.
func naming(ids map[string]string, name, id string) map[string]string {
	out := maps.Clone(ids)
	out[name] = id
	return out
}

// asked are those in whose names everything is sent, and nobody.
var asked = []string{"", "desk1", "manager1", "head", "teacher", "village", "sysadmin", "auditadmin"}

func (c *canaryDrill) by(login string) *story.Client {
	if login == "" {
		return c.in.stranger()
	}
	return c.as[login]
}

// everyOperation sends canaries in every text of every operation that the document
// names, in the name of several people and of nobody.
func (c *canaryDrill) everyOperation() {
	for _, login := range asked {
		by := c.by(login)
		for _, op := range c.ops {
			if op.ID == "stream" || op.ID == "sign-out" || op.method == http.MethodDelete && login == "head" {
				continue
			}
			for _, ids := range c.of(op) {
				f := filler{doc: c.doc, all: true, text: words, skip: []string{"post", "for", "via", "colour", "filter"}, ids: ids}
				key := ""
				if op.once() {
					key = story.NewKey()
				}
				var err error
				if field, ok := op.upload(); ok {
					_, err = by.Upload(c.t.Context(), op.at(c.doc, ids), key, story.File{Field: field, Name: "冼雀翎.jpg", Body: telling(c.t, words())},
						map[string]string{"code": c.code, "purpose": "photo", "caption": cut(words(), new(500))}, nil)
				} else {
					_, err = by.Do(c.t.Context(), op.method, op.at(c.doc, ids), key, op.body(f), nil)
				}
				c.said[op.ID] = c.said[op.ID] || err == nil
				require.NotEqual(c.t, "internal", story.CodeOf(err), "%s as %q: %v", op.ID, login, err)
			}
		}
	}
}

// alone are the canaries that somebody may type into an address.
var alone = []string{"child's name", "child's ID number", "child's phone", "date of birth", "date of birth in digits", "date of birth in words"}

// everyAddress sends each of them by itself, in every
// parameter of every path and query, in the name of people who are signed in.
func (c *canaryDrill) everyAddress() {
	for _, login := range []string{"head", "sysadmin", "auditadmin"} {
		for _, op := range c.ops {
			if op.ID == "stream" || op.ID == "sign-out" {
				continue
			}
			ids := c.of(op)[0]
			for _, p := range op.Parameters {
				if p.In != "path" && p.In != "query" {
					continue
				}
				for _, typed := range canaries {
					if !slices.Contains(alone, typed.what) || strings.HasPrefix(typed.what, "date of birth") && isTime(p.Schema) {
						continue // a day that a list begins with is nobody's birth
					}
					key := ""
					if op.once() {
						key = story.NewKey()
					}
					path := op.at(c.doc, naming(ids, p.Name, url.PathEscape(typed.text)))
					if p.In == "query" && !p.Required {
						path += "&" + p.Name + "=" + url.QueryEscape(typed.text)
						if !strings.Contains(path, "?") {
							path = strings.Replace(path, "&", "?", 1)
						}
					}
					_, err := c.as[login].Do(c.t.Context(), op.method, path, key, op.body(filler{doc: c.doc, ids: ids}), nil)
					require.NotEqual(c.t, "internal", story.CodeOf(err), "%s as %q with %s: %v", op.ID, login, p.Name, err)
				}
			}
		}
	}
}

func isTime(s *shape) bool {
	return s.Format == "date-time" || s.Format == "date" || strings.HasPrefix(s.Pattern, "^[0-9]{4}-")
}
