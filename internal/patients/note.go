package patients

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// ownEdit is how long an author may change a note without a trace (ui §6.1
// P7).
const ownEdit = 15 * time.Minute

// maxNote bounds a note, in characters.
const maxNote = 20000

// notesShown is how many notes that are not pinned a list's cell shows, so that
// years of notes do not fill it; the cell says how many there are.
const notesShown = 3

// AddNote writes a note about a patient.
func (s *Service) AddNote(ctx context.Context, entry, text string, pinned bool) (Note, error) {
	var n KeptNote
	err := s.change(ctx, "PatientNoteAdd", func(ctx context.Context, w *work) error {
		e, a, err := s.enterOwn(ctx, w, entry)
		if err != nil {
			return err
		}
		all, err := w.tx.Notes(ctx, e.List, e.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxItems {
			return invalid("text", "is one note too many for one patient")
		}
		n = KeptNote{List: e.List, Note: Note{ID: newID(), Entry: e.ID, Text: strings.TrimSpace(text), Pinned: pinned, By: a.Person.ID, At: w.now, Version: 1}}
		if err := fits("text", n.Text, maxNote, true); err != nil {
			return err
		}
		return w.putNote(ctx, e, &n, a, ChangeAdded, "")
	})
	return n.Note, err
}

// A NoteChange changes a note; nil fields stay. Version is the one that the
// asker saw.
type NoteChange struct {
	Note    string
	Version int64
	Text    *string
	Pinned  *bool
}

// ChangeNote pins a note, which any member may, or changes its text, which only
// its author may: for 15 minutes in place, after that as an amendment that
// keeps what it said before.
func (s *Service) ChangeNote(ctx context.Context, c NoteChange) (Note, error) {
	var n KeptNote
	err := s.change(ctx, "PatientNoteEdit", func(ctx context.Context, w *work) error {
		e, a, err := s.enterNote(ctx, w, c.Note, &n)
		if err != nil {
			return err
		}
		if c.Version != n.Version {
			return conflict(n.Note)
		}
		old := noteText(n.Note)
		set(&n.Pinned, c.Pinned)
		if c.Text != nil && strings.TrimSpace(*c.Text) != n.Text {
			if n.By != a.Person.ID {
				return notAuthor()
			}
			if w.now.Sub(n.At) >= ownEdit {
				said := NoteVersion{Text: n.Text, By: n.By, At: n.At}
				if !n.Edited.IsZero() {
					said.At = n.Edited
				}
				n.History = append(n.History, said)
			}
			n.Text, n.Edited = strings.TrimSpace(*c.Text), w.now
			if err := fits("text", n.Text, maxNote, true); err != nil {
				return err
			}
		}
		n.Version++
		return w.putNote(ctx, e, &n, a, ChangeChanged, old)
	})
	return n.Note, err
}

// DeleteNote removes the text of one's own note and of its history. That there
// was one stays.
func (s *Service) DeleteNote(ctx context.Context, id string) error {
	return s.change(ctx, "PatientNoteDelete", func(ctx context.Context, w *work) error {
		var n KeptNote
		e, a, err := s.enterNote(ctx, w, id, &n)
		if err != nil {
			return err
		}
		if n.By != a.Person.ID {
			return notAuthor()
		}
		n.Text, n.History, n.Pinned, n.Deleted = "", nil, false, w.now
		n.Version++
		if err := w.tx.ForgetItem(ctx, e.ID, KeyNote, n.ID); err != nil {
			return err
		}
		return w.putNote(ctx, e, &n, a, ChangeRemoved, "")
	})
}

func notAuthor() error {
	return operation.Problemf(http.StatusForbidden, "not-author", "Only its author may change or delete a note. Write one of your own.")
}

func (s *Service) enterNote(ctx context.Context, w *work, id string, n *KeptNote) (Kept, Asker, error) {
	if _, err := person(ctx); err != nil {
		return Kept{}, Asker{}, err
	}
	var err error
	if *n, err = w.tx.Note(ctx, id); err != nil {
		return Kept{}, Asker{}, err
	}
	if !n.Deleted.IsZero() {
		return Kept{}, Asker{}, ErrNotFound
	}
	return s.enterOwn(ctx, w, n.Entry)
}

func (w *work) putNote(ctx context.Context, e Kept, n *KeptNote, a Asker, kind ChangeKind, old string) error {
	c := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyNote, Item: n.ID, Kind: kind, Old: old, New: noteText(n.Note), By: a.Person.ID}
	if old == c.New && kind == ChangeChanged { // pinned or not
		c.Kind = ChangeStatus
	}
	seq, err := w.note(ctx, c)
	if err != nil {
		return err
	}
	n.Seq = seq
	if err := w.number(ctx, e, seq); err != nil {
		return err
	}
	return w.tx.PutNote(ctx, e.List, *n)
}

func noteText(n Note) string { return n.Text }

// noteCell is an entry's notes as a cell: the pinned ones, then the newest.
func noteCell(notes []KeptNote) chart.Cell {
	cell := chart.Cell{Status: chart.None}
	live := make([]KeptNote, 0, len(notes))
	for _, n := range notes {
		cell.Seq = max(cell.Seq, n.Seq)
		if n.Deleted.IsZero() {
			live = append(live, n)
		}
	}
	sortNotes(live)
	others := 0
	for _, n := range live {
		if !n.Pinned {
			if others++; others > notesShown {
				cell.Total = len(live)
				break
			}
		}
		cell.Status = chart.Loaded
		cell.Items = append(cell.Items, chart.Item{
			ID: n.ID, Text: n.Text, Owner: n.By, Time: n.At.Format(time.RFC3339), TimeLabel: "recorded", Current: true, Seq: n.Seq,
		})
	}
	return cell
}

// sortNotes puts the pinned first, then the newest.
func sortNotes(notes []KeptNote) {
	slices.SortStableFunc(notes, func(a, b KeptNote) int {
		return cmp.Or(cmp.Compare(boolInt(b.Pinned), boolInt(a.Pinned)), b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
}
