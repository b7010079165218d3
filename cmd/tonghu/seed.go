package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"tonghu/product"
	"tonghu/seed"
)

type seedCommand struct {
	parts
	Cases int     `default:"0" help:"Fill in so many invented cases that were played through the engine. Run again, it goes on where it stopped."`
	Open  float64 `default:"4" help:"How many of a hundred are under way. Their workflows are not started here: a running instance finds and starts them by and by (20 a second), or 'rebuild' does it at once; with 0 all are closed, and none is needed."`
	Days  int     `default:"400" help:"How long ago the first began."`
	Seed  uint64  `name:"random-seed" default:"1" help:"The same number makes the same cases."`
	Batch int     `default:"500" help:"How many are written in one transaction."`
	Yes   bool    `help:"Fill also where there are people who are not of the demonstration."`
}

// Run seeds the county, then the cases.
func (s seedCommand) Run(ctx context.Context) error {
	return s.with(ctx, func(p *product.Product) error {
		if s.Cases == 0 {
			return p.Seed(ctx)
		}
		if s.Cases < 0 || s.Batch < 1 || s.Days < 1 || s.Open < 0 || s.Open > 100 {
			return errors.New("--cases, --batch and --days are to be positive, --open is of a hundred")
		}
		debug.SetGCPercent(400) // it makes much that is thrown away at once
		began, told := time.Now(), time.Time{}
		f := seed.Filling{Cases: s.Cases, Open: s.Open, Over: time.Duration(s.Days) * 24 * time.Hour, Seed: s.Seed, Now: began, Batch: s.Batch}
		f.Progress = func(done, written int) {
			if took := time.Since(began); time.Since(told) > 2*time.Second || done == s.Cases {
				told = time.Now()
				left := time.Duration(float64(took) / float64(done) * float64(s.Cases-done)).Round(time.Second)
				fmt.Fprintf(os.Stderr, "%d of %d cases, %d of them new, %s, about %s left\n", done, s.Cases, written, took.Round(time.Second), left)
			}
		}
		return p.SeedCases(ctx, f, s.Yes)
	})
}
