package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"tonghu/postgres/internal/db"
	"tonghu/records"
)

// changes is the channel that a commit tells of a change on.
const changes = "tonghu_change"

const (
	// gather is how long changes are collected, so that a listener's rights are
	// asked for once and not for each of them.
	gather = 100 * time.Millisecond
	// relisten is how long after a lost connection the next one is tried.
	relisten = time.Second
	// backlog is how many changes wait for a slow listener.
	backlog = 64
)

// Stream tells listeners of changes to cases that they may see. It has one
// connection for all of them.
type Stream struct {
	store *Store

	mu        sync.Mutex
	listeners map[*listener]bool
	waiting   map[string]records.Change // the newest of each case
	missed    bool                      // a connection was lost: anything may have changed
	wake      chan struct{}
}

var _ records.Stream = (*Stream)(nil)

// NewStream gives a stream, which tells of nothing until Run.
func NewStream(s *Store) *Stream {
	return &Stream{store: s, listeners: map[*listener]bool{}, waiting: map[string]records.Change{}, wake: make(chan struct{}, 1)}
}

// listener is one subscription.
type listener struct {
	access records.Access
	out    chan records.Change
	behind bool // something did not fit
}

// Subscribe implements records.Stream. An empty Change says that some were missed
// and everything is to be read again. The channel is closed when ctx ends.
func (s *Stream) Subscribe(ctx context.Context, a records.Access) (<-chan records.Change, error) {
	l := &listener{access: a, out: make(chan records.Change, backlog)}
	s.mu.Lock()
	s.listeners[l] = true
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, l)
		close(l.out)
	})
	return l.out, nil
}

// Run listens until ctx ends. A lost connection is made again.
func (s *Stream) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { s.deliver(ctx) })
	for again := false; ctx.Err() == nil; again = true {
		err := s.listen(ctx, again)
		if ctx.Err() != nil {
			break
		}
		s.store.log.Warn("listening for changes ended; trying again", zap.Error(err))
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
	both.Wait()
}

// listen notes changes until its connection is lost. What was committed while
// nobody listened is told as missed once somebody does again, not before: or what is
// committed in between would be missed for good.
func (s *Stream) listen(ctx context.Context, again bool) error {
	pooled, err := s.store.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // it stays busy, so the pool must not count on it
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+changes); err != nil {
		return err
	}
	s.note(func() { s.missed = s.missed || again })
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var c records.Change
		if err := json.Unmarshal([]byte(n.Payload), &c); err != nil || c.Case == "" {
			continue // not ours
		}
		s.note(func() {
			if c.Seq >= s.waiting[c.Case].Seq {
				s.waiting[c.Case] = c
			}
		})
	}
}

// note changes what waits and wakes deliver.
func (s *Stream) note(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stream) deliver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
		s.tell(ctx)
	}
}

// tell gives each listener what it may see. What one person listens to in several
// windows is asked about together; others may see more in the same posts, for a case is
// lent to a person.
func (s *Stream) tell(ctx context.Context) {
	s.mu.Lock()
	waiting, missed := s.waiting, s.missed
	s.waiting, s.missed = map[string]records.Change{}, false
	groups := map[string][]*listener{}
	for l := range s.listeners {
		groups[groupOf(l.access)] = append(groups[groupOf(l.access)], l)
	}
	s.mu.Unlock()
	for _, group := range groups {
		seen, err := s.seen(ctx, group[0].access, waiting)
		s.mu.Lock()
		for _, l := range group {
			if s.listeners[l] {
				l.behind = l.behind || missed || err != nil
				l.send(seen)
			}
		}
		s.mu.Unlock()
	}
}

func groupOf(a records.Access) string {
	posts := make([]string, len(a.Posts))
	for i, p := range a.Posts {
		posts[i] = string(p)
	}
	slices.Sort(posts)
	return a.Person + " " + strings.Join(posts, " ")
}

// seen gives the changes of cases that the asker may see, in the order of their ids.
func (s *Stream) seen(ctx context.Context, a records.Access, waiting map[string]records.Change) ([]records.Change, error) {
	var ids []uuid.UUID
	for id := range waiting {
		if id, err := uuid.Parse(id); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var visible []uuid.UUID
	err := s.store.as(ctx, a, func(q *db.Queries) (err error) {
		visible, err = q.SeenCases(ctx, ids)
		return err
	})
	out := make([]records.Change, 0, len(visible))
	for _, id := range visible {
		out = append(out, waiting[id.String()])
	}
	slices.SortFunc(out, func(a, b records.Change) int { return strings.Compare(a.Case, b.Case) })
	return out, err
}

// send never waits: what does not fit becomes one empty change.
func (l *listener) send(seen []records.Change) {
	for _, c := range seen {
		if l.behind {
			break
		}
		select {
		case l.out <- c:
		default:
			l.behind = true
		}
	}
	if l.behind {
		select {
		case l.out <- records.Change{}:
			l.behind = false
		default:
		}
	}
}
