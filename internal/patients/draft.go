package patients

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// draftsLive is how long a draft is kept after it was last written. A session
// lasts a day at most, so none outlives its author's sign-out by more than a
// week and a day.
const draftsLive = 8 * 24 * time.Hour

// Bounds of drafts.
const (
	maxDrafts   = 200
	maxDraftKey = 200
)

// Drafts gives what the asker was typing, the newest first. Nobody else sees
// it.
func (s *Service) Drafts(ctx context.Context) ([]Draft, error) {
	out := []Draft{}
	err := s.view(ctx, "", func(ctx context.Context, tx Tx, _ *audit.Record) error {
		p, err := person(ctx)
		if err != nil {
			return err
		}
		all, err := tx.Drafts(ctx, p.ID)
		for _, d := range all {
			if s.now().Sub(d.At) < draftsLive {
				out = append(out, d)
			}
		}
		return err
	})
	return out, err
}

// SetDraft keeps what the asker is typing; an empty text removes it.
func (s *Service) SetDraft(ctx context.Context, d Draft) error {
	err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
		p, err := person(ctx)
		if err != nil {
			return err
		}
		if d.Key == "" || len(d.Key) > maxDraftKey || strings.ContainsFunc(d.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return invalid("key", "must be like note:entry or field:entry:column")
		}
		if d.Text == "" {
			return tx.DeleteDraft(ctx, p.ID, d.Key)
		}
		if err := fits("text", d.Text, maxNote, false); err != nil {
			return err
		}
		all, err := tx.Drafts(ctx, p.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxDrafts && !slices.ContainsFunc(all, func(o Draft) bool { return o.Key == d.Key }) { // the oldest gives way
			if err := tx.DeleteDraft(ctx, p.ID, all[len(all)-1].Key); err != nil {
				return err
			}
		}
		d.At = s.moment()
		return tx.PutDraft(ctx, p.ID, d)
	})
	return s.settle(ctx, audit.Record{}, false, err)
}
