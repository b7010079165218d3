package seed_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/postgres"
	"tonghu/seed"
)

// kept keeps what is filled in.
type kept struct{ pasts []postgres.Past }

func (k *kept) Fill(_ context.Context, pasts []postgres.Past) (int, error) {
	k.pasts = append(k.pasts, pasts...)
	return len(pasts), nil
}

func (k *kept) There(context.Context, []string) (map[string]bool, error) { return nil, nil }

func filling(n int) seed.Filling {
	return seed.Filling{Cases: n, Open: 5, Over: 400 * 24 * time.Hour, Seed: 1, Now: now, Batch: 100}
}

func TestFilledCasesWentThroughTheEngine(t *testing.T) {
	rules, err := policy.Load("anqiu")
	require.NoError(t, err)
	var k kept
	require.NoError(t, seed.Fill(t.Context(), &k, rules, filling(900)))
	require.Len(t, k.pasts, 900)
	open, late, ids := 0, 0, map[string]bool{}
	outcomes, kinds, towns, stages := map[cases.Outcome]int{}, map[cases.Kind]int{}, map[cases.Org]int{}, map[cases.Stage]int{}
	events := 0
	for _, p := range k.pasts {
		st := p.State()
		require.False(t, ids[st.ID])
		ids[st.ID] = true
		require.False(t, st.Clock.After(now), "%s stands in the future", st.ID)
		kinds[st.Kind]++
		towns[st.Org.Town()]++
		outcomes[st.Outcome]++
		for _, c := range p.Changes {
			events += len(c.Events)
		}
		if st.Stage == cases.Closed {
			require.Empty(t, st.Obligations)
			continue
		}
		open++
		stages[st.Stage]++
		for _, o := range st.Obligations {
			if o.Overdue(now) {
				late++
				break
			}
		}
	}
	t.Logf("%d open, %d of them late; %v %v %v; %d events", open, late, outcomes, kinds, stages, events)
	require.InDelta(t, 45, open, 25)
	require.Positive(t, late)
	require.Less(t, late, open)
	require.Greater(t, len(stages), 4)
	require.Len(t, towns, 14)
	for _, o := range []cases.Outcome{cases.OutcomeClosed, cases.OutcomeUnfounded, cases.OutcomeReferred, cases.OutcomeTransferred} {
		require.Greater(t, outcomes[o], 10, o)
	}
	require.Greater(t, kinds[cases.Guardianship], 30)
}
