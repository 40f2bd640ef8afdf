package outbound

import "net/netip"

// A network that is not the public Internet, and what it is.
type special struct {
	prefix netip.Prefix
	what   string
}

// specials are the networks of the IANA special-purpose address registries
// that must not be reached by a name somebody else chooses. An address inside
// an IPv6 transition network is refused whole: what it stands for may be inside.
func specials() []special {
	list := []struct{ prefix, what string }{
		{"169.254.169.254/32", "cloud metadata"},
		{"fd00:ec2::254/128", "cloud metadata"},
		{"100.100.100.200/32", "cloud metadata"},
		{"168.63.129.16/32", "cloud metadata"},
		{"127.0.0.0/8", "loopback"},
		{"::1/128", "loopback"},
		{"0.0.0.0/8", "unspecified"},
		{"::/128", "unspecified"},
		{"10.0.0.0/8", "private"},
		{"172.16.0.0/12", "private"},
		{"192.168.0.0/16", "private"},
		{"fc00::/7", "private"},
		{"fec0::/10", "site-local"},
		{"169.254.0.0/16", "link-local"},
		{"fe80::/10", "link-local"},
		{"100.64.0.0/10", "shared by carriers"},
		{"224.0.0.0/4", "multicast"},
		{"ff00::/8", "multicast"},
		{"240.0.0.0/4", "reserved"},
		{"192.0.0.0/24", "reserved"},
		{"198.18.0.0/15", "for benchmarks"},
		{"2001:2::/48", "for benchmarks"},
		{"192.0.2.0/24", "for documentation"},
		{"198.51.100.0/24", "for documentation"},
		{"203.0.113.0/24", "for documentation"},
		{"2001:db8::/32", "for documentation"},
		{"3fff::/20", "for documentation"},
		{"192.88.99.0/24", "a relay"},
		{"::ffff:0:0/96", "IPv4-mapped"},
		{"::/96", "IPv4-compatible"},
		{"64:ff9b::/96", "NAT64"},
		{"64:ff9b:1::/48", "NAT64"},
		{"2002::/16", "6to4"},
		{"2001::/32", "Teredo"},
		{"100::/64", "discarded"},
		{"5f00::/16", "segment routing"},
	}
	out := make([]special, len(list))
	for i, s := range list {
		out[i] = special{netip.MustParsePrefix(s.prefix), s.what}
	}
	return out
}

// judge says why an address is refused, "" when it is not. a is not IPv4-mapped.
func (d *Dialer) judge(a netip.Addr) string {
	a = a.WithZone("")
	for _, p := range d.cfg.Allow {
		if p.Contains(a) {
			return ""
		}
	}
	for _, s := range d.specials {
		if s.prefix.Contains(a) {
			return s.what
		}
	}
	if !a.IsValid() {
		return "no address"
	}
	return ""
}
