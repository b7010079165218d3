package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

func TestGatewaySMSOK(t *testing.T) {
	srv := serve(t, accepted(notify.KindSMS))
	receipt, err := send(t, build(t, configure(t, notify.KindSMS, srv.URL+"/v1/sms")))
	require.NoError(t, err)
	require.Equal(t, notify.Receipt{Channel: "sms", At: noon, Ref: "gw-001"}, receipt)

	got := srv.only(t)
	require.Equal(t, "/v1/sms", got.path)
	require.Equal(t, msgID, got.header.Get("Idempotency-Key"))
	requireSigned(t, got)
	require.JSONEq(t, `{"id":"`+msgID+`","to":"13900001234",
		"text":"您有新的待办,请登录(共 3 项)\nhttps://tonghu.example.gov.cn/"}`, got.body)
}

func TestGatewayVoiceSaysNoLink(t *testing.T) {
	srv := serve(t, accepted(notify.KindVoice))
	_, err := send(t, build(t, configure(t, notify.KindVoice, srv.URL+"/v1/call")))
	require.NoError(t, err)

	got := srv.only(t)
	require.Equal(t, "/v1/call", got.path)
	require.Equal(t, msgID, got.header.Get("Idempotency-Key"))
	requireSigned(t, got)
	require.JSONEq(t, `{"id":"`+msgID+`","to":"13900001234","text":"您有新的待办,请登录(共 3 项)"}`, got.body)
}
