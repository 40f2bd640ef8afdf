//go:build unix

package await

import (
	"syscall"
	"testing"
	"time"
)

// CPU is the processor time that this process has used. A test that bounds what
// something costs takes its growth, which does not count what else the machine
// does; no other test may run beside it.
func CPU(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
