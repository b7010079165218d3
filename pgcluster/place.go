package pgcluster

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"go.uber.org/zap"
)

// systemUser is whom the server runs as when we are root, as whom PostgreSQL refuses to run.
const systemUser = "postgres"

// place is where a cluster lives and whose it is.
type place struct {
	home   string // DataDir/postgres, symbolic links resolved
	data   string // PGDATA
	socket string
	uid    int
	gid    int
}

func (p place) startLog() string { return filepath.Join(p.home, "start.log") }

// findPlace looks at a folder that must exist already.
func findPlace(dataDir string) (place, error) {
	home, err := filepath.EvalSymlinks(filepath.Join(dataDir, "postgres"))
	if err != nil {
		return place{}, fmt.Errorf("%w: %v", ErrNotRunning, err)
	}
	if home, err = filepath.Abs(home); err != nil {
		return place{}, err
	}
	info, err := os.Stat(home)
	if err != nil {
		return place{}, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	// Unix sockets have paths of at most 107 bytes, so the folder's name is a hash of where the data is.
	sum := sha256.Sum256([]byte(home))
	return place{
		home: home, data: filepath.Join(home, "data"), socket: "/tmp/tonghu-" + hex.EncodeToString(sum[:6]),
		uid: int(owner.Uid), gid: int(owner.Gid),
	}, nil
}

// preparePlace makes DataDir/postgres and hands it to the user the server will run as. Where that user cannot reach it, as
// under /root, the data goes to /var/lib/tonghu and DataDir/postgres is a symbolic link.
func preparePlace(dataDir string, log *zap.Logger) (place, error) {
	home := filepath.Join(dataDir, "postgres")
	if _, err := os.Stat(home); errors.Is(err, os.ErrNotExist) {
		if err := makeHome(home, log); err != nil {
			return place{}, err
		}
	}
	p, err := findPlace(dataDir)
	if err != nil {
		return place{}, err
	}
	switch me := os.Geteuid(); {
	case p.uid == 0:
		return place{}, fmt.Errorf("%s belongs to root, as whom PostgreSQL does not run: give it to %q (chown -R)", home, systemUser)
	case me != 0 && p.uid != me:
		return place{}, fmt.Errorf("%s belongs to user %d and this process is user %d", home, p.uid, me)
	case me == 0:
		if closed := firstClosed(p.home, p.uid, p.gid); closed != "" {
			return place{}, fmt.Errorf("user %d, as whom PostgreSQL runs, cannot enter %s (needs x permission)", p.uid, closed)
		}
	}
	return p, nil
}

func makeHome(home string, log *zap.Logger) error {
	if os.Geteuid() != 0 {
		return os.MkdirAll(home, 0o700)
	}
	u, err := user.Lookup(systemUser)
	if err != nil {
		return fmt.Errorf("as root, PostgreSQL runs as user %q: %w", systemUser, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	real := home
	parent, err := filepath.Abs(filepath.Dir(home))
	if err != nil {
		return err
	}
	if closed := firstClosed(parent, uid, gid); closed != "" {
		// A fresh name each time: a data folder that was deleted and made again must not find its old data.
		real = filepath.Join("/var/lib/tonghu", rand.Text())
		log.Warn("postgresql data is kept elsewhere, because its user cannot enter a folder above it",
			zap.String("user", systemUser), zap.String("closed", closed), zap.String("folder", real))
		if err := os.MkdirAll(filepath.Dir(real), 0o711); err != nil {
			return err
		}
		_ = os.Remove(home) // a link to data that has been deleted
		if err := os.Symlink(real, home); err != nil {
			return err
		}
	}
	if err := os.Mkdir(real, 0o700); err != nil {
		return err
	}
	return os.Chown(real, uid, gid)
}

// firstClosed names the first folder on the way to dir that the user cannot enter, or nothing.
func firstClosed(dir string, uid, gid int) string {
	if enters(dir, uid, gid) {
		return ""
	}
	at := string(filepath.Separator)
	for _, part := range strings.Split(strings.TrimPrefix(dir, at), at) {
		at = filepath.Join(at, part)
		if !enters(at, uid, gid) {
			return at
		}
	}
	return dir
}

// enters tries it, since permission bits do not tell all.
func enters(dir string, uid, gid int) bool {
	cmd := exec.Command("/bin/true")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd.Run() == nil
}

// as makes a command run as the cluster's user, in a session of its own so that Ctrl-C on the terminal does not reach it
// before us, and with nothing of our environment.
func (p place) as(cmd *exec.Cmd) {
	cmd.Dir = p.home
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + p.home, "TZ=UTC", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.gid)}
	}
}

// makeSocketDir makes the socket's folder for the cluster's user alone, and refuses one that somebody else has put there.
// A socket that a killed server left is removed: its lock names a process id that may be taken again.
func (p place) makeSocketDir() error {
	if err := os.Mkdir(p.socket, 0o700); err == nil {
		if os.Geteuid() == 0 {
			return os.Chown(p.socket, p.uid, p.gid)
		}
		return nil
	}
	info, err := os.Lstat(p.socket)
	if err != nil {
		return err
	}
	if owner := info.Sys().(*syscall.Stat_t); !info.IsDir() || int(owner.Uid) != p.uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is not a private folder of user %d: remove it", p.socket, p.uid)
	}
	left, _ := filepath.Glob(filepath.Join(p.socket, ".s.PGSQL.*"))
	for _, file := range left {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file that belongs to the cluster's user.
func (p place) write(file, text string) error {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		return os.Chown(file, p.uid, p.gid)
	}
	return nil
}

// postmaster is the process id of a server that runs in this data folder, or 0. A postmaster.pid whose process is gone, or
// is another program by now (after a reboot), is removed.
func (p place) postmaster() int {
	file := filepath.Join(p.data, "postmaster.pid")
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	line, _ := bufio.NewReader(f).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err == nil && pid > 1 && alive(pid) {
		cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err != nil || cwd == p.data { // no /proc: believe the file
			return pid
		}
	}
	_ = os.Remove(file)
	return 0
}

// alive is false of a process that has ended, even if nobody has collected it.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// lockFile takes the lock that one owner of a data folder holds for as long as its process lives.
func lockFile(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.Read(holder)
		_ = f.Close()
		return nil, fmt.Errorf("%w: process %s has %s", ErrInUse, strings.TrimSpace(string(holder[:n])), file)
	}
	_ = f.Truncate(0)
	_, _ = fmt.Fprintln(f, os.Getpid())
	return f, nil
}
