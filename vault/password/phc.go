package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The PHC string: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>, base64 without padding.

var b64 = base64.RawStdEncoding.Strict()

func encode(p Params, salt, hash []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.MemoryKiB, p.Time, p.Threads, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func decode(stored string) (p Params, salt, hash []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, ErrFormat
	}
	if p, err = decodeParams(parts[3]); err != nil {
		return p, nil, nil, err
	}
	salt, err = b64.DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return p, nil, nil, ErrFormat
	}
	hash, err = b64.DecodeString(parts[5])
	if err != nil || len(hash) < 16 || len(hash) > 64 {
		return p, nil, nil, ErrFormat
	}
	return p, salt, hash, nil
}

func decodeParams(text string) (Params, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Params{}, ErrFormat
	}
	var n [3]uint32
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || v == 0 {
			return Params{}, ErrFormat
		}
		n[i] = uint32(v)
	}
	if n[0] > Ceiling.MemoryKiB || n[1] > Ceiling.Time || n[2] > uint32(Ceiling.Threads) || n[0] < 8*n[2] {
		return Params{}, ErrFormat
	}
	return Params{MemoryKiB: n[0], Time: n[1], Threads: uint8(n[2])}, nil
}
