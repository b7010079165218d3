package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/receipt"
)

// Progress is all that a 查询码 shows of a case (8a.3): never the police's state,
// a visit's time, where the child is, or what was filed.
type Progress string

// The five states that a reporter may see.
const (
	ProgressReceived Progress = "received"    // 已收到
	ProgressChecking Progress = "checking"    // 核实中
	ProgressReferred Progress = "referred"    // 已转有关部门
	ProgressHandled  Progress = "handled"     // 已处理
	ProgressMoreInfo Progress = "please_tell" // 请补充
)

// Progresses lists the states in order.
var Progresses = []Progress{ProgressReceived, ProgressChecking, ProgressReferred, ProgressHandled, ProgressMoreInfo}

// progressOf tells the reporter's state of a case. asked is set while the office
// has asked the reporter something that is not answered yet.
func progressOf(st cases.State, asked bool) Progress {
	switch {
	case st.Erased():
		return ProgressHandled
	case st.Outcome == cases.OutcomeMerged:
		return ProgressChecking // the other case goes on
	case st.Outcome == cases.OutcomeReferred, st.Outcome == cases.OutcomeTransferred, st.Outcome == cases.OutcomeNotFound:
		return ProgressReferred
	case st.Stage == cases.Closed, st.Stage == cases.Archiving:
		return ProgressHandled
	case asked:
		return ProgressMoreInfo
	case st.Stage == cases.ReportReported:
		return ProgressReceived
	case slices.ContainsFunc(st.Tasks, func(t cases.Task) bool { return t.State != cases.TaskWithdrawn }):
		return ProgressReferred
	}
	return ProgressChecking
}

// ReceiptAnswer is what the 查询码 page shows.
type ReceiptAnswer struct {
	Number   string           `json:"number"`
	Progress choice[progress] `json:"progress"`
	Text     string           `json:"text" doc:"the state in words; of an unfounded report the sentence of 意见 15"`
	FiledAt  time.Time        `json:"filed_at"`
	Messages []Message        `json:"messages" doc:"the oldest first"`
}

type progress struct{}

func (progress) options() []string { return texts(Progresses) }

// Message is a line between the reporter and the office.
type Message struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	From string    `json:"from" enum:"reporter,office"`
	Text string    `json:"text"`
	Asks bool      `json:"asks,omitempty" doc:"the office waits for the reporter's answer"`
}

func messagesOf(lines []records.Message) []Message {
	out := make([]Message, len(lines))
	for i, m := range lines {
		out[i] = Message(m)
	}
	return out
}

type lookupInput struct {
	Language string `header:"Accept-Language"`
	Body     struct {
		Code string `json:"code" minLength:"1" maxLength:"200" doc:"the 查询码 as it is typed"`
	}
}

type reporterLine struct {
	OnceKey
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"200"`
		ReporterLine
	}
}

func (s *server) receiptRoutes() {
	register(s, operation{
		id: "look-up-receipt", method: http.MethodPost, path: "/api/v1/receipts/lookup", tag: "receipts", summary: "Follow a report up 凭查询码查询",
		public: true, unnamed: true, limit: func(l limiters) *limiter { return l.receipt }, codes: []cases.Code{records.CodeReceiptWrong},
	}, s.lookup)
	register(s, operation{
		id: "write-by-receipt", method: http.MethodPost, path: "/api/v1/receipts/messages", tag: "receipts", summary: "Add a message, or say 没解决 补充情况",
		about:  "Stored at once as a fact; the engine takes it in when it can.",
		public: true, unnamed: true, status: http.StatusCreated, limit: func(l limiters) *limiter { return l.receipt },
		codes: []cases.Code{records.CodeReceiptWrong, records.CodeReceiptEnded, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.writeByReceipt)
}

// filing finds what a typed code stands for. A misread code and one of nobody are
// told alike.
func (s *server) filing(ctx context.Context, typed string) (records.ReceiptView, error) {
	guess, err := s.tryCode(ctx)
	if err != nil {
		return records.ReceiptView{}, err
	}
	code, err := receipt.Parse(typed)
	if err != nil {
		return records.ReceiptView{}, cases.Refuse(records.CodeReceiptWrong)
	}
	digest := code.Digest()
	v, err := s.Receipts.ByReceipt(ctx, digest[:])
	if err != nil {
		return v, err
	}
	return v, guess.right(ctx)
}

func (s *server) lookup(ctx context.Context, in *lookupInput) (*answer[ReceiptAnswer], error) {
	v, err := s.filing(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &answer[ReceiptAnswer]{Body: receiptAnswer(tongueOf(in.Language), v.Number, v.State, v.FiledAt, v.Messages)}, nil
}

func receiptAnswer(lang *tongue, number string, st cases.State, filed time.Time, lines []records.Message) ReceiptAnswer {
	state, text := told(lang, st, records.Asked(lines))
	return ReceiptAnswer{Number: number, Progress: choice[progress](state), Text: text, FiledAt: filed, Messages: messagesOf(lines)}
}

// told gives a reporter's state of a case, and its words.
func told(lang *tongue, st cases.State, asked bool) (Progress, string) {
	state := progressOf(st, asked)
	if state == ProgressHandled && st.Outcome == cases.OutcomeUnfounded && !st.Erased() {
		return state, lang.say("progress.unfounded")
	}
	return state, lang.say("progress." + string(state))
}

func (s *server) writeByReceipt(ctx context.Context, in *reporterLine) (*answer[Message], error) {
	if err := in.Body.ReporterLine.check(); err != nil {
		return nil, err
	}
	v, err := s.filing(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return s.reporterSays(ctx, in.Key, v.Case, in.Body.ReporterLine)
}

// ReporterLine is what a reporter writes.
type ReporterLine struct {
	Text       string `json:"text,omitempty" maxLength:"4000"`
	Unresolved bool   `json:"unresolved,omitempty" doc:"没解决: opens a review by the office"`
}

func (l ReporterLine) check() error {
	if l.Text == "" && !l.Unresolved {
		return cases.Refuse(cases.CodeField, cases.FieldError{Field: "text", Reason: "required"})
	}
	return nil
}

// reporterSays commits what a reporter writes as a fact of nobody: neither the fact
// nor its key tells who it is.
func (s *server) reporterSays(ctx context.Context, key, filed string, l ReporterLine) (*answer[Message], error) {
	kind := cases.FactMessage
	if l.Unresolved {
		kind = cases.FactUnresolved
	}
	// The key is the receipt's: it says nothing of other reporters'.
	by := records.Access{Person: "receipt:" + filed}
	once := onceFor(by, "POST /api/v1/receipts/messages", key, l.Text, l.Unresolved)
	now := s.Now()
	m, err := s.Receipts.AddMessage(ctx, once, records.Access{}, filed, cases.Fact{
		ID: named(by, once.Route, key), Kind: kind, Occurred: now, Received: now,
	}, l.Text)
	if is(err, cases.CodeErased) {
		return nil, cases.Refuse(records.CodeReceiptEnded) // says nothing of what became of it
	}
	if err != nil {
		return nil, err
	}
	return &answer[Message]{Body: Message(m)}, nil
}
