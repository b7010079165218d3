// Package cases is the domain of Tonghu (童护): what a case is, which stages it
// passes, which steps move it, what is owed by when, and who learns of it when
// nobody acts. It is the specification in code.
//
// Read in this order: kind.go (kinds, phases, stages), step.go (what a step is),
// report.go and guardianship.go (the step tables), obligation.go and ladder.go
// (what is due and how an alert climbs), act.go (how a command, a fact or the
// passing of time changes a case).
//
// The package is pure: it imports only the standard library, never reads the
// clock, never does I/O and never draws random numbers, so that a Temporal
// workflow can replay it and a test can drive it through a year in a millisecond.
// Times are UTC inside; every rule of the calendar counts in Zone.
package cases
