package audit

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// A Format is how records are exported.
type Format string

// The formats of [Export].
const (
	NDJSON Format = "ndjson" // one record a line, as stored, with its chain
	CSV    Format = "csv"    // for spreadsheets: RFC 4180, cells guarded against formulas
	FHIR   Format = "fhir"   // one FHIR R4 AuditEvent a line
)

// Export writes records to w.
func Export(w io.Writer, format Format, records iter.Seq2[*Record, error]) error {
	buf := bufio.NewWriter(w)
	write, flush, err := encoder(buf, format)
	if err != nil {
		return err
	}
	for r, err := range records {
		if err == nil {
			err = write(r)
		}
		if err != nil {
			return fmt.Errorf("export audit records: %w", err)
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("export audit records: %w", err)
	}
	return nil
}

func encoder(buf *bufio.Writer, format Format) (write func(*Record) error, flush func() error, err error) {
	switch format {
	case NDJSON, FHIR:
		enc := json.NewEncoder(buf)
		enc.SetEscapeHTML(false)
		write = func(r *Record) error { return enc.Encode(r) }
		if format == FHIR {
			write = func(r *Record) error { return enc.Encode(auditEvent(r)) }
		}
		return write, buf.Flush, nil
	case CSV:
		out := csv.NewWriter(buf)
		if err := out.Write(columns); err != nil {
			return nil, nil, err
		}
		flush = func() error {
			out.Flush()
			if err := out.Error(); err != nil {
				return err
			}
			return buf.Flush()
		}
		return func(r *Record) error { return out.Write(row(r)) }, flush, nil
	}
	return nil, nil, fmt.Errorf("unknown export format %q: want ndjson, csv or fhir", format)
}

var columns = []string{
	"time", "chain", "seq", "operation", "phase", "request", "entry", "tenant", "client", "token", "actor", "person", "remote",
	"provider", "store", "space", "list", "entries", "connection", "interaction", "type", "target", "params", "ids", "patients", "status", "detail", "hash",
}

func row(r *Record) []string {
	entry, status := "", ""
	if r.hasEntry() {
		entry = strconv.Itoa(r.Entry)
	}
	if r.Status != 0 {
		status = strconv.Itoa(r.Status)
	}
	cells := []string{
		r.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), r.Chain, strconv.FormatInt(r.Seq, 10), r.Operation, r.Phase,
		r.RequestID, entry, r.Tenant, r.Client, r.TokenID, r.Actor, r.Person, r.Remote, r.Provider, r.Store,
		r.Space, r.List, strings.Join(r.Entries, " "), r.Connection, r.Interaction, r.Type,
		r.Target, strings.Join(r.Params, " "), strings.Join(r.IDs, " "), strings.Join(r.Patients, " "), status, r.Detail, r.Hash,
	}
	for i, c := range cells {
		cells[i] = guard(c)
	}
	return cells
}

// guard keeps a spreadsheet from taking a cell that begins like a formula for
// one: an apostrophe in front makes it text.
func guard(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + cell
	}
	return cell
}
