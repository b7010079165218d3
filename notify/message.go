package notify

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Urgency says how hard a notice tries to reach its person. It is never sent.
type Urgency string

const (
	// Normal notices keep quiet hours and may be gathered into a digest.
	Normal Urgency = "normal"
	// Red notices go at once, by SMS and voice call as well (DOMAIN 5, 8a.6).
	Red Urgency = "red"
)

// Everyone as a chat user mentions all members of the robot's group: for the
// group of a duty desk, where no single person is meant.
const Everyone = "@all"

// Sentence is all that a notice says (DOMAIN 8a.6).
const Sentence = "您有新的待办,请登录"

// Address is where one person can be reached. Empty fields are channels that the
// person does not have.
type Address struct {
	// Person is the opaque id of the recipient; the inbox and the webhook use it.
	Person string
	Email  string
	// Phone is an E.164 number or a national one, digits only after an optional +.
	Phone string
	// WeComUser, DingTalkUser and FeishuUser are the member's ids in each group,
	// or Everyone.
	WeComUser    string
	DingTalkUser string
	FeishuUser   string
}

// Has says whether the person can be reached by that kind of channel.
func (a Address) Has(k Kind) bool { return a.on(k) != "" }

func (a Address) on(k Kind) string {
	switch k {
	case KindInbox, KindWebhook:
		return a.Person
	case KindEmail:
		return a.Email
	case KindWeCom:
		return a.WeComUser
	case KindDingTalk:
		return a.DingTalkUser
	case KindFeishu:
		return a.FeishuUser
	case KindSMS, KindVoice:
		return a.Phone
	}
	return ""
}

// String gives the person's id alone, so that a logged message shows no address.
func (a Address) String() string { return "person " + a.Person }

// GoString is String; see there.
func (a Address) GoString() string { return a.String() }

// MarshalJSON writes the person's id alone: an address belongs neither in a log
// nor in a job's arguments (DESIGN 6). Resolve it anew when sending.
func (a Address) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Person string `json:"person"`
	}{a.Person})
}

// Message is one notice to one person. It has no field for what it is about.
type Message struct {
	// ID is the idempotency key: a UUID, or 32 hex digits. It travels, so it must
	// be random or a hash, never a case number.
	ID string `json:"id"`
	// Recipient is who is told.
	Recipient Address `json:"recipient"`
	// Urgency is Normal or Red.
	Urgency Urgency `json:"urgency"`
	// Count is how many things wait, at least 1.
	Count int `json:"count"`
	// URL is the console's base address, the same for everybody.
	URL string `json:"url"`
}

// Text is what every written channel says: the sentence, the count, the link.
func Text(m Message) string { return Spoken(m) + "\n" + m.URL }

// Spoken is what a voice call says: the sentence and the count.
func Spoken(m Message) string {
	return Sentence + "(共 " + strconv.Itoa(m.Count) + " 项)"
}

var (
	opaqueID = regexp.MustCompile(`^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)
	personID = regexp.MustCompile(`^[A-Za-z0-9._:@-]{1,64}$`)
	phoneNo  = regexp.MustCompile(`^\+?[0-9]{5,15}$`)
	chatUser = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)
)

// maxCount bounds what a person is told to expect; beyond it a count says nothing.
const maxCount = 9999

// sound says whether the message may travel by a channel of kind k from the
// installation whose console is at console. It answers with a Code, or "".
func (m Message) sound(k Kind, console string) Code {
	switch {
	case !opaqueID.MatchString(m.ID),
		m.Urgency != Normal && m.Urgency != Red,
		m.Count < 1, m.Count > maxCount,
		m.URL != console, consoleProblem(m.URL) != "":
		return CodeInvalidMessage
	}
	to := m.Recipient.on(k)
	if to == "" {
		return CodeNoAddress
	}
	ok := true
	switch k {
	case KindInbox, KindWebhook:
		ok = personID.MatchString(to)
	case KindEmail:
		a, err := mail.ParseAddress(to)
		ok = err == nil && a.Address == to && !strings.ContainsAny(to, "\r\n")
	case KindSMS, KindVoice:
		ok = phoneNo.MatchString(to)
	case KindWeCom, KindDingTalk, KindFeishu:
		ok = chatUser.MatchString(to)
	}
	if !ok {
		return CodeAddressRejected
	}
	return ""
}

// consoleProblem says what keeps an address from being the console's base, or "".
func consoleProblem(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "is required"
	case err != nil || u.Host == "":
		return "is not an absolute address"
	case u.Scheme != "https" && u.Scheme != "http":
		return "must begin with https:// or http://"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s, "#"):
		return "must be a plain base address: no user, no query, no fragment"
	case strings.ContainsAny(s, " \r\n\t\"<>"):
		return "must not hold spaces or quotes"
	}
	return ""
}
