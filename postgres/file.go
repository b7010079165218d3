package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tonghu/cases"
	"tonghu/postgres/internal/db"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
)

var _ records.Files = (*Store)(nil)

// fileAt is where the bytes of a copy stand, whatever their blob is called.
func fileAt(id string, part records.FilePart) vault.AAD {
	return vault.AAD{Table: "file", Field: string(part), Row: id}
}

// compartmentOf gives the vault's compartment of a file. In a 性侵 case what is for
// everyone is as secret as the narrative, and so is whatever a reporter adds: see
// messagePart.
func compartmentOf(f records.NewFile, sexual bool) vault.Compartment {
	if f.Purpose == records.FileReport {
		return messagePart
	}
	if c := vaultCompartment(f.Compartment); c != vault.Ordinary {
		return c
	}
	return defaultPart(sexual)
}

// vaultCompartment gives the compartment of a name; Ordinary if it has none.
func vaultCompartment(name cases.Compartment) vault.Compartment {
	for _, c := range vault.Compartments {
		if c.String() == string(name) {
			return c
		}
	}
	return vault.Ordinary
}

// sealing is where a file is sealed: the case that it belongs to by now.
type sealing struct {
	to     target
	part   vault.Compartment
	sealed vault.WrappedKey
}

// AddFile keeps a file. Its bytes are safe before its row is written; what a failure
// leaves between the two is swept.
func (s *Store) AddFile(ctx context.Context, once records.Once, a records.Access, id string, f records.NewFile) (records.File, error) {
	key, err := caseID(id)
	if err != nil {
		return records.File{}, err
	}
	file, err := uuid.Parse(f.Fact.ID)
	if err != nil {
		return records.File{}, cases.Refuse(cases.CodeInternal)
	}
	if f.Purpose != records.FileReport {
		if !a.Holds(f.Fact.By.Post) {
			return records.File{}, cases.Refuse(cases.CodeRole)
		}
		if err := s.sees(ctx, a, key); err != nil {
			return records.File{}, err
		}
	}
	for {
		at, err := s.placeFor(ctx, key, f)
		if err != nil {
			return records.File{}, err
		}
		blobs, err := s.putBlobs(ctx, f, at)
		if err != nil {
			return records.File{}, err
		}
		made, again, err := s.addFile(ctx, once, key, file, f, at, blobs)
		if errors.Is(err, errMoved) {
			s.dropBlobs(ctx, blobs.names) // the case was merged meanwhile
			continue
		}
		if err == nil && again {
			s.dropBlobs(ctx, blobs.names)
		}
		return made, err // after an error the row may be there: see Sweep
	}
}

// placeFor finds where a file goes, and refuses what is too many.
func (s *Store) placeFor(ctx context.Context, key uuid.UUID, f records.NewFile) (at sealing, err error) {
	if s.blobs == nil {
		return at, cases.Refuse(cases.CodeUnavailable)
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		to, sexual, err := s.target(ctx, q, key)
		if err != nil {
			return err
		}
		if err := mayHoldMore(ctx, q, key, to, f); err != nil {
			return err
		}
		at = sealing{to: to, part: compartmentOf(f, sexual)}
		at.sealed, err = s.dataKey(ctx, q, to.id.String(), at.part)
		if err == nil && len(at.sealed.Wrapped) == 0 {
			return cases.Refuse(cases.CodeErased)
		}
		return err
	})
	return at, err
}

// mayHoldMore refuses what is more than a case, or a report, may have.
func mayHoldMore(ctx context.Context, q *db.Queries, key uuid.UUID, to target, f records.NewFile) error {
	n, err := q.CountFiles(ctx, &key, to.id)
	if err != nil {
		return err
	}
	have, most := n.Own, records.FilesPerCase
	if f.Purpose == records.FileReport {
		have, most = n.Added, records.PhotosPerReport
	}
	if have >= int64(most) {
		return cases.Refuse(records.CodeFilesTooMany).With("limit", strconv.Itoa(most))
	}
	return nil
}

// putBlobs seals the copies of a file and keeps them under random names.
func (s *Store) putBlobs(ctx context.Context, f records.NewFile, at sealing) (blobRows, error) {
	var out blobRows
	for _, c := range []struct {
		part records.FilePart
		body []byte
	}{{records.FileShown, f.Shown}, {records.FilePreview, f.Preview}, {records.FileOriginal, f.Original}} {
		if len(c.body) == 0 {
			continue
		}
		sealed, err := s.vault.Seal(at.sealed, fileAt(f.Fact.ID, c.part), c.body)
		if err != nil {
			return out, err
		}
		random := make([]byte, 16)
		rand.Read(random)
		name, digest := hex.EncodeToString(random), sha256.Sum256(sealed)
		if err := s.blobs.Put(ctx, name, sealed); err != nil {
			return out, &cases.Error{Code: cases.CodeUnavailable, Err: err}
		}
		out.names, out.parts = append(out.names, name), append(out.parts, string(c.part))
		out.bytes, out.digests = append(out.bytes, int64(len(sealed))), append(out.digests, digest[:])
	}
	return out, nil
}

// blobRows are the rows of file_blob to be, by column.
type blobRows struct {
	names, parts []string
	bytes        []int64
	digests      [][]byte
}

// errMoved tells that a case became part of another one meanwhile.
var errMoved = errors.New("postgres: the case was merged while a file was being kept")

func (s *Store) addFile(ctx context.Context, once records.Once, key, file uuid.UUID, f records.NewFile, at sealing, blobs blobRows) (made records.File, again bool, err error) {
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		var id string
		id, again, err = s.onceOrAgain(ctx, tx, once, func() (string, error) {
			return f.Fact.ID, s.writeFile(ctx, tx, key, file, f, at, blobs)
		})
		if err != nil {
			return err
		}
		stored, err := uuid.Parse(id)
		if err != nil {
			return broken("idempotency", err)
		}
		row, err := q.GetFile(ctx, stored)
		if err != nil {
			return err
		}
		made = fileOf(row)
		made.Name, made.Caption = f.Name, f.Caption
		return nil
	})
	return made, again, err
}

// writeFile writes all that a file is beside its bytes.
func (s *Store) writeFile(ctx context.Context, tx pgx.Tx, key, file uuid.UUID, f records.NewFile, at sealing, blobs blobRows) error {
	q := db.New(tx)
	to, sexual, err := s.target(ctx, q, key)
	if err != nil {
		return err
	}
	if to.id != at.to.id || compartmentOf(f, sexual) != at.part {
		return errMoved
	}
	if err := later(tx).LockChain(ctx, caseChain(to.id.String())); err != nil { // those who count take turns
		return err
	}
	if err := mayHoldMore(ctx, q, key, to, f); err != nil {
		return err
	}
	p := db.InsertFileParams{
		ID: file, CaseID: to.id, Compartment: int16(at.part), Purpose: string(f.Purpose), Media: f.Media, Document: f.Document,
		Width: int32(f.Width), Height: int32(f.Height), ByPerson: f.Fact.By.Person, ByPost: string(f.Fact.By.Post), UploadedAt: f.Fact.Received,
	}
	if f.Purpose == records.FileReport {
		p.FilingID = &key
	}
	if err := q.InsertFile(ctx, p); err != nil {
		return err
	}
	if err := q.InsertFileBlobs(ctx, db.InsertFileBlobsParams{FileID: file, Names: blobs.names, Parts: blobs.parts, Bytes: blobs.bytes, Digests: blobs.digests}); err != nil {
		return err
	}
	if _, err := s.putFact(ctx, tx, to, f.Fact); err != nil {
		return err
	}
	words := map[string]string{}
	for field, text := range map[string]string{"name": f.Name, "caption": f.Caption} {
		if text != "" {
			words[field] = text
		}
	}
	if err := s.sealWords(ctx, tx, &keyring{store: s, q: q}, to.id, f.Fact.ID, words, everyField(at.part)); err != nil {
		return err
	}
	return s.writeAudit(ctx, tx, audit.Row{
		Chain: caseChain(to.id.String()), At: f.Fact.Received, Actor: actorID(f.Fact.By.Person, public), Action: "fact:" + string(f.Fact.Kind),
		Object: f.Fact.ID, Detail: digestsOf(f),
	})
}

// digestsOf are the SHA-256 of what is kept. That of a reporter's own photo is not:
// it would tell whose telephone took it (意见 13).
func digestsOf(f records.NewFile) []string {
	shown := sha256.Sum256(f.Shown)
	out := []string{"purpose:" + string(f.Purpose), "shown:sha256:" + hex.EncodeToString(shown[:])}
	if len(f.Original) > 0 {
		out = append(out, "original:sha256:"+hex.EncodeToString(f.OriginalDigest[:]))
	}
	return out
}

// dropBlobs deletes blobs that no row names. What cannot be deleted now is swept.
func (s *Store) dropBlobs(ctx context.Context, names []string) {
	for _, name := range names {
		_ = s.blobs.Delete(context.WithoutCancel(ctx), name)
	}
}

// fileRow is what is read of a file: of a list, or of one.
type fileRow = db.GetFileRow

func fileOf(r fileRow) records.File {
	f := r.File
	return records.File{
		ID: f.ID.String(), Case: f.CaseID.String(), Purpose: records.FilePurpose(f.Purpose),
		Compartment: cases.Compartment(vault.Compartment(f.Compartment).String()), Media: f.Media, Document: f.Document, Bytes: r.Bytes,
		Width: int(f.Width), Height: int(f.Height), Person: f.ByPerson, Post: cases.Post(f.ByPost), At: f.UploadedAt.UTC(),
		HasPreview: r.HasPreview, HasOriginal: r.HasOriginal, WithdrawnAt: orZero(f.WithdrawnAt),
	}
}

// unhiding are the roles that still open what was withdrawn: it may be evidence.
var unhiding = []cases.Role{cases.RoleHead, cases.RolePolice}

// mayOpen tells whether somebody may open a file of a case that they see. Authors
// open their own.
func (s *Store) mayOpen(a records.Access, f db.File, st cases.State) bool {
	return a.Person != "" && f.ByPerson == a.Person || s.mayReadWords(a, vault.Compartment(f.Compartment), st)
}

// Files gives the files of a case that the asker may open.
func (s *Store) Files(ctx context.Context, a records.Access, id string) ([]records.File, error) {
	key, err := caseID(id)
	if err != nil {
		return nil, err
	}
	out, parts := []records.File{}, []string{}
	err = s.as(ctx, a, func(q *db.Queries) error {
		_, st, err := visible(ctx, q, key)
		if err != nil {
			return err
		}
		if a, err = s.glassOn(ctx, q, a, key); err != nil {
			return err
		}
		rows, err := q.FilesOfCase(ctx, key, 2*records.FilesPerCase)
		if err != nil {
			return err
		}
		var items []string
		out, parts = out[:0], parts[:0]
		for _, r := range rows {
			if !s.mayOpen(a, r.File, st) {
				continue
			}
			f := fileOf(fileRow(r))
			out, items = append(out, f), append(items, f.ID)
			if !slices.Contains(parts, string(f.Compartment)) {
				parts = append(parts, string(f.Compartment))
			}
		}
		return s.nameFiles(ctx, q, out, items)
	})
	if err != nil {
		return nil, err
	}
	if err := s.originals(ctx, id, out); err != nil {
		return nil, err
	}
	if err := s.Look(ctx, a, records.Look{Case: id, Action: "list:files", Parts: parts, Detail: []string{"items:" + strconv.Itoa(len(out))}}); err != nil {
		return nil, err
	}
	return out, nil
}

// originals puts in the SHA-256 of what was uploaded as evidence, which the audit log
// has kept since.
func (s *Store) originals(ctx context.Context, id string, out []records.File) error {
	of := map[string]*records.File{}
	var ids []string
	for i := range out {
		if out[i].HasOriginal {
			of[out[i].ID], ids = &out[i], append(ids, out[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		rows, err := db.New(tx).FileRows(ctx, caseChain(id), ids)
		for _, r := range rows {
			for _, d := range r.Detail {
				if digest, ok := strings.CutPrefix(d, "original:sha256:"); ok {
					of[r.Object].Original = digest
				}
			}
		}
		return err
	})
}

// nameFiles opens what files are called, for who may open them.
func (s *Store) nameFiles(ctx context.Context, q *db.Queries, files []records.File, items []string) error {
	words, err := s.openWords(ctx, q, items, func(string, vault.Compartment) bool { return true })
	if err != nil {
		return err
	}
	for i := range files {
		files[i].Name, files[i].Caption = words[files[i].ID]["name"], words[files[i].ID]["caption"]
	}
	return nil
}

// openable is a file that the asker may open: with the State of its case, and the
// asker with the emergency readings of it.
type openable struct {
	row fileRow
	st  cases.State
	by  records.Access
}

func (s *Store) openable(ctx context.Context, q *db.Queries, a records.Access, id string) (o openable, err error) {
	key, err := caseID(id)
	if err != nil {
		return o, err
	}
	if o.row, err = q.GetFile(ctx, key); err != nil {
		return o, err
	}
	if _, o.st, err = visible(ctx, q, o.row.File.CaseID); err != nil {
		return o, err
	}
	if o.by, err = s.glassOn(ctx, q, a, o.row.File.CaseID); err != nil {
		return o, err
	}
	gone := o.row.File.State != "kept" && o.row.File.State != "withdrawn"
	if gone || !s.mayOpen(o.by, o.row.File, o.st) {
		return o, cases.Refuse(cases.CodeNotFound)
	}
	return o, nil
}

// GetFile gives a file that the asker may open.
func (s *Store) GetFile(ctx context.Context, a records.Access, id string) (records.File, error) {
	var f records.File
	err := s.as(ctx, a, func(q *db.Queries) error {
		o, err := s.openable(ctx, q, a, id)
		f = fileOf(o.row)
		return err
	})
	return f, err
}

// OpenFile gives a copy of a file, once the look is in the audit log.
func (s *Store) OpenFile(ctx context.Context, a records.Access, id string, part records.FilePart) (records.FileContent, error) {
	if s.blobs == nil {
		return records.FileContent{}, cases.Refuse(cases.CodeUnavailable)
	}
	var f records.File
	var blob db.FileBlobRow
	var key vault.WrappedKey
	err := s.as(ctx, a, func(q *db.Queries) error {
		o, err := s.openable(ctx, q, a, id)
		if err != nil {
			return err
		}
		if o.row.File.State == "withdrawn" && !slices.ContainsFunc(a.Posts, func(p cases.Post) bool { return o.st.Reaches(p) && slices.Contains(unhiding, p.Role()) }) {
			return cases.Refuse(cases.CodeNotFound)
		}
		f, a = fileOf(o.row), o.by
		if blob, err = q.FileBlob(ctx, o.row.File.ID, string(part)); err != nil {
			return err
		}
		key, err = s.readKey(ctx, q, f.Case, vault.Compartment(o.row.File.Compartment))
		return err
	})
	if err != nil {
		return records.FileContent{}, err
	}
	look := records.Look{Case: f.Case, Action: "read:file", Object: f.ID, Parts: []string{string(f.Compartment)}, Detail: []string{"copy:" + string(part)}}
	if err := s.Look(ctx, a, look); err != nil {
		return records.FileContent{}, err
	}
	body, err := s.openBlob(ctx, key, fileAt(f.ID, part), blob)
	if err != nil {
		return records.FileContent{}, err
	}
	return records.FileContent{File: f, Media: mediaOf(f, part), Body: body}, nil
}

// mediaOf is the type of a copy. What an original is, nobody looked at but its
// beginning: it is bytes.
func mediaOf(f records.File, part records.FilePart) string {
	switch part {
	case records.FilePreview:
		return "image/jpeg"
	case records.FileOriginal:
		return "application/octet-stream"
	}
	return f.Media
}

func (s *Store) openBlob(ctx context.Context, key vault.WrappedKey, at vault.AAD, blob db.FileBlobRow) ([]byte, error) {
	if len(key.Wrapped) == 0 {
		return nil, cases.Refuse(cases.CodeNotFound) // erased
	}
	sealed, err := s.blobs.Get(ctx, blob.Name)
	if err != nil {
		return nil, &cases.Error{Code: cases.CodeInternal, Err: fmt.Errorf("blob %s of the file %s: %w", blob.Name, at.Row, err)}
	}
	if digest := sha256.Sum256(sealed); !slices.Equal(digest[:], blob.Digest) {
		return nil, &cases.Error{Code: cases.CodeInternal, Err: fmt.Errorf("blob %s of the file %s is not what was written", blob.Name, at.Row)}
	}
	return s.vault.Unseal(key, at, sealed)
}

// WithdrawFile takes a file back; done again it changes nothing.
func (s *Store) WithdrawFile(ctx context.Context, a records.Access, id string, fact cases.Fact, reason string) (records.File, error) {
	if !a.Holds(fact.By.Post) {
		return records.File{}, cases.Refuse(cases.CodeRole)
	}
	var f records.File
	err := s.as(ctx, a, func(q *db.Queries) error {
		o, err := s.openable(ctx, q, a, id)
		f = fileOf(o.row)
		return err
	})
	if err != nil || !f.WithdrawnAt.IsZero() {
		return f, err
	}
	var gone []string
	err = s.within(ctx, func(tx pgx.Tx) error {
		q := db.New(tx)
		key, file := uuid.MustParse(f.Case), uuid.MustParse(f.ID)
		to, _, err := s.target(ctx, q, key)
		if err != nil {
			return err
		}
		state, now := "withdrawn", fact.Received
		if f.Drops(fact.By.Person, now) {
			state = "dropped"
		}
		n, err := q.WithdrawFile(ctx, state, &now, file)
		if err != nil || n == 0 {
			return err
		}
		f.WithdrawnAt = now
		detail := []string{"file:" + f.ID, "state:" + state}
		if state == "dropped" {
			if gone, err = q.DropFileBlobs(ctx, []uuid.UUID{file}); err != nil {
				return err
			}
			if err := q.DropSealed(ctx, []string{f.ID}); err != nil {
				return err
			}
		}
		if _, err := s.putFact(ctx, tx, to, fact); err != nil {
			return err
		}
		part := vaultCompartment(f.Compartment)
		if err := s.sealWords(ctx, tx, &keyring{store: s, q: q}, key, fact.ID, map[string]string{"reason": reason}, everyField(part)); err != nil {
			return err
		}
		return s.writeAudit(ctx, tx, audit.Row{
			Chain: caseChain(to.id.String()), At: now, Actor: actorID(fact.By.Person, public), Action: "fact:" + string(fact.Kind), Object: fact.ID, Detail: detail,
		})
	})
	if err == nil && s.blobs != nil {
		s.dropBlobs(ctx, gone)
	}
	return f, err
}
