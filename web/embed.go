// Package web serves the console and the pages of the public, built by vite into
// dist and kept in the binary.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed all:dist
var dist embed.FS

// PaperFont is the TrueType font that papers are set in; nil where this build has none.
func PaperFont() []byte {
	font, err := dist.ReadFile("dist/fonts/NotoSansSC-Regular.ttf")
	if err != nil {
		return nil // make build-web puts it there
	}
	return font
}

// public are the paths that need no account and have an entry of their own, small
// enough for a cheap phone.
var public = []string{"/report", "/help", "/receipt"}

// noncePlace is where a page's HTML takes the nonce of its answer.
var noncePlace = []byte("__NONCE__")

// Handler answers with the files of the build, and with the entry's page for every
// path that is a screen's. nonce gives the nonce of the answer's
// Content-Security-Policy, for the styles that the console makes while it runs.
func Handler(nonce func(*http.Request) string) http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded
	}
	assets := http.FileServerFS(files)
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		switch info, err := fs.Stat(files, name); {
		case strings.HasPrefix(name, "assets/") && err == nil:
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // its name holds its hash
			asset(w, r, files, name)
		case strings.HasPrefix(name, "assets/"):
			http.NotFound(w, r) // of a build before: the page that asks reloads
		case err == nil && !info.IsDir() && !strings.HasSuffix(name, ".html") && !strings.HasPrefix(name, "."):
			w.Header().Set("Cache-Control", "no-cache")
			assets.ServeHTTP(w, r)
		default:
			entry := "index.html"
			for _, p := range public {
				if r.URL.Path == p || strings.HasPrefix(r.URL.Path, p+"/") {
					entry = "public.html"
				}
			}
			page(w, r, files, entry, nonce)
		}
	}))
}

// asset serves a file of the build; as the build compressed it, to who takes that.
func asset(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	w.Header().Add("Vary", "Accept-Encoding")
	small := name + ".gz"
	if _, err := fs.Stat(files, small); err == nil && takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		name = small
	}
	http.ServeFileFS(w, r, files, name)
}

// takesGzip tells whether whoever asks can read gzip. Who gives it a weight, of which 0
// is none, is served what is compressed on the way.
func takesGzip(r *http.Request) bool {
	for offered := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(offered) == "gzip" {
			return true
		}
	}
	return false
}

func page(w http.ResponseWriter, r *http.Request, files fs.FS, name string, nonce func(*http.Request) string) {
	html, err := fs.ReadFile(files, name)
	if err != nil {
		http.Error(w, "The console is not part of this build: run `make build-web`, then build again.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(bytes.ReplaceAll(html, noncePlace, []byte(nonce(r)))) // the reader has gone
}
