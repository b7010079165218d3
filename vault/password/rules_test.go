package password

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestLengthIsWhatCounts(t *testing.T) {
	for _, pw := range []string{
		"correct horse battery staple", "落霞与孤鹜齐飞秋水共长天一色", "kxvq wmtz rjhb", "zhu-ma-dao-mi-xian", "demo-laoshi-2026", "yueliang zai henan",
		strings.Repeat("落霞与孤鹜齐飞", 40),
	} {
		require.Empty(t, Weak(pw, "teacher", "苏文静", "13900000001"), pw)
	}
}

func TestWhatIsTriedFirstIsRefused(t *testing.T) {
	for pw, want := range map[string]string{
		"":                              TooShort,
		"kxvqwmtzrjh":                   TooShort,
		"落霞与孤鹜齐飞":                       TooShort,
		"123456789012":                  Common,
		"aaaaaaaaaaaa":                  Common,
		"abcdefghijklmnop":              Common,
		"qwertyuiop[]":                  Common,
		"1234qwerasdf":                  Common,
		"Password2026":                  Common,
		"P@ssw0rd2026!":                 Common,
		"ｐａｓｓｗｏｒｄ２０２６":                  Common,
		"woaini5201314":                 Common,
		"abababababab":                  Common,
		"xk9xk9xk9xk9":                  Common,
		"anqiu-2026-minzheng":           Common,
		"童护童护童护童护童护童护":                  Common,
		"安丘市民政局未保办2026":                 Common,
		"\xff\xfe long enough by far":   Unusable,
		strings.Repeat("k", MaxBytes+1): Unusable,
	} {
		require.Equal(t, want, Weak(pw, "teacher"), pw)
	}
}

func TestOnesOwnNameIsNoPassword(t *testing.T) {
	for _, pw := range []string{"teacher-teacher-1", "Ｔｅａｃｈｅｒ１３９００００００１", "苏文静-teacher-苏文静", "13900000001-su"} {
		require.Equal(t, Personal, Weak(pw, "teacher", "苏文静", "13900000001"), pw)
	}
	require.Empty(t, Weak("teacher of many small fish", "teacher", "", "苏"), "it may hold one's name")
}

func TestATemporaryPasswordMeetsTheRules(t *testing.T) {
	a, b := Temporary(), Temporary()
	require.NotEqual(t, a, b)
	require.Regexp(t, `^[a-z2-7]{4}(-[a-z2-7]{4}){3}$`, a)
	require.Empty(t, Weak(a, "teacher"))
}

func TestTheBlockListIsText(t *testing.T) {
	require.Greater(t, len(common), 100)
	for _, word := range common {
		require.True(t, utf8.ValidString(word))
		require.Greater(t, utf8.RuneCountInString(word), 1, word)
	}
}

func FuzzWeak(f *testing.F) {
	f.Add("correct horse battery", "teacher")
	f.Add("童护2026", "")
	f.Fuzz(func(t *testing.T, pw, login string) {
		if Weak(pw, login) != "" {
			return
		}
		require.GreaterOrEqual(t, utf8.RuneCountInString(pw)*18, MinChars, "NFKC makes at most 18 of one")
		stored, err := Params{MemoryKiB: 8, Time: 1, Threads: 1}.Hash(pw)
		require.NoError(t, err, "what is accepted can be hashed")
		ok, _, err := Check(pw, stored)
		require.NoError(t, err)
		require.True(t, ok)
	})
}
