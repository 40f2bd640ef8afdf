package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/wardbridge/wardbridge/internal/app"
)

// A Process is what a program gets from its surroundings.
type Process struct {
	Args           []string // without the program's name
	Lookup         func(string) (string, bool)
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Version, Date  string // set by the linker; may be empty
}

// Exit codes.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

// root is the grammar of the command line.
type root struct {
	Config string `help:"Configuration file (YAML). Also WARDBRIDGE_CONFIG. Default: wardbridge.yml in the data directory, if there is one." placeholder:"FILE" short:"c"`
	Data   string `help:"Data directory. Also WARDBRIDGE_DATA." placeholder:"DIR" short:"d"`
	Output string `help:"text or json." enum:"text,json" default:"text" short:"o"`

	Serve    serveCmd    `cmd:"" help:"Run the server."`
	Demo     demoCmd     `cmd:"" help:"Run a server with sample stores, tenants and a client, on this machine only."`
	Client   clientCmd   `cmd:"" help:"Programs that may ask for tokens."`
	Secret   secretCmd   `cmd:"" help:"The secrets of clients."`
	Tenant   tenantCmd   `cmd:"" help:"Which customer's records are whose."`
	Provider providerCmd `cmd:"" help:"The FHIR servers behind tenants."`
	Store    storeCmd    `cmd:"" help:"Embedded FHIR stores."`
	Person   personCmd   `cmd:"" help:"People who use the pages."`
	Audit    auditCmd    `cmd:"" help:"Who asked for what."`
	Keys     keysCmd     `cmd:"" help:"Keys that sign tokens."`
	Token    tokenCmd    `cmd:"" help:"Ask a running server for a token and print it."`

	Settings   configCmd     `cmd:"" name:"config" help:"Check and print the configuration."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Completion completionCmd `cmd:"" help:"Print a completion script for a shell."`
}

// An env is what commands work with.
type env struct {
	Process
	ctx   context.Context //nolint:containedctx // a command is one call in flight
	root  *root
	model *kong.Application
	flags map[string]string // configuration given by flags, by path
	files map[string]string // what was read of secrets, by file
	// partial: something was refused, though the command went on.
	partial bool
}

// Run runs one command and gives its exit code.
func Run(ctx context.Context, p Process) int {
	p.Version, p.Date = versionOf(p)
	e := &env{Process: p, ctx: ctx, root: &root{}, flags: map[string]string{}, files: map[string]string{}}
	exited := -1
	parser, err := e.parser(func(code int) { exited = code })
	if err != nil {
		return e.fail(err)
	}
	e.model = parser.Model
	args := p.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was asked for and given
	}
	if err != nil {
		return e.usage(parser, err)
	}
	e.collect()
	if err := k.Run(e); err != nil {
		return e.fail(err)
	}
	if e.partial {
		return exitFail
	}
	return exitOK
}

const description = `Wardbridge connects a hospital's health record to the place where its care team works: an authorization
server, and one FHIR endpoint in three versions that routes each call to the provider of the tenant in its token.

Begin with:
  wardbridge demo                        a server to play with, and calls to paste
  wardbridge config template > w.yml     the manual of every setting
  wardbridge serve -c w.yml              the real thing

A real installation takes four more commands, any time, beside the running server:
  wardbridge store create main --version r4
  wardbridge provider add clinic --store main
  wardbridge tenant map 11111111-1111-4111-8111-111111111111 clinic
  wardbridge client create "Patients app" --tenant 11111111-1111-4111-8111-111111111111`

func (e *env) parser(exit func(int)) (*kong.Kong, error) {
	e.root.Serve.Plugins = kong.Plugins{e.root.Serve.flags.reset()}
	e.root.Demo.Plugins = kong.Plugins{e.root.Demo.flags.reset()}
	return kong.New(e.root,
		kong.Name("wardbridge"),
		kong.Description(description),
		kong.Writers(e.Stdout, e.Stderr),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 110}),
		kong.UsageOnError(),
	)
}

// usage says what was wrong with the command line.
func (e *env) usage(_ *kong.Kong, err error) int {
	command := []string{"wardbridge"}
	var pe *kong.ParseError
	if errors.As(err, &pe) && pe.Context != nil {
		if c := pe.Context.Command(); c != "" {
			for word := range strings.FieldsSeq(c) {
				if !strings.HasPrefix(word, "<") {
					command = append(command, word)
				}
			}
		}
	}
	e.errorf("wardbridge: %v\nTry: %s --help\n", err, strings.Join(command, " "))
	return exitUsage
}

// fail says why a command did not do what it was asked.
func (e *env) fail(err error) int {
	if errors.Is(err, context.Canceled) && e.ctx.Err() != nil {
		e.errorf("wardbridge: interrupted\n")
		return exitFail
	}
	text := err.Error()
	if strings.Contains(text, "\n") {
		text = "\n  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
	e.errorf("wardbridge: %s\n", text)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFail
}

// A usageError is a command asked wrongly in a way the parser cannot see.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func (e *env) errorf(format string, args ...any) {
	_, _ = fmt.Fprintf(e.Stderr, format, args...) // nobody is left to tell
}

// settings are the flags of the configuration, made from its table so that
// they cannot differ from the file and the environment.
type settings struct{ value reflect.Value }

// reset makes an empty set of flags and gives the struct that kong fills.
func (s *settings) reset() any {
	var cfg app.Config
	var fields []reflect.StructField
	for i, f := range app.Fields(&cfg) {
		if f.Path == "data" {
			continue // a flag of every command
		}
		tag := fmt.Sprintf(`name:%q help:%q group:"Configuration (also in the file and as %s…):" placeholder:"…"`, f.Flag(), f.Help, "WARDBRIDGE_")
		if f.Aliases != "" {
			tag += fmt.Sprintf(` aliases:%q`, f.Aliases)
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: reflect.TypeFor[*string](), Tag: reflect.StructTag(tag)})
	}
	s.value = reflect.New(reflect.StructOf(fields))
	return s.value.Interface()
}

// collect takes the flags that were given.
func (e *env) collect() {
	if e.root.Data != "" {
		e.flags["data"] = e.root.Data
	}
	for _, s := range []settings{e.root.Serve.flags, e.root.Demo.flags} {
		v := s.value.Elem()
		var cfg app.Config
		for i, f := range app.Fields(&cfg) {
			field := v.FieldByName(fmt.Sprintf("F%d", i))
			if field.IsValid() && !field.IsNil() {
				e.flags[f.Path] = field.Elem().String()
			}
		}
	}
}

// config puts the configuration together. Where no file is named, the one in
// the data directory counts, so that commands and server agree.
func (e *env) config(base app.Config) (app.Config, error) {
	file := e.root.Config
	if file == "" {
		file, _ = e.Lookup("WARDBRIDGE_CONFIG")
	}
	dir := e.dataDir(base)
	beside := ""
	if own := filepath.Join(dir, app.ConfigName); file == "" {
		if _, err := os.Stat(own); err == nil {
			file, beside = own, own
		}
	}
	c, err := app.LoadConfig(base, app.Source{File: file, Lookup: e.Lookup, Flags: e.flags})
	if err != nil {
		return c, fmt.Errorf("the configuration has faults:\n%w", err)
	}
	if beside != "" && c.Data != dir {
		return c, fmt.Errorf("the configuration has faults:\n%s: data: this file is in the data directory %s and cannot say that it is %s", beside, dir, c.Data)
	}
	return c, nil
}

// dataDir is the data directory as far as flags and environment say.
func (e *env) dataDir(base app.Config) string {
	if e.root.Data != "" {
		return e.root.Data
	}
	if dir, ok := e.Lookup("WARDBRIDGE_DATA"); ok {
		return dir
	}
	return base.Data
}

// with opens the data directory for a command.
func (e *env) with(do func(s *app.System) error) (err error) {
	c, err := e.config(app.Defaults())
	if err != nil {
		return err
	}
	s, err := app.Open(e.ctx, app.Options{Config: c, Version: e.Version, Date: e.date()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

// actor names who runs the command, for the audit record.
func (e *env) actor() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "cli:" + u.Username
	}
	return "cli"
}

func (e *env) date() time.Time {
	t, err := time.Parse(time.RFC3339, e.Date)
	if err != nil {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// versionOf falls back on what Go knows about the build.
func versionOf(p Process) (version, date string) {
	version, date = p.Version, p.Date
	if version == "" {
		version = "devel"
		if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
			version = b.Main.Version
		}
	}
	return version, date
}
