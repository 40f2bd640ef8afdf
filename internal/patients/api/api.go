package api

import (
	"errors"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// Config is what an [API] is made of. People and Patients are required.
type Config struct {
	People   *people.Service
	Patients *patients.Service
	Version  string // of the software
	Demo     bool   // ready-made people can be chosen
}

// An API is the operations of the Patients app.
type API struct {
	people   *people.Service
	patients *patients.Service
	version  string
	demo     bool
}

// New makes the API of the two services.
func New(cfg Config) (*API, error) {
	if cfg.People == nil || cfg.Patients == nil {
		return nil, errors.New("patients api: Config needs People and Patients")
	}
	return &API{people: cfg.People, patients: cfg.Patients, version: cfg.Version, demo: cfg.Demo}, nil
}

// Operations are all operations, in the order of the document.
func (a *API) Operations() []operation.Op {
	return append(append(a.sessionOps(), a.listOps()...), a.ehrOps()...)
}
