package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tonghu/workflows"
)

// TestGoldenHistories replays a history of every behaviour that was ever released,
// as versions.go lists them. A history that no longer replays would stop open
// cases: the change needs a version.
func TestGoldenHistories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files, "testdata/histories is empty: see its README.md")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replayer(t).ReplayWorkflowHistoryFromJSONFile(quiet{}, file))
		})
	}
}

func replayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	require.NoError(t, err)
	r.RegisterWorkflowWithOptions(workflows.MandatoryReport, workflow.RegisterOptions{Name: workflows.MandatoryReportName})
	r.RegisterWorkflowWithOptions(workflows.Guardianship, workflow.RegisterOptions{Name: workflows.GuardianshipName})
	return r
}
