package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/receipt"
)

func TestAReporterSeesOneOfFiveStatesWhateverTheCaseIs(t *testing.T) {
	want := map[cases.Stage]Progress{cases.ReportReported: ProgressReceived, cases.Archiving: ProgressHandled, cases.Closed: ProgressHandled}
	for _, row := range cases.Stages(cases.MandatoryReport) {
		if row.Stage == cases.ReportDraft {
			continue
		}
		expected, ok := want[row.Stage]
		if !ok {
			expected = ProgressChecking
		}
		st := cases.State{Kind: cases.MandatoryReport, Stage: row.Stage}
		require.Equal(t, expected, progressOf(st, false), row.Stage)

		st.Police.State = cases.PoliceFiled
		require.Equal(t, expected, progressOf(st, false), "the police's state is never shown")

		for _, asked := range []bool{true, false} {
			require.Contains(t, Progresses, progressOf(st, asked))
		}
		if st.Running() && row.Stage != cases.Archiving {
			require.Equal(t, ProgressMoreInfo, progressOf(st, true))
		}
	}
	for _, outcome := range []cases.Outcome{
		cases.OutcomeClosed, cases.OutcomeInterim, cases.OutcomeMerged, cases.OutcomeTransferred, cases.OutcomeUnfounded, cases.OutcomeNotFound,
		cases.OutcomeReferred, cases.OutcomeRejected, cases.OutcomeReport, cases.OutcomeLongTerm, cases.OutcomeAdult, cases.OutcomeDeath,
	} {
		for _, stage := range []cases.Stage{cases.Archiving, cases.Closed} {
			expected := ProgressHandled
			switch outcome {
			case cases.OutcomeMerged:
				expected = ProgressChecking
			case cases.OutcomeTransferred, cases.OutcomeReferred, cases.OutcomeNotFound:
				expected = ProgressReferred
			}
			require.Equal(t, expected, progressOf(cases.State{Stage: stage, Outcome: outcome}, false), outcome)
		}
	}
	withTask := cases.State{Stage: cases.ReportPlanning, Tasks: []cases.Task{{State: cases.TaskAssigned}}}
	require.Equal(t, ProgressReferred, progressOf(withTask, false))
	withTask.Tasks[0].State = cases.TaskWithdrawn
	require.Equal(t, ProgressChecking, progressOf(withTask, false))
}

// known makes the bundle know one receipt.
func known(b *bundle, st cases.State) receipt.Code {
	code := receipt.New()
	digest := code.Digest()
	b.receipts.byHash = func(hash []byte) (records.ReceiptView, error) {
		if [sha256.Size]byte(hash) != digest {
			return records.ReceiptView{}, cases.Refuse(records.CodeReceiptWrong)
		}
		return records.ReceiptView{Case: "0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01", Number: "强报〔2026〕000001", State: st, FiledAt: time.Unix(0, 0).UTC()}, nil
	}
	return code
}

func TestALookupShowsNothingBesideTheFixedStates(t *testing.T) {
	b := setup(t)
	code := known(b, cases.State{ID: "x", Stage: cases.ReportTriage, Org: testVillage, Police: cases.PoliceTrack{State: cases.PoliceFiled}})
	r := b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": code.Reveal()})
	var got map[string]json.RawMessage
	r.is(http.StatusOK)
	require.NoError(t, json.Unmarshal(r.body, &got))
	require.Len(t, got, 5)
	require.JSONEq(t, `{"number":"强报〔2026〕000001","progress":"checking","text":"核实中","filed_at":"1970-01-01T00:00:00Z","messages":[]}`, string(r.body))
}

// everyOutcome is each way a case can end, and that it has not.
var everyOutcome = []cases.Outcome{
	"", cases.OutcomeClosed, cases.OutcomeInterim, cases.OutcomeMerged, cases.OutcomeTransferred, cases.OutcomeUnfounded, cases.OutcomeNotFound,
	cases.OutcomeReferred, cases.OutcomeRejected, cases.OutcomeReport, cases.OutcomeLongTerm, cases.OutcomeAdult, cases.OutcomeDeath,
}

// everyState gives each combination of kind, stage, outcome, police track and task,
// with orders and colours in turn: all that the engine can reach, and more. Times,
// posts and ids in it are ones that a reporter must not read.
func everyState(yield func(cases.State) bool) {
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	police := []cases.PoliceState{
		cases.PoliceNone, cases.PoliceReported, cases.PoliceAccepted, cases.PoliceFiled, cases.PoliceMoved, cases.PoliceNotFiled,
		cases.PoliceProsecuted, cases.PoliceEnded,
	}
	tasks := []cases.TaskState{"", cases.TaskAssigned, cases.TaskSigned, cases.TaskWorking, cases.TaskReported, cases.TaskAccepted, cases.TaskWithdrawn}
	orders := []string{"", "applied", "issued", "refused", "ended"}
	n := 0
	for _, kind := range cases.Kinds {
		for _, row := range cases.Stages(kind) {
			for _, outcome := range everyOutcome {
				for i, p := range police {
					for _, task := range tasks {
						n++
						st := cases.State{
							Schema: cases.SchemaVersion, ID: uuid.NewString(), Kind: kind, Stage: row.Stage, Outcome: outcome, Org: testVillage, Owner: testManager,
							Opened: at, Since: at, Clock: at, Colour: cases.Colours[n%len(cases.Colours)], Danger: cases.DangerYes, Relation: "guardian",
							Situations: []cases.Situation{"MR01", "MR02"}, Compartment: i%2 == 0, Recused: []cases.Post{testDirector},
							Police:     cases.PoliceTrack{State: p, ReportedAt: at, AcceptedAt: at, FiledAt: at, EndedAt: at, Result: "administrative", Complainant: true},
							Protection: cases.ProtectionTrack{ChildSeenAt: at, HeldBy: testHead, OnSceneAt: at, MedicalAt: at, OrderState: orders[n%len(orders)], OrderExpires: at, Notice: "withheld"},
							Guardianship: cases.GuardianshipTrack{
								ReceivedAt: at, DecidedAt: at, Placement: "shelter", Shelter: cases.UnitPost("shelter", cases.RoleShelter), Conclusion: "revoke",
							},
							Obligations: []cases.Obligation{{Key: "visit", Due: at, Owner: testDirector}, {Key: "feedback", Due: at, Owner: "unit:police/police"}},
							Links:       []cases.Link{{Case: uuid.NewString(), Kind: cases.Guardianship, Relation: "opened", Open: true}},
							Unmet:       []time.Time{at},
						}
						if task != "" {
							st.Tasks = []cases.Task{{N: 1, Post: testJustice, Measure: "legal_aid", State: task}}
						}
						if !yield(st) {
							return
						}
					}
				}
			}
		}
	}
}

// TestALookupShowsOneOfFiveStatesOfEveryCase proves of every state that a case can be
// in, that what a code shows of it is one of five words, the sentence of 意见 15, and
// what the office and the reporter wrote: the answer is the same, byte for byte, as
// the one that those words make.
func TestALookupShowsOneOfFiveStatesOfEveryCase(t *testing.T) {
	b := setup(t)
	code := receipt.New()
	var st cases.State
	var lines []records.Message
	filed := time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)
	b.receipts.byHash = func([]byte) (records.ReceiptView, error) {
		return records.ReceiptView{Case: st.ID, Number: "强报〔2026〕000007", State: st, FiledAt: filed, Messages: lines}, nil
	}
	handler := New(b.config)
	ask := func(lang string) string {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/receipts/lookup", strings.NewReader(`{"code":"`+code.Reveal()+`"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
		return w.Body.String()
	}
	answers := map[string]bool{}
	messages := [][]records.Message{nil, {{ID: "m", At: filed, From: "office", Text: "请补充", Asks: true}}}
	for _, lang := range []*tongue{chinese, english} {
		texts := map[Progress]string{}
		for _, p := range Progresses {
			texts[p] = lang.say("progress." + string(p))
		}
		for _, m := range messages {
			for _, p := range Progresses {
				answers[mustJSON(t, ReceiptAnswer{"强报〔2026〕000007", choice[progress](p), texts[p], filed, messagesOf(m)})] = true
			}
			answers[mustJSON(t, ReceiptAnswer{"强报〔2026〕000007", "handled", lang.say("progress.unfounded"), filed, messagesOf(m)})] = true
		}
	}
	require.Len(t, answers, 24)
	shown, states := map[string]int{}, 0
	for st = range everyState {
		states++
		lines = messages[states%2]
		got := strings.TrimSpace(ask([]string{"zh-CN", "en"}[states/2%2]))
		require.True(t, answers[got], got)
		shown[got]++
	}
	require.Greater(t, states, 15000)
	require.Len(t, shown, 24-4, "not reached: 已收到 with a question open, 请补充 without one")
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestTheReporterOfAnUnfoundedReportReadsTheSentenceOfTheOpinion(t *testing.T) {
	b := setup(t)
	code := known(b, cases.State{Stage: cases.Closed, Outcome: cases.OutcomeUnfounded})
	got := b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": code.Reveal()}).is(http.StatusOK)
	require.Equal(t, "handled", got["progress"])
	require.Contains(t, got["text"], "暂未发现需要继续处置的情况")
}

func TestAWrongCodeIsToldAlikeHoweverItIsWrong(t *testing.T) {
	b := setup(t)
	known(b, cases.State{})
	for _, code := range []string{"x", receipt.New().Reveal(), "AAA-AAA-AAA-AAA-AAA-AAA-AAA-AAA-AAA"} {
		b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": code}).refused(404, records.CodeReceiptWrong)
	}
}

func TestGuessingCodesIsThrottled(t *testing.T) {
	b := setup(t, func(c *Config) { c.Limits.ReceiptPerAddress = 3 })
	known(b, cases.State{})
	for range 3 {
		b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": "x"}).refused(404, records.CodeReceiptWrong)
	}
	b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": "x"}).refused(429, records.CodeThrottled)
}

// tolls counts in memory.
type tolls struct {
	openThrottle
	taken map[string]int
}

func (c *tolls) Take(_ context.Context, _ time.Time, of ...records.Toll) (records.Taken, error) {
	for _, t := range of {
		if c.taken[t.Of+t.Key] >= t.Most {
			return records.Taken{Wait: t.Span}, nil
		}
		c.taken[t.Of+t.Key]++
	}
	return records.Taken{}, nil
}

func (c *tolls) GiveBack(_ context.Context, of ...records.Toll) error {
	for _, t := range of {
		c.taken[t.Of+t.Key]--
	}
	return nil
}

func TestWrongCodesAreCountedForAllProcessesAndRightOnesAreNot(t *testing.T) {
	count := &tolls{taken: map[string]int{}}
	b := setup(t, func(c *Config) { c.Throttle, c.Limits.ReceiptGuesses = count, 2 })
	code := known(b, cases.State{Stage: cases.ReportTriage})
	lookup := func(code string) reply {
		return b.anyone().post("/api/v1/receipts/lookup", map[string]any{"code": code})
	}
	for range 5 {
		lookup(code.Reveal()).is(http.StatusOK)
	}
	lookup("x").refused(404, records.CodeReceiptWrong)
	lookup(receipt.New().Reveal()).refused(404, records.CodeReceiptWrong)
	r := lookup("x")
	r.refused(429, records.CodeThrottled)
	require.Equal(t, "600", r.header.Get("Retry-After"))
	b.anyone().post("/api/v1/receipts/messages", map[string]any{"code": "x", "text": "…"}, keyed("0123456789")...).refused(429, records.CodeThrottled)
}

func TestWhatAReporterWritesIsAFact(t *testing.T) {
	b := setup(t)
	code := known(b, cases.State{Stage: cases.Closed})
	c := b.anyone()
	c.post("/api/v1/receipts/messages", map[string]any{"code": code.Reveal(), "text": "又发生了"}, keyed("0123456789")...).is(http.StatusCreated)
	c.post("/api/v1/receipts/messages", map[string]any{"code": code.Reveal(), "unresolved": true}, keyed("0123456780")...).is(http.StatusCreated)
	c.post("/api/v1/receipts/messages", map[string]any{"code": code.Reveal()}, keyed("0123456780")...).refused(422, cases.CodeField)

	require.Equal(t, []string{"又发生了", ""}, b.receipts.texts)
	require.Equal(t, cases.FactMessage, b.receipts.said[0].Kind)
	require.Equal(t, cases.FactUnresolved, b.receipts.said[1].Kind)
	require.Empty(t, b.receipts.said[0].Fields, "the words are sealed")
	require.NotContains(t, b.receipts.once[0].Actor, code.Reveal())
	require.Zero(t, b.book.asked)
}
