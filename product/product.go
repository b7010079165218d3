// Package product puts the parts together: one function for each role that a
// process can have. cmd/tonghu and deploy/standalone call it.
package product

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/casework"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/payload"
	"tonghu/vault/suite"
	"tonghu/worker"
)

// Config says where the parts are.
type Config struct {
	// DSN is the product's database as postgres.EngineRole; AppDSN is the same as
	// postgres.AppRole, on which askers ask (empty: the engine's connections take
	// that role). OwnerDSN, empty for DSN, is the one that migrations run as.
	DSN      string
	AppDSN   string
	OwnerDSN string
	// Temporal is the frontend's host:port; Namespace defaults to "tonghu".
	Temporal  string
	Namespace string
	// DataDir holds the key file.
	DataDir string
	// KeyFile defaults to DataDir/keys.json.
	KeyFile string
	// AuditHeads is the file that the audit log's heads are signed into, outside of
	// the database; defaults to DataDir/audit/heads.log.
	AuditHeads string
	// Blobs is the folder where photos and papers lie sealed; defaults to
	// DataDir/blobs. Every process with the API or the jobs reaches the same one.
	Blobs string
	// Suite is the choice of algorithms for a key file that is made now: "standard",
	// which the empty one is too, or "sm". A key file of another suite is refused.
	Suite string
	// KMSURI is the tink URI of the key that protects the key file (kms.go); empty where
	// the file itself is the secret. KMSTokenFile holds the token for it, KMSCAFile
	// the authorities to trust instead of the system's.
	KMSURI       string
	KMSTokenFile string
	KMSCAFile    string
	// Listen is the address of the API.
	Listen string
	// City is the code of the county-level city; Secure is set behind TLS,
	// and by a PublicURL that says https.
	City   cases.Org
	Secure bool
	// SecondFactor says whom sign-in asks for one; empty is required. Idle and
	// IdlePhone are how long a session may be left alone; 0 is the API's default.
	SecondFactor    api.SecondFactorPolicy
	Idle, IdlePhone time.Duration
	// OpenID is the path of the YAML file of the offices' OpenID providers; empty
	// for none.
	OpenID string
	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// Policy is an embedded policy's name or a YAML file's path.
	Policy string
	// Notify is the path of the channels' YAML; empty means the inbox only.
	Notify string
	// PublicURL is the console's address, as it stands in notices.
	PublicURL string
	// Build turns worker versioning on.
	Build string
	// FailPoint kills the process between Record's commit and its answer: see
	// failPoint. For the crash drills only.
	FailPoint string
	Log       *zap.Logger
}

func (c *Config) defaults() {
	if c.OwnerDSN == "" {
		c.OwnerDSN = c.DSN
	}
	if c.Namespace == "" {
		c.Namespace = "tonghu"
	}
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.DataDir, "keys.json")
	}
	if c.AuditHeads == "" {
		c.AuditHeads = filepath.Join(c.DataDir, "audit", "heads.log")
	}
	if c.Blobs == "" {
		c.Blobs = filepath.Join(c.DataDir, "blobs")
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8365"
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	at, err := url.Parse(c.PublicURL)
	c.Secure = c.Secure || err == nil && at.Scheme == "https"
	if c.City == "" {
		c.City = "379999000000"
	}
	if c.Policy == "" {
		c.Policy = "anqiu"
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
}

func (c Config) vault() vault.Options {
	return vault.Options{KeyFile: c.KeyFile, Suite: suite.Suite(c.Suite), KMSURI: c.KMSURI, KMS: c.kms()}
}

// Product is the opened parts of a process.
type Product struct {
	config Config
	log    *zap.Logger
	vault  *vault.Vault
	store  *postgres.Store
	keys   *attendant
	client client.Client
	engine *casework.Engine
}

// Open opens keys, database and engine client. The client connects lazily: the
// engine may be away.
func Open(ctx context.Context, c Config) (*Product, error) {
	c.defaults()
	p := &Product{config: c, log: c.Log}
	var err error
	keys := c.vault()
	if keys.MustExist, err = postgres.HasVault(ctx, c.DSN); err != nil {
		return nil, err
	}
	if p.vault, err = vault.Open(keys); err != nil {
		return nil, err
	}
	if p.store, err = postgres.Open(ctx, c.DSN, postgres.Options{AppDSN: c.AppDSN, Vault: p.vault, Log: c.Log}); err != nil {
		return nil, err
	}
	if p.keys, err = attend(ctx, p.vault, p.store, c.Log); err != nil {
		p.store.Close()
		return nil, err
	}
	if p.client, err = Dial(c.Temporal, c.Namespace, p.vault, c.Log); err != nil {
		p.keys.stop()
		p.store.Close()
		return nil, err
	}
	p.engine = casework.New(p.client, p.store)
	return p, nil
}

// Close gives everything back.
func (p *Product) Close() {
	p.client.Close()
	p.keys.stop()
	p.store.Close()
}

// Dial makes a client that seals all it sends.
func Dial(hostPort, namespace string, v *vault.Vault, log *zap.Logger) (client.Client, error) {
	dc := payload.NewDataConverter(v)
	return client.NewLazyClient(client.Options{
		HostPort: hostPort, Namespace: namespace, Logger: worker.Logger(log),
		DataConverter: dc, FailureConverter: payload.NewFailureConverter(dc),
		Identity:          "tonghu",
		ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}},
	})
}

// Migrate brings the database to this program's schema.
func Migrate(ctx context.Context, c Config) error {
	c.defaults()
	return postgres.Migrate(ctx, c.OwnerDSN)
}

// retry tries until ctx ends; the first failure is logged once.
func (p *Product) retry(ctx context.Context, what string, fn func(context.Context) error) error {
	wait := 50 * time.Millisecond
	for first := true; ; first = false {
		err := fn(ctx)
		if err == nil {
			return nil
		}
		if first {
			p.log.Warn("waiting", zap.String("for", what), zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s: %w", what, ctx.Err()), err)
		case <-time.After(wait):
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// Drilled keeps how a restore drill went: a backup was restored somewhere else, stood
// at a moment, and answered after so long.
func (p *Product) Drilled(ctx context.Context, restored time.Time, took time.Duration, good bool) error {
	now := time.Now()
	if took <= 0 || restored.After(now) {
		return errors.New("a drill takes some time, and restores what was")
	}
	return p.store.PutDrill(ctx, records.Drill{At: now, Restored: restored, Took: took, Good: good})
}

// KeyFile is where the keys are.
func (p *Product) KeyFile() string { return p.config.KeyFile }

// AuditHeads is where the audit log's heads are signed into.
func (p *Product) AuditHeads() string { return p.config.AuditHeads }

// Client is the engine's client, for measuring.
func (p *Product) Client() client.Client { return p.client }
