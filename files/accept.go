// Package files says what may be uploaded, and makes of it what is kept. The content
// decides, never the name or the type that was claimed. An image is drawn anew, so
// that position, device, comments and whatever else came with it are gone; a PDF is
// kept as it is, if it does nothing but show pages.
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strconv"

	"tonghu/cases"
	"tonghu/records"
)

// Limits of what is taken in. DOMAIN has none; these fit scans and phones' photos on
// a small machine.
type Limits struct {
	ImageBytes int // of an uploaded image
	PDFBytes   int // of an uploaded PDF
	Pixels     int // of an image that is decoded line by line
	// HeavyPixels are the most of an image whose decoder holds several bytes a
	// pixel: progressive JPEG, PNG, WebP.
	HeavyPixels int
	// Side is the longest side of the copy that is shown, in pixels; Preview that
	// of the small one.
	Side, Preview int
}

// Usual are the limits in use. A page scanned with 300 dpi has 9 million pixels.
var Usual = Limits{
	ImageBytes: 10 << 20, PDFBytes: 20 << 20, Pixels: 50_000_000, HeavyPixels: 25_000_000, Side: 2560, Preview: 320,
}

// Most is the most bytes that any file may have.
func (l Limits) Most() int { return max(l.ImageBytes, l.PDFBytes) }

// The media types that are kept.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp" // taken in only: shown as JPEG or PNG
	PDF  = "application/pdf"
)

// Wanted names the formats that are right, for people.
const Wanted = "JPEG, PNG, WebP, PDF"

// Accepted is an upload that may be kept.
type Accepted struct {
	// Media is the type of Shown: JPEG, PNG or PDF.
	Media string
	// Shown is the copy that people see.
	Shown []byte
	// Preview is a small JPEG; nil of a PDF.
	Preview []byte
	// Original are the bytes as they came, with everything that hid in them.
	Original []byte
	// Digest is the SHA-256 of Original.
	Digest [sha256.Size]byte
	// Width and Height are those of Shown, in pixels; 0 of a PDF.
	Width, Height int
}

// Intake looks at uploads, few at a time: a decoded photo takes up to 200 MB.
type Intake struct {
	limits Limits
	slots  chan struct{}
}

// NewIntake makes an intake that decodes a number of images at a time.
func NewIntake(l Limits, atOnce int) *Intake {
	return &Intake{limits: l, slots: make(chan struct{}, atOnce)}
}

// Limits are those that the intake keeps to.
func (in *Intake) Limits() Limits { return in.limits }

// Accept tells what an upload is and makes the copies that are kept. The error is a
// refusal that says what to do instead, or ctx's while others are being decoded.
func (in *Intake) Accept(ctx context.Context, body []byte) (Accepted, error) {
	media := sniff(body)
	switch media {
	case "":
		return Accepted{}, cases.Refuse(records.CodeFileType).With("formats", Wanted)
	case heic:
		return Accepted{}, cases.Refuse(records.CodeFileHEIC).With("formats", Wanted)
	case PDF:
		if err := in.limits.fits(body, in.limits.PDFBytes); err != nil {
			return Accepted{}, err
		}
		if err := checkPDF(body); err != nil {
			return Accepted{}, err
		}
		return Accepted{Media: PDF, Shown: body, Original: body, Digest: sha256.Sum256(body)}, nil
	}
	if err := in.limits.fits(body, in.limits.ImageBytes); err != nil {
		return Accepted{}, err
	}
	h, err := readHeader(media, body)
	if err != nil {
		return Accepted{}, damaged(err)
	}
	most := in.limits.Pixels
	if h.heavy {
		most = in.limits.HeavyPixels
	}
	if h.width > most/h.height {
		return Accepted{}, cases.Refuse(records.CodeFilePixels).With("limit", strconv.Itoa(most/1_000_000))
	}
	select {
	case in.slots <- struct{}{}:
		defer func() { <-in.slots }()
	case <-ctx.Done():
		return Accepted{}, ctx.Err()
	}
	return in.redraw(media, body, h)
}

func (l Limits) fits(body []byte, most int) error {
	if len(body) <= most {
		return nil
	}
	return cases.Refuse(records.CodeFileTooLarge).With("limit", strconv.Itoa(most>>20))
}

func damaged(err error) error {
	return &cases.Error{Code: records.CodeFileDamaged, Err: err}
}

var errTruncated = errors.New("files: the image ends in its middle")

// heic is what an iPhone makes; no decoder in Go reads it.
const heic = "image/heic"

// sniff tells what a file is by how it begins; "" if it is nothing that is wanted.
func sniff(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case len(body) >= 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
		return WebP
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return PDF
	case len(body) >= 12 && string(body[4:8]) == "ftyp":
		switch string(body[8:12]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return heic
		}
	}
	return ""
}
