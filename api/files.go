package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"tonghu/cases"
	"tonghu/files"
	"tonghu/records"
)

// linkLife is how long a link to a file is good: for one click.
const linkLife = time.Minute

// Links makes short links that open for one person. vault.Links is one.
type Links interface {
	Make(what, who string, until time.Time) string
	Open(link, who string, now time.Time) (what string, err error)
}

// CaseFile is a photo or paper of a case.
type CaseFile struct {
	ID          string                   `json:"id"`
	Case        string                   `json:"case"`
	Purpose     choice[allFilePurposes]  `json:"purpose"`
	Compartment choice[fileCompartments] `json:"compartment" doc:"the part of the file that it is sealed in"`
	Media       string                   `json:"media" enum:"image/jpeg,image/png,application/pdf"`
	Document    string                   `json:"document,omitempty" doc:"which of a step's papers it is"`
	Name        string                   `json:"name,omitempty" doc:"what its sender called it"`
	Caption     string                   `json:"caption,omitempty"`
	Bytes       int64                    `json:"bytes"`
	Width       int                      `json:"width,omitempty" doc:"pixels, of an image"`
	Height      int                      `json:"height,omitempty"`
	Person      string                   `json:"person,omitempty" doc:"who uploaded it; absent of a reporter"`
	Post        cases.Post               `json:"post,omitempty"`
	UploadedAt  time.Time                `json:"uploaded_at"`
	Original    bool                     `json:"original,omitempty" doc:"what was uploaded is kept too, as evidence"`
	SHA256      string                   `json:"original_sha256,omitempty" doc:"of what was uploaded as evidence, in hex, as the audit log has kept it; in lists"`
	WithdrawnAt time.Time                `json:"withdrawn_at,omitzero" doc:"it was taken back: kept, and opened no more"`
	Preview     string                   `json:"preview,omitempty" doc:"link to a small JPEG, good for a minute and for the caller alone"`
}

type (
	filePurposes     struct{}
	allFilePurposes  struct{}
	fileCompartments struct{}
	fileParts        struct{}
	documents        struct{}
)

func (filePurposes) options() []string { return texts(records.FilePurposes) }
func (allFilePurposes) options() []string {
	return append(texts(records.FilePurposes), string(records.FileReport))
}
func (fileCompartments) options() []string { return texts(records.FileCompartments) }
func (fileParts) options() []string        { return texts(records.FileParts) }

// options lists the papers of all steps.
func (documents) options() []string {
	var out []string
	for _, step := range cases.AllSteps() {
		for _, d := range step.Documents {
			if !slices.Contains(out, d.Name) {
				out = append(out, d.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// FileLink is where a file is for a minute.
type FileLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

type caseFileInput struct {
	OnceKey
	OfCase
	multipartForm
}

type filesInput struct{ OfCase }

// OfFile names a file in a path.
type OfFile struct {
	ID string `path:"id" format:"uuid" doc:"the file"`
}

type fileLinkInput struct {
	OfFile
	Body struct {
		Part choice[fileParts] `json:"part,omitempty" doc:"shown if absent; original is of evidence only"`
	}
}

type tokenInput struct {
	Token string `path:"token" maxLength:"200" pattern:"^[A-Za-z0-9_-]+$"`
}

type withdrawInput struct {
	OfFile
	Body struct {
		Reason string     `json:"reason" minLength:"1" maxLength:"1000"`
		Post   cases.Post `json:"post,omitempty" maxLength:"120"`
	}
}

type photoInput struct {
	OnceKey
	multipartForm
}

// PhotoStored is all that a reporter learns of a photo: it cannot be read back.
type PhotoStored struct {
	ReceivedAt time.Time `json:"received_at"`
}

// fileAnswer is a file as it is served: to be kept, not to be run.
type fileAnswer struct {
	ContentType string `header:"Content-Type"`
	Length      int    `header:"Content-Length"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

// whyRefused are the refusals of what is no file that is taken in.
var whyRefused = []cases.Code{
	records.CodeFileType, records.CodeFileHEIC, records.CodeFileTooLarge, records.CodeFilePixels, records.CodeFileDamaged,
	records.CodePDFActive, records.CodePDFLocked, records.CodeFilesTooMany, records.CodeThrottled,
	records.CodeKeyMissing, records.CodeKeyReused, records.CodeInFlight,
}

const aboutFiles = "The content decides what a file is: " + files.Wanted + ". Images are drawn anew, so that position, device and comments are gone; " +
	"the longest side is 2560 pixels. A PDF is kept as it is, if it only shows pages. 10 MiB of an image, 20 MiB of a PDF."

func (s *server) fileRoutes() {
	register(s, operation{
		id: "add-file", method: http.MethodPost, path: "/api/v1/cases/{id}/files", tag: "files", summary: "Add a photo or paper 上传照片或材料",
		about:  aboutFiles + " With the purpose evidence what was sent is kept too, sealed, its SHA-256 in the audit log. In a 性侵 case every file is sealed with the narrative.",
		status: http.StatusCreated, codes: append([]cases.Code{cases.CodeNotFound, cases.CodeRole, records.CodeForbidden, cases.CodeErased}, whyRefused...),
		body: formBody([]string{"file", "purpose"}, map[string]*huma.Schema{
			"file": fileField(files.Wanted), "purpose": oneOf(filePurposes{}.options()), "compartment": oneOf(fileCompartments{}.options()),
			"document": oneOf(documents{}.options()), "caption": textField("what is to be seen", 500), "post": textField("the post in which the caller acts", 120),
		}),
	}, s.addFile)
	register(s, operation{
		id: "list-files", method: http.MethodGet, path: "/api/v1/cases/{id}/files", tag: "files", summary: "Photos and papers of a case 照片和材料",
		about: "Those that the caller may open, the newest first.", codes: []cases.Code{cases.CodeNotFound},
	}, s.listFiles)
	register(s, operation{
		id: "link-file", method: http.MethodPost, path: "/api/v1/files/{id}/link", tag: "files", summary: "Get a link to a file 打开文件",
		about: "Good for a minute, and for the caller alone.", codes: []cases.Code{cases.CodeNotFound},
	}, s.linkFile)
	register(s, operation{
		id: "get-file", method: http.MethodGet, path: "/api/v1/files/{token}", tag: "files", summary: "A file by its link 下载文件",
		about: "Authority is looked at again, and the look is kept in the audit log.", codes: []cases.Code{cases.CodeNotFound, records.CodeFileLink},
		answers: map[string]*huma.Response{"200": {Description: "The file, as an attachment", Content: map[string]*huma.MediaType{
			files.JPEG: {}, files.PNG: {}, files.PDF: {}, "application/octet-stream": {},
		}}},
	}, s.getFile)
	register(s, operation{
		id: "withdraw-file", method: http.MethodPost, path: "/api/v1/files/{id}/withdraw", tag: "files", summary: "Take a file back 撤回文件",
		about: "By its author within 24 hours: it vanishes, unless it is evidence. By the case's owner, or later: it is hidden and kept as long as the case's file is.",
		codes: []cases.Code{cases.CodeNotFound, cases.CodeRole},
	}, s.withdrawFile)
	register(s, operation{
		id: "add-photo-by-receipt", method: http.MethodPost, path: "/api/v1/receipts/photos", tag: "receipts", summary: "Add a photo to a report 补充照片",
		about:  "Within 24 hours of filing, or while the office asks (请补充); at most 9. A photo cannot be read back. Never of the body with MR01 to MR03.",
		public: true, unnamed: true, status: http.StatusCreated, limit: func(l limiters) *limiter { return l.receipt },
		codes: append([]cases.Code{records.CodeReceiptWrong, records.CodeReceiptEnded, records.CodePhotosOver}, whyRefused...),
		body: formBody([]string{"code", "photo"}, map[string]*huma.Schema{
			"code": textField("the 查询码 as it is typed", 200), "photo": fileField("JPEG, PNG, WebP"),
		}),
	}, s.addPhoto)
}

func (s *server) addFile(ctx context.Context, in *caseFileInput) (*answer[CaseFile], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	if _, err := actingAs(v.full, a, "", attaching...); err != nil {
		return nil, err
	}
	release, err := s.uploads.take(a.Person)
	if err != nil {
		return nil, err
	}
	defer release()
	up, err := in.read("file", s.intake.Limits().Most(), "purpose", "compartment", "document", "caption", "post")
	if err != nil {
		return nil, err
	}
	if err := up.check(); err != nil {
		return nil, err
	}
	post, err := actingAs(v.full, a, cases.Post(up.fields["post"]), attaching...)
	if err != nil {
		return nil, err
	}
	kept, err := s.intake.Accept(ctx, up.file)
	if err != nil {
		return nil, err
	}
	const route = "POST /api/v1/cases/{id}/files"
	f := newFile(kept, cases.Fact{
		ID: named(a, route, in.Key), Kind: cases.FactFile, By: cases.Actor{Person: a.Person, Post: post},
	}, s.Now())
	f.Purpose, f.Compartment = records.FilePurpose(up.fields["purpose"]), cases.Compartment(up.fields["compartment"])
	if f.Compartment == "" {
		f.Compartment = cases.Ordinary
	}
	f.Document, f.Caption, f.Name = up.fields["document"], strings.TrimSpace(up.fields["caption"]), nameOf(up.name)
	f.Fact.Fields = cases.Fields{"purpose": string(f.Purpose), "media": f.Media}
	if f.Document != "" {
		f.Fact.Fields["document"] = f.Document
	}
	if f.Purpose == records.FileEvidence && kept.Media != files.PDF { // a PDF is shown as it came
		f.Original = kept.Original
	}
	made, err := s.Files.AddFile(ctx, onceFor(a, route, in.Key, in.ID, up.fields, up.name, digestOf(up.file)), a, in.ID, f)
	if err != nil {
		return nil, err
	}
	return &answer[CaseFile]{Body: s.shownFile(made, a)}, nil
}

// check looks at the texts of a form with a case's file.
func (u uploaded) check() error {
	var faults []cases.FieldError
	fault := func(field, reason, want string) {
		faults = append(faults, cases.FieldError{Field: field, Reason: reason, Want: want})
	}
	for _, of := range []struct {
		field   string
		options []string
	}{{"purpose", filePurposes{}.options()}, {"compartment", fileCompartments{}.options()}, {"document", documents{}.options()}} {
		switch value := u.fields[of.field]; {
		case value == "" && of.field == "purpose":
			fault(of.field, "required", "")
		case value != "" && !slices.Contains(of.options, value):
			fault(of.field, "enum", strings.Join(of.options, ", "))
		}
	}
	for field, most := range map[string]int{"caption": 500, "post": 120} {
		if utf8.RuneCountInString(u.fields[field]) > most {
			fault(field, "too_long", strconv.Itoa(most))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return cases.Refuse(cases.CodeField, faults...)
}

// nameOf is what a file was called, as far as it can be shown.
func nameOf(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 200 {
		name = string(runes[len(runes)-200:]) // the end tells what it is
	}
	return name
}

func digestOf(body []byte) string {
	d := sha256.Sum256(body)
	return hex.EncodeToString(d[:])
}

// newFile is what an upload becomes.
func newFile(kept files.Accepted, f cases.Fact, now time.Time) records.NewFile {
	f.Occurred, f.Received = now, now
	return records.NewFile{
		Fact: f, Media: kept.Media, Width: kept.Width, Height: kept.Height, Shown: kept.Shown, Preview: kept.Preview, OriginalDigest: kept.Digest,
	}
}

func (s *server) listFiles(ctx context.Context, in *filesInput) (*answer[list[CaseFile]], error) {
	v, err := s.caseFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	rows, err := s.Files.Files(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	out := []CaseFile{}
	for _, f := range rows {
		if s.opensFile(v, a, f) {
			out = append(out, s.shownFile(f, a))
		}
	}
	return listOf(out, ""), nil
}

// shownFile is a file as the caller sees it, with a link to its small picture.
func (s *server) shownFile(f records.File, a records.Access) CaseFile {
	out := CaseFile{
		ID: f.ID, Case: f.Case, Purpose: choice[allFilePurposes](f.Purpose), Compartment: choice[fileCompartments](f.Compartment), Media: f.Media,
		Document: f.Document, Name: f.Name, Caption: f.Caption, Bytes: f.Bytes, Width: f.Width, Height: f.Height, Person: f.Person, Post: f.Post,
		UploadedAt: f.At, Original: f.HasOriginal, SHA256: f.Original, WithdrawnAt: f.WithdrawnAt,
	}
	if f.HasPreview && f.WithdrawnAt.IsZero() {
		out.Preview = s.linkTo(f, records.FilePreview, a).URL
	}
	return out
}

func (s *server) linkTo(f records.File, part records.FilePart, a records.Access) FileLink {
	until := s.Now().Add(linkLife).Truncate(time.Second)
	return FileLink{URL: "/api/v1/files/" + s.Links.Make(f.ID+"/"+string(part), a.Person, until), ExpiresAt: until}
}

// fileOf reads a file that the caller may open.
func (s *server) fileOf(ctx context.Context, id string) (records.File, caseView, error) {
	a := accessOf(ctx)
	f, err := s.Files.GetFile(ctx, a, id)
	if err != nil {
		return f, caseView{}, s.hidden(ctx, id, err)
	}
	v, err := s.caseFor(ctx, f.Case)
	if err != nil {
		return f, v, err
	}
	if !s.opensFile(v, a, f) {
		return f, v, s.hidden(ctx, id, cases.Refuse(cases.CodeNotFound))
	}
	return f, v, nil
}

func (s *server) linkFile(ctx context.Context, in *fileLinkInput) (*answer[FileLink], error) {
	f, _, err := s.fileOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	part := records.FilePart(in.Body.Part)
	if part == "" {
		part = records.FileShown
	}
	if part == records.FileOriginal && !f.HasOriginal || part == records.FilePreview && !f.HasPreview {
		return nil, cases.Refuse(cases.CodeNotFound)
	}
	return &answer[FileLink]{Body: s.linkTo(f, part, accessOf(ctx))}, nil
}

func (s *server) getFile(ctx context.Context, in *tokenInput) (*fileAnswer, error) {
	a := accessOf(ctx)
	what, err := s.Links.Open(in.Token, a.Person, s.Now())
	if err != nil {
		return nil, s.denied(ctx, "", cases.Refuse(records.CodeFileLink))
	}
	id, part, _ := strings.Cut(what, "/")
	if _, _, err := s.fileOf(ctx, id); err != nil {
		return nil, err
	}
	c, err := s.Files.OpenFile(ctx, a, id, records.FilePart(part))
	if err != nil {
		return nil, s.hidden(ctx, id, err)
	}
	return &fileAnswer{
		ContentType: c.Media, Length: len(c.Body), Body: c.Body,
		// The name on the caller's disk is nobody's.
		Disposition: `attachment; filename="tonghu-` + id[:8] + extensions[c.Media] + `"`,
		Policy:      "sandbox; default-src 'none'; frame-ancestors 'none'",
	}, nil
}

var extensions = map[string]string{files.JPEG: ".jpg", files.PNG: ".png", files.PDF: ".pdf", "application/octet-stream": ".bin"}

func (s *server) withdrawFile(ctx context.Context, in *withdrawInput) (*answer[CaseFile], error) {
	f, v, err := s.fileOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a, now := accessOf(ctx), s.Now()
	post, err := withdrawing(v, a, f, in.Body.Post, now)
	if err != nil {
		return nil, err
	}
	f, err = s.Files.WithdrawFile(ctx, a, f.ID, cases.Fact{
		ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte("tonghu:withdraw/"+f.ID)).String(), Kind: cases.FactFileWithdrawn, Occurred: now, Received: now,
		By: cases.Actor{Person: a.Person, Post: post}, Fields: cases.Fields{"file": f.ID},
	}, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &answer[CaseFile]{Body: s.shownFile(f, a)}, nil
}

func (s *server) addPhoto(ctx context.Context, in *photoInput) (*answer[PhotoStored], error) {
	r, _ := humachi.Unwrap(in.request)
	release, err := s.publicUploads.take(addressKey(r))
	if err != nil {
		return nil, err
	}
	defer release()
	up, err := in.read("photo", s.intake.Limits().ImageBytes, "code")
	if err != nil {
		return nil, err
	}
	v, err := s.filing(ctx, up.fields["code"])
	if err != nil {
		return nil, err
	}
	now := s.Now()
	if !now.Before(v.FiledAt.Add(records.PhotosWithin)) && progressOf(v.State, records.Asked(v.Messages)) != ProgressMoreInfo {
		return nil, cases.Refuse(records.CodePhotosOver)
	}
	kept, err := s.intake.Accept(ctx, up.file)
	if err != nil {
		return nil, err
	}
	if kept.Media == files.PDF {
		return nil, cases.Refuse(records.CodeFileType).With("formats", "JPEG, PNG, WebP")
	}
	by := records.Access{Person: "receipt:" + v.Case}
	once := onceFor(by, "POST /api/v1/receipts/photos", in.Key, digestOf(up.file))
	f := newFile(kept, cases.Fact{ID: named(by, once.Route, in.Key), Kind: cases.FactPhoto, Fields: cases.Fields{"media": kept.Media}}, now)
	f.Purpose, f.Compartment = records.FileReport, cases.Narrative
	made, err := s.Files.AddFile(ctx, once, records.Access{}, v.Case, f)
	if is(err, cases.CodeErased) {
		return nil, cases.Refuse(records.CodeReceiptEnded) // says nothing of what became of it
	}
	if err != nil {
		return nil, err
	}
	return &answer[PhotoStored]{Body: PhotoStored{ReceivedAt: made.At}}, nil
}
