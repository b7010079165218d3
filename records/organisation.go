package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Incumbent is a person in a post, as its holder or its deputy.
type Incumbent struct {
	Person string
	Name   string
	Deputy bool
	From   time.Time
	Until  time.Time // zero: open
	Active bool
	Away   bool  // on leave now
	Leave  Leave // the present one, or the next; zero: none
}

// PostState is a post with who is in it now or will be.
type PostState struct {
	Post    cases.Post
	People  []Incumbent // holders first
	Vacant  bool        // nobody holds it now; a deputy does not fill a vacancy
	Since   time.Time   // since when it is vacant; zero: it never was held
	Reached []string    // the persons told now, in place of the holder too
}

// PostFilter narrows the posts; zero fields do not.
type PostFilter struct {
	Town  cases.Org // at this place and within it
	State string    // vacant, away, undeputised
}

// Owed is what a post owes now in the cases that the asker may see.
type Owed struct {
	Post    cases.Post
	Cases   int // that it owns
	Open    int // obligations
	Overdue int
	Next    time.Time // the earliest due time; zero: nothing is owed
	// Provisional is set when Next needed a calendar that is not published yet.
	Provisional bool
}

// Candidate is somebody who can be put into a post.
type Candidate struct {
	Person string
	Name   string
	Posts  []cases.Post // held now
}

// HandoverReasons are why somebody leaves their posts.
var HandoverReasons = []string{"transferred", "retired", "resigned", "term_ended", "removed", "other"}

// Handover is somebody leaving posts to others, all at once.
type Handover struct {
	Person string
	At     time.Time // when it takes effect; zero: now
	Reason string    // one of HandoverReasons
	Posts  []HandoverPost
	// Deactivate ends that the person signs in, too; at once only.
	Deactivate bool
}

// HandoverPost is one of the posts that are left, and to whom.
type HandoverPost struct {
	Post      cases.Post
	Successor string // person; "" leaves it vacant
}

// HandedPost is what becomes of a post.
type HandedPost struct {
	Post      cases.Post
	Deputy    bool // the person was its deputy
	Successor string
	Name      string // of the successor
	Vacant    bool   // nobody holds it then
	// Told are the names of those who are told from then on; none: the next rung of
	// each ladder is, at once.
	Told []string
	// Refused is why it cannot be handed over so; "" if it can.
	Refused cases.Code
}

// Roster is the organisation: what a sheet says of it, or what there is.
type Roster struct {
	Places   []Place
	Units    []Unit
	Posts    []cases.Post
	People   []Person  // by ID; of those who are new, a key of the sheet's ("row:12")
	Holdings []Holding // that are in force
}

// RosterPlan is what an import changes. Nothing of it is a secret to who brings the sheet.
type RosterPlan struct {
	NewPlaces     []Place
	RenamedPlaces []Place
	NewUnits      []Unit
	ChangedUnits  []Unit
	NewPosts      []cases.Post
	NewPeople     []Person
	ChangedPeople []Person
	Start         []Holding
	End           []Holding
}

// Empty tells whether nothing changes.
func (p RosterPlan) Empty() bool { return p.Size() == 0 }

// Size counts the changes.
func (p RosterPlan) Size() int {
	return len(p.NewPlaces) + len(p.RenamedPlaces) + len(p.NewUnits) + len(p.ChangedUnits) + len(p.NewPosts) + len(p.NewPeople) +
		len(p.ChangedPeople) + len(p.Start) + len(p.End)
}

// Organisation keeps who is in which post, and how the county is made up.
type Organisation interface {
	// Appointments gives the posts that the asker looks through, the own ones among
	// them, in the order of their names.
	Appointments(ctx context.Context, a Access, f PostFilter, after Cursor, limit int) ([]PostState, Cursor, error)
	// Owed gives what posts owe, in their order.
	Owed(ctx context.Context, a Access, posts []cases.Post) ([]Owed, error)
	// Candidates gives those whom the asker can put into a post: of the asker's area,
	// and those in no post.
	Candidates(ctx context.Context, a Access, after Cursor, limit int) ([]Candidate, Cursor, error)
	// HandOver takes a person out of posts and puts the successors in, in one
	// transaction; with preview it changes nothing and says what would come of it.
	// CodeField where a post cannot be handed over so.
	HandOver(ctx context.Context, a Access, h Handover, preview bool) ([]HandedPost, error)
	// Roster gives the organisation; action says in the audit log what for.
	Roster(ctx context.Context, a Access, action string) (Roster, error)
	// ApplyRoster makes a plan anew over the organisation as it is, in the transaction
	// that carries it out. make may refuse.
	ApplyRoster(ctx context.Context, a Access, plan func(Roster) (RosterPlan, error)) (RosterPlan, error)
}
