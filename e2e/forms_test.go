//go:build e2e

package e2e

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"tonghu/api"
	"tonghu/cases"
)

// form is how somebody fills a step in. fill gives nil where there is nothing to
// take the step on.
type form struct {
	login string
	step  cases.StepName
	fill  filling
}

// filling gives the fields for a case.
type filling func(c api.Case, r *rand.Rand) map[string]any

// forms are what the actors of the drills do with a case, on all three tracks.
var forms = []form{
	{"desk1", "accept", plain(map[string]any{})},
	{"desk2", "accept", plain(map[string]any{})},
	{"desk1", "triage", plain(triage())},
	{"desk2", "triage", plain(with(triage(), "colour", "blue"))},
	{"desk1", "police_report", func(api.Case, *rand.Rand) map[string]any { return policeReport() }},
	{"police", "police_accept", func(api.Case, *rand.Rand) map[string]any {
		return map[string]any{"accepted_at": time.Now(), "sort": "criminal"}
	}},
	{"police", "police_file", func(api.Case, *rand.Rand) map[string]any { return map[string]any{"filed_at": time.Now()} }},
	{"police", "police_feedback", func(api.Case, *rand.Rand) map[string]any {
		return map[string]any{"at": time.Now(), "content": "已立案。"}
	}},
	{"town", "child_seen", func(api.Case, *rand.Rand) map[string]any {
		return map[string]any{
			"seen_at": time.Now(), "place": "school", "with": []string{"police", "supervisor"}, "suspect_absent": true, "condition": "手臂淤青",
		}
	}},
	{"town", "on_scene", func(api.Case, *rand.Rand) map[string]any {
		return map[string]any{"at": time.Now(), "who": []string{"police", "town"}, "findings": "到校"}
	}},
	{"desk1", "recolour", func(_ api.Case, r *rand.Rand) map[string]any {
		return map[string]any{"colour": []string{"red", "yellow", "blue"}[r.IntN(3)], "reason": "复核"}
	}},
	{"desk2", "assign", func(_ api.Case, r *rand.Rand) map[string]any {
		return map[string]any{"post": []string{manager1, manager2}[r.IntN(2)]}
	}},
	{"desk1", "notice_safe", plain(map[string]any{"told": "child", "manner": "当面"})},
	{"desk2", "escalate", func(c api.Case, r *rand.Rand) map[string]any {
		if len(c.Obligations) == 0 {
			return nil
		}
		return map[string]any{"key": c.Obligations[r.IntN(len(c.Obligations))].Key, "reason": "紧急"}
	}},
	{"desk2", "task_assign", plain(map[string]any{"post": schoolPost, "measure": "schooling", "content": "落实转学安置。"})},
	{"education", "task_sign", onTask(cases.TaskAssigned, map[string]any{})},
	{"education", "task_work", onTask(cases.TaskSigned, map[string]any{"progress": "已联系学校"})},
	{"education", "task_report", onTask(cases.TaskWorking, map[string]any{"result": "done", "content": "已安置"})},
	{"desk1", "task_accept", onTask(cases.TaskReported, map[string]any{})},
	{"head", "approve", onProposal(map[string]any{"opinion": "同意"})},
	{"head", "decline", onProposal(map[string]any{"opinion": "再查"})},
	{"desk1", "open_guardianship", func(c api.Case, r *rand.Rand) map[string]any {
		if seldom(r) || len(c.Links) > 0 {
			return nil
		}
		return map[string]any{"ground": "TG6", "facts": "监护人殴打"}
	}},
	{"manager1", "safety_assess", plain(map[string]any{"safety": "unsafe", "summary": "不宜回家"})},
	{"manager1", "assess", plain(map[string]any{
		"needs": []string{"psychology"}, "child_heard": true, "guardian_capacity": "able_with_help", "summary": "可帮扶",
		"documents": []string{"risk_assessment", "needs_list"},
	})},
	{"manager1", "plan", plain(map[string]any{"measures": []string{"psychology"}, "goals": "安全", "documents": []string{"case_plan"}})},
	// Cases that end, and begin again.
	{"desk2", "refer", func(_ api.Case, r *rand.Rand) map[string]any {
		if seldom(r) {
			return nil
		}
		return map[string]any{"body": "邻县", "reason": "不属本办职责"}
	}},
	{"desk1", "archive", plain(map[string]any{"volume": "卷1", "documents": []string{"catalogue"}})},
	{"desk2", "reopen", plain(map[string]any{"cause": "other"})},
}

// seldom tells that it is not the time for what would leave no case open.
func seldom(r *rand.Rand) bool { return r.IntN(2) > 0 }

func plain(fields map[string]any) filling {
	return func(api.Case, *rand.Rand) map[string]any { return fields }
}

func onTask(state cases.TaskState, fields map[string]any) filling {
	return func(c api.Case, _ *rand.Rand) map[string]any {
		i := slices.IndexFunc(c.Tasks, func(t cases.Task) bool { return t.State == state })
		if i < 0 {
			return nil
		}
		return with(fields, "task", c.Tasks[i].N)
	}
}

func onProposal(fields map[string]any) filling {
	return func(c api.Case, r *rand.Rand) map[string]any {
		if len(c.Proposals) == 0 {
			return nil
		}
		return with(fields, "proposal", c.Proposals[r.IntN(len(c.Proposals))].ID)
	}
}

// with gives a form with one field set.
func with(fields map[string]any, name string, value any) map[string]any {
	out := maps.Clone(fields)
	out[name] = value
	return out
}

// chooseForm gives a form that is open to somebody in a case now.
func chooseForm(login string, c api.Case, r *rand.Rand) (cases.StepName, map[string]any, bool) {
	for _, i := range r.Perm(len(forms)) {
		f := forms[i]
		if f.login != login || !slices.Contains(c.Allowed, f.step) {
			continue
		}
		if fields := f.fill(c, r); fields != nil {
			return f.step, fields, true
		}
	}
	return "", nil, false
}
