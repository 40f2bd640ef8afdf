package convert

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// preimage gives the provider's codes that become a code of the face. None
// means that the table knows of none; a code that it does not list is the same
// everywhere.
func (p *pair) preimage(table, code string) []string {
	for _, spelled := range []string{code, strings.ToLower(code), strings.ToUpper(code)} { // codes compare without case (interface §6.5)
		candidates, listed := mapping.Code(table, spelled, p.face, p.provider)
		if !listed {
			continue
		}
		return slices.DeleteFunc(candidates, func(c string) bool {
			back, _ := mapping.Code(table, c, p.provider, p.face)
			return len(back) == 0 || back[0] != spelled
		})
	}
	return []string{code}
}
