package notify

import (
	"encoding/base64"
	"errors"
	"io"
	"os"
	"strings"
)

// SecretRef says where a secret is read from when the channels are built. The
// secret itself is never written in the configuration.
type SecretRef struct {
	// File is the path of a file that holds the secret and nothing else; white
	// space around it is dropped.
	File string `json:"file,omitempty" yaml:"file,omitempty"`
	// Env is the name of an environment variable that holds the secret.
	Env string `json:"env,omitempty" yaml:"env,omitempty"`
}

func (r SecretRef) empty() bool { return r == SecretRef{} }

// secret hides its value from fmt, JSON and zap: all three show a func, at most,
// as an address.
type secret func() string

func sealed(s string) secret { return func() string { return s } }

// maxSecretBytes is far above any real secret; a larger file is a wrong path.
const maxSecretBytes = 4096

// read gives the secret. Its errors name neither the value nor what the file held.
func (r SecretRef) read() (secret, error) {
	var s string
	switch {
	case r.empty():
		return nil, errors.New("is required: give file or env")
	case r.File != "" && r.Env != "":
		return nil, errors.New("give file or env, not both")
	case r.Env != "":
		v, ok := os.LookupEnv(r.Env)
		if !ok {
			return nil, errors.New("the environment variable is not set")
		}
		s = v
	default:
		f, err := os.Open(r.File)
		if err != nil {
			return nil, errors.New("the file cannot be opened")
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
		if err != nil {
			return nil, errors.New("the file cannot be read")
		}
		s = string(b)
	}
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return nil, errors.New("is empty")
	case len(s) > maxSecretBytes:
		return nil, errors.New("is too long to be a secret")
	case strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c == 0x7f }):
		return nil, errors.New("holds control characters or more than one line")
	}
	return sealed(s), nil
}

// signingKey gives the raw key of a Standard Webhooks secret: "whsec_" and the
// base64 of 24 to 64 bytes.
func signingKey(s string) (secret, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil || !strings.HasPrefix(s, "whsec_") || len(b) < 24 || len(b) > 64 {
		return nil, errors.New("must be whsec_ followed by the base64 of 24 to 64 random bytes")
	}
	return sealed(string(b)), nil
}
