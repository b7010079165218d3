package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Opening is an emergency reading that is in force: what it lets its reader read.
type Opening struct {
	ID           string
	Compartments []cases.Compartment
	Until        time.Time
}

// BreakGlass asks to read what is sealed at once, to be reviewed after.
type BreakGlass struct {
	ID           string // given by the product, a UUID
	Case         string
	Post         cases.Post // in which of the asker's posts
	Compartments []cases.Compartment
	Grounds      string // one of cases.GlassReasons
	Reason       string // in words, sealed
}

// Glass is an emergency reading (紧急调阅): ids, enums and times.
type Glass struct {
	ID           string
	Case         string
	Number       string // of the case; "" for those who do not see it
	Reader       cases.Actor
	Compartments []cases.Compartment
	Grounds      string
	Began        time.Time
	Until        time.Time
	// Approver agreed before. Without one there is a review: who owes or made it, by
	// when, and what it said.
	Approver   cases.Actor
	Reviewer   cases.Actor
	ReviewDue  time.Time
	ReviewedAt time.Time
	Verdict    string
	// Reason is in words, for who is to judge it.
	Reason string
}

// Reading tells whether the reading is in force at a time.
func (g Glass) Reading(at time.Time) bool { return g.ReviewedAt.IsZero() && at.Before(g.Until) }

// GlassFilter narrows a list of emergency readings.
type GlassFilter struct {
	Case string
	Open bool // reviews that nobody has made yet
}

// Glasses keeps emergency readings.
type Glasses interface {
	// BreakGlass opens compartments to the asker for a short time: reading, fact,
	// audit row and the notice to who reviews it are committed together. CodeSecond
	// where the asker needs a second person before.
	BreakGlass(ctx context.Context, once Once, a Access, b BreakGlass) (Glass, error)
	// ListGlasses gives those that the asker may look through, the newest first.
	ListGlasses(ctx context.Context, a Access, f GlassFilter, after Cursor, limit int) ([]Glass, Cursor, error)
}
