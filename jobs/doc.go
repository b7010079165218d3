// Package jobs does what a commit sets off, on River in the same database: it
// starts the workflow of a case, tells a case that facts wait, delivers notices,
// sends a command again that nobody answered. What PostgreSQL has committed, jobs
// bring about, however often a process dies meanwhile.
//
// A Queue puts jobs in, in the transaction that makes them necessary. A Runner
// works them. Every job can be done twice: it looks at what is stored before it
// acts. Jobs hold ids only, and their stored errors are codes.
//
// Beside the jobs that a commit sets off, three come by themselves and at every
// start: the sweep (what has waited 30 s), the reconciler (open cases without a
// workflow, and with them the loss of the engine's whole database), and pruning.
//
// A notice goes through three jobs: resolve turns an intent (a post and an event)
// into notices to persons, holder or deputy; plan decides for one person what goes
// when and by which channel (notify.Plan); deliver hands one message to its channel
// and tries again as notify.NextTry says. Where nobody can be reached, the fact is
// committed on which the ladder climbs.
package jobs
