package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Method is how somebody signed in.
type Method string

// The methods.
const (
	ByPassword Method = "password"
	ByProvider Method = "provider" // an office's OpenID provider
)

// Session is somebody signed in at one browser.
type Session struct {
	ID      string
	Person  string
	Method  Method
	Started time.Time
	Seen    time.Time // last request, to the minute
	Ends    time.Time // whatever happens
	Proved  time.Time // when a second factor was proved in it; zero: none was
	Device  string    // class of device: phone, tablet, computer, other
	Browser string    // class of browser
	Address string    // coarse: the network, not the address
}

// SignedIn is a session with what its person is now.
type SignedIn struct {
	Session
	Login string
	Posts []cases.Post // held now, as holder or standing in
	// Roles are those of every post that the person holds or is deputy of, on duty
	// or not: what sign-in asks of them does not change with a colleague's leave.
	Roles []cases.Role
	// Enrolled is set where the person has a second factor.
	Enrolled bool
	// Unconfirmed is set where a second administrator has to confirm the account: there
	// are no posts until then.
	Unconfirmed bool
	// Temporary is set where the password was given by an administrator.
	Temporary bool
}

// Sessions keeps who is signed in. A token is known to the browser only: the store
// keeps its hash.
type Sessions interface {
	// StartSession keeps a new session under a token.
	StartSession(ctx context.Context, token string, s Session) error
	// SessionByToken gives a session that has not ended; CodeNotFound if there is
	// none, or its person may not sign in.
	SessionByToken(ctx context.Context, token string, now time.Time) (SignedIn, error)
	// SeeSession notes that a session was used.
	SeeSession(ctx context.Context, id string, now time.Time) error
	// ProveSession notes that a second factor was proved.
	ProveSession(ctx context.Context, id string, now time.Time) error
	// SessionsOf gives a person's sessions that have not ended, the newest first.
	SessionsOf(ctx context.Context, person string, now time.Time) ([]Session, error)
	// EndSession ends one session of a person; CodeNotFound if there is none.
	EndSession(ctx context.Context, person, id string) error
	// EndSessions ends a person's sessions but one, "" for all, and gives how many
	// there were.
	EndSessions(ctx context.Context, a Access, person, but string) (int, error)
}

// Toll is a bucket that attempts are counted in: at most so many at once, and one
// more with every part of the span that passes.
type Toll struct {
	Of   string // what is counted: "address", "account"
	Key  string // of whom; kept as a blind index
	Most int
	Span time.Duration
}

// Taken tells what became of an attempt.
type Taken struct {
	// Wait is how long until an attempt fits again; 0: this one was counted.
	Wait time.Duration
	// First is set for the first refusal since an attempt was let through.
	First bool
}

// Throttle counts attempts for all processes together.
type Throttle interface {
	// Take counts an attempt against every toll, or against none of them where one
	// is full. The order of tolls is the same for everybody.
	Take(ctx context.Context, now time.Time, tolls ...Toll) (Taken, error)
	// GiveBack takes out what an attempt that was right had counted.
	GiveBack(ctx context.Context, tolls ...Toll) error
	// KnownBy tells which of the marks the person of a login has signed in with
	// before.
	KnownBy(ctx context.Context, login string, marks ...string) (map[string]bool, error)
	// Know keeps by what a person signed in.
	Know(ctx context.Context, person string, now time.Time, marks ...string) error
}
