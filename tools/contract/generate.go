package contract

//go:generate go tool oapi-codegen -config ../../e2e/client/generate.yaml -o ../../e2e/client/client.gen.go ../../api/openapi.json
