//go:build e2e

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// The scopes: a report where everybody's area or task is, one of another town that
// nobody of this one has to do with, one in the 性侵 compartment, one from which the
// village, the town and the bureau are recused, and a temporary guardianship. Of all
// reports but the other one there is a 督办单.
var matrixScopes = []string{"own", "other", "sealed", "recused", "placed"}

// matrixSteps are asked of everybody, with a form that fits and a base that does not:
// who may take the step is told first, and nothing comes of it.
var matrixSteps = []struct {
	step   cases.StepName
	fields map[string]any
}{
	{"triage", triage()},
	{"recolour", map[string]any{"colour": "yellow", "reason": "情况稳定"}},
	{"escalate", map[string]any{"key": "task:1", "reason": "无人处理"}},
	{"recuse", map[string]any{"post": "unit:justice/liaison", "reason": "亲属关系"}},
	{"task_sign", map[string]any{"task": 1}},
	{"police_accept", map[string]any{"accepted_at": "2026-01-05T01:00:00Z", "sort": "criminal"}},
	{"supervision_result", map[string]any{"result": "upheld"}},
	{"hold", map[string]any{"cause": cases.HoldCauses[0], "reason": "侦查需要"}},
	{"sign_order", map[string]any{"order": 1}},
	{"notify_bodies", map[string]any{"bodies": []string{"school"}, "at": "2026-01-05T01:00:00Z"}},
}

// elsewhere is a village of another town.
const elsewhere = "379999102201"

func (m *matrix) openAll() {
	m.open("own", village, "MR04", []string{"unit:education/liaison", "unit:social_work/social_worker"})
	m.open("other", elsewhere, "MR04", []string{"unit:health/liaison"})
	m.open("sealed", village, "MR01", []string{"unit:health/liaison"})
	m.open("recused", village, "MR04", []string{"unit:health/liaison"},
		"village:"+village+"/director", "town:379999101000/supervisor", "town:379999101000/town_leader", "city:379999000000/bureau")
	m.place()
	m.file()
}

// open makes a report's scope: triaged, with tasks, a paper, a draft, a notice to
// the desk, and all but the other one with a 督办单.
func (m *matrix) open(scope, org, situation string, tasks []string, recused ...string) {
	ctx := m.t.Context()
	body := report("yes")
	body["org"], body["situations"] = org, []string{situation}
	var out api.Filed
	_, err := insist(ctx, m.desk, http.MethodPost, "/api/v1/reports", story.NewKey(), body, &out)
	require.NoError(m.t, err)
	take := func(step cases.StepName, fields map[string]any) api.Command {
		done, err := m.desk.Take(ctx, out.Case, step, story.Step{Fields: fields})
		require.NoError(m.t, err, "%s of %s", step, scope)
		return done
	}
	take("accept", map[string]any{})
	triaged := take("triage", with(triage(), "compartment", situation == "MR01"))
	for _, post := range recused {
		take("recuse", map[string]any{"post": post, "reason": "亲属关系"})
	}
	for _, post := range tasks {
		take("task_assign", map[string]any{"post": post, "measure": "schooling", "content": "落实转学安置。"})
	}
	for scope != "other" && len(m.shown(out.Case).Orders) == 0 { // each 越级 goes up one rung; the last drafts it
		take("escalate", map[string]any{"key": "task:1", "reason": "无人处理"})
	}
	m.hang(scope, out.Case, triaged.Command, "task:1")
}

// place makes the scope of the shelter: a child in temporary care, without a report.
func (m *matrix) place() {
	var out api.Found
	_, err := insist(m.t.Context(), m.desk, http.MethodPost, "/api/v1/guardianships", story.NewKey(), map[string]any{
		"ground": "TG1", "danger": "yes", "org": village,
	}, &out)
	require.NoError(m.t, err)
	done, err := m.desk.Take(m.t.Context(), out.ID, "recolour", story.Step{Fields: map[string]any{"colour": "red", "reason": "流落街头"}})
	require.NoError(m.t, err)
	m.hang("placed", out.ID, done.Command, "")
}

// hang puts beside a case what has a path of its own.
func (m *matrix) hang(scope, id, command, key string) {
	ctx := m.t.Context()
	ids := map[string]string{"id": id, "command": command, "n": "1"}
	var owed struct{ Items []api.Obligation }
	_, err := m.desk.Do(ctx, http.MethodGet, "/api/v1/obligations?whose=area&limit=200&case="+id+"&key="+key, "", nil, &owed)
	require.NoError(m.t, err)
	require.NotEmpty(m.t, owed.Items)
	ids["obligation"] = owed.Items[0].ID
	ids["file"] = m.upload(m.desk, id)
	until(m.t, 2*time.Minute, "somebody is told of "+scope, func() bool {
		for _, role := range []string{"desk", "shelter", "manager"} {
			var told struct{ Items []api.Notice }
			_, err := m.column(role).Do(ctx, http.MethodGet, "/api/v1/notices?limit=200", "", nil, &told)
			if i := slices.IndexFunc(told.Items, func(n api.Notice) bool { return n.Case == id }); err == nil && i >= 0 {
				ids["notice"] = told.Items[i].ID
				return true
			}
		}
		return false
	})
	_, err = m.desk.Send(ctx, id, "recolour", story.NewKey(), story.Step{Fields: map[string]any{"colour": "blue", "reason": "旧表单"}})
	require.Equal(m.t, "case_moved_on", story.CodeOf(err))
	var drafts struct{ Items []api.Draft }
	_, err = m.desk.Do(ctx, http.MethodGet, "/api/v1/drafts", "", nil, &drafts)
	require.NoError(m.t, err)
	i := slices.IndexFunc(drafts.Items, func(d api.Draft) bool { return d.Case == id })
	require.GreaterOrEqual(m.t, i, 0)
	ids["draft"] = drafts.Items[i].Command
	m.ids[scope] = ids
}

// file files a report in the name of a duty unit, and puts somebody on leave.
func (m *matrix) file() {
	var out api.Filed
	_, err := insist(m.t.Context(), m.column("reporter"), http.MethodPost, "/api/v1/reports", story.NewKey(), with(report("no"), "duty_unit", true), &out)
	require.NoError(m.t, err)
	m.number = out.Number
	var found struct{ Items []api.Holding }
	_, err = m.head.Do(m.t.Context(), http.MethodGet, "/api/v1/posts?prefix=village:379999101204", "", nil, &found)
	require.NoError(m.t, err)
	i := slices.IndexFunc(found.Items, func(h api.Holding) bool { return !h.Deputy })
	require.GreaterOrEqual(m.t, i, 0)
	m.away = found.Items[i].Person
}

func (m *matrix) shown(id string) api.Case {
	v, err := m.desk.Case(m.t.Context(), id)
	require.NoError(m.t, err)
	return v
}

// upload adds a paper to a case and gives its id.
func (m *matrix) upload(as *story.Client, id string) string {
	var out api.CaseFile
	_, err := as.Upload(m.t.Context(), "/api/v1/cases/"+id+"/files", story.NewKey(), story.File{Field: "file", Name: "a.pdf", Body: paper("x")}, map[string]string{"purpose": "document"}, &out)
	require.NoError(m.t, err)
	return out.ID
}

// scoped tells whether an operation is about a case or what hangs on one, so that it
// has a row for each scope; the others have one.
func scoped(op operation) bool { return hangsOn(op) != "" }

// hangsOn gives which of a scope's ids an operation's {id} is; "" for an operation
// without a scope.
func hangsOn(op operation) string {
	for prefix, id := range map[string]string{
		"/api/v1/cases/{id}": "id", "/api/v1/obligations/{id}": "obligation", "/api/v1/files/": "file", "/api/v1/notices/{id}": "notice",
	} {
		if strings.HasPrefix(op.path, prefix) {
			return id
		}
	}
	if op.ID == "drop-draft" {
		return "draft"
	}
	return ""
}

// idsFor gives the values of an operation's parameters and fields for an asker. What
// an answer would use up is made anew for each.
func (m *matrix) idsFor(c *story.Client, op operation, scope string) map[string]string {
	of := m.ids[scope]
	switch op.ID {
	case "get-file":
		for _, by := range []*story.Client{c, m.desk} { // who gets no link tries the desk's
			var link api.FileLink
			_, err := by.Do(m.t.Context(), http.MethodPost, "/api/v1/files/"+of["file"]+"/link", "", map[string]string{}, &link)
			if err == nil {
				return map[string]string{"token": link.URL[strings.LastIndex(link.URL, "/")+1:]}
			}
			require.Contains(m.t, []string{"not_found", "forbidden", "sign_in_needed"}, story.CodeOf(err))
		}
		m.t.Fatal("the desk opens no file of ", scope)
	case "withdraw-file":
		return map[string]string{"id": m.upload(m.desk, of["id"])}
	case "drop-draft":
		return map[string]string{"command": of["draft"]}
	case "end-leave":
		var leave struct{ ID string }
		_, err := m.head.Do(m.t.Context(), http.MethodPost, "/api/v1/leave", "", map[string]any{
			"person": m.away, "from": time.Now().Add(48 * time.Hour), "until": time.Now().Add(72 * time.Hour),
		}, &leave)
		require.NoError(m.t, err)
		return map[string]string{"id": leave.ID}
	}
	if !scoped(op) {
		return map[string]string{"org": village, "number": m.number, "post": "village:379999101204/director", "rule": "triage"}
	}
	return map[string]string{"id": of[hangsOn(op)], "command": of["command"], "n": of["n"]}
}

// send asks an operation, with a file where it takes one.
func (m *matrix) send(c *story.Client, op operation, row matrixRow, ids map[string]string) error {
	ctx := m.t.Context()
	path, key := op.at(m.doc, ids), ""
	if op.once() {
		key = story.NewKey()
	}
	body := op.body(filler{doc: m.doc, ids: ids})
	var err error
	switch op.ID {
	case "stream": // it does not end
		_, err = c.Do(ctx, op.method, "/api/v1/cases", key, nil, nil)
	case "add-file":
		_, err = c.Upload(ctx, path, key, story.File{Field: "file", Name: "a.pdf", Body: paper("x")}, map[string]string{"purpose": "document"}, nil)
	case "take-step":
		i := slices.IndexFunc(matrixSteps, func(s struct {
			step   cases.StepName
			fields map[string]any
		}) bool {
			return s.step == row.step()
		})
		_, err = c.Do(ctx, op.method, "/api/v1/cases/"+ids["id"]+"/steps/"+string(row.step()), key, map[string]any{"base": 0, "fields": matrixSteps[i].fields}, nil)
	case "acknowledge":
		_, err = c.Do(ctx, op.method, path, key, map[string]any{"who": "值班员", "by": time.Now().Add(time.Hour)}, nil)
	case "write-about-own-report":
		_, err = c.Do(ctx, op.method, path, key, map[string]string{"number": m.number, "text": "又见到孩子。"}, nil)
	default:
		_, err = c.Do(ctx, op.method, path, key, body, nil)
	}
	return err
}
