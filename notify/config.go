package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/url"
	"os"
	"regexp"
	"time"

	"gopkg.in/yaml.v3"
)

// Config names the channels of an installation.
type Config struct {
	// ConsoleURL is the console's base address, the only link in any notice.
	ConsoleURL string `json:"console_url" yaml:"console_url"`
	// Channels are built in this order.
	Channels []ChannelConfig `json:"channels" yaml:"channels"`
}

// ChannelConfig is one channel. Which fields a kind needs is in the table below;
// a field that the kind does not know is refused.
//
//	kind      base_url                         token        secret            others
//	inbox     –                                –            –                 –
//	email     smtp://host:587 (STARTTLS)       –            password, with    from, username,
//	          smtps://host:465 (TLS)                        username          ca_file
//	          smtp+plain://127.0.0.1:25
//	wecom     https://qyapi.weixin.qq.com      robot's key  –                 ca_file, per_minute
//	dingtalk  https://oapi.dingtalk.com        access token SEC…              ca_file, per_minute
//	feishu    https://open.feishu.cn           hook token   signing secret    ca_file, per_minute
//	webhook   the endpoint                     –            whsec_…           ca_file, per_minute
//	sms       the endpoint                     –            whsec_…           ca_file, per_minute
//	voice     the endpoint                     –            whsec_…           ca_file, per_minute
type ChannelConfig struct {
	Kind Kind `json:"kind" yaml:"kind"`
	// Name is unique; without one it is the kind. Lower case, digits, hyphens.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// BaseURL is https, or http to this machine only.
	BaseURL string `json:"base_url,omitempty" yaml:"base_url,omitempty"`
	// Token is the part of a robot's address that is secret.
	Token SecretRef `json:"token,omitzero" yaml:"token,omitempty"`
	// Secret signs, or is the SMTP password.
	Secret SecretRef `json:"secret,omitzero" yaml:"secret,omitempty"`
	// CAFile is a PEM file of the authorities to trust instead of the system's.
	CAFile string `json:"ca_file,omitempty" yaml:"ca_file,omitempty"`
	// TimeoutSeconds bounds one Send, 1 to 60; 15 if absent.
	TimeoutSeconds int `json:"timeout_seconds,omitempty" yaml:"timeout_seconds,omitempty"`
	// PerMinute is the most messages in any minute, 1 to 6000; if absent, 20 for a
	// robot and no limit for others.
	PerMinute int `json:"per_minute,omitempty" yaml:"per_minute,omitempty"`
	// From is the sender's bare e-mail address.
	From string `json:"from,omitempty" yaml:"from,omitempty"`
	// Username is the SMTP user; without one there is no authentication.
	Username string `json:"username,omitempty" yaml:"username,omitempty"`
}

// ConfigError is one thing wrong with a Config. It shows no value, as a value in
// the wrong place may be a secret.
type ConfigError struct {
	// Path is as channels[2].base_url.
	Path string
	// Problem says what the field must be.
	Problem string
}

func (e *ConfigError) Error() string { return "notify: " + e.Path + " " + e.Problem }

// ParseConfig reads YAML or JSON and refuses unknown fields.
func ParseConfig(r io.Reader) (Config, error) {
	var c Config
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		var t *yaml.TypeError
		if errors.As(err, &t) {
			// yaml's text repeats values; the line numbers are enough.
			return Config{}, &ConfigError{"configuration", "has unknown fields or wrong types: " + yamlLines(t)}
		}
		return Config{}, &ConfigError{"configuration", "is not YAML or JSON"}
	}
	if !errors.Is(d.Decode(&struct{}{}), io.EOF) {
		return Config{}, &ConfigError{"configuration", "must be one document"}
	}
	return c, nil
}

var yamlLine = regexp.MustCompile(`^line \d+`)

func yamlLines(t *yaml.TypeError) string {
	s := ""
	for _, e := range t.Errors {
		if l := yamlLine.FindString(e); l != "" {
			if s != "" {
				s += ", "
			}
			s += l
		}
	}
	return s
}

// Kinds gives the kind of each channel by name, as Prefs.Channels wants it.
func (c Config) Kinds() map[string]Kind {
	kinds := make(map[string]Kind, len(c.Channels))
	for _, ch := range c.Channels {
		kinds[ch.name()] = ch.Kind
	}
	return kinds
}

func (c ChannelConfig) name() string {
	if c.Name == "" {
		return string(c.Kind)
	}
	return c.Name
}

// Option supplies what a Config cannot hold.
type Option func(*builder)

// WithInbox gives the store of the inbox channel.
func WithInbox(s InboxStore) Option { return func(b *builder) { b.inbox = s } }

// WithClock replaces time.Now, for tests.
func WithClock(now func() time.Time) Option { return func(b *builder) { b.now = now } }

// Build checks the whole configuration, reads every secret and makes the channels
// in order. Its error joins one *ConfigError per problem; nothing is connected to.
func Build(cfg Config, opts ...Option) ([]Channel, error) {
	b := &builder{now: time.Now, console: cfg.ConsoleURL}
	for _, o := range opts {
		o(b)
	}
	if p := consoleProblem(cfg.ConsoleURL); p != "" {
		b.wrong("console_url", p)
	}
	if len(cfg.Channels) == 0 {
		b.wrong("channels", "must name at least one channel")
	}
	names := map[string]bool{}
	var channels []Channel
	for i, c := range cfg.Channels {
		b.path = fmt.Sprintf("channels[%d].", i)
		name := c.name()
		if names[name] {
			b.wrong("name", "is taken by a channel above")
		}
		names[name] = true
		channels = append(channels, b.channel(c))
	}
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	return channels, nil
}

type builder struct {
	console string
	now     func() time.Time
	inbox   InboxStore
	path    string
	errs    []error
}

func (b *builder) wrong(field, problem string) {
	b.errs = append(b.errs, &ConfigError{b.path + field, problem})
}

var (
	nameRule  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	tokenRule = regexp.MustCompile(`^[A-Za-z0-9_-]{8,128}$`)
)

// channel builds one channel. After a problem was noted its answer is not used.
func (b *builder) channel(c ChannelConfig) Channel {
	l := line{name: c.name(), kind: c.Kind, console: b.console, now: b.now}
	if !nameRule.MatchString(l.name) {
		b.wrong("name", "must be lower-case letters, digits and hyphens, at most 32")
	}
	if c.TimeoutSeconds < 0 || c.TimeoutSeconds > 60 {
		b.wrong("timeout_seconds", "must be 1 to 60")
	}
	if c.PerMinute < 0 || c.PerMinute > 6000 {
		b.wrong("per_minute", "must be 1 to 6000")
	}
	if c.Kind != KindEmail {
		b.unused("from", c.From != "")
		b.unused("username", c.Username != "")
	}
	if !c.Kind.robot() {
		b.unused("token", !c.Token.empty())
	}
	var ch Channel
	switch c.Kind {
	case KindInbox:
		ch = b.buildInbox(c, l)
	case KindEmail:
		ch = b.buildEmail(c, l)
	case KindWeCom, KindDingTalk, KindFeishu:
		ch = b.buildRobot(c, l)
	case KindWebhook, KindSMS, KindVoice:
		ch = b.buildSigned(c, l)
	default:
		b.wrong("kind", "must be one of inbox, email, wecom, dingtalk, feishu, webhook, sms, voice")
		return nil
	}
	perMinute := c.PerMinute
	if perMinute == 0 && c.Kind.robot() {
		perMinute = RobotPerMinute
	}
	if perMinute > 0 {
		return limit(ch, perMinute, b.now)
	}
	return ch
}

func (b *builder) unused(field string, present bool) {
	if present {
		b.wrong(field, "is not used by this kind of channel")
	}
}

func (b *builder) buildInbox(c ChannelConfig, l line) Channel {
	b.unused("base_url", c.BaseURL != "")
	b.unused("secret", !c.Secret.empty())
	b.unused("ca_file", c.CAFile != "")
	b.unused("timeout_seconds", c.TimeoutSeconds != 0)
	b.unused("per_minute", c.PerMinute != 0)
	if b.inbox == nil {
		b.wrong("kind", "inbox needs a store")
	}
	return &inbox{line: l, store: b.inbox}
}

func (b *builder) buildEmail(c ChannelConfig, l line) Channel {
	e := &email{line: l, from: c.From, username: c.Username, timeout: c.timeout()}
	if a, err := mail.ParseAddress(c.From); err != nil || a.Address != c.From {
		b.wrong("from", "must be a bare e-mail address")
		e.from = "x@invalid"
	}
	if (c.Username == "") != c.Secret.empty() {
		b.wrong("secret", "and username go together")
	} else if c.Username != "" {
		e.password = b.read("secret", c.Secret)
	}
	u := b.parse(c.BaseURL)
	if u == nil {
		return e
	}
	fallback := 0
	switch u.Scheme {
	case "smtp":
		e.tls, fallback = startTLS, 587
	case "smtps":
		e.tls, fallback = implicitTLS, 465
	case "smtp+plain":
		e.tls, fallback = noTLS, 25
		if !loopback(u.Hostname()) {
			b.wrong("base_url", "smtp+plain is for this machine only; use smtp (STARTTLS) or smtps")
		}
	default:
		b.wrong("base_url", "must begin with smtp://, smtps:// or smtp+plain://")
	}
	var ok bool
	if e.host, e.port, ok = hostPort(u.Hostname(), u.Port(), fallback); !ok || (u.Path != "" && u.Path != "/") {
		b.wrong("base_url", "must be a host and a port")
	}
	e.tlsConf = &tls.Config{RootCAs: b.roots(c.CAFile), ServerName: e.host, MinVersion: tls.VersionTLS12}
	return e
}

func (b *builder) buildRobot(c ChannelConfig, l line) Channel {
	base, client := b.parseHTTP(c.BaseURL), newClient(c.timeout(), b.roots(c.CAFile))
	token := b.read("token", c.Token)
	if token != nil && !tokenRule.MatchString(token()) {
		b.wrong("token", "must be the token alone, not the robot's whole address")
		token = nil
	}
	var signKey secret
	if c.Kind == KindWeCom {
		b.unused("secret", !c.Secret.empty())
		signKey = sealed("")
	} else {
		signKey = b.read("secret", c.Secret)
	}
	if base == nil || token == nil || signKey == nil {
		return nil
	}
	switch c.Kind {
	case KindWeCom:
		return newWeCom(l, client, base, token)
	case KindDingTalk:
		return newDingTalk(l, client, base, token, signKey)
	default:
		return newFeishu(l, client, base, token, signKey)
	}
}

func (b *builder) buildSigned(c ChannelConfig, l line) Channel {
	base, client := b.parseHTTP(c.BaseURL), newClient(c.timeout(), b.roots(c.CAFile))
	raw := b.read("secret", c.Secret)
	if base == nil || raw == nil {
		return nil
	}
	key, err := signingKey(raw())
	if err != nil {
		b.wrong("secret", err.Error())
		return nil
	}
	if c.Kind == KindWebhook {
		return &webhook{line: l, client: client, endpoint: base.String(), signKey: key}
	}
	return &gateway{line: l, client: client, endpoint: base.String(), signKey: key}
}

func (c ChannelConfig) timeout() time.Duration {
	if c.TimeoutSeconds == 0 {
		return 15 * time.Second
	}
	return time.Duration(c.TimeoutSeconds) * time.Second
}

func (b *builder) read(field string, r SecretRef) secret {
	s, err := r.read()
	if err != nil {
		b.wrong(field, err.Error())
		return nil
	}
	return s
}

// parse refuses an address that could hold a secret: those are Token and Secret.
func (b *builder) parse(s string) *url.URL {
	u, err := url.Parse(s)
	switch {
	case s == "":
		b.wrong("base_url", "is required")
	case err != nil || u.Host == "":
		b.wrong("base_url", "is not an absolute address")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		b.wrong("base_url", "must have no user, query or fragment; tokens belong into files")
	default:
		return u
	}
	return nil
}

func (b *builder) parseHTTP(s string) *url.URL {
	u := b.parse(s)
	if u == nil {
		return nil
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		b.wrong("base_url", "must begin with https://; http:// is for this machine only")
		return nil
	}
	return u
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (b *builder) roots(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		b.wrong("ca_file", "cannot be read")
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		b.wrong("ca_file", "holds no PEM certificate")
	}
	return pool
}
