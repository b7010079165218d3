// Package payload keeps Temporal's copy of a case unreadable: every payload and every failure's text is compressed when that
// pays and sealed under the vault's payload key, with one AEAD operation and no call outside the process.
//
// Not covered, by Temporal's design: workflow and activity ids, type names, error types, search attributes, identities.
// Put nothing personal there.
package payload

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"tonghu/vault"
)

// What a sealed payload shows of itself.
const (
	Encoding         = "binary/encrypted"  // value of the metadata "encoding"
	MetadataKeyID    = "encryption-key-id" // metadata: which key, in hexadecimal; for operators, the ciphertext names it too
	bodyPlain        = 0                   // first byte inside: a marshalled Payload follows
	bodyZstd         = 1                   // first byte inside: a zstd frame of one follows
	compressFrom     = 256                 // bytes; below, a frame's header eats the gain
	maxPayload       = 64 << 20            // bytes a frame may unfold to; Temporal's own limit is 2 MiB
	associatedPrefix = "tonghu/payload/1"
)

// ErrSealed is returned for a payload that was altered or sealed under a key that is not in the key file.
var ErrSealed = errors.New("payload: does not open, it was altered or its key is not in the key file")

// NewDataConverter is Temporal's default converter with every payload sealed by the vault. Give it to client, worker and tools alike.
func NewDataConverter(v *vault.Vault) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), NewCodec(v))
}

// NewFailureConverter seals messages, stack traces and details of failures through the given converter.
func NewFailureConverter(dc converter.DataConverter) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          dc,
		EncodeCommonAttributes: true,
	})
}

type codec struct{ v *vault.Vault }

// NewCodec is the codec alone, for a codec server or a chain of one's own. Payloads that it did not make pass Decode unchanged.
func NewCodec(v *vault.Vault) converter.PayloadCodec { return codec{v} }

// Encode seals each payload with its metadata.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if out[i], err = c.seal(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Decode opens what Encode sealed, under any key of the file. The error is ErrSealed.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			out[i] = p
			continue
		}
		var err error
		if out[i], err = c.open(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c codec) seal(p *commonpb.Payload) (*commonpb.Payload, error) {
	body, err := proto.MarshalOptions{}.MarshalAppend([]byte{bodyPlain}, p)
	if err != nil {
		return nil, fmt.Errorf("payload: marshal: %w", err)
	}
	data, err := c.v.PayloadAEAD().Encrypt(compress(body), []byte(associatedPrefix))
	if err != nil {
		return nil, fmt.Errorf("payload: seal: %w", err)
	}
	return &commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), MetadataKeyID: []byte(c.v.PayloadKeyID())},
		Data:     data,
	}, nil
}

func (c codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	body, err := c.v.PayloadAEAD().Decrypt(p.GetData(), []byte(associatedPrefix))
	if err != nil || len(body) == 0 {
		return nil, ErrSealed
	}
	if body, err = unfold(body); err != nil {
		return nil, err
	}
	out := &commonpb.Payload{}
	if err := proto.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("payload: unmarshal: %w", err)
	}
	return out, nil
}

// zstdCoders are shared: both are safe for concurrent EncodeAll and DecodeAll, and costly to make.
var zstdCoders = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // fixed options
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPayload), zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic(err)
	}
	return enc, dec
})

// compress folds the body behind its first byte if that saves at least an eighth.
func compress(body []byte) []byte {
	if len(body) < compressFrom {
		return body
	}
	enc, _ := zstdCoders()
	folded := enc.EncodeAll(body[1:], append(make([]byte, 0, len(body)), bodyZstd))
	if len(folded) > len(body)-len(body)/8 {
		return body
	}
	return folded
}

func unfold(body []byte) ([]byte, error) {
	switch body[0] {
	case bodyPlain:
		return body[1:], nil
	case bodyZstd:
		_, dec := zstdCoders()
		out, err := dec.DecodeAll(body[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("payload: unfold: %w", err)
		}
		return out, nil
	default:
		return nil, fmt.Errorf("payload: body kind %d is of a later version", body[0])
	}
}
