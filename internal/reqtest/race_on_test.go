//go:build race

package reqtest

const raceEnabled = true
