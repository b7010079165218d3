package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ records.Erasures = (*Store)(nil)

// putErasure destroys a file in the change that decides it: the data keys of the case
// and of those merged into it, and whatever they sealed or that leads to the child.
// What is left says that there was a case, and what was done in it when.
func (c change) putErasure(ctx context.Context) error {
	i := slices.IndexFunc(c.t.Events, func(e cases.Event) bool { return e.Type == cases.EventErased })
	if i < 0 {
		return nil
	}
	e := c.t.Events[i]
	of := []uuid.UUID{c.id}
	if e.Step != againStep { // the list says what was decided and names those merged into it, and a backup may be older than the merge
		err := c.neededBeside(ctx)
		if err != nil {
			return err
		}
		if of, err = c.q.PartsOf(ctx, c.id); err != nil {
			return err
		}
	}
	keys, err := c.store.destroy(ctx, c.tx, of)
	if err != nil {
		return err
	}
	*c.destroyed = append(*c.destroyed, keys...)
	if e.Step == againStep {
		return nil // EraseAgain writes the certificate by the list
	}
	err = c.store.certify(ctx, c.tx, of, keys, db.InsertErasureParams{
		Decision: e.Command, DecidedIn: c.id, At: e.At, Cause: e.Reason, ByPerson: e.Actor.Person, ByPost: string(e.Actor.Post),
		Second: e.Approver.Person, SecondPost: string(e.Approver.Post),
	})
	if err != nil {
		return err
	}
	return c.store.jobs.ListErasures(ctx, c.tx)
}

// neededBeside refuses to destroy the file of a guardianship while the report that it
// was opened by is held, or the police still work on it: its papers are evidence of the
// same matter. What was merged into a case handed over its own (erasable in cases).
func (c change) neededBeside(ctx context.Context) error {
	for _, l := range c.t.State.Links {
		if l.Relation != "opened_by" {
			continue
		}
		id, err := c.present(ctx, l.Case) // it is sent word of this, and so is kept from changing
		if err != nil {
			return err
		}
		row, err := c.q.CaseState(ctx, id)
		if err != nil {
			return err
		}
		report, err := readState(row.State)
		if err != nil {
			return err
		}
		switch {
		case report.Held():
			return &otherCase{cases.Refuse(cases.CodeHold).With("cause", report.Holds[0].Cause)}
		case report.Police.Open():
			return &otherCase{cases.Refuse(cases.CodePoliceTrack)}
		}
	}
	return nil
}

// againStep is the step by which the product carries out what the erasure list says.
const againStep cases.StepName = "erase_again"

// certify writes the certificate: a row for each case, and one in its audit chain.
func (s *Store) certify(ctx context.Context, tx pgx.Tx, of []uuid.UUID, keys []vault.WrappedKey, e db.InsertErasureParams) error {
	for _, id := range of {
		e.CaseID, e.Keys = id, []string{}
		for _, k := range keys {
			if k.Subject == id.String() {
				e.Keys = append(e.Keys, k.Compartment.String()+":"+fingerprint(k))
			}
		}
		if err := later(tx).InsertErasure(ctx, e); err != nil {
			return err
		}
		r := audit.Row{
			Chain: caseChain(id.String()), At: e.At, Actor: actorID(e.ByPerson, engine), Action: "erase", Object: e.Decision,
			Detail: []string{"cause:" + e.Cause, "by:" + e.ByPost, "second:" + e.Second, "second:" + e.SecondPost},
		}
		for _, k := range e.Keys {
			r.Detail = append(r.Detail, "key:"+k)
		}
		if err := s.writeAudit(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// fingerprint names a wrapped key without telling anything of it.
func fingerprint(k vault.WrappedKey) string {
	sum := sha256.Sum256(k.Wrapped)
	return hex.EncodeToString(sum[:8])
}

// destroy empties the data keys of some cases and takes what they sealed. It gives
// the keys as they were, for the vault to forget once it is committed.
func (s *Store) destroy(ctx context.Context, tx pgx.Tx, of []uuid.UUID) ([]vault.WrappedKey, error) {
	var parts []int16
	for _, c := range vault.Compartments {
		parts = append(parts, int16(c))
	}
	subjects := make([]string, len(of))
	for i, id := range of {
		subjects[i] = id.String()
	}
	rows, err := db.New(tx).HoldKeys(ctx, subjects)
	if err != nil {
		return nil, err
	}
	var keys []vault.WrappedKey
	for _, r := range rows {
		if len(r.Wrapped) > 0 {
			keys = append(keys, vault.WrappedKey{Subject: r.Subject, Compartment: vault.Compartment(r.Compartment), Wrapped: r.Wrapped})
		}
	}
	q := later(tx)
	if err := q.DestroyKeys(ctx, subjects, parts); err != nil {
		return nil, err
	}
	for _, erase := range []func(context.Context, []uuid.UUID) error{
		q.EraseSearches, q.EraseSealed, q.EraseTokens, q.EraseDrafts, q.EraseAddresses, q.EraseMessages, q.EraseFilings, q.EraseEventFields, q.EraseFactFields, q.EraseCommandFields, q.DropRetention,
	} {
		if err := erase(ctx, of); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// refuseErased refuses what is to be kept for a case that was destroyed.
func refuseErased(ctx context.Context, q *db.Queries, to target) error {
	if to.stage != cases.Closed {
		return nil
	}
	erased, err := q.IsErased(ctx, to.id)
	if err != nil || !erased {
		return err
	}
	return cases.Refuse(cases.CodeErased)
}

// Erasure gives the certificate of a destroyed file (销毁证明) to those who see the
// case; CodeNotFound if it was not destroyed.
func (s *Store) Erasure(ctx context.Context, a records.Access, id string) (records.Erasure, error) {
	key, err := caseID(id)
	if err != nil {
		return records.Erasure{}, err
	}
	var out records.Erasure
	err = s.as(ctx, a, func(q *db.Queries) error {
		if _, err := q.VisibleCase(ctx, key); err != nil {
			return err
		}
		r, err := q.Erasure(ctx, key)
		if err != nil {
			return err
		}
		out = records.Erasure{
			Case: id, Number: r.Number, Kind: cases.Kind(r.Kind), Decision: r.Decision, DecidedIn: r.DecidedIn.String(), At: r.At.UTC(),
			Cause: r.Cause, By: cases.Actor{Person: r.ByPerson, Post: cases.Post(r.ByPost)},
			Second: cases.Actor{Person: r.Second, Post: cases.Post(r.SecondPost)}, Keys: r.Keys, ListedAt: orZero(r.ListedAt),
		}
		if out.ByName, err = q.PostTitle(ctx, out.By.Post.Unit(), string(out.By.Post.Org())); err != nil {
			return err
		}
		out.SecondName, err = q.PostTitle(ctx, out.Second.Post.Unit(), string(out.Second.Post.Org()))
		return err
	})
	if err == nil {
		err = s.Look(ctx, a, records.Look{Case: id, Action: "read:erasure"})
	}
	if err != nil {
		return records.Erasure{}, err
	}
	return out, nil
}

// Unlisted gives the decisions that are not known to stand in the erasure list.
func (s *Store) Unlisted(ctx context.Context, limit int) ([]audit.Erasure, error) {
	rows, err := db.New(s.pool).UnlistedErasures(ctx, int32(limit))
	out := make([]audit.Erasure, len(rows))
	for i, r := range rows {
		out[i] = audit.Erasure{
			Decision: r.Decision, At: r.At.UTC(), Cause: r.Cause, By: r.ByPerson, ByPost: r.ByPost, Second: r.Second, SecondPost: r.SecondPost,
		}
		for _, id := range r.Cases {
			out[i].Cases = append(out[i].Cases, id.String())
		}
	}
	return out, fault(err)
}

// MarkListed notes that decisions stand in the erasure list on disk.
func (s *Store) MarkListed(ctx context.Context, decisions ...string) error {
	now := s.now()
	return fault(db.New(s.pool).MarkListed(ctx, &now, decisions))
}

// ListAgain makes every erasure that is not among the decisions of the list one that
// is still to be listed: the file was lost, or is an older copy. It tells of how many.
func (s *Store) ListAgain(ctx context.Context, listed []audit.Erasure) (int, error) {
	decisions := make([]string, len(listed))
	for i, e := range listed {
		decisions[i] = e.Decision
	}
	n, err := db.New(s.pool).Unlist(ctx, decisions)
	return int(n), fault(err)
}

// againSpace is the name space of the commands that erase again.
var againSpace = uuid.MustParse("5b0d6f0e-2f64-5c53-8c35-0d7a1c4b9e11")

// EraseAgain carries out what the erasure list says, where a restored backup brought
// a file back; a case that is not there needs nothing. It tells of how many cases it
// destroyed. Doing it twice does it once.
func (s *Store) EraseAgain(ctx context.Context, e audit.Erasure) (int, error) {
	var ids []uuid.UUID
	for _, c := range e.Cases {
		id, err := uuid.Parse(c)
		if err != nil {
			return 0, broken("erasure list", err)
		}
		ids = append(ids, id)
	}
	readable, err := db.New(s.pool).Readable(ctx, ids)
	if err != nil {
		return 0, fault(err)
	}
	for i, r := range readable {
		if err := s.eraseAgain(ctx, r.ID, ids[0], e); err != nil {
			return i, err
		}
	}
	return len(readable), nil
}

// eraseAgain closes the case for good if it is not, and destroys its keys. A run that
// is behind adopts the State.
func (s *Store) eraseAgain(ctx context.Context, id, decidedIn uuid.UUID, e audit.Erasure) error {
	now := s.now()
	row := db.InsertErasureParams{
		Decision: e.Decision, DecidedIn: decidedIn, At: e.At, Cause: e.Cause, ByPerson: e.By, ByPost: e.ByPost,
		Second: e.Second, SecondPost: e.SecondPost, ListedAt: &now,
	}
	for range 10 {
		left, err := db.New(s.pool).Readable(ctx, []uuid.UUID{id})
		if err != nil || len(left) == 0 { // another process that starts too was first
			return fault(err)
		}
		st, rules, err := s.Load(ctx, id.String())
		if err != nil {
			return err
		}
		var gone []vault.WrappedKey
		written := true
		err = s.within(ctx, func(tx pgx.Tx) error {
			gone = nil
			if st.Erased() {
				if gone, err = s.destroy(ctx, tx, []uuid.UUID{id}); err != nil {
					return err
				}
				certified, err := db.New(tx).IsErased(ctx, id)
				if err != nil || certified && len(gone) == 0 { // done meanwhile by another process that starts too
					return err
				}
				return s.certify(ctx, tx, []uuid.UUID{id}, gone, row)
			}
			t, refusal := cases.Apply(st, rules, cases.Command{
				ID: uuid.NewSHA1(againSpace, []byte(e.Decision+"/"+id.String()+"/"+fmt.Sprint(st.Seq))).String(), Case: id.String(),
				Step: againStep, By: cases.Actor{Post: cases.SystemPost}, Base: -1, Fields: cases.Fields{"cause": e.Cause},
			}, now)
			if refusal != nil {
				return refusal
			}
			var recorded cases.Recorded
			recorded, gone, err = s.record(ctx, tx, t)
			if written = recorded.Written; err != nil || !written {
				return err
			}
			return s.certify(ctx, tx, []uuid.UUID{id}, gone, row)
		})
		if err != nil {
			return err
		}
		if written {
			s.forget(gone)
			return nil
		}
	}
	return broken("erase again", fmt.Errorf("case %s does not stand still", id))
}

// forget drops destroyed keys from this process's memory. In other processes nobody
// finds them any more: a key is used by what the database holds of it, which is
// nothing now; they leave the memory when the vault's time for them is over.
func (s *Store) forget(keys []vault.WrappedKey) {
	for _, k := range keys {
		s.vault.Forget(k)
	}
}
