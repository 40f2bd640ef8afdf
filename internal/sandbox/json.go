package sandbox

import (
	"strconv"
	"unicode/utf8"
)

// A writer appends JSON. Members whose value is empty are left out, which is
// FHIR's rule.
type writer struct{ b []byte }

// sep puts the comma before the next member or element.
func (w *writer) sep() {
	if n := len(w.b); n > 0 {
		switch w.b[n-1] {
		case '{', '[', ':':
		default:
			w.b = append(w.b, ',')
		}
	}
}

func (w *writer) key(k string) {
	w.sep()
	w.b = append(w.b, '"')
	w.b = append(w.b, k...)
	w.b = append(w.b, '"', ':')
}

// object opens an object under a key, or as the next element when k is empty.
func (w *writer) object(k string) {
	if k == "" {
		w.sep()
	} else {
		w.key(k)
	}
	w.b = append(w.b, '{')
}

func (w *writer) array(k string) {
	w.key(k)
	w.b = append(w.b, '[')
}

func (w *writer) end()  { w.b = append(w.b, '}') }
func (w *writer) endA() { w.b = append(w.b, ']') }

func (w *writer) str(k, v string) {
	if v == "" {
		return
	}
	w.key(k)
	w.quote(v)
}

// item appends a string to an array.
func (w *writer) item(v string) {
	w.sep()
	w.quote(v)
}

// raw writes a number or literal as it is.
func (w *writer) raw(k, v string) {
	if v == "" {
		return
	}
	w.key(k)
	w.b = append(w.b, v...)
}

func (w *writer) bool(k string, v bool) {
	w.key(k)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) int(k string, v int) {
	w.key(k)
	w.b = strconv.AppendInt(w.b, int64(v), 10)
}

const hexDigits = "0123456789abcdef"

func (w *writer) quote(s string) {
	w.b = append(w.b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		w.b = append(w.b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			w.b = append(w.b, '\\', c)
		case '\n':
			w.b = append(w.b, '\\', 'n')
		default:
			w.b = append(w.b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	w.b = append(w.b, s[from:]...)
	w.b = append(w.b, '"')
}

// escapeXHTML appends text for a narrative's div.
func escapeXHTML(b []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&quot;"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
