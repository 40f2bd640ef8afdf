package patients

import (
	"time"
	_ "time/tzdata" // zones are the same on every machine, also where none are installed
)

// Bounds of the settings.
const (
	minRefresh   = 15       // seconds: a record system is not ours to flood
	maxRefresh   = 60 * 60  // seconds
	maxRetention = 10 * 365 // days
	maxIdle      = 12 * 60  // minutes: a session's life
	zoneWanted   = "is not a time zone such as America/Chicago"
)

// defaultSettings are those of a new space.
func defaultSettings(zone string) Settings {
	return Settings{Zone: zone, RefreshEvery: 120, RetentionDays: 30, IdleMinutes: 15}
}

// faults are the mistakes in the settings, by field.
func (st Settings) faults() map[string]string {
	out := map[string]string{}
	if st.Zone == "" {
		out["zone"] = "is missing"
	} else if _, err := time.LoadLocation(st.Zone); err != nil || st.Zone == "Local" {
		out["zone"] = zoneWanted
	}
	for _, f := range []struct {
		name        string
		n, low, top int
	}{
		{"refreshEvery", st.RefreshEvery, minRefresh, maxRefresh},
		{"retentionDays", st.RetentionDays, 1, maxRetention},
		{"idleMinutes", st.IdleMinutes, 1, maxIdle},
	} {
		switch {
		case f.n < f.low:
			out[f.name] = "is too small"
		case f.n > f.top:
			out[f.name] = "is too large"
		}
	}
	return out
}

// Location is the space's time zone.
func (st Settings) Location() *time.Location {
	if loc, err := time.LoadLocation(st.Zone); err == nil && st.Zone != "" {
		return loc
	}
	return time.UTC
}
