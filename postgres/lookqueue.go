package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/vault/audit"
)

// lookQueue writes looks of this process that come for one chain at the same time in
// one transaction: many who open one case at once wait for the chain and the disk
// together and not in turn. Each still waits until its own row is committed.
type lookQueue struct {
	mu     sync.Mutex
	chains map[string]*[]waitingLook // chains that are being written, and what came meanwhile
	ends   map[string]audit.Row      // the last rows that this process wrote
}

type waitingLook struct {
	row  audit.Row
	done chan error
}

// lookWait bounds the writing of looks, whoever of those who wait goes away.
const lookWait = 15 * time.Second

func (s *Store) putLook(ctx context.Context, row audit.Row) error {
	look := waitingLook{row, make(chan error, 1)}
	s.looks.mu.Lock()
	if waiting, busy := s.looks.chains[row.Chain]; busy {
		*waiting = append(*waiting, look)
	} else {
		if s.looks.chains == nil {
			s.looks.chains = map[string]*[]waitingLook{}
		}
		s.looks.chains[row.Chain] = &[]waitingLook{look}
		go s.putLooks(row.Chain)
	}
	s.looks.mu.Unlock()
	select {
	case err := <-look.done:
		return err
	case <-ctx.Done():
		return &cases.Error{Code: cases.CodeUnavailable, Err: ctx.Err()}
	}
}

// putLooks writes what waits for a chain until nothing does.
func (s *Store) putLooks(chain string) {
	for {
		s.looks.mu.Lock()
		waiting := s.looks.chains[chain]
		now := *waiting
		*waiting = nil
		if len(now) == 0 {
			delete(s.looks.chains, chain)
		}
		s.looks.mu.Unlock()
		if len(now) == 0 {
			return
		}
		err := s.writeLooks(chain, now)
		for _, look := range now {
			look.done <- err
		}
	}
}

func (s *Store) writeLooks(chain string, looks []waitingLook) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookWait)
	defer cancel()
	if last, ok := s.looks.end(chain); ok && len(looks) == 1 {
		if done, err := s.appendLook(ctx, last, looks[0].row); done || err != nil {
			return err
		}
	}
	var last audit.Row
	err := s.within(ctx, func(tx pgx.Tx) (err error) {
		last, err = s.chainEnd(ctx, tx, chain)
		for i := 0; err == nil && i < len(looks); i++ {
			last, err = s.linkAudit(ctx, tx, last, looks[i].row)
		}
		return err
	})
	if err == nil {
		s.looks.ended(last)
	}
	return err
}

// appendLook writes after the row that this process wrote last, in one round trip.
// Nothing is written, and done is false, if another has come in between.
func (s *Store) appendLook(ctx context.Context, last, row audit.Row) (done bool, err error) {
	tx, release, err := s.begin(ctx)
	if err != nil {
		return false, fault(err)
	}
	defer release()
	tx.alone = true
	if err := later(tx).LockChain(ctx, last.Chain); err != nil {
		return false, fault(err)
	}
	next := audit.Link(s.vault.Suite(), last, row)
	n, err := db.New(tx).InsertNext(ctx, db.InsertNextParams{
		Chain: last.Chain, After: last.Seq, PrevHash: last.Hash, At: next.At, Actor: next.Actor, Action: next.Action,
		Object: next.Object, Detail: next.Detail, Hash: next.Hash,
	})
	if err != nil || n == 0 {
		return false, fault(err)
	}
	s.looks.ended(next)
	return true, nil
}

// mostEnds bounds how many chains' ends are remembered.
const mostEnds = 10_000

// end gives the last row of a chain that this process wrote.
func (q *lookQueue) end(chain string) (audit.Row, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	last, ok := q.ends[chain]
	return last, ok
}

func (q *lookQueue) ended(last audit.Row) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ends == nil || len(q.ends) >= mostEnds {
		q.ends = map[string]audit.Row{}
	}
	q.ends[last.Chain] = audit.Row{Chain: last.Chain, Seq: last.Seq, Hash: last.Hash}
}
