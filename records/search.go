package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// SearchBy is what a child is looked for by. All are exact: of a number the whole of
// it, of a name the whole name, its pinyin, or its initials.
type SearchBy string

// What a child is found by, and, for the duty desk alone, a report by its reporter.
const (
	ByName          SearchBy = "name"
	ByPinyin        SearchBy = "pinyin"
	ByInitials      SearchBy = "initials"
	ByIDNumber      SearchBy = "id_number"
	ByPhone         SearchBy = "phone"          // the child's or the guardian's
	ByReporterPhone SearchBy = "reporter_phone" // of a kind of its own (意见 13)
)

// SearchBys lists them in the order they are offered.
var SearchBys = []SearchBy{ByName, ByPinyin, ByInitials, ByIDNumber, ByPhone, ByReporterPhone}

// Tells gives the sealed part of a file that a search by it tells of: who finds
// may read it.
func (by SearchBy) Tells() cases.Compartment {
	if by == ByReporterPhone {
		return cases.Reporter
	}
	return cases.Ordinary
}

// SearchReason is why somebody looks for a child.
type SearchReason string

// The reasons. SearchOther needs words.
const (
	SearchReport   SearchReason = "report"    // a report came in: is there a case already
	SearchCaseWork SearchReason = "case_work" // somebody works on the case and looks for it
	SearchInquiry  SearchReason = "inquiry"   // police, court, procuratorate or a department asks
	SearchFamily   SearchReason = "family"    // the child or somebody of its family came
	SearchOther    SearchReason = "other"
)

// SearchReasons lists the reasons in order.
var SearchReasons = []SearchReason{SearchReport, SearchCaseWork, SearchInquiry, SearchFamily, SearchOther}

// Search is a search for a child.
type Search struct {
	By     SearchBy
	Value  string // as it was typed; kept nowhere
	Reason SearchReason
	Words  string // why, in words; sealed
}

// The bounds of searching: one who looks for a child finds few, and looks seldom.
const (
	MostHits      = 20
	SearchesAHour = 60 // of one person
)

// Hit is a case that a search found. It holds nothing personal.
type Hit struct {
	CaseRow
	State cases.State
	// Shared says by what another case is alike; nil in a search.
	Shared []SearchBy
}

// Found is what a search found: at most MostHits, the newest first.
type Found struct {
	ID   string // of the search
	Hits []Hit
	More bool // there are more: search by more
}

// Searched is what is kept of a search.
type Searched struct {
	ID     string
	Person string
	At     time.Time
	By     SearchBy
	Reason SearchReason
	Words  string
	Found  int
}

// Searches looks for cases by the child.
type Searches interface {
	// Search finds the cases that the asker may see, and whose child the asker may
	// know. The search itself, and each case that it shows, are in the audit log
	// before it answers. CodeThrottled after SearchesAHour.
	Search(ctx context.Context, a Access, s Search) (Found, error)
	// Alike gives the other open cases that may be about the same child.
	Alike(ctx context.Context, a Access, caseID string) ([]Hit, error)
	// Searched gives what is kept of a search, for whoever asks why it was made.
	Searched(ctx context.Context, a Access, id string) (Searched, error)
}
