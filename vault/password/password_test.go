package password

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARightPasswordIsAccepted(t *testing.T) {
	stored, err := Hash("守护成长-2026")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$"))

	ok, rehash, err := Check("守护成长-2026", stored)
	require.NoError(t, err)
	require.True(t, ok)
	require.False(t, rehash)
}

func TestAWrongPasswordIsRefusedWithoutAnError(t *testing.T) {
	stored, err := Hash("right")
	require.NoError(t, err)
	for _, pw := range []string{"", "Right", "right ", "wrong"} {
		ok, rehash, err := Check(pw, stored)
		require.NoError(t, err)
		require.False(t, ok, pw)
		require.False(t, rehash, pw)
	}
}

func TestFullWidthLettersOfAnInputMethodAreTheSamePassword(t *testing.T) {
	stored, err := Hash("Abc123!")
	require.NoError(t, err)
	ok, _, err := Check("Ａｂｃ１２３！", stored)
	require.NoError(t, err)
	require.True(t, ok)
}

func TestTwoHashesOfOnePasswordDiffer(t *testing.T) {
	a, err := Hash("same")
	require.NoError(t, err)
	b, err := Hash("same")
	require.NoError(t, err)
	require.NotEqual(t, a, b)
}

func TestAnOlderCostIsAcceptedAndAsksForARehash(t *testing.T) {
	stored, err := Params{MemoryKiB: 8 << 10, Time: 1, Threads: 1}.Hash("pw")
	require.NoError(t, err)
	ok, rehash, err := Check("pw", stored)
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, rehash)
}

// From the argon2 reference implementation's own tests (argon2id, version 19, "password", "somesalt").
func TestTheReferenceVectorIsAccepted(t *testing.T) {
	ok, rehash, err := Check("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, rehash)
}

func TestAStoredStringThatIsNotOursIsRefused(t *testing.T) {
	good, err := Hash("pw")
	require.NoError(t, err)
	for name, stored := range map[string]string{
		"empty":        "",
		"plain":        "pw",
		"argon2i":      strings.Replace(good, "argon2id", "argon2i", 1),
		"old version":  strings.Replace(good, "v=19", "v=16", 1),
		"huge memory":  strings.Replace(good, "m=19456", "m=4294967295", 1),
		"many passes":  strings.Replace(good, "t=2", "t=1000", 1),
		"zero lanes":   strings.Replace(good, "p=1", "p=0", 1),
		"lanes > 255":  strings.Replace(good, "p=1", "p=257", 1),
		"missing cost": strings.Replace(good, ",p=1", "", 1),
		"cut":          good[:len(good)-30],
		"trailing":     good + "$",
	} {
		ok, _, err := Check("pw", stored)
		require.ErrorIs(t, err, ErrFormat, name)
		require.False(t, ok, name)
	}
}

func TestAPasswordThatIsTooLongOrNoTextIsRefusedBeforeAnyWork(t *testing.T) {
	_, err := Hash(strings.Repeat("a", MaxBytes+1))
	require.ErrorIs(t, err, ErrTooLong)
	_, err = Hash("\xff\xfe")
	require.ErrorIs(t, err, ErrNotText)
	CheckNobody("anything")
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		_, _ = Hash("守护成长-2026")
	}
}
