package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

func TestFeishuOK(t *testing.T) {
	srv := serve(t, accepted(notify.KindFeishu))
	_, err := send(t, build(t, configure(t, notify.KindFeishu, srv.URL)))
	require.NoError(t, err)

	got := srv.only(t)
	require.Equal(t, "/open-apis/bot/v2/hook/"+robotToken, got.path)
	require.Empty(t, got.query)
	// 签名校验, as published: timestamp + "\n" + secret is the key, the message is
	// empty; seconds.
	mac := hmac.New(sha256.New, []byte("1772596800\n"+chatSecret))
	want, err := json.Marshal(map[string]any{
		"timestamp": "1772596800",
		"sign":      base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		"msg_type":  "text",
		"content":   map[string]any{"text": `<at user_id="ou_wang"></at> ` + wantText},
	})
	require.NoError(t, err)
	require.JSONEq(t, string(want), got.body)
}

func TestFeishuMentionsEveryone(t *testing.T) {
	srv := serve(t, accepted(notify.KindFeishu))
	m := message()
	m.Recipient.FeishuUser = notify.Everyone
	_, err := build(t, configure(t, notify.KindFeishu, srv.URL)).Send(t.Context(), m)
	require.NoError(t, err)
	var body struct{ Content struct{ Text string } }
	require.NoError(t, json.Unmarshal([]byte(srv.only(t).body), &body))
	require.Equal(t, `<at user_id="all"></at> `+wantText, body.Content.Text)
}

func TestFeishuOldRobotsAnswer(t *testing.T) {
	srv := serve(t, reply(200, `{"Extra":null,"StatusCode":0,"StatusMessage":"success"}`))
	_, err := send(t, build(t, configure(t, notify.KindFeishu, srv.URL)))
	require.NoError(t, err)
}

func TestFeishuCodes(t *testing.T) {
	testRobotAnswers(t, notify.KindFeishu, []robotAnswer{
		{200, `{"code":11232,"msg":"frequency limited psm"}`, notify.CodeRateLimited, 11232, time.Minute},
		{400, `{"code":99991400,"msg":"request trigger frequency limit"}`, notify.CodeRateLimited, 99991400, time.Minute},
		{200, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}`, notify.CodeChannelRejected, 19021, 0},
		{400, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`, notify.CodeChannelRejected, 19001, 0},
		{200, `{"StatusCode":19024}`, notify.CodeChannelRejected, 19024, 0},
		{200, `[]`, notify.CodeBadAnswer, 0, 0},
	})
}
