package patients

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
)

// How a list's record systems are asked.
const (
	refreshTime = 2 * time.Minute  // for all of a list
	mostBackoff = 10 * time.Minute // between two failed tries
	linger      = 10 * time.Second // a reader who comes back within it finds the refresh going on
	leastApart  = 5 * time.Second  // between the end of a try and the next that someone asks for
)

// refreshes are the lists whose record systems are asked, or were: one refresh
// serves all who look at a list.
type refreshes struct {
	mu      sync.Mutex
	lists   map[string]*refresher
	glances map[glance]time.Time // when each person last looked at what
	closed  bool
	work    sync.WaitGroup
}

// A refresher asks for one list as long as someone looks at it.
type refresher struct {
	list string

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	loops   bool
	stop    context.CancelFunc // ends the loop
	leave   context.CancelFunc // ends the try under way
	kick    chan struct{}      // asks now
	state   Refresh
	tried   time.Time // when the last try began
	ended   time.Time // and when one last ended
	asked   []string  // people whose columns it is for
	kinds   []chart.Kind
	failed  int  // tries in a row
	again   bool // something came that the try under way does not ask for
}

// A viewer is someone who looks at a list; what they see is asked for.
type viewer struct{ person string }

// look says that a person looks at a list, which is asked for from now on: at
// once where their own columns need what the last try was not for. Call leave
// when they have gone.
func (s *Service) look(ctx context.Context, list, person string) (leave func(), err error) {
	r := s.refresher(list)
	v := &viewer{person}
	r.mu.Lock()
	r.viewers[v] = struct{}{}
	asked := slices.Contains(r.asked, person)
	r.mu.Unlock()
	leave = func() {
		r.mu.Lock()
		delete(r.viewers, v)
		if len(r.viewers) == 0 {
			time.AfterFunc(linger, r.abandon)
		}
		r.mu.Unlock()
		r.wake()
	}
	if !asked {
		// They are read when it is known that the person looks: whoever changes
		// them from now on asks for what they need.
		var own View
		err := s.storage.View(ctx, func(ctx context.Context, tx Tx) (err error) {
			own, err = tx.PersonView(ctx, list, person)
			return err
		})
		if err != nil {
			leave()
			return nil, err
		}
		r.mu.Lock()
		r.need(chosenColumns(Schema{}, nil, own.Columns))
		r.mu.Unlock()
	}
	s.loop(r) //nolint:contextcheck // asking goes on for the others who look
	r.wake()
	return leave, nil
}

// abandon ends asking when nobody looks.
func (r *refresher) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.viewers) == 0 && r.leave != nil {
		r.leave()
	}
}

func (s *Service) refresher(list string) *refresher {
	s.fresh.mu.Lock()
	defer s.fresh.mu.Unlock()
	if s.fresh.lists == nil {
		s.fresh.lists = map[string]*refresher{}
	}
	r := s.fresh.lists[list]
	if r == nil {
		r = &refresher{list: list, viewers: map[*viewer]struct{}{}, kick: make(chan struct{}, 1)}
		s.fresh.lists[list] = r
	}
	return r
}

// loop starts asking, unless it goes on already.
func (s *Service) loop(r *refresher) {
	s.fresh.mu.Lock()
	defer s.fresh.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loops || s.fresh.closed {
		return
	}
	// It belongs to everyone who looks, so to none of their requests.
	ctx, stop := context.WithCancel(context.Background())
	r.loops, r.stop = true, stop
	s.fresh.work.Go(func() {
		defer stop()
		s.keepFresh(ctx, r)
	})
}

// wake makes the loop look again at what there is to do.
func (r *refresher) wake() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// keepFresh asks at once, and again after each interval, until nobody looks.
func (s *Service) keepFresh(ctx context.Context, r *refresher) {
	for {
		wait, asked := s.due(r)
		if wait <= 0 && ctx.Err() == nil {
			s.ask(ctx, r)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.kick:
		case <-timer.C:
		}
		timer.Stop()
		if r.ends(ctx.Err() != nil, asked) {
			return
		}
	}
}

// ends reports whether the loop is over: it is stopped, or nobody looks and
// nobody has asked.
func (r *refresher) ends(stopped, asked bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stopped || asked && len(r.viewers) == 0 && !r.state.Running {
		r.loops = false
	}
	return !r.loops
}

// due is how long to wait before the next try. asked tells that there was one.
func (s *Service) due(r *refresher) (wait time.Duration, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.state.Running:
		return 0, false
	case len(r.viewers) == 0:
		return linger, true
	case r.tried.IsZero():
		return 0, false
	}
	return max(0, r.tried.Add(r.interval()).Sub(s.now())), true
}

// interval is the time between two tries, longer after each that failed.
func (r *refresher) interval() time.Duration {
	every := time.Duration(max(minRefresh, r.state.Every)) * time.Second
	for range min(r.failed, 10) {
		every = min(2*every, max(every, mostBackoff))
	}
	return every
}

// Refresh asks the record systems of a list now, or joins who is asking. They
// are not asked again just after they were: the state is given as it is then.
// It does not wait for the answers: they come by the stream.
func (s *Service) Refresh(ctx context.Context, list string) (Refresh, error) {
	err := s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		_, _, err := s.enterList(ctx, tx, rec, list, Viewer)
		return err
	})
	if err != nil {
		return Refresh{}, err
	}
	r := s.refresher(list)
	if r.askedNow(s.now()) {
		r.wake()
		s.loop(r) //nolint:contextcheck // it is for all who look
	}
	return s.refreshOf(list), nil
}

// askedNow makes a list be asked for now, unless it just was.
func (r *refresher) askedNow(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Running {
		return true
	}
	if !r.ended.IsZero() && now.Sub(r.ended) < leastApart {
		return false
	}
	r.state.Running, r.state.Done, r.state.Total = true, 0, 0
	return true
}

// refreshState is how asking for a list stands.
func (s *Service) refreshState(l List) Refresh { return s.refreshOf(l.ID) }

func (s *Service) refreshOf(list string) Refresh {
	r := s.refresher(list)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown(s.now())
}

// shown is the state with what follows from the time.
func (r *refresher) shown(now time.Time) Refresh {
	st := r.state
	if st.Every == 0 {
		st.Every = defaultSettings("").RefreshEvery
	}
	every := st.Every
	st.Every = int(r.interval() / time.Second)
	if !r.tried.IsZero() && len(r.viewers) > 0 {
		st.Next = r.tried.Add(r.interval())
	}
	st.Stale = !st.Last.IsZero() && now.Sub(st.Last) > 2*time.Duration(every)*time.Second
	return st
}

// ask asks the record systems of a list once.
func (s *Service) ask(ctx context.Context, r *refresher) {
	r.mu.Lock()
	r.tried = s.now()
	r.state.Running, r.state.Done, r.state.Total = true, 0, 0
	people := make([]string, 0, len(r.viewers))
	for v := range r.viewers {
		people = append(people, v.person)
	}
	r.asked = people
	r.mu.Unlock()
	s.progress(r)
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	r.mu.Lock()
	r.leave = cancel
	r.mu.Unlock()
	reason, every, err := s.askFor(ctx, r, people)
	if err != nil {
		s.logger.WarnContext(ctx, "a list was not refreshed", "list", r.list, "error", err)
	}
	r.mu.Lock()
	r.leave = nil
	if r.again {
		r.again, r.tried = false, time.Time{}
	}
	if errors.Is(ctx.Err(), context.Canceled) { // nobody looked any more: it says nothing, and who looks next waits for no interval
		r.state.Running, r.tried = false, time.Time{}
		r.mu.Unlock()
		return
	}
	r.state.Running, r.state.Reason, r.state.Advice, r.ended = false, reason, reason, s.now()
	if every > 0 {
		r.state.Every = every
	}
	if reason == "" {
		r.state.Last, r.failed = s.now(), 0
	} else {
		r.failed++
	}
	r.mu.Unlock()
	s.progress(r)
}

// progress tells all who look how asking stands.
func (s *Service) progress(r *refresher) {
	st := s.refreshOf(r.list)
	s.hub.Pass(r.list, Event{Kind: "refresh", Refresh: &st})
}

// Close ends what runs in the background and waits for it. Call it when nobody
// asks any more.
func (s *Service) Close() {
	s.fresh.mu.Lock()
	s.fresh.closed = true
	for _, r := range s.fresh.lists {
		r.mu.Lock()
		if r.stop != nil {
			r.stop()
		}
		r.mu.Unlock()
	}
	s.fresh.mu.Unlock()
	s.fresh.work.Wait()
}

// refreshSoon asks for a list again without waiting, if anyone looks at it.
func (s *Service) refreshSoon(list string) {
	r := s.refresher(list)
	r.mu.Lock()
	r.soon()
	r.mu.Unlock()
	r.wake()
}

func (r *refresher) soon() {
	if r.state.Running {
		r.again = true
	} else {
		r.tried = time.Time{}
	}
}

// chosen says that a person, or "" everyone, has other columns of a list now,
// which matters where they look at it.
func (s *Service) chosen(list, person string, columns []Column) {
	r := s.refresher(list)
	r.mu.Lock()
	for v := range r.viewers {
		if person == "" || v.person == person {
			r.need(columns)
			break
		}
	}
	r.mu.Unlock()
	r.wake()
}

// need makes a list be asked for soon where columns need what the last try was
// not for. The first try is under way by itself.
func (r *refresher) need(columns []Column) {
	if r.tried.IsZero() {
		return
	}
	if slices.ContainsFunc(columns, func(c Column) bool { return c.Kind != "" && !slices.Contains(r.kinds, c.Kind) }) {
		r.soon()
	}
}
