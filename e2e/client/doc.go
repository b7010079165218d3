// Package client is generated from the product's OpenAPI document: what others make
// of the document must be able to file a report.
package client
