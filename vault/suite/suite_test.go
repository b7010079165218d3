package suite

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/signature"
)

func TestASuiteIsKnownByItsName(t *testing.T) {
	for name, want := range map[string]Suite{"": Standard, "standard": Standard, "sm": SM} {
		got, err := Parse(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := Parse("SM4")
	require.ErrorContains(t, err, "sm")
}

// The examples of the standards themselves, so that another program opens what this one sealed.
func TestTheSMAlgorithmsAreTheStandards(t *testing.T) {
	sum := SM.Sum([]byte("abc")) // GB/T 32905-2016, A.1
	require.Equal(t, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", hex.EncodeToString(sum[:]))
	h := SM.NewHash()
	h.Write([]byte("abc"))
	require.Equal(t, sum[:], h.Sum(nil))

	// RFC 8998, A.1: SM4-GCM. Open takes the nonce before the ciphertext.
	key, nonce := unhex(t, "0123456789ABCDEFFEDCBA9876543210"), unhex(t, "00001234567800000000ABCD")
	sealed := unhex(t, "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"+
		"83DE3541E4C2B58177E065A9BF7B62EC")
	c, err := SM4GCM.New(key)
	require.NoError(t, err)
	plain, err := c.Open(nil, nil, append(nonce, sealed...), unhex(t, "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
	require.NoError(t, err)
	require.Equal(t, unhex(t, "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"), plain)
}

// An SM2 signature of this package is one that gmsm verifies by itself, with the standard's default id.
func TestAnSM2SignatureVerifiesElsewhere(t *testing.T) {
	private, err := freshSM2()
	require.NoError(t, err)
	s, err := useSM2Private(private)
	require.NoError(t, err)
	sig, err := s.(signer).Sign([]byte("head"))
	require.NoError(t, err)
	data, err := pair{}.PublicKeyData(private)
	require.NoError(t, err)
	public, err := sm2.NewPublicKey(data.Value)
	require.NoError(t, err)
	require.True(t, sm2.VerifyASN1WithSM2(public, []byte("1234567812345678"), []byte("head"), sig))
}

func TestEveryKindOfKeyServesInAKeyset(t *testing.T) {
	for _, s := range All {
		t.Run(string(s), func(t *testing.T) {
			h, err := keyset.NewHandle(s.Wrapping())
			require.NoError(t, err)
			a, err := aead.New(h)
			require.NoError(t, err)
			one, err := a.Encrypt([]byte("text"), []byte("at"))
			require.NoError(t, err)
			other, err := a.Encrypt([]byte("text"), []byte("at"))
			require.NoError(t, err)
			require.NotEqual(t, one, other)
			plain, err := a.Decrypt(one, []byte("at"))
			require.NoError(t, err)
			require.Equal(t, "text", string(plain))
			_, err = a.Decrypt(one, []byte("elsewhere"))
			require.Error(t, err)
			for i := range one {
				_, err = a.Decrypt(one[:i], []byte("at"))
				require.Error(t, err)
				bad := bytes.Clone(one)
				bad[i] ^= 1
				_, err = a.Decrypt(bad, []byte("at"))
				require.Error(t, err, i)
			}

			h, err = keyset.NewHandle(s.PRF())
			require.NoError(t, err)
			set, err := prf.NewPRFSet(h)
			require.NoError(t, err)
			long, err := set.ComputePrimaryPRF([]byte("x"), 32)
			require.NoError(t, err)
			short, err := set.ComputePrimaryPRF([]byte("x"), 16)
			require.NoError(t, err)
			require.Equal(t, long[:16], short)
			_, err = set.ComputePrimaryPRF([]byte("x"), 33)
			require.Error(t, err)

			h, err = keyset.NewHandle(s.Signature())
			require.NoError(t, err)
			sign, err := signature.NewSigner(h)
			require.NoError(t, err)
			public, err := h.Public()
			require.NoError(t, err)
			verify, err := signature.NewVerifier(public)
			require.NoError(t, err)
			sig, err := sign.Sign([]byte("head"))
			require.NoError(t, err)
			require.NoError(t, verify.Verify(sig, []byte("head")))
			require.Error(t, verify.Verify(sig, []byte("heap")))
		})
	}
}

func TestADamagedKeyIsRefused(t *testing.T) {
	for _, use := range []func([]byte) (any, error){useSM4GCM, useHMACSM3, useSM2Private, useSM2Public} {
		for _, key := range [][]byte{nil, {}, make([]byte, 15), make([]byte, 31), make([]byte, 65)} {
			_, err := use(key)
			require.Error(t, err, len(key))
		}
	}
	_, err := Cipher(0).New(make([]byte, 32))
	require.Error(t, err)
	_, err = AES256GCM.New(make([]byte, 16))
	require.Error(t, err)
	_, err = SM4GCM.New(make([]byte, 32))
	require.Error(t, err)
	_, err = keyset.NewHandle(template(sm2Public, 1))
	require.Error(t, err, "a public key is made from its private one")
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func BenchmarkSeal(b *testing.B) {
	for _, c := range []Cipher{AES256GCM, SM4GCM} {
		a, err := c.New(make([]byte, c.KeySize()))
		require.NoError(b, err)
		text := bytes.Repeat([]byte("案"), 340)
		b.Run(map[Cipher]string{AES256GCM: "aes", SM4GCM: "sm4"}[c], func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				a.Seal(nil, nil, text, nil)
			}
		})
	}
}
