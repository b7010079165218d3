package api

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func TestWhatACaseOffersIsWhatTheServerTakes(t *testing.T) {
	b := setup(t)
	id := b.book.open(t)
	body, leader := cases.NewPost(testCity, cases.RoleBody), cases.NewPost(testVillage.Town(), cases.RoleTownLeader)
	b.book.view.State.Orders = []cases.Order{{N: 1, To: body, Obligation: "child_seen"}}
	b.book.view.State.Tasks = []cases.Task{{N: 1, Post: testJustice, State: cases.TaskSigned}}
	for i, c := range []struct {
		post cases.Post
		may  []any
	}{
		{testDirector, []any{"visit", "note", "attach"}},
		{testSupervisor, []any{"visit", "note", "attach"}},
		{leader, []any{}},
		{testDesk, []any{"note", "attach", "talk", "print_chain"}},
		{testManager, []any{"visit", "note", "attach", "talk", "print_chain"}},
		{body, []any{}},
		{cases.UnitPost("police", cases.RolePolice), []any{"visit", "note", "attach"}},
		{cases.UnitPost("procuratorate", cases.RoleProcurator), []any{"attach", "print_chain"}},
		{testJustice, []any{"note", "attach"}},
	} {
		as := b.as(c.post)
		require.Equal(t, c.may, as.get("/api/v1/cases/" + id).is(http.StatusOK)["may"], c.post)
		for deed, answered := range map[string]int{
			"visit": as.post("/api/v1/cases/"+id+"/visits", map[string]any{"outcome": "met"}, keyed("v12345678"+strconv.Itoa(i))...).status,
			"note":  as.post("/api/v1/cases/"+id+"/notes", map[string]any{"text": "备注"}, keyed("n12345678"+strconv.Itoa(i))...).status,
			"talk":  as.get("/api/v1/cases/" + id + "/messages").status,
		} {
			require.Equal(t, !slices.Contains(c.may, any(deed)), answered == http.StatusForbidden, "%s by %s: %d", deed, c.post, answered)
		}
	}
	b.book.view.ErasedAt = time.Unix(1, 0)
	require.Equal(t, []any{"talk", "print_chain"}, b.as(testManager).get("/api/v1/cases/" + id).is(http.StatusOK)["may"], "a destroyed file is added to no more")
}
