package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"tonghu/records"
)

const (
	heartbeat = 15 * time.Second // proxies cut what is silent for a minute
	// streamLife ends a stream so that the listener's authority is looked at anew.
	streamLife = 15 * time.Minute
	writeWait  = 10 * time.Second
)

func (s *server) streamRoutes() {
	change := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[records.Change](), true, "Change")
	register(s, operation{
		id: "stream", method: http.MethodGet, path: "/api/v1/stream", tag: "stream", summary: "Hints of what changed (server-sent events) 实时更新",
		about: "Each event is named change; its data is a Change. A comment comes every 15 s. It ends after 15 min, or with the session: connect again.",
		quiet: true,
		answers: map[string]*huma.Response{"200": {
			Description: "Server-sent events",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: change}},
		}},
	}, s.stream)
}

func (s *server) stream(ctx context.Context, _ *none) (*huma.StreamResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	changes, err := s.Stream.Subscribe(ctx, accessOf(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer cancel()
		_, w := humachi.Unwrap(c)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		s.tell(ctx, w, changes, func() bool { return s.stillIn(ctx) })
	}}, nil
}

// stillIn tells whether the session of a request has not ended meanwhile. Where that
// cannot be told, the listener stays for another beat.
func (s *server) stillIn(ctx context.Context) bool {
	r, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return false
	}
	in, err := s.identify(r, true)
	return err != nil || in != nil && s.standing(*in) == signedIn
}

// tell writes changes until the listener goes or is signed out, the stream's time is
// over, or the server stops.
func (s *server) tell(ctx context.Context, w http.ResponseWriter, changes <-chan records.Change, stillIn func() bool) {
	out := http.NewResponseController(w)
	say := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(writeWait)) // not every writer has deadlines
		_, err := fmt.Fprint(w, text)
		return err == nil && out.Flush() == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if !say("retry: 3000\n\n") {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Stopping:
			return
		case <-beat.C:
			if !stillIn() || !say(": still here\n\n") {
				return
			}
		case change, open := <-changes:
			if !open {
				return
			}
			data, err := json.Marshal(change)
			if err != nil || !say("event: change\ndata: "+string(data)+"\n\n") {
				return
			}
		}
	}
}
