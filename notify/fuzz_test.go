package notify_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

// FuzzParseConfig looks for a file of channels that breaks its reader, or whose values come back in an error: one in the wrong place may
// be a secret.
func FuzzParseConfig(f *testing.F) {
	for _, src := range []string{
		"", "{}", "channels: []", "channels: [{kind: inbox}]", `{"console_url":"https://a.example","channels":[{"kind":"sms","secret":{"env":"X"}}]}`,
		"channels: [{kind: email, secret: hunter2-canary}]", "a: &a [*a]", "--- {}\n--- {}", "channels: [{kind: wecom, per_minute: hunter2-canary}]", "\xff",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := notify.ParseConfig(bytes.NewReader(src))
		if err == nil {
			_ = c.Kinds()
			return
		}
		var fault *notify.ConfigError
		if errors.As(err, &fault) {
			require.NotContains(t, err.Error(), "hunter2-canary")
		}
	})
}
