package cases_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

func TestThePoliceTrackIsKnownByWhatItsStepsDo(t *testing.T) {
	require.Equal(t, []string{
		"police_report", "police_accept_review", "police_transfer", "police_file_review", "not_filed_review", "prosecutor_reasons",
		"not_filed_delivery", "feedback", "feedback_prosecution", "police_status",
	}, cases.PoliceKeys())
	police := cases.UnitPost("police", cases.RolePolice)
	require.True(t, cases.OfPolice("not_filed_review", manager), "whoever owes it")
	require.True(t, cases.OfPolice("task:1", police))
	require.False(t, cases.OfPolice("task:1", manager))
}

func TestWhatIsShownOfWhatIsOwed(t *testing.T) {
	schools, shelter, body := cases.UnitPost("education", cases.RoleLiaison), cases.UnitPost("shelter", cases.RoleShelter), cases.Post("city:379999000000/body")
	st := cases.State{Orders: []cases.Order{{N: 1, Obligation: "not_filed_review"}}}
	for _, c := range []struct {
		key   string
		owner cases.Post
		shown map[cases.Post]bool
	}{
		{"task:1", schools, map[cases.Post]bool{schools: true, shelter: true, manager: true}},
		{"plan", manager, map[cases.Post]bool{shelter: true, manager: true}},
		{"feedback", cases.UnitPost("police", cases.RolePolice), map[cases.Post]bool{manager: true}},
		{"not_filed_review", manager, map[cases.Post]bool{manager: true, body: true}},
		{"police_report", shelter, map[cases.Post]bool{shelter: true, manager: true}},
	} {
		for _, p := range []cases.Post{schools, shelter, manager, body} {
			require.Equal(t, c.shown[p], st.Shows([]cases.Post{p}, c.key, c.owner), "%s of %s, to %s", c.key, c.owner, p)
		}
		require.True(t, st.Shows([]cases.Post{schools, manager}, c.key, c.owner), "what one of two posts is shown")
	}
	require.False(t, st.Shows(nil, "plan", manager))
}
