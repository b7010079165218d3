package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"tonghu/postgres"
	"tonghu/product"
	"tonghu/vault"
)

type keysCommand struct {
	Status  keysStatusCommand  `cmd:"" help:"Show the keys, their ages, the data keys under each, and the processes that hold them."`
	Protect keysProtectCommand `cmd:"" help:"Put the key file under a key of a key service, or out of it."`
	Rotate  keysRotateCommand  `cmd:"" help:"Replace the keys of a purpose while everything runs. It can be killed at any moment and run again."`
}

// withoutEngine is the configuration for what needs the database only.
func (p parts) withoutEngine() (product.Config, error) {
	if p.Database != "" && p.Temporal == "" {
		p.Temporal = "none"
	}
	return p.config()
}

// keys opens the key file and the database.
func (p parts) keys(ctx context.Context, do func(*product.Keys) error) error {
	c, err := p.withoutEngine()
	if err != nil {
		return err
	}
	k, err := product.OpenKeys(ctx, c)
	if err != nil {
		return err
	}
	defer k.Close()
	return do(k)
}

type keysStatusCommand struct{ parts }

func (k keysStatusCommand) Run(ctx context.Context) error {
	return k.keys(ctx, func(keys *product.Keys) error {
		s, err := keys.Status(ctx)
		if err != nil {
			return err
		}
		return printKeys(s, time.Now())
	})
}

func printKeys(s product.KeysStatus, now time.Time) error {
	fmt.Printf("suite %s, %s\n\n", s.Suite, s.Protection())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "purpose\tkey\tmade\tdays\tstate\tdata keys")
	for _, k := range s.Keys {
		made, days := "unknown", ""
		if !k.Made.IsZero() {
			made, days = k.Made.Format(time.DateOnly), fmt.Sprint(int(now.Sub(k.Made).Hours()/24))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.Purpose, k.ID, made, days, k.Says(), k.Count())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("data keys destroyed: %d\n\n", s.Destroyed)
	fmt.Fprintln(w, "process\theard of\tkeys")
	for _, p := range s.Processes {
		fmt.Fprintf(w, "%s\t%s ago\t%s\n", p.Name, now.Sub(p.Seen).Round(time.Second), s.Says(p))
	}
	return w.Flush()
}

type keysRotateCommand struct {
	parts
	Purpose string `required:"" enum:"master,payload,audit" help:"Which keys: master (wraps the data keys), payload (Temporal's payloads) or audit (signatures)."`
}

func (k keysRotateCommand) Run(ctx context.Context) error {
	return k.keys(ctx, func(keys *product.Keys) error {
		purpose, err := product.Rotatable(k.Purpose)
		if err != nil {
			return err
		}
		r, err := keys.Rotate(ctx, purpose, (&rotationLines{}).tell)
		if errors.Is(err, context.Canceled) {
			return errors.New("broken off; run it again to bring it to its end")
		}
		if err != nil {
			return err
		}
		fmt.Print(rotated(r))
		return nil
	})
}

type keysProtectCommand struct {
	parts
	Clear bool `help:"Take the key file out of the key service: it is the secret itself again."`
}

func (k keysProtectCommand) Run(ctx context.Context) error {
	if k.KMSURI == "" && !k.Clear {
		return errors.New("give --kms-uri, the key to put the key file under, or --clear")
	}
	if k.Clear {
		k.KMSURI = ""
	}
	c, err := k.withoutEngine()
	if err != nil {
		return err
	}
	if err := product.Protect(ctx, c); err != nil {
		return err
	}
	if k.Clear {
		fmt.Println("the key file is the secret itself again; start every process anew without TONGHU_KMS_URI, one after another")
		return nil
	}
	fmt.Println("the key file opens through " + k.KMSURI + " only; start every process anew with TONGHU_KMS_URI, one after another,")
	fmt.Println("then run `tonghu keys rotate --purpose master` and destroy the copies from before: they hold the old master key in clear")
	return nil
}

// rotationLines prints a rotation on its way: a line where something is new.
type rotationLines struct{ last string }

func (l *rotationLines) tell(p product.Progress) error {
	line := rotationWords[p.Phase]
	switch {
	case len(p.Waiting) > 0:
		line = "waiting until it is " + line + ": " + names(p.Waiting)
	case p.Phase == product.PhaseRewrap:
		line = fmt.Sprintf("%s: %d of %d", line, p.Done, p.Total)
	}
	if line != l.last {
		fmt.Println(line)
	}
	l.last = line
	return nil
}

var rotationWords = map[product.Phase]string{
	product.PhaseStaged:   "the new key is in the key file",
	product.PhaseKnown:    "known to every process",
	product.PhasePromoted: "the key file seals with it",
	product.PhaseUsed:     "used by every process",
	product.PhaseRetired:  "nothing is sealed under the old key any more",
	product.PhaseRewrap:   "data keys put under the new key",
	product.PhaseDone:     "done",
}

func names(processes []postgres.Process) string {
	out := make([]string, len(processes))
	for i, p := range processes {
		out[i] = p.Name
		if p.Stuck {
			out[i] += " (cannot use its key file: see its log)"
		}
	}
	return strings.Join(out, ", ")
}

func rotated(r product.Rotation) string {
	var b strings.Builder
	if r.Resumed {
		b.WriteString("an earlier rotation was brought to its end; for another one, run this again\n")
	}
	fmt.Fprintf(&b, "%s key %s seals now\n", r.Purpose, r.ID)
	if r.Purpose == vault.Master {
		fmt.Fprintf(&b, "data keys put under it: %d\n", r.Rewrapped)
	}
	if len(r.Silent) > 0 {
		fmt.Fprintf(&b, "not waited for, because nothing was heard of them: %s\n", names(r.Silent))
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(&b, "DAMAGED: no key opens the data key of %s, %s\n", d.Subject, d.Compartment)
	}
	b.WriteString("keep a copy of the key file offline, in the place of the last one\n")
	return b.String()
}
