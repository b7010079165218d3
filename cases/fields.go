package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// The shorthand that the step tables are written in.

func enum(name string, options ...string) Field {
	return Field{Name: name, Type: TypeEnum, Required: true, Options: options}
}
func multi(name string, options ...string) Field {
	return Field{Name: name, Type: TypeMulti, Required: true, Options: options}
}
func yesNo(name string) Field  { return Field{Name: name, Type: TypeBool, Required: true} }
func moment(name string) Field { return Field{Name: name, Type: TypeTime, Required: true} }
func number(name string, lo, hi int) Field {
	return Field{Name: name, Type: TypeInt, Required: true, Min: lo, Max: hi}
}
func postField(name string) Field { return Field{Name: name, Type: TypePost, Required: true} }
func caseField(name string) Field { return Field{Name: name, Type: TypeCase, Required: true} }
func idField(name string) Field   { return Field{Name: name, Type: TypeID, Required: true} }
func words(name string) Field     { return Field{Name: name, Type: TypeText, Required: true} }
func short(name string) Field     { return Field{Name: name, Type: TypeText, Required: true, Max: 200} }

// in seals a text in a compartment.
func (f Field) in(compartment string) Field { f.Compartment = compartment; return f }

// optional makes a field one that may be left empty.
func (f Field) optional() Field { f.Required = false; return f }

// when makes a field required only where another has one of the values.
func (f Field) when(condition string) Field { f.Required = false; f.If = condition; return f }

func colours(name string) Field {
	return enum(name, string(Red), string(Yellow), string(Blue), string(Green))
}

func strs[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func paper(name string) Document    { return Document{Name: name, Required: true} }
func paperMay(name string) Document { return Document{Name: name} }

// factID makes the id of a fact that one case writes for another: a UUID (version
// 8, RFC 9562) over what makes it unique.
func factID(from, to, kind string, seq int64, n int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{from, to, kind, strconv.FormatInt(seq, 10), strconv.Itoa(n)}, "|")))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
