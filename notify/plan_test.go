package notify_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

// at is a time of 4 March 2026 in the county.
func at(hour, minute int) time.Time {
	return time.Date(2026, 3, 4, hour, minute, 0, 0, time.FixedZone("+8", 8*3600))
}

func prefs() notify.Prefs {
	full := message().Recipient
	return notify.Prefs{
		Console: console, DailyLimit: notify.DailyLimit,
		Channels: map[string]notify.Kind{
			"inbox": notify.KindInbox, "email": notify.KindEmail, "wecom": notify.KindWeCom,
			"sms": notify.KindSMS, "voice": notify.KindVoice,
		},
		People: map[string]notify.Person{
			"director": {Address: full, Channels: []string{"wecom"}, Supervisor: "town"},
			"town":     {Address: full, Channels: []string{"email"}, Supervisor: "chief"},
			"chief":    {Address: full, Channels: []string{"wecom"}, Leader: true},
			"no-phone": {Address: notify.Address{WeComUser: "x"}, Channels: []string{"wecom", "email"}},
		},
	}
}

func pend(person string, n int, change ...func(*notify.Pending)) []notify.Pending {
	var out []notify.Pending
	for i := range n {
		p := notify.Pending{ID: fmt.Sprintf("%s-%02d", person, i), Person: person, Urgency: notify.Normal}
		for _, c := range change {
			c(&p)
			p.ID += fmt.Sprintf("-%s-%t-%t", p.Urgency, p.Protective, p.Supervision)
		}
		out = append(out, p)
	}
	return out
}

func red(p *notify.Pending)         { p.Urgency = notify.Red }
func protective(p *notify.Pending)  { p.Protective = true }
func supervision(p *notify.Pending) { p.Supervision = true }

// told writes a plan as a person would read it, without the inbox.
func told(plan []notify.Delivery, now time.Time) []string {
	var out []string
	for _, d := range plan {
		if d.Reason == notify.ReasonInbox || d.About != "" && d.Channel == "inbox" {
			continue
		}
		s := fmt.Sprintf("%s %s: %s (%s)", d.Verdict, d.Person, d.Channel, d.Reason)
		if d.Verdict == notify.Send {
			s += fmt.Sprintf(" %d %s", d.Message.Count, d.Message.Urgency)
		} else if len(d.Covers) > 0 {
			s += fmt.Sprintf(" %d", len(d.Covers))
		}
		if !d.NotBefore.Equal(now) {
			s += d.NotBefore.In(now.Location()).Format(" at 2 15:04")
		}
		if d.About != "" {
			s += " about " + d.About
		}
		out = append(out, s)
	}
	return out
}

func TestPlan(t *testing.T) {
	person := func(id string, change func(*notify.Person)) func(*notify.Prefs) {
		return func(p *notify.Prefs) { x := p.People[id]; change(&x); p.People[id] = x }
	}
	sentToday := func(n int) func(*notify.Prefs) {
		return person("director", func(p *notify.Person) { p.SentToday = n; p.OverloadTold = true })
	}
	for name, tc := range map[string]struct {
		now     time.Time
		pending []notify.Pending
		change  func(*notify.Prefs)
		quiet   *notify.QuietHours
		want    []string
	}{
		"NothingPending": {now: at(9, 0)},
		"OpenHours": {now: at(9, 0), pending: pend("director", 1),
			want: []string{"send director: wecom (open_hours) 1 normal"}},
		"GroupedPerPerson": {now: at(9, 0), pending: append(pend("director", 4), pend("town", 2)...),
			want: []string{"send director: wecom (open_hours) 4 normal", "send town: email (open_hours) 2 normal"}},
		"OpensAt0730": {now: at(7, 30), pending: pend("director", 1),
			want: []string{"send director: wecom (open_hours) 1 normal"}},
		"QuietBefore0730": {now: at(7, 29), pending: pend("director", 2),
			want: []string{"wait director:  (quiet_hours) 2 at 4 07:30"}},
		"LastMinute": {now: at(20, 59), pending: pend("director", 1),
			want: []string{"send director: wecom (open_hours) 1 normal"}},
		"QuietFrom2100": {now: at(21, 0), pending: pend("director", 1),
			want: []string{"wait director:  (quiet_hours) 1 at 5 07:30"}},
		"QuietByTheCountysClock": {now: at(23, 30).UTC(), pending: pend("director", 1), // 15:30 UTC
			want: []string{"wait director:  (quiet_hours) 1 at 4 23:30"}},
		"ProtectiveAtNight": {now: at(2, 0), pending: append(pend("director", 2, protective), pend("director", 1)...),
			want: []string{"send director: wecom (protective) 2 normal", "wait director:  (quiet_hours) 1 at 4 07:30"}},
		"RedAtNight": {now: at(2, 0), pending: pend("director", 2, red),
			want: []string{
				"send director: wecom (red) 2 red", "send director: sms (red_by_phone) 2 red", "send director: voice (red_by_phone) 2 red",
			}},
		"RedDoesNotCarryOthersThroughTheNight": {now: at(2, 0), pending: append(pend("director", 1, red), pend("director", 3)...),
			want: []string{
				"send director: wecom (red) 1 red", "send director: sms (red_by_phone) 1 red", "send director: voice (red_by_phone) 1 red",
				"wait director:  (quiet_hours) 3 at 4 07:30",
			}},
		"RedByPhoneOnce": {now: at(9, 0), pending: pend("director", 1, red),
			change: person("director", func(p *notify.Person) { p.Channels = []string{"inbox", "sms", "voice"} }),
			want:   []string{"send director: sms (red_by_phone) 1 red", "send director: voice (red_by_phone) 1 red"}},
		"RedWithoutGateway": {now: at(9, 0), pending: pend("director", 1, red),
			change: func(p *notify.Prefs) { delete(p.Channels, "voice") },
			want: []string{
				"send director: wecom (red) 1 red", "send director: sms (red_by_phone) 1 red", "fail director: voice (no_such_channel) 1",
			}},
		"RedWithoutPhone": {now: at(9, 0), pending: pend("no-phone", 1, red),
			want: []string{
				"send no-phone: wecom (red) 1 red", "fail no-phone: email (no_address) 1",
				"fail no-phone: sms (no_address) 1", "fail no-phone: voice (no_address) 1",
			}},
		"SMSForOrdinaryIfAskedFor": {now: at(9, 0), pending: pend("director", 1),
			change: person("director", func(p *notify.Person) { p.Channels = []string{"sms"} }),
			want:   []string{"send director: sms (open_hours) 1 normal"}},
		"NoCallForOrdinary": {now: at(9, 0), pending: pend("director", 1),
			change: person("director", func(p *notify.Person) { p.Channels = []string{"voice"} }),
			want:   []string{"withhold director: voice (voice_red_only) 1"}},
		"UnknownChannel": {now: at(9, 0), pending: pend("director", 1),
			change: person("director", func(p *notify.Person) { p.Channels = []string{"telex"} }),
			want:   []string{"fail director: telex (no_such_channel) 1"}},
		"UnknownPerson": {now: at(9, 0), pending: pend("ghost", 2, red),
			want: []string{"fail ghost:  (unknown_person) 2"}},
		"Duplicate": {now: at(9, 0), pending: append(pend("director", 2), pend("director", 1)...),
			want: []string{"withhold director:  (duplicate) 1", "send director: wecom (open_hours) 2 normal"}},
		"LeaderIsSparedOrdinary": {now: at(9, 0), pending: append(pend("chief", 2), pend("chief", 1, protective)...),
			want: []string{"withhold chief:  (leader_red_and_supervision_only) 3"}},
		"LeaderGetsSupervision": {now: at(9, 0), pending: pend("chief", 1, supervision),
			want: []string{"send chief: wecom (open_hours) 1 normal"}},
		"LeadersSupervisionWaitsForMorning": {now: at(22, 0), pending: pend("chief", 1, supervision),
			want: []string{"wait chief:  (quiet_hours) 1 at 5 07:30"}},
		"LeaderGetsRed": {now: at(22, 0), pending: pend("chief", 1, red),
			want: []string{
				"send chief: wecom (red) 1 red", "send chief: sms (red_by_phone) 1 red", "send chief: voice (red_by_phone) 1 red",
			}},
		"TenthOfTheDay": {now: at(9, 0), pending: pend("director", 1), change: sentToday(9),
			want: []string{"send director: wecom (open_hours) 1 normal"}},
		"EleventhWaitsForTheDigest": {now: at(9, 0), pending: pend("director", 1), change: sentToday(10),
			want: []string{"wait director:  (digest_wait) 1 at 4 17:30"}},
		"Digest": {now: at(17, 30), pending: pend("director", 4), change: sentToday(10),
			want: []string{"send director: wecom (digest) 4 normal"}},
		"OneDigestADay": {now: at(18, 0), pending: pend("director", 2),
			change: person("director", func(p *notify.Person) { p.SentToday = 14; p.OverloadTold = true; p.LastDigest = at(17, 30) }),
			want:   []string{"wait director:  (digest_wait) 2 at 5 07:30"}},
		"YesterdaysDigestDoesNotCount": {now: at(18, 0), pending: pend("director", 2),
			change: person("director", func(p *notify.Person) {
				p.SentToday = 14
				p.OverloadTold = true
				p.LastDigest = at(17, 30).AddDate(0, 0, -1)
			}),
			want: []string{"send director: wecom (digest) 2 normal"}},
		"BacklogIsADigestAndTheSupervisorLearns": {now: at(7, 30), pending: pend("director", 12),
			want: []string{
				"send director: wecom (digest) 12 normal", "send town: email (overload) 1 normal about director",
			}},
		"RedAndProtectiveNeverWaitForADigest": {now: at(9, 0), change: sentToday(20),
			pending: slices.Concat(pend("director", 1, red), pend("director", 1, protective), pend("director", 1)),
			want: []string{
				"send director: wecom (red) 1 red", "send director: sms (red_by_phone) 1 red", "send director: voice (red_by_phone) 1 red",
				"send director: wecom (protective) 1 normal", "wait director:  (digest_wait) 1 at 4 17:30",
			}},
		"OverloadAtNightIsToldInTheMorning": {now: at(23, 0), pending: pend("director", 11, protective),
			want: []string{
				"send director: wecom (protective) 11 normal", "send town: email (overload) 1 normal at 5 07:30 about director",
			}},
		"WaitingOnesAreNoOverloadYet": {now: at(23, 0), pending: pend("director", 30),
			want: []string{"wait director:  (quiet_hours) 30 at 5 07:30"}},
		"OverloadOnceADay": {now: at(9, 0), pending: pend("director", 12), change: sentToday(0),
			want: []string{"send director: wecom (digest) 12 normal"}},
		"OverloadWithoutSupervisor": {now: at(9, 0), pending: pend("director", 12),
			change: person("director", func(p *notify.Person) { p.Supervisor = "" }),
			want:   []string{"send director: wecom (digest) 12 normal", "fail :  (no_supervisor) about director"}},
		"OverloadIsNotForLeaders": {now: at(9, 0), pending: pend("town", 12),
			want: []string{
				"send town: email (digest) 12 normal", "withhold chief:  (leader_red_and_supervision_only) about town",
			}},
		"DrillHasNoQuietHoursAndNoLimit": {now: at(3, 0), pending: pend("director", 40), quiet: &notify.QuietHours{},
			change: func(p *notify.Prefs) { p.DailyLimit = 0 },
			want:   []string{"send director: wecom (open_hours) 40 normal"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, quiet := prefs(), notify.OfficeHours
			if tc.change != nil {
				tc.change(&p)
			}
			if tc.quiet != nil {
				quiet = *tc.quiet
			}
			plan := notify.Plan(tc.now, tc.pending, p, quiet)
			require.Equal(t, tc.want, told(plan, tc.now))
		})
	}
}

func TestPlanInboxTakesEachNoticeAtOnce(t *testing.T) {
	var inbox []notify.Delivery
	for _, d := range notify.Plan(at(2, 0), pend("director", 3), prefs(), notify.OfficeHours) {
		if d.Channel == "inbox" {
			inbox = append(inbox, d)
		}
	}
	require.Len(t, inbox, 3)
	for i, d := range inbox {
		require.Equal(t, notify.Send, d.Verdict)
		require.Equal(t, []string{fmt.Sprintf("director-%02d", i)}, d.Covers)
		require.Equal(t, 1, d.Message.Count)
		require.True(t, d.NotBefore.Equal(at(2, 0)))
	}
}

func TestPlanOverloadIsInTheSupervisorsInbox(t *testing.T) {
	plan := notify.Plan(at(23, 0), pend("director", 11, protective), prefs(), notify.OfficeHours)
	i := slices.IndexFunc(plan, func(d notify.Delivery) bool { return d.About != "" && d.Channel == "inbox" })
	require.NotEqual(t, -1, i)
	require.Equal(t, "town", plan[i].Message.Recipient.Person)
	require.True(t, plan[i].NotBefore.Equal(at(23, 0)))
}

// Planning again, in any order, decides the same and names the same messages.
func TestPlanIsDeterministic(t *testing.T) {
	pending := slices.Concat(pend("director", 12), pend("town", 3), pend("director", 2, red), pend("no-phone", 1), pend("ghost", 1))
	first := notify.Plan(at(9, 0), pending, prefs(), notify.OfficeHours)
	ids := map[string]bool{}
	for _, d := range first {
		if d.Verdict == notify.Send {
			require.False(t, ids[d.Message.ID], "each message has its own id")
			ids[d.Message.ID] = true
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rng.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		again := notify.Plan(at(9, 1), pending, prefs(), notify.OfficeHours)
		require.Len(t, again, len(first))
		for _, d := range again {
			if d.Verdict == notify.Send {
				require.True(t, ids[d.Message.ID])
			}
		}
	}
}

// Whatever happens: each notice is sent, waits, is withheld or failed, at most once
// per channel; red never waits; nothing of it is in the message.
func TestPlanLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var pending []notify.Pending
		for i := range rng.IntN(30) {
			p := notify.Pending{
				ID: fmt.Sprintf("n-%d", i), Urgency: notify.Normal,
				Person:     []string{"director", "town", "chief", "no-phone", "ghost"}[rng.IntN(5)],
				Protective: rng.IntN(4) == 0, Supervision: rng.IntN(4) == 0,
			}
			if rng.IntN(4) == 0 {
				p.Urgency = notify.Red
			}
			pending = append(pending, p)
		}
		pr := prefs()
		d := pr.People["director"]
		d.SentToday = rng.IntN(15)
		pr.People["director"] = d
		now := at(rng.IntN(24), rng.IntN(60))

		once := map[string]bool{}
		fate := map[string]map[notify.Verdict]bool{}
		for _, d := range notify.Plan(now, pending, pr, notify.OfficeHours) {
			require.False(t, d.NotBefore.Before(now))
			require.Equal(t, d.Verdict == notify.Send, d.Message.ID != "")
			if d.Verdict == notify.Send {
				require.Equal(t, d.Person, d.Message.Recipient.Person)
				require.Equal(t, console, d.Message.URL)
				require.Equal(t, max(1, len(d.Covers)), d.Message.Count)
			}
			for _, id := range d.Covers {
				key := d.Channel + " " + id
				require.False(t, once[key], "twice: %s", key)
				once[key] = true
				if d.Channel == "inbox" {
					continue
				}
				if fate[id] == nil {
					fate[id] = map[notify.Verdict]bool{}
				}
				fate[id][d.Verdict] = true
			}
		}
		for _, p := range pending {
			require.NotEmpty(t, fate[p.ID], "lost: %+v", p)
			if p.Urgency == notify.Red {
				require.False(t, fate[p.ID][notify.Wait])
				require.False(t, fate[p.ID][notify.Withhold])
			}
			if fate[p.ID][notify.Wait] {
				require.Len(t, fate[p.ID], 1)
			}
		}
	}
}
