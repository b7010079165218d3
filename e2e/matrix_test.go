//go:build e2e

package e2e

import (
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/deploy/demo"
	"tonghu/story"
)

// matrixFile says what every role is answered by every operation, in each scope:
//
//	.  the operation does or says something: authority is not what it lacks
//	S  sign in first
//	F  not for this role or post
//	N  there is nothing there for the asker
//
// TONGHU_WRITE=1 writes it anew; whoever does, reads every letter that changed
// against DOMAIN.md 7.
const matrixFile = "testdata/matrix.csv"

// matrixRoles are the columns: a role, and the demo person who has it alone.
var matrixRoles = []struct{ role, login string }{
	{"public", ""}, {"reporter", "teacher"}, {"unit_head", "principal"}, {"director", "village"}, {"supervisor", "town"}, {"town_leader", "leader"}, {"desk", "desk1"},
	{"manager", "manager1"}, {"head", "head"}, {"bureau", "bureau"}, {"body", "body"}, {"shelter", "shelter"}, {"police", "police"},
	{"procurator", "procurator"}, {"liaison", "education"}, {"social_worker", "social"}, {"system_admin", "sysadmin"},
	{"security_admin", "secadmin"}, {"audit_admin", "auditadmin"},
}

// The scopes: a case where everybody's area or task is, one of another town that
// nobody of this one has to do with, one in the 性侵 compartment, and one from which
// the village, the town and the bureau are recused.
var matrixScopes = []string{"own", "other", "sealed", "recused"}

// elsewhere is a village of another town.
const elsewhere = "379999102201"

func TestEveryRoleIsAnsweredAsTheMatrixSays(t *testing.T) {
	in := newInstance(t, "anqiu")
	in.start()
	m := newMatrix(t, in)
	got := m.answers()
	if os.Getenv("TONGHU_WRITE") == "1" {
		m.write(got)
		return
	}
	want := readMatrix(t)
	var known []string
	for row := range want {
		known = append(known, row.operation)
	}
	slices.Sort(known)
	requireKnown(t, m.ops, slices.Compact(known), matrixFile)
	for _, row := range m.rows() {
		expected, ok := want[row]
		if !ok {
			t.Errorf("%s has no row for %s in the scope %s", matrixFile, row.operation, row.scope)
			continue
		}
		for i, r := range matrixRoles {
			if expected[i] != got[row][i] {
				t.Errorf("%s, %s, as %s: answered %q (%s), the matrix says %q", row.operation, row.scope, r.role, got[row][i], m.said[row][i], expected[i])
			}
		}
	}
}

type matrixRow struct{ operation, scope string }

type matrix struct {
	t    *testing.T
	in   *instance
	doc  contract
	ops  []operation
	as   []*story.Client
	desk *story.Client
	// ids are the ids of what a scope's case has, by the parameter's name.
	ids  map[string]map[string]string
	said map[matrixRow][]string
}

func newMatrix(t *testing.T, in *instance) *matrix {
	m := &matrix{t: t, in: in, ids: map[string]map[string]string{}, said: map[matrixRow][]string{}}
	m.doc, m.ops = in.operations()
	people, err := demo.People()
	require.NoError(t, err)
	for _, r := range matrixRoles {
		c := in.stranger()
		if r.login != "" {
			i := slices.IndexFunc(people, func(p demo.Person) bool { return p.Login == r.login })
			require.GreaterOrEqual(t, i, 0, r.login)
			require.NoError(t, c.SignIn(t.Context(), r.login, people[i].Password))
		}
		if r.role == "desk" {
			m.desk = c
		}
		m.as = append(m.as, c)
	}
	m.open("own", village, "MR04", "education")
	m.open("other", elsewhere, "MR04", "health")
	m.open("sealed", village, "MR01", "health")
	m.open("recused", village, "MR04", "health", "village:"+village+"/director", "town:379999101000/supervisor", "town:379999101000/town_leader", "city:379999000000/bureau")
	return m
}

// open makes a scope's case: triaged, with a task for a department.
func (m *matrix) open(scope, org, situation, unit string, recused ...string) {
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
	take("task_assign", map[string]any{"post": "unit:" + unit + "/liaison", "measure": "schooling", "content": "落实转学安置。"})
	v, err := m.desk.Case(ctx, out.Case)
	require.NoError(m.t, err)
	require.NotEmpty(m.t, v.Obligations)
	var list struct{ Items []api.Obligation }
	_, err = m.desk.Do(ctx, http.MethodGet, "/api/v1/obligations?whose=area&limit=200&case="+out.Case, "", nil, &list)
	require.NoError(m.t, err)
	require.NotEmpty(m.t, list.Items)
	m.ids[scope] = map[string]string{"id": out.Case, "command": triaged.Command, "step": "triage", "n": "1", "obligation": list.Items[0].ID}
}

// scoped tells whether an operation is about a case, so that it has a row for each
// scope; the others have one.
func scoped(op operation) bool {
	return strings.HasPrefix(op.path, "/api/v1/cases/{id}") || strings.HasPrefix(op.path, "/api/v1/obligations/{id}")
}

// rows gives every row in the order in which it is asked: what ends something last.
func (m *matrix) rows() []matrixRow {
	ops := slices.Clone(m.ops)
	slices.SortStableFunc(ops, func(a, b operation) int { return ends(a) - ends(b) })
	var out []matrixRow
	for _, op := range ops {
		if op.ID == "stream" { // it does not end; list-cases has the same authority
			out = append(out, matrixRow{op.ID, "own"})
			continue
		}
		for _, scope := range matrixScopes {
			if scope == "own" || scoped(op) {
				out = append(out, matrixRow{op.ID, scope})
			}
		}
	}
	return out
}

func ends(op operation) int {
	switch {
	case op.ID == "sign-out":
		return 3
	case op.method == http.MethodDelete, op.ID == "break-glass": // which gives others a review, and with it the case
		return 2
	case op.method != http.MethodGet:
		return 1
	}
	return 0
}

func (m *matrix) answers() map[matrixRow]string {
	out := map[matrixRow]string{}
	for _, row := range m.rows() {
		i := slices.IndexFunc(m.ops, func(op operation) bool { return op.ID == row.operation })
		for _, c := range m.as {
			letter, said := m.ask(c, m.ops[i], row.scope)
			out[row] += letter
			m.said[row] = append(m.said[row], said)
		}
	}
	return out
}

func (m *matrix) ask(c *story.Client, op operation, scope string) (letter, said string) {
	ids := m.ids[scope]
	if strings.HasPrefix(op.path, "/api/v1/obligations/{id}") {
		ids = map[string]string{"id": ids["obligation"]}
	} else if !scoped(op) {
		ids = map[string]string{"org": village}
	}
	f := filler{doc: m.doc, ids: ids}
	key := ""
	if op.once() {
		key = story.NewKey()
	}
	path := op.at(m.doc, ids)
	if op.ID == "stream" {
		path = "/api/v1/cases"
	}
	_, err := c.Do(m.t.Context(), op.method, path, key, op.body(f), nil)
	var p *story.Problem
	switch {
	case err == nil || !errors.As(err, &p):
		return ".", "done"
	case p.Status >= 500:
		m.t.Errorf("%s %s: %v", op.method, path, err)
		return "!", p.Code
	case p.Code == "sign_in_needed":
		return "S", p.Code
	case p.Status == http.StatusForbidden:
		return "F", p.Code
	case p.Status == http.StatusNotFound:
		return "N", p.Code
	}
	return ".", p.Code
}

func (m *matrix) write(got map[matrixRow]string) {
	file, err := os.Create(matrixFile)
	require.NoError(m.t, err)
	defer func() { _ = file.Close() }()
	w := csv.NewWriter(file)
	header := []string{"operation", "scope"}
	for _, r := range matrixRoles {
		header = append(header, r.role)
	}
	require.NoError(m.t, w.Write(header))
	rows := m.rows()
	slices.SortStableFunc(rows, func(a, b matrixRow) int { return strings.Compare(a.operation, b.operation) })
	for _, row := range rows {
		require.NoError(m.t, w.Write(append([]string{row.operation, row.scope}, strings.Split(got[row], "")...)))
	}
	w.Flush()
	require.NoError(m.t, w.Error())
}

// readMatrix gives the letters of each row, in the order of matrixRoles.
func readMatrix(t *testing.T) map[matrixRow]string {
	t.Helper()
	file, err := os.Open(matrixFile)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, lines)
	for i, r := range matrixRoles {
		require.Equal(t, r.role, lines[0][i+2])
	}
	out := map[matrixRow]string{}
	for _, line := range lines[1:] {
		out[matrixRow{line[0], line[1]}] = strings.Join(line[2:], "")
	}
	return out
}
