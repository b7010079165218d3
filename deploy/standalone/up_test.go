package main

import (
	"net/netip"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

func TestUpTellsTheProductHowBrowsersReachIt(t *testing.T) {
	var c cli
	k, err := kong.New(&c)
	require.NoError(t, err)
	_, err = k.Parse([]string{"up", "--public-url=https://tonghu.example.gov.cn", "--proxies=10.0.0.0/8,127.0.0.1/32", "--open-id=/etc/tonghu/openid.yaml"})
	require.NoError(t, err)
	got := productConfig{Front: c.Up.front}.product()
	require.Equal(t, "https://tonghu.example.gov.cn", got.PublicURL)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}, got.Proxies)
	require.Equal(t, "/etc/tonghu/openid.yaml", got.OpenID)
	require.False(t, got.Secure, "which the product tells from the address")
}
