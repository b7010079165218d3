package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/files"
	"tonghu/records"
	"tonghu/vault"
)

// shelf is a store of files that lets everybody do everything: what is refused, the
// API has refused.
type shelf struct {
	mu    sync.Mutex
	added []records.NewFile
	once  []records.Once
	by    []records.Access
	rows  []records.File
	looks []string
	took  []cases.Fact
	why   []string
	fail  error
}

func (s *shelf) AddFile(_ context.Context, once records.Once, a records.Access, id string, f records.NewFile) (records.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return records.File{}, s.fail
	}
	row := records.File{
		ID: f.Fact.ID, Case: id, Purpose: f.Purpose, Compartment: f.Compartment, Media: f.Media, Document: f.Document, Name: f.Name, Caption: f.Caption,
		Bytes: int64(len(f.Shown)), Width: f.Width, Height: f.Height, Person: f.Fact.By.Person, Post: f.Fact.By.Post, At: f.Fact.Received,
		HasPreview: len(f.Preview) > 0, HasOriginal: len(f.Original) > 0,
	}
	s.added, s.once, s.by, s.rows = append(s.added, f), append(s.once, once), append(s.by, a), append(s.rows, row)
	return row, nil
}

func (s *shelf) Files(context.Context, records.Access, string) ([]records.File, error) {
	return s.rows, nil
}

func (s *shelf) GetFile(_ context.Context, _ records.Access, id string) (records.File, error) {
	i := slices.IndexFunc(s.rows, func(f records.File) bool { return f.ID == id })
	if i < 0 {
		return records.File{}, cases.Refuse(cases.CodeNotFound)
	}
	return s.rows[i], nil
}

func (s *shelf) OpenFile(ctx context.Context, a records.Access, id string, part records.FilePart) (records.FileContent, error) {
	f, err := s.GetFile(ctx, a, id)
	if err == nil {
		err = s.fail
	}
	if err != nil {
		return records.FileContent{}, err
	}
	s.looks = append(s.looks, a.Person+" "+id+" "+string(part))
	return records.FileContent{File: f, Media: f.Media, Body: bytes.Repeat([]byte("pixels "), 1000)}, nil
}

func (s *shelf) WithdrawFile(_ context.Context, _ records.Access, id string, f cases.Fact, reason string) (records.File, error) {
	s.took, s.why = append(s.took, f), append(s.why, reason)
	i := slices.IndexFunc(s.rows, func(f records.File) bool { return f.ID == id })
	s.rows[i].WithdrawnAt = f.Received
	return s.rows[i], nil
}

func setupFiles(t *testing.T, change ...func(*Config)) (*bundle, *shelf) {
	t.Helper()
	s := &shelf{}
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "links.json")})
	require.NoError(t, err)
	b := setup(t, append([]func(*Config){func(c *Config) { c.Files, c.Links = s, v.Links() }}, change...)...)
	return b, s
}

func aPhoto(t testing.TB) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40)), nil))
	return b.Bytes()
}

const aPaper = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

// part is one of a form's: a text, or a file if it has a name.
type part struct {
	field, name string
	body        []byte
}

func text(field, value string) part { return part{field, "", []byte(value)} }

func multi(t testing.TB, parts ...part) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", p.field)}}
		if p.name != "" {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", p.field, p.name))
			h.Set("Content-Type", "application/x-claimed") // nobody looks at it
		}
		out, err := w.CreatePart(h)
		require.NoError(t, err)
		_, err = out.Write(p.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// upload sends a form; the last headers count.
func (c *caller) upload(path, key string, parts ...part) reply {
	c.t.Helper()
	body, contentType := multi(c.t, parts...)
	return c.post(path, body, "Content-Type", contentType, "Idempotency-Key", key)
}

func TestAPhotoIsTakenInForACase(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	manager := b.as(testManager)
	sent := aPhoto(t)
	got := manager.upload("/api/v1/cases/"+id+"/files", "upload-0001",
		part{"file", `C:\phone\小童.gif`, sent}, text("purpose", "evidence"), text("caption", " 门口 "), text("compartment", "medical"), text("document", "medical_record"),
	).is(http.StatusCreated)
	require.Equal(t, map[string]any{
		"id": got["id"], "case": id, "purpose": "evidence", "compartment": "medical", "media": "image/jpeg", "document": "medical_record", "name": `C:\phone\小童.gif`,
		"caption": "门口", "bytes": got["bytes"], "width": 60., "height": 40., "person": got["person"], "post": string(testManager),
		"uploaded_at": "2026-03-04T01:00:00Z", "original": true, "preview": got["preview"],
	}, got)
	f := s.added[0]
	require.Equal(t, sent, f.Original)
	require.Equal(t, sha256.Sum256(sent), f.OriginalDigest)
	require.NotEqual(t, sent, f.Shown)
	require.Equal(t, cases.Fact{
		ID: got["id"].(string), Kind: cases.FactFile, Occurred: b.now, Received: b.now, By: cases.Actor{Person: got["person"].(string), Post: testManager},
		Fields: cases.Fields{"purpose": "evidence", "media": "image/jpeg", "document": "medical_record"},
	}, f.Fact)

	manager.upload("/api/v1/cases/"+id+"/files", "upload-0001", part{"file", `C:\phone\小童.gif`, sent}, text("purpose", "evidence")).is(http.StatusCreated)
	require.Equal(t, f.Fact.ID, s.added[1].Fact.ID, "a retry means the same file")
	require.NotEqual(t, s.once[0].Body, s.once[1].Body)
	manager.upload("/api/v1/cases/"+id+"/files", "upload-0002", part{"file", "x", []byte(aPaper)}, text("purpose", "evidence")).is(http.StatusCreated)
	require.Equal(t, files.PDF, s.added[2].Media)
	require.Nil(t, s.added[2].Original, "it is shown as it came")
}

func TestWhatIsNoFileIsRefusedInWords(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	huge := append(aPhoto(t), make([]byte, files.Usual.ImageBytes)...)
	for i, c := range []struct {
		body   []byte
		status int
		code   cases.Code
		says   string
	}{
		{[]byte("<svg/>"), http.StatusUnprocessableEntity, records.CodeFileType, "PDF"},
		{[]byte("PK\x03\x04docx"), http.StatusUnprocessableEntity, records.CodeFileType, "PNG"},
		{[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), http.StatusUnprocessableEntity, records.CodeFileHEIC, "JPEG"},
		{huge, http.StatusRequestEntityTooLarge, records.CodeFileTooLarge, "10"},
		{make([]byte, files.Usual.PDFBytes+1), http.StatusRequestEntityTooLarge, records.CodeFileTooLarge, "20"},
		{aPhoto(t)[:100], http.StatusUnprocessableEntity, records.CodeFileDamaged, ""},
		{[]byte(strings.Replace(aPaper, "/Type", "/JS", 1)), http.StatusUnprocessableEntity, records.CodePDFActive, "PDF"},
		{[]byte(strings.Replace(aPaper, "/Type", "/Encrypt", 1)), http.StatusUnprocessableEntity, records.CodePDFLocked, "PDF"},
	} {
		body, contentType := multi(t, part{"file", "photo.jpg", c.body}, text("purpose", "photo"))
		var details []string
		for _, lang := range []string{"zh-CN", "en"} {
			p := desk.post("/api/v1/cases/"+id+"/files", body, "Content-Type", contentType, "Idempotency-Key", fmt.Sprintf("upload-%04d", i), "Accept-Language", lang).refused(c.status, c.code)
			if c.code != records.CodePDFActive && c.code != records.CodePDFLocked {
				require.Contains(t, p.Detail, c.says)
			}
			require.NotContains(t, p.Detail, "{")
			details = append(details, p.Detail)
		}
		require.NotEqual(t, details[0], details[1])
	}
	s.fail = cases.Refuse(records.CodeFilesTooMany).With("limit", "200")
	p := desk.upload("/api/v1/cases/"+id+"/files", "upload-0100", part{"file", "a", aPhoto(t)}, text("purpose", "photo")).refused(http.StatusUnprocessableEntity, records.CodeFilesTooMany)
	require.Contains(t, p.Detail, "200")
	require.Empty(t, s.added)
}

func TestAFormThatIsNotRightIsRefused(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	path := "/api/v1/cases/" + id + "/files"
	photo := part{"file", "a.jpg", aPhoto(t)}
	for name, c := range map[string]struct {
		parts []part
		field string
	}{
		"no file":            {[]part{text("purpose", "photo")}, "file"},
		"an empty file":      {[]part{{"file", "a.jpg", nil}, text("purpose", "photo")}, "file"},
		"two files":          {[]part{photo, photo, text("purpose", "photo")}, "file"},
		"no purpose":         {[]part{photo}, "purpose"},
		"a purpose of none":  {[]part{photo, text("purpose", "report")}, "purpose"},
		"a compartment":      {[]part{photo, text("purpose", "photo"), text("compartment", "reporter")}, "compartment"},
		"a paper of none":    {[]part{photo, text("purpose", "photo"), text("document", "x")}, "document"},
		"a long caption":     {[]part{photo, text("purpose", "photo"), text("caption", strings.Repeat("门", 501))}, "caption"},
		"no text":            {[]part{photo, text("purpose", "photo"), text("caption", "\xff\xfe")}, "caption"},
		"a field of none":    {[]part{photo, text("purpose", "photo"), text("child", "x")}, "body"},
		"a field twice":      {[]part{photo, text("purpose", "photo"), text("purpose", "photo")}, "purpose"},
		"too many fields":    {append([]part{photo}, slices.Repeat([]part{text("x", "")}, 20)...), "body"},
		"a field of a novel": {[]part{photo, text("purpose", "photo"), text("caption", strings.Repeat("x", 9000))}, "caption"},
	} {
		p := desk.upload(path, "upload-0001", c.parts...).refused(http.StatusUnprocessableEntity, cases.CodeField)
		require.Equal(t, c.field, p.Errors[0].Field, name)
	}
	body, contentType := multi(t, photo, text("purpose", "photo"))
	desk.post(path, body, keyed("upload-0001")...).refused(http.StatusUnsupportedMediaType, records.CodeMedia)
	desk.post(path, body, "Content-Type", "multipart/form-data", "Idempotency-Key", "upload-0001").refused(http.StatusUnsupportedMediaType, records.CodeMedia)
	desk.post(path, body[:len(body)/2], "Content-Type", contentType, "Idempotency-Key", "upload-0001").refused(http.StatusUnprocessableEntity, cases.CodeField)
	desk.post(path, nil, "Content-Type", contentType, "Idempotency-Key", "upload-0001").refused(http.StatusUnprocessableEntity, cases.CodeField)
	desk.post(path, body, "Content-Type", contentType).refused(http.StatusBadRequest, records.CodeKeyMissing)
	desk.upload(path, "upload-0001", photo, text("purpose", "photo"), text("post", string(testHead))).refused(http.StatusForbidden, cases.CodeRole)
	require.Empty(t, s.added)
}

func TestWhoMayNotAddAFileSendsItForNothing(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	path := "/api/v1/cases/" + id + "/files"
	photo := []part{{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")}
	b.anyone().upload(path, "upload-0001", photo...).refused(http.StatusUnauthorized, records.CodeSignIn)
	b.as(cases.NewPost("379999101204", cases.RoleDirector)).upload(path, "upload-0001", photo...).refused(http.StatusNotFound, cases.CodeNotFound)
	b.as(cases.NewPost(testCity, cases.RoleSystemAdmin)).upload(path, "upload-0001", photo...).refused(http.StatusNotFound, cases.CodeNotFound)
	require.Empty(t, s.added)
	b.as(testDirector).upload(path, "upload-0001", photo...).is(http.StatusCreated)
}

func TestALinkIsForOnePersonAndAMinute(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	manager := b.as(testManager)
	made := manager.upload("/api/v1/cases/"+id+"/files", "upload-0001", part{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")).is(http.StatusCreated)
	file := made["id"].(string)
	link := manager.post("/api/v1/files/"+file+"/link", map[string]any{}).is(http.StatusOK)
	require.Equal(t, "2026-03-04T01:01:00Z", link["expires_at"])
	url := link["url"].(string)

	got := manager.get(url)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	require.Equal(t, bytes.Repeat([]byte("pixels "), 1000), got.body)
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Content-Disposition": `attachment; filename="tonghu-` + file[:8] + `.jpg"`, "Content-Length": "7000",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
	} {
		require.Equal(t, want, got.header.Get(name), name)
	}
	person := made["person"].(string)
	require.Equal(t, []string{person + " " + file + " shown"}, s.looks)
	require.Equal(t, http.StatusOK, manager.get(made["preview"].(string)).status)
	require.Equal(t, person+" "+file+" preview", s.looks[1])

	b.as(testHead).get(url).refused(http.StatusNotFound, records.CodeFileLink)
	b.anyone().get(url).refused(http.StatusUnauthorized, records.CodeSignIn)
	manager.get(url[:len(url)-4]+"AAAA").refused(http.StatusNotFound, records.CodeFileLink)
	manager.get("/api/v1/files/x").refused(http.StatusNotFound, records.CodeFileLink)
	b.now = b.now.Add(time.Minute)
	manager.get(url).refused(http.StatusNotFound, records.CodeFileLink)
	require.Len(t, s.looks, 2)

	manager.post("/api/v1/files/"+file+"/link", map[string]any{"part": "original"}).refused(http.StatusNotFound, cases.CodeNotFound)
	manager.post("/api/v1/files/"+uuid.NewString()+"/link", map[string]any{}).refused(http.StatusNotFound, cases.CodeNotFound)
	for _, line := range b.log.All() {
		require.NotContains(t, fmt.Sprint(line.ContextMap()), url[len("/api/v1/files/"):], "a link in the log")
	}
}

func TestAuthorityIsLookedAtAgainAtTheDownload(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	manager := b.as(testManager)
	file := manager.upload("/api/v1/cases/"+id+"/files", "upload-0001", part{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")).is(http.StatusCreated)
	supervisor := b.as(testSupervisor)
	url := supervisor.post("/api/v1/files/"+file["id"].(string)+"/link", map[string]any{}).is(http.StatusOK)["url"].(string)
	require.Equal(t, http.StatusOK, supervisor.get(url).status)
	b.book.view.State.Compartment = true
	supervisor.get(url).refused(http.StatusNotFound, cases.CodeNotFound)
	b.book.view.State.Compartment = false
	b.book.view.State.Recused = []cases.Post{testSupervisor}
	supervisor.get(url).refused(http.StatusNotFound, cases.CodeNotFound)
	require.Len(t, s.looks, 1)
	s.fail = cases.Refuse(cases.CodeUnavailable) // the audit log cannot be written
	manager.get(manager.post("/api/v1/files/"+file["id"].(string)+"/link", map[string]any{}).is(http.StatusOK)["url"].(string)).refused(http.StatusServiceUnavailable, cases.CodeUnavailable)
}

func TestFilesAreShownToThoseWhoOpenTheirPart(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	for _, c := range records.FileCompartments {
		s.rows = append(s.rows, records.File{ID: uuid.NewString(), Case: id, Purpose: records.FileDocument, Compartment: c, Media: files.PDF, At: b.now})
	}
	shown := func(post cases.Post) (out []string) {
		for _, f := range b.as(post).get("/api/v1/cases/" + id + "/files").is(http.StatusOK)["items"].([]any) {
			out = append(out, f.(map[string]any)["compartment"].(string))
		}
		return out
	}
	for post, want := range map[cases.Post][]string{
		testDesk: {"ordinary", "narrative"}, testManager: {"ordinary", "narrative", "medical", "address"}, testSupervisor: {"ordinary", "narrative"}, testDirector: nil,
		cases.UnitPost("police", cases.RolePolice): {"ordinary", "narrative"},
	} {
		require.Equal(t, want, shown(post), post)
		who := b.as(post)
		for _, f := range s.rows {
			answered := who.post("/api/v1/files/"+f.ID+"/link", map[string]any{})
			if slices.Contains(want, string(f.Compartment)) {
				answered.is(http.StatusOK)
			} else {
				answered.refused(http.StatusNotFound, cases.CodeNotFound)
			}
		}
	}
	b.as(cases.NewPost("379999101204", cases.RoleDirector)).get("/api/v1/cases/"+id+"/files").refused(http.StatusNotFound, cases.CodeNotFound)
	b.book.view.State.Compartment = true
	require.Equal(t, []string(nil), shown(testSupervisor))
}

func TestAFileIsTakenBackByItsAuthorOrTheOwner(t *testing.T) {
	b, s := setupFiles(t)
	id := b.book.open(t)
	b.book.view.State.Owner = testDesk
	director := b.as(testDirector)
	file := director.upload("/api/v1/cases/"+id+"/files", "upload-0001", part{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")).is(http.StatusCreated)["id"].(string)
	path, why := "/api/v1/files/"+file+"/withdraw", map[string]any{"reason": "拍错了"}
	director.post(path, map[string]any{}).refused(http.StatusUnprocessableEntity, cases.CodeField)
	b.as(testManager).post(path, why).refused(http.StatusForbidden, records.CodeForbidden)
	b.as(testSupervisor).post(path, why).refused(http.StatusForbidden, records.CodeForbidden)
	s.rows[0].At = b.now.Add(-records.DropWithin)
	director.post(path, why).refused(http.StatusForbidden, records.CodeForbidden)
	require.Empty(t, s.took)
	got := b.as(testDesk).post(path, why).is(http.StatusOK)
	require.Equal(t, "2026-03-04T01:00:00Z", got["withdrawn_at"])
	require.NotContains(t, got, "preview")
	require.Equal(t, []string{"拍错了"}, s.why)
	require.Equal(t, []cases.Post{testDesk}, []cases.Post{s.took[0].By.Post})
	require.Equal(t, cases.Fields{"file": file}, s.took[0].Fields)

	other := director.upload("/api/v1/cases/"+id+"/files", "upload-0002", part{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")).is(http.StatusCreated)["id"].(string)
	director.post("/api/v1/files/"+other+"/withdraw", why).is(http.StatusOK)
	require.Equal(t, testDirector, s.took[1].By.Post)
}

func TestAReporterAddsPhotosForADay(t *testing.T) {
	b, s := setupFiles(t)
	id := uuid.NewString()
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "vault.json")})
	require.NoError(t, err)
	code := v.Receipts().For(id)
	digest := code.Digest()
	view := records.ReceiptView{Case: id, FiledAt: b.now, State: cases.State{Kind: cases.MandatoryReport, Stage: cases.ReportTriage}}
	b.receipts.byHash = func(hash []byte) (records.ReceiptView, error) {
		if !bytes.Equal(hash, digest[:]) {
			return records.ReceiptView{}, cases.Refuse(records.CodeReceiptWrong)
		}
		return view, nil
	}
	const path = "/api/v1/receipts/photos"
	photo := part{"photo", "我的手机.jpg", aPhoto(t)}
	teacher := b.as(cases.UnitPost("school", cases.RoleReporter)) // signed in, and nobody all the same
	got := teacher.upload(path, "photo-0001", photo, text("code", code.Reveal())).is(http.StatusCreated)
	require.Equal(t, map[string]any{"received_at": "2026-03-04T01:00:00Z"}, got, "nothing to read it back by")
	f := s.added[0]
	require.Equal(t, records.FileReport, f.Purpose)
	require.Equal(t, cases.Narrative, f.Compartment)
	require.Empty(t, f.Name, "what a telephone calls it may tell whose it is")
	require.Nil(t, f.Original, "it would hold where the reporter stood")
	require.Equal(t, cases.Actor{}, f.Fact.By)
	require.Equal(t, cases.FactPhoto, f.Fact.Kind)
	require.Equal(t, records.Access{}, s.by[0])
	require.Equal(t, "receipt:"+id, s.once[0].Actor)

	b.anyone().upload(path, "photo-0002", photo, text("code", "12345")).refused(http.StatusNotFound, records.CodeReceiptWrong)
	b.anyone().upload(path, "photo-0002", photo).refused(http.StatusNotFound, records.CodeReceiptWrong)
	b.anyone().upload(path, "photo-0002", part{"photo", "a.pdf", []byte(aPaper)}, text("code", code.Reveal())).refused(http.StatusUnprocessableEntity, records.CodeFileType)
	b.anyone().upload(path, "photo-0002", part{"photo", "a.jpg", make([]byte, files.Usual.ImageBytes+1)}, text("code", code.Reveal())).refused(http.StatusRequestEntityTooLarge, records.CodeFileTooLarge)

	b.now = b.now.Add(records.PhotosWithin)
	b.anyone().upload(path, "photo-0003", photo, text("code", code.Reveal())).refused(http.StatusUnprocessableEntity, records.CodePhotosOver)
	view.Messages = []records.Message{{From: "office", Text: "请补充照片", Asks: true}}
	b.anyone().upload(path, "photo-0003", photo, text("code", code.Reveal())).is(http.StatusCreated)
	require.Len(t, s.added, 2)
	for _, line := range b.log.All() {
		said, err := json.Marshal(line.ContextMap())
		require.NoError(t, err)
		require.NotContains(t, string(said), code.Reveal())
		if line.ContextMap()["route"] == path {
			require.NotContains(t, line.ContextMap(), "person")
		}
	}
}

func TestSlotsAreSharedFairly(t *testing.T) {
	s := newSlots(3, 2)
	take := func(who string) func() {
		t.Helper()
		release, err := s.take(who)
		require.NoError(t, err)
		return release
	}
	full := func(who string) {
		t.Helper()
		_, err := s.take(who)
		require.Equal(t, http.StatusTooManyRequests, problemOf(err, english).Status)
		require.Equal(t, "10", problemOf(err, english).headers.Get("Retry-After"))
	}
	first, second := take("a"), take("a")
	full("a")
	other := take("b")
	full("c")
	first()
	other()
	third := take("c")
	second()
	third()
	require.Zero(t, s.taken)
	require.Empty(t, s.by)
}

// trickle is a body of which one byte comes, and no more.
type trickle struct{ gone chan struct{} }

func (s trickle) Read(p []byte) (int, error) {
	<-s.gone
	return 0, io.EOF
}

func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	require.Equal(t, codeSlow, refusalIn(broken(&net.OpError{Op: "read", Err: timeout{}})).Code)
	b, s := setupFiles(t)
	id := b.book.open(t)
	desk := b.as(testDesk)
	ctx, cancel := context.WithCancel(t.Context())
	body := trickle{make(chan struct{})}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, desk.server.URL+"/api/v1/cases/"+id+"/files", io.MultiReader(strings.NewReader("--x\r\n"), body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Idempotency-Key", "upload-0001")
	done := make(chan error)
	go func() {
		resp, err := desk.client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		done <- err
	}()
	cancel() // the caller hangs up: the slot is free again
	close(body.gone)
	<-done
	for range 5 {
		desk.upload("/api/v1/cases/"+id+"/files", "upload-0002", part{"file", "a.jpg", aPhoto(t)}, text("purpose", "photo")).is(http.StatusCreated)
	}
	require.Len(t, s.added, 5)
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
