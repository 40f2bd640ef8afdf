package api

import (
	"context"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"net/http"
)

func (a *API) getLists(ctx context.Context, in SpaceID) (out Lists, err error) {
	return out, errMissing
}

func (a *API) createList(ctx context.Context, in ListInput) (out patients.List, err error) {
	return out, errMissing
}

func (a *API) getList(ctx context.Context, in ListID) (out patients.ListView, err error) {
	return out, errMissing
}

func (a *API) changeList(ctx context.Context, in ListPatch) (out patients.List, err error) {
	return out, errMissing
}

func (a *API) deleteList(ctx context.Context, in ListID) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) restoreList(ctx context.Context, in ListID) (out patients.List, err error) {
	return out, errMissing
}

func (a *API) setView(ctx context.Context, in ViewInput) (out patients.View, err error) {
	return out, errMissing
}

func (a *API) saveSchema(ctx context.Context, in SchemaInput) (out patients.Schema, err error) {
	return out, errMissing
}

func (a *API) addPatients(ctx context.Context, in AddInput) (out Added, err error) {
	return out, errMissing
}

func (a *API) checkDuplicates(ctx context.Context, in DuplicateCheck) (out Duplicates, err error) {
	return out, errMissing
}

func (a *API) changeEntries(ctx context.Context, in EntriesInput) (out EntriesDone, err error) {
	return out, errMissing
}

func (a *API) getPatient(ctx context.Context, in EntryID) (out patients.PatientView, err error) {
	return out, errMissing
}

func (a *API) setField(ctx context.Context, in FieldInput) (out chart.Cell, err error) {
	return out, errMissing
}

func (a *API) addTodo(ctx context.Context, in TodoInput) (out patients.Todo, err error) {
	return out, errMissing
}

func (a *API) changeTodo(ctx context.Context, in TodoPatch) (out patients.Todo, err error) {
	return out, errMissing
}

func (a *API) deleteTodo(ctx context.Context, in TodoID) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) addNote(ctx context.Context, in NoteInput) (out patients.Note, err error) {
	return out, errMissing
}

func (a *API) changeNote(ctx context.Context, in NotePatch) (out patients.Note, err error) {
	return out, errMissing
}

func (a *API) deleteNote(ctx context.Context, in NoteID) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) getDrafts(ctx context.Context, in operation.None) (out Drafts, err error) {
	return out, errMissing
}

func (a *API) setDraft(ctx context.Context, in DraftInput) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) markSeen(ctx context.Context, in SeenInput) (out Marks, err error) {
	return out, errMissing
}

func (a *API) changeRound(ctx context.Context, in RoundInput) (out RoundState, err error) {
	return out, errMissing
}

func (a *API) getPurpose(ctx context.Context, in operation.None) (out PurposeState, err error) {
	return out, errMissing
}

func (a *API) exportList(ctx context.Context, in ExportInput) (out Ticket, err error) {
	return out, errMissing
}

func (a *API) download(ctx context.Context, in TicketID, w http.ResponseWriter) error {
	return errMissing
}

func (a *API) printList(ctx context.Context, in PrintInput) (out operation.None, err error) {
	return out, errMissing
}

func (a *API) copyPatient(ctx context.Context, in CopyInput) (out operation.None, err error) {
	return out, errMissing
}
