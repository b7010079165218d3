package jobs

import (
	"context"

	"tonghu/cases"
)

// Engine is what jobs ask of the runs of cases. Its errors are *cases.Error:
// CodeUnavailable where nothing is known, CodeNotFound from Nudge where a case has
// no run.
type Engine interface {
	// Ensure makes a case have its one run.
	Ensure(ctx context.Context, s cases.State, r cases.Rules) error
	// Nudge tells a run that facts wait for it.
	Nudge(ctx context.Context, k cases.Kind, id string) error
	// Running tells whether a case has a run now.
	Running(ctx context.Context, k cases.Kind, id string) (bool, error)
	// Decide asks a run for a decision and waits, until ctx ends, for the outcome.
	Decide(ctx context.Context, k cases.Kind, c cases.Command) error
}

// asking is an engine whose Decide answers more than jobs need: casework's.
type asking[A any] interface {
	Ensure(ctx context.Context, s cases.State, r cases.Rules) error
	Nudge(ctx context.Context, k cases.Kind, id string) error
	Running(ctx context.Context, k cases.Kind, id string) (bool, error)
	Decide(ctx context.Context, k cases.Kind, c cases.Command) (A, error)
}

// Casework gives jobs an engine of package casework: Casework(engine).
func Casework[A any](e asking[A]) Engine { return casework[A]{e} }

type casework[A any] struct{ asking[A] }

func (c casework[A]) Decide(ctx context.Context, k cases.Kind, cmd cases.Command) error {
	_, err := c.asking.Decide(ctx, k, cmd)
	return err
}
