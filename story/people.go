package story

import (
	"context"
	"fmt"

	"tonghu/deploy/demo"
)

// cast are the people of the story by login, each with a browser of their own.
type cast map[string]*Client

// SignInAll signs demo people in.
func SignInAll(ctx context.Context, base string, logins ...string) (map[string]*Client, error) {
	people, err := demo.People()
	if err != nil {
		return nil, err
	}
	password := map[string]string{}
	for _, p := range people {
		password[p.Login] = p.Password
	}
	out := map[string]*Client{}
	for _, login := range logins {
		c := NewClient(base)
		if err := c.SignIn(ctx, login, password[login]); err != nil {
			return nil, fmt.Errorf("signing %s in: %w", login, err)
		}
		out[login] = c
	}
	return out, nil
}
