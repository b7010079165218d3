package api

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/casework"
	"tonghu/files"
	"tonghu/paper"
	"tonghu/records"
	"tonghu/vault/receipt"
)

// maxBody is the most bytes of a request's body.
const maxBody = 1 << 20

// engineWait is how long a step waits for the engine before it is answered 202.
const engineWait = 5 * time.Second

// decodesAtOnce is how many images are decoded at a time: each takes up to 200 MB.
const decodesAtOnce = 2

// Engine asks a case for a decision. *casework.Engine is one.
type Engine interface {
	// Decide asks and waits for what becomes of it. The same command id acts
	// once. The error is a *cases.Error; CodeUnavailable means that nothing is
	// known yet and that the command stays pending.
	Decide(ctx context.Context, k cases.Kind, cmd cases.Command) (casework.Answer, error)
	// DecideNew is Decide for a command that nobody has asked about yet.
	DecideNew(ctx context.Context, k cases.Kind, cmd cases.Command) (casework.Answer, error)
	// Check tells whether the engine can be reached.
	Check(ctx context.Context) error
	// Workers lists who asks the engine for work.
	Workers(ctx context.Context) ([]casework.Worker, error)
}

// ReceiptMaker makes the 查询码 of a case: the same id, the same code.
type ReceiptMaker interface {
	For(caseID string) receipt.Code
}

// Calendars takes working calendars in. It sets off the recalculation of every
// open case whose deadlines the calendar moves.
type Calendars interface {
	ImportCalendar(ctx context.Context, once records.Once, a records.Access, c cases.Calendar) (ImportedCalendar, error)
	// PreviewCalendar tells what that would change.
	PreviewCalendar(ctx context.Context, c cases.Calendar) (PreviewedCalendar, error)
}

// PreviewedCalendar is what an import would change.
type PreviewedCalendar struct {
	Present, Joined cases.Calendar
	Cases           int // open cases that would be counted anew
	// Provisional deadlines are owed now, Remaining would be; Moves get another due time.
	Provisional, Remaining, Moves int
}

// ImportedCalendar is what an import set off.
type ImportedCalendar struct {
	Version string // of the joined calendar
	To      string // its last day, YYYY-MM-DD
	Cases   int    // open cases that are counted anew
}

// Config is what the API is made of. Every store is required but Calendars;
// *postgres.Store is all of them.
type Config struct {
	Filings   records.Filings
	Receipts  records.Receipts
	Cases     records.Cases
	Worklist  records.Worklist
	Letters   records.Letters
	Erasures  records.Erasures
	People    records.People
	Directory records.Directory
	// Organisation keeps who is in which post.
	Organisation records.Organisation
	Inbox        records.Inbox
	Stream       records.Stream
	Health       records.Health
	Audit        records.Audit
	Searches     records.Searches
	Glasses      records.Glasses
	Rulebook     records.Rulebook
	Calendars    Calendars // nil: calendars are not imported over HTTP
	// Supervision counts, and keeps what was taken out.
	Supervision records.Supervision

	Files records.Files
	Links Links
	// Papers is the font that papers are set in as PDF; nil: they are not.
	Papers *paper.Font

	Sessions records.Sessions
	Throttle records.Throttle
	Accounts records.Accounts
	// Authenticators keeps second factors.
	Authenticators records.Authenticators
	// Providers are the offices' own sign-ins; none is none.
	Providers []Provider

	Engine  Engine
	Receipt ReceiptMaker

	// City is the code of the county-level city (12 digits): where a report is
	// taken to be that names no place. Reports from elsewhere are refused.
	City cases.Org
	// Secure is set where browsers reach the product over TLS: the cookie is
	// then Secure and has the __Host- prefix.
	Secure bool
	// PublicURL is the console's address, as browsers have it; "" for the one that
	// requests name.
	PublicURL string
	// SecondFactor says whom sign-in asks for a second factor; empty is required.
	SecondFactor SecondFactorPolicy
	// Idle is how long a session may be left alone, 0 for 30 min; IdlePhone is that
	// of phones and tablets of those whose area is a town or less, 0 for 2 h.
	Idle, IdlePhone time.Duration
	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// Limits throttle; zero fields have their defaults.
	Limits Limits
	// Metrics is the registry that the API's metrics are added to and that
	// /metrics shows; nil makes one.
	Metrics *prometheus.Registry
	// Web answers what is not the API's: the console. nil: 404.
	Web http.Handler
	// Stopping is closed when the server begins to stop, so that streams end.
	Stopping <-chan struct{}
	Log      *zap.Logger      // nil: none
	Now      func() time.Time // nil: time.Now
}

type server struct {
	Config
	huma    huma.API
	limits  limiters
	metrics metrics
	intake  *files.Intake
	// uploads are officers', publicUploads reporters': neither takes the other's place.
	uploads, publicUploads *slots
}

// New gives the whole API.
func New(c Config) http.Handler {
	s := newServer(c)
	return s.handler()
}

// Document gives the OpenAPI document.
func Document() ([]byte, error) {
	s := newServer(Config{})
	s.handler()
	return s.huma.OpenAPI().MarshalJSON()
}

func newServer(c Config) *server {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.SecondFactor == "" {
		c.SecondFactor = SecondFactorRequired
	}
	c.Idle, c.IdlePhone = cmp.Or(c.Idle, 30*time.Minute), cmp.Or(c.IdlePhone, 2*time.Hour)
	c.Limits = c.Limits.withDefaults()
	return &server{
		Config: c, limits: newLimiters(c.Limits), metrics: newMetrics(c.Metrics, c.Health), intake: files.NewIntake(files.Usual, decodesAtOnce),
		uploads: newSlots(8, 3), publicUploads: newSlots(8, 2),
	}
}

func (s *server) handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.address, s.logged, s.recovered, s.secured)
	r.NotFound(s.missing)
	r.MethodNotAllowed(s.methodMissing)
	r.Get("/healthz", s.alive)
	r.Get("/readyz", s.ready)
	r.With(s.nearby).Method(http.MethodGet, "/metrics", s.metrics.handler())
	r.Get(letterStyle, s.letterStyle)
	r.Group(func(r chi.Router) {
		r.Use(s.sameOrigin, compressedDirectory)
		r.Get("/api/v1/session/provider/{name}/callback", s.comeBack)
		s.huma = humachi.New(r, document())
		s.routes()
	})
	return r
}

func document() huma.Config {
	c := huma.DefaultConfig("童护 Tonghu", "1")
	c.Info.Description = "Case orchestration for a county's child protection network. 县域未成年人保护个案协同。\n\n" +
		"Every problem is RFC 9457 problem+json with a stable `code`; its text follows Accept-Language (zh-CN, en). " +
		"Where Idempotency-Key is a parameter, the same key and body act once and answer the same for 90 days. " +
		"Times are RFC 3339."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/openapi", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "From POST /api/v1/session. Over TLS the name is __Host-" + sessionCookie + "."},
	}
	return c
}

// routes registers every operation, a noun at a time.
func (s *server) routes() {
	s.sessionRoutes()
	s.providerRoutes()
	s.accountRoutes()
	s.peopleRoutes()
	s.reportRoutes()
	s.guardianshipRoutes()
	s.receiptRoutes()
	s.followedRoutes()
	s.searchRoutes()
	s.caseRoutes()
	s.erasureRoutes()
	s.stepRoutes()
	s.draftRoutes()
	s.factRoutes()
	s.fileRoutes()
	s.messageRoutes()
	s.obligationRoutes()
	s.supervisionRoutes()
	s.exportRoutes()
	s.letterRoutes()
	s.chainRoutes()
	s.glassRoutes()
	s.noticeRoutes()
	s.ruleRoutes()
	s.postRoutes()
	s.organisationRoutes()
	s.directoryRoutes()
	s.streamRoutes()
	s.looksRoutes()
	s.healthRoutes()
}
