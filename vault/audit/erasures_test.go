package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

func erasureOf(n int) Erasure {
	return Erasure{
		Decision: fmt.Sprintf("decision-%d", n), At: noon.Add(time.Duration(n) * time.Hour).Truncate(time.Microsecond),
		Cases: []string{fmt.Sprintf("case-%d", n), fmt.Sprintf("merged-%d", n)}, Cause: "filed_in_error",
		By: "a", ByPost: "city:379999000000/head", Second: "b", SecondPost: "city:379999000000/bureau",
	}
}

func TestErasuresComeBackAsSigned(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		k := newKey(t, s)
		l := OpenErasures(filepath.Join(t.TempDir(), "audit", "erasures.log"), s, k, k)
		got, err := l.Read()
		require.NoError(t, err)
		require.Empty(t, got, "no file is an empty list")

		require.NoError(t, l.Add(erasureOf(1), erasureOf(2)))
		require.NoError(t, l.Add(erasureOf(2), erasureOf(3)), "what is there already is not written again")
		got, err = l.Read()
		require.NoError(t, err)
		require.Equal(t, []Erasure{erasureOf(1), erasureOf(2), erasureOf(3)}, got)
		info, err := os.Stat(l.Path())
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
}

func TestAnAlteredErasureListIsRefused(t *testing.T) {
	k := newKey(t, suite.All[0])
	path := filepath.Join(t.TempDir(), "erasures.log")
	l := OpenErasures(path, suite.All[0], k, k)
	require.NoError(t, l.Add(erasureOf(1), erasureOf(2), erasureOf(3)))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := bytes.SplitAfter(whole, []byte{'\n'})[:3]
	other := OpenErasures(filepath.Join(t.TempDir(), "other.log"), suite.All[0], newKey(t, suite.All[0]), k)
	require.NoError(t, other.Add(erasureOf(1)))
	forged, err := os.ReadFile(other.Path())
	require.NoError(t, err)
	for name, bad := range map[string][]byte{
		"a line is missing":  slices.Concat(lines[0], lines[2]),
		"the first is gone":  slices.Concat(lines[1], lines[2]),
		"lines are swapped":  slices.Concat(lines[0], lines[2], lines[1]),
		"a case is another":  bytes.Replace(whole, []byte("merged-2"), []byte("merged-9"), 1),
		"a cause is another": bytes.Replace(whole, []byte("filed_in_error"), []byte("retention_over"), 1),
		"another key signed": forged,
		"another file":       []byte("nothing of ours\n"),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			_, err := l.Read()
			require.ErrorIs(t, err, ErrErasures)
			require.ErrorIs(t, l.Add(erasureOf(4)), ErrErasures, "nothing is written after it")
		})
	}
}

func TestAHalfLineOfACrashIsPassedOver(t *testing.T) {
	k := newKey(t, suite.All[0])
	path := filepath.Join(t.TempDir(), "erasures.log")
	l := OpenErasures(path, suite.All[0], k, k)
	require.NoError(t, l.Add(erasureOf(1)))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := 1; cut < len(whole); cut += 40 {
		require.NoError(t, os.WriteFile(path, slices.Concat(whole, whole[:cut]), 0o600))
		require.NoError(t, l.Add(erasureOf(2)))
		got, err := l.Read()
		require.NoError(t, err)
		require.Equal(t, []Erasure{erasureOf(1), erasureOf(2)}, got)

		require.NoError(t, os.WriteFile(path, whole[:min(cut+7, len(whole)-2)], 0o600)) // at its very first line
		require.NoError(t, l.Add(erasureOf(3)))
		got, err = l.Read()
		require.NoError(t, err)
		require.Equal(t, []Erasure{erasureOf(3)}, got)
	}
}

func TestProcessesTakeTurnsAtTheErasureList(t *testing.T) {
	k := newKey(t, suite.All[0])
	path := filepath.Join(t.TempDir(), "erasures.log")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			l := OpenErasures(path, suite.All[0], k, k)
			for j := range 5 {
				require.NoError(t, l.Add(erasureOf(i*10+j)))
			}
		})
	}
	all.Wait()
	got, err := OpenErasures(path, suite.All[0], k, k).Read()
	require.NoError(t, err)
	require.Len(t, got, 40)
}
