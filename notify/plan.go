package notify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
)

// Clock is a time of day in cases.Zone, as the time since midnight.
type Clock time.Duration

// At makes a Clock.
func At(hour, minute int) Clock {
	return Clock(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// on gives the clock's instant on the local day of t.
func (c Clock) on(t time.Time) time.Time {
	y, m, d := t.In(cases.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, cases.Zone).Add(time.Duration(c))
}

// QuietHours are the hours in which only protective and red notices go out. The
// zero value has none, as the drill needs it.
type QuietHours struct {
	// Opens and Closes bound the open hours of each day: from Opens on, and before
	// Closes.
	Opens, Closes Clock
	// DigestAt is when the day's digest goes to a person with too many notices.
	DigestAt Clock
}

// OfficeHours are those of DOMAIN 5: 07:30–21:00, and a digest at 17:30.
var OfficeHours = QuietHours{Opens: At(7, 30), Closes: At(21, 0), DigestAt: At(17, 30)}

// next is the first instant from now on that is not quiet.
func (q QuietHours) next(now time.Time) time.Time {
	switch {
	case q.Opens >= q.Closes: // no quiet hours
		return now
	case now.Before(q.Opens.on(now)):
		return q.Opens.on(now)
	case now.Before(q.Closes.on(now)):
		return now
	}
	return q.tomorrow(now)
}

// tomorrow is the first open instant of the next local day.
func (q QuietHours) tomorrow(now time.Time) time.Time {
	if q.Opens >= q.Closes {
		return Clock(0).on(now).AddDate(0, 0, 1)
	}
	return q.Opens.on(now).AddDate(0, 0, 1)
}

// DailyLimit is how many notices a day a person gets one by one (DOMAIN 5).
const DailyLimit = 10

// Prefs is what Plan has to know of the installation and of its people, as of now.
type Prefs struct {
	// Console is the console's base address.
	Console string
	// Channels gives the kind of each configured channel; see Config.Kinds.
	Channels map[string]Kind
	// DailyLimit is usually the constant; 0 is no limit.
	DailyLimit int
	// People is by person id.
	People map[string]Person
}

// Person is one recipient.
type Person struct {
	Address Address
	// Channels names the channels that the person reads, besides the inbox.
	Channels []string
	// Leader: told of red notices and 督办 only.
	Leader bool
	// Supervisor is the person who learns when this one has too many notices.
	Supervisor string
	// SentToday counts the Pending already sent to the person on the local day of
	// now, not those that wait.
	SentToday int
	// LastDigest is when the last digest went out; zero if never.
	LastDigest time.Time
	// OverloadTold: the supervisor already learned of it on the local day of now.
	OverloadTold bool
}

// Pending is one thing that one person is to learn of and has not been told yet.
type Pending struct {
	// ID is opaque and unique to the notice, as a UUID.
	ID     string
	Person string
	// Urgency is Red for a red obligation.
	Urgency Urgency
	// Protective duties do not wait for the morning.
	Protective bool
	// Supervision marks a 督办.
	Supervision bool
}

// Verdict is what happens to a Delivery.
type Verdict string

// The verdicts of Plan.
const (
	// Send: hand Message to Channel, not before NotBefore.
	Send Verdict = "send"
	// Wait: keep the Pending and plan again at NotBefore.
	Wait Verdict = "wait"
	// Withhold: this person is not told of it this way; nothing failed.
	Withhold Verdict = "withhold"
	// Fail: this person cannot be told this way. When nothing but the inbox was
	// sent, the notice is undelivered and the rung moves up.
	Fail Verdict = "fail"
)

// Reason names why Plan decided so.
type Reason string

// The reasons of Plan.
const (
	ReasonInbox      Reason = "inbox"        // the inbox takes everything at once, and wakes nobody
	ReasonRed        Reason = "red"          // red never waits
	ReasonRedByPhone Reason = "red_by_phone" // red also goes by SMS and voice call
	ReasonProtective Reason = "protective"   // a protective duty does not wait
	ReasonOpenHours  Reason = "open_hours"   // an ordinary notice in open hours
	ReasonDigest     Reason = "digest"       // many ordinary notices as one message
	ReasonOverload   Reason = "overload"     // to the supervisor: this person has too many

	ReasonQuietHours Reason = "quiet_hours" // waits for the morning
	ReasonDigestWait Reason = "digest_wait" // waits for the digest

	ReasonLeader       Reason = "leader_red_and_supervision_only"
	ReasonVoiceRedOnly Reason = "voice_red_only" // nobody is called for an ordinary notice
	ReasonDuplicate    Reason = "duplicate"      // the same notice to the same person twice

	ReasonUnknownPerson Reason = "unknown_person"
	ReasonNoSupervisor  Reason = "no_supervisor"
	ReasonNoChannel     Reason = "no_such_channel" // not configured in this installation
	ReasonNoAddress     Reason = "no_address"      // the person has none on that channel
)

// Delivery is one decision about one person.
type Delivery struct {
	Verdict Verdict
	Reason  Reason
	// Channel is empty when the decision is about all of them.
	Channel string
	// Person is who is, or is not, told.
	Person string
	// Covers are the Pending that it is about; none for ReasonOverload.
	Covers []string
	// About is, with ReasonOverload, the person who has too many notices. It is
	// for the inbox's own page and never part of Message.
	About string
	// NotBefore is when a Send or a Wait is due; now at the earliest.
	NotBefore time.Time
	// Message is set for Send. The same decision made twice has the same ID.
	Message Message
}

// Plan decides who gets what, by which channel and when, at the instant now. It is
// pure and its answer is in a fixed order. Per person:
//
//   - everything goes to the inbox at once, each notice by itself;
//   - red goes at once by every channel of the person, and by SMS and voice call;
//   - protective notices go at once;
//   - others wait for open hours. What is due goes as one message with a count;
//   - beyond the daily limit those others become one digest, and the supervisor
//     learns of it once a day;
//   - a leader gets red and 督办 only.
//
// Pass every Pending not yet sent; those answered with Wait are passed again at
// their NotBefore.
func Plan(now time.Time, pending []Pending, prefs Prefs, quiet QuietHours) []Delivery {
	byPerson := map[string][]Pending{}
	for _, p := range pending {
		byPerson[p.Person] = append(byPerson[p.Person], p)
	}
	var out, overloads []Delivery
	for _, id := range slices.Sorted(maps.Keys(byPerson)) {
		r := round{now: now, prefs: prefs, quiet: quiet, id: id}
		r.person, r.known = prefs.People[id]
		if r.plan(byPerson[id]) {
			overloads = append(overloads, r.overload()...)
		}
		out = append(out, r.out...)
	}
	return append(out, overloads...)
}

// round is the plan for one person.
type round struct {
	now    time.Time
	prefs  Prefs
	quiet  QuietHours
	id     string
	person Person
	known  bool
	out    []Delivery
}

// plan says whether the person has more notices today than the limit.
func (r *round) plan(pending []Pending) bool {
	pending = r.once(pending)
	if !r.known {
		r.decide(Fail, ReasonUnknownPerson, "", r.now, pending)
		return false
	}
	var red, protective, ordinary, withheld []Pending
	for _, p := range pending {
		switch {
		case p.Urgency == Red:
			red = append(red, p)
		case r.person.Leader && !p.Supervision:
			withheld = append(withheld, p)
		case p.Protective:
			protective = append(protective, p)
		default:
			ordinary = append(ordinary, p)
		}
	}
	r.decide(Withhold, ReasonLeader, "", r.now, withheld)
	for _, p := range slices.Concat(red, protective, ordinary) {
		r.inbox(p)
	}
	r.send(red, Red, ReasonRed)
	r.phone(red)
	r.send(protective, Normal, ReasonProtective)
	return r.ordinary(len(red)+len(protective), ordinary)
}

// ordinary plans what may wait; urgent is how many others go out now.
func (r *round) ordinary(urgent int, ordinary []Pending) (overloaded bool) {
	if open := r.quiet.next(r.now); open.After(r.now) {
		r.decide(Wait, ReasonQuietHours, "", open, ordinary)
		return r.over(urgent)
	}
	if !r.over(urgent + len(ordinary)) {
		r.send(ordinary, Normal, ReasonOpenHours)
		return false
	}
	digest := r.quiet.DigestAt.on(r.now)
	done := r.person.LastDigest
	switch {
	case len(ordinary) > r.prefs.DailyLimit && done.Before(Clock(0).on(r.now)):
		// A backlog, as after a night, is a digest by itself.
		r.send(ordinary, Normal, ReasonDigest)
	case r.now.Before(digest):
		r.decide(Wait, ReasonDigestWait, "", digest, ordinary)
	case done.Before(digest):
		r.send(ordinary, Normal, ReasonDigest)
	default:
		r.decide(Wait, ReasonDigestWait, "", r.quiet.tomorrow(r.now), ordinary)
	}
	return true
}

// over says whether n more notices today are too many.
func (r *round) over(n int) bool {
	return r.prefs.DailyLimit > 0 && n > 0 && r.person.SentToday+n > r.prefs.DailyLimit
}

// once drops what was handed over twice.
func (r *round) once(pending []Pending) []Pending {
	seen := map[string]bool{}
	var first, again []Pending
	for _, p := range pending {
		if seen[p.ID] {
			again = append(again, p)
			continue
		}
		seen[p.ID] = true
		first = append(first, p)
	}
	r.decide(Withhold, ReasonDuplicate, "", r.now, again)
	return first
}

// inbox puts each notice there by itself, so that planning again changes nothing.
func (r *round) inbox(p Pending) {
	for _, name := range r.named(KindInbox) {
		r.deliver(name, p.Urgency, ReasonInbox, r.now, []Pending{p})
	}
}

// send groups what is due into one message per channel.
func (r *round) send(due []Pending, u Urgency, why Reason) {
	if len(due) == 0 {
		return
	}
	for _, name := range r.person.Channels {
		kind, ok := r.prefs.Channels[name]
		switch {
		case !ok:
			r.decide(Fail, ReasonNoChannel, name, r.now, due)
		case kind == KindInbox:
		case u == Red && (kind == KindSMS || kind == KindVoice):
			// phone does it
		case kind == KindVoice:
			r.decide(Withhold, ReasonVoiceRedOnly, name, r.now, due)
		case !r.person.Address.Has(kind):
			r.decide(Fail, ReasonNoAddress, name, r.now, due)
		default:
			r.deliver(name, u, why, r.now, due)
		}
	}
}

// phone sends red by SMS and voice call whatever the person prefers.
func (r *round) phone(red []Pending) {
	if len(red) == 0 {
		return
	}
	for _, kind := range []Kind{KindSMS, KindVoice} {
		names := r.named(kind)
		if len(names) == 0 {
			r.decide(Fail, ReasonNoChannel, string(kind), r.now, red)
		}
		for _, name := range names {
			if !r.person.Address.Has(kind) {
				r.decide(Fail, ReasonNoAddress, name, r.now, red)
				continue
			}
			r.deliver(name, Red, ReasonRedByPhone, r.now, red)
		}
	}
}

// overload tells the supervisor, once a day.
func (r *round) overload() []Delivery {
	if r.person.OverloadTold {
		return nil
	}
	chief := r.person.Supervisor
	s := round{now: r.now, prefs: r.prefs, quiet: r.quiet, id: chief}
	s.person, s.known = r.prefs.People[chief]
	tell := func(v Verdict, why Reason, channel string, when time.Time) {
		d := Delivery{Verdict: v, Reason: why, Channel: channel, Person: chief, About: r.id, NotBefore: when}
		if v == Send {
			day := r.now.In(cases.Zone).Format(time.DateOnly)
			d.Message = s.message(Normal, 1, "overload", day, r.id, chief, channel)
		}
		s.out = append(s.out, d)
	}
	switch {
	case chief == "":
		tell(Fail, ReasonNoSupervisor, "", r.now)
		return s.out
	case !s.known:
		tell(Fail, ReasonUnknownPerson, "", r.now)
		return s.out
	case s.person.Leader:
		tell(Withhold, ReasonLeader, "", r.now)
		return s.out
	}
	for _, name := range s.named(KindInbox) {
		tell(Send, ReasonOverload, name, r.now)
	}
	for _, name := range s.person.Channels {
		kind, ok := r.prefs.Channels[name]
		switch {
		case !ok:
			tell(Fail, ReasonNoChannel, name, r.now)
		case kind == KindInbox:
		case kind == KindVoice:
			tell(Withhold, ReasonVoiceRedOnly, name, r.now)
		case !s.person.Address.Has(kind):
			tell(Fail, ReasonNoAddress, name, r.now)
		default:
			tell(Send, ReasonOverload, name, r.quiet.next(r.now))
		}
	}
	return s.out
}

// named lists the configured channels of a kind, in order.
func (r *round) named(k Kind) []string {
	var names []string
	for name, kind := range r.prefs.Channels {
		if kind == k {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *round) decide(v Verdict, why Reason, channel string, when time.Time, about []Pending) {
	if len(about) == 0 {
		return
	}
	r.out = append(r.out, Delivery{
		Verdict: v, Reason: why, Channel: channel, Person: r.id, Covers: ids(about), NotBefore: when,
	})
}

func (r *round) deliver(channel string, u Urgency, why Reason, when time.Time, about []Pending) {
	covers := ids(about)
	r.out = append(r.out, Delivery{
		Verdict: Send, Reason: why, Channel: channel, Person: r.id, Covers: covers, NotBefore: when,
		Message: r.message(u, len(covers), append([]string{"notice", r.id, channel}, covers...)...),
	})
}

// messages is the name space of message ids.
var messages = uuid.MustParse("6f0b7c1e-5a0d-5d0f-9a43-2f5d8f1c7e21")

// message makes the one message of a decision; its id is a hash of what makes the
// decision, so that deciding again does not send again.
func (r *round) message(u Urgency, count int, of ...string) Message {
	to := r.person.Address
	to.Person = r.id
	return Message{
		ID:        uuid.NewSHA1(messages, []byte(strings.Join(of, "\x00"))).String(),
		Recipient: to, Urgency: u, Count: min(count, maxCount), URL: r.prefs.Console,
	}
}

func ids(pending []Pending) []string {
	out := make([]string, len(pending))
	for i, p := range pending {
		out[i] = p.ID
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}
