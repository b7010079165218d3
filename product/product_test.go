package product

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCookiesAreSecureWhereThePublicAddressSaysHTTPS(t *testing.T) {
	for _, tt := range []struct {
		url          string
		secure, want bool
	}{
		{"", false, false},
		{"http://10.0.0.5:8365", false, false},
		{"http://10.0.0.5:8365", true, true},
		{"https://tonghu.example.gov.cn", false, true},
		{"HTTPS://tonghu.example.gov.cn", false, true},
	} {
		c := Config{PublicURL: tt.url, Secure: tt.secure}
		c.defaults()
		require.Equal(t, tt.want, c.Secure, tt.url)
	}
}
