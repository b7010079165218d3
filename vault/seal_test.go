package vault

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

var nameOfChild = AAD{Table: "children", Field: "name", Row: "1"}

func TestASealedFieldOpensOnlyWhereItWasSealed(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Ordinary)
		sealed, err := v.Seal(dk, nameOfChild, []byte("欧阳小明"))
		require.NoError(t, err)
		require.NotContains(t, string(sealed), "欧阳")
		require.Len(t, sealed, len("欧阳小明")+29)

		plain, err := v.Unseal(dk, nameOfChild, sealed)
		require.NoError(t, err)
		require.Equal(t, "欧阳小明", string(plain))

		for name, at := range map[string]AAD{
			"other table": {Table: "persons", Field: "name", Row: "1"},
			"other field": {Table: "children", Field: "alias", Row: "1"},
			"other row":   {Table: "children", Field: "name", Row: "2"},
			"shifted":     {Table: "childrenn", Field: "ame", Row: "1"},
		} {
			_, err := v.Unseal(dk, at, sealed)
			require.ErrorIs(t, err, ErrSealed, name)
		}
		_, err = v.Unseal(newKey(t, v, "case-2", Ordinary), nameOfChild, sealed)
		require.ErrorIs(t, err, ErrSealed, "another subject's key")
		_, err = v.Unseal(newKey(t, v, "case-1", Reporter), nameOfChild, sealed)
		require.ErrorIs(t, err, ErrSealed, "another compartment's key")
	})
}

func TestAWrappedKeyServesOnlyItsSubjectAndCompartment(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Reporter)
		_, err := v.Seal(dk, nameOfChild, nil)
		require.NoError(t, err, "now it is in the cache")

		for _, moved := range []WrappedKey{
			{Subject: "case-2", Compartment: Reporter, Wrapped: dk.Wrapped},
			{Subject: "case-1", Compartment: Ordinary, Wrapped: dk.Wrapped},
		} {
			_, err := v.Seal(moved, nameOfChild, nil)
			require.ErrorIs(t, err, ErrSealed)
		}
	})
}

func TestAnyAlteredByteIsNoticed(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Medical)
		sealed, err := v.Seal(dk, nameOfChild, []byte("text"))
		require.NoError(t, err)
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			_, err := v.Unseal(dk, nameOfChild, bad)
			require.ErrorIs(t, err, ErrSealed, i)
		}
		for i := range sealed {
			_, err := v.Unseal(dk, nameOfChild, sealed[:i])
			require.ErrorIs(t, err, ErrSealed, i)
		}
		for i := range dk.Wrapped {
			bad := dk
			bad.Wrapped = bytes.Clone(dk.Wrapped)
			bad.Wrapped[i] ^= 1
			_, err := v.Unseal(bad, nameOfChild, sealed)
			require.ErrorIs(t, err, ErrSealed, i)
		}
	})
}

func TestSealingTwiceGivesTwoCiphertexts(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Ordinary)
		a, err := v.Seal(dk, nameOfChild, []byte("same"))
		require.NoError(t, err)
		b, err := v.Seal(dk, nameOfChild, []byte("same"))
		require.NoError(t, err)
		require.NotEqual(t, a, b)
	})
}

func TestAnEmptyFieldIsSealedToo(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Ordinary)
		sealed, err := v.Seal(dk, nameOfChild, nil)
		require.NoError(t, err)
		plain, err := v.Unseal(dk, nameOfChild, sealed)
		require.NoError(t, err)
		require.Empty(t, plain)
	})
}

func TestADestroyedKeyOpensNothing(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Ordinary)
		sealed, err := v.Seal(dk, nameOfChild, []byte("text"))
		require.NoError(t, err)
		require.Equal(t, 1, v.cache.order.Len())

		v.Forget(dk)
		require.Zero(t, v.cache.order.Len())
		dk.Wrapped = nil
		_, err = v.Unseal(dk, nameOfChild, sealed)
		require.ErrorIs(t, err, ErrNoKey)
		_, _, err = v.Rewrap(dk)
		require.ErrorIs(t, err, ErrNoKey)
	})
}

func TestADataKeyNeedsASubjectAndAKnownCompartment(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		_, err := v.NewDataKey("", Ordinary)
		require.ErrorIs(t, err, ErrSubject)
		for _, c := range []Compartment{0, -1, Address + 1} {
			_, err = v.NewDataKey("case-1", c)
			require.ErrorIs(t, err, ErrCompartment)
			require.Equal(t, "unknown", c.String())
		}
		for _, c := range Compartments {
			_, err = v.NewDataKey("case-1", c)
			require.NoError(t, err)
			require.NotEqual(t, "unknown", c.String())
		}
	})
}

type person struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

func TestARecordIsSealedWhole(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		v := open(t, Options{Suite: s, KeyFile: keyFile(t)})
		dk := newKey(t, v, "case-1", Reporter)
		at := AAD{Table: "reports", Field: "reporter"}
		sealed, err := v.SealJSON(dk, at, person{"李老师", "13900000001"})
		require.NoError(t, err)
		require.NotContains(t, string(sealed), "13900000001")

		var got person
		require.NoError(t, v.UnsealJSON(dk, at, sealed, &got))
		require.Equal(t, person{"李老师", "13900000001"}, got)

		var wrong struct{ Name int }
		err = v.UnsealJSON(dk, at, sealed, &wrong)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "李老师")
		require.NotContains(t, err.Error(), "1390000")
		_, err = v.SealJSON(dk, at, func() {})
		require.Error(t, err)
	})
}

func TestRememberedKeysAreFewAndShortLived(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		v := open(t, Options{Suite: s, KeyFile: keyFile(t), CacheKeys: 2, CacheFor: time.Minute, Now: func() time.Time { return now }})
		a, b, c := newKey(t, v, "a", Ordinary), newKey(t, v, "b", Ordinary), newKey(t, v, "c", Ordinary)
		use := func(dk WrappedKey) {
			_, err := v.Seal(dk, nameOfChild, nil)
			require.NoError(t, err)
		}
		use(a)
		use(b)
		use(a)
		use(c)
		require.True(t, cached(v, a), "used more recently than b")
		require.False(t, cached(v, b))
		require.Equal(t, 2, v.cache.order.Len())

		now = now.Add(time.Minute)
		require.False(t, cached(v, a))
		require.False(t, cached(v, c))
		require.Empty(t, v.cache.byKey)
	})
}

func cached(v *Vault, dk WrappedKey) bool {
	_, ok := v.cache.get(dk)
	return ok
}

func newKey(t testing.TB, v *Vault, subject string, c Compartment) WrappedKey {
	t.Helper()
	dk, err := v.NewDataKey(subject, c)
	require.NoError(t, err)
	return dk
}

func BenchmarkSeal(b *testing.B) {
	v := open(b, Options{KeyFile: keyFile(b)})
	dk := newKey(b, v, "case-1", Ordinary)
	text := bytes.Repeat([]byte("案"), 340)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = v.Seal(dk, nameOfChild, text)
	}
}

func BenchmarkUnseal(b *testing.B) {
	v := open(b, Options{KeyFile: keyFile(b)})
	dk := newKey(b, v, "case-1", Ordinary)
	sealed, err := v.Seal(dk, nameOfChild, bytes.Repeat([]byte("案"), 340))
	require.NoError(b, err)
	b.Run("key remembered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = v.Unseal(dk, nameOfChild, sealed)
		}
	})
	b.Run("key unwrapped", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Forget(dk)
			_, _ = v.Unseal(dk, nameOfChild, sealed)
		}
	})
}
