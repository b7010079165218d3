package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/cases"
	"tonghu/files/blobs"
	"tonghu/records"
)

// What must be nowhere in clear.
const (
	pixels  = "PIXELS-OF-小雨-"
	camera  = "GPS-36.478-119.218-"
	caption = "单小雨家的门口"
	called  = "单小雨.jpg"
)

// withBlobs is a store with a folder for blobs.
type withBlobs struct {
	*bundle
	dir    string
	folder *blobs.Bucket
}

func setupFiles(t *testing.T) *withBlobs {
	t.Helper()
	b := &withBlobs{bundle: setup(t), dir: filepath.Join(t.TempDir(), "blobs")}
	var err error
	b.folder, err = blobs.Open(b.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.folder.Close()) })
	b.UseBlobs(b.folder)
	return b
}

// photo is a file by a post; no post is a reporter's.
func (b *withBlobs) photo(by cases.Post, edits ...func(*records.NewFile)) records.NewFile {
	f := records.NewFile{
		Purpose: records.FilePhoto, Media: "image/jpeg", Name: called, Caption: caption, Width: 40, Height: 30,
		Shown: []byte(strings.Repeat(pixels, 500)), Preview: []byte(strings.Repeat(pixels, 10)), OriginalDigest: sha256.Sum256([]byte(camera)),
		Fact: cases.Fact{ID: uuid.NewString(), Kind: cases.FactFile, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(by).Person, Post: by}},
	}
	if by == "" {
		f.Purpose, f.Fact.Kind, f.Fact.By = records.FileReport, cases.FactPhoto, cases.Actor{}
	}
	for _, edit := range edits {
		edit(&f)
	}
	return f
}

func evidence(f *records.NewFile) {
	f.Purpose, f.Original = records.FileEvidence, []byte(strings.Repeat(camera, 400))
	f.OriginalDigest = sha256.Sum256(f.Original)
}

func inCompartment(c cases.Compartment) func(*records.NewFile) {
	return func(f *records.NewFile) { f.Compartment = c }
}

func (b *withBlobs) add(id string, f records.NewFile) records.File {
	b.t.Helper()
	a := records.Access{}
	if f.Fact.By.Post != "" {
		a = in(f.Fact.By.Post)
	}
	made, err := b.AddFile(b.t.Context(), records.Once{}, a, id, f)
	require.NoError(b.t, err)
	return made
}

// stored gives the paths of what lies in the folder.
func (b *withBlobs) stored() (paths []string) {
	b.t.Helper()
	require.NoError(b.t, filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func (b *withBlobs) ids(who cases.Post, id string) (out []string) {
	b.t.Helper()
	list, err := b.Files(b.t.Context(), in(who), id)
	require.NoError(b.t, err)
	for _, f := range list {
		out = append(out, f.ID)
	}
	return out
}

func TestAFileIsKeptSealed(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	f := b.photo(desk, evidence)
	made := b.add(id, f)
	require.Equal(t, records.File{
		ID: f.Fact.ID, Case: id, Purpose: records.FileEvidence, Compartment: cases.Ordinary, Media: "image/jpeg", Name: called, Caption: caption,
		Bytes: made.Bytes, Width: 40, Height: 30, Person: in(desk).Person, Post: desk, At: start, HasPreview: true, HasOriginal: true,
	}, made)
	require.Greater(t, made.Bytes, int64(len(f.Shown)))

	for part, want := range map[records.FilePart]struct {
		media string
		body  []byte
	}{records.FileShown: {"image/jpeg", f.Shown}, records.FilePreview: {"image/jpeg", f.Preview}, records.FileOriginal: {"application/octet-stream", f.Original}} {
		got, err := b.OpenFile(t.Context(), in(manager), made.ID, part)
		require.NoError(t, err)
		require.Equal(t, want.body, got.Body)
		require.Equal(t, want.media, got.Media)
	}
	list, err := b.Files(t.Context(), in(manager), id)
	require.NoError(t, err)
	digest := f.OriginalDigest
	made.Original = hex.EncodeToString(digest[:])
	require.Equal(t, []records.File{made}, list)

	facts, err := b.Unapplied(t.Context(), id, 10)
	require.NoError(t, err)
	require.Equal(t, f.Fact.ID, facts[0].ID)
	require.Contains(t, b.jobs.nudges, id)

	paths := b.stored()
	require.Len(t, paths, 3)
	for _, path := range paths {
		name := strings.ReplaceAll(strings.TrimPrefix(path, b.dir+"/"), "/", "")
		require.Regexp(t, "^[0-9a-f]{32}$", name)
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, canary := range []string{pixels, camera, "GPS", "JFIF"} {
			require.False(t, bytes.Contains(body, []byte(canary)), canary)
		}
	}
	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--data-only", b.dsn).Output()
	require.NoError(t, err)
	for _, canary := range []string{pixels, camera, caption, called, "单小雨", hex.EncodeToString([]byte(pixels))} {
		require.False(t, bytes.Contains(dump, []byte(canary)), canary)
	}
}

func TestTheDigestOfAnOriginalIsInTheAuditChain(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	kept := b.photo(desk, evidence)
	b.add(id, kept)
	b.add(id, b.photo(desk))
	b.add(id, b.photo(""))
	rows := b.chain("case:" + id)
	rows = rows[len(rows)-3:]
	digest := func(body []byte) string { d := sha256.Sum256(body); return hex.EncodeToString(d[:]) }
	require.Equal(t, "fact:file", rows[0].Action)
	require.Equal(t, kept.Fact.ID, rows[0].Object)
	require.Equal(t, []string{"purpose:evidence", "shown:sha256:" + digest(kept.Shown), "original:sha256:" + digest(kept.Original)}, rows[0].Detail)
	require.Equal(t, []string{"purpose:photo", "shown:sha256:" + digest(kept.Shown)}, rows[1].Detail)
	require.Equal(t, "public", rows[2].Actor)
	for _, d := range rows[2].Detail {
		require.NotContains(t, d, digest([]byte(camera)), "the digest of a reporter's own photo would tell whose it is")
	}
}

func TestAFileIsOpenToThoseWhoMayReadItsPart(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	byPart := map[cases.Compartment]records.File{}
	for _, c := range records.FileCompartments {
		byPart[c] = b.add(id, b.photo(desk, inCompartment(c)))
	}
	own := b.add(id, b.photo(director))
	for who, want := range map[cases.Post][]cases.Compartment{
		desk:                            records.FileCompartments, // their own, all of them
		manager:                         {cases.Ordinary, cases.Narrative, cases.Medical, cases.Address},
		police:                          {cases.Ordinary, cases.Narrative},
		town:                            {cases.Ordinary, cases.Narrative}, // owes the visit to the scene
		director:                        {},
		"town:379999101000/town_leader": {},
	} {
		var expected []string
		for _, c := range want {
			expected = append(expected, byPart[c].ID)
		}
		if len(want) > 0 || who == director {
			expected = append(expected, own.ID)
		}
		require.ElementsMatch(t, expected, b.ids(who, id), who)
		for c, f := range byPart {
			_, err := b.OpenFile(t.Context(), in(who), f.ID, records.FileShown)
			if slices.Contains(want, c) {
				require.NoError(t, err, "%s %s", who, c)
				continue
			}
			requireCode(t, cases.CodeNotFound, err)
			_, err = b.GetFile(t.Context(), in(who), f.ID)
			requireCode(t, cases.CodeNotFound, err)
		}
	}
	stranger := cases.Post("village:379999101204/director")
	_, err := b.Files(t.Context(), in(stranger), id)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.OpenFile(t.Context(), in(stranger), own.ID, records.FileShown)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.AddFile(t.Context(), records.Once{}, in(stranger), id, b.photo(stranger))
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.AddFile(t.Context(), records.Once{}, in(desk), id, b.photo(manager))
	requireCode(t, cases.CodeRole, err)
	_, err = b.OpenFile(t.Context(), in(desk), own.ID, records.FileOriginal)
	requireCode(t, cases.CodeNotFound, err)
	for _, none := range []string{uuid.NewString(), "../keys.json", ""} {
		_, err = b.OpenFile(t.Context(), in(desk), none, records.FileShown)
		requireCode(t, cases.CodeNotFound, err)
	}
}

func TestFilesOfASexualAbuseCaseAreAsSealedAsItsNarrative(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	before := b.add(id, b.photo(director))
	bureau := cases.Post("city:379999000000/bureau")
	require.Contains(t, b.ids(bureau, id), before.ID)
	triage(b.bundle, id, "red", "true")
	after := b.add(id, b.photo(desk))
	medical := b.add(id, b.photo(desk, inCompartment(cases.Medical)))
	require.Equal(t, []cases.Compartment{cases.Ordinary, cases.Narrative, cases.Medical}, []cases.Compartment{before.Compartment, after.Compartment, medical.Compartment})
	require.Empty(t, b.ids(bureau, id), "what came before is as secret now")
	require.ElementsMatch(t, []string{before.ID, after.ID}, b.ids(police, id))
	_, err := b.GetFile(t.Context(), in(director), before.ID)
	requireCode(t, cases.CodeNotFound, err)
}

func TestEveryLookAtAFileIsKept(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	f := b.add(id, b.photo(desk, inCompartment(cases.Medical)))
	_, err := b.OpenFile(t.Context(), in(manager), f.ID, records.FilePreview)
	require.NoError(t, err)
	require.Equal(t, []string{f.ID}, b.ids(manager, id))
	rows := b.chain("read:" + id)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"read:file", f.ID, in(manager).Person}, []string{rows[0].Action, rows[0].Object, rows[0].Actor})
	require.Equal(t, []string{"post:" + string(manager), "part:medical", "copy:preview"}, rows[0].Detail)
	require.Equal(t, "list:files", rows[1].Action)
	require.Contains(t, rows[1].Detail, "items:1")

	require.NoError(t, b.asOwner(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''no space left''; END';
		CREATE TRIGGER full_disk BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION full_disk()`))
	got, err := b.OpenFile(t.Context(), in(manager), f.ID, records.FileShown)
	requireCode(t, cases.CodeUnavailable, err)
	require.Empty(t, got)
}

func TestTheSameUploadTwiceIsOneFile(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	f := b.photo(desk)
	first, err := b.AddFile(t.Context(), onceFor("k", "body"), in(desk), id, f)
	require.NoError(t, err)
	again, err := b.AddFile(t.Context(), onceFor("k", "body"), in(desk), id, f)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, b.stored(), 2, "the second's bytes are gone")
	_, err = b.AddFile(t.Context(), onceFor("k", "other"), in(desk), id, b.photo(desk))
	requireCode(t, records.CodeKeyReused, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM file`))
}

func TestNoMoreIsKeptThanThereMayBe(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	var wg sync.WaitGroup
	var mu sync.Mutex
	refused := 0
	for range records.PhotosPerReport + 4 {
		wg.Go(func() {
			_, err := b.AddFile(t.Context(), records.Once{}, records.Access{}, id, b.photo(""))
			mu.Lock()
			defer mu.Unlock()
			var refusal *cases.Error
			if errors.As(err, &refusal) && refusal.Code == records.CodeFilesTooMany && refusal.Detail["limit"] == "9" {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 4, refused)
	require.Equal(t, records.PhotosPerReport, b.count(`SELECT count(*) FROM file WHERE filing_id = $1`, id))

	b.add(id, b.photo(desk)) // an officer's are counted apart
	_, err := b.Pool().Exec(t.Context(), `INSERT INTO file (id, case_id, compartment, purpose, media, document, width, height, by_person, by_post, uploaded_at)
		SELECT gen_random_uuid(), $1, 1, 'photo', 'image/png', '', 1, 1, 'x', 'x', now() FROM generate_series(2, $2)`, id, records.FilesPerCase)
	require.NoError(t, err)
	_, err = b.AddFile(t.Context(), records.Once{}, in(desk), id, b.photo(desk))
	requireCode(t, records.CodeFilesTooMany, err)
}

func TestAReportersPhotoHasNoAuthorAndIsReadLikeTheNarrative(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	f := b.add(id, b.photo(""))
	require.Equal(t, cases.Narrative, f.Compartment)
	require.Empty(t, f.Person)
	require.Empty(t, f.Post)
	require.Equal(t, []string{f.ID}, b.ids(desk, id))
	require.Empty(t, b.ids("city:379999000000/bureau", id))
	nobody := records.Access{Posts: []cases.Post{director}}
	_, err := b.OpenFile(t.Context(), nobody, f.ID, records.FileShown)
	requireCode(t, cases.CodeNotFound, err)
}

func TestAPhotoForAMergedReportGoesWhereTheReportIsNow(t *testing.T) {
	b := setupFiles(t)
	source, goal := b.file(), b.file()
	triage(b.bundle, source, "yellow", "false")
	triage(b.bundle, goal, "red", "true")
	early := b.add(source, b.photo(""))
	b.step(source, "merge", desk, cases.Fields{"into": goal})
	late := b.add(source, b.photo(""))
	require.Equal(t, []string{source, goal}, []string{early.Case, late.Case})
	require.Equal(t, []string{late.ID}, b.ids(desk, goal))
	got, err := b.OpenFile(t.Context(), in(desk), late.ID, records.FileShown)
	require.NoError(t, err)
	require.Equal(t, b.photo("").Shown, got.Body)
	require.Equal(t, 2, b.count(`SELECT count(*) FROM file WHERE filing_id = $1`, source))
}

// meddling does something between the bytes and the row.
type meddling struct {
	*blobs.Bucket
	once sync.Once
	do   func()
}

func (m *meddling) Put(ctx context.Context, name string, sealed []byte) error {
	m.once.Do(m.do)
	return m.Bucket.Put(ctx, name, sealed)
}

func TestACaseThatIsMergedDuringAnUploadKeepsIt(t *testing.T) {
	b := setupFiles(t)
	source, goal := b.file(), b.file()
	triage(b.bundle, source, "yellow", "false")
	triage(b.bundle, goal, "yellow", "false")
	b.UseBlobs(&meddling{Bucket: b.folder, do: func() { b.step(source, "merge", desk, cases.Fields{"into": goal}) }})
	f := b.add(source, b.photo(desk))
	require.Equal(t, goal, f.Case)
	require.Len(t, b.stored(), 2, "what was sealed for the other case is gone")
	got, err := b.OpenFile(t.Context(), in(desk), f.ID, records.FileShown)
	require.NoError(t, err)
	require.Equal(t, b.photo(desk).Shown, got.Body)
}

func TestAnAuthorMakesAMistakeVanish(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	f := b.add(id, b.photo(desk))
	withdraw := func(who cases.Post, file records.File) (records.File, error) {
		return b.WithdrawFile(t.Context(), in(who), file.ID, cases.Fact{
			ID: uuid.NewString(), Kind: cases.FactFileWithdrawn, Occurred: b.now, Received: b.now, By: cases.Actor{Person: in(who).Person, Post: who},
			Fields: cases.Fields{"file": file.ID},
		}, "拍错了单小雨")
	}
	b.now = b.now.Add(23 * time.Hour)
	gone, err := withdraw(desk, f)
	require.NoError(t, err)
	require.Equal(t, b.now, gone.WithdrawnAt)
	require.Empty(t, b.stored())
	require.Empty(t, b.ids(desk, id))
	require.Zero(t, b.count(`SELECT count(*) FROM sealed WHERE item = $1`, f.ID))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sealed WHERE case_id = $1 AND field = 'reason'`, id))
	rows := b.chain("case:" + id)
	require.Equal(t, []string{"file:" + f.ID, "state:dropped"}, rows[len(rows)-1].Detail)
	_, err = b.OpenFile(t.Context(), in(desk), f.ID, records.FileShown)
	requireCode(t, cases.CodeNotFound, err)
	_, err = withdraw(desk, f)
	requireCode(t, cases.CodeNotFound, err)

	// Evidence never vanishes, nor what was there for a day, nor another's.
	kept := b.add(id, b.photo(desk, evidence))
	old := b.add(id, b.photo(desk))
	others := b.add(id, b.photo(manager))
	_, err = withdraw(desk, kept)
	require.NoError(t, err)
	_, err = withdraw(desk, others)
	require.NoError(t, err)
	b.now = b.now.Add(records.DropWithin)
	_, err = withdraw(desk, old)
	require.NoError(t, err)
	again, err := withdraw(desk, old)
	require.NoError(t, err)
	require.Equal(t, b.now, again.WithdrawnAt)
	require.Len(t, b.stored(), 7)
	require.Equal(t, 3, b.count(`SELECT count(*) FROM file WHERE state = 'withdrawn'`))
	require.ElementsMatch(t, []string{kept.ID, old.ID, others.ID}, b.ids(desk, id), "that they were there is still told")
	for who, code := range map[cases.Post]cases.Code{desk: cases.CodeNotFound, manager: cases.CodeNotFound, head: "", police: ""} {
		_, err := b.OpenFile(t.Context(), in(who), kept.ID, records.FileOriginal)
		if code == "" {
			require.NoError(t, err, who)
			continue
		}
		requireCode(t, code, err)
	}
}

func TestADestroyedKeyTakesTheBytesWithIt(t *testing.T) {
	b := setupFiles(t)
	id, other := b.file(), b.file()
	f, kept := b.add(id, b.photo(desk, evidence)), b.add(other, b.photo(desk))
	require.NoError(t, b.SweepFiles(t.Context()))
	require.Len(t, b.stored(), 5)
	_, err := b.Pool().Exec(t.Context(), `UPDATE data_key SET wrapped = '' WHERE subject = $1`, id)
	require.NoError(t, err)
	_, err = b.OpenFile(t.Context(), in(desk), f.ID, records.FileShown)
	requireCode(t, cases.CodeNotFound, err)
	_, err = b.AddFile(t.Context(), records.Once{}, in(desk), id, b.photo(desk))
	requireCode(t, cases.CodeErased, err)
	require.NoError(t, b.SweepFiles(t.Context()))
	require.Len(t, b.stored(), 2)
	require.Empty(t, b.ids(desk, id))
	_, err = b.OpenFile(t.Context(), in(desk), kept.ID, records.FileShown)
	require.NoError(t, err)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM file WHERE state = 'erased'`))
	require.NoError(t, b.SweepFiles(t.Context()))
}

// failingBucket loses the connection after some blobs.
type failingBucket struct {
	*blobs.Bucket
	left int
}

func (f *failingBucket) Put(ctx context.Context, name string, sealed []byte) error {
	if f.left--; f.left < 0 {
		return errors.New("no space left on device")
	}
	return f.Bucket.Put(ctx, name, sealed)
}

func TestWhatAFailedUploadLeavesIsSweptAfterADay(t *testing.T) {
	b := setupFiles(t)
	id := b.file()
	b.UseBlobs(&failingBucket{Bucket: b.folder, left: 1})
	_, err := b.AddFile(t.Context(), records.Once{}, in(desk), id, b.photo(desk))
	requireCode(t, cases.CodeUnavailable, err)
	require.Zero(t, b.count(`SELECT count(*) FROM file`))
	b.UseBlobs(b.folder)
	f := b.add(id, b.photo(desk))
	require.NoError(t, os.MkdirAll(filepath.Join(b.dir, "aa"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "aa", "bb.17f.tmp"), []byte("half"), 0o600))
	require.Len(t, b.stored(), 4)
	b.now = time.Now() // blobs carry the time of their disk
	require.NoError(t, b.SweepFiles(t.Context()))
	require.Len(t, b.stored(), 4)
	b.now = time.Now().Add(25 * time.Hour)
	require.NoError(t, b.SweepFiles(t.Context()))
	require.Len(t, b.stored(), 2)
	_, err = b.OpenFile(t.Context(), in(desk), f.ID, records.FilePreview)
	require.NoError(t, err)
}

func TestTheFolderOfAnotherDatabaseIsNotSwept(t *testing.T) {
	b := setupFiles(t)
	b.add(b.file(), b.photo(desk))
	for range 25 {
		require.NoError(t, b.folder.Put(t.Context(), strings.ReplaceAll(uuid.NewString(), "-", ""), []byte("sealed")))
	}
	b.now = time.Now().Add(25 * time.Hour)
	require.ErrorContains(t, b.SweepFiles(t.Context()), "another one's folder")
	require.Len(t, b.stored(), 27)
}

func TestABlobThatIsNotWhatWasWrittenIsAFault(t *testing.T) {
	b := setupFiles(t)
	f := b.add(b.file(), b.photo(desk))
	for _, path := range b.stored() {
		require.NoError(t, os.WriteFile(path, []byte("something else"), 0o600))
	}
	_, err := b.OpenFile(t.Context(), in(desk), f.ID, records.FileShown)
	requireCode(t, cases.CodeInternal, err)
	require.NoError(t, os.RemoveAll(b.dir))
	_, err = b.OpenFile(t.Context(), in(desk), f.ID, records.FileShown)
	requireCode(t, cases.CodeInternal, err)
}
