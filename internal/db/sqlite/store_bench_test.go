package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

const (
	benchVitals = 60
	benchOthers = 6
)

// chart is a transaction of one made-up patient: vitals over days, conditions,
// an encounter.
func chart(n int) *fhir.Request {
	ref := fmt.Sprintf("urn:uuid:%08d-0000-4000-8000-000000000000", n)
	family := []string{"Smith", "Okafor", "Lindqvist", "García", "陳", "Müller", "Nakamura", "Haddad"}[n%8]
	given := []string{"Ada", "Ben", "Chloé", "Dai", "Eve", "Finn", "Gia"}[n%7]
	var entries []fhir.Entry
	add := func(full, typ, body string) {
		entries = append(entries, fhir.Entry{FullURL: full, Request: &fhir.Request{Interaction: fhir.Create, Type: typ, Body: []byte(body), Return: fhir.ReturnMinimal}})
	}
	add(ref, "Patient", fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:hospital:mrn","value":"M%07d"}],"active":true,"name":[{"use":"official","text":"%s %s%d","family":"%s%d","given":["%s"]}],"gender":"female","birthDate":"19%02d-%02d-%02d","address":[{"line":["%d High Street"],"city":"Town %d","postalCode":"%05d"}]}`,
		n, given, family, n/8, family, n/8, given, n%90+10, n%12+1, n%28+1, n, n%50, n%9999))
	enc := strings.Replace(ref, "-0000-", "-0001-", 1)
	add(enc, "Encounter", fmt.Sprintf(`{"resourceType":"Encounter","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"%s"},"period":{"start":"2024-03-%02dT08:00:00Z"}}`, ref, n%28+1))
	for i := range benchVitals {
		code := []string{"8867-4", "8310-5", "9279-1", "59408-5", "8480-6"}[i%5]
		add("", "Observation", fmt.Sprintf(`{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],"code":{"coding":[{"system":"http://loinc.org","code":"%s","display":"A vital sign"}],"text":"A vital sign"},"subject":{"reference":"%s"},"encounter":{"reference":"%s"},"effectiveDateTime":"2024-03-%02dT%02d:15:00+00:00","issued":"2024-03-02T10:16:00.123Z","valueQuantity":{"value":%d.0,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"},"performer":[{"display":"Nurse on shift"}]}`,
			code, ref, enc, i%28+1, i%24, 60+i))
	}
	for i := range benchOthers {
		add("", "Condition", fmt.Sprintf(`{"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"%d"}],"text":"A condition"},"subject":{"reference":"%s"},"encounter":{"reference":"%s"},"recordedDate":"2024-03-0%d"}`, 195967001+i, ref, enc, i+1))
	}
	return &fhir.Request{Interaction: fhir.Transaction, Entries: entries}
}

func benchStore(tb testing.TB, path string) (*fhirstore.Store, *sqlite.Store) {
	tb.Helper()
	raw, err := sqlite.OpenStore(tb.Context(), path, fhir.R4, sqlite.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := fhirstore.New(fhirstore.Config{Storage: raw, Version: fhir.R4})
	if err != nil {
		tb.Fatal(err)
	}
	return s, raw
}

// fill imports charts with a few writers at once and gives the patients' ids.
func fill(tb testing.TB, s *fhirstore.Store, from, patients, writers int) []string {
	tb.Helper()
	out := make([]string, patients)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= patients {
					return
				}
				resp, err := s.Do(tb.Context(), chart(from+i))
				if err != nil {
					tb.Error(err)
					return
				}
				out[i] = resp.Results[0].Response.Resource.ID
			}
		})
	}
	wg.Wait()
	return out
}

func BenchmarkStoreRead(b *testing.B) {
	s, raw := benchStore(b, filepath.Join(b.TempDir(), "s.db"))
	defer func() { _ = raw.Close() }()
	ids := fill(b, s, 0, 300, 8)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if _, err := s.Do(b.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: ids[i%len(ids)]}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStoreSearch(b *testing.B) {
	s, raw := benchStore(b, filepath.Join(b.TempDir(), "s.db"))
	defer func() { _ = raw.Close() }()
	ids := fill(b, s, 0, 300, 8)
	for _, bc := range []struct{ name, typ, query string }{
		{"vitals", "Observation", "patient=%s&category=vital-signs&_sort=-date&_count=20"},
		{"conditions", "Condition", "patient=%s&_sort=-recorded-date"},
		{"id", "Patient", "_id=%s"},
		{"name", "Patient", "family=arcía%.0s3"},
		{"name of two letters", "Patient", "family=rc&given=eve%.0s&_count=5"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				if _, err := s.Do(b.Context(), find(bc.typ, fmt.Sprintf(bc.query, ids[i%len(ids)]))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStoreImport compares an import through the store with a bare loop
// of prepared statements that writes the very same rows in the same order, one
// transaction for as many resources, with synchronous=FULL.
func BenchmarkStoreImport(b *testing.B) {
	const patients = 400
	const perPatient = 2 + benchVitals + benchOthers
	for b.Loop() {
		dir := b.TempDir()
		path := filepath.Join(dir, "s.db")
		s, raw := benchStore(b, path)
		began := time.Now()
		fill(b, s, 0, patients, 8)
		ours := time.Since(began)
		if err := raw.Close(); err != nil {
			b.Fatal(err)
		}
		bare := bareLoop(b, path, filepath.Join(dir, "bare.db"), 8)
		b.ReportMetric(patients*perPatient/ours.Seconds(), "resources/s")
		b.ReportMetric(patients*perPatient/bare.Seconds(), "bare/s")
		b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
		if info, err := os.Stat(path); err == nil {
			b.ReportMetric(float64(info.Size())/patients/perPatient, "B/resource")
		}
	}
}

type bareRow struct {
	text string
	args []any
}

// bareLoop reads the rows of one file into memory and writes them into another.
func bareLoop(tb testing.TB, from, to string, patientsPerCommit int) time.Duration {
	tb.Helper()
	ctx := tb.Context()
	src, err := sql.Open("sqlite", "file:"+from)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	_, raw := benchStore(tb, to) // for its schema and pragmas
	if err := raw.Close(); err != nil {
		tb.Fatal(err)
	}
	byRID := map[int64][]bareRow{}
	load := func(table, columns string, rid int) {
		rows, err := src.QueryContext(ctx, "SELECT "+columns+" FROM "+table) //nolint:gosec // constant texts
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		n := strings.Count(columns, ",") + 1
		text := "INSERT INTO " + table + " (" + columns + ") VALUES (?" + strings.Repeat(",?", n-1) + ")"
		for rows.Next() {
			args, dest := make([]any, n), make([]any, n)
			for i := range args {
				dest[i] = &args[i]
			}
			if err := rows.Scan(dest...); err != nil {
				tb.Fatal(err)
			}
			id := args[rid].(int64)
			byRID[id] = append(byRID[id], bareRow{text, args})
		}
		if err := rows.Err(); err != nil {
			tb.Fatal(err)
		}
	}
	load("resource", "rid, type, id, version, modified, method, keys, body", 0)
	load("change", "type, modified, rid, version", 2)
	load("idx", "key, rid, payload", 1)
	dst, err := sql.Open("sqlite", "file:"+to+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-2048)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = dst.Close() }()
	dst.SetMaxOpenConns(1)
	stmts := map[string]*sql.Stmt{}
	for _, rows := range byRID {
		for _, r := range rows {
			if stmts[r.text] == nil {
				st, err := dst.PrepareContext(ctx, r.text)
				if err != nil {
					tb.Fatal(err)
				}
				defer func() { _ = st.Close() }()
				stmts[r.text] = st
			}
		}
	}
	began := time.Now()
	tx, err := dst.BeginTx(ctx, nil)
	if err != nil {
		tb.Fatal(err)
	}
	txs := map[string]*sql.Stmt{}
	const perPatient = 2 + benchVitals + benchOthers
	for rid := range int64(len(byRID)) {
		if rid > 0 && rid%int64(perPatient*patientsPerCommit) == 0 {
			if err := tx.Commit(); err != nil {
				tb.Fatal(err)
			}
			if tx, err = dst.BeginTx(ctx, nil); err != nil {
				tb.Fatal(err)
			}
			clear(txs)
		}
		for _, r := range byRID[rid] {
			if txs[r.text] == nil {
				txs[r.text] = tx.StmtContext(ctx, stmts[r.text])
			}
			if _, err := txs[r.text].ExecContext(ctx, r.args...); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
	return time.Since(began)
}
