package adapt

import (
	"context"
	"errors"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const unknown = "Unknown"

// A memo remembers, for one request, what references are called, so that a
// target is read once however many resources point at it.
type memo struct{ displays map[string]string }

// know takes the displays of resources that are already at hand, such as
// includes.
func (m *memo) know(matches []fhir.Match) {
	for _, match := range matches {
		if match.Mode == fhir.ModeInclude {
			m.put(match.Type+"/"+match.ID, displayOf(match.Body))
		}
	}
}

func (m *memo) put(ref, display string) {
	if m.displays == nil {
		m.displays = map[string]string{}
	}
	m.displays[ref] = display
}

// display fills a Reference's display: from the contained resource, else from
// the target, else "Unknown" (version-mapping §16, REQ-MED-3, REQ-ENC-3).
func (p *pass) display(ctx context.Context, n fhir.Node) error {
	if !n.IsObject() || n.Get("display").Says() {
		return nil
	}
	ref := n.Get("reference").String()
	label := ""
	if local, ok := strings.CutPrefix(ref, "#"); ok {
		label = p.contained(local)
	} else if ref != "" {
		var err error
		if label, err = p.lookup(ctx, ref); err != nil {
			return err
		}
	}
	if label == "" {
		label = n.Get("identifier").Get("value").String()
	}
	if label == "" {
		label = unknown
	}
	p.set(n, fhir.Member{Name: "display", Raw: text(label)})
	return nil
}

// contained is what the contained resource of an id is called. Some write the
// id as the reference to it.
func (p *pass) contained(id string) string {
	if p.within == nil {
		p.within = map[string]string{}
		for c := range p.root.Get("contained").Values() {
			p.within[strings.TrimPrefix(c.Get("id").String(), "#")] = nameOf(c)
		}
	}
	return p.within[id]
}

// lookup reads a reference's target. A target that is not there, or not ours
// to read, has no display; only a failing provider or an ended request is an
// error.
func (p *pass) lookup(ctx context.Context, ref string) (string, error) {
	p.asked = true
	if d, ok := p.memo.displays[ref]; ok {
		return d, nil
	}
	if p.link.cfg.Memory != nil {
		return "", nil // all that could be found was, for the whole page
	}
	typ, id, ok := strings.Cut(ref, "/")
	if !ok || strings.Contains(id, "/") || strings.Contains(typ, ":") {
		return "", nil
	}
	resp, err := p.link.next.Do(ctx, &fhir.Request{Interaction: fhir.Read, Type: typ, ID: id})
	var fe *fhir.Error
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &fe) && (fe.Kind == fhir.KindNotFound || fe.Kind == fhir.KindGone || fe.Kind == fhir.KindUnknownType || fe.Kind == fhir.KindForbidden):
		p.memo.put(ref, "")
		return "", nil
	case err != nil:
		return "", err
	}
	d := displayOf(resp.Resource.Body)
	p.memo.put(ref, d)
	return d, nil
}

func displayOf(body []byte) string {
	doc, err := fhir.Index(body)
	if err != nil {
		return ""
	}
	return nameOf(doc.Root())
}

// nameOf is what a resource is called: a person's name, a thing's name, a
// medication's code.
func nameOf(n fhir.Node) string {
	if name := n.Get("name"); name.IsString() {
		return name.String()
	} else if name.Exists() {
		return personName(name.First())
	}
	code := n.Get("code")
	if t := code.Get("text").String(); t != "" {
		return t
	}
	if d := anyDisplay(code.Get("coding")); d != "" {
		return d
	}
	if c := code.Get("coding").First().Get("code").String(); c != "" {
		return c
	}
	return n.Get("practitioner").Get("display").String()
}

// personName renders a HumanName: its text, else prefix, given and family in
// that order.
func personName(name fhir.Node) string {
	if t := name.Get("text").String(); t != "" {
		return t
	}
	var parts []string
	for _, member := range []string{"prefix", "given", "family", "suffix"} {
		for v := range name.Get(member).Values() {
			if s := v.String(); s != "" {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(parts, " ")
}
