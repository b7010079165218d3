package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
)

// dataKey gives the data key of a subject's compartment, making it on first use.
func (s *Store) dataKey(ctx context.Context, q *db.Queries, subject string, c vault.Compartment) (vault.WrappedKey, error) {
	key, err := s.readKey(ctx, q, subject, c)
	if !errors.Is(err, pgx.ErrNoRows) {
		return key, whole(key, err)
	}
	if key, err = s.vault.NewDataKey(subject, c); err != nil {
		return key, err
	}
	n, err := q.PutDataKey(ctx, subject, int16(c), key.Wrapped)
	if err != nil || n == 1 {
		return key, err
	}
	key, err = s.readKey(ctx, q, subject, c) // somebody else made it meanwhile
	return key, whole(key, err)
}

// whole refuses a key that was destroyed: nothing is kept for the case any more.
func whole(key vault.WrappedKey, err error) error {
	if err == nil && len(key.Wrapped) == 0 {
		return cases.Refuse(cases.CodeErased)
	}
	return err
}

// newKeys makes the data keys of a subject that has none yet.
func (s *Store) newKeys(subject string, parts ...vault.Compartment) ([]vault.WrappedKey, error) {
	var keys []vault.WrappedKey
	for _, c := range parts {
		key, err := s.vault.NewDataKey(subject, c)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// putKeys stores what newKeys made.
func (s *Store) putKeys(ctx context.Context, q *db.Queries, keys []vault.WrappedKey) error {
	var numbers []int16
	var wrapped [][]byte
	for _, k := range keys {
		numbers, wrapped = append(numbers, int16(k.Compartment)), append(wrapped, k.Wrapped)
	}
	return q.PutDataKeys(ctx, keys[0].Subject, numbers, wrapped)
}

func (s *Store) readKey(ctx context.Context, q *db.Queries, subject string, c vault.Compartment) (vault.WrappedKey, error) {
	wrapped, err := q.DataKey(ctx, subject, int16(c))
	return vault.WrappedKey{Subject: subject, Compartment: c, Wrapped: wrapped}, err
}

// defaultPart is the compartment of words that name none: those about a case in
// the 性侵 compartment are as secret as its narrative.
func defaultPart(sexual bool) vault.Compartment {
	if sexual {
		return vault.Narrative
	}
	return vault.Ordinary
}

// fieldParts gives the compartment of each field.
type fieldParts func(field string) vault.Compartment

func everyField(c vault.Compartment) fieldParts { return func(string) vault.Compartment { return c } }

// partsOf gives the compartments of a step's fields.
func partsOf(kind cases.Kind, name cases.StepName, sexual bool) fieldParts {
	step, _ := cases.FindStep(kind, name)
	fields := step.AllFields()
	return func(field string) vault.Compartment {
		i := slices.IndexFunc(fields, func(f cases.Field) bool { return f.Name == field })
		if i < 0 {
			return defaultPart(sexual)
		}
		switch fields[i].Compartment {
		case "reporter":
			return vault.Reporter
		case "narrative":
			return vault.Narrative
		case "medical":
			return vault.Medical
		case "address":
			return vault.Address
		}
		return defaultPart(sexual)
	}
}

// sealWords seals the words of a command or a fact, field by field.
func (s *Store) sealWords(ctx context.Context, tx pgx.Tx, keys *keyring, id uuid.UUID, item string, words map[string]string, parts fieldParts) error {
	for _, field := range sortedFields(words) {
		part := parts(field)
		key, err := keys.get(id.String(), part, func() (vault.WrappedKey, error) { return s.dataKey(ctx, keys.q, id.String(), part) })
		if err != nil {
			return err
		}
		if err := whole(key, nil); err != nil {
			return err
		}
		body, err := s.vault.Seal(key, wordsAt(item, field), []byte(words[field]))
		if err != nil {
			return err
		}
		if err := later(tx).InsertSealed(ctx, db.InsertSealedParams{Item: item, Field: field, CaseID: id, Compartment: int16(part), Body: body}); err != nil {
			return err
		}
	}
	return nil
}

func wordsAt(item, field string) vault.AAD {
	return vault.AAD{Table: "sealed", Field: field, Row: item}
}

func sortedFields(words map[string]string) []string {
	out := make([]string, 0, len(words))
	for field := range words {
		out = append(out, field)
	}
	slices.Sort(out)
	return out
}

// openWords gives the words of commands and facts, by item and field, as far as
// may lets them be read.
func (s *Store) openWords(ctx context.Context, q *db.Queries, items []string, may func(item string, c vault.Compartment) bool) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	if len(items) == 0 {
		return out, nil
	}
	rows, err := q.SealedOf(ctx, items)
	if err != nil {
		return nil, err
	}
	keys := keyring{store: s, q: q}
	for _, r := range rows {
		if !may(r.Item, vault.Compartment(r.Compartment)) {
			continue
		}
		text, err := keys.open(ctx, r.CaseID.String(), vault.Compartment(r.Compartment), wordsAt(r.Item, r.Field), r.Body)
		if errors.Is(err, vault.ErrNoKey) {
			continue // erased
		}
		if err != nil {
			return nil, err
		}
		if out[r.Item] == nil {
			out[r.Item] = map[string]string{}
		}
		out[r.Item][r.Field] = string(text)
	}
	return out, nil
}

// keyring reads each data key once.
type keyring struct {
	store *Store
	q     *db.Queries
	keys  map[string]vault.WrappedKey
}

// know puts in the keys of a subject that were read together with it.
func (k *keyring) know(subject string, parts []int16, wrapped [][]byte) {
	for i, c := range parts {
		_, _ = k.get(subject, vault.Compartment(c), func() (vault.WrappedKey, error) {
			return vault.WrappedKey{Subject: subject, Compartment: vault.Compartment(c), Wrapped: wrapped[i]}, nil
		})
	}
}

// get gives a key, found by find the first time.
func (k *keyring) get(subject string, c vault.Compartment, find func() (vault.WrappedKey, error)) (vault.WrappedKey, error) {
	name := subject + "/" + c.String()
	if key, ok := k.keys[name]; ok {
		return key, nil
	}
	key, err := find()
	if err != nil {
		return key, err
	}
	if k.keys == nil {
		k.keys = map[string]vault.WrappedKey{}
	}
	k.keys[name] = key
	return key, nil
}

func (k *keyring) open(ctx context.Context, subject string, c vault.Compartment, at vault.AAD, body []byte) ([]byte, error) {
	key, err := k.get(subject, c, func() (vault.WrappedKey, error) { return k.store.readKey(ctx, k.q, subject, c) })
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, vault.ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	return k.store.vault.Unseal(key, at, body)
}

// written is whose the words of a command or fact are, and which task they are about.
type written struct {
	by   string
	task int
}

// readerOf lets a person read their own words, those that they are asked to judge and
// those about a task that is their post's, and the rest as far as their posts reach.
func (s *Store) readerOf(a records.Access, st cases.State, items map[string]written) func(string, vault.Compartment) bool {
	return func(item string, c vault.Compartment) bool {
		w := items[item]
		if a.Person != "" && w.by == a.Person || s.mayReadWords(a, c, st) {
			return true
		}
		return c != vault.Reporter && (judges(a, st, item) || tasked(a, st, w.task))
	}
}

// tasked tells whether somebody holds the post that a task was given to: it cannot be
// done without its words, nor mended without why it was sent back.
func tasked(a records.Access, st cases.State, task int) bool {
	t, ok := st.Task(task)
	return ok && a.Holds(t.Post) && st.Sees(t.Post)
}

// mayReadWords tells whether one of the posts reads the words of a compartment now. A
// case that turned out to be one of 性侵 has words from before: they are as secret as
// those after.
func (s *Store) mayReadWords(a records.Access, c vault.Compartment, st cases.State) bool {
	if c == defaultPart(false) {
		c = defaultPart(st.Compartment)
	}
	return s.mayRead(a, cases.Compartment(c.String()), st)
}

// judges tells whether somebody is asked to agree to a step, or to review an emergency
// reading: that cannot be done without its words.
func judges(a records.Access, st cases.State, item string) bool {
	for _, key := range []string{"approval:" + item, cases.GlassReviewKey(item)} {
		if o, ok := st.Obligation(key); ok && a.Holds(o.Owner) && st.Sees(o.Owner) {
			return true
		}
	}
	return false
}
