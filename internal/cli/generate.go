package cli

import (
	"github.com/wardbridge/wardbridge/internal/app"
)

type storeGenerateCmd struct {
	Name     string `arg:"" help:"Name of the store."`
	Patients int    `help:"How many patients to make up." default:"100"`
	First    int    `help:"Number of the first one, to continue an earlier run." default:"0"`
	Seed     uint64 `help:"The same seed makes the same patients." default:"1"`
	Lite     bool   `help:"Little about each: the patient, an encounter and one set of vitals."`
	Samples  bool   `help:"The hand-made sample patients instead."`
}

// Help is the long help.
func (storeGenerateCmd) Help() string {
	return `Nobody in it is real. The same seed gives the same patients with the same ids, so a second run changes nothing.

Examples:
  wardbridge store generate main --patients 1000
  wardbridge store generate main --samples`
}

// Run runs the command.
func (c *storeGenerateCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		bar := newBar(e)
		im, done, err := s.Importer(e.ctx, c.Name, app.ImportOptions{Actor: e.actor()})
		if err != nil {
			return err
		}
		bundles, err := s.Generated(e.ctx, c.Name, app.GenerateOptions{Patients: c.Patients, First: c.First, Seed: c.Seed, Lite: c.Lite, Samples: c.Samples})
		if err != nil {
			return usageError{err}
		}
		bar.start(im.Progress)
		sum, err := im.Feed(e.ctx, bundles)
		bar.stop()
		if err := done(sum, err); err != nil {
			return err
		}
		e.partial = sum.Refused > 0
		return e.printSummary(c.Name, sum, nil)
	})
}
