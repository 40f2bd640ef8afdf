package wire

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// pageParam carries a sealed page link.
const pageParam = "_page"

// A page is what a next link stands for: the first page's request, where to go
// on, and the total, which stays the same on every page (REQ-SRCH-6). It only
// ever leaves the process sealed.
type page struct {
	Interaction fhir.Interaction `json:"i"`
	Type        string           `json:"t,omitempty"`
	ID          string           `json:"id,omitempty"`
	Params      []fhir.Param     `json:"p,omitempty"`
	Used        []fhir.Param     `json:"u,omitempty"`
	Strict      bool             `json:"s,omitempty"`
	Cursor      []byte           `json:"c"`
	Total       int              `json:"n"`
	Known       fhir.TotalKind   `json:"k"`
}

var errPage = fhir.Errorf(fhir.KindGone, "not-found", "This page link has expired or is not yours. Start the search again from its first page.")

// paged finishes a search or history: parameters, or the page a link stands
// for.
func (c *Codec) paged(in *Incoming, req *fhir.Request, query []fhir.Param) (*fhir.Request, error) {
	for _, p := range query {
		if p.Name != pageParam {
			continue
		}
		if c.Pages == nil {
			return nil, errPage
		}
		state, err := c.Pages.Open(p.Value)
		if err != nil {
			return nil, errPage
		}
		var pg page
		if err := json.Unmarshal(state, &pg); err != nil || pg.Interaction != req.Interaction || pg.Type != req.Type || pg.ID != req.ID {
			return nil, errPage
		}
		in.page = &pg
		req.Params, req.Cursor, req.Strict = pg.Params, pg.Cursor, pg.Strict
		return req, nil
	}
	req.Params = c.relative(query)
	return req, nil
}

// links appends the self and next links of a searchset or history.
func (c *Codec) links(b []byte, in *Incoming, resp *fhir.Response) ([]byte, error) {
	req, used := in.Request, resp.Used
	if in.page != nil {
		used = in.page.Used
	}
	path := c.Base
	if req.Type != "" {
		path += "/" + req.Type
	}
	if req.ID != "" {
		path += "/" + req.ID
	}
	if req.Interaction == fhir.History {
		path += "/_history"
	}
	b = append(b, `,"link":[{"relation":"self","url":`...)
	b = fhir.AppendString(b, withQuery(path, used))
	b = append(b, '}')
	if resp.Next != nil && c.Pages != nil {
		pg := page{
			Interaction: req.Interaction, Type: req.Type, ID: req.ID, Params: req.Params, Strict: req.Strict,
			Used: used, Cursor: resp.Next, Total: resp.Total, Known: resp.Known,
		}
		state, err := json.Marshal(pg)
		if err != nil {
			return nil, err
		}
		sealed, err := c.Pages.Seal(state)
		if err != nil {
			return nil, err
		}
		b = append(b, `,{"relation":"next","url":`...)
		b = fhir.AppendString(b, path+"?"+pageParam+"="+sealed)
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

// withQuery renders the parameters a search honoured. FHIR's own punctuation
// stays readable where RFC 3986 allows it in a query.
func withQuery(path string, params []fhir.Param) string {
	if len(params) == 0 {
		return path
	}
	var s strings.Builder
	s.WriteString(path)
	for i, p := range params {
		if i == 0 {
			s.WriteByte('?')
		} else {
			s.WriteByte('&')
		}
		s.WriteString(readable.Replace(url.QueryEscape(p.Name)))
		s.WriteByte('=')
		s.WriteString(readable.Replace(url.QueryEscape(p.Value)))
	}
	return s.String()
}

var readable = strings.NewReplacer("%3A", ":", "%2C", ",", "%2F", "/")
