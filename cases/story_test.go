package cases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// The stories read like the law; the articles are in DOMAIN.md.

func TestARedReportFromItsFilingToTheArchive(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	require.Equal(t, cases.Red, sc.s.Colour)
	require.True(t, sc.s.Provisional, "until a person has read it")
	require.Equal(t, desk, sc.s.Owner)
	opened := sc.events[0]
	require.Equal(t, cases.EventOpened, opened.Type)
	require.Equal(t, []cases.Post{desk, supervisor}, opened.Posts, "the duty post and the town")
	require.True(t, opened.Urgent)

	// From the first minute: 110 in 15 minutes, triage in one hour, the child seen in two.
	require.Equal(t, []string{"child_seen", "on_scene", "police_report", "triage"}, sc.keys())
	require.True(t, sc.owed("police_report").Due.Equal(monday.Add(15*time.Minute)))
	require.True(t, sc.owed("triage").Due.Equal(monday.Add(hour)))
	require.True(t, sc.owed("child_seen").Due.Equal(monday.Add(2*hour)))

	sc.wait(5 * time.Minute)
	sc.do("police_report", desk, form{"reported_at": monday.Add(2 * time.Minute).Format(time.RFC3339)})
	sc.do("accept", desk)
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	require.False(t, sc.s.Provisional)
	require.Equal(t, manager, sc.s.Owner)
	require.True(t, sc.owed("safety_assessment").Due.Equal(sc.now.Add(24*hour)))

	sc.do("child_seen", supervisor, form{"with": []any{"police", "school"}, "place": "school"})
	sc.do("on_scene", police)
	require.True(t, sc.owed("contact").Due.Equal(sc.now.Add(48*hour)), "a red child is contacted every 48 h")

	// The three days of the feedback run from 受案, not from the report.
	sc.notOwed("feedback")
	sc.wait(2 * day)
	sc.do("contact_child", manager)
	require.True(t, sc.owed("contact").Due.Equal(sc.now.Add(48*hour)))
	accepted := sc.now.Add(-hour).Truncate(time.Second)
	sc.doFor("police_accept", desk, police, form{"accepted_at": accepted.Format(time.RFC3339)})
	feedback := sc.owed("feedback")
	require.True(t, feedback.Start.Equal(accepted))
	require.Equal(t, police, feedback.Owner)
	require.Equal(t, "2026-03-23", feedback.Due.In(cases.Zone).Format("2006-01-02"), "three days end on a Saturday; the next working day")
	sc.do("police_file", police)
	sc.do("police_feedback", police)
	sc.notOwed("feedback")

	sc.do("safety_assess", manager)
	sc.do("assess", manager)
	sc.do("plan", manager)
	require.Equal(t, cases.FollowUp, sc.s.Phase())
	sc.notOwed("contact")
	require.Equal(t, director, sc.owed("visit").Owner)

	sc.wait(day)
	sc.visit(cases.Blue)
	require.True(t, sc.s.MetSincePlan)
	sc.do("notice_safe", manager)
	sc.both("recolour", manager, head, form{"colour": "blue"})
	sc.do("police_prosecute", police)
	sc.do("police_feedback", police)
	sc.do("police_end", police, form{"result": "judged"})

	sc.do("close", manager)
	require.Equal(t, cases.ReportFollowUp, sc.s.Stage, "closing needs a second person")
	require.Equal(t, head, sc.owed("approval:"+sc.proposal("close")).Owner)
	sc.do("approve", head, form{"proposal": sc.proposal("close")})
	require.Equal(t, cases.Archiving, sc.s.Stage)
	require.Equal(t, cases.OutcomeClosed, sc.s.Outcome)
	require.Equal(t, []string{"archive"}, sc.keys())
	step := sc.last(cases.EventStep)
	require.Equal(t, cases.StepName("close"), step.Step)
	require.Equal(t, "person of "+string(manager), step.Actor.Person)
	require.Equal(t, "person of "+string(head), step.Approver.Person)

	sc.do("archive", desk)
	require.Equal(t, cases.Closed, sc.s.Stage)
	require.Empty(t, sc.s.Obligations)
	require.False(t, sc.s.Running())
	_, ok := cases.NextWake(sc.s, sc.r)
	require.False(t, ok)
}

func TestTheProvisionalColourIsNeverBelowYellow(t *testing.T) {
	for _, s := range cases.Situations {
		for _, danger := range []cases.Danger{cases.DangerYes, cases.DangerUnsure, cases.DangerNo} {
			for _, alone := range []bool{false, true} {
				rep := aReport()
				rep.Situations, rep.Danger, rep.UnattendedUnder8 = []cases.Situation{s}, danger, alone
				want := cases.Red
				if danger == cases.DangerNo && !alone && (s == "MR05" || s == "MR09") {
					want = cases.Yellow
				}
				require.Equal(t, want, rep.ProvisionalColour(), "%s %s %v", s, danger, alone)
			}
		}
	}
}

func TestAReportThatNobodyReadsInTimeIsTreatedAsRed(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	require.Equal(t, cases.Yellow, sc.s.Colour)
	sc.wait(4*hour - time.Second)
	require.Equal(t, cases.Yellow, sc.s.Colour)
	sc.wait(time.Hour)
	require.Equal(t, cases.Red, sc.s.Colour)
	require.Equal(t, "not_triaged", sc.last(cases.EventColour).Reason)
	require.True(t, sc.owed("child_seen").Due.Equal(monday.Add(2*hour)), "a red child is seen within two hours of the report")
}

func TestAnUnfoundedReportNeedsTheChildThePoliceAndASecondPerson(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	sc.refused(cases.CodeNotSeen, "unfounded", desk)
	sc.do("child_seen", police)
	sc.refused(cases.CodePoliceOpen, "unfounded", desk)
	sc.do("police_report", desk)
	sc.refused(cases.CodePoliceOpen, "unfounded", desk)
	sc.do("police_end", police, form{"result": "no_offence"})
	sc.do("unfounded", desk)
	require.Equal(t, cases.ReportAssessment, sc.s.Stage)
	sc.refused(cases.CodeRole, "approve", manager, form{"proposal": sc.proposal("unfounded")})
	sc.do("approve", head, form{"proposal": sc.proposal("unfounded")})
	require.Equal(t, cases.OutcomeUnfounded, sc.s.Outcome)
}

func TestOnePersonAloneEndsNoRedCase(t *testing.T) {
	for _, step := range []cases.StepName{"merge", "transfer", "refer", "not_found"} {
		t.Run(string(step), func(t *testing.T) {
			sc := at(t, "anqiu")
			assessing(sc)
			sc.do("police_report", desk)
			sc.do(step, manager, form{"into": reportB}.only(step))
			require.Equal(t, cases.ReportAssessment, sc.s.Stage)
			sc.do("approve", head, form{"proposal": sc.proposal(step)})
			require.NotEmpty(t, sc.s.Outcome)
		})
	}
	t.Run("a yellow one may be merged by one", func(t *testing.T) {
		sc := at(t, "anqiu").file(aYellowReport())
		sc.do("triage", desk, form{"colour": "yellow"})
		sc.do("merge", desk, form{"into": reportB})
		require.Equal(t, cases.Closed, sc.s.Stage)
	})
}

// only keeps the answers that a step asks for.
func (f form) only(step cases.StepName) form {
	row, _ := cases.FindStep(cases.MandatoryReport, step)
	out := form{}
	for _, field := range row.AllFields() {
		if v, ok := f[field.Name]; ok {
			out[field.Name] = v
		}
	}
	return out
}

func TestARedCaseIsNotMadePalerByOnePerson(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	sc.do("recolour", manager, form{"colour": "green"})
	require.Equal(t, cases.Red, sc.s.Colour)
	sc.do("approve", head, form{"proposal": sc.proposal("recolour")})
	require.Equal(t, cases.Green, sc.s.Colour)
	sc.do("recolour", manager, form{"colour": "red"})
	require.Equal(t, cases.Red, sc.s.Colour, "but anybody may raise it")
	sc.owed("safety_assessment")
	sc.owed("on_scene")
}

func TestWhoApprovesWhenTheApproverIsPartOfIt(t *testing.T) {
	t.Run("the head proposed", func(t *testing.T) {
		sc := at(t, "anqiu")
		assessing(sc)
		sc.do("merge", head, form{"into": reportB})
		require.Equal(t, body, sc.owed("approval:"+sc.proposal("merge")).Owner)
		sc.do("approve", body, form{"proposal": sc.proposal("merge")})
		require.Equal(t, cases.OutcomeMerged, sc.s.Outcome)
	})
	t.Run("the head is recused", func(t *testing.T) {
		sc := at(t, "anqiu")
		assessing(sc)
		sc.do("recuse", desk, form{"post": string(head)})
		sc.both("merge", desk, body, form{"into": reportB})
	})
}

func TestAProposalFallsWithItsStage(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	sc.do("unverified", desk)
	id := sc.proposal("unverified")
	sc.do("assess", manager)
	sc.owed("approval:" + id) // may still be approved while planning
	sc.do("plan", manager)
	require.Empty(t, sc.s.Proposals)
	sc.notOwed("approval:" + id)
	gone := sc.last(cases.EventWithdrawn)
	require.Equal(t, "stage", gone.Reason)
	require.Equal(t, []cases.Post{desk}, gone.Posts, "its author learns of it")
}

func TestAMergeKeepsTheColourAndEveryFeedbackClock(t *testing.T) {
	first := at(t, "anqiu")
	assessing(first)
	first.do("police_report", desk)
	first.do("police_accept", police)
	due := first.owed("feedback").Due
	first.both("merge", desk, head, form{"into": reportB})
	require.Len(t, first.sent, 2, "the merge, and its feedback clock")

	rep := aYellowReport()
	rep.ID = reportB
	second := at(t, "anqiu").file(rep)
	second.do("triage", desk, form{"colour": "yellow"})
	deliver(second, first.sent)
	require.Equal(t, cases.Red, second.s.Colour, "the highest colour")
	key := "feedback:" + reportA
	require.True(t, second.owed(key).Due.Equal(due), "neither the colour nor the merge moves the clock")
	second.owed("review")
	require.True(t, slices.ContainsFunc(second.s.Links, func(l cases.Link) bool { return l.Case == reportA && l.Relation == "merged_from" }))

	// Merged on, both clocks go along.
	second.do("police_report", desk)
	second.do("police_accept", police)
	second.sent = nil
	second.both("merge", desk, head, form{"into": reportC})
	rep.ID = reportC
	third := at(t, "anqiu").file(rep)
	deliver(third, second.sent)
	require.True(t, third.owed(key).Due.Equal(due))
	third.owed("feedback:" + reportB)
	third.do("police_feedback", police)
	third.notOwed(key)
	third.notOwed("feedback:" + reportB)
}

func deliver(sc *scene, sent []cases.Outgoing) {
	sc.t.Helper()
	for _, out := range sent {
		require.Equal(sc.t, sc.s.ID, out.Case)
		require.Nil(sc.t, sc.act(cases.Input{Facts: []cases.Fact{out.Fact}}))
	}
}

func TestClosingWaitsForTheFeedbackOfAMergedReportToo(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.fact(cases.FactMergedFrom, cases.SystemPost, cases.Fields{
		"case": reportB, "colour": "green", "feedback_start": sc.now.Format(time.RFC3339), "feedback_due": sc.now.Add(day).Format(time.RFC3339),
	})
	sc.do("review", head)
	sc.do("police_end", police)
	sc.visit(cases.Green)
	sc.do("notice_safe", manager)
	sc.refused(cases.CodeAfter, "close", manager)
	sc.do("police_feedback", police)
	sc.both("close", manager, head)
}

func TestInterimClosingAndReopeningKeepTheIdAndThePoliceTrack(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.do("police_accept", police)
	sc.do("police_feedback", police)
	sc.do("notice_safe", manager)
	sc.visit(cases.Green)
	sc.refused(cases.CodePoliceOpen, "close", manager)
	sc.both("close", manager, head, form{"interim": true})
	require.Equal(t, cases.OutcomeInterim, sc.s.Outcome)
	sc.do("archive", desk)
	id, seq := sc.s.ID, sc.s.Seq
	sc.do("reopen", desk, form{"cause": "police_result"})
	require.Equal(t, id, sc.s.ID)
	require.Equal(t, seq+1, sc.s.Seq)
	require.Equal(t, cases.ReportAssessment, sc.s.Stage)
	require.Empty(t, sc.s.Outcome)
	require.Equal(t, []string{"assessment", "child_seen", "police_file_review", "review"}, sc.keys(), "what was open is owed again")
	require.Equal(t, 2, sc.owed("assessment").Occurrence)
}

func TestAReportersWordReopensAClosedCase(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.do("triage", desk, form{"colour": "yellow"})
	sc.do("police_report", desk)
	sc.do("refer", desk)
	sc.do("archive", desk)
	sc.fact(cases.FactMessage, "", nil)
	require.Equal(t, cases.Archiving, sc.s.Stage, "the file is taken out until the message is answered")
	sc.refused(cases.CodeAfter, "archive", desk)
	sc.fact(cases.FactReply, desk, nil)
	sc.do("archive", desk)
	sc.fact(cases.FactUnresolved, "", nil)
	require.Equal(t, cases.ReportAssessment, sc.s.Stage)
	require.True(t, sc.owed("review").Due.Equal(sc.now.Add(24*hour)))
}

func TestAReportersPhotoIsLookedAt(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.fact(cases.FactPhoto, "", nil)
	require.NotContains(t, sc.keys(), "message_reply", "it is read with the report")
	sc.do("triage", desk, form{"colour": "yellow"})
	sc.fact(cases.FactPhoto, "", nil)
	require.Contains(t, sc.keys(), "message_reply")
	sc.fact(cases.FactReply, desk, nil)
	require.NotContains(t, sc.keys(), "message_reply")
	sc.do("police_report", desk)
	sc.do("refer", desk)
	sc.do("archive", desk)
	sc.fact(cases.FactFile, desk, cases.Fields{"purpose": "document"})
	require.Equal(t, cases.Closed, sc.s.Stage)
	sc.fact(cases.FactPhoto, "", nil)
	require.Equal(t, cases.Archiving, sc.s.Stage, "the file is taken out until somebody has answered")
}

// The ladder.

func TestTheLadderOfAReportNobodyTouches(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	// 到场 is due after 2 h: the reminder at three quarters, then every half hour.
	sc.wait(3*hour + 45*time.Minute)
	require.Equal(t, []string{"remind", "due", "level1", "level2", "level3"}, sc.rungs("on_scene"))
	var at []time.Duration
	var told [][]cases.Post
	for _, e := range sc.events {
		if e.Type == cases.EventRung && e.Key == "on_scene" {
			require.True(t, e.Urgent)
			at, told = append(at, e.At.Sub(monday)), append(told, e.Posts)
		}
	}
	require.Equal(t, []time.Duration{90 * time.Minute, 2 * hour, 150 * time.Minute, 3 * hour, 210 * time.Minute}, at)
	require.Equal(t, [][]cases.Post{{supervisor}, {supervisor, desk}, {manager}, {head}, {body}}, told)

	// The third level drafts a 督办单, which a person signs and the late post answers.
	i := slices.IndexFunc(sc.s.Orders, func(o cases.Order) bool { return o.Obligation == "on_scene" })
	require.GreaterOrEqual(t, i, 0)
	order := sc.s.Orders[i]
	require.Equal(t, supervisor, order.To)
	sign, reply := fmt.Sprintf("order_sign:%d", order.N), fmt.Sprintf("order_reply:%d", order.N)
	sc.owed(sign)
	sc.do("sign_order", body, form{"order": float64(order.N)})
	sc.notOwed(sign)
	require.True(t, sc.owed(reply).Due.Equal(sc.now.Add(4*hour)), "a red one is answered in four hours")
	require.Equal(t, supervisor, sc.owed(reply).Owner)
	sc.do("reply_order", supervisor, form{"order": float64(order.N)})
	sc.notOwed(reply)

	// The last rung repeats until the work is done; the work ends it.
	before := len(sc.rungs("on_scene"))
	sc.wait(3 * hour)
	require.Equal(t, before+3, len(sc.rungs("on_scene")))
	sc.do("on_scene", supervisor)
	sc.wait(day)
	require.Equal(t, before+3, len(sc.rungs("on_scene")))
}

func TestAnOrderAboutWorkThatIsDoneLapses(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("police_report", desk)
	sc.do("triage", desk, form{"colour": "red"})
	sc.do("on_scene", police)
	sc.sleep(0)
	for len(sc.s.Orders) == 0 {
		sc.wait(15 * time.Minute)
	}
	require.Equal(t, "child_seen", sc.s.Orders[0].Obligation)
	sc.owed("order_sign:1")
	sc.do("child_seen", police)
	sc.notOwed("order_sign:1")
	sc.refused(cases.CodeStage, "sign_order", head)
}

func TestALongOutageFiresOneRungAtATime(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	sc.sleep(365 * day)
	for _, want := range [][]string{{"due"}, {"due", "level1"}, {"due", "level1", "level2"}} {
		require.Nil(t, sc.act(cases.Input{}))
		require.Equal(t, want, sc.rungs("child_seen"), "no reminder of what is long due, and one rung at a time")
		wake, ok := cases.NextWake(sc.s, sc.r)
		require.True(t, ok)
		require.True(t, wake.Equal(sc.now.Add(30*time.Minute)), "the next one after its interval, in real time")
		sc.sleep(30 * time.Minute)
	}
	e := sc.last(cases.EventRung)
	require.True(t, e.At.After(monday.Add(364*day)), "each keeps the real time")
}

func TestAnAcknowledgementRestsTheClimbButOnlyTheWorkEndsIt(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	sc.wait(2 * hour)
	require.Equal(t, []string{"remind", "due"}, sc.rungs("child_seen"))
	sc.wait(20 * time.Minute)
	sc.ack("child_seen", supervisor)
	require.True(t, sc.owed("child_seen").HeldUntil.Equal(sc.now.Add(30*time.Minute)))
	require.Equal(t, supervisor, sc.owed("child_seen").AckedBy)
	sc.wait(29 * time.Minute)
	require.Equal(t, []string{"remind", "due"}, sc.rungs("child_seen"))
	// At most two a rung: the third does not hold.
	sc.ack("child_seen", desk)
	held := sc.owed("child_seen").HeldUntil
	sc.wait(29 * time.Minute)
	sc.ack("child_seen", desk)
	require.True(t, sc.owed("child_seen").HeldUntil.Equal(held))
	require.Equal(t, "acks_used_up", sc.last(cases.EventFact).Reason)
	sc.wait(time.Minute)
	require.Equal(t, []string{"remind", "due", "level1"}, sc.rungs("child_seen"))
	// After the manager's rung, the supervisor's word no longer counts; the head's does.
	sc.ack("child_seen", supervisor)
	require.Equal(t, "below_rung", sc.last(cases.EventFact).Reason)
	sc.ack("child_seen", head)
	require.Equal(t, head, sc.owed("child_seen").AckedBy)
	// An acknowledgement of what has moved on is stale.
	o := sc.owed("child_seen")
	sc.fact(cases.FactAck, head, cases.Fields{"key": "child_seen", "occurrence": "1", "epoch": fmt.Sprint(o.Epoch + 1)})
	require.Equal(t, "stale", sc.last(cases.EventFact).Reason)
}

func TestTheDutyOfficerAcknowledgesForSomebodyByPhone(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.wait(15 * time.Minute)
	o := sc.owed("police_report")
	sc.fact(cases.FactAck, manager, cases.Fields{"key": "police_report", "occurrence": "1", "epoch": fmt.Sprint(o.Epoch), "for": string(desk), "by": sc.now.Add(10 * time.Minute).Format(time.RFC3339)})
	require.Equal(t, desk, sc.owed("police_report").AckedBy)
	require.True(t, sc.owed("police_report").HeldUntil.Equal(sc.now.Add(10*time.Minute)), "until the time that was promised")
}

func TestANoticeThatReachesNobodyClimbsAtOnce(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.wait(15 * time.Minute)
	require.Equal(t, []string{"remind", "due"}, sc.rungs("police_report"))
	sc.unreached("police_report")
	require.Equal(t, []string{"remind", "due", "level1"}, sc.rungs("police_report"))
	require.True(t, sc.last(cases.EventRung).At.Equal(sc.now))
	sc.unreached("police_report")
	sc.unreached("police_report")
	require.Equal(t, []string{"remind", "due", "level1", "level2", "level3"}, sc.rungs("police_report"))
	// The same news again moves nothing.
	sc.fact(cases.FactVacant, cases.SystemPost, cases.Fields{"key": "police_report", "occurrence": "1", "epoch": "1", "rung": "2"})
	require.Equal(t, "stale", sc.last(cases.EventFact).Reason)
	// Nor does it where somebody has acknowledged.
	sc.ack("police_report", body)
	sc.unreached("police_report")
	require.Equal(t, "acknowledged", sc.last(cases.EventFact).Reason)
}

func TestAnOwnerOutOfReachBeforeItIsDueIsPassedOver(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.unreached("police_report")
	require.Equal(t, []string{"due"}, sc.rungs("police_report"), "not reminded, but passed to those above")
	require.Contains(t, sc.last(cases.EventRung).Posts, desk)
}

func TestAnybodyMaySkipALevelOnRed(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.wait(2 * hour)
	n := len(sc.rungs("child_seen"))
	sc.do("escalate", director, form{"key": "child_seen"})
	require.Equal(t, n+1, len(sc.rungs("child_seen")))
	pale := at(t, "anqiu").file(aYellowReport())
	pale.refused(cases.CodeStage, "escalate", director, form{"key": "child_seen"})
}

func TestOnlyTheWakeUpIsSpreadAndNeverAnUrgentOne(t *testing.T) {
	yellow := at(t, "anqiu").file(aYellowReport())
	first := time.Time{}
	for _, o := range yellow.s.Obligations { // the reminders at three quarters
		at := o.Due.Add(-o.Due.Sub(o.Start) / 4)
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	wake, ok := cases.NextWake(yellow.s, yellow.r)
	require.True(t, ok)
	require.False(t, wake.Before(first))
	require.True(t, wake.Before(first.Add(10*time.Minute)))
	require.False(t, wake.Equal(first), "this id has a share of its own")
	red := at(t, "anqiu").file(aReport())
	wake, _ = cases.NextWake(red.s, red.r)
	require.True(t, wake.Equal(monday.Add(11*time.Minute+15*time.Second)))
}

// Recusal and compartments.

func TestARecusedPostSeesNothingAndOwesNothing(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	require.Equal(t, supervisor, sc.owed("child_seen").Owner)
	require.NotEmpty(t, cases.Allowed(sc.s, []cases.Post{supervisor}))
	sc.do("recuse", desk, form{"post": string(supervisor)})
	require.False(t, sc.s.Sees(supervisor))
	require.Empty(t, cases.Allowed(sc.s, []cases.Post{supervisor}))
	require.Equal(t, desk, sc.owed("child_seen").Owner, "the next on the ladder owes it")
	require.Equal(t, []cases.Post{desk}, sc.last(cases.EventHandedOver).Posts, "and is told")
	before := len(sc.events)
	sc.refused(cases.CodeNotFound, "child_seen", supervisor)
	sc.wait(2 * day)
	for _, e := range sc.events[before:] {
		require.NotContains(t, e.Posts, supervisor, "%s %s", e.Type, e.Key)
		require.NotEqual(t, supervisor, e.Owner)
	}
}

func TestWhomTheReporterNamesNeverLearns(t *testing.T) {
	rep := aReport()
	rep.Avoid = []string{"town", "village", "police"}
	sc := at(t, "anqiu").file(rep)
	require.Equal(t, []cases.Post{desk}, sc.events[0].Posts)
	for _, p := range []cases.Post{director, supervisor, townLeader, police} {
		require.False(t, sc.s.Sees(p))
	}
	cadre := aReport()
	cadre.Relation = "village_or_town_cadre"
	sc = at(t, "anqiu").file(cadre)
	require.False(t, sc.s.Sees(director), "a cadre is suspected: the village does not learn of it")
	require.True(t, sc.s.Sees(supervisor))
}

func TestARungOfRecusedPostsGivesWayAtOnce(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("recuse", desk, form{"post": string(manager)})
	sc.wait(45 * time.Minute)
	require.Equal(t, []string{"remind", "due", "level2"}, sc.rungs("police_report"))
	require.Equal(t, []cases.Post{head}, sc.lastRung("police_report").Posts)
	// All of the ladder recused: the last resort is told.
	for _, p := range []cases.Post{head, body, supervisor, townLeader} {
		sc.do("recuse", desk, form{"post": string(p)})
	}
	sc.do("recuse", bureau, form{"post": string(desk)})
	sc.wait(2 * hour)
	require.Equal(t, []cases.Post{procurator}, sc.lastRung("police_report").Posts)
	require.Equal(t, procurator, sc.s.Owner)
}

func (sc *scene) lastRung(key string) cases.Event {
	for _, e := range slices.Backward(sc.events) {
		if e.Type == cases.EventRung && e.Key == key && len(e.Posts) > 0 {
			return e
		}
	}
	return cases.Event{}
}

func TestAHiddenCaseStaysHiddenFromTheVillage(t *testing.T) {
	rep := aReport()
	rep.Situations = []cases.Situation{"MR02"}
	sc := at(t, "anqiu").file(rep)
	require.True(t, sc.s.Compartment)
	require.False(t, sc.s.Sees(director))
	require.Empty(t, cases.Allowed(sc.s, []cases.Post{director}))
	sc.do("police_report", desk)
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	sc.do("assess", manager)
	sc.do("plan", manager)
	require.Equal(t, manager, sc.owed("visit").Owner, "the case's own officer visits")
	sc.visit(cases.Red)
	require.Equal(t, manager, sc.owed("visit").Owner, "every time")
	sc.wait(30 * day)
	for _, e := range sc.events {
		require.NotContains(t, e.Posts, director)
	}
	require.Empty(t, cases.Allowed(sc.s, []cases.Post{director}))
	t.Run("also from the triage on", func(t *testing.T) {
		sc := at(t, "anqiu").file(aReport())
		require.True(t, sc.s.Sees(director))
		sc.do("triage", desk, form{"colour": "red", "compartment": true})
		require.False(t, sc.s.Sees(director))
	})
}

// Tasks.

func TestADepartmentsTask(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	sc.do("task_assign", manager, form{"post": string(education), "measure": "schooling"})
	require.Equal(t, 1, sc.last(cases.EventStep).Task, "numbered, for the 转办函")
	require.Equal(t, education, sc.owed("task:1").Owner)
	require.Equal(t, "2026-03-30", sc.owed("task:1").Due.In(cases.Zone).Format("2006-01-02"), "ten working days")
	sc.refused(cases.CodeScope, "task_sign", justice)
	sc.do("task_sign", education)
	sc.notOwed("task_sign:1")
	sc.do("task_work", education)

	// The department never logs in: the desk records its feedback (代录).
	record := sc.doFor("task_report", desk, education)
	step := sc.events[slices.IndexFunc(sc.events, func(e cases.Event) bool { return e.Command == record && e.Type == cases.EventStep })]
	require.Equal(t, education, step.Owner)
	require.Equal(t, "phone", step.Reason)
	require.Equal(t, education, sc.owed("confirm:"+record).Owner)
	sc.refused(cases.CodeNoObligation, "confirm", education, form{"record": "another"})
	sc.do("confirm", education, form{"record": record})
	sc.notOwed("confirm:" + record)
	require.True(t, sc.s.Proxies[0].Confirmed)

	sc.notOwed("task:1")
	sc.do("task_return", manager)
	require.Equal(t, 1, sc.s.Tasks[0].Returns)
	require.Equal(t, 2, sc.owed("task:1").Occurrence)
	sc.do("task_report", education)
	sc.do("task_accept", manager)
	require.Equal(t, cases.TaskAccepted, sc.s.Tasks[0].State)
	require.False(t, slices.ContainsFunc(sc.s.Obligations, func(o cases.Obligation) bool { return strings.HasPrefix(o.Key, "task") }))
}

// Deadlines that stand, move, and do not move.

func TestAPausedClockStandsAndIsNotLostByANewColour(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.do("triage", desk, form{"colour": "blue", "manager": string(manager)})
	sc.do("assess", manager)
	due := sc.owed("plan").Due
	sc.do("pause", manager, form{"key": "plan"})
	require.False(t, sc.owed("plan").Overdue(due.Add(day)))
	sc.wait(30 * day)
	require.Empty(t, sc.rungs("plan"))
	sc.do("resume", manager, form{"key": "plan"})
	require.True(t, sc.owed("plan").Due.Equal(due.Add(30*day)))
	epoch := sc.owed("plan").Epoch
	sc.do("recolour", manager, form{"colour": "yellow"})
	require.True(t, sc.owed("plan").Due.Equal(due.Add(30*day)))
	require.Greater(t, sc.owed("plan").Epoch, epoch, "its ladder is another now")
}

func TestAnExpiryDateIsMovedByNoColour(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.do("order_apply", manager, form{"urgent": true})
	require.True(t, sc.owed("protection_court").Due.Equal(sc.now.Add(24*hour)))
	expires := sc.now.Add(150 * day).Truncate(time.Second)
	sc.do("order_issue", manager, form{"expires_at": expires.Format(time.RFC3339)})
	require.True(t, sc.owed("protection_extend").Due.Equal(expires.AddDate(0, 0, -30)))
	require.True(t, sc.owed("protection_expiry").Due.Equal(expires.AddDate(0, 0, -7)))
	sc.both("recolour", manager, head, form{"colour": "blue"})
	require.True(t, sc.owed("protection_expiry").Due.Equal(expires.AddDate(0, 0, -7)))
	sc.do("order_end", manager)
	sc.notOwed("protection_extend")
}

func TestThePoliceMayHoldTheSightingOnceAndForADay(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	until := sc.now.Add(20 * hour).Truncate(time.Second)
	sc.do("child_seen_hold", police, form{"until": until.Format(time.RFC3339)})
	require.True(t, sc.owed("child_seen").Due.Equal(until))
	require.Equal(t, 2, sc.owed("child_seen").Epoch)
	sc.refused(cases.CodeStage, "child_seen_hold", police, form{"until": until.Add(hour).Format(time.RFC3339)})
}

func TestALowerColourGivesTheSightingItsTime(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.wait(3 * hour)
	require.Contains(t, sc.rungs("child_seen"), "due")
	sc.do("triage", desk, form{"colour": "blue"})
	require.True(t, sc.owed("child_seen").Due.Equal(monday.Add(72*hour)))
	require.Zero(t, sc.owed("child_seen").Rung)
	sc.notOwed("on_scene")
}

func TestACalendarMovesWhatItMadeUncertain(t *testing.T) {
	sc := at(t, "anqiu")
	sc.now = time.Date(2026, 12, 28, 10, 0, 0, 0, cases.Zone)
	sc.file(aYellowReport())
	sc.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
	o := sc.owed("assessment")
	require.True(t, o.Provisional, "the tables of 2027 are not out")
	rules := sc.r
	rules.Calendar.To = "2027-12-31"
	rules.Calendar.Off = append(slices.Clone(rules.Calendar.Off), "2027-01-01")
	decisions := sc.s.DecisionSeq
	cmd := sc.command("recalculate", cases.SystemPost, nil)
	cmd.Base, cmd.Rules = -1, &rules
	require.Nil(t, sc.act(cases.Input{Command: &cmd}))
	require.Equal(t, decisions, sc.s.DecisionSeq, "no officer's form goes stale by a calendar")
	require.False(t, sc.owed("assessment").Provisional)
	require.True(t, sc.owed("assessment").Due.After(o.Due))
	require.Equal(t, o.Epoch+1, sc.owed("assessment").Epoch)
	require.Equal(t, rules.Hash(), sc.s.Rules)
}

func TestHandingACaseToItsManagerLeavesTheDutyPostItsOwn(t *testing.T) {
	rep := aReport()
	rep.DutyUnit = true
	sc := at(t, "anqiu").file(rep)
	sc.do("triage", desk, form{"colour": "red", "manager": "city:379999000000/manager#2"})
	require.Equal(t, cases.Post("city:379999000000/manager#2"), sc.s.Owner)
	require.Equal(t, desk, sc.owed("police_report").Owner)
	require.Equal(t, desk, sc.owed("notify_authority").Owner)
	require.Equal(t, sc.s.Owner, sc.owed("assessment").Owner)
	require.Equal(t, sc.s.Owner, sc.owed("safety_assessment").Owner)
	sc.do("assign", head, form{"post": string(manager)})
	require.Equal(t, manager, sc.owed("assessment").Owner, "and so with the next")
}

func TestAChildThatMovesTakesItsPromisesAlong(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.do("task_assign", manager, form{"post": string(director)})
	sc.do("relocate", manager, form{"org": "379999102205"})
	there := cases.NewPost("379999102205", cases.RoleDirector)
	require.Equal(t, there, sc.owed("visit").Owner)
	require.Equal(t, there, sc.owed("task:1").Owner)
	sc.do("task_sign", there)
	require.Empty(t, cases.Allowed(sc.s, []cases.Post{director, supervisor}))
}

// Visits.

func TestVisitsAreASeriesThatOnlyAMeetingAnswers(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	require.Equal(t, 1, sc.owed("visit").Leg)
	for _, outcome := range []string{"away", "hospital", "moved", "absent"} {
		sc.fact(cases.FactVisit, director, cases.Fields{"outcome": outcome})
		require.Equal(t, 1, sc.owed("visit").Leg, outcome)
	}
	sc.wait(3 * day)
	met := sc.now.Add(-2 * hour)
	sc.factAt(cases.FactVisit, director, cases.Fields{"outcome": "met", "colour": "green"}, met)
	require.Equal(t, 2, sc.owed("visit").Leg)
	require.True(t, sc.owed("visit").Start.Equal(met), "counted from the visit itself")
	// A visit of the day before, uploaded only now, answers nothing.
	sc.factAt(cases.FactVisit, director, cases.Fields{"outcome": "met"}, met.Add(-day))
	require.Equal(t, 2, sc.owed("visit").Leg)
	// A phone whose clock is a year ahead does not put the next visit off.
	sc.factAt(cases.FactVisit, director, cases.Fields{"outcome": "boarding"}, sc.now.Add(365*day))
	require.Equal(t, 3, sc.owed("visit").Leg)
	require.True(t, sc.owed("visit").Start.Equal(sc.now))
	// The series ends, and somebody decides what follows.
	sc.wait(day)
	sc.visit(cases.Green)
	sc.notOwed("visit")
	sc.owed("review")
}

func TestAVisitMayOnlyRaiseTheColour(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.wait(day)
	sc.visit(cases.Green)
	require.Equal(t, cases.Blue, sc.s.Colour)
	require.True(t, sc.s.MetSincePlan)
	sc.visit(cases.Red)
	require.Equal(t, cases.Red, sc.s.Colour)
	require.False(t, sc.s.MetSincePlan, "the last visit counts")
	sc.owed("on_scene")
}

func TestWhoeverIsNotMetTwiceOrRefusedIsLookedFor(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "absent"})
	sc.wait(4 * day)
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "absent"})
	sc.notOwed("unmet_visit")
	sc.wait(2 * day)
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "absent"})
	require.Equal(t, supervisor, sc.owed("unmet_visit").Owner)
	sc.do("visit_arranged", supervisor)
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "refused"})
	sc.owed("unmet_visit")
}

func TestARefusedDoorOfAYellowChildGoesToTheTownAtOnce(t *testing.T) {
	sc := at(t, "anqiu").file(aYellowReport())
	sc.do("triage", desk, form{"colour": "yellow"})
	sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "refused"})
	require.Equal(t, supervisor, sc.owed("unmet_visit").Owner)
}

// Guardianship.

func TestNoChildGoesBackToAGuardianAtFaultBeforeTheConference(t *testing.T) {
	for _, ground := range []cases.Ground{"TG4", "TG5", "TG6"} {
		t.Run(string(ground), func(t *testing.T) {
			sc := at(t, "anqiu").takeIn(ground)
			inPlacement(sc)
			require.NotContains(t, cases.Allowed(sc.s, []cases.Post{bureau}), cases.StepName("return"))
			sc.refused(cases.CodeNoConference, "return_direct", manager, form{"identity_checked": true, "kinship_checked": true})
			assessed(sc)
			sc.refused(cases.CodeNoConference, "return", manager)
			sc.do("conclude", bureau, form{"conclusion": "return"})
			sc.both("return", manager, bureau)
			require.Equal(t, cases.GuardReturn, sc.s.Stage)
			require.Equal(t, "2026-03-19", sc.owed("collect").Due.In(cases.Zone).Format("2006-01-02"), "三日内领回")
			// Not collected: back to the conference, which must conclude anew.
			sc.do("convene", bureau)
			sc.refused(cases.CodeNoConference, "return", manager)
		})
	}
}

func TestTheOneYearClockOfTemporaryGuardianship(t *testing.T) {
	sc := at(t, "anqiu").takeIn("TG6")
	sc.do("rescue", police, form{"ground": "TG6"})
	received := sc.now
	sc.do("receive", shelter)
	sc.notOwed("temp_total")
	sc.wait(day)
	sc.both("decide", manager, bureau, form{"ground": "TG6", "oral": true})
	require.True(t, sc.owed("decision_paper").Due.Equal(sc.now.Add(24*hour)), "an oral approval is put on paper within a day")
	require.True(t, sc.owed("temp_total").Start.Equal(received), "from the actual reception, which was earlier")
	days := func(key string) string { return sc.owed(key).Due.In(cases.Zone).Format("2006-01-02") }
	require.Equal(t, "2027-03-16", days("temp_total"))
	for key, n := range map[string]int{"temp_warn_180": 180, "temp_warn_300": 300, "temp_warn_335": 335} {
		require.Equal(t, received.In(cases.Zone).AddDate(0, 0, n).Format("2006-01-02"), days(key))
	}
	sc.do("admit", shelter)
	sc.do("place", manager, form{"placement": "shelter"})
	require.True(t, sc.owed("initial_assessment").Due.Equal(sc.now.Add(72*hour)), "TG6")
	sc.wait(190 * day)
	require.Contains(t, sc.rungs("temp_warn_180"), "due")
	sc.do("clock_reviewed", manager, form{"warning": "temp_warn_180"})
	sc.notOwed("temp_warn_180")

	// The year passes: care never ends by itself; the bureau may extend it.
	sc.wait(200 * day)
	require.Equal(t, cases.GuardPlacement, sc.s.Stage)
	require.Contains(t, sc.rungs("temp_total"), "due")
	until := sc.now.Add(60 * day).Truncate(time.Second)
	sc.both("extend", manager, bureau, form{"until": until.Format(time.RFC3339)})
	require.True(t, sc.owed("temp_total").Due.Equal(until))
	sc.do("missing", shelter) // the colour turns red
	require.Equal(t, cases.Red, sc.s.Colour)
	require.True(t, sc.owed("temp_total").Due.Equal(until), "what two persons decided, no colour undoes")
	sc.do("missing_reported", shelter)

	assessed(sc)
	sc.do("conclude", bureau, form{"conclusion": "return"})
	sc.both("return", manager, bureau)
	sc.do("collected", shelter)
	sc.notOwed("temp_total")
	require.Equal(t, director, sc.owed("guard_visit").Owner)
	for _, key := range []string{"admission_exam", "admission_notice"} {
		sc.notOwed(key)
	}
}

func TestAReportWaitsForItsGuardianship(t *testing.T) {
	report := at(t, "anqiu")
	following(report)
	report.do("police_end", police)
	report.do("open_guardianship", manager, form{"ground": "TG4"})
	opened := report.opened[0]
	require.Equal(t, manager, opened.State.Owner)
	report.refused(cases.CodeStage, "open_guardianship", manager)
	report.refused(cases.CodeLinkedOpen, "close", manager)

	care := at(t, "anqiu").begin(opened)
	require.Equal(t, cases.Ground("TG4"), care.s.Ground)
	care.both("reject", manager, bureau)
	require.Len(t, care.sent, 1)
	require.Equal(t, cases.FactLinkClosed, care.sent[0].Fact.Kind)
	require.Equal(t, string(cases.OutcomeRejected), care.sent[0].Fact.Fields["outcome"])
	deliver(report, care.sent)
	require.False(t, report.s.Links[0].Open)
	report.visit(cases.Green)
	report.do("notice_safe", manager)
	report.both("close", manager, head)

	care.sent = nil
	care.do("reopen", head, form{"cause": "harmed_again"})
	deliver(report, care.sent)
	require.True(t, report.s.Links[0].Open)
}

func TestAMissingChildIsReportedToThePoliceWithinHalfAnHour(t *testing.T) {
	sc := at(t, "anqiu").takeIn("TG7")
	inPlacement(sc)
	sc.do("missing", shelter)
	require.Equal(t, cases.Red, sc.s.Colour)
	require.True(t, sc.owed("missing").Due.Equal(sc.now.Add(30*time.Minute)))
	require.Equal(t, shelter, sc.owed("missing").Owner)
	sc.wait(30 * time.Minute)
	require.Equal(t, []string{"remind", "due"}, sc.rungs("missing"))
	sc.do("missing_reported", shelter)
}

func TestTheReviewBeforeTheEighteenthBirthdayMayBeYearsAhead(t *testing.T) {
	sc := at(t, "anqiu").takeIn("TG7")
	inPlacement(sc)
	sc.do("adult_review_set", manager, form{"year": 2043.0})
	due := time.Date(2043, 1, 1, 9, 0, 0, 0, cases.Zone)
	require.True(t, sc.owed("adult_review").Due.Equal(due))
	sc.wait(400 * day)
	require.Empty(t, sc.rungs("adult_review"))
}

// The State.

func TestACaseGoesOnTheSameFromItsJSON(t *testing.T) {
	for _, sp := range scripts {
		t.Run(sp.name, func(t *testing.T) {
			sc := at(t, "anqiu")
			sp.run(sc)
			back := decode(encode(sc.s))
			require.Equal(t, encode(sc.s), encode(back))
			later := sc.now.Add(3 * day)
			require.Equal(t, encode(cases.Tick(sc.s, sc.r, later)), encode(cases.Tick(back, sc.r, later)))
		})
	}
}

func TestTheClockNeverGoesBackwards(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	sc.wait(hour)
	clock := sc.s.Clock
	sc.now = sc.now.Add(-30 * time.Minute)
	sc.do("police_report", desk)
	require.True(t, sc.s.Clock.Equal(clock))
	require.True(t, sc.last(cases.EventStep).At.Equal(clock))
}

func TestOnlyTheLast64CommandsAndFactsAreRemembered(t *testing.T) {
	sc := at(t, "anqiu")
	assessing(sc)
	for range 70 {
		sc.do("safety_plan", manager)
		sc.fact(cases.FactNote, manager, nil)
	}
	require.Len(t, sc.s.Commands, 64)
	require.Len(t, sc.s.Facts, 64)
}

func TestAHundredFactsAreTakenInTogether(t *testing.T) {
	sc := at(t, "anqiu").file(aReport())
	var facts []cases.Fact
	for i := range 100 {
		facts = append(facts, cases.Fact{ID: fmt.Sprint(i), Kind: cases.FactNote, Occurred: sc.now, Received: sc.now})
	}
	tr := cases.Absorb(sc.s, sc.r, append(facts, facts...), sc.now)
	require.Len(t, tr.Facts, 100)
	require.EqualValues(t, 2, tr.State.Seq)
}

func TestFactsCountBeforeTimeSoThatNobodyIsAlarmedAboutWhatIsDone(t *testing.T) {
	sc := at(t, "anqiu")
	following(sc)
	sc.sleep(8 * day) // the visit of day 6 lies unread while its deadline passes
	sc.factAt(cases.FactVisit, director, cases.Fields{"outcome": "met", "colour": "green"}, sc.now.Add(-2*day))
	require.Empty(t, sc.rungs("visit"))
	require.Equal(t, 2, sc.owed("visit").Leg)
}
