package patients

import (
	"context"
	"fmt"
	"time"
)

// passingLives is how long a change that no mark and no history shows is kept,
// for streams to take up.
const passingLives = 7 * 24 * time.Hour

// purgeBatch bounds one transaction of a purge.
const purgeBatch = 200

// A Purged says what a purge removed.
type Purged struct {
	Entries int
	Lists   int
	Others  int // drafts and tickets
}

// Purge removes what is kept no longer: all that is known of patients who left
// a list longer ago than the space keeps it, lists deleted more than 30 days
// ago, and drafts and tickets that have expired. It returns nil only once the
// bytes are gone from the storage's files too. Run it at the start and each
// hour.
func (s *Service) Purge(ctx context.Context, now time.Time) (Purged, error) {
	var done Purged
	for {
		n := 0
		err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
			n = 0
			entries, err := tx.EntriesToPurge(ctx, now, now.Add(-restorable), purgeBatch)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if err := tx.PurgeEntry(ctx, e); err != nil {
					return err
				}
			}
			if n = len(entries); n == 0 {
				return nil
			}
			return tx.SetScrub(ctx, true)
		})
		if err != nil {
			return done, fmt.Errorf("purge entries: %w", err)
		}
		if done.Entries += n; n < purgeBatch {
			break
		}
	}
	err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) (err error) {
		if err := tx.PurgePassing(ctx, now.Add(-passingLives)); err != nil {
			return err
		}
		if done.Lists, err = tx.PurgeLists(ctx, now.Add(-restorable)); err != nil {
			return err
		}
		drafts, tickets, err := tx.PurgeExpired(ctx, now, now.Add(-draftsLive))
		if done.Others = drafts + tickets; err != nil || done.Lists+drafts == 0 {
			return err // tickets hold ids only: the files need not be gone through for them
		}
		return tx.SetScrub(ctx, true)
	})
	if err != nil {
		return done, fmt.Errorf("purge lists and drafts: %w", err)
	}
	if err := s.scrub(ctx); err != nil {
		return done, fmt.Errorf("purge: the values are removed, but may still stand in a file: %w", err)
	}
	return done, nil
}

// scrub makes sure that what was removed is gone from the files, now or by an
// earlier purge that was interrupted.
func (s *Service) scrub(ctx context.Context) error {
	pending := false
	err := s.storage.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		pending, err = tx.ScrubPending(ctx)
		return err
	})
	if err != nil || !pending {
		return err
	}
	if scrubber, ok := s.storage.(Scrubber); ok {
		if err := scrubber.Scrub(ctx); err != nil {
			return err
		}
	}
	return s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error { return tx.SetScrub(ctx, false) })
}
