package notify

import (
	"context"
	"encoding/json"
	"net/http"
)

// gateway is the SMS and the voice channel: an HTTP gateway of the office or an
// adapter before an operator's; see the package comment for its contract.
type gateway struct {
	line
	client   *http.Client
	endpoint string
	signKey  secret
}

func (c *gateway) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	text := Text(m)
	if c.kind == KindVoice {
		text = Spoken(m)
	}
	body, err := json.Marshal(struct {
		ID   string `json:"id"`
		To   string `json:"to"`
		Text string `json:"text"`
	}{m.ID, m.Recipient.Phone, text})
	if err != nil {
		return Receipt{}, c.fail(CodeInvalidMessage)
	}
	header := standardHeaders(c.signKey, m.ID, c.now(), body)
	header.Set("Idempotency-Key", m.ID)
	answer, err := c.post(ctx, c.client, c.endpoint, header, body)
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(reference(answer)), nil
}
