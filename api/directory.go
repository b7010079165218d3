package api

import (
	"context"
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"tonghu/cases"
)

// Place is the city, a town or a village.
type Place struct {
	Code cases.Org `json:"code"`
	Name string    `json:"name"`
}

// Unit is a department or an institution.
type Unit struct {
	Name       string `json:"name" doc:"short name, as in the post unit:education/liaison"`
	Title      string `json:"title"`
	Department bool   `json:"department,omitempty" doc:"a member unit of the coordination body 成员单位"`
}

// Directory is how places and units are called.
type Directory struct {
	City   cases.Org `json:"city"`
	Places []Place   `json:"places" doc:"by their codes: the city, its towns, their villages"`
	Units  []Unit    `json:"units"`
}

const directoryPath = "/api/v1/directory"

// compressedDirectory compresses the directory, which a phone waits for with every
// report. It is the same for everyone; answers that hold a secret are not compressed,
// so that their length tells nothing.
func compressedDirectory(next http.Handler) http.Handler {
	small := gzhttp.GzipHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == directoryPath {
			small.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type directoryAnswer struct {
	Cache string `header:"Cache-Control"`
	Body  Directory
}

func (s *server) directoryRoutes() {
	register(s, operation{
		id: "get-directory", method: http.MethodGet, path: directoryPath, tag: "posts", summary: "How places and units are called 地区与单位名称",
		about: "The same for everyone; nothing in it is personal. The filing page of the public offers its towns and villages.", public: true,
	}, s.directory)
}

func (s *server) directory(ctx context.Context, _ *none) (*directoryAnswer, error) {
	out := &directoryAnswer{Cache: "public, max-age=600", Body: Directory{City: s.City, Places: []Place{}, Units: []Unit{}}}
	places, err := s.Directory.Orgs(ctx, string(s.City)[:min(6, len(s.City))])
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		out.Body.Places = append(out.Body.Places, Place(p))
	}
	units, err := s.Directory.Units(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		out.Body.Units = append(out.Body.Units, Unit{Name: u.Name, Title: u.Title, Department: u.Department})
	}
	return out, nil
}
