// Package story tells the product's story through its public HTTP API, and checks
// while telling that everything happened that should have, once.
package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"time"

	"github.com/google/uuid"

	"tonghu/api"
	"tonghu/cases"
)

// Client is one person's browser: it keeps the session's cookie.
type Client struct {
	base string
	http *http.Client
	Me   api.Me
}

// NewClient is a browser that nobody has signed in with.
func NewClient(base string) *Client { return NewClientVia(base, http.DefaultTransport) }

// NewClientVia is a browser whose requests take a way of their own: from another
// address, or past something that breaks.
func NewClientVia(base string, way http.RoundTripper) *Client {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Client{base: base, http: &http.Client{Transport: way, Jar: jar, Timeout: 30 * time.Second}}
}

// Problem is an answer that is not a success.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Body   string `json:"-"`
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s %s", p.Status, p.Code, p.Title, p.Detail)
}

// CodeOf gives the stable code of a refusal; "" for any other error.
func CodeOf(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// NewKey is a new Idempotency-Key.
func NewKey() string { return uuid.NewString() }

// Do sends a request with an Idempotency-Key, "" for none, and reads the answer's
// JSON into out, which may be nil. It answers with the status.
func (c *Client) Do(ctx context.Context, method, path, key string, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(b)
	}
	contentType := ""
	if in != nil {
		contentType = "application/json"
	}
	return c.send(ctx, method, path, key, contentType, body, out)
}

// File is a file on its way.
type File struct {
	Field, Name string
	Body        []byte
}

// Upload sends a file with the fields of its form, and reads the answer as Do does.
func (c *Client) Upload(ctx context.Context, path, key string, f File, fields map[string]string, out any) (int, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			return 0, err
		}
	}
	part, err := w.CreateFormFile(f.Field, f.Name)
	if err != nil {
		return 0, err
	}
	if _, err := part.Write(f.Body); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return c.send(ctx, http.MethodPost, path, key, w.FormDataContentType(), &form, out)
}

// Raw is an answer that is not JSON.
type Raw struct {
	Header http.Header
	Body   []byte
}

func (c *Client) send(ctx context.Context, method, path, key, contentType string, body io.Reader, out any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	if err != nil {
		return res.StatusCode, err
	}
	if res.StatusCode >= 400 {
		p := &Problem{Status: res.StatusCode, Body: string(b)}
		_ = json.Unmarshal(b, p) // what is no problem+json keeps its status
		p.Status = res.StatusCode
		return res.StatusCode, p
	}
	if raw, ok := out.(*Raw); ok {
		raw.Header, raw.Body = res.Header, b
		return res.StatusCode, nil
	}
	if out != nil && len(b) > 0 {
		return res.StatusCode, json.Unmarshal(b, out)
	}
	return res.StatusCode, nil
}

// SignIn signs a demo person in.
func (c *Client) SignIn(ctx context.Context, login, password string) error {
	in := map[string]string{"login": login, "password": password}
	_, err := c.Do(ctx, http.MethodPost, "/api/v1/session", "", in, &c.Me)
	return err
}

// Case reads a case.
func (c *Client) Case(ctx context.Context, id string) (api.Case, error) {
	var out api.Case
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/cases/"+id, "", nil, &out)
	return out, err
}

// Events reads a case's whole timeline.
func (c *Client) Events(ctx context.Context, id string) ([]api.Event, error) {
	var all []api.Event
	for cursor := ""; ; {
		var page struct {
			Items []api.Event `json:"items"`
			Next  string      `json:"next"`
		}
		if _, err := c.Do(ctx, http.MethodGet, "/api/v1/cases/"+id+"/events?limit=100&cursor="+cursor, "", nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		cursor = page.Next
	}
}

// Step is a filled form on its way.
type Step struct {
	Base       int64          `json:"base"`
	Fields     map[string]any `json:"fields,omitempty"`
	For        cases.Post     `json:"for,omitempty"`
	Via        string         `json:"via,omitempty"`
	OccurredAt *time.Time     `json:"occurred_at,omitempty"`
	Post       cases.Post     `json:"post,omitempty"`
}

// Take opens the case's form and sends it at once. A step that the engine has not
// answered yet (202) is waited for.
func (c *Client) Take(ctx context.Context, id string, step cases.StepName, s Step) (api.Command, error) {
	now, err := c.Case(ctx, id)
	if err != nil {
		return api.Command{}, err
	}
	s.Base = now.Base
	return c.Send(ctx, id, step, NewKey(), s)
}

// Send sends a form that was opened before.
func (c *Client) Send(ctx context.Context, id string, step cases.StepName, key string, s Step) (api.Command, error) {
	var out api.Command
	if s.Fields == nil {
		s.Fields = map[string]any{}
	}
	status, err := c.Do(ctx, http.MethodPost, "/api/v1/cases/"+id+"/steps/"+string(step), key, s, &out)
	for err == nil && status == http.StatusAccepted && out.Status == "pending" {
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		_, err = c.Do(ctx, http.MethodGet, "/api/v1/cases/"+id+"/commands/"+out.Command, "", nil, &out)
		if err == nil && out.Refusal != nil {
			return out, &Problem{Status: http.StatusConflict, Code: string(out.Refusal.Code), Title: out.Refusal.Title}
		}
	}
	return out, err
}
