package importer

import (
	"context"
	"iter"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Feed stores requests that come from elsewhere than files. Transactions go in
// whole or not at all. It ends as if they were done one after the other.
func (im *Importer) Feed(ctx context.Context, requests iter.Seq[*fhir.Request]) (Summary, error) {
	im.files.Store(1)
	f := &file{source: source{name: "made up"}}
	f.open.Store(1)
	return im.run(ctx, func(ctx context.Context, yield func(unit)) {
		for req := range requests {
			if ctx.Err() != nil {
				break
			}
			u := unit{file: f, req: req, need: needs(req), atomic: true}
			for i, e := range req.Entries {
				u.parts = append(u.parts, part{entry: i + 1, typ: e.Request.Type, id: e.Request.ID})
			}
			f.open.Add(1)
			yield(u)
		}
		im.finish(f)
	})
}
