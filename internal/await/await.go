// Package await lets a test wait for what it gets no event of: a change that
// another process made, a number that is counted after the answer is sent.
//
// A test asks until it is so, and never judges how long that took: the machine
// may have anything else to do. Only what would never come fails, when
// [Patience] is over.
package await

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what does not come.
const Patience = time.Minute

// pause lies between two questions.
const pause = 20 * time.Millisecond

// That waits until ok says yes. What names the awaited thing, for who reads why
// the test failed.
func That(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(pause) {
		if time.Since(begun) > Patience {
			t.Fatalf("not in %v: %s", Patience, what)
		}
	}
}
