//go:build !unix

package await

import (
	"testing"
	"time"
)

var started = time.Now()

// CPU is the time that has passed, where the processor's cannot be asked for.
func CPU(testing.TB) time.Duration { return time.Since(started) }
