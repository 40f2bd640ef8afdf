package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Operations of the FHIR faces, in the app's own vocabulary (interface §11).
// Token and configuration events are named by those who record them
// (TokenIssue, ClientCreate …).
const (
	PatientSearch      = "PatientSearch"
	PatientView        = "PatientView"
	PatientDetailsEdit = "PatientDetailsEdit"
	EHRConnectionSet   = "EHRConnectionSet"

	chainStart = "ChainStart" // the first record of every chain
)

// Phases of a write. A read has none: it is recorded once, after.
const (
	Intent  = "intent"
	Outcome = "outcome"
)

// A Record is one event. Empty fields are left out when it is stored.
type Record struct {
	Time        time.Time // set by the Log when zero; kept to the microsecond
	RequestID   string    // shared by all entries of a batch
	Entry       int       // index in the batch; -1 for a request of its own
	Tenant      string
	Client      string
	TokenID     string
	Operation   string
	Interaction string // of FHIR; empty for other events, which have no Entry either
	Type        string // resource type asked for
	Target      string // "Type/id" a read or write is about, whatever its outcome
	IDs         []string
	Patients    []string // ids of the patients whose data this is about
	Params      []string // names, never values
	Status      int      // as HTTP would have it
	Phase       string
	Provider    string
	Store       string
	Remote      string   // client address
	Actor       string   // who, when it is neither a client nor a person: "cli"
	Person      string   // id of the person who did it, in the Patients app
	Space       string   // id of the space it was done in
	List        string   // id of the patient list
	Entries     []string // ids of the entries of lists it is about
	Connection  string   // id of the connection whose Patients these are
	Detail      string   // never personal data, secrets or tokens

	// Set when read back.
	Chain string
	Seq   int64
	Hash  string
	Links []Link // of a chain's first record
}

// A Link vouches for the record seq of another chain.
type Link struct {
	Chain string
	Seq   int64
	Hash  string
}

// Bounds that keep one odd request from filling the record with junk.
const (
	maxNames  = 64
	maxName   = 64
	maxDetail = 1024
)

// A Line is an encoded record that is not yet part of a chain.
type Line struct {
	Time int64  // µs since 1970
	Body []byte // members without braces, seq and hash
}

// Encode gives the canonical form: members in a fixed order, no spaces, empty
// ones left out.
func (r *Record) Encode() Line {
	ids := 0
	for _, s := range r.IDs {
		ids += len(s) + 3
	}
	return r.appendTo(make([]byte, 0, 384+ids+len(r.Detail)))
}

func (r *Record) appendTo(b []byte) Line {
	t := r.Time.UTC().Truncate(time.Microsecond)
	b = append(b, `"time":"`...)
	b = t.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	b = append(b, '"')
	b = appendMember(b, "operation", r.Operation)
	b = appendMember(b, "request", r.RequestID)
	if r.hasEntry() {
		b = append(b, `,"entry":`...)
		b = strconv.AppendInt(b, int64(r.Entry), 10)
	}
	b = appendMember(b, "phase", r.Phase)
	b = appendMember(b, "tenant", r.Tenant)
	b = appendMember(b, "client", r.Client)
	b = appendMember(b, "token", r.TokenID)
	b = appendMember(b, "actor", r.Actor)
	b = appendMember(b, "person", r.Person)
	b = appendMember(b, "remote", r.Remote)
	b = appendMember(b, "space", r.Space)
	b = appendMember(b, "list", r.List)
	b = appendList(b, "entries", r.Entries, -1, -1)
	b = appendMember(b, "connection", r.Connection)
	b = appendMember(b, "provider", r.Provider)
	b = appendMember(b, "store", r.Store)
	b = appendMember(b, "interaction", r.Interaction)
	b = appendMember(b, "type", r.Type)
	b = appendMember(b, "target", r.Target)
	b = appendList(b, "params", r.Params, maxNames, maxName)
	b = appendList(b, "ids", r.IDs, -1, -1)
	b = appendList(b, "patients", r.Patients, -1, -1)
	if r.Status != 0 {
		b = append(b, `,"status":`...)
		b = strconv.AppendInt(b, int64(r.Status), 10)
	}
	b = appendMember(b, "detail", cut(r.Detail, maxDetail))
	if len(r.Links) > 0 || r.Operation == chainStart {
		b = appendMember(b, "chain", r.Chain)
		b = append(b, `,"links":[`...)
		for i, l := range r.Links {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"seq":`...)
			b = strconv.AppendInt(b, l.Seq, 10)
			b = appendMember(b, "chain", l.Chain)
			b = appendMember(b, "hash", l.Hash)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return Line{Time: t.UnixMicro(), Body: b}
}

// hasEntry tells an entry of a batch from a request of its own and from events
// that are no FHIR request, whose Entry is the zero value.
func (r *Record) hasEntry() bool { return r.Entry > 0 || r.Entry == 0 && r.Interaction != "" }

func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}

func appendList(b []byte, name string, values []string, most, size int) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':', '[')
	for i, v := range values {
		if i == most {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		if size > 0 {
			v = cut(v, size)
		}
		b = appendString(b, v)
	}
	return append(b, ']')
}

// appendString quotes s; nearly every value is plain ASCII.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return fhir.AppendString(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// cut shortens s to at most n bytes at the border of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Decode reads one stored line.
func Decode(line []byte) (*Record, error) {
	doc, err := fhir.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("audit record: %w", err)
	}
	n := doc.Root()
	r := &Record{
		Entry:     -1,
		Operation: n.Get("operation").String(), RequestID: n.Get("request").String(), Phase: n.Get("phase").String(),
		Tenant: n.Get("tenant").String(), Client: n.Get("client").String(), TokenID: n.Get("token").String(),
		Actor: n.Get("actor").String(), Remote: n.Get("remote").String(),
		Person: n.Get("person").String(), Space: n.Get("space").String(), List: n.Get("list").String(),
		Entries: list(n.Get("entries")), Connection: n.Get("connection").String(),
		Provider: n.Get("provider").String(), Store: n.Get("store").String(),
		Interaction: n.Get("interaction").String(), Type: n.Get("type").String(), Target: n.Get("target").String(),
		Params: list(n.Get("params")), IDs: list(n.Get("ids")), Patients: list(n.Get("patients")),
		Detail: n.Get("detail").String(), Chain: n.Get("chain").String(), Hash: n.Get("hash").String(),
	}
	if r.Time, err = time.Parse(time.RFC3339Nano, n.Get("time").String()); err != nil {
		return nil, fmt.Errorf("audit record: time: %w", err)
	}
	seq, ok := n.Get("seq").Int()
	if !ok {
		return nil, fmt.Errorf("audit record: seq is missing")
	}
	r.Seq = int64(seq)
	if e, ok := n.Get("entry").Int(); ok {
		r.Entry = e
	}
	r.Status, _ = n.Get("status").Int()
	for l := range n.Get("links").Children() {
		seq, _ := l.Get("seq").Int()
		r.Links = append(r.Links, Link{Chain: l.Get("chain").String(), Seq: int64(seq), Hash: l.Get("hash").String()})
	}
	return r, nil
}

func list(n fhir.Node) []string {
	var out []string
	for v := range n.Children() {
		out = append(out, v.String())
	}
	return out
}

// MarshalJSON gives the record as the CLI shows it: the stored form with chain.
func (r *Record) MarshalJSON() ([]byte, error) {
	b := append([]byte(`{"seq":`), strconv.FormatInt(r.Seq, 10)...)
	if r.Operation != chainStart { // which names its chain itself
		b = appendMember(b, "chain", r.Chain)
	}
	b = append(b, ',')
	b = append(b, r.Encode().Body...)
	b = appendMember(b, "hash", r.Hash)
	return append(b, '}'), nil
}

var _ json.Marshaler = (*Record)(nil)

// validID reports whether s has the form of a FHIR id. Anything else that
// stands where an id should may be anything, so it is not recorded.
func validID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}
