package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/vault/suite"
)

// key signs as the vault does, without a key file.
type key struct {
	tink.Signer
	tink.Verifier
}

func newKey(t *testing.T, s suite.Suite) key {
	t.Helper()
	private, err := keyset.NewHandle(s.Signature())
	require.NoError(t, err)
	public, err := private.Public()
	require.NoError(t, err)
	signer, err := signature.NewSigner(private)
	require.NoError(t, err)
	verifier, err := signature.NewVerifier(public)
	require.NoError(t, err)
	return key{signer, verifier}
}

func write(t *testing.T, s suite.Suite, path string, k key, rows []Row, seqs ...int64) {
	t.Helper()
	h := OpenHeads(path, s, k)
	for i, n := range seqs {
		require.NoError(t, h.Append(noon.Add(time.Duration(i)*time.Minute), []Head{rows[n-1].head(), {Chain: "actor:7", Seq: n, Hash: rows[0].Hash}}))
	}
}

func read(t *testing.T, path string, k key) ([]Signed, int, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return ReadHeads(bytes.NewReader(data), k)
}

func TestHeadsComeBackAsSigned(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		write(t, s, path, k, rows, 4, 8)
		require.NoError(t, OpenHeads(path, s, k).Append(noon, nil))
		write(t, s, path, k, rows, 10)
		require.NoError(t, OpenHeads(path, s, k).AppendRestored(noon, []Head{rows[8].head()}))

		heads, skipped, err := read(t, path, k)
		require.NoError(t, err)
		require.Zero(t, skipped)
		require.Len(t, heads, 7)
		require.Equal(t, Signed{Head: rows[3].head(), At: noon.Truncate(time.Microsecond)}, heads[0])
		require.True(t, heads[6].Restored)
		require.NoError(t, Verify("case:1", all(rows), heads))

		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
}

func TestAnAlteredHeadsFileIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		write(t, s, path, k, rows, 2, 4, 6)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		lines := strings.SplitAfter(string(data), "\n")[:3]

		for name, altered := range map[string]string{
			"line taken out":    lines[0] + lines[2],
			"first taken out":   lines[1] + lines[2],
			"lines swapped":     lines[1] + lines[0] + lines[2],
			"line twice":        lines[0] + lines[0] + lines[1],
			"head changed":      strings.Replace(string(data), `"s":4`, `"s":5`, 1),
			"time changed":      strings.Replace(string(data), `"at_us":17`, `"at_us":18`, 1),
			"restore claimed":   strings.Replace(string(data), `"prev"`, `"restored":true,"prev"`, 1),
			"middle made noise": lines[0] + "x" + lines[1] + lines[2],
		} {
			require.NotEqual(t, string(data), altered, name)
			_, _, err := ReadHeads(strings.NewReader(altered), k)
			require.ErrorIs(t, err, ErrHeads, name)
		}

		heads, _, err := ReadHeads(strings.NewReader(lines[0]+lines[2]), k)
		require.ErrorIs(t, err, ErrHeads)
		require.Len(t, heads, 2, "what was before the break is proven")

		_, _, err = ReadHeads(bytes.NewReader(data), newKey(t, s))
		require.ErrorIs(t, err, ErrHeads, "signed by someone else")
	})
}

func TestACrashWhileWritingLosesOnlyTheBatchInHand(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		k, rows := newKey(t, s), chain(s, "case:1", 10)
		whole := filepath.Join(t.TempDir(), "whole")
		write(t, s, whole, k, rows, 2, 4)
		data, err := os.ReadFile(whole)
		require.NoError(t, err)
		first := bytes.IndexByte(data, '\n') + 1

		for cut := range data {
			if nearEdge := min(cut, abs(cut-first), len(data)-cut) < 9; !nearEdge && cut%23 != 0 {
				continue // each cut waits for the disk
			}
			path := filepath.Join(t.TempDir(), "heads")
			require.NoError(t, os.WriteFile(path, data[:cut], 0o600))
			write(t, s, path, k, rows, 6)
			heads, skipped, err := read(t, path, k)
			require.NoError(t, err, cut)
			require.LessOrEqual(t, skipped, 1, cut)
			if cut >= first {
				require.Equal(t, rows[1].Seq, heads[0].Seq, cut)
			}
			require.Equal(t, rows[5].Seq, heads[len(heads)-1].Seq, cut)
		}
	})
}

func abs(n int) int { return max(n, -n) }

func TestWritersInSeveralPlacesTakeTurns(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				h := OpenHeads(path, s, k)
				for range 25 {
					if err := h.Append(noon, []Head{rows[9].head()}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		heads, skipped, err := read(t, path, k)
		require.NoError(t, err)
		require.Zero(t, skipped)
		require.Len(t, heads, 100)
	})
}

func TestABatchLargerThanOneReadIsContinued(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		many := make([]Head, 3000)
		for i := range many {
			many[i] = rows[9].head()
		}
		h := OpenHeads(path, s, k)
		for range 3 {
			require.NoError(t, h.Append(noon, many))
		}
		heads, _, err := read(t, path, k)
		require.NoError(t, err)
		require.Len(t, heads, 9000)
	})
}

func TestAnotherFileIsNotAppendedTo(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 1)
		require.NoError(t, os.WriteFile(path, []byte("notes\n"), 0o600))
		require.ErrorIs(t, OpenHeads(path, s, k).Append(noon, []Head{rows[0].head()}), ErrHeads)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "notes\n", string(data))
		require.Error(t, OpenHeads(filepath.Join(path, "x"), s, k).Append(noon, []Head{rows[0].head()}))
	})
}

func TestAHeadsFileGoesOnUnderAnotherSuite(t *testing.T) {
	for i, s := range suite.All {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		write(t, s, path, k, rows, 4)
		write(t, suite.All[1-i], path, k, rows, 8)
		write(t, s, path, k, rows, 10)
		heads, _, err := read(t, path, k)
		require.NoError(t, err)
		require.Len(t, heads, 6)
	}
}
