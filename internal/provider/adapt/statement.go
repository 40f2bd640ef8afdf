package adapt

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// declaredIn gives the search parameters that a capability statement lists, by
// type. Types without any are left out: many servers list none and take all.
func declaredIn(root fhir.Node) map[string]map[string]bool {
	declared := map[string]map[string]bool{}
	for rest := range root.Get("rest").Values() {
		if mode := rest.Get("mode"); mode.Exists() && !mode.Is("server") {
			continue
		}
		for r := range rest.Get("resource").Values() {
			params := map[string]bool{}
			for p := range r.Get("searchParam").Values() {
				if name := p.Get("name").String(); name != "" {
					params[name] = true
				}
			}
			if typ := r.Get("type").String(); typ != "" && len(params) > 0 {
				declared[typ] = params
			}
		}
	}
	return declared
}

// identity tells one state of a provider's software from another: its name,
// version and release, and all it declares. The statement's own date counts
// by the day, and only when the software says no version: many servers write
// the time of the call there.
func identity(root fhir.Node, declared map[string]map[string]bool) string {
	software := root.Get("software")
	parts := []string{root.Get("fhirVersion").String(), software.Get("name").String(), software.Get("version").String(), software.Get("releaseDate").String()}
	if !software.Get("version").Says() {
		date := root.Get("date").String()
		parts = append(parts, date[:min(len(date), len("2006-01-02"))])
	}
	for _, typ := range slices.Sorted(maps.Keys(declared)) {
		parts = append(parts, typ)
		parts = append(parts, slices.Sorted(maps.Keys(declared[typ]))...)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
