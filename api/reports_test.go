package api

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	require.NotEmpty(t, f.By)
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
