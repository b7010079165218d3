package identifier

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzParseID looks for what is typed or scanned as an ID number and breaks its reader, or gets through it and is none.
func FuzzParseID(f *testing.F) {
	for _, typed := range []string{"", "379999201506010016", "１１０１０５１９４９１２３１００２ｘ", " 110105-19491231-002X", "1101051949123100２X", "³⁷⁹⁹⁹⁹201506010016", "\xff\xfe", "379999201502290010", "000\u0300 \u033b", "\xf5\u00af"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		shown := MaskID(typed)
		require.LessOrEqual(t, len([]rune(strings.ReplaceAll(shown, "*", ""))), 6)
		normal := NormaliseID(typed)
		require.Equal(t, normal, NormaliseID(normal), "normalising twice changes nothing")
		n, err := ParseID(typed)
		if err != nil {
			require.NotContains(t, err.Error(), normal+"\x00")
			return
		}
		require.Len(t, n.Reveal(), 18)
		require.Equal(t, normal, n.Reveal())
		require.Equal(t, idCheck(n.Reveal()[:17]), n.Reveal()[17])
		require.NotContains(t, n.String(), n.Reveal()[6:14])
	})
}

// FuzzParsePhone does the same for telephones.
func FuzzParsePhone(f *testing.F) {
	for _, typed := range []string{"", "+86 139-0000-0001", "(0536)4220000", "１３９０００００００１", "110", "+86+8613900000001", "\xff"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		shown := MaskPhone(typed)
		require.LessOrEqual(t, len([]rune(strings.ReplaceAll(shown, "*", ""))), 5)
		p, err := ParsePhone(typed)
		if err != nil {
			require.ErrorIs(t, err, ErrPhone)
			return
		}
		again, err := ParsePhone(p.Reveal())
		require.NoError(t, err)
		require.Equal(t, p, again)
		require.Empty(t, strings.Trim(p.Reveal(), "0123456789"))
		require.True(t, utf8.ValidString(p.Reveal()))
	})
}
