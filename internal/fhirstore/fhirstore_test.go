package fhirstore

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func TestMain(m *testing.M) { await.Main(m) }

// FuzzCursor: whatever a link says, it is refused or names a place.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{cursorForm, 0, 0, 0, 0, 0})
	f.Add(encodeCursor(hit{id: "p1"}))
	f.Add(encodeCursor(hit{sort: []byte{0, 0xff, 3}, id: "p2"}))
	f.Add([]byte{cursorForm, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeCursor(b)
		if b == nil || err != nil {
			return
		}
		if again, err := decodeCursor(encodeCursor(*h)); err != nil || compareHits(*h, *again) != 0 {
			t.Errorf("%x: %+v came back as %+v, %v", b, h, again, err)
		}
	})
}

func TestCursorRefusesDamage(t *testing.T) {
	whole := encodeCursor(hit{sort: []byte{1, 2, 3}, id: "p1"})
	for i := range whole {
		bad := slices.Clone(whole)
		bad[i] ^= 0x20
		if _, err := decodeCursor(bad); fhir.AsError(err) == nil || err == nil || fhir.AsError(err).Kind != fhir.KindGone {
			t.Errorf("with byte %d changed: %v, want it refused as gone", i, err)
		}
		if _, err := decodeCursor(whole[:i]); err == nil {
			t.Errorf("the first %d bytes were read", i)
		}
	}
}

func TestPrefix(t *testing.T) {
	for _, tc := range []struct{ in, hi string }{
		{"a", "b"}, {"a\xff", "b"}, {"a\xff\xff", "b"}, {"ab", "ac"},
	} {
		if r := prefix([]byte(tc.in)); string(r.Hi) != tc.hi || string(r.Lo) != tc.in {
			t.Errorf("prefix(%q) = %q to %q, want to %q", tc.in, r.Lo, r.Hi, tc.hi)
		}
	}
	if r := prefix([]byte("\xff\xff")); bytes.Compare([]byte("\xff\xff\xff\xfe"), r.Hi) >= 0 {
		t.Errorf("prefix of the last key ends at %x", r.Hi)
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "A-1.b": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a/b": false, "a b": false, "a_b": false, "é": false, "a\n": false,
	} {
		if got := ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", id, got, want)
		}
	}
}

func TestNewIDSortsByTime(t *testing.T) {
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	last := ""
	for i := range 1000 {
		id := newID(at.Add(time.Duration(i) * time.Millisecond))
		if !ValidID(id) || seen[id] || id <= last {
			t.Fatalf("id %d is %q after %q", i, id, last)
		}
		seen[id], last = true, id
	}
}

func TestPayload(t *testing.T) {
	id, modified, keys, ok := cutPayload(appendPayload(nil, "p1", 123456, []byte("keys")))
	if id != "p1" || modified != 123456 || string(keys) != "keys" || !ok {
		t.Errorf("cutPayload = %q %d %q %v", id, modified, keys, ok)
	}
	for _, b := range [][]byte{nil, []byte("short"), append(make([]byte, 8), 200, 'x')} {
		if _, _, _, ok := cutPayload(b); ok {
			t.Errorf("cutPayload(%x) was read", b)
		}
	}
}

func TestEntryRefersToPatientsOnce(t *testing.T) {
	x := newIndexer(search.Load(fhir.R4))
	doc, err := fhir.Index([]byte(`{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p1"},"performer":[{"reference":"Patient/p1"}],"focus":[{"reference":"Patient/p2"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	e := x.entry("Observation", x.defs.Keys("Observation", doc))
	var got []string
	for _, r := range e.rows {
		if r.Key[0] == spacePatient {
			got = append(got, string(r.Key[2:]))
		}
	}
	if fmt.Sprint(got) != "[p1 p2]" {
		t.Errorf("patient rows for %v, want [p1 p2]", got)
	}
}

func TestDictionaryOfLongStrings(t *testing.T) {
	x := newIndexer(search.Load(fhir.R4))
	var long strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&long, "%d ", i)
	}
	if n := len(x.dictionary(word{"Patient", 1, long.String()})); n != 2 {
		t.Errorf("a long string makes %d rows, want the word and the empty gram", n)
	}
}

func TestCacheKeepsItsBound(t *testing.T) {
	c := newCache(nil, 64<<10)
	for i := range 5000 {
		k := cacheKey{"Patient", fmt.Sprint(i)}
		_, epoch := c.get(k)
		c.offer(&Row{Type: k.typ, ID: k.id, Body: make([]byte, i%400)}, epoch)
	}
	kept := 0
	for i := range c.shards {
		s := &c.shards[i]
		size := 0
		for _, r := range s.rows {
			size += len(r.Body) + rowOverhead
		}
		if size != s.bytes || s.bytes > c.bound {
			t.Errorf("shard %d counts %d bytes, holds %d, may hold %d", i, s.bytes, size, c.bound)
		}
		kept += len(s.rows)
	}
	if kept == 0 {
		t.Error("nothing was kept")
	}
	k := cacheKey{"Patient", "late"}
	_, epoch := c.get(k)
	c.forget([]cacheKey{k}) // a write while the old version was being read
	c.offer(&Row{Type: k.typ, ID: k.id}, epoch)
	if row, _ := c.get(k); row != nil {
		t.Error("an old version was kept")
	}
}
