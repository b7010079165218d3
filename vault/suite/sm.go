package suite

import (
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/ecdh"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"google.golang.org/protobuf/proto"
)

// SM keys stand in tink keysets as kinds of key that this package adds to tink: so they have key ids, a primary, and are wrapped and
// rotated as all others. The value of a key is its bytes and nothing else.
const (
	sm4GCM     = "tonghu/sm4-gcm"     // 16 bytes; sealed: nonce of 12 bytes, ciphertext, tag of 16
	hmacSM3    = "tonghu/hmac-sm3"    // 32 bytes
	sm2Private = "tonghu/sm2-private" // the number d in 32 bytes
	sm2Public  = "tonghu/sm2-public"  // the point, uncompressed, 65 bytes; signatures in ASN.1 over SM3 with the default id
)

var (
	errOpen = errors.New("suite: does not open")
	errSign = errors.New("suite: the signature does not fit")
)

func init() {
	for _, k := range []kind{
		{url: sm4GCM, material: tinkpb.KeyData_SYMMETRIC, fresh: randomBytes(16), use: useSM4GCM},
		{url: hmacSM3, material: tinkpb.KeyData_SYMMETRIC, fresh: randomBytes(32), use: useHMACSM3},
		{url: sm2Public, material: tinkpb.KeyData_ASYMMETRIC_PUBLIC, use: useSM2Public},
	} {
		register(k)
	}
	register(pair{kind{url: sm2Private, material: tinkpb.KeyData_ASYMMETRIC_PRIVATE, fresh: freshSM2, use: useSM2Private}})
}

func register(k registry.KeyManager) {
	if err := registry.RegisterKeyManager(k); err != nil {
		panic(err) // the name is this package's own
	}
}

func template(url string, prefix tinkpb.OutputPrefixType) *tinkpb.KeyTemplate {
	return &tinkpb.KeyTemplate{TypeUrl: url, OutputPrefixType: prefix}
}

// kind is one kind of key, as tink asks for it.
type kind struct {
	url      string
	material tinkpb.KeyData_KeyMaterialType
	fresh    func() ([]byte, error)
	use      func(key []byte) (any, error)
}

func (k kind) TypeURL() string                   { return k.url }
func (k kind) DoesSupport(url string) bool       { return url == k.url }
func (k kind) Primitive(key []byte) (any, error) { return k.use(key) }
func (kind) NewKey([]byte) (proto.Message, error) {
	return nil, errors.New("suite: deprecated by tink")
}
func (k kind) NewKeyData([]byte) (*tinkpb.KeyData, error) {
	if k.fresh == nil {
		return nil, fmt.Errorf("suite: a %s is made from its private key", k.url)
	}
	value, err := k.fresh()
	return &tinkpb.KeyData{TypeUrl: k.url, Value: value, KeyMaterialType: k.material}, err
}

// pair is a private key, which gives its public one.
type pair struct{ kind }

func (pair) PublicKeyData(private []byte) (*tinkpb.KeyData, error) {
	key, err := ecdh.P256().NewPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return &tinkpb.KeyData{TypeUrl: sm2Public, Value: key.PublicKey().Bytes(), KeyMaterialType: tinkpb.KeyData_ASYMMETRIC_PUBLIC}, nil
}

func randomBytes(n int) func() ([]byte, error) {
	return func() ([]byte, error) {
		key := make([]byte, n)
		rand.Read(key)
		return key, nil
	}
}

func freshSM2() ([]byte, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Bytes(), nil
}

// sealer is a tink.AEAD over an AEAD that draws its nonces.
type sealer struct{ aead cipher.AEAD }

func useSM4GCM(key []byte) (any, error) {
	aead, err := SM4GCM.New(key)
	return sealer{aead}, err
}

func (s sealer) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	return s.aead.Seal(nil, nil, plaintext, associatedData), nil
}

func (s sealer) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	return s.aead.Open(nil, nil, ciphertext, associatedData)
}

// mac is a tink prf.PRF.
type mac struct{ key []byte }

func useHMACSM3(key []byte) (any, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("suite: an HMAC-SM3 key has 32 bytes and not %d", len(key))
	}
	return mac{key}, nil
}

func (m mac) ComputePRF(input []byte, outputLength uint32) ([]byte, error) {
	if outputLength > sm3.Size {
		return nil, fmt.Errorf("suite: HMAC-SM3 gives %d bytes and not %d", sm3.Size, outputLength)
	}
	h := hmac.New(sm3.New, m.key)
	h.Write(input)
	return h.Sum(nil)[:outputLength], nil
}

// signer is a tink.Signer, verifier a tink.Verifier.
type signer struct{ key *sm2.PrivateKey }

func useSM2Private(private []byte) (any, error) {
	key, err := sm2.NewPrivateKey(private)
	return signer{key}, err
}

func (s signer) Sign(data []byte) ([]byte, error) {
	return s.key.Sign(rand.Reader, data, sm2.DefaultSM2SignerOpts)
}

type verifier struct{ key *ecdsa.PublicKey }

func useSM2Public(point []byte) (any, error) {
	key, err := sm2.NewPublicKey(point)
	return verifier{key}, err
}

func (v verifier) Verify(signature, data []byte) error {
	if !sm2.VerifyASN1WithSM2(v.key, nil, data, signature) {
		return errSign
	}
	return nil
}
