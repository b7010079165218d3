package product

import (
	"context"
	"errors"
	"os"
	"slices"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/jobs"
	"tonghu/records"
)

// LoadPolicy reads an embedded policy by its name, or a YAML file by its path.
func LoadPolicy(name string) (cases.Rules, error) {
	if slices.Contains(policy.Names(), name) {
		return policy.Load(name)
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return cases.Rules{}, err
	}
	return policy.Parse(name, src)
}

// calendars takes working calendars in for the API.
type calendars struct {
	p     *Product
	queue *jobs.Queue
}

// ImportCalendar joins a year's table to the present calendar, makes the result
// the one that new cases start with, and has every open case counted anew. Doing
// it twice with the same table changes nothing, so that the key is not looked at.
func (c calendars) ImportCalendar(ctx context.Context, _ records.Once, _ records.Access, table cases.Calendar) (api.ImportedCalendar, error) {
	return c.p.importCalendar(ctx, c.queue, table)
}

func (p *Product) importCalendar(ctx context.Context, queue *jobs.Queue, table cases.Calendar) (api.ImportedCalendar, error) {
	present, err := p.store.CurrentRules(ctx)
	if err != nil {
		return api.ImportedCalendar{}, err
	}
	joined, err := policy.Join(present.Calendar, table)
	if err != nil {
		refusal := cases.Refuse(cases.CodeField, cases.FieldError{Field: "calendar", Reason: "range", Want: err.Error()})
		refusal.Err = err
		return api.ImportedCalendar{}, refusal
	}
	if err := p.store.PutRules(ctx, policy.WithCalendar(present, joined)); err != nil {
		return api.ImportedCalendar{}, err
	}
	counts, err := p.store.Counts(ctx)
	if err != nil {
		return api.ImportedCalendar{}, err
	}
	if err := queue.Recalculate(ctx); err != nil {
		return api.ImportedCalendar{}, err
	}
	return api.ImportedCalendar{Version: joined.Version, To: joined.To, Cases: counts.OpenCases}, nil
}

// ImportCalendar is the same from the command line.
func (p *Product) ImportCalendar(ctx context.Context, file string) (api.ImportedCalendar, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return api.ImportedCalendar{}, err
	}
	table, err := policy.ParseCalendar(file, src)
	if err != nil {
		return api.ImportedCalendar{}, err
	}
	queue, err := jobs.NewQueue(p.store.Pool())
	if err != nil {
		return api.ImportedCalendar{}, err
	}
	return p.importCalendar(ctx, queue, table)
}

func notFound(err error) bool {
	var e *cases.Error
	return errors.As(err, &e) && e.Code == cases.CodeNotFound
}
