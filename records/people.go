package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Person is someone who signs in or is told.
type Person struct {
	ID     string
	Login  string
	Name   string // sealed at rest
	Phone  string // sealed at rest
	Email  string // sealed at rest
	Posts  []cases.Post
	Active bool
}

// Holding is a person in a post for a time; Deputy marks the AB角.
type Holding struct {
	Post    cases.Post
	Person  string
	Name    string
	Deputy  bool
	From    time.Time
	Until   time.Time // zero: open
	OnLeave bool
}

// Leave is when a person cannot be reached.
type Leave struct {
	ID     string
	Person string
	From   time.Time
	Until  time.Time
}

// People keeps persons, posts and who holds them.
type People interface {
	// Credentials gives the person and the password hash of a login;
	// CodeCredentials if there is none.
	Credentials(ctx context.Context, login string) (Person, string, error)
	SetPassword(ctx context.Context, person, hash string) error
	// PersonByID gives a person with the posts held now, as holder or as
	// deputy of one who is on leave or of a vacancy.
	PersonByID(ctx context.Context, id string, now time.Time) (Person, error)
	// Told resolves a post to the persons to tell now: the holder, or, where
	// the post is vacant or its holder on leave, the deputy. reason is "",
	// "vacant" or "leave"; no persons with a reason means nobody can be told.
	Told(ctx context.Context, post cases.Post, now time.Time) (to []Person, reason string, err error)
	Holdings(ctx context.Context, a Access, prefix string, after Cursor, limit int) ([]Holding, Cursor, error)
	Hold(ctx context.Context, a Access, h Holding) error
	Release(ctx context.Context, a Access, post cases.Post, person string) error
	// Leaves gives the asker's own leave, now and to come, the first first.
	Leaves(ctx context.Context, a Access) ([]Leave, error)
	AddLeave(ctx context.Context, a Access, l Leave) (Leave, error)
	EndLeave(ctx context.Context, a Access, id string) error
	Vacancies(ctx context.Context, a Access) ([]cases.Post, error)
	RecordSignIn(ctx context.Context, login, person string, ok bool, reason string) error
}

// Place is the city, a town or a village.
type Place struct {
	Code cases.Org
	Name string // zh-CN
}

// Unit is a department or an institution that is known by a short name.
type Unit struct {
	Name       string // short name, as in the post "unit:education/liaison"
	Title      string // zh-CN
	Duty       string // zh-CN
	Department bool   // one of the member units of the coordination body
}

// Directory names the places and units; nothing in it is personal.
type Directory interface {
	// Orgs gives the places whose codes begin with prefix, in the order of their codes.
	Orgs(ctx context.Context, prefix string) ([]Place, error)
	// Units gives the departments and institutions in their official order.
	Units(ctx context.Context) ([]Unit, error)
}

// NoticeRow is one notice to one person.
type NoticeRow struct {
	ID string
	// Type is the event's, or refused (Key is the step), or overload, or
	// calendar.
	Type      string
	Case      string
	Number    string
	Key       string // obligation
	Rung      int
	RungName  string
	Urgent    bool
	At        time.Time
	Delivered time.Time
	Read      time.Time
	Acked     time.Time
	Posts     []cases.Post // in which of the person's posts
	// Obligation is the opaque id of what it reminds of, "" where it reminds of none;
	// Owner owes it, Due is when, Ended when it was done. Provisional
	// tells that Due needed a calendar that is not published yet.
	Obligation  string
	Owner       cases.Post
	Due         time.Time
	Provisional bool
	Ended       time.Time
	// Owed is what a rung reminds of, as it stands; nil once that has ended.
	Owed *ObligationRow
}

// CaseNotice is that a person was told of an event of a case.
type CaseNotice struct {
	ID       string
	Type     string // the event's
	Key      string // obligation
	Rung     int
	RungName string
	Urgent   bool
	At       time.Time
	// Owner is the post that owed, of an obligation.
	Owner cases.Post
	// Posts are those in which the person was told. Name is for those who look through
	// the office's people.
	Posts  []cases.Post
	Person string
	Name   string
	// Undelivered: no channel reached the person.
	Undelivered bool
	Told        time.Time // in the inbox; zero while it waits
	Read, Acked time.Time // zero if not
	Messages    []Carried
}

// Carried is one message that carried a notice.
type Carried struct {
	Channel string
	State   string // due, delivered, failed
	At      time.Time
}

// Inbox is a person's notices.
type Inbox interface {
	// CaseNotices gives who was told of a case, the newest or the oldest first.
	CaseNotices(ctx context.Context, a Access, caseID string, back bool, after Cursor, limit int) ([]CaseNotice, Cursor, error)
	Notices(ctx context.Context, a Access, unreadOnly bool, after Cursor, limit int) ([]NoticeRow, Cursor, error)
	MarkRead(ctx context.Context, a Access, id string) error
	// MarkAllRead marks what was there at a time.
	MarkAllRead(ctx context.Context, a Access, until time.Time) error
	// Unread counts what is not read yet, at most most.
	Unread(ctx context.Context, a Access, most int) (int, error)
}

// Change is a hint that something the listener may see has changed.
type Change struct {
	Case string     `json:"case"`
	Seq  int64      `json:"seq"`
	Kind cases.Kind `json:"kind"`
}

// Stream tells of changes as they are committed.
type Stream interface {
	// Subscribe gives changes of cases that the asker may see until ctx ends.
	Subscribe(ctx context.Context, a Access) (<-chan Change, error)
}

// Counts is the state of the house.
type Counts struct {
	WithoutWorkflow int            `json:"reports_without_workflow"`
	UnappliedFacts  int            `json:"unapplied_facts"`
	OldestFact      time.Duration  `json:"-"`
	PendingCommands int            `json:"pending_commands"`
	Undelivered     int            `json:"undelivered_notices"`
	DueJobs         int            `json:"jobs_waiting"`
	Provisional     int            `json:"-"`
	CalendarTo      string         `json:"calendar_to"`
	OpenCases       int            `json:"-"`
	Overdue         int            `json:"-"`
	Unlisted        int            `json:"unlisted_erasures" doc:"files destroyed that stand in no list outside the database yet"`
	Audit           AuditState     `json:"audit" doc:"of the log of who did and saw what"`
	OldestJob       time.Duration  `json:"-"`
	FailedJobs      int            `json:"failed_jobs" doc:"jobs of the last day that were given up"`
	Rungs           int            `json:"rungs" doc:"reminders that went out in the last day"`
	Lateness        time.Duration  `json:"-"`
	Channels        []ChannelFault `json:"channels" doc:"what channels could not deliver in the last day"`
	Drill           *Drill         `json:"drill,omitempty" doc:"the last restore drill; absent: there was none"`
	Processes       []Process      `json:"processes" doc:"that hold keys: API, workers, jobs"`
}

// ChannelFault is how often a channel could not deliver, for one reason.
type ChannelFault struct {
	Channel string `json:"channel"`
	Code    string `json:"code"`
	Count   int    `json:"count"`
}

// Drill is a restore drill: a backup was restored somewhere else and looked at.
type Drill struct {
	At       time.Time     `json:"at"`
	Restored time.Time     `json:"restored" doc:"the moment that the restored database stood at"`
	Took     time.Duration `json:"-"`
	Seconds  float64       `json:"took_seconds" doc:"from the decision to the first answer"`
	Good     bool          `json:"good" doc:"verify and audit verify were in order"`
}

// Process is a process of the product.
type Process struct {
	Name  string    `json:"name" doc:"host and process id"`
	Seen  time.Time `json:"seen"`
	Gone  bool      `json:"gone" doc:"nothing was heard of it lately"`
	Stuck bool      `json:"stuck" doc:"it cannot use the key file"`
}

// AuditState is how the audit log stands.
type AuditState struct {
	HeadsAt     time.Time `json:"heads_at,omitzero" doc:"when it was last looked for rows to sign outside of the database"`
	CheckedAt   time.Time `json:"checked_at,omitzero" doc:"when the whole log was last verified"`
	CheckedRows int64     `json:"checked_rows" doc:"how many rows that were"`
	Horizon     time.Time `json:"horizon,omitzero" doc:"up to then signed heads prove that nothing is missing"`
	Findings    int       `json:"findings" doc:"what was wrong then: 0, or somebody tampered with it"`
}

// CalendarReach is how far the published tables reach, and what reaches beyond them.
type CalendarReach struct {
	To          string // the last day that a table covers, YYYY-MM-DD; "" without rules
	Provisional int    // deadlines of open cases that needed days beyond
	OpenCases   int
}

// calendarWarning is how long before the tables' end the administrator is told: by
// then the next year's is published.
const calendarWarning = 45 * 24 * time.Hour

// EndsSoon tells whether the next table is wanted.
func (r CalendarReach) EndsSoon(now time.Time) bool {
	end, err := time.ParseInLocation(time.DateOnly, r.To, cases.Zone)
	return err != nil || now.After(end.AddDate(0, 0, 1).Add(-calendarWarning))
}

// Alarms tells whether the administrator has to do something about it.
func (r CalendarReach) Alarms(now time.Time) bool { return r.Provisional > 0 || r.EndsSoon(now) }

// Health counts what should be nothing.
type Health interface {
	Ping(ctx context.Context) error
	Counts(ctx context.Context) (Counts, error)
	CalendarReach(ctx context.Context) (CalendarReach, error)
}
