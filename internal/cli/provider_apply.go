package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type providerApplyCmd struct {
	File string `arg:"" help:"YAML file; - is standard input."`
}

// Help is the long help.
func (providerApplyCmd) Help() string {
	return `Makes providers and tenants as a file says: what is missing is added, what is there is changed, what the file does not name
stays. Settings have the names of the flags of provider add and tenant map. Run it again after each change of the file.

Example:
  providers:
    clinic:
      url: https://ehr.example.org/fhir/R4
      zone: America/Chicago
      auth: client_secret_post
      client-id: wardbridge
      client-secret-file: /run/secrets/clinic
      token-param: {scope: system/*.read}
      concurrency: 8
  tenants:
    11111111-1111-4111-8111-111111111111: {provider: clinic, label: St. Mary}`
}

// Run runs the command.
func (c *providerApplyCmd) Run(e *env) error {
	in := e.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	file, err := app.ReadProviderFile(in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	var calls [][]string
	if err := e.with(func(s *app.System) error {
		for _, p := range file.Providers {
			verb := "set"
			if _, err := s.Providers.GetProvider(e.ctx, p.Name); errors.Is(err, provider.ErrNotFound) {
				verb = "add"
			} else if err != nil {
				return err
			}
			calls = append(calls, append([]string{"provider", verb, p.Name}, p.Flags...))
		}
		return nil
	}); err != nil {
		return err
	}
	for _, t := range file.Tenants {
		call, err := tenantCall(t)
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		calls = append(calls, call)
	}
	return e.each(calls)
}

// tenantCall is the tenant map of a file's entry, whose provider is a setting
// there and an argument here.
func tenantCall(t app.FileEntry) ([]string, error) {
	call := []string{"tenant", "map", t.Name}
	var rest []string
	for _, f := range t.Flags {
		if name, ok := strings.CutPrefix(f, "--provider="); ok {
			call = append(call, name)
		} else {
			rest = append(rest, f)
		}
	}
	if len(call) == 3 {
		return nil, fmt.Errorf("tenant %s: say its provider", t.Name)
	}
	return append(call, rest...), nil
}

// each runs commands one after the other, all of them, and fails when one did.
func (e *env) each(calls [][]string) error {
	for _, args := range calls {
		p := e.Process
		var out bytes.Buffer
		p.Stdin, p.Stdout = strings.NewReader(""), &out
		for flag, v := range map[string]string{"--config": e.root.Config, "--data": e.root.Data} {
			if v != "" {
				args = append(args, flag, v)
			}
		}
		p.Args = args
		if Run(e.ctx, p) != exitOK {
			e.partial = true
			continue
		}
		if first, _, _ := strings.Cut(out.String(), "\n"); !e.json() {
			if _, err := io.WriteString(e.Stdout, first+"\n"); err != nil {
				return err
			}
		}
	}
	if e.json() {
		return e.print(map[string]int{"applied": len(calls)}, nil)
	}
	return nil
}
