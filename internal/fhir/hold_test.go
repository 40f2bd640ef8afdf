package fhir

import (
	"testing"
	"time"
)

// TestPart: a value taken out as a document answers as if it had been indexed
// alone, extents and edits included.
func TestPart(t *testing.T) {
	t.Parallel()
	const bundle = ` {"entry":[{"resource": {"resourceType":"Patient","id":"p1","name":[{"family":"A"}]} },{"resource":[]},{"resource":"x"}]} `
	whole, err := Parse([]byte(bundle))
	if err != nil {
		t.Fatal(err)
	}
	values := []Node{whole.Root()}
	for e := range whole.Root().Get("entry").Children() {
		values = append(values, e, e.Get("resource"))
	}
	for _, v := range values {
		part := v.Doc()
		alone, err := Index(v.Raw())
		if err != nil {
			t.Fatal(err)
		}
		if string(part.Bytes()) != string(alone.Bytes()) {
			t.Errorf("bytes are %q, want %q", part.Bytes(), alone.Bytes())
		}
		alike(t, part.Root(), alone.Root())
	}
	root := values[2].Doc().Root()
	edits := []Edit{Set(root, "id", []byte(`"p2"`)), Remove(root, root.Get("name")), Set(root.Get("name").At(0), "family", []byte(`"B"`))}
	got := string(Splice(root.Raw(), edits[:2]))
	if want := `{"resourceType":"Patient","id":"p2"}`; got != want {
		t.Errorf("after edits: %s, want %s", got, want)
	}
	got = string(Splice(root.Raw(), edits[2:]))
	if want := `{"resourceType":"Patient","id":"p1","name":[{"family":"B"}]}`; got != want {
		t.Errorf("after an edit: %s, want %s", got, want)
	}
	if again := root.Doc(); again != root.d {
		t.Error("the root of a part is a part of its own")
	}
	if empty := (Node{}).Doc(); len(empty.Bytes()) > 0 || empty.Root().IsObject() || empty.Root().Len() > 0 {
		t.Error("an absent value has content")
	}
}

// alike holds two trees against each other.
func alike(t *testing.T, a, b Node) {
	t.Helper()
	as, ae := a.Extent()
	bs, be := b.Extent()
	if as != bs || ae != be || a.MemberStart() != b.MemberStart() || a.Name() != b.Name() || string(a.NameBytes()) != string(b.NameBytes()) ||
		string(a.Raw()) != string(b.Raw()) || a.String() != b.String() || a.Len() != b.Len() {
		t.Errorf("%q at %d to %d, member %q at %d; want %q at %d to %d, member %q at %d",
			a.Raw(), as, ae, a.Name(), a.MemberStart(), b.Raw(), bs, be, b.Name(), b.MemberStart())
	}
	var of []Node
	for c := range b.Children() {
		of = append(of, c)
	}
	i := 0
	for c := range a.Children() {
		if i < len(of) {
			alike(t, c, of[i])
		}
		i++
	}
}

// TestHeldIndex: the index that came with a body serves as long as it is that
// body's, and never another's.
func TestHeldIndex(t *testing.T) {
	t.Parallel()
	doc, err := Parse([]byte(`{"id":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	r := Resource{Type: "Patient", ID: "1", Modified: time.Now()}
	r.Hold(doc)
	if got, err := r.Index(); err != nil || got != doc {
		t.Errorf("the index held is not given back: %v", err)
	}
	same := r
	if got, _ := same.Index(); got != doc || !same.Equal(r) {
		t.Error("a copy has lost the index")
	}
	for _, body := range []string{`{"id":"2"}`, `{"id":"1","active":true}`} {
		r.Body = []byte(body)
		got, err := r.Index()
		if err != nil || string(got.Bytes()) != body {
			t.Errorf("the index of another body was given for %s: %v", body, err)
		}
		if same.Equal(r) {
			t.Errorf("%s is equal to %s", same.Body, r.Body)
		}
	}
	if r.Body = nil; same.Equal(r) {
		t.Error("no body is equal to one")
	}
	if got, err := r.Index(); err == nil {
		t.Errorf("no body has the index of %s", got.Bytes())
	}
}
