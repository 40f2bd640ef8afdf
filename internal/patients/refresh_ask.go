package patients

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// How a list's calls are sent.
const (
	// mostPatients are asked for in one search by _id.
	mostPatients = 50
	// mostCalls of one list wait for an answer at once: some batches on their
	// way while the next ones fill.
	mostCalls = 4 * maxTogether
	// waveTime and waveCells: what has come is stored together.
	waveTime  = 120 * time.Millisecond
	waveCells = 256
)

// A plan is what is asked for a list.
type plan struct {
	list    List
	zone    *time.Location
	entries []Kept // in bed order, those of record systems
	kinds   []chart.Kind
	every   int
	systems map[string]*system // by connection
	kept    map[part]chart.Cell

	mu sync.Mutex // of entries, while the patients are asked for
}

// are says what entries are, as was found. Of one who is gone there is nothing
// to ask, and what a stranger's record says is not to be seen under the
// patient's name.
func (p *plan) are(states map[string]State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := make([]Kept, 0, len(p.entries))
	for _, e := range p.entries {
		if state, ok := states[e.ID]; ok {
			e.State = state
			if state == StateGone || state == StateMismatch {
				continue
			}
		}
		left = append(left, e)
	}
	p.entries = left
}

// of are the entries of a connection.
func (p *plan) of(connection string) (mine []Kept) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.entries {
		if e.Subject.Connection == connection {
			mine = append(mine, e)
		}
	}
	return mine
}

// A system is one record system of a plan.
type system struct {
	connection Connection
	secret     string
	server     fhir.Server
	missing    []chart.Kind
	failed     error // of asking for the patients: no more is asked
}

// askFor asks the record systems of a list. reason says why not all went well;
// err is a fault of ours.
func (s *Service) askFor(ctx context.Context, r *refresher, people []string) (reason string, every int, err error) {
	p, err := s.plan(ctx, r.list, people)
	switch {
	case errors.Is(err, ErrNotFound):
		return chart.ReasonRemoved, 0, nil
	case err != nil:
		return chart.ReasonInternal, 0, err
	}
	r.mu.Lock()
	r.kinds = p.kinds
	r.mu.Unlock()
	if len(p.entries) == 0 {
		return "", p.every, nil
	}
	ctx = access.WithRequestID(ctx, newID())
	c := s.collect(p, r) //nolint:contextcheck // what was read is kept, though asking may be at its end
	s.identify(ctx, p, c)
	if !left(ctx) {
		s.askCells(ctx, p, c)
	}
	if err := c.finish(); err != nil {
		return chart.ReasonInternal, p.every, err
	}
	// How it went is for the settings page, and nothing waits for it.
	s.fresh.work.Go(func() {
		if err := s.noteSystems(context.WithoutCancel(ctx), p, c); err != nil {
			s.logger.WarnContext(ctx, "how record systems were was not noted", "error", err)
		}
	})
	return c.worst(), p.every, nil
}

// plan reads what is to be asked: what the columns of the list show to those
// who look, and always allergies and the stay.
func (s *Service) plan(ctx context.Context, list string, people []string) (*plan, error) {
	p := &plan{systems: map[string]*system{}, kept: map[part]chart.Cell{}}
	err := s.storage.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		if p.list, err = tx.List(ctx, list); err != nil {
			return err
		}
		if !p.list.Deleted.IsZero() {
			return ErrNotFound
		}
		space, _, err := tx.EnterSpace(ctx, p.list.Space, "")
		if err != nil {
			return err
		}
		p.every = space.Settings.RefreshEvery
		p.zone, err = time.LoadLocation(space.Settings.Zone)
		if err != nil {
			p.zone = time.UTC
		}
		if err := p.readKinds(ctx, tx, people); err != nil {
			return err
		}
		kept, err := tx.Observed(ctx, list, "")
		if err != nil {
			return err
		}
		for _, o := range kept {
			p.kept[part{o.Entry, o.Column}] = o.Cell
		}
		if err := p.readEntries(ctx, tx); err != nil {
			return err
		}
		for _, e := range p.entries {
			id := e.Subject.Connection
			if p.systems[id] != nil {
				continue
			}
			sys := &system{}
			if sys.connection, sys.secret, err = s.withSecret(ctx, tx, p.list.Space, id); errors.Is(err, ErrNotFound) {
				sys.failed = &chart.Fault{Reason: chart.ReasonRemoved, Err: err}
			} else if err != nil {
				return err
			}
			sys.missing = chart.Missing(sys.connection.Missing)
			p.systems[id] = sys
		}
		return nil
	})
	return p, err
}

// readKinds are the kinds of data that the columns need.
func (p *plan) readKinds(ctx context.Context, tx Tx, people []string) error {
	schema, err := schemaOf(ctx, tx, p.list.Space, p.list.Schema)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	need := map[chart.Kind]bool{chart.Allergies: true, chart.Encounters: true}
	for _, c := range schema.Columns {
		need[c.Kind] = true
	}
	for _, person := range slices.Compact(slices.Sorted(slices.Values(people))) {
		v, err := tx.PersonView(ctx, p.list.ID, person)
		if err != nil {
			return err
		}
		for _, key := range v.Columns {
			if c, ok := column(key, schema); ok {
				need[c.Kind] = true
			}
		}
	}
	for _, k := range chart.Kinds() {
		if need[k] {
			p.kinds = append(p.kinds, k)
		}
	}
	return nil
}

// readEntries are those of record systems, in bed order: as a round goes.
func (p *plan) readEntries(ctx context.Context, tx Tx) error {
	all, err := tx.EntriesOn(ctx, p.list.ID)
	if err != nil {
		return err
	}
	beds, err := tx.OwnCells(ctx, p.list.ID, "")
	if err != nil {
		return err
	}
	bed := map[string]string{}
	for _, e := range all {
		if c, ok := p.kept[part{e.ID, KeyLocation}]; ok && len(c.Items) > 0 {
			bed[e.ID] = c.Items[0].Text
		}
	}
	for _, c := range beds {
		if c.Column == KeyBed && len(c.Value) > 2 {
			bed[c.Entry] = strings.Trim(string(c.Value), `"`)
		}
	}
	for _, e := range all {
		if e.Subject.Connection != "" && e.Subject.Patient != "" && e.State != StateUnlinked {
			p.entries = append(p.entries, e)
		}
	}
	slices.SortStableFunc(p.entries, func(a, b Kept) int {
		x, y := bed[a.ID], bed[b.ID]
		switch {
		case x == "" && y != "":
			return 1
		case x != "" && y == "":
			return -1
		}
		return natural(x, y)
	})
	return nil
}

// A found patient is what a record system said of an entry's patient.
type foundPatient struct {
	identity chart.Identity
	gone     bool
	other    *chart.Identity // whom it was merged into
}

// identify asks who the patients are, fifty in one search, and records it.
func (s *Service) identify(ctx context.Context, p *plan, c *collector) {
	g := errgroup.Group{}
	for id, sys := range p.systems {
		g.Go(func() error {
			if sys.failed == nil {
				sys.server, sys.failed = s.open(ctx, sys.connection, sys.secret)
			}
			if sys.failed == nil {
				sys.failed = s.identifyAt(ctx, p, id, sys)
			}
			if sys.failed != nil && !left(ctx) {
				c.fails(id, chart.ReasonOf(sys.failed))
			}
			return nil
		})
	}
	_ = g.Wait() // failures are each system's own
}

// identifyAt asks one record system.
func (s *Service) identifyAt(ctx context.Context, p *plan, connection string, sys *system) error {
	mine := p.of(connection)
	found := map[string]foundPatient{}
	var mu sync.Mutex
	var g errgroup.Group
	for chunk := range slices.Chunk(mine, mostPatients) {
		g.Go(func() error {
			got, err := s.patientsOf(ctx, sys.server, chunk)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(found, got)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	states, err := s.recordIdentities(ctx, p, mine, found)
	if err != nil {
		return err
	}
	p.are(states)
	return nil
}

// patientsOf reads who some patients are. One that is not in the answer is read
// by itself before it is said to be gone.
func (s *Service) patientsOf(ctx context.Context, server fhir.Server, entries []Kept) (map[string]foundPatient, error) {
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		if !slices.Contains(ids, e.Subject.Patient) {
			ids = append(ids, e.Subject.Patient)
		}
	}
	bodies, err := chart.Patients(ctx, server, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]foundPatient{}
	var into []string
	for _, id := range ids {
		body, ok := bodies[id]
		if !ok {
			if body, err = readPatient(ctx, server, id); err != nil {
				return nil, err
			}
		}
		if body == nil {
			out[id] = foundPatient{gone: true}
			continue
		}
		identity, err := chart.IdentityOf(body, s.now())
		if err != nil {
			return nil, fhir.Errorf(fhir.KindUpstream, "structure", "The record system answered something that is not a patient.").Because(err)
		}
		out[id] = foundPatient{identity: identity}
		if identity.Replaced != "" && !slices.Contains(into, identity.Replaced) {
			into = append(into, identity.Replaced)
		}
	}
	if len(into) == 0 {
		return out, nil
	}
	return out, s.merged(ctx, server, into, out)
}

// merged reads whom patients were merged into.
func (s *Service) merged(ctx context.Context, server fhir.Server, into []string, out map[string]foundPatient) error {
	bodies, err := chart.Patients(ctx, server, into)
	if err != nil {
		return err
	}
	for id, f := range out {
		body, ok := bodies[f.identity.Replaced]
		if !ok {
			continue
		}
		other, err := chart.IdentityOf(body, s.now())
		if err != nil {
			continue // it is said that it was merged, and not into whom
		}
		f.other = &other
		out[id] = f
	}
	return nil
}

// readPatient is nil for a patient that the record system does not know.
func readPatient(ctx context.Context, server fhir.Server, id string) ([]byte, error) {
	resp, err := server.Do(ctx, &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id})
	if err == nil && resp.Resource != nil {
		return resp.Resource.Body, nil
	}
	if chart.ReasonOf(err) == chart.ReasonGone {
		return nil, nil //nolint:nilnil // there is none
	}
	return nil, err
}

// askCells asks for all kinds of data of all patients, in bed order.
func (s *Service) askCells(ctx context.Context, p *plan, c *collector) {
	var calls []call
	for _, e := range p.entries {
		sys := p.systems[e.Subject.Connection]
		if e.State == StateMismatch && sys.failed != nil {
			continue
		}
		for _, k := range p.kinds {
			switch {
			case sys.failed != nil:
				c.add(e, chart.Failure(k, sys.failed))
			case e.State == StateMerged:
				c.add(e, chart.Failure(k, errMerged))
			case slices.Contains(sys.missing, k):
				c.add(e, chart.Failure(k, &chart.Fault{Reason: chart.ReasonUnsupported, Err: errors.New("not in the statement")}))
			default:
				calls = append(calls, call{e, k, sys})
			}
		}
	}
	c.expect(len(calls))
	var g errgroup.Group
	g.SetLimit(mostCalls)
	for chunk := range slices.Chunk(calls, maxTogether) {
		// A batch holds calls of one request: so each has neighbours' beds, and
		// the first beds are in the first.
		ctx := access.WithEntries(access.WithRequestID(ctx, newID()), len(chunk))
		for _, k := range chunk {
			g.Go(func() error {
				s.askCell(ctx, p, c, k)
				return nil
			})
		}
	}
	_ = g.Wait() // each call has its own outcome
}

// errMerged is why a record that was merged into another is not asked: it must
// not be used any more (FHIR R4 Patient.link, replaced-by), and what was moved
// out of it would look like none recorded. What was last seen stays.
var errMerged = &chart.Fault{Reason: chart.ReasonMerged, Err: errors.New("the record was merged into another")}

// left reports whether nobody looks any more: what failed since says nothing of
// the record system.
func left(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// A call is one kind of data of one patient.
type call struct {
	entry Kept
	kind  chart.Kind
	sys   *system
}

func (s *Service) askCell(ctx context.Context, p *plan, c *collector, k call) {
	records, err := chart.Read(ctx, k.sys.server, k.kind, k.entry.Subject.Patient, false, s.now)
	switch {
	case err == nil:
		c.done(k.entry, chart.Cells(k.kind, records, s.now().In(p.zone)))
	case left(ctx):
	default:
		c.failed(k.entry, k.kind, err)
	}
}

// noteSystems keeps how each record system was, for the settings page.
func (s *Service) noteSystems(ctx context.Context, p *plan, c *collector) error {
	return s.observing(ctx, func(ctx context.Context, w *work) error {
		for id, sys := range p.systems {
			if sys.connection.ID == "" {
				continue
			}
			reason, ok := c.reasonOf(id), time.Time{}
			if reason == "" {
				ok = w.now
			}
			if err := w.tx.NoteConnection(ctx, id, ok, reason); err != nil {
				return err
			}
		}
		return nil
	})
}
