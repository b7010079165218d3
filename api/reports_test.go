package api

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/receipt"
)

func TestAReportOfAWhollyUnknownChildIsFiled(t *testing.T) {
	b := setup(t)
	b.book.down = errors.New("the engine is gone")
	got := b.anyone().post("/api/v1/reports", filing(), keyed("0123456789")...).is(http.StatusCreated)

	require.Equal(t, "强报〔2026〕000001", got["number"])
	require.NotContains(t, got, "case", "the public learns no id")
	require.Len(t, b.filings.filed, 1)
	f := b.filings.filed[0]
	code, err := receipt.Parse(got["receipt"].(string))
	require.NoError(t, err)
	digest := code.Digest()
	require.Equal(t, digest[:], f.ReceiptHash)
	require.Equal(t, records.Child{}, f.Child)
	require.Equal(t, testCity, f.Open.State.Org)
	_, owed := f.Open.State.Obligation("child_seen")
	require.True(t, owed)
	_, owed = f.Open.State.Obligation("police_report")
	require.True(t, owed)
	require.Zero(t, b.book.asked, "filing never asks the engine")
}

func TestAReportKeepsAllThatWasTold(t *testing.T) {
	b := setup(t)
	b.as(testDesk).post("/api/v1/reports", map[string]any{
		"situations": []string{"MR01", "MR04"}, "danger": "yes", "relation": "guardian", "org": string(testVillage), "avoid": []string{"town"},
		"found_at": "2026-03-03T08:00:00+08:00", "duty_unit": true, "unit": "school",
		"police":    map[string]any{"reported_at": "2026-03-04T08:30:00+08:00", "receipt": "110-7"},
		"child":     map[string]any{"name": "小童", "id_number": "379999201506010016", "age": 10},
		"reporter":  map[string]any{"name": "老师", "phone": "13900000001", "contact": "sms_only"},
		"narrative": map[string]any{"text": "经过", "place": "学校"},
	}, keyed("0123456789")...).is(http.StatusCreated)

	f := b.filings.filed[0]
	require.Equal(t, "小童", f.Child.Name)
	require.Equal(t, 10, *f.Child.Age)
	require.Equal(t, "sms_only", f.Reporter.Contact)
	require.Equal(t, records.Narrative{Text: "经过", Place: "学校", PoliceReceipt: "110-7"}, f.Narrative)
	require.Equal(t, "school", f.Unit)
	require.Equal(t, time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), f.FoundAt.UTC())
	s := f.Open.State
	require.Equal(t, cases.Red, s.Colour)
	require.True(t, s.Compartment)
	require.True(t, s.IsRecused(testSupervisor))
	require.Equal(t, cases.PoliceReported, s.Police.State)
	require.Empty(t, f.Author, "the desk writes down what another tells")
	require.Equal(t, testDesk, f.Open.Events[0].Actor.Post)
	require.NotEmpty(t, f.Open.Events[0].Actor.Person)
}

func TestTheDeskSaysHowAReportCameToIt(t *testing.T) {
	b := setup(t)
	body := with(with(filing(), "told", map[string]any{"via": "phone", "at": "2026-03-04T08:00:00+08:00", "read_back": true}),
		"reporter", map[string]any{"duty": "school", "when": "放学后"})
	b.as(testDesk).post("/api/v1/reports", body, keyed("0123456789")...).is(http.StatusCreated)
	r := b.filings.filed[0].Reporter
	require.Equal(t, "phone", r.ToldVia)
	require.Equal(t, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), r.ToldAt.UTC())
	require.True(t, r.ReadBack)
	require.Equal(t, "school", r.Duty)
	require.Equal(t, "放学后", r.When)
	shown := reporterOf(r)
	require.EqualValues(t, "phone", shown.Told.Via)
	require.Nil(t, reporterOf(records.Reporter{}).Told)

	b.as(testDesk).post("/api/v1/reports", with(filing(), "told", map[string]any{"via": "phone", "at": "2099-03-04T08:00:00+08:00"}), keyed("0123456780")...).refused(422, cases.CodeField)
	p := b.anyone().post("/api/v1/reports", with(filing(), "told", map[string]any{"via": "letter"}), keyed("0123456781")...).refused(422, cases.CodeField)
	require.Equal(t, "told", p.Errors[0].Field)
}

func TestWhoReportsStandsNowhereButSealed(t *testing.T) {
	school, other := cases.UnitPost("school", cases.RoleReporter), cases.UnitPost("hospital", cases.RoleReporter)
	for name, c := range map[string]struct {
		posts []cases.Post
		body  map[string]any
		post  cases.Post
		unit  string // in whose name
		told  string // whose name was told
	}{
		"a teacher for the school":        {[]cases.Post{school}, map[string]any{"duty_unit": true}, school, "school", "school"},
		"a teacher by name of the school": {[]cases.Post{other, school}, map[string]any{"duty_unit": true, "unit": "school"}, school, "school", "school"},
		"a teacher as a person":           {[]cases.Post{school}, map[string]any{"reporter": map[string]any{"personal": true}}, school, "", ""},
		"a teacher who says nothing":      {[]cases.Post{school}, map[string]any{}, school, "", ""},
		"a director":                      {[]cases.Post{testDirector}, map[string]any{}, testDirector, "", ""},
		"a director for a school":         {[]cases.Post{testDirector}, map[string]any{"duty_unit": true, "unit": "school"}, testDirector, "", "school"},
		"the desk as a person":            {[]cases.Post{testDesk}, map[string]any{"reporter": map[string]any{"personal": true}}, testDesk, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			body := filing()
			for k, v := range c.body {
				body[k] = v
			}
			b.as(c.posts...).post("/api/v1/reports", body, keyed("0123456789")...).is(http.StatusCreated)
			f := b.filings.filed[0]
			require.Equal(t, cases.Actor{}, f.Open.Events[0].Actor)
			person := b.people.only()
			require.Equal(t, person, f.Author)
			require.Equal(t, c.unit, f.Unit)
			require.Equal(t, c.post, f.Reporter.Post)
			require.Equal(t, c.told, f.Reporter.DutyUnit)
			for _, line := range b.log.FilterField(zap.String("route", "/api/v1/reports")).All() {
				require.NotContains(t, line.ContextMap(), "person", "the log does not say who reports")
			}
		})
	}
}

func TestNobodyFilesInTheNameOfAUnitThatIsNotTheirs(t *testing.T) {
	b := setup(t)
	body := with(with(filing(), "duty_unit", true), "unit", "hospital")
	b.as(cases.UnitPost("school", cases.RoleReporter)).post("/api/v1/reports", body, keyed("0123456789")...).refused(422, cases.CodeField)
	b.anyone().post("/api/v1/reports", body, keyed("0123456789")...).is(http.StatusCreated)
	require.Empty(t, b.filings.filed[0].Unit, "what the public says of a unit is not the unit's word")
	require.Equal(t, "hospital", b.filings.filed[0].Reporter.DutyUnit)
}

func TestAChildAsksForHelpWithFourAnswers(t *testing.T) {
	b := setup(t)
	got := b.anyone().post("/api/v1/reports", map[string]any{
		"entry": "child_help", "danger": "unsure", "child": map[string]any{"contact": "via_school", "school": "三小"},
		"narrative": map[string]any{"text": "我不敢回家", "place": "学校"},
	}, keyed("0123456789")...).is(http.StatusCreated)
	require.Contains(t, got["advice"].([]any)[0], "110")
	require.Contains(t, got["advice"].([]any)[0], "12355")
	f := b.filings.filed[0]
	require.Equal(t, []cases.Situation{"MR09"}, f.Open.State.Situations)
	require.Equal(t, cases.Red, f.Open.State.Colour)
	require.Equal(t, "child_help", f.Reporter.Entry)
	require.Equal(t, "via_school", f.Child.Contact)

	got = b.anyone().post("/api/v1/reports", map[string]any{"entry": "child_help", "danger": "no"}, append(keyed("0123456780"), "Accept-Language", "en")...).is(http.StatusCreated)
	require.Contains(t, got["advice"].([]any)[0], "call 110")
	require.NotEmpty(t, got["receipt"])
}

func TestOnlyAChildAboutItselfNamesNoSituation(t *testing.T) {
	b := setup(t)
	p := b.anyone().post("/api/v1/reports", map[string]any{"danger": "yes"}, keyed("0123456789")...).refused(422, cases.CodeField)
	require.Equal(t, "situations", p.Errors[0].Field)
	require.Equal(t, "required", p.Errors[0].Reason)
}

func TestAReportIsAnsweredWithWhatToDoNow(t *testing.T) {
	b := setup(t)
	got := b.anyone().post("/api/v1/reports", with(filing(), "situations", []string{"MR01"}), keyed("0123456789")...).is(http.StatusCreated)
	require.Len(t, got["advice"], 2)
	require.Contains(t, got["advice"].([]any)[0], "不代替报警")
	require.Contains(t, got["advice"].([]any)[1], "不换洗衣物")
	got = b.anyone().post("/api/v1/reports", with(filing(), "police", map[string]any{"reported_at": "2026-03-04T08:30:00+08:00"}), keyed("0123456780")...).is(http.StatusCreated)
	require.NotContains(t, got, "advice")
}

func TestTheSameKeyFilesOnceAndAnswersTheSame(t *testing.T) {
	b := setup(t)
	c := b.anyone()
	first := c.post("/api/v1/reports", filing(), keyed("0123456789")...)
	first.is(http.StatusCreated)
	again := c.post("/api/v1/reports", `{ "danger":"no",  "situations":["MR06"] }`, keyed("0123456789")...)
	again.is(http.StatusCreated)
	require.Equal(t, string(first.body), string(again.body))
	require.Empty(t, first.header.Get("Idempotency-Replayed"))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Len(t, b.filings.filed, 1)

	c.post("/api/v1/reports", with(filing(), "danger", "yes"), keyed("0123456789")...).refused(422, records.CodeKeyReused)
}

func TestTheDeskLearnsTheCaseThatItOpened(t *testing.T) {
	b := setup(t)
	got := b.as(testDesk).post("/api/v1/reports", filing(), keyed("0123456789")...).is(http.StatusCreated)
	require.Equal(t, b.filings.filed[0].Open.State.ID, got["case"])
	reporter := b.as(cases.UnitPost("school", cases.RoleReporter)).post("/api/v1/reports", filing(), keyed("0123456780")...).is(http.StatusCreated)
	require.NotContains(t, reporter, "case")
}

func TestReportsOfThePublicAreThrottledByAddress(t *testing.T) {
	b := setup(t, func(c *Config) { c.Limits.ReportPerAddress = 2 })
	c := b.anyone()
	c.post("/api/v1/reports", filing(), keyed("0123456781")...).is(201)
	c.post("/api/v1/reports", filing(), keyed("0123456782")...).is(201)
	r := c.post("/api/v1/reports", filing(), keyed("0123456783")...)
	r.refused(429, records.CodeThrottled)
	require.Equal(t, "60", r.header.Get("Retry-After"))
	b.as(testDesk).post("/api/v1/reports", filing(), keyed("0123456784")...).is(201) // who is known is not
}
