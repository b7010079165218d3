package worker

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestOptions(t *testing.T) {
	t.Parallel()

	t.Run("Standalone", func(t *testing.T) {
		t.Parallel()
		o := options(Options{})
		require.False(t, o.DeploymentOptions.UseVersioning)
		require.Equal(t, worker.BlockWorkflow, o.WorkflowPanicPolicy)
		host, err := os.Hostname()
		require.NoError(t, err)
		require.NotContains(t, o.Identity, host)
		require.NotEqual(t, o.Identity, options(Options{}).Identity)
	})

	t.Run("Deployed", func(t *testing.T) {
		t.Parallel()
		o := options(Options{Build: "b1", Identity: "w"})
		require.True(t, o.DeploymentOptions.UseVersioning)
		require.Equal(t, "b1", o.DeploymentOptions.Version.BuildID)
		require.Equal(t, workflow.VersioningBehaviorAutoUpgrade, o.DeploymentOptions.DefaultVersioningBehavior)
		require.Equal(t, "w", o.Identity)
	})
}

func TestLogger(t *testing.T) {
	t.Parallel()
	core, seen := observer.New(zapcore.WarnLevel)
	l := Logger(zap.New(core))
	l.Info("not this")
	l.Error("this", "Case", "c1")
	require.Equal(t, 1, seen.Len())
	require.Equal(t, "this", seen.All()[0].Message)
	require.Equal(t, map[string]any{"Case": "c1"}, seen.All()[0].ContextMap())
}
