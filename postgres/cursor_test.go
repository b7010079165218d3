package postgres

import (
	"errors"
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

// FuzzCursors looks for a cursor that breaks a list: one that is not ours is refused, and what is read can be asked of the database.
func FuzzCursors(f *testing.F) {
	for _, c := range []records.Cursor{"", "x", timeCursor(time.Now(), uuid.New()), eventCursor(7, 3), encode("7 city:379999000000/desk"), encode("1 \x00"), encode("\xff \xff"), encode("-1 -1"), encode("9223372036854775808 2147483648")} {
		f.Add(string(c))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := records.Cursor(text)
		at, _, err := readTimeCursor(c, afterAll)
		refusedOr(t, err, func() { require.True(t, !at.Before(beforeAll) && !at.After(afterAll)) })
		seq, idx, err := readEventCursor(c)
		refusedOr(t, err, func() {
			if c != "" {
				again, i, err := readEventCursor(eventCursor(seq, idx))
				require.NoError(t, err)
				require.Equal(t, []any{seq, idx}, []any{again, i})
			}
		})
		post, _, err := readHoldingCursor(c)
		refusedOr(t, err, func() { require.True(t, utf8.ValidString(post)); require.NotContains(t, post, "\x00") })
	})
}

func refusedOr(t *testing.T, err error, taken func()) {
	t.Helper()
	if err == nil {
		taken()
		return
	}
	var refusal *cases.Error
	require.True(t, errors.As(err, &refusal))
	require.Equal(t, records.CodeCursor, refusal.Code)
}

func TestACursorLeadsOnFromItsRow(t *testing.T) {
	at, id := time.Date(2026, 11, 24, 1, 2, 3, 4000, time.UTC), uuid.New()
	gotAt, gotID, err := readTimeCursor(timeCursor(at, id), afterAll)
	require.NoError(t, err)
	require.Equal(t, at, gotAt)
	require.Equal(t, id, gotID)
	gotAt, gotID, err = readTimeCursor("", afterAll)
	require.NoError(t, err)
	require.Equal(t, afterAll, gotAt)
	require.Equal(t, uuid.Nil, gotID)
	seq, idx, err := readEventCursor("")
	require.NoError(t, err)
	require.Zero(t, seq)
	require.EqualValues(t, math.MaxInt32, idx)
}
