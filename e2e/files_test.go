//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/story"
)

// telling is a photo that tells more than it shows: in EXIF, in a comment, and after
// its end.
func telling(t *testing.T, said string) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for y := range 200 {
		for x := range 300 {
			m.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x ^ y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	out := bytes.Clone(b.Bytes()[:2])
	for marker, content := range map[byte]string{0xe1: "Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00" + said, 0xfe: said} {
		out = append(binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(content)+2)), content...)
	}
	return append(append(out, b.Bytes()[2:]...), said...)
}

// paper is a PDF with words in it.
func paper(said string) []byte {
	return []byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n% " + said + "\n%%EOF\n")
}

// files puts canaries into what is uploaded, is called so, and is said of it.
func (c *canaryDrill) files() {
	ctx := c.t.Context()
	var drawing bytes.Buffer
	require.NoError(c.t, png.Encode(&drawing, image.NewGray(image.Rect(0, 0, 20, 20))))
	path := "/api/v1/cases/" + c.reported + "/files"
	for _, f := range [][]byte{telling(c.t, words()), drawing.Bytes(), paper(words())} {
		for _, purpose := range []string{"photo", "evidence"} {
			for _, compartment := range []string{"ordinary", "medical"} {
				var out api.CaseFile
				_, err := c.as["manager1"].Upload(ctx, path, story.NewKey(), story.File{Field: "file", Name: "冼雀翎 13900009371.jpg", Body: f},
					map[string]string{"purpose": purpose, "compartment": compartment, "caption": cut(words(), new(500))}, &out)
				require.NoError(c.t, err)
				c.open(out.ID, "shown")
			}
		}
	}
	_, err := c.in.stranger().Upload(ctx, "/api/v1/receipts/photos", story.NewKey(), story.File{Field: "photo", Name: "鄢白鹭.jpg", Body: telling(c.t, words())},
		map[string]string{"code": c.code}, nil)
	require.NoError(c.t, err)
	c.said["add-photo-by-receipt"] = true
	for _, nonsense := range [][]byte{[]byte(words()), paper("/JavaScript " + words()), telling(c.t, words())[:5000]} {
		_, err := c.as["manager1"].Upload(ctx, path, story.NewKey(), story.File{Field: "file", Name: "冼雀翎", Body: nonsense}, map[string]string{"purpose": "photo"}, nil)
		require.Error(c.t, err)
	}
}

func (c *canaryDrill) open(id, part string) story.Raw {
	var link api.FileLink
	_, err := c.as["manager1"].Do(c.t.Context(), http.MethodPost, "/api/v1/files/"+id+"/link", "", map[string]string{"part": part}, &link)
	require.NoError(c.t, err)
	var got story.Raw
	_, err = c.as["manager1"].Do(c.t.Context(), http.MethodGet, link.URL, "", nil, &got)
	require.NoError(c.t, err)
	return got
}

// What was answered to an upload is there whatever happens then; it lies sealed, is
// shown to those who may see it, and each look is answered for.
func TestAPhotoIsKeptThroughAKillAndShownToThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	in := newInstance(t, "anqiu")
	temp := t.TempDir()
	in.start("TMPDIR=" + temp)
	as := in.signIn("desk1", "head", "village", "leader", "education")
	f := filed(t, as["desk1"], "no")
	path := "/api/v1/cases/" + f.Case + "/files"
	sent := telling(t, "GPS 36.478N 119.218E")
	require.NotContains(t, string(sent), "tonghu")
	key := story.NewKey()
	fields := map[string]string{"purpose": "evidence", "caption": "门口"}
	upload := func(by *story.Client) (out api.CaseFile) {
		_, err := by.Upload(ctx, path, key, story.File{Field: "file", Name: "a.jpg", Body: sent}, fields, &out)
		require.NoError(t, err)
		return out
	}
	made := upload(as["desk1"])
	_, err := in.stranger().Upload(ctx, "/api/v1/receipts/photos", story.NewKey(), story.File{Field: "photo", Name: "b.jpg", Body: sent}, map[string]string{"code": f.Receipt}, nil)
	require.NoError(t, err)
	in.kill()
	in.start("TMPDIR=" + temp)
	require.Equal(t, made.ID, upload(as["desk1"]).ID, "a retry after the kill is the same file")

	read := func(by *story.Client, part string) (story.Raw, error) {
		var link api.FileLink
		if _, err := by.Do(ctx, http.MethodPost, "/api/v1/files/"+made.ID+"/link", "", map[string]string{"part": part}, &link); err != nil {
			return story.Raw{}, err
		}
		for _, other := range []*story.Client{as["head"], as["village"], in.stranger()} {
			if other == by {
				continue
			}
			_, err := other.Do(ctx, http.MethodGet, link.URL, "", nil, nil)
			require.Contains(t, []string{"file_link_over", "sign_in_needed"}, story.CodeOf(err), "somebody else's link")
		}
		var got story.Raw
		_, err := by.Do(ctx, http.MethodGet, link.URL, "", nil, &got)
		return got, err
	}
	original, err := read(as["head"], "original")
	require.NoError(t, err)
	require.Equal(t, sent, original.Body)
	require.Equal(t, "application/octet-stream", original.Header.Get("Content-Type"))
	shown, err := read(as["desk1"], "shown")
	require.NoError(t, err)
	require.NotContains(t, string(shown.Body), "GPS")
	require.Equal(t, "image/jpeg", shown.Header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(shown.Header.Get("Content-Disposition"), "attachment"))
	for _, login := range []string{"village", "leader", "education"} {
		_, err := read(as[login], "shown")
		require.Equal(t, "not_found", story.CodeOf(err), login)
	}

	in.verify()
	kinds := map[cases.FactKind]int{}
	events, err := as["desk1"].Events(ctx, f.Case)
	require.NoError(t, err)
	for _, e := range events {
		if e.Type == cases.EventFact {
			kinds[e.FactKind]++
		}
	}
	require.Equal(t, map[cases.FactKind]int{cases.FactFile: 1, cases.FactPhoto: 1}, kinds)

	digest := sha256.Sum256(sent)
	require.Equal(t, 1, in.count("tonghu", `SELECT count(*) FROM audit WHERE chain = 'case:'||$1 AND object = $2 AND 'original:sha256:'||$3 = ANY (detail)`, f.Case, made.ID, hex.EncodeToString(digest[:])))
	require.Equal(t, 2, in.count("tonghu", `SELECT count(*) FROM audit WHERE chain = 'read:'||$1 AND object = $2 AND action = 'read:file'`, f.Case, made.ID))

	blobs := 0
	require.NoError(t, filepath.WalkDir(in.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if strings.HasPrefix(path, filepath.Join(in.data, "blobs")) {
			blobs++
		}
		content, err := os.ReadFile(path)
		if os.IsNotExist(err) { // PostgreSQL is at work
			return nil
		}
		require.NoError(t, err)
		for i := 400; i+40 < len(sent); i += 997 {
			require.False(t, bytes.Contains(content, sent[i:i+40]), "%s holds the photo in clear", path)
		}
		require.False(t, bytes.Contains(content, shown.Body[400:440]), "%s holds the photo in clear", path)
		return nil
	}))
	require.Equal(t, 3+2, blobs, "shown, preview and original of one, shown and preview of the other")
	left, err := filepath.Glob(filepath.Join(temp, "multipart-*"))
	require.NoError(t, err)
	require.Empty(t, left, "an upload lay in clear on the disk")
}
