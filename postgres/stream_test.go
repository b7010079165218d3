package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/postgres"
	"tonghu/records"
)

// listen gives the changes that some posts are told of. The stream runs until the
// test ends.
func (b *bundle) listen(s *postgres.Stream, posts ...cases.Post) <-chan records.Change {
	b.t.Helper()
	changes, err := s.Subscribe(b.t.Context(), in(posts...))
	require.NoError(b.t, err)
	return changes
}

// stream starts a stream and waits until it hears.
func (b *bundle) stream() *postgres.Stream {
	b.t.Helper()
	s := postgres.NewStream(b.Store)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	b.t.Cleanup(func() { stop(); <-done })
	require.Eventually(b.t, func() bool {
		var n int
		err := b.Pool().QueryRow(b.t.Context(),
			`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'`).Scan(&n)
		return err == nil && n == 1
	}, 20*time.Second, 10*time.Millisecond)
	return s
}

func TestChangesReachThoseWhoMaySeeThem(t *testing.T) {
	b := setup(t)
	s := b.stream()
	desks, sups, others := b.listen(s, desk), b.listen(s, town), b.listen(s, "town:379999102000/supervisor")
	hidden := b.file(func(rep *cases.Report) { rep.Avoid = []string{"town"} })
	open := b.file(func(rep *cases.Report) { rep.Org = "379999102201" })

	require.ElementsMatch(t, []string{hidden, open}, []string{(<-desks).Case, (<-desks).Case})
	require.Equal(t, open, (<-others).Case)
	require.Empty(t, sups, "a recused post is told of nothing")

	seen := b.file()
	require.Equal(t, seen, (<-sups).Case)
	require.Equal(t, seen, (<-desks).Case)
	require.Empty(t, others)
}

func TestALostConnectionIsToldAndMadeAgain(t *testing.T) {
	b := setup(t)
	s := b.stream()
	desks := b.listen(s, desk)
	_, err := b.Pool().Exec(t.Context(), `
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	require.NoError(t, err)
	require.Equal(t, records.Change{}, <-desks, "anything may have been missed")
	id := b.file()
	for c := range desks {
		if c.Case == id {
			break
		}
	}
}

func TestASubscriptionEndsWithItsContext(t *testing.T) {
	b := setup(t)
	s := postgres.NewStream(b.Store)
	ctx, stop := context.WithCancel(t.Context())
	changes, err := s.Subscribe(ctx, in(desk))
	require.NoError(t, err)
	stop()
	_, open := <-changes
	require.False(t, open)
}
