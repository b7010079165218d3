package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// Account is how a person signs in, as an administrator sees it.
type Account struct {
	Person
	// Temporary is until when a password given by an administrator opens the door;
	// zero where the person chose their own.
	Temporary    time.Time
	Password     bool // there is one
	SecondFactor bool
	// Providers are those at which an account of the person is linked.
	Providers []string
	LastSeen  time.Time // of the last sign-in that went all the way; zero: never
	// Unconfirmed is set while the account's posts are not in force.
	Unconfirmed *Unconfirmed
}

// Unconfirmed says how one administrator alone gave a way into an account. A second one
// confirms that it is its person's own.
type Unconfirmed struct {
	By     string
	ByName string
	At     time.Time
	How    Given
	Posts  []cases.Post // that are not in force until then
}

// Given is a way into an account.
type Given string

// The ways.
const (
	GivenAccount  Given = "account"  // a new account with its first password
	GivenPassword Given = "password" // another password
	GivenLink     Given = "link"     // an account at a provider
)

// Identity is who somebody is at a provider.
type Identity struct {
	Subject string // the provider's, for ever the same person's
	Proved  bool   // a second factor was given there, and counts here
}

// Accounts keeps how people sign in. Every change is a row of the person's audit
// chain, and a person who is not there is CodeNotFound.
type Accounts interface {
	// ChangePassword sets the asker's own password and ends their sessions but one.
	ChangePassword(ctx context.Context, a Access, hash, session string) error

	// Accounts gives the accounts in the order of their logins, all or those that a
	// second administrator has to confirm.
	Accounts(ctx context.Context, a Access, unconfirmed bool, after Cursor, limit int) ([]Account, Cursor, error)
	// AccountOf gives one.
	AccountOf(ctx context.Context, a Access, person string) (Account, error)
	// AddPerson keeps a new person with a password that they must change;
	// CodeConflict where the login is taken.
	AddPerson(ctx context.Context, a Access, p Person, hash string, until time.Time) error
	// ResetPassword gives a person a password that they must change, and ends their
	// sessions.
	ResetPassword(ctx context.Context, a Access, person, hash string, until time.Time) error
	// ConfirmAccounts says, as a second administrator, that accounts are their persons'
	// own: their posts come into force. It confirms all or none: CodeSecond where the
	// asker gave the way in, CodeOwnAccount for the asker's own, CodeField (persons[i])
	// while a password that was given still opens the door.
	ConfirmAccounts(ctx context.Context, a Access, persons []string) error
	// SetActive lets a person sign in, or ends that with their sessions.
	SetActive(ctx context.Context, a Access, person string, active bool) error

	// Link says that a subject of a provider is a person; CodeConflict where it is
	// another, or the person has another subject there.
	Link(ctx context.Context, a Access, person, provider, subject string) error
	// Unlink takes a person's subject away and ends their sessions.
	Unlink(ctx context.Context, a Access, person, provider string) error
	// Linked gives the person of a subject; CodeNotFound where there is none who may
	// sign in.
	Linked(ctx context.Context, provider, subject string) (string, error)
}

// Authenticator is a person's second factor.
type Authenticator struct {
	Since    time.Time // zero: there is none
	LastStep int64     // of the last code that was used
	Secret   []byte
	Pending  []byte // a secret that no right code has been given for yet
	Recovery int    // recovery codes that are left
}

// Authenticators keeps second factors.
type Authenticators interface {
	// Authenticator gives a person's, zero where there is none.
	Authenticator(ctx context.Context, person string) (Authenticator, error)
	// PrepareAuthenticator keeps a secret until a code of it was right.
	PrepareAuthenticator(ctx context.Context, person string, secret []byte) error
	// EnrolAuthenticator makes a pending secret the person's own, with new recovery
	// codes; it proves the session and ends the others. step is that of the code that
	// was right. CodeConflict where another secret is pending, or none.
	EnrolAuthenticator(ctx context.Context, a Access, session string, secret []byte, step int64, recovery []string) error
	// UseStep notes that a code was used; CodeConflict where it, or a later one,
	// was before.
	UseStep(ctx context.Context, person string, step int64) error
	// UseRecovery uses a recovery code up and gives how many are left; CodeNotFound
	// where there is no such one.
	UseRecovery(ctx context.Context, a Access, code string) (left int, err error)
	// RenewRecovery gives a person new recovery codes in place of the old.
	RenewRecovery(ctx context.Context, a Access, recovery []string) error
	// DropAuthenticator takes a person's second factor away, and ends their sessions
	// but one.
	DropAuthenticator(ctx context.Context, a Access, person, but string) error
}
