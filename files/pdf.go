package files

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strings"

	"tonghu/cases"
	"tonghu/records"
)

// What a PDF does beside showing pages (ISO 32000-1 7.11.4, 12.6.4). These names are
// long enough not to appear by chance among compressed bytes; short ones are looked
// for only where text is.
var (
	activeNames = map[string]bool{
		"JavaScript": true, "Launch": true, "EmbeddedFile": true, "EmbeddedFiles": true, "RichMedia": true,
		"SubmitForm": true, "ImportData": true, "GoToE": true,
	}
	activeShortNames = map[string]bool{"JS": true, "XFA": true}
	// objectStream is the type of a stream that holds other objects (7.5.7).
	objectStream = map[string]bool{"ObjStm": true}
)

// What compressed parts may come to, together: an upload of 20 MiB of scans has
// next to none.
const mostInflated = 64 << 20

var (
	errNoEnd      = errors.New("files: a PDF without its end, or with something after it")
	errUnreadable = errors.New("files: objects of a PDF that cannot be looked into")
)

// checkPDF refuses a PDF that is cut off, encrypted, or may do more than show pages.
// It looks for names, in the file and in its compressed objects, and takes the
// harmless for harmful rather than the other way round.
func checkPDF(body []byte) error {
	end := bytes.LastIndex(body, []byte("%%EOF"))
	if end < 0 || len(bytes.Trim(body[end+5:], "\r\n\t \x00")) > 0 {
		return damaged(errNoEnd)
	}
	if hasName(body, activeNames) {
		return cases.Refuse(records.CodePDFActive)
	}
	if hasName(body, map[string]bool{"Encrypt": true}) {
		return cases.Refuse(records.CodePDFLocked)
	}
	budget := int64(mostInflated)
	for rest := body; ; {
		outside, dict, data, after, found := nextStream(rest)
		if hasName(outside, activeShortNames) {
			return cases.Refuse(records.CodePDFActive)
		}
		if !found {
			return nil
		}
		rest = after
		// Anything since the last stream may belong to the dictionary, and so may what
		// looks like the stream: a string can hold "obj" and "stream".
		objects := hasName(outside, objectStream)
		if hasName(data, objectStream) {
			return damaged(errUnreadable)
		}
		if !objects && hasName(dict, map[string]bool{"Image": true}) {
			continue
		}
		text, err := inflated(data, &budget)
		if objects && err != nil {
			return damaged(errUnreadable)
		}
		if budget <= 0 {
			return damaged(errUnreadable)
		}
		if hasName(text, activeNames) || objects && hasName(text, activeShortNames) {
			return cases.Refuse(records.CodePDFActive)
		}
	}
}

// nextStream gives what stands before the next stream, its dictionary, its bytes,
// and what follows.
func nextStream(body []byte) (outside, dict, data, after []byte, found bool) {
	for from := 0; ; {
		at := bytes.Index(body[from:], []byte("stream"))
		if at < 0 {
			return body, nil, nil, nil, false
		}
		at += from
		from = at + len("stream")
		data = body[from:]
		switch { // 7.3.8.1: a line ends after the word
		case bytes.HasPrefix(data, []byte("\r\n")):
			data = data[2:]
		case bytes.HasPrefix(data, []byte("\n")), bytes.HasPrefix(data, []byte("\r")):
			data = data[1:]
		default:
			continue
		}
		if bytes.HasSuffix(body[:at], []byte("end")) {
			continue
		}
		end := bytes.Index(data, []byte("endstream"))
		if end < 0 {
			end = len(data)
		}
		outside = body[:at]
		dict = outside[bytes.LastIndex(outside, []byte("obj"))+1:]
		return outside, dict, data[:end], data[end:], true
	}
}

// inflated gives what a stream holds, as far as the budget goes. What is not zlib's
// is an error.
func inflated(data []byte, budget *int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, *budget))
	*budget -= int64(len(text))
	return text, err
}

// hasName tells whether one of the names stands in a text, however it is written:
// "/J#61vaScript" is JavaScript (7.3.5).
func hasName(text []byte, names map[string]bool) bool {
	const longest = 16
	var name [longest]byte
	for {
		slash := bytes.IndexByte(text, '/')
		if slash < 0 {
			return false
		}
		text = text[slash+1:]
		n, at := 0, 0
		for ; at < len(text) && n < longest && !ends(text[at]); n++ {
			c := text[at]
			at++
			if c == '#' && at+2 <= len(text) {
				high, ok1 := hexDigit(text[at])
				low, ok2 := hexDigit(text[at+1])
				if ok1 && ok2 {
					c, at = high<<4|low, at+2
				}
			}
			name[n] = c
		}
		if names[string(name[:n])] {
			return true
		}
	}
}

// ends tells whether a byte ends a name: white space and delimiters (7.2.2).
func ends(c byte) bool { return strings.IndexByte("\x00\t\n\f\r ()<>[]{}/%", c) >= 0 }

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
