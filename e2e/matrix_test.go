//go:build e2e

package e2e

import (
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/deploy/demo"
	"tonghu/story"
)

// matrixFile says what every role is answered by every operation, in each scope:
//
//	.  the operation does or says something
//	r  it is refused for what stands in the case or in the request: authority is not
//	   what it lacks
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

func TestEveryRoleIsAnsweredAsTheMatrixSays(t *testing.T) {
	t.Parallel()
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
		known = append(known, row.id())
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

// matrixRow is an operation in a scope; of take-step each step is a row: "take-step
// triage".
type matrixRow struct{ operation, scope string }

func (r matrixRow) id() string {
	id, _, _ := strings.Cut(r.operation, " ")
	return id
}

func (r matrixRow) step() cases.StepName {
	_, step, _ := strings.Cut(r.operation, " ")
	return cases.StepName(step)
}

type matrix struct {
	t   *testing.T
	in  *instance
	doc contract
	ops []operation
	as  []*story.Client
	// desk and head are those of the columns.
	desk, head *story.Client
	// ids are the ids of what a scope's case has.
	ids map[string]map[string]string
	// number is of the report that the reporter filed, in the name of the unit; away is
	// a person of this town who is put on leave.
	number, away string
	said         map[matrixRow][]string
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
		m.as = append(m.as, c)
	}
	m.desk, m.head = m.column("desk"), m.column("head")
	m.openAll()
	return m
}

// column gives who asks as a role.
func (m *matrix) column(role string) *story.Client {
	return m.as[slices.IndexFunc(matrixRoles, func(r struct{ role, login string }) bool { return r.role == role })]
}

// rows gives every row in the order in which it is asked: what ends something last.
func (m *matrix) rows() []matrixRow {
	ops := slices.Clone(m.ops)
	slices.SortStableFunc(ops, func(a, b operation) int { return ends(a) - ends(b) })
	var out []matrixRow
	for _, op := range ops {
		for _, scope := range matrixScopes {
			switch {
			case scope != "own" && !scoped(op):
			case op.ID == "take-step":
				kind := cases.MandatoryReport
				if scope == "placed" {
					kind = cases.Guardianship
				}
				for _, s := range matrixSteps {
					if _, ok := cases.FindStep(kind, s.step); ok {
						out = append(out, matrixRow{op.ID + " " + string(s.step), scope})
					}
				}
			default:
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

// answers asks everything of everybody: what changes nothing of all at once, the rest
// of one after the other.
func (m *matrix) answers() map[matrixRow]string {
	out := map[matrixRow]string{}
	for _, row := range m.rows() {
		op := m.ops[slices.IndexFunc(m.ops, func(op operation) bool { return op.ID == row.id() })]
		letters, said := make([]string, len(m.as)), make([]string, len(m.as))
		var all sync.WaitGroup
		for i, c := range m.as {
			ids := m.idsFor(c, op, row.scope)
			ask := func() { letters[i], said[i] = m.ask(c, op, row, ids) }
			if op.method == http.MethodGet {
				all.Go(ask)
			} else {
				ask()
			}
		}
		all.Wait()
		out[row], m.said[row] = strings.Join(letters, ""), said
	}
	return out
}

func (m *matrix) ask(c *story.Client, op operation, row matrixRow, ids map[string]string) (letter, said string) {
	err := m.send(c, op, row, ids)
	var p *story.Problem
	switch {
	case err == nil:
		return ".", "done"
	case !errors.As(err, &p) || p.Status >= 500:
		m.t.Errorf("%s, %s: %v", row.operation, row.scope, err)
		return "!", err.Error()
	case p.Code == "sign_in_needed":
		return "S", p.Code
	case p.Status == http.StatusForbidden:
		return "F", p.Code
	case p.Status == http.StatusNotFound:
		return "N", p.Code
	}
	return "r", p.Code
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
