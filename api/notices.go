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
	Type      string     `json:"type" doc:"the event's type; refused: a step answered 待执行 has been refused, key names it and its form is a draft; overload: somebody has too many"`
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
		}
	}
	return listOf(out, next), nil
}

func (s *server) readNotice(ctx context.Context, in *noticeInput) (*none, error) {
	return nil, s.Inbox.MarkRead(ctx, accessOf(ctx), in.ID)
}
