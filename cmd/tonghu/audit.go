package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/product"
	"tonghu/records"
)

type auditCommand struct {
	Verify    auditVerify    `cmd:"" help:"Go through every chain of the audit log and name any row that was altered, removed or inserted."`
	Who       auditWho       `cmd:"" help:"List who looked at a case, when and why."`
	PublicKey auditPublicKey `cmd:"" help:"Print the public key with which an auditor verifies the heads files."`
	Restored  auditRestored  `cmd:"" help:"Say in the heads file that the database was restored from a backup."`
}

type auditVerify struct {
	parts
	Files  []string `name:"heads" type:"existingfile" help:"Heads files; all heads*.log beside --audit-heads if none is given."`
	Public string   `name:"public-key" type:"existingfile" help:"Public key from 'audit public-key'; the key file if not given."`
}

// Run prints what it found and fails if anything is wrong.
func (v auditVerify) Run(ctx context.Context) error {
	return v.with(ctx, func(p *product.Product) error {
		shown := time.Now()
		found, err := p.CheckAudit(ctx, v.Files, v.Public, func(c postgres.AuditCheck) {
			if time.Since(shown) > 2*time.Second {
				shown = time.Now()
				fmt.Fprintf(os.Stderr, "%d rows in %d chains\n", c.Rows, c.Chains)
			}
		})
		if err != nil {
			return err
		}
		fmt.Printf("%d rows in %d chains, %s\n", found.Rows, found.Chains, found.Took.Round(time.Millisecond))
		fmt.Println(found.Proof())
		for _, f := range found.Findings {
			fmt.Println(f)
		}
		if !found.Good() {
			return errors.New("the audit log is not as it was written")
		}
		fmt.Println("nothing was altered")
		return nil
	})
}

type auditWho struct {
	parts
	Case    string `arg:"" help:"Id or number of the case."`
	Denials bool   `help:"List who was refused it instead."`
}

// Run lists who looked, the newest first. It knows persons by their ids; who may
// know their names asks the product.
func (w auditWho) Run(ctx context.Context) error {
	return w.with(ctx, func(p *product.Product) error {
		return p.WhoLooked(ctx, w.Case, w.Denials, func(r records.AuditRow) {
			fmt.Printf("%s  %-36s  %s", r.At.In(cases.Zone).Format(time.DateTime), r.Actor, r.Action)
			if r.Object != "" && !strings.HasSuffix(r.Chain, r.Object) {
				fmt.Print(" ", r.Object)
			}
			for _, d := range r.Detail {
				fmt.Print("  ", d)
			}
			fmt.Println()
		})
	})
}

type auditPublicKey struct{ parts }

func (k auditPublicKey) Run(ctx context.Context) error {
	return k.with(ctx, func(p *product.Product) error {
		_, err := fmt.Println(string(p.AuditPublicKey()))
		return err
	})
}

type auditRestored struct {
	parts
	Yes bool `help:"Declare it; otherwise only print what would be declared."`
}

func (r auditRestored) Run(ctx context.Context) error {
	return r.with(ctx, func(p *product.Product) error {
		back, err := p.AuditRestored(ctx, r.Yes)
		if err != nil {
			return err
		}
		for _, h := range back {
			fmt.Printf("%s: back to row %d\n", h.Chain, h.Seq)
		}
		switch {
		case len(back) == 0:
			fmt.Println("no chain went back: there is nothing to declare")
		case r.Yes:
			fmt.Printf("declared for %d chains\n", len(back))
		default:
			fmt.Printf("%d chains went back; --yes declares it\n", len(back))
		}
		return nil
	})
}
