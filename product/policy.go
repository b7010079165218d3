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
func (c calendars) ImportCalendar(ctx context.Context, _ records.Once, a records.Access, table cases.Calendar) (api.ImportedCalendar, error) {
	return c.p.importCalendar(ctx, c.queue, a, table)
}

// PreviewCalendar tells what importing a table would change, and changes nothing.
func (c calendars) PreviewCalendar(ctx context.Context, table cases.Calendar) (api.PreviewedCalendar, error) {
	present, err := c.p.store.CurrentRules(ctx)
	if err != nil {
		return api.PreviewedCalendar{}, err
	}
	joined, err := join(present.Calendar, table)
	if err != nil {
		return api.PreviewedCalendar{}, err
	}
	counts, err := c.p.store.Counts(ctx)
	if err != nil {
		return api.PreviewedCalendar{}, err
	}
	stand, moves, err := c.p.store.Unpublished(ctx, joined, mostPreviewed)
	if err != nil {
		return api.PreviewedCalendar{}, err
	}
	return api.PreviewedCalendar{Present: present.Calendar, Joined: joined, Cases: counts.OpenCases, Provisional: counts.Provisional, Remaining: stand, Moves: moves}, nil
}

// mostPreviewed is how many provisional deadlines a preview counts anew.
const mostPreviewed = 5000

func join(present, table cases.Calendar) (cases.Calendar, error) {
	joined, err := policy.Join(present, table)
	if err != nil {
		refusal := cases.Refuse(cases.CodeField, cases.FieldError{Field: "calendar", Reason: "gap", Want: table.From + " – " + table.To})
		refusal.Err = err
		return joined, refusal
	}
	return joined, nil
}

func (p *Product) importCalendar(ctx context.Context, queue *jobs.Queue, a records.Access, table cases.Calendar) (api.ImportedCalendar, error) {
	joined, err := p.store.ImportCalendar(ctx, a, table, func(present cases.Calendar) (cases.Calendar, error) { return join(present, table) })
	if err != nil {
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
	return p.importCalendar(ctx, queue, records.Access{}, table)
}

func notFound(err error) bool {
	var e *cases.Error
	return errors.As(err, &e) && e.Code == cases.CodeNotFound
}
