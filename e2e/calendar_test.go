//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/story"
)

// longAssessment reaches beyond the last published calendar from any day on which
// this test is run: 300 working days are more than a year.
const longAssessment = `
policy: anqiu-long
version: "1"
extends: anqiu
deadlines:
  - {id: assessment, value: 300, unit: workday}
`

// table is a working calendar with one holiday.
func table(version string, from, to, holiday time.Time, days int) string {
	worked := 0
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		off := !at.Before(holiday) && at.Before(holiday.AddDate(0, 0, days))
		if at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && !off {
			worked++
		}
	}
	day := func(at time.Time) string { return at.Format(time.DateOnly) }
	return fmt.Sprintf("calendar: %q\nsources: [test]\nfrom: %s\nto: %s\noff:\n  - {name: 节日, from: %s, to: %s}\nwork: []\nworkdays: %d\n",
		version, day(from), day(to), day(holiday), day(holiday.AddDate(0, 0, days-1)), worked)
}

// lastDay is where the calendar ends that the program brings.
func lastDay(t *testing.T) time.Time {
	t.Helper()
	rules, err := policy.Load("anqiu")
	require.NoError(t, err)
	last, err := time.Parse(time.DateOnly, rules.Calendar.To)
	require.NoError(t, err)
	return last
}

// tableToCome is a table that the State Council has not published yet: it begins
// where the last one ends, and its one holiday lasts so many days.
func tableToCome(t *testing.T, version string, days int) string {
	t.Helper()
	last := lastDay(t)
	holiday := last.AddDate(0, 0, 20)
	if soon := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 2, 0); soon.After(holiday) {
		holiday = soon
	}
	return table(version, last.AddDate(0, 0, 1), last.AddDate(0, 0, 700), holiday, days)
}

// calendarVersion is that of the rules which new cases start with.
func calendarVersion(t *testing.T, as *story.Client) string {
	t.Helper()
	var rules struct {
		Calendar struct {
			Version string `json:"version"`
		} `json:"calendar"`
	}
	_, err := as.Do(t.Context(), http.MethodGet, "/api/v1/rules", "", nil, &rules)
	require.NoError(t, err)
	return rules.Calendar.Version
}

// The State Council corrects a table of the present year: what the administrator
// imports counts over what the program brings, after a restart too.
func TestCorrectedCalendarOutlivesARestart(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "anqiu")
	in.start()
	desk := in.signIn("desk1")["desk1"]
	last := lastDay(t)
	file := filepath.Join(t.TempDir(), "corrected.yaml")
	require.NoError(t, os.WriteFile(file, []byte(table("corrected", last.AddDate(0, 0, -30), last, last.AddDate(0, 0, -9), 10)), 0o600))
	out, err := in.tonghu("calendar", file)
	require.NoError(t, err, out)
	require.Contains(t, calendarVersion(t, desk), "corrected")
	in.stop()
	in.start()
	require.Contains(t, calendarVersion(t, desk), "corrected")
}

// A deadline beyond the published calendar is provisional; when the table comes,
// every open case is counted anew, once, and no officer's open form goes stale.
func TestCalendarImported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	in := newInstance(t, write("policy.yaml", longAssessment))
	in.start()
	desk := in.signIn("desk1")["desk1"]
	triaged := func() string {
		f := filed(t, desk, "no")
		_, err := desk.Take(t.Context(), f.Case, "triage", story.Step{Fields: with(triage(), "colour", "yellow")})
		require.NoError(t, err)
		return f.Case
	}
	open := []string{triaged(), triaged(), triaged()}
	assessment := func(id string) api.Obligation {
		t.Helper()
		c, err := desk.Case(t.Context(), id)
		require.NoError(t, err)
		i := slices.IndexFunc(c.Obligations, func(o api.Obligation) bool { return o.Key == "assessment" })
		require.GreaterOrEqual(t, i, 0, "an assessment is owed")
		return c.Obligations[i]
	}
	recounted := func(e api.Event) bool { return e.Type == cases.EventRecalculate }
	moved := func(e api.Event) bool {
		return e.Type == cases.EventMoved && e.Key == "assessment" && e.Reason == "calendar"
	}
	imported := func(file string, times int) map[string]api.Obligation {
		t.Helper()
		out, err := in.tonghu("calendar", file)
		require.NoError(t, err, out)
		counted := map[string]api.Obligation{}
		for _, id := range open {
			until(t, 2*time.Minute, "the case is counted anew", func() bool {
				return howMany(timeline(t, desk, id), recounted) >= times
			})
			counted[id] = assessment(id)
			require.False(t, counted[id].Provisional)
			require.Equal(t, times, howMany(timeline(t, desk, id), moved))
		}
		return counted
	}

	before := map[string]api.Obligation{}
	for _, id := range open {
		before[id] = assessment(id)
		require.True(t, before[id].Provisional, "the calendar ends before it is due")
	}
	form, err := desk.Case(t.Context(), open[0]) // an officer begins to write
	require.NoError(t, err)

	file := write("table.yaml", tableToCome(t, "to-come", 7))
	first := imported(file, 1)
	for _, id := range open {
		require.True(t, first[id].Due.After(before[id].Due), "the holiday moves it")
	}
	status, err := desk.Do(t.Context(), http.MethodPost, "/api/v1/cases/"+open[0]+"/steps/police_report", story.NewKey(),
		story.Step{Base: form.Base, Fields: policeReport()}, nil)
	require.NoError(t, err, "the form is not stale")
	require.Equal(t, http.StatusOK, status)

	out, err := in.tonghu("calendar", file) // again: it says nothing new
	require.NoError(t, err, out)
	second := imported(write("corrected.yaml", tableToCome(t, "to-come-2", 14)), 2)
	in.stop()
	in.start()
	for _, id := range open {
		require.True(t, second[id].Due.After(first[id].Due), "the holiday is longer")
		require.Equal(t, second[id].Due, assessment(id).Due)
		events := timeline(t, desk, id)
		require.Equal(t, 2, howMany(events, recounted), "each table that says something new counts once")
		require.Equal(t, 2, howMany(events, moved))
	}
	require.False(t, assessment(triaged()).Provisional, "new cases start with the imported calendar")
	in.requireSound(desk)
}
