package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// climbed is an obligation of the desk's on whose ladder the manager's rung fired last.
func (b *bundle) climbed() (ack string) {
	id := b.book.open(b.t)
	o, _ := b.book.view.State.Obligation("triage")
	o.Rung = 3
	b.worklist.row = records.ObligationRow{
		ID: "o-1", Case: id, Colour: cases.Yellow, Obligation: o, Alert: cases.Alert{Posts: []cases.Post{testManager, testHead}}, Reached: []cases.Post{testManager},
	}
	return "/api/v1/obligations/o-1/ack"
}

func TestAnAcknowledgementFromBelowTheRungIsRefusedAndNotTakenForOne(t *testing.T) {
	b := setup(t)
	ack := b.climbed()
	p := b.as(testSupervisor).post(ack, map[string]any{}, keyed("0123456789")...).refused(403, cases.CodeBelowRung)
	require.Equal(t, "post", p.Errors[0].Field)
	require.Equal(t, string(testManager)+", "+string(testHead), p.Errors[0].Want, "who may")
	p = b.as(testDesk).post(ack, map[string]any{"for": string(testSupervisor)}, keyed("0123456789")...).refused(403, cases.CodeBelowRung)
	require.Equal(t, "for", p.Errors[0].Field)
	require.Empty(t, b.book.facts)

	b.worklist.row.Alert.Refusal = cases.CodeAcked
	b.as(testManager).post(ack, map[string]any{}, keyed("0123456789")...).refused(422, cases.CodeAcked)
	b.worklist.row.Alert.Refusal = cases.CodeOwnReading
	b.as(testManager).post(ack, map[string]any{}, keyed("0123456780")...).refused(403, cases.CodeOwnReading)
	require.Empty(t, b.book.facts)
}

func TestWhoHoldsSeveralPostsAcknowledgesInTheOneThatMay(t *testing.T) {
	b := setup(t)
	ack := b.climbed()
	both := b.as(testSupervisor, testHead)
	both.post(ack, map[string]any{}, keyed("0123456789")...).is(http.StatusCreated)
	require.Equal(t, testHead, b.book.facts[0].By.Post)
	both.post(ack, map[string]any{"post": string(testSupervisor)}, keyed("0123456780")...).refused(403, cases.CodeBelowRung)
	// The desk records for others in its own post, whichever else its holder has.
	b.as(testSupervisor, testDesk).post(ack, map[string]any{"for": string(testManager)}, keyed("0123456781")...).is(http.StatusCreated)
	require.Equal(t, testDesk, b.book.facts[1].By.Post)
	require.Equal(t, string(testManager), b.book.facts[1].Fields["for"])
}

func TestAnObligationSaysWhichOfOnesPostsMayAcknowledge(t *testing.T) {
	b := setup(t)
	b.climbed()
	seen := func(posts ...cases.Post) map[string]any {
		return b.as(posts...).get("/api/v1/obligations").is(200)["items"].([]any)[0].(map[string]any)
	}
	o := seen(testSupervisor, testManager)
	require.Equal(t, []any{string(testManager)}, o["may_ack"])
	require.Equal(t, []any{string(testManager)}, o["reached"])
	require.Equal(t, []any{string(testHead)}, o["may_record"], "a manager records for the others")
	require.Nil(t, seen(testSupervisor)["may_ack"])
	require.Nil(t, seen(testSupervisor)["may_record"])

	for name, change := range map[string]func(*records.ObligationRow){
		"used up": func(r *records.ObligationRow) { r.Alert.Refusal = cases.CodeAcked },
		"paused":  func(r *records.ObligationRow) { r.Obligation.PausedSince = b.now },
		"ended":   func(r *records.ObligationRow) { r.EndedAt = b.now },
		"no rung": func(r *records.ObligationRow) { r.Obligation.Rung = 0 },
	} {
		b.climbed()
		change(&b.worklist.row)
		require.Nil(t, seen(testManager)["may_ack"], name)
	}
}

func TestAnObligationSaysWhetherItsClockMayStandAndWhyItDoes(t *testing.T) {
	b := setup(t)
	b.climbed()
	row, _ := b.book.rules.Deadline("plan", cases.Yellow)
	require.True(t, row.Pausable)
	b.worklist.row.Deadline = row
	b.worklist.row.Obligation.PausedSince, b.worklist.row.Obligation.PausedFor = b.now.Add(-time.Hour), "weather"
	o := b.as(testManager).get("/api/v1/obligations").is(200)["items"].([]any)[0].(map[string]any)
	require.Equal(t, true, o["pausable"])
	require.Equal(t, "weather", o["paused_for"])
}
