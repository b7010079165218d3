package api

import (
	"context"
	"encoding/json"
	"net/http"
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
