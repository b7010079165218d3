package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPostAtAPlaceIsNamedOnce(t *testing.T) {
	for _, c := range [][3]string{
		{"安和市", "市未保办受理员", "安和市未保办受理员"},
		{"青石镇", "镇儿童督导员", "青石镇儿童督导员"},
		{"柳河村", "村（居）儿童主任", "柳河村（居）儿童主任"},
		{"安和市", "民政局分管领导", "安和市民政局分管领导"},
		{"", "市未保办主任", "市未保办主任"},
	} {
		require.Equal(t, c[2], atPlace(c[0], c[1]))
	}
}
