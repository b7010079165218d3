package workflows_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// book is a Ledger in memory: a true compare-and-swap store that can be made to
// fail, to be ahead, and to lose the answer after a commit.
type book struct {
	mu       sync.Mutex
	state    cases.State
	rules    cases.Rules
	facts    []cases.Fact // not applied yet
	commands map[string]cases.Result
	events   []cases.Event
	log      []string // what was asked, in order

	// fail is called before a Record; its error is the answer.
	fail func(cases.Transition) error
	// refuse is why the ledger cannot record a command, nil if it can.
	refuse func(cases.Transition) *cases.Error
	// lose makes the next commit's answer get lost.
	lose bool
}

var errAway = errors.New("the database is away")

func newBook(s cases.State, r cases.Rules) *book {
	return &book{state: s, rules: r, commands: map[string]cases.Result{}}
}

func (b *book) Load(_ context.Context, id string) (cases.State, cases.Rules, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, "load")
	if id != b.state.ID {
		return cases.State{}, cases.Rules{}, cases.Refuse(cases.CodeNotFound)
	}
	return b.state, b.rules, nil
}

func (b *book) Unapplied(_ context.Context, _ string, limit int) ([]cases.Fact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, "facts")
	return slices.Clone(b.facts[:min(limit, len(b.facts))]), nil
}

func (b *book) Record(_ context.Context, t cases.Transition) (cases.Recorded, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, "record")
	if b.fail != nil {
		if err := b.fail(t); err != nil {
			return cases.Recorded{}, err
		}
	}
	if b.refuse != nil {
		if why := b.refuse(t); why != nil {
			return cases.Recorded{Refused: why}, nil
		}
	}
	answer, err := b.write(t)
	if err == nil && answer.Written && b.lose {
		b.lose = false
		return cases.Recorded{}, errAway
	}
	return answer, err
}

func (b *book) write(t cases.Transition) (cases.Recorded, error) {
	stored := b.state
	if t.Result != nil {
		if r, ok := b.commands[t.Result.Command]; ok {
			return cases.Recorded{State: &stored, Result: &r}, nil
		}
	}
	if b.state.Seq > t.Base {
		return cases.Recorded{State: &stored}, nil
	}
	if b.state.Seq < t.Base {
		return cases.Recorded{}, cases.Refuse(cases.CodeInternal)
	}
	b.state = t.State
	b.events = append(b.events, t.Events...)
	b.facts = slices.DeleteFunc(b.facts, func(f cases.Fact) bool { return slices.Contains(t.Facts, f.ID) })
	if t.Result != nil {
		b.commands[t.Result.Command] = *t.Result
	}
	return cases.Recorded{Written: true, Result: t.Result}, nil
}

// commit writes a change behind the run's back.
func (b *book) commit(t *testing.T, change cases.Transition, refused *cases.Error) {
	t.Helper()
	require.Nil(t, refused)
	b.mu.Lock()
	defer b.mu.Unlock()
	answer, err := b.write(change)
	require.NoError(t, err)
	require.True(t, answer.Written)
}

func (b *book) add(facts ...cases.Fact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.facts = append(b.facts, facts...)
}

func (b *book) stored() cases.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

func (b *book) asked(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, l := range b.log {
		if l == what {
			n++
		}
	}
	return n
}

// rungs gives the rungs that fired, as "key#occurrence.epoch/rung".
func (b *book) rungs(key string) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []int
	for _, e := range b.events {
		if e.Type == cases.EventRung && e.Key == key {
			out = append(out, e.Rung)
		}
	}
	return out
}

// same compares States as they are stored.
func same(t *testing.T, want, got cases.State) {
	t.Helper()
	w, err := json.Marshal(want)
	require.NoError(t, err)
	g, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, string(w), string(g))
}
