package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// fill appends n records one by one, so that each is a block of its own, and
// then m together.
func fill(t *testing.T, l *audit.Log, n, m int) {
	t.Helper()
	for i := range n {
		if err := l.Append(t.Context(), readRecord(i)); err != nil {
			t.Fatal(err)
		}
	}
	recs := make([]audit.Record, m)
	for i := range recs {
		recs[i] = readRecord(n + i)
	}
	if err := l.Append(t.Context(), recs...); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, l *audit.Log, expect ...audit.Link) *audit.Report {
	t.Helper()
	report, err := l.Verify(t.Context(), expect...)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return report
}

// tamper changes the database behind the program's back, as someone with write
// access could.
func tamper(t *testing.T, d *DB, query string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		res, err := tx.Exec(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("nothing was tampered with: %w", errors.Join(err, ErrNotFound))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// edit rewrites the body of the block that holds the record seq.
func edit(t *testing.T, d *DB, seq int, change func(lines [][]byte) [][]byte) {
	t.Helper()
	var id int64
	var body []byte
	const query = "SELECT id, body FROM audit_block WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
	if err := d.read.QueryRowContext(t.Context(), query, seq).Scan(&id, &body); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(body, []byte("\n"))
	tamper(t, d, "UPDATE audit_block SET body = ? WHERE id = ?", bytes.Join(change(lines[:len(lines)-1]), nil), id)
}

// TestVerifyNamesTheRecord tampers with a chain of 0 (start), 1 to 5 in blocks
// of one, 6 to 13 in one block.
func TestVerifyNamesTheRecord(t *testing.T) {
	t.Parallel()
	type found struct {
		Seq, To int64
		What    string
	}
	replace := func(lines [][]byte, i int, from, to string) [][]byte {
		lines[i] = bytes.Replace(lines[i], []byte(from), []byte(to), 1)
		return lines
	}
	for _, tc := range []struct {
		name   string
		tamper func(t *testing.T, d *DB)
		want   []found
	}{
		{"nothing", func(*testing.T, *DB) {}, nil},
		{"a record's patient", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { return replace(l, 3, "patient-", "someone-") })
		}, []found{{9, 9, audit.Changed}}},
		{"the only record of a block", func(t *testing.T, d *DB) {
			edit(t, d, 3, func(l [][]byte) [][]byte { return replace(l, 0, "app1", "app2") })
		}, []found{{3, 3, audit.Changed}}},
		{"a record's hash", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte {
				l[2] = bytes.Replace(l[2], l[2][len(l[2])-10:len(l[2])-6], []byte("0000"), 1)
				return l
			})
		}, []found{{8, 8, audit.Changed}, {9, 9, audit.Changed}}},
		{"a record within a block removed", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { return slices.Delete(l, 2, 3) })
		}, []found{{8, 8, audit.Removed}}},
		{"the last records of a block removed", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { return l[:6] })
		}, []found{{12, 13, audit.Removed}}},
		{"two blocks removed", func(t *testing.T, d *DB) {
			tamper(t, d, "DELETE FROM audit_block WHERE seq IN (2, 3)")
		}, []found{{2, 3, audit.Removed}}},
		{"two records exchanged", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { l[1], l[2] = l[2], l[1]; return l })
		}, []found{{7, 7, audit.Reordered}}},
		{"two blocks exchanged", func(t *testing.T, d *DB) {
			tamper(t, d, "UPDATE audit_block SET id = CASE id WHEN 3 THEN 1004 ELSE 1003 END WHERE id IN (3, 4)")
			tamper(t, d, "UPDATE audit_block SET id = id - 1000 WHERE id > 1000")
		}, []found{{3, 3, audit.Reordered}}},
		{"a record doubled", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { return slices.Insert(l, 2, l[1]) })
		}, []found{{7, 7, audit.Inserted}}},
		{"a record that is none", func(t *testing.T, d *DB) {
			edit(t, d, 6, func(l [][]byte) [][]byte { l[1] = []byte("gone\n"); return l })
		}, []found{{7, 7, audit.Changed}}},
		{"the newest block removed", func(t *testing.T, d *DB) {
			tamper(t, d, "DELETE FROM audit_block WHERE seq = 6")
		}, []found{{6, 13, audit.Removed}}},
		{"the newest block and its head removed", func(t *testing.T, d *DB) {
			tamper(t, d, "DELETE FROM audit_block WHERE seq = 6")
			tamper(t, d, "UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit_block WHERE seq = 5)")
		}, nil}, // see TestVerifyVouching
		{"the head moved back", func(t *testing.T, d *DB) {
			tamper(t, d, "UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit_block WHERE seq = 5)")
		}, []found{{6, 13, audit.Inserted}}},
		{"the whole chain removed", func(t *testing.T, d *DB) {
			tamper(t, d, "DELETE FROM audit_block")
		}, []found{{0, 13, audit.Removed}}},
		{"the time columns", func(t *testing.T, d *DB) {
			tamper(t, d, "UPDATE audit_block SET first_time = first_time - 1 WHERE seq = 3")
		}, []found{{3, 3, audit.Changed}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := openTest(t, Options{})
			l := newLog(t, d)
			fill(t, l, 5, 8)
			tc.tamper(t, d)
			var got []found
			report := verify(t, l)
			for _, f := range report.Faults {
				got = append(got, found{f.Seq, f.To, f.What})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s\n%v", diff, report.Faults)
			}
		})
	}
}

// TestVerifyVouching: what was removed together with its head, or rewritten
// whole, is found by what was said about it elsewhere.
func TestVerifyVouching(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, MainFile)
	first := openAt(t, path, Options{})
	l := newLog(t, first)
	fill(t, l, 5, 8)
	anchor := verify(t, l).Heads[0]

	// A second process, such as a command beside the server.
	second := openAt(t, path, Options{})
	if err := newLog(t, second).Append(t.Context(), readRecord(1)); err != nil {
		t.Fatal(err)
	}
	fill(t, l, 2, 1)
	if report := verify(t, l, anchor); !report.OK() || report.Chains != 2 {
		t.Fatalf("before: %+v, want 2 chains and no fault", report)
	}
	tamper(t, first, "DELETE FROM audit_block WHERE seq >= 6 AND chain = ?", anchor.Chain)
	tamper(t, first, "UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit_block WHERE seq = 5) WHERE chain = ?", anchor.Chain)
	report := verify(t, l)
	if len(report.Faults) != 1 || report.Faults[0].What != audit.Removed || report.Faults[0].Seq != 6 || report.Faults[0].To != 13 {
		t.Errorf("faults: %v; want records 6 to 13 removed, by the other chain's word", report.Faults)
	}

	// Without another chain, only a head kept elsewhere tells.
	tamper(t, first, "DELETE FROM audit_block WHERE chain <> ?", anchor.Chain)
	tamper(t, first, "DELETE FROM audit_head WHERE chain <> ?", anchor.Chain)
	if report := verify(t, l); !report.OK() {
		t.Errorf("faults: %v; this cannot be known", report.Faults)
	}
	if report := verify(t, l, anchor); report.OK() {
		t.Error("no fault, want the kept head to be missed")
	}
}

func TestVerifyRewritten(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	l := newLog(t, d)
	fill(t, l, 3, 0)
	anchor := verify(t, l).Heads[0]
	// The chain is made anew with the same id and other content.
	forged := openTest(t, Options{})
	forged.audit.chain = d.audit.chain
	forged.audit.chain.Reset()
	fl := newLog(t, forged)
	for range 3 {
		if err := fl.Append(t.Context(), audit.Record{Operation: "Nothing"}); err != nil {
			t.Fatal(err)
		}
	}
	if report := verify(t, fl); !report.OK() {
		t.Fatalf("the forgery is poor: %v", report.Faults)
	}
	report := verify(t, fl, anchor)
	if len(report.Faults) != 1 || report.Faults[0].What != audit.Rewritten {
		t.Errorf("faults: %v, want one of kind %s", report.Faults, audit.Rewritten)
	}
}

func TestAuditSearch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	server := openAt(t, path, Options{})
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	now := at
	log, err := audit.New(audit.Config{Storage: server, Reader: server, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	const tenantA, tenantB = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for i := range 250 {
		now = at.Add(time.Duration(i) * time.Minute)
		rec := audit.Record{
			RequestID: fmt.Sprint("r", i), Entry: -1, Tenant: tenantA, Client: "app1", Operation: audit.PatientView,
			Interaction: "read", Patients: []string{fmt.Sprint("p", i%10)},
			Person: fmt.Sprint("u", i%4), Space: fmt.Sprint("s", i%2), Entries: []string{fmt.Sprint("e", i%10)}, Connection: fmt.Sprint("c", i%3),
		}
		if i%5 == 0 {
			rec.Tenant, rec.Client, rec.Operation = tenantB, "app2", audit.PatientSearch
		}
		recs := []audit.Record{rec}
		if i%7 == 0 { // two in one block
			rec.RequestID += "b"
			recs = append(recs, rec)
		}
		if err := log.Append(t.Context(), recs...); err != nil {
			t.Fatal(err)
		}
	}
	cli := openAt(t, path, Options{}) // another process
	l := newLog(t, cli)
	for _, tc := range []struct {
		name  string
		f     audit.Filter
		count int
		first string
	}{
		{"all", audit.Filter{}, 250 + 36 + 1, "r249"},
		{"patient", audit.Filter{Patient: "p3"}, 25 + 3, "r243"},
		{"patient as a reference", audit.Filter{Patient: "Patient/p3"}, 25 + 3, "r243"},
		{"patient of another tenant", audit.Filter{Patient: "p3", Tenant: tenantB}, 0, ""},
		{"tenant in capitals", audit.Filter{Tenant: strings.ToUpper(tenantB)}, 50 + 8, "r245b"},
		{"client", audit.Filter{Client: "app2"}, 58, "r245b"},
		{"operation", audit.Filter{Operation: audit.PatientSearch}, 58, "r245b"},
		{"request", audit.Filter{RequestID: "r14b"}, 1, "r14b"},
		{"since", audit.Filter{Since: at.Add(240 * time.Minute)}, 10 + 1, "r249"},
		{"until", audit.Filter{Until: at.Add(10 * time.Minute)}, 10 + 2 + 1, "r9"},
		{"span and patient", audit.Filter{Patient: "p5", Since: at.Add(20 * time.Minute), Until: at.Add(50 * time.Minute)}, 3 + 1, "r45"},
		{"nobody", audit.Filter{Patient: "p99"}, 0, ""},
		{"person", audit.Filter{Person: "u1"}, 63 + 9, "r249"},
		{"space", audit.Filter{Space: "s1"}, 125 + 18, "r249"},
		{"entry of a list", audit.Filter{Entry: "e3"}, 25 + 3, "r243"},
		{"entry by a person", audit.Filter{Entry: "e3", Person: "u3"}, 13 + 2, "r243"},
		{"entry of another space", audit.Filter{Entry: "e3", Space: "s0"}, 0, ""},
		{"patient of a connection", audit.Filter{Patient: "p3", Connection: "c1"}, 8 + 1, "r223"},
	} {
		for _, limit := range []int{2, 1000} {
			t.Run(fmt.Sprintf("%s by %d", tc.name, limit), func(t *testing.T) {
				f := tc.f
				f.Limit = limit
				var got []string
				seen := map[string]bool{}
				for {
					page, err := l.Search(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range page.Records {
						key := fmt.Sprint(r.Chain, r.Seq)
						if seen[key] {
							t.Fatalf("record %s comes twice", key)
						}
						seen[key] = true
						got = append(got, r.RequestID)
					}
					if f.Cursor = page.Next; f.Cursor == "" {
						break
					}
				}
				if len(got) != tc.count || (tc.count > 0 && got[0] != tc.first) {
					t.Errorf("%d records from %v; want %d from %q", len(got), slices.Concat(got, []string{"none"})[0], tc.count, tc.first)
				}
			})
		}
	}
	if _, err := l.Search(t.Context(), audit.Filter{Cursor: "???"}); !errors.Is(err, audit.ErrCursor) {
		t.Errorf("odd cursor: %v, want ErrCursor", err)
	}
}

// TestAuditFailsClosed: a request whose record cannot be written is refused in
// words fit for strangers.
func TestAuditFailsClosed(t *testing.T) {
	t.Parallel()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), MainFile), Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var fe *fhir.Error
	if err := l.Append(t.Context(), readRecord(1)); !errors.As(err, &fe) || fe.Kind != fhir.KindUnavailable {
		t.Errorf("Append: %v, want a fhir.Error of KindUnavailable", err)
	}
}

// TestAuditOutlivesTheClient: a client that hangs up is recorded all the same.
func TestAuditOutlivesTheClient(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	l := newLog(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, readRecord(1)); err != nil {
		t.Fatalf("Append: %v", err)
	}
	if report := verify(t, l); report.Records != 2 {
		t.Errorf("%d records, want 2", report.Records)
	}
}

// TestAuditClockSetBack: a clock that jumps breaks neither chain nor search.
func TestAuditClockSetBack(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	times := []time.Time{
		time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}
	i := 0
	l, err := audit.New(audit.Config{Storage: d, Reader: d, Clock: func() time.Time { i++; return times[(i-1)%3] }})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 2, 4)
	if report := verify(t, l); !report.OK() {
		t.Errorf("faults: %v", report.Faults)
	}
	page, err := l.Search(t.Context(), audit.Filter{Until: times[0]})
	if err != nil || len(page.Records) != 2 {
		t.Errorf("Search: %d records, %v; want the 2 of February", len(page.Records), err)
	}
}

// TestAuditExport reads a real log in every form.
func TestAuditExport(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	l := newLog(t, d)
	fill(t, l, 3, 3)
	for _, format := range []audit.Format{audit.NDJSON, audit.CSV, audit.FHIR} {
		var out bytes.Buffer
		if err := audit.Export(&out, format, l.All(t.Context(), audit.Filter{Patient: "patient-00002"})); err != nil {
			t.Fatal(err)
		}
		want := 1
		if format == audit.CSV {
			want = 2 // with the names of the columns
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != want || !strings.Contains(out.String(), "patient-00002") {
			t.Errorf("%s: %d lines, want %d:\n%s", format, n, want, out.String())
		}
	}
}

func TestAuditAppendAllocations(t *testing.T) {
	d := openTest(t, Options{})
	l := newLog(t, d)
	rec := readRecord(1)
	const budget = 45 // with all of the transaction that a lone record pays for
	if got := testing.AllocsPerRun(50, func() {
		if err := l.Append(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
	}); got > budget {
		t.Errorf("Append: %v allocations, want at most %d", got, budget)
	}
	if got := testing.AllocsPerRun(50, func() { rec.Encode() }); got > 1 {
		t.Errorf("Encode: %v allocations, want at most 1", got)
	}
}

func TestMain0600(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	info, err := os.Stat(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the database file has mode %v, want it closed to others", info.Mode())
	}
}
