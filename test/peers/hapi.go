package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// hapi is the Java process that serves all bases.
type hapi struct {
	stdin   io.Closer // its end is the end of the process
	log     *os.File
	origin  string // scheme, host and port
	version string
	kill    func() error
	done    chan error // how it ended; one value
}

const (
	heap      = "-Xmx2g"         // the other flags below are for a quick start
	startTime = 10 * time.Minute // on a slow machine that does other things
	stopTime  = 30 * time.Second
)

// java is a command of the Java part, with its class path.
func (o options) java(ctx context.Context, class string, args ...string) (*exec.Cmd, error) {
	libraries, err := os.ReadFile(filepath.Join(o.hapi, "classpath"))
	if err != nil {
		return nil, fmt.Errorf("the Java part is not built; run `make peers`: %w", err)
	}
	path := filepath.Join(o.hapi, "classes") + string(os.PathListSeparator) + strings.TrimSpace(string(libraries))
	args = append([]string{heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", path, "org.wardbridge.peers." + class}, args...)
	return exec.CommandContext(ctx, "java", args...), nil
}

// startHAPI serves the bases ("r4/a") and waits until all of them answer.
func startHAPI(ctx context.Context, o options, bases []string) (*hapi, error) {
	if o.origin != "" {
		return running(ctx, o.origin, bases[0])
	}
	ready := filepath.Join(o.dir, "hapi.ready")
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	cmd, err := o.java(ctx, "HapiServer", append([]string{ready}, bases...)...)
	if err != nil {
		return nil, err
	}
	h := &hapi{done: make(chan error, 1)}
	if h.log, err = os.Create(filepath.Join(o.dir, "hapi.log")); err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = h.log, h.log
	if h.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	fmt.Printf("starting HAPI with %d databases; log: %s\n", len(bases), h.log.Name())
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h.kill = cmd.Process.Kill
	go func() { h.done <- cmd.Wait() }()
	if err := h.wait(ready); err != nil {
		return nil, err
	}
	fmt.Printf("HAPI %s answers at %s after %v\n", h.version, h.origin, time.Since(begin).Round(time.Second))
	return h, nil
}

// running is a server that somebody else started and will stop.
func running(ctx context.Context, origin, base string) (*hapi, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/"+base+"/metadata", http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var v struct{ Software struct{ Version string } }
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		return nil, fmt.Errorf("%s/%s/metadata is no statement: %w", origin, base, err)
	}
	return &hapi{origin: origin, version: v.Software.Version}, nil
}

// wait waits for the file in which the server writes its origin and version.
func (h *hapi) wait(ready string) error {
	timeout := time.After(startTime)
	for {
		raw, err := os.ReadFile(ready)
		if err == nil {
			h.origin, h.version, _ = strings.Cut(string(raw), " ")
			return nil
		}
		select {
		case err := <-h.done:
			return fmt.Errorf("HAPI ended before it was ready (%w); see %s", err, h.log.Name())
		case <-timeout:
			return errors.Join(fmt.Errorf("HAPI was not ready after %v; see %s", startTime, h.log.Name()), h.stop())
		case <-time.After(200 * time.Millisecond): // another process: there is no event to wait for
		}
	}
}

// stop ends the process as it wants to be ended, or else kills it.
func (h *hapi) stop() error {
	if h.stdin == nil {
		return nil // who started it stops it
	}
	defer func() { _ = h.log.Close() }()
	if err := h.stdin.Close(); err != nil {
		return err
	}
	select {
	case err := <-h.done:
		return err
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("HAPI did not stop in %v", stopTime), h.kill())
	}
}
