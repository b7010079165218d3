package audit

import (
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tonghu/vault/suite"
)

// eachSuite runs a test under every suite.
func eachSuite(t *testing.T, test func(*testing.T, suite.Suite)) {
	for _, s := range suite.All {
		t.Run(string(s), func(t *testing.T) { test(t, s) })
	}
}

var noon = time.Date(2026, 11, 23, 4, 0, 0, 123456789, time.UTC)

// chain makes n linked rows.
func chain(s suite.Suite, name string, n int) []Row {
	var rows []Row
	var prev Row
	for i := range n {
		prev = Link(s, prev, Row{
			Chain: name, At: noon.Add(time.Duration(i) * time.Minute), Actor: "person:7", Action: "step", Object: "case:1",
			Detail: []string{"accept", "from:discovered"},
		})
		rows = append(rows, prev)
	}
	return rows
}

func all(rows []Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func signed(rows []Row, seqs ...int64) []Signed {
	var out []Signed
	for i, s := range seqs {
		out = append(out, Signed{Head: rows[s-1].head(), At: noon.Add(time.Duration(i+1) * time.Hour)})
	}
	return out
}

// counted gives the heads of the chain that count.
func counted(heads []Signed) []Signed {
	b := &Book{chains: map[string][]Signed{}}
	for _, h := range heads {
		b.chains[h.Chain] = append(b.chains[h.Chain], h)
	}
	return b.Heads("case:1")
}

func TestAnUntouchedChainVerifies(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 10)
		other := chain(s, "case:2", 3)
		require.NoError(t, Verify("case:1", all(rows), counted(append(signed(rows, 4, 8, 10), signed(other, 3)...))))
		require.NoError(t, Verify("case:1", all(rows), nil))
		require.NoError(t, Verify("case:1", all(nil), nil))
		require.NoError(t, Verify("case:1", all(rows), counted(signed(rows, 8, 8, 4))), "a head signed twice, heads in any order")
	})
}

func TestTimesSurviveADatabaseThatKeepsMicroseconds(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 3)
		for i := range rows {
			rows[i].At = rows[i].At.Truncate(time.Microsecond).In(time.FixedZone("CST", 8*3600))
		}
		require.NoError(t, Verify("case:1", all(rows), nil))
		require.Zero(t, rows[0].At.Nanosecond()%1000)
	})
}

func TestAnyAlteredFieldNamesItsRow(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		for name, alter := range map[string]func(*Row){
			"at":             func(r *Row) { r.At = r.At.Add(time.Microsecond) },
			"actor":          func(r *Row) { r.Actor = "person:8" },
			"action":         func(r *Row) { r.Action = "read" },
			"object":         func(r *Row) { r.Object = "case:2" },
			"detail":         func(r *Row) { r.Detail = []string{"reject", "from:discovered"} },
			"detail shifted": func(r *Row) { r.Detail = []string{"acceptfrom:discovered"} },
			"detail gone":    func(r *Row) { r.Detail = nil },
			"field shifted":  func(r *Row) { r.Actor, r.Action = "person:7s", "tep" },
			"hash":           func(r *Row) { r.Hash = append([]byte{r.Hash[0] ^ 1}, r.Hash[1:]...) },
			"hash gone":      func(r *Row) { r.Hash = nil },
			"prev hash":      func(r *Row) { r.PrevHash = append([]byte{r.PrevHash[0] ^ 1}, r.PrevHash[1:]...) },
		} {
			rows := chain(s, "case:1", 10)
			heads := signed(rows, 4, 10)
			alter(&rows[6])
			requireBroken(t, Verify("case:1", all(rows), counted(heads)), Altered, 7, 4, name)
		}
	})
}

func TestARowTakenOutPutInOrMovedIsNamed(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 10)
		heads := signed(rows, 4, 10)

		gone := append(append([]Row{}, rows[:6]...), rows[7:]...)
		requireBroken(t, Verify("case:1", all(gone), counted(heads)), Gap, 7, 4)
		requireBroken(t, Verify("case:1", all(rows[1:]), counted(heads)), Gap, 1, 0)
		double := append(append([]Row{}, rows[:6]...), rows[5:]...)
		requireBroken(t, Verify("case:1", all(double), counted(heads)), Gap, 7, 4)

		foreign := append([]Row{}, rows...)
		foreign[6] = chain(s, "case:2", 7)[6]
		requireBroken(t, Verify("case:1", all(foreign), counted(heads)), Foreign, 7, 4)

		unlinked := append([]Row{}, rows...)
		unlinked[6] = Link(s, Row{Seq: 6, Hash: rows[0].Hash}, rows[6])
		requireBroken(t, Verify("case:1", all(unlinked), counted(heads)), Unlinked, 7, 4)
	})
}

func TestAChainRecomputedByItsAdministratorFailsAtTheSignedHead(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 10)
		heads := signed(rows, 4, 8, 10)
		forged := append([]Row{}, rows...)
		forged[5].Action = "nothing"
		for i := 5; i < 10; i++ {
			forged[i] = Link(s, forged[i-1], forged[i])
		}
		require.NoError(t, Verify("case:1", all(forged), nil), "it agrees with itself")

		err := Verify("case:1", all(forged), counted(heads))
		broken := requireBroken(t, err, Rewritten, 5, 4)
		require.EqualValues(t, 8, broken.Until.Seq)
		require.ErrorContains(t, err, "rows up to 4 are proven by the head signed at 2026-11-23T05:00:00Z")
	})
}

func TestRowsCutOffAtTheEndAreMissed(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 10)
		requireBroken(t, Verify("case:1", all(rows[:9]), counted(signed(rows, 4, 10))), Truncated, 10, 4)
		requireBroken(t, Verify("case:1", all(nil), counted(signed(rows, 4, 10))), Truncated, 1, 0)
		require.NoError(t, Verify("case:1", all(rows[:9]), signed(rows, 4)), "row 10 was never signed")
	})
}

func TestADeclaredRestoreVoidsWhatWasSignedBeyondIt(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		rows := chain(s, "case:1", 10)
		heads := signed(rows, 4, 8)
		restored := Signed{Head: rows[5].head(), At: noon.Add(9 * time.Hour), Restored: true}
		onward := append([]Row{}, rows[:6]...)
		for range 4 {
			onward = append(onward, Link(s, onward[len(onward)-1], Row{Chain: "case:1", At: noon, Actor: "person:9", Action: "read"}))
		}
		requireBroken(t, Verify("case:1", all(onward), counted(heads)), Rewritten, 5, 4)
		require.NoError(t, Verify("case:1", all(onward), counted(append(heads, restored))))
		require.NoError(t, Verify("case:1", all(onward), counted(append(heads, restored, signed(onward, 9)[0]))))
		gone := Signed{Head: Head{Chain: "case:1"}, Restored: true}
		require.NoError(t, Verify("case:1", all(nil), counted(append(heads, gone))))
		requireBroken(t, Verify("case:1", all(rows[:3]), counted(append(heads, restored))), Truncated, 4, 0)
	})
}

func TestAReadingErrorIsNotTakenForABreak(t *testing.T) {
	lost := errors.New("connection lost")
	err := Verify("case:1", func(yield func(Row, error) bool) { yield(Row{}, lost) }, nil)
	require.ErrorIs(t, err, lost)
	var broken *Broken
	require.NotErrorAs(t, err, &broken)
}

func TestADetailThatIsNoCodeIsNotKept(t *testing.T) {
	eachSuite(t, func(t *testing.T, s suite.Suite) {
		r := Link(s, Row{}, Row{Chain: "case:1", At: noon, Detail: []string{"stage:rescue", "张三", "said something", "", "13900000001 "}})
		require.Equal(t, []string{"stage:rescue", Redacted, Redacted, Redacted, Redacted}, r.Detail)
		require.NoError(t, Verify("case:1", all([]Row{r}), nil))
	})
}

func TestAChainGoesOnUnderAnotherSuite(t *testing.T) {
	for i, s := range suite.All {
		rows := chain(s, "case:1", 4)
		for range 3 {
			rows = append(rows, Link(suite.All[1-i], rows[len(rows)-1], rows[0]))
		}
		require.NoError(t, Verify("case:1", all(rows), counted(signed(rows, 4, 7))))
		rows[5].Actor = "person:8"
		requireBroken(t, Verify("case:1", all(rows), counted(signed(rows, 4, 7))), Altered, 6, 4)
	}
}

func TestTheSuitesLinkDifferently(t *testing.T) {
	require.NotEqual(t, chain(suite.Standard, "case:1", 1)[0].Hash, chain(suite.SM, "case:1", 1)[0].Hash)
}

func requireBroken(t *testing.T, err error, reason Reason, seq, horizon int64, msg ...any) *Broken {
	t.Helper()
	var broken *Broken
	require.ErrorAs(t, err, &broken, msg...)
	require.Equal(t, reason, broken.Reason, msg...)
	require.Equal(t, seq, broken.Seq, msg...)
	require.Equal(t, horizon, broken.Horizon.Seq, msg...)
	require.Equal(t, "case:1", broken.Chain)
	return broken
}

func BenchmarkLink(b *testing.B) {
	rows := chain(suite.Standard, "case:1", 2)
	b.ReportAllocs()
	for b.Loop() {
		Link(suite.Standard, rows[0], rows[1])
	}
}
