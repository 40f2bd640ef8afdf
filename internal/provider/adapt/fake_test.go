package adapt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// provider is a scripted FHIR server over a few records. Without switches it
// answers as the FHIR specification says: a plain string is the start of a
// value, order is kept, totals are right.
type provider struct {
	v       fhir.Version
	records []record // in the order they were written
	switches

	mu    sync.Mutex
	calls []string // "Type?name=value&…" or "Type/id"
}

type record struct {
	typ, id  string
	modified time.Time
	body     []byte
	keys     []byte
}

// switches are the ways in which a provider falls short.
type switches struct {
	Refuse     []string // "family:contains", "_sort", "_id", "patient", "_count", "_summary", or "Type" for its search
	Ignore     []string // the same, without a word
	Cap        int      // of a page, whatever _count says
	MaxCount   int      // a larger _count is an error
	CutOff     bool     // what is beyond Cap is not there, and no link says so
	NoLinks    bool     // no link ever leads on
	Overlap    bool     // pages repeat the last of the one before
	Total      string   // "" right, "none", "more", "fewer", "page"
	CaseTokens bool     // codes compare with case
	NoFold     bool     // accents count
	NoContains bool     // :contains is refused
	PeriodEnd  bool     // periods are ordered by their end
	Shuffle    bool     // no order of its own: each search in another
	Restless   bool     // further pages are of another order than the first
	NoMany     bool     // _id takes one id
	StartsOnly bool     // :contains is taken for the start of a value
	NoneIs404  bool     // a search that finds nothing is not found
	Fails      []string // as Refuse, but with a server error
	TooLarge   int      // a page of more is an answer that is too large
	Endless    bool
}

func (p *provider) Version() fhir.Version { return p.v }

func (p *provider) add(typ, id, members string) {
	body := []byte(`{"resourceType":"` + typ + `","id":"` + id + `"` + members + `}`)
	doc, err := fhir.Parse(body)
	if err != nil {
		panic(fmt.Sprintf("%v: %s", err, body))
	}
	p.records = append(p.records, record{typ, id, time.Date(2024, 1, 1, 0, 0, len(p.records), 0, time.UTC), body, search.Load(p.v).Keys(typ, doc).Append(nil)})
}

func (r *record) match() fhir.Match {
	return fhir.Match{Resource: fhir.Resource{Type: r.typ, ID: r.id, VersionID: "1", Modified: r.modified, Body: r.body}}
}

func (p *provider) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch req.Interaction {
	case fhir.Read:
		p.calls = append(p.calls, req.Type+"/"+req.ID)
		for i := range p.records {
			if r := &p.records[i]; r.typ == req.Type && r.id == req.ID {
				m := r.match()
				return &fhir.Response{Resource: &m.Resource}, nil
			}
		}
		return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "none")
	case fhir.Search:
		if req.Cursor == nil {
			p.calls = append(p.calls, req.Type+"?"+query(req.Params))
		} else {
			p.calls = append(p.calls, req.Type+"? page")
		}
		return p.search(req)
	default:
		return nil, fhir.Errorf(fhir.KindMethod, "not-supported", "unexpected %v", req.Interaction)
	}
}

func query(params []fhir.Param) string {
	var out []string
	for _, p := range params {
		out = append(out, fmt.Sprintf("%s=%.40s", p.Name, p.Value))
	}
	return strings.Join(out, "&")
}

func refusal() error { return fhir.Errorf(fhir.KindInvalid, "not-supported", "refused") }

// asked is what a search comes down to.
type asked struct {
	filters []func(*record) bool
	sort    *search.Query
	count   int
	counts  bool // _summary=count
}

func (p *provider) search(req *fhir.Request) (*fhir.Response, error) {
	if slices.Contains(p.Refuse, req.Type) {
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "no such type")
	}
	q := asked{count: -1}
	for _, param := range req.Params {
		if err := p.param(&q, req.Type, param); err != nil {
			return nil, err
		}
	}
	var found []*record
	for i := range p.records {
		r := &p.records[i]
		if r.typ == req.Type && !slices.ContainsFunc(q.filters, func(f func(*record) bool) bool { return !f(r) }) {
			found = append(found, r)
		}
	}
	if len(found) == 0 && p.NoneIs404 {
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "not found")
	}
	if p.TooLarge > 0 && q.count > p.TooLarge {
		return nil, fhir.Errorf(fhir.KindUpstream, "too-costly", "too large")
	}
	p.order(found, q.sort)
	return p.page(found, &q, req.Cursor), nil
}

func (p *provider) param(q *asked, typ string, param fhir.Param) error {
	name, modifier, _ := strings.Cut(param.Name, ":")
	for _, n := range []string{param.Name, name} {
		if slices.Contains(p.Refuse, n) {
			return refusal()
		}
		if slices.Contains(p.Fails, n) {
			return fhir.Errorf(fhir.KindUpstream, "transient", "failed")
		}
		if slices.Contains(p.Ignore, n) {
			return nil
		}
	}
	switch name {
	case "_count":
		q.count, _ = strconv.Atoi(param.Value)
		if p.MaxCount > 0 && q.count > p.MaxCount {
			return refusal()
		}
		return nil
	case "_summary":
		q.counts = param.Value == "count"
		return nil
	case "_sort":
		parsed, err := search.Load(p.v).Parse(typ, []fhir.Param{param}, search.Options{Strict: true})
		q.sort = parsed
		return err
	}
	if modifier == "contains" && p.NoContains || name == "_id" && p.NoMany && strings.Contains(param.Value, ",") || modifier == "not" {
		return refusal()
	}
	parsed, err := search.Load(p.v).Parse(typ, []fhir.Param{param}, search.Options{Strict: true})
	if err != nil {
		return err
	}
	for i := range parsed.Criteria {
		q.filters = append(q.filters, p.filter(typ, &parsed.Criteria[i], modifier, param.Value))
	}
	return nil
}

// filter decides as the specification says, not as our own search does.
func (p *provider) filter(typ string, c *search.Criterion, modifier, value string) func(*record) bool {
	switch {
	case c.Param.Type == search.String && modifier != "exact":
		return func(r *record) bool {
			keys, err := search.DecodeKeys(r.keys)
			return err == nil && slices.ContainsFunc(keys, func(k search.Key) bool {
				return k.Param == c.Param.Number() && k.Type == search.String && p.holds(k.Exact, value, modifier == "contains" && !p.StartsOnly)
			})
		}
	case c.Param.Type == search.Token && p.CaseTokens && c.Missing == nil && c.Param.Name != "_id":
		return func(r *record) bool {
			return c.Match(r.id, r.modified.UnixMicro(), r.keys) && slices.ContainsFunc(strings.Split(value, ","), func(v string) bool {
				return bytes.Contains(r.body, []byte(`"`+v[strings.LastIndexByte(v, '|')+1:]+`"`))
			})
		}
	case typ == "Observation" && c.Param.Name == "code": // the standard's: without components
		return func(r *record) bool {
			whole, _, _ := bytes.Cut(r.body, []byte(`,"component"`))
			doc, err := fhir.Parse(append(slices.Clone(bytes.TrimSuffix(whole, []byte("}"))), '}'))
			return err == nil && c.Match(r.id, r.modified.UnixMicro(), search.Load(p.v).Keys(typ, doc).Append(nil))
		}
	case typ == "Coverage" && c.Param.Name == "patient": // the standard's: the beneficiary alone
		element := "beneficiary"
		if p.v == fhir.DSTU2 {
			element = "subscriber"
		}
		b, err := search.Load(p.v).Parse(typ, []fhir.Param{{Name: element, Value: value}}, search.Options{})
		if err != nil || len(b.Criteria) == 0 {
			return func(*record) bool { return false }
		}
		return func(r *record) bool { return b.Match(r.id, 0, r.keys) }
	}
	return func(r *record) bool { return c.Match(r.id, r.modified.UnixMicro(), r.keys) }
}

func (p *provider) holds(have, values string, anywhere bool) bool {
	form := strings.ToLower
	if !p.NoFold {
		form = search.Fold
	}
	return slices.ContainsFunc(strings.Split(values, ","), func(v string) bool {
		v = strings.ReplaceAll(v, `\`, "")
		if anywhere {
			return strings.Contains(form(have), form(v))
		}
		return strings.HasPrefix(form(have), form(v))
	})
}

func (p *provider) order(found []*record, q *search.Query) {
	if p.Shuffle { // a rotation: another order, yet one that pages can follow
		if n := len(found); n > 0 {
			at := n / 2
			copy(found, append(slices.Clone(found[at:]), found[:at]...))
		}
	}
	if q == nil || len(q.Sort) == 0 {
		return
	}
	slices.SortStableFunc(found, func(a, b *record) int {
		if p.PeriodEnd {
			if q.Sort[0].Desc {
				a, b = b, a
			}
			return strings.Compare(periodEnd(a.body), periodEnd(b.body))
		}
		return bytes.Compare(q.AppendSort(nil, a.id, a.modified.UnixMicro(), a.keys), q.AppendSort(nil, b.id, b.modified.UnixMicro(), b.keys))
	})
}

func periodEnd(body []byte) string {
	var r struct{ Period, EffectivePeriod struct{ Start, End string } }
	_ = json.Unmarshal(body, &r)
	if r.EffectivePeriod.Start != "" {
		r.Period = r.EffectivePeriod
	}
	return r.Period.End
}

func (p *provider) page(found []*record, q *asked, cursor []byte) *fhir.Response {
	from, _ := strconv.Atoi(string(cursor))
	size := 10
	if q.count >= 0 {
		size = q.count
	}
	if p.Cap > 0 {
		size = min(size, p.Cap)
	}
	resp := &fhir.Response{Total: len(found), Known: fhir.TotalExact}
	switch p.Total {
	case "none":
		resp.Total, resp.Known = 0, fhir.TotalNone
	case "more":
		resp.Total += 3
	case "fewer":
		resp.Total = max(0, resp.Total-1)
	}
	if q.counts {
		resp.Known = fhir.TotalExact
		if p.Total == "none" {
			resp.Total = len(found)
		}
		return resp
	}
	if p.CutOff && p.Cap > 0 && q.count >= p.Cap {
		found = found[:min(len(found), p.Cap)]
	}
	if p.Restless && from > 0 {
		found = append(slices.Clone(found[2:]), found[:2]...)
	}
	end := min(from+size, len(found))
	if p.Overlap && from > 0 {
		from--
	}
	for _, r := range found[min(from, end):end] {
		resp.Matches = append(resp.Matches, r.match())
	}
	if p.Total == "page" {
		resp.Total = len(resp.Matches)
	}
	switch {
	case p.Endless:
		resp.Next = []byte(strconv.Itoa(end % max(1, len(found))))
	case p.NoLinks:
	case end < len(found) && size > 0:
		resp.Next = []byte(strconv.Itoa(end))
	}
	return resp
}
