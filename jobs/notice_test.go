package jobs

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/notify"
	"tonghu/postgres"
	"tonghu/records"
)

// inboxOf gives what a person finds after signing in.
func (b *bundle) inboxOf(name string, posts ...cases.Post) []records.NoticeRow {
	b.t.Helper()
	rows, next, err := b.store.Notices(b.t.Context(), records.Access{Person: b.people[name], Posts: posts}, false, "", 100)
	require.NoError(b.t, err)
	require.Empty(b.t, next)
	return rows
}

// reached gives the addresses that a channel was sent to.
func (c *channel) reached() (out []string) {
	for _, m := range c.sent {
		out = append(out, m.Recipient.Email)
	}
	return out
}

// rungOf finds the rows about an obligation's rungs.
func rungOf(rows []records.NoticeRow, key string) (out []records.NoticeRow) {
	for _, r := range rows {
		if r.Key == key {
			out = append(out, r)
		}
	}
	return out
}

func (b *bundle) leave(name string) {
	b.t.Helper()
	a := records.Access{Person: b.people[name]}
	_, err := b.store.AddLeave(b.t.Context(), a, records.Leave{Person: b.people[name], From: b.now, Until: b.now.AddDate(0, 0, 30)})
	require.NoError(b.t, err)
}

func TestTheHolderIsTold(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	b.person("sup", town)
	id := b.file()
	b.work()
	require.ElementsMatch(t, []string{"anna@anhe.example", "sup@anhe.example"}, b.mail.reached())
	require.Empty(t, b.sms.sent, "yellow goes by no SMS")

	rows := b.inboxOf("anna", desk)
	require.GreaterOrEqual(t, len(rows), 2, "the report, and that the police are to be told")
	require.Equal(t, id, rows[0].Case)
	require.NotEmpty(t, rows[0].Number)
	require.True(t, rows[0].Delivered.Equal(start))
	require.True(t, rows[0].Read.IsZero())

	for _, m := range b.mail.sent {
		require.Equal(t, console, m.URL)
		require.NotContains(t, notify.Text(m), "379999")
		if m.Recipient.Person == b.people["anna"] {
			require.Equal(t, len(rows), m.Count, "all in one message")
		}
	}
}

func TestANoticeIsReadByItsPersonOnly(t *testing.T) {
	b := setup(t)
	anna, bella := b.person("anna", desk), b.person("bella", head)
	b.file()
	b.work()
	rows := b.inboxOf("anna", desk)
	row := rows[0]
	err := b.store.MarkRead(t.Context(), records.Access{Person: bella, Posts: []cases.Post{head}}, row.ID)
	require.Equal(t, "not_found", code(err))
	b.now = b.now.Add(time.Minute)
	require.NoError(t, b.store.MarkRead(t.Context(), records.Access{Person: anna, Posts: []cases.Post{desk}}, row.ID))
	require.True(t, b.inboxOf("anna", desk)[0].Read.Equal(b.now))
	unread, _, err := b.store.Notices(t.Context(), records.Access{Person: anna, Posts: []cases.Post{desk}}, true, "", 10)
	require.NoError(t, err)
	require.Len(t, unread, len(rows)-1)
	require.NotContains(t, unread, row)
}

func TestAnAcknowledgementShowsOnTheNotice(t *testing.T) {
	b := setup(t)
	anna := b.person("anna", desk)
	b.person("sup", town)
	id := b.file()
	s := b.untilRung(id, "police_report")
	b.work()
	row := rungOf(b.inboxOf("anna", desk), "police_report")[0]
	require.True(t, row.Acked.IsZero())
	require.False(t, row.Delivered.IsZero())
	require.Contains(t, row.Owed.Alert.Posts, desk, "who was told may take it on")
	require.Equal(t, []cases.Post{desk}, row.Owed.Reached)

	o, _ := s.Obligation("police_report")
	b.now = b.now.Add(time.Minute)
	ack := cases.Fact{
		ID: "ack-1", Kind: cases.FactAck, Occurred: b.now, Received: b.now, By: cases.Actor{Person: anna, Post: desk},
		Fields: cases.Fields{"key": "police_report", "occurrence": "1", "epoch": "1"},
	}
	require.Equal(t, 1, o.Occurrence)
	_, err := b.store.AddFact(t.Context(), records.Once{}, records.Access{Person: anna, Posts: []cases.Post{desk}}, id, ack, nil)
	require.NoError(t, err)
	require.True(t, rungOf(b.inboxOf("anna", desk), "police_report")[0].Acked.Equal(b.now))
}

func TestTheDeputyIsToldOfWhoIsAway(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	bella := b.person("bella")
	require.NoError(t, b.store.Hold(t.Context(), records.Access{Posts: []cases.Post{head}}, records.Holding{Post: desk, Person: bella, Deputy: true}))
	b.leave("anna")
	id := b.file()
	b.untilRung(id, "police_report")
	b.work()
	require.Contains(t, b.mail.reached(), "bella@anhe.example")
	require.NotContains(t, b.mail.reached(), "anna@anhe.example")
	for _, f := range b.facts(id, cases.FactVacant) {
		require.NotEqual(t, string(desk), f.Fields["post"])
	}
}

func TestAVacantPostLiftsTheLadderAtOnce(t *testing.T) {
	b := setup(t)
	b.person("boss", head)
	b.person("mia", manager)
	id := b.file()
	b.clearQueue()                        // of what the filing owes; this is about the rung
	s := b.untilRung(id, "police_report") // the desk is vacant
	o, _ := s.Obligation("police_report")
	b.work()
	facts := b.facts(id, cases.FactVacant)
	require.Len(t, facts, 1)
	require.Equal(t, cases.Fields{"key": "police_report", "occurrence": "1", "epoch": "1", "rung": "0", "post": string(desk), "reason": "vacant"}, facts[0].Fields)
	require.Equal(t, 1, o.Rung)

	s = b.pass(id, 0)
	o, _ = s.Obligation("police_report")
	require.Equal(t, 2, o.Rung, "the next rung fires at once, not at its own time")
}

func TestTheFactOfAVacancyIsCommittedOnce(t *testing.T) {
	b := setup(t)
	id := b.file()
	b.clearQueue() // of what the filing owes; this is about the rung
	b.untilRung(id, "police_report")
	b.work()
	_, err := b.store.Pool().Exec(t.Context(), `UPDATE river_job SET state = 'available', finalized_at = NULL`)
	require.NoError(t, err)
	b.work()
	require.Len(t, b.facts(id, cases.FactVacant), 1)
}

func TestAVacantPostThatNewlyOwesLiftsTheLadder(t *testing.T) {
	b := setup(t)
	b.person("sup", town)
	id := b.file()
	b.work()
	facts := b.facts(id, cases.FactVacant)
	require.Len(t, facts, 2, "the desk owes two things and is vacant")
	for _, f := range facts {
		require.Equal(t, "-1", f.Fields["rung"])
		require.Equal(t, string(desk), f.Fields["post"])
	}
	s := b.pass(id, time.Second)
	o, _ := s.Obligation("police_report")
	require.Positive(t, o.Rung, "a rung fires at once")
}

func TestADeadChannelLiftsTheLadder(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	b.mail.fail = func() error { return &notify.Error{Channel: "email", Code: notify.CodeAddressRejected} }
	id := b.file()
	b.clearQueue() // of what the filing owes; this is about the rung
	b.untilRung(id, "police_report")
	b.work()
	facts := b.facts(id, cases.FactUndelivered)
	require.Len(t, facts, 1)
	require.Equal(t, "police_report", facts[0].Fields["key"])
	require.Equal(t, string(desk), facts[0].Fields["post"])
	require.Len(t, rungOf(b.inboxOf("anna", desk), "police_report"), 1, "it is in the inbox all the same")
	require.Positive(t, b.counts().Undelivered)
}

func TestAPostIsReachedIfOneOfItsPeopleIs(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	b.person("bella", desk)
	first := true
	b.mail.fail = func() error {
		if first {
			first = false
			return &notify.Error{Channel: "email", Code: notify.CodeAddressRejected}
		}
		return nil
	}
	id := b.file()
	b.clearQueue() // the filing's own notices
	b.untilRung(id, "police_report")
	b.work()
	require.False(t, first)
	require.Empty(t, b.facts(id, cases.FactUndelivered))
}

func TestAnUnreachableChannelIsTriedAgainUntilItsScheduleEnds(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	tries := 0
	b.mail.fail = func() error { tries++; return &notify.Error{Channel: "email", Code: notify.CodeUnreachable} }
	id := b.file()
	b.clearQueue()
	b.untilRung(id, "police_report")
	require.Contains(t, b.work(), "deliver_notice")
	require.Equal(t, 1, tries)
	require.Empty(t, b.facts(id, cases.FactUndelivered))

	var delivery string
	require.NoError(t, b.store.Pool().QueryRow(t.Context(), `SELECT id FROM notice_delivery WHERE channel = 'email'`).Scan(&delivery))
	args := []byte(`{"delivery":"` + delivery + `"}`)
	require.Error(t, run(b, args, b.deliver), "too early: it is put off")
	require.Equal(t, 1, tries)
	for range notify.Schedule[notify.Normal] {
		b.now = b.now.Add(5 * time.Hour)
		_ = run(b, args, b.deliver)
	}
	require.Equal(t, 1+len(notify.Schedule[notify.Normal]), tries)
	require.Len(t, b.facts(id, cases.FactUndelivered), 1)
	require.NoError(t, run(b, args, b.deliver), "given up is given up")
	require.Equal(t, 1+len(notify.Schedule[notify.Normal]), tries)
}

func TestRedGoesBySMSToNamedPersons(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	b.now = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) // 02:00 in the county
	id := b.file(red)
	b.work()
	require.Len(t, b.sms.sent, 1)
	require.Equal(t, notify.Red, b.sms.sent[0].Urgency)
	require.Equal(t, "13900000001", b.sms.sent[0].Recipient.Phone)
	require.Len(t, b.mail.sent, 1)
	require.True(t, b.inboxOf("anna", desk)[0].Urgent)
	require.Empty(t, b.facts(id, cases.FactUndelivered))
}

// ordinary makes what waits to be told something that is not urgent.
func (b *bundle) ordinary() {
	b.t.Helper()
	_, err := b.store.Pool().Exec(b.t.Context(), `UPDATE notice_intent SET type = 'owed', key = 'closing', urgent = false`)
	require.NoError(b.t, err)
}

func TestOneChannelThatReachesThePersonIsEnough(t *testing.T) {
	b := setup(t)
	b.person("anna", desk, town)
	b.mail.fail = func() error { return &notify.Error{Channel: "email", Code: notify.CodeAddressRejected} }
	id := b.file(red)
	b.work()
	require.NotEmpty(t, b.sms.sent)
	require.Empty(t, b.mail.sent)
	require.Empty(t, b.facts(id, cases.FactUndelivered))
	require.Zero(t, b.counts().Undelivered)
}

func TestOrdinaryNoticesWaitForTheMorning(t *testing.T) {
	b := setup(t)
	b.person("sup", town)
	b.now = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) // 02:00 in the county
	b.file()
	b.ordinary()
	b.work()
	require.Empty(t, b.mail.sent)
	waiting := len(b.inboxOf("sup", town))
	require.Positive(t, waiting, "the inbox wakes nobody")
	b.now = time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC) // 07:30
	b.work()
	require.Equal(t, []string{"sup@anhe.example"}, b.mail.reached())
	require.Equal(t, waiting, b.mail.sent[0].Count)
}

func TestTooManyNoticesBecomeOneAndTheChiefLearnsOfIt(t *testing.T) {
	b := setup(t)
	b.person("sup", town)
	b.person("boss", head)
	for range notify.DailyLimit + 2 {
		b.file()
	}
	b.ordinary()
	b.work()
	sent := 0
	for _, to := range b.mail.reached() {
		if to == "sup@anhe.example" {
			sent++
		}
	}
	require.Positive(t, sent)
	require.LessOrEqual(t, sent, notify.DailyLimit, "the rest waits for the digest")
	boss := b.inboxOf("boss", head)
	require.Len(t, boss, 1)
	require.Equal(t, "overload", boss[0].Key)
	require.Empty(t, boss[0].Case)
}

func TestALeaderHearsOfRedAndOfWhatHasClimbed(t *testing.T) {
	b := setup(t)
	bureau := cases.Post("city:379999000000/bureau")
	lea := postgres.Addressee{Person: records.Person{ID: uuid.NewString(), Email: "lea@anhe.example", Posts: []cases.Post{bureau}}}
	withheld := func(posts []cases.Post, n postgres.WaitingNotice) bool {
		n.ID, lea.Posts = uuid.NewString(), posts
		p := b.decisions(start, postgres.Waiting{Addressee: lea, Notices: []postgres.WaitingNotice{n}})
		require.Len(t, append(p.Withheld, p.Told...), 1)
		require.Equal(t, len(p.Told), len(p.Deliveries))
		return len(p.Withheld) == 1
	}
	own := []cases.Post{bureau}
	require.True(t, withheld(own, postgres.WaitingNotice{Type: cases.EventRung, Key: "closing", RungName: "due"}))
	require.False(t, withheld(own, postgres.WaitingNotice{Type: cases.EventRung, Key: "closing", RungName: "level2"}))
	require.False(t, withheld(own, postgres.WaitingNotice{Type: cases.EventOwed, Key: "order_sign:1"}))
	require.False(t, withheld(append(own, head), postgres.WaitingNotice{Type: cases.EventRung, Key: "closing", RungName: "due"}))
}

func TestWhereNothingButTheInboxIsConfiguredItIsEnough(t *testing.T) {
	b := setup(t)
	b.options.Kinds = map[string]notify.Kind{"inbox": notify.KindInbox}
	b.person("anna", desk)
	b.person("sup", town)
	id := b.file(red)
	b.untilRung(id, "police_report")
	b.work()
	require.Empty(t, b.facts(id, cases.FactUndelivered))
	row := rungOf(b.inboxOf("anna", desk), "police_report")[0]
	require.True(t, row.Delivered.Equal(b.now))
}

func TestWhoHoldsARecusedPostTooIsNotTold(t *testing.T) {
	b := setup(t)
	b.person("anna", desk, "village:379999101203/director") // the suspect's own post beside the desk's
	b.person("bella", desk)
	id := b.file(func(rep *cases.Report) { rep.Avoid = []string{"village"} })
	b.untilRung(id, "police_report")
	b.work()
	require.NotContains(t, b.mail.reached(), "anna@anhe.example")
	require.Contains(t, b.mail.reached(), "bella@anhe.example")
	require.Empty(t, b.inboxOf("anna", desk, "village:379999101203/director"))
}

func TestOneWhoHoldsTwoPostsIsToldOnce(t *testing.T) {
	b := setup(t)
	b.person("anna", desk, town)
	b.file()
	b.work()
	require.Len(t, b.mail.sent, 1)
	seen := map[string]bool{}
	for _, row := range b.inboxOf("anna", desk, town) {
		require.False(t, seen[row.Key], "%q is told twice", row.Key)
		seen[row.Key] = true
	}
	require.True(t, seen["police_report"])
}

func TestNoticesThatStoppedHalfWayAreBroughtOn(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	b.file()
	b.clearQueue() // resolve was lost
	lose := func() { b.now = b.now.Add(settled + time.Second); b.clearQueue() }
	lose()
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	require.NoError(t, b.once("resolve_notices"))
	require.NotEmpty(t, b.inboxOf("anna", desk))
	lose() // deliver was lost
	require.Empty(t, b.mail.sent)
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	b.work()
	require.Len(t, b.mail.sent, 1)
	lose()
	require.NoError(t, run(b, []byte(`{}`), b.sweep))
	b.work()
	require.Len(t, b.mail.sent, 1, "what was delivered is not sent again")
}

// once does the jobs of one kind.
func (b *bundle) once(kind string) error {
	b.t.Helper()
	var args []byte
	if err := b.store.Pool().QueryRow(b.t.Context(), `SELECT args FROM river_job WHERE kind = $1`, kind).Scan(&args); err != nil {
		return err
	}
	return b.do(kind, args)
}

func TestWhatWasThereIsReadAtOnce(t *testing.T) {
	b := setup(t)
	anna := records.Access{Person: b.person("anna", desk), Posts: []cases.Post{desk}}
	b.file()
	b.work()
	unread := func(most int) int {
		n, err := b.store.Unread(t.Context(), anna, most)
		require.NoError(t, err)
		return n
	}
	first := len(b.inboxOf("anna", desk))
	require.Equal(t, first, unread(100))
	require.Equal(t, 1, unread(1), "nobody counts on")
	seen := b.now
	b.now = b.now.Add(time.Minute)
	b.file()
	b.work()
	require.NoError(t, b.store.MarkAllRead(t.Context(), anna, seen))
	require.Equal(t, len(b.inboxOf("anna", desk))-first, unread(100), "what came later is not read")
}

func TestANoticeTellsWhyItCame(t *testing.T) {
	b := setup(t)
	anna := records.Access{Person: b.person("anna", desk), Posts: []cases.Post{desk}}
	b.person("sup", town)
	id := b.file()
	s := b.untilRung(id, "police_report")
	b.work()
	o, ok := s.Obligation("police_report")
	require.True(t, ok)
	row := rungOf(b.inboxOf("anna", desk), "police_report")[0]
	require.Equal(t, []cases.Post{desk}, row.Posts)
	require.Equal(t, o.Owner, row.Owner)
	require.True(t, o.Due.Equal(row.Due))
	require.False(t, row.Provisional)
	require.True(t, row.Ended.IsZero())
	_, err := b.store.Pool().Exec(t.Context(), `UPDATE obligation SET provisional = true WHERE key = 'police_report'`)
	require.NoError(t, err)
	require.True(t, rungOf(b.inboxOf("anna", desk), "police_report")[0].Provisional, "and that its day is not certain yet")

	climb, err := b.store.Climb(t.Context(), anna, row.Obligation)
	require.NoError(t, err)
	require.Equal(t, "police_report", climb.Row.Obligation.Key)
	require.NotEmpty(t, climb.Row.Deadline.Source)
	require.Len(t, climb.Events, o.Rung)
	last := climb.Events[len(climb.Events)-1].Event
	require.Equal(t, cases.EventRung, last.Type)
	require.Contains(t, last.Posts, desk)

	_, err = b.store.Climb(t.Context(), records.Access{Person: anna.Person, Posts: []cases.Post{"village:379999109999/director"}}, row.Obligation)
	require.Equal(t, "not_found", code(err), "the case is not theirs to see")
}

func TestTheHouseTellsOfLateRemindersAndOfDrills(t *testing.T) {
	b := setup(t)
	b.person("anna", desk)
	before := b.counts()
	require.Nil(t, before.Drill)
	require.Zero(t, before.Rungs)
	b.untilRung(b.file(), "police_report")
	after := b.counts()
	require.Positive(t, after.Rungs)
	require.GreaterOrEqual(t, after.Lateness, time.Duration(0))

	drill := records.Drill{At: b.now, Restored: b.now.Add(-time.Hour), Took: 90 * time.Second, Good: true}
	require.NoError(t, b.store.PutDrill(t.Context(), drill))
	drill.Seconds = 90
	require.Equal(t, &drill, b.counts().Drill)
	b.now = b.now.AddDate(0, 0, 2)
	require.Zero(t, b.counts().Rungs, "only the last day's")
}
