package vault

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

func TestALinkOpensForOnePersonForAWhile(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		links := open(t, Options{Suite: s, KeyFile: path}).Links()
		now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		link := links.Make("file/shown", "anna", now.Add(time.Minute))
		require.Regexp(t, "^[A-Za-z0-9_-]+$", link)

		what, err := open(t, Options{Suite: s, KeyFile: path}).Links().Open(link, "anna", now.Add(59*time.Second))
		require.NoError(t, err, "in another process")
		require.Equal(t, "file/shown", what)

		refused := func(link, who string, at time.Time) {
			t.Helper()
			what, err := links.Open(link, who, at)
			require.ErrorIs(t, err, ErrLink)
			require.Empty(t, what)
		}
		refused(link, "anna", now.Add(time.Minute))
		refused(link, "ben", now)
		refused(link, "", now)
		refused("", "anna", now)
		refused("x", "anna", now)
		refused("!", "anna", now)
		refused(link[:len(link)-1], "anna", now)
		raw, err := base64.RawURLEncoding.DecodeString(link)
		require.NoError(t, err)
		for i := range raw {
			raw[i] ^= 1
			refused(base64.RawURLEncoding.EncodeToString(raw), "anna", now)
			raw[i] ^= 1
		}
		refused(base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\x00", 40))), "anna", now)
		other := open(t, Options{Suite: s, KeyFile: keyFile(t)}).Links()
		_, err = other.Open(link, "anna", now)
		require.ErrorIs(t, err, ErrLink, "under another key file")
	})
}
