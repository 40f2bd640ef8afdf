package convert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/convert"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

var zone = time.FixedZone("", 2*3600)

// provider is an embedded store of a version with the resources of files, behind
// the link adapt, as the gateway has it.
func provider(t testing.TB, v fhir.Version, files ...string) fhir.Server {
	t.Helper()
	return adapt.Link(store(t, v, files...), adapt.Config{Zone: zone})
}

// store is an embedded store alone: what it finds and what it gives are the
// same, while adapt fills in what no index knows of.
func store(t testing.TB, v fhir.Version, files ...string) fhir.Server {
	t.Helper()
	raw, err := sqlite.OpenStore(t.Context(), filepath.Join(t.TempDir(), "store.db"), v, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := raw.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	store, err := fhirstore.New(fhirstore.Config{
		Storage: raw, Version: v, Zone: zone, Clock: func() time.Time { return now },
		Statement: func() []byte { return []byte(statements[v]) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range resources(t, files...) {
		var head struct{ ResourceType, ID string }
		if err := json.Unmarshal(body, &head); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Do(t.Context(), &fhir.Request{Interaction: fhir.Update, Type: head.ResourceType, ID: head.ID, Body: body}); err != nil {
			t.Fatalf("%s/%s: %v", head.ResourceType, head.ID, err)
		}
	}
	return store
}

var statements = map[fhir.Version]string{
	fhir.DSTU2: `{"resourceType":"Conformance","date":"2020-01-01","kind":"instance","fhirVersion":"1.0.2","acceptUnknown":"no","format":["json"],"rest":[{"mode":"server","resource":[{"type":"MedicationOrder","interaction":[{"code":"read"}]}]}]}`,
	fhir.STU3:  `{"resourceType":"CapabilityStatement","status":"active","date":"2020-01-01","kind":"instance","fhirVersion":"3.0.2","acceptUnknown":"no","format":["json"],"rest":[{"mode":"server","resource":[{"type":"MedicationRequest","interaction":[{"code":"read"}]}]}]}`,
	fhir.R4:    `{"resourceType":"CapabilityStatement","status":"active","date":"2020-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server","resource":[{"type":"MedicationRequest","interaction":[{"code":"read"}]}]}]}`,
}

// resources reads files that are a Bundle or an array of resources.
func resources(t testing.TB, files ...string) []json.RawMessage {
	t.Helper()
	var out []json.RawMessage
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
			var list []json.RawMessage
			if err := json.Unmarshal(text, &list); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			out = append(out, list...)
			continue
		}
		var bundle struct {
			Entry []struct{ Resource json.RawMessage }
		}
		if err := json.Unmarshal(text, &bundle); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, e := range bundle.Entry {
			out = append(out, e.Resource)
		}
	}
	return out
}

func fixtures(v fhir.Version) string {
	return "../../reqtest/testdata/" + v.String() + "/tenant-a.json"
}

func odd(v fhir.Version) string { return "testdata/odd_" + v.String() + ".json" }

func params(query string) []fhir.Param {
	var out []fhir.Param
	for p := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			out = append(out, fhir.Param{Name: name, Value: value})
		}
	}
	return out
}

// find searches for "Type?query".
func find(s fhir.Server, search string) (*fhir.Response, error) {
	typ, query, _ := strings.Cut(search, "?")
	return s.Do(context.Background(), &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(query)})
}

// found is what a search gives: the ids of all pages in order, included ones
// with a +, and the total, "?" when it is not known.
func found(t testing.TB, s fhir.Server, search string) string {
	t.Helper()
	typ, query, _ := strings.Cut(search, "?")
	req := &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(query)}
	var ids []string
	total := ""
	for range 1000 {
		resp, err := s.Do(t.Context(), req)
		if err != nil {
			t.Fatalf("%v %s: %v", s.Version(), search, err)
		}
		if total == "" {
			if total = "?"; resp.Known == fhir.TotalExact {
				total = fmt.Sprint(resp.Total)
			}
		}
		for _, m := range resp.Matches {
			switch id := m.ID; {
			case m.Mode == fhir.ModeInclude && slices.Contains(ids, "+"+m.Type+"/"+id): // of two pages
			case m.Mode == fhir.ModeInclude:
				ids = append(ids, "+"+m.Type+"/"+id)
			default:
				ids = append(ids, id)
			}
		}
		if req.Cursor = resp.Next; req.Cursor == nil {
			return strings.Join(ids, " ") + " of " + total
		}
	}
	t.Fatalf("%s: pages without an end", search)
	return ""
}

// link is the chain of a face over a provider.
func link(s fhir.Server, face fhir.Version, report func(string, mapping.Report)) fhir.Server {
	cfg := convert.Config{Zone: zone}
	if report != nil {
		cfg.Report = func(_ context.Context, typ string, rep mapping.Report) { report(typ, rep) }
	}
	return convert.Link(s, face, cfg)
}

// eachPair runs a test for the six pairs of different versions.
func eachPair(t *testing.T, f func(t *testing.T, face, provider fhir.Version)) {
	t.Helper()
	for _, face := range fhir.Versions() {
		for _, provider := range fhir.Versions() {
			if face != provider {
				t.Run(fmt.Sprintf("%v over %v", face, provider), func(t *testing.T) { f(t, face, provider) })
			}
		}
	}
}
