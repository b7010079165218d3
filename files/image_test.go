package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/records"
)

func TestWhatCameWithAPhotoIsGone(t *testing.T) {
	drawn := corners(64, 48)
	tiff := exif(binary.LittleEndian, 1)
	for name, body := range map[string][]byte{
		"JPEG":                         withSegments(jpegOf(t, drawn), tiff),
		"JPEG with something after it": append(withSegments(jpegOf(t, drawn), tiff), canary...),
		"PNG":                          withChunks(pngOf(t, drawn), pngChunk("tEXt", []byte("Comment\x00"+canary)), pngChunk("eXIf", tiff)),
		"WebP":                         webpOf(canvas(64, 48, 0x08), webpChunk("VP8L", losslessFrame(64, 48, color.NRGBA{9, 9, 9, 255})), webpChunk("EXIF", tiff)),
	} {
		require.Contains(t, string(body), canary, name)
		a := accept(t, body)
		for _, kept := range [][]byte{a.Shown, a.Preview} {
			require.NotContains(t, string(kept), canary, name)
			require.NotContains(t, string(kept), "Exif", name)
			require.NotContains(t, string(kept), "eXIf", name)
		}
		require.Equal(t, sha256.Sum256(body), a.Digest, name)
		require.Equal(t, []int{64, 48}, []int{a.Width, a.Height}, name)
	}
}

func TestAPhotoStandsTheRightWayUp(t *testing.T) {
	// Of the stored corners, which one is seen at the top left, top right, bottom left, bottom right.
	seen := map[int][4]color.Color{
		1: {red, green, blue, grey}, 2: {green, red, grey, blue}, 3: {grey, blue, green, red}, 4: {blue, grey, red, green},
		5: {red, blue, green, grey}, 6: {blue, red, grey, green}, 7: {grey, green, blue, red}, 8: {green, grey, red, blue},
		0: {red, green, blue, grey}, 9: {red, green, blue, grey},
	}
	stored := jpegOf(t, corners(96, 64))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for o, want := range seen {
			a := accept(t, withSegments(stored, exif(order, o)))
			w, h := 96, 64
			if o >= 5 && o <= 8 {
				w, h = h, w
			}
			m := decoded(t, a.Shown)
			require.Equal(t, image.Rect(0, 0, w, h), m.Bounds(), o)
			near(t, want[0], m, w/4, h/4)
			near(t, want[1], m, 3*w/4, h/4)
			near(t, want[2], m, w/4, 3*h/4)
			near(t, want[3], m, 3*w/4, 3*h/4)
		}
	}
}

func TestAPhotoIsMadeSmaller(t *testing.T) {
	a := accept(t, jpegOf(t, corners(4000, 1000)))
	require.Equal(t, JPEG, a.Media)
	require.Equal(t, []int{2560, 640}, []int{a.Width, a.Height})
	m := decoded(t, a.Shown)
	require.Equal(t, image.Rect(0, 0, 2560, 640), m.Bounds())
	near(t, red, m, 5, 5)
	near(t, green, m, 2555, 5)
	near(t, blue, m, 5, 635)
	near(t, grey, m, 2555, 635)
	small := decoded(t, a.Preview)
	require.Equal(t, image.Rect(0, 0, 320, 80), small.Bounds())
	near(t, grey, small, 310, 70)
}

func TestShrinkingAverages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		w, h, most := 1+rng.IntN(90), 1+rng.IntN(90), 1+rng.IntN(60)
		m := image.NewNRGBA(image.Rect(-3, 7, w-3, h+7)) // a corner that is not the origin
		var sum, got int
		for y := range h {
			for x := range w {
				c := uint8(rng.IntN(256))
				sum += int(c)
				m.Set(x-3, y+7, color.Gray{c})
			}
		}
		out := shrunk(m, most)
		require.LessOrEqual(t, max(out.Rect.Dx(), out.Rect.Dy()), max(most, 1))
		n := out.Rect.Dx() * out.Rect.Dy()
		for i := range n {
			got += int(out.Pix[4*i])
			require.EqualValues(t, 255, out.Pix[4*i+3], "what is opaque stays so")
		}
		require.InDelta(t, float64(sum)/float64(w*h), float64(got)/float64(n), 1, "%dx%d to %d", w, h, most)
	}
}

func TestADrawingKeepsItsLinesAndItsHoles(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	m.Set(10, 10, color.NRGBA{200, 30, 10, 255})
	a := accept(t, pngOf(t, m))
	require.Equal(t, PNG, a.Media)
	out := decoded(t, a.Shown)
	require.Equal(t, color.NRGBAModel.Convert(m.At(10, 10)), color.NRGBAModel.Convert(out.At(10, 10)))
	_, _, _, alpha := out.At(0, 0).RGBA()
	require.Zero(t, alpha)
	near(t, color.White, decoded(t, a.Preview), 0, 0)
}

func TestADrawingThatTakesTooMuchRoomIsKeptLikeAPhoto(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 1500, 1000))
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range m.Pix {
		m.Pix[i] = uint8(rng.IntN(256)) | uint8(i%4/3*255)
	}
	a := accept(t, pngOf(t, m))
	require.Equal(t, JPEG, a.Media)
	require.Less(t, len(a.Shown), mostPNG)
}

func TestWebPIsTakenInAndKeptAsAnother(t *testing.T) {
	photo := accept(t, webpOf(webpChunk("VP8L", losslessFrame(30, 20, color.NRGBA{0, 160, 0, 255}))))
	require.Equal(t, JPEG, photo.Media)
	near(t, green, decoded(t, photo.Shown), 15, 10)
	drawing := accept(t, webpOf(webpChunk("VP8L", losslessFrame(30, 20, color.NRGBA{0, 160, 0, 100}))))
	require.Equal(t, PNG, drawing.Media)
}

func TestAnImageThatIsMuchSmallerThanItClaimsIsNotDecoded(t *testing.T) {
	frame := losslessFrame(16000, 16000, color.NRGBA{0, 0, 0, 255})
	huge := jpegOf(t, corners(16, 16))
	sof := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[sof+5:], 60000)
	binary.BigEndian.PutUint16(huge[sof+7:], 60000)
	progressive := jpegOf(t, corners(16, 16))
	progressive[sof+1] = 0xc2
	binary.BigEndian.PutUint16(progressive[sof+5:], 6000)
	binary.BigEndian.PutUint16(progressive[sof+7:], 5000)
	for name, body := range map[string][]byte{
		"PNG": hugePNG(60000, 60000), "WebP": webpOf(webpChunk("VP8L", frame)), "JPEG": huge, "progressive JPEG": progressive,
		"WebP whose frame is larger than its canvas": webpOf(canvas(10, 10, 0), webpChunk("VP8L", frame)),
	} {
		refusal := refuse(t, body)
		require.Equal(t, records.CodeFilePixels, refusal.Code, name)
		require.Contains(t, []string{"25", "50"}, refusal.Detail["limit"], name)
	}
}

func TestABrokenImageIsRefused(t *testing.T) {
	photo, drawing := jpegOf(t, corners(200, 200)), pngOf(t, corners(200, 200))
	frame := webpChunk("VP8L", losslessFrame(30, 20, color.NRGBA{}))
	scan := photo[bytes.Index(photo, []byte{0xff, 0xda}) : len(photo)-2]
	restless := append(bytes.Clone(photo[:len(photo)-2]), bytes.Repeat(scan[:14], 1000)...)
	for name, body := range map[string][]byte{
		"JPEG cut off": photo[:len(photo)/2], "PNG cut off": drawing[:len(drawing)/2], "WebP cut off": webpOf(frame[:12]),
		"only a beginning": photo[:3], "only a PNG's beginning": drawing[:8], "only a WebP's beginning": webpOf(),
	} {
		require.Equal(t, records.CodeFileDamaged, refuse(t, body).Code, name)
	}
	require.ErrorIs(t, refuse(t, restless), errScans)
	require.ErrorIs(t, refuse(t, webpOf(canvas(30, 20, 2), webpChunk("ANIM", make([]byte, 6)), frame)), errAnimated)
}

func TestOnlyAFewKindsOfFileAreTakenIn(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "text": "hello", "SVG": `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "HTML": "<!DOCTYPE html>", "ZIP or Office": "PK\x03\x04",
		"GIF": "GIF89a", "old Office": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "program": "\x7fELF", "PDF not at the start": "\n%PDF-1.7\n%%EOF",
		"AVIF": "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "video": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "another RIFF": "RIFF\x00\x00\x00\x00WAVEfmt ",
	} {
		refusal := refuse(t, []byte(body))
		require.Equal(t, records.CodeFileType, refusal.Code, name)
		require.Equal(t, Wanted, refusal.Detail["formats"], name)
	}
	require.Equal(t, records.CodeFileHEIC, refuse(t, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")).Code)
}

func TestAFileHasALimitOfItsKind(t *testing.T) {
	image := append(jpegOf(t, corners(8, 8)), make([]byte, Usual.ImageBytes)...)
	refusal := refuse(t, image)
	require.Equal(t, records.CodeFileTooLarge, refusal.Code)
	require.Equal(t, "10", refusal.Detail["limit"])

	paper := pdfOf("<< /Type /Catalog >>", stream("<< /Subtype /Image >>", string(make([]byte, Usual.ImageBytes))))
	require.Equal(t, PDF, accept(t, paper).Media)
	refusal = refuse(t, pdfOf("<< /Type /Catalog >>", stream("<< /Subtype /Image >>", string(make([]byte, Usual.PDFBytes)))))
	require.Equal(t, records.CodeFileTooLarge, refusal.Code)
	require.Equal(t, "20", refusal.Detail["limit"])
}

func TestADecodeWaitsForItsTurn(t *testing.T) {
	in := NewIntake(Usual, 1)
	in.slots <- struct{}{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := in.Accept(gone, jpegOf(t, corners(8, 8)))
	require.ErrorIs(t, err, context.Canceled)
	<-in.slots
	for range 3 { // each gives its turn back, refused or not
		_, err = in.Accept(t.Context(), jpegOf(t, corners(8, 8)))
		require.NoError(t, err)
		_, err = in.Accept(t.Context(), jpegOf(t, corners(80, 80))[:700])
		require.Error(t, err)
	}
}
