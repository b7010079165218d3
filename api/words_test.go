package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/records"
	"tonghu/roster"
)

// needed lists every word that an answer can need: of each row, the keys of which
// one must have words.
func needed(t testing.TB) [][]string {
	var out [][]string
	seen := map[string]bool{}
	need := func(keys ...string) {
		if id := strings.Join(keys, "|"); !seen[id] {
			seen[id] = true
			out = append(out, keys)
		}
	}
	each := func(prefix string, values ...string) {
		for _, v := range values {
			need(prefix + v)
		}
	}
	for _, c := range Codes() {
		each("error.", string(c), string(c)+".detail")
	}
	each("reason.", "required", "unknown", "enum", "too_long", "too_many", "too_few", "range", "time", "format", "sealed", "not_found", "kind", "self", "common", "personal", "same")
	each("kind.", append(texts(cases.Kinds), string(cases.VisitFiles))...)
	each("phase.", texts(cases.Phases)...)
	each("track.", texts(cases.Tracks)...)
	each("stage.", stages{}.options()...)
	each("colour.", texts(cases.Colours)...)
	each("role.", append(texts(cases.Roles), string(cases.RoleSystem))...)
	each("enum.", texts(cases.Situations)...)
	each("enum.", texts(cases.Grounds)...)
	each("enum.", texts(cases.Relations)...)
	each("enum.", dangers{}.options()...)
	for _, v := range cases.VisitOutcomes {
		need("enum.outcome."+v, "enum."+v)
	}
	each("enum.", cases.Measures...)
	each("enum.", vias{}.options()...)
	each("avoid.", cases.AvoidLevels...)
	each("outcome.", texts(cases.Outcomes)...)
	each("event.", texts([]cases.EventType{
		cases.EventOpened, cases.EventStep, cases.EventProposed, cases.EventWithdrawn, cases.EventOwed, cases.EventMet, cases.EventReleased,
		cases.EventMoved, cases.EventHandedOver, cases.EventRung, cases.EventAck, cases.EventPaused, cases.EventResumed, cases.EventOrder,
		cases.EventFact, cases.EventColour, cases.EventUnreached, cases.EventLinked, cases.EventRecused, cases.EventRecalculate, cases.EventErased,
		cases.EventGlass, cases.EventMisused,
	})...)
	each("fact.", texts([]cases.FactKind{
		cases.FactMessage, cases.FactReply, cases.FactUnresolved, cases.FactSecondReport, cases.FactNote, cases.FactVisit, cases.FactAck,
		cases.FactUndelivered, cases.FactVacant, cases.FactLinked, cases.FactLinkClosed, cases.FactLinkOpened, cases.FactMergedFrom,
		cases.FactLinkErased, cases.FactKeptFrom, cases.FactRetentionDue, cases.FactGlass, cases.FactPhoto, cases.FactFile, cases.FactFileWithdrawn,
	})...)
	each("police.", texts([]cases.PoliceState{
		cases.PoliceNone, cases.PoliceReported, cases.PoliceAccepted, cases.PoliceFiled, cases.PoliceMoved, cases.PoliceNotFiled,
		cases.PoliceProsecuted, cases.PoliceEnded,
	})...)
	each("task.", texts([]cases.TaskState{
		cases.TaskAssigned, cases.TaskSigned, cases.TaskWorking, cases.TaskReported, cases.TaskAccepted, cases.TaskWithdrawn,
	})...)
	each("class.", texts([]cases.Class{cases.Statute, cases.Normative, cases.Local})...)
	each("unit.", texts([]cases.Unit{cases.Second, cases.Minute, cases.Hour, cases.Day, cases.WorkDay, cases.Month, cases.Year})...)
	each("search.", "found", "none", "more")
	each("search_by.", texts(records.SearchBys)...)
	each("search_reason.", texts(records.SearchReasons)...)
	each("advice.", "child_help", "call_police", "evidence")
	each("progress.", append(texts(Progresses), "unfounded")...)

	for _, st := range cases.AllSteps() {
		need(stepKeys(st)...)
		for _, f := range st.AllFields() {
			need(fieldKeys(st, f.Name)...)
			for _, v := range f.Options {
				need(optionKeys(st, f, v)...)
			}
		}
		for _, key := range slices.Concat(st.Ends, st.Answers) {
			each("obligation.", cases.KeyBase(key))
		}
	}
	each("obligation.", "task", "task_sign", "task_review", "order_sign", "order_reply", "confirm", "approval", "visit", "guard_visit", "contact",
		"message_reply", "review", "unmet_visit", "missing", "death_report", "adult_review")
	each("reason.", "basis", "gap", "hours_roll", "protective", "statute", "unchanged", "weaker") // of amended rules
	each("reason.", "temporary_password")                                                         // of an account that somebody confirms
	for _, f := range calendarFaults {
		each("reason.", f.reason)
	}
	for _, key := range written(t) {
		need(key)
	}
	each("want.", "<", "<=", ">", ">=", "..", "or", "^[0-9]{12}$", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$") // the others are patterns of codes, which tell a reader nothing
	each("want.", wanted(t)...)
	each("why.", reasons(t)...)
	each("export.kind.", texts(cases.Kinds)...)
	each("export.phase.", texts(cases.Phases)...)
	each("export.stand.", records.Stands...)
	each("export.what.", enumOf(t, ExportBody{}, "What")...)
	each("export.purpose.", exportPurposes{}.options()...)
	each("paper.purpose.", enumOf(t, chainInput{}, "Purpose")...)
	each("paper.standing.", "open", "overdue", "paused", "met", "late", "released")
	each("paper.chain.confirmed.", "true", "false")
	for _, kind := range []string{"task", "order"} {
		each("paper."+kind+".", "title", "text", "by", "due")
	}
	for sheet, columns := range roster.Columns {
		each("roster.", "sheet."+sheet)
		each("roster.col.", columns...)
	}
	each("roster.fault.role_place.", "city", "town", "village")
	each("roster.refused.", string(records.CodeForbidden), string(cases.CodeNotFound), string(records.CodeSeparation))
	for _, name := range policy.Names() {
		r, err := policy.Load(name)
		require.NoError(t, err)
		for _, d := range r.Deadlines {
			base, _, _ := strings.Cut(string(d.ID), "/")
			need("rule."+base, "obligation."+base)
		}
		for _, l := range r.Ladders {
			for _, rung := range l.Rungs {
				each("rung.", rung.Name)
			}
		}
	}
	return out
}

// enumOf gives the values that a field's tag allows.
func enumOf(t testing.TB, body any, name string) []string {
	f, ok := reflect.TypeOf(body).FieldByName(name)
	require.True(t, ok && f.Tag.Get("enum") != "", name)
	return strings.Split(f.Tag.Get("enum"), ",")
}

// written gives the keys that stand whole in the code of papers, sheets and rosters.
func written(t testing.TB) []string {
	var out []string
	literal := func(e ast.Expr) string {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			return text
		}
		return ""
	}
	put := func(prefix string, es ...ast.Expr) {
		for _, e := range es {
			if text := literal(e); text != "" {
				out = append(out, prefix+text)
			}
		}
	}
	within := func(prefix string, es []ast.Expr) {
		for _, e := range es {
			ast.Inspect(e, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					put(prefix, e)
				}
				return true
			})
		}
	}
	whole := regexp.MustCompile(`^(export|paper|roster)(\.[A-Za-z0-9_]+)+$`)
	for _, folder := range []string{".", "../roster"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if text := literal(n); whole.MatchString(text) {
						out = append(out, text)
					}
				case *ast.AssignStmt: // the columns that sheets share
					if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "columns" && strings.HasSuffix(name, "sheets.go") {
						within("export.column.", n.Rhs)
					}
				case *ast.KeyValueExpr: // a fault of a sheet
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" && folder != "." {
						put("roster.fault.", n.Value)
					}
				case *ast.CallExpr:
					switch called := n.Fun.(type) {
					case *ast.Ident:
						if called.Name == "add" && strings.HasSuffix(name, "chain.go") {
							put("paper.chain.", n.Args[0])
						}
						if called.Name == "words" && folder != "." {
							put("roster.", n.Args[0])
						}
					case *ast.SelectorExpr:
						switch {
						case called.Sel.Name == "sheet" && len(n.Args) > 1:
							put("export.sheet.", n.Args[0])
							within("export.column.", n.Args[1:])
						case called.Sel.Name == "fault" && len(n.Args) == 4 && literal(n.Args[2]) != "role_place":
							put("roster.fault.", n.Args[2])
						}
					}
				}
				return true
			})
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestEveryWordIsThereInBothLanguages(t *testing.T) {
	for _, lang := range []*tongue{chinese, english} {
		var missing []string
		for _, keys := range needed(t) {
			if lang.say(keys...) == "" {
				missing = append(missing, strings.Join(keys, " | "))
			}
		}
		require.Empty(t, missing, lang.tag)
	}
}

// wanted gives what the code says that a value out of range should have been.
func wanted(t testing.TB) []string {
	said := regexp.MustCompile(`Reason: "(?:range|format|time)", Want: "([^"]+)"|\bfault\((?:"[a-z_]+", )?"(?:range|format|time)", "([^"]+)"|"(?:format|time)\|([^"%]+)`)
	var out []string
	for _, folder := range []string{".", "../cases", "../casework", "../postgres"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			require.NoError(t, err)
			for _, m := range said.FindAllStringSubmatch(string(source), -1) {
				if want := m[1] + m[2] + m[3]; !strings.Contains(want, "..") && !strings.HasSuffix(want, " ") {
					out = append(out, want)
				}
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// reasons are the codes that the engine gives its events as reasons.
func reasons(t testing.TB) []string {
	said := regexp.MustCompile(`\.(?:release|colour|giveTo|raise|recount|move|dropProposal)\(.*, "([a-z_]+)"\)|\b(?:reown|dropConfirms|endGrants|lapseProposals|releaseAll)\("([a-z_]+)"|Event\{.*Reason: "([a-z_]+)"|\breason :?= "([a-z_]+)"`)
	effects := regexp.MustCompile(`(?m)^\t+return "([a-z_]+)"(?: //.*)?$`)
	files, err := filepath.Glob("../cases/*.go")
	require.NoError(t, err)
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || filepath.Base(name) == "amend.go" { // whose reasons are of faults
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		found := said.FindAllStringSubmatch(string(source), -1)
		switch filepath.Base(name) {
		case "fact.go", "acknowledge.go": // what a fact that does nothing answers
			found = append(found, effects.FindAllStringSubmatch(string(source), -1)...)
		}
		for _, m := range found {
			out = append(out, strings.Join(m[1:], ""))
		}
	}
	require.Greater(t, len(out), 30)
	slices.Sort(out)
	return slices.Compact(out)
}

func TestWhatWouldBeRightIsSaidInWords(t *testing.T) {
	for fault, said := range map[cases.FieldError]string{
		{Reason: "range", Want: "<= 17"}:               "不在允许范围内：应不大于 17",
		{Reason: "range", Want: "< 3 workday"}:         "不在允许范围内：应小于 3 个工作日",
		{Reason: "range", Want: "another post"}:        "不在允许范围内：请另选一个岗位",
		{Reason: "range", Want: "1..48"}:               "不在允许范围内：应在 1 至 48 之间",
		{Reason: "range"}:                              "不在允许范围内",
		{Reason: "enum", Want: "yes,unsure,no"}:        "请从所列选项中选择：是、不确定、否",
		{Reason: "enum", Want: "yes,something new"}:    "请从所列选项中选择：yes,something new",
		{Reason: "format", Want: "UUID"}:               "格式不正确：应为系统给出的编号",
		{Reason: "format", Want: "^[0-9]{12}$"}:        "格式不正确：应为 12 位地区代码",
		{Reason: "format", Want: "^[a-z][a-z0-9-]*$"}:  "格式不正确",
		{Reason: "time", Want: "not in the future"}:    "时间不正确：不能晚于现在",
		{Reason: "time"}:                               "时间不正确",
		{Reason: "a reason of later", Want: "integer"}: "格式不正确：应为整数",
	} {
		require.Equal(t, said, chinese.fault(fault), "%+v", fault)
	}
}

func TestNoWordIsThereForNothing(t *testing.T) {
	used := map[string]bool{}
	for _, keys := range needed(t) {
		for _, k := range keys {
			used[k] = true
		}
	}
	for _, lang := range []*tongue{chinese, english} {
		var idle []string
		for k := range lang.words {
			if !used[k] {
				idle = append(idle, k)
			}
		}
		slices.Sort(idle)
		require.Empty(t, idle, lang.tag)
	}
}

func TestBothLanguagesHaveTheSameKeys(t *testing.T) {
	for k := range chinese.words {
		require.Contains(t, english.words, k)
	}
	for k := range english.words {
		require.Contains(t, chinese.words, k)
	}
}

func TestTheLanguageFollowsTheReader(t *testing.T) {
	for header, want := range map[string]*tongue{
		"": chinese, "zh-CN": chinese, "zh": chinese, "en": english, "en-GB,zh;q=0.5": english, "de": chinese, "zh-TW": chinese,
		"en;q=0.1, zh-CN": chinese, "*": chinese, "%%%": chinese, strings.Repeat("en,", 200): chinese,
	} {
		require.Equal(t, want.tag, tongueOf(header).tag, header)
	}
}

// TestListMissingWords writes the keys without words to the file that TONGHU_MISSING
// names, for whoever adds a step.
func TestListMissingWords(t *testing.T) {
	path := os.Getenv("TONGHU_MISSING")
	if path == "" {
		t.Skip("set TONGHU_MISSING to a file")
	}
	out := map[string]string{}
	for _, keys := range needed(t) {
		if chinese.say(keys...) == "" {
			out[keys[len(keys)-1]] = strings.Join(keys[:len(keys)-1], " ")
		}
	}
	src, err := json.MarshalIndent(out, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, src, 0o600))
}

// unworded are the texts that stand in code all the same, and why.
var unworded = map[string]string{
	"api.go Case orchestration":               "the OpenAPI document",
	"files.go the 查询码 as it is typed":         "the OpenAPI document",
	"steps.go Accepted 待执行: look at Location": "the OpenAPI document",
	"ring.go 持有本文件即可读取全部档案":                   "what a key file says to whoever finds it, in both languages",
	"ring.go Readable only through the KMS":   "the same",
	"account.go 童护":                           "the product's name, in an authenticator app",
	"api.go 童护 Tonghu":                        "the product's name, in the OpenAPI document",
	"letters.go 市":                            "the end of a place's name",
	"letters.go 镇":                            "the end of a place's name",
	"letters.go 村":                            "the end of a place's name",
	"calendar.go list the holidays":           "an example for whoever writes a calendar",
	"deadlines.go hours run on":               "the article of law, for whoever writes a rule",
	"drill.go 演练：":                            "the source of a drill's rows is data of its policy",
	"retention.go 演练：":                        "the source of a drill's rows is data of its policy",
	"message.go 您有新的待办,请登录":                   "all that a channel may say (DOMAIN 8a.6), before anybody has chosen a language",
	"message.go (共 ":                          "the same",
	"message.go  项)":                          "the same",
	"paper.go 〔U+%04X〕":                       "stands for a letter that the font has not",
	"change.go 强报":                            "the form of an official number",
	"change.go 监护":                            "the form of an official number",
	"change.go %s〔%d〕%0*d":                    "the form of an official number",
	"letter.go 童护转":                           "the form of an official number",
	"letter.go 童护督":                           "the form of an official number",
	"sheet.go *＊ ":                            "the marks of columns that must be filled, in both widths",
	"receipt.go 查询码(***)":                     "what a log shows of a receipt",
	"receipt.go _.,·、。−":                      "what people write between the groups of a receipt",
	"spelling.go 黑":                           "a name, spelled",
	"spelling.go 谌":                           "a name, spelled",
	"spelling.go 费":                           "a name, spelled",
}

var chineseText = regexp.MustCompile(`[\p{Han}\x{3000}-\x{303F}\x{FF00}-\x{FFEF}]`)

// textsIn gives the Chinese texts and marks that stand in a Go file. What documents the
// API is none: nobody is shown it.
func textsIn(t testing.TB, name string, src any) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field: // its tag
			return n.Tag == nil
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			return !ok || !slices.Contains([]string{"summary", "about", "Description"}, key.Name)
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING && n.Kind != token.CHAR || err != nil || !chineseText.MatchString(text) {
				return true
			}
			out = append(out, filepath.Base(name)+" "+text)
		}
		return true
	})
	return out
}

func TestATextInCodeIsFoundWhereverItStands(t *testing.T) {
	for _, code := range []string{
		`var a = "待办"`, `func a(n string) string { return n + "、" }`, "var a = `：`", `const a = '天'`, `var a = map[string]string{"a": "已办"}`,
		`var a = struct{ title string }{title: "标题"}`,
	} {
		require.Len(t, textsIn(t, "a.go", "package a\n"+code), 1, code)
	}
	for _, code := range []string{
		"type a struct {\n\tB string `doc:\"查询码\"`\n}", `var a = operation{summary: "Sign in 登录", about: "待执行"}`, "// 注释\nvar a = `plain`",
	} {
		require.Empty(t, textsIn(t, "a.go", "package a\n"+code), code)
	}
}

// What people are shown stands in the locale files, so that it follows their language.
// What seeds a demonstration, tells the story or speaks to whoever runs the product is
// not shown there.
func TestNoTextForPeopleStandsInCode(t *testing.T) {
	used := map[string]bool{}
	var found []string
	require.NoError(t, filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"seed", "story", "cmd", "deploy", "tools", "web", "e2e", "bin", "docs"}, filepath.ToSlash(path)[min(3, len(path)):]) || strings.HasPrefix(d.Name(), ".") && path != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		for _, text := range textsIn(t, path, nil) {
			allowed := ""
			for begin := range unworded {
				if strings.HasPrefix(text, begin) {
					allowed = begin
				}
			}
			used[allowed] = true
			if allowed == "" {
				found = append(found, path+": "+text)
			}
		}
		return nil
	}))
	require.Empty(t, found)
	pages, err := fs.Glob(letterFiles, "letters/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, name := range pages {
		src, err := letterFiles.ReadFile(name)
		require.NoError(t, err)
		require.NotRegexp(t, chineseText, string(src), name)
	}
	for begin := range unworded {
		require.True(t, used[begin], "nothing stands there any more: %s", begin)
	}
}
