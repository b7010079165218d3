package vault

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// surnameReadings are readings that the dictionary lacks and that are heard in surnames.
var surnameReadings = map[rune][]string{'黑': {"he"}, '谌': {"shen"}, '费': {"bi"}}

// normaliseName makes full-width letters and compatibility characters plain, lower-cases, and drops spaces, dots and dashes: 阿里木·买买提.
func normaliseName(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// spellings gives every way to spell a name in letters, at most maxTokens. part is what each syllable contributes.
func spellings(name string, part func(syllable string) string) []string {
	positions := limit(readings(name, part), maxTokens)
	if len(positions) == 0 {
		return nil
	}
	out := []string{""}
	for _, choices := range positions {
		next := make([]string, 0, len(out)*len(choices))
		for _, begun := range out {
			for _, c := range choices {
				next = append(next, begun+c)
			}
		}
		out = next
	}
	return unique(out)
}

// readings gives the choices at each position of a name: the readings of a Han character, or a letter as it stands. What was
// typed in letters is one word, so that its initials are the whole word: "zs" is a query for initials.
func readings(name string, part func(string) string) [][]string {
	args := pinyin.NewArgs()
	args.Heteronym = true
	var out [][]string
	for _, r := range letters(name) {
		if r >= 'a' && r <= 'z' {
			out = append(out, []string{string(r)})
			continue
		}
		syllables := slices.Concat(surnameReadings[r], pinyin.SinglePinyin(r, args))
		var choices []string
		for _, s := range syllables {
			for _, spelt := range withUmlaut(s) {
				choices = append(choices, part(spelt))
			}
		}
		if choices = unique(choices); len(choices) > 0 {
			out = append(out, choices)
		}
	}
	return out
}

// withUmlaut adds the passport's spelling of ü (lyu) to the keyboard's (lv).
func withUmlaut(syllable string) []string {
	if strings.HasPrefix(syllable, "lv") || strings.HasPrefix(syllable, "nv") {
		return []string{syllable, syllable[:1] + "yu" + syllable[2:]}
	}
	return []string{syllable}
}

// letters normalises a name and takes tone marks off letters: Lǚ becomes lv.
func letters(name string) string {
	name = strings.NewReplacer("ü", "v", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v").Replace(normaliseName(name))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(name))
}

// limit drops the least likely readings, from the end of the name on, until there are at most n combinations.
func limit(positions [][]string, n int) [][]string {
	for {
		product, widest := 1, 0
		for i, choices := range positions {
			product = min(product*len(choices), 1<<20)
			if len(choices) >= len(positions[widest]) {
				widest = i
			}
		}
		if product <= n {
			return positions
		}
		positions[widest] = positions[widest][:len(positions[widest])-1]
	}
}

func unique(in []string) []string {
	var out []string
	for _, s := range in {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
