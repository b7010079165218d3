// Package notify tells people that something waits for them, and says nothing
// else. It has two halves that know nothing of each other:
//
//   - Plan decides who gets what, by which channel and when. It is pure: every
//     decision carries a named Reason, and storage and time are the caller's.
//   - A Channel carries one Message over one protocol. There is one file per
//     channel: inbox, email, wecom, dingtalk, feishu, webhook, gateway (SMS and
//     voice calls).
//
// # What leaves the house
//
// A notice is neutral on every channel (DOMAIN 8a.6): one sentence, how many
// things wait, and the address of the console. Never what kind, which colour,
// which village, which number, whose name. A Message has no field that could
// carry any of it, Text is the only template, and each channel refuses a link
// that is not the console's own base address. Urgency decides by which channels
// and how soon a notice goes; it is never written to the wire.
//
// # Failures
//
// Send fails only with *Error: a stable Code, whether trying again can help, and
// how long to wait. An Error never keeps its cause, because causes hold what must
// not be logged: robot tokens travel in URLs, and SMTP replies repeat addresses.
//
// Delivery is at least once. A robot has no idempotency key, so an answer lost
// on the way back may repeat a (neutral) message; the webhook and the gateways
// receive Message.ID as webhook-id and Idempotency-Key and must drop repeats.
//
// # The contract of the webhook and of the gateways
//
// Webhook, SMS and voice are HTTP POSTs of JSON, signed as Standard Webhooks
// describes: webhook-id, webhook-timestamp (Unix seconds) and webhook-signature
// ("v1," and the base64 HMAC-SHA256 of "id.timestamp.body"; the key is the
// base64 part of the whsec_ secret).
//
//	webhook  {"type":"notice","data":{"id":…,"recipient":…,"text":…,"url":…,"count":…}}
//	sms      {"id":…,"to":…,"text":…}       Idempotency-Key: the id
//	voice    {"id":…,"to":…,"text":…}       Idempotency-Key: the id; text has no link
//
// Any 2xx is acceptance; its body may name the provider's own reference as
// {"ref":"…"}. 400, 404, 410 and 422 say that the address is dead; 401 and 403
// that this system is not trusted; 408, 409, 425, 429 and 5xx ask to try later,
// with Retry-After if they know when.
package notify // import "tonghu/notify"
