package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const tenant = "11111111-1111-4111-8111-111111111111"

// fullRecords is how many patients with a whole record stand beside those of
// which little is known; the searches ask for theirs.
const fullRecords = 300

type bench struct {
	options
	ours, bare *server
	form       string // of a token request
	auth       string // Authorization header line
	ids, full  []string
	idle       float64 // MB resident once ready
}

func (b *bench) wants(part string) bool { return b.only == "" || b.only == part }

func (b *bench) all(ctx context.Context) error {
	fmt.Println("Wardbridge against bare handlers, generator on the same machine. A ratio of 1 is as fast as the bare handler.")
	if b.wants("read") || b.wants("search") || b.wants("token") || b.wants("batch") {
		if err := b.setUp(ctx, b.patients, "main"); err != nil {
			return err
		}
		defer b.ours.stop()
		defer b.bare.stop()
		for _, part := range []struct {
			name string
			run  func(context.Context) error
		}{{"read", b.read}, {"search", b.search}, {"token", b.token}, {"batch", b.batch}} {
			if b.wants(part.name) {
				if err := part.run(ctx); err != nil {
					return fmt.Errorf("%s: %w", part.name, err)
				}
			}
		}
	}
	if b.wants("remote") || b.only == "forward" {
		if err := b.remote(ctx); err != nil {
			return fmt.Errorf("remote: %w", err)
		}
	}
	if b.growth > 0 && b.wants("growth") {
		return b.grow(ctx)
	}
	return nil
}

// setUp fills a store with generated patients, maps a tenant to it and starts
// both servers.
func (b *bench) setUp(ctx context.Context, patients int, name string) error {
	c := cli{b.bin, filepath.Join(b.dir, name)}
	var client struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	begin := time.Now()
	filling := [][]string{
		{"store", "create", "s", "--version", "r4"},
		{"store", "generate", "s", "--patients", fmt.Sprint(patients), "--lite"},
		{"store", "generate", "s", "--patients", fmt.Sprint(fullRecords), "--seed", "2"},
		{"provider", "add", "p", "--store", "s"},
		{"tenant", "map", tenant, "p"},
	}
	if _, err := os.Stat(c.data); err == nil {
		filling = nil // kept from an earlier run
	}
	for _, cmd := range filling {
		if err := c.run(ctx, nil, cmd...); err != nil {
			return err
		}
	}
	fmt.Printf("\n%d patients generated and stored in %v\n", patients, time.Since(begin).Round(10*time.Millisecond))
	if err := c.run(ctx, &client, "client", "create", "bench", "--tenant", tenant); err != nil {
		return err
	}
	b.form = "grant_type=client_credentials&client_id=" + client.ClientID + "&client_secret=" + client.ClientSecret + "&scope=" + tenant
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	if b.ours, err = start(ctx, addr, "/readyz", b.bin, "serve", "--data", c.data, "--listen", addr, "--log-level", "error",
		"--rate-client", "0", "--rate-address", "0"); err != nil {
		return err
	}
	b.idle = b.ours.memory() // before the first request
	if b.bare == nil {
		if b.bare, err = b.startBare(ctx); err != nil {
			return err
		}
	}
	t, err := token(ctx, addr, b.form)
	if err != nil {
		return err
	}
	b.auth = "Authorization: Bearer " + t + "\r\n"
	return b.findPatients(ctx)
}

// findPatients pages through the store for ids to ask for.
func (b *bench) findPatients(ctx context.Context) error {
	c, err := dial(ctx, b.ours.addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.c.Close() }()
	b.ids = nil
	target := "/fhir/r4/Patient?_count=1000&_elements=id"
	for target != "" {
		status, body, err := c.do([]byte("GET " + target + " HTTP/1.1\r\nHost: " + b.ours.addr + "\r\n" + b.auth + "\r\n"))
		if err != nil || status != 200 {
			return fmt.Errorf("listing patients: status %d, %w: %.300s", status, err, body)
		}
		text := string(body)
		for _, part := range strings.Split(text, `"fullUrl":"`)[1:] {
			url, _, _ := strings.Cut(part, `"`)
			b.ids = append(b.ids, url[strings.LastIndexByte(url, '/')+1:])
		}
		target = ""
		if _, next, ok := strings.Cut(text, `"relation":"next","url":"http://`+b.ours.addr); ok {
			target, _, _ = strings.Cut(next, `"`)
		}
	}
	b.full = nil
	for _, id := range b.ids {
		if strings.HasPrefix(id, "g2-") {
			b.full = append(b.full, id)
		}
	}
	if len(b.full) == 0 {
		return fmt.Errorf("none of %d patients has a whole record", len(b.ids))
	}
	return nil
}

func targets(ids []string, format string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = fmt.Sprintf(format, id)
	}
	return out
}

// row prints ours against bare.
func row(what string, ours, bare result, bar float64) {
	verdict := ""
	ratio := ours.perSecond / bare.perSecond
	if bar > 0 {
		verdict = fmt.Sprintf("  bar %.2f %s", bar, map[bool]string{true: "met", false: "MISSED"}[ratio >= bar])
	}
	fmt.Printf("%-58s %7.0f/s p99 %8v cpu %6v | bare %7.0f/s p99 %8v cpu %6v | ratio %.2f%s\n",
		what, ours.perSecond, ours.p99.Round(10*time.Microsecond), ours.cpu.Round(time.Microsecond),
		bare.perSecond, bare.p99.Round(10*time.Microsecond), bare.cpu.Round(time.Microsecond), ratio, verdict)
}

func (b *bench) pair(ctx context.Context, what string, connections int, bar float64, ours, bare step) error {
	// Both warm up first, so that neither pays for the other's cold start.
	if _, err := load(ctx, b.bare.addr, connections, b.each/4, bare); err != nil {
		return fmt.Errorf("%s, bare: %w", what, err)
	}
	if _, err := load(ctx, b.ours.addr, connections, b.each/4, ours); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	x, err := measured(ctx, b.ours, connections, b.each, ours)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	y, err := measured(ctx, b.bare, connections, b.each, bare)
	if err != nil {
		return fmt.Errorf("%s, bare: %w", what, err)
	}
	row(what, x, y, bar)
	return nil
}

// measured is a load run with the processor time the server took for each
// request.
func measured(ctx context.Context, s *server, connections int, d time.Duration, st step) (result, error) {
	before := s.cpu()
	r, err := load(ctx, s.addr, connections, d, st)
	if err == nil {
		r.cpu = (s.cpu() - before) / time.Duration(r.requests)
	}
	return r, err
}

// size asks once to learn how many bytes an answer has.
func (b *bench) size(ctx context.Context, s step) (int, error) {
	c, err := dial(ctx, b.ours.addr)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.c.Close() }()
	return s(c, 1)
}

func (b *bench) read(ctx context.Context) error {
	fmt.Printf("\nGET Patient/{id}, random of %d\n", len(b.ids))
	ours := get(b.ours.addr, b.auth, targets(b.ids, "/fhir/r4/Patient/%s"))
	n, err := b.size(ctx, ours)
	if err != nil {
		return err
	}
	audited := get(b.bare.addr, "", []string{fmt.Sprintf("/audited?n=%d", n)})
	plain := get(b.bare.addr, "", []string{fmt.Sprintf("/bytes?n=%d", n)})
	for _, c := range []int{64, 1, 16, 256} {
		bar := 0.0
		if c == 64 {
			bar = 0.6
		}
		if err := b.pair(ctx, fmt.Sprintf("%3d connections, bare with the same durable append", c), c, bar, ours, audited); err != nil {
			return err
		}
		if err := b.pair(ctx, fmt.Sprintf("%3d connections, bare without an append", c), c, 0, ours, plain); err != nil {
			return err
		}
	}
	fmt.Printf("resident after the read load: %.0f MB (bar 256)\n", b.ours.memory())
	return nil
}

func (b *bench) search(ctx context.Context) error {
	fmt.Println("\nthe app's vitals search: patient, category, newest first, 20 resources")
	ours := get(b.ours.addr, b.auth, targets(b.full, "/fhir/r4/Observation?patient=%s&category=vital-signs&_sort=-date&_count=20"))
	n, err := b.size(ctx, ours)
	if err != nil {
		return err
	}
	fmt.Printf("an answer has %d bytes\n", n)
	for _, c := range []int{64, 1} {
		bar := 0.0
		if c == 64 {
			bar = 0.25
		}
		if err := b.pair(ctx, fmt.Sprintf("%3d connections, bare without an append", c), c, bar, ours, get(b.bare.addr, "", []string{fmt.Sprintf("/bytes?n=%d", n)})); err != nil {
			return err
		}
		if err := b.pair(ctx, fmt.Sprintf("%3d connections, bare with the same durable append", c), c, 0, ours, get(b.bare.addr, "", []string{fmt.Sprintf("/audited?n=%d", n)})); err != nil {
			return err
		}
	}
	return nil
}

const formHeader = "Content-Type: application/x-www-form-urlencoded\r\n"

func (b *bench) token(ctx context.Context) error {
	fmt.Println("\ntokens")
	if err := b.pair(ctx, " 64 connections, token; bare makes one ES256 signature", 64, 0.5,
		post(b.ours.addr, "/oauth2/token", formHeader, b.form), post(b.bare.addr, "/sign", formHeader, b.form)); err != nil {
		return err
	}
	sign := postBytes(b.bare.addr, "/sign", formHeader, b.form)
	ask := postBytes(b.ours.addr, "/oauth2/token", formHeader, b.form)
	n, err := b.size(ctx, get(b.ours.addr, b.auth, targets(b.ids, "/fhir/r4/Patient/%s")))
	if err != nil {
		return err
	}
	ours := func(c *conn, i int) (int, error) {
		_, body, err := c.do(ask)
		if err != nil {
			return 0, err
		}
		t := accessToken(body)
		if t == "" {
			return 0, errNoToken
		}
		req := "GET /fhir/r4/Patient/" + b.ids[scramble(i)%len(b.ids)] + " HTTP/1.1\r\nHost: " + b.ours.addr + "\r\nAuthorization: Bearer " + t + "\r\n\r\n"
		status, body, err := c.do([]byte(req))
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %.300s", status, body)
		}
		return len(body), err
	}
	verified := []byte(fmt.Sprintf("GET /verified?n=%d HTTP/1.1\r\nHost: %s\r\n\r\n", n, b.bare.addr))
	bare := func(c *conn, _ int) (int, error) {
		if _, _, err := c.do(sign); err != nil {
			return 0, err
		}
		_, body, err := c.do(verified)
		return len(body), err
	}
	return b.pair(ctx, " 64 connections, token + read with it; bare signs, verifies", 64, 0.5, ours, bare)
}

// batch compares processor time: six entries in one batch against the same six
// calls alone.
func (b *bench) batch(ctx context.Context) error {
	fmt.Println("\nbatch over the store: processor time of six entries in one batch against six single calls")
	kinds := []string{
		"Observation?patient=%s&_sort=-date&category=vital-signs", "Condition?patient=%s&_count=10", "Encounter?patient=%s&_sort=-date&_count=1",
		"AllergyIntolerance?patient=%s", "MedicationRequest?patient=%s&_count=10", "Coverage?patient=%s",
	}
	var entries, singles []string
	for _, k := range kinds {
		k = fmt.Sprintf(k, b.full[0])
		entries = append(entries, `{"request":{"method":"GET","url":"`+k+`"}}`)
		singles = append(singles, "/fhir/r4/"+k)
	}
	body := `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Join(entries, ",") + `]}`
	measure := func(s step, per int) (time.Duration, error) {
		before := b.ours.cpu()
		r, err := load(ctx, b.ours.addr, 8, b.each, s)
		if err != nil {
			return 0, err
		}
		return (b.ours.cpu() - before) / time.Duration(r.requests) * time.Duration(per), nil
	}
	batch, err := measure(post(b.ours.addr, "/fhir/r4", b.auth+"Content-Type: application/fhir+json\r\n", body), 1)
	if err != nil {
		return err
	}
	single, err := measure(get(b.ours.addr, b.auth, singles), len(singles))
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %v | six calls %v | ratio %.2f  bar 1.00 %s\n", "CPU", batch, single, float64(batch)/float64(single), map[bool]string{true: "met", false: "MISSED"}[batch <= single])
	return nil
}
