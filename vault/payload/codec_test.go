package payload

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tonghu/vault"
	"tonghu/vault/suite"
)

const canary = "金丝雀canary13900000001"

type state struct {
	ID    string
	Notes []string
}

func open(t testing.TB, o vault.Options) *vault.Vault {
	t.Helper()
	v, err := vault.Open(o)
	require.NoError(t, err)
	return v
}

// eachSuite runs a test under every suite.
func eachSuite(t *testing.T, test func(*testing.T, suite.Suite)) {
	for _, s := range suite.All {
		t.Run(string(s), func(t *testing.T) { test(t, s) })
	}
}

func keyFile(t testing.TB) string { return filepath.Join(t.TempDir(), "vault.json") }

func TestEveryPayloadComesBackAndShowsNothing(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		dc := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		random := make([]byte, 4096)
		rand.Read(random)
		values := []any{
			nil, "", canary, 42, true, []byte(canary), random, state{canary, []string{canary}},
			state{"long", []string{strings.Repeat(canary, 5000)}}, &commonpb.WorkflowExecution{WorkflowId: canary},
		}
		sealed, err := dc.ToPayloads(values...)
		require.NoError(t, err)
		requireNoCanary(t, sealed)
		for _, p := range sealed.Payloads {
			require.Equal(t, Encoding, string(p.Metadata["encoding"]))
			require.NotEmpty(t, p.Metadata[MetadataKeyID])
			require.Len(t, p.Metadata, 2)
		}

		plain, err := converter.GetDefaultDataConverter().ToPayloads(values...)
		require.NoError(t, err)
		codec := dc.(*converter.CodecDataConverter)
		for i, p := range sealed.Payloads {
			require.Equal(t, converter.GetDefaultDataConverter().ToString(plain.Payloads[i]), codec.ToString(p), i)
		}
		var long state
		require.NoError(t, dc.FromPayload(sealed.Payloads[8], &long))
		require.Equal(t, values[8], long)
	})
}

func TestALongStateIsCompressedAndRandomBytesAreNot(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		dc := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		p, err := dc.ToPayload(state{"id", []string{strings.Repeat("obligation visit due; ", 200)}})
		require.NoError(t, err)
		require.Less(t, len(p.Data), 400)

		random := make([]byte, 4096)
		rand.Read(random)
		p, err = dc.ToPayload(random)
		require.NoError(t, err)
		require.Less(t, len(p.Data), 4096+120)
	})
}

func TestEncodeLeavesItsInputAlone(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		c := NewCodec(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		in := []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "x": []byte("y")}, Data: []byte(`"v"`)}}
		want := proto.Clone(in[0])
		out, err := c.Encode(in)
		require.NoError(t, err)
		require.True(t, proto.Equal(want, in[0]))
		back, err := c.Decode(out)
		require.NoError(t, err)
		require.True(t, proto.Equal(want, back[0]), "with all its metadata")
	})
}

func TestAPayloadOfBeforeTheCodecPassesUnchanged(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		dc := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		p, err := converter.GetDefaultDataConverter().ToPayload("plain")
		require.NoError(t, err)
		var got string
		require.NoError(t, dc.FromPayload(p, &got))
		require.Equal(t, "plain", got)
	})
}

func TestAnAlteredPayloadOrAnotherVaultsIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		dc := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		p, err := dc.ToPayload(canary)
		require.NoError(t, err)
		var got string
		for i := range p.Data {
			bad := proto.Clone(p).(*commonpb.Payload)
			bad.Data[i] ^= 1
			require.ErrorIs(t, dc.FromPayload(bad, &got), ErrSealed, i)
		}
		for i := range p.Data {
			bad := proto.Clone(p).(*commonpb.Payload)
			bad.Data = bad.Data[:i]
			require.ErrorIs(t, dc.FromPayload(bad, &got), ErrSealed, i)
		}
		require.Empty(t, got)

		other := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		require.ErrorIs(t, other.FromPayload(p, &got), ErrSealed)
		require.NotContains(t, other.ToString(p), canary)
	})
}

func TestAPayloadOfAnOlderKeyStillOpens(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		o := vault.Options{Suite: s, KeyFile: keyFile(t)}
		before, err := NewDataConverter(open(t, o)).ToPayload(canary)
		require.NoError(t, err)
		_, err = vault.Stage(o, vault.Payload)
		require.NoError(t, err)
		require.NoError(t, vault.Promote(o, vault.Payload))

		dc := NewDataConverter(open(t, o))
		after, err := dc.ToPayload(canary)
		require.NoError(t, err)
		require.NotEqual(t, before.Metadata[MetadataKeyID], after.Metadata[MetadataKeyID])
		for _, p := range []*commonpb.Payload{before, after} {
			var got string
			require.NoError(t, dc.FromPayload(p, &got))
			require.Equal(t, canary, got)
		}
	})
}

func TestAFailureShowsNeitherMessageNorStackNorDetails(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		dc := NewDataConverter(open(t, vault.Options{Suite: s, KeyFile: keyFile(t)}))
		fc := NewFailureConverter(dc)
		for name, err := range map[string]error{
			"plain":       errors.New(canary),
			"wrapped":     fmt.Errorf("outer %s: %w", canary, errors.New(canary)),
			"application": temporal.NewApplicationErrorWithCause(canary, "refused", errors.New(canary), state{canary, nil}),
			"cancelled":   temporal.NewCanceledError(canary),
		} {
			failure := fc.ErrorToFailure(err)
			requireNoCanary(t, failure)
			require.Equal(t, "Encoded failure", failure.Message, name)
			back := fc.FailureToError(failure)
			if name != "cancelled" { // its text is fixed; the canary is in its details
				require.ErrorContains(t, back, canary, name)
			}
		}

		failure := fc.ErrorToFailure(temporal.NewApplicationError(canary, "refused", state{canary, nil}))
		var app *temporal.ApplicationError
		require.ErrorAs(t, fc.FailureToError(failure), &app)
		require.Equal(t, "refused", app.Type())
		var details state
		require.NoError(t, app.Details(&details))
		require.Equal(t, canary, details.ID)
	})
}

// requireNoCanary looks for the canary and its parts in the message's bytes and in its JSON.
func requireNoCanary(t *testing.T, m proto.Message) {
	t.Helper()
	wire, err := proto.Marshal(m)
	require.NoError(t, err)
	text, err := protojson.Marshal(m)
	require.NoError(t, err)
	for _, dump := range [][]byte{wire, text} {
		for _, part := range []string{canary, "金丝雀", "canary", "1390000"} {
			require.False(t, bytes.Contains(dump, []byte(part)), part)
		}
	}
}

func BenchmarkCodec(b *testing.B) {
	c := NewCodec(open(b, vault.Options{KeyFile: keyFile(b)}))
	for _, size := range []int{100, 4000, 40000} {
		var notes []string
		for n := 0; n < size; n += 60 {
			notes = append(notes, fmt.Sprintf(`visit:%d due 2026-11-%02dT16:00:00Z post village:3799990012%02d/director`, n, n%28+1, n%97))
		}
		p, err := converter.GetDefaultDataConverter().ToPayload(state{"report/1", notes})
		require.NoError(b, err)
		in := []*commonpb.Payload{p}
		out, err := c.Encode(in)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("encode %d bytes", len(p.Data)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Encode(in)
			}
			b.ReportMetric(float64(len(out[0].Data))/float64(len(p.Data)), "sealed/plain")
		})
		b.Run(fmt.Sprintf("decode %d bytes", len(p.Data)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Decode(out)
			}
		})
	}
}
