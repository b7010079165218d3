// Package worker runs cases: it registers the workflows and what they ask of the
// world, and sets how a process takes part in the work.
package worker

import (
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"

	"tonghu/activities"
	"tonghu/workflows"
)

// Deployment is the name of the worker deployment, when versioning is on.
const Deployment = "tonghu"

// Options say how a process takes part.
type Options struct {
	// Build is the id of this build in the worker deployment. Runs then move to
	// the deployment's current build by themselves (AutoUpgrade). Empty turns
	// versioning off, as in a standalone process.
	Build string
	// Identity names the process to the server; it must hold no host and no
	// person. Empty means a random one.
	Identity string
	// Drain is how long Stop waits for tasks in hand. Zero means 30 s.
	Drain time.Duration
	// MaxPollers is the most polls that wait at once; their number follows the
	// load. Zero means 50.
	MaxPollers int
	// CachedCases is how many runs the process keeps in memory; the others are
	// replayed when something comes for them. It counts for all workers of the
	// process. Zero leaves the SDK's 10,000.
	CachedCases int
	// OnFatal is called when the worker cannot go on.
	OnFatal func(error)
}

// Worker takes part in the work of the queue of cases.
type Worker struct {
	client  client.Client
	acts    *activities.Activities
	options worker.Options
	running worker.Worker
}

// New gives a worker: Start it, and Stop it to drain.
func New(c client.Client, a *activities.Activities, o Options) *Worker {
	if o.CachedCases > 0 {
		worker.SetStickyWorkflowCacheSize(o.CachedCases)
	}
	return &Worker{client: c, acts: a, options: options(o)}
}

// Start begins to take work. After an error (the engine is out of reach, the
// namespace is not there yet) it may be called again: the SDK's own worker would
// give the first error for ever.
func (w *Worker) Start() error {
	next := worker.New(w.client, workflows.TaskQueue, w.options)
	next.RegisterWorkflowWithOptions(workflows.MandatoryReport, workflow.RegisterOptions{Name: workflows.MandatoryReportName})
	next.RegisterWorkflowWithOptions(workflows.Guardianship, workflow.RegisterOptions{Name: workflows.GuardianshipName})
	next.RegisterActivity(w.acts)
	if err := next.Start(); err != nil {
		return err
	}
	w.running = next
	return nil
}

// Stop takes no more work and waits for what is in hand. A worker that never
// started is left alone.
func (w *Worker) Stop() {
	if w.running != nil {
		w.running.Stop()
		w.running = nil
	}
}

func options(o Options) worker.Options {
	if o.Identity == "" {
		o.Identity = "worker-" + uuid.NewString()[:8]
	}
	if o.Drain == 0 {
		o.Drain = 30 * time.Second
	}
	if o.MaxPollers == 0 {
		o.MaxPollers = 50
	}
	out := worker.Options{
		Identity:          o.Identity,
		WorkerStopTimeout: o.Drain,
		OnFatalError:      o.OnFatal,
		// A run that cannot go on stands still until a person has looked: it is
		// never failed, for then its deadlines would be gone.
		WorkflowPanicPolicy: worker.BlockWorkflow,
		// With two fixed pollers an update waits up to 10 s behind 31 others.
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
			InitialNumberOfPollers: min(5, o.MaxPollers), MinimumNumberOfPollers: 2, MaximumNumberOfPollers: o.MaxPollers,
		}),
		// Every activity is a local one, so none is polled for.
		LocalActivityWorkerOnly:     true,
		DisableRegistrationAliasing: true,
	}
	if o.Build != "" {
		out.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: Deployment, BuildID: o.Build},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
	}
	return out
}

// Logger writes what the SDK logs to z. Give it to client.Options.
func Logger(z *zap.Logger) log.Logger {
	return log.NewStructuredLogger(slog.New(zapslog.NewHandler(z.Core(), zapslog.WithName("temporal"))))
}
