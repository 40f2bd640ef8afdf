package api

import _ "embed"

//go:embed openapi.json
var document []byte

// DocumentPath is where the OpenAPI document is.
const DocumentPath = "/api/openapi.json"

// Document is the OpenAPI document of the operations.
func Document() []byte { return document }
