package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
)

type tokenCmd struct {
	Client string `help:"Client id. Default: the demo's client, when the data directory has a demo." placeholder:"ID"`
	Tenant string `help:"Tenant to ask for: a GUID, or in a demo dstu2, stu3 or r4." placeholder:"GUID"`
	URL    string `name:"url" help:"Token URL. Default: the demo's, else the one of the configured address." placeholder:"URL"`
	Secret string `name:"secret-file" help:"File with the client's secret. Default: WARDBRIDGE_CLIENT_SECRET, or the demo's." type:"existingfile" placeholder:"FILE"`
}

// Help is the long help.
func (tokenCmd) Help() string {
	return `Prints the token alone, so that it can stand in a command. The secret comes from a file or the environment, never from the
command line, which other users of the machine can read.

Examples:
  curl -H "Authorization: Bearer $(wardbridge token --tenant r4)" http://127.0.0.1:8080/fhir/r4/Patient
  WARDBRIDGE_CLIENT_SECRET=wbs_… wardbridge token --client wbc-… --tenant 11111111-1111-4111-8111-111111111111`
}

// Run runs the command.
func (c *tokenCmd) Run(e *env) error {
	cfg, err := e.config(app.Defaults())
	if err != nil {
		return err
	}
	var demo app.DemoFile
	if text, err := os.ReadFile(filepath.Join(cfg.Data, app.DemoName)); err == nil {
		if err := json.Unmarshal(text, &demo); err != nil {
			return fmt.Errorf("%s: %w", app.DemoName, err)
		}
	}
	secret, err := c.secret(e, demo)
	if err != nil {
		return err
	}
	tenant := c.Tenant
	if guid, ok := demo.Tenants[tenant]; ok {
		tenant = guid
	}
	id := firstOf(c.Client, demo.ClientID)
	if id == "" || secret == "" {
		return usagef("name the client with --client, and give its secret by --secret-file or WARDBRIDGE_CLIENT_SECRET")
	}
	target := firstOf(c.URL, demo.TokenURL)
	if target == "" {
		scheme := "http://"
		if cfg.TLS.Cert != "" {
			scheme = "https://"
		}
		target = firstOf(strings.TrimRight(cfg.PublicURL, "/"), scheme+cfg.Listen) + "/oauth2/token"
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	if tenant != "" {
		form.Set("scope", tenant)
	}
	answer, err := askToken(e.ctx, target, form)
	if err != nil {
		return err
	}
	return e.print(answer, func(p *printer) { p.line("%s", answer.AccessToken) })
}

func (c *tokenCmd) secret(e *env, demo app.DemoFile) (string, error) {
	if c.Secret != "" {
		text, err := os.ReadFile(c.Secret)
		return strings.TrimSpace(string(text)), err
	}
	if s, ok := e.Lookup("WARDBRIDGE_CLIENT_SECRET"); ok {
		return s, nil
	}
	if c.Client != "" && c.Client != demo.ClientID {
		return "", nil
	}
	return demo.ClientSecret, nil
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	Error       string `json:"error,omitempty"`
	Description string `json:"error_description,omitempty"`
}

// askToken asks the operator's own server, wherever that is.
func askToken(ctx context.Context, target string, form url.Values) (answer tokenAnswer, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("%w; is the server running? Name another with --url", err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, fmt.Errorf("%s answered %s, which is no token", target, resp.Status)
	}
	if answer.AccessToken == "" {
		return answer, fmt.Errorf("%s answered %s: %s: %s", target, resp.Status, answer.Error, answer.Description)
	}
	return answer, nil
}
