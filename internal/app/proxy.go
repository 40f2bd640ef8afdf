package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A proxies is the networks whose forwarding headers are believed.
type proxies []netip.Prefix

func (p proxies) trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// An origin is where a request comes from and what the client called us.
type origin struct {
	remote  netip.Addr
	scheme  string
	host    string
	trusted bool // the connection itself comes from a trusted proxy
}

// A hop is what one proxy says about the side it received the request from.
type hop struct{ addr, proto, host string }

// resolve finds the origin of r. Forwarding headers count only from trusted
// proxies, and only as far as the chain of trusted ones reaches: they are read
// from the right, since every proxy appends and anyone may have written what
// stands further left.
func (p proxies) resolve(r *http.Request) origin {
	o := origin{scheme: "http", host: r.Host}
	if r.TLS != nil {
		o.scheme = "https"
	}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		o.remote = ap.Addr().Unmap()
	}
	if len(p) == 0 || !p.trusts(o.remote) {
		return o
	}
	o.trusted = true
	hops := forwarded(r.Header)
	if hops == nil {
		hops = xForwarded(r.Header)
	}
	for _, h := range slices.Backward(hops) {
		if s := strings.ToLower(h.proto); s == "http" || s == "https" {
			o.scheme = s
		}
		if validHost(h.host) {
			o.host = h.host
		}
		a, ok := hopAddr(h.addr)
		if !ok {
			break // unknown or obfuscated: what lies behind cannot be told
		}
		o.remote = a
		if !p.trusts(a) {
			break
		}
	}
	return o
}

// forwarded reads RFC 7239, nil when the header is absent.
func forwarded(h http.Header) []hop {
	values := h.Values("Forwarded")
	if len(values) == 0 {
		return nil
	}
	var hops []hop
	for _, element := range splitQuoted(strings.Join(values, ","), ',') {
		var x hop
		for _, pair := range splitQuoted(element, ';') {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = unquote(strings.TrimSpace(value))
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "for":
				x.addr = value
			case "proto":
				x.proto = value
			case "host":
				x.host = value
			}
		}
		hops = append(hops, x)
	}
	return hops
}

// xForwarded reads the older headers. The lists need not be equally long: many
// proxies append to For and set Proto and Host; the rightmost of each belong
// together, and the leftmost there is stands for those that lack one.
func xForwarded(h http.Header) []hop {
	list := func(name string) []string {
		var out []string
		for _, line := range h.Values(name) {
			for s := range strings.SplitSeq(line, ",") {
				out = append(out, strings.TrimSpace(s))
			}
		}
		return out
	}
	addrs, protos, hosts := list("X-Forwarded-For"), list("X-Forwarded-Proto"), list("X-Forwarded-Host")
	n := max(len(addrs), len(protos), len(hosts))
	fromRight := func(s []string, back int) string {
		switch {
		case len(s) == 0:
			return ""
		case back < len(s):
			return s[len(s)-1-back]
		}
		return s[0]
	}
	hops := make([]hop, n)
	for back := range n {
		x := hop{proto: fromRight(protos, back), host: fromRight(hosts, back)}
		if back < len(addrs) {
			x.addr = fromRight(addrs, back)
		}
		hops[n-1-back] = x
	}
	return hops
}

// splitQuoted splits at sep outside of quoted strings.
func splitQuoted(s string, sep byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i < len(s)-2 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hopAddr reads an address with or without brackets and port.
func hopAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// validHost reports whether s can be the authority of a URL we publish.
func validHost(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._:[]", rune(c)) {
			return false
		}
	}
	return true
}
