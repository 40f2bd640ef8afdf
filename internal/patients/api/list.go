package api

import (
	"context"
	"net/http"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

func (a *API) getLists(ctx context.Context, in SpaceID) (out Lists, err error) {
	out.Lists, out.Deleted, err = a.patients.Lists(ctx, in.Space)
	return out, err
}

func (a *API) createList(ctx context.Context, in ListInput) (patients.List, error) {
	return a.patients.CreateList(ctx, patients.NewList{
		Space: in.Space, Channel: in.Channel, Name: in.Name, Location: in.Location, Schema: in.Schema, CopyOf: in.CopyOf,
	})
}

func (a *API) getList(ctx context.Context, in ListID) (patients.ListView, error) {
	return a.patients.ListView(ctx, in.List)
}

func (a *API) changeList(ctx context.Context, in ListPatch) (patients.List, error) {
	return a.patients.ChangeList(ctx, patients.ListChange{
		List: in.List, Version: in.Version, Name: in.Name, Location: in.Location, Default: in.Default, Position: in.Position,
		Beds: in.Beds, HideUnoccupied: in.HideUnoccupied, Schema: in.Schema,
	})
}

func (a *API) deleteList(ctx context.Context, in ListID) (out operation.None, err error) {
	return out, a.patients.DeleteList(ctx, in.List)
}

func (a *API) restoreList(ctx context.Context, in ListID) (patients.List, error) {
	return a.patients.RestoreList(ctx, in.List)
}

func (a *API) setView(ctx context.Context, in ViewInput) (patients.View, error) {
	return a.patients.SetView(ctx, in.List, in.View)
}

func (a *API) saveSchema(ctx context.Context, in SchemaInput) (patients.Schema, error) {
	return a.patients.SaveSchema(ctx, patients.SchemaChange{
		Space: in.Space, Schema: in.Schema, Version: in.Version, Name: in.Name, Columns: in.Columns, List: in.List,
	})
}

func (a *API) addPatients(ctx context.Context, in AddInput) (Added, error) {
	all := make([]patients.NewPatient, len(in.Patients))
	for i, p := range in.Patients {
		all[i] = patients.NewPatient{Subject: p.Subject, Identity: p.Identity, Bed: p.Bed}
	}
	entries, found, err := a.patients.AddPatients(ctx, in.List, all, in.Again)
	return Added{Entries: entries, Duplicates: duplicates(found)}, err
}

func (a *API) checkDuplicates(ctx context.Context, in DuplicateCheck) (Duplicates, error) {
	found, err := a.patients.Duplicates(ctx, in.Space, in.Identity)
	return Duplicates{Duplicates: duplicates(found)}, err
}

func (a *API) changeEntries(ctx context.Context, in EntriesInput) (EntriesDone, error) {
	done, found, err := a.patients.ChangeEntries(ctx, in.List, in.Entries, patients.EntryAction(in.Action), in.To)
	return EntriesDone{Entries: done, Duplicates: duplicates(found)}, err
}

func duplicates(found []patients.Duplicate) []Duplicate {
	out := make([]Duplicate, len(found))
	for i, d := range found {
		out[i] = Duplicate{
			Index: d.Index, Entry: d.Entry.ID, List: d.List.ID, ListName: d.List.Name, Identity: d.Entry.Identity, Why: d.Why,
		}
	}
	return out
}

func (a *API) getPatient(ctx context.Context, in PatientInput) (patients.PatientView, error) {
	return a.patients.PatientView(ctx, in.Entry, in.Again)
}

func (a *API) setField(ctx context.Context, in FieldInput) (chart.Cell, error) {
	return a.patients.SetField(ctx, patients.FieldChange{Entry: in.Entry, Column: in.Column, Base: in.Base, Value: in.Value})
}

func (a *API) addTodo(ctx context.Context, in TodoInput) (patients.Todo, error) {
	return a.patients.AddTodo(ctx, patients.NewTodo{Entry: in.Entry, Text: in.Text, Owner: in.Owner, Due: in.Due})
}

func (a *API) changeTodo(ctx context.Context, in TodoPatch) (patients.Todo, error) {
	return a.patients.ChangeTodo(ctx, patients.TodoChange{
		Todo: in.Todo, Version: in.Version, Text: in.Text, Owner: in.Owner, Due: in.Due, Done: in.Done,
	})
}

func (a *API) deleteTodo(ctx context.Context, in TodoRemoval) (out operation.None, err error) {
	return out, a.patients.DeleteTodo(ctx, in.Todo, in.Version)
}

func (a *API) addNote(ctx context.Context, in NoteInput) (patients.Note, error) {
	return a.patients.AddNote(ctx, in.Entry, in.Text, in.Pinned)
}

func (a *API) changeNote(ctx context.Context, in NotePatch) (patients.Note, error) {
	return a.patients.ChangeNote(ctx, patients.NoteChange{Note: in.Note, Version: in.Version, Text: in.Text, Pinned: in.Pinned})
}

func (a *API) deleteNote(ctx context.Context, in NoteID) (out operation.None, err error) {
	return out, a.patients.DeleteNote(ctx, in.Note)
}

func (a *API) getDrafts(ctx context.Context, _ operation.None) (Drafts, error) {
	kept, err := a.patients.Drafts(ctx)
	out := Drafts{Drafts: make([]Draft, len(kept))}
	for i, d := range kept {
		out.Drafts[i] = Draft{Key: d.Key, Text: d.Text, Base: d.Base, At: d.At.Format(time.RFC3339)}
	}
	return out, err
}

func (a *API) setDraft(ctx context.Context, in DraftInput) (out operation.None, err error) {
	return out, a.patients.SetDraft(ctx, patients.Draft{Key: in.Key, Text: in.Text, Base: in.Base})
}

func (a *API) markSeen(ctx context.Context, in SeenInput) (out Marks, err error) {
	out.Marks, out.Removed, err = a.patients.MarkSeen(ctx, patients.SeenUpdate{
		List: in.List, UpTo: in.UpTo, Entry: in.Entry, Column: in.Column, Undo: in.Undo,
	})
	return out, err
}

func (a *API) changeRound(ctx context.Context, in RoundInput) (out RoundState, err error) {
	out.Round, err = a.patients.ChangeRound(ctx, patients.RoundStep{List: in.List, Action: in.Action, Order: in.Order, Entry: in.Entry})
	return out, err
}

func (a *API) getPurpose(ctx context.Context, _ operation.None) (PurposeState, error) {
	text, known, err := a.patients.Purpose(ctx)
	return PurposeState{Known: known, Purpose: text}, err
}

func (a *API) exportList(ctx context.Context, in ExportInput) (Ticket, error) {
	ticket, err := a.patients.Export(ctx, patients.ExportRequest{
		List: in.List, Format: in.Format, Columns: in.Columns, Deidentified: in.Deidentified, Purpose: in.Purpose, Locale: in.Locale,
	})
	return Ticket{Path: "/api/patients/downloads/" + ticket}, err
}

func (a *API) download(ctx context.Context, in TicketID, w http.ResponseWriter) error {
	f, err := a.patients.Download(ctx, in.Ticket)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(f.Body)
	return err
}

func (a *API) printList(ctx context.Context, in PrintInput) (out operation.None, err error) {
	return out, a.patients.Print(ctx, in.List, in.Layout, in.Purpose)
}

func (a *API) copyPatient(ctx context.Context, in CopyInput) (out operation.None, err error) {
	return out, a.patients.CopyPatient(ctx, in.Entry, in.Format)
}
