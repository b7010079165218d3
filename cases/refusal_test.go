package cases_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// TestEveryRefusal draws each refusal that the domain gives, with its code. What is
// refused changes nothing (scene.refusedCommand).
func TestEveryRefusal(t *testing.T) {
	drawn := map[cases.Code]bool{}
	tests := []struct {
		name string
		code cases.Code
		run  func(*scene) *cases.Error
	}{
		{"a step of another stage", cases.CodeStage, func(sc *scene) *cases.Error {
			sc.file(aReport())
			e := sc.refused(cases.CodeStage, "assess", manager)
			require.Equal(sc.t, "reported", e.Detail["stage"])
			require.Contains(sc.t, e.Allowed, cases.StepName("police_report"), "it says what may be done")
			return e
		}},
		{"a step of another state of the police track", cases.CodeStage, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeStage, "police_file", police)
		}},
		{"a task that was not signed for", cases.CodeStage, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("task_assign", manager, form{"post": string(education)})
			sc.do("task_assign", manager, form{"post": string(education)})
			sc.do("task_sign", education)
			return sc.refused(cases.CodeStage, "task_report", education, form{"task": 2.0})
		}},
		{"a post that the step is not for", cases.CodeRole, func(sc *scene) *cases.Error {
			e := sc.file(aReport()).refused(cases.CodeRole, "triage", supervisor)
			require.Equal(sc.t, cases.Allowed(sc.s, []cases.Post{supervisor}), e.Allowed)
			return e
		}},
		{"a liaison of another department decides on legal aid", cases.CodeRole, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("legal_aid_apply", manager)
			sc.do("task_assign", manager, form{"post": string(education)})
			return sc.refused(cases.CodeRole, "legal_aid_decide", education)
		}},
		{"somebody else answers a 督办单", cases.CodeRole, func(sc *scene) *cases.Error {
			sc.file(aYellowReport())
			sc.waitForOrder()
			sc.do("sign_order", head)
			return sc.refused(cases.CodeRole, "reply_order", townLeader)
		}},
		{"withdrawing another's proposal", cases.CodeRole, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", manager, form{"colour": "blue"})
			return sc.refused(cases.CodeRole, "withdraw", desk, form{"proposal": sc.proposal("recolour")})
		}},
		{"an approver of the wrong role", cases.CodeRole, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", manager, form{"colour": "blue"})
			return sc.refused(cases.CodeRole, "approve", desk, form{"proposal": sc.proposal("recolour")})
		}},
		{"another town", cases.CodeScope, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeScope, "on_scene", cases.NewPost("379999102000", cases.RoleSupervisor))
		}},
		{"a manager who was not given the case", cases.CodeScope, func(sc *scene) *cases.Error {
			assessing(sc)
			return sc.refused(cases.CodeScope, "safety_plan", "city:379999000000/manager#2")
		}},
		{"a department with no part in it", cases.CodeScope, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("task_assign", manager, form{"post": string(education)})
			return sc.refused(cases.CodeScope, "task_sign", "unit:health/liaison")
		}},
		{"a form that somebody overtook", cases.CodeStale, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("triage", desk, nil)
			sc.do("police_report", desk)
			return sc.refusedCommand(cases.CodeStale, cmd)
		}},
		{"a form with a fault", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			return sc.refused(cases.CodeField, "police_report", desk, form{"reported_at": sc.now.Add(hour).Format(time.RFC3339)})
		}},
		{"a protection order of more than six months", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("order_apply", desk)
			return sc.refused(cases.CodeField, "order_issue", desk, form{"expires_at": sc.now.AddDate(0, 7, 0).Format(time.RFC3339)})
		}},
		{"police hold the sighting for two days", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			return sc.refused(cases.CodeField, "child_seen_hold", police, form{"until": sc.now.Add(48 * hour).Format(time.RFC3339)})
		}},
		{"recusing oneself by one's own hand", cases.CodeField, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeField, "recuse", desk, form{"post": string(desk)})
		}},
		{"recusing the last who may know", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			for _, p := range []cases.Post{body, procurator, police, head} {
				sc.do("recuse", desk, form{"post": string(p)})
			}
			return sc.refused(cases.CodeField, "recuse", bureau, form{"post": string(desk)})
		}},
		{"a place outside the city", cases.CodeField, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeField, "relocate", desk, form{"org": "110101001001"})
		}},
		{"a post of another town as the owner", cases.CodeField, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeField, "assign", desk, form{"post": "town:379999102000/supervisor"})
		}},
		{"a carer who was not checked", cases.CodeField, func(sc *scene) *cases.Error {
			inAdmission(sc.takeIn("TG6"))
			return sc.refused(cases.CodeField, "place", manager, form{"placement": "foster"})
		}},
		{"复议 without a 控告人", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("police_report", desk)
			sc.do("police_not_file", police)
			return sc.refused(cases.CodeField, "not_filed_review", manager, form{"choice": "reconsider"})
		}},
		{"an extension that ends in the past", cases.CodeField, func(sc *scene) *cases.Error {
			inPlacement(sc.takeIn("TG6"))
			return sc.refused(cases.CodeField, "extend", manager, form{"until": sc.now.Add(-hour).Format(time.RFC3339)})
		}},
		{"a step that does not exist", cases.CodeUnknownStep, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("triage", desk, nil)
			cmd.Step = "dance"
			return sc.refusedCommand(cases.CodeUnknownStep, cmd)
		}},
		{"a step of the other kind", cases.CodeUnknownStep, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("triage", desk, nil)
			cmd.Step = "admit"
			return sc.refusedCommand(cases.CodeUnknownStep, cmd)
		}},
		{"approving one's own", cases.CodeSecond, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", head, form{"colour": "blue"})
			return sc.refused(cases.CodeSecond, "approve", head, form{"proposal": sc.proposal("recolour")})
		}},
		{"approving one's own in another post", cases.CodeSecond, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", manager, form{"colour": "blue"})
			cmd := sc.command("approve", head, form{"proposal": sc.proposal("recolour")})
			cmd.By.Person = "person of " + string(manager)
			return sc.refusedCommand(cases.CodeSecond, cmd)
		}},
		{"declining one's own", cases.CodeSecond, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", head, form{"colour": "blue"})
			return sc.refused(cases.CodeSecond, "decline", head, form{"proposal": sc.proposal("recolour")})
		}},
		{"approving nothing", cases.CodeNoProposal, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", manager, form{"colour": "blue"})
			return sc.refused(cases.CodeNoProposal, "approve", head, form{"proposal": "nothing"})
		}},
		{"proposing twice", cases.CodeProposed, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("recolour", manager, form{"colour": "blue"})
			return sc.refused(cases.CodeProposed, "recolour", desk, form{"colour": "green"})
		}},
		{"returning a child before the conference", cases.CodeNoConference, func(sc *scene) *cases.Error {
			inPlacement(sc.takeIn("TG6"))
			assessed(sc)
			return sc.refused(cases.CodeNoConference, "return", manager)
		}},
		{"returning a child directly to a guardian at fault", cases.CodeNoConference, func(sc *scene) *cases.Error {
			inPlacement(sc.takeIn("TG4"))
			return sc.refused(cases.CodeNoConference, "return_direct", manager, form{"identity_checked": true, "kinship_checked": true})
		}},
		{"returning a child directly in doubt", cases.CodeNoConference, func(sc *scene) *cases.Error {
			inPlacement(sc.takeIn("TG1"))
			return sc.refused(cases.CodeNoConference, "return_direct", manager, form{"identity_checked": true, "kinship_checked": true, "any_doubt": true})
		}},
		{"against the conference's conclusion", cases.CodeNoConference, func(sc *scene) *cases.Error {
			inConference(sc.takeIn("TG6"), "kin")
			return sc.refused(cases.CodeNoConference, "return", manager)
		}},
		{"查否 before the child was seen", cases.CodeNotSeen, func(sc *scene) *cases.Error {
			assessing(sc)
			return sc.refused(cases.CodeNotSeen, "unfounded", desk)
		}},
		{"查否 before the police have ended", cases.CodePoliceOpen, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("police_report", desk)
			sc.do("child_seen", police)
			return sc.refused(cases.CodePoliceOpen, "unfounded", desk)
		}},
		{"closing before the police have ended", cases.CodePoliceOpen, func(sc *scene) *cases.Error {
			following(sc)
			return sc.refused(cases.CodePoliceOpen, "close", manager)
		}},
		{"暂时结案 of a report never made to the police", cases.CodePoliceOpen, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.both("unverified", manager, head)
			return sc.refused(cases.CodePoliceOpen, "close", manager, form{"interim": true})
		}},
		{"closing with an open task", cases.CodeTasksOpen, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("task_assign", manager, form{"post": string(education)})
			return sc.refused(cases.CodeTasksOpen, "close", manager)
		}},
		{"closing while the guardianship is open", cases.CodeLinkedOpen, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("open_guardianship", manager)
			return sc.refused(cases.CodeLinkedOpen, "close", manager)
		}},
		{"closing without a visit", cases.CodeVisitMissing, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("police_end", police)
			return sc.refused(cases.CodeVisitMissing, "close", manager)
		}},
		{"closing before anybody was told", cases.CodeNotInformed, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("police_end", police)
			sc.visit(cases.Green)
			return sc.refused(cases.CodeNotInformed, "close", manager)
		}},
		{"closing a yellow case", cases.CodeRisk, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("police_end", police)
			sc.do("recolour", manager, form{"colour": "yellow"})
			return sc.refused(cases.CodeRisk, "close", manager)
		}},
		{"closing before the feedback to the reporter", cases.CodeAfter, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("police_accept", police)
			sc.do("police_end", police)
			e := sc.refused(cases.CodeAfter, "close", manager)
			require.Equal(sc.t, "police_feedback", e.Detail["first"])
			return e
		}},
		{"closing while the reporter says 没解决", cases.CodeAfter, func(sc *scene) *cases.Error {
			following(sc)
			sc.do("police_end", police)
			sc.fact(cases.FactUnresolved, desk, nil)
			e := sc.refused(cases.CodeAfter, "close", manager)
			require.Equal(sc.t, "review", e.Detail["first"])
			return e
		}},
		{"filing away while the reporter waits", cases.CodeAfter, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("police_report", desk)
			sc.both("refer", desk, head)
			sc.fact(cases.FactMessage, "", nil)
			return sc.refused(cases.CodeAfter, "archive", desk)
		}},
		{"referring before the police were told", cases.CodeAfter, func(sc *scene) *cases.Error {
			assessing(sc)
			e := sc.refused(cases.CodeAfter, "refer", desk)
			require.Equal(sc.t, "police_report", e.Detail["first"])
			return e
		}},
		{"查否 before the feedback to the reporter", cases.CodeAfter, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("police_report", desk)
			sc.do("police_accept", police)
			sc.do("police_end", police)
			sc.do("child_seen", supervisor, form{"with": []any{"police"}})
			e := sc.refused(cases.CodeAfter, "unfounded", desk)
			require.Equal(sc.t, "police_feedback", e.Detail["first"])
			return e
		}},
		{"未找到 before the police were told", cases.CodeAfter, func(sc *scene) *cases.Error {
			assessing(sc)
			return sc.refused(cases.CodeAfter, "not_found", desk)
		}},
		{"a step in a closed case", cases.CodeClosed, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.both("merge", desk, head, form{"into": reportB})
			return sc.refused(cases.CodeClosed, "recolour", head)
		}},
		{"pausing what is not owed", cases.CodeNoObligation, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeNoObligation, "pause", desk, form{"key": "plan"})
		}},
		{"skipping a level of what is not owed", cases.CodeNoObligation, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeNoObligation, "escalate", director, form{"key": "plan"})
		}},
		{"pausing a child's safety", cases.CodeNotPausable, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeNotPausable, "pause", desk, form{"key": "child_seen"})
		}},
		{"a transfer without the other side's receipt", cases.CodeReceipt, func(sc *scene) *cases.Error {
			assessing(sc)
			return sc.refused(cases.CodeReceipt, "transfer", desk, form{"documents": []any{}})
		}},
		{"a merge into itself", cases.CodeSelf, func(sc *scene) *cases.Error {
			assessing(sc)
			return sc.refused(cases.CodeSelf, "merge", desk, form{"into": reportA})
		}},
		{"a thing that will happen tomorrow", cases.CodeFuture, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("accept", desk, nil)
			cmd.Occurred = sc.now.Add(day)
			return sc.refusedCommand(cases.CodeFuture, cmd)
		}},
		{"a recused post as the owner", cases.CodeRecusedPost, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("recuse", desk, form{"post": string(manager)})
			return sc.refused(cases.CodeRecusedPost, "assign", desk, form{"post": string(manager)})
		}},
		{"on behalf of a recused post", cases.CodeRecusedPost, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("recuse", desk, form{"post": string(supervisor)})
			cmd := sc.command("on_scene", desk, nil)
			cmd.For, cmd.Via = supervisor, "phone"
			return sc.refusedCommand(cases.CodeRecusedPost, cmd)
		}},
		{"kin who were not checked", cases.CodeKinship, func(sc *scene) *cases.Error {
			sc.takeIn("TG6")
			sc.do("rescue", police)
			return sc.refused(cases.CodeKinship, "kin_on_spot", police)
		}},
		{"kin who live with the suspect", cases.CodeKinship, func(sc *scene) *cases.Error {
			sc.takeIn("TG6")
			sc.do("rescue", police)
			return sc.refused(cases.CodeKinship, "kin_on_spot", police, form{"identity_checked": true, "lives_with_suspect": true})
		}},
		{"a red child seen without the police", cases.CodeVillageAlone, func(sc *scene) *cases.Error {
			return sc.file(aReport()).refused(cases.CodeVillageAlone, "child_seen", supervisor, form{"with": []any{"director"}})
		}},
		{"a recused post", cases.CodeNotFound, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("recuse", desk, form{"post": string(supervisor)})
			e := sc.refused(cases.CodeNotFound, "on_scene", supervisor)
			require.Empty(sc.t, e.Allowed, "nor does the refusal tell it anything")
			return e
		}},
		{"代录 of a step that is nobody's to record", cases.CodeProxy, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("medical", desk, nil)
			cmd.For, cmd.Via = police, "phone"
			return sc.refusedCommand(cases.CodeProxy, cmd)
		}},
		{"代录 by the town", cases.CodeProxy, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("police_report", desk)
			cmd := sc.command("police_accept", supervisor, nil)
			cmd.For, cmd.Via = police, "phone"
			return sc.refusedCommand(cases.CodeProxy, cmd)
		}},
		{"代录 without its source", cases.CodeField, func(sc *scene) *cases.Error {
			sc.file(aReport())
			sc.do("police_report", desk)
			cmd := sc.command("police_accept", desk, nil)
			cmd.For = police
			return sc.refusedCommand(cases.CodeField, cmd)
		}},
		{"rules without a row that the case needs", cases.CodeRulesRejected, func(sc *scene) *cases.Error {
			sc.file(aReport())
			cmd := sc.command("recalculate", cases.SystemPost, nil)
			cmd.Base, cmd.Rules = -1, &cases.Rules{}
			return sc.refusedCommand(cases.CodeRulesRejected, cmd)
		}},
		{"destroying a file under a legal hold", cases.CodeHold, func(sc *scene) *cases.Error {
			filedAway(sc).do("hold", head, form{"cause": "court"})
			sc.do("retrieve", desk)
			e := sc.refused(cases.CodeHold, "erase", head, form{"cause": "filed_in_error"})
			require.Equal(sc.t, "court", e.Detail["cause"])
			return e
		}},
		{"approving an erasure that a hold has overtaken", cases.CodeHold, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			sc.do("erase", head, form{"cause": "filed_in_error"})
			sc.do("hold", procurator)
			return sc.refused(cases.CodeHold, "approve", bureau, form{"proposal": sc.proposal("erase")})
		}},
		{"approving one's own erasure", cases.CodeSecond, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			sc.do("erase", head, form{"cause": "filed_in_error"})
			cmd := sc.command("approve", bureau, form{"proposal": sc.proposal("erase")})
			cmd.By.Person = "person of " + string(head)
			return sc.refusedCommand(cases.CodeSecond, cmd)
		}},
		{"destroying a file while the police work on it", cases.CodePoliceTrack, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("police_report", desk)
			sc.both("refer", desk, head)
			return sc.refused(cases.CodePoliceTrack, "erase", head, form{"cause": "filed_in_error"})
		}},
		{"destroying the report of an open guardianship", cases.CodeLinkedOpen, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			sc.fact(cases.FactLinked, cases.SystemPost, cases.Fields{"case": reportB, "kind": "guardianship", "relation": "opened"})
			return sc.refused(cases.CodeLinkedOpen, "erase", head, form{"cause": "filed_in_error"})
		}},
		{"destroying the report of a guardianship that is kept", cases.CodeLinkedKept, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			sc.fact(cases.FactLinked, cases.SystemPost, cases.Fields{"case": reportB, "kind": "guardianship", "relation": "opened"})
			sc.fact(cases.FactLinkClosed, cases.SystemPost, cases.Fields{"case": reportB})
			return sc.refused(cases.CodeLinkedKept, "erase", head, form{"cause": "filed_in_error"})
		}},
		{"destroying a file with a word unanswered", cases.CodeAfter, func(sc *scene) *cases.Error {
			filedAway(sc).fact(cases.FactMessage, desk, nil)
			e := sc.refused(cases.CodeAfter, "erase", head, form{"cause": "filed_in_error"})
			require.Equal(sc.t, "message_reply", e.Detail["first"])
			return e
		}},
		{"destroying a file before its time as if it were over", cases.CodeAfter, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			return sc.refused(cases.CodeAfter, "erase", head, form{"cause": "retention_over"})
		}},
		{"filing a case away that is to be appraised", cases.CodeAfter, func(sc *scene) *cases.Error {
			filedAway(sc).fact(cases.FactRetentionDue, cases.SystemPost, nil)
			return sc.refused(cases.CodeAfter, "archive", desk)
		}},
		{"holding a file twice for one cause", cases.CodeField, func(sc *scene) *cases.Error {
			filedAway(sc).do("hold", head, form{"cause": "court"})
			return sc.refused(cases.CodeField, "hold", manager, form{"cause": "court"})
		}},
		{"releasing a hold that there is not", cases.CodeField, func(sc *scene) *cases.Error {
			assessing(sc)
			sc.do("hold", head, form{"cause": "court"})
			return sc.refused(cases.CodeField, "release_hold", manager, form{"cause": "complaint"})
		}},
		{"anything in a case that was destroyed", cases.CodeErased, func(sc *scene) *cases.Error {
			filedAway(sc).do("retrieve", desk)
			sc.both("erase", head, bureau, form{"cause": "filed_in_error"})
			return sc.refused(cases.CodeErased, "reopen", head)
		}},
		{"a recalculation without rules", cases.CodeRulesRejected, func(sc *scene) *cases.Error {
			sc.file(aReport())
			return sc.refused(cases.CodeRulesRejected, "recalculate", cases.SystemPost)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusal := tt.run(at(t, "anqiu"))
			require.Equal(t, tt.code, refusal.Code)
			drawn[refusal.Code] = true
		})
	}
	t.Run("a State of a newer version", func(t *testing.T) {
		_, err := cases.Upgrade(cases.State{Schema: cases.SchemaVersion + 1})
		require.ErrorContains(t, err, string(cases.CodeSchema))
		drawn[cases.CodeSchema] = true
		s, err := cases.Upgrade(cases.State{})
		require.NoError(t, err)
		require.Equal(t, cases.SchemaVersion, s.Schema)
	})
	for _, code := range []cases.Code{
		cases.CodeStage, cases.CodeRole, cases.CodeScope, cases.CodeStale, cases.CodeField, cases.CodeUnknownStep, cases.CodeSecond,
		cases.CodeNoProposal, cases.CodeNoConference, cases.CodeNotSeen, cases.CodePoliceOpen, cases.CodeTasksOpen, cases.CodeLinkedOpen,
		cases.CodeVisitMissing, cases.CodeNotInformed, cases.CodeRisk, cases.CodeClosed, cases.CodeNoObligation, cases.CodeNotPausable,
		cases.CodeReceipt, cases.CodeSelf, cases.CodeSchema, cases.CodeFuture, cases.CodeRecusedPost, cases.CodeKinship, cases.CodeAfter,
		cases.CodeVillageAlone, cases.CodeNotFound, cases.CodeProposed, cases.CodeProxy, cases.CodeRulesRejected,
		cases.CodeHold, cases.CodePoliceTrack, cases.CodeLinkedKept, cases.CodeErased,
	} {
		require.True(t, drawn[code], "nothing draws %s", code)
	}
}

// following brings a report, blue after triage, to its follow-up; the police were
// told and have not ended.
func following(sc *scene) {
	sc.file(aReport())
	sc.do("police_report", desk)
	sc.do("triage", desk, form{"colour": "blue", "manager": string(manager)})
	sc.do("assess", manager)
	sc.do("plan", manager)
}
