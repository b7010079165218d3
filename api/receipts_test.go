package api

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"testing"
	"time"

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
			case cases.OutcomeTransferred, cases.OutcomeReferred:
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
