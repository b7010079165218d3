package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func filing() map[string]any {
	return map[string]any{"situations": []string{"MR06"}, "danger": "no"}
}

func with(m map[string]any, name string, value any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	out[name] = value
	return out
}

func TestWhateverIsWrongWithAReportIsNamed(t *testing.T) {
	b := setup(t)
	anyone := b.anyone()
	for name, c := range map[string]struct {
		body   any
		status int
		code   cases.Code
		field  string
		reason string
	}{
		"malformed JSON":     {`{"situations": [`, 400, records.CodeBadJSON, "", ""},
		"no body":            {"", 400, records.CodeBadJSON, "", ""},
		"not text":           {"{\"situations\":[\"\xff\"]}", 400, records.CodeBadJSON, "", ""},
		"a NUL":              {`{"narrative":{"text":"a\u0000b"}}`, 400, records.CodeBadJSON, "", ""},
		"two documents":      {`{} {}`, 400, records.CodeBadJSON, "", ""},
		"unknown field":      {with(filing(), "colour", "red"), 422, cases.CodeField, "colour", "unknown"},
		"unknown inside":     {with(filing(), "child", map[string]any{"nam": "x"}), 422, cases.CodeField, "child.nam", "unknown"},
		"another case":       {with(filing(), "Danger", "no"), 422, cases.CodeField, "Danger", "unknown"},
		"missing":            {map[string]any{"danger": "no"}, 422, cases.CodeField, "situations", "required"},
		"over-long":          {with(filing(), "narrative", map[string]any{"text": strings.Repeat("长", 8001)}), 422, cases.CodeField, "narrative.text", "too_long"},
		"wrong enum":         {with(filing(), "danger", "maybe"), 422, cases.CodeField, "danger", "enum"},
		"wrong enum in list": {map[string]any{"situations": []string{"MR10"}, "danger": "no"}, 422, cases.CodeField, "situations[0]", "enum"},
		"an object for one":  {with(filing(), "situations", []any{map[string]any{}}), 422, cases.CodeField, "situations[0]", "format"},
		"empty list":         {map[string]any{"situations": []string{}, "danger": "no"}, 422, cases.CodeField, "situations", "too_few"},
		"wrong type":         {with(filing(), "unattended_under_8", "yes"), 422, cases.CodeField, "unattended_under_8", "format"},
		"wrong time":         {with(filing(), "found_at", "yesterday"), 422, cases.CodeField, "found_at", "time"},
		"future time":        {with(filing(), "found_at", "2030-01-01T00:00:00Z"), 422, cases.CodeField, "found_at", "time"},
		"future police":      {with(filing(), "police", map[string]any{"reported_at": "2030-01-01T00:00:00Z"}), 422, cases.CodeField, "police.reported_at", "time"},
		"wrong place":        {with(filing(), "org", "37"), 422, cases.CodeField, "org", "format"},
		"another county":     {with(filing(), "org", "370784101203"), 422, cases.CodeField, "org", "range"},
		"too old":            {with(filing(), "child", map[string]any{"age": 44}), 422, cases.CodeField, "child.age", "range"},
		"null for a list":    {map[string]any{"situations": nil, "danger": "no"}, 422, cases.CodeField, "situations", "required"},
	} {
		t.Run(name, func(t *testing.T) {
			p := anyone.post("/api/v1/reports", c.body, keyed("key-"+"0123456789")...).refused(c.status, c.code)
			if c.field == "" {
				require.Empty(t, p.Errors)
				return
			}
			require.Len(t, p.Errors, 1)
			require.Equal(t, c.field, p.Errors[0].Field)
			require.Equal(t, c.reason, p.Errors[0].Reason)
			require.NotEmpty(t, p.Errors[0].Message)
		})
	}
	require.Empty(t, b.filings.filed)
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	b := setup(t)
	p := b.anyone().post("/api/v1/reports", map[string]any{"danger": "maybe", "x": 1, "org": "37"}, keyed("0123456789")...).refused(422, cases.CodeField)
	require.Len(t, p.Errors, 3)
}

func TestAProblemSpeaksTheReadersLanguage(t *testing.T) {
	b := setup(t)
	zh := b.anyone().get("/api/v1/me")
	require.Equal(t, "请先登录", zh.refused(401, records.CodeSignIn).Title)
	require.Equal(t, "zh-CN", zh.header.Get("Content-Language"))
	en := b.anyone().get("/api/v1/me", "Accept-Language", "en-GB")
	require.Equal(t, "Please sign in", en.refused(401, records.CodeSignIn).Title)
	require.Equal(t, "en", en.header.Get("Content-Language"))
}

func TestWhatIsNotThereIsAProblemToo(t *testing.T) {
	b := setup(t)
	desk := b.as(testDesk)
	desk.get("/api/v1/nothing").refused(404, cases.CodeNotFound)
	desk.get("/nothing").refused(404, cases.CodeNotFound)
	not := desk.send(http.MethodDelete, "/api/v1/cases", nil)
	not.refused(405, records.CodeMethod)
	require.Equal(t, "GET", not.header.Get("Allow"))
	desk.get("/api/v1/cases/not-a-uuid").refused(404, cases.CodeNotFound)
	desk.get("/api/v1/cases/00000000-0000-4000-8000-000000000000").refused(404, cases.CodeNotFound)
	desk.get("/api/v1/cases?cursor=zzz").refused(400, records.CodeCursor)
	desk.get("/api/v1/cases?cursor=%00").refused(400, records.CodeCursor)
	desk.get("/api/v1/cases?limit=0").refused(422, cases.CodeField)
	desk.get("/api/v1/cases?limit=many").refused(422, cases.CodeField)
	desk.get("/api/v1/cases?kind=other").refused(422, cases.CodeField)
	p := desk.get("/api/v1/cases?colour=red").refused(422, cases.CodeField)
	require.Equal(t, []FieldFault{{Field: "query.colour", Reason: "unknown", Message: "没有此项"}}, p.Errors)
}

func TestABodyIsLimitedInSizeAndKind(t *testing.T) {
	b := setup(t)
	b.anyone().post("/api/v1/reports", `{"narrative":{"text":"`+strings.Repeat("a", maxBody)+`"}}`, keyed("0123456789")...).refused(413, records.CodeTooLarge)
	b.anyone().post("/api/v1/reports", "situations=MR06", "Idempotency-Key", "0123456789", "Content-Type", "application/x-www-form-urlencoded").refused(415, records.CodeMedia)
}

func TestAKeyIsAskedFor(t *testing.T) {
	b := setup(t)
	b.anyone().post("/api/v1/reports", filing()).refused(400, records.CodeKeyMissing)
	b.anyone().post("/api/v1/reports", filing(), keyed("short")...).refused(400, records.CodeKeyMissing)
	require.Empty(t, b.filings.filed)
}

func TestWhoIsSignedOutLearnsNothingOfTheForm(t *testing.T) {
	b := setup(t, func(c *Config) { c.Calendars = noCalendars{} })
	b.anyone().post("/api/v1/cases/x/steps/y", `{`).refused(401, records.CodeSignIn)
	b.as(testDesk).post("/api/v1/calendars", `{`).refused(403, records.CodeForbidden)
}

type noCalendars struct{ Calendars }

func TestAnotherSitesPageIsRefused(t *testing.T) {
	b := setup(t)
	desk := b.as(testDesk)
	desk.send(http.MethodDelete, "/api/v1/session", nil, "Sec-Fetch-Site", "cross-site").refused(403, records.CodeForbidden)
	desk.send(http.MethodDelete, "/api/v1/session", nil, "Origin", "https://evil.example").refused(403, records.CodeForbidden)
	desk.get("/api/v1/me").is(200)
}

type sqlError struct{ state string }

func (e sqlError) Error() string {
	return "ERROR: relation \"secret\" 小童 (SQLSTATE " + e.state + ")"
}
func (e sqlError) SQLState() string { return e.state }

func TestAFailingStoreIsUnavailableOrOursAndTellsNothing(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	for _, c := range []struct {
		err    error
		status int
		code   cases.Code
	}{
		{&cases.Error{Code: cases.CodeUnavailable, Err: errors.New("dial tcp")}, 503, cases.CodeUnavailable},
		{context.DeadlineExceeded, 503, cases.CodeUnavailable},
		{sqlError{"57P01"}, 503, cases.CodeUnavailable},
		{sqlError{"08006"}, 503, cases.CodeUnavailable},
		{sqlError{"42P01"}, 500, cases.CodeInternal},
		{errors.New("小童"), 500, cases.CodeInternal},
		{cases.Refuse("a_code_of_tomorrow"), 500, cases.CodeInternal},
	} {
		b.book.fail = c.err
		r := desk.get("/api/v1/cases/" + id)
		r.refused(c.status, c.code)
		require.NotContains(t, string(r.body), "SQLSTATE")
		require.NotContains(t, string(r.body), "小童")
		require.NotContains(t, string(r.body), "relation")
		if c.status == 503 {
			require.NotEmpty(t, r.header.Get("Retry-After"))
		}
	}
	b.people.fail = errors.New("gone")
	desk.get("/api/v1/me").refused(500, cases.CodeInternal)
}

func TestAPanicIsAProblemWithoutItsText(t *testing.T) {
	b := setup(t) // no inbox: the handler meets a nil store
	r := b.as(testDesk).get("/api/v1/notices")
	r.refused(500, cases.CodeInternal)
	require.NotContains(t, string(r.body), "nil pointer")
	require.Len(t, b.log.FilterMessage("panic").All(), 1)
}

func TestTheAccessLogHasPatternsAndNoURLs(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	b.as(testDesk).get("/api/v1/cases/"+id+"?secret=canary").refused(422, cases.CodeField)
	lines := b.log.FilterMessage("request").All()
	last := lines[len(lines)-1].ContextMap()
	require.Equal(t, "/api/v1/cases/{id}", last["route"])
	require.Equal(t, int64(422), last["status"])
	require.Equal(t, "form_invalid", last["code"])
	for _, l := range b.log.All() {
		for _, v := range l.ContextMap() {
			if s, ok := v.(string); ok {
				require.NotContains(t, s, id)
				require.NotContains(t, s, "canary")
			}
		}
	}
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	for code, status := range statuses {
		require.GreaterOrEqual(t, status, 400, code)
	}
	require.Equal(t, 500, statusOf("unheard_of"))
}
