package app

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Template is the commented configuration file: the manual of every key.
//
//go:embed config.template.yml
var Template []byte

// maxConfigFile bounds the file: a wrong path should not fill the memory.
const maxConfigFile = 1 << 20

// A Source is where configuration comes from, besides the defaults.
type Source struct {
	File   string                      // path of the YAML file; "" for none
	Lookup func(string) (string, bool) // the environment
	Flags  map[string]string           // values by path, of the flags that were given
}

// LoadConfig puts the configuration together: flags over environment over file
// over base. The error holds every fault at once, each with its path.
func LoadConfig(base Config, src Source) (Config, error) {
	c := base
	var faults []error
	if src.File != "" {
		f, err := os.Open(src.File)
		if err != nil {
			return c, fmt.Errorf("configuration file: %w", err)
		}
		text, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
		err = errors.Join(err, f.Close())
		switch {
		case err != nil:
			return c, fmt.Errorf("configuration file %s: %w", src.File, err)
		case len(text) > maxConfigFile:
			return c, fmt.Errorf("configuration file %s is larger than %d bytes", src.File, maxConfigFile)
		}
		for _, err := range decodeFile(&c, text) {
			faults = append(faults, fmt.Errorf("%s: %w", src.File, err))
		}
	}
	for _, f := range Fields(&c) {
		if src.Lookup != nil {
			if v, ok := src.Lookup(f.Env()); ok {
				if err := f.Set(v); err != nil {
					faults = append(faults, fmt.Errorf("environment %s (%s): %w", f.Env(), f.Path, err))
				}
			}
		}
		if v, ok := src.Flags[f.Path]; ok {
			if err := f.Set(v); err != nil {
				faults = append(faults, fmt.Errorf("flag --%s (%s): %w", f.Flag(), f.Path, err))
			}
		}
	}
	faults = append(faults, c.faults()...)
	return c, errors.Join(faults...)
}

// decodeFile sets c from YAML text and gives every fault.
func decodeFile(c *Config, text []byte) []error {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil // nothing but comments
		}
		return []error{err}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return []error{errors.New("want one YAML document, found more")}
	}
	d := decoder{fields: map[string]Field{}, groups: map[string]bool{"": true}}
	for _, f := range Fields(c) {
		d.fields[f.Path] = f
		for i := range f.Path {
			if f.Path[i] == '.' {
				d.groups[f.Path[:i]] = true
			}
		}
	}
	d.mapping(doc.Content[0], "")
	return d.faults
}

type decoder struct {
	fields map[string]Field
	groups map[string]bool
	faults []error
}

func (d *decoder) fault(n *yaml.Node, path, format string, args ...any) {
	if path != "" {
		path += ": "
	}
	d.faults = append(d.faults, fmt.Errorf("line %d: %s%s", n.Line, path, fmt.Sprintf(format, args...)))
}

func (d *decoder) mapping(n *yaml.Node, prefix string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // a group with everything commented out
	}
	if n.Kind != yaml.MappingNode {
		d.fault(n, prefix, "want keys and values")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		path := key.Value
		if prefix != "" {
			path = prefix + "." + key.Value
		}
		f, leaf := d.fields[path]
		switch {
		case seen[path]:
			d.fault(key, path, "is given twice")
		case leaf:
			d.leaf(value, f)
		case d.groups[path]:
			d.mapping(value, path)
		default:
			d.fault(key, path, "unknown key%s", d.suggest(path))
		}
		seen[path] = true
	}
}

func (d *decoder) leaf(n *yaml.Node, f Field) {
	text := n.Value
	switch {
	case n.Kind == yaml.SequenceNode && f.isForms():
		text = d.forms(n, f.Path)
	case n.Kind == yaml.SequenceNode:
		var items []string
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				d.fault(item, f.Path, "want a list of plain values")
				return
			}
			items = append(items, item.Value)
		}
		text = strings.Join(items, ",")
	case n.Kind != yaml.ScalarNode:
		d.fault(n, f.Path, "want a value")
		return
	case n.Tag == "!!null":
		return // the key with its value commented out
	}
	if err := f.Set(text); err != nil {
		d.fault(n, f.Path, "%v", err)
	}
}

// suggest finds the known key that an unknown one was probably meant to be.
func (d *decoder) suggest(path string) string {
	best, bestDistance := "", 4
	for _, known := range slices.Sorted(func(yield func(string) bool) {
		for p := range d.fields {
			if !yield(p) {
				return
			}
		}
		for p := range d.groups {
			if !yield(p) {
				return
			}
		}
	}) {
		if dist := distance(path, known); dist < bestDistance {
			best, bestDistance = known, dist
		}
	}
	if best == "" {
		return "; `wardbridge config template` lists those there are"
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is the number of single-byte edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Validate gives every fault of the configuration at once, each with its path.
func (c *Config) Validate() error { return errors.Join(c.faults()...) }

func (c *Config) faults() []error {
	var out []error
	bad := func(path, format string, args ...any) {
		out = append(out, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
	}
	oneOf := func(path, got string, want ...string) {
		if !slices.Contains(want, got) {
			bad(path, "%q is not one of %s", got, strings.Join(want, ", "))
		}
	}
	if c.Data == "" {
		bad("data", "is required")
	}
	for path, addr := range map[string]string{"listen": c.Listen, "metrics.listen": c.Metrics.Listen} {
		if addr == "" && path == "metrics.listen" {
			continue
		}
		if _, _, err := net.SplitHostPort(addr); err != nil {
			bad(path, "%q is not host:port", addr)
		}
	}
	if c.PublicURL != "" && !originURL(c.PublicURL) {
		bad("public_url", "%q is not an origin such as https://fhir.example.org (no path)", c.PublicURL)
	}
	if c.Tracing.Endpoint != "" && !originURL(c.Tracing.Endpoint) {
		bad("tracing.endpoint", "%q is not an origin such as http://127.0.0.1:4318", c.Tracing.Endpoint)
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		bad("tls", "cert and key go together")
	}
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "text", "json")
	oneOf("tokens.algorithm", c.Tokens.Algorithm, "ES256", "ES384", "RS256")
	for i, p := range c.SignIn.Issuers {
		if err := p.fault(); err != nil {
			bad(fmt.Sprintf("sign_in.issuers[%d]", i), "%v", err)
		}
	}
	for i, p := range c.Patients.Partners {
		if err := p.fault(); err != nil {
			bad(fmt.Sprintf("patients.partners[%d]", i), "%v", err)
		}
	}
	c.ranges(bad)
	slices.SortFunc(out, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return out
}

// ranges checks the numbers.
func (c *Config) ranges(bad func(path, format string, args ...any)) {
	for _, l := range []struct {
		path   string
		n      int64
		lo, hi int64
	}{
		{"limits.body_bytes", int64(c.Limits.BodyBytes), 64 << 10, 1 << 30},
		{"limits.depth", int64(c.Limits.Depth), 16, fhir.MaxDepth},
		{"limits.batch_entries", int64(c.Limits.BatchEntries), minBatchEntries, 100_000},
		{"limits.batch_parallel", int64(c.Limits.BatchParallel), 1, 1024},
		{"limits.url_bytes", int64(c.Limits.URLBytes), 1 << 10, 1 << 20},
		{"limits.header_bytes", int64(c.Limits.HeaderBytes), 4 << 10, 1 << 20},
		{"page.default_count", int64(c.Page.DefaultCount), 1, int64(max(1, c.Page.MaxCount))},
		{"page.max_count", int64(c.Page.MaxCount), 1, 10_000},
	} {
		if l.n < l.lo || l.n > l.hi {
			bad(l.path, "%d is not between %d and %d", l.n, l.lo, l.hi)
		}
	}
	for _, l := range []struct {
		path      string
		d, lo, hi time.Duration
	}{
		{"limits.header_time", c.Limits.HeaderTime, 100 * time.Millisecond, 10 * time.Minute},
		{"limits.request_time", c.Limits.RequestTime, 100 * time.Millisecond, time.Hour},
		{"limits.idle_time", c.Limits.IdleTime, time.Second, time.Hour},
		{"limits.drain_time", c.Limits.DrainTime, 0, time.Hour},
		{"outbound.timeout", c.Outbound.Timeout, 100 * time.Millisecond, 10 * time.Minute},
		{"tokens.lifetime", c.Tokens.Lifetime, time.Minute, 24 * time.Hour},
	} {
		if l.d < l.lo || l.d > l.hi {
			bad(l.path, "%v is not between %v and %v", l.d, l.lo, l.hi)
		}
	}
	if r := c.Tokens.Rotation; r != 0 && r < 24*time.Hour {
		bad("tokens.rotation", "%v is less than a day; 0 turns rotation off", r)
	}
	for path, r := range map[string]float64{"rate.client": c.Rate.Client, "rate.address": c.Rate.Address} {
		if !(r >= 0 && r <= 1e6) {
			bad(path, "%v is not between 0 and 1000000", r)
		}
	}
}

// originURL reports whether s is scheme and host alone.
func originURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}
