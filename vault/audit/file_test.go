package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	h := OpenHeads(path, s, k, k)
	for i, n := range seqs {
		require.NoError(t, h.Append(noon.Add(time.Duration(i)*time.Minute), []Head{rows[n-1].head(), {Chain: "actor:7", Seq: n, Hash: rows[0].Hash}}))
	}
}

func read(t *testing.T, path string, k key) (*Book, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	b := &Book{}
	return b, b.Read(bytes.NewReader(data), k)
}

// seqs are those of a chain's signed heads.
func seqs(b *Book, chain string) (out []int64) {
	for _, h := range b.Heads(chain) {
		out = append(out, h.Seq)
	}
	return out
}

func TestHeadsComeBackAsSigned(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		write(t, s, path, k, rows, 4, 8)
		require.NoError(t, OpenHeads(path, s, k, k).Append(noon, nil))
		write(t, s, path, k, rows, 10)
		require.NoError(t, OpenHeads(path, s, k, k).AppendRestored(noon, []Head{rows[8].head()}))

		b, err := read(t, path, k)
		require.NoError(t, err)
		require.Zero(t, b.Skipped)
		require.Equal(t, []int64{4, 8, 9}, seqs(b, "case:1"), "10 was declared void")
		require.Equal(t, []int64{4, 8, 10}, seqs(b, "actor:7"))
		require.Equal(t, Signed{Head: rows[3].head(), At: noon.Truncate(time.Microsecond)}, b.Heads("case:1")[0])
		require.True(t, b.Heads("case:1")[2].Restored)
		require.NoError(t, Verify("case:1", all(rows), b.Heads("case:1")))
		require.Equal(t, []string{"actor:7", "case:1"}, slices.Collect(b.Chains()))

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
			"root changed":      strings.Replace(string(data), `"chains":2`, `"chains":3`, 1),
			"restore claimed":   strings.Replace(string(data), `"prev"`, `"restored":true,"prev"`, 1),
			"middle made noise": lines[0] + "x" + lines[1] + lines[2],
		} {
			require.NotEqual(t, string(data), altered, name)
			require.ErrorIs(t, new(Book).Read(strings.NewReader(altered), k), ErrHeads, name)
			require.NoError(t, os.WriteFile(path, []byte(altered), 0o600))
			require.ErrorIs(t, OpenHeads(path, s, k, k).Append(noon, []Head{rows[9].head()}), ErrHeads, "nothing is added to it: "+name)
		}

		b := &Book{}
		require.ErrorIs(t, b.Read(strings.NewReader(lines[0]+lines[2]), k), ErrHeads)
		require.Equal(t, []int64{2}, seqs(b, "case:1"), "what was before the break is proven")
		require.ErrorIs(t, new(Book).Read(bytes.NewReader(data), newKey(t, s)), ErrHeads, "signed by someone else")
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
			b, err := read(t, path, k)
			require.NoError(t, err, cut)
			require.LessOrEqual(t, b.Skipped, 1, cut)
			heads := seqs(b, "case:1")
			if cut >= first {
				require.EqualValues(t, 2, heads[0], cut)
			}
			require.EqualValues(t, 6, heads[len(heads)-1], cut)
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
				h := OpenHeads(path, s, k, k)
				for range 10 {
					if err := h.Append(noon, []Head{rows[9].head()}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		b, err := read(t, path, k)
		require.NoError(t, err)
		require.Zero(t, b.Skipped)
		require.EqualValues(t, 40, b.Marks[0].Batch)
	})
}

func TestABatchLargerThanOneReadIsContinued(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		many := make([]Head, 3000)
		for i := range many {
			many[i] = Head{Chain: fmt.Sprintf("case:%d", i), Seq: 10, Hash: rows[9].Hash}
		}
		h := OpenHeads(path, s, k, k)
		for range 3 {
			require.NoError(t, h.Append(noon, many))
		}
		b, err := read(t, path, k)
		require.NoError(t, err)
		require.Len(t, slices.Collect(b.Chains()), 3000)
		require.Equal(t, []int64{10, 10, 10}, seqs(b, "case:2999"))
		require.Len(t, h.Ends(), 3000)
	})
}

func TestAnotherFileIsNotAppendedTo(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 1)
		require.NoError(t, os.WriteFile(path, []byte("notes\n"), 0o600))
		require.ErrorIs(t, OpenHeads(path, s, k, k).Append(noon, []Head{rows[0].head()}), ErrHeads)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "notes\n", string(data))
		require.Error(t, OpenHeads(filepath.Join(path, "x"), s, k, k).Append(noon, []Head{rows[0].head()}))
	})
}

func TestAHeadsFileGoesOnUnderAnotherSuite(t *testing.T) {
	for i, s := range suite.All {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		write(t, s, path, k, rows, 4)
		write(t, suite.All[1-i], path, k, rows, 8)
		write(t, s, path, k, rows, 10)
		b, err := read(t, path, k)
		require.NoError(t, err)
		require.Equal(t, []int64{4, 8, 10}, seqs(b, "case:1"))
	}
}

func TestAFileThatWasCutBackIsMissedByItsMark(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		h := OpenHeads(path, s, k, k)
		require.Zero(t, h.Mark())
		require.NoError(t, h.Append(noon, []Head{rows[1].head()}))
		early := h.Mark()
		cut, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, h.Append(noon, []Head{rows[3].head()}))
		late := h.Mark()
		require.Equal(t, early.File, late.File)

		b, err := read(t, path, k)
		require.NoError(t, err)
		require.Equal(t, []Mark{late}, b.Marks)
		require.True(t, b.Holds(early))
		require.True(t, b.Holds(late))
		require.True(t, b.Holds(Mark{}))

		require.NoError(t, os.WriteFile(path, cut, 0o600))
		b, err = read(t, path, k)
		require.NoError(t, err, "what is left is whole")
		require.True(t, b.Holds(early))
		require.False(t, b.Holds(late))
		require.ErrorIs(t, h.Append(noon, []Head{rows[5].head()}), ErrHeads, "its writer knows")

		require.NoError(t, os.Remove(path))
		require.NoError(t, OpenHeads(path, s, k, k).Append(noon.Add(time.Second), []Head{rows[1].head()}))
		b, err = read(t, path, k)
		require.NoError(t, err)
		require.False(t, b.Holds(early), "another file in its place")
	})
}

func TestAWriterKnowsWhatWasSigned(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, s), chain(s, "case:1", 10)
		h := OpenHeads(path, s, k, k)
		require.NoError(t, h.Load(), "there is no file yet")
		write(t, s, path, k, rows, 4)
		require.Zero(t, h.End("case:1"))
		require.NoError(t, h.Load())
		require.Equal(t, rows[3].head(), h.End("case:1"))
		require.NoError(t, OpenHeads(path, s, k, k).AppendRestored(noon, []Head{{Chain: "case:1"}, {Chain: "actor:7", Seq: 2, Hash: rows[1].Hash}}))
		require.NoError(t, h.Load())
		require.Zero(t, h.End("case:1"), "the restore took it")
		require.Equal(t, []Head{{Chain: "actor:7", Seq: 2, Hash: rows[1].Hash}}, h.Ends())
	})
}

// standing gives what a book asks of heads, for rows as they are now.
func standing(rows []Row) func([]Head) ([]bool, error) {
	return func(heads []Head) ([]bool, error) {
		out := make([]bool, len(heads))
		for i, h := range heads {
			out[i] = h.Seq > 0 && h.Seq <= int64(len(rows)) && sameHash(rows[h.Seq-1].Hash, h.Hash)
		}
		return out, nil
	}
}

func TestTheHeadsOfALongChainAreThinnedOutWhereTheyStand(t *testing.T) {
	path, k, rows := filepath.Join(t.TempDir(), "heads"), newKey(t, suite.Standard), chain(suite.Standard, "case:1", 200)
	h := OpenHeads(path, suite.Standard, k, k)
	for _, r := range rows {
		require.NoError(t, h.Append(noon, []Head{r.head()}))
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	b := &Book{Stands: standing(rows)}
	require.NoError(t, b.Read(bytes.NewReader(data), k))
	heads := seqs(b, "case:1")
	require.LessOrEqual(t, len(heads), mostHeads)
	require.EqualValues(t, 200, heads[len(heads)-1])
	require.NoError(t, Verify("case:1", all(rows), b.Heads("case:1")))
	requireBroken(t, Verify("case:1", all(rows[:199]), b.Heads("case:1")), Truncated, 200, heads[len(heads)-2])

	whole := &Book{}
	require.NoError(t, whole.Read(bytes.NewReader(data), k))
	require.Len(t, seqs(whole, "case:1"), 200, "without the rows none is left out")
	fails := &Book{Stands: func([]Head) ([]bool, error) { return nil, os.ErrClosed }}
	require.ErrorIs(t, fails.Read(bytes.NewReader(data), k), os.ErrClosed)
}

// TestTheHeadThatTellsOfAForgedRowIsNotLeftOut forges each row of a long chain after it was signed. The rows that follow continue
// it, and all of them are signed as well.
func TestTheHeadThatTellsOfAForgedRowIsNotLeftOut(t *testing.T) {
	const longest = 300
	rows := chain(suite.Standard, "case:1", longest)
	for n := 1; n < longest; n++ {
		forged := slices.Clone(rows[:n-1])
		for _, r := range rows[n-1:] {
			var prev Row
			if len(forged) > 0 {
				prev = forged[len(forged)-1]
			}
			if r.Seq == int64(n) {
				r.Actor = "nobody"
			}
			forged = append(forged, Link(suite.Standard, prev, r))
		}
		b := &Book{Stands: standing(forged), chains: map[string][]Signed{}}
		for _, r := range append(slices.Clone(rows[:n]), forged[n:]...) {
			require.NoError(t, b.take(batch{At: noon, Heads: []Head{r.head()}}))
		}
		requireBroken(t, Verify("case:1", all(forged), b.Heads("case:1")), Rewritten, int64(n), int64(n-1))
		require.LessOrEqual(t, len(b.chains["case:1"]), mostHeads)

		// A restore that is declared makes it void, and what comes after is thinned out again.
		back := Head{Chain: "case:1"}
		if n > 1 {
			back = rows[n-2].head()
		}
		require.NoError(t, b.take(batch{At: noon, Heads: []Head{back}, Restored: true}))
		for _, r := range forged[n-1:] {
			require.NoError(t, b.take(batch{At: noon, Heads: []Head{r.head()}}))
		}
		require.NoError(t, Verify("case:1", all(forged), b.Heads("case:1")))
	}
}
