package convert

import "github.com/wardbridge/wardbridge/internal/fhir"

// A cursor is four bytes and the cursor of the server below, or of search.Wide:
// its form, the two versions, and how the first page was come by.
const (
	cursorForm = 1
	cursorHead = 4
)

// Ways to come by a page.
const (
	plainPage = 'p' // the provider finds, orders and pages
	widePage  = 'w' // we do
)

func (p *pair) encodeCursor(way byte, inner []byte) []byte {
	if inner == nil {
		return nil
	}
	return append([]byte{cursorForm, byte(p.face), byte(p.provider), way}, inner...)
}

// decodeCursor gives the way and the cursor below; no cursor is a plain first
// page. One that was made for another pair of versions is gone: the tenant has
// moved to another provider since.
func (p *pair) decodeCursor(b []byte) (way byte, inner []byte, err error) {
	switch {
	case len(b) == 0:
		return plainPage, nil, nil
	case len(b) <= cursorHead || b[0] != cursorForm || b[1] != byte(p.face) || b[2] != byte(p.provider) || b[3] != plainPage && b[3] != widePage:
		return 0, nil, errCursor()
	}
	return b[3], b[cursorHead:], nil
}

func errCursor() error {
	return fhir.Errorf(fhir.KindGone, "not-found", "This page link cannot be read any more. Start the search again from its first page.")
}
