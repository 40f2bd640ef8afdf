package cli

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"

	"github.com/wardbridge/wardbridge/internal/app"
)

type demoCmd struct {
	kong.Plugins
	flags settings
}

// Help is the long help.
func (demoCmd) Help() string {
	return `Makes what is missing in the data directory and serves it: for each FHIR version an open store with made-up patients, a
provider and a tenant, and one client. Prints calls to paste, and writes demo.json into the data directory for scripts.
It listens on this machine only. Started again, it finds everything as it was.

Example:
  wardbridge demo --data ./data --listen 127.0.0.1:8080`
}

// Run runs the command.
func (c *demoCmd) Run(e *env) error {
	base := app.Defaults()
	base.Log.Level = "warn"
	if err := app.DemoConfig(e.dataDir(base)); err != nil {
		return err
	}
	cfg, err := e.config(base)
	if err != nil {
		return err
	}
	var demo app.DemoFile
	return e.serve(app.Options{Config: cfg, Demo: true}, func(s *app.System) (err error) {
		demo, err = s.Demo(e.ctx)
		return err
	}, func(net.Addr) {
		_ = e.print(demo, func(p *printer) { // the server runs whether or not this is read
			p.line("%s", tour(demo, filepath.Join(cfg.Data, app.DemoName), cfg.Data))
		})
	})
}

const tourText = `
Wardbridge is running: {{.Origin}}/    stop it with Ctrl-C

  FHIR endpoints    {{index .Endpoints "dstu2"}}   tenant {{index .Tenants "dstu2"}}
                    {{index .Endpoints "stu3"}}    tenant {{index .Tenants "stu3"}}
                    {{index .Endpoints "r4"}}      tenant {{index .Tenants "r4"}}
  token URL         {{.TokenURL}}
  client            {{.ClientID}}
  secret, for scripts in {{.File}}

Paste this into another terminal: a token for the R4 tenant, then that tenant's records.

  TOKEN=$(curl -s {{.TokenURL}} -d grant_type=client_credentials \
    -d client_id={{.ClientID}} -d client_secret={{.ClientSecret}} \
    -d scope={{index .Tenants "r4"}} | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

  curl -s -H "Authorization: Bearer $TOKEN" "{{index .Endpoints "r4"}}/Patient?_count=3&_pretty=true"
  curl -s -H "Authorization: Bearer $TOKEN" -d family=chau "{{index .Endpoints "r4"}}/Patient/_search?_pretty=true"
  curl -s -H "Authorization: Bearer $TOKEN" "{{index .Endpoints "r4"}}/Observation?patient={{.Patient}}&category=vital-signs&_sort=-date&_count=2&_pretty=true"

No token is needed for what the endpoints announce, nor for the demo's own open stores:

  curl -s "{{index .Endpoints "stu3"}}/metadata?_pretty=true"
  curl -s "{{index .Stores "stu3"}}/Patient?_summary=count"

And beside the running server:

  {{.Self}} audit search --data {{.Data}} --limit 5
  {{.Self}} tenant list --data {{.Data}}
`

// tour is what to do next, ready to be pasted.
func tour(d app.DemoFile, file, data string) string {
	var b strings.Builder
	t := template.Must(template.New("tour").Parse(tourText))
	err := t.Execute(&b, struct {
		app.DemoFile
		Origin, File, Data, Self, Patient string
	}{d, strings.TrimSuffix(d.TokenURL, "/oauth2/token"), file, data, "bin/wardbridge", app.DemoPatient()})
	if err != nil {
		return fmt.Sprint(err)
	}
	return b.String()
}
