package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/records"
)

// entry is what the access log will say of a request. It has the route's pattern
// and never the URL: names and codes of people may not travel in logs.
type entry struct {
	person string
	code   problemCode
	cause  error
}

type entryKey struct{}

func entryOf(ctx context.Context) *entry {
	if e, ok := ctx.Value(entryKey{}).(*entry); ok {
		return e
	}
	return &entry{}
}

// note keeps the problem of a request for the log; its cause only where the fault
// is ours, since a refusal needs none.
func note(ctx context.Context, err error, p *Problem) {
	e := entryOf(ctx)
	e.code = p.Code
	if p.Status >= http.StatusInternalServerError {
		e.cause = err
		var own *cases.Error
		if errors.As(err, &own) && own.Err != nil {
			e.cause = own.Err
		}
	}
}

// logged writes one line for each request and counts it.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &entry{}
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), entryKey{}, e))
		defer func() {
			took, route := time.Since(start), pattern(r)
			s.metrics.count(r.Method, route, ww.Status(), took)
			fields := []zap.Field{
				zap.String("method", r.Method), zap.String("route", route), zap.Int("status", ww.Status()),
				zap.Duration("took", took), zap.Int("bytes", ww.BytesWritten()),
			}
			if e.person != "" {
				fields = append(fields, zap.String("person", e.person))
			}
			if e.code != "" {
				fields = append(fields, zap.String("code", string(e.code)))
			}
			if e.cause != nil {
				s.Log.Error("request failed", append(fields, zap.Error(e.cause))...)
				return
			}
			s.Log.Info("request", fields...)
		}()
		next.ServeHTTP(ww, r)
	})
}

// pattern is the route that a request took, "" for none.
func pattern(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// recovered turns a panic into a problem. The value may hold anything: only its
// type and where it came from are logged.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			if r.Context().Err() != nil {
				return // the caller is gone, and huma could not write to it
			}
			s.Log.Error("panic", zap.String("type", fmt.Sprintf("%T", v)), zap.String("route", pattern(r)), zap.ByteString("stack", debug.Stack()))
			if ww, ok := w.(middleware.WrapResponseWriter); !ok || ww.Status() == 0 {
				s.refuse(w, r, cases.Refuse(cases.CodeInternal))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

const forwardedFor = "X-Forwarded-For"

// address sets the caller's address from X-Forwarded-For, where the request came
// through a proxy that is ours: the last address that is not one. The header is used up by that.
func (s *server) address(next http.Handler) http.Handler {
	trusted := func(host string) bool {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return false
		}
		for _, p := range s.Proxies {
			if p.Contains(addr.Unmap()) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && trusted(host) {
			hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
			for i := len(hops) - 1; i >= 0; i-- {
				hop := strings.TrimSpace(hops[i])
				if _, err := netip.ParseAddr(hop); err != nil {
					break
				}
				r.RemoteAddr = net.JoinHostPort(hop, "0")
				if !trusted(hop) {
					break
				}
			}
			r.Header.Del(forwardedFor)
		}
		next.ServeHTTP(w, r)
	})
}

// missing answers a path that is not there: the console's, or nobody's.
func (s *server) missing(w http.ResponseWriter, r *http.Request) {
	if s.Web != nil && !strings.HasPrefix(r.URL.Path, "/api/") {
		s.console(w, r)
		return
	}
	s.refuse(w, r, cases.Refuse(cases.CodeNotFound))
}

// methodMissing answers a method that a path does not have, with those it has.
func (s *server) methodMissing(w http.ResponseWriter, r *http.Request) {
	var has []string
	if c := chi.RouteContext(r.Context()); c != nil && c.Routes != nil {
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if c.Routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
				has = append(has, m)
			}
		}
	}
	w.Header().Set("Allow", strings.Join(has, ", "))
	s.refuse(w, r, cases.Refuse(records.CodeMethod))
}
