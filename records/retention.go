package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Retention is how long the file of a closed case is kept.
type Retention struct {
	Rule       string    // row of the retention schedule, "" while it is not filed away or where no row names it
	AppraiseAt time.Time // when it is to be appraised; zero is never
}

// Erasure is the certificate of a destroyed file (销毁证明).
type Erasure struct {
	Case   string
	Number string
	Kind   cases.Kind
	// Decision is the command that two persons decided on, in the case DecidedIn:
	// this one, or the one that this one was merged into.
	Decision   string
	DecidedIn  string
	At         time.Time
	Cause      string
	By, Second cases.Actor
	// ByName and SecondName are where their posts are.
	ByName, SecondName string
	// Keys are the data keys that were destroyed: compartment and fingerprint.
	Keys []string
	// ListedAt is since when the decision stands in the erasure list outside the
	// database; zero if it is still to be written.
	ListedAt time.Time
}

// Erasures reads certificates.
type Erasures interface {
	// Erasure gives a case's certificate; CodeNotFound if it was not destroyed.
	Erasure(ctx context.Context, a Access, caseID string) (Erasure, error)
}
