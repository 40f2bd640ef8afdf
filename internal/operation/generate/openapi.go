package generate

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wardbridge/wardbridge/internal/operation"
)

type object = map[string]any

// Info is the head of an OpenAPI document.
type Info struct {
	Title, Version, Description string
	// Cookie is the name of the session's cookie.
	Cookie string
}

// OpenAPI gives the document of the table (OpenAPI 3.1).
func (a *API) OpenAPI(info Info) ([]byte, error) {
	schemas, paths := object{}, object{}
	for _, d := range a.sorted() {
		if s := d.schema(); s != nil {
			schemas[d.name] = s
		}
	}
	for _, o := range a.ops {
		item, ok := paths[o.Path].(object)
		if !ok {
			item = object{}
			paths[o.Path] = item
		}
		item[strings.ToLower(o.Method)] = a.describe(o)
	}
	doc := object{
		"openapi":  "3.1.0",
		"info":     object{"title": info.Title, "version": info.Version, "description": info.Description},
		"security": []object{{"session": []string{}}},
		"paths":    paths,
		"components": object{
			"schemas":         schemas,
			"securitySchemes": object{"session": object{"type": "apiKey", "in": "cookie", "name": info.Cookie}},
			"responses": object{"Problem": object{
				"description": "What went wrong, and what to do about it (RFC 9457).",
				"content":     object{"application/problem+json": object{"schema": refTo("Problem")}},
			}},
		},
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(doc)
	return b.Bytes(), err
}

func (a *API) describe(o operation.Op) object {
	in := a.input(o)
	op := object{"operationId": o.ID, "summary": o.Summary, "responses": responses(o)}
	if o.Public {
		op["security"] = []object{}
	}
	var params []object
	for _, f := range in.fields {
		if f.in == inBody {
			continue
		}
		p := object{"name": f.name, "in": f.in, "schema": f.typ.schema()}
		if f.in == inPath {
			p["required"] = true
		}
		if f.doc != "" {
			p["description"] = oneLine(f.doc)
		}
		params = append(params, p)
	}
	if params != nil {
		op["parameters"] = params
	}
	if len(in.fieldsIn(inBody)) > 0 {
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": refTo(in.name)}}}
	}
	return op
}

func responses(o operation.Op) object {
	all := object{"default": object{"$ref": "#/components/responses/Problem"}}
	switch {
	case o.Stream && o.Out == nil:
		all["200"] = object{"description": "A file.", "content": object{"application/octet-stream": object{}}}
	case o.Stream:
		all["200"] = object{
			"description": "A stream of server-sent events; the data of each is one " + o.Out.Name() + ".",
			"content":     object{"text/event-stream": object{"schema": refTo(o.Out.Name())}},
		}
	case o.Out == nil:
		all["204"] = object{"description": "Done."}
	default:
		all["200"] = object{"description": http.StatusText(http.StatusOK), "content": object{"application/json": object{"schema": refTo(o.Out.Name())}}}
	}
	return all
}

// schema is nil for a type that never is in a body.
func (d *def) schema() object {
	s := object{}
	if d.doc != "" {
		s["description"] = oneLine(d.doc)
	}
	if d.enum != nil {
		s["type"], s["enum"] = "string", d.enum
		return s
	}
	body := d.fieldsIn(inBody)
	if len(body) == 0 && len(d.fields) > 0 {
		return nil
	}
	properties, required := object{}, []string{}
	for _, f := range body {
		properties[f.name] = f.schema()
		if !f.optional {
			required = append(required, f.name)
		}
	}
	s["type"], s["properties"] = "object", properties
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (f field) schema() object {
	s := f.typ.schema()
	var other object
	switch {
	case f.nullable:
		other = object{"type": "null"}
	case f.empty:
		other = object{"const": ""}
	}
	if other != nil {
		s = object{"anyOf": []object{s, other}}
	}
	if f.doc != "" {
		s["description"] = oneLine(f.doc)
	}
	return s
}

func (t typ) schema() object {
	switch t.kind {
	case kindString:
		return object{"type": "string"}
	case kindTime:
		return object{"type": "string", "format": "date-time"}
	case kindInteger:
		return object{"type": "integer"}
	case kindNumber:
		return object{"type": "number"}
	case kindBool:
		return object{"type": "boolean"}
	case kindArray:
		return object{"type": "array", "items": t.elem.schema()}
	case kindMap:
		return object{"type": "object", "additionalProperties": t.elem.schema()}
	case kindRef:
		return refTo(t.ref)
	case kindUnknown:
	}
	return object{}
}

func refTo(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
