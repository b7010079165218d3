package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"tonghu/cases"
	"tonghu/records"
)

const (
	// uploadTime is how long a body may take: 20 MiB at 1 Mbit/s.
	uploadTime = 3 * time.Minute
	// mostFields bounds the parts of a form, mostText the bytes of one beside the file.
	mostFields, mostText = 12, 8 << 10
	// mostDrained is how much of a file that is too large is read, so that its sender
	// reads the answer instead of a broken connection.
	mostDrained = 64 << 20
)

// multipartForm is a body of several parts, one of them a file. The handler reads it
// once it knows that the caller may send one. It is held in memory: it must not lie
// on the disk in clear.
type multipartForm struct{ request huma.Context }

// Resolve keeps the request for the handler.
func (f *multipartForm) Resolve(c huma.Context) []error {
	f.request = c
	return nil
}

// uploaded is what a form held.
type uploaded struct {
	file   []byte
	name   string // as the sender called it
	fields map[string]string
}

// read reads a form: a file of at most most bytes in the part named file, and texts
// in some fields.
func (f *multipartForm) read(file string, most int, fields ...string) (uploaded, error) {
	kind, params, err := mime.ParseMediaType(f.request.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return uploaded{}, cases.Refuse(records.CodeMedia)
	}
	if err := f.request.SetReadDeadline(time.Now().Add(uploadTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return uploaded{}, err
	}
	body := io.LimitReader(f.request.BodyReader(), int64(max(most, mostDrained)+mostFields*mostText))
	out := uploaded{fields: map[string]string{}}
	parts := multipart.NewReader(body, params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return uploaded{}, broken(err)
		}
		name := part.FormName()
		_, again := out.fields[name]
		switch {
		case n >= mostFields || again || name == file && out.file != nil:
			return uploaded{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: name, Reason: "too_many", Want: "1"})
		case name == file:
			out.name = part.FileName()
			if out.file, err = readPart(part, most); err != nil {
				_, _ = io.Copy(io.Discard, body)
				return uploaded{}, err
			}
		case slices.Contains(fields, name):
			text, err := readPart(part, mostText)
			if err != nil || !utf8.Valid(text) {
				return uploaded{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: name, Reason: "format"})
			}
			out.fields[name] = string(text)
		default:
			return uploaded{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: "body", Reason: "unknown"})
		}
	}
	if len(out.file) == 0 {
		return uploaded{}, cases.Refuse(cases.CodeField, cases.FieldError{Field: file, Reason: "required"})
	}
	return out, nil
}

func readPart(part io.Reader, most int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(part, int64(most)+1))
	if err != nil {
		return nil, broken(err)
	}
	if len(body) > most {
		return nil, cases.Refuse(records.CodeFileTooLarge).With("limit", strconv.Itoa(most>>20))
	}
	return body, nil
}

// broken tells what is wrong with a body that ends in its middle or does not come.
func broken(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return cases.Refuse(codeSlow)
	}
	return cases.Refuse(cases.CodeField, cases.FieldError{Field: "body", Reason: "format", Want: "multipart/form-data"})
}

// formBody documents a form.
func formBody(required []string, fields map[string]*huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: fields, Required: required}},
	}}
}

func textField(about string, most int) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: about, MaxLength: &most}
}

func fileField(about string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "binary", Description: about}
}

// slots bound how many uploads are in memory at once: of all callers, and of one.
type slots struct {
	most, each int
	mu         sync.Mutex
	taken      int
	by         map[string]int
}

func newSlots(most, each int) *slots { return &slots{most: most, each: each, by: map[string]int{}} }

// take takes a slot, or refuses for some seconds.
func (s *slots) take(who string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.most || s.by[who] >= s.each {
		return nil, &refused{err: cases.Refuse(records.CodeThrottled), retry: 10 * time.Second}
	}
	s.taken++
	s.by[who]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.taken--
		if s.by[who]--; s.by[who] == 0 {
			delete(s.by, who)
		}
	}, nil
}
