package api

import (
	"context"
	"net/http"
	"time"

	"tonghu/cases"
	"tonghu/records"
)

// Notice is one notice to the person who asks.
type Notice struct {
	ID        string     `json:"id"`
	Type      string     `json:"type" doc:"the event's type; refused: a step answered 待执行 has been refused, key names it and its form is a draft; overload: somebody has too many; calendar: a working calendar is to be imported"`
	Case      string     `json:"case"`
	Number    string     `json:"number"`
	Key       string     `json:"key"`
	Name      Label      `json:"name"`
	Rung      int        `json:"rung"`
	RungName  string     `json:"rung_name,omitempty"`
	RungLabel Label      `json:"rung_label"`
	Urgent    bool       `json:"urgent"`
	At        time.Time  `json:"at"`
	Delivered *time.Time `json:"delivered,omitempty"`
	Read      *time.Time `json:"read,omitempty"`
	Acked     *time.Time `json:"acked,omitempty"`
	// Why it reached the person: /api/v1/obligations/{obligation}/ladder has the whole.
	Posts       []cases.Post `json:"posts" doc:"in which of one's posts"`
	Obligation  string       `json:"obligation,omitempty" doc:"what it reminds of"`
	Owner       cases.Post   `json:"owner,omitempty" doc:"who owes that"`
	Due         *time.Time   `json:"due,omitempty"`
	Provisional bool         `json:"provisional,omitempty" doc:"due was counted beyond the published calendar"`
	Ended       *time.Time   `json:"ended,omitempty" doc:"when that was done"`
	Owed        *Obligation  `json:"owed,omitempty" doc:"rung: what it reminds of as it stands, and who may acknowledge it; absent once that has ended"`
}

// Unread is how much of the inbox is not read.
type Unread struct {
	Count int  `json:"count"`
	More  bool `json:"more" doc:"there are more than are counted"`
}

// unreadMost bounds the count: a person needs to know that there are many, not how many.
const unreadMost = 100

type readInput struct {
	Body struct {
		Until time.Time `json:"until" doc:"what was in the inbox then"`
	}
}

// CaseNotice is that somebody was told of an event of a case.
type CaseNotice struct {
	ID          string       `json:"id"`
	Type        string       `json:"type" doc:"the event's type"`
	Key         string       `json:"key,omitempty" doc:"of the obligation"`
	Name        Label        `json:"name"`
	Rung        int          `json:"rung"`
	RungName    string       `json:"rung_name,omitempty"`
	RungLabel   Label        `json:"rung_label"`
	Urgent      bool         `json:"urgent"`
	At          time.Time    `json:"at"`
	Owner       cases.Post   `json:"owner,omitempty" doc:"the post that owed"`
	Posts       []cases.Post `json:"posts" doc:"in which the person was told"`
	Person      string       `json:"person"`
	PersonName  string       `json:"person_name,omitempty" doc:"for those who look through the office's people"`
	Undelivered bool         `json:"undelivered,omitempty" doc:"no channel reached the person"`
	Told        *time.Time   `json:"told,omitempty" doc:"since when it is in the inbox"`
	Read        *time.Time   `json:"read,omitempty"`
	Acked       *time.Time   `json:"acked,omitempty"`
	Messages    []Carried    `json:"messages" doc:"beside the inbox"`
}

// Carried is a message that carried a notice.
type Carried struct {
	Channel string    `json:"channel"`
	State   string    `json:"state" enum:"due,delivered,failed"`
	At      time.Time `json:"at"`
}

type caseNoticesInput struct {
	OfCase
	Page
	Order
}

type noticesInput struct {
	Page
	Unread bool `query:"unread"`
}

type noticeInput struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9-]+$"`
}

func (s *server) noticeRoutes() {
	register(s, operation{
		id: "list-notices", method: http.MethodGet, path: "/api/v1/notices", tag: "notices", summary: "One's notices, the newest first 我的消息",
		codes: []cases.Code{records.CodeCursor},
	}, s.notices)
	register(s, operation{
		id: "list-case-notices", method: http.MethodGet, path: "/api/v1/cases/{id}/notices", tag: "notices", summary: "Who was told of a case, when and how 提醒与送达",
		codes: []cases.Code{cases.CodeNotFound, records.CodeCursor},
	}, s.caseNotices)
	register(s, operation{
		id: "count-notices", method: http.MethodGet, path: "/api/v1/notices/unread", tag: "notices", summary: "How many are not read 未读消息数",
		quiet: true,
	}, s.unread)
	register(s, operation{
		id: "read-notices", method: http.MethodPost, path: "/api/v1/notices/read", tag: "notices", summary: "Mark all as read 全部标为已读",
		status: http.StatusNoContent,
	}, s.readNotices)
	register(s, operation{
		id: "read-notice", method: http.MethodPost, path: "/api/v1/notices/{id}/read", tag: "notices", summary: "Mark a notice as read 标为已读",
		status: http.StatusNoContent, codes: []cases.Code{cases.CodeNotFound},
	}, s.readNotice)
}

func (s *server) notices(ctx context.Context, in *noticesInput) (*answer[list[Notice]], error) {
	rows, next, err := s.Inbox.Notices(ctx, accessOf(ctx), in.Unread, records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Notice, len(rows))
	for i, n := range rows {
		out[i] = Notice{
			ID: n.ID, Type: n.Type, Case: n.Case, Number: n.Number, Key: n.Key, Name: label("obligation."+cases.KeyBase(n.Key), "step."+n.Key), Rung: n.Rung, RungName: n.RungName,
			RungLabel: label("rung." + n.RungName), Urgent: n.Urgent, At: n.At, Delivered: moment(n.Delivered), Read: moment(n.Read), Acked: moment(n.Acked),
			Posts: whole(n.Posts), Obligation: n.Obligation, Owner: n.Owner, Due: moment(n.Due), Provisional: n.Provisional, Ended: moment(n.Ended),
		}
		if n.Owed != nil {
			owed := s.obligationRow(*n.Owed, accessOf(ctx))
			out[i].Owed = &owed
		}
	}
	return listOf(out, next), nil
}

func (s *server) caseNotices(ctx context.Context, in *caseNoticesInput) (*answer[list[CaseNotice]], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	rows, next, err := s.Inbox.CaseNotices(ctx, a, in.ID, in.Order.Order == "newest", records.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	rows = shownNotices(rows, v, a)
	out := make([]CaseNotice, len(rows))
	for i, n := range rows {
		out[i] = CaseNotice{
			ID: n.ID, Type: n.Type, Key: n.Key, Name: label("obligation." + cases.KeyBase(n.Key)), Rung: n.Rung, RungName: n.RungName,
			RungLabel: label("rung." + n.RungName), Urgent: n.Urgent, At: n.At, Owner: n.Owner, Posts: whole(n.Posts), Person: n.Person,
			PersonName: n.Name, Undelivered: n.Undelivered, Told: moment(n.Told), Read: moment(n.Read), Acked: moment(n.Acked), Messages: []Carried{},
		}
		for _, m := range n.Messages {
			out[i].Messages = append(out[i].Messages, Carried(m))
		}
	}
	return listOf(out, next), nil
}

func (s *server) readNotice(ctx context.Context, in *noticeInput) (*none, error) {
	return nil, s.Inbox.MarkRead(ctx, accessOf(ctx), in.ID)
}

func (s *server) unread(ctx context.Context, _ *none) (*answer[Unread], error) {
	n, err := s.Inbox.Unread(ctx, accessOf(ctx), unreadMost+1)
	if err != nil {
		return nil, err
	}
	return &answer[Unread]{Body: Unread{Count: min(n, unreadMost), More: n > unreadMost}}, nil
}

func (s *server) readNotices(ctx context.Context, in *readInput) (*none, error) {
	return nil, s.Inbox.MarkAllRead(ctx, accessOf(ctx), in.Body.Until)
}
