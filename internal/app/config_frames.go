package app

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// Origins are those of pages elsewhere, as text separated by commas or spaces.
type Origins []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Origins) UnmarshalText(text []byte) error {
	out := Origins{}
	for _, s := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || r == ' ' }) {
		s = strings.TrimRight(strings.ToLower(s), "/")
		if err := frameFault(s); err != nil {
			return err
		}
		out = append(out, s)
	}
	*o = out
	return nil
}

// MarshalText gives the text that UnmarshalText reads.
func (o Origins) MarshalText() ([]byte, error) { return []byte(strings.Join(o, ",")), nil }

// hostForm is a host that a content security policy takes as it is: nothing in
// it can end a source or the directive. A * stands for the first label only,
// above two others.
var hostForm = regexp.MustCompile(`^(\*\.[a-z0-9-]+\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$`)

// frameFault says what is wrong with an origin that may frame the pages. Plain
// http is for this machine: elsewhere anybody on the way could be that origin.
func frameFault(s string) error {
	u, err := url.Parse(s)
	if err != nil || !originURL(s) || s != u.Scheme+"://"+u.Host || !hostForm.MatchString(u.Hostname()) || strings.Contains(u.Host, "[") || strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("%q is not an origin such as https://portal.example.org or https://*.example.org (no path)", s)
	}
	ip := net.ParseIP(u.Hostname())
	if local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback(); u.Scheme != "https" && !local {
		return fmt.Errorf("%q is not protected by TLS: want https", s)
	}
	return nil
}
