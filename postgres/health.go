package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
)

var _ records.Health = (*Store)(nil)

// Ping implements records.Health.
func (s *Store) Ping(ctx context.Context) error { return fault(s.pool.Ping(ctx)) }

// Counts implements records.Health.
func (s *Store) Counts(ctx context.Context) (records.Counts, error) {
	now := s.now()
	var out records.Counts
	err := s.within(ctx, func(tx pgx.Tx) error {
		r, err := db.New(tx).CountHouse(ctx, now, now.AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		out = records.Counts{
			WithoutWorkflow: int(r.WithoutWorkflow), UnappliedFacts: int(r.Unapplied), PendingCommands: int(r.Pending),
			Undelivered: int(r.Undelivered), Provisional: int(r.Provisional), CalendarTo: r.CalendarTo,
			OpenCases: int(r.OpenCases), Overdue: int(r.Overdue), Unlisted: int(r.Unlisted),
			Rungs: int(r.Rungs), Lateness: time.Duration(r.Lateness * float64(time.Second)),
			Channels: []records.ChannelFault{}, Processes: []records.Process{},
		}
		if oldest := r.Oldest.UTC(); !oldest.IsZero() {
			out.OldestFact = now.Sub(oldest)
		}
		if out.Audit, err = auditState(ctx, db.New(tx)); err != nil {
			return err
		}
		if err := more(ctx, db.New(tx), now, &out); err != nil {
			return err
		}
		// The queue's table is River's own, so sqlc does not know it.
		var oldest *time.Time
		if err := tx.QueryRow(ctx, `
			SELECT count(*), min(scheduled_at) FROM river_job
			WHERE state IN ('available', 'scheduled', 'retryable') AND scheduled_at <= $1`, now).Scan(&out.DueJobs, &oldest); err != nil {
			return err
		}
		if oldest != nil {
			out.OldestJob = now.Sub(*oldest)
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE state = 'discarded' AND finalized_at > $1`, now.AddDate(0, 0, -1)).Scan(&out.FailedJobs)
	})
	return out, err
}

// CalendarReach implements records.Health.
func (s *Store) CalendarReach(ctx context.Context) (records.CalendarReach, error) {
	r, err := db.New(s.pool).CalendarReach(ctx)
	return records.CalendarReach{To: r.CalendarTo, Provisional: int(r.Provisional), OpenCases: int(r.OpenCases)}, fault(err)
}

// alarmSpace is the name space of the notices of an alarm, one for each person and day.
var alarmSpace = uuid.MustParse("7a0f2d7b-0f0c-5f6e-9b1d-3a7f6f0c2e18")

// AlarmCalendar tells those who import calendars, once a day of the county, that the
// published tables end soon or that deadlines reach beyond them, and gives who now waits
// to be told; nobody while neither is so.
func (s *Store) AlarmCalendar(ctx context.Context) ([]string, error) {
	reach, err := s.CalendarReach(ctx)
	now := s.now()
	if err != nil || !reach.Alarms(now) {
		return nil, err
	}
	var people []uuid.UUID
	err = s.within(ctx, func(tx pgx.Tx) error {
		people = nil
		q := db.New(tx)
		names, err := q.PostsOfRoles(ctx, texts(cases.RolesThat(cases.ImportCalendar)))
		if err != nil {
			return err
		}
		for _, post := range names {
			to, _, err := told(ctx, q, cases.Post(post), now)
			if err != nil {
				return err
			}
			for _, person := range to {
				id := uuid.NewSHA1(alarmSpace, []byte(person.String()+" "+now.In(cases.Zone).Format(time.DateOnly)))
				if err := q.PutCalendarAlarm(ctx, db.PutCalendarAlarmParams{ID: id, Person: person, Posts: []string{post}, At: now}); err != nil {
					return err
				}
			}
			people = append(people, to...)
		}
		return nil
	})
	return idTexts(people), err
}

// more counts what is kept in rows of their own.
func more(ctx context.Context, q *db.Queries, now time.Time, out *records.Counts) error {
	failed, err := q.FailedChannels(ctx, now.AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	for _, f := range failed {
		out.Channels = append(out.Channels, records.ChannelFault{Channel: f.Channel, Code: f.Code, Count: int(f.N)})
	}
	processes, err := q.Processes(ctx, Silence.Seconds())
	if err != nil {
		return err
	}
	for _, p := range processes {
		out.Processes = append(out.Processes, records.Process{Name: p.Name, Seen: p.Seen.UTC(), Gone: p.Gone, Stuck: p.Stuck})
	}
	d, err := q.LastDrill(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	took := time.Duration(d.TookMs) * time.Millisecond
	out.Drill = &records.Drill{At: d.At.UTC(), Restored: d.Restored.UTC(), Took: took, Seconds: took.Seconds(), Good: d.Good}
	return err
}

// PutDrill keeps how a restore drill went.
func (s *Store) PutDrill(ctx context.Context, d records.Drill) error {
	return fault(db.New(s.pool).PutDrill(ctx, db.PutDrillParams{At: d.At, Restored: d.Restored, TookMs: d.Took.Milliseconds(), Good: d.Good}))
}
