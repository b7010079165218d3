package vault

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

func TestAProcessFollowsARotationWithoutARestart(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		v := open(t, o)
		refresh := func() bool {
			changed, err := v.Refresh()
			require.NoError(t, err)
			return changed
		}
		require.False(t, refresh())
		old := newKey(t, v, "case-1", Ordinary)
		for _, p := range []Purpose{Master, Payload, Audit} {
			before := v.keys.Load().sealing(p)
			id := stage(t, o, p)
			require.True(t, refresh())
			require.False(t, refresh())
			require.Equal(t, before, v.keys.Load().sealing(p))
			require.NoError(t, Promote(o, p))
			require.True(t, refresh())
			require.Equal(t, id, v.keys.Load().sealing(p))
		}
		require.Equal(t, v.keys.Load().sealing(Payload), v.PayloadKeyID())
		require.Equal(t, v.keys.Load().sealing(Master), keyIDOf(newKey(t, v, "case-1", Reporter).Wrapped))
		_, err := v.Seal(old, nameOfChild, nil)
		require.NoError(t, err)
	})
}

func TestAnUnknownKeyMakesAProcessLookAtTheFile(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		behind, aead, verifier := open(t, o), (*Vault).PayloadAEAD, (*Vault).AuditVerifier
		heldAEAD, heldVerifier := aead(behind), verifier(behind)
		rotated := func(p Purpose) *Vault {
			stage(t, o, p)
			require.NoError(t, Promote(o, p))
			return open(t, o)
		}
		dk := newKey(t, rotated(Master), "case-1", Ordinary)
		_, err := behind.Seal(dk, nameOfChild, nil)
		require.NoError(t, err)

		sealed, err := rotated(Payload).PayloadAEAD().Encrypt([]byte("text"), nil)
		require.NoError(t, err)
		plain, err := heldAEAD.Decrypt(sealed, nil)
		require.NoError(t, err)
		require.Equal(t, "text", string(plain))

		sig, err := rotated(Audit).AuditSigner().Sign([]byte("head"))
		require.NoError(t, err)
		require.NoError(t, heldVerifier.Verify(sig, []byte("head")))
	})
}

func TestAKeyFileThatCannotBeUsedLeavesTheKeysAsTheyAre(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		v := open(t, o)
		older, err := os.ReadFile(o.KeyFile)
		require.NoError(t, err)
		stage(t, o, Payload)
		_, err = v.Refresh()
		require.NoError(t, err)
		newest, err := os.ReadFile(o.KeyFile)
		require.NoError(t, err)
		another := filepath.Join(t.TempDir(), "another")
		open(t, Options{Suite: s, KeyFile: another})
		foreign, err := os.ReadFile(another)
		require.NoError(t, err)

		dk := newKey(t, v, "case-1", Ordinary)
		for name, c := range map[string]struct {
			content []byte
			says    string
		}{
			"damaged":          {newest[:len(newest)/2], "not a key file"},
			"another vault's":  {foreign, "another vault"},
			"before it staged": {older, "older copy"},
		} {
			put(t, o.KeyFile, c.content)
			changed, err := v.Refresh()
			require.ErrorIs(t, err, ErrKeyFile, name)
			require.ErrorContains(t, err, c.says, name)
			require.False(t, changed, name)
			_, err = v.Seal(dk, nameOfChild, nil)
			require.NoError(t, err, name)
		}
		require.NoError(t, os.Remove(o.KeyFile))
		_, err = v.Refresh()
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NoFileExists(t, o.KeyFile, "it is not made anew")

		put(t, o.KeyFile, newest)
		changed, err := v.Refresh()
		require.NoError(t, err)
		require.True(t, changed)
	})
}

// countingKMS counts how often it is asked, and fails when told to.
type countingKMS struct {
	registry.KMSClient
	asked int
	down  error
}

func (c *countingKMS) GetAEAD(uri string) (tink.AEAD, error) {
	c.asked++
	if c.down != nil {
		return nil, c.down
	}
	return c.KMSClient.GetAEAD(uri)
}

func TestAKMSThatIsAwayIsNotAskedForEveryField(t *testing.T) {
	registry.ClearKMSClients()
	t.Cleanup(registry.ClearKMSClients)
	uri, err := fakekms.NewKeyURI()
	require.NoError(t, err)
	fake, err := fakekms.NewClient(uri)
	require.NoError(t, err)
	kms := &countingKMS{KMSClient: fake}
	registry.RegisterKMSClient(kms)

	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	o := Options{KeyFile: keyFile(t), KMSURI: uri, Now: func() time.Time { return now }}
	behind := open(t, o)
	stage(t, o, Master)
	require.NoError(t, Promote(o, Master))
	dk := newKey(t, open(t, o), "case-1", Ordinary)

	kms.asked, kms.down = 0, errors.New("connection refused")
	for range 100 {
		_, err = behind.Seal(dk, nameOfChild, nil)
		require.ErrorIs(t, err, ErrSealed)
	}
	require.Equal(t, 1, kms.asked)
	_, err = behind.Refresh()
	require.ErrorIs(t, err, kms.down)
	require.Equal(t, 2, kms.asked, "Refresh always tries")

	kms.down = nil
	now = now.Add(retry)
	_, err = behind.Seal(dk, nameOfChild, nil)
	require.NoError(t, err)
	asked := kms.asked
	_, err = behind.Seal(dk, nameOfChild, nil)
	require.NoError(t, err)
	_, err = behind.Refresh()
	require.NoError(t, err)
	require.Equal(t, asked, kms.asked, "the file has not changed")
}

func TestWorkGoesOnWhileKeysAreRotated(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := Options{Suite: s, KeyFile: keyFile(t)}
		vaults := []*Vault{open(t, o), open(t, o)}
		done := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 4 {
			mine, other := vaults[i%2], vaults[1-i%2]
			wg.Go(func() {
				for rounds := 0; ; rounds++ {
					select {
					case <-done:
						if rounds > 0 {
							return
						}
					default:
					}
					if err := roundTrip(mine, other); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range 8 {
			for _, p := range []Purpose{Master, Payload} {
				stage(t, o, p)
				for _, v := range vaults {
					_, err := v.Refresh()
					require.NoError(t, err)
				}
				require.NoError(t, Promote(o, p))
			}
		}
		close(done)
		wg.Wait()
	})
}

// roundTrip seals with one process and opens with another.
func roundTrip(a, b *Vault) error {
	dk, err := a.NewDataKey("case-1", Ordinary)
	if err != nil {
		return err
	}
	sealed, err := a.Seal(dk, nameOfChild, []byte("text"))
	if err != nil {
		return err
	}
	if _, err := b.Unseal(dk, nameOfChild, sealed); err != nil {
		return err
	}
	payload, err := a.PayloadAEAD().Encrypt([]byte("text"), nil)
	if err != nil {
		return err
	}
	_, err = b.PayloadAEAD().Decrypt(payload, nil)
	return err
}

// put replaces a file as another host's copy would.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	fresh := path + ".new"
	require.NoError(t, os.WriteFile(fresh, content, 0o600))
	require.NoError(t, os.Rename(fresh, path))
}
