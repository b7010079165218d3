package payload

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUnfold looks for bytes that break what reads a payload once it is opened, or that unfold without end.
func FuzzUnfold(f *testing.F) {
	long := append([]byte{bodyPlain}, bytes.Repeat([]byte("visit "), 500)...)
	for _, seed := range [][]byte{{bodyPlain}, {bodyZstd}, {99}, long, compress(long), compress(long)[:20]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 {
			return // open refuses it before
		}
		out, err := unfold(body)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(out), maxPayload)
		again, err := unfold(compress(append([]byte{bodyPlain}, out...)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(out, again))
	})
}
