// Package casework is the one user of the Temporal client: it starts the runs of
// cases, asks them for decisions, nudges them, and looks at them. Whatever goes
// wrong comes back as a *cases.Error.
package casework

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"tonghu/cases"
	"tonghu/workflows"
)

// Answer is what became of a decision and where the case stands after it.
type Answer = workflows.DecideAnswer

// Book is what PostgreSQL knows of cases and commands.
type Book interface {
	// Load gives a case as it is stored, with its rules. A case that does not
	// exist is a *cases.Error with CodeNotFound.
	Load(ctx context.Context, id string) (cases.State, cases.Rules, error)
	// Outcome gives the recorded outcome of a command; false if none is recorded.
	Outcome(ctx context.Context, command string) (cases.Result, bool, error)
}

// Engine asks the runs of cases. Every method may be called from many goroutines.
type Engine struct {
	client client.Client
	book   Book
	now    func() time.Time
}

// New gives an engine over a client whose data converter seals what it sends.
func New(c client.Client, b Book) *Engine {
	return &Engine{client: c, book: b, now: time.Now}
}

// Ensure makes a case have its one run. One that runs already is left alone. For a
// closed case the run takes in the facts that wait for it, and ends.
func (e *Engine) Ensure(ctx context.Context, s cases.State, r cases.Rules) error {
	_, err := e.client.ExecuteWorkflow(ctx, startOptions(s), workflows.Name(s.Kind), workflows.Run{State: s, Rules: r})
	if err != nil {
		return failure(err)
	}
	return nil
}

func startOptions(s cases.State) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                       workflows.ID(s.Kind, s.ID),
		TaskQueue:                workflows.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}
}

// Nudge tells a run that there are facts for it, or that it is behind. A case
// without a run is CodeNotFound: Ensure it.
func (e *Engine) Nudge(ctx context.Context, k cases.Kind, id string) error {
	if err := e.client.SignalWorkflow(ctx, workflows.ID(k, id), "", workflows.Nudge, nil); err != nil {
		return failure(err)
	}
	return nil
}

// State gives the State that a run has.
func (e *Engine) State(ctx context.Context, k cases.Kind, id string) (cases.State, error) {
	var s cases.State
	v, err := e.client.QueryWorkflow(ctx, workflows.ID(k, id), "", workflows.StateQuery)
	if err != nil {
		return s, failure(err)
	}
	if err := v.Get(&s); err != nil {
		return s, &cases.Error{Code: cases.CodeInternal, Err: err}
	}
	return s, nil
}

// Running tells whether a case has a run now.
func (e *Engine) Running(ctx context.Context, k cases.Kind, id string) (bool, error) {
	d, err := e.client.DescribeWorkflowExecution(ctx, workflows.ID(k, id), "")
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, failure(err)
	}
	return d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// Check tells whether the engine can be reached.
func (e *Engine) Check(ctx context.Context) error {
	if _, err := e.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return failure(err)
	}
	return nil
}

// Worker is a process that asked the engine for work in the last minutes.
type Worker struct {
	Name  string    `json:"name"`
	Seen  time.Time `json:"seen" doc:"when it last asked"`
	Build string    `json:"build,omitempty" doc:"of the worker deployment; absent where versions are off"`
}

// Workers lists who asks the engine for work on cases, by name.
func (e *Engine) Workers(ctx context.Context) ([]Worker, error) {
	d, err := e.client.DescribeTaskQueue(ctx, workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return nil, failure(err)
	}
	var out []Worker
	for _, p := range d.GetPollers() {
		out = append(out, Worker{Name: p.GetIdentity(), Seen: p.GetLastAccessTime().AsTime(), Build: p.GetDeploymentOptions().GetBuildId()})
	}
	slices.SortFunc(out, func(a, b Worker) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// EnsureNamespace makes the namespace exist, keeping closed runs for a time, and
// waits until the server knows it: its cache is some seconds behind its store.
func (e *Engine) EnsureNamespace(ctx context.Context, name string, retention time.Duration) error {
	_, err := e.client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        name,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return failure(err)
	}
	for {
		_, err := e.client.WorkflowService().DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
			Namespace: name, Execution: &commonpb.WorkflowExecution{WorkflowId: "none"},
		})
		var unknown *serviceerror.NamespaceNotFound
		switch {
		case err == nil, missing(err):
			return nil
		case !errors.As(err, &unknown):
			return failure(err)
		}
		select {
		case <-ctx.Done():
			return failure(ctx.Err())
		case <-time.After(firstWait):
		}
	}
}
