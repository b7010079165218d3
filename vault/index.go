package vault

import (
	"strconv"

	"tonghu/vault/identifier"
)

// Kind is what a blind index is over. The numbers are stored and are part of every token: never reuse one.
type Kind int16

// The kinds of token.
const (
	Name     Kind = 1 // full name
	Pinyin   Kind = 2 // full name in pinyin without tones
	Initials Kind = 3 // first letters of the pinyin
	IDNumber Kind = 4 // 公民身份号码
	Phone    Kind = 5 // telephone
	Author   Kind = 6 // person who filed a report, by id
	Unit     Kind = 7 // duty unit in whose name a report was filed, by its short name
	Contact  Kind = 8 // reporter's telephone: of a kind of its own, because only the duty desk may look for it
	SignIn   Kind = 9 // what a person signs in from or with: addresses, browsers, subjects of a provider, recovery codes
)

const (
	tokenBytes = 16
	maxTokens  = 32 // per value: a name of many polyphonic characters keeps its likeliest readings
)

// Tokens gives the 16-byte blind-index tokens of a value: the suite's HMAC under the index key of its normalised forms. A value is found
// when one of the query's tokens is one of the stored ones. Written as Han characters, Pinyin and Initials give one token
// per reading (单 is shan, dan and chan); written in letters they give the token of what was typed. Nothing to index gives nil.
func (v *Vault) Tokens(kind Kind, value string) [][]byte {
	var out [][]byte
	for _, form := range forms(kind, value) {
		token, err := v.keys.Load().index.ComputePrimaryPRF(bind("tonghu/vault/index/1", strconv.Itoa(int(kind)), form), tokenBytes)
		if err != nil {
			panic(err) // a 32-byte HMAC gives 16 bytes
		}
		out = append(out, token)
	}
	return out
}

// Digest is a keyed hash of a value, the suite's HMAC under the index key: equal values of one use have equal digests, and nobody without
// the key can try values out. use keeps the digests of different things apart.
func (v *Vault) Digest(use string, value []byte) [32]byte {
	digest, err := v.keys.Load().index.ComputePrimaryPRF(bind("tonghu/vault/digest/1", use, string(value)), 32)
	if err != nil {
		panic(err) // a 32-byte HMAC gives 32 bytes
	}
	return [32]byte(digest)
}

func forms(kind Kind, value string) []string {
	form := ""
	switch kind {
	case Name:
		form = normaliseName(value)
	case Pinyin:
		return spellings(value, func(syllable string) string { return syllable })
	case Initials:
		return spellings(value, func(syllable string) string { return syllable[:1] })
	case IDNumber:
		form = identifier.NormaliseID(value)
	case Phone, Contact:
		form = identifier.NormalisePhone(value)
	case Author, Unit, SignIn:
		form = value
	}
	if form == "" {
		return nil
	}
	return []string{form}
}
