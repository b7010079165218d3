package client

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/api"
	"tonghu/cases"
	"tonghu/cases/policy"
	"tonghu/records"
	"tonghu/vault"
)

// shelf takes reports in.
type shelf struct {
	records.Filings
	rules cases.Rules
	filed []records.Filing
}

func (s *shelf) CurrentRules(context.Context) (cases.Rules, error) { return s.rules, nil }

func (s *shelf) File(_ context.Context, _ records.Once, f records.Filing) (records.Filed, error) {
	s.filed = append(s.filed, f)
	return records.Filed{Case: f.Open.State.ID, Number: "强报〔2026〕000001", At: f.Open.State.Opened}, nil
}

func TestAGeneratedClientFilesAReport(t *testing.T) {
	rules, err := policy.Load("anqiu")
	require.NoError(t, err)
	v, err := vault.Open(vault.Options{KeyFile: filepath.Join(t.TempDir(), "vault.json")})
	require.NoError(t, err)
	reports := &shelf{rules: rules}
	server := httptest.NewServer(api.New(api.Config{Filings: reports, Receipt: v.Receipts(), City: "379999000000"}))
	defer server.Close()

	c, err := NewClientWithResponses(server.URL)
	require.NoError(t, err)
	name, text := "小童", "孩子独自在家三天"
	got, err := c.FileReportWithResponse(t.Context(), &FileReportParams{IdempotencyKey: "0123456789"}, ReportBody{
		Situations: &[]ReportBodySituations{MR06}, Danger: Unsure,
		Child: &ChildBody{Name: &name}, Narrative: &NarrativeBody{Text: &text},
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, got.StatusCode(), string(got.Body))
	require.Equal(t, "强报〔2026〕000001", got.JSON201.Number)
	require.NotEmpty(t, got.JSON201.Receipt)
	require.Equal(t, name, reports.filed[0].Child.Name)
	require.Equal(t, cases.Red, reports.filed[0].Open.State.Colour)

	refused, err := c.FileReportWithResponse(t.Context(), &FileReportParams{IdempotencyKey: "0123456780"}, ReportBody{Danger: "no", Situations: &[]ReportBodySituations{"MR10"}})
	require.NoError(t, err)
	require.Equal(t, ProblemCodeFormInvalid, refused.ApplicationproblemJSON422.Code)
}
