package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// verdict is what a robot's own error number means. Robots answer HTTP 200 and
// put the failure into the body.
type verdict map[int]Code

// ask posts body to a robot and judges its answer.
func (l line) ask(ctx context.Context, c *http.Client, url string, body any, known verdict, keys ...string) (Receipt, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return Receipt{}, l.fail(CodeInvalidMessage)
	}
	answer, err := l.post(ctx, c, url, nil, payload)
	judged := l.judge(answer, known, keys...)
	var sent, said *Error
	switch {
	case err == nil && judged == nil:
		return l.receipt(""), nil
	case err == nil:
		return Receipt{}, judged
	case !errors.As(err, &sent) || sent.Status/100 != 4:
		return Receipt{}, err
	case errors.As(judged, &said) && said.Code != CodeBadAnswer:
		// Some gateways put the same body under an HTTP 4xx; it says more.
		if sent.RetryAfter > 0 && said.Retryable() {
			said.RetryAfter = sent.RetryAfter
		}
		return Receipt{}, said
	case sent.Code == CodeAddressRejected:
		// A robot's URL is the channel's, not the person's.
		sent.Code = CodeChannelRejected
	}
	return Receipt{}, sent
}

// judge reads a robot's answer: the number under the first of keys that the body
// has; 0 is success, and a number that the table does not know is a rejection.
func (l line) judge(answer []byte, known verdict, keys ...string) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(answer, &fields) != nil {
		return l.fail(CodeBadAnswer)
	}
	for _, k := range keys {
		raw, ok := fields[k]
		if !ok {
			continue
		}
		var n int
		if json.Unmarshal(raw, &n) != nil {
			return l.fail(CodeBadAnswer)
		}
		if n == 0 {
			return nil
		}
		e := &Error{Channel: l.name, Code: CodeChannelRejected, Status: n}
		if c, ok := known[n]; ok {
			e.Code = c
		}
		if e.Code == CodeRateLimited {
			e.RetryAfter = defaultRetryAfter
		}
		return e
	}
	return l.fail(CodeBadAnswer)
}
