package receipt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACodeReadsBackFromWhatIsShown(t *testing.T) {
	for range 200 {
		c := New()
		shown := c.Reveal()
		require.Regexp(t, `^([0-9A-HJKMNP-TV-Z]{3}-){8}[0-9A-HJKMNP-TV-Z]{3}$`, shown)
		back, err := Parse(shown)
		require.NoError(t, err)
		require.Equal(t, c, back)
		require.Equal(t, c.Digest(), back.Digest())
	}
}

func TestCodesAndTheirDigestsDiffer(t *testing.T) {
	seen := map[string]bool{}
	digests := map[[32]byte]bool{}
	for range 1000 {
		c := New()
		seen[c.Reveal()] = true
		digests[c.Digest()] = true
	}
	require.Len(t, seen, 1000)
	require.Len(t, digests, 1000)
}

func TestWhatAPersonTypesIsForgiven(t *testing.T) {
	c := withText(t, "010110ABCDEFGHJKMNPQRSTVWX")
	shown := c.Reveal()
	plain := strings.ReplaceAll(shown, "-", "")
	wide := strings.Map(func(r rune) rune {
		if r > 0x20 && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, shown)
	for name, typed := range map[string]string{
		"lower case":          strings.ToLower(shown),
		"no dashes":           plain,
		"spaces":              " " + strings.ReplaceAll(shown, "-", "  ") + "\n",
		"ideographic spaces":  strings.ReplaceAll(shown, "-", "　"),
		"long dashes":         strings.ReplaceAll(shown, "-", "—"),
		"full width":          wide,
		"O for 0":             strings.ReplaceAll(plain, "0", "O"),
		"o for 0, l for 1":    strings.NewReplacer("0", "o", "1", "l").Replace(plain),
		"I for 1":             strings.ReplaceAll(plain, "1", "I"),
		"zero-width pasted":   "\u200b" + shown + "\ufeff",
		"groups of four dots": plain[:4] + "." + plain[4:8] + "." + plain[8:],
	} {
		back, err := Parse(typed)
		require.NoError(t, err, name)
		require.Equal(t, c, back, name)
	}
}

func TestAnySingleMisreadCharacterIsNoticed(t *testing.T) {
	text := New().text
	for i := range len(text) {
		for j := range len(alphabet) {
			if alphabet[j] == text[i] {
				continue
			}
			_, err := Parse(text[:i] + alphabet[j:j+1] + text[i+1:])
			require.ErrorIs(t, err, ErrCheck)
		}
	}
}

func TestAnyTwoSwappedCharactersAreNoticed(t *testing.T) {
	text := []byte(New().text)
	for i := range text {
		for j := i + 1; j < len(text); j++ {
			if text[i] == text[j] {
				continue
			}
			text[i], text[j] = text[j], text[i]
			_, err := Parse(string(text))
			require.ErrorIs(t, err, ErrCheck)
			text[i], text[j] = text[j], text[i]
		}
	}
}

func TestWhatIsNoCodeIsRefusedWithAReason(t *testing.T) {
	good := New().text
	for name, c := range map[string]struct {
		typed string
		want  error
	}{
		"empty":           {"", ErrLength},
		"short":           {good[:26], ErrLength},
		"long":            {good + "0", ErrLength},
		"very long":       {strings.Repeat(" ", 1<<20), ErrLength},
		"a U":             {"U" + good[1:], ErrCharacter},
		"Chinese":         {"查询码" + good, ErrCharacter},
		"bytes, not text": {"\xff" + good[1:], ErrCharacter},
	} {
		_, err := Parse(c.typed)
		require.ErrorIs(t, err, c.want, name)
		require.NotContains(t, err.Error(), good[:6], name)
	}
}

func TestACodeHidesItselfInLogsAndJSON(t *testing.T) {
	c := New()
	text, err := json.Marshal(map[string]any{"code": c})
	require.NoError(t, err)
	out := string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, struct{ C Code }{c})
	}
	out += fmt.Sprint(fmt.Errorf("lookup %v", c))
	require.NotContains(t, out, c.text)
	require.NotContains(t, out, c.Reveal())
	require.NotContains(t, out, fmt.Sprintf("%x", c.text))
}

func FuzzParse(f *testing.F) {
	f.Add(New().Reveal())
	f.Add("")
	f.Add("oil-OIL-０１２ ")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := Parse(typed)
		if err != nil {
			require.True(t, c.IsZero())
			return
		}
		again, err := Parse(c.Reveal())
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

func withText(t *testing.T, data string) Code {
	t.Helper()
	require.Len(t, data, dataChars)
	return Code{data + string(alphabet[check([]byte(data))])}
}

func TestOneSecretGivesOneCodeThatReadsBack(t *testing.T) {
	secret := [26]byte([]byte("abcdefghijklmnopqrstuvwxyz"))
	c := From(secret)
	require.Equal(t, c, From(secret))
	back, err := Parse(c.Reveal())
	require.NoError(t, err)
	require.Equal(t, c, back)

	secret[25] ^= 1
	require.NotEqual(t, c, From(secret))
}
