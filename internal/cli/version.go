package cli

import (
	"runtime"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

type versionCmd struct{}

// Run runs the command.
func (versionCmd) Run(e *env) error {
	releases := map[string]string{}
	for _, v := range fhir.Versions() {
		releases[v.String()] = v.Release()
	}
	return e.print(map[string]any{
		"version": e.Version, "date": e.Date, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "fhir": releases,
	}, func(p *printer) {
		p.line("wardbridge %s %s (%s, %s/%s)", e.Version, e.Date, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		p.line("FHIR 1.0.2 (DSTU2), 3.0.2 (STU3), 4.0.1 (R4)")
	})
}
