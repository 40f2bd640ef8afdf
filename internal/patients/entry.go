package patients

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// maxAtOnce bounds how many patients one call adds or moves.
const maxAtOnce = 200

// A NewPatient is a patient to put on a list: found in the EHR (Subject), or
// typed by hand.
type NewPatient struct {
	Subject  Subject
	Identity chart.Identity
	Bed      string
}

// A Duplicate is a patient that looks like one who is on a list already.
type Duplicate struct {
	Index int // of the patient that was to be added
	Entry Entry
	List  List
	Why   string // subject, mrn or nameAndBorn
}

// AddPatients puts patients on a list. Those that look like a patient who is on
// any list of the space are not added but given as duplicates, unless again. A
// record is never on one list twice: what one writes beside the one row is not
// beside the other.
func (s *Service) AddPatients(ctx context.Context, list string, patients []NewPatient, again bool) ([]Entry, []Duplicate, error) {
	var added []Entry
	var duplicates []Duplicate
	err := s.change(ctx, "PatientListAddPatient", func(ctx context.Context, w *work) error {
		added, duplicates = []Entry{}, []Duplicate{}
		l, a, err := s.enterList(ctx, w.tx, w.rec, list, Member)
		if err != nil {
			return err
		}
		if err := room(l, len(patients)); err != nil {
			return err
		}
		for i, p := range patients {
			if p, err = judgePatient(ctx, w.tx, l.Space, p); err != nil {
				return err
			}
			found, err := duplicatesOf(ctx, w.tx, l.Space, i, p.Subject, p.Identity)
			if err != nil {
				return err
			}
			if again {
				found = slices.DeleteFunc(found, func(d Duplicate) bool { return d.Why != "subject" || d.List.ID != l.ID })
			}
			if len(found) > 0 {
				duplicates = append(duplicates, found...)
				continue
			}
			e, err := w.add(ctx, l, a, p)
			if err != nil {
				return err
			}
			about(w.rec, e)
			added = append(added, e.shown())
		}
		return nil
	})
	return added, duplicates, err
}

// room refuses more patients than a list holds, or than are added at once.
func room(l List, more int) error {
	switch {
	case more == 0:
		return invalid("patients", "is empty")
	case more > maxAtOnce:
		return invalid("patients", "are too many at once; add at most 200")
	case l.Patients+more > maxEntries:
		return operation.Problemf(http.StatusConflict, "too-many", "The list is full. Remove patients from it, or make another list.")
	}
	return nil
}

// judgePatient checks what is to be added.
func judgePatient(ctx context.Context, tx Tx, space string, p NewPatient) (NewPatient, error) {
	var err error
	if p.Bed = cleanLine(p.Bed); runes(p.Bed) > 100 {
		return p, invalid("bed", "is too long")
	}
	if (p.Subject.Connection == "") != (p.Subject.Patient == "") || p.Subject.Patient != "" && !plainID.MatchString(p.Subject.Patient) {
		return p, invalid("subject", "must name a connection and a patient of it, or neither")
	}
	if p.Subject.Connection == "" {
		p.Identity, err = typedIdentity(p.Identity)
		return p, err
	}
	c, err := tx.Connection(ctx, p.Subject.Connection)
	if err != nil || c.Space != space || !c.Removed.IsZero() {
		if _, _, err = orNothing(c, err); err != nil {
			return p, err
		}
		return p, invalid("subject", "is of a connection that is not there any more")
	}
	return p, fitsIdentity(p.Identity)
}

// plainID is a FHIR id (R4 datatypes, id), and the underscore that some use:
// nothing in it means anything in a search for several.
var plainID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// add puts a patient on a list.
func (w *work) add(ctx context.Context, l List, a Asker, p NewPatient) (Kept, error) {
	e := Kept{
		Entry: Entry{
			ID: newID(), List: l.ID, Subject: p.Subject, Identity: p.Identity, Fingerprint: fingerprint(p.Identity),
			State: StateOK, AddedBy: a.Person.ID, Added: w.now,
		},
		Space: l.Space, IdentityBy: a.Person.ID, Keys: keysOf(p.Subject, p.Identity),
	}
	if p.Subject.Connection != "" {
		e.IdentityBy = ""
	}
	if err := w.came(ctx, &e, a); err != nil {
		return e, err
	}
	if p.Bed == "" {
		return e, nil
	}
	bed, err := json.Marshal(p.Bed)
	if err != nil {
		return e, err
	}
	e.Bed, e.BedFrom = p.Bed, "own"
	return e, w.tx.PutOwnCell(ctx, l.ID, OwnCell{Entry: e.ID, Column: KeyBed, Value: bed, Seq: e.Seq, By: a.Person.ID, At: w.now})
}

// came notes that an entry is on its list now, and writes it.
func (w *work) came(ctx context.Context, e *Kept, a Asker) error {
	e.Removed, e.RemovedBy = time.Time{}, ""
	seq, err := w.note(ctx, Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyEntry, Kind: ChangeAdded, By: a.Person.ID})
	if err != nil {
		return err
	}
	e.Seq = seq
	if e.IdentitySeq == 0 {
		e.IdentitySeq = seq
	}
	return w.tx.PutEntry(ctx, *e)
}

// shown is an entry as it is before anything is known of its cells.
func (e Kept) shown() Entry {
	out := e.Entry
	if out.Cells == nil {
		out.Cells = map[string]chart.Cell{}
	}
	return out
}

// Duplicates tells who on the lists of a space looks the same as someone who
// is about to be typed.
func (s *Service) Duplicates(ctx context.Context, space string, id chart.Identity) ([]Duplicate, error) {
	var found []Duplicate
	err := s.view(ctx, "PatientSearch", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		if _, err := s.enter(ctx, tx, rec, space, Member); err != nil {
			return err
		}
		var err error
		if found, err = duplicatesOf(ctx, tx, space, 0, Subject{}, id); err != nil {
			return err
		}
		rec.Detail = "duplicates"
		for _, d := range found {
			rec.Entries = append(rec.Entries, d.Entry.ID)
		}
		return nil
	})
	return found, err
}

// duplicatesOf finds entries that may be the same patient: the same record, the
// same record number, or the same name and birth date. The strongest reason is
// given.
func duplicatesOf(ctx context.Context, tx Tx, space string, index int, sub Subject, id chart.Identity) ([]Duplicate, error) {
	keys := keysOf(sub, id)
	alike, err := tx.EntriesAlike(ctx, space, keys)
	if err != nil || len(alike) == 0 {
		return nil, err
	}
	lists, err := tx.Lists(ctx, space)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]List, len(lists))
	for _, l := range lists {
		byID[l.ID] = l
	}
	out := make([]Duplicate, 0, len(alike))
	for _, e := range alike {
		d := Duplicate{Index: index, Entry: e.shown(), List: byID[e.List], Why: "nameAndBorn"}
		switch {
		case sub.Connection != "" && e.Subject == sub:
			d.Why = "subject"
		case keys.MRN != "" && e.Keys.MRN == keys.MRN:
			d.Why = "mrn"
		}
		out = append(out, d)
	}
	return out, nil
}
