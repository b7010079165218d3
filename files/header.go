package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// header is what is known of an image before it is decoded.
type header struct {
	width, height int
	heavy         bool // see Limits.HeavyPixels
	orientation   int  // of EXIF, 1 to 8
}

// mostScans is how often a JPEG may go over its pixels. Ten are usual; a file of a
// few kilobytes can ask for thousands.
const mostScans = 32

var (
	errScans    = errors.New("files: a JPEG with more scans than any camera makes")
	errAnimated = errors.New("files: an animated image")
)

// readHeader reads an image's size and direction and nothing that depends on them.
func readHeader(media string, body []byte) (header, error) {
	h := header{heavy: true, orientation: 1}
	decode, walk := png.DecodeConfig, h.walkPNG
	switch media {
	case JPEG:
		decode, walk = jpeg.DecodeConfig, h.walkJPEG
	case WebP:
		decode, walk = webp.DecodeConfig, h.walkWebP
	}
	c, err := decode(bytes.NewReader(body))
	if err != nil {
		return h, err
	}
	h.size(c.Width, c.Height)
	if err := walk(body); err != nil {
		return h, err
	}
	if h.width <= 0 || h.height <= 0 {
		return h, image.ErrFormat
	}
	return h, nil
}

// size takes the larger of two sizes that a file claims.
func (h *header) size(w, ht int) { h.width, h.height = max(h.width, w), max(h.height, ht) }

// walkJPEG looks at the segments: is it progressive, how many scans has it, which
// way up is it (ITU-T T.81 B.1, Exif 4.5.4).
func (h *header) walkJPEG(body []byte) error {
	h.heavy = false
	scans := 0
	for at := 2; at+4 <= len(body); {
		if body[at] != 0xff { // a scan's own bytes
			next := bytes.IndexByte(body[at:], 0xff)
			if next < 0 {
				return nil
			}
			at += next
			continue
		}
		marker := body[at+1]
		switch {
		case marker == 0xff: // fill
			at++
			continue
		case marker == 0x00, marker == 0x01, marker >= 0xd0 && marker <= 0xd8:
			at += 2
			continue
		case marker == 0xd9:
			return nil
		}
		length := int(binary.BigEndian.Uint16(body[at+2:]))
		if length < 2 || at+2+length > len(body) {
			return nil // the decoder says what is wrong with it
		}
		segment := body[at+4 : at+2+length]
		switch marker {
		case 0xc2:
			h.heavy = true
		case 0xda:
			if scans++; scans > mostScans {
				return errScans
			}
		case 0xe1:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
				h.orientation = orientationOf(tiff)
			}
		}
		at += 2 + length
	}
	return nil
}

func (h *header) walkPNG(body []byte) error {
	for at := 8; at+8 <= len(body); {
		length := int(binary.BigEndian.Uint32(body[at:]))
		if length > len(body)-at-8 {
			return nil
		}
		if string(body[at+4:at+8]) == "eXIf" {
			h.orientation = orientationOf(body[at+8 : at+8+length])
		}
		at += 12 + length
	}
	return nil
}

// walkWebP looks at the chunks. The frame may claim another size than the canvas,
// and it is the frame that is decoded.
func (h *header) walkWebP(body []byte) error {
	for at := 12; at+8 <= len(body); {
		length := int(binary.LittleEndian.Uint32(body[at+4:]))
		if length > len(body)-at-8 {
			return nil
		}
		chunk := body[at+8 : at+8+length]
		switch string(body[at : at+4]) {
		case "VP8 ":
			if len(chunk) >= 10 {
				h.size(int(binary.LittleEndian.Uint16(chunk[6:]))&0x3fff, int(binary.LittleEndian.Uint16(chunk[8:]))&0x3fff)
			}
		case "VP8L":
			if len(chunk) >= 5 {
				bits := binary.LittleEndian.Uint32(chunk[1:])
				h.size(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)
			}
		case "ANIM", "ANMF":
			return errAnimated
		case "EXIF":
			h.orientation = orientationOf(bytes.TrimPrefix(chunk, []byte("Exif\x00\x00")))
		}
		at += 8 + length + length&1
	}
	return nil
}

// orientationOf reads one number out of EXIF, and nothing else: which way up the
// camera was held. 1 if it does not say.
func orientationOf(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(tiff, []byte("II*\x00")):
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 1
		}
		const tag, short = 0x0112, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
