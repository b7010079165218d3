package jobs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tonghu/postgres"
	"tonghu/vault/audit"
	"tonghu/vault/suite"
)

// HeadsOptions say where and how the heads of the audit log are signed. The file lies
// outside of the database: best on another disk, where its administrator cannot write.
type HeadsOptions struct {
	File     string
	Suite    suite.Suite
	Signer   audit.Signer
	Verifier audit.Verifier
	// Every is how often it is looked for new rows; 0 means ten seconds.
	Every time.Duration
}

const (
	headsEvery = 10 * time.Second
	// checkEvery is how often the whole log is verified.
	checkEvery = 24 * time.Hour
)

// heads signs the ends of all chains that grew, in one process of all that have
// HeadsOptions, and has the log verified once a day where the file is.
type heads struct {
	HeadsOptions
	store *postgres.Store
	log   *zap.Logger
	now   func() time.Time
	file  *audit.Heads
	since string          // what was looked at; "" for nothing yet
	odd   map[string]bool // chains that are not as they were signed, told of
	// doubt is set when a chain became odd: the log is verified without waiting for its day.
	doubt atomic.Bool
}

func newHeads(o HeadsOptions, store *postgres.Store, log *zap.Logger, now func() time.Time) *heads {
	if o.Every == 0 {
		o.Every = headsEvery
	}
	return &heads{HeadsOptions: o, store: store, log: log, now: now}
}

// run takes the lead when it is free, and signs until ctx ends.
func (h *heads) run(ctx context.Context) {
	for ctx.Err() == nil {
		lead, err := h.store.LeadHeads(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			h.log.Warn("the audit log's heads are not signed", zap.Error(err))
		case lead != nil:
			h.lead(ctx, lead)
			lead.Close()
		}
		pause(ctx, h.Every)
	}
}

// lead signs as long as the lead is held.
func (h *heads) lead(ctx context.Context, lead *postgres.Lead) {
	h.since, h.file, h.odd = "", audit.OpenHeads(h.File, h.Suite, h.Signer, h.Verifier), map[string]bool{}
	checking := make(chan struct{}, 1)
	for ctx.Err() == nil {
		if err := lead.Held(ctx); err != nil {
			if ctx.Err() == nil {
				return // somebody else has it
			}
			break
		}
		if err := h.sign(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("the audit log's heads are not signed", zap.Error(err))
		}
		select {
		case checking <- struct{}{}:
			go func() {
				defer func() { <-checking }()
				h.checkDaily(ctx)
			}()
		default: // one is at work
		}
		pause(ctx, h.Every)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := h.sign(last); err != nil { // what came in since
		h.log.Warn("the last heads are signed at the next start", zap.Error(err))
	}
	checking <- struct{}{}
}

// sign appends the ends of the chains that grew from what was signed of them. A chain
// that ends before that, or whose signed row is another one by now, is not signed
// again: it was altered, or the database was restored and nobody has said so.
func (h *heads) sign(ctx context.Context) error {
	ends, now, err := h.store.ChangedHeads(ctx, h.since)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(h.File), 0o700); err != nil {
		return err
	}
	if err := h.file.Load(); err != nil {
		return err
	}
	var known []audit.Head // what was signed of the chains
	for _, e := range ends {
		if signed := h.file.End(e.Chain); signed.Seq > 0 {
			known = append(known, signed)
		}
	}
	stands, err := h.store.Stand(ctx, known)
	if err != nil {
		return err
	}
	altered := map[string]bool{}
	for i, signed := range known {
		altered[signed.Chain] = !stands[i]
	}
	var grown []audit.Head
	for _, e := range ends {
		switch {
		case altered[e.Chain]:
			h.tellOdd(e.Chain)
		case e.Seq > h.file.End(e.Chain).Seq:
			grown = append(grown, e)
		}
	}
	if err := h.file.Append(h.now(), grown); err != nil {
		return err
	}
	h.since = now
	return h.store.PutMark(ctx, h.file.Mark(), host(), h.now())
}

// tellOdd tells once that a chain is not as it was signed.
func (h *heads) tellOdd(chain string) {
	if h.odd[chain] {
		return
	}
	h.odd[chain] = true
	h.doubt.Store(true)
	h.log.Error("an audit chain is not as it was signed, and is not signed any further: run tonghu audit verify", zap.String("chain", chain))
}

// checkDaily verifies the whole log if the last time is long ago, or if a chain became
// odd since: the health page shows it then.
func (h *heads) checkDaily(ctx context.Context) {
	last, err := h.store.LastCheck(ctx)
	if err != nil {
		return
	}
	if doubt := h.doubt.Swap(false); !doubt && h.now().Sub(last) < checkEvery {
		return
	}
	files, err := HeadsFiles(h.File)
	if err != nil {
		h.log.Error("the audit log could not be verified", zap.Error(err))
		return
	}
	found, err := CheckAudit(ctx, h.store, files, host(), h.Verifier, nil)
	if err != nil {
		h.doubt.Store(true) // it is verified once it can be
		if ctx.Err() == nil {
			h.log.Error("the audit log could not be verified", zap.Error(err))
		}
		return
	}
	for _, f := range found.Findings {
		h.log.Error("the audit log was altered", zap.String("chain", f.Chain), zap.Int64("row", f.Seq), zap.String("reason", string(f.Reason)))
	}
}

// HeadsFiles gives the heads file with those that it was before: of heads.log, all
// heads*.log of its folder.
func HeadsFiles(file string) ([]string, error) {
	kind := filepath.Ext(file)
	files, err := filepath.Glob(strings.TrimSuffix(file, kind) + "*" + kind)
	if err == nil && !slices.Contains(files, file) {
		files = append(files, file)
	}
	return files, err
}

// host is the machine on which a heads file lies.
func host() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// CheckAudit verifies the whole audit log against heads files, and keeps the result
// for the health page. The files are to be all that were ever written on a machine;
// on any, for "".
func CheckAudit(ctx context.Context, store *postgres.Store, files []string, on string, v audit.Verifier, progress func(postgres.AuditCheck)) (postgres.AuditCheck, error) {
	marks, err := store.Marks(ctx, on) // before the files, and they before the rows: all of these grow
	if err != nil {
		return postgres.AuditCheck{}, err
	}
	book, odd := store.Book(ctx), []postgres.Finding{}
	for _, name := range files {
		err := readHeads(book, name, v)
		switch {
		case errors.Is(err, audit.ErrHeads):
			odd = append(odd, postgres.Finding{Chain: "file:" + name, Reason: postgres.Damaged})
		case err != nil && !errors.Is(err, os.ErrNotExist): // one that is not there is missed by its mark
			return postgres.AuditCheck{}, err
		}
	}
	for _, m := range marks {
		if !book.Holds(m) {
			odd = append(odd, postgres.Finding{Chain: "heads:" + m.File, Seq: m.Batch, Reason: postgres.Cut})
		}
	}
	found, err := store.CheckAudit(ctx, book, progress)
	if err != nil {
		return found, err
	}
	found.Findings = append(odd, found.Findings...)
	return found, store.PutCheck(ctx, found)
}

func readHeads(book *audit.Book, name string, v audit.Verifier) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return book.Read(f, v)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
