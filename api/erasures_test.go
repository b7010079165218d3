package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/receipt"
)

var (
	testPolice     = cases.UnitPost("police", cases.RolePolice)
	testProcurator = cases.UnitPost("procuratorate", cases.RoleProcurator)
)

// take takes a step beside HTTP, by somebody else.
func (b *book) take(t testing.TB, step cases.StepName, by cases.Post, fields cases.Fields) {
	t.Helper()
	did, refusal := cases.Apply(b.view.State, b.rules, cases.Command{
		ID: uuid.NewString(), Case: b.view.ID, Step: step, By: cases.Actor{Person: "person of " + string(by), Post: by}, Base: -1, Fields: fields,
	}, b.now())
	require.Nil(t, refusal, "%s: %v", step, refusal)
	b.view.State = did.State
	b.row()
}

// referred brings the book's report to where its papers are to be filed away.
func (b *book) referred(t testing.TB, ended bool) string {
	t.Helper()
	id := b.open(t)
	at := b.now().Format(time.RFC3339)
	b.take(t, "police_report", testDesk, cases.Fields{"reported_at": at})
	if ended {
		b.take(t, "police_end", testPolice, cases.Fields{"at": at, "result": "no_offence"})
	}
	b.take(t, "triage", testDesk, cases.Fields{
		"colour": "blue", "duplicate": "false", "jurisdiction": "own", "guardianship_needed": "false", "compartment": "false", "relation": "guardian",
	})
	b.take(t, "refer", testDesk, nil)
	return id
}

func (c *caller) step(id, step string, fields map[string]any) reply {
	return c.post(stepPath(id, step), map[string]any{"base": c.book.view.State.DecisionSeq, "fields": fields}, keyed(uuid.NewString())...)
}

func erasing() map[string]any {
	return map[string]any{"cause": "filed_in_error", "reason": "录错了人"}
}

// certificates are those of the destroyed cases.
type certificates map[string]records.Erasure

func (c certificates) Erasure(_ context.Context, _ records.Access, id string) (records.Erasure, error) {
	e, ok := c[id]
	if !ok {
		return e, cases.Refuse(cases.CodeNotFound)
	}
	return e, nil
}

func TestAFileIsDestroyedByTwoPersons(t *testing.T) {
	done := certificates{}
	b := setup(t, func(c *Config) { c.Erasures = done })
	id := b.book.referred(t, true)
	head := b.as(testHead, testBureau) // one person in two posts
	head.get("/api/v1/cases/"+id+"/erasure").refused(http.StatusNotFound, cases.CodeNotFound)

	got := head.step(id, "erase", erasing()).is(http.StatusOK)
	require.Equal(t, true, got["proposed"])
	now := got["case"].(map[string]any)
	require.Equal(t, "archiving", now["stage"], "nothing is destroyed by one person")
	require.NotNil(t, now["child"])
	proposal := map[string]any{"proposal": b.book.view.State.Proposals[0].ID}
	head.step(id, "approve", proposal).refused(http.StatusForbidden, cases.CodeSecond)
	head.post(stepPath(id, "approve"), map[string]any{"base": b.book.view.State.DecisionSeq, "fields": proposal, "post": testBureau},
		keyed(uuid.NewString())...).refused(http.StatusForbidden, cases.CodeSecond)
	b.as(testDesk).step(id, "approve", proposal).refused(http.StatusForbidden, cases.CodeRole)

	got = b.as(testBureau).step(id, "approve", proposal).is(http.StatusOK)
	now = got["case"].(map[string]any)
	require.Equal(t, "closed", now["stage"])
	require.Empty(t, now["allowed"])

	// What the store then gives has no words; were a key left, nothing would be shown.
	b.book.view.ErasedAt = b.book.view.State.ErasedAt
	shell := b.as(testDesk, testManager, testHead).get("/api/v1/cases/" + id).is(http.StatusOK)
	for _, part := range []string{"child", "narrative", "reporter", "retention"} {
		require.NotContains(t, shell, part)
	}
	require.NotEmpty(t, shell["erased_at"])
	require.Equal(t, string(testVillage.Town()), shell["org"])
	b.as(testDirector).get("/api/v1/cases/"+id).refused(http.StatusNotFound, cases.CodeNotFound)
	b.as(testHead).step(id, "reopen", map[string]any{"cause": "other"}).refused(http.StatusUnprocessableEntity, cases.CodeErased)
}

func TestALegalHoldKeepsAFileFromBeingDestroyed(t *testing.T) {
	b := setup(t)
	id := b.book.referred(t, true)
	head := b.as(testHead)
	shown := b.as(testProcurator).step(id, "hold", map[string]any{"cause": "prosecution", "reason": "补充侦查"}).is(http.StatusOK)
	holds := shown["case"].(map[string]any)["holds"].([]any)
	require.Equal(t, "prosecution", holds[0].(map[string]any)["cause"])
	require.Equal(t, string(testProcurator), holds[0].(map[string]any)["by"])

	p := head.step(id, "erase", erasing()).refused(http.StatusUnprocessableEntity, cases.CodeHold)
	require.Contains(t, p.Detail, "检察机关办案")
	require.Equal(t, "/api/v1/drafts", p.Draft, "what was typed is kept")
	require.Contains(t, p.Allowed, cases.StepName("release_hold"))

	head.step(id, "release_hold", map[string]any{"cause": "prosecution", "reason": "侦查终结"}).is(http.StatusOK)
	head.step(id, "erase", erasing()).refused(http.StatusUnprocessableEntity, cases.CodeHold)
	b.as(testBureau).step(id, "approve", map[string]any{"proposal": b.book.view.State.Proposals[0].ID}).is(http.StatusOK)
	head.step(id, "erase", erasing()).is(http.StatusOK)
}

func TestAnOpenPoliceTrackKeepsAFileFromBeingDestroyed(t *testing.T) {
	b := setup(t)
	id := b.book.referred(t, false)
	b.as(testHead).step(id, "erase", erasing()).refused(http.StatusUnprocessableEntity, cases.CodePoliceTrack)
}

func TestTheCertificateSaysWhoDestroyedWhatAndWhy(t *testing.T) {
	done := certificates{}
	b := setup(t, func(c *Config) { c.Erasures = done })
	id := b.book.referred(t, true)
	at := time.Date(2026, 3, 4, 9, 30, 0, 0, cases.Zone)
	done[id] = records.Erasure{
		Case: id, Number: "强报〔2026〕000001", Kind: cases.MandatoryReport, Decision: "d", DecidedIn: id, At: at, Cause: "filed_in_error",
		By: cases.Actor{Person: "p", Post: testHead}, Second: cases.Actor{Person: "q", Post: testBureau}, ByName: "安和市", SecondName: "安和市",
		Keys: []string{"ordinary:0123456789abcdef"},
	}
	head := b.as(testHead)
	got := head.get("/api/v1/cases/" + id + "/erasure").is(http.StatusOK)
	require.Equal(t, "filed_in_error", got["cause"])
	require.Equal(t, map[string]any{"person": "q", "post": string(testBureau), "place": "安和市"}, got["second"])
	require.NotContains(t, got, "listed_at")

	page := head.get("/api/v1/cases/" + id + "/erasure/letter")
	require.Equal(t, http.StatusOK, page.status)
	require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	for _, said := range []string{"档案销毁证明", "强报〔2026〕000001", "误录", "安和市未保办主任", "安和市民政局分管领导", "2026年3月4日 09:30", "ordinary:0123456789abcdef", "正在写入"} {
		require.Contains(t, string(page.body), said)
	}
	b.as(testSupervisor).get("/api/v1/cases/"+id+"/erasure").refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testPolice).get("/api/v1/cases/"+id+"/erasure/letter").refused(http.StatusForbidden, records.CodeForbidden)
}

func TestAReceiptOfADestroyedFileSaysNothingOfIt(t *testing.T) {
	b := setup(t)
	v := records.ReceiptView{Case: uuid.NewString(), Number: "强报〔2026〕000001", State: cases.State{
		Stage: cases.Closed, Outcome: cases.OutcomeUnfounded, ErasedAt: b.now,
	}}
	b.receipts.byHash = func([]byte) (records.ReceiptView, error) { return v, nil }
	b.receipts.refuse = cases.Refuse(cases.CodeErased)
	code := receipt.New().Reveal()
	got := b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": code}).is(http.StatusOK)
	require.Equal(t, "handled", got["progress"])
	require.Equal(t, chinese.say("progress.handled"), got["text"])
	p := b.anyone().post("/api/v1/receipts/messages", map[string]any{"code": code, "unresolved": true}, keyed(uuid.NewString())...).refused(422, records.CodeReceiptEnded)
	for _, word := range []string{"销毁", "删除", "档案"} {
		require.False(t, strings.Contains(p.Title+p.Detail, word), word)
	}
}

func TestTheRetentionOfAClosedCaseIsShown(t *testing.T) {
	b := setup(t)
	id := b.book.referred(t, true)
	head := b.as(testHead)
	require.NotContains(t, head.get("/api/v1/cases/"+id).is(200), "retention")
	b.book.take(t, "archive", testDesk, cases.Fields{"documents": "catalogue"})
	b.book.view.Retention = records.Retention{Rule: "report", AppraiseAt: time.Date(2057, 1, 1, 0, 0, 0, 0, cases.Zone).UTC()}
	require.Equal(t, map[string]any{"rule": "report", "permanent": false, "appraise_at": "2056-12-31T16:00:00Z"},
		head.get("/api/v1/cases/" + id).is(200)["retention"])
	b.book.view.Retention = records.Retention{Rule: "guardianship"}
	require.Equal(t, map[string]any{"rule": "guardianship", "permanent": true}, head.get("/api/v1/cases/" + id).is(200)["retention"])
}

func TestTheScheduleStandsBesideTheDeadlines(t *testing.T) {
	b := setup(t)
	rows := b.as(testDesk).get("/api/v1/rules").is(200)["retention"].([]any)
	require.Len(t, rows, 3)
	report := rows[1].(map[string]any)
	require.Equal(t, "report", report["kind"])
	require.Equal(t, map[string]any{"value": 30.0, "unit": "year"}, report["span"])
	require.Equal(t, "L", report["class"])
	require.Equal(t, map[string]any{"zh-CN": "巡查探访", "en": "visits"}, rows[2].(map[string]any)["name"])
}
