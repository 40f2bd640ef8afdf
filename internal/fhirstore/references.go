package fhirstore

import (
	"context"
	"net/url"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// references are the strings of a resource that may name other entries of a
// transaction: every member called reference, and addresses (url, uri,
// valueUri) that are a urn.
func references(out []fhir.Node, n fhir.Node) []fhir.Node {
	for c := range n.Children() {
		if !c.IsString() {
			out = references(out, c)
			continue
		}
		switch string(c.NameBytes()) {
		case "reference":
			out = append(out, c)
		case "url", "uri", "valueUri":
			if strings.HasPrefix(c.String(), "urn:") {
				out = append(out, c)
			}
		}
	}
	return out
}

// urls are the addresses by which entries know each other, and the reference
// that takes their place.
func (b *bundle) urls() map[string]string {
	out := make(map[string]string, len(b.tasks))
	for _, t := range b.tasks {
		if t.fullURL != "" && t.writesBody() {
			out[t.fullURL] = t.req.Type + "/" + t.id
		}
	}
	return out
}

// target gives what a reference is to say instead, false when it stays.
func (b *bundle) target(t *task, ref string, urls map[string]string) (string, bool) {
	if to, ok := b.found[ref]; ok {
		return to, true
	}
	ref, _, versioned := strings.Cut(ref, "/_history/")
	if to, ok := urls[ref]; ok {
		return to, true
	}
	if versioned {
		return "", false
	}
	// A relative reference is relative to the base of the entry's own address.
	if _, _, ok := splitLocal(ref); !ok {
		return "", false
	}
	if base, ok := strings.CutSuffix(t.fullURL, "/"+t.req.Type+"/"+lastSegment(t.fullURL)); ok && base != "" {
		to, ok := urls[base+"/"+ref]
		return to, ok
	}
	return "", false
}

func lastSegment(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// conditional finds the one resource that a conditional reference means.
func (b *bundle) conditional(ctx context.Context, r Reader, typ, query string) (string, error) {
	var params []fhir.Param
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return "", fhir.Errorf(fhir.KindInvalid, "value", "A conditional reference to %s cannot be read.", typ)
		}
		params = append(params, fhir.Param{Name: n, Value: v})
	}
	h, err := b.s.criteria(ctx, r, typ, params)
	if err != nil {
		return "", err
	}
	if h == nil {
		return "", fhir.Errorf(fhir.KindPrecondition, "not-found", "A conditional reference to %s finds no resource.", typ)
	}
	return typ + "/" + h.id, nil
}
