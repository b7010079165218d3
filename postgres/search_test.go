package postgres_test

import (
	"bytes"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

// fileChild files a report about a child.
func (b *bundle) fileChild(c records.Child, edits ...func(*cases.Report)) string {
	b.t.Helper()
	f := b.filing(edits...)
	f.Child = c
	filed, err := b.File(b.t.Context(), records.Once{}, f)
	require.NoError(b.t, err)
	b.now = b.now.Add(time.Second)
	return filed.Case
}

func (b *bundle) search(a records.Access, by records.SearchBy, value string) []string {
	b.t.Helper()
	found, err := b.Search(b.t.Context(), a, records.Search{By: by, Value: value, Reason: records.SearchReport})
	require.NoError(b.t, err)
	out := []string{}
	for _, h := range found.Hits {
		require.Equal(b.t, h.ID, h.State.ID)
		out = append(out, h.ID)
	}
	return out
}

func TestAChildIsFoundByTheWholeOfWhatIsKnown(t *testing.T) {
	b := setup(t)
	id := b.fileChild(records.Child{Name: "单小雨", IDNumber: "37999920150307123X", Phone: "13900000007", GuardPhone: "0536-4220000"})
	b.fileChild(records.Child{Name: "张小雨", IDNumber: "379999201506010016"})
	for _, c := range []struct {
		by    records.SearchBy
		value string
		found bool
	}{
		{records.ByName, " 单 小雨", true}, {records.ByName, "小雨", false},
		{records.ByPinyin, "shanxiaoyu", true}, {records.ByPinyin, "Dan Xiaoyu", true}, {records.ByPinyin, "单小雨", true}, {records.ByPinyin, "xiaoyu", false},
		{records.ByInitials, "sxy", true}, {records.ByInitials, "SX", false},
		{records.ByIDNumber, "37999920150307123x", true}, {records.ByIDNumber, "123X", false},
		{records.ByPhone, "139 0000 0007", true}, {records.ByPhone, "05364220000", true}, {records.ByPhone, "0007", false},
		{records.ByPhone, "13900001234", false}, // the reporter's
		{records.ByReporterPhone, "13900000007", false},
	} {
		want := []string{}
		if c.found {
			want = []string{id}
		}
		require.Equal(t, want, b.search(in(desk), c.by, c.value), "%s %s", c.by, c.value)
	}
	_, err := b.Search(t.Context(), in(desk), records.Search{By: records.ByName, Value: " ·"})
	requireCode(t, cases.CodeField, err)
}

func TestASearchFindsWhatTheAskerMayKnow(t *testing.T) {
	b := setup(t)
	child := records.Child{Name: "单小雨", GuardPhone: "13900000007"}
	id := b.fileChild(child)
	sealed := b.fileChild(child, func(r *cases.Report) { r.Situations = []cases.Situation{"MR01"} })
	other := b.fileChild(child, func(r *cases.Report) { r.Org = "379999102201" })
	hidden := b.fileChild(child, func(r *cases.Report) { r.Avoid = []string{"town", "bureau"} })
	for name, c := range map[string]struct {
		who  records.Access
		want []string
	}{
		"desk":            {in(desk), []string{hidden, other, sealed, id}},
		"town":            {in(town), []string{sealed, id}},
		"next town":       {in("town:379999102000/supervisor"), []string{other}},
		"bureau":          {in("city:379999000000/bureau"), []string{other, sealed, id}},
		"director":        {in(director), []string{}},
		"town leader":     {in("town:379999101000/town_leader"), []string{}},
		"administrator":   {in("city:379999000000/system_admin"), []string{}},
		"reporter":        {in("unit:school1/reporter"), []string{}},
		"department":      {in(schools), []string{}},
		"next city":       {in("city:379998000000/desk"), []string{}},
		"the product":     {in(cases.SystemPost), []string{}},
		"holds no post":   {records.Access{Person: "x"}, []string{}},
		"desk and avoids": {in(desk, town), []string{other, sealed, id}},
	} {
		require.ElementsMatch(t, c.want, b.search(c.who, records.ByName, "单小雨"), name)
	}

	require.Len(t, b.search(in(desk), records.ByReporterPhone, "13900001234"), 4)
	for _, who := range []records.Access{in(manager), in(head), in(town), in(police)} {
		require.Empty(t, b.search(who, records.ByReporterPhone, "13900001234"), who)
	}
	_, err := b.Search(t.Context(), records.Access{}, records.Search{By: records.ByName, Value: "单小雨"})
	requireCode(t, records.CodeForbidden, err)
}

func TestASearchShowsTwentyAndSaysThatThereAreMore(t *testing.T) {
	b := setup(t)
	for range records.MostHits {
		b.fileChild(records.Child{Name: "单小雨"})
	}
	found, err := b.Search(t.Context(), in(desk), records.Search{By: records.ByName, Value: "单小雨"})
	require.NoError(t, err)
	require.Len(t, found.Hits, records.MostHits)
	require.False(t, found.More)
	newest := b.fileChild(records.Child{Name: "单小雨"})
	found, err = b.Search(t.Context(), in(desk), records.Search{By: records.ByName, Value: "单小雨"})
	require.NoError(t, err)
	require.Len(t, found.Hits, records.MostHits)
	require.True(t, found.More)
	require.Equal(t, newest, found.Hits[0].ID)
}

func TestEverySearchIsInTheAuditLogAndWhatWasTypedNowhere(t *testing.T) {
	b := setup(t)
	id := b.fileChild(records.Child{Name: "单小雨"})
	found, err := b.Search(t.Context(), in(manager), records.Search{By: records.ByName, Value: "单小雨", Reason: records.SearchOther, Words: "姑姑胡桂英来访"})
	require.NoError(t, err)
	require.Empty(t, b.search(in(manager), records.ByName, "欧阳不在"))

	who := in(manager).Person
	rows := map[string]audit.Row{}
	for chain, n := range map[string]int{"actor:" + who: 2, "read:" + id: 1} {
		i := 0
		for row, err := range b.AuditRows(t.Context(), chain) {
			require.NoError(t, err)
			i++
			require.Equal(t, "search", row.Action)
			require.Equal(t, who, row.Actor)
			require.Contains(t, row.Detail, "by:name")
			if row.Object == found.ID {
				require.Contains(t, row.Detail, "reason:other")
				rows[chain] = row
			}
		}
		require.Equal(t, n, i, chain)
	}
	require.Len(t, rows, 2)
	require.Contains(t, rows["actor:"+who].Detail, "items:1")

	kept, err := b.Searched(t.Context(), in(head), found.ID)
	require.NoError(t, err)
	require.Equal(t, records.Searched{ID: found.ID, Person: who, At: b.now, By: records.ByName, Reason: records.SearchOther, Words: "姑姑胡桂英来访", Found: 1}, kept)
	_, err = b.Searched(t.Context(), in(manager), found.ID)
	requireCode(t, records.CodeForbidden, err)
	_, err = b.Searched(t.Context(), in(head), uuid.NewString())
	requireCode(t, cases.CodeNotFound, err)

	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--data-only", b.dsn).Output()
	require.NoError(t, err)
	for _, typed := range []string{"单小雨", "欧阳不在", "胡桂英"} {
		require.False(t, bytes.Contains(dump, []byte(typed)), typed)
	}
}

func TestNobodyBrowses(t *testing.T) {
	b := setup(t)
	b.fileChild(records.Child{Name: "单小雨"})
	for range records.SearchesAHour {
		b.search(in(manager), records.ByName, "单小雨")
	}
	_, err := b.Search(t.Context(), in(manager), records.Search{By: records.ByName, Value: "单小雨"})
	requireCode(t, records.CodeThrottled, err)
	require.Len(t, b.search(in(desk), records.ByName, "单小雨"), 1, "one person's haste is not another's")
	b.now = b.now.Add(time.Hour + time.Second)
	require.Len(t, b.search(in(manager), records.ByName, "单小雨"), 1)
}

func TestACaseThatAnotherLedToIsFoundByTheSameChild(t *testing.T) {
	b := setup(t)
	first := b.fileChild(records.Child{Name: "单小雨"})
	second := b.fileChild(records.Child{Name: "张三"})
	triage(b, first, "yellow", "false")
	st := b.step(first, "open_guardianship", manager, cases.Fields{"ground": "TG1"})
	guardianship := st.Links[0].Case
	require.ElementsMatch(t, []string{first, guardianship}, b.search(in(desk), records.ByName, "单小雨"))

	triage(b, second, "yellow", "false")
	b.step(second, "merge", desk, cases.Fields{"into": first})
	require.ElementsMatch(t, []string{first, second}, b.search(in(desk), records.ByName, "张三"))
	require.NotContains(t, b.search(in(desk), records.ByName, "单小雨"), second)

	// Erasing a file erases what others were found by because of it.
	_, err := b.Pool().Exec(t.Context(), `DELETE FROM case_token WHERE case_id = $1`, first)
	require.NoError(t, err)
	require.Empty(t, b.search(in(desk), records.ByName, "单小雨"))
	require.Zero(t, b.count(`SELECT count(*) FROM case_token WHERE case_id = $1`, guardianship))
	require.Equal(t, []string{second}, b.search(in(desk), records.ByName, "张三"))
}

func TestOpenCasesOfTheSameChildAreAlike(t *testing.T) {
	b := setup(t)
	child := records.Child{Name: "单小雨", IDNumber: "379999201506010016", GuardPhone: "13900000007"}
	id := b.fileChild(child)
	same := b.fileChild(child)
	sibling := b.fileChild(records.Child{Name: "单小雪", GuardPhone: "13900000007"})
	b.fileChild(records.Child{Name: "善小宇"}) // sounds alike
	elsewhere := b.fileChild(child, func(r *cases.Report) { r.Avoid = []string{"town"} })
	ended := b.fileChild(child)
	triage(b, ended, "yellow", "false")
	b.step(ended, "merge", desk, cases.Fields{"into": same})

	hits, err := b.Alike(t.Context(), in(desk), id)
	require.NoError(t, err)
	got := map[string][]records.SearchBy{}
	for _, h := range hits {
		got[h.ID] = h.Shared
	}
	all := []records.SearchBy{records.ByName, records.ByIDNumber, records.ByPhone}
	require.Equal(t, map[string][]records.SearchBy{same: all, elsewhere: all, sibling: {records.ByPhone}}, got)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE chain = $1 AND action = 'list:alike'`, "read:"+id))

	hits, err = b.Alike(t.Context(), in(town), id)
	require.NoError(t, err)
	require.Len(t, hits, 2, "not the one that the town is kept out of")
	_, err = b.Alike(t.Context(), in(director), id)
	requireCode(t, records.CodeForbidden, err)
	_, err = b.Alike(t.Context(), in("city:379998000000/desk"), id)
	requireCode(t, cases.CodeNotFound, err)
}

// A handler that forgets every check still finds nothing: PostgreSQL shows the app
// no token of a case that the asker does not see.
func TestTheTokensOfAHiddenCaseAreHidden(t *testing.T) {
	b := setup(t)
	id := b.fileChild(records.Child{Name: "单小雨"})
	for _, c := range []struct {
		who  records.Access
		sees bool
	}{{in(desk), true}, {in("city:379998000000/desk"), false}, {records.Access{}, false}} {
		err := b.WithActor(t.Context(), c.who, func(tx pgx.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT count(*) FROM case_token WHERE case_id = $1`, id).Scan(&n)
			require.Equal(t, c.sees, n > 0, c.who)
			return err
		})
		require.NoError(t, err)
	}
	err := b.WithActor(t.Context(), in(desk), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT 1 FROM search`)
		return err
	})
	require.ErrorContains(t, err, "permission denied")
	require.Equal(t, 1, b.count(`SELECT count(DISTINCT kind) FROM case_token WHERE kind = $1`, int16(vault.Contact)))
}
