package patients

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/people"
)

// How a stream is kept.
const (
	pingEvery   = 15 * time.Second // so that a dead connection shows
	roleEvery   = 20 * time.Second // a removed member's stream ends within it
	streamAgain = 15 * time.Minute // a reader who comes back within it is recorded once
	mostStreams = 24               // of one person, over all lists
)

// openStreams are the streams of each person, the oldest first. They are safe
// for concurrent use.
type openStreams struct {
	mu sync.Mutex
	of map[string][]*openStream
}

type openStream struct {
	over chan struct{} // closed when it is one too many
	role chan struct{} // gets a value when the person's role may be another
}

// open adds a stream of a person. Where they have as many as one may, the
// oldest is over: it is likelier to be of a page that was forgotten than the
// one that is opened now. Call done at the end.
func (o *openStreams) open(person string) (mine *openStream, done func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of == nil {
		o.of = map[string][]*openStream{}
	}
	mine = &openStream{over: make(chan struct{}), role: make(chan struct{}, 1)}
	all := append(o.of[person], mine)
	if len(all) > mostStreams {
		close(all[0].over)
		all = slices.Delete(all, 0, 1)
	}
	o.of[person] = all
	return mine, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		left := slices.DeleteFunc(o.of[person], func(s *openStream) bool { return s == mine })
		if o.of[person] = left; len(left) == 0 {
			delete(o.of, person)
		}
	}
}

// roleChanged tells the streams of a person that their role may be another.
func (o *openStreams) roleChanged(person string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.of[person] {
		select {
		case s.role <- struct{}{}:
		default:
		}
	}
}

// Stream sends what happens to a list from after on, until ctx ends, the
// asker may not look any more or looks in too many other places, or sending
// fails. Looking makes the record systems be asked.
func (s *Service) Stream(ctx context.Context, list string, after int64, send func(Event) error) error {
	person, err := s.mayLook(ctx, list, true)
	if err != nil {
		return err
	}
	mine, done := s.streams.open(person)
	defer done()
	sub := s.hub.Subscribe(list)
	defer sub.Close()
	leave, err := s.look(ctx, list, person)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.follow(ctx, list, after, sub, mine, send); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// follow sends what there is, and then what comes.
func (s *Service) follow(
	ctx context.Context, list string, after int64, sub *Subscription, mine *openStream, send func(Event) error,
) (err error) {
	if err := send(Event{Seq: after, Kind: "hello"}); err != nil {
		return err
	}
	if after, err = s.catchUp(ctx, list, after, send); err != nil {
		return err
	}
	st := s.refreshOf(list)
	if err := send(Event{Kind: "refresh", Refresh: &st}); err != nil {
		return err
	}
	ping, role := time.NewTicker(pingEvery), time.NewTicker(roleEvery)
	defer ping.Stop()
	defer role.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-mine.over:
			return send(Event{Kind: "elsewhere"})
		case <-mine.role: // what they may do there is in the list
			if err := send(Event{Kind: "reset"}); err != nil {
				return err
			}
			if _, err := s.mayLook(ctx, list, false); err != nil {
				return nil //nolint:nilerr // the stream ends; asking again says why
			}
		case <-role.C:
			if _, err := s.mayLook(ctx, list, false); err != nil {
				return nil //nolint:nilerr // the stream ends; asking again says why
			}
		case <-ping.C:
			if err := send(Event{Kind: "ping"}); err != nil {
				return err
			}
		case <-sub.Wake():
			if after, err = s.pass(ctx, list, after, sub, send); err != nil {
				return err
			}
		}
	}
}

// pass sends what a subscription has.
func (s *Service) pass(ctx context.Context, list string, after int64, sub *Subscription, send func(Event) error) (int64, error) {
	newest, passing, reset := sub.Take()
	if reset {
		return after, send(Event{Kind: "reset"})
	}
	if newest > after {
		var err error
		if after, err = s.catchUp(ctx, list, after, send); err != nil {
			return after, err
		}
	}
	for _, e := range passing {
		if err := send(e); err != nil {
			return after, err
		}
	}
	return after, nil
}

// mayLook reports who looks at a list. The first look is recorded.
func (s *Service) mayLook(ctx context.Context, list string, first bool) (person string, err error) {
	op := ""
	if p, ok := people.From(ctx); first && (!ok || !s.fresh.looked(glance{p.ID, list}, s.now())) {
		op = "PatientListView"
	}
	err = s.view(ctx, op, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		_, a, err := s.enterList(ctx, tx, rec, list, Viewer)
		person = a.Person.ID
		return err
	})
	if err == nil && first {
		s.fresh.look(glance{person, list}, s.now())
	}
	return person, err
}

// catchUp sends the stored changes after a number, as the asker sees them, and
// gives the number to go on from.
func (s *Service) catchUp(ctx context.Context, list string, after int64, send func(Event) error) (int64, error) {
	events, seq, err := s.Delta(ctx, list, after)
	if err != nil {
		return after, err
	}
	for _, e := range events {
		if err := send(e); err != nil {
			return after, err
		}
	}
	return seq, nil
}

// A glance is a person's look at a list or an entry. The stream of a page breaks
// and resumes, a page reads again what has changed, and that is one look, which
// is recorded once.
type glance struct{ person, of string }

// looked reports whether a look was recorded lately.
func (f *refreshes) looked(g glance, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.glances[g]
	return ok && now.Sub(at) < streamAgain
}

func (f *refreshes) look(g glance, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.glances == nil {
		f.glances = map[glance]time.Time{}
	}
	maps.DeleteFunc(f.glances, func(_ glance, at time.Time) bool { return now.Sub(at) >= streamAgain })
	f.glances[g] = now
}
