package cli

import (
	"github.com/wardbridge/wardbridge/internal/app"
)

type configCmd struct {
	Check    configCheckCmd    `cmd:"" help:"Say every fault of the configuration at once."`
	Print    configPrintCmd    `cmd:"" help:"Print the configuration in force: file, environment and defaults."`
	Template configTemplateCmd `cmd:"" help:"Print a commented configuration file with every setting."`
}

type configCheckCmd struct{}

// Run runs the command.
func (c *configCheckCmd) Run(e *env) error {
	if _, err := e.config(app.Defaults()); err != nil {
		return err
	}
	return e.print(map[string]bool{"ok": true}, func(p *printer) { p.line("the configuration is good") })
}

type configPrintCmd struct{}

// Run runs the command.
func (c *configPrintCmd) Run(e *env) error {
	cfg, err := e.config(app.Defaults())
	if err != nil {
		return err
	}
	fields := app.Fields(&cfg)
	values := map[string]string{}
	for _, f := range fields {
		values[f.Path] = f.String()
	}
	return e.print(values, func(p *printer) {
		p.row("SETTING", "VALUE", "VARIABLE")
		for _, f := range fields {
			p.row(f.Path, dash(f.String()), f.Env())
		}
	})
}

type configTemplateCmd struct{}

// Run runs the command.
func (c *configTemplateCmd) Run(e *env) error {
	_, err := e.Stdout.Write(app.Template)
	return err
}
