// Package api is the HTTP API of the Patients app under /api: a table of
// operations on the services people and patients.
//
// It owns the shapes of requests and answers, and who may call what; what
// happens is the services' part. The OpenAPI document and the TypeScript types
// of the front end are made from the same table.
package api
