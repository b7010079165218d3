package vault

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"

	"tonghu/vault/suite"
)

func keyFile(t testing.TB) string { return filepath.Join(t.TempDir(), "keys", "vault.json") }

// eachSuite runs a test under every suite.
func eachSuite(t *testing.T, test func(*testing.T, suite.Suite)) {
	for _, s := range suite.All {
		t.Run(string(s), func(t *testing.T) { test(t, s) })
	}
}

func open(t testing.TB, o Options) *Vault {
	t.Helper()
	v, err := Open(o)
	require.NoError(t, err)
	return v
}

func TestTheKeyFileIsMadeOnFirstUseForItsOwnerOnly(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		first := open(t, Options{Suite: s, KeyFile: path})

		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1, "no temporary file stays")

		again := open(t, Options{Suite: s, KeyFile: path, MustExist: true})
		require.Equal(t, first.Fingerprint(), again.Fingerprint())
		requireSameVault(t, first, again)
	})
}

func TestAKeyFileThatOthersCanReadIsRefusedWithWhatToDo(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		open(t, Options{Suite: s, KeyFile: path})
		for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660} {
			require.NoError(t, os.Chmod(path, mode))
			_, err := Open(Options{Suite: s, KeyFile: path})
			require.ErrorIs(t, err, ErrKeyFile)
			require.ErrorContains(t, err, "chmod 600 "+path)
		}
		require.NoError(t, os.Chmod(path, 0o400))
		open(t, Options{Suite: s, KeyFile: path})
	})
}

func TestAMissingOrDamagedKeyFileIsNeverReplaced(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		_, err := Open(Options{Suite: s, KeyFile: path, MustExist: true})
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "restore it")
		require.NoFileExists(t, path)

		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		for name, content := range map[string]string{
			"empty": "", "no JSON": "hello", "other JSON": "{}",
			"other key": `{"format":"tonghu-vault/1","keys":{"master":"AAAA"}}`,
		} {
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			_, err := Open(Options{Suite: s, KeyFile: path})
			require.ErrorIs(t, err, ErrKeyFile, name)
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, content, string(kept), name)
		}
		_, err = Open(Options{})
		require.ErrorIs(t, err, ErrKeyFile)
	})
}

func TestProcessesThatStartAtOnceShareOneKeyFile(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		vaults := make([]*Vault, 8)
		var wg sync.WaitGroup
		for i := range vaults {
			wg.Go(func() { vaults[i], _ = Open(Options{Suite: s, KeyFile: path}) })
		}
		wg.Wait()
		for _, v := range vaults {
			require.NotNil(t, v)
			require.Equal(t, vaults[0].Fingerprint(), v.Fingerprint())
			requireSameVault(t, vaults[0], v)
		}
	})
}

func TestASuiteIsChosenWhenTheKeyFileIsMade(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		other := suite.All[0]
		if s == other {
			other = suite.All[1]
		}
		path := keyFile(t)
		made := open(t, Options{KeyFile: path, Suite: s})
		require.Equal(t, s, made.Suite())
		require.Equal(t, s, open(t, Options{KeyFile: path}).Suite(), "the file says its own")
		requireSameVault(t, made, open(t, Options{KeyFile: path, Suite: s}))
		_, err := Open(Options{KeyFile: path, Suite: other})
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "chosen when the file is made")

		data, err := os.ReadFile(path)
		require.NoError(t, err)
		claimed := strings.Replace(string(data), `"suite": "`+string(s), `"suite": "`+string(other), 1)
		require.NotEqual(t, string(data), claimed)
		require.NoError(t, os.WriteFile(path, []byte(claimed), 0o600))
		_, err = Open(Options{KeyFile: path})
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "is not of suite")
	})
}

func TestAKeyFileOfBeforeTheSuitesIsStandard(t *testing.T) {
	path := keyFile(t)
	made := open(t, Options{KeyFile: path})
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), `"suite": "standard",`, "", 1)), 0o600))
	requireSameVault(t, made, open(t, Options{KeyFile: path}))
}

func TestWhatASuiteSealsShowsItsCipher(t *testing.T) {
	for s, number := range map[suite.Suite]byte{suite.Standard: 1, suite.SM: 2} {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		sealed, err := v.Seal(newKey(t, v, "case-1", Ordinary), nameOfChild, []byte("text"))
		require.NoError(t, err)
		require.Equal(t, number, sealed[0])
	}
}

func TestTwoKeyFilesAreTwoVaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		a, b := open(t, Options{Suite: s, KeyFile: keyFile(t)}), open(t, Options{Suite: s, KeyFile: keyFile(t)})
		require.NotEqual(t, a.Fingerprint(), b.Fingerprint())
		require.NotEqual(t, a.Tokens(Name, "张三"), b.Tokens(Name, "张三"))

		dk, err := a.NewDataKey("case-1", Ordinary)
		require.NoError(t, err)
		_, err = b.Seal(dk, AAD{Table: "children", Field: "name"}, nil)
		require.ErrorIs(t, err, ErrSealed)
	})
}

func TestWithAKMSTheKeyFileAloneOpensNothing(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		registry.ClearKMSClients()
		t.Cleanup(registry.ClearKMSClients)
		uri, err := fakekms.NewKeyURI()
		require.NoError(t, err)
		client, err := fakekms.NewClient(uri)
		require.NoError(t, err)
		registry.RegisterKMSClient(client)

		path := keyFile(t)
		first := open(t, Options{Suite: s, KeyFile: path, KMSURI: uri})
		require.NoError(t, os.Chmod(path, 0o444), "mounted secrets are often readable by a group")
		requireSameVault(t, first, open(t, Options{Suite: s, KeyFile: path, KMSURI: uri}))
		requireSameVault(t, first, open(t, Options{Suite: s, KeyFile: path}))

		_, err = Open(Options{Suite: s, KeyFile: path, KMSURI: "fake-kms://other"})
		require.ErrorIs(t, err, ErrKeyFile)
		registry.ClearKMSClients()
		_, err = Open(Options{Suite: s, KeyFile: path, KMSURI: uri})
		require.ErrorIs(t, err, ErrKeyFile)
		require.ErrorContains(t, err, "no client")
	})
}

func TestAPlainKeyFileIsNotTakenForOneUnderAKMS(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path := keyFile(t)
		open(t, Options{Suite: s, KeyFile: path})
		_, err := Open(Options{Suite: s, KeyFile: path, KMSURI: "gcp-kms://projects/x"})
		require.ErrorIs(t, err, ErrKeyFile)
	})
}

func TestAnAuditSignatureVerifiesAndAnAlteredOneDoesNot(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		sig, err := v.AuditSigner().Sign([]byte("head"))
		require.NoError(t, err)
		require.NoError(t, v.AuditVerifier().Verify(sig, []byte("head")))
		require.Error(t, v.AuditVerifier().Verify(sig, []byte("heap")))
		require.Contains(t, string(v.AuditPublicKey()), "ASYMMETRIC_PUBLIC")
	})
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
