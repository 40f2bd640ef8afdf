package app

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOrigin(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, tc := range []struct {
		name   string
		from   string
		tls    bool
		header http.Header
		want   string // scheme host remote
	}{
		{name: "direct", from: "203.0.113.5:1", want: "http in.example 203.0.113.5"},
		{name: "direct, TLS", from: "203.0.113.5:1", tls: true, want: "https in.example 203.0.113.5"},
		{
			name: "an outsider's headers are ignored", from: "203.0.113.5:1",
			header: http.Header{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}, "Forwarded": {"for=1.1.1.1;host=evil"}},
			want:   "http in.example 203.0.113.5",
		},
		{
			name: "one proxy", from: "10.1.1.1:1",
			header: http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"fhir.example.org"}},
			want:   "https fhir.example.org 198.51.100.7",
		},
		{
			name: "what the client wrote itself stands left and is not believed", from: "10.1.1.1:1",
			header: http.Header{"X-Forwarded-For": {"6.6.6.6, 198.51.100.7"}, "X-Forwarded-Proto": {"https"}},
			want:   "https in.example 198.51.100.7",
		},
		{
			name: "two trusted proxies", from: "10.1.1.1:1",
			header: http.Header{"X-Forwarded-For": {"198.51.100.7, 10.2.2.2"}, "X-Forwarded-Proto": {"https, http"}, "X-Forwarded-Host": {"fhir.example.org, inner"}},
			want:   "https fhir.example.org 198.51.100.7",
		},
		{
			name: "RFC 7239", from: "10.1.1.1:1",
			header: http.Header{"Forwarded": {`for=6.6.6.6, for="[2001:db8::1]:47";proto=https;host="fhir.example.org", for=10.2.2.2;proto=http`}},
			want:   "https fhir.example.org 6.6.6.6",
		},
		{
			name: "RFC 7239 wins over the older headers", from: "10.1.1.1:1",
			header: http.Header{"Forwarded": {"for=198.51.100.7;proto=https"}, "X-Forwarded-For": {"6.6.6.6"}},
			want:   "https in.example 198.51.100.7",
		},
		{
			name: "obfuscated", from: "10.1.1.1:1",
			header: http.Header{"Forwarded": {"for=_hidden;proto=https"}},
			want:   "https in.example 10.1.1.1",
		},
		{
			name: "a host that is none", from: "10.1.1.1:1",
			header: http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Host": {`a"><script>`}},
			want:   "http in.example 198.51.100.7",
		},
		{
			name: "only a scheme", from: "10.1.1.1:1", header: http.Header{"X-Forwarded-Proto": {"https"}},
			want: "https in.example 10.1.1.1",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.Host, r.RemoteAddr, r.Header = "in.example", tc.from, tc.header
			if tc.tls {
				r.TLS = &tls.ConnectionState{}
			}
			o := trusted.resolve(r)
			if got := o.scheme + " " + o.host + " " + o.remote.String(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzForwarded(f *testing.F) {
	for _, s := range []string{`for=1.2.3.4;proto=https;host=a`, `for="[::1]:80", for=_x`, `"`, `for="\"`, `;;,,==`} {
		f.Add(s, s)
	}
	trusted := proxies{netip.MustParsePrefix("0.0.0.0/0")}
	f.Fuzz(func(t *testing.T, forwarded, x string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Host, r.RemoteAddr = "in.example", "10.0.0.1:1"
		r.Header = http.Header{"Forwarded": {forwarded}, "X-Forwarded-For": {x}, "X-Forwarded-Host": {x}, "X-Forwarded-Proto": {x}}
		o := trusted.resolve(r)
		if !validHost(o.host) || (o.scheme != "http" && o.scheme != "https") || !o.remote.IsValid() {
			t.Fatalf("origin %+v", o)
		}
	})
}
