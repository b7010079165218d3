package product

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/pgcluster/pgtest"
	"tonghu/postgres"
	"tonghu/records"
	"tonghu/vault"
	"tonghu/vault/audit"
	"tonghu/vault/suite"
)

// What a process of its own does that is to be killed: it rotates until a phase.
const (
	rotateEnv  = "TONGHU_TEST_ROTATE" // the phase in which it kills itself
	dsnEnv     = "TONGHU_TEST_ROTATE_DSN"
	keyFileEnv = "TONGHU_TEST_ROTATE_KEYS"
)

func TestMain(m *testing.M) {
	if phase := os.Getenv(rotateEnv); phase != "" {
		err := rotateUntil(Phase(phase))
		fmt.Fprintln(os.Stderr, "the phase was not reached:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func rotateUntil(phase Phase) error {
	k, err := OpenKeys(context.Background(), Config{DSN: os.Getenv(dsnEnv), KeyFile: os.Getenv(keyFileEnv)})
	if err != nil {
		return err
	}
	k.poll, k.page = 5*time.Millisecond, 2
	_, err = k.Rotate(context.Background(), vault.Master, func(p Progress) error {
		if p.Phase == phase && len(p.Waiting) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	})
	return err
}

// office is a database, its key file and the processes that work with them.
type office struct {
	t       *testing.T
	db      *pgtest.DB
	options vault.Options
	rules   cases.Rules
}

func newOffice(t *testing.T, s suite.Suite) *office {
	t.Helper()
	db := pgtest.New(t, pgtest.WithTemplate(pgtest.KeyOf(postgres.Migrations())+"/tonghu", postgres.Migrate))
	o := &office{t: t, db: db, options: vault.Options{Suite: s, KeyFile: filepath.Join(t.TempDir(), "keys.json")}}
	var err error
	o.rules, err = policy.Load("anqiu")
	require.NoError(t, err)
	require.NoError(t, o.asleep().store.PutRules(t.Context(), o.rules))
	return o
}

// process is one of the office's: vault, store, and what keeps the two together.
type process struct {
	vault *vault.Vault
	store *postgres.Store
	*attendant
}

func (o *office) process() *process {
	o.t.Helper()
	p := o.asleep()
	require.NoError(o.t, p.start(o.t.Context()))
	o.t.Cleanup(p.stop)
	return p
}

// asleep is a process whose attendant does not run.
func (o *office) asleep() *process {
	o.t.Helper()
	v, err := vault.Open(o.options)
	require.NoError(o.t, err)
	s, err := postgres.Open(o.t.Context(), o.db.As(postgres.EngineRole), postgres.Options{AppDSN: o.db.As(postgres.AppRole), Vault: v, MaxConns: 4})
	require.NoError(o.t, err)
	o.t.Cleanup(s.Close)
	return &process{v, s, &attendant{
		vault: v, store: s, log: zap.NewNop(), id: uuid.New(), name: "test:" + uuid.NewString(), look: 2 * time.Millisecond, tell: time.Second,
	}}
}

func (o *office) keys() *Keys {
	o.t.Helper()
	k, err := OpenKeys(o.t.Context(), o.config())
	require.NoError(o.t, err)
	o.t.Cleanup(k.Close)
	k.poll, k.page = 2*time.Millisecond, 2
	return k
}

func (o *office) config() Config {
	return Config{DSN: o.db.As(postgres.EngineRole), KeyFile: o.options.KeyFile}
}

// file files a report with a process and gives its case.
func (o *office) file(ctx context.Context, p *process) (string, error) {
	rep := cases.Report{ID: uuid.NewString(), Org: "379999101203", Situations: []cases.Situation{"MR05"}, Danger: cases.DangerNo, Relation: "guardian"}
	open, refusal := cases.Open(rep, o.rules, time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
	if refusal != nil {
		return "", refusal
	}
	hash := sha256.Sum256([]byte(rep.ID))
	filed, err := p.store.File(ctx, records.Once{}, records.Filing{Open: open, ReceiptHash: hash[:], Child: records.Child{Name: "单小雨"}})
	return filed.Case, err
}

// read opens a child's file with a process.
func (o *office) read(ctx context.Context, p *process, id string) error {
	v, err := p.store.GetCase(ctx, records.Access{Person: uuid.NewString(), Posts: []cases.Post{desk}}, id)
	if err == nil && (v.Child == nil || v.Child.Name != "单小雨") {
		err = errors.New("the child's name does not open")
	}
	return err
}

func (o *office) fileSome(p *process, n int) (ids []string) {
	o.t.Helper()
	for range n {
		id, err := o.file(o.t.Context(), p)
		require.NoError(o.t, err)
		ids = append(ids, id)
	}
	return ids
}

func (o *office) connect() *pgx.Conn {
	o.t.Helper()
	conn, err := pgx.Connect(o.t.Context(), o.db.DSN)
	require.NoError(o.t, err)
	o.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	_, err := o.connect().Exec(o.t.Context(), sql, args...)
	require.NoError(o.t, err)
}

// requireAllUnder tells that every data key stands under the newest master key, of which there are so many, and that every file opens.
func (o *office) requireAllUnder(id string, masters int, files []string) {
	o.t.Helper()
	s, err := o.keys().Status(o.t.Context())
	require.NoError(o.t, err)
	for _, k := range s.Keys {
		if k.Purpose != vault.Master {
			continue
		}
		masters--
		require.Equal(o.t, k.ID == id, k.Seals)
		if k.Seals {
			require.Equal(o.t, postgres.KeySealing, k.State)
			require.NotZero(o.t, k.DataKeys)
		} else {
			require.Equal(o.t, postgres.KeyRetired, k.State)
			require.Zero(o.t, k.DataKeys, "data keys under %s", k.ID)
		}
	}
	require.Zero(o.t, masters, "master keys in the file")
	fresh := o.asleep()
	for _, f := range files {
		require.NoError(o.t, o.read(o.t.Context(), fresh, f))
	}
}

func silent(Progress) error { return nil }

func TestKeysAreRotatedWhileReportsAreFiledAndRead(t *testing.T) {
	for _, s := range suite.All {
		t.Run(string(s), func(t *testing.T) {
			o := newOffice(t, s)
			processes := []*process{o.process(), o.process(), o.process()}
			oldPayload, err := processes[0].vault.PayloadAEAD().Encrypt([]byte("state"), nil)
			require.NoError(t, err)
			work := startWork(o, processes)

			k := o.keys()
			var last Rotation
			for _, p := range []vault.Purpose{vault.Master, vault.Payload, vault.Audit, vault.Master} {
				var seen []Phase
				r, err := k.Rotate(t.Context(), p, func(p Progress) error {
					if len(p.Waiting) == 0 && (len(seen) == 0 || seen[len(seen)-1] != p.Phase) {
						seen = append(seen, p.Phase)
						work.goesOn()
					}
					return nil
				})
				require.NoError(t, err)
				require.Empty(t, r.Silent)
				require.Empty(t, r.Damaged)
				require.False(t, r.Resumed)
				phases := []Phase{PhaseStaged, PhaseKnown, PhasePromoted, PhaseUsed, PhaseRetired, PhaseRewrap, PhaseDone}
				if last = r; p != vault.Master {
					phases = append(phases[:5:5], PhaseDone)
				} else {
					require.NotZero(t, r.Rewrapped)
				}
				require.Equal(t, phases, seen)
				for _, proc := range processes {
					require.Equal(t, r.ID, proc.vault.Sealing(p))
				}
			}
			files := work.stop()
			o.requireAllUnder(last.ID, 3, files)
			state, err := processes[2].vault.PayloadAEAD().Decrypt(oldPayload, nil)
			require.NoError(t, err, "Temporal keeps what was sealed before")
			require.Equal(t, "state", string(state))
			require.NoError(t, audit.Verify("keys", processes[0].store.AuditRows(t.Context(), "keys"), nil))
		})
	}
}

// work is what goes on meanwhile: each process files reports, which the next one reads; and seals payloads, which the next one opens.
type work struct {
	t      *testing.T
	cancel context.CancelFunc
	wg     sync.WaitGroup
	rounds []atomic.Int64
	moved  chan struct{}
	files  []string
	mu     sync.Mutex
}

func startWork(o *office, processes []*process) *work {
	ctx, cancel := context.WithCancel(o.t.Context())
	w := &work{t: o.t, cancel: cancel, rounds: make([]atomic.Int64, len(processes)), moved: make(chan struct{}, 1)}
	for i, mine := range processes {
		next := processes[(i+1)%len(processes)]
		w.wg.Go(func() {
			for ctx.Err() == nil {
				if err := w.round(ctx, o, mine, next); err != nil && ctx.Err() == nil {
					o.t.Error(err)
					return
				}
				w.rounds[i].Add(1)
				select {
				case w.moved <- struct{}{}:
				default:
				}
			}
		})
	}
	return w
}

func (w *work) round(ctx context.Context, o *office, mine, next *process) error {
	id, err := o.file(ctx, mine)
	if err != nil {
		return err
	}
	if err := o.read(ctx, next, id); err != nil {
		return err
	}
	w.mu.Lock()
	w.files = append(w.files, id)
	w.mu.Unlock()
	sealed, err := mine.vault.PayloadAEAD().Encrypt([]byte("state"), nil)
	if err != nil {
		return err
	}
	if _, err := next.vault.PayloadAEAD().Decrypt(sealed, nil); err != nil {
		return err
	}
	sig, err := mine.vault.AuditSigner().Sign([]byte("head"))
	if err != nil {
		return err
	}
	return next.vault.AuditVerifier().Verify(sig, []byte("head"))
}

// goesOn waits until every worker has begun and ended a round after the call.
func (w *work) goesOn() {
	from := make([]int64, len(w.rounds))
	for i := range w.rounds {
		from[i] = w.rounds[i].Load()
	}
	for i := range w.rounds {
		for w.rounds[i].Load() < from[i]+2 {
			select {
			case <-w.moved:
			case <-w.t.Context().Done():
				return
			}
			if w.t.Failed() {
				w.t.FailNow()
			}
		}
	}
}

func (w *work) stop() []string {
	w.cancel()
	w.wg.Wait()
	return w.files
}

func TestARotationThatWasKilledInAnyPhaseIsBroughtToItsEnd(t *testing.T) {
	for _, phase := range []Phase{PhaseStaged, PhaseKnown, PhasePromoted, PhaseUsed, PhaseRetired, PhaseRewrap} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, suite.Standard)
			p := o.process()
			files := o.fileSome(p, 3)

			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), rotateEnv+"="+string(phase), dsnEnv+"="+o.config().DSN, keyFileEnv+"="+o.options.KeyFile)
			out, err := child.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), "%s", out)

			files = append(files, o.fileSome(p, 1)...)
			for _, f := range files {
				require.NoError(t, o.read(t.Context(), o.asleep(), f))
			}
			r, err := o.keys().Rotate(t.Context(), vault.Master, silent)
			require.NoError(t, err)
			require.True(t, r.Resumed)
			o.requireAllUnder(r.ID, 2, files)

			again, err := o.keys().Rotate(t.Context(), vault.Master, silent)
			require.NoError(t, err)
			require.False(t, again.Resumed)
			o.requireAllUnder(again.ID, 3, files)
		})
	}
}

func TestARotationThatOnlyTheFileKnowsOfIsBroughtToItsEnd(t *testing.T) {
	for name, promoted := range map[string]bool{"staged": false, "promoted": true} {
		for _, purpose := range rotating {
			t.Run(name+" "+string(purpose), func(t *testing.T) {
				o := newOffice(t, suite.Standard)
				files := o.fileSome(o.process(), 1)
				id, err := vault.Stage(o.options, purpose)
				require.NoError(t, err)
				if promoted {
					require.NoError(t, vault.Promote(o.options, purpose))
				}
				r, err := o.keys().Rotate(t.Context(), purpose, silent)
				require.NoError(t, err)
				require.True(t, r.Resumed)
				require.Equal(t, id, r.ID)
				if purpose == vault.Master {
					o.requireAllUnder(id, 2, files)
				}
			})
		}
	}
}

func TestARotationWaitsForAProcessThatDoesNotKnowTheKey(t *testing.T) {
	o := newOffice(t, suite.Standard)
	sleeper := o.asleep()
	require.NoError(t, sleeper.store.JoinVault(t.Context(), sleeper.id, sleeper.name))
	ctx, cancel := context.WithCancel(t.Context())
	var waited []Progress
	_, err := o.keys().Rotate(ctx, vault.Master, func(p Progress) error {
		if len(p.Waiting) > 0 {
			if waited = append(waited, p); len(waited) == 3 {
				cancel()
			}
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, PhaseKnown, waited[0].Phase)
	require.Equal(t, sleeper.id, waited[0].Waiting[0].ID)
	require.Equal(t, sleeper.name, waited[0].Waiting[0].Name)
	s, err := o.keys().Status(t.Context())
	require.NoError(t, err)
	require.Len(t, s.Lacking(waited[0].Waiting[0]), 1)

	// It wakes.
	_, err = sleeper.vault.Refresh()
	require.NoError(t, err)
	require.NoError(t, sleeper.start(t.Context()))
	t.Cleanup(sleeper.stop)
	r, err := o.keys().Rotate(t.Context(), vault.Master, silent)
	require.NoError(t, err)
	require.True(t, r.Resumed)
}

func TestAProcessThatSleptThroughARotationDoesNoHarm(t *testing.T) {
	o := newOffice(t, suite.Standard)
	awake, sleeper := o.process(), o.asleep()
	require.NoError(t, sleeper.store.JoinVault(t.Context(), sleeper.id, sleeper.name))
	o.exec(`UPDATE vault_process SET seen = now() - interval '1 hour' WHERE id = $1`, sleeper.id)
	files := o.fileSome(awake, 2)
	r, err := o.keys().Rotate(t.Context(), vault.Master, silent)
	require.NoError(t, err)
	require.Len(t, r.Silent, 1)
	require.Equal(t, sleeper.id, r.Silent[0].ID)
	require.NotEqual(t, r.ID, sleeper.vault.Sealing(vault.Master))

	files = append(files, o.fileSome(sleeper, 1)...)
	require.Equal(t, r.ID, sleeper.vault.Sealing(vault.Master), "the database sent it to its key file")
	for _, f := range files {
		require.NoError(t, o.read(t.Context(), sleeper, f))
	}
	o.requireAllUnder(r.ID, 2, files)
}

func TestADataKeyThatIsBeingWrittenIsNotOverlooked(t *testing.T) {
	o := newOffice(t, suite.Standard)
	p := o.process()
	tx, err := o.connect().Begin(t.Context())
	require.NoError(t, err)
	dk, err := p.vault.NewDataKey(uuid.NewString(), vault.Ordinary)
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO data_key VALUES ($1, $2, $3)`, dk.Subject, dk.Compartment, dk.Wrapped)
	require.NoError(t, err)

	k, rotated := o.keys(), make(chan error, 1)
	go func() {
		_, err := k.Rotate(t.Context(), vault.Master, silent)
		rotated <- err
	}()
	watcher := o.connect()
	require.Eventually(t, func() bool {
		var waits bool
		err := watcher.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'data_key'::regclass AND NOT granted)`).Scan(&waits)
		return err == nil && waits
	}, time.Minute, time.Millisecond)
	require.Empty(t, rotated)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-rotated)
	s, err := k.Status(t.Context())
	require.NoError(t, err)
	require.Zero(t, s.Keys[0].DataKeys)
	require.Equal(t, 1, s.Keys[1].DataKeys)
}

func TestADamagedOrDestroyedDataKeyStopsNoRotation(t *testing.T) {
	o := newOffice(t, suite.Standard)
	p := o.process()
	files := o.fileSome(p, 2)
	damaged, destroyed := uuid.NewString(), uuid.NewString()
	o.exec(`INSERT INTO data_key VALUES ($1, 1, '\x01deadbeef000000'), ($2, 4, '')`, damaged, destroyed)
	for range 2 {
		r, err := o.keys().Rotate(t.Context(), vault.Master, silent)
		require.NoError(t, err)
		require.False(t, r.Resumed)
		require.Equal(t, []postgres.DataKey{{Subject: damaged, Compartment: vault.Ordinary}}, r.Damaged)
	}
	s, err := o.keys().Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.Destroyed)
	for _, f := range files {
		require.NoError(t, o.read(t.Context(), p, f))
	}
}

// Somebody destroys a data key after the rotation has read it and before it writes it.
func TestADataKeyDestroyedMeanwhileStaysDestroyed(t *testing.T) {
	o := newOffice(t, suite.Standard)
	p := o.process()
	files := o.fileSome(p, 2)
	eraser, watcher := o.connect(), o.connect()
	erased := make(chan error, 1)
	k := o.keys()
	r, err := k.Rotate(t.Context(), vault.Master, func(p Progress) error {
		if p.Phase != PhaseRetired {
			return nil
		}
		tx, err := eraser.Begin(t.Context())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `UPDATE data_key SET wrapped = '' WHERE subject = $1`, files[0]); err != nil {
			return err
		}
		go func() {
			waits := func() (n int, err error) {
				err = watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
				return n, err
			}
			n, err := waits()
			for n == 0 && err == nil {
				n, err = waits()
			}
			erased <- errors.Join(err, tx.Commit(t.Context()))
		}()
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-erased)
	s, err := k.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, s.Destroyed)
	require.Equal(t, 3, r.Rewrapped)
	require.NoError(t, o.read(t.Context(), p, files[1]))
	require.Error(t, o.read(t.Context(), o.asleep(), files[0]))
}

func TestTwoRotationsTakeTurns(t *testing.T) {
	o := newOffice(t, suite.Standard)
	_, err := o.keys().Rotate(t.Context(), vault.Payload, func(p Progress) error {
		_, err := o.keys().Rotate(t.Context(), vault.Master, silent)
		require.ErrorIs(t, err, postgres.ErrRotating)
		return nil
	})
	require.NoError(t, err)
}

func TestAKeyFileThatDoesNotFitTheDatabaseIsRefusedAtTheStart(t *testing.T) {
	o := newOffice(t, suite.Standard)
	older, err := os.ReadFile(o.options.KeyFile)
	require.NoError(t, err)
	start := func() error {
		p, err := Open(t.Context(), o.config())
		if err == nil {
			p.Close()
		}
		return err
	}
	require.NoError(t, start())
	_, err = o.keys().Rotate(t.Context(), vault.Audit, silent)
	require.NoError(t, err)
	newest, err := os.ReadFile(o.options.KeyFile)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(o.options.KeyFile, older, 0o600))
	err = start()
	require.ErrorIs(t, err, postgres.ErrVault)
	require.ErrorContains(t, err, "before the last rotation")
	_, err = OpenKeys(t.Context(), o.config())
	require.ErrorIs(t, err, postgres.ErrVault)

	require.NoError(t, os.Remove(o.options.KeyFile))
	require.ErrorContains(t, start(), "is missing, and there are records")
	require.NoFileExists(t, o.options.KeyFile)

	_, err = vault.Open(o.options)
	require.NoError(t, err)
	err = start()
	require.ErrorIs(t, err, postgres.ErrVault)
	require.ErrorContains(t, err, "another key file")

	require.NoError(t, os.WriteFile(o.options.KeyFile, newest, 0o600))
	require.NoError(t, start())
}

func TestAProcessThatEndsIsNotWaitedFor(t *testing.T) {
	o := newOffice(t, suite.Standard)
	p, err := Open(t.Context(), o.config())
	require.NoError(t, err)
	s, err := p.store.Processes(t.Context())
	require.NoError(t, err)
	require.Len(t, s, 1)
	p.Close()
	s, err = o.asleep().store.Processes(t.Context())
	require.NoError(t, err)
	require.Empty(t, s)
}

func TestAProcessSaysThatItCannotUseTheFile(t *testing.T) {
	o := newOffice(t, suite.Standard)
	p := o.process()
	stuck := func() bool {
		all, err := p.store.Processes(t.Context())
		require.NoError(t, err)
		for _, one := range all {
			if one.ID == p.id {
				return one.Stuck
			}
		}
		return false
	}
	require.NoError(t, os.Chmod(o.options.KeyFile, 0o644))
	touched := time.Now().Add(time.Minute)
	require.NoError(t, os.Chtimes(o.options.KeyFile, touched, touched))
	require.Eventually(t, stuck, time.Minute, time.Millisecond)
	_, err := o.file(t.Context(), p)
	require.NoError(t, err, "it goes on with what it has")
	require.NoError(t, os.Chmod(o.options.KeyFile, 0o600))
	require.Eventually(t, func() bool { return !stuck() }, time.Minute, time.Millisecond)
}
