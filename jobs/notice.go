package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"tonghu/cases"
	"tonghu/notify"
	"tonghu/postgres"
	"tonghu/records"
)

// Inbox is the inbox channel's store: the notices themselves lie in PostgreSQL as
// soon as they are made, so that putting one there changes nothing, but for the one
// that tells a supervisor of somebody who has too many.
func Inbox(s *postgres.Store) notify.InboxStore { return inbox{s} }

type inbox struct{ store *postgres.Store }

func (i inbox) Put(ctx context.Context, m notify.Message) error {
	return i.store.PutOverload(ctx, m.ID)
}

// resolve makes the notices of intents to persons, and has each person's plan made.
func (r *Runner) resolve(ctx context.Context, job *river.Job[resolve]) error {
	people, err := r.store.ResolveIntents(ctx, job.Args.Intents)
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := r.planFor(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) plan(ctx context.Context, job *river.Job[plan]) error {
	return r.planFor(ctx, job.Args.Person)
}

// planFor decides how and when one person is told of all that waits.
func (r *Runner) planFor(ctx context.Context, person string) error {
	now := r.now()
	y, m, d := now.In(cases.Zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, cases.Zone)
	return r.store.PlanNotices(ctx, person, today, func(tx pgx.Tx, w postgres.Waiting) (postgres.Planned, error) {
		p := r.decisions(now, w)
		for _, d := range p.Deliveries {
			if err := r.queue.putAt(ctx, tx, deliver{Delivery: d.ID}, d.NextAt, now); err != nil {
				return p, err
			}
		}
		for _, later := range p.Postponed {
			if err := r.queue.putAt(ctx, tx, plan{Person: person}, later.Until, now); err != nil {
				return p, err
			}
		}
		return p, nil
	})
}

// decisions lets notify.Plan decide, and sorts what it says by what is to be kept.
func (r *Runner) decisions(now time.Time, w postgres.Waiting) postgres.Planned {
	pending := make([]notify.Pending, len(w.Notices))
	for i, n := range w.Notices {
		pending[i] = pendingOf(w.Addressee.ID, n)
	}
	var p postgres.Planned
	var waits, withheld []string
	for _, d := range notify.Plan(now, pending, r.prefs(w), r.options.Quiet) {
		switch d.Verdict {
		case notify.Send:
			if d.Reason == notify.ReasonInbox {
				continue // it is there since it was made
			}
			p.Deliveries = append(p.Deliveries, postgres.Delivery{
				ID: d.Message.ID, Person: d.Person, Channel: d.Channel, Urgency: string(d.Message.Urgency), Count: d.Message.Count,
				Reason: string(d.Reason), About: d.About, NextAt: d.NotBefore, Covers: d.Covers,
			})
		case notify.Wait:
			waits = append(waits, d.Covers...)
			p.Postponed = append(p.Postponed, postgres.Postponed{Notices: d.Covers, Until: d.NotBefore})
		case notify.Withhold:
			if d.Reason == notify.ReasonLeader {
				withheld = append(withheld, d.Covers...)
			}
		case notify.Fail:
			if d.Reason != notify.ReasonNoChannel { // what the installation lacks is nobody's failure
				p.Failed = append(p.Failed, d.Covers...)
			}
		}
	}
	p.Withheld = withheld
	for _, n := range w.Notices {
		if !slices.Contains(waits, n.ID) && !slices.Contains(withheld, n.ID) {
			p.Told = append(p.Told, n.ID)
		}
	}
	return p
}

// protective are the obligations whose notices do not wait for the morning: a
// child's safety hangs on them (DOMAIN 2.6, 5). Visits are planned by day. A new
// case does not wait either.
var protective = []string{
	"police_report", "child_seen", "on_scene", "triage", "safety_assessment", "contact", "unmet_visit",
	"trigger_verify", "rescue_arrive", "admission_exam", "placement", "missing",
}

func pendingOf(person string, n postgres.WaitingNotice) notify.Pending {
	out := notify.Pending{ID: n.ID, Person: person, Urgency: notify.Normal}
	if n.Urgent {
		out.Urgency = notify.Red
	}
	base := cases.KeyBase(n.Key)
	out.Protective = slices.Contains(protective, base) || n.Type == cases.EventOpened
	// What has climbed to a level is 提级督办, and what it drafts is a 督办单.
	out.Supervision = n.Type == cases.EventOrder || strings.HasPrefix(base, "order_") || strings.HasPrefix(n.RungName, "level")
	return out
}

func (r *Runner) prefs(w postgres.Waiting) notify.Prefs {
	own := r.person(w.Addressee)
	own.SentToday, own.LastDigest, own.OverloadTold = w.ToldToday, w.LastDigest, w.ChiefTold
	people := map[string]notify.Person{}
	if w.Chief != nil {
		own.Supervisor = w.Chief.ID
		people[w.Chief.ID] = r.person(*w.Chief)
	}
	people[w.Addressee.ID] = own
	return notify.Prefs{Console: r.options.Console, Channels: r.options.Kinds, DailyLimit: r.options.DailyLimit, People: people}
}

// person gives a person's addresses and channels. Who has chosen none reads every
// channel that they have an address on.
func (r *Runner) person(a postgres.Addressee) notify.Person {
	p := notify.Person{Address: addressOf(a), Channels: a.Channels, Leader: leader(a.Person)}
	if len(p.Channels) == 0 {
		for name, kind := range r.options.Kinds {
			switch kind {
			case notify.KindEmail, notify.KindWeCom, notify.KindDingTalk, notify.KindFeishu:
				if p.Address.Has(kind) {
					p.Channels = append(p.Channels, name)
				}
			}
		}
		slices.Sort(p.Channels)
	}
	return p
}

func addressOf(a postgres.Addressee) notify.Address {
	return notify.Address{
		Person: a.ID, Email: a.Email, Phone: a.Phone, WeComUser: a.WeCom, DingTalkUser: a.DingTalk, FeishuUser: a.Feishu,
	}
}

// leader tells whether every post of a person is a leader's: told of 红 and 督办
// only (DOMAIN 5).
func leader(p records.Person) bool {
	for _, post := range p.Posts {
		switch post.Role() {
		case cases.RoleTownLeader, cases.RoleBureau, cases.RoleBody:
		default:
			return false
		}
	}
	return len(p.Posts) > 0
}

// claim is how long one try of a delivery may take before another begins: longer
// than a channel waits.
const claim = 90 * time.Second

// deliver hands a message to its channel once, and keeps what became of it.
func (r *Runner) deliver(ctx context.Context, job *river.Job[deliver]) error {
	now := r.now()
	d, again, ok, err := r.store.ClaimDelivery(ctx, job.Args.Delivery, now.Add(claim))
	switch {
	case err != nil:
		return err
	case !ok && again.IsZero():
		return nil // done, or never made
	case !ok:
		return river.JobSnooze(max(again.Sub(now), time.Second))
	}
	receipt, err := r.send(ctx, d)
	if err == nil {
		return r.store.Delivered(ctx, d.ID, receipt.Ref, receipt.At)
	}
	next := notify.NextTry(notify.Urgency(d.Urgency), d.Attempts+1, err)
	if !next.Again {
		return r.store.FailDelivery(ctx, d.ID, code(err))
	}
	if err := r.store.RetryDelivery(ctx, d.ID, code(err), r.now().Add(next.After)); err != nil {
		return err
	}
	return river.JobSnooze(next.After)
}

// send makes the message anew: an address never lies in a job.
func (r *Runner) send(ctx context.Context, d postgres.Delivery) (notify.Receipt, error) {
	channel, ok := r.channels[d.Channel]
	if !ok {
		return notify.Receipt{}, &notify.Error{Channel: d.Channel, Code: notify.CodeChannelRejected}
	}
	receipt, err := channel.Send(ctx, notify.Message{
		ID: d.ID, Recipient: addressOf(d.To), Urgency: notify.Urgency(d.Urgency), Count: d.Count, URL: r.options.Console,
	})
	if errors.Is(ctx.Err(), context.Canceled) {
		return receipt, errors.Join(err, ctx.Err())
	}
	return receipt, err
}
