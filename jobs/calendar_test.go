package jobs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

const sysadmin cases.Post = "city:379999000000/system_admin"

// alarms are the notices of the calendar in somebody's inbox.
func (b *bundle) alarms(name string, posts ...cases.Post) (out []records.NoticeRow) {
	b.t.Helper()
	rows, _, err := b.store.Notices(b.t.Context(), records.Access{Person: b.people[name], Posts: posts}, false, "", 100)
	require.NoError(b.t, err)
	for _, r := range rows {
		if r.Type == "calendar" {
			out = append(out, r)
		}
	}
	return out
}

func TestTheSystemAdministratorIsToldDailyWhileACalendarIsWanted(t *testing.T) {
	b := setup(t)
	b.now = time.Date(2026, 11, 16, 15, 30, 0, 0, time.UTC) // 23:30 of the 16th: 45 days and half an hour are left
	b.person("lin", sysadmin)
	b.person("hua", head)
	daily := func() {
		require.NoError(t, run(b, []byte(`{}`), b.prune))
	}
	require.Equal(t, "2026-12-31", b.rules.Calendar.To)
	daily()
	require.Empty(t, b.alarms("lin", sysadmin))
	require.Empty(t, b.mail.sent)

	b.now = time.Date(2026, 11, 17, 1, 0, 0, 0, time.UTC)
	daily()
	daily()
	got := b.alarms("lin", sysadmin)
	require.Len(t, got, 1, "once a day")
	require.Equal(t, []cases.Post{sysadmin}, got[0].Posts)
	require.Empty(t, got[0].Case)
	require.False(t, got[0].Urgent)
	require.Empty(t, b.alarms("hua", head))
	b.work()
	require.Len(t, b.mail.sent, 1, "by their channel too")

	b.now = b.now.Add(24 * time.Hour)
	daily()
	require.Len(t, b.alarms("lin", sysadmin), 2)
}

func TestADeadlineBeyondTheCalendarIsAlarmEnough(t *testing.T) {
	b := setup(t)
	b.now = time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)
	b.person("lin", sysadmin)
	id := b.file()
	require.NoError(t, run(b, []byte(`{}`), b.prune))
	require.Empty(t, b.alarms("lin", sysadmin))
	_, err := b.store.Pool().Exec(t.Context(), `UPDATE obligation SET provisional = true WHERE case_id = $1 AND ended_at IS NULL AND key = 'triage'`, id)
	require.NoError(t, err)
	require.NoError(t, run(b, []byte(`{}`), b.prune))
	require.Len(t, b.alarms("lin", sysadmin), 1)
}
