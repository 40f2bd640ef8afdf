package patients

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

// ticketLives is how long a ticket works.
const ticketLives = 60 * time.Second

// purposeLives is how long a purpose holds: a working day.
const purposeLives = 16 * time.Hour

// Formats of files.
const (
	formatXLSX = "xlsx"
	formatCSV  = "csv"
)

// An Export is a file that was asked for, as it is kept behind a ticket.
type Export struct {
	Person       string    `json:"person"`
	Tenant       string    `json:"tenant,omitempty"` // of the person
	List         string    `json:"list"`
	Format       string    `json:"format"`
	Columns      []string  `json:"columns,omitempty"`
	Deidentified bool      `json:"deidentified,omitempty"`
	Locale       string    `json:"locale,omitempty"`
	Expires      time.Time `json:"expires"`
}

// An ExportRequest asks for a list as a file.
type ExportRequest struct {
	List         string
	Format       string
	Columns      []string // none are the asker's own
	Deidentified bool
	Purpose      string
	Locale       string
}

// A File is a file to be given out.
type File struct {
	Name string // without personal data
	Type string
	Body []byte
}

// Export gives a ticket for a list as a file: it works once, within a minute.
func (s *Service) Export(ctx context.Context, r ExportRequest) (ticket string, err error) {
	ticket = rand.Text()
	err = s.change(ctx, "ExportInitiation", func(ctx context.Context, w *work) error {
		l, a, err := s.enterList(ctx, w.tx, w.rec, r.List, Viewer)
		if err != nil {
			return err
		}
		if r.Format != formatXLSX && r.Format != formatCSV {
			return invalid("format", "must be xlsx or csv")
		}
		if len(r.Columns) > maxColumns {
			return invalid("columns", "are too many")
		}
		purpose, err := w.purpose(ctx, a.Person.ID, r.Purpose)
		if err != nil {
			return err
		}
		w.rec.Detail = r.Format + purpose
		if r.Deidentified {
			w.rec.Detail = "deidentified " + w.rec.Detail
		}
		entries, err := w.tx.EntriesOn(ctx, l.ID)
		if err != nil {
			return err
		}
		about(w.rec, entries...)
		return w.tx.PutTicket(ctx, ticketHash(ticket), Export{
			Person: a.Person.ID, Tenant: a.Person.Tenant, List: l.ID, Format: r.Format, Columns: r.Columns, Deidentified: r.Deidentified,
			Locale: r.Locale, Expires: w.now.Add(ticketLives),
		})
	})
	return ticket, err
}

func ticketHash(ticket string) []byte {
	h := sha256.Sum256([]byte(ticket))
	return h[:]
}

// Download gives the file of a ticket, once. Whoever has the ticket gets the
// file, as a download in an app's frame carries no session; what is in it is
// what its owner may see now.
func (s *Service) Download(ctx context.Context, ticket string) (File, error) {
	var x Export
	err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) (err error) {
		x, err = tx.TakeTicket(ctx, ticketHash(ticket))
		return err
	})
	switch {
	case err != nil && !isNotFound(err):
		return File{}, err
	case err != nil, s.now().After(x.Expires):
		return File{}, operation.Problemf(http.StatusNotFound, "ticket", "The link works once, within a minute. Ask for the file again.")
	}
	ctx = people.With(ctx, people.Person{ID: x.Person, Tenant: x.Tenant})
	var t table
	err = s.view(ctx, "ExportDownload", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		l, a, err := s.enterList(ctx, tx, rec, x.List, Viewer)
		if err != nil {
			return err
		}
		r, err := s.readList(ctx, tx, l, a, "")
		if err != nil {
			return err
		}
		about(rec, r.kept...)
		rec.Detail = x.Format
		if len(x.Columns) > 0 {
			r.columns = chosenColumns(r.schema, r.schemas, x.Columns)
		}
		names, err := r.names(ctx, nil, nil)
		t = r.table(x, names)
		return err
	})
	if err != nil {
		return File{}, err
	}
	name := "patients-" + t.at.Format("2006-01-02-1504")
	if x.Format == formatCSV {
		body, err := t.csv()
		return File{Name: name + ".csv", Type: "text/csv; charset=utf-8", Body: body}, err
	}
	body, err := t.xlsx()
	return File{Name: name + ".xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: body}, err
}

// Print records that a list is printed.
func (s *Service) Print(ctx context.Context, list, layout, purpose string) error {
	return s.change(ctx, "PatientListPrint", func(ctx context.Context, w *work) error {
		l, a, err := s.enterList(ctx, w.tx, w.rec, list, Viewer)
		if err != nil {
			return err
		}
		if !slices.Contains([]string{"pocket", "table"}, layout) {
			return invalid("layout", "must be pocket or table")
		}
		why, err := w.purpose(ctx, a.Person.ID, purpose)
		if err != nil {
			return err
		}
		w.rec.Detail = layout + why
		entries, err := w.tx.EntriesOn(ctx, l.ID)
		about(w.rec, entries...)
		return err
	})
}

// CopyPatient records that a patient's summary is copied to the clipboard.
func (s *Service) CopyPatient(ctx context.Context, entry, format string) error {
	return s.view(ctx, "CopyToClipboard", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		if !slices.Contains([]string{"ipass", "sbar", "plain"}, format) {
			return invalid("format", "must be ipass, sbar or plain")
		}
		rec.Detail = format
		_, _, _, err := s.enterEntry(ctx, tx, rec, entry, Viewer)
		return err
	})
}

// Purpose is what the asker said today about why data leave the app.
func (s *Service) Purpose(ctx context.Context) (text string, known bool, err error) {
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, _ *audit.Record) error {
		p, err := person(ctx)
		if err != nil {
			return err
		}
		kept, ok, err := orNothing(tx.Purpose(ctx, p.ID))
		if ok && s.now().Sub(kept.At) < purposeLives {
			text, known = kept.Text, true
		}
		return err
	})
	return text, known, err
}

// purposeCode is a purpose chosen from those that the pages offer, in any of
// their languages. What someone typed may hold anything, so the audit record
// says only that it was another.
func purposeCode(text string) string {
	for _, locale := range []string{"en", "zh-TW"} {
		for key, word := range wordsOf(locale) {
			if code, ok := strings.CutPrefix(key, "purpose."); ok && (strings.EqualFold(word, text) || code == text) {
				return code
			}
		}
	}
	return "other"
}

// purpose keeps a purpose, or finds the one given earlier, and gives it as the
// record has it.
func (w *work) purpose(ctx context.Context, person, text string) (string, error) {
	text = strings.TrimSpace(text)
	if err := fits("purpose", text, maxName, false); err != nil {
		return "", err
	}
	if text != "" {
		if err := w.tx.PutPurpose(ctx, person, Purpose{Text: text, At: w.now}); err != nil {
			return "", err
		}
	} else {
		kept, ok, err := orNothing(w.tx.Purpose(ctx, person))
		if err != nil {
			return "", err
		}
		if !ok || w.now.Sub(kept.At) >= purposeLives {
			return "", invalid("purpose", "is missing; say once a day what the data are for")
		}
		text = kept.Text
	}
	return " purpose=" + purposeCode(text), nil
}
