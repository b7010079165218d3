package records

import "context"

// Accounts keeps how people sign in. Every change is a row of the person's audit
// chain.
type Accounts interface {
	// ChangePassword sets the asker's own password and ends their sessions but one.
	ChangePassword(ctx context.Context, a Access, hash, session string) error
}
