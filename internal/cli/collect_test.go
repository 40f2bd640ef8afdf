package cli

import (
	"runtime/debug"
	"testing"
)

// TestTheOperatorsCollectorStays: whoever sets the garbage collector in the
// environment has it so; else the server's own setting ends with the server.
// Not parallel: the setting is the process's.
func TestTheOperatorsCollectorStays(t *testing.T) {
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	before := percent()
	for _, name := range []string{"GOGC", "GOMEMLIMIT", ""} {
		e := &env{Process: Process{Lookup: func(asked string) (string, bool) { return "", asked == name }}}
		end := e.collectSeldom()
		if got, ours := percent(), name == ""; ours != (got == 300) || !ours && got != before {
			t.Errorf("with %q in the environment the collector runs at %d %%", name, got)
		}
		if end(); percent() != before {
			t.Errorf("with %q in the environment it is left at %d %%, want %d", name, percent(), before)
		}
	}
}
