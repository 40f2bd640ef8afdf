package sandbox_test

import (
	"bytes"
	"iter"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/sandbox"
)

func generate(tb testing.TB, c sandbox.Config) iter.Seq[sandbox.Bundle] {
	tb.Helper()
	seq, err := sandbox.Generate(c)
	if err != nil {
		tb.Fatalf("Generate: %v", err)
	}
	return seq
}

func samples(tb testing.TB, v fhir.Version) iter.Seq[sandbox.Bundle] {
	tb.Helper()
	seq, err := sandbox.Samples(sandbox.Config{Version: v})
	if err != nil {
		tb.Fatalf("Samples: %v", err)
	}
	return seq
}

// both is everything the package makes of a version, some of the generated.
func both(tb testing.TB, v fhir.Version, patients int) iter.Seq[sandbox.Bundle] {
	tb.Helper()
	return func(yield func(sandbox.Bundle) bool) {
		for b := range samples(tb, v) {
			if !yield(b) {
				return
			}
		}
		for _, d := range []sandbox.Depth{sandbox.Full, sandbox.Lite} {
			for b := range generate(tb, sandbox.Config{Version: v, Patients: patients, Seed: 42 + uint64(d), Depth: d}) {
				if b.Name != "shared" && !yield(b) {
					return
				}
			}
		}
	}
}

// TestValid checks every resource against the official definitions, and each
// Bundle's shape.
func TestValid(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			val := definitiontest.New(t, v)
			faults, n := map[string]int{}, 0
			for b := range both(t, v, 120) {
				for _, p := range val.Check(b.Body) {
					line := string(p.Rule) + ": " + p.Text
					if faults[line]++; faults[line] == 1 {
						t.Errorf("%s: %v", b.Name, p)
					}
				}
				n += len(b.Entries)
			}
			t.Logf("%s: %d resources checked", v, n)
		})
	}
}

// TestReferences: every relative reference is to something that was made, and
// ids are unique and well formed.
func TestReferences(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			made, used := map[string]bool{}, map[string]string{}
			for b := range both(t, v, 100) {
				for _, e := range b.Entries {
					key := e.Type + "/" + e.ID
					if made[key] {
						t.Errorf("%s is made twice", key)
					}
					made[key] = true
					doc, err := fhir.Parse(e.Body)
					if err != nil {
						t.Fatalf("%s: %v", key, err)
					}
					if got := doc.Root().Get("resourceType").String() + "/" + doc.Root().Get("id").String(); got != key {
						t.Errorf("entry says %s, resource says %s", key, got)
					}
					collect(doc.Root(), key, used)
				}
			}
			for target, from := range used {
				if !made[target] {
					t.Errorf("%s points at %s, which is not made", from, target)
				}
			}
		})
	}
}

func collect(n fhir.Node, from string, used map[string]string) {
	for c := range n.Children() {
		if c.Name() == "reference" && c.IsString() {
			used[c.String()] = from
		}
		collect(c, from, used)
	}
}

func TestDeterminism(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	join := func(c sandbox.Config) []byte {
		var all []byte
		for b := range generate(t, c) {
			all = append(all, b.Body...)
		}
		return all
	}
	for _, v := range fhir.Versions() {
		c := sandbox.Config{Version: v, Patients: 40, Seed: 7, Now: now}
		first := join(c)
		c.Now = now.Add(18 * time.Hour)
		if !bytes.Equal(first, join(c)) {
			t.Errorf("%s: a second run on the same day differs", v)
		}
		c.Seed = 8
		if bytes.Equal(first, join(c)) {
			t.Errorf("%s: another seed gives the same bytes", v)
		}
	}
}

// TestIndependence: a patient is the same however many are asked for and
// wherever the run begins.
func TestIndependence(t *testing.T) {
	t.Parallel()
	find := func(c sandbox.Config) []byte {
		for b := range generate(t, c) {
			if b.Name == "g7-5" {
				return b.Body
			}
		}
		t.Fatal("patient g7-5 is missing")
		return nil
	}
	a := find(sandbox.Config{Version: fhir.R4, Patients: 6, Seed: 7})
	b := find(sandbox.Config{Version: fhir.R4, Patients: 40, Seed: 7})
	c := find(sandbox.Config{Version: fhir.R4, First: 5, Patients: 1, Seed: 7})
	if !bytes.Equal(a, b) || !bytes.Equal(a, c) {
		t.Error("patient 5 depends on the run")
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for _, d := range []sandbox.Depth{sandbox.Full, sandbox.Lite} {
		bundles, patients, resources, size := 0, 0, 0, 0
		for b := range generate(t, sandbox.Config{Version: fhir.R4, Patients: 500, Seed: 1, Depth: d}) {
			bundles++
			if b.Name == "shared" {
				continue
			}
			for _, e := range b.Entries {
				if e.Type == "Patient" {
					patients++
				}
			}
			resources += len(b.Entries)
			size += len(b.Body)
		}
		if bundles != 501 || patients != 500 {
			t.Errorf("%s: want 501 bundles of 500 patients, got %d of %d", d, bundles, patients)
		}
		t.Logf("%s: %d resources a patient, %d bytes", d, resources/500, size/500)
		if d == sandbox.Lite && resources != 500*5 {
			t.Errorf("lite: want 5 resources a patient, got %d in all", resources)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]sandbox.Config{
		"no version":    {Patients: 1},
		"negative":      {Version: fhir.R4, Patients: -1},
		"too many":      {Version: fhir.R4, Patients: sandbox.MaxPatients + 1},
		"unknown depth": {Version: fhir.R4, Depth: 9},
	} {
		if _, err := sandbox.Generate(c); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	for _, s := range []string{"full", "lite"} {
		d, err := sandbox.ParseDepth(s)
		if err != nil || d.String() != s {
			t.Errorf("ParseDepth(%q) = %v, %v", s, d, err)
		}
	}
	if _, err := sandbox.ParseDepth("deep"); err == nil {
		t.Error("ParseDepth: want an error for an unknown depth")
	}
}

// BenchmarkGenerate reports resources a second; 20,000 are asked for.
func BenchmarkGenerate(b *testing.B) {
	for _, v := range fhir.Versions() {
		b.Run(v.String(), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for bundle := range generate(b, sandbox.Config{Version: v, Patients: b.N, Seed: 1}) {
				n += len(bundle.Entries)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "resources/s")
		})
	}
}
