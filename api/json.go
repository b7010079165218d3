package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/records"
)

var errNotText = errors.New("not UTF-8 text without NUL")

// strictJSON reads text only: what is not UTF-8, or has a NUL in it, is refused
// here and never reaches a store.
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) || bytes.Contains(data, []byte(`\u0000`)) {
			return errNotText
		}
		return json.Unmarshal(data, v)
	},
}

// onceFor is what an Idempotency-Key stands for: the caller, the route, and the
// canonical form of what was asked.
func onceFor(a records.Access, route, key string, asked ...any) records.Once {
	actor := a.Person
	if actor == "" {
		actor = "public"
	}
	body, err := json.Marshal(asked)
	if err != nil { // decoded from JSON or plain data
		panic(err)
	}
	return records.Once{Key: key, Route: route, Actor: actor, Body: sha256.Sum256(body)}
}
