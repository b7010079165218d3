package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/records"
)

func TestAMergeTakesOverWhomTheCaseIsKeptFrom(t *testing.T) {
	b := setup(t)
	goal := b.file()
	triage(b, goal, "yellow", "false")
	secret := b.file(func(r *cases.Report) { r.Situations, r.Avoid = []cases.Situation{"MR01"}, []string{"town"} })
	triage(b, secret, "yellow", "true")
	for _, who := range []records.Access{in(town), in(director)} {
		require.True(t, b.sees(who, goal), who.Posts)
		require.False(t, b.sees(who, secret), who.Posts)
	}
	b.step(secret, "merge", desk, cases.Fields{"into": goal})
	b.take(goal)
	for _, who := range []records.Access{in(town), in(director)} {
		require.False(t, b.sees(who, goal), who.Posts)
	}
	require.True(t, b.sees(in(desk), goal))
	require.Zero(t, b.count(`SELECT count(*) FROM obligation WHERE case_id = $1 AND ended_at IS NULL AND owner = ANY ($2)`, goal, []string{string(town), string(director)}))

	// Recused where it goes on: what was merged is not told, and nothing stands in the way.
	b.step(goal, "recuse", desk, cases.Fields{"post": string(schools)})
	b.requireOwed(goal)
}

func TestAGuardianshipIsKeptFromWhomItsReportIsKeptFrom(t *testing.T) {
	b := setup(t)
	report := b.file()
	guardianship := b.step(report, "open_guardianship", manager, cases.Fields{"ground": "TG1"}).Links[0].Case
	child := func(who records.Access) bool {
		v, err := b.GetCase(t.Context(), who, guardianship)
		return err == nil && v.Child != nil
	}
	require.True(t, b.sees(in(town), guardianship))
	require.True(t, child(in(town)))
	require.True(t, b.sees(in(director), guardianship))

	triage(b, report, "yellow", "true")
	b.step(report, "recuse", desk, cases.Fields{"post": string(town)})
	require.False(t, child(in(town)), "the report's child is shown to nobody whom the report is kept from, whether the fact has come or not")
	b.take(guardianship)
	require.False(t, b.sees(in(town), guardianship))
	require.False(t, b.sees(in(director), guardianship))
	require.True(t, child(in(manager)))
	require.Zero(t, b.count(`SELECT count(*) FROM fact WHERE kind = 'kept_from' AND case_id = $1`, report), "it is not told back")
}

func TestTheStreamTellsOnePersonOfWhatWasLentToThem(t *testing.T) {
	b := setup(t)
	id := b.file()
	triage(b, id, "yellow", "false")
	anna, bella := in(shelter), in(shelter)
	anna.Person, bella.Person = uuid.NewString(), uuid.NewString()
	b.step(id, "grant_access", manager, cases.Fields{
		"post": string(shelter), "person": anna.Person, "compartments": "ordinary", "until": b.now.AddDate(0, 0, 2).Format(time.RFC3339), "purpose": "counselling",
	})
	s := b.stream()
	hears := map[string]<-chan records.Change{}
	for range 3 { // whoever comes first is asked for nobody else
		for name, who := range map[string]records.Access{"anna": anna, "bella": bella} {
			changes, err := s.Subscribe(t.Context(), who)
			require.NoError(t, err)
			hears[name] = changes
		}
		told := b.listen(s, desk)
		b.step(id, "recolour", desk, cases.Fields{"colour": map[string]string{"yellow": "blue", "blue": "yellow"}[string(b.state(id).Colour)]})
		require.Equal(t, id, (<-told).Case)
		require.Equal(t, id, (<-hears["anna"]).Case)
		require.Empty(t, hears["bella"])
	}
}
