package patients_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/seal"
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

// Whose role is another is told to read the list again, which says what they may
// do now, without waiting; whose role was taken hears nothing more.
func TestAStreamTellsOfAnotherRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	theirs, mine := w.read(doctor, l.ID), w.read(nurse, l.ID)
	heard := func(r *reader, want string) {
		t.Helper()
		for k := range r.kinds {
			if k == want {
				return
			}
		}
		t.Errorf("the stream ended without %q", want)
	}
	role := func(r patients.Role) {
		t.Helper()
		if _, err := w.SetMember(w.as(owner), w.space.ID, doctor, r); err != nil {
			t.Fatal(err)
		}
	}
	role(patients.Viewer)
	heard(theirs, "reset")
	if v := w.view(doctor, l.ID); v.Role != patients.Viewer {
		t.Errorf("the list says %q", v.Role)
	}
	role("")
	heard(theirs, "reset")
	if err := <-theirs.ended; err != nil {
		t.Error(err)
	}
	mine.stop()
	for k := range mine.kinds {
		if k == "reset" {
			t.Error("another person was told")
		}
	}
}

// A deaf is a record system that gives no answer but an error, when told to.
type deaf struct {
	patients.Records
	asked chan struct{}
	fail  func(context.Context) error
}

func (d deaf) Open(context.Context, patients.Connection, string) (fhir.Server, error) {
	return d, nil
}

func (d deaf) Version() fhir.Version { return fhir.R4 }

func (d deaf) Do(ctx context.Context, _ *fhir.Request) (*fhir.Response, error) {
	select {
	case d.asked <- struct{}{}:
	default:
	}
	return nil, d.fail(ctx)
}

func (d deaf) wait(t *testing.T, why string) {
	t.Helper()
	select {
	case <-d.asked:
	case <-time.After(await.Patience): // of an interval of two minutes
		t.Fatalf("nothing is asked for %s", why)
	}
}

// deafWard is a list with a patient of a record system, as a service on another
// storage keeps it.
func (w *world) deafWard(d deaf, storage patients.Storage) patients.List {
	w.t.Helper()
	box := must(seal.NewBox(seal.NewRing()))(w.t)
	w.Service = must(patients.New(patients.Config{Storage: storage, Audit: w.log, Clock: w.clock, Records: d, Box: box}))(w.t)
	w.t.Cleanup(w.Close)
	l := must(w.CreateList(w.as(owner), patients.NewList{Space: w.space.ID, Name: "Ward", Schema: patients.SchemaHandover}))(w.t)
	err := w.db.Patients().Update(w.t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return tx.PutConnection(ctx, patients.Connection{ID: "c", Space: w.space.ID, Name: "Hospital", Link: "https://ehr.example.org", Auth: "none", Created: w.now}, nil)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	one := []patients.NewPatient{{Subject: patients.Subject{Connection: "c", Patient: "p"}, Identity: someone("Rivera", "Ana", "100")}}
	if _, _, err := w.AddPatients(w.as(owner), l.ID, one, true); err != nil {
		w.t.Fatal(err)
	}
	return l
}

// Asking that ended because nobody looked any more was no try: whoever looks
// next is not kept waiting for the interval.
func TestWhoLooksAfterAskingWasAbandonedIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := deaf{asked: make(chan struct{}, 1), fail: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
	l := w.deafWard(d, w.db.Patients())
	for _, who := range []string{"the first", "the next"} {
		r := w.read(nurse, l.ID)
		d.wait(t, who)
		r.stop()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
		patients.Abandon(w.Service, l.ID)
	}
}

// meanwhile does something once, when the next reading is over.
type meanwhile struct {
	patients.Storage
	do *atomic.Pointer[func()]
}

func (m meanwhile) View(ctx context.Context, fn func(ctx context.Context, tx patients.Tx) error) error {
	err := m.Storage.View(ctx, fn)
	if do := m.do.Swap(nil); do != nil {
		(*do)()
	}
	return err
}

// Columns that someone chooses while their stream is being opened are asked for
// like those of one that is open.
func TestColumnsChosenWhileAStreamOpensAreAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := deaf{asked: make(chan struct{}, 1), fail: func(context.Context) error { return fhir.Errorf(fhir.KindUnavailable, "transient", "No.") }}
	m := meanwhile{w.db.Patients(), &atomic.Pointer[func()]{}}
	l := w.deafWard(d, m)
	over := make(chan struct{}, 1)
	ctx, stop := context.WithCancel(w.as(doctor))
	ended := make(chan error, 1)
	go func() {
		ended <- w.Stream(ctx, l.ID, 0, func(e patients.Event) error {
			if e.Kind == "refresh" && !e.Refresh.Running && e.Refresh.Reason != "" {
				select {
				case over <- struct{}{}:
				default:
				}
			}
			return nil
		})
	}()
	d.wait(t, "the doctor")
	<-over
	choose := func() {
		if _, err := w.SetView(w.as(nurse), l.ID, patients.View{Columns: []string{"problems"}}); err != nil {
			t.Error(err)
		}
	}
	m.do.Store(&choose)
	r := w.read(nurse, l.ID)
	d.wait(t, "the nurse")
	r.stop()
	stop()
	if err := errors.Join(<-r.ended, <-ended); err != nil {
		t.Error(err)
	}
}

// A cell that says what it said waits for a slow reader in memory, and so is
// sent after the news that its entry is linked to another record. It names
// whose it is, so that it does not stand under the other's name.
func TestACellOfAFormerRecordIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.observe(l.ID, e, "hr", items("72"))
	v := w.view(nurse, l.ID)
	was := entry(t, v, e).Cells["identity"].Seq
	ctx, stop := context.WithCancel(w.as(nurse))
	defer stop()
	events, ended := make(chan patients.Event), make(chan error, 1)
	held := make(chan struct{})
	go func() {
		defer close(events)
		ended <- w.Stream(ctx, l.ID, v.Seq, func(e patients.Event) error {
			select {
			case events <- e:
			case <-ctx.Done():
			}
			if e.Column == "summary" {
				<-held // the reader is busy with this one
			}
			return nil
		})
	}()
	until := func(found func(patients.Event) bool) {
		for ev := range events {
			if found(ev) {
				return
			}
		}
	}
	until(func(ev patients.Event) bool { return ev.Kind == "refresh" }) // all that was there is read
	w.set(nurse, e, "summary", `"Better"`, 0)
	until(func(ev patients.Event) bool {
		if ev.Column == "summary" && ev.Identity != was {
			t.Errorf("our own cell is of identity %d, want %d", ev.Identity, was)
		}
		return ev.Column == "summary"
	})
	w.observe(l.ID, e, "hr", items("72"))
	patients.SetState(w.Service, t.Context(), e, patients.StateMerged, someone("Rivera", "Ana", "2"))
	close(held)
	var now int64
	for ev := range events {
		switch ev.Kind {
		case "entry":
			now = ev.Whole.Cells["identity"].Seq
		case "cell":
			if now <= was || ev.Identity != was {
				t.Errorf("the cell is of identity %d, after the entry was told as %d; want %d", ev.Identity, now, was)
			}
			stop() // which ends the stream, and this loop
		}
	}
	if err := <-ended; err != nil || ctx.Err() == nil {
		t.Errorf("the stream ended with %v, before it had said all", err)
	}
}
