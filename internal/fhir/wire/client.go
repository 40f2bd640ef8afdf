package wire

import (
	"bytes"
	"net/http"
	"net/url"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Client is the other end of a [Codec]: it gives a request the form of HTTP
// and reads what came back. It opens no connection. It is a value, made for
// each call or kept, and safe for concurrent use.
type Client struct {
	// Version is the server's. Zero is not known yet: only capabilities can
	// then be asked.
	Version fhir.Version
	Base    *Endpoint
	// Media is sent as Accept and Content-Type; "" is the version's own.
	Media string
	// Depth bounds the nesting of an answer; 0, and at most, fhir.MaxDepth.
	Depth int
}

// An Outgoing is a request in the form of HTTP.
type Outgoing struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte // nil is none
	// Empty says that there is nothing to ask: a batch without an entry that
	// could be sent. Decode then takes a nil Reply.
	Empty bool
}

// A Reply is a server's answer: status, header and the whole body.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// accept is the media type that answers are wanted in.
func (c *Client) accept() string {
	switch {
	case c.Media != "":
		return c.Media
	case !c.Version.Valid():
		return mediaSTU3 + ", " + mediaDSTU2 + ";q=0.9, " + mediaJSON + ";q=0.8"
	}
	return MediaType(c.Version)
}

// content is the media type of what is sent.
func (c *Client) content() string {
	if c.Media != "" {
		return c.Media
	}
	return MediaType(c.Version)
}

// parse reads a body that should be one FHIR resource. What it gives is valid
// JSON with an object at its root.
func (c *Client) parse(body []byte) (fhir.Node, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	depth := c.Depth
	if depth == 0 {
		depth = fhir.MaxDepth
	}
	doc, err := fhir.ParseDepth(body, depth)
	if err != nil {
		return fhir.Node{}, err
	}
	return doc.Root(), nil
}
