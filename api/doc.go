// Package api is the product over HTTP: chi routes, huma operations, one file for
// each noun. It decides who is asking and what they may be shown, commits facts
// through the stores of package records, and asks the engine for decisions. Every
// answer that is not a success is a problem+json with a stable code (problem.go),
// in the reader's language (words.go).
//
// The OpenAPI 3.1 document at /api/openapi.json is made from this code.
package api
