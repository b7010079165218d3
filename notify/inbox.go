package notify

import (
	"context"
	"errors"
)

// InboxStore keeps the messages that people see after signing in.
type InboxStore interface {
	// Put stores the message once per Message.ID; storing it again is no error.
	Put(ctx context.Context, m Message) error
}

// inbox is the channel inside the house: what a person finds after signing in.
type inbox struct {
	line
	store InboxStore
}

func (c *inbox) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	if err := c.store.Put(ctx, m); err != nil {
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return Receipt{}, c.fail(CodeCanceled)
		case ctx.Err() != nil:
			return Receipt{}, c.fail(CodeTimeout)
		}
		return Receipt{}, c.fail(CodeUnavailable)
	}
	return c.receipt(""), nil
}
