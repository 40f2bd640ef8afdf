package fhirstore

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// instant is the form of meta.lastUpdated. It always has the same length, so
// that the time can be filled in where it stands.
const instant = "2006-01-02T15:04:05.000Z"

const (
	emptyInstant = `"0000-00-00T00:00:00.000Z"`
	firstVersion = `"1"`
)

// newID makes an id: 48 bits of time, 80 bits that no one can guess.
func newID(now time.Time) string {
	var b [20]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(b[6:16]) // never fails
	return ids.EncodeToString(b[:16])
}

// ids writes bits with letters that keep their order.
var ids = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ValidID reports whether s can be the id of a resource.
func ValidID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// A prepared resource is all that can be done about a write before its turn:
// the bytes with everything spliced in but its time and version, and what it
// will be found by.
type prepared struct {
	typ, id string
	body    []byte
	version int // where the version id stands in body, its quotes included
	updated int // where the time stands, its quotes included
	keys    []byte
	entry   entry
}

// checkBody reads the body of a write and refuses what is no resource of the
// type.
func checkBody(typ string, body []byte) (*fhir.Doc, error) {
	doc, err := fhir.Index(body)
	if err != nil {
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The resource cannot be read: %v.", err)
	}
	switch rt := doc.Root().Get("resourceType"); {
	case !doc.Root().IsObject() || !rt.IsString():
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The body is not a FHIR resource: it has no resourceType.")
	case !rt.Is(typ):
		return nil, fhir.Errorf(fhir.KindInvalid, "invalid", "The resourceType of the body must be %s, as in the address.", typ)
	}
	return doc, nil
}

// prepare splices id, meta and the edits given into a resource and extracts
// its keys.
func (s *Store) prepare(typ, id string, doc *fhir.Doc, edits []fhir.Edit) (*prepared, error) {
	root := doc.Root()
	edits = append(edits, identity(root, id)...)
	p := &prepared{typ: typ, id: id, body: fhir.Splice(doc.Bytes(), edits)}
	now, err := fhir.Index(p.body)
	if err != nil {
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The resource cannot be read: %v.", err)
	}
	meta := now.Root().Get("meta")
	p.version, _ = meta.Get("versionId").Extent()
	p.updated, _ = meta.Get("lastUpdated").Extent()
	keys := s.defs.Keys(typ, now)
	p.keys = keys.Append(nil)
	p.entry = s.index.entry(typ, keys)
	return p, nil
}

// identity are the edits that set id and meta: in place where they are, else
// behind the members they are customarily written after.
func identity(root fhir.Node, id string) []fhir.Edit {
	var edits []fhir.Edit
	var add []byte
	_, at := root.Get("resourceType").Extent()
	quoted := fhir.AppendString(nil, id)
	if n := root.Get("id"); n.Exists() {
		from, to := n.Extent()
		edits = append(edits, fhir.Edit{Start: from, End: to, New: quoted})
		at = to
	} else {
		add = slices.Concat([]byte(`,"id":`), quoted)
	}
	meta := root.Get("meta")
	switch {
	case meta.IsObject():
		edits = append(edits, fhir.SetAll(meta, []fhir.Member{{Name: "versionId", Raw: []byte(firstVersion)}, {Name: "lastUpdated", Raw: []byte(emptyInstant)}})...)
	case meta.Exists():
		from, to := meta.Extent()
		edits = append(edits, fhir.Edit{Start: from, End: to, New: []byte(emptyMeta)})
	default:
		add = append(add, `,"meta":`+emptyMeta...)
	}
	if add != nil {
		edits = append(edits, fhir.Edit{Start: at, End: at, New: add})
	}
	return edits
}

const emptyMeta = `{"versionId":` + firstVersion + `,"lastUpdated":` + emptyInstant + `}`

// row fills in the time and the version.
func (p *prepared) row(version, modified int64, method Method) *Row {
	copy(p.body[p.updated+1:], time.UnixMicro(modified).UTC().Format(instant))
	body := p.body
	if version != 1 {
		body = fhir.Splice(body, []fhir.Edit{{Start: p.version, End: p.version + len(firstVersion), New: []byte(`"` + versionID(version) + `"`)}})
	}
	return &Row{Type: p.typ, ID: p.id, Version: version, Modified: modified, Method: method, Keys: p.keys, Body: body}
}

// A wordCache knows words that are in the dictionary for sure, so that they
// need not be written again. It forgets all when it is full.
type wordCache struct {
	mu    sync.Mutex
	known map[wordKey]struct{}
}

type wordKey [12]byte

const maxKnownWords = 100_000

func (c *wordCache) has(k wordKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.known[k]
	return ok
}

func (c *wordCache) add(keys []wordKey) {
	if len(keys) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) > maxKnownWords {
		c.known = make(map[wordKey]struct{}, len(keys))
	}
	for _, k := range keys {
		c.known[k] = struct{}{}
	}
}

func (c *wordCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = nil
}
