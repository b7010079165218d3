//go:build e2e

package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/deploy/demo"
	"tonghu/story"
)

// spread is a product with each part in a process of its own, so that each can be
// taken away: PostgreSQL, the four services of Temporal, the API, the worker.
type spread struct {
	*instance
	postgres *process
	temporal map[string]*process
	worker   *process
}

var services = []string{"matching", "history", "frontend", "worker"}

// newSpread starts every part of a product.
func newSpread(t *testing.T, policy string) *spread {
	t.Helper()
	s := &spread{instance: newInstance(t, policy), temporal: map[string]*process{}}
	s.startPostgres()
	s.startTemporal(services...)
	var ports map[string]int
	until(t, readyWithin, "the services know their ports", func() bool {
		b, err := os.ReadFile(filepath.Join(s.data, "temporal-ports.json"))
		return err == nil && json.Unmarshal(b, &ports) == nil && ports["frontend"] != 0
	})
	frontend := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports["frontend"]))
	s.env = append(s.env, "TONGHU_TEMPORAL="+frontend, "TONGHU_DATABASE="+s.address("tonghu", "--role", "tonghu_engine"),
		"TONGHU_DATABASE_APP="+s.address("tonghu", "--role", "tonghu_app"), "TONGHU_DATABASE_OWNER="+s.address("tonghu", "--role", "tonghu"), "TONGHU_SECOND_FACTOR=offered")
	for _, command := range []string{"migrate", "seed"} {
		out, err := s.tonghu(command)
		require.NoError(t, err, "%s: %s", command, out)
	}
	s.main = launch(t, s.log, s.env, s.cli, "api")
	s.worker = launch(t, s.log, s.env, s.cli, "worker")
	s.awaitReady()
	s.awaitEngine()
	return s
}

func (s *spread) startPostgres() {
	s.t.Helper()
	s.postgres = launch(s.t, s.log, s.env, s.bin, "postgres")
	until(s.t, readyWithin, "PostgreSQL answers", func() bool { return s.address("tonghu") != "" })
}

// address asks for the address of a database; "" while there is none.
func (s *spread) address(args ...string) string {
	cmd := exec.CommandContext(s.t.Context(), s.bin, append([]string{"psql"}, args...)...)
	cmd.Env = append(os.Environ(), s.env...)
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func (s *spread) startTemporal(services ...string) {
	for _, name := range services {
		s.temporal[name] = launch(s.t, s.log, s.env, s.bin, "temporal", name)
	}
}

// awaitEngine waits until the API reaches the engine.
func (s *spread) awaitEngine() {
	s.t.Helper()
	until(s.t, readyWithin, "the engine answers", func() bool { return s.health().Engine })
}

// health is what /readyz says.
func (s *spread) health() (h struct {
	Status string `json:"status"`
	Engine bool   `json:"engine"`
}) {
	res, err := http.Get(s.url() + "/readyz")
	if err != nil {
		return h
	}
	defer func() { _ = res.Body.Close() }()
	_ = json.NewDecoder(res.Body).Decode(&h) // what is no answer says nothing
	return h
}

// heard is a way that remembers the last answer's headers.
type heard struct {
	mu   sync.Mutex
	last http.Header
}

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.last = res.Header
	}
	return res, err
}

func (h *heard) header(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last.Get(name)
}

// signInHeard signs somebody in whose answers' headers are looked at.
func (in *instance) signInHeard(login string) (*story.Client, *heard) {
	in.t.Helper()
	h := &heard{}
	c := story.NewClientVia(in.url(), h)
	require.NoError(in.t, c.SignIn(in.t.Context(), login, passwordOf(in.t, login)))
	return c, h
}

func passwordOf(t *testing.T, login string) string {
	t.Helper()
	everybody, err := demo.People()
	require.NoError(t, err)
	for _, p := range everybody {
		if p.Login == login {
			return p.Password
		}
	}
	require.FailNow(t, "nobody", login)
	return ""
}
