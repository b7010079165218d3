// Package workflows is what Temporal replays: one loop that carries a case. The
// loop decides nothing. Package cases says what a command, a fact or the passing
// of time makes of a case; the ledger says what was written; a run only waits,
// asks and carries the answer.
//
// A run's State is a cache of the ledger's and becomes only what Record answers.
package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// MandatoryReport is the life of a mandatory report (强制报告), from the run's
// State to its closing.
func MandatoryReport(ctx workflow.Context, r Run) error {
	return begin(ctx, r).run(ctx, MandatoryReportName)
}

// Guardianship is the life of a temporary guardianship (临时监护), from the run's
// State to its closing.
func Guardianship(ctx workflow.Context, r Run) error {
	return begin(ctx, r).run(ctx, GuardianshipName)
}
