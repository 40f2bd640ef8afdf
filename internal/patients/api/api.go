package api

import (
	"errors"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// An API is the operations of the Patients app.
type API struct{}

// Operations are all operations, in the order of the document.
func (a *API) Operations() []operation.Op {
	return append(append(a.sessionOps(), a.listOps()...), a.ehrOps()...)
}

var errMissing = errors.New("missing")
