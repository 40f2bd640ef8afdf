package adapt

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const xhtml = "http://www.w3.org/1999/xhtml"

// elements are those FHIR allows in a narrative
// (https://hl7.org/fhir/R4/narrative.html#xhtml), less those that load or do
// something. The value is true when nothing may stand within (void elements).
var elements = map[string]bool{
	"a": false, "abbr": false, "acronym": false, "b": false, "big": false, "blockquote": false, "br": true, "caption": false, "cite": false,
	"code": false, "col": true, "colgroup": false, "dd": false, "dfn": false, "div": false, "dl": false, "dt": false, "em": false, "h1": false,
	"h2": false, "h3": false, "h4": false, "h5": false, "h6": false, "hr": true, "i": false, "li": false, "ol": false, "p": false, "pre": false,
	"q": false, "samp": false, "small": false, "span": false, "strong": false, "sub": false, "sup": false, "table": false, "tbody": false,
	"td": false, "tfoot": false, "th": false, "thead": false, "tr": false, "tt": false, "ul": false, "var": false,
}

// attributes that say nothing but how a thing is called or laid out.
var attributes = map[string]bool{
	"abbr": true, "align": true, "border": true, "cellpadding": true, "cellspacing": true, "class": true, "colspan": true, "dir": true,
	"headers": true, "id": true, "lang": true, "rowspan": true, "scope": true, "span": true, "summary": true, "title": true, "valign": true,
	"width": true, "name": true, "start": true, "type": true,
}

// narrative makes a text.div safe: only the elements and attributes above are
// left, in the XHTML namespace (REQ-SEC-8). A div that is safe already stays
// byte for byte.
func (p *pass) narrative(n fhir.Node) {
	if raw := n.Raw(); len(raw) > 2 && inSource.plain(raw[1:len(raw)-1]) && !bytes.Contains(raw, []byte(`\u`)) {
		return
	}
	div := n.String()
	if safe := Sanitise(div); safe != div {
		p.replace(n, text(safe))
	}
}

// maxOpen bounds how deep elements stand within each other.
const maxOpen = 200

// Sanitise gives the narrative div with everything but text and harmless
// markup taken out.
func Sanitise(div string) string {
	if inText.plain([]byte(div)) {
		return div
	}
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(div))
	var open []string
	dropped := "" // the element whose whole content is being left out
	for {
		switch z.Next() {
		case html.ErrorToken:
			for _, name := range slices.Backward(open) {
				out.WriteString("</" + name + ">")
			}
			s := out.String()
			if !strings.HasPrefix(s, "<div ") {
				s = `<div xmlns="` + xhtml + `">` + s + `</div>`
			}
			return s
		case html.TextToken:
			if dropped == "" {
				out.WriteString(html.EscapeString(z.Token().Data))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			void, known := elements[t.Data]
			switch {
			case dropped != "":
			case !known:
				if hides(t.Data) && t.Type == html.StartTagToken {
					dropped = t.Data
				}
			default:
				if len(open) == maxOpen && !void {
					continue // its text stays
				}
				writeTag(&out, t, void || t.Type == html.SelfClosingTagToken, len(open) == 0 && out.Len() == 0)
				if !void && t.Type == html.StartTagToken {
					open = append(open, t.Data)
				}
			}
		case html.EndTagToken:
			t := z.Token()
			if dropped != "" {
				if t.Data == dropped {
					dropped = ""
				}
				continue
			}
			open = closeTag(&out, open, t.Data)
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// closeTag closes the innermost open element of that name and all within it.
func closeTag(out *strings.Builder, open []string, name string) []string {
	for i, o := range slices.Backward(open) {
		if o != name {
			continue
		}
		for _, inner := range slices.Backward(open[i:]) {
			out.WriteString("</" + inner + ">")
		}
		return open[:i]
	}
	return open
}

// hides tells the elements whose content is not text for a reader.
func hides(name string) bool {
	switch name {
	case "script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math", "title", "head", "textarea", "select", "xmp", "noembed", "noframes":
		return true
	}
	return false
}

func writeTag(out *strings.Builder, t html.Token, closed, first bool) {
	out.WriteString("<" + t.Data)
	if first && t.Data == "div" {
		out.WriteString(` xmlns="` + xhtml + `"`)
	}
	for _, a := range t.Attr {
		if a.Key == "href" && t.Data == "a" && safeLink(a.Val) || attributes[a.Key] {
			out.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
		}
	}
	if closed {
		out.WriteString("/>")
		return
	}
	out.WriteString(">")
}

// safeLink takes web, mail and telephone links and those within the text.
func safeLink(s string) bool {
	for _, prefix := range []string{"https://", "http://", "mailto:", "tel:", "#"} {
		if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// quoted is how quotation marks are written where a div stands: in a text, or in
// the source of a JSON string that has no \u escapes, where all else that
// matters is written as it is.
type quoted struct{ mark, opening, value []byte }

var inText, inSource = quotedBy(`"`), quotedBy(`\"`)

func quotedBy(mark string) quoted {
	return quoted{mark: []byte(mark), opening: []byte("<div xmlns=" + mark + xhtml + mark), value: []byte("=" + mark)}
}

// plain reports whether a div is certainly safe and well placed already: it
// opens with the namespace and holds only known elements with known, quoted
// attributes. It may say no to a safe div, never yes to an unsafe one.
func (q *quoted) plain(s []byte) bool {
	rest, ok := bytes.CutPrefix(s, q.opening)
	if !ok || !bytes.HasSuffix(s, []byte("</div>")) {
		return false
	}
	if rest, ok = q.attributes(rest); !ok {
		return false
	}
	depth := 1
	for {
		text, tag, found := bytes.Cut(rest, []byte("<"))
		if bytes.IndexByte(text, '>') >= 0 {
			return false
		}
		if !found {
			return depth == 0
		}
		var closing bool
		rest, closing = bytes.CutPrefix(tag, []byte("/"))
		n := 0
		for n < len(rest) && (rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		void, known := elements[string(rest[:n])]
		rest = rest[n:]
		if !known || depth == 0 {
			return false
		}
		if closing {
			if !bytes.HasPrefix(rest, []byte(">")) {
				return false
			}
			rest, depth = rest[1:], depth-1
			continue
		}
		end := bytes.IndexByte(rest, '>')
		selfClosed := end > 0 && rest[end-1] == '/'
		if rest, ok = q.attributes(rest); !ok || void != selfClosed {
			return false
		}
		if !void {
			depth++
		}
	}
}

// attributes reads attributes up to the end of the tag and gives what follows
// it.
func (q *quoted) attributes(s []byte) (rest []byte, ok bool) {
	for {
		s = bytes.TrimLeft(s, " \n\r\t")
		switch {
		case bytes.HasPrefix(s, []byte(">")):
			return s[1:], true
		case bytes.HasPrefix(s, []byte("/>")):
			return s[2:], true
		}
		name, after, found := bytes.Cut(s, q.value)
		if !found || !attributes[string(name)] {
			return nil, false
		}
		value, after, found := bytes.Cut(after, q.mark)
		if !found || bytes.ContainsAny(value, "<>") {
			return nil, false
		}
		s = after
	}
}
