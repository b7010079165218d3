package product

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"tonghu/postgres"
	"tonghu/vault"
)

// attendant keeps the keys of a process those of the key file, and the database told
// which these are: so that a rotation knows when everyone is ready, and nobody has
// to be restarted for it.
type attendant struct {
	vault *vault.Vault
	store *postgres.Store
	log   *zap.Logger
	id    uuid.UUID
	name  string
	// look is how often the key file is looked at, tell how often the database is
	// told, where nothing has changed.
	look, tell time.Duration

	cancel context.CancelFunc
	ended  chan struct{}
}

// attend joins the processes that hold the vault's keys. It fails where the key file
// is not the one that the database needs.
func attend(ctx context.Context, v *vault.Vault, s *postgres.Store, log *zap.Logger) (*attendant, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	a := &attendant{
		vault: v, store: s, log: log, id: uuid.New(), name: fmt.Sprintf("%s:%d", host, os.Getpid()),
		look: 2 * time.Second, tell: 5 * time.Second,
	}
	return a, a.start(ctx)
}

func (a *attendant) start(ctx context.Context) error {
	if err := a.store.JoinVault(ctx, a.id, a.name); err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel, a.ended = cancel, make(chan struct{})
	go func() {
		defer close(a.ended)
		a.run(running)
	}()
	return nil
}

// stop ends it and takes the process off the list.
func (a *attendant) stop() {
	a.cancel()
	<-a.ended
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := a.store.LeaveVault(ctx, a.id); err != nil {
		a.log.Warn("a rotation of keys will wait until this process is forgotten", zap.Duration("within", postgres.Silence), zap.Error(err))
	}
}

func (a *attendant) run(ctx context.Context) {
	tick := time.NewTicker(a.look)
	defer tick.Stop()
	var stuck, untold bool
	told := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := a.vault.Refresh()
		news := changed || (err != nil) != stuck
		if err != nil && !stuck {
			a.log.Error("the key file cannot be used; this process goes on with the keys that it has", zap.Error(err))
		}
		if stuck = err != nil; changed {
			a.log.Info("the key file was read again", zap.String("master", a.vault.Sealing(vault.Master)),
				zap.String("payload", a.vault.Sealing(vault.Payload)), zap.String("audit", a.vault.Sealing(vault.Audit)))
		}
		if !news && !untold && time.Since(told) < a.tell {
			continue
		}
		err = a.store.ReportKeys(ctx, a.id, a.name, stuck)
		if err != nil && !untold && ctx.Err() == nil {
			a.log.Warn("the database was not told which keys this process has", zap.Error(err))
		}
		untold, told = err != nil, time.Now()
	}
}
