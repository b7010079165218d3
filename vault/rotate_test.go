package vault

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

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

		stage(t, o, Master)
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
		// One that was not has a look at the file.
		require.False(t, before.keys.Load().has(Master, keyIDOf(renewed.Wrapped)))
		_, err = before.Unseal(renewed, nameOfChild, sealed)
		require.NoError(t, err)

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
			stage(t, o, p)
			require.NoError(t, Promote(o, p))
		}
		after := open(t, o)
		require.NotEqual(t, before.PayloadKeyID(), after.PayloadKeyID())
		_, err = after.PayloadAEAD().Decrypt(ct, nil)
		require.NoError(t, err)
		require.NoError(t, after.AuditVerifier().Verify(sig, []byte("head")))
		newSig, err := after.AuditSigner().Sign([]byte("head"))
		require.NoError(t, err)
		require.NoError(t, before.AuditVerifier().Verify(newSig, []byte("head")), "it had a look at the file")
	})
}

func TestTheIndexKeyIsNotRotated(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		open(t, o)
		for _, p := range []Purpose{Index, "other"} {
			_, err := Stage(o, p)
			require.Error(t, err)
			require.Error(t, Promote(o, p))
		}
		_, err := Stage(Options{Suite: s, KeyFile: o.KeyFile + "x"}, Master)
		require.ErrorIs(t, err, ErrKeyFile)
	})
}

func TestAStagedKeyIsStagedOnce(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		v := open(t, o)
		require.NoError(t, Promote(o, Master), "nothing staged, nothing to do")
		_, ok := v.Staged(Master)
		require.False(t, ok)
		id := stage(t, o, Master)
		require.Equal(t, id, stage(t, o, Master))

		_, err := v.Refresh()
		require.NoError(t, err)
		staged, ok := v.Staged(Master)
		require.True(t, ok)
		require.Equal(t, id, staged.ID)
		require.NoError(t, Promote(o, Master))
		require.NotEqual(t, id, stage(t, o, Master), "a new one after the promotion")
	})
}

func TestKeysAreListedWithTheirAges(t *testing.T) {
	day := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	o := Options{KeyFile: keyFile(t), Now: func() time.Time { return day }}
	first := open(t, o).Keys()
	require.Len(t, first, 4)
	for i, p := range []Purpose{Master, Index, Payload, Audit} {
		require.Equal(t, p, first[i].Purpose)
		require.Len(t, first[i].ID, 8)
		require.True(t, first[i].Seals)
		require.Equal(t, day, first[i].Made)
	}
	day = day.AddDate(1, 0, 0)
	id := stage(t, o, Payload)
	keys := open(t, o).Keys()
	require.Len(t, keys, 5)
	require.Equal(t, Key{Purpose: Payload, ID: id, Made: day}, keys[3], "the newest of a purpose is the last of it")
	require.Equal(t, first[2], keys[2])
	require.NoError(t, Promote(o, Payload))
	require.True(t, open(t, o).Keys()[3].Seals)
	require.False(t, open(t, o).Keys()[2].Seals)
}

func TestEditorsOfOneKeyFileTakeTurns(t *testing.T) {
	o := Options{KeyFile: keyFile(t)}
	open(t, o)
	var wg sync.WaitGroup
	for _, p := range []Purpose{Master, Payload, Audit} {
		wg.Go(func() {
			for range 5 {
				if _, err := Stage(o, p); err != nil {
					t.Error(err)
				}
				if err := Promote(o, p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, open(t, o).Keys(), 1+3*6, "no key was lost")
	entries, err := os.ReadDir(filepath.Dir(o.KeyFile))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestAnEditedKeyFileKeepsItsModeAndOwner(t *testing.T) {
	o := Options{KeyFile: keyFile(t)}
	open(t, o)
	require.NoError(t, os.Chmod(o.KeyFile, 0o400))
	const service = 65534
	asRoot := os.Geteuid() == 0
	if asRoot {
		require.NoError(t, os.Chown(o.KeyFile, service, service))
	}
	stage(t, o, Master)
	info, err := os.Stat(o.KeyFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o400), info.Mode().Perm())
	if asRoot {
		require.EqualValues(t, service, info.Sys().(*syscall.Stat_t).Uid)
	}
}

func stage(t testing.TB, o Options, p Purpose) string {
	t.Helper()
	id, err := Stage(o, p)
	require.NoError(t, err)
	return id
}
