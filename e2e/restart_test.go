//go:build e2e

package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/story"
)

// A fresh folder becomes a whole product; stopped in order and started again, it
// has all data, and whoever was signed in still is.
func TestRestart(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "anqiu")
	t.Logf("ready from nothing after %s", in.start())
	as := in.signIn("desk1")
	desk := as["desk1"]

	f := filed(t, desk, "yes")
	_, err := desk.Take(t.Context(), f.Case, "triage", story.Step{Fields: triage()})
	require.NoError(t, err)
	before := timeline(t, desk, f.Case)
	var receipt api.ReceiptAnswer
	ask := map[string]string{"code": f.Receipt}
	_, err = in.stranger().Do(t.Context(), http.MethodPost, "/api/v1/receipts/lookup", "", ask, &receipt)
	require.NoError(t, err)

	in.stop()
	t.Logf("ready again after %s", in.start())
	c, err := desk.Case(t.Context(), f.Case)
	require.NoError(t, err, "the session survives")
	require.Equal(t, f.Number, c.Number)
	require.Equal(t, before, timeline(t, desk, f.Case)[:len(before)])
	var again api.ReceiptAnswer
	_, err = in.stranger().Do(t.Context(), http.MethodPost, "/api/v1/receipts/lookup", "", ask, &again)
	require.NoError(t, err)
	require.Equal(t, receipt, again)

	_, err = desk.Take(t.Context(), f.Case, "police_report", story.Step{Fields: policeReport()})
	require.NoError(t, err, "the case goes on")
	in.requireSound(desk)
}
