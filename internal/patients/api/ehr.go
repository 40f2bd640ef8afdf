package api

import (
	"context"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"net/http"
)

func (a *API) getConnectionChoices(ctx context.Context, in SpaceID) (out ConnectionChoices, err error) {
	return out, errMissing
}

func (a *API) connect(ctx context.Context, in ConnectInput, w http.ResponseWriter) error {
	return errMissing
}

func (a *API) testConnection(ctx context.Context, in ConnectionID, w http.ResponseWriter) error {
	return errMissing
}

func (a *API) removeConnection(ctx context.Context, in ConnectionID) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) searchPatients(ctx context.Context, in SearchInput) (out SearchResult, err error) {
	return out, errMissing
}

func (a *API) pastePatients(ctx context.Context, in PasteInput) (out PasteResult, err error) {
	return out, errMissing
}

func (a *API) getSection(ctx context.Context, in SectionInput) (out chart.Section, err error) {
	return out, errMissing
}

func (a *API) decideIdentity(ctx context.Context, in IdentityDecision) (out patients.Entry, err error) {
	return out, errMissing
}

func (a *API) refreshList(ctx context.Context, in ListID) (out patients.Refresh, err error) {
	return out, errMissing
}

func (a *API) streamList(ctx context.Context, in StreamInput, w http.ResponseWriter) error {
	return errMissing
}
