package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/records"
)

type fixedDirectory struct{ prefix string }

func (f *fixedDirectory) Orgs(_ context.Context, prefix string) ([]records.Place, error) {
	f.prefix = prefix
	return []records.Place{{Code: testVillage, Name: "石桥村"}}, nil
}

func (*fixedDirectory) Units(context.Context) ([]records.Unit, error) {
	return []records.Unit{{Name: "education", Title: "教育和体育局", Duty: "控辍保学", Department: true}}, nil
}

func TestThePublicLearnsHowPlacesAndUnitsAreCalled(t *testing.T) {
	directory := &fixedDirectory{}
	b := setup(t, func(c *Config) { c.Directory = directory })
	reply := b.anyone().get("/api/v1/directory")
	reply.is(http.StatusOK)
	var out Directory
	require.NoError(t, json.Unmarshal(reply.body, &out))
	require.Equal(t, "379999", directory.prefix, "this city's places only")
	require.Equal(t, []Place{{testVillage, "石桥村"}}, out.Places)
	require.Equal(t, []Unit{{"education", "教育和体育局", true}}, out.Units)
}

// manyPlaces is a county with so many places that its directory is large.
type manyPlaces struct{ fixedDirectory }

func (*manyPlaces) Orgs(context.Context, string) ([]records.Place, error) {
	return slices.Repeat([]records.Place{{Code: testVillage, Name: "石桥村"}}, 300), nil
}

func TestTheDirectoryIsSmallOnTheWire(t *testing.T) {
	b := setup(t, func(c *Config) { c.Directory = &manyPlaces{} })
	id := b.book.open(t)
	whole := b.anyone().get("/api/v1/directory", "Accept-Encoding", "identity")
	small := b.anyone().get("/api/v1/directory", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", small.header.Get("Content-Encoding"))
	require.Less(t, 10*len(small.body), len(whole.body))
	r, err := gzip.NewReader(bytes.NewReader(small.body))
	require.NoError(t, err)
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, string(whole.body), string(out))
	secret := b.as(testDesk).get("/api/v1/cases/"+id, "Accept-Encoding", "gzip")
	require.Equal(t, http.StatusOK, secret.status)
	require.Empty(t, secret.header.Get("Content-Encoding"), "the length of what is secret tells nothing")
}
