package enginetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"tonghu/cases"
)

// book keeps cases in memory: a ledger for the engine without the product's
// database, which can be made to fail.
type book struct {
	mu       sync.Mutex
	states   map[string]cases.State
	rules    cases.Rules
	facts    map[string][]cases.Fact
	commands map[string]cases.Result
	events   map[string][]cases.Event
	away     bool // the database is out of reach
	lose     int  // how many commits' answers get lost
}

var errAway = errors.New("the database is away")

func newBook(r cases.Rules) *book {
	return &book{
		states: map[string]cases.State{}, rules: r, facts: map[string][]cases.Fact{},
		commands: map[string]cases.Result{}, events: map[string][]cases.Event{},
	}
}

func (b *book) Load(_ context.Context, id string) (cases.State, cases.Rules, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.states[id]
	if !ok {
		return s, cases.Rules{}, cases.Refuse(cases.CodeNotFound)
	}
	return s, b.rules, nil
}

func (b *book) Outcome(_ context.Context, command string) (cases.Result, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.commands[command]
	return r, ok, nil
}

func (b *book) Unapplied(_ context.Context, id string, limit int) ([]cases.Fact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errAway
	}
	return slices.Clone(b.facts[id][:min(limit, len(b.facts[id]))]), nil
}

func (b *book) Record(_ context.Context, t cases.Transition) (cases.Recorded, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return cases.Recorded{}, errAway
	}
	id := t.State.ID
	stored := b.states[id]
	if t.Result != nil {
		if r, ok := b.commands[t.Result.Command]; ok {
			return cases.Recorded{State: &stored, Result: &r}, nil
		}
	}
	if stored.Seq > t.Base {
		return cases.Recorded{State: &stored}, nil
	}
	if stored.Seq < t.Base {
		return cases.Recorded{}, cases.Refuse(cases.CodeInternal)
	}
	b.states[id] = t.State
	b.events[id] = append(b.events[id], t.Events...)
	b.facts[id] = slices.DeleteFunc(b.facts[id], func(f cases.Fact) bool { return slices.Contains(t.Facts, f.ID) })
	if t.Result != nil {
		b.commands[t.Result.Command] = *t.Result
	}
	if b.lose > 0 {
		b.lose--
		return cases.Recorded{}, errAway
	}
	return cases.Recorded{Written: true, Result: t.Result}, nil
}

func (b *book) do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *book) state(id string) cases.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.states[id]
}

// steps counts how often a command's step was taken.
func (b *book) steps(id, command string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, e := range b.events[id] {
		if e.Type == cases.EventStep && e.Command == command {
			n++
		}
	}
	return n
}

func (b *book) rungs(id, key string) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []int
	for _, e := range b.events[id] {
		if e.Type == cases.EventRung && e.Key == key {
			out = append(out, e.Rung)
		}
	}
	return out
}
