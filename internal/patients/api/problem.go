package api

import (
	"errors"
	"net/http"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// Problem is the answer that an error of the services becomes; nil is one that
// nobody can act on.
func Problem(err error) *operation.Problem {
	switch {
	case errors.Is(err, patients.ErrNotFound), errors.Is(err, people.ErrNotFound):
		return operation.Problemf(http.StatusNotFound, "not-found", "It is not here, or you may not enter. Ask the owner of the space.")
	case errors.Is(err, people.ErrTaken):
		return operation.Problemf(http.StatusConflict, "taken", "Choose another username.")
	}
	return nil
}
