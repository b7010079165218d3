package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

// standardSignature is what a receiver computes from the Standard Webhooks text.
func standardSignature(key, id, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(id + "." + stamp + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// The receiver's side of these tests agrees with the vector of the Standard
// Webhooks test suite.
func TestStandardWebhooksVector(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		standardSignature(string(key), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`))
}

func requireSigned(t *testing.T, got request) {
	t.Helper()
	require.Equal(t, msgID, got.header.Get("webhook-id"))
	require.Equal(t, "1772596800", got.header.Get("webhook-timestamp"))
	require.Equal(t, standardSignature(rawSecret, msgID, "1772596800", got.body), got.header.Get("webhook-signature"))
}

func TestWebhookOK(t *testing.T) {
	srv := serve(t, accepted(notify.KindWebhook))
	receipt, err := send(t, build(t, configure(t, notify.KindWebhook, srv.URL+"/hooks/tonghu")))
	require.NoError(t, err)
	require.Equal(t, "gw-001", receipt.Ref)

	got := srv.only(t)
	require.Equal(t, "/hooks/tonghu", got.path)
	require.Empty(t, got.query)
	requireSigned(t, got)
	require.JSONEq(t, `{"type":"notice","data":{"id":"`+msgID+`","recipient":"p-7f3a",
		"text":"您有新的待办,请登录(共 3 项)\nhttps://tonghu.example.gov.cn/",
		"url":"https://tonghu.example.gov.cn/","count":3}}`, got.body)
}

func TestWebhookAnswerNeedsNoBody(t *testing.T) {
	for _, answer := range []http.HandlerFunc{reply(204, ""), reply(200, "ok"), reply(200, `{"ref":"<b>"}`)} {
		receipt, err := send(t, build(t, configure(t, notify.KindWebhook, serve(t, answer).URL)))
		require.NoError(t, err)
		require.Empty(t, receipt.Ref)
	}
}
