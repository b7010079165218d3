package openid

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse looks for a file of providers that breaks what reads it, or that gives a provider which nobody could be sent to.
func FuzzParse(f *testing.F) {
	plain := strings.Replace(good, "    client_secret_file: %s\n", "", 1)
	for _, seed := range []string{
		"", "providers:", "providers: [{}]", "providers: [&a {name: a}, *a]", plain, strings.Replace(plain, "https://sso.example.gov.cn", "http://127.0.0.1:5556/dex", 1),
		fmt.Sprintf(good, "/nowhere/at/all"), "providers:\n  - name: [city]\n", plain + plain[len("\nproviders:"):],
	} {
		f.Add(seed, "https://tonghu.example.gov.cn/")
	}
	f.Add(plain, "::")
	f.Fuzz(func(t *testing.T, source, public string) {
		if strings.Contains(source, "/dev/") || strings.Contains(source, "/proc/") {
			return // a file that does not end
		}
		got, err := Parse(strings.NewReader(source), public)
		if err != nil {
			require.Contains(t, err.Error(), "openid: ")
			return
		}
		known := map[string]bool{}
		for _, p := range got {
			require.Regexp(t, names, p.Name())
			require.NotEmpty(t, p.Title())
			require.True(t, strings.HasSuffix(p.callback, CallbackPath(p.Name())), p.callback)
			require.False(t, known[p.Name()])
			known[p.Name()] = true
		}
	})
}
