package product

import (
	"context"
	"slices"
	"time"

	"tonghu/postgres"
	"tonghu/vault"
)

// Phase is how far a rotation came. What each leaves behind is in the key file and
// the database, so that a rotation that ends anywhere is taken up there.
type Phase string

// The phases, in their order.
const (
	PhaseStaged   Phase = "staged"   // the new key is in the file, and nobody joins without it
	PhaseKnown    Phase = "known"    // every process knows it
	PhasePromoted Phase = "promoted" // it is the one that seals, in the file
	PhaseUsed     Phase = "used"     // every process seals with it
	PhaseRetired  Phase = "retired"  // the database takes nothing under the old one
	PhaseRewrap   Phase = "rewrap"   // so many data keys were put under the new one
	PhaseDone     Phase = "done"     // nothing stands under another key
)

// Progress tells of a rotation on its way.
type Progress struct {
	Phase Phase
	// Waiting are the processes that are not there yet, where the phase is one that
	// everyone has to reach.
	Waiting []postgres.Process
	// Done data keys of Total are put under the new master key.
	Done, Total int
}

// Rotation is what was done.
type Rotation struct {
	Purpose vault.Purpose
	ID      string // of the key that seals now
	// Resumed: a rotation that was broken off was brought to its end, and no other
	// begun.
	Resumed bool
	// Rewrapped counts data keys that were put under the new master key; Damaged
	// are those that no key of the file opens.
	Rewrapped int
	Damaged   []postgres.DataKey
	// Silent are processes that were not waited for, because nothing was heard of
	// them for postgres.Silence.
	Silent []postgres.Process
}

// Rotate replaces the key of a purpose while everything runs: it adds a key, waits
// until every process knows it, puts it to use, waits until every process uses it,
// and, for the master key, puts every stored data key under it. It can end at any
// moment and be called again. An error of tell ends it.
func (k *Keys) Rotate(ctx context.Context, p vault.Purpose, tell func(Progress) error) (r Rotation, err error) {
	err = k.store.RotateAlone(ctx, func(ctx context.Context) error {
		r, err = k.rotate(ctx, p, tell)
		return err
	})
	return r, err
}

func (k *Keys) rotate(ctx context.Context, p vault.Purpose, tell func(Progress) error) (Rotation, error) {
	r := Rotation{Purpose: p}
	states, err := k.states(ctx)
	if err != nil {
		return r, err
	}
	staged, underway := k.vault.Staged(p)
	switch sealing := k.vault.Sealing(p); {
	case underway:
		r.ID, r.Resumed = staged.ID, true
	case states[nameOf(p, sealing)] != postgres.KeySealing: // promoted, and then broken off
		r.ID, r.Resumed = sealing, true
	default:
		// What the last one left, if it did.
		r.ID = sealing
		if err := k.rewrap(ctx, &r, tell); err != nil || r.Rewrapped > 0 {
			r.Resumed = true
			return r, err
		}
		if r.ID, err = vault.Stage(k.options, p); err != nil {
			return r, err
		}
	}
	return r, k.carryOn(ctx, &r, states[nameOf(p, r.ID)], tell)
}

// states reads the key file and what the database knows of it.
func (k *Keys) states(ctx context.Context) (map[string]postgres.KeyState, error) {
	if _, err := k.vault.Refresh(); err != nil {
		return nil, err
	}
	return k.store.KeyStates(ctx)
}

func nameOf(p vault.Purpose, id string) string { return vault.Key{Purpose: p, ID: id}.Name() }

// carryOn goes through the phases of a key that is in the file. Those that are past
// do nothing.
func (k *Keys) carryOn(ctx context.Context, r *Rotation, state postgres.KeyState, tell func(Progress) error) error {
	name := nameOf(r.Purpose, r.ID)
	if state == "" {
		if err := k.store.StageKey(ctx, r.Purpose, r.ID); err != nil {
			return err
		}
	}
	if err := tell(Progress{Phase: PhaseStaged}); err != nil {
		return err
	}
	knows := func(p postgres.Process) bool { return slices.Contains(p.Knows, name) }
	if err := k.everyone(ctx, r, PhaseKnown, knows, tell); err != nil {
		return err
	}
	if err := vault.Promote(k.options, r.Purpose); err != nil {
		return err
	}
	if _, err := k.vault.Refresh(); err != nil {
		return err
	}
	if err := tell(Progress{Phase: PhasePromoted}); err != nil {
		return err
	}
	uses := func(p postgres.Process) bool { return slices.Contains(p.Seals, name) }
	if err := k.everyone(ctx, r, PhaseUsed, uses, tell); err != nil {
		return err
	}
	if err := k.store.SealWith(ctx, r.Purpose, r.ID); err != nil {
		return err
	}
	if err := tell(Progress{Phase: PhaseRetired}); err != nil {
		return err
	}
	if err := k.rewrap(ctx, r, tell); err != nil {
		return err
	}
	return tell(Progress{Phase: PhaseDone})
}

// everyone waits until every process that lives is ready.
func (k *Keys) everyone(ctx context.Context, r *Rotation, phase Phase, ready func(postgres.Process) bool, tell func(Progress) error) error {
	for {
		processes, err := k.store.Processes(ctx)
		if err != nil {
			return err
		}
		var waiting []postgres.Process
		r.Silent = nil
		for _, p := range processes {
			switch {
			case ready(p):
			case p.Gone:
				r.Silent = append(r.Silent, p)
			default:
				waiting = append(waiting, p)
			}
		}
		if err := tell(Progress{Phase: phase, Waiting: waiting}); err != nil || len(waiting) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(k.poll):
		}
	}
}

// rewrap puts every data key under the newest master key.
func (k *Keys) rewrap(ctx context.Context, r *Rotation, tell func(Progress) error) error {
	if r.Purpose != vault.Master {
		return nil
	}
	counts, err := k.store.DataKeys(ctx)
	if err != nil {
		return err
	}
	total := 0
	for master, n := range counts {
		if master != "" && master != r.ID {
			total += n
		}
	}
	for {
		before := r.Rewrapped
		if err := k.rewrapOnce(ctx, r, total, tell); err != nil || r.Rewrapped == before {
			return err
		}
	}
}

// rewrapOnce goes through all data keys once.
func (k *Keys) rewrapOnce(ctx context.Context, r *Rotation, total int, tell func(Progress) error) error {
	r.Damaged = nil
	for page := (postgres.Rewrapped{More: true}); page.More; {
		var err error
		if page, err = k.store.Rewrap(ctx, page.Last, k.page); err != nil {
			return err
		}
		r.Rewrapped += page.Done
		r.Damaged = append(r.Damaged, page.Damaged...)
		if page.Done > 0 {
			if err := tell(Progress{Phase: PhaseRewrap, Done: r.Rewrapped, Total: total}); err != nil {
				return err
			}
		}
	}
	return nil
}
