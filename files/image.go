package files

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

const (
	quality        = 85
	previewQuality = 70
	// mostPNG is how large a drawing may get before it is kept like a photo.
	mostPNG = 4 << 20
)

// redraw decodes an image and makes new ones of its pixels.
func (in *Intake) redraw(media string, body []byte, h header) (Accepted, error) {
	decode := map[string]func(io.Reader) (image.Image, error){JPEG: jpeg.Decode, PNG: png.Decode, WebP: webp.Decode}[media]
	source, err := decode(bytes.NewReader(body))
	if err != nil {
		return Accepted{}, damaged(err)
	}
	if source.Bounds().Empty() {
		return Accepted{}, damaged(errTruncated)
	}
	shown := turned(shrunk(source, in.limits.Side), h.orientation)
	a := Accepted{Original: body, Digest: sha256.Sum256(body), Width: shown.Rect.Dx(), Height: shown.Rect.Dy()}
	drawing := media == PNG || media == WebP && !shown.Opaque()
	if a.Media, a.Shown, err = encoded(shown, drawing); err != nil {
		return Accepted{}, err
	}
	var small bytes.Buffer
	err = jpeg.Encode(&small, onWhite(shrunk(shown, in.limits.Preview)), &jpeg.Options{Quality: previewQuality})
	a.Preview = small.Bytes()
	return a, err
}

// encoded writes pixels out, and nothing but them. A drawing keeps its exact lines
// unless that takes too much room.
func encoded(m *image.RGBA, drawing bool) (string, []byte, error) {
	var out bytes.Buffer
	if drawing {
		if err := png.Encode(&out, m); err != nil {
			return "", nil, err
		}
		if out.Len() <= mostPNG {
			return PNG, out.Bytes(), nil
		}
		out.Reset()
	}
	err := jpeg.Encode(&out, onWhite(m), &jpeg.Options{Quality: quality})
	return JPEG, out.Bytes(), err
}

// onWhite puts what is transparent on paper.
func onWhite(m *image.RGBA) *image.RGBA {
	if m.Opaque() {
		return m
	}
	out := image.NewRGBA(m.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, m.Rect.Min, draw.Over)
	return out
}

// shrunk draws an image so that no side is longer than most, each new pixel being
// the average of the area that it covers. It holds one line of the source beside
// the result; the scalers of x/image/draw would hold 32 bytes for each pixel of a
// half-scaled copy.
func shrunk(src image.Image, most int) *image.RGBA {
	b := src.Bounds()
	w, h := fit(b.Dx(), b.Dy(), most)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(out, out.Rect, src, b.Min, draw.Src)
		return out
	}
	across, down := shares(b.Dx(), w), shares(b.Dy(), h)
	line := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	sums, next := make([]float32, 4*(w+1)), make([]float32, 4*(w+1))
	row := make([]float32, 4*(w+1))
	for y, share := range down {
		draw.Draw(line, line.Rect, src, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		clear(row)
		for x, s := range across {
			p, to := line.Pix[4*x:4*x+4:4*x+4], row[4*s.at:4*s.at+8:4*s.at+8]
			for c := range 4 {
				v := float32(p[c])
				to[c] += v * s.first
				to[4+c] += v * s.second
			}
		}
		for i, v := range row {
			sums[i] += v * share.first
			next[i] += v * share.second
		}
		if y+1 < len(down) && down[y+1].at == share.at {
			continue
		}
		for i := range 4 * w {
			out.Pix[share.at*out.Stride+i] = uint8(min(sums[i]+0.5, 255))
		}
		sums, next = next, sums
		clear(next)
	}
	return out
}

// fit gives the size of an image whose longer side is at most most.
func fit(w, h, most int) (int, int) {
	if w <= most && h <= most {
		return w, h
	}
	if w >= h {
		return most, max(1, h*most/w)
	}
	return max(1, w*most/h), most
}

// share is how much of a target pixel one source pixel is, and of the one after it.
type share struct {
	at            int
	first, second float32
}

// shares gives the share of each of from pixels in to larger ones.
func shares(from, to int) []share {
	out := make([]share, from)
	for i := range out {
		// In units of 1/to of a source pixel, a target pixel is from units long.
		at := i * to / from
		end := (at + 1) * from
		first := min(to, end-i*to)
		out[i] = share{at, float32(first) / float32(from), float32(to-first) / float32(from)}
	}
	return out
}

// turned applies EXIF's orientation (Exif 4.6.4 tag 274).
func turned(m *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			to := [...]image.Point{
				2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x},
			}[orientation]
			copy(out.Pix[out.PixOffset(to.X, to.Y):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}
