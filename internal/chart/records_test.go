package chart_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestSharedRecords reads public records of all three versions as the app would,
// converted to R4: whatever is in them, no item is empty, nothing entered in
// error or refuted is shown, nothing that has ended is current, and enough is
// understood.
func TestSharedRecords(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("WARDBRIDGE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	for set, v := range map[string]fhir.Version{
		"fhir-dstu2-hl7-examples": fhir.DSTU2, "fhir-dstu2-synthea": fhir.DSTU2, "fhir-stu3-hl7-examples": fhir.STU3, "fhir-stu3-smart": fhir.STU3,
		"fhir-stu3-synthea": fhir.STU3, "fhir-r4-hl7-examples": fhir.R4, "fhir-r4-synthea": fhir.R4, "fhir-r4-uscore": fhir.R4,
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(shared, "data", set, "files")
			if _, err := os.Stat(dir); err != nil { //nolint:gosec // whoever runs the tests names the folder
				t.Skipf("NOT TESTED, SHARED DATA ABSENT: %v (set WARDBRIDGE_SHARED)", err)
			}
			if raceEnabled && strings.HasSuffix(set, "synthea") {
				t.Skip("left out under the race detector: it takes long there, and shows no race that the others do not")
			}
			c := corpus{t: t, read: map[chart.Kind]int{}, shown: map[chart.Kind]int{}}
			c.walk(dir, v)
			if c.patients == 0 {
				t.Errorf("no patient was read")
			}
			for kind, n := range c.read {
				if n >= 20 && c.shown[kind]*2 < n {
					t.Errorf("%s: %d of %d are shown", kind, c.shown[kind], n)
				}
			}
			t.Logf("%d patients, %d records withheld, read %v, shown %v", c.patients, c.withheld, c.read, c.shown)
		})
	}
}

// most bounds what is read of one type in a set.
const most = 400

type corpus struct {
	t           *testing.T
	patients    int
	withheld    int
	read, shown map[chart.Kind]int
}

func (c *corpus) walk(dir string, v fhir.Version) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { //nolint:gosec // see above
		if err != nil || d.IsDir() || !strings.Contains(path, ".json") {
			return err
		}
		raw, err := unzipped(path)
		if err != nil {
			return err
		}
		doc, err := fhir.Parse(bytes.TrimPrefix(raw, []byte("\ufeff")))
		if err != nil {
			return nil //nolint:nilerr // some are invalid on purpose
		}
		c.resource(doc.Root(), v)
		for e := range doc.Root().Get("entry").Children() {
			c.resource(e.Get("resource"), v)
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func unzipped(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (c *corpus) resource(n fhir.Node, v fhir.Version) {
	typ, ok := mapping.Type(n.Get("resourceType").String(), v, fhir.R4)
	if !ok {
		return
	}
	body := n.Raw()
	convert := func() bool {
		if v != fhir.R4 {
			out, rep, err := mapping.Resource(body, v, fhir.R4, mapping.Options{})
			if err != nil {
				return false // what cannot be expressed is not shown
			}
			if rep.Withheld != "" {
				c.withheld++
				return false
			}
			body = out
		}
		return true
	}
	if typ == "Patient" {
		if c.patients < most && convert() {
			c.patient(body)
		}
		return
	}
	for _, k := range chart.Kinds() {
		for _, of := range chart.Types(k) {
			if of == typ && c.read[k] < most && (k != chart.Vitals || vitalSign(n)) && convert() {
				c.kind(k, body)
			}
		}
	}
}

// vitalSign is what a search by category would find.
func vitalSign(o fhir.Node) bool {
	for cat := range o.Get("category").Values() {
		for coding := range cat.Get("coding").Values() {
			if coding.Get("code").Is("vital-signs") {
				return true
			}
		}
	}
	return false
}

func (c *corpus) patient(body []byte) {
	c.t.Helper()
	c.patients++
	id, err := chart.IdentityOf(body, now)
	if err != nil {
		c.t.Errorf("%v in %.200s", err, body)
	}
	doc, err := fhir.Index(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if name := doc.Root().Get("name").First(); name.Get("family").String() != "" && id.Family == "" {
		c.t.Errorf("no family name is read of %s", name.Raw())
	}
}

func (c *corpus) kind(k chart.Kind, body []byte) {
	c.t.Helper()
	c.read[k]++
	r, err := chart.Bodies(now, body)
	if err != nil {
		c.t.Errorf("%v in %.200s", err, body)
		return
	}
	s := chart.SectionOf(k, r, "1957-06-05", now)
	if s.Status == chart.Loaded {
		c.shown[k]++
	}
	for _, it := range s.Items {
		if it.Text == "" || strings.ContainsAny(it.Text, "\n\r\t") {
			c.t.Errorf("%s: text %q of %.300s", k, it.Text, body)
		}
		switch it.State {
		case "entered-in-error", "refuted":
			c.t.Errorf("%s: %s is shown: %.300s", k, it.State, body)
		case "resolved", "inactive", "stopped", "completed", "cancelled", "finished", "remission":
			if it.Current {
				c.t.Errorf("%s: what is %s is current: %.300s", k, it.State, body)
			}
		}
	}
	for column, cell := range chart.Cells(k, r, now) {
		for _, it := range cell.Items {
			if it.Text == "" || k != chart.Encounters && !it.Current {
				c.t.Errorf("%s: column %s: item %+v of %.300s", k, column, it, body)
			}
		}
	}
}
