package patients_test

import (
	"context"
	"slices"
	"testing"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// A reader is someone's stream, as far as it has come.
type reader struct {
	kinds chan string
	ended chan error
	stop  context.CancelFunc
}

// read opens a stream and waits until it is under way.
func (w *world) read(person, list string) *reader {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.as(person))
	r := &reader{kinds: make(chan string, 100), ended: make(chan error, 1), stop: stop}
	go func() {
		r.ended <- w.Stream(ctx, list, 0, func(e patients.Event) error {
			r.kinds <- e.Kind
			return nil
		})
		close(r.kinds)
	}()
	if k := <-r.kinds; k != "hello" {
		w.t.Fatalf("a stream begins with %q", k)
	}
	return r
}

// One person holds a bounded number of streams. The page that opens one more is
// in use; the oldest is told that it is the one to end, so that it does not
// open another at once.
func TestStreamsOfAPersonAreBounded(t *testing.T) {
	t.Parallel()
	const most = 24
	w := newWorld(t)
	l, other := w.list("Ward"), w.list("Other")
	theirs := w.read(doctor, l.ID)
	var mine []*reader
	for i := range most + 2 {
		mine = append(mine, w.read(nurse, []string{l.ID, other.ID}[i%2]))
	}
	for i, r := range mine[:2] {
		var kinds []string
		for k := range r.kinds {
			kinds = append(kinds, k)
		}
		if err := <-r.ended; err != nil || kinds[len(kinds)-1] != "elsewhere" {
			t.Errorf("stream %d ended with %v after %v", i, err, kinds)
		}
	}
	// Those that are left hear what happens, and another person's all the same.
	w.add(l.ID, "Rivera", "Ana", "1")
	e := w.add(other.ID, "Lund", "Eva", "2")
	for i, r := range append(slices.Clone(mine[2:]), theirs) {
		for k := range r.kinds {
			if k == "elsewhere" {
				t.Errorf("stream %d of %d was ended", i, most)
			}
			if k == "entry" {
				break
			}
		}
	}
	// One that has ended makes room: nobody else is.
	mine[2].stop()
	for range mine[2].kinds { //nolint:revive // until it is over
	}
	again := w.read(nurse, l.ID)
	w.set(nurse, e, "summary", `"Better"`, 0)
	for k := range mine[3].kinds { // the oldest, of the other list
		if k == "elsewhere" {
			t.Error("there was room, and the oldest was ended")
		}
		if k == "cell" {
			break
		}
	}
	for _, r := range append(slices.Clone(mine[2:]), again, theirs) {
		r.stop()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
	}
}
