package main

import (
	"context"
	"fmt"
	"net"
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
	Log          *zap.Logger
}

// keyService is what may keep the key file's key.
type keyService struct {
	KMSURI   string `name:"kms-uri" env:"TONGHU_KMS_URI" help:"保护密钥文件的密钥。 Key that protects the key file: hcvault://host:8200/transit/keys/NAME."`
	KMSToken string `name:"kms-token-file" env:"TONGHU_KMS_TOKEN_FILE" type:"path" help:"其令牌文件。 File with the token for it; VAULT_TOKEN if empty."`
	KMSCA    string `name:"kms-ca-file" env:"TONGHU_KMS_CA_FILE" type:"path" help:"信任的根证书。 Authorities to trust instead of the system's."`
}

// serve is the product: it returns when ctx ends or the product cannot go on. ready is called once everything serves.
func serve(ctx context.Context, c productConfig, ready func()) error {
	config := product.Config{
		DSN: c.DSN, AppDSN: c.AppDSN, OwnerDSN: c.OwnerDSN, Temporal: c.Temporal, DataDir: c.DataDir, Listen: c.Listen,
		Policy: c.Policy, Notify: c.Notify, Suite: c.Suite, AuditHeads: c.Heads,
		SecondFactor: api.SecondFactorPolicy(c.SecondFactor), FailPoint: c.FailPoint, Log: c.Log,
	}
	config.KMSURI, config.KMSTokenFile, config.KMSCAFile = c.KeyService.KMSURI, c.KeyService.KMSToken, c.KeyService.KMSCA
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
func welcome(listen, policy, dataDir string) error {
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
	fmt.Printf("\n童护已启动：http://%s\n  时限规则 %s，数据在 %s，按 Ctrl-C 停止\n\n", host, policy, dataDir)
	fmt.Printf("演示账号（虚构的安和市）：\n  %-12s %-24s %s\n", "账号", "密码", "身份")
	for _, p := range people {
		fmt.Printf("  %-14s %-26s %s %s\n", p.Login, p.Password, p.Name, p.Title)
	}
	fmt.Println()
	return nil
}
