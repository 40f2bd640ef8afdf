package patients

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// How much a search shows and asks.
const (
	foundCount = 50               // patients of a page, unless fewer are wanted
	maxFound   = 100              // most that can be wanted
	maxPasted  = 200              // record numbers at once
	locateTime = 5 * time.Second  // for where those found are
	searchTime = 25 * time.Second // for a search as a whole
	pasteTime  = 60 * time.Second // for a pasted column
)

// How well a total is known.
const (
	totalExact   = "exact"
	totalAtLeast = "atLeast"
	totalUnknown = "unknown"
)

// A SearchRequest looks for patients. Text is the one box; what is set beside
// it must be met too.
type SearchRequest struct {
	Space, Connection                    string
	Text                                 string
	Family, Given, Born, MRN, ID, Gender string
	Count                                int
}

// A SearchAnswer is who was found, and how the text was read.
type SearchAnswer struct {
	Read    []chart.Field
	Found   []Found
	Total   int
	Known   string // exact, atLeast or unknown
	Refused string // why the record system was not, or not wholly, asked: a code
}

// A candidate is a patient that a record system has.
type candidate struct {
	id       string
	identity chart.Identity
}

// Search looks for patients in the record system of a space.
func (s *Service) Search(ctx context.Context, in SearchRequest) (out SearchAnswer, err error) {
	c, secret, err := s.searching(ctx, in.Space, in.Connection)
	if err != nil {
		return out, err
	}
	q, err := in.query(s.now())
	if err != nil {
		return out, err
	}
	out.Read, out.Known, out.Found = q.Read(), totalExact, []Found{}
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return out, s.searched(ctx, c, nil, ehrProblem(err))
	}
	found, err := s.lookFor(ctx, server, q, in.count())
	if err != nil {
		return out, s.searched(ctx, c, nil, ehrProblem(err))
	}
	out.Read, out.Total, out.Known = found.read, found.total, found.known
	if out.Found, err = s.present(ctx, server, c, found.all); err != nil {
		return out, err
	}
	return out, s.searched(ctx, c, found.all, nil)
}

// query puts the one box and the fields together.
func (in SearchRequest) query(now time.Time) (Query, error) {
	q := ReadText(in.Text, now)
	for _, f := range []struct{ to, from *string }{{&q.Family, &in.Family}, {&q.Given, &in.Given}, {&q.MRN, &in.MRN}, {&q.ID, &in.ID}} {
		if v := plain(*f.from); v != "" {
			*f.to = v
		}
	}
	if in.Born != "" {
		born, ambiguous := ReadDate(in.Born, now)
		if len(born) == 0 && year.MatchString(in.Born) {
			born = []string{in.Born}
		}
		if len(born) == 0 {
			return q, invalid("born", "cannot be read as a date; write it as 10-Nov-1981")
		}
		q.Born, q.Ambiguous = born, ambiguous
	}
	switch g := strings.ToLower(strings.TrimSpace(in.Gender)); g {
	case "", "male", "female", "other", "unknown":
		q.Gender = g
	default:
		return q, invalid("gender", "want male, female, other or unknown")
	}
	if q.Empty() || q.Gender != "" && (Query{Gender: q.Gender}).same(q) {
		return q, invalid("text", "type a name, a record number, a birth date or an id")
	}
	return q, nil
}

func (q Query) same(o Query) bool {
	return q.ID == o.ID && q.MRN == o.MRN && q.Family == o.Family && q.Given == o.Given && q.Gender == o.Gender &&
		slices.Equal(q.Born, o.Born) && slices.Equal(q.Names, o.Names)
}

func (in SearchRequest) count() int {
	if in.Count <= 0 {
		return foundCount
	}
	return min(in.Count, maxFound)
}

func totalOf(resp *fhir.Response, shown int) (int, string) {
	switch {
	case resp.Next == nil:
		return max(resp.Total, shown), totalExact
	case resp.Known == fhir.TotalExact:
		return resp.Total, totalExact
	case resp.Known == fhir.TotalAtLeast:
		return max(resp.Total, shown+1), totalAtLeast
	}
	return shown + 1, totalUnknown
}

// searching enters a space to search, and finds its connection.
func (s *Service) searching(ctx context.Context, space, connection string) (c Connection, secret string, err error) {
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		if _, err := s.enter(ctx, tx, rec, space, Member); err != nil {
			return err
		}
		if connection == "" {
			all, err := tx.Connections(ctx, space)
			if err != nil {
				return err
			}
			switch len(all) {
			case 0:
				return errNoRecords()
			case 1:
				connection = all[0].ID
			default:
				return invalid("connection", "this space has several; say which")
			}
		}
		c, secret, err = s.withSecret(ctx, tx, space, connection)
		return err
	})
	return c, secret, err
}

// searched records that a search was made, without what was looked for.
func (s *Service) searched(ctx context.Context, c Connection, found []candidate, err error) error {
	rec := s.record(ctx, "PatientSearch")
	rec.Space, rec.Connection = c.Space, c.ID
	for _, f := range found {
		rec.Patients = append(rec.Patients, f.id)
	}
	return s.settle(ctx, rec, true, err)
}

// An outcome is who was found, and how the query was read to find them.
type outcome struct {
	all   []candidate
	total int
	known string
	read  []chart.Field
}

// lookFor asks for a query. A name in one piece that is not found is looked for
// by every sensible way to take it apart.
func (s *Service) lookFor(ctx context.Context, server fhir.Server, q Query, count int) (outcome, error) {
	ctx = access.WithRequestID(ctx, newID())
	all, resp, err := s.find(ctx, server, q, count)
	if err != nil {
		return outcome{}, err
	}
	if len(all) == 0 && len(q.Splits) > 0 {
		return s.lookApart(ctx, server, q, count)
	}
	total, known := totalOf(resp, len(all))
	return outcome{all, total, known, q.Read()}, nil
}

// lookApart asks for the splits of a query at once, and gives who is found by
// the likeliest first. Who is found by several is one.
func (s *Service) lookApart(ctx context.Context, server fhir.Server, q Query, count int) (outcome, error) {
	found := make([][]candidate, len(q.Splits))
	answers := make([]*fhir.Response, len(q.Splits))
	g, ctx := errgroup.WithContext(access.WithEntries(ctx, len(q.Splits)))
	for i, split := range q.Splits {
		g.Go(func() (err error) {
			found[i], answers[i], err = s.find(ctx, server, q.split(split), count)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return outcome{}, err
	}
	out := outcome{known: totalExact}
	var by [][2]string
	known, more := map[string]bool{}, false
	for i, some := range found {
		if len(some) == 0 {
			continue
		}
		by = append(by, q.Splits[i])
		for _, c := range some {
			if !known[c.id] {
				known[c.id] = true
				out.all = append(out.all, c)
			}
		}
		total, how := totalOf(answers[i], len(some))
		out.total, out.known, more = max(out.total, total), how, more || answers[i].Next != nil
	}
	if out.total = max(out.total, len(out.all)); len(by) > 1 && more {
		out.known = totalAtLeast
	}
	if len(by) == 0 {
		out.read = append(Query{Names: q.Names}.Read(), q.readAs(q.Splits)...)
		return out, nil
	}
	out.all, out.read = out.all[:min(len(out.all), count)], q.readAs(by)
	return out, nil
}

// find asks for the patients of a query, at most count of them.
func (s *Service) find(ctx context.Context, server fhir.Server, q Query, count int) ([]candidate, *fhir.Response, error) {
	resp, err := server.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: append(q.Params(), countParam(count))})
	if err != nil {
		return nil, nil, err
	}
	var out []candidate
	for _, m := range resp.Matches {
		if m.Mode != fhir.ModeMatch || m.Type != "Patient" {
			continue
		}
		id, err := chart.IdentityOf(m.Body, s.now())
		if err != nil {
			return nil, nil, fhir.Errorf(fhir.KindUpstream, "structure", "The record system answered something that is not a patient.").Because(err)
		}
		out = append(out, candidate{m.ID, id})
	}
	return out, resp, nil
}

// present shows who was found: on which lists they are, and where they lie.
// Where they lie is a help, and given only as far as it is known in time.
func (s *Service) present(ctx context.Context, server fhir.Server, c Connection, all []candidate) ([]Found, error) {
	out := make([]Found, len(all))
	for i, f := range all {
		out[i] = Found{Subject: Subject{Connection: c.ID, Patient: f.id}, Identity: f.identity}
	}
	if err := s.listed(ctx, c.Space, out); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, locateTime)
	defer cancel()
	ctx = access.WithEntries(access.WithRequestID(ctx, newID()), min(len(out), maxTogether))
	var g errgroup.Group
	g.SetLimit(maxTogether)
	for i := range out {
		g.Go(func() error {
			r, err := chart.Read(ctx, server, chart.Encounters, out[i].Subject.Patient, false, s.now)
			if err != nil {
				return nil //nolint:nilerr // a search is not worse without it
			}
			for _, it := range chart.Cells(chart.Encounters, r, s.now())[KeyLocation].Items {
				if it.Current {
					out[i].Location = it.Text
				}
			}
			return nil
		})
	}
	return out, g.Wait()
}

// listed says of those found which lists they are on.
func (s *Service) listed(ctx context.Context, space string, found []Found) error {
	return s.storage.View(ctx, func(ctx context.Context, tx Tx) error {
		lists, err := tx.Lists(ctx, space)
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, l := range lists {
			if l.Deleted.IsZero() {
				names[l.ID] = l.Name
			}
		}
		for i := range found {
			same, err := tx.EntriesAlike(ctx, space, Keys{Subject: found[i].Subject})
			if err != nil {
				return err
			}
			for _, e := range same {
				if name, ok := names[e.List]; ok {
					found[i].On = append(found[i].On, ListRef{List: e.List, Name: name})
				}
			}
		}
		return nil
	})
}

// Outcomes of a line of a pasted column.
const (
	PasteFound   = "found"
	PasteSeveral = "several"
	PasteNone    = "none"
	PasteFailed  = "failed"
)

// A PasteLine is what one pasted record number led to.
type PasteLine struct {
	MRN, Outcome string
	Found        []Found
	Reason       string
}

// Paste resolves a column of record numbers, one line for each, in order.
func (s *Service) Paste(ctx context.Context, space, connection string, mrns []string) ([]PasteLine, error) {
	c, secret, err := s.searching(ctx, space, connection)
	if err != nil {
		return nil, err
	}
	lines := make([]PasteLine, 0, len(mrns))
	for _, m := range mrns {
		if m = plain(m); m != "" {
			lines = append(lines, PasteLine{MRN: m})
		}
	}
	if len(lines) == 0 || len(lines) > maxPasted {
		return nil, invalid("mrns", "want 1 to 200 record numbers")
	}
	ctx, cancel := context.WithTimeout(ctx, pasteTime)
	defer cancel()
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return nil, s.searched(ctx, c, nil, ehrProblem(err))
	}
	found := make([][]candidate, len(lines))
	asking := access.WithEntries(access.WithRequestID(ctx, newID()), min(len(lines), maxTogether))
	var g errgroup.Group
	g.SetLimit(maxTogether)
	for i := range lines {
		g.Go(func() error {
			all, _, err := s.find(asking, server, Query{MRN: lines[i].MRN}, 5)
			found[i] = all
			lines[i].settle(len(all), err)
			return nil
		})
	}
	_ = g.Wait() // each line has its own failure
	var all []candidate
	for i := range lines {
		for _, f := range found[i] {
			lines[i].Found = append(lines[i].Found, Found{Subject: Subject{Connection: c.ID, Patient: f.id}, Identity: f.identity})
		}
		if err := s.listed(ctx, c.Space, lines[i].Found); err != nil {
			return nil, err
		}
		all = append(all, found[i]...)
	}
	return lines, s.searched(ctx, c, all, nil)
}

func (l *PasteLine) settle(n int, err error) {
	switch {
	case err != nil:
		l.Outcome, l.Reason = PasteFailed, chart.ReasonOf(err)
	case n == 0:
		l.Outcome = PasteNone
	case n == 1:
		l.Outcome = PasteFound
	default:
		l.Outcome = PasteSeveral
	}
}

// ehrProblem says to a person why the record system was not read.
func ehrProblem(err error) error {
	if p, ok := errors.AsType[*operation.Problem](err); ok {
		return p
	}
	reason := chart.ReasonOf(err)
	status := http.StatusBadGateway
	switch reason {
	case chart.ReasonTimeout:
		status = http.StatusGatewayTimeout
	case chart.ReasonDown, chart.ReasonBusy:
		status = http.StatusServiceUnavailable
	}
	return operation.Problemf(status, reason, reasonTexts[reason]).Because(err)
}

// reasonTexts say a reason in English, for those who have no catalogue.
var reasonTexts = map[string]string{
	chart.ReasonTimeout:     "The record system took too long. Try again, or ask for less.",
	chart.ReasonDown:        "The record system does not answer. Try again later.",
	chart.ReasonBusy:        "The record system takes no more requests for now. Try again in a minute.",
	chart.ReasonCredentials: "The record system does not accept our sign-in. An owner can test the connection in the settings.",
	chart.ReasonForbidden:   "The record system does not let us read this. Ask whoever runs it.",
	chart.ReasonAddress:     "This server may not call that address. Whoever runs it can allow the network with outbound.allow.",
	chart.ReasonUntrusted:   "The record system's certificate cannot be trusted. Ask whoever runs it.",
	chart.ReasonTooMuch:     "There is too much to read at once. Ask for less, such as with a birth date.",
	chart.ReasonGone:        "The record system does not know this patient any more.",
	chart.ReasonUnsupported: "The record system does not offer this.",
	chart.ReasonMerged:      "The record was merged into another. Compare the two and link the patient to the record that goes on.",
	chart.ReasonRemoved:     "The connection was removed. An owner can connect the space again.",
	chart.ReasonUnexpected:  "The record system answered something that cannot be used. An owner can test the connection in the settings.",
	chart.ReasonInternal:    "Something went wrong on the server. Try again, and tell the operator if it stays so.",
}
