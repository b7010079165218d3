package product

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"tonghu/cases"
	"tonghu/jobs"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// CheckAudit verifies the whole audit log against the heads files; none given are
// the configured one and those that it was before. publicKey is the file of an
// audit public key; "" uses the key file.
func (p *Product) CheckAudit(ctx context.Context, files []string, publicKey string, progress func(postgres.AuditCheck)) (postgres.AuditCheck, error) {
	var err error
	if len(files) == 0 {
		if files, err = jobs.HeadsFiles(p.config.AuditHeads); err != nil {
			return postgres.AuditCheck{}, err
		}
	}
	v, err := p.auditVerifier(publicKey)
	if err != nil {
		return postgres.AuditCheck{}, err
	}
	return jobs.CheckAudit(ctx, p.store, files, "", v, progress)
}

func (p *Product) auditVerifier(publicKey string) (tink.Verifier, error) {
	if publicKey == "" {
		return p.vault.AuditVerifier(), nil
	}
	src, err := os.ReadFile(publicKey)
	if err != nil {
		return nil, err
	}
	return vault.AuditVerifierFrom(src)
}

// AuditPublicKey is what an auditor needs to verify without the key file.
func (p *Product) AuditPublicKey() []byte { return p.vault.AuditPublicKey() }

// AuditRestored declares in the heads file that the database was restored from a
// backup: what was signed beyond its rows no longer counts as missing. It gives the
// chains that went back, each with the last row that is as it was signed, or with its
// end if that lies after; where declare is not set it only looks.
func (p *Product) AuditRestored(ctx context.Context, declare bool) ([]audit.Head, error) {
	book := p.store.Book(ctx)
	f, err := os.Open(p.config.AuditHeads)
	if err != nil {
		return nil, err
	}
	err = book.Read(f, p.vault.AuditVerifier())
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	ends, _, err := p.store.ChangedHeads(ctx, "")
	if err != nil {
		return nil, err
	}
	now := map[string]audit.Head{}
	for _, e := range ends {
		now[e.Chain] = e
	}
	var back []audit.Head
	for chain := range book.Chains() {
		signed := book.Heads(chain)
		if len(signed) == 0 {
			continue
		}
		stands, err := p.lastStanding(ctx, signed)
		if err != nil {
			return nil, err
		}
		last, end := signed[len(signed)-1], now[chain]
		if end.Chain = chain; stands.Seq == last.Seq {
			continue
		}
		if next := signed[slices.IndexFunc(signed, func(h audit.Signed) bool { return h.Seq > stands.Seq })]; end.Seq >= next.Seq {
			end = stands // what stands in the place of a signed row is another one
			end.Chain = chain
		}
		back = append(back, end)
	}
	if !declare || len(back) == 0 {
		return back, nil
	}
	file := audit.OpenHeads(p.config.AuditHeads, p.vault.Suite(), p.vault.AuditSigner(), p.vault.AuditVerifier())
	if err := file.AppendRestored(time.Now(), back); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return back, p.store.PutMark(ctx, file.Mark(), host, time.Now())
}

// lastStanding gives the last of a chain's signed heads whose row is as it was signed;
// Seq 0 if there is none.
func (p *Product) lastStanding(ctx context.Context, signed []audit.Signed) (audit.Head, error) {
	heads := make([]audit.Head, len(signed))
	for i, h := range signed {
		heads[i] = h.Head
	}
	stand, err := p.store.Stand(ctx, heads)
	if err != nil {
		return audit.Head{}, err
	}
	for i, h := range slices.Backward(heads) {
		if stand[i] {
			return h, nil
		}
	}
	return audit.Head{}, nil
}

// operator is the actor of what is asked from a shell.
const operator = "operator"

// WhoLooked gives each look at a case that is named by its id or number, the newest
// first; or, for denials, each that was refused. The question is a look itself.
func (p *Product) WhoLooked(ctx context.Context, name string, denials bool, each func(records.AuditRow)) error {
	id, err := p.store.CaseNamed(ctx, name)
	if err != nil {
		return err
	}
	a := records.Access{Person: operator, Posts: []cases.Post{cases.SystemPost}}
	for after := records.Cursor(""); ; {
		found, err := p.store.Looks(ctx, a, id, denials, after, 200)
		if err != nil {
			return err
		}
		for _, r := range found.Rows {
			each(r)
		}
		if after = found.Next; after == "" {
			return nil
		}
	}
}
