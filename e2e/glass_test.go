//go:build e2e

package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// Who reported is for the duty desk alone. The office's head reads it in an emergency:
// for the time of the policy, seen, told and reviewed.
func TestWhoReportedIsReadInAnEmergencyOnly(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	as := in.signIn("desk1", "head", "bureau", "auditadmin")
	var filed api.Filed
	body := report("yes")
	body["reporter"] = map[string]any{"name": "周老师", "phone": "13900001234"}
	_, err := insist(t.Context(), as["desk1"], http.MethodPost, "/api/v1/reports", story.NewKey(), body, &filed)
	require.NoError(t, err)
	reporter := func(login string) string {
		c, err := as[login].Case(t.Context(), filed.Case)
		require.NoError(t, err)
		if c.Reporter == nil {
			return ""
		}
		return c.Reporter.Name
	}
	require.Equal(t, "周老师", reporter("desk1"))
	require.Empty(t, reporter("head"))

	breakGlass := func(login string) (out api.Glass, err error) {
		_, err = as[login].Do(t.Context(), http.MethodPost, "/api/v1/cases/"+filed.Case+"/break-glass", story.NewKey(), map[string]any{
			"compartments": []string{"reporter"}, "grounds": "reporter_in_danger", "reason": "有人扬言报复报告人",
		}, &out)
		return out, err
	}
	_, err = breakGlass("desk1")
	require.Equal(t, "second_person_needed", story.CodeOf(err))
	first, err := breakGlass("head")
	require.NoError(t, err)
	require.Equal(t, cases.Post("city:379999000000/bureau"), first.Review.Post)
	require.Equal(t, "周老师", reporter("head"))
	require.Empty(t, reporter("bureau"), "for the reader alone")

	// The supervisor learns at once, and may judge it; the reader may not.
	key := cases.GlassReviewKey(first.ID)
	until(t, 20*time.Second, "the supervisor's notice", func() bool {
		var list struct{ Items []api.Notice }
		_, err := as["bureau"].Do(t.Context(), http.MethodGet, "/api/v1/notices", "", nil, &list)
		require.NoError(t, err)
		for _, n := range list.Items {
			if n.Key == key {
				return n.Urgent && n.Case == filed.Case
			}
		}
		return false
	})
	awaitEvent(t, as["bureau"], filed.Case, "the review is owed", func(e api.Event) bool { return e.Type == cases.EventOwed && e.Key == key })
	review := func(login, id string) error {
		_, err := as[login].Take(t.Context(), filed.Case, "review_glass", story.Step{Fields: map[string]any{"glass": id, "verdict": "justified", "opinion": "确有必要"}})
		return err
	}
	require.Equal(t, "second_person_needed", story.CodeOf(review("head", first.ID)))

	// It ends by the clock, and not before.
	until(t, time.Minute, "the end of the reading", func() bool { return reporter("head") == "" })
	require.False(t, time.Now().Before(first.Until))
	require.NoError(t, review("bureau", first.ID))

	// A review ends one that is in force.
	second, err := breakGlass("head")
	require.NoError(t, err)
	require.Equal(t, "周老师", reporter("head"))
	awaitEvent(t, as["bureau"], filed.Case, "the second review is owed", func(e api.Event) bool {
		return e.Type == cases.EventOwed && e.Key == cases.GlassReviewKey(second.ID)
	})
	require.NoError(t, review("bureau", second.ID))
	require.Empty(t, reporter("head"))

	// The audit administrator sees that it was done, and not what is in the file.
	var seen struct{ Items []api.Glass }
	_, err = as["auditadmin"].Do(t.Context(), http.MethodGet, "/api/v1/break-glass", "", nil, &seen)
	require.NoError(t, err)
	require.Len(t, seen.Items, 2)
	for _, g := range seen.Items {
		require.Empty(t, g.Reason)
		require.Empty(t, g.Number)
		require.Equal(t, "justified", g.Review.Verdict)
	}
	_, err = as["auditadmin"].Case(t.Context(), filed.Case)
	require.Equal(t, "not_found", story.CodeOf(err))
	in.requireSound(as["desk1"])
}
