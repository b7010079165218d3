package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
)

// CurrentRules gives the rules that new cases start with; CodeNotFound before
// PutRules has set any.
func (s *Store) CurrentRules(ctx context.Context) (cases.Rules, error) {
	body, err := db.New(s.pool).CurrentRules(ctx)
	if err != nil {
		return cases.Rules{}, fault(err)
	}
	return readRules(body)
}

// PutRules keeps rules and makes them those that new cases start with. Open cases
// go on by theirs.
func (s *Store) PutRules(ctx context.Context, r cases.Rules) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		hash, err := s.keepRules(ctx, q, r)
		if err != nil {
			return err
		}
		if err := q.UnsetCurrentRules(ctx, hash); err != nil {
			return err
		}
		return q.SetCurrentRules(ctx, hash)
	})
}

// keepRules keeps rules under their hash.
func (s *Store) keepRules(ctx context.Context, q *db.Queries, r cases.Rules) (string, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	hash := r.Hash()
	return hash, q.PutRules(ctx, db.PutRulesParams{Hash: hash, Policy: r.Policy, Version: r.Version, Body: body, Stored: s.now()})
}

// rulesOf gives the rules of a hash.
func (s *Store) rulesOf(ctx context.Context, q *db.Queries, hash string) (cases.Rules, error) {
	if r, ok := s.rules.Load(hash); ok {
		return r.(cases.Rules), nil
	}
	body, err := q.RulesByHash(ctx, hash)
	if err != nil {
		return cases.Rules{}, err
	}
	r, err := readRules(body)
	if err != nil {
		return cases.Rules{}, err
	}
	if r.Hash() != hash {
		return cases.Rules{}, &cases.Error{Code: cases.CodeInternal, Err: fmt.Errorf("rules %s do not have their hash", hash)}
	}
	s.rules.Store(hash, r)
	return r, nil
}

func readRules(body []byte) (cases.Rules, error) {
	var r cases.Rules
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("postgres: rules: %w", err)
	}
	return r, nil
}
