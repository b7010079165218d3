package contract

//go:generate go tool oapi-codegen -config ../../e2e/client/generate.yaml ../../api/openapi.json
