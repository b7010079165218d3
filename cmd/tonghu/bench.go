package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tonghu/api"
	"tonghu/product"
	"tonghu/story"
)

type benchCommand struct {
	Steps benchSteps `cmd:"" help:"A step over HTTP beside a bare Temporal Update with one local activity, by one caller, in turn."`
	Lists benchLists `cmd:"" help:"Worklists, lists of cases, cases and searches, as everybody asks for them: the time at the server, cold and warm. For a database that 'seed --cases' filled."`
	Reads benchReads `cmd:"" help:"Reading a case with decryption and audit beside the same read without, in turn."`
}

type benchSteps struct {
	parts
	URL    string `env:"TONGHU_URL" default:"http://127.0.0.1:8365" help:"The instance."`
	Rounds int    `default:"200" help:"How many of each."`
}

// Run measures both in turn, so that both see the same machine.
func (b benchSteps) Run(ctx context.Context) error {
	return b.with(ctx, func(p *product.Product) error {
		bare, stop, err := newBare(ctx, p.Client())
		if err != nil {
			return err
		}
		defer stop()
		step, file, err := b.overHTTP(ctx)
		if err != nil {
			return err
		}
		kinds := []struct {
			name string
			do   func(context.Context) error
			took []time.Duration
		}{{name: "bare Update, one local activity", do: bare}, {name: "step over HTTP", do: step}, {name: "report filed over HTTP", do: file}}
		for i := range b.Rounds + 20 {
			for _, k := range rand.Perm(len(kinds)) { //nolint:gosec // an order, not a secret
				if k == 2 && i%10 != 0 {
					continue // filings are throttled for each address
				}
				began := time.Now()
				if err := kinds[k].do(ctx); err != nil {
					return fmt.Errorf("%s: %w", kinds[k].name, err)
				}
				if i >= 20 || k == 2 { // the first are warm-up
					kinds[k].took = append(kinds[k].took, time.Since(began))
				}
			}
		}
		for _, k := range kinds {
			fmt.Printf("%-34s p50 %6.1f ms   p90 %6.1f ms   p99 %6.1f ms\n", k.name, ms(k.took, 50), ms(k.took, 90), ms(k.took, 99))
		}
		fmt.Printf("ratio of a step over HTTP to a bare Update: p50 %.2f   p90 %.2f   (%d rounds, one caller)\n",
			ms(kinds[1].took, 50)/ms(kinds[0].took, 50), ms(kinds[1].took, 90)/ms(kinds[0].took, 90), b.Rounds)
		return nil
	})
}

func ms(took []time.Duration, percent int) float64 {
	sorted := slices.Clone(took)
	slices.Sort(sorted)
	return float64(sorted[min(len(sorted)*percent/100, len(sorted)-1)].Microseconds()) / 1000
}

// newBare starts the least that Temporal can do for a decision: a run that takes
// Updates, each with one local activity that does nothing.
func newBare(ctx context.Context, c client.Client) (func(context.Context) error, func(), error) {
	const queue = "bench"
	nothing := func(context.Context) error { return nil }
	bare := func(ctx workflow.Context) error {
		err := workflow.SetUpdateHandler(ctx, "do", func(ctx workflow.Context) error {
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
			return workflow.ExecuteLocalActivity(ctx, nothing).Get(ctx, nil)
		})
		if err != nil {
			return err
		}
		workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
		return nil
	}
	w := worker.New(c, queue, worker.Options{
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}), LocalActivityWorkerOnly: true,
	})
	w.RegisterWorkflowWithOptions(bare, workflow.RegisterOptions{Name: "Bare"})
	if err := w.Start(); err != nil {
		return nil, nil, err
	}
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "bench/" + uuid.NewString(), TaskQueue: queue, WorkflowExecutionTimeout: time.Hour}, "Bare")
	if err != nil {
		w.Stop()
		return nil, nil, err
	}
	do := func(ctx context.Context) error {
		h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: run.GetID(), UpdateName: "do", UpdateID: uuid.NewString(), WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return err
		}
		return h.Get(ctx, nil)
	}
	stop := func() {
		_ = c.SignalWorkflow(context.WithoutCancel(ctx), run.GetID(), "", "end", nil)
		w.Stop()
	}
	return do, stop, nil
}

// overHTTP files a report to take steps on, and gives a step and a filing.
func (b benchSteps) overHTTP(ctx context.Context) (step, file func(context.Context) error, err error) {
	as, err := story.SignInAll(ctx, b.URL, "desk1")
	if err != nil {
		return nil, nil, err
	}
	desk := as["desk1"]
	report := map[string]any{"org": "379999101000", "situations": []string{"MR09"}, "danger": "no"}
	var filed api.Filed
	if _, err := desk.Do(ctx, http.MethodPost, "/api/v1/reports", story.NewKey(), report, &filed); err != nil {
		return nil, nil, err
	}
	base, pale := int64(0), false
	step = func(ctx context.Context) error {
		pale = !pale
		colour := "yellow"
		if pale {
			colour = "blue"
		}
		s := story.Step{Base: base, Fields: map[string]any{"colour": colour, "reason": "bench"}}
		status, err := desk.Do(ctx, http.MethodPost, "/api/v1/cases/"+filed.Case+"/steps/recolour", story.NewKey(), s, nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("answered %d", status)
		}
		base++
		return err
	}
	file = func(ctx context.Context) error {
		_, err := desk.Do(ctx, http.MethodPost, "/api/v1/reports", story.NewKey(), report, nil)
		return err
	}
	return step, file, nil
}
