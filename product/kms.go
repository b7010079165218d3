package product

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// transitScheme begins the tink URI of a key of the transit engine of OpenBao or
// HashiCorp Vault: hcvault://host:8200/transit/keys/NAME.
const transitScheme = "hcvault"

// transit is the client of the key service that keeps the key file's key. It is the
// one service offered: it stands in the office's own rooms, so that keys and data
// stay there.
type transit struct {
	uri string // "" lets every key of the scheme
	// tokenFile holds the token; without it VAULT_TOKEN does. It is read each time, so
	// that an agent can put a fresh one there. caFile names authorities to trust
	// instead of the system's.
	tokenFile, caFile string
}

var _ registry.KMSClient = transit{}

// kms gives the client for the configured key; nil without one.
func (c Config) kms() registry.KMSClient {
	if c.KMSURI == "" {
		return nil
	}
	return transit{uri: c.KMSURI, tokenFile: c.KMSTokenFile, caFile: c.KMSCAFile}
}

// Supported implements registry.KMSClient. The token is sent to the configured address
// only, whatever a key file says.
func (t transit) Supported(uri string) bool {
	return strings.HasPrefix(uri, transitScheme+"://") && (t.uri == "" || t.uri == uri)
}

// kmsTimeout is for one question to the key service.
const kmsTimeout = 10 * time.Second

// GetAEAD implements registry.KMSClient.
func (t transit) GetAEAD(uri string) (tink.AEAD, error) {
	at, err := url.Parse(uri)
	if err != nil || at.Scheme != transitScheme || at.Host == "" {
		return nil, fmt.Errorf("key service: %q is not of the form %s://host:8200/transit/keys/NAME", uri, transitScheme)
	}
	config := api.DefaultConfig()
	if config.Error != nil {
		return nil, fmt.Errorf("key service: %w", config.Error)
	}
	config.Address, config.AgentAddress, config.Timeout = "https://"+at.Host, "", kmsTimeout
	if err := config.ConfigureTLS(&api.TLSConfig{CACert: t.caFile}); err != nil {
		return nil, fmt.Errorf("key service: %w", err)
	}
	if over, ok := config.HttpClient.Transport.(*http.Transport); ok {
		over.TLSClientConfig.InsecureSkipVerify = false // whatever the environment says
	}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("key service: %w", err)
	}
	if t.tokenFile != "" {
		token, err := os.ReadFile(t.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("key service: its token: %w", err)
		}
		client.SetToken(strings.TrimSpace(string(token)))
	}
	if client.Token() == "" {
		return nil, errors.New("key service: no token: give TONGHU_KMS_TOKEN_FILE or VAULT_TOKEN")
	}
	return hcvault.NewAEAD(at.EscapedPath(), client.Logical())
}
