package operation

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// A decoder reads the input of one operation.
type decoder struct {
	in          reflect.Type
	path, query []param
	body        bool
}

// A param is a field of the input that comes from the URL.
type param struct {
	name  string
	index []int
}

// newDecoder looks at the input of o once.
func newDecoder(o Op) (*decoder, error) {
	if o.In.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s: the input must be a struct", o.ID)
	}
	d := &decoder{in: o.In}
	for _, sf := range reflect.VisibleFields(o.In) {
		path, query, member := sf.Tag.Get("path"), sf.Tag.Get("query"), sf.Tag.Get("json")
		switch {
		case !sf.IsExported(), sf.Anonymous:
		case path != "":
			if !strings.Contains(o.Path, "{"+path+"}") {
				return nil, fmt.Errorf("%s: the path has no {%s}", o.ID, path)
			}
			d.path = append(d.path, param{path, sf.Index})
		case query != "":
			d.query = append(d.query, param{query, sf.Index})
		case member != "-":
			d.body = true
		}
		if (path != "" || query != "") && (member != "-" || !settable(sf.Type)) {
			return nil, fmt.Errorf(`%s: field %s must be a string, a number or a boolean, with the tag json:"-"`, o.ID, sf.Name)
		}
	}
	if n := strings.Count(o.Path, "{"); n != len(d.path) {
		return nil, fmt.Errorf("%s: the path has %d parameters, the input %d", o.ID, n, len(d.path))
	}
	if d.body && (o.Method == http.MethodGet || o.Method == http.MethodDelete) {
		return nil, fmt.Errorf("%s: %s takes no body", o.ID, o.Method)
	}
	return d, nil
}

func settable(t reflect.Type) bool {
	switch t.Kind() { //nolint:exhaustive // the others come in bodies
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		return true
	}
	return false
}

// decode gives a pointer to a new input.
func (d *decoder) decode(w http.ResponseWriter, r *http.Request, limit int64) (any, error) {
	in := reflect.New(d.in)
	if d.body {
		if err := readBody(w, r, limit, in.Interface()); err != nil {
			return nil, err
		}
	}
	faults := map[string]string{}
	for _, p := range d.path {
		if !set(in.Elem().FieldByIndex(p.index), r.PathValue(p.name)) {
			faults[p.name] = "is not of the form wanted"
		}
	}
	d.readQuery(r.URL.RawQuery, in.Elem(), faults)
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	return in.Interface(), nil
}

func (d *decoder) readQuery(raw string, in reflect.Value, faults map[string]string) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		faults["?"] = "the query cannot be read"
		return
	}
	known := map[string][]int{}
	for _, p := range d.query {
		known[p.name] = p.index
	}
	for name, all := range values {
		index, ok := known[name]
		switch {
		case !ok:
			faults[shortened(name)] = "there is no such parameter"
		case len(all) > 1:
			faults[name] = "is given more than once"
		case !set(in.FieldByIndex(index), all[0]):
			faults[name] = "is not of the form wanted"
		}
	}
}

func set(v reflect.Value, text string) bool {
	switch v.Kind() { // newDecoder takes no others
	case reflect.String:
		v.SetString(text)
		return true
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err == nil
	default:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err == nil
	}
}

// readBody decodes a JSON body strictly.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return Problemf(http.StatusUnsupportedMediaType, "unsupported-media-type", "Send application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return Problemf(http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("Send at most %d bytes.", limit))
	case err != nil:
		return Problemf(http.StatusBadRequest, "broken", "The body did not arrive whole. Try again.").Because(err)
	}
	return unmarshal(body, into)
}

// unmarshal decodes strictly, and says of a mistake where it is.
func unmarshal(body []byte, into any) error {
	err := json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		text := "is not of the form wanted"
		if errors.Is(err, json.ErrUnknownName) {
			text = "there is no such field"
		}
		return invalid(map[string]string{place(semantic.JSONPointer): text})
	case errors.As(err, &syntactic):
		text := "is not JSON"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			text = "is given more than once"
		}
		return invalid(map[string]string{place(syntactic.JSONPointer): text})
	}
	return Problemf(http.StatusBadRequest, "invalid", "The body cannot be read.").Because(err)
}

func invalid(faults map[string]string) *Problem {
	p := Problemf(http.StatusBadRequest, "invalid", "Some fields are not as they must be.")
	p.Errors = faults
	return p
}

// place is a pointer as people write it: patients.0.bed.
func place(p jsontext.Pointer) string {
	var parts []string
	for t := range p.Tokens() {
		parts = append(parts, shortened(t))
	}
	if len(parts) == 0 {
		return "body"
	}
	return strings.Join(parts, ".")
}

// shortened keeps a name that a stranger chose from filling an answer.
func shortened(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}

// encode writes v. What record systems sent may hold invalid UTF-8: it is
// replaced, not an error.
func encode(w io.Writer, v any) error {
	return json.MarshalWrite(w, v, jsonv1.OmitEmptyWithLegacySemantics(true), jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
}
