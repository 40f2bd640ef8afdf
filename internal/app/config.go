package app

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Config is everything that can be configured. Each leaf has one path
// (`log.level`), which is its place in the YAML file, its flag (`--log-level`)
// and its environment variable (`WARDBRIDGE_LOG_LEVEL`). The help tag is the
// flag's help.
//
// Secrets have no leaf: keys and certificates are named by their files.
type Config struct {
	Data      string `yaml:"data" help:"Data directory: databases, stores and keys. Made when absent."`
	Listen    string `yaml:"listen" help:"Address to listen on, host:port."`
	PublicURL string `yaml:"public_url" help:"URL that clients reach this server by, such as https://fhir.example.org. Unset: taken from each request."`

	TLS struct {
		Cert string `yaml:"cert" help:"PEM certificate chain. Read again when the file changes."`
		Key  string `yaml:"key" help:"PEM private key of the certificate."`
	} `yaml:"tls"`

	TrustedProxies []netip.Prefix `yaml:"trusted_proxies" aliases:"trusted-proxy" help:"Proxies (CIDR) whose Forwarded, X-Forwarded-* and X-Request-Id headers are believed."`

	Log struct {
		Level  string `yaml:"level" help:"debug, info, warn or error."`
		Format string `yaml:"format" help:"text or json."`
	} `yaml:"log"`

	Outbound struct {
		Allow   []netip.Prefix `yaml:"allow" help:"Private networks (CIDR) that outgoing connections may reach. Unset: public addresses only."`
		Timeout time.Duration  `yaml:"timeout" help:"Time limit of one outgoing request."`
		CAFile  string         `yaml:"ca_file" help:"PEM certificates to trust beside the system's."`
	} `yaml:"outbound"`

	Limits struct {
		BodyBytes     Bytes         `yaml:"body_bytes" help:"Largest request body."`
		Depth         int           `yaml:"depth" help:"Deepest nesting of a JSON body, at most 64."`
		BatchEntries  int           `yaml:"batch_entries" help:"Most entries of a batch or transaction."`
		BatchParallel int           `yaml:"batch_parallel" help:"Entries of one batch worked on at once."`
		URLBytes      Bytes         `yaml:"url_bytes" help:"Longest URL."`
		HeaderBytes   Bytes         `yaml:"header_bytes" help:"Most bytes of request headers."`
		HeaderTime    time.Duration `yaml:"header_time" help:"Time a client has to send its headers."`
		RequestTime   time.Duration `yaml:"request_time" help:"Time a request may take."`
		IdleTime      time.Duration `yaml:"idle_time" help:"Time an unused connection stays open."`
		DrainTime     time.Duration `yaml:"drain_time" help:"Time running requests have to finish at shutdown."`
	} `yaml:"limits"`

	Tokens struct {
		Lifetime  time.Duration `yaml:"lifetime" help:"How long an access token is good for."`
		Algorithm string        `yaml:"algorithm" help:"Signing algorithm of new keys: ES256, ES384 or RS256."`
		Rotation  time.Duration `yaml:"rotation" help:"Age at which the signing key is replaced. 0: only by command."`
	} `yaml:"tokens"`

	Rate struct {
		Client  float64 `yaml:"client" help:"Token requests a second per client. 0: no limit."`
		Address float64 `yaml:"address" help:"Token requests a second per address. 0: no limit."`
	} `yaml:"rate"`

	SignIn struct {
		Local   bool    `yaml:"local" help:"People may have local accounts, with a username and a password."`
		Issuers Issuers `yaml:"issuers" help:"OpenID providers people sign in with: id=…&name=…&url=…&client_id=…&secret_file=…, separated by spaces."`
	} `yaml:"sign_in"`

	Patients struct {
		Partners Partners `yaml:"partners" help:"Record systems that the Patients app offers ready-made: id=…&name=…&link=…&client_id=…&secret_file=…, separated by spaces."`
		// FrameAncestors are beside the hosts of Teams, which always may.
		FrameAncestors Origins `yaml:"frame_ancestors" help:"Origins of other pages that may show the Patients app in a frame, beside Microsoft Teams, such as https://portal.example.org."`
	} `yaml:"patients"`

	Metrics struct {
		Listen string `yaml:"listen" help:"Serve /metrics at this address only. Unset: on the main one."`
	} `yaml:"metrics"`

	Tracing struct {
		Endpoint string `yaml:"endpoint" help:"OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318. Unset: no traces."`
	} `yaml:"tracing"`

	Keys struct {
		Dir string `yaml:"dir" help:"Directory of the server's keys. Unset: keys in the data directory."`
	} `yaml:"keys"`

	Page struct {
		DefaultCount int `yaml:"default_count" help:"Resources on a page when a search says no _count."`
		MaxCount     int `yaml:"max_count" help:"Most resources on a page, whatever _count says."`
	} `yaml:"page"`
}

// Defaults is the configuration of `wardbridge serve` without a file, a
// variable or a flag.
func Defaults() Config {
	var c Config
	c.Data = "data"
	c.Listen = "127.0.0.1:8080"
	c.Log.Level, c.Log.Format = "info", "text"
	c.Outbound.Timeout = 10 * time.Second
	c.Limits.BodyBytes = 8 << 20
	c.Limits.Depth = fhir.MaxDepth
	c.Limits.BatchEntries = 300
	c.Limits.BatchParallel = 16
	c.Limits.URLBytes = 16 << 10
	c.Limits.HeaderBytes = 64 << 10
	c.Limits.HeaderTime = 10 * time.Second
	c.Limits.RequestTime = 30 * time.Second
	c.Limits.IdleTime = 2 * time.Minute
	c.Limits.DrainTime = 20 * time.Second
	c.Tokens.Lifetime = time.Hour
	c.Tokens.Algorithm = "ES256"
	c.Tokens.Rotation = 30 * 24 * time.Hour
	c.Rate.Client, c.Rate.Address = 200, 200
	c.SignIn.Local = true
	c.Page.DefaultCount, c.Page.MaxCount = 50, 1000
	return c
}

// KeysDir is where the server's keys are.
func (c *Config) KeysDir() string {
	if c.Keys.Dir != "" {
		return c.Keys.Dir
	}
	return filepath.Join(c.Data, "keys")
}

// Bytes is a size: a number, with KiB, MiB or GiB after it or not.
type Bytes int64

var byteUnits = []struct {
	suffix string
	shift  uint
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	shift := uint(0)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, shift = strings.TrimSpace(rest), u.shift
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > int64(1)<<(62-shift) {
		return fmt.Errorf("want a size such as 8MiB, 64KiB or 4096")
	}
	*b = Bytes(n << shift)
	return nil
}

// MarshalText gives the size in its largest whole unit.
func (b Bytes) MarshalText() ([]byte, error) {
	for _, u := range byteUnits {
		if b != 0 && b&(1<<u.shift-1) == 0 {
			return []byte(strconv.FormatInt(int64(b)>>u.shift, 10) + u.suffix), nil
		}
	}
	return []byte("0"), nil
}

// minBatchEntries is what the interface asks every partner to take.
const minBatchEntries = 256
