package patients

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A collector takes cells as they come, stores them in waves, and tells how far
// asking has gone. It is safe for concurrent use.
type collector struct {
	s    *Service
	list string
	r    *refresher
	kept map[part]chart.Cell

	mu      sync.Mutex
	pending []Observation
	reasons map[string]map[string]int // by connection: how often each
	wake    chan struct{}
	end     chan struct{}
	ended   chan struct{}
	err     error
}

func (s *Service) collect(p *plan, r *refresher) *collector {
	c := &collector{
		s: s, list: p.list.ID, r: r, kept: p.kept, reasons: map[string]map[string]int{},
		wake: make(chan struct{}, 1), end: make(chan struct{}), ended: make(chan struct{}),
	}
	go c.store()
	return c
}

// expect says how many calls are made.
func (c *collector) expect(calls int) {
	c.r.mu.Lock()
	c.r.state.Total += calls
	c.r.mu.Unlock()
	c.s.progress(c.r)
}

// add takes cells of an entry. One that failed keeps what it said before.
func (c *collector) add(e Kept, cells map[string]chart.Cell) {
	c.mu.Lock()
	for column, cell := range cells {
		if cell.Status == chart.Failed && len(cell.Items) == 0 {
			was := c.kept[part{e.ID, column}]
			cell.Items, cell.AsOf, cell.Total = was.Items, was.AsOf, was.Total
		}
		c.pending = append(c.pending, Observation{Entry: e.ID, Column: column, Cell: cell, Of: e.Subject})
	}
	n := len(c.pending)
	c.mu.Unlock()
	if n >= waveCells {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// done takes the cells of a call that went well.
func (c *collector) done(e Kept, cells map[string]chart.Cell) {
	c.add(e, cells)
	c.step()
}

// failed takes a call that did not.
func (c *collector) failed(e Kept, kind chart.Kind, err error) {
	if reason := chart.ReasonOf(err); reason != chart.ReasonUnsupported {
		c.fails(e.Subject.Connection, reason)
	}
	c.add(e, chart.Failure(kind, err))
	c.step()
}

func (c *collector) step() {
	c.r.mu.Lock()
	c.r.state.Done++
	c.r.mu.Unlock()
}

// fails notes why a record system was not read.
func (c *collector) fails(connection, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reasons[connection] == nil {
		c.reasons[connection] = map[string]int{}
	}
	c.reasons[connection][reason]++
}

// reasonOf is the reason that a record system failed for most often, "" for
// one that did not.
func (c *collector) reasonOf(connection string) (reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := 0
	for r, n := range c.reasons[connection] {
		if n > most || n == most && r < reason {
			reason, most = r, n
		}
	}
	return reason
}

// worst is why not all went well.
func (c *collector) worst() string {
	c.mu.Lock()
	all := make([]string, 0, len(c.reasons))
	for id := range c.reasons {
		all = append(all, id)
	}
	c.mu.Unlock()
	slices.Sort(all)
	for _, id := range all {
		if r := c.reasonOf(id); r != "" {
			return r
		}
	}
	return ""
}

// store writes what has come, one transaction for each wave: so answers that
// come together cost one commit.
func (c *collector) store() {
	defer close(c.ended)
	tick := time.NewTicker(waveTime)
	defer tick.Stop()
	for {
		select {
		case <-c.wake:
		case <-tick.C:
		case <-c.end:
			c.flush()
			return
		}
		c.flush()
	}
}

func (c *collector) flush() {
	c.mu.Lock()
	wave := c.pending
	c.pending = nil
	failed := c.err != nil
	c.mu.Unlock()
	if len(wave) == 0 || failed {
		return
	}
	// What was read is kept, though the asking may be at its end.
	err := c.s.observe(context.Background(), c.list, wave)
	if err != nil {
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
	}
	c.s.progress(c.r)
}

// finish stores the rest.
func (c *collector) finish() error {
	close(c.end)
	<-c.ended
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
