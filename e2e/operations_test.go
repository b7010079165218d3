//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// contract is what these tests need of the OpenAPI document that the product serves.
type contract struct {
	Paths      map[string]map[string]contractOperation `json:"paths"`
	Components struct {
		Schemas map[string]*shape `json:"schemas"`
	} `json:"components"`
}

type contractOperation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name, In string
		Required bool
		Schema   *shape
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct{ Schema *shape } `json:"content"`
	} `json:"requestBody"`
}

// shape is a JSON schema, as far as huma writes them.
type shape struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a name, or a list of names
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	Encoding   string            `json:"contentEncoding"`
	Enum       []any             `json:"enum"`
	Properties map[string]*shape `json:"properties"`
	Required   []string          `json:"required"`
	Items      *shape            `json:"items"`
	Additional any               `json:"additionalProperties"`
	Minimum    *float64          `json:"minimum"`
	MinItems   int               `json:"minItems"`
	MinLength  int               `json:"minLength"`
	MaxLength  *int              `json:"maxLength"`
}

// operation is one method of one path.
type operation struct {
	method, path string
	contractOperation
}

// operations reads what the running product says it can do, in a stable order.
func (in *instance) operations() (contract, []operation) {
	in.t.Helper()
	res, err := http.Get(in.url() + "/api/openapi.json")
	require.NoError(in.t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(in.t, http.StatusOK, res.StatusCode)
	body, err := io.ReadAll(res.Body)
	require.NoError(in.t, err)
	var doc contract
	require.NoError(in.t, json.Unmarshal(body, &doc))
	var out []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out = append(out, operation{strings.ToUpper(method), path, op})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	require.NotEmpty(in.t, out)
	return doc, out
}

// once tells whether the operation takes an Idempotency-Key.
func (o operation) once() bool {
	return slices.ContainsFunc(o.Parameters, func(p struct {
		Name, In string
		Required bool
		Schema   *shape
	}) bool {
		return p.Name == "Idempotency-Key"
	})
}

// upload gives the field of the file that the operation takes in a form.
func (o operation) upload() (field string, ok bool) {
	if o.RequestBody == nil {
		return "", false
	}
	form, ok := o.RequestBody.Content["multipart/form-data"]
	if !ok {
		return "", false
	}
	for name, s := range form.Schema.Properties {
		if s.Format == "binary" {
			return name, true
		}
	}
	return "", false
}

// at gives the path with its parameters filled in, and the required ones of the query.
func (o operation) at(doc contract, ids map[string]string) string {
	path, query := o.path, []string{}
	for _, p := range o.Parameters {
		value, known := ids[p.Name]
		if !known {
			f := filler{doc: doc, ids: ids}
			value, _ = f.fill(p.Name, p.Schema).(string)
			if value == "" {
				value = "1"
			}
		}
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case p.In == "query" && p.Required:
			query = append(query, p.Name+"="+value)
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	return path
}

// body gives a JSON body that fits the operation's schema; nil where it takes none.
func (o operation) body(f filler) any {
	if o.RequestBody == nil {
		return nil
	}
	content, ok := o.RequestBody.Content["application/json"]
	if !ok {
		return nil
	}
	return f.fill("", content.Schema)
}

// filler makes values that fit a schema.
type filler struct {
	doc contract
	// all fills what is optional as well.
	all bool
	// text gives the words of a free text; nil gives the shortest that fits.
	text func() string
	// ids are values by the name of the field or parameter.
	ids map[string]string
	// skip are optional fields that are left out.
	skip []string
}

func (f filler) fill(name string, s *shape) any {
	if s == nil {
		return nil
	}
	if known, ok := f.ids[name]; ok {
		return known
	}
	if s.Ref != "" {
		return f.fill(name, f.doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]])
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	kind, _ := s.Type.(string)
	if several, ok := s.Type.([]any); ok && len(several) > 0 {
		kind, _ = several[0].(string)
	}
	switch kind {
	case "object":
		out := map[string]any{}
		for field, inner := range s.Properties {
			if field != "$schema" && (slices.Contains(s.Required, field) || f.all && !slices.Contains(f.skip, field)) {
				out[field] = f.fill(field, inner)
			}
		}
		if len(s.Properties) == 0 && f.all && f.text != nil && s.Additional != false {
			out["reason"] = f.text()
		}
		return out
	case "array":
		if !f.all && s.MinItems == 0 {
			return []any{}
		}
		return []any{f.fill(strings.TrimSuffix(name, "s"), s.Items)}
	case "boolean":
		return false
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	}
	switch {
	case s.Format == "date-time":
		return time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	case s.Format == "date":
		return time.Now().UTC().Format(time.DateOnly)
	case s.Format == "uuid":
		return uuid.NewString()
	case s.Pattern == "^[0-9]{12}$":
		return village
	case s.Pattern != "" || s.Encoding != "":
		return "a1"
	case f.text != nil:
		return cut(f.text(), s.MaxLength)
	}
	return strings.Repeat("x", max(1, s.MinLength))
}

func cut(text string, most *int) string {
	if runes := []rune(text); most != nil && len(runes) > *most {
		return string(runes[:*most])
	}
	return text
}

// requireKnown fails for an operation that a table does not know, and for a row of
// the table that is no operation.
func requireKnown(t *testing.T, ops []operation, rows []string, what string) {
	t.Helper()
	for _, op := range ops {
		require.Contains(t, rows, op.ID, "%s has no row for the operation %s", what, op.ID)
	}
	for _, row := range rows {
		require.True(t, slices.ContainsFunc(ops, func(op operation) bool { return op.ID == row }), "%s has a row %s, which is no operation", what, row)
	}
}
