package postgres

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
)

var errNoCursor = errors.New("postgres: not a cursor")

// The ends of time, beyond every row's.
var (
	beforeAll = time.Unix(0, 0).UTC()
	afterAll  = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// mostRows bounds a page whatever is asked for.
const mostRows = 200

// pageSize is the rows of a page: 50 unless told.
func pageSize(limit int) int32 {
	if limit <= 0 {
		return 50
	}
	return int32(min(limit, mostRows))
}

// timeCursor names a row by a time and an id.
func timeCursor(at time.Time, id uuid.UUID) records.Cursor {
	return encode(fmt.Sprintf("%d %s", at.UnixMicro(), id))
}

func readTimeCursor(c records.Cursor, start time.Time) (time.Time, uuid.UUID, error) {
	if c == "" {
		return start, uuid.Nil, nil
	}
	var micros int64
	var id string
	text, err := decode(c)
	if err == nil {
		_, err = fmt.Sscanf(text, "%d %s", &micros, &id)
	}
	key, idErr := uuid.Parse(id)
	if err != nil || idErr != nil || micros < 0 || micros > afterAll.UnixMicro() {
		return start, uuid.Nil, cases.Refuse(records.CodeCursor)
	}
	return time.UnixMicro(micros).UTC(), key, nil
}

// eventCursor names a row of a timeline.
func eventCursor(seq int64, idx int32) records.Cursor { return encode(fmt.Sprintf("%d %d", seq, idx)) }

func readEventCursor(c records.Cursor) (seq int64, idx int32, err error) {
	if c == "" {
		return 0, math.MaxInt32, nil
	}
	text, err := decode(c)
	if err == nil {
		_, err = fmt.Sscanf(text, "%d %d", &seq, &idx)
	}
	if err != nil {
		return 0, 0, cases.Refuse(records.CodeCursor)
	}
	return seq, idx, nil
}

func encode(text string) records.Cursor {
	return records.Cursor(base64.RawURLEncoding.EncodeToString([]byte(text)))
}

func decode(c records.Cursor) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err == nil && (!utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0) {
		err = errNoCursor // no text for a database
	}
	return string(text), err
}
