package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// visitor is where a request comes from, as far as sign-in looks.
type visitor struct {
	address string // as it is counted: see addressKey
	network string // as a person is shown it: not which machine, but which network
	mark    string // the browser's own, "" before its first sign-in
	device  string // class
	browser string // class
}

type requestKey struct{}

func withRequest(ctx context.Context, r *http.Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// visitorOf tells where the request of an operation comes from.
func (s *server) visitorOf(ctx context.Context) visitor {
	r, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return visitor{}
	}
	v := visitor{address: addressKey(r), network: networkOf(r)}
	v.device, v.browser = agentOf(r.UserAgent())
	if c, err := r.Cookie(s.cookieName(markCookie)); err == nil && len(c.Value) >= 26 && len(c.Value) <= 64 {
		v.mark = c.Value
	}
	return v
}

// What a person is known by: the browser that they signed in with, and the address.
func (v visitor) browserMark() string { return "browser\x00" + v.mark }
func (v visitor) addressMark() string { return "address\x00" + v.address }

// marks are those that there are.
func (v visitor) marks() []string {
	if v.mark == "" {
		return []string{v.addressMark()}
	}
	return []string{v.browserMark(), v.addressMark()}
}

// addressKey is the caller's address (see address), of IPv6 its /64: a household
// has as many addresses below it as it likes.
func addressKey(r *http.Request) string { return prefixOf(r, 32, 64) }

// networkOf is the coarse part of an address that may be kept.
func networkOf(r *http.Request) string { return prefixOf(r, 16, 32) }

func prefixOf(r *http.Request, bits4, bits6 int) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	addr, bits := from.Addr().Unmap().WithZone(""), bits4
	if addr.Is6() {
		bits = bits6
	}
	net, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return net.String()
}

// agents tell the classes by what a User-Agent contains; the first that fits counts.
var devices = [][2]string{
	{"iPad", "tablet"}, {"Tablet", "tablet"}, {"Mobile", "phone"}, {"iPhone", "phone"}, {"Android", "tablet"},
	{"Windows NT", "computer"}, {"Macintosh", "computer"}, {"X11", "computer"}, {"Linux", "computer"},
}

var browsers = [][2]string{
	{"MicroMessenger", "wechat"}, {"DingTalk", "dingtalk"}, {"Edg/", "edge"}, {"Firefox/", "firefox"}, {"Chrome/", "chrome"}, {"CriOS/", "chrome"}, {"Safari/", "safari"},
}

// agentOf gives the classes of a User-Agent; what it says beyond them is not kept.
func agentOf(agent string) (device, browser string) {
	return classOf(agent, devices), classOf(agent, browsers)
}

func classOf(agent string, classes [][2]string) string {
	for _, c := range classes {
		if strings.Contains(agent, c[0]) {
			return c[1]
		}
	}
	return "other"
}

// markLife is how long a browser that somebody signed in with stays known.
const markLife = 180 * 24 * time.Hour

// cookie makes a cookie that pages cannot read. life 0 lasts until the browser is
// closed, a negative one ends it now.
func (s *server) cookie(name, value string, life time.Duration, site http.SameSite) http.Cookie {
	return http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, SameSite: site, Secure: s.Secure,
		MaxAge: int(life / time.Second),
	}
}

// cookieName is the name of a cookie. Over TLS it has the prefix by which browsers
// take it from this host alone.
func (s *server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}
