// Package openid is sign-in at an office's own OpenID Connect provider: authorization code with PKCE, state and nonce. It says who
// somebody is there; who that is here is for the store of accounts to say.
package openid

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is the file of the providers.
type Config struct {
	Providers []ProviderConfig `yaml:"providers"`
}

// ProviderConfig is how one provider is reached.
type ProviderConfig struct {
	// Name stands in paths and in the audit log; Title is what the button says.
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	// Issuer is the provider's address, as it stands in its tokens. Plain http is
	// for this machine only.
	Issuer   string `yaml:"issuer"`
	ClientID string `yaml:"client_id"`
	// SecretFile holds the client's secret and nothing else; empty for a public
	// client, which has PKCE alone.
	SecretFile string `yaml:"client_secret_file"`
	// Scopes are asked for beside openid.
	Scopes []string `yaml:"scopes"`
	// Subject is the claim that says who it is; empty for sub, which is the one that
	// never changes hands.
	Subject string `yaml:"subject"`
	// SecondFactor is what in a token says that a second factor was given there.
	// Without it, ours is asked of those who need one.
	SecondFactor SecondFactor `yaml:"second_factor"`
	// CAFile names authorities to trust instead of the system's.
	CAFile string `yaml:"ca_file"`
}

// SecondFactor is what counts as one: any of these.
type SecondFactor struct {
	ACR []string `yaml:"acr"` // values of the claim acr; the first is asked for
	AMR []string `yaml:"amr"` // members of the claim amr (RFC 8176): mfa, otp, hwk …
}

var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Parse reads the file of the providers. publicURL is the console's address, under
// which they send people back. Errors name the place and no secret.
func Parse(source io.Reader, publicURL string) ([]*Provider, error) {
	decoder := yaml.NewDecoder(source)
	decoder.KnownFields(true)
	var c Config
	if err := decoder.Decode(&c); err != nil {
		return nil, fmt.Errorf("openid: %w", err)
	}
	public, err := url.Parse(publicURL)
	if err != nil || public.Host == "" {
		return nil, errors.New("openid: the console's address is needed: set TONGHU_PUBLIC_URL")
	}
	var out []*Provider
	known := map[string]bool{}
	for i, p := range c.Providers {
		at := fmt.Sprintf("openid: providers[%d]", i)
		if known[p.Name] {
			return nil, fmt.Errorf("%s.name: %q is there twice", at, p.Name)
		}
		known[p.Name] = true
		made, err := p.provider(public)
		if err != nil {
			return nil, fmt.Errorf("%s.%w", at, err)
		}
		out = append(out, made)
	}
	return out, nil
}

func (p ProviderConfig) provider(public *url.URL) (*Provider, error) {
	issuer, err := url.Parse(p.Issuer)
	switch {
	case !names.MatchString(p.Name):
		return nil, errors.New("name: small letters, digits and dashes, at most 31")
	case p.Title == "":
		return nil, errors.New("title: is required")
	case err != nil || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "":
		return nil, errors.New("issuer: an https address without query")
	case issuer.Scheme != "https" && (issuer.Scheme != "http" || !local(issuer.Hostname())):
		return nil, errors.New("issuer: must be https")
	case p.ClientID == "":
		return nil, errors.New("client_id: is required")
	}
	secret := ""
	if p.SecretFile != "" {
		if secret, err = readSecret(p.SecretFile); err != nil {
			return nil, fmt.Errorf("client_secret_file: %w", err)
		}
	}
	client, err := p.client()
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	if p.Subject == "" {
		p.Subject = "sub"
	}
	return &Provider{
		config: p, secret: func() string { return secret }, client: client, now: time.Now,
		callback: public.JoinPath(CallbackPath(p.Name)).String(),
	}, nil
}

// CallbackPath is where a provider sends people back to.
func CallbackPath(name string) string { return "/api/v1/session/provider/" + name + "/callback" }

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// readSecret reads a file that holds one line. Its errors tell nothing of it.
func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", errors.New("the file cannot be read")
	}
	secret := strings.TrimSpace(string(raw))
	if secret == "" || len(secret) > 4096 || strings.ContainsFunc(secret, func(c rune) bool { return c < 0x20 || c == 0x7f }) {
		return "", errors.New("the file must hold one line, the secret")
	}
	return secret, nil
}

// most is the most bytes that a provider may answer with.
const most = 1 << 20

// client reaches the provider, follows no redirect, and waits for ten seconds.
func (p ProviderConfig) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if p.CAFile != "" {
		pem, err := os.ReadFile(p.CAFile)
		if err != nil {
			return nil, errors.New("the file cannot be read")
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("the file holds no certificate")
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{
		Transport: bounded{transport}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// bounded ends answers that are too long.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, most), res.Body}
	return res, nil
}
