package product

import (
	"context"
	"errors"
	"fmt"

	"tonghu/seed"
)

// ErrNotADemo is returned where invented cases would lie among people's own.
var ErrNotADemo = errors.New("this is no demonstration: invented cases are not for it (--yes, if you are sure)")

// Seed fills an empty installation with the fictional county.
func (p *Product) Seed(ctx context.Context) error { return seed.Run(ctx, p.store) }

// SeedCases fills the demonstration with invented cases, and its county first. It refuses with ErrNotADemo where people are who are
// not of that county, unless sure.
func (p *Product) SeedCases(ctx context.Context, f seed.Filling, sure bool) error {
	known, err := seed.People()
	if err != nil {
		return err
	}
	switch n, err := p.store.Foreign(ctx, known); {
	case err != nil:
		return err
	case n > 0 && !sure:
		return fmt.Errorf("%d people are not of the demonstration: %w", n, ErrNotADemo)
	case p.config.City.City() != seed.City:
		return fmt.Errorf("the city is %s, that of the demonstration %s: %w", p.config.City, seed.City, ErrNotADemo)
	}
	if err := p.Seed(ctx); err != nil {
		return err
	}
	rules, err := p.store.CurrentRules(ctx)
	if err != nil {
		return err
	}
	if rules.Policy == "drill" { // weeks of visits would be thousands of them
		return errors.New("the policy is drill, whose deadlines are seconds: start the instance with TONGHU_POLICY=anqiu")
	}
	return seed.Fill(ctx, p.store, rules, f)
}
