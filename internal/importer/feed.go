package importer

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Feed stores requests that come from elsewhere than files, many at once and
// so in no particular order. Transactions go in whole or not at all.
func (im *Importer) Feed(ctx context.Context, requests iter.Seq[*fhir.Request]) (Summary, error) {
	begin := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	units := make(chan unit)
	im.files.Store(1)
	f := &file{name: "made up"}
	f.open.Store(1)
	var writers sync.WaitGroup
	for range im.cfg.Writers {
		writers.Go(func() { im.write(ctx, cancel, units) })
	}
	for req := range requests {
		u := unit{file: f, req: req, atomic: true}
		for i, e := range req.Entries {
			u.parts = append(u.parts, part{entry: i + 1, typ: e.Request.Type, id: e.Request.ID})
		}
		f.open.Add(1)
		select {
		case units <- u:
			continue
		case <-ctx.Done():
			im.finish(f)
		}
		break
	}
	close(units)
	writers.Wait()
	im.finish(f)
	im.mu.Lock()
	defer im.mu.Unlock()
	err := im.fatal
	if err == nil {
		err = ctx.Err()
	}
	return Summary{Progress: im.Progress(), Types: im.types, Took: time.Since(begin)}, err
}
