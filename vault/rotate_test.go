package vault

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

func TestRotatingTheMasterKeyLosesNothing(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		before := open(t, o)
		old := newKey(t, before, "case-1", Narrative)
		sealed, err := before.Seal(old, nameOfChild, []byte("text"))
		require.NoError(t, err)

		require.NoError(t, Stage(o, Master))
		staged := open(t, o)
		_, changed, err := staged.Rewrap(old)
		require.NoError(t, err)
		require.False(t, changed, "a staged key is not used yet")

		require.NoError(t, Promote(o, Master))
		after := open(t, o)
		require.Equal(t, before.Fingerprint(), after.Fingerprint())
		require.Equal(t, before.Tokens(Name, "张三"), after.Tokens(Name, "张三"))
		plain, err := after.Unseal(old, nameOfChild, sealed)
		require.NoError(t, err)
		require.Equal(t, "text", string(plain))

		renewed, changed, err := after.Rewrap(old)
		require.NoError(t, err)
		require.True(t, changed)
		require.NotEqual(t, old.Wrapped, renewed.Wrapped)
		plain, err = after.Unseal(renewed, nameOfChild, sealed)
		require.NoError(t, err)
		require.Equal(t, "text", string(plain))
		again, changed, err := after.Rewrap(renewed)
		require.NoError(t, err)
		require.False(t, changed)
		require.Equal(t, renewed, again)

		// A process that was restarted between Stage and Promote already opens what the promoted key wraps.
		_, err = staged.Unseal(renewed, nameOfChild, sealed)
		require.NoError(t, err)
		_, err = before.Unseal(renewed, nameOfChild, sealed)
		require.ErrorIs(t, err, ErrSealed)

		info, err := os.Stat(o.KeyFile)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
}

func TestRotatingPayloadAndAuditKeysKeepsTheOldOnes(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		before := open(t, o)
		ct, err := before.PayloadAEAD().Encrypt([]byte("payload"), nil)
		require.NoError(t, err)
		sig, err := before.AuditSigner().Sign([]byte("head"))
		require.NoError(t, err)

		for _, p := range []Purpose{Payload, Audit} {
			require.NoError(t, Stage(o, p))
			require.NoError(t, Promote(o, p))
		}
		after := open(t, o)
		require.NotEqual(t, before.PayloadKeyID(), after.PayloadKeyID())
		_, err = after.PayloadAEAD().Decrypt(ct, nil)
		require.NoError(t, err)
		require.NoError(t, after.AuditVerifier().Verify(sig, []byte("head")))
		newSig, err := after.AuditSigner().Sign([]byte("head"))
		require.NoError(t, err)
		require.Error(t, before.AuditVerifier().Verify(newSig, []byte("head")))
	})
}

func TestTheIndexKeyIsNotRotated(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		open(t, o)
		require.Error(t, Stage(o, Index))
		require.Error(t, Stage(o, "other"))
		require.ErrorIs(t, Stage(Options{Suite: s, KeyFile: o.KeyFile + "x"}, Master), ErrKeyFile)
	})
}
