package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A gateway is a running wardbridge with a tenant for each load.
type gateway struct {
	binary, data, origin string

	cmd    *exec.Cmd
	log    *os.File
	client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	tokens map[string]string
}

// serve serves a new data directory of this name; its log is beside it.
func (p *peers) serve(ctx context.Context, name string) (*gateway, error) {
	g := &gateway{binary: p.bin, data: p.path(name), tokens: map[string]string{}}
	if err := os.RemoveAll(g.data); err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	g.origin = "http://" + addr
	if g.log, err = os.Create(p.path(name + ".log")); err != nil {
		return nil, err
	}
	g.cmd = exec.CommandContext(ctx, g.binary, "serve", "--data", g.data, "--listen", addr)
	g.cmd.Env = outboundAllowed()
	g.cmd.Stdout, g.cmd.Stderr = g.log, g.log
	g.cmd.Cancel = func() error { return g.cmd.Process.Signal(syscall.SIGTERM) }
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	if err := g.ready(ctx); err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

// startGateway serves a new data directory and registers HAPI's bases as an
// operator would.
func (p *peers) startGateway(ctx context.Context) (*gateway, error) {
	g, err := p.serve(ctx, "gateway")
	if err != nil {
		return nil, err
	}
	for i, l := range p.loads {
		if err := g.register(ctx, i, l, p.hapi.origin); err != nil {
			return nil, errors.Join(err, g.stop())
		}
	}
	out, err := g.run(ctx, "client", "create", "peers", "--all-tenants", "--output", "json")
	if err == nil {
		err = json.Unmarshal(out, &g.client)
	}
	if err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

func (g *gateway) register(ctx context.Context, i int, l *load, origin string) error {
	name := "hapi-" + l.version + "-" + l.name
	if _, err := g.run(ctx, "provider", "add", name, "--url", origin+"/"+l.base()); err != nil {
		return err
	}
	_, err := g.run(ctx, "tenant", "map", tenant(i), name)
	return err
}

// tenant is the tenant of the nth load.
func tenant(i int) string { return fmt.Sprintf("99999999-9999-4999-8999-%012d", i) }

func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (g *gateway) ready(ctx context.Context) error {
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(50 * time.Millisecond) { // another process: there is no event to wait for
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.origin+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the gateway is not ready; see %s", g.log.Name())
}

// run runs a command on the gateway's data, beside the server.
func (g *gateway) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.binary, append(args, "--data", g.data)...)
	cmd.Env = outboundAllowed()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("wardbridge %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

func (g *gateway) stop() error {
	defer func() { _ = g.log.Close() }()
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("the gateway ended with %w; see %s", err, g.log.Name())
	}
	return nil
}

// token is a new token for the tenant. A change by a command reaches the
// server within a second, so that the first answers may be refusals.
func (g *gateway) token(ctx context.Context, tenant string) (string, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {g.client.ID}, "client_secret": {g.client.Secret}, "scope": {tenant},
	}.Encode()
	var status int
	var body []byte
	for range 40 {
		var err error
		status, body, err = g.call(ctx, http.MethodPost, "/oauth2/token", "", "application/x-www-form-urlencoded", form)
		if err != nil {
			return "", err
		}
		if status == http.StatusOK {
			var v struct {
				Token string `json:"access_token"`
			}
			return v.Token, json.Unmarshal(body, &v)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", fmt.Errorf("no token for %s: %d %s", tenant, status, body)
}

func (g *gateway) call(ctx context.Context, method, path, token, contentType, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, g.origin+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}
