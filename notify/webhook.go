package notify

import (
	"context"
	"encoding/json"
	"net/http"
)

// webhook is a signed POST to another system of the office; see the package
// comment for its contract.
type webhook struct {
	line
	client   *http.Client
	endpoint string
	signKey  secret
}

func (c *webhook) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	type notice struct {
		ID        string `json:"id"`
		Recipient string `json:"recipient"`
		Text      string `json:"text"`
		URL       string `json:"url"`
		Count     int    `json:"count"`
	}
	body, err := json.Marshal(struct {
		Type string `json:"type"`
		Data notice `json:"data"`
	}{"notice", notice{m.ID, m.Recipient.Person, Text(m), m.URL, m.Count}})
	if err != nil {
		return Receipt{}, c.fail(CodeInvalidMessage)
	}
	answer, err := c.post(ctx, c.client, c.endpoint, standardHeaders(c.signKey, m.ID, c.now(), body), body)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(reference(answer)), nil
}
