// Package lintrules proves that the import directions in .golangci.yml are enforced: a rule whose pattern matches
// nothing would otherwise look like a clean code base.
package lintrules

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An imported package, the folder it is imported in, and the depguard rule that forbids it; no rule where it is allowed.
var imports = []struct{ folder, pkg, rule string }{
	{"cases", "fmt", ""},
	{"cases", "iter", ""},
	{"cases", "os", "pure"},
	{"cases", "io", "pure"},
	{"cases", "net/http", "pure"},
	{"cases", "math/rand/v2", "pure"},
	{"cases", "log/slog", "pure"},
	{"cases", "go.temporal.io/sdk/workflow", "cases"},
	{"cases", "gopkg.in/yaml.v3", "cases"},
	{"cases", "tonghu/vault", "cases"},
	{"records", "tonghu/cases", ""},
	{"records", "context", ""},
	{"records", "tonghu/postgres", "records"},
	{"records", "github.com/jackc/pgx/v5", "records"},
	{"cases/policy", "tonghu/cases", ""},
	{"cases/policy", "gopkg.in/yaml.v3", ""},
	{"cases/policy", "os", "policy"},
	{"cases/policy", "tonghu/vault", "policy"},
	{"workflows", "tonghu/cases", ""},
	{"workflows", "go.temporal.io/sdk/workflow", ""},
	{"workflows", "go.temporal.io/sdk/temporal", ""},
	{"workflows", "net", "pure"},
	{"workflows", "os", "pure"},
	{"workflows", "sync", "pure"},
	{"workflows", "crypto/rand", "pure"},
	{"workflows", "go.uber.org/zap", "workflows"},
	{"workflows", "github.com/jackc/pgx/v5", "workflows"},
	{"workflows", "go.temporal.io/sdk/client", "workflows"},
	{"workflows", "tonghu/postgres", "workflows"},
	{"activities", "tonghu/cases", ""},
	{"activities", "go.temporal.io/sdk/activity", ""},
	{"activities", "tonghu/workflows", "activities"},
	{"activities", "github.com/jackc/pgx/v5", "activities"},
	{"activities", "net/http", "activities"},
	{"worker/probe", "tonghu/workflows", ""},
	{"worker/probe", "go.temporal.io/sdk/client", ""},
	{"worker/probe", "tonghu/postgres", "worker"},
	{"openid", "tonghu/records", ""},
	{"openid", "golang.org/x/oauth2", ""},
	{"openid", "tonghu/vault", "openid"},
	{"openid", "tonghu/postgres", "openid"},
	{"casework/probe", "go.temporal.io/sdk/client", ""},
	{"casework/probe", "tonghu/postgres", "no-stores"},
	{"casework/probe", "github.com/jackc/pgx/v5", "no-stores"},
	{"api/probe", "tonghu/casework", ""},
	{"api/probe", "net/http", ""},
	{"api/probe", "github.com/jackc/pgx/v5", "api"},
	{"api/probe", "go.temporal.io/sdk/client", "api"},
	{"api/probe", "tonghu/postgres", "api"},
	{"api/probe", "tonghu/workflows", "api"},
	{"postgres/probe", "github.com/jackc/pgx/v5", ""},
	{"postgres/probe", "tonghu/cases", ""},
	{"postgres/probe", "tonghu/api", "postgres"},
	{"postgres/probe", "go.temporal.io/sdk/client", "postgres"},
	{"jobs/probe", "tonghu/cases", ""},
	{"jobs/probe", "tonghu/api", "jobs"},
	{"jobs/probe", "go.temporal.io/sdk/client", "jobs"},
	{"notify/probe", "net/http", ""},
	{"notify/probe", "tonghu/postgres", "no-stores"},
	{"notify/probe", "tonghu/vault", "notify"},
	{"vault/probe", "tonghu/cases", ""},
	{"vault/probe", "tonghu/postgres", "vault"},
	{"files", "image/jpeg", ""},
	{"files", "tonghu/records", ""},
	{"files", "os", "files"},
	{"files", "tonghu/postgres", "files"},
	{"files/blobs", "os", ""},
	{"files/blobs", "tonghu/vault", "blobs"},
	{"pgcluster/probe", "os", ""},
	{"pgcluster/probe", "tonghu/cases", "pgcluster"},
	{"elsewhere", "go.temporal.io/sdk/client", "temporal-client"},
	{"elsewhere", "math/rand", "one-way"},
}

// What else is forbidden: a line of code, the folder it stands in, and words of the finding; no words where it is allowed.
var lines = []struct{ folder, file, line, finding string }{
	{"cases", "clock.go", "var now = time.Now()", "pure code is told the time"},
	{"cases", "zone.go", "var zone = time.Local", "pure code is told the zone"},
	{"cases", "length.go", "var length = time.Second", ""},
	{"workflows", "clock.go", "var now = time.Now()", "pure code is told the time"},
	{"activities", "clock.go", "var now = time.Now()", ""},
	{"api/probe", "nap_test.go", "func init() { time.Sleep(1) }", "tests do not sleep"},
	{"util", "util.go", "var length = time.Second", "bad package name"},
	{"helper", "helper.go", "var length = time.Second", "bad package name"},
	{"manager", "manager.go", "var length = time.Second", "bad package name"},
	{"common", "common.go", "var length = time.Second", "bad package name"},
}

func TestRulesBite(t *testing.T) {
	linter := os.Getenv("GOLANGCI_LINT")
	if linter == "" {
		t.Skip("run by `make lint`, which sets GOLANGCI_LINT")
	}
	root, err := filepath.Abs("../..")
	check(t, err)
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", ".golangci.yml"} {
		body, err := os.ReadFile(filepath.Join(root, name))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, name), body, 0o600))
	}
	write := func(folder, file, body string) {
		check(t, os.MkdirAll(filepath.Join(dir, folder), 0o700))
		check(t, os.WriteFile(filepath.Join(dir, folder, file), []byte(body), 0o600))
	}

	// Every package exists and imports nothing, so that no probe makes a cycle or fails to compile.
	for _, name := range []string{"cases", "workflows", "activities", "worker", "casework", "api", "postgres", "jobs", "notify", "records", "vault", "files", "pgcluster"} {
		write(name, "doc.go", "package "+name+"\n")
	}
	for i, want := range imports {
		write(want.folder, fmt.Sprintf("import%d.go", i), fmt.Sprintf("package %s\n\nimport _ %q\n", filepath.Base(want.folder), want.pkg))
	}
	for _, want := range lines {
		write(want.folder, want.file, fmt.Sprintf("package %s\n\nimport \"time\"\n\n%s\n", filepath.Base(want.folder), want.line))
	}

	cmd := exec.Command(linter, "run", "--enable-only", "depguard,forbidigo,revive", "--output.json.path", "stdout", "--show-stats=false", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	out, _ := cmd.Output() // exits with 1 when it finds something
	var report struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct{ Filename string }
		}
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if err := json.Unmarshal([]byte(line), &report); err != nil {
		t.Fatalf("golangci-lint said no JSON: %v\n%s", err, out)
	}
	found := map[string][]string{}
	for _, issue := range report.Issues {
		if issue.FromLinter == "typecheck" {
			t.Fatalf("the probes do not compile: %s: %s", issue.Pos.Filename, issue.Text)
		}
		found[issue.Pos.Filename] = append(found[issue.Pos.Filename], issue.Text)
	}
	has := func(file, words string) bool {
		return slices.ContainsFunc(found[file], func(text string) bool { return strings.Contains(text, words) })
	}

	for i, want := range imports {
		file := filepath.Join(want.folder, fmt.Sprintf("import%d.go", i))
		switch {
		case want.rule == "" && has(file, "is not allowed from list"):
			t.Errorf("%s may import %s, but: %q", want.folder, want.pkg, found[file])
		case want.rule != "" && !has(file, "from list '"+want.rule+"'"):
			t.Errorf("%s may not import %s by rule %s, but: %q", want.folder, want.pkg, want.rule, found[file])
		}
	}
	for _, want := range lines {
		file := filepath.Join(want.folder, want.file)
		switch {
		case want.finding == "" && (has(file, "pure code") || has(file, "do not sleep")):
			t.Errorf("%q is allowed in %s, but: %q", want.line, want.folder, found[file])
		case want.finding != "" && !has(file, want.finding):
			t.Errorf("%q is forbidden in %s (%s), but: %q", want.line, file, want.finding, found[file])
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
