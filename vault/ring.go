package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// Purpose is one of the keysets in the key file.
type Purpose string

// The keysets. All but Master are wrapped by Master in the file.
const (
	Master  Purpose = "master"  // wraps data keys and the other keysets
	Index   Purpose = "index"   // HMAC of blind indexes; rotating it would mean rebuilding every index, so it is never rotated
	Payload Purpose = "payload" // Temporal payloads
	Audit   Purpose = "audit"   // signatures of audit heads
)

// wrapped lists the keysets that Master wraps, in the order of the file; purposes lists all.
var (
	wrapped  = []Purpose{Index, Payload, Audit}
	purposes = append([]Purpose{Master}, wrapped...)
)

// template is the kind of key of each purpose.
func template(s suite.Suite, p Purpose) *tinkpb.KeyTemplate {
	switch p {
	case Index:
		return s.PRF()
	case Audit:
		return s.Signature()
	default:
		return s.Wrapping()
	}
}

const ringFormat = "tonghu-vault/1"

// ring is the key file in memory.
type ring struct {
	suite   suite.Suite
	kmsURI  string
	handles map[Purpose]*keyset.Handle
	made    map[string]time.Time // by the key's name
}

// ringFile is the key file's JSON. Without KMS, Master is in clear and the file is the secret.
type ringFile struct {
	Format string             `json:"format"`
	Note   string             `json:"note"`
	Suite  suite.Suite        `json:"suite"`
	KMSURI string             `json:"kms_uri,omitempty"`
	Keys   map[Purpose][]byte `json:"keys"` // tink binary keysets

	Made map[string]time.Time `json:"made,omitempty"` // when each key was made, by its name
}

const ringNote = "Whoever has this file can read every record; without it nobody can. Keep a copy offline. " +
	"持有本文件即可读取全部档案,丢失则无人可读。请离线备份。"

const ringNoteKMS = "Readable only through the KMS key named here. Keep a copy offline. 须经所列密钥管理服务才能读取。请离线备份。"

func newRing(s suite.Suite, o Options) (*ring, error) {
	r := &ring{suite: s, kmsURI: o.KMSURI, handles: map[Purpose]*keyset.Handle{}}
	for _, p := range purposes {
		h, err := keyset.NewHandle(template(s, p))
		if err != nil {
			return nil, err
		}
		r.handles[p] = h
	}
	r.date(o, r.list()...)
	return r, nil
}

// date writes down when keys were made: now.
func (r *ring) date(o Options, keys ...Key) {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	r.made = maps.Clone(r.made)
	if r.made == nil {
		r.made = map[string]time.Time{}
	}
	for _, k := range keys {
		r.made[k.Name()] = now().UTC().Truncate(time.Second)
	}
}

func (r *ring) marshal(o Options) ([]byte, error) {
	f := ringFile{Format: ringFormat, Note: ringNote, Suite: r.suite, KMSURI: r.kmsURI, Keys: map[Purpose][]byte{}, Made: r.made}
	if r.kmsURI != "" {
		f.Note = ringNoteKMS
	}
	var err error
	if f.Keys[Master], err = r.marshalMaster(o); err != nil {
		return nil, err
	}
	master, err := aead.New(r.handles[Master])
	if err != nil {
		return nil, err
	}
	for _, p := range wrapped {
		if f.Keys[p], err = wrapKeyset(r.handles[p], master, p); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(f, "", "  ")
}

func (r *ring) marshalMaster(o Options) ([]byte, error) {
	if r.kmsURI != "" {
		kms, err := o.kmsAEAD(r.kmsURI)
		if err != nil {
			return nil, err
		}
		return wrapKeyset(r.handles[Master], kms, Master)
	}
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(r.handles[Master], keyset.NewBinaryWriter(&b))
	return b.Bytes(), err
}

func unmarshalRing(data []byte, o Options) (*ring, error) {
	var f ringFile
	if err := json.Unmarshal(data, &f); err != nil || f.Format != ringFormat {
		return nil, fmt.Errorf("not a key file of this program; put the right file there")
	}
	s, err := suite.Parse(string(f.Suite))
	if err != nil {
		return nil, fmt.Errorf("%w; it was made by a later version of this program", err)
	}
	if o.Suite != "" && o.Suite != s {
		return nil, fmt.Errorf("it is of suite %s and not %s: a suite is chosen when the file is made", s, o.Suite)
	}
	if o.KMSURI != "" && o.KMSURI != f.KMSURI {
		return nil, fmt.Errorf("it is protected by %q and not by the KMS key asked for; use the same KMS setting as when it was made", f.KMSURI)
	}
	r := &ring{suite: s, kmsURI: f.KMSURI, handles: map[Purpose]*keyset.Handle{}, made: f.Made}
	if r.handles[Master], err = unmarshalMaster(f, o); err != nil {
		return nil, err
	}
	master, err := aead.New(r.handles[Master])
	if err != nil {
		return nil, err
	}
	for _, p := range wrapped {
		if r.handles[p], err = unwrapKeyset(f.Keys[p], master, p); err != nil {
			return nil, fmt.Errorf("keyset %s does not open; restore the file from its copy: %w", p, err)
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// check compares what the file says of its suite with its keys.
func (r *ring) check() error {
	for p, h := range r.handles {
		want := template(r.suite, p).TypeUrl
		for _, k := range h.KeysetInfo().GetKeyInfo() {
			if k.GetTypeUrl() != want {
				return fmt.Errorf("keyset %s is not of suite %s; restore the file from its copy", p, r.suite)
			}
		}
	}
	return nil
}

func unmarshalMaster(f ringFile, o Options) (*keyset.Handle, error) {
	if f.KMSURI == "" {
		h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(f.Keys[Master])))
		if err != nil {
			return nil, fmt.Errorf("master key is damaged; restore the file from its copy: %w", err)
		}
		return h, nil
	}
	kms, err := o.kmsAEAD(f.KMSURI)
	if err != nil {
		return nil, err
	}
	h, err := unwrapKeyset(f.Keys[Master], kms, Master)
	if err != nil {
		return nil, fmt.Errorf("KMS key %s does not open it; check access to the KMS: %w", f.KMSURI, err)
	}
	return h, nil
}

func (o Options) kmsAEAD(uri string) (tink.AEAD, error) {
	client := o.KMS
	if client == nil || !client.Supported(uri) {
		var err error
		if client, err = registry.GetKMSClient(uri); err != nil {
			return nil, fmt.Errorf("no client for KMS key %s here; name that key in this process's settings: %w", uri, err)
		}
	}
	return client.GetAEAD(uri)
}

func wrapKeyset(h *keyset.Handle, key tink.AEAD, p Purpose) ([]byte, error) {
	var b bytes.Buffer
	err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), key, keysetAAD(p))
	return b.Bytes(), err
}

func unwrapKeyset(data []byte, key tink.AEAD, p Purpose) (*keyset.Handle, error) {
	return keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(data)), key, keysetAAD(p))
}

func keysetAAD(p Purpose) []byte { return bind("tonghu/vault/keyset/1", string(p)) }

func publicJSON(public *keyset.Handle) ([]byte, error) {
	var b bytes.Buffer
	err := public.WriteWithNoSecrets(keyset.NewJSONWriter(&b))
	return b.Bytes(), err
}
