package sqlite_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

// A model keeps resources in a map and decides about every one of them.
type model struct {
	defs      *search.Definitions
	resources map[string]*modelRow // Type/id
}

type modelRow struct {
	typ, id  string
	modified int64
	keys     []byte
}

func (m *model) put(typ, id, body string, modified time.Time) {
	doc, err := fhir.Index([]byte(body))
	if err != nil {
		panic(err)
	}
	m.resources[typ+"/"+id] = &modelRow{typ, id, modified.UnixMicro(), m.defs.Keys(typ, doc).Append(nil)}
}

func (m *model) find(t *rapid.T, typ, query string) []string {
	q, err := m.defs.Parse(typ, params(query), search.Options{})
	if err != nil {
		t.Fatalf("%s?%s: %v", typ, query, err)
	}
	type hit struct {
		sort []byte
		id   string
	}
	var hits []hit
	for _, r := range m.resources {
		if r.typ == typ && q.Match(r.id, r.modified, r.keys) {
			hits = append(hits, hit{q.AppendSort(nil, r.id, r.modified, r.keys), r.id})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if c := bytes.Compare(a.sort, b.sort); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	var out []string
	for _, h := range hits {
		out = append(out, h.id)
	}
	return out
}

var (
	someNames  = []string{"Smith", "smith-jones", "Ångström", "陳", "陳大文", "O'Neil", "Li", "van der Berg", "Müller", "ΑΒΓ", "x", ""}
	someDates  = []string{"1957", "1957-06", "1957-06-05", "1957-06-05T10:00:00Z", "1957-06-05T23:30:00-05:00", "2024-02-29", "1957-06-06T00:10:00+08:00"}
	someCodes  = []string{"8867-4", "8310-5", "VITAL", "vital"}
	somePeople = []string{"p0", "p1", "p2", "P1"}
	somePrefix = []string{"", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"}
)

func pick(t *rapid.T, label string, from []string) string {
	return rapid.SampledFrom(from).Draw(t, label)
}

func drawBody(t *rapid.T, typ, id string) string {
	if typ == "Patient" {
		return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"gender":%q,"birthDate":%q,"name":[{"family":%q,"given":[%q]},{"text":%q}]}`,
			id, pick(t, "gender", []string{"male", "female", ""}), pick(t, "birth", someDates), pick(t, "family", someNames), pick(t, "given", someNames), pick(t, "text", someNames))
	}
	when := fmt.Sprintf(`"effectiveDateTime":%q`, pick(t, "when", someDates))
	if rapid.Bool().Draw(t, "period") {
		when = fmt.Sprintf(`"effectivePeriod":{"start":%q}`, pick(t, "start", someDates))
		if rapid.Bool().Draw(t, "ended") {
			when = fmt.Sprintf(`"effectivePeriod":{"end":%q}`, pick(t, "end", someDates))
		}
	}
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":%q}]},"subject":{"reference":%q},%s,"valueQuantity":{"value":%d}}`,
		id, pick(t, "code", someCodes), pick(t, "subject", []string{"Patient/p0", "Patient/p1", "Group/p1", "http://else.where/Patient/p1", "Patient/P1"}), when, rapid.IntRange(0, 5).Draw(t, "value"))
}

func drawQuery(t *rapid.T, typ string) string {
	var out []string
	add := func(s string) { out = append(out, s) }
	date := func(label string) string { return pick(t, label+" prefix", somePrefix) + pick(t, label, someDates) }
	for range rapid.IntRange(0, 3).Draw(t, "criteria") {
		switch k := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case k == 0:
			add("_id=" + pick(t, "id", somePeople) + "," + pick(t, "id2", somePeople))
		case k == 1:
			add("_lastUpdated=" + pick(t, "lu", []string{"gt", "le", "ge", "lt", ""}) + pick(t, "day", []string{"2024-05-01", "2024-05-01T12:00:30Z", "2025"}))
		case typ == "Patient" && k == 2:
			add("birthdate=" + date("birthdate"))
		case typ == "Patient" && k == 3:
			add("gender" + pick(t, "mod", []string{"", ":not"}) + "=" + pick(t, "g", []string{"male", "female", "male,female"}))
		case typ == "Patient":
			needle := []rune(pick(t, "needle", someNames[:len(someNames)-1]))
			from := rapid.IntRange(0, len(needle)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(needle)).Draw(t, "to")
			if s := strings.TrimSpace(string(needle[from:to])); s != "" {
				add(pick(t, "param", []string{"name", "family", "given", "family:exact", "name:contains"}) + "=" + s)
			}
		case k == 2:
			add("date=" + date("date"))
		case k == 3:
			add("code" + pick(t, "mod", []string{"=", "=http://loinc.org|", ":not="}) + pick(t, "c", someCodes))
		case k == 4:
			add(pick(t, "who", []string{"patient=", "subject=", "subject=Patient/", "subject:Group="}) + pick(t, "p", somePeople))
		default:
			add("value-quantity=" + pick(t, "vp", []string{"gt", "lt", ""}) + fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "v")))
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "sort") {
	case 0:
		add("_sort=" + map[string]string{"Patient": "-birthdate,family", "Observation": "-date"}[typ])
	case 1:
		add("_sort=" + map[string]string{"Patient": "gender,-_lastUpdated", "Observation": "date,code"}[typ])
	}
	return strings.Join(out, "&")
}

// TestStoreIsTheModel writes and searches at random, and compares with a model
// that looks at every resource.
func TestStoreIsTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		defer func() { _ = r.raw.Close() }() // not all of them open until the end
		m := &model{defs: search.Load(fhir.R4), resources: map[string]*modelRow{}}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			typ := pick(rt, "type", []string{"Patient", "Observation"})
			id := pick(rt, "which", somePeople)
			switch op := rapid.IntRange(0, 9).Draw(rt, "op"); {
			case op < 5:
				r.now = r.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "passed")) * time.Second)
				body := drawBody(rt, typ, id)
				r.do(put(typ, id, body))
				m.put(typ, id, body, r.now)
			case op == 5:
				r.do(&fhir.Request{Interaction: fhir.Delete, Type: typ, ID: id})
				delete(m.resources, typ+"/"+id)
			case op == 6:
				a, b := drawBody(rt, "Patient", "p0"), drawBody(rt, "Observation", "p1")
				r.do(&fhir.Request{Interaction: fhir.Transaction, Entries: []fhir.Entry{entry("", fhir.Update, "Observation", "p1", b), entry("", fhir.Update, "Patient", "p0", a)}})
				m.put("Patient", "p0", a, r.now)
				m.put("Observation", "p1", b, r.now)
			default:
				query := drawQuery(rt, typ)
				want := m.find(rt, typ, query)
				var got []string
				req := find(typ, strings.Trim(query+"&_count="+fmt.Sprint(rapid.IntRange(1, 4).Draw(rt, "count")), "&"))
				for {
					resp := r.do(req)
					if resp.Total != len(want) {
						rt.Fatalf("%s?%s: total %d, want %d", typ, query, resp.Total, len(want))
					}
					for _, match := range resp.Matches {
						got = append(got, match.ID)
					}
					if req.Cursor = resp.Next; req.Cursor == nil {
						break
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("%s?%s (-want +got):\n%s", typ, query, diff)
				}
			}
		}
	})
}

// TestStoreTwoProcesses: what another process writes is seen within the bound,
// although reads come from memory.
func TestStoreTwoProcesses(t *testing.T) {
	r := newRig(t)
	r.do(put("Patient", "a", `{"resourceType":"Patient","gender":"male"}`))
	read := &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "a"}
	r.do(read)
	raw, err := sqlite.OpenStore(t.Context(), r.path, fhir.R4, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	other, err := fhirstore.New(fhirstore.Config{Storage: raw, Version: fhir.R4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Do(t.Context(), put("Patient", "a", `{"resourceType":"Patient","gender":"female"}`)); err != nil {
		t.Fatal(err)
	}
	await.That(t, "another process's write is seen", func() bool { return r.do(read).Resource.VersionID == "2" })
	if _, err := sqlite.OpenStore(t.Context(), r.path, fhir.STU3, sqlite.Options{}); err == nil {
		t.Error("a store of another version was opened")
	}
}

// TestStoreReadsItsWrites: a reader never sees less than what was acknowledged
// before it asked, whatever is kept in memory.
func TestStoreReadsItsWrites(t *testing.T) {
	s, raw := benchStore(t, filepath.Join(t.TempDir(), "s.db"))
	defer func() { _ = raw.Close() }()
	var wg sync.WaitGroup
	for w := range 4 {
		id := fmt.Sprintf("p%d", w)
		stop := make(chan struct{})
		wg.Go(func() { // fills the memory with what it finds
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = s.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id})
				}
			}
		})
		wg.Go(func() {
			defer close(stop)
			for i := range 60 {
				wrote, err := s.Do(t.Context(), put("Patient", id, `{"resourceType":"Patient"}`))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id})
				if err != nil || got.Resource.VersionID != wrote.Resource.VersionID {
					t.Errorf("write %d made version %s, read gives %+v, %v", i, wrote.Resource.VersionID, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
