package files

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// canary stands for all that may not be kept: where a photo was taken, by what, of
// whom.
const canary = "CANARY-36.478N-119.218E-王小童"

var (
	red, green = color.RGBA{200, 0, 0, 255}, color.RGBA{0, 160, 0, 255}
	blue, grey = color.RGBA{0, 0, 220, 255}, color.RGBA{128, 128, 128, 255}
)

// corners is an image with a colour in each quarter.
func corners(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, [2][2]color.RGBA{{red, green}, {blue, grey}}[y*2/h][x*2/w])
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.Bytes()
}

// exif is what a phone writes: how it was held, where it was, and a thumbnail.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	entry := func(b []byte, tag, kind uint16, n uint32, value []byte) []byte {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = order.AppendUint32(b, n)
		return append(b, append(value, 0, 0, 0, 0)[:4]...)
	}
	const ifd0, gps = 8, 8 + 2 + 3*12 + 4
	text := uint32(gps + 2 + 12 + 4)
	b := order.AppendUint32([]byte(mark), ifd0)
	b = order.AppendUint16(b, 3)
	b = entry(b, 0x010e, 2, uint32(len(canary)), order.AppendUint32(nil, text)) // ImageDescription
	b = entry(b, 0x0112, 3, 1, order.AppendUint16(nil, uint16(orientation)))
	b = entry(b, 0x8825, 4, 1, order.AppendUint32(nil, gps)) // GPSInfo
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1)
	b = entry(b, 0x001d, 2, uint32(len(canary)), order.AppendUint32(nil, text)) // GPSDateStamp
	b = order.AppendUint32(b, 0)
	return append(b, canary...)
}

// withSegments puts EXIF and a comment into a JPEG.
func withSegments(body, tiff []byte) []byte {
	segment := func(marker byte, content []byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	out := append([]byte{}, body[:2]...)
	out = append(out, segment(0xe1, append([]byte("Exif\x00\x00"), tiff...))...)
	out = append(out, segment(0xfe, []byte(canary))...)
	return append(out, body[2:]...)
}

func pngChunk(kind string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunks puts chunks after a PNG's header.
func withChunks(body []byte, chunks ...[]byte) []byte {
	const after = 8 + 25
	return bytes.Join(append(append([][]byte{body[:after]}, chunks...), body[after:]), nil)
}

// hugePNG claims a size and has next to nothing.
func hugePNG(w, h int) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	_, _ = z.Write(make([]byte, 100_000))
	_ = z.Close()
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, 8, 2, 0, 0, 0)), pngChunk("IDAT", data.Bytes()), pngChunk("IEND", nil),
	}, nil)
}

// losslessFrame is a WebP frame of one colour: every code has one symbol, so that a
// pixel takes no bits at all.
func losslessFrame(w, h int, c color.NRGBA) []byte {
	var bits uint64
	n := 0
	var out []byte
	put := func(v, count int) {
		bits |= uint64(v) << n
		for n += count; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(1, 1) // alpha is used
	put(0, 3) // version
	put(0, 3) // no transform, no colour cache, no meta codes
	for _, symbol := range []uint8{c.G, c.R, c.B, c.A} {
		put(0b101, 3) // simple, one symbol, of 8 bits
		put(int(symbol), 8)
	}
	put(0b001, 3) // distances: one symbol, of 1 bit
	put(0, 1)
	put(0, 7)
	return out
}

func webpOf(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func webpChunk(kind string, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
	b = append(b, content...)
	return append(b, make([]byte, len(content)&1)...)
}

// canvas is the header of a WebP with more than a frame.
func canvas(w, h int, flags byte) []byte {
	return webpChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0})
}

// pdfOf is a PDF of some objects.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n")
	return b.Bytes()
}

func plainPDF() []byte {
	return pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>", stream("<< /Length 9 >>", "BT ET q Q"))
}

func stream(dict, data string) string { return dict + "\nstream\n" + data + "\nendstream" }

func deflated(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

// accept takes in what must be right.
func accept(t *testing.T, body []byte) Accepted {
	t.Helper()
	a, err := NewIntake(Usual, 1).Accept(t.Context(), body)
	require.NoError(t, err)
	require.Equal(t, body, a.Original)
	return a
}

// refuse gives the code with which something is refused.
func refuse(t *testing.T, body []byte) *cases.Error {
	t.Helper()
	_, err := NewIntake(Usual, 1).Accept(t.Context(), body)
	var refusal *cases.Error
	require.ErrorAs(t, err, &refusal)
	return refusal
}

func decoded(t testing.TB, body []byte) image.Image {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(body))
	require.NoError(t, err)
	return m
}

// near requires a colour, as well as a JPEG keeps it.
func near(t *testing.T, want color.Color, m image.Image, x, y int) {
	t.Helper()
	r, g, b, a := want.RGBA()
	r2, g2, b2, a2 := m.At(x, y).RGBA()
	for _, pair := range [][2]uint32{{r, r2}, {g, g2}, {b, b2}, {a, a2}} {
		require.InDelta(t, pair[0]>>8, pair[1]>>8, 12, "%v at %d,%d is %v", want, x, y, m.At(x, y))
	}
}
