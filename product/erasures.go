package product

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"tonghu/jobs"
	"tonghu/vault/audit"
)

// erasures is the list of what was destroyed, outside the database: it lies beside the
// audit log's heads.
func (p *Product) erasures() *audit.Erasures {
	return audit.OpenErasures(filepath.Join(filepath.Dir(p.config.AuditHeads), "erasures.log"), p.vault.Suite(), p.vault.AuditSigner(), p.vault.AuditVerifier())
}

// Erasures gives the list, verified.
func (p *Product) Erasures() ([]audit.Erasure, error) { return p.erasures().Read() }

// Reapplied is what came of holding the database against the erasure list.
type Reapplied struct {
	Listed    int // decisions in the list
	Destroyed int // cases that a restored backup had brought back
	Relisted  int // decisions of the database that the list lacks: they are written to it again
}

// ApplyErasures holds the database against the erasure list: what was destroyed and
// is there again, since a backup was restored, is destroyed again. Nobody is answered
// before it is done. A list that was altered stops it, after what stands before the
// break was carried out: nobody could say what else has to go.
func (p *Product) ApplyErasures(ctx context.Context) (Reapplied, error) {
	queue, err := jobs.NewQueue(p.store.Pool())
	if err != nil {
		return Reapplied{}, err
	}
	p.store.UseJobs(queue)
	return p.applyErasures(ctx, true)
}

// applyErasures is ApplyErasures for a process whose list may be another's: only one
// that keeps the list looks whether it lacks something.
func (p *Product) applyErasures(ctx context.Context, keeps bool) (Reapplied, error) {
	list, broken := p.erasures().Read()
	out := Reapplied{Listed: len(list)}
	for _, e := range list {
		n, err := p.store.EraseAgain(ctx, e)
		out.Destroyed += n
		if err != nil {
			return out, errors.Join(broken, fmt.Errorf("what was destroyed is not destroyed again: %w", err))
		}
	}
	if out.Destroyed > 0 {
		p.log.Warn("a restored backup had brought back what was destroyed: it is destroyed again", zap.Int("cases", out.Destroyed))
	}
	if broken != nil || !keeps {
		return out, broken
	}
	var err error
	if out.Relisted, err = p.store.ListAgain(ctx, list); err != nil {
		return out, err
	}
	if out.Relisted > 0 {
		p.log.Error("the erasure list was lost or is an older copy: what the database knows is written to it again, what a restored backup does not know may be missing",
			zap.Int("missing", out.Relisted), zap.String("list", p.erasures().Path()))
	}
	return out, nil
}
