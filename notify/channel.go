package notify

import (
	"context"
	"regexp"
	"time"
)

// Kind is a protocol that a channel speaks.
type Kind string

// The kinds of channel.
const (
	KindInbox    Kind = "inbox"
	KindEmail    Kind = "email"
	KindWeCom    Kind = "wecom"
	KindDingTalk Kind = "dingtalk"
	KindFeishu   Kind = "feishu"
	KindWebhook  Kind = "webhook"
	KindSMS      Kind = "sms"
	KindVoice    Kind = "voice"
)

// Kinds lists every kind.
var Kinds = []Kind{
	KindInbox, KindEmail, KindWeCom, KindDingTalk, KindFeishu, KindWebhook, KindSMS, KindVoice,
}

// robot says whether the kind is a chat group's robot, with its rate limit.
func (k Kind) robot() bool { return k == KindWeCom || k == KindDingTalk || k == KindFeishu }

// Channel carries messages over one protocol. It is safe for concurrent use.
type Channel interface {
	// Name is the channel's configured name, unique in the installation.
	Name() string
	// Send delivers the message once and does not retry. Its error is an *Error.
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Receipt says that the far end took the message over, which is not yet that a
// person read it: that is an acknowledgement.
type Receipt struct {
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
	// Ref is the far end's own reference, if it gave one.
	Ref string `json:"ref,omitempty"`
}

// line is what all channels have in common.
type line struct {
	name    string
	kind    Kind
	console string
	now     func() time.Time
}

func (l line) Name() string { return l.name }

func (l line) check(m Message) error {
	if c := m.sound(l.kind, l.console); c != "" {
		return l.fail(c)
	}
	return nil
}

func (l line) fail(c Code) *Error { return &Error{Channel: l.name, Code: c} }

var plainRef = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

func (l line) receipt(ref string) Receipt {
	if !plainRef.MatchString(ref) {
		ref = ""
	}
	return Receipt{Channel: l.name, At: l.now().UTC(), Ref: ref}
}
