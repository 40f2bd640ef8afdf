package reqtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// A caller makes requests with one token and watches every answer.
type caller struct {
	target  *Target
	token   string
	foreign []string // what no answer may contain
}

// form encodes name, value, name, value ….
func form(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

func (c *caller) get(t *testing.T, path string, header ...string) *reply {
	t.Helper()
	return c.do(t, http.MethodGet, path, "", headers(header))
}

func (c *caller) post(t *testing.T, path, contentType, body string, header ...string) *reply {
	t.Helper()
	h := headers(header)
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return c.do(t, http.MethodPost, path, body, h)
}

// find posts a form to Patient/_search.
func (c *caller) find(t *testing.T, body string, header ...string) *reply {
	t.Helper()
	return c.post(t, "Patient/_search", "application/x-www-form-urlencoded", body, header...)
}

func headers(pairs []string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// do makes the request as it is written. It fails the test on a redirect and on
// anything that is another tenant's, whoever asked.
func (c *caller) do(t *testing.T, method, path, body string, header http.Header) *reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.target.url(path), strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	if c.token != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.target.http.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the answer: %v", method, path, err)
	}
	r := &reply{call: method + " " + path, status: resp.StatusCode, header: resp.Header, body: raw}
	if r.status >= 300 && r.status < 400 && r.status != http.StatusNotModified {
		t.Errorf("%s answered %d: a redirect loses the token", r.call, r.status)
	}
	low := bytes.ToLower(raw)
	for _, mark := range append(slices.Clone(c.foreign), "secret-path", "goroutine ") {
		if bytes.Contains(low, []byte(mark)) {
			t.Errorf("%s answered with %q, which is not the caller's to see:\n%.600s", r.call, mark, raw)
		}
	}
	if len(raw) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&r.json); err != nil {
			t.Errorf("%s: the answer is not JSON: %v\n%.600s", r.call, err, raw)
		} else if err := strict(raw); err != nil {
			t.Errorf("%s: %v\n%.600s", r.call, err, raw)
		}
	}
	return r
}

// A reply is an answer, read to its end.
type reply struct {
	call   string
	status int
	header http.Header
	body   []byte
	json   any
}

func (r *reply) want(t *testing.T, status int) *reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("%s: status %d, want %d\n%.900s", r.call, r.status, status, r.body)
	}
	return r
}

// text is the string at a path, which must be there.
func (r *reply) text(t *testing.T, path string) string {
	t.Helper()
	s, ok := at(r.json, path).(string)
	if !ok || s == "" {
		t.Fatalf("%s: no string at %s\n%.900s", r.call, path, r.body)
	}
	return s
}

// media checks the media type of the answer, whatever its parameters.
func (r *reply) media(t *testing.T, want string) *reply {
	t.Helper()
	got, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || got != want {
		t.Errorf("%s: Content-Type %q, want %s", r.call, r.header.Get("Content-Type"), want)
	}
	return r
}

// outcome checks that the answer is an OperationOutcome with that issue code,
// or any when code is empty.
func (r *reply) outcome(t *testing.T, codes ...string) *reply {
	t.Helper()
	checkOutcome(t, r.call, r.json, codes...)
	return r
}

func checkOutcome(t *testing.T, call string, v any, codes ...string) {
	t.Helper()
	if str(v, "resourceType") != "OperationOutcome" || str(v, "issue.0.severity") == "" || str(v, "issue.0.code") == "" {
		t.Errorf("%s: not an OperationOutcome with an issue: %.600v", call, v)
		return
	}
	if got := str(v, "issue.0.code"); len(codes) > 0 && !slices.Contains(codes, got) {
		t.Errorf("%s: issue code %q, want %v", call, got, codes)
	}
}

// at walks members by name and arrays by number.
func at(v any, path string) any {
	if path == "" {
		return v
	}
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func str(v any, path string) string {
	switch s := at(v, path).(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	}
	return ""
}

func list(v any, path string) []any {
	l, _ := at(v, path).([]any)
	return l
}

// walk calls f with each member of each object, however deep.
func walk(v any, f func(name string, value any)) {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			f(k, e)
			walk(e, f)
		}
	case []any:
		for _, e := range x {
			walk(e, f)
		}
	}
}

// strict finds what a lenient parser passes over: bytes that are no UTF-8, a
// member named twice, and anything after the value.
func strict(raw []byte) error {
	if !utf8.Valid(raw) {
		return errors.New("the answer is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := once(dec); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the answer is more than one JSON value")
	}
	return nil
}

// once reads one value in which no object names a member twice.
func once(dec *json.Decoder) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	names := map[string]bool{}
	for dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			s, _ := name.(string)
			if names[s] {
				return fmt.Errorf("the member %q comes twice in one object", s)
			}
			names[s] = true
		}
		if err := once(dec); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
