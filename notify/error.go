package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Code names why a message was not delivered. Codes are stable: they are stored,
// counted and shown to the administrator.
type Code string

// Codes that trying again does not mend: the rung moves up (DESIGN 3, Ladder).
const (
	// CodeInvalidMessage: the message breaks the rules of Message.
	CodeInvalidMessage Code = "invalid_message"
	// CodeNoAddress: the person has no address on this channel.
	CodeNoAddress Code = "no_address"
	// CodeAddressRejected: the address is malformed or the far end says it is dead.
	CodeAddressRejected Code = "address_rejected"
	// CodeChannelRejected: the far end does not trust us (credentials, signature,
	// a robot that was removed). The administrator has to act.
	CodeChannelRejected Code = "channel_rejected"
	// CodeUntrusted: TLS failed, or the server offers none where it is required.
	CodeUntrusted Code = "untrusted_tls"
	// CodeRedirected: the far end sent us elsewhere; secrets do not follow.
	CodeRedirected Code = "redirected"
)

// Codes that trying again may mend.
const (
	// CodeRateLimited: too many messages, by the far end's count or by our own.
	CodeRateLimited Code = "rate_limited"
	// CodeUnavailable: the far end answered that it cannot now.
	CodeUnavailable Code = "unavailable"
	// CodeUnreachable: no connection.
	CodeUnreachable Code = "unreachable"
	// CodeTimeout: no answer in time; the message may have arrived.
	CodeTimeout Code = "timeout"
	// CodeBadAnswer: the answer is not of the protocol; the message may have arrived.
	CodeBadAnswer Code = "bad_answer"
	// CodeCanceled: the caller gave up, as in a shutdown.
	CodeCanceled Code = "canceled"
)

// Retryable says whether trying again may help.
func (c Code) Retryable() bool {
	switch c {
	case CodeRateLimited, CodeUnavailable, CodeUnreachable, CodeTimeout, CodeBadAnswer, CodeCanceled:
		return true
	}
	return false
}

// Error is the only error of Send. It holds nothing secret or personal and wraps
// no cause, so it may be logged and stored as it is.
type Error struct {
	Channel string `json:"channel"`
	Code    Code   `json:"code"`
	// Status is the far end's own number: an HTTP status, an SMTP reply code or a
	// robot's errcode; 0 when there was no answer.
	Status int `json:"status,omitempty"`
	// RetryAfter is how long the far end asks us to wait; 0 when it did not say.
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

func (e *Error) Error() string {
	s := fmt.Sprintf("notify %s: %s", e.Channel, e.Code)
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(", retry after %s", e.RetryAfter)
	}
	return s
}

// Retryable says whether trying again may help.
func (e *Error) Retryable() bool { return e.Code.Retryable() }

// Undeliverable says that this channel will not reach this person: the ladder
// moves up at once.
func (e *Error) Undeliverable() bool { return !e.Code.Retryable() }

// netCode names a failure to talk to the far end. The error itself is dropped: a
// *url.Error holds the whole URL, token included.
func netCode(ctx context.Context, err error) Code {
	var (
		certErr   *tls.CertificateVerificationError
		recordErr tls.RecordHeaderError
		authErr   x509.UnknownAuthorityError
		hostErr   x509.HostnameError
		invalid   x509.CertificateInvalidError
		netErr    net.Error
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return CodeCanceled
	case errors.As(err, &certErr), errors.As(err, &recordErr), errors.As(err, &authErr),
		errors.As(err, &hostErr), errors.As(err, &invalid), errors.Is(err, http.ErrSchemeMismatch):
		return CodeUntrusted
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout():
		return CodeTimeout
	case strings.Contains(err.Error(), "tls: "): // alerts have no exported type
		return CodeUntrusted
	}
	return CodeUnreachable
}
