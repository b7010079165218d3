package notify_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

func TestWeComOK(t *testing.T) {
	srv := serve(t, accepted(notify.KindWeCom))
	_, err := send(t, build(t, configure(t, notify.KindWeCom, srv.URL)))
	require.NoError(t, err)

	got := srv.only(t)
	require.Equal(t, "/cgi-bin/webhook/send", got.path)
	require.Equal(t, url.Values{"key": {robotToken}}, got.query)
	require.JSONEq(t, `{"msgtype":"text","text":{
		"content":"您有新的待办,请登录(共 3 项)\nhttps://tonghu.example.gov.cn/",
		"mentioned_list":["wecom-wang"]}}`, got.body)
}

func TestWeComMentionsEveryone(t *testing.T) {
	srv := serve(t, accepted(notify.KindWeCom))
	m := message()
	m.Recipient.WeComUser = notify.Everyone
	_, err := build(t, configure(t, notify.KindWeCom, srv.URL)).Send(t.Context(), m)
	require.NoError(t, err)
	require.Contains(t, srv.only(t).body, `"mentioned_list":["@all"]`)
}

func TestWeComErrcodes(t *testing.T) {
	testRobotAnswers(t, notify.KindWeCom, []robotAnswer{
		{200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, notify.CodeRateLimited, 45009, time.Minute},
		{200, `{"errcode":93000,"errmsg":"invalid webhook url, key=` + robotToken + `"}`, notify.CodeChannelRejected, 93000, 0},
		{200, `{"errcode":-1,"errmsg":"system busy"}`, notify.CodeUnavailable, -1, 0},
		{200, `{"errcode":40008,"errmsg":"invalid message type"}`, notify.CodeChannelRejected, 40008, 0},
		{200, `{"errmsg":"ok"}`, notify.CodeBadAnswer, 0, 0},
		{200, `{"errcode":"0"}`, notify.CodeBadAnswer, 0, 0},
		{200, `<html>login</html>`, notify.CodeBadAnswer, 0, 0},
		{200, ``, notify.CodeBadAnswer, 0, 0},
	})
}

type robotAnswer struct {
	http   int
	body   string
	code   notify.Code
	status int
	after  time.Duration
}

func testRobotAnswers(t *testing.T, k notify.Kind, answers []robotAnswer) {
	for _, a := range answers {
		t.Run(a.body, func(t *testing.T) {
			srv := serve(t, reply(a.http, a.body))
			ch := build(t, configure(t, k, srv.URL))
			_, err := send(t, ch)
			e := failure(t, ch, err)
			require.Equal(t, a.code, e.Code)
			require.Equal(t, a.status, e.Status)
			require.Equal(t, a.after, e.RetryAfter)
		})
	}
}
