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

// feishu is a Feishu (飞书) group robot with 签名校验: POST
// /open-apis/bot/v2/hook/<token>, timestamp and sign in the body.
type feishu struct {
	line
	client   *http.Client
	endpoint secret
	signKey  secret
}

var feishuCodes = verdict{
	11232:    CodeRateLimited,     // 100 a minute or 5 a second
	230020:   CodeRateLimited,     // per group
	99991400: CodeRateLimited,     // gateway
	19001:    CodeChannelRejected, // the token is not a robot's
	19021:    CodeChannelRejected, // sign does not match, or the clock is off by an hour
	19022:    CodeChannelRejected, // our address is not on the robot's list
	19024:    CodeChannelRejected, // the robot wants a keyword
}

func newFeishu(l line, c *http.Client, base *url.URL, token, signKey secret) *feishu {
	u := base.JoinPath("open-apis", "bot", "v2", "hook", token())
	return &feishu{line: l, client: c, endpoint: sealed(u.String()), signKey: signKey}
}

func (c *feishu) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := c.check(m); err != nil {
		return Receipt{}, err
	}
	whom := m.Recipient.FeishuUser
	if whom == Everyone {
		whom = "all"
	}
	type content struct {
		Text string `json:"text"`
	}
	stamp, sign := c.sign(c.now())
	return c.ask(ctx, c.client, c.endpoint(), struct {
		Timestamp string  `json:"timestamp"`
		Sign      string  `json:"sign"`
		Type      string  `json:"msg_type"`
		Content   content `json:"content"`
	}{stamp, sign, "text", content{`<at user_id="` + whom + `"></at> ` + Text(m)}}, feishuCodes, "code", "StatusCode") // StatusCode: older robots
}

// sign uses seconds, a line feed and the secret as the key of an empty message:
// not as DingTalk does.
func (c *feishu) sign(at time.Time) (stamp, sign string) {
	stamp = strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(stamp+"\n"+c.signKey()))
	return stamp, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
