package vault

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
)

func keyFile(t testing.TB) string { return filepath.Join(t.TempDir(), "keys", "vault.json") }

func open(t testing.TB, o Options) *Vault {
	t.Helper()
	v, err := Open(o)
	require.NoError(t, err)
	return v
}

func TestTheKeyFileIsMadeOnFirstUseForItsOwnerOnly(t *testing.T) {
	path := keyFile(t)
	first := open(t, Options{KeyFile: path})

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file stays")

	again := open(t, Options{KeyFile: path, MustExist: true})
	require.Equal(t, first.Fingerprint(), again.Fingerprint())
	requireSameVault(t, first, again)
}

func TestAKeyFileThatOthersCanReadIsRefusedWithWhatToDo(t *testing.T) {
	path := keyFile(t)
	open(t, Options{KeyFile: path})
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := Open(Options{KeyFile: path})
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "chmod 600 "+path)
	}
	require.NoError(t, os.Chmod(path, 0o400))
	open(t, Options{KeyFile: path})
}

func TestAMissingOrDamagedKeyFileIsNeverReplaced(t *testing.T) {
	path := keyFile(t)
	_, err := Open(Options{KeyFile: path, MustExist: true})
	require.ErrorIs(t, err, ErrKeyFile)
	require.ErrorContains(t, err, "restore it")
	require.NoFileExists(t, path)

	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	for name, content := range map[string]string{
		"empty": "", "no JSON": "hello", "other JSON": "{}",
		"other key": `{"format":"tonghu-vault/1","keys":{"master":"AAAA"}}`,
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := Open(Options{KeyFile: path})
		require.ErrorIs(t, err, ErrKeyFile, name)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, string(kept), name)
	}
	_, err = Open(Options{})
	require.ErrorIs(t, err, ErrKeyFile)
}

func TestProcessesThatStartAtOnceShareOneKeyFile(t *testing.T) {
	path := keyFile(t)
	vaults := make([]*Vault, 8)
	var wg sync.WaitGroup
	for i := range vaults {
		wg.Go(func() { vaults[i], _ = Open(Options{KeyFile: path}) })
	}
	wg.Wait()
	for _, v := range vaults {
		require.NotNil(t, v)
		require.Equal(t, vaults[0].Fingerprint(), v.Fingerprint())
		requireSameVault(t, vaults[0], v)
	}
}

func TestTwoKeyFilesAreTwoVaults(t *testing.T) {
	a, b := open(t, Options{KeyFile: keyFile(t)}), open(t, Options{KeyFile: keyFile(t)})
	require.NotEqual(t, a.Fingerprint(), b.Fingerprint())
	require.NotEqual(t, a.Tokens(Name, "张三"), b.Tokens(Name, "张三"))

	dk, err := a.NewDataKey("case-1", Ordinary)
	require.NoError(t, err)
	_, err = b.Seal(dk, AAD{Table: "children", Field: "name"}, nil)
	require.ErrorIs(t, err, ErrSealed)
}

func TestWithAKMSTheKeyFileAloneOpensNothing(t *testing.T) {
	registry.ClearKMSClients()
	t.Cleanup(registry.ClearKMSClients)
	uri, err := fakekms.NewKeyURI()
	require.NoError(t, err)
	client, err := fakekms.NewClient(uri)
	require.NoError(t, err)
	registry.RegisterKMSClient(client)

	path := keyFile(t)
	first := open(t, Options{KeyFile: path, KMSURI: uri})
	require.NoError(t, os.Chmod(path, 0o444), "mounted secrets are often readable by a group")
	requireSameVault(t, first, open(t, Options{KeyFile: path, KMSURI: uri}))
	requireSameVault(t, first, open(t, Options{KeyFile: path}))

	_, err = Open(Options{KeyFile: path, KMSURI: "fake-kms://other"})
	require.ErrorIs(t, err, ErrKeyFile)
	registry.ClearKMSClients()
	_, err = Open(Options{KeyFile: path, KMSURI: uri})
	require.ErrorIs(t, err, ErrKeyFile)
	require.ErrorContains(t, err, "no client")
}

func TestAPlainKeyFileIsNotTakenForOneUnderAKMS(t *testing.T) {
	path := keyFile(t)
	open(t, Options{KeyFile: path})
	_, err := Open(Options{KeyFile: path, KMSURI: "gcp-kms://projects/x"})
	require.ErrorIs(t, err, ErrKeyFile)
}

func TestAnAuditSignatureVerifiesAndAnAlteredOneDoesNot(t *testing.T) {
	v := open(t, Options{KeyFile: keyFile(t)})
	sig, err := v.AuditSigner().Sign([]byte("head"))
	require.NoError(t, err)
	require.NoError(t, v.AuditVerifier().Verify(sig, []byte("head")))
	require.Error(t, v.AuditVerifier().Verify(sig, []byte("heap")))
	require.Contains(t, string(v.AuditPublicKey()), "ASYMMETRIC_PUBLIC")
}

// requireSameVault tells that b opens what a sealed and finds what a indexed.
func requireSameVault(t *testing.T, a, b *Vault) {
	t.Helper()
	at := AAD{Table: "children", Field: "name"}
	dk, err := a.NewDataKey("case-1", Ordinary)
	require.NoError(t, err)
	sealed, err := a.Seal(dk, at, []byte("张三"))
	require.NoError(t, err)
	plain, err := b.Unseal(dk, at, sealed)
	require.NoError(t, err)
	require.Equal(t, "张三", string(plain))
	require.Equal(t, a.Tokens(Name, "张三"), b.Tokens(Name, "张三"))

	ct, err := a.PayloadAEAD().Encrypt([]byte("p"), nil)
	require.NoError(t, err)
	_, err = b.PayloadAEAD().Decrypt(ct, nil)
	require.NoError(t, err)
	sig, err := a.AuditSigner().Sign([]byte("head"))
	require.NoError(t, err)
	require.NoError(t, b.AuditVerifier().Verify(sig, []byte("head")))
}
