package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type auditCmd struct {
	Search auditSearchCmd `cmd:"" help:"Find records, newest first."`
	Verify auditVerifyCmd `cmd:"" help:"Check that no record was changed, removed or moved."`
	Export auditExportCmd `cmd:"" help:"Write records as CSV, NDJSON or FHIR AuditEvents."`
}

// auditFilter are the flags that select records.
type auditFilter struct {
	Patient   string `help:"Only records about this patient's data: the id in the store." placeholder:"ID"`
	Tenant    string `help:"Only this tenant's." placeholder:"GUID"`
	Client    string `help:"Only this client's." placeholder:"ID"`
	Operation string `help:"Only this operation: PatientSearch, PatientView, TokenIssue, Refused, TenantMap …" placeholder:"NAME"`
	Request   string `help:"Only this request: the X-Request-Id of its answer." placeholder:"ID" aliases:"request-id"`
	Since     string `help:"From this time on: 2026-11-23, 2026-11-23T08:00:00Z, or 24h for a day ago." placeholder:"TIME"`
	Until     string `help:"Before this time." placeholder:"TIME"`
}

func (f *auditFilter) filter() (audit.Filter, error) {
	out := audit.Filter{Patient: strings.TrimPrefix(f.Patient, "Patient/"), Client: f.Client, Operation: f.Operation, RequestID: f.Request}
	if f.Tenant != "" {
		id, ok := provider.NormalizeTenant(f.Tenant)
		if !ok {
			return out, usagef("--tenant: %q is not a GUID", f.Tenant)
		}
		out.Tenant = id
	}
	var err1, err2 error
	out.Since, err1 = moment("--since", f.Since)
	out.Until, err2 = moment("--until", f.Until)
	return out, errors.Join(err1, err2)
}

// moment reads a time, or a duration before now.
func moment(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := span(s); err == nil {
		return time.Now().Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%s: %q is not a time: want 2026-11-23, 2026-11-23T08:00:00Z, or 24h for a day ago", flag, s)
}

// span reads a duration; d stands for days.
func span(s string) (time.Duration, error) {
	var days float64
	if n, err := fmt.Sscanf(s, "%fd", &days); err == nil && n == 1 && strings.HasSuffix(s, "d") && days >= 0 && days < 1e5 {
		return time.Duration(days * 24 * float64(time.Hour)), nil
	}
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		return 0, usagef("%q is negative", s)
	}
	return d, err
}

type auditSearchCmd struct {
	auditFilter `embed:""`
	Limit       int `help:"At most so many records. 0: all." default:"100"`
}

// Help is the long help.
func (auditSearchCmd) Help() string {
	return `Examples:
  wardbridge audit search --patient p1 --since 7d
  wardbridge audit search --request Q3ZB2K5WVX6C7L4TQ5N6H3Y2AA -o json`
}

// Run runs the command.
func (c *auditSearchCmd) Run(e *env) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	return e.with(func(s *app.System) error {
		list := []*audit.Record{}
		for r, err := range s.Audit.All(e.ctx, f) {
			if err != nil {
				return err
			}
			list = append(list, r)
			if c.Limit > 0 && len(list) == c.Limit {
				break
			}
		}
		return e.print(list, func(p *printer) {
			p.row("TIME", "OPERATION", "STATUS", "TENANT", "CLIENT", "WHAT", "REQUEST")
			for _, r := range list {
				status := "-"
				if r.Status != 0 {
					status = fmt.Sprint(r.Status)
				}
				p.row(when(r.Time), r.Operation, status, dash(r.Tenant), dash(firstOf(r.Client, firstOf(r.Person, r.Actor))), what(r), dash(r.RequestID))
			}
			if c.Limit > 0 && len(list) == c.Limit {
				p.line("(the newest %d; --limit 0 shows all)", c.Limit)
			}
		})
	})
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// what is what a record is about, short enough for a line.
func what(r *audit.Record) string {
	parts := []string{}
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(r.Phase)
	add(r.Interaction)
	add(firstOf(r.Target, r.Type))
	if len(r.Params) > 0 {
		add("?" + strings.Join(r.Params, "&"))
	}
	if n := len(r.IDs); n > 0 {
		add(fmt.Sprintf("%d resources", n))
	}
	add(r.Store)
	add(r.Detail)
	return dash(strings.Join(parts, " "))
}

type auditVerifyCmd struct {
	Heads string `help:"File with the output of an earlier 'audit verify -o json': its heads must still be there." type:"existingfile" placeholder:"FILE"`
}

// Help is the long help.
func (auditVerifyCmd) Help() string {
	return `Reads the whole record and checks every hash, number and link. Ends with 1 and names each record that is not as it was.
Keep the JSON output of a run outside of the machine: a later run given it finds what was cut off since.

Examples:
  wardbridge audit verify -o json > heads-2026-11.json
  wardbridge audit verify --heads heads-2026-11.json`
}

// Run runs the command.
func (c *auditVerifyCmd) Run(e *env) error {
	var expect []audit.Link
	if c.Heads != "" {
		text, err := os.ReadFile(c.Heads)
		if err != nil {
			return err
		}
		var old audit.Report
		if err := json.Unmarshal(text, &old); err != nil {
			return fmt.Errorf("--heads %s: %w", c.Heads, err)
		}
		expect = old.Heads
	}
	return e.with(func(s *app.System) error {
		r, err := s.Audit.Verify(e.ctx, expect...)
		if err != nil {
			return err
		}
		e.partial = !r.OK()
		return e.print(r, func(p *printer) {
			for _, f := range r.Faults {
				p.line("%s", f.String())
			}
			if more := r.FaultCount - len(r.Faults); more > 0 {
				p.line("and %d more", more)
			}
			verdict := "all as it was written"
			if !r.OK() {
				verdict = fmt.Sprintf("%d faults", r.FaultCount)
			}
			p.line("%d records in %d blocks of %d chains: %s", r.Records, r.Blocks, r.Chains, verdict)
		})
	})
}

type auditExportCmd struct {
	auditFilter `embed:""`
	Format      string `help:"csv, ndjson or fhir (R4 AuditEvents, one a line)." enum:"csv,ndjson,fhir" default:"ndjson"`
	To          string `help:"File to write. Default: standard output." placeholder:"FILE"`
}

// Help is the long help.
func (auditExportCmd) Help() string {
	return `Examples:
  wardbridge audit export --format csv --since 30d --to november.csv
  wardbridge audit export --format fhir --tenant 11111111-1111-4111-8111-111111111111`
}

// Run runs the command.
func (c *auditExportCmd) Run(e *env) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	return e.with(func(s *app.System) (err error) {
		w := e.Stdout
		if c.To != "" {
			file, openErr := os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
			if openErr != nil {
				return openErr
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			w = file
		}
		buf := bufio.NewWriter(w)
		return errors.Join(audit.Export(io.Writer(buf), audit.Format(c.Format), s.Audit.All(e.ctx, f)), buf.Flush())
	})
}
