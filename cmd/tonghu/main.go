// Command tonghu is the product without the Temporal server: its API, its worker,
// and what an administrator does from a shell. Package deploy/standalone has
// everything in one process.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/cmd/tonghu/logs"
	"tonghu/product"
)

// parts say where the parts of an installation are.
type parts struct {
	Database  string `env:"TONGHU_DATABASE" help:"PostgreSQL address of the product's database, as the role tonghu_engine."`
	App       string `env:"TONGHU_DATABASE_APP" help:"The same as the role tonghu_app, for what signed-in people ask; if empty, the engine takes that role."`
	Owner     string `env:"TONGHU_DATABASE_OWNER" help:"The same as the owner, for migrations; the engine's if empty."`
	Temporal  string `env:"TONGHU_TEMPORAL" help:"host:port of the Temporal frontend."`
	Namespace string `env:"TONGHU_NAMESPACE" default:"tonghu" help:"Temporal namespace."`
	Data      string `env:"TONGHU_DATA" default:"data" type:"path" help:"Folder of the key file."`
	KeyFile   string `env:"TONGHU_KEY_FILE" type:"path" help:"The key file; DATA/keys.json if empty."`
	Blobs     string `env:"TONGHU_BLOBS" type:"path" help:"Folder of the sealed photos and papers; DATA/blobs if empty."`
	Suite     string `env:"TONGHU_SUITE" enum:",standard,sm" default:"" help:"Algorithms of a key file that is made now: standard or sm (国密)."`
	Heads     string `name:"audit-heads" env:"TONGHU_AUDIT_HEADS" type:"path" help:"File that the audit log's heads are signed into; DATA/audit/heads.log if empty."`
	KMSURI    string `name:"kms-uri" env:"TONGHU_KMS_URI" help:"Key that protects the key file: hcvault://host:8200/transit/keys/NAME, of OpenBao or HashiCorp Vault."`
	KMSToken  string `name:"kms-token-file" env:"TONGHU_KMS_TOKEN_FILE" type:"path" help:"File with the token for it; VAULT_TOKEN if empty."`
	KMSCA     string `name:"kms-ca-file" env:"TONGHU_KMS_CA_FILE" type:"path" help:"Authorities to trust instead of the system's."`
	Policy    string `env:"TONGHU_POLICY" default:"anqiu" help:"Policy: anqiu, drill or a YAML file."`
	City      string `env:"TONGHU_CITY" default:"379999000000" help:"12-digit code of the county-level city."`
	Notify    string `env:"TONGHU_NOTIFY" type:"path" help:"YAML file of the notice channels; the inbox only if empty."`
	PublicURL string `env:"TONGHU_PUBLIC_URL" help:"The console's address, as it stands in notices."`
	Secure    bool   `env:"TONGHU_SECURE" help:"Browsers come over TLS; so they do where the public URL says https."`
	Build     string `env:"TONGHU_BUILD" help:"Build id; turns worker versioning on."`
	FailPoint string `env:"TONGHU_FAILPOINT" hidden:""`
}

func (p parts) config() (product.Config, error) {
	if p.Database == "" || p.Temporal == "" {
		known, err := product.ReadInstance(p.Data)
		if err != nil {
			return product.Config{}, fmt.Errorf("give --database and --temporal, or the --data of a standalone instance that runs: %w", err)
		}
		if p.Database == "" {
			p.Database, p.App, p.Owner = known.Database, known.App, known.Owner
		}
		if p.Temporal == "" {
			p.Temporal = known.Temporal
		}
		if p.KeyFile == "" {
			p.KeyFile = known.KeyFile
		}
		if p.Heads == "" {
			p.Heads = known.AuditHeads
		}
	}
	return product.Config{
		DSN: p.Database, AppDSN: p.App, OwnerDSN: p.Owner, Temporal: p.Temporal, Namespace: p.Namespace, DataDir: p.Data, KeyFile: p.KeyFile, AuditHeads: p.Heads, Blobs: p.Blobs, Suite: p.Suite,
		KMSURI: p.KMSURI, KMSTokenFile: p.KMSToken, KMSCAFile: p.KMSCA,
		Policy: p.Policy, City: cases.Org(p.City), Notify: p.Notify, PublicURL: p.PublicURL, Secure: p.Secure, Build: p.Build,
		FailPoint: p.FailPoint, Log: logs.New(os.Stderr),
	}, nil
}

// with opens the product for a command.
func (p parts) with(ctx context.Context, do func(*product.Product) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	opened, err := product.Open(ctx, c)
	if err != nil {
		return err
	}
	defer opened.Close()
	return do(opened)
}

type apiCommand struct {
	parts
	Listen       string         `env:"TONGHU_LISTEN" default:"127.0.0.1:8365" help:"Address to answer on."`
	SecondFactor string         `env:"TONGHU_SECOND_FACTOR" default:"required" enum:"required,offered" help:"required: the city's roles and administrators sign in with a second factor; offered: nobody must (demonstrations)."`
	Idle         time.Duration  `env:"TONGHU_IDLE" default:"30m" help:"How long a session may be left alone."`
	IdlePhone    time.Duration  `env:"TONGHU_IDLE_PHONE" default:"2h" help:"The same on phones of those whose area is a town or less."`
	OpenID       string         `env:"TONGHU_OPENID" type:"path" help:"YAML file of the offices' OpenID providers; passwords only if empty."`
	Proxies      []netip.Prefix `env:"TONGHU_PROXIES" help:"Networks of the proxies whose X-Forwarded-For is believed, as 10.0.0.0/8."`
}

func (a apiCommand) Run(ctx context.Context) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	c.Listen, c.SecondFactor, c.OpenID, c.Proxies = a.Listen, api.SecondFactorPolicy(a.SecondFactor), a.OpenID, a.Proxies
	c.Idle, c.IdlePhone = a.Idle, a.IdlePhone
	opened, err := product.Open(ctx, c)
	if err != nil {
		return err
	}
	defer opened.Close()
	return opened.Serve(ctx, []product.Role{product.API}, func() { fmt.Println("http://" + a.Listen) })
}

type workerCommand struct {
	parts
	Jobs bool `default:"true" negatable:"" help:"Work the job queue too."`
}

func (w workerCommand) Run(ctx context.Context) error {
	roles := []product.Role{product.Worker}
	if w.Jobs {
		roles = append(roles, product.Jobs)
	}
	return w.with(ctx, func(p *product.Product) error {
		return p.Serve(ctx, roles, func() { fmt.Println("the worker is ready") })
	})
}

type migrateCommand struct{ parts }

func (m migrateCommand) Run(ctx context.Context) error {
	c, err := m.config()
	if err != nil {
		return err
	}
	return product.Migrate(ctx, c)
}

type rebuildCommand struct{ parts }

func (r rebuildCommand) Run(ctx context.Context) error {
	return r.with(ctx, func(p *product.Product) error {
		checked, started, err := p.Rebuild(ctx)
		fmt.Printf("%d open cases, %d workflows started\n", checked, started)
		return err
	})
}

type calendarCommand struct {
	parts
	File string `arg:"" type:"existingfile" help:"YAML file of a year's days off and make-up working days."`
}

func (c calendarCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(p *product.Product) error {
		imported, err := p.ImportCalendar(ctx, c.File)
		if err != nil {
			return err
		}
		fmt.Printf("calendar %s, to %s; %d open cases are counted anew\n", imported.Version, imported.To, imported.Cases)
		return nil
	})
}

type administratorCommand struct {
	Add   addAdministratorCommand `cmd:"" help:"Add an administrator and print a password, which must be changed at the first sign-in."`
	LetIn letInCommand            `cmd:"" help:"Give somebody who is shut out a new password and take their second factor away."`
}

type addAdministratorCommand struct {
	parts
	Role  string `enum:"system_admin,security_admin,audit_admin" default:"system_admin" help:"system_admin, security_admin (who confirms the accounts that a system administrator opened) or audit_admin."`
	Login string `arg:"" help:"What they sign in as."`
	Name  string `arg:"" help:"What they are called."`
}

func (a addAdministratorCommand) Run(ctx context.Context) error {
	return a.with(ctx, func(p *product.Product) error {
		return printGiven(p.AddAdministrator(ctx, cases.Role(a.Role), a.Login, a.Name))
	})
}

type letInCommand struct {
	parts
	Login string `arg:"" help:"What they sign in as."`
}

func (l letInCommand) Run(ctx context.Context) error {
	return l.with(ctx, func(p *product.Product) error { return printGiven(p.LetIn(ctx, l.Login)) })
}

func printGiven(given product.Given, err error) error {
	if err == nil {
		fmt.Printf("%s\nopens the door until %s\n", given.Password, given.Until.In(cases.Zone).Format("2006-01-02 15:04"))
	}
	return err
}

type verifyCommand struct {
	parts
	Within int `default:"60" help:"Seconds to wait until the instance is quiet."`
}

// Run compares the State of every open case in PostgreSQL with its run's.
func (v verifyCommand) Run(ctx context.Context) error {
	return v.with(ctx, func(p *product.Product) error {
		report, err := p.Verify(ctx, v.Within)
		if err != nil {
			return err
		}
		fmt.Println(report)
		if !report.Good() {
			return errors.New("the instance is not in order")
		}
		return nil
	})
}

type erasuresCommand struct {
	Apply erasuresApply `cmd:"" help:"Destroy again what a restored backup has brought back. The product does so by itself before it answers."`
	List  erasuresList  `cmd:"" help:"Verify the erasure list, and print it."`
}

type erasuresApply struct{ parts }

func (e erasuresApply) Run(ctx context.Context) error {
	return e.with(ctx, func(p *product.Product) error {
		done, err := p.ApplyErasures(ctx)
		fmt.Printf("%d erasures listed, %d cases destroyed again, %d erasures to be listed again\n", done.Listed, done.Destroyed, done.Relisted)
		return err
	})
}

type erasuresList struct{ parts }

func (e erasuresList) Run(ctx context.Context) error {
	return e.with(ctx, func(p *product.Product) error {
		list, err := p.Erasures()
		for _, one := range list {
			fmt.Println(one.At.Format(time.RFC3339), one.Decision, one.Cause, strings.Join(one.Cases, ","))
		}
		return err
	})
}

type drilledCommand struct {
	parts
	Restored time.Time     `required:"" format:"2006-01-02T15:04:05Z07:00" help:"The moment that the restored database stood at, as 2026-11-23T02:00:00+08:00."`
	Took     time.Duration `required:"" help:"From the decision to the first answer, as 18m30s."`
	Bad      bool          `help:"tonghu verify or tonghu audit verify was not in order."`
}

// Run keeps how a restore drill went, for the health page.
func (d drilledCommand) Run(ctx context.Context) error {
	return d.with(ctx, func(p *product.Product) error { return p.Drilled(ctx, d.Restored, d.Took, !d.Bad) })
}

type cli struct {
	API           apiCommand           `cmd:"" name:"api" help:"Answer HTTP."`
	Worker        workerCommand        `cmd:"" help:"Run cases and work the job queue."`
	Migrate       migrateCommand       `cmd:"" help:"Bring the database to this program's schema."`
	Seed          seedCommand          `cmd:"" help:"Fill an empty installation with the fictional county, and with invented cases."`
	Rebuild       rebuildCommand       `cmd:"" help:"Start the workflow of every open case that has none, from PostgreSQL."`
	Verify        verifyCommand        `cmd:"" help:"Compare every open case in PostgreSQL with its workflow; count what was lost or doubled."`
	Audit         auditCommand         `cmd:"" help:"The log of who did and saw what."`
	Administrator administratorCommand `cmd:"" help:"Add the first administrators, or let one in again."`
	Calendar      calendarCommand      `cmd:"" help:"Import a year's working calendar and count open cases anew."`
	Erasures      erasuresCommand      `cmd:"" help:"What was destroyed, as the list outside the database has it."`
	Drilled       drilledCommand       `cmd:"" help:"Write down how a restore drill went; the health page shows when the last one was."`
	Keys          keysCommand          `cmd:"" help:"The keys of what is sealed: how they stand, and replacing them."`
	Story         storyCommand         `cmd:"" help:"Play the product's story against a running instance under the drill policy."`
	Bench         benchCommand         `cmd:"" help:"Measure."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name(filepath.Base(os.Args[0])), kong.Description("童护 Tonghu: the case system of a county's child protection network."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "tonghu:", err)
		stop()
		os.Exit(1) //nolint:gocritic // everything deferred has been done by hand
	}
}
