package convert_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/convert"
)

// A cursor is ours only in one piece and for one pair of versions.
func TestCursor(t *testing.T) {
	s := &canned{v: fhir.STU3, do: pages([]string{observation("a", ""), observation("b", ""), observation("c", "")})}
	l := link(s, fhir.R4, nil)
	for _, search := range []string{"Observation?patient=p1&_count=1", "Observation?patient=p1&_count=1&subject:missing=false"} {
		resp, err := find(l, search)
		if err != nil || resp.Next == nil {
			t.Fatalf("%s: %+v, %v", search, resp, err)
		}
		typ, query, _ := strings.Cut(search, "?")
		again := func(face fhir.Version, cursor []byte) error {
			_, err := link(s, face, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(query), Cursor: cursor})
			return err
		}
		if err := again(fhir.R4, resp.Next); err != nil {
			t.Errorf("%s: %v", search, err)
		}
		refused(t, again(fhir.DSTU2, resp.Next), fhir.KindGone, "not-found")
		for i := range 4 {
			bad := slices.Clone(resp.Next)
			bad[i] ^= 0x40
			refused(t, again(fhir.R4, bad), fhir.KindGone, "not-found")
			refused(t, again(fhir.R4, resp.Next[:i+1]), fhir.KindGone, "not-found")
		}
	}
}

// FuzzCursor: whatever a link says, it is refused or passed on, and never
// panics.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{1, 3, 2, 'p', '1'})
	f.Add([]byte{1, 3, 2, 'w', 1, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{})
	s := fhir.ServerFunc{V: fhir.STU3, F: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
		return pages([]string{observation("a", "")})(&fhir.Request{Params: req.Params})
	}}
	l := convert.Link(s, fhir.R4, convert.Config{})
	f.Fuzz(func(t *testing.T, cursor []byte) {
		_, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params("patient=p1"), Cursor: cursor})
		if err != nil && fhir.AsError(err).Kind != fhir.KindGone {
			t.Errorf("%x: %v", cursor, err)
		}
	})
}
