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
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A server is a child process that listens on addr.
type server struct {
	cmd  *exec.Cmd
	addr string
	log  *bytes.Buffer
	took time.Duration // from start to ready
}

// freeAddr finds a loopback port nobody listens on.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// start runs bin with args and waits until ready answers 200.
func start(ctx context.Context, addr, ready, bin string, args ...string) (*server, error) {
	s := &server{addr: addr, log: &bytes.Buffer{}}
	s.cmd = exec.CommandContext(ctx, bin, args...)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, s.log
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < 60*time.Second {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+ready, nil)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.took = time.Since(begin)
				return s, nil
			}
		}
		time.Sleep(2 * time.Millisecond) // waiting for another process: there is no event to wait for
	}
	s.stop()
	return nil, fmt.Errorf("%s did not become ready:\n%s", bin, s.log)
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// memory is the resident set in MB.
func (s *server) memory() float64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// cpu is the processor time used so far.
func (s *server) cpu() time.Duration {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // clock ticks of 1/100 s
}

// A cli runs wardbridge commands on one data directory.
type cli struct{ bin, data string }

func (c cli) run(ctx context.Context, out any, args ...string) error {
	cmd := exec.CommandContext(ctx, c.bin, append(args, "--data", c.data, "--output", "json")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("wardbridge %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("wardbridge %s: %w in %.200s", strings.Join(args, " "), err, b)
	}
	return nil
}

// token asks for one.
func token(ctx context.Context, addr, form string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/oauth2/token", strings.NewReader(form))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	t := accessToken(b)
	if t == "" {
		return "", fmt.Errorf("no token: %s", b)
	}
	return t, nil
}

var errNoToken = errors.New("no access_token in the answer")

func accessToken(body []byte) string {
	_, rest, ok := bytes.Cut(body, []byte(`"access_token":"`))
	if !ok {
		return ""
	}
	t, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(t)
}
