package temporald_test

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap/zaptest"

	"tonghu/deploy/standalone/temporald"
	"tonghu/pgcluster"
)

const queue = "count"

// count adds up what its updates bring.
func count(ctx workflow.Context) error {
	sum := 0
	err := workflow.SetUpdateHandler(ctx, "add", func(_ workflow.Context, n int) (int, error) {
		sum += n
		return sum, nil
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return sum >= 100 })
}

// folder is a data folder that the cluster's user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tonghu-temporald-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func startPostgres(t *testing.T, dir string) *pgcluster.Cluster {
	t.Helper()
	pg, err := pgcluster.Start(t.Context(), pgcluster.Options{DataDir: dir, Throwaway: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pg.Stop(context.Background())) })
	return pg
}

func start(t *testing.T, dir string, pg *pgcluster.Cluster, services ...string) *temporald.Server {
	t.Helper()
	server, err := temporald.Start(t.Context(), temporald.Config{DataDir: dir, Postgres: pg, Services: services, Log: zaptest.NewLogger(t)})
	require.NoError(t, err)
	return server
}

// work dials a server and runs a worker on it until the test ends or stop is called.
func work(t *testing.T, server *temporald.Server) (c client.Client, stop func()) {
	t.Helper()
	c, err := server.Dial(t.Context(), client.Options{})
	require.NoError(t, err)
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(count)
	require.NoError(t, w.Start())
	return c, func() {
		w.Stop()
		c.Close()
	}
}

func add(t *testing.T, c client.Client, n int) (sum int) {
	t.Helper()
	handle, err := c.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: "count/1", UpdateName: "add", Args: []any{n}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	require.NoError(t, handle.Get(t.Context(), &sum))
	return sum
}

func TestWorkflowOutlivesTheServer(t *testing.T) {
	dir := folder(t)
	pg := startPostgres(t, dir)
	server := start(t, dir, pg)
	address := server.HostPort()
	host, _, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)
	c, stop := work(t, server)
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "count/1", TaskQueue: queue}, count)
	require.NoError(t, err)
	require.Equal(t, 40, add(t, c, 40))
	stop()
	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, pg.Stop(t.Context()))

	server = start(t, dir, startPostgres(t, dir))
	require.Equal(t, address, server.HostPort(), "the ports are remembered")
	c, stop = work(t, server)
	described, err := c.DescribeWorkflowExecution(t.Context(), "count/1", "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
	require.Equal(t, 100, add(t, c, 60), "the workflow goes on where it stood")
	require.NoError(t, c.GetWorkflow(t.Context(), "count/1", "").Get(t.Context(), nil))
	stop()
	require.NoError(t, server.Stop(t.Context()))
}

func TestServicesApartFindEachOther(t *testing.T) {
	dir := folder(t)
	pg := startPostgres(t, dir)
	servers := map[string]*temporald.Server{}
	for _, service := range []string{"frontend", "worker", "history", "matching"} {
		servers[service] = start(t, dir, pg, service)
	}
	c, stop := work(t, servers["worker"])
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "count/1", TaskQueue: queue}, count)
	require.NoError(t, err)
	require.Equal(t, 40, add(t, c, 40))

	require.NoError(t, servers["history"].Stop(t.Context()))
	servers["history"] = start(t, dir, pg, "history")
	require.Equal(t, 100, add(t, c, 60), "one service is replaced while the others go on")
	stop()
	for _, service := range []string{"worker", "frontend", "history", "matching"} {
		require.NoError(t, servers[service].Stop(t.Context()))
	}
}

func TestUnknownServiceIsRefused(t *testing.T) {
	_, err := temporald.Start(t.Context(), temporald.Config{DataDir: t.TempDir(), Services: []string{"gateway"}})
	require.ErrorContains(t, err, "gateway")
}
