package reqtest

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// A dataset is a folder of public records and the version they are in.
type dataset struct {
	name, face string
	path       string // below the data folder
}

func datasets() []dataset {
	return []dataset{
		{name: "dstu2-hl7", face: "dstu2", path: "fhir-dstu2-hl7-examples/files"},
		{name: "dstu2-smart", face: "dstu2", path: "fhir-dstu2-smart-xml/files"},
		{name: "dstu2-synthea", face: "dstu2", path: "fhir-dstu2-synthea/files"},
		{name: "dstu2-definitions", face: "dstu2", path: "fhir-definitions/files/dstu2"},
		{name: "stu3-hl7", face: "stu3", path: "fhir-stu3-hl7-examples/files"},
		{name: "stu3-smart", face: "stu3", path: "fhir-stu3-smart/files"},
		{name: "stu3-synthea", face: "stu3", path: "fhir-stu3-synthea/files"},
		{name: "stu3-msft", face: "stu3", path: "fhir-msft-testfiles/files/Stu3"},
		{name: "stu3-definitions", face: "stu3", path: "fhir-definitions/files/stu3"},
		{name: "r4-hl7", face: "r4", path: "fhir-r4-hl7-examples/files"},
		{name: "r4-synthea", face: "r4", path: "fhir-r4-synthea/files"},
		{name: "r4-uscore", face: "r4", path: "fhir-r4-uscore/files"},
		{name: "r4-msft", face: "r4", path: "fhir-msft-testfiles/files/R4"},
		{name: "r4-normative", face: "r4", path: "fhir-msft-testfiles/files/Normative"},
		{name: "r4-definitions", face: "r4", path: "fhir-definitions/files/r4"},
	}
}

// TestShared imports every public record there is, asks for each again, and
// makes the app's own calls for every patient among them. It prints the counts.
func TestShared(t *testing.T) {
	root := shared(t)
	suite.mu.Lock()
	srv := suite.start(t, "shared")
	suite.mu.Unlock()
	var table strings.Builder
	fmt.Fprintf(&table, "%-18s %8s %8s %8s %8s %8s %8s  %s\n", "set", "found", "returned", "replaced", "refused", "patients", "calls", "resources in the answers, by call")
	for i, d := range datasets() {
		if raceEnabled && largeSet(d.name) {
			// They take minutes here, and show no race that the others do not.
			fmt.Fprintf(&table, "%-18s left out under the race detector; run without -race to import it\n", d.name)
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(root, d.path)); err != nil {
				t.Fatalf("the set is absent: %v", err)
			}
			f := faces()[slices.IndexFunc(faces(), func(f Face) bool { return f.Name == d.face })]
			report := srv.importSet(t, d, root)
			g := srv.setTarget(t, f, d, i)
			c := g.bearing(g.freshToken(t, g.App1, setTenant(i)))
			c.foreign = nil
			kept := c.compare(t, d, root, report)
			patients, calls := c.appCallsForAll(t)
			fmt.Fprintf(&table, "%-18s %8d %8d %8d %8d %8d %8d  %s\n", d.name, kept.found, kept.returned, kept.replaced, len(report), patients, calls.made, calls)
			for _, reason := range slices.Sorted(maps.Keys(reasons(report))) {
				t.Logf("refused %4d: %s", reasons(report)[reason], reason)
			}
		})
	}
	t.Logf("\n%s", table.String())
}

// largeSet tells the sets of thousands of records.
func largeSet(name string) bool {
	return strings.HasSuffix(name, "-definitions") || strings.HasSuffix(name, "-synthea") || name == "stu3-smart"
}

// setTenant is a tenant for the nth set.
func setTenant(i int) string { return fmt.Sprintf("99999999-9999-4999-8999-%012d", i) }

// A refusal is what the import says of something it did not take.
type refusal struct {
	file, id, reason string
	entry            int
}

func reasons(all []refusal) map[string]int {
	out := map[string]int{}
	for _, r := range all {
		out[r.reason]++
	}
	return out
}

func (s *server) importSet(t *testing.T, d dataset, root string) []refusal {
	t.Helper()
	s.run(t, "store", "create", d.name, "--version", d.face)
	out, errOut, err := s.try(t, nil, "store", "import", d.name, filepath.Join(root, d.path), "--output", "json")
	v := decodeAll(t, out)
	var all []refusal
	for _, p := range importProblems(v) {
		r := refusal{file: str(p, "file"), id: str(p, "type") + "/" + str(p, "id"), reason: str(p, "reason"), entry: toInt(str(p, "entry"))}
		if r.file == "" || r.reason == "" {
			t.Errorf("a refusal without file or reason: %v", p)
		}
		all = append(all, r)
	}
	if err != nil && len(all) == 0 {
		t.Fatalf("import: %v\n%s%s", err, tail(out), tail(errOut))
	}
	s.run(t, "provider", "add", d.name, "--store", d.name)
	return all
}

// setTarget maps a tenant to the set's store and registers a client for it.
func (s *server) setTarget(t *testing.T, f Face, d dataset, i int) *Target {
	t.Helper()
	s.run(t, "tenant", "map", setTenant(i), d.name)
	from := Source{Name: f.Name, Version: f.Name}
	g := &Target{Face: f, Source: from, Origin: s.origin, Base: s.origin + "/fhir/" + f.Name, tokens: map[string]string{}, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
	t.Cleanup(g.http.CloseIdleConnections)
	g.Admin = &admin{server: s, source: from, http: g.http}
	g.App1 = g.Admin.CreateClient(t, "app-"+d.name, setTenant(i))
	g.TokenURL, _ = oauthURI((&caller{target: g}).get(t, "metadata").want(t, http.StatusOK).json, "token")
	await.That(t, "a token for the set's tenant", func() bool {
		return g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", setTenant(i)), nil).status == http.StatusOK
	})
	return g
}

// counts of what became of a set's records.
type keptCounts struct{ found, returned, replaced int }

// compare reads the whole store by its own endpoint and looks for every record
// of the files in it: the same members in the same order with the same digits,
// but for what a server writes (id, version, time) and references it resolved.
func (c *caller) compare(t *testing.T, d dataset, root string, refused []refusal) keptCounts {
	t.Helper()
	records := readRecords(t, filepath.Join(root, d.path))
	types := map[string]bool{}
	for _, r := range records {
		types[r.typ] = true
	}
	stored, ids := map[string]bool{}, map[string]bool{}
	own := *c.target
	own.Base = c.target.Admin.StoreBase(d.name)
	s := &caller{target: &own, token: c.token}
	for typ := range types {
		s.readAll(t, typ, stored, ids)
	}
	files := map[string]bool{}
	named := map[string]bool{}
	for _, r := range refused {
		files[filepath.Base(r.file)] = true
		named[filepath.Base(r.file)+" "+r.id] = true
	}
	var kept keptCounts
	missing := 0
	for _, r := range records {
		kept.found++
		switch {
		case stored[r.print]:
			kept.returned++
		case r.id != "" && ids[r.typ+"/"+r.id] && records.another(r):
			kept.replaced++ // a later record of that id came after it
		case named[r.file+" "+r.typ+"/"+r.id], files[r.file]:
		default:
			if missing++; missing <= 5 {
				t.Errorf("%s: %s/%s was neither given back unchanged nor refused by name", r.file, r.typ, r.id)
			}
		}
	}
	if missing > 5 {
		t.Errorf("… and %d more", missing-5)
	}
	return kept
}

func (c *caller) readAll(t *testing.T, typ string, stored, ids map[string]bool) {
	t.Helper()
	next := typ + "?_count=500"
	for next != "" {
		r := c.get(t, next)
		if r.status == http.StatusNotFound {
			return // not a type of this version: every one of it was refused
		}
		r.want(t, http.StatusOK)
		raws, link := rawEntries(t, r.body)
		for _, raw := range raws {
			rec := recordOf(raw)
			stored[rec.print], ids[rec.typ+"/"+rec.id] = true, true
		}
		next = link
	}
}

type callCounts struct {
	made  int
	names []string
	found map[string]int
}

func (c callCounts) String() string {
	var b strings.Builder
	for _, n := range c.names {
		fmt.Fprintf(&b, "%s %d  ", n, c.found[n])
	}
	return b.String()
}

// appCallsForAll makes calls 4 to 12 of the interface for every patient.
func (c *caller) appCallsForAll(t *testing.T) (int, callCounts) {
	t.Helper()
	var patients []string
	next := "Patient?_count=500"
	for next != "" {
		p := c.search(t, next)
		patients = append(patients, p.ids...)
		next = p.next
	}
	counts := callCounts{found: map[string]int{}, names: c.target.Face.Types()[:7]}
	for _, id := range patients {
		calls := c.target.appCalls(id)
		batch := c.batch(t, "batch", calls...).entries(t, "batch-response", len(calls))
		for i, call := range calls {
			counts.made++
			entryStatus(t, batch[i], "200")
			if i == 0 {
				counts.found["Patient"]++
				c.get(t, call).want(t, http.StatusOK)
				continue
			}
			p := c.search(t, call)
			typ, _, _ := strings.Cut(call, "?")
			counts.found[typ] += len(p.ids)
			if nested := readSet(t, c.target, call, at(batch[i], "resource")); nested.total != p.total || !slices.Equal(nested.ids, p.ids) {
				t.Errorf("%s: the batch has %v of %d, the call %v of %d", call, nested.ids, nested.total, p.ids, p.total)
			}
		}
		counts.made++ // the batch
	}
	return len(patients), counts
}

// importProblems finds the refusals in what the import printed.
func importProblems(v any) []any {
	for _, name := range []string{"problems", "refusals", "refused"} {
		if l := list(v, name); l != nil {
			return l
		}
	}
	all, _ := v.([]any)
	return slices.DeleteFunc(slices.Clone(all), func(p any) bool { return str(p, "reason") == "" })
}

var bom = []byte{0xEF, 0xBB, 0xBF}

func trimBOM(b []byte) []byte { return bytes.TrimPrefix(b, bom) }
