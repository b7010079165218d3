package pgcluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const oldestMajor = 15

// binaries is one installed version of PostgreSQL.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// findBinaries picks the newest installed version, or the version that made the data folder: another could not read it.
func findBinaries(data string) (binaries, error) {
	made, err := dataMajor(data)
	if err != nil {
		return binaries{}, err
	}
	var newest binaries
	for _, b := range installed() {
		if made != 0 && b.major == made {
			return b, nil
		}
		if b.major > newest.major {
			newest = b
		}
	}
	switch {
	case made != 0:
		return binaries{}, fmt.Errorf("%s was made by PostgreSQL %d, which is not installed", data, made)
	case newest.major < oldestMajor:
		return binaries{}, ErrNoBinaries
	}
	return newest, nil
}

// installed lists the versions in Debian's and Red Hat's folders and on the PATH.
func installed() []binaries {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		found, _ := filepath.Glob(pattern)
		dirs = append(dirs, found...)
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	var all []binaries
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if major := parseVersion(string(out)); major > 0 {
			all = append(all, binaries{dir: dir, major: major})
		}
	}
	return all
}

// parseVersion reads the major version out of "postgres (PostgreSQL) 15.18 (Debian …)"; 0 if there is none.
func parseVersion(line string) int {
	_, rest, _ := strings.Cut(line, ") ")
	digits := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	major, _ := strconv.Atoi(digits[0])
	return major
}

// dataMajor is the version that made the data folder, 0 if there is none yet.
func dataMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}
