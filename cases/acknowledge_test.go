package cases_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// alert gives who may acknowledge what is owed.
func (sc *scene) alert(key, person string) cases.Alert {
	sc.t.Helper()
	return sc.s.Alert(sc.r, sc.owed(key), person)
}

func TestAnAlertIsForTheRungThatFiredLastAndThoseAbove(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	sc.wait(2 * hour)
	require.Equal(t, []string{"remind", "due"}, sc.rungs("child_seen"))
	require.Subset(t, sc.alert("child_seen", "").Posts, []cases.Post{supervisor, desk, manager, head}, "all are on that rung, or above it")

	sc.wait(30 * time.Minute)
	require.Equal(t, []string{"remind", "due", "level1"}, sc.rungs("child_seen"))
	posts := sc.alert("child_seen", "").Posts
	require.NotContains(t, posts, supervisor, "it has climbed past the one who owes it")
	require.Contains(t, posts, manager)
	require.Contains(t, posts, head, "who is above may take it on before being told")
	sc.ack("child_seen", supervisor)
	require.Equal(t, "below_rung", sc.last(cases.EventFact).Reason)
	for range 2 {
		require.Empty(t, sc.alert("child_seen", "").Refusal)
		sc.ack("child_seen", manager)
		require.Empty(t, sc.last(cases.EventFact).Reason)
	}
	require.Equal(t, cases.CodeAcked, sc.alert("child_seen", "").Refusal, "two for each rung")
	sc.ack("child_seen", head)
	require.Equal(t, "acks_used_up", sc.last(cases.EventFact).Reason)
}

func TestAnAlertAboutOnesOwnReadingIsForOthers(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	key := sc.reads(head)
	sc.wait(24*hour + time.Minute)
	reader := "person of " + string(head)
	require.Equal(t, cases.CodeOwnReading, sc.alert(key, reader).Refusal)
	require.Empty(t, sc.alert(key, "another").Refusal)
	require.NotContains(t, sc.alert(key, "another").Posts, head)
}

func TestAPausedClockSaysWhy(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
	sc.do("assess", manager)
	sc.do("pause", manager, form{"key": "plan", "cause": "weather"})
	require.Equal(t, "weather", sc.owed("plan").PausedFor)
	sc.do("resume", manager, form{"key": "plan"})
	require.Empty(t, sc.owed("plan").PausedFor)
}
