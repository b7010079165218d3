package jobs

import (
	"github.com/riverqueue/river"

	"tonghu/cases"
)

// The queues. notices has its own, so that a slow channel holds up no case; what
// may take its time is done one after the other.
const (
	queueCases   = river.QueueDefault
	queueNotices = "notices"
	queueUpkeep  = "upkeep"
	queueSlow    = "slow"
)

// The arguments of jobs are ids and nothing else: they lie in clear in the
// database (DESIGN 6).

// startCase starts the workflow of a case, or finds it running.
type startCase struct {
	Case string `json:"case"`
}

func (startCase) Kind() string { return "start_case" }

// nudge tells a case that facts wait, until none does.
type nudge struct {
	Type cases.Kind `json:"type"`
	Case string     `json:"case"`
}

func (nudge) Kind() string { return "nudge" }

// decide sends a pending command to its case again. It is not retried: the sweep
// comes back to what is still pending.
type decide struct {
	Command string `json:"command"`
}

func (decide) Kind() string { return "decide" }

func (decide) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// resolve makes the notices of intents.
type resolve struct {
	Intents []int64 `json:"intents"`
}

func (resolve) Kind() string { return "resolve_notices" }

func (resolve) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueNotices} }

// plan decides how and when a person is told of what waits.
type plan struct {
	Person string `json:"person"`
}

func (plan) Kind() string { return "plan_notices" }

func (plan) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueNotices} }

// deliver hands one message to its channel.
type deliver struct {
	Delivery string `json:"delivery"`
}

func (deliver) Kind() string { return "deliver_notice" }

func (deliver) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueNotices} }

// sweep looks for what should have been done by itself and was not.
type sweep struct{}

func (sweep) Kind() string { return "sweep" }

func (sweep) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueUpkeep, MaxAttempts: 1}
}

// reconcile compares open cases with running workflows, from after a case on.
type reconcile struct {
	After string `json:"after,omitempty"`
}

func (reconcile) Kind() string { return "reconcile" }

func (reconcile) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueSlow} }

// recalculate asks open cases to count their deadlines by the present calendar,
// from after a case on.
type recalculate struct {
	After string `json:"after,omitempty"`
}

func (recalculate) Kind() string { return "recalculate" }

func (recalculate) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueSlow} }

// simulate counts past cases by a draft of the rules, some at a time.
type simulate struct {
	Simulation string `json:"simulation"`
}

func (simulate) Kind() string { return "simulate_rules" }

func (simulate) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueUpkeep} }

// listErasures writes what was destroyed to the erasure list outside the database.
type listErasures struct{}

func (listErasures) Kind() string { return "list_erasures" }

func (listErasures) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueUpkeep} }

// prune forgets what is kept for a time only.
type prune struct{}

func (prune) Kind() string { return "prune" }

func (prune) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queueUpkeep} }
