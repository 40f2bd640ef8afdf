package patients

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// A Searcher finds what a [Recorder] recorded. The audit log is both.
type Searcher interface {
	Search(ctx context.Context, f audit.Filter) (audit.Page, error)
}

// An AuditQuestion asks who did what in a space. Empty fields select all.
type AuditQuestion struct {
	Entry      string // who opened this patient?
	Connection string // … the same by the record system's id
	Patient    string
	Person     string
	Operation  string
	Since      time.Time
	Cursor     string
	Limit      int // 0 is 50
}

// maxAudit is how many lines one answer holds at most.
const maxAudit = 200

// SearchAudit gives owners and auditors the record of their space, newest
// first. That they looked is recorded too.
func (s *Service) SearchAudit(ctx context.Context, space string, q AuditQuestion) (out []AuditEntry, next string, err error) {
	log, ok := s.audit.(Searcher)
	if !ok {
		return nil, "", errors.New("the audit log cannot be searched")
	}
	err = s.view(ctx, AuditSearch, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		a, err := s.enter(ctx, tx, rec, space, Auditor)
		if err != nil {
			return err
		}
		rec.Params = q.names()
		if q.Entry != "" {
			rec.Entries = []string{q.Entry}
		}
		page, err := log.Search(ctx, audit.Filter{
			Space: a.Space.ID, Entry: q.Entry, Connection: q.Connection, Patient: q.Patient, Person: q.Person,
			Operation: q.Operation, Since: q.Since, Cursor: q.Cursor, Limit: q.limit(),
		})
		if errors.Is(err, audit.ErrCursor) {
			return operation.Problemf(http.StatusBadRequest, "invalid", "The cursor is not one of ours. Start the search again without it.")
		}
		if err != nil {
			return err
		}
		next = page.Next
		out, err = s.auditEntries(ctx, tx, a.Space.ID, q, page.Records)
		return err
	})
	return out, next, err
}

func (q AuditQuestion) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, maxAudit)
}

// names are what was asked by, never what for.
func (q AuditQuestion) names() (out []string) {
	for name, there := range map[string]bool{
		"entry": q.Entry != "", "connection": q.Connection != "", "patient": q.Patient != "", "person": q.Person != "",
		"operation": q.Operation != "", "since": !q.Since.IsZero(), "cursor": q.Cursor != "",
	} {
		if there {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// auditEntries puts names to the ids of records.
func (s *Service) auditEntries(ctx context.Context, tx Tx, space string, q AuditQuestion, records []audit.Record) ([]AuditEntry, error) {
	out := make([]AuditEntry, len(records))
	ids := map[string]bool{}
	for i, r := range records {
		out[i] = AuditEntry{
			At: r.Time, Operation: r.Operation, Person: r.Person, List: r.List, Status: r.Status, Remote: r.Remote,
			Request: r.RequestID, Detail: strings.TrimSpace(r.Detail + " " + r.Target), Entry: one(r.Entries, q.Entry), Patient: one(r.Patients, q.Patient),
		}
		ids[r.Person] = true
	}
	var people []string
	for id := range ids {
		people = append(people, id)
	}
	names, err := tx.PersonNames(ctx, people)
	if err != nil {
		return nil, err
	}
	lists, err := tx.Lists(ctx, space)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Name = names[out[i].Person]
		if at := slices.IndexFunc(lists, func(l List) bool { return l.ID == out[i].List }); at >= 0 {
			out[i].ListName = lists[at].Name
		}
	}
	return out, nil
}

// one is what a line shows of several: the one that was asked for, or the only
// one.
func one(ids []string, asked string) string {
	if asked != "" && slices.Contains(ids, asked) {
		return asked
	}
	if len(ids) == 1 {
		return ids[0]
	}
	return ""
}
