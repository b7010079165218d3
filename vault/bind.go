package vault

import "encoding/binary"

// bind joins parts so that no two lists give the same bytes: each part is preceded by its length.
func bind(parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += binary.MaxVarintLen32 + len(p)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}
