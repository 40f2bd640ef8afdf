package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Journal remembers the files that are stored. It is safe for concurrent
// use.
type Journal interface {
	// Done reports whether a file was stored before.
	Done(f Fingerprint) bool
	// Add remembers a stored file, durably.
	Add(f Fingerprint) error
}

// A Fingerprint tells one file from another.
type Fingerprint struct {
	Name string
	Size int64
	Hash string // SHA-256 of the file as it lies on disk
}

// Config is what an [Importer] is made of. Server is required.
type Config struct {
	Server fhir.Server
	// Journal lets files that are stored be passed over; nil reads all.
	Journal Journal
	// Again reads files that the journal knows all the same.
	Again bool
	// Problem is told what was refused, or existed, from one goroutine at a
	// time. Nil discards.
	Problem func(Problem)
	// Writers is how many writes wait for the server at once; 0 is 64. Writes
	// that wait together share one commit.
	Writers int
	// Stdin is read for the file name "-".
	Stdin io.Reader
}

// A Problem is something that was not stored: refused, or a conditional create
// that found its resource.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`  // 0: the file as a whole
	Entry  int    `json:"entry,omitempty"` // in a Bundle, counted from 1
	Type   string `json:"type,omitempty"`
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason"`
	// Existing is the resource (Patient/1) that a conditional create found, and
	// by its own condition left alone; "" when the write was refused.
	Existing string `json:"existing,omitempty"`
}

// String says it in one line.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Entry > 0 {
		s += fmt.Sprintf(": entry %d", p.Entry)
	}
	if p.Type != "" {
		s += ": " + p.Type
		if p.ID != "" {
			s += "/" + p.ID
		}
	}
	return s + ": " + p.Reason
}

// Progress is how far an import is.
type Progress struct {
	Files, FilesDone, FilesKnown int // Known: in the journal, passed over
	Bytes, BytesDone             int64
	Stored, Refused, Existing    int64
}

// A Summary is the result of an import.
type Summary struct {
	Progress
	Types map[string]int64 // stored, by type
	Took  time.Duration
}

// An Importer imports once. Progress may be asked from another goroutine
// while Run runs.
type Importer struct {
	cfg   Config
	units chan unit // to the writers
	order *order

	files, filesDone, filesKnown atomic.Int64
	bytes, bytesDone             atomic.Int64
	stored, refused, existing    atomic.Int64

	mu    sync.Mutex // of what follows
	types map[string]int64
	fatal error
}

// New makes an importer.
func New(cfg Config) (*Importer, error) {
	if cfg.Server == nil {
		return nil, errors.New("importer: Config needs a Server")
	}
	if cfg.Problem == nil {
		cfg.Problem = func(Problem) {}
	}
	if cfg.Writers <= 0 {
		cfg.Writers = 64
	}
	return &Importer{cfg: cfg, types: map[string]int64{}, units: make(chan unit), order: newOrder()}, nil
}

// Progress is how far Run is.
func (im *Importer) Progress() Progress {
	return Progress{
		Files: int(im.files.Load()), FilesDone: int(im.filesDone.Load()), FilesKnown: int(im.filesKnown.Load()),
		Bytes: im.bytes.Load(), BytesDone: im.bytesDone.Load(), Stored: im.stored.Load(), Refused: im.refused.Load(), Existing: im.existing.Load(),
	}
}

// Run imports files and, recursively, directories. It ends as if the files were
// read one after the other: those given in the order given, those of a directory
// by their names. An error means that the import could not go on; what was
// merely refused is in the summary. When ctx ends it stops, and what was stored
// until then stays.
func (im *Importer) Run(ctx context.Context, paths []string) (Summary, error) {
	list, err := im.list(paths)
	if err != nil {
		return Summary{}, err
	}
	return im.run(ctx, func(ctx context.Context, yield func(unit)) {
		n := max(2, runtime.GOMAXPROCS(0))
		unread, inOrder := make(chan *file), make(chan *file, n)
		var readers sync.WaitGroup
		for range n {
			readers.Go(func() {
				for f := range unread {
					im.read(ctx, f)
				}
			})
		}
		readers.Go(func() {
			defer close(inOrder)
			defer close(unread)
			for _, s := range list {
				f := &file{source: s, units: make(chan unit, readAhead)}
				f.open.Store(1)
				unread <- f
				inOrder <- f
			}
		})
		for f := range inOrder {
			for u := range f.units {
				yield(u)
			}
		}
		readers.Wait()
	})
}

// run does the writes that produce yields, at once where they do not meet.
func (im *Importer) run(ctx context.Context, produce func(ctx context.Context, yield func(unit))) (Summary, error) {
	begin := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var writers sync.WaitGroup
	for range im.cfg.Writers {
		writers.Go(func() {
			for u := range im.units {
				im.write(ctx, cancel, u)
			}
		})
	}
	produce(ctx, func(u unit) {
		im.order.enter(u.need)
		im.units <- u
	})
	close(im.units)
	writers.Wait()
	im.mu.Lock()
	defer im.mu.Unlock()
	err := im.fatal
	if err == nil {
		err = ctx.Err()
	}
	return Summary{Progress: im.Progress(), Types: im.types, Took: time.Since(begin)}, err
}

// problem reports what was refused, or existed.
func (im *Importer) problem(f *file, p Problem) {
	p.File = f.name
	if p.Existing == "" {
		f.refused.Store(true)
		im.refused.Add(1)
	} else {
		im.existing.Add(1)
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	im.cfg.Problem(p)
}

// write does one write, unless the import has ended.
func (im *Importer) write(ctx context.Context, cancel context.CancelFunc, u unit) {
	defer im.order.leave(u.need)
	defer im.finish(u.file)
	if ctx.Err() == nil {
		if err := im.store(ctx, u); err != nil {
			im.fail(err)
			cancel()
		}
	}
	if ctx.Err() != nil {
		u.file.refused.Store(true) // not finished: not for the journal
	}
}

// fail keeps the first error that ends the import.
func (im *Importer) fail(err error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.fatal == nil {
		im.fatal = err
	}
}

// finish counts one part of a file as dealt with. The last one ends the file.
func (im *Importer) finish(f *file) {
	if f.open.Add(-1) > 0 {
		return
	}
	im.filesDone.Add(1)
	if im.cfg.Journal == nil || f.refused.Load() || f.print.Hash == "" {
		return
	}
	if err := im.cfg.Journal.Add(f.print); err != nil {
		im.fail(fmt.Errorf("import journal: %w", err))
	}
}

// stops tells apart what fails the import from what is merely refused.
func stops(err error) bool {
	fe := fhir.AsError(err)
	return fe.Kind == fhir.KindInternal || fe.Kind == fhir.KindUnavailable
}

// reason is why something was refused, as the operator may see it.
func reason(err error) string {
	var fe *fhir.Error
	if errors.As(err, &fe) && len(fe.Issues) > 0 {
		text := make([]string, len(fe.Issues))
		for i, is := range fe.Issues {
			text[i] = is.Diagnostics
		}
		return strings.Join(text, " ")
	}
	return err.Error()
}
