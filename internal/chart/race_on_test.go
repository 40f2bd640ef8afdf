//go:build race

package chart_test

const raceEnabled = true
