package records

import (
	"context"
	"time"

	"tonghu/cases"
)

// FilePurpose is what a file is for.
type FilePurpose string

// The purposes.
const (
	FilePhoto    FilePurpose = "photo"    // of a place or an activity, never proof of work (8a.5)
	FileDocument FilePurpose = "document" // a paper of a step
	FileProof    FilePurpose = "proof"    // that a task was done
	FileEvidence FilePurpose = "evidence" // kept as it came too
	FileReport   FilePurpose = "report"   // added by the reporter with the 查询码
)

// FilePurposes lists those that officers choose from.
var FilePurposes = []FilePurpose{FilePhoto, FileDocument, FileProof, FileEvidence}

// FileCompartments lists the compartments that a file can be put in.
var FileCompartments = []cases.Compartment{cases.Ordinary, cases.Narrative, cases.Medical, cases.Address}

// FilePart is one of the copies of a file.
type FilePart string

// The copies.
const (
	FileShown    FilePart = "shown"
	FilePreview  FilePart = "preview"  // of images
	FileOriginal FilePart = "original" // of evidence
)

// FileParts lists them.
var FileParts = []FilePart{FileShown, FilePreview, FileOriginal}

// How much is kept. They bound mistakes, not work.
const (
	FilesPerCase    = 200
	PhotosPerReport = 9
	// DropWithin is how long an author can make an own file vanish.
	DropWithin = 24 * time.Hour
	// PhotosWithin is how long after filing a reporter adds photos unasked.
	PhotosWithin = 24 * time.Hour
)

// NewFile is a file to be kept. Its copies were made by package files.
type NewFile struct {
	// Fact tells the case of it; its ID is the file's.
	Fact        cases.Fact
	Purpose     FilePurpose
	Compartment cases.Compartment
	Media       string
	Document    string // cases.Document, "" for none
	// Name is what it was called, Caption what is said of it: sealed.
	Name, Caption  string
	Width, Height  int
	Shown, Preview []byte
	Original       []byte   // of evidence; nil otherwise
	OriginalDigest [32]byte // SHA-256, for the audit log; of whatever was uploaded
}

// File is a file of a case.
type File struct {
	ID          string
	Case        string
	Purpose     FilePurpose
	Compartment cases.Compartment
	Media       string
	Document    string
	Name        string
	Caption     string
	Bytes       int64 // of the copy that is shown, sealed
	Width       int
	Height      int
	Person      string // "" for a reporter
	Post        cases.Post
	At          time.Time
	HasPreview  bool
	HasOriginal bool
	// Original is the SHA-256 of what was uploaded, in hex, as the audit log keeps it:
	// of evidence that is kept as it came.
	Original    string
	WithdrawnAt time.Time // zero if it is not
}

// Drops tells whether taking a file back at a time makes its bytes vanish: a
// mistake that its author sees soon. Otherwise it is hidden and kept as long as the
// case's file is, and evidence always is.
func (f File) Drops(person string, at time.Time) bool {
	return f.By(person) && f.Purpose != FileEvidence && at.Before(f.At.Add(DropWithin))
}

// By tells whether somebody uploaded the file.
func (f File) By(person string) bool { return f.Person != "" && f.Person == person }

// FileContent is a copy of a file, opened.
type FileContent struct {
	File  File
	Media string
	Body  []byte
}

// Files keeps photos and papers.
type Files interface {
	// AddFile keeps a file of a case with its fact. Of one that a reporter adds, id
	// is that of the report's own case, and the caller has asked for the code.
	// CodeFilesTooMany if there are enough.
	AddFile(ctx context.Context, once Once, a Access, id string, f NewFile) (File, error)
	// Files gives those files of a case that the asker may open, the newest first,
	// withdrawn ones included.
	Files(ctx context.Context, a Access, id string) ([]File, error)
	// GetFile gives one that the asker may open.
	GetFile(ctx context.Context, a Access, id string) (File, error)
	// OpenFile gives a copy of a file; the look is in the audit log before it answers.
	OpenFile(ctx context.Context, a Access, id string, part FilePart) (FileContent, error)
	// WithdrawFile takes a file back: see File.Drops. The fact's ID is the act's.
	WithdrawFile(ctx context.Context, a Access, id string, f cases.Fact, reason string) (File, error)
}
