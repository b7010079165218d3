package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(func(*http.Request) string { return "n0nce" }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func built(t *testing.T) {
	t.Helper()
	if _, err := fs.Stat(dist, "dist/index.html"); err != nil {
		t.Skip("the console is not built: make build-web")
	}
}

func TestEveryScreenIsAnsweredWithItsEntry(t *testing.T) {
	built(t)
	for path, entry := range map[string]string{
		"/": "console", "/cases/0197": "console", "/report": "public", "/receipt": "public", "/help": "public", "/reports": "console",
	} {
		w := get(t, path)
		require.Equal(t, http.StatusOK, w.Code, path)
		require.Contains(t, w.Body.String(), "/assets/"+entry+"-", path)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"), path)
	}
}

func TestTheConsoleLearnsTheNonceOfItsAnswer(t *testing.T) {
	built(t)
	body := get(t, "/").Body.String()
	require.Contains(t, body, `content="n0nce"`)
	require.NotContains(t, body, string(noncePlace))
}

func TestAssetsAreKeptForEverAndOldOnesAreGone(t *testing.T) {
	built(t)
	names, err := fs.Glob(dist, "dist/assets/console-*.js")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	w := get(t, strings.TrimPrefix(names[0], "dist"))
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
	require.Equal(t, http.StatusNotFound, get(t, "/assets/console-of-yesterday.js").Code)
}

func TestNoFileOfTheBuildItselfIsServed(t *testing.T) {
	for _, path := range []string{"/.vite/manifest.json", "/.gitkeep", "/../embed.go"} {
		require.NotContains(t, get(t, path).Body.String(), "src/", path)
	}
}

func TestAnAssetComesAsTheBuildCompressedIt(t *testing.T) {
	built(t)
	names, err := fs.Glob(dist, "dist/assets/console-*.js")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	plain, err := fs.ReadFile(dist, names[0])
	require.NoError(t, err)
	small, err := fs.ReadFile(dist, names[0]+".gz")
	require.NoError(t, err)
	for accepts, want := range map[string][]byte{"gzip, deflate, br": small, "": plain} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, strings.TrimPrefix(names[0], "dist"), nil)
		r.Header.Set("Accept-Encoding", accepts)
		Handler(func(*http.Request) string { return "n0nce" }).ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, want, w.Body.Bytes())
		require.Contains(t, w.Header().Get("Content-Type"), "javascript")
		require.Contains(t, w.Header().Values("Vary"), "Accept-Encoding")
		require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
	}
}
