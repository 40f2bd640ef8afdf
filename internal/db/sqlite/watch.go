package sqlite

import (
	"context"
	"time"
)

// maxWatchInterval keeps the promise that a change is seen everywhere within a
// quarter of a second.
const maxWatchInterval = 250 * time.Millisecond

// Watch calls changed once at the start, so that nothing is missed between a
// first load and the watching, and then after each change of configuration by
// this or any other process, from one goroutine, until ctx ends. Several
// changes between two looks make one call. interval is at most 250 ms; 0 means
// that.
//
// A look costs one pragma: only when some transaction has been committed since
// the last one is the counter read.
func (d *DB) Watch(ctx context.Context, interval time.Duration, changed func()) error {
	if interval <= 0 || interval > maxWatchInterval {
		interval = maxWatchInterval
	}
	// data_version compares with what this connection saw before, so the
	// connection must stay the same.
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return wrap("watch configuration", err)
	}
	defer func() { _ = conn.Close() }()
	look := func(query string) (n int64, err error) {
		err = conn.QueryRowContext(ctx, query).Scan(&n)
		return n, err
	}
	const versionQuery, seqQuery = "PRAGMA data_version", "SELECT seq FROM config_seq WHERE id = 1"
	version, err := look(versionQuery)
	if err != nil {
		return wrap("watch configuration", err)
	}
	seq, err := look(seqQuery)
	if err != nil {
		return wrap("watch configuration", err)
	}
	changed()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		v, err := look(versionQuery)
		if err == nil && v == version {
			continue
		}
		var s int64
		if err == nil {
			s, err = look(seqQuery)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if kindOf(err) == ErrBusy { //nolint:errorlint // kindOf gives the sentinel itself
				continue // the next look will tell
			}
			return wrap("watch configuration", err)
		}
		version = v
		if s != seq {
			seq = s
			changed()
		}
	}
}
