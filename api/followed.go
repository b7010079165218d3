package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// What a reporter follows without a 查询码: the author, by the own account; the head
// of a duty unit, what was filed in the unit's name, never by whom (8a.3). Nothing
// here is logged with the caller's name.

// FollowedRow is a report in a list of those that one follows.
type FollowedRow struct {
	Number     string           `json:"number" doc:"强报〔2026〕000123"`
	FiledAt    time.Time        `json:"filed_at"`
	InUnitName bool             `json:"in_unit_name" doc:"filed in the duty unit's name: its head sees it too, without its author"`
	Progress   choice[progress] `json:"progress"`
	Text       string           `json:"text" doc:"the state in words"`
}

// Followed is one report that one follows.
type Followed struct {
	FollowedRow
	Feedback []Feedback `json:"feedback" doc:"反馈单: what the police told the reporter, the oldest first"`
	Messages []Message  `json:"messages" doc:"with the office, the oldest first; for the author alone"`
}

// Feedback is a 反馈单 (意见 10).
type Feedback struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func followedRow(f records.Followed, lang *tongue) FollowedRow {
	state, text := told(lang, f.State, f.Asked)
	return FollowedRow{Number: f.Number, FiledAt: f.FiledAt, InUnitName: f.InUnitName, Progress: choice[progress](state), Text: text}
}

func followedOf(f records.Followed, lang *tongue) *answer[Followed] {
	out := Followed{FollowedRow: followedRow(f, lang), Feedback: []Feedback{}, Messages: messagesOf(f.Messages)}
	for _, b := range f.Feedback {
		out.Feedback = append(out.Feedback, Feedback(b))
	}
	return &answer[Followed]{Body: out}
}

type followedPage struct {
	Page
	Language string `header:"Accept-Language"`
}

// ReportNumber names a report by its number: in a body, because a URL is kept in too many
// places.
type ReportNumber struct {
	Number string `json:"number" minLength:"1" maxLength:"60" doc:"强报〔2026〕000123"`
}

type followedInput struct {
	Language string `header:"Accept-Language"`
	Body     ReportNumber
}

type ownLine struct {
	OnceKey
	Body struct {
		ReportNumber
		ReporterLine
	}
}

func (s *server) followedRoutes() {
	notFound := []cases.Code{cases.CodeNotFound}
	unitHead := cases.RolesThat(cases.FollowUnit)
	register(s, operation{
		id: "list-own-reports", method: http.MethodGet, path: "/api/v1/my/reports", tag: "receipts", summary: "The reports that one filed while signed in 我的报告",
		unnamed: true, codes: []cases.Code{records.CodeCursor},
	}, func(ctx context.Context, in *followedPage) (*answer[list[FollowedRow]], error) {
		return s.followed(ctx, in, s.Receipts.OwnReports)
	})
	register(s, operation{
		id: "look-up-own-report", method: http.MethodPost, path: "/api/v1/my/reports/lookup", tag: "receipts", summary: "One of them, with the feedback 我的报告与反馈单",
		unnamed: true, codes: notFound,
	}, func(ctx context.Context, in *followedInput) (*answer[Followed], error) {
		return s.oneFollowed(ctx, in, s.Receipts.OwnReport)
	})
	register(s, operation{
		id: "write-about-own-report", method: http.MethodPost, path: "/api/v1/my/reports/messages", tag: "receipts", summary: "Add a message, or say 没解决 补充情况",
		about:   "Stored at once as a fact; the engine takes it in when it can.",
		unnamed: true, status: http.StatusCreated,
		codes: []cases.Code{cases.CodeNotFound, records.CodeReceiptEnded, records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight},
	}, s.writeAboutOwn)
	register(s, operation{
		id: "list-unit-reports", method: http.MethodGet, path: "/api/v1/unit/reports", tag: "receipts", summary: "The reports filed in one's unit's name 本单位的报告",
		about:   "Without their authors: what is filed 以个人名义 is not among them.",
		unnamed: true, roles: unitHead, codes: []cases.Code{records.CodeCursor},
	}, func(ctx context.Context, in *followedPage) (*answer[list[FollowedRow]], error) {
		return s.followed(ctx, in, s.Receipts.UnitReports)
	})
	register(s, operation{
		id: "look-up-unit-report", method: http.MethodPost, path: "/api/v1/unit/reports/lookup", tag: "receipts", summary: "One of them, with the feedback 本单位的报告与反馈单",
		about:   "messages is empty: what the author wrote is the author's.",
		unnamed: true, roles: unitHead, codes: notFound,
	}, func(ctx context.Context, in *followedInput) (*answer[Followed], error) {
		return s.oneFollowed(ctx, in, s.Receipts.UnitReport)
	})
}

func (s *server) followed(
	ctx context.Context, in *followedPage, of func(context.Context, records.Access, records.Cursor, int) ([]records.Followed, records.Cursor, error),
) (*answer[list[FollowedRow]], error) {
	rows, next, err := of(ctx, accessOf(ctx), records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	lang := tongueOf(in.Language)
	out := make([]FollowedRow, len(rows))
	for i, f := range rows {
		out[i] = followedRow(f, lang)
	}
	return listOf(out, next), nil
}

func (s *server) oneFollowed(
	ctx context.Context, in *followedInput, of func(context.Context, records.Access, string) (records.Followed, error),
) (*answer[Followed], error) {
	f, err := of(ctx, accessOf(ctx), in.Body.Number)
	if err != nil {
		return nil, err
	}
	return followedOf(f, tongueOf(in.Language)), nil
}

func (s *server) writeAboutOwn(ctx context.Context, in *ownLine) (*answer[Message], error) {
	if err := in.Body.ReporterLine.check(); err != nil {
		return nil, err
	}
	f, err := s.Receipts.OwnReport(ctx, accessOf(ctx), in.Body.Number)
	if err != nil {
		return nil, err
	}
	return s.reporterSays(ctx, in.Key, f.Case, in.Body.ReporterLine)
}
