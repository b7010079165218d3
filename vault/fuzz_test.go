package vault

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzTokens looks for what is searched for and breaks the index: whatever is typed has few tokens of one size, and the same ones when
// it is typed again in its plain form.
func FuzzTokens(f *testing.F) {
	v := open(f, Options{KeyFile: keyFile(f)})
	for _, typed := range []string{"", "单小雨", "zhangsan", "Lǚ Bù", "阿里木·买买提", "能那折单能那折单能那折单", "37999920150601001X", "+86 139-0000-0001", "\xff", "𬶮", "ﷺ"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for kind := range Contact + 2 {
			tokens := v.Tokens(kind, typed)
			require.LessOrEqual(t, len(tokens), maxTokens)
			for _, token := range tokens {
				require.Len(t, token, tokenBytes)
			}
		}
		if plain := normaliseName(typed); plain == normaliseName(plain) {
			require.Equal(t, v.Tokens(Name, typed), v.Tokens(Name, plain))
		}
	})
}
