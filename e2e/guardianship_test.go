//go:build e2e

package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// A guardianship that no report led to is a case like any other, and a report that
// is none of the office's ends in one that is.
func TestAGuardianshipThatNoReportLedTo(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	desk := in.signIn("desk1")["desk1"]
	open := func(key string) (found api.Found) {
		status, err := desk.Do(t.Context(), http.MethodPost, "/api/v1/guardianships", key, map[string]any{
			"org": village, "ground": "TG1", "danger": "no", "narrative": map[string]any{"text": "独自在车站过夜"},
		}, &found)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		return found
	}
	key := uuid.NewString()
	first := open(key)
	require.Regexp(t, `^监护〔\d{4}〕000001$`, first.Number)
	require.Equal(t, first, open(key))

	c, err := desk.Case(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, cases.GuardTrigger, c.Stage)
	require.Equal(t, "独自在车站过夜", c.Narrative.Text)
	require.Zero(t, c.Receipts)

	report := filed(t, desk, "no")
	turn := func(into string) error {
		_, err := desk.Take(t.Context(), first.ID, "to_report", story.Step{Fields: map[string]any{"report": into, "reason": "有人看护"}})
		return err
	}
	require.Equal(t, "form_invalid", story.CodeOf(turn(uuid.NewString())))
	require.Equal(t, "form_invalid", story.CodeOf(turn(open(uuid.NewString()).ID)))
	require.NoError(t, turn(report.Case))
	c, err = desk.Case(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, cases.Archiving, c.Stage)
	in.requireSound(desk)
}
