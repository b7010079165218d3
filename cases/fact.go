package cases

import (
	"slices"
	"strconv"
	"time"
)

// VisitOutcomes lists how a visit can go (DOMAIN 6). Only a visit that met the child, or one at the
// boarding school, re-arms the clock.
var VisitOutcomes = []string{"met", "absent", "refused", "away", "boarding", "hospital", "moved"}

// absorb takes a fact in. It never refuses: what no longer fits is kept in the
// timeline with the reason why it changed nothing.
func (c *change) absorb(f Fact) {
	if c.s.HasFact(f.ID) || slices.Contains(c.facts, f.ID) {
		return
	}
	c.facts = append(c.facts, f.ID)
	c.s.Facts = append(c.s.Facts, f.ID)
	if n := len(c.s.Facts); n > keepFacts {
		c.s.Facts = slices.Delete(c.s.Facts, 0, n-keepFacts)
	}
	// A phone's clock may be ahead of ours, and what happened cannot lie ahead.
	f.Received = c.notAhead(f.Received, c.now)
	f.Occurred = c.notAhead(f.Occurred, f.Received)
	at := len(c.ev)
	c.event(Event{Type: EventFact, Rung: noRung, Fact: f.ID, FactKind: f.Kind, Actor: f.By, Fields: f.Fields, Due: f.Occurred})
	if reason := c.effect(f); reason != "" {
		c.ev[at].Reason = reason
	}
}

func (c *change) notAhead(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	if t.After(c.now) {
		return c.now
	}
	return t.Round(0).UTC()
}

// effect does what a fact does; it answers with a reason where it did nothing.
func (c *change) effect(f Fact) string {
	switch f.Kind {
	case FactLinked:
		return c.link(Link{Case: f.Fields["case"], Kind: Kind(f.Fields["kind"]), Relation: f.Fields["relation"], Open: true})
	case FactLinkClosed:
		return c.linkOpen(f.Fields["case"], false)
	case FactLinkOpened:
		return c.linkOpen(f.Fields["case"], true)
	case FactLinkErased:
		return c.linkErased(f.Fields["case"])
	}
	if c.s.Erased() {
		return "erased"
	}
	switch f.Kind {
	case FactKeptFrom, FactMergedFrom, FactSecondReport: // before anybody is told of what else the fact brings
		news := c.keepFrom(postsIn(f.Fields, "recused"), f.Fields.Bool("compartment"), f.Fields["case"])
		if f.Kind == FactKeptFrom && news {
			return ""
		}
		if f.Kind == FactKeptFrom {
			return "known"
		}
	}
	if !c.s.Running() && !c.openFor(f) {
		return "closed"
	}
	switch f.Kind {
	case FactMessage:
		c.owe("message_reply", "message_reply", f.Received)
	case FactPhoto:
		if c.s.Stage != ReportReported { // who reads the report reads it with what was added
			c.owe("message_reply", "message_reply", f.Received)
		}
	case FactReply:
		if !c.meet("message_reply") {
			return "nothing_open"
		}
	case FactUnresolved:
		c.owe("review", "review", f.Received)
	case FactSecondReport:
		c.raise(Colour(f.Fields["colour"]), "second_report")
		c.owe("review", "review", f.Received)
	case FactMergedFrom:
		c.link(Link{Case: f.Fields["case"], Kind: MandatoryReport, Relation: "merged_from"})
		c.hold(f.Fields.List("holds"), f.By.Post)
		c.raise(Colour(f.Fields["colour"]), "merged")
		c.owe("review", "review", f.Received)
		if c.s.Kind != MandatoryReport {
			return "not_a_report" // the police feed back to the reporter of a report
		}
		if f.Fields["police"] == "open" && !slices.Contains(c.s.Police.Merged, f.Fields["case"]) {
			c.s.Police.Merged = append(c.s.Police.Merged, f.Fields["case"])
		}
		if due := f.Fields.Time("feedback_due"); !due.IsZero() {
			base := "feedback"
			if f.Fields["feedback"] == "feedback_prosecution" {
				base = "feedback_prosecution"
			}
			c.oweAt(base+":"+f.Fields["case"], RuleID(base), f.Fields.Time("feedback_start"), due)
		}
	case FactVisit:
		if c.s.Stage == Archiving {
			return c.lateVisit(f)
		}
		return c.visit(f)
	case FactAck:
		return c.ack(f)
	case FactGlass:
		return c.broken(f)
	case FactUndelivered, FactVacant:
		return c.unreached(f)
	case FactRetentionDue:
		if c.s.index("appraise") < 0 {
			return "open" // worked on again: it is counted anew when it is filed away
		}
	}
	return ""
}

// reopening are the facts that must be heard in a closed case too, with the step
// that the product itself takes on them: a reporter's 没解决 and a second report
// reopen the case; a message takes the file out of the archive until it is answered,
// the end of its retention until somebody has appraised it, an emergency reading until
// it is reviewed.
var reopening = map[FactKind]Command{
	FactUnresolved:   {Step: "reopen", Fields: Fields{"cause": "reporter_unresolved"}},
	FactSecondReport: {Step: "reopen", Fields: Fields{"cause": "second_report"}},
	FactMergedFrom:   {Step: "reopen", Fields: Fields{"cause": "second_report"}},
	FactMessage:      {Step: "retrieve", Fields: Fields{"cause": "reporter_message"}},
	FactPhoto:        {Step: "retrieve", Fields: Fields{"cause": "reporter_message"}},
	FactRetentionDue: {Step: "appraisal"},
	FactGlass:        {Step: "retrieve", Fields: Fields{"cause": "break_glass"}},
}

// openFor opens a closed case for a fact that must be heard.
func (c *change) openFor(f Fact) bool {
	cmd, ok := reopening[f.Kind]
	if !ok {
		return false
	}
	step, ok := FindStep(c.s.Kind, cmd.Step)
	if !ok || !slices.Contains(step.From, c.s.Stage) || step.When != nil && !step.When(c.s) {
		return false
	}
	cmd.ID, cmd.Case, cmd.By = "fact:"+f.ID, c.s.ID, Actor{Post: SystemPost}
	c.carryOut(step, cmd, Actor{})
	c.s.DecisionSeq++ // forms of the closed case are stale
	return true
}

// raise sets a higher colour, never a lower one.
func (c *change) raise(to Colour, reason string) {
	if to.Valid() && to.Above(c.s.Colour) {
		c.colour(to, reason)
	}
}

func (c *change) link(l Link) string {
	if l.Case == "" || slices.ContainsFunc(c.s.Links, func(k Link) bool { return k.Case == l.Case && k.Relation == l.Relation }) {
		return "known"
	}
	c.s.Links = append(c.s.Links, l)
	c.event(Event{Type: EventLinked, Rung: noRung, Link: &l})
	return ""
}

func (c *change) linkErased(id string) string {
	for i := range c.s.Links {
		if l := &c.s.Links[i]; l.Case == id {
			l.Open, l.Erased = false, true
			told := *l
			c.event(Event{Type: EventLinked, Rung: noRung, Link: &told})
			return ""
		}
	}
	return "unknown"
}

func (c *change) linkOpen(id string, open bool) string {
	for i := range c.s.Links {
		if c.s.Links[i].Case == id {
			c.s.Links[i].Open = open
			l := c.s.Links[i]
			c.event(Event{Type: EventLinked, Rung: noRung, Link: &l})
			return ""
		}
	}
	return "unknown"
}

// lateVisit takes in a visit to a child whose case has its outcome: it answers
// nothing, but a higher risk must be looked at before the case is filed away.
func (c *change) lateVisit(f Fact) string {
	if seen := Colour(f.Fields["colour"]); seen.Valid() && seen.Above(c.s.Colour) {
		c.raise(seen, "visit")
		c.owe("review", "review", f.Received)
		return ""
	}
	return "closed"
}

// since tells whether something happened at or after a moment, to the minute: a
// visit is entered by the minute.
func since(occurred, moment time.Time) bool {
	return !occurred.Before(moment.Truncate(time.Minute))
}

// visit takes a visit in: it answers the series of visits and the 48 h contact,
// and may only raise the colour. One that lies before what is owed was counted from
// (a phone that was long out of reach) does not answer it.
func (c *change) visit(f Fact) string {
	outcome := f.Fields["outcome"]
	seen := Colour(f.Fields["colour"])
	if outcome == "met" || outcome == "boarding" {
		c.s.Unmet = nil
		c.raise(seen, "visit")
		if c.s.Planned && outcome == "met" && since(f.Occurred, c.s.Since) {
			risk := c.s.Colour
			if seen.Valid() {
				risk = seen
			}
			c.s.MetSincePlan = !risk.Above(Blue)
		}
		if o, ok := c.s.Obligation("contact"); ok && since(f.Occurred, o.Start) {
			c.meet("contact")
			c.keepContact(f.Occurred)
		}
		for _, key := range []string{"visit", "guard_visit"} {
			o, ok := c.s.Obligation(key)
			if !ok || !since(f.Occurred, o.Start) {
				continue
			}
			c.meet(key)
			c.oweLeg(key, o.Rule, f.Occurred, o.Leg+1, o.Owner)
			if c.s.index(key) < 0 { // the series is over: somebody decides what follows
				c.owe("review", "review", c.now)
			}
		}
		c.meet("unmet_visit")
		return ""
	}
	if outcome != "absent" && outcome != "refused" {
		return "not_met"
	}
	c.s.Unmet = append(c.s.Unmet, f.Occurred)
	if n := len(c.s.Unmet); n > 4 {
		c.s.Unmet = slices.Delete(c.s.Unmet, 0, n-4)
	}
	first, _ := c.r.Calendar.add(f.Occurred.Add(-time.Second), Span{Value: -c.r.SightedUnmet.Value, Unit: c.r.SightedUnmet.Unit})
	twice := 0
	for _, t := range c.s.Unmet {
		if t.After(first) {
			twice++
		}
	}
	if outcome == "refused" && !c.s.Colour.Below(Yellow) || twice >= 2 {
		c.owe("unmet_visit", "unmet_visit", f.Received)
	}
	return "not_met"
}

// unreached makes the ladder climb at once: the last notice reached nobody.
func (c *change) unreached(f Fact) string {
	i := c.s.index(f.Fields["key"])
	if i < 0 {
		return "nothing_open"
	}
	o := &c.s.Obligations[i]
	rung, err := strconv.Atoi(f.Fields["rung"])
	if err != nil || o.Occurrence != f.Fields.Int("occurrence") || o.Epoch != f.Fields.Int("epoch") || rung != o.Rung-1 {
		return "stale"
	}
	if o.Lift {
		return "known"
	}
	if o.Acks > 0 && o.Rung > 0 {
		return "acknowledged" // somebody of the rung has it in hand
	}
	// Above the last rung there is nobody: it repeats at its own pace.
	if l, _ := c.r.Ladder(o.Ladder, o.Colour); o.Rung < len(l.Rungs) {
		o.Lift, o.LiftedAt = true, c.now
	}
	e := obligationEvent(EventUnreached, *o)
	e.Rung, e.Reason, e.Posts = rung, string(f.Kind), nil
	c.event(e)
	return ""
}
