package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// dingtalk is a DingTalk (钉钉) group robot with 加签: POST
// /robot/send?access_token=…&timestamp=…&sign=…, at most 20 messages a minute,
// after which the robot is silenced for ten.
type dingtalk struct {
	line
	client  *http.Client
	base    *url.URL
	token   secret
	signKey secret
}

var dingtalkCodes = verdict{
	-1:     CodeUnavailable,     // system busy
	130101: CodeRateLimited,     // send too fast
	410100: CodeRateLimited,     // send too fast
	90030:  CodeRateLimited,     // webhook over limit
	90018:  CodeRateLimited,     // calls per second out of limit
	310000: CodeChannelRejected, // sign, keyword or source address does not match
	300001: CodeChannelRejected, // token does not exist
}

func newDingTalk(l line, c *http.Client, base *url.URL, token, signKey secret) *dingtalk {
	return &dingtalk{line: l, client: c, base: base.JoinPath("robot", "send"), token: token, signKey: signKey}
}

func (c *dingtalk) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	type text struct {
		Content string `json:"content"`
	}
	type at struct {
		Users []string `json:"atUserIds,omitempty"`
		All   bool     `json:"isAtAll"`
	}
	whom := at{Users: []string{m.Recipient.DingTalkUser}}
	if m.Recipient.DingTalkUser == Everyone {
		whom = at{All: true}
	}
	return c.ask(ctx, c.client, c.endpoint(c.now()), struct {
		Type string `json:"msgtype"`
		Text text   `json:"text"`
		At   at     `json:"at"`
	}{"text", text{Text(m)}, whom}, dingtalkCodes, "errcode")
}

// endpoint signs milliseconds, a line feed and the secret, with the secret as key.
func (c *dingtalk) endpoint(at time.Time) string {
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(c.signKey()))
	mac.Write([]byte(stamp + "\n" + c.signKey()))
	u := *c.base
	u.RawQuery = url.Values{
		"access_token": {c.token()},
		"timestamp":    {stamp},
		"sign":         {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}.Encode()
	return u.String()
}
