package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"go.uber.org/zap"

	"tonghu/api"
	"tonghu/deploy/demo"
	"tonghu/product"
)

// productConfig says where the product finds its parts.
type productConfig struct {
	DSN       string // the product's database, as the engine
	AppDSN    string // as the app
	OwnerDSN  string // as its owner
	Temporal  string // the frontend's host:port
	Listen    string
	DataDir   string
	Policy    string
	Notify    string
	Suite     string
	Heads     string // where the audit log's heads are signed into
	Roles     []product.Role
	FailPoint string
	// SecondFactor is required or offered.
	SecondFactor string
	KeyService   keyService
	Front        front
	Log          *zap.Logger
}

// front is how browsers reach the product.
type front struct {
	PublicURL string         `env:"TONGHU_PUBLIC_URL" help:"浏览器访问的网址，提醒中的链接；https 开头时 Cookie 只走 TLS。 The console's address; with https, cookies go over TLS only."`
	Secure    bool           `env:"TONGHU_SECURE" help:"浏览器经 TLS 访问。 Browsers come over TLS, whatever the address says."`
	Proxies   []netip.Prefix `env:"TONGHU_PROXIES" help:"反向代理的网段，信任其 X-Forwarded-For；不填则代理后的人都算同一地址。 Networks of the proxies whose X-Forwarded-For is believed; without them everybody behind one counts as one address."`
	OpenID    string         `env:"TONGHU_OPENID" type:"path" help:"单位统一认证的 YAML 文件；空：只用密码。 YAML file of the offices' OpenID providers; passwords only if empty."`
}

// keyService is what may keep the key file's key.
type keyService struct {
	KMSURI   string `name:"kms-uri" env:"TONGHU_KMS_URI" help:"保护密钥文件的密钥。 Key that protects the key file: hcvault://host:8200/transit/keys/NAME."`
	KMSToken string `name:"kms-token-file" env:"TONGHU_KMS_TOKEN_FILE" type:"path" help:"其令牌文件。 File with the token for it; VAULT_TOKEN if empty."`
	KMSCA    string `name:"kms-ca-file" env:"TONGHU_KMS_CA_FILE" type:"path" help:"信任的根证书。 Authorities to trust instead of the system's."`
}

// serve is the product: it returns when ctx ends or the product cannot go on. ready is called once everything serves.
func serve(ctx context.Context, c productConfig, ready func()) error {
	config := c.product()
	if err := product.Migrate(ctx, config); err != nil {
		return err
	}
	opened, err := product.Open(ctx, config)
	if err != nil {
		return err
	}
	defer opened.Close()
	if err := opened.Seed(ctx); err != nil {
		return fmt.Errorf("the demonstration's county: %w", err)
	}
	in := product.Instance{URL: "http://" + c.Listen, Database: c.DSN, App: c.AppDSN, Owner: c.OwnerDSN, Temporal: c.Temporal, KeyFile: opened.KeyFile(), AuditHeads: opened.AuditHeads()}
	if err := in.Write(c.DataDir); err != nil {
		return err
	}
	return opened.Serve(ctx, c.Roles, ready)
}

func (c productConfig) product() product.Config {
	return product.Config{
		DSN: c.DSN, AppDSN: c.AppDSN, OwnerDSN: c.OwnerDSN, Temporal: c.Temporal, DataDir: c.DataDir, Listen: c.Listen,
		Policy: c.Policy, Notify: c.Notify, Suite: c.Suite, AuditHeads: c.Heads,
		SecondFactor: api.SecondFactorPolicy(c.SecondFactor), FailPoint: c.FailPoint, Log: c.Log,
		PublicURL: c.Front.PublicURL, Secure: c.Front.Secure, Proxies: c.Front.Proxies, OpenID: c.Front.OpenID,
		KMSURI: c.KeyService.KMSURI, KMSTokenFile: c.KeyService.KMSToken, KMSCAFile: c.KeyService.KMSCA,
	}
}

// roles reads a list of roles: "api,jobs".
func roles(list string) ([]product.Role, error) {
	var out []product.Role
	for name := range strings.SplitSeq(list, ",") {
		switch r := product.Role(strings.TrimSpace(name)); r {
		case product.API, product.Worker, product.Jobs:
			out = append(out, r)
		default:
			return nil, fmt.Errorf("no such role: %q (there are %q)", name, product.AllRoles)
		}
	}
	return out, nil
}

// welcome tells a person where to go and whom to sign in as.
func welcome(public, listen, policy, dataDir string) error {
	people, err := demo.People()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	host := listen
	if strings.HasPrefix(listen, ":") || strings.HasPrefix(listen, "0.0.0.0:") {
		host = "127.0.0.1:" + port
	}
	fmt.Printf("\n童护已启动：%s\n  时限规则 %s，数据在 %s，按 Ctrl-C 停止\n\n", cmp.Or(public, "http://"+host), policy, dataDir)
	fmt.Printf("演示账号（虚构的安和市）：\n  %-12s %-24s %s\n", "账号", "密码", "身份")
	for _, p := range people {
		fmt.Printf("  %-14s %-26s %s %s\n", p.Login, p.Password, p.Name, p.Title)
	}
	fmt.Println()
	return nil
}
