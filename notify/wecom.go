package notify

import (
	"context"
	"net/http"
	"net/url"
)

// wecom is a WeCom (企业微信) group robot: POST /cgi-bin/webhook/send?key=…, at most
// 20 messages a minute, text up to 2048 bytes.
type wecom struct {
	line
	client   *http.Client
	endpoint secret
}

var wecomCodes = verdict{
	-1:    CodeUnavailable,     // system busy
	45009: CodeRateLimited,     // api freq out of limit
	45033: CodeRateLimited,     // concurrent calls out of limit
	40003: CodeAddressRejected, // invalid userid
	40031: CodeAddressRejected, // invalid userid list
	93000: CodeChannelRejected, // invalid key, or the robot was removed
}

func newWeCom(l line, c *http.Client, base *url.URL, key secret) *wecom {
	u := base.JoinPath("cgi-bin", "webhook", "send")
	u.RawQuery = url.Values{"key": {key()}}.Encode()
	return &wecom{line: l, client: c, endpoint: sealed(u.String())}
}

func (c *wecom) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	type text struct {
		Content   string   `json:"content"`
		Mentioned []string `json:"mentioned_list"`
	}
	return c.ask(ctx, c.client, c.endpoint(), struct {
		Type string `json:"msgtype"`
		Text text   `json:"text"`
	}{"text", text{Text(m), []string{m.Recipient.WeComUser}}}, wecomCodes, "errcode")
}
