package vault

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

// FuzzTokens looks for what is searched for and breaks the index: whatever is typed has few tokens of one size, and the same ones when
// it is typed again in its plain form.
func FuzzTokens(f *testing.F) {
	v := open(f, Options{KeyFile: keyFile(f)})
	for _, typed := range []string{"", "单小雨", "zhangsan", "Lǚ Bù", "阿里木·买买提", "能那折单能那折单能那折单", "37999920150601001X", "+86 139-0000-0001", "\xff", "𬶮", "ﷺ"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for kind := range Contact + 2 {
			tokens := v.Tokens(kind, typed)
			require.LessOrEqual(t, len(tokens), maxTokens)
			for _, token := range tokens {
				require.Len(t, token, tokenBytes)
			}
		}
		if plain := normaliseName(typed); plain == normaliseName(plain) {
			require.Equal(t, v.Tokens(Name, typed), v.Tokens(Name, plain))
		}
	})
}

// A key file is refused or opens a whole vault; it never brings the process down, and what is refused says so.
func FuzzKeyFile(f *testing.F) {
	for _, s := range suite.All {
		r, err := newRing(s, Options{})
		require.NoError(f, err)
		whole, err := r.marshal(Options{})
		require.NoError(f, err)
		f.Add(whole)
		f.Add(whole[:len(whole)/2])
		f.Add(bytes.Replace(whole, []byte(`"standard"`), []byte(`"sm"`), 1))
		f.Add(bytes.Replace(whole, []byte(`"suite"`), []byte(`"kms_uri":"hcvault://a/b","suite"`), 1))
		f.Add(bytes.Replace(whole, []byte(`"made"`), []byte(`"made":{"master":"x"},"_"`), 1))
	}
	f.Add([]byte(`{"format":"tonghu-vault/1","suite":"sm","keys":{"master":"CAESAA=="}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := unmarshalRing(file, Options{})
		if err != nil {
			require.Nil(t, r)
			return
		}
		k, err := r.open()
		if err != nil {
			return
		}
		require.NotEmpty(t, k.sealing(Master))
		sealed, err := k.master.Encrypt([]byte("text"), nil)
		require.NoError(t, err)
		_, err = k.master.Decrypt(sealed, nil)
		require.NoError(t, err)
		again, err := r.marshal(Options{})
		require.NoError(t, err)
		back, err := unmarshalRing(again, Options{})
		require.NoError(t, err)
		require.Equal(t, r.list(), back.list())
	})
}

// Nothing but what Seal gave opens, neither as a ciphertext nor as a data key.
func FuzzUnseal(f *testing.F) {
	var vaults []*Vault
	var keys []WrappedKey
	for _, s := range suite.All {
		v := open(f, Options{Suite: s, KeyFile: keyFile(f)})
		dk := newKey(f, v, "case-1", Ordinary)
		sealed, err := v.Seal(dk, nameOfChild, []byte("欧阳小明"))
		require.NoError(f, err)
		vaults, keys = append(vaults, v), append(keys, dk)
		f.Add(sealed, dk.Wrapped)
		f.Add(sealed[:29], dk.Wrapped[:5])
		f.Add(append([]byte{3}, sealed[1:]...), append([]byte{0}, dk.Wrapped...))
	}
	f.Add([]byte{}, []byte{1})
	f.Fuzz(func(t *testing.T, sealed, wrapped []byte) {
		for i, v := range vaults {
			if plain, err := v.Unseal(keys[i], nameOfChild, sealed); err == nil {
				require.Equal(t, "欧阳小明", string(plain))
			} else {
				require.ErrorIs(t, err, ErrSealed)
			}
			moved := WrappedKey{Subject: "case-1", Compartment: Ordinary, Wrapped: wrapped}
			if _, err := v.Seal(moved, nameOfChild, nil); err == nil {
				require.Equal(t, keys[i].Wrapped, wrapped)
			} else if len(wrapped) == 0 {
				require.ErrorIs(t, err, ErrNoKey)
			} else {
				require.ErrorIs(t, err, ErrSealed)
			}
		}
	})
}
