package openid

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const good = `
providers:
  - name: city
    title: 市政务统一认证
    issuer: https://sso.example.gov.cn
    client_id: tonghu
    client_secret_file: %s
    scopes: [profile]
    subject: employee_no
    second_factor: {amr: [mfa], acr: ["urn:gov:2"]}
`

func secretFile(t *testing.T, content string) string {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestAFileOfProvidersIsRead(t *testing.T) {
	got, err := Parse(strings.NewReader(fmt.Sprintf(good, secretFile(t, "s3cret\n"))), "https://tonghu.example.gov.cn/")
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "city", got[0].Name())
	require.Equal(t, "市政务统一认证", got[0].Title())
	require.Equal(t, "https://tonghu.example.gov.cn/api/v1/session/provider/city/callback", got[0].callback)
	require.Equal(t, "s3cret", got[0].secret())
	require.NotContains(t, fmt.Sprintf("%+v", got[0]), "s3cret")
}

func TestAWrongFileIsNamedByItsPlaceAndNotBySecrets(t *testing.T) {
	file := secretFile(t, "s3cret")
	text := fmt.Sprintf(good, file)
	for _, c := range []struct{ from, to, place string }{
		{"name: city", "name: City!", "providers[0].name"},
		{"title: 市政务统一认证", "title: ''", "providers[0].title"},
		{"https://sso", "http://sso", "providers[0].issuer"},
		{"https://sso.example.gov.cn", "https://sso.example.gov.cn/?a=b", "providers[0].issuer"},
		{"client_id: tonghu", "client_id: ''", "providers[0].client_id"},
		{file, "/nowhere/at/all", "providers[0].client_secret_file"},
		{file, secretFile(t, ""), "providers[0].client_secret_file"},
		{file, secretFile(t, "s3cret\nof two lines"), "providers[0].client_secret_file"},
		{"scopes: [profile]", "ca_file: /nowhere/at/all", "providers[0].ca_file"},
		{"scopes: [profile]", "ca_file: " + file, "providers[0].ca_file"},
		{"scopes: [profile]", "scope: [profile]", "line 8"},
		{"providers:\n", "providers:\n  - {name: city, title: x, issuer: 'https://x.example', client_id: x}\n", "providers[1].name"},
	} {
		require.Contains(t, text, c.from)
		_, err := Parse(strings.NewReader(strings.Replace(text, c.from, c.to, 1)), "https://tonghu.example.gov.cn")
		require.ErrorContains(t, err, c.place)
		require.NotContains(t, err.Error(), "s3cret")
	}
	_, err := Parse(strings.NewReader(text), "")
	require.ErrorContains(t, err, "TONGHU_PUBLIC_URL")
	_, err = Parse(strings.NewReader(strings.Replace(text, "https://sso.example.gov.cn", "http://127.0.0.1:9998", 1)), "https://tonghu.example.gov.cn")
	require.NoError(t, err, "on this machine")
}
