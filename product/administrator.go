package product

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/records"
	"tonghu/vault/identifier"
	"tonghu/vault/password"
)

// Given is a password that was given to somebody, who must change it.
type Given struct {
	Password string
	Until    time.Time
}

// byShell is who acts here: whoever has a shell where the keys are.
var byShell = records.Access{Posts: []cases.Post{cases.SystemPost}}

// AddAdministrator adds one of the three administrators: the first system
// administrator, who then adds everybody else in the console, and the first security
// administrator, who confirms whom the other added.
func (p *Product) AddAdministrator(ctx context.Context, role cases.Role, login, name string) (Given, error) {
	if !role.Administers() {
		return Given{}, fmt.Errorf("%s is no administrator", role)
	}
	id := uuid.NewString()
	given, hash, err := give()
	if err != nil {
		return Given{}, err
	}
	who := records.Person{ID: id, Login: identifier.Login(login), Name: name}
	if err := p.store.AddPerson(ctx, byShell, who, hash, given.Until); err != nil {
		return Given{}, err
	}
	post := cases.NewPost(p.config.City, role)
	return given, p.store.Hold(ctx, byShell, records.Holding{Post: post, Person: id})
}

// LetIn gives somebody who is shut out a new password and takes their second factor
// away: for the administrator whom no other can help.
func (p *Product) LetIn(ctx context.Context, login string) (Given, error) {
	login = identifier.Login(login)
	for after := records.Cursor(""); ; {
		rows, next, err := p.store.Accounts(ctx, byShell, false, after, 200)
		if err != nil {
			return Given{}, err
		}
		for _, r := range rows {
			if r.Login != login {
				continue
			}
			given, hash, err := give()
			if err != nil {
				return Given{}, err
			}
			if err := p.store.DropAuthenticator(ctx, byShell, r.ID, ""); err != nil && !notFound(err) {
				return Given{}, err
			}
			return given, p.store.ResetPassword(ctx, byShell, r.ID, hash, given.Until)
		}
		if after = next; after == "" {
			return Given{}, fmt.Errorf("nobody signs in as %q", login)
		}
	}
}

func give() (Given, string, error) {
	given := Given{Password: password.Temporary(), Until: time.Now().Add(password.TemporaryFor)}
	hash, err := password.Hash(given.Password)
	return given, hash, err
}
