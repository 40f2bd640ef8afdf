package app

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/provider"
)

// The time limit of outgoing requests is that of calls to a provider, unless the
// provider has its own. Calls were given up after ten seconds, however much the
// operator allowed.
func TestCallsHaveTheTimeOfOutgoingRequests(t *testing.T) {
	cfg := Defaults()
	cfg.Outbound.Timeout = time.Minute
	s := &System{cfg: &cfg}
	for own, want := range map[time.Duration]time.Duration{0: time.Minute, 5 * time.Second: 5 * time.Second} {
		p := provider.Provider{Remote: &provider.Remote{Timeout: provider.Duration(own)}}
		if got := s.limits(p).CallTime; got != want {
			t.Errorf("with a time of %v of its own a call has %v, want %v", own, got, want)
		}
	}
}
