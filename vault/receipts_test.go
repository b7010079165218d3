package vault

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

func TestACaseHasOneReceiptUnderOneKeyFile(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		v := open(t, Options{Suite: s, KeyFile: path})
		code := v.Receipts().For("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01")

		require.Equal(t, code, v.Receipts().For("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"))
		require.Equal(t, code, open(t, Options{Suite: s, KeyFile: path}).Receipts().For("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"), "after a restart")
		require.NotEqual(t, code, v.Receipts().For("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a02"))
		other := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		require.NotEqual(t, code, other.Receipts().For("0b9f1a52-6c1e-4f0e-8a55-0d8f6f1c2a01"), "another key file")
	})
}
