package product

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"tonghu/postgres"
	"tonghu/vault"
	"tonghu/vault/suite"
)

// Keys is what an administrator does with the key file: it needs the database, and
// no engine.
type Keys struct {
	options vault.Options
	vault   *vault.Vault
	store   *postgres.Store
	log     *zap.Logger
	// poll is how often a rotation looks whether everyone is ready.
	poll time.Duration
	// page is how many data keys it puts under another master key in one transaction.
	page int
}

// OpenKeys opens the key file, which must be there, and the database that it seals.
func OpenKeys(ctx context.Context, c Config) (*Keys, error) {
	c.defaults()
	return openKeys(ctx, c, c.vault())
}

// Protect puts the key file under c.KMSURI, or, where that is empty, out of what
// protects it. Processes that run go on with the keys that they have, and are then to
// be started with the new setting, one after another.
func Protect(ctx context.Context, c Config) error {
	c.defaults()
	o := c.vault()
	o.KMSURI, o.KMS = "", transit{tokenFile: c.KMSTokenFile, caFile: c.KMSCAFile}
	k, err := openKeys(ctx, c, o)
	if err != nil {
		return err
	}
	defer k.Close()
	return k.store.RotateAlone(ctx, func(ctx context.Context) error {
		if err := vault.Protect(o, c.KMSURI); err != nil {
			return err
		}
		return k.store.NoteProtected(ctx, c.KMSURI != "")
	})
}

func openKeys(ctx context.Context, c Config, o vault.Options) (*Keys, error) {
	o.MustExist = true
	k := &Keys{options: o, log: c.Log, poll: 500 * time.Millisecond, page: 500}
	var err error
	if k.vault, err = vault.Open(k.options); err != nil {
		return nil, err
	}
	if k.store, err = postgres.Open(ctx, c.DSN, postgres.Options{Vault: k.vault, Log: c.Log, MaxConns: 4}); err != nil {
		return nil, err
	}
	if err := k.store.CheckVault(ctx); err != nil {
		k.store.Close()
		return nil, err
	}
	return k, nil
}

// Close gives the connections back.
func (k *Keys) Close() { k.store.Close() }

// KeyStatus is a key of the file, how far its rotation came, and how many data keys
// stand under it.
type KeyStatus struct {
	vault.Key
	State    postgres.KeyState
	DataKeys int
}

// KeysStatus is how keys stand.
type KeysStatus struct {
	Suite suite.Suite
	// KMSURI is the key that protects the key file; "" if none does.
	KMSURI string
	Keys   []KeyStatus
	// Destroyed counts data keys that were destroyed, and with them what they sealed.
	Destroyed int
	Processes []postgres.Process
}

// Status tells how keys stand.
func (k *Keys) Status(ctx context.Context) (s KeysStatus, err error) {
	if _, err := k.vault.Refresh(); err != nil {
		return s, err
	}
	states, err := k.store.KeyStates(ctx)
	if err != nil {
		return s, err
	}
	counts, err := k.store.DataKeys(ctx)
	if err != nil {
		return s, err
	}
	s.Suite, s.KMSURI, s.Destroyed = k.vault.Suite(), k.vault.KMSURI(), counts[""]
	for _, key := range k.vault.Keys() {
		status := KeyStatus{Key: key, State: states[key.Name()]}
		if key.Purpose == vault.Master {
			status.DataKeys = counts[key.ID]
		}
		s.Keys = append(s.Keys, status)
	}
	s.Processes, err = k.store.Processes(ctx)
	return s, err
}

// Says tells the key's state in words.
func (k KeyStatus) Says() string {
	switch {
	case k.Seals:
		return "in use"
	case k.State == postgres.KeyRetired:
		return "opens what it sealed"
	}
	return "staged"
}

// Count is how many data keys stand under a master key; "" for other keys.
func (k KeyStatus) Count() string {
	if k.Purpose != vault.Master {
		return ""
	}
	return strconv.Itoa(k.DataKeys)
}

// Says tells in words how a process stands with the keys.
func (s KeysStatus) Says(p postgres.Process) string {
	lacking := s.Lacking(p)
	switch {
	case p.Stuck:
		return "CANNOT USE ITS KEY FILE: see its log"
	case p.Gone:
		return "gone"
	case len(lacking) > 0:
		return "has not yet taken up " + strings.Join(lacking, ", ")
	}
	return "up to date"
}

// Protection tells in words what keeps the key file.
func (s KeysStatus) Protection() string {
	if s.KMSURI == "" {
		return "the key file itself is the secret"
	}
	return "the key file is under " + s.KMSURI
}

// Lacking names the keys of the file that a process does not know, and those in use
// that it does not use.
func (s KeysStatus) Lacking(p postgres.Process) []string {
	var out []string
	for _, key := range s.Keys {
		if name := key.Name(); !slices.Contains(p.Knows, name) || key.Seals && !slices.Contains(p.Seals, name) {
			out = append(out, name)
		}
	}
	return out
}

// rotating lists what can be rotated.
var rotating = []vault.Purpose{vault.Master, vault.Payload, vault.Audit}

// Rotatable reads a purpose.
func Rotatable(name string) (vault.Purpose, error) {
	if p := vault.Purpose(name); slices.Contains(rotating, p) {
		return p, nil
	}
	return "", fmt.Errorf("no keys of purpose %q to rotate: there are %q", name, rotating)
}
