package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tonghu/cases"
	"tonghu/casework"
	"tonghu/records"
)

const checkWait = 2 * time.Second

// Counts is the state of the house: most of it should be nothing.
type Counts struct {
	records.Counts
	OldestFactSeconds float64 `json:"oldest_fact_seconds" doc:"age of the oldest fact that is not taken in"`
	Engine            bool    `json:"engine" doc:"the engine can be reached"`

	OldestJobSeconds float64           `json:"oldest_job_seconds" doc:"how long the oldest due job waits"`
	LatenessSeconds  float64           `json:"lateness_seconds" doc:"how late the latest reminder of the last day went out; those that are not urgent may be some minutes late by their rule"`
	Workers          []casework.Worker `json:"workers" doc:"who asks the engine for work"`
	Version          string            `json:"version" doc:"of the program that answers"`

	// Figures of cases are for those whom the figures of the whole city reach anyway.
	OpenCases   *int `json:"open_cases,omitempty"`
	Overdue     *int `json:"overdue,omitempty"`
	Provisional *int `json:"provisional_deadlines,omitempty" doc:"also for those who keep the rules"`
}

func (s *server) healthRoutes() {
	register(s, operation{
		id: "get-health", method: http.MethodGet, path: "/api/v1/health", tag: "health", summary: "Counts of what should be nothing 运行状况",
		roles: cases.RolesThat(cases.SeeHouse), quiet: true,
	}, s.health)
}

func (s *server) health(ctx context.Context, _ *none) (*answer[Counts], error) {
	n, err := s.Health.Counts(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	out := Counts{
		Counts: n, OldestFactSeconds: n.OldestFact.Seconds(), Engine: s.Engine.Check(ctx) == nil,
		OldestJobSeconds: n.OldestJob.Seconds(), LatenessSeconds: n.Lateness.Seconds(), Workers: []casework.Worker{}, Version: version(),
	}
	a := accessOf(ctx)
	if a.Has(cases.RolesThat(cases.SeeDashboards)...) {
		out.OpenCases, out.Overdue, out.Provisional = &n.OpenCases, &n.Overdue, &n.Provisional
	}
	if a.Has(keepingRules...) {
		out.Provisional = &n.Provisional
	}
	if out.Engine {
		if workers, err := s.Engine.Workers(ctx); err == nil {
			out.Workers = whole(workers)
		}
	}
	return &answer[Counts]{Body: out}, nil
}

// version is the program's: that of its module, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}

// alive says that the process answers.
func (s *server) alive(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, map[string]any{"status": "ok"})
}

// ready says that reports can be taken in. The engine is not needed for that: it is
// only told of.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkWait)
	defer cancel()
	if err := s.Health.Ping(ctx); err != nil {
		w.Header().Set("Retry-After", "2")
		say(w, http.StatusServiceUnavailable, map[string]any{"status": "no database"})
		return
	}
	say(w, http.StatusOK, map[string]any{"status": "ready", "engine": s.Engine.Check(ctx) == nil})
}

func say(w http.ResponseWriter, status int, what map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // the caller may be gone
}

// metrics are what /metrics shows of the API.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry, h records.Health) metrics {
	m := metrics{registry: r, requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tonghu_http_request_seconds", Help: "Requests by route pattern.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"}), signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tonghu_sign_ins_total", Help: "Attempts to sign in by what became of them.",
	}, []string{"outcome"})}
	r.MustRegister(m.requests, m.signIns)
	for _, c := range []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		_ = r.Register(c) // the program may have registered them
	}
	if h != nil {
		r.MustRegister(house{h})
	}
	return m
}

func (m metrics) count(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// nearby lets this machine and private networks (RFC 1918, RFC 4193) through. The metrics hold nobody's data, but how much a
// county has to do is not for the world: to all others the path is not there. What came through a proxy that is not ours to
// believe is from anywhere.
func (s *server) nearby(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if addr := from.Addr().Unmap(); err != nil || !addr.IsLoopback() && !addr.IsPrivate() || r.Header.Get(forwardedFor) != "" {
			s.missing(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// house counts the state of the house when it is asked.
type house struct{ health records.Health }

var houseRows = []struct {
	desc *prometheus.Desc
	of   func(records.Counts) float64
}{
	{gauge("reports_without_workflow", "Reports stored that no workflow runs for yet."), func(c records.Counts) float64 { return float64(c.WithoutWorkflow) }},
	{gauge("unapplied_facts", "Facts stored that no case has taken in yet."), func(c records.Counts) float64 { return float64(c.UnappliedFacts) }},
	{gauge("oldest_fact_seconds", "Age of the oldest of them."), func(c records.Counts) float64 { return c.OldestFact.Seconds() }},
	{gauge("pending_commands", "Steps accepted that are not done yet."), func(c records.Counts) float64 { return float64(c.PendingCommands) }},
	{gauge("undelivered_notices", "Notices that reached nobody."), func(c records.Counts) float64 { return float64(c.Undelivered) }},
	{gauge("jobs_waiting", "Jobs that are due."), func(c records.Counts) float64 { return float64(c.DueJobs) }},
	{gauge("provisional_deadlines", "Deadlines beyond the published calendar."), func(c records.Counts) float64 { return float64(c.Provisional) }},
	{gauge("open_cases", "Cases that are not closed."), func(c records.Counts) float64 { return float64(c.OpenCases) }},
	{gauge("unlisted_erasures", "Files destroyed that stand in no list outside the database yet."), func(c records.Counts) float64 { return float64(c.Unlisted) }},
	{gauge("audit_findings", "What the last verification of the audit log found wrong."), func(c records.Counts) float64 { return float64(c.Audit.Findings) }},
	{gauge("audit_heads_timestamp_seconds", "When it was last looked for rows of the audit log to sign; 0 for never."), func(c records.Counts) float64 { return unixSeconds(c.Audit.HeadsAt) }},
	{gauge("audit_verified_timestamp_seconds", "When the audit log was last verified; 0 for never."), func(c records.Counts) float64 { return unixSeconds(c.Audit.CheckedAt) }},
	{gauge("oldest_job_seconds", "How long the oldest due job waits."), func(c records.Counts) float64 { return c.OldestJob.Seconds() }},
	{gauge("failed_jobs", "Jobs of the last day that were given up."), func(c records.Counts) float64 { return float64(c.FailedJobs) }},
	{gauge("reminder_lateness_seconds", "How late the latest reminder of the last day went out."), func(c records.Counts) float64 { return c.Lateness.Seconds() }},
	{gauge("restore_drill_timestamp_seconds", "When a restore was last drilled; 0 for never."), func(c records.Counts) float64 { return drilled(c) }},
	{gauge("overdue_obligations", "Obligations that are late."), func(c records.Counts) float64 { return float64(c.Overdue) }},
}

func drilled(c records.Counts) float64 {
	if c.Drill == nil {
		return 0
	}
	return unixSeconds(c.Drill.At)
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func gauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("tonghu_"+name, help, nil, nil)
}

// Describe names what is counted.
func (h house) Describe(out chan<- *prometheus.Desc) {
	for _, row := range houseRows {
		out <- row.desc
	}
}

// Collect counts. Without a database there is nothing to show.
func (h house) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkWait)
	defer cancel()
	c, err := h.health.Counts(ctx)
	if err != nil {
		return
	}
	for _, row := range houseRows {
		out <- prometheus.MustNewConstMetric(row.desc, prometheus.GaugeValue, row.of(c))
	}
}
