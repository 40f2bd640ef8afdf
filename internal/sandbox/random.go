package sandbox

import "math/rand/v2"

// A dice gives the chances of one patient. Its stream hangs on the seed and
// the patient's index only, so that patient 7 is the same in a run of ten and
// in a run of a hundred thousand.
type dice struct{ pcg rand.PCG }

func roll(seed, index uint64) *dice {
	d := &dice{}
	d.pcg.Seed(seed, index*0x9e3779b97f4a7c15+1)
	return d
}

// n is a number below max, 0 when max is not positive.
func (d *dice) n(limit int) int {
	if limit <= 0 {
		return 0
	}
	return int(d.pcg.Uint64() % uint64(limit)) //nolint:gosec // the remainder is below an int
}

// between is a number from lo to hi, both included.
func (d *dice) between(lo, hi int) int { return lo + d.n(hi-lo+1) }

// near is v give or take spread, values near v being likelier.
func (d *dice) near(v, spread int) int {
	if spread <= 0 {
		return v
	}
	return v - spread + (d.n(2*spread+1)+d.n(2*spread+1))/2
}

// in says yes once in every n times.
func (d *dice) in(n int) bool { return d.n(n) == 0 }

func pick[T any](d *dice, from []T) T { return from[d.n(len(from))] }
