package vault

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"time"
)

// ErrLink is returned for a link that is too old, somebody else's, or none of ours.
var ErrLink = errors.New("vault: the link is over")

// Links makes short-lived links to one thing for one person. Nothing is stored for them.
type Links struct{ vault *Vault }

// Links gives the maker of links.
func (v *Vault) Links() Links { return Links{v} }

const linkMAC = 16

// Make gives a link to what, an id that is no secret, that opens for who until a time, to the second.
func (l Links) Make(what, who string, until time.Time) string {
	out := binary.BigEndian.AppendUint64(nil, uint64(until.Unix()))
	out = append(out, l.mac(what, who, until.Unix())...)
	return base64.RawURLEncoding.EncodeToString(append(out, what...))
}

// Open gives what a link is to, if it is who's and still good. The error is ErrLink.
func (l Links) Open(link, who string, now time.Time) (what string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(link)
	if err != nil || len(raw) < 8+linkMAC {
		return "", ErrLink
	}
	until := int64(binary.BigEndian.Uint64(raw))
	what = string(raw[8+linkMAC:])
	if !hmac.Equal(raw[8:8+linkMAC], l.mac(what, who, until)) || now.Unix() >= until {
		return "", ErrLink
	}
	return what, nil
}

func (l Links) mac(what, who string, until int64) []byte {
	mac, err := l.vault.keys.Load().index.ComputePrimaryPRF(bind("tonghu/vault/link/1", what, who, strconv.FormatInt(until, 10)), linkMAC)
	if err != nil {
		panic(err) // a 32-byte HMAC gives 16 bytes
	}
	return mac
}
