package cases_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// script walks a case through a part of the step table, each step after the real
// ones before it.
type script struct {
	name string
	run  func(*scene)
}

// scripts together take every row of the step table (TestEveryRowOfTheStepTable).
var scripts = []script{
	{"a red report to its archive and again", redReport},
	{"police decline to file, the procuratorate corrects them", notFiled},
	{"police decline, and it stays so", notFiledUpheld},
	{"police hand over to another place", policeMove},
	{"protection order", protectionOrder},
	{"department tasks", departmentTasks},
	{"legal aid", legalAid},
	{"merge", func(sc *scene) { assessing(sc); sc.both("merge", desk, head, form{"into": reportB}) }},
	{"transfer", func(sc *scene) { assessing(sc); sc.do("police_report", desk); sc.both("transfer", desk, head) }},
	{"not found", func(sc *scene) {
		assessing(sc)
		sc.do("police_report", desk)
		sc.both("not_found", desk, head)
	}},
	{"refer", func(sc *scene) { assessing(sc); sc.do("police_report", desk); sc.both("refer", desk, head) }},
	{"unfounded", func(sc *scene) {
		assessing(sc)
		seenAndEnded(sc)
		sc.both("unfounded", desk, head)
	}},
	{"unverified", func(sc *scene) {
		assessing(sc)
		sc.both("unverified", desk, head)
		sc.visit(cases.Blue)
	}},
	{"control of a report", func(sc *scene) { sc.file(aReport()); control(sc) }},
	{"retention of a report", func(sc *scene) { filedAway(sc); retention(sc) }},
	{"retention of a guardianship", func(sc *scene) {
		sc.takeIn("TG7")
		sc.both("reject", manager, bureau)
		sc.do("archive", desk)
		retention(sc)
	}},
	{"a backup brings a report back", func(sc *scene) { assessing(sc); eraseAgain(sc) }},
	{"a backup brings a guardianship back", func(sc *scene) { inPlacement(sc.takeIn("TG2")); eraseAgain(sc) }},
	{"guardianship to return", guardianReturn},
	{"guardianship from return back to the conference", guardianUncollected},
	{"guardianship by the court", guardianCourt},
	{"guardianship to long-term care", guardianLongTerm},
	{"guardianship without fault", guardianDirect},
	{"kin on the spot", kinOnSpot},
	{"kin after the conference", func(sc *scene) {
		inConference(sc.takeIn("TG5"), "kin")
		sc.do("to_kin", manager)
		sc.do("kin_handover", shelter, form{"identity_checked": true})
	}},
	{"the court gives the child to kin", func(sc *scene) { inCourt(sc); sc.do("judgment_kin", bureau) }},
	{"the court sends the child home", func(sc *scene) { inCourt(sc); sc.do("judgment_return", bureau) }},
	{"care goes on", careGoesOn},
	{"emergencies in care", emergencies},
	{"rejected", func(sc *scene) { sc.takeIn("TG7"); sc.both("reject", manager, bureau) }},
	{"to a report", func(sc *scene) { sc.takeIn("TG7"); sc.do("to_report", desk, form{"report": reportC}) }},
	{"adult", func(sc *scene) {
		inPlacement(sc.takeIn("TG3"))
		sc.do("adult_review_set", manager, form{"year": float64(2026)})
		sc.do("adult_reviewed", manager)
		sc.both("adult", manager, bureau)
	}},
	{"control of a guardianship", func(sc *scene) { sc.takeIn("TG6"); control(sc) }},
}

// TestEveryRowOfTheStepTable takes each step at least once, for real.
func TestEveryRowOfTheStepTable(t *testing.T) {
	taken := map[string]int{}
	for _, rules := range []string{"anqiu", "drill"} {
		for _, sp := range scripts {
			t.Run(rules+"/"+sp.name, func(t *testing.T) {
				sc := at(t, rules)
				sc.took = func(s cases.State, e cases.Event) { taken[string(s.Kind)+"/"+string(e.Step)]++ }
				sp.run(sc)
			})
		}
	}
	var missing []string
	for _, row := range cases.AllSteps() {
		if name := string(row.Kind) + "/" + string(row.Name); taken[name] == 0 {
			missing = append(missing, name)
		}
	}
	require.Empty(t, missing, "rows that no test takes")
	require.Len(t, taken, len(cases.AllSteps()))
}

// TestTheTableIsWhole looks at the rows as a reader would.
func TestTheTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range cases.AllSteps() {
		name := string(row.Kind) + "/" + string(row.Name)
		require.False(t, seen[name], "%s stands twice", name)
		seen[name] = true
		require.NotEmpty(t, row.Roles, name)
		require.NotEmpty(t, row.From, name)
		require.Contains(t, cases.Tracks, row.Track, name)
		require.Equal(t, row.Second == cases.SecondNever, len(row.Approvers) == 0, "%s: approvers", name)
		for _, from := range row.From {
			require.NotEmpty(t, cases.PhaseOf(row.Kind, from), "%s from %s", name, from)
		}
		if row.To != "" {
			require.NotEmpty(t, cases.PhaseOf(row.Kind, row.To), "%s to %s", name, row.To)
		}
		fields := map[string]bool{}
		for _, f := range row.AllFields() {
			require.False(t, fields[f.Name], "%s: %s twice", name, f.Name)
			fields[f.Name] = true
			if f.Type == cases.TypeEnum || f.Type == cases.TypeMulti {
				require.NotEmpty(t, f.Options, "%s: %s", name, f.Name)
			}
			if f.Type == cases.TypeText {
				require.Contains(t, []string{"", "reporter", "narrative", "medical", "address"}, f.Compartment, "%s: %s", name, f.Name)
			}
		}
		for _, rule := range row.Opens {
			_, ok := rulesOnce()["anqiu"].Deadline(rule, cases.Red)
			require.True(t, ok, "%s opens %s", name, rule)
		}
	}
	require.Greater(t, len(seen), 100)
}

// assessing brings a red report to its assessment.
func assessing(sc *scene) {
	sc.file(aReport())
	sc.do("accept", desk)
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
}

// seenAndEnded: the child was seen and the police have ended.
func seenAndEnded(sc *scene) {
	sc.do("child_seen", supervisor, form{"with": []any{"police"}})
	sc.do("police_report", desk)
	sc.do("police_end", police)
}

// redReport is the main line A0 to A8, with the police track beside it.
func redReport(sc *scene) {
	rep := aReport()
	rep.DutyUnit = true
	sc.file(rep)
	sc.do("police_report", desk)
	sc.do("accept", desk)
	sc.do("notify_authority", desk)
	sc.do("triage", desk, form{"colour": "red", "manager": string(manager)})
	sc.wait(20 * time.Second)
	sc.do("on_scene", supervisor)
	sc.do("medical", police)
	sc.do("child_seen_hold", police, form{"until": sc.now.Add(hour).Format(time.RFC3339)})
	sc.do("child_seen", supervisor, form{"with": []any{"police", "school"}})
	sc.do("contact_child", manager)
	sc.do("safety_plan", manager)
	sc.do("police_accept", police)
	sc.do("police_file", police)
	sc.do("police_feedback", police)
	sc.do("safety_assess", manager)
	sc.do("assess", manager)
	sc.do("plan", manager)
	sc.do("notice_safe", manager)
	for range 2 {
		sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "absent"})
	}
	sc.do("visit_arranged", supervisor)
	sc.do("police_investigated", police)
	sc.do("police_feedback", police)
	sc.do("police_prosecute", police)
	sc.do("police_end", police, form{"result": "judged"})
	sc.do("reassess", manager)
	sc.do("assess", manager)
	sc.do("plan", manager)
	sc.fact(cases.FactUnresolved, desk, nil)
	sc.do("review", head)
	sc.both("recolour", manager, head, form{"colour": "blue"})
	sc.wait(5 * time.Second)
	sc.visit(cases.Blue)
	sc.both("close", manager, head)
	sc.do("archive", desk)
	sc.do("retrieve", desk)
	sc.do("archive", desk)
	sc.do("reopen", head)
	sc.do("open_guardianship", manager, form{"ground": "TG4"})
}

func notFiled(sc *scene) {
	sc.file(aReport())
	sc.do("police_report", desk)
	sc.do("police_accept", police)
	sc.do("police_not_file", police, form{"complainant": true})
	sc.do("not_filed_delivered", police)
	sc.do("not_filed_review", manager, form{"choice": "reconsider"})
	sc.do("supervision_result", procurator, form{"result": "file"})
	sc.do("police_accept", police)
	sc.do("police_file", police)
}

func notFiledUpheld(sc *scene) {
	sc.file(aReport())
	sc.do("police_report", desk)
	sc.do("police_not_file", police)
	sc.do("not_filed_review", procurator, form{"choice": "supervision"})
	sc.do("supervision_result", procurator, form{"result": "upheld"})
}

func policeMove(sc *scene) {
	sc.file(aReport())
	sc.do("police_report", desk)
	sc.do("police_move", police)
	sc.do("police_move", police, form{"handed_over": true})
	sc.do("police_accept", police)
}

func protectionOrder(sc *scene) {
	sc.file(aReport())
	until := func(d time.Duration) form { return form{"expires_at": sc.now.Add(d).Format(time.RFC3339)} }
	sc.do("order_apply", manager, form{"urgent": true})
	sc.do("order_refuse", manager)
	sc.do("order_apply", manager)
	sc.do("order_issue", manager, until(150*day))
	sc.do("order_extend", manager, until(180*day))
	sc.do("order_end", manager)
}

func departmentTasks(sc *scene) {
	assessing(sc)
	sc.do("assess", manager)
	sc.do("task_assign", manager, form{"post": string(education), "measure": "schooling"})
	sc.do("task_sign", education)
	sc.do("task_work", education)
	sc.do("task_report", education)
	sc.do("task_return", manager)
	record := sc.doFor("task_report", desk, education)
	sc.do("confirm", education, form{"record": record})
	sc.do("task_accept", manager)
	sc.do("task_assign", manager, form{"post": string(justice), "measure": "legal_aid"})
	sc.do("task_withdraw", manager, form{"task": float64(2)})
}

func legalAid(sc *scene) {
	sc.file(aReport())
	sc.do("legal_aid_apply", desk)
	sc.do("legal_aid_decide", justice, form{"granted": true})
	sc.do("legal_aid_assigned", justice)
}

// control takes the rows that both kinds share, from a red case at its start.
func control(sc *scene) {
	if sc.s.Kind == cases.Guardianship {
		sc.do("recolour", manager, form{"colour": "red"})
	}
	own := sc.s.Obligations[0].Key
	sc.do("escalate", desk2(sc), form{"key": own})
	sc.do("assign", head, form{"post": string(head)})
	sc.do("assign", head, form{"post": string(manager)})
	sc.do("relocate", manager, form{"org": "379999102205"})
	sc.do("relocate", manager, form{"org": string(village)})
	sc.do("recolour", manager, form{"colour": "yellow"})
	sc.do("withdraw", manager, form{"proposal": sc.proposal("recolour")})
	sc.do("recolour", manager, form{"colour": "yellow"})
	sc.do("decline", head, form{"proposal": sc.proposal("recolour")})
	sc.both("recolour", manager, head, form{"colour": "yellow"})
	sc.both("notice_withhold", manager, head)
	sc.do("notice_safe", manager)
	record := sc.doForTown()
	sc.do("confirm", supervisor, form{"record": record})
	// A wait for the court, or the like, stops the clock of what may stand.
	if sc.s.Kind == cases.MandatoryReport {
		sc.do("triage", desk, form{"colour": "yellow", "manager": string(manager)})
		sc.do("assess", manager)
		sc.do("pause", manager, form{"key": "plan"})
		sc.wait(day)
		sc.do("pause_review", head)
		sc.owed("pause_review") // as long as a clock stands
		sc.do("resume", manager, form{"key": "plan"})
	} else {
		sc.both("decide", manager, bureau, form{"ground": "TG3"})
		sc.do("pause", manager, form{"key": "notice_decision"})
		sc.wait(10 * time.Second)
		sc.do("pause_review", head)
		sc.do("resume", manager, form{"key": "notice_decision"})
	}
	sealedParts(sc)
	// Nobody acts: the ladder drafts a 督办单 at its third rung.
	sc.waitForOrder()
	sc.do("sign_order", body)
	o := sc.owed("order_reply:1")
	sc.do("reply_order", o.Owner, form{"order": float64(1)})
	sc.do("recuse", head, form{"post": string(director)})
	cmd := sc.command("recalculate", cases.SystemPost, nil)
	rules := sc.r
	rules.Version += "+"
	cmd.Base, cmd.Rules = -1, &rules
	require.Nil(sc.t, sc.act(cases.Input{Command: &cmd}))
	require.Equal(sc.t, rules.Hash(), sc.s.Rules)
	if sc.s.Kind == cases.Guardianship {
		sc.fact(cases.FactUnresolved, desk, nil)
		sc.do("review", desk)
	}
}

// filedAway brings a report to its archive, the police track ended.
func filedAway(sc *scene) *scene {
	assessing(sc)
	seenAndEnded(sc)
	sc.both("unfounded", desk, head)
	sc.do("archive", desk)
	return sc
}

// retention takes a closed case through a hold, an appraisal that keeps it, and one
// that destroys it.
func retention(sc *scene) {
	sc.doFor("hold", desk, police, form{"cause": "police_evidence"})
	sc.do("hold", procurator, form{"cause": "prosecution"})
	sc.do("retrieve", desk)
	sc.both("release_hold", manager, head, form{"cause": "police_evidence"})
	sc.both("release_hold", procurator, bureau, form{"cause": "prosecution"})
	sc.do("archive", desk)
	sc.fact(cases.FactRetentionDue, cases.SystemPost, nil)
	sc.do("keep", head, form{"years": float64(10)})
	sc.fact(cases.FactRetentionDue, cases.SystemPost, nil)
	sc.both("erase", head, bureau)
}

// eraseAgain carries out what the erasure list says of an open case.
func eraseAgain(sc *scene) {
	sc.do("hold", manager)
	cmd := sc.command("erase_again", cases.SystemPost, nil)
	cmd.Base = -1
	require.Nil(sc.t, sc.act(cases.Input{Command: &cmd}))
	require.True(sc.t, sc.s.Erased())
}

// sealedParts lends a compartment and takes it back, and opens one in an emergency.
func sealedParts(sc *scene) {
	sc.t.Helper()
	until := sc.now.Add(30 * time.Minute).Format(time.RFC3339)
	sc.do("grant_access", manager, form{"post": string(justice), "compartments": []any{"medical"}, "until": until})
	sc.do("revoke_access", head, form{"grant": sc.s.Grants[0].ID})
	sc.both("grant_access", manager, head, form{"post": string(police), "compartments": []any{"reporter"}, "until": until})
	sc.do("revoke_access", head, form{"grant": sc.s.Grants[0].ID})
	sc.both("break_glass", desk, head, form{"compartments": []any{"reporter"}})
	sc.fact(cases.FactGlass, head, cases.Fields{"compartments": "reporter", "grounds": "child_in_danger"})
	sc.do("review_glass", bureau, form{"glass": sc.s.Glasses[0].ID})
}

// desk2 is whoever may skip a level: the case's owner at its start.
func desk2(sc *scene) cases.Post {
	if sc.s.Kind == cases.Guardianship {
		return manager
	}
	return desk
}

// doForTown records something on the town's behalf.
func (sc *scene) doForTown() string {
	sc.t.Helper()
	if sc.s.Kind == cases.MandatoryReport {
		return sc.doFor("on_scene", desk, supervisor)
	}
	return sc.doFor("verify", desk, supervisor, form{"ground": "TG3"})
}

// waitForOrder waits until the ladder has drafted a 督办单.
func (sc *scene) waitForOrder() {
	sc.t.Helper()
	for range 400 {
		if len(sc.s.Orders) > 0 {
			require.True(sc.t, sc.s.Orders[0].Signed.IsZero())
			sc.owed("order_sign:1")
			return
		}
		wake, ok := cases.NextWake(sc.s, sc.r)
		require.True(sc.t, ok)
		sc.now = maxTime(sc.now, wake)
		require.Nil(sc.t, sc.act(cases.Input{}))
	}
	sc.t.Fatal("no order was drafted")
}

// decided brings a guardianship to the decision, with the child received.
func decided(sc *scene) {
	sc.do("verify", supervisor, form{"ground": string(sc.s.Ground)})
	sc.do("rescue", police, form{"ground": string(sc.s.Ground)})
	sc.do("medical", supervisor)
	sc.do("receive", shelter)
	sc.both("decide", manager, bureau, form{"ground": string(sc.s.Ground), "oral": true})
	sc.do("decision_paper", manager)
}

func inAdmission(sc *scene) {
	decided(sc)
	sc.do("admit", shelter, form{"shelter": string(shelter)})
	sc.do("examine", shelter)
	sc.do("notify_bodies", shelter)
	if sc.s.Ground.GuardianAtFault() {
		sc.do("police_status", police)
	}
}

func inPlacement(sc *scene) {
	inAdmission(sc)
	sc.do("place", manager, form{"placement": "shelter"})
}

// inConference brings a guardianship to a conference's conclusion.
func inConference(sc *scene, conclusion string) {
	inPlacement(sc)
	sc.do("initial_assess", shelter)
	assessed(sc)
	sc.do("conclude", bureau, form{"conclusion": conclusion})
}

func assessed(sc *scene) {
	sc.do("begin_assessment", manager)
	sc.do("full_assess", manager)
	sc.do("convene", bureau)
}

func guardianReturn(sc *scene) {
	inConference(sc.takeIn("TG6"), "return")
	sc.both("return", manager, bureau)
	sc.do("collected", shelter)
	sc.wait(3 * time.Second)
	for range 2 {
		sc.fact(cases.FactVisit, director, cases.Fields{"outcome": "absent"})
	}
	sc.do("visit_arranged", supervisor)
	sc.do("harmed_again", director)
	require.Equal(sc.t, cases.GuardRescue, sc.s.Stage)
	sc.do("receive", shelter)
	sc.both("decide", manager, bureau, form{"ground": "TG6"})
	sc.do("admit", shelter)
	sc.do("place", manager, form{"placement": "shelter"})
	assessed(sc)
	sc.do("conclude", bureau, form{"conclusion": "return"})
	sc.both("return", manager, bureau)
	sc.do("collected", shelter)
	sc.wait(3 * time.Second)
	sc.both("recolour", manager, head, form{"colour": "blue"})
	sc.visit(cases.Blue)
	sc.both("close", manager, bureau)
	sc.do("archive", desk)
	sc.do("retrieve", desk)
	sc.do("archive", desk)
	sc.do("reopen", head)
}

func guardianUncollected(sc *scene) {
	inConference(sc.takeIn("TG6"), "return")
	sc.both("return", manager, bureau)
	sc.do("convene", bureau)
	sc.notOwed("collect")
	require.Empty(sc.t, sc.s.Guardianship.Conclusion)
}

func inCourt(sc *scene) {
	inConference(sc.takeIn("TG6"), "revoke")
	sc.do("to_revocation", bureau)
	sc.do("petition", bureau)
}

func guardianCourt(sc *scene) {
	inCourt(sc)
	sc.do("judgment_revoked", bureau)
	sc.both("longterm_file", bureau, head)
}

func guardianLongTerm(sc *scene) {
	inConference(sc.takeIn("TG1"), "longterm")
	sc.do("to_longterm", bureau)
}

func guardianDirect(sc *scene) {
	inAdmission(sc.takeIn("TG2"))
	sc.both("return_direct", manager, bureau, form{"identity_checked": true, "kinship_checked": true})
	sc.do("collected", shelter)
}

func kinOnSpot(sc *scene) {
	sc.takeIn("TG6")
	sc.do("rescue", police, form{"ground": "TG6"})
	sc.do("kin_on_spot", police, form{"identity_checked": true})
	sc.do("kin_handover", police, form{"identity_checked": true})
}

func careGoesOn(sc *scene) {
	inConference(sc.takeIn("TG7"), "continue")
	sc.do("continue_care", manager)
	sc.do("change_placement", manager, form{"placement": "foster", "carer_checked": true})
	for _, w := range []string{"temp_warn_180", "temp_warn_300", "temp_warn_335"} {
		sc.do("clock_reviewed", manager, form{"warning": w})
	}
	sc.both("extend", manager, bureau, form{"until": sc.now.Add(500 * day).Format(time.RFC3339)})
}

func emergencies(sc *scene) {
	inPlacement(sc.takeIn("TG6"))
	sc.do("missing", shelter)
	sc.do("missing_reported", shelter)
	sc.do("death", shelter)
	sc.both("death_reported", manager, bureau)
	require.Equal(sc.t, cases.OutcomeDeath, sc.s.Outcome)
}

// every State that the scripts pass through: where the random walks start.
func passedThrough(t *testing.T, rules string, kind cases.Kind) []cases.State {
	seen := map[string]bool{}
	var out []cases.State
	for _, sp := range scripts {
		sc := at(t, rules)
		sc.seen = func(s cases.State) {
			if s.Kind != kind {
				return
			}
			if k := fmt.Sprint(s.Stage, s.Ground, s.Police.State, s.Colour, len(s.Obligations), len(s.Proposals), len(s.Tasks)); !seen[k] {
				seen[k] = true
				out = append(out, s)
			}
		}
		sp.run(sc)
	}
	return slices.Clip(out)
}
