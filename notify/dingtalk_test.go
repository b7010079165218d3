package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

func TestDingTalkOK(t *testing.T) {
	srv := serve(t, accepted(notify.KindDingTalk))
	_, err := send(t, build(t, configure(t, notify.KindDingTalk, srv.URL)))
	require.NoError(t, err)

	got := srv.only(t)
	require.Equal(t, "/robot/send", got.path)
	require.Len(t, got.query, 3)
	require.Equal(t, robotToken, got.query.Get("access_token"))
	require.Equal(t, "1772596800000", got.query.Get("timestamp"), "milliseconds")
	// 加签, as published: timestamp + "\n" + secret, HmacSHA256 with the secret as
	// key, base64, URL-encoded.
	mac := hmac.New(sha256.New, []byte(chatSecret))
	mac.Write([]byte("1772596800000\n" + chatSecret))
	require.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), got.query.Get("sign"))
	require.JSONEq(t, `{"msgtype":"text","text":{
		"content":"您有新的待办,请登录(共 3 项)\nhttps://tonghu.example.gov.cn/"},
		"at":{"atUserIds":["ding-wang"],"isAtAll":false}}`, got.body)
}

func TestDingTalkMentionsEveryone(t *testing.T) {
	srv := serve(t, accepted(notify.KindDingTalk))
	m := message()
	m.Recipient.DingTalkUser = notify.Everyone
	_, err := build(t, configure(t, notify.KindDingTalk, srv.URL)).Send(t.Context(), m)
	require.NoError(t, err)
	require.Contains(t, srv.only(t).body, `"at":{"isAtAll":true}`)
}

func TestDingTalkErrcodes(t *testing.T) {
	testRobotAnswers(t, notify.KindDingTalk, []robotAnswer{
		{200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, notify.CodeRateLimited, 130101, time.Minute},
		{200, `{"errcode":410100,"errmsg":"发送速度太快而限流"}`, notify.CodeRateLimited, 410100, time.Minute},
		{200, `{"errcode":310000,"errmsg":"sign not match"}`, notify.CodeChannelRejected, 310000, 0},
		{200, `{"errcode":-1,"errmsg":"系统繁忙"}`, notify.CodeUnavailable, -1, 0},
		{200, `{}`, notify.CodeBadAnswer, 0, 0},
	})
}
