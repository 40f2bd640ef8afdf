package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// Observed is what a server last saw of a provider elsewhere. It is kept so
// that the next start knows it, and provider show can tell.
type Observed struct {
	At time.Time `json:"at"`
	// Of tells the settings with which it was seen: under others it says
	// nothing.
	Of string `json:"of,omitempty"`
	// Version is what the statement last said, unless the version is pinned.
	Version fhir.Version `json:"version,omitzero"`
	// Statement says in words how reading the statement went.
	Statement   string       `json:"statement,omitempty"`
	Calls       Calls        `json:"calls"`
	Batches     *Batches     `json:"batches,omitempty"` // nil before the first
	Adaptations []Adaptation `json:"adaptations,omitempty"`
	// Learned is the memory of the link adapt; where the settings hold the
	// tenant, LearnedOf has one for each.
	Learned   json.RawMessage            `json:"learned,omitempty"`
	LearnedOf map[string]json.RawMessage `json:"learnedOf,omitempty"`
}

// An Adaptation is something that is made up for, with the reason and how often
// since the server started.
type Adaptation struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"`
	Count int64     `json:"count"`
	Since time.Time `json:"since"`
}

// Calls are the numbers of a server's calls to a provider since it started.
type Calls struct {
	Breaker string    `json:"breaker"` // closed, open or half-open
	Since   time.Time `json:"since"`
	Sent    uint64    `json:"sent"`
	Failed  uint64    `json:"failed"`
	Retried uint64    `json:"retried"`
	Refused uint64    `json:"refused"` // not sent: breaker open or queue full
}

// Batches are what was sent whole since the server started.
type Batches struct {
	Sent    uint64    `json:"sent"`
	Entries uint64    `json:"entries"`
	Refused time.Time `json:"refused,omitzero"` // when the provider last took none; entries went one by one
}

// batches counts what leaves whole.
type batches struct {
	sent, entries atomic.Uint64
	refused       atomic.Int64 // Unix time
}

func (b *batches) count(entries int, refused bool) {
	b.sent.Add(1)
	b.entries.Add(uint64(entries)) //nolint:gosec // a count
	if refused {
		b.refused.Store(time.Now().Unix())
	}
}

func (b *batches) seen() *Batches {
	out := Batches{Sent: b.sent.Load(), Entries: b.entries.Load()}
	if out.Sent == 0 {
		return nil
	}
	if at := b.refused.Load(); at > 0 {
		out.Refused = time.Unix(at, 0).UTC()
	}
	return &out
}

func callsOf(s limit.State) Calls {
	c := Calls{Breaker: s.Breaker.String(), Since: s.Since.UTC(), Sent: s.Calls, Retried: s.Retries}
	for _, n := range s.Failures {
		c.Failed += n
	}
	for _, n := range s.Rejected {
		c.Refused += n
	}
	return c
}

// Observed is what was last seen of a provider as it is set now; empty when
// nothing was.
func (s *System) Observed(ctx context.Context, p provider.Provider) (*Observed, error) {
	body, err := s.Providers.Observed(ctx, p.Name)
	if err != nil {
		return nil, err
	}
	o := &Observed{}
	if len(body) > 0 && json.Unmarshal(body, o) != nil || o.Of != settingsOf(p) {
		return &Observed{}, nil // of another release, or of other settings: it is learned again
	}
	return o, nil
}

// settingsOf tells the settings of a provider from those it had before, and
// from those of any other that bore its name.
func settingsOf(p provider.Provider) string {
	return strconv.FormatInt(p.Created.UnixNano(), 36) + "." + strconv.FormatInt(p.Revision, 10)
}

// versionOf is the version to speak with a provider.
func (o *Observed) versionOf(p provider.Provider) fhir.Version {
	if !p.Remote.Pinned && o.Version.Valid() {
		return o.Version
	}
	return p.Version
}

// How often the statement is read, and what was seen is kept.
const (
	statementEvery = 15 * time.Minute
	statementRetry = 30 * time.Second
	observedEvery  = 5 * time.Second
)

// watch is what is known of a provider's statement.
type watch struct {
	changed   atomic.Bool // the provider speaks another version now
	version   atomic.Uint32
	statement atomic.Pointer[string]
}

func (w *watch) outdated() bool { return w.changed.Load() }

func (w *watch) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.statement.Store(&text)
}

// observe reads the provider's statement now and then, and keeps what was
// learned, until ctx ends.
func (rs *remotes) observe(ctx context.Context, o *openRemote) {
	read := time.NewTimer(0)
	defer read.Stop()
	keep := time.NewTicker(observedEvery)
	defer keep.Stop()
	kept := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-read.C:
			wait := statementEvery
			if !rs.readStatement(ctx, o) {
				wait = statementRetry
			}
			read.Reset(wait + rand.N(wait/5)) //nolint:gosec // only spreads the load
		case <-keep.C:
			rs.keep(ctx, o, &kept)
		}
	}
}

// readStatement asks the provider what it is. What it says is judged before it
// is believed: a version it never spoke before takes effect only when pinned
// to nothing.
func (rs *remotes) readStatement(ctx context.Context, o *openRemote) bool {
	ctx, cancel := context.WithTimeout(ctx, rs.s.cfg.Limits.RequestTime)
	defer cancel()
	resp, err := o.server.Do(ctx, &fhir.Request{Interaction: fhir.Capabilities})
	if err != nil {
		o.watch.say("not read: %s", publicText(err))
		return false
	}
	v, release, err := remote.Detect(resp.Resource.Body)
	switch {
	case err != nil:
		o.watch.say("not understood: %s", publicText(err))
		return false
	case v != o.version && o.provider.Remote.Pinned:
		o.watch.say("says FHIR %s; pinned to %s", release, o.version.Release())
	case v != o.version:
		o.watch.say("says FHIR %s", release)
		o.watch.version.Store(uint32(v))
		rs.s.logger.WarnContext(ctx, "a provider speaks another FHIR version now", "provider", o.provider.Name, "was", o.version, "is", v)
		rs.keep(ctx, o, new(string)) // first: the links that replace these begin with what is kept
		o.watch.changed.Store(true)
		return true
	default:
		o.watch.say("says FHIR %s", release)
		o.watch.version.Store(uint32(v))
	}
	o.memories.heard(resp.Resource.Body)
	return true
}

// publicText is what a failure says to strangers.
func publicText(err error) string {
	fe := fhir.AsError(err)
	if len(fe.Issues) == 0 {
		return fe.Error()
	}
	return fe.Issues[0].Diagnostics
}

// keep stores what was seen when it differs from what was kept.
func (rs *remotes) keep(ctx context.Context, o *openRemote, kept *string) {
	seen := Observed{Of: settingsOf(o.provider), Version: fhir.Version(o.watch.version.Load())} //nolint:gosec // a version is small
	seen.Adaptations = o.memories.report()
	if s := o.watch.statement.Load(); s != nil {
		seen.Statement = *s
	}
	seen.Calls, seen.Batches = callsOf(o.limiter.State()), o.batches.seen()
	o.memories.save(&seen)
	body, err := json.Marshal(seen)
	if err == nil && string(body) != *kept {
		*kept = string(body)
		seen.At = time.Now().UTC().Truncate(time.Second)
		if body, err = json.Marshal(seen); err == nil {
			err = rs.s.Providers.SaveObserved(ctx, o.provider.Name, body)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		rs.s.logger.WarnContext(ctx, "what was learned of a provider is not kept", "provider", o.provider.Name, "error", err)
	}
}
