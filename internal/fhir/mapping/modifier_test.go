package mapping

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// TestModifierExtensions: a modifierExtension in any backbone that the target
// shows something of withholds the resource, whether the engine converts the
// backbone or a function picks parts of it (§1.10).
func TestModifierExtensions(t *testing.T) {
	t.Parallel()
	const modified = `{"modifierExtension":[{"url":"http://x","valueBoolean":true}],"text":"x"}`
	picked := 0
	for _, from := range fhir.Versions() {
		for _, to := range fhir.Versions() {
			if from == to {
				continue
			}
			for typ, p := range directionOf(from, to).resources {
				eachBackbone(p, func(s *step, wrap func(string) string) {
					if s.to == "" && s.do == nil {
						return // goes as a whole
					}
					if s.do != nil {
						picked++
					}
					for _, v := range []string{modified, `[` + modified + `,{}]`} {
						in := `{"resourceType":"` + typ + `",` + wrap(v) + `}`
						if out, rep, err := Resource([]byte(in), from, to, Options{}); err != nil || rep.Withheld == "" {
							t.Errorf("%v to %v: %s became %s, %v", from, to, in, out, err)
						}
					}
				})
			}
		}
	}
	if picked < 20 {
		t.Errorf("%d backbones with a function were tried, want all", picked)
	}
}

// eachBackbone calls f with every backbone of a plan's source, and how a value
// of it is wrapped to stand in the resource.
func eachBackbone(p *plan, f func(s *step, wrap func(string) string)) {
	for _, s := range p.members {
		if s.wasKind != "{}" || s.plan == nil {
			continue
		}
		f(s, func(v string) string { return `"` + s.name + `":` + v })
		if s.to != "" || s.do != nil {
			eachBackbone(s.plan, func(inner *step, wrap func(string) string) {
				f(inner, func(v string) string { return `"` + s.name + `":{` + wrap(v) + `}` })
			})
		}
	}
}
