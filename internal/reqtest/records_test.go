package reqtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A record is one resource of a file.
type record struct {
	file, typ, id string
	print         string // what must survive, as a fingerprint
}

type records []record

// another tells whether a different record has the same id.
func (all records) another(r record) bool {
	for _, o := range all {
		if o.typ == r.typ && o.id == r.id && o.print != r.print {
			return true
		}
	}
	return false
}

// readRecords reads every JSON resource of a folder; what is not JSON is the
// import's to refuse.
func readRecords(t *testing.T, dir string) records {
	t.Helper()
	var all records
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(d.Name(), ".xml") || strings.Contains(d.Name(), "README") {
			return err
		}
		raw, err := os.ReadFile(path) //nolint:gosec // the folder is the tester's choice
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				return err
			}
			if raw, err = io.ReadAll(z); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		dec := json.NewDecoder(bytes.NewReader(trimBOM(raw)))
		for {
			var one json.RawMessage
			if err := dec.Decode(&one); err != nil {
				return nil //nolint:nilerr // the end, or what is not JSON
			}
			for _, r := range resources(one) {
				rec := recordOf(r)
				rec.file = d.Name()
				all = append(all, rec)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

type envelope struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	ID           string `json:"id"`
	Link         []struct{ Relation, URL string }
	Entry        []struct {
		Resource json.RawMessage       `json:"resource"`
		Search   struct{ Mode string } `json:"search"`
	} `json:"entry"`
}

// resources are those in a Bundle, whatever its type, or the resource itself.
func resources(raw json.RawMessage) []json.RawMessage {
	var e envelope
	if json.Unmarshal(raw, &e) != nil || e.ResourceType != "Bundle" {
		return []json.RawMessage{raw}
	}
	var out []json.RawMessage
	for _, entry := range e.Entry {
		if len(entry.Resource) > 0 && entry.Search.Mode != "outcome" {
			out = append(out, entry.Resource)
		}
	}
	return out
}

func rawEntries(t *testing.T, body []byte) ([]json.RawMessage, string) {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("the answer is no Bundle: %v", err)
	}
	next := ""
	for _, l := range e.Link {
		if l.Relation == "next" {
			next = l.URL
		}
	}
	return resources(body), next
}

func recordOf(raw json.RawMessage) record {
	var e envelope
	_ = json.Unmarshal(raw, &e) // a name of the wrong kind is the import's to refuse
	h := fnv.New128a()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	printValue(h, dec, "")
	return record{typ: e.ResourceType, id: e.ID, print: string(h.Sum(nil))}
}

// printValue writes a value's tokens in their order. Names of members are a
// path from the root, so that only the root's id and meta are left out.
func printValue(w io.Writer, dec *json.Decoder, path string) {
	tok, err := dec.Token()
	if err != nil {
		return
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '[' {
			_, _ = io.WriteString(w, "[")
			for dec.More() {
				printValue(w, dec, path+"[]")
			}
			_, _ = dec.Token()
			_, _ = io.WriteString(w, "]")
			return
		}
		printObject(w, dec, path)
	case string:
		if strings.HasSuffix(path, "/reference") || strings.HasPrefix(v, "urn:uuid:") {
			v = "a reference" // servers resolve them
		}
		_, _ = fmt.Fprintf(w, "%q,", v) // w is a hash
	default:
		_, _ = fmt.Fprintf(w, "%v,", v)
	}
}

func printObject(w io.Writer, dec *json.Decoder, path string) {
	var b bytes.Buffer
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return
		}
		name, _ := tok.(string)
		var value bytes.Buffer
		printValue(&value, dec, path+"/"+name)
		switch p := path + "/" + name; {
		case p == "/id", p == "/meta/versionId", p == "/meta/lastUpdated", p == "/meta" && value.String() == "{}":
			continue
		}
		fmt.Fprintf(&b, "%q:%s", name, value.Bytes())
	}
	_, _ = dec.Token()
	_, _ = fmt.Fprintf(w, "{%s}", b.Bytes())
}
