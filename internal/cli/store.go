package cli

import (
	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type storeCmd struct {
	Create   storeCreateCmd   `cmd:"" help:"Make an empty store."`
	List     storeListCmd     `cmd:"" aliases:"ls" help:"List stores."`
	Delete   storeDeleteCmd   `cmd:"" help:"Delete a store and everything in it."`
	Open     storeOpenCmd     `cmd:"" help:"Let everyone read and write at the store's own endpoint, without a token."`
	Close    storeCloseCmd    `cmd:"" help:"Demand a token at the store's own endpoint."`
	Import   storeImportCmd   `cmd:"" help:"Put files of FHIR resources into a store."`
	Generate storeGenerateCmd `cmd:"" help:"Fill a store with made-up patients."`
	Stats    storeStatsCmd    `cmd:"" help:"Count what is in a store."`
}

type storeCreateCmd struct {
	Name    string       `arg:"" help:"Name of the store: letters, digits and dashes."`
	Version fhir.Version `required:"" help:"dstu2, stu3 or r4." placeholder:"VERSION"`
	Open    bool         `help:"Its own endpoint answers without a token. Never for real patients."`
}

// Help is the long help.
func (storeCreateCmd) Help() string {
	return `A store holds resources of one FHIR version, in a file of its own.

Examples:
  wardbridge store create main --version r4
  wardbridge store import main ./export`
}

// Run runs the command.
func (c *storeCreateCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		v, err := s.Providers.CreateStore(e.ctx, e.actor(), provider.Store{Name: c.Name, Version: c.Version, Open: c.Open})
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) {
			p.line("store %s (FHIR %s) is made%s", v.Name, v.Version.Release(), openness(v.Open))
			p.line("next: wardbridge store import %s DIR, and wardbridge provider add NAME --store %s", v.Name, v.Name)
		})
	})
}

func openness(open bool) string {
	if open {
		return ", open to everyone at /stores/…/fhir"
	}
	return ""
}

type storeListCmd struct{}

// Run runs the command.
func (c *storeListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.Providers.ListStores(e.ctx)
		if err != nil {
			return err
		}
		return e.print(some(list), func(p *printer) {
			p.row("NAME", "VERSION", "OPEN", "CREATED")
			for _, v := range list {
				p.row(v.Name, v.Version.String(), yesNo(v.Open), when(v.Created))
			}
		})
	})
}

type storeDeleteCmd struct {
	Name string `arg:"" help:"Name of the store."`
	Yes  bool   `help:"Do it: without this nothing is deleted."`
}

// Run runs the command.
func (c *storeDeleteCmd) Run(e *env) error {
	if !c.Yes {
		return usagef("this deletes every resource of store %s for good; add --yes to do it", c.Name)
	}
	return e.with(func(s *app.System) error {
		if err := s.DeleteStore(e.ctx, e.actor(), c.Name); err != nil {
			return err
		}
		return e.print(map[string]string{"name": c.Name}, func(p *printer) { p.line("store %s is deleted", c.Name) })
	})
}

type storeOpenCmd struct {
	Name string `arg:"" help:"Name of the store."`
}

// Run runs the command.
func (c *storeOpenCmd) Run(e *env) error { return e.setOpen(c.Name, true) }

type storeCloseCmd struct {
	Name string `arg:"" help:"Name of the store."`
}

// Run runs the command.
func (c *storeCloseCmd) Run(e *env) error { return e.setOpen(c.Name, false) }

func (e *env) setOpen(name string, open bool) error {
	return e.with(func(s *app.System) error {
		v, err := s.Providers.SetStoreOpen(e.ctx, e.actor(), name, open)
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) {
			if v.Open {
				p.line("store %s is open: everyone who reaches the server reads and writes it", v.Name)
			} else {
				p.line("store %s demands a token of a tenant it serves", v.Name)
			}
		})
	})
}

type storeStatsCmd struct {
	Name string `arg:"" help:"Name of the store."`
}

// Run runs the command.
func (c *storeStatsCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		stats, err := s.StoreStats(e.ctx, c.Name)
		if err != nil {
			return err
		}
		return e.print(stats, func(p *printer) {
			p.row("TYPE", "RESOURCES")
			for _, t := range stats.Types {
				p.row(t.Type, count(t.Count))
			}
			p.row("all", count(stats.Total))
			p.line("%s on disk", size(stats.Bytes))
		})
	})
}
