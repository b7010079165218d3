package files

import (
	"encoding/binary"
	"errors"
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/cases"
)

// FuzzAccept looks for bytes that crash a decoder, or that get through it.
func FuzzAccept(f *testing.F) {
	drawn := corners(24, 16)
	photo := withSegments(jpegOf(f, drawn), exif(binary.BigEndian, 6))
	for _, seed := range [][]byte{
		nil, photo, photo[:200], pngOf(f, drawn), withChunks(pngOf(f, drawn), pngChunk("eXIf", exif(binary.LittleEndian, 8))), hugePNG(60000, 60000),
		webpOf(webpChunk("VP8L", losslessFrame(24, 16, color.NRGBA{1, 2, 3, 4}))), webpOf(canvas(24, 16, 8), webpChunk("VP8L", losslessFrame(24, 16, color.NRGBA{})), webpChunk("EXIF", exif(binary.LittleEndian, 3))),
		plainPDF(), pdfOf(stream("<< /Type /ObjStm >>", deflated("<< /JS 1 >>"))), []byte("%PDF-1.4\n/J#6"), append(photo, plainPDF()...),
	} {
		f.Add(seed)
	}
	limits := Usual
	limits.Pixels, limits.HeavyPixels = 1<<16, 1<<16
	in := NewIntake(limits, 1)
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := in.Accept(t.Context(), body)
		if err != nil {
			var refusal *cases.Error
			require.True(t, errors.As(err, &refusal), "%v is no refusal", err)
			return
		}
		require.Equal(t, a.Media, sniff(a.Shown))
		if a.Media == PDF {
			require.Equal(t, body, a.Shown)
			return
		}
		require.Equal(t, JPEG, sniff(a.Preview))
		m := decoded(t, a.Shown)
		require.Equal(t, a.Width, m.Bounds().Dx())
		require.Equal(t, a.Height, m.Bounds().Dy())
		again, err := in.Accept(t.Context(), a.Shown)
		require.NoError(t, err)
		require.Equal(t, a.Width, again.Width)
	})
}
