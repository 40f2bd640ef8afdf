package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Keys of the index, by their first byte. The empty key holds every block.
const (
	keyAll     = ""
	keyPatient = "p"
	keyTenant  = "t"
	keyClient  = "c"
	keyPerson  = "u"
	keySpace   = "s"
	keyEntry   = "e"
)

// indexBatch bounds one transaction of the index, so that it never holds
// requests up for more than some milliseconds.
const indexBatch = 1500

var errStop = errors.New("stop")

// Run fills the index behind the writers until ctx ends, looking for new
// blocks each interval (0 means 10 s). A failure is logged and tried again:
// nothing but the speed of the next search depends on it.
func (l *Log) Run(ctx context.Context, interval time.Duration) {
	if interval <= 0 {
		interval = 10 * time.Second
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.Index(ctx); err != nil && ctx.Err() == nil {
			l.logger.LogAttrs(ctx, slog.LevelWarn, "audit index is behind", slog.Any("error", err))
		}
	}
}

// Index brings the index up to the block that is the newest when it is called.
// What others append meanwhile can wait: chasing busy writers might never end.
func (l *Log) Index(ctx context.Context) error {
	newest, from, err := l.reader.AuditState(ctx)
	for err == nil && from < newest {
		var entries []IndexEntry
		to := from
		err = l.reader.AuditBlocks(ctx, from, newest, func(b Block) error {
			entries = appendEntries(entries, b)
			to = b.ID
			if len(entries) >= indexBatch {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		if to == from { // blocks were removed behind our back
			return nil
		}
		if err := l.reader.IndexAudit(ctx, from, to, entries); err != nil {
			return err
		}
		_, from, err = l.reader.AuditState(ctx)
	}
	return err
}

// appendEntries adds a block's keys, each once. A line that cannot be read has
// none; Verify reports it.
func appendEntries(entries []IndexEntry, b Block) []IndexEntry {
	seen := map[string]bool{}
	add := func(kind, value string) {
		key := kind + value
		if value == "" && kind != keyAll || seen[key] {
			return
		}
		seen[key] = true
		entries = append(entries, IndexEntry{Key: key, FirstTime: b.FirstTime, Block: b.ID})
	}
	add(keyAll, "")
	for line := range lines(b.Body) {
		doc, err := fhir.Index(line)
		if err != nil {
			continue
		}
		n := doc.Root()
		add(keyTenant, n.Get("tenant").String())
		add(keyClient, n.Get("client").String())
		add(keyPerson, n.Get("person").String())
		add(keySpace, n.Get("space").String())
		for e := range n.Get("entries").Children() {
			add(keyEntry, e.String())
		}
		for p := range n.Get("patients").Children() {
			add(keyPatient, p.String())
		}
	}
	return entries
}
