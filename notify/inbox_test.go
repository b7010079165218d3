package notify_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

type inboxFunc func(context.Context, notify.Message) error

func (f inboxFunc) Put(ctx context.Context, m notify.Message) error { return f(ctx, m) }

func TestInboxOK(t *testing.T) {
	var put []notify.Message
	ch := build(t, configure(t, notify.KindInbox, ""), notify.WithInbox(inboxFunc(
		func(_ context.Context, m notify.Message) error { put = append(put, m); return nil })))
	receipt, err := send(t, ch)
	require.NoError(t, err)
	require.Equal(t, notify.Receipt{Channel: "inbox", At: noon}, receipt)
	require.Equal(t, []notify.Message{message()}, put)
}

func TestInboxStoreFails(t *testing.T) {
	ch := build(t, configure(t, notify.KindInbox, ""), notify.WithInbox(inboxFunc(
		func(context.Context, notify.Message) error { return errors.New("password=" + smtpSecret) })))
	_, err := send(t, ch)
	require.Equal(t, notify.CodeUnavailable, failure(t, ch, err).Code)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ch.Send(ctx, message())
	require.Equal(t, notify.CodeCanceled, failure(t, ch, err).Code)
}
