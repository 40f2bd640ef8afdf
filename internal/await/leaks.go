package await

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Main runs a package's tests and fails it when goroutines stay behind.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := NoLeaks(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// NoLeaks waits until no goroutine is left but the caller's. On a busy machine
// those that have been told to end need more than the half second that goleak
// gives them.
func NoLeaks() error {
	begun := time.Now()
	for {
		err := goleak.Find()
		if err == nil || time.Since(begun) > Patience {
			return err
		}
	}
}
