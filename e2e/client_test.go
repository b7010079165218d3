//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tonghu/e2e/client"
)

// Whoever knows only the document can file a report and follow it up.
func TestAGeneratedClientFilesAReportAndLooksItUp(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "drill")
	in.start()
	requireDocument(t, in)

	c, err := client.NewClientWithResponses(in.url())
	require.NoError(t, err)
	name, text := "小童", "孩子独自在家三天"
	report := client.ReportBody{
		Situations: &[]client.ReportBodySituations{client.MR06}, Danger: client.Unsure,
		Child: &client.ChildBody{Name: &name}, Narrative: &client.NarrativeBody{Text: &text},
	}
	once := &client.FileReportParams{IdempotencyKey: uuid.NewString()}
	filed, err := c.FileReportWithResponse(t.Context(), once, report)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, filed.StatusCode(), string(filed.Body))
	again, err := c.FileReportWithResponse(t.Context(), once, report)
	require.NoError(t, err)
	require.Equal(t, string(filed.Body), string(again.Body))

	said, err := c.LookUpReceiptWithResponse(t.Context(), nil, client.LookupInputBody{Code: filed.JSON201.Receipt})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, said.StatusCode(), string(said.Body))
	require.Equal(t, filed.JSON201.Number, said.JSON200.Number)

	none, err := c.LookUpReceiptWithResponse(t.Context(), nil, client.LookupInputBody{Code: filed.JSON201.Receipt[1:]})
	require.NoError(t, err)
	require.Equal(t, client.ProblemCodeReceiptUnknown, none.ApplicationproblemJSON404.Code, string(none.Body))

	in.stop()
}

// requireDocument holds what the product serves against the committed document,
// operation by operation, and looks that each names its problems.
func requireDocument(t *testing.T, in *instance) {
	t.Helper()
	type document struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	src, err := os.ReadFile("../api/openapi.json")
	require.NoError(t, err)
	var committed, served document
	require.NoError(t, json.Unmarshal(src, &committed))
	res, err := http.Get(in.url() + "/api/openapi.json")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(&served))

	operations := 0
	for path, item := range served.Paths {
		for method, body := range item {
			operations++
			name := method + " " + path
			require.Contains(t, committed.Paths[path], method, path)
			require.JSONEq(t, string(committed.Paths[path][method]), string(body), name)
			var op struct {
				Responses map[string]struct {
					Content map[string]json.RawMessage `json:"content"`
					Codes   []string                   `json:"x-problem-codes"`
				} `json:"responses"`
			}
			require.NoError(t, json.Unmarshal(body, &op), name)
			codes := 0
			for status, r := range op.Responses {
				if status < "400" {
					continue
				}
				require.NotEmpty(t, r.Codes, "%s: %s", name, status)
				require.Contains(t, r.Content, "application/problem+json", "%s: %s", name, status)
				codes += len(r.Codes)
			}
			require.NotZero(t, codes, name)
		}
	}
	require.Positive(t, operations)
	for path, item := range committed.Paths {
		require.Len(t, served.Paths[path], len(item), path)
	}
	require.Len(t, served.Components.Schemas, len(committed.Components.Schemas))
	for name, schema := range committed.Components.Schemas {
		require.JSONEq(t, string(schema), string(served.Components.Schemas[name]), name)
	}
}
