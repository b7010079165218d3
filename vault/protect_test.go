package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// fakeKMS gives tink's own fake key service with a key of its own.
func fakeKMS(t *testing.T) (uri string, kms registry.KMSClient) {
	t.Helper()
	uri, err := fakekms.NewKeyURI()
	require.NoError(t, err)
	kms, err = fakekms.NewClient(uri)
	require.NoError(t, err)
	return uri, kms
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}

func masterIn(t *testing.T, content []byte) []byte {
	t.Helper()
	var f ringFile
	require.NoError(t, json.Unmarshal(content, &f))
	return f.Keys[Master]
}

func TestAKeyFileIsPutUnderAKMSAndOutOfIt(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		plain := Options{Suite: s, KeyFile: keyFile(t)}
		running := open(t, plain)
		before := masterIn(t, contentOf(t, plain.KeyFile))
		under := plain
		under.KMSURI, under.KMS = fakeKMS(t)

		require.NoError(t, Protect(under, under.KMSURI))
		after := contentOf(t, plain.KeyFile)
		require.False(t, bytes.Contains(masterIn(t, after), before[10:]), "the master key does not stand in clear")
		require.Contains(t, string(after), ringNoteKMS)
		protected := open(t, under)
		require.Equal(t, under.KMSURI, protected.KMSURI())
		require.Equal(t, running.Keys(), protected.Keys(), "with their ages")
		requireSameVault(t, running, protected)
		_, err := Open(plain)
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "no client for KMS key")

		_, err = running.Refresh()
		require.ErrorContains(t, err, "no client", "it was started without")
		requireSameVault(t, protected, running)

		stage(t, under, Master)
		require.NoError(t, Promote(under, Master))
		require.Equal(t, under.KMSURI, open(t, under).KMSURI(), "rotation keeps the protection")

		again := contentOf(t, plain.KeyFile)
		require.NoError(t, Protect(under, under.KMSURI))
		require.Equal(t, again, contentOf(t, plain.KeyFile), "nothing to do")

		require.NoError(t, Protect(under, ""))
		requireSameVault(t, protected, open(t, plain))
		_, err = Open(under)
		require.ErrorIs(t, err, ErrKeyFile)
	})
}

// brokenKMS wraps and does not unwrap what it has wrapped.
type brokenKMS struct{ registry.KMSClient }

func (b brokenKMS) GetAEAD(uri string) (tink.AEAD, error) {
	a, err := b.KMSClient.GetAEAD(uri)
	return brokenAEAD{a}, err
}

type brokenAEAD struct{ tink.AEAD }

func (brokenAEAD) Decrypt([]byte, []byte) ([]byte, error) {
	return nil, errors.New("permission denied")
}

func TestAKeyFileIsNotPutUnderAKMSThatDoesNotOpenIt(t *testing.T) {
	uri, kms := fakeKMS(t)
	for name, client := range map[string]registry.KMSClient{"away": &countingKMS{KMSClient: kms, down: errors.New("connection refused")}, "may not decrypt": brokenKMS{kms}, "none": nil} {
		o := Options{KeyFile: keyFile(t), KMS: client}
		open(t, o)
		before := contentOf(t, o.KeyFile)
		require.ErrorIs(t, Protect(o, uri), ErrKeyFile, name)
		require.Equal(t, before, contentOf(t, o.KeyFile), name)
	}
}

func TestAProtectedKeyFileThatOthersCanWriteIsRefused(t *testing.T) {
	o := Options{KeyFile: keyFile(t)}
	o.KMSURI, o.KMS = fakeKMS(t)
	open(t, o)
	require.NoError(t, os.Chmod(o.KeyFile, 0o664))
	_, err := Open(o)
	require.ErrorIs(t, err, ErrKeyFile)
	require.ErrorContains(t, err, "chmod go-w")
	require.NoError(t, os.Chmod(o.KeyFile, 0o644))
	open(t, o)
}
