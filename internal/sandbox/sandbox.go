package sandbox

import (
	"fmt"
	"iter"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Depth says how much is made up about each generated patient.
type Depth uint8

// How much a patient has.
const (
	Full Depth = iota // a history: visits, a stay with vitals over days, problems, orders, cover
	Lite              // the patient, one encounter and one set of vitals; for growth measurements
)

// ParseDepth reads a depth by name: full or lite.
func ParseDepth(s string) (Depth, error) {
	switch s {
	case "", "full":
		return Full, nil
	case "lite":
		return Lite, nil
	}
	return 0, fmt.Errorf("unknown depth %q: want full or lite", s)
}

// String is the depth's name.
func (d Depth) String() string {
	if d == Lite {
		return "lite"
	}
	return "full"
}

// MaxPatients is how many patients one generator run may have: the medical
// record number has seven digits for the patient's index.
const MaxPatients = 10_000_000

// Config says what to make.
type Config struct {
	Version  fhir.Version // required
	Patients int          // how many to generate; ignored by Samples
	First    int          // index of the first patient, to continue an interrupted run
	Seed     uint64
	// Now is the day on which the made-up world stands; only its UTC day
	// counts, so that a second run on one day gives the same bytes. The zero
	// value is a fixed day.
	Now   time.Time
	Depth Depth
}

func (c Config) check() error {
	if !c.Version.Valid() {
		return fmt.Errorf("sandbox: config: version is required")
	}
	if c.Patients < 0 || c.First < 0 || c.Patients > MaxPatients-c.First {
		return fmt.Errorf("sandbox: config: patients %d from %d: want 0 to %d", c.Patients, c.First, MaxPatients)
	}
	if c.Depth > Lite {
		return fmt.Errorf("sandbox: config: unknown depth %d", c.Depth)
	}
	return nil
}

func (c Config) today() time.Time {
	now := c.Now
	if now.IsZero() {
		now = time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC)
	}
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// An Entry is one resource of a [Bundle].
type Entry struct {
	Type, ID string
	Body     []byte // a part of the Bundle's Body
}

// A Bundle is one transaction: all of one patient, or what all share. The
// bytes are the caller's.
type Bundle struct {
	Name    string // "shared", or the patient's id
	Body    []byte
	Entries []Entry
}

// Generate yields first the shared resources (organizations, practitioners,
// locations, medications), then one Bundle a patient. A patient depends on the
// seed and the patient's index only, not on how many are asked for.
func Generate(c Config) (iter.Seq[Bundle], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	g, err := newGenerator(c)
	if err != nil {
		return nil, err
	}
	return func(yield func(Bundle) bool) {
		r := newRenderer(c.Version)
		if !yield(r.shared(g.world)) {
			return
		}
		for i := c.First; i < c.First+c.Patients; i++ {
			if !yield(r.bundle(g.patient(i))) {
				return
			}
		}
	}, nil
}

// Samples yields first the shared resources, then one Bundle for each
// hand-shaped patient of [Catalogue].
func Samples(c Config) (iter.Seq[Bundle], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	g, err := newGenerator(Config{Version: c.Version, Now: c.Now, Seed: sampleSeed})
	if err != nil {
		return nil, err
	}
	return func(yield func(Bundle) bool) {
		r := newRenderer(c.Version)
		if !yield(r.shared(g.world)) {
			return
		}
		for i, s := range samples() {
			if !yield(r.bundle(g.sample(i, s))) {
				return
			}
		}
	}, nil
}

// A Sample tells about one hand-shaped patient.
type Sample struct {
	ID, Name, Why string
}

// Catalogue lists the sample patients, in the order [Samples] yields them.
func Catalogue() []Sample {
	all := samples()
	list := make([]Sample, len(all))
	for i, s := range all {
		list[i] = Sample{ID: s.id, Name: s.label, Why: s.why}
	}
	return list
}
