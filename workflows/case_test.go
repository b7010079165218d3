package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/workflows"
)

func TestDecision(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		o := h.decide(time.Minute, assign(name(1), 0, manager))
		h.at(90*time.Second, func() { require.Equal(t, []string{"facts", "record"}, b.log) }) // the first act, and one record
		h.moveOn(2 * time.Minute)
		carried := h.run(b.run())

		require.True(t, o.done)
		require.NoError(t, o.err)
		require.Equal(t, int64(2), o.answer.Seq)
		require.Equal(t, int64(1), o.answer.DecisionSeq)
		require.Equal(t, name(1), o.answer.Result.Command)
		require.Equal(t, manager, b.stored().Owner)
		same(t, b.stored(), carried.State)
	})

	t.Run("RefusedLeavesNoTrace", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		cmd := assign(name(1), 0, manager)
		cmd.By.Post = cases.NewPost(city, cases.RolePolice)
		var before []string
		h.at(30*time.Second, func() { before = append(before, b.log...) })
		o := h.decide(time.Minute, cmd)
		h.at(90*time.Second, func() { require.Equal(t, before, b.log) })
		h.moveOn(2 * time.Minute)
		h.run(b.run())

		require.True(t, o.done)
		require.False(t, o.accepted)
		require.Equal(t, cases.CodeRole, o.code())
		require.Equal(t, int64(1), b.stored().Seq)
	})

	t.Run("StaleForm", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		first := h.decide(time.Minute, assign(name(1), 0, manager))
		second := h.decide(2*time.Minute, assign(name(2), 0, head))
		h.moveOn(3 * time.Minute)
		h.run(b.run())

		require.NoError(t, first.err)
		require.Equal(t, cases.CodeStale, second.code())
		require.Equal(t, manager, b.stored().Owner)
	})

	t.Run("TwoAtOnce", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		first, second := &outcome{}, &outcome{}
		h.at(time.Minute, func() { // both pass the validator before either has the lock
			h.ask(first, assign(name(1), 0, manager))
			h.ask(second, assign(name(2), 0, head))
		})
		h.moveOn(2 * time.Minute)
		h.run(b.run())

		require.NoError(t, first.err)
		require.Equal(t, cases.CodeStale, second.code())
		require.Equal(t, manager, b.stored().Owner)
		require.Equal(t, int64(1), b.stored().DecisionSeq)
		require.Equal(t, 1, b.asked("record")) // the second never tried
	})

	t.Run("WaitsForAWake", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		b.fail = func(tr cases.Transition) error {
			if h.env.Now().Before(start.Add(2 * time.Minute)) {
				require.Nil(t, tr.Result) // the decision waits for the lock
				return errAway
			}
			return nil
		}
		h.at(time.Minute, func() {
			b.add(fact("f1", cases.FactMessage, start))
			h.nudge()
		})
		o := h.decide(90*time.Second, assign(name(1), 0, manager))
		h.moveOn(3 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, int64(3), b.stored().Seq)
	})

	t.Run("AskedTwiceActsOnce", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		first := h.decide(time.Minute, assign(name(1), 0, manager))
		h.moveOn(2 * time.Minute)
		carried := h.run(b.run())

		h = setup(t, b, start.Add(2*time.Minute)) // another run, so Temporal's own dedup is gone
		again := h.decide(time.Minute, assign(name(1), 0, manager))
		h.moveOn(2 * time.Minute)
		h.run(carried)

		require.NoError(t, again.err)
		require.Equal(t, first.answer, again.answer)
		require.Equal(t, int64(2), b.stored().Seq)
	})

	t.Run("OfAnotherCase", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		cmd := assign(name(1), 0, manager)
		cmd.Case = name(99)
		o := h.decide(time.Minute, cmd)
		h.moveOn(2 * time.Minute)
		h.run(b.run())
		require.Equal(t, cases.CodeNotFound, o.code())
	})

	t.Run("AfterAFactOfItsAuthor", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		cmd := assign(name(1), 0, manager)
		cmd.AfterFact = "f1"
		h.at(59*time.Second, func() { b.add(fact("f1", cases.FactMessage, start)) }) // no nudge yet
		o := h.decide(time.Minute, cmd)
		h.at(61*time.Second, func() {
			require.True(t, h.state().HasFact("f1"))
			require.Equal(t, int64(2), h.state().Seq) // one change took both in
		})
		h.moveOn(2 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
	})

	t.Run("PossibleOnlyByAFactOfItsAuthor", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		f := fact("f1", cases.FactSecondReport, start)
		f.Fields = cases.Fields{"colour": string(cases.Red)}
		h.at(59*time.Second, func() { b.add(f) }) // no nudge yet: the run thinks the case yellow
		cmd := cases.Command{ID: name(1), Case: caseID, Step: "escalate", By: desk, AfterFact: "f1", Fields: cases.Fields{"key": "triage"}}
		o := h.decide(time.Minute, cmd)
		h.moveOn(2 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, []int{0}, b.rungs("triage"))
	})

	t.Run("RefusedAfterTimePassed", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		cmd := assign(name(1), 0, "unit:police/police") // refused by the form; its author had seen a fact
		cmd.AfterFact = "f1"
		h.at(59*time.Second, func() { b.add(fact("f1", cases.FactMessage, start)) })
		o := h.decide(time.Minute, cmd)
		h.at(61*time.Second, func() {
			require.True(t, h.state().HasFact("f1")) // what facts did is kept
			require.Zero(t, h.state().DecisionSeq)
		})
		h.moveOn(2 * time.Minute)
		h.run(b.run())
		require.True(t, o.accepted)
		require.NotEmpty(t, o.code())
	})
}

func TestTime(t *testing.T) {
	t.Parallel()

	t.Run("LadderClimbs", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(119*time.Minute, func() { require.Empty(t, b.rungs("triage")) })
		h.at(121*time.Minute, func() { require.Equal(t, []int{0}, b.rungs("triage")) })
		h.at(181*time.Minute, func() { require.Equal(t, []int{0, 1}, b.rungs("triage")) })
		h.at(241*time.Minute, func() { require.Equal(t, []int{0, 1, 2}, b.rungs("triage")) })
		h.moveOn(24 * time.Hour)
		carried := h.run(b.run())
		require.Equal(t, []int{0, 1, 2}, b.rungs("triage"))
		same(t, b.stored(), carried.State)
	})

	t.Run("LateStartFiresOneRung", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start.Add(100*time.Hour))
		h.at(30*time.Minute, func() { require.Equal(t, []int{0}, b.rungs("triage")) })
		h.moveOn(40 * time.Minute)
		h.run(b.run())
	})

	t.Run("OneTimer", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		for n := range 5 {
			h.decide(time.Duration(n+1)*time.Minute, assign(name(n), int64(n), manager))
		}
		h.at(10*time.Minute, func() {
			// Assigning moves no deadline: the timer of the first act is still the one.
			require.Equal(t, 1, h.timersSet)
			require.Zero(t, h.timersGone)
		})
		h.at(11*time.Minute, func() {
			b.add(fact("f1", cases.FactMessage, start.Add(11*time.Minute))) // due before the triage
			h.nudge()
		})
		h.at(12*time.Minute, func() { require.Equal(t, 1, h.timersSet-h.timersGone) })
		h.moveOn(13 * time.Minute)
		h.run(b.run())
	})
}

func TestFacts(t *testing.T) {
	t.Parallel()

	t.Run("AreReadFirst", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		b.add(fact("f1", cases.FactMessage, start))
		h := setup(t, b, start)
		h.at(time.Minute, func() { require.True(t, h.state().HasFact("f1")) })
		h.moveOn(2 * time.Minute)
		h.run(b.run())
	})

	t.Run("BeforeTicks", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		b.add(fact("f1", cases.FactMessage, start))
		h := setup(t, b, start)
		// The reply is committed in time, and its nudge is lost.
		h.at(59*time.Minute, func() { b.add(fact("f2", cases.FactReply, start.Add(59*time.Minute))) })
		h.moveOn(90 * time.Minute)
		h.run(b.run())
		require.Empty(t, b.rungs("message_reply"))
		require.True(t, b.stored().HasFact("f2"))
	})

	t.Run("BeforeWhatADecisionWouldFire", func(t *testing.T) {
		t.Parallel()
		r := rules()
		r.Ladders[0].Urgent = false // the wake-up is spread over ten hours after the deadline
		r.Deadlines[1].Spread = cases.Span{Value: 10, Unit: cases.Hour}
		s := opened(t)
		s.Rules = r.Hash()
		b := newBook(s, r)
		b.add(fact("f1", cases.FactMessage, start))
		h := setup(t, b, start)
		h.at(59*time.Minute, func() { b.add(fact("f2", cases.FactReply, start.Add(59*time.Minute))) })
		o := h.decide(61*time.Minute, assign(name(1), 0, manager))
		h.moveOn(62 * time.Minute)
		h.run(b.run())
		require.True(t, o.done)
		require.NoError(t, o.err)
		require.Empty(t, b.rungs("message_reply"))
		require.True(t, b.stored().HasFact("f2"))
	})

	t.Run("MoreThanABatch", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() {
			for n := range 250 {
				b.add(fact(name(n), cases.FactNote, start))
			}
			h.nudge()
		})
		h.at(2*time.Minute, func() {
			require.Empty(t, b.facts)
			require.Equal(t, int64(4), h.state().Seq) // three batches
		})
		h.moveOn(3 * time.Minute)
		h.run(b.run())
	})
}

func TestLedger(t *testing.T) {
	t.Parallel()

	// crashed commits a decision that the run never learns of, as a worker does
	// that dies between Record's commit and its task's completion.
	crashed := func(t *testing.T, b *book) {
		t.Helper()
		change, refused := cases.Apply(b.stored(), b.rules, assign(name(1), 0, manager), start.Add(time.Minute))
		b.commit(t, change, refused)
	}

	t.Run("CannotRecordADecision", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		b.refuse = func(tr cases.Transition) *cases.Error {
			if tr.Result != nil && tr.Result.Command == name(1) {
				return cases.Refuse(cases.CodeSelf)
			}
			return nil
		}
		h := setup(t, b, start)
		refused := h.decide(time.Minute, assign(name(1), 0, manager))
		taken := h.decide(2*time.Minute, assign(name(2), 0, manager))
		h.moveOn(3 * time.Minute)
		h.run(b.run())
		require.True(t, refused.done)
		require.Equal(t, cases.CodeSelf, refused.code())
		require.True(t, taken.done)
		require.NoError(t, taken.err, "the case goes on")
		require.Equal(t, manager, b.stored().Owner)
	})

	t.Run("AheadWhenAFactComes", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() {
			crashed(t, b)
			b.add(fact("f1", cases.FactMessage, start.Add(time.Minute)))
			h.nudge()
		})
		h.at(2*time.Minute, func() { same(t, b.stored(), h.state()) })
		h.moveOn(3 * time.Minute)
		h.run(b.run())
		require.Equal(t, manager, b.stored().Owner)
		require.True(t, b.stored().HasFact("f1"))
		require.Equal(t, int64(3), b.stored().Seq)
	})

	t.Run("AheadWhenARungIsDue", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() { crashed(t, b) })
		h.at(121*time.Minute, func() { same(t, b.stored(), h.state()) })
		h.moveOn(122 * time.Minute)
		h.run(b.run())
		require.Equal(t, manager, b.stored().Owner)
		require.Equal(t, []int{0}, b.rungs("triage"))
	})

	t.Run("AheadWhenTheCommandIsSentAgain", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() { crashed(t, b) })
		o := h.decide(2*time.Minute, assign(name(1), 0, manager))
		h.moveOn(3 * time.Minute)
		carried := h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, int64(2), o.answer.Result.Seq)
		require.Equal(t, int64(2), b.stored().Seq)
		same(t, b.stored(), carried.State)
	})

	t.Run("RecordedSoLongAgoThatTheStateForgot", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		b.commands[name(1)] = cases.Result{Command: name(1), Step: "assign", Seq: 1}
		h := setup(t, b, start)
		o := h.decide(time.Minute, assign(name(1), -1, manager))
		h.moveOn(2 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, int64(1), o.answer.Result.Seq)
		require.Equal(t, int64(1), b.stored().Seq)
	})

	t.Run("AheadWhenADecisionStandsOnIt", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() { crashed(t, b) })
		o := h.decide(2*time.Minute, assign(name(2), 1, head)) // its form was drawn from the stored State
		h.moveOn(3 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, head, b.stored().Owner)
		require.Equal(t, int64(2), b.stored().DecisionSeq)
	})

	t.Run("AheadAndNudged", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(time.Minute, func() { crashed(t, b); h.nudge() })
		h.at(2*time.Minute, func() { same(t, b.stored(), h.state()) })
		h.moveOn(3 * time.Minute)
		h.run(b.run())
	})

	t.Run("AnswerLost", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(59*time.Second, func() { b.lose = true })
		o := h.decide(time.Minute, assign(name(1), 0, manager))
		h.moveOn(2 * time.Minute)
		carried := h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, int64(2), o.answer.Seq)
		require.Equal(t, 2, b.asked("record"))
		same(t, b.stored(), carried.State)
	})

	t.Run("AwayForTenMinutes", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		b.fail = func(cases.Transition) error {
			if h.env.Now().Before(start.Add(11 * time.Minute)) {
				return errAway
			}
			return nil
		}
		o := h.decide(time.Minute, assign(name(1), 0, manager))
		h.at(10*time.Minute, func() { require.False(t, o.done); require.Equal(t, int64(1), h.state().Seq) })
		h.moveOn(12 * time.Minute)
		h.run(b.run())
		require.NoError(t, o.err)
		require.Equal(t, int64(2), b.stored().Seq)
	})

	t.Run("BehindStopsLoudly", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		r := b.run()
		r.State.Seq = 7 // the ledger was restored to an earlier time
		b.add(fact("f1", cases.FactMessage, start))
		h := setup(t, b, start)
		h.env.ExecuteWorkflow(workflows.MandatoryReportName, r)
		require.ErrorContains(t, h.env.GetWorkflowError(), "cannot go on: internal")
		require.Equal(t, int64(1), b.stored().Seq)
		require.Equal(t, 1, b.asked("record"))
	})
}

func TestContinueAsNew(t *testing.T) {
	t.Parallel()

	t.Run("SecondRunCarriesOn", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		for n := range 150 {
			h.decide(time.Duration(n+1)*time.Second, assign(name(n), int64(n), manager))
		}
		carried := h.run(b.run()) // after the last decision, by itself
		same(t, b.stored(), carried.State)
		require.Equal(t, rules().Hash(), carried.Rules.Hash())
		require.Equal(t, int64(150), carried.State.DecisionSeq)

		h = setup(t, b, start.Add(151*time.Second))
		o := h.decide(time.Minute, assign(name(150), 150, head))
		h.at(2*time.Hour, func() { require.Equal(t, []int{0}, b.rungs("triage")) })
		h.moveOn(150 * time.Minute)
		third := h.run(carried)
		require.NoError(t, o.err)
		require.Equal(t, head, third.State.Owner)
		same(t, b.stored(), third.State)
	})

	t.Run("RefusesMoving", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		first, second, third := &outcome{}, &outcome{}, &outcome{}
		h.at(time.Minute, func() {
			h.env.SetContinueAsNewSuggested(true)
			h.ask(first, assign(name(1), 0, manager))
			h.nudge() // waits for the lock behind the first, before the second
		})
		h.at(time.Minute, func() { h.ask(second, recolour(name(2), 1)) })
		b.fail = func(tr cases.Transition) error {
			if tr.Result != nil && tr.Result.Command == name(2) && h.env.Now().Before(start.Add(3*time.Minute)) {
				return errAway // the second holds the run open
			}
			return nil
		}
		h.at(2*time.Minute, func() {
			require.True(t, second.accepted)
			require.False(t, second.done)
			h.ask(third, assign(name(3), 2, head))
		})
		carried := h.run(b.run())

		require.NoError(t, first.err)
		require.NoError(t, second.err)
		require.False(t, third.accepted)
		require.Equal(t, cases.CodeMoving, third.code())
		require.Equal(t, int64(2), carried.State.DecisionSeq)
		same(t, b.stored(), carried.State)
	})

	t.Run("OldRunOnAWake", func(t *testing.T) {
		t.Parallel()
		b := newBook(opened(t), rules())
		h := setup(t, b, start)
		h.at(31*24*time.Hour, h.nudge)
		carried := h.run(b.run())
		same(t, b.stored(), carried.State)
	})
}

// Only the ledger sees the other cases: what it refuses is refused, and the case
// goes on.
func TestLedgerRefusesACommand(t *testing.T) {
	b := newBook(opened(t), rules())
	h := setup(t, b, start)
	b.fail = func(tr cases.Transition) error {
		if tr.Result != nil && tr.Result.Command == name(1) {
			return cases.Refuse(cases.CodeSelf)
		}
		return nil
	}
	first := h.decide(time.Minute, assign(name(1), 0, manager))
	second := h.decide(2*time.Minute, assign(name(2), 0, manager))
	h.at(3*time.Minute, func() { h.env.SetContinueAsNewSuggested(true); h.nudge() })
	carried := h.run(b.run())

	require.Equal(t, cases.CodeSelf, first.code())
	require.NoError(t, second.err)
	require.Equal(t, int64(1), carried.State.DecisionSeq)
	same(t, b.stored(), carried.State)
}

func TestClosing(t *testing.T) {
	t.Parallel()

	// archiving is a case that has nothing left but the filing of its papers.
	archiving := func(t *testing.T) cases.State {
		s := opened(t)
		s.Stage, s.Obligations, s.Outcome = cases.Archiving, nil, cases.OutcomeClosed
		return s
	}
	archive := cases.Command{ID: name(1), Case: caseID, Step: "archive", By: desk, Fields: cases.Fields{cases.DocumentsField: "catalogue"}}
	reopen := func(base int64) cases.Command {
		return cases.Command{ID: name(2), Case: caseID, Step: "reopen", By: desk, Base: base, Fields: cases.Fields{"cause": "other"}}
	}
	ended := func(t *testing.T, h *bundle, r workflows.Run) {
		t.Helper()
		h.env.ExecuteWorkflow(workflows.MandatoryReportName, r)
		require.True(t, h.env.IsWorkflowCompleted())
		require.NoError(t, h.env.GetWorkflowError())
	}

	t.Run("EndsTheRun", func(t *testing.T) {
		t.Parallel()
		b := newBook(archiving(t), rules())
		h := setup(t, b, start)
		o := h.decide(time.Minute, archive)
		ended(t, h, b.run())
		require.NoError(t, o.err)
		require.Equal(t, cases.Closed, o.answer.Stage)
		require.Equal(t, cases.Closed, b.stored().Stage)
	})

	t.Run("TakesInTheLastFacts", func(t *testing.T) {
		t.Parallel()
		b := newBook(archiving(t), rules())
		h := setup(t, b, start)
		h.at(59*time.Second, func() { b.add(fact("f1", cases.FactNote, start)) }) // and its nudge is late
		h.decide(time.Minute, archive)
		ended(t, h, b.run())
		require.Empty(t, b.facts)
	})

	t.Run("ReopenedByTheSameRun", func(t *testing.T) {
		t.Parallel()
		b := newBook(archiving(t), rules())
		h := setup(t, b, start)
		first, second := &outcome{}, &outcome{}
		h.at(time.Minute, func() {
			h.ask(first, archive)
			h.ask(second, reopen(1))
		})
		h.moveOn(2 * time.Minute)
		carried := h.run(b.run())
		require.NoError(t, first.err)
		require.NoError(t, second.err)
		require.Equal(t, cases.ReportAssessment, carried.State.Stage)
	})

	t.Run("RunOfAClosedCaseTakesInFactsAndEnds", func(t *testing.T) {
		t.Parallel()
		s := archiving(t)
		s.Stage = cases.Closed
		b := newBook(s, rules())
		b.add(fact("f1", cases.FactNote, start))
		h := setup(t, b, start)
		ended(t, h, b.run())
		require.Empty(t, b.facts)
		require.Equal(t, cases.Closed, b.stored().Stage)
	})

	t.Run("Reopening", func(t *testing.T) {
		t.Parallel()
		s := archiving(t)
		s.Stage = cases.Closed
		b := newBook(s, rules())
		h := setup(t, b, start)
		o := h.decide(time.Second, reopen(0))
		h.moveOn(2 * time.Hour)
		r := b.run()
		r.Reopen = true
		carried := h.run(r)
		require.NoError(t, o.err)
		require.Equal(t, cases.ReportAssessment, carried.State.Stage)
		require.False(t, carried.Reopen)
	})

	t.Run("ReopeningThatNeverComes", func(t *testing.T) {
		t.Parallel()
		s := archiving(t)
		s.Stage = cases.Closed
		b := newBook(s, rules())
		h := setup(t, b, start)
		r := b.run()
		r.Reopen = true
		ended(t, h, r)
		require.Equal(t, start.Add(time.Minute), h.env.Now().UTC())
	})
}

func TestRecalculationBringsItsRules(t *testing.T) {
	t.Parallel()
	b := newBook(opened(t), rules())
	h := setup(t, b, start)
	later := rules()
	later.Version = "2"
	later.Deadlines[0].Span.Value = 5
	cmd := cases.Command{ID: name(1), Case: caseID, Step: "recalculate", By: cases.Actor{Post: cases.SystemPost}, Base: -1,
		Fields: cases.Fields{"cause": "policy"}, Rules: &later}
	o := h.decide(time.Minute, cmd)
	h.at(4*time.Hour, func() {
		require.Empty(t, b.rungs("triage"))
		require.Zero(t, b.asked("load")) // the command brought them
	})
	h.at(301*time.Minute, func() { require.Equal(t, []int{0}, b.rungs("triage")) })
	h.moveOn(302 * time.Minute)
	carried := h.run(b.run())
	require.NoError(t, o.err)
	require.Equal(t, later.Hash(), carried.Rules.Hash())
	require.Equal(t, carried.State.Rules, carried.Rules.Hash())
}
