package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// records are all samples and some generated patients, before rendering.
func records(t *testing.T) map[string]*record {
	t.Helper()
	all := map[string]*record{}
	g, err := newGenerator(Config{Version: fhir.R4, Seed: 5})
	if err != nil {
		t.Fatalf("newGenerator: %v", err)
	}
	for i := range 1500 {
		r := g.patient(i)
		all[r.pat.id] = r
	}
	for i, s := range samples() {
		all[s.id] = g.sample(i, s)
	}
	return all
}

// TestTimes: nothing is measured, ordered or begun before birth or after now.
func TestTimes(t *testing.T) {
	t.Parallel()
	now := stamp(Config{}.today().In(zone()))
	for id, r := range records(t) {
		check := func(what, at string) {
			if at == "" {
				return
			}
			if len(at) >= 10 && at[:10] > now[:10] || len(at) == len(now) && at[19:] == now[19:] && at > now {
				t.Errorf("%s: %s at %s is after now, %s", id, what, at, now)
			}
			if n := min(len(at), len(r.pat.birth)); r.pat.birth != "" && at[:n] < r.pat.birth[:n] {
				t.Errorf("%s: %s at %s is before birth, %s", id, what, at, r.pat.birth)
			}
		}
		for _, o := range r.obs {
			check(o.id, o.at)
		}
		for _, o := range r.orders {
			check(o.id, o.written)
		}
		for _, k := range r.conditions {
			check(k.id, k.onset)
			check(k.id, k.recorded)
		}
		for _, e := range r.encounters {
			if e.status != "planned" {
				check(e.id, e.start)
				check(e.id, e.end)
			}
			if e.end != "" && e.end < e.start {
				t.Errorf("%s ends at %s before it starts at %s", e.id, e.end, e.start)
			}
		}
		for _, a := range r.allergies {
			check(a.id, a.recorded)
		}
	}
}

// TestSafe: a generated patient is not given what they are confirmed allergic
// to, and small children get nothing made for adults.
func TestSafe(t *testing.T) {
	t.Parallel()
	children := []string{"salbutamol", "fluticasone", "amoxicillin-susp", "ibuprofen-susp", "paracetamol-susp", "rehydration", "vitamin-k"}
	w, err := newWorld()
	if err != nil {
		t.Fatalf("newWorld: %v", err)
	}
	not := map[string][]string{}
	for _, a := range allergens() {
		not[a.code.code] = a.not
	}
	for id, r := range records(t) {
		var avoid []string
		for _, a := range r.allergies {
			if a.verification == "confirmed" && a.clinical == "active" {
				avoid = append(avoid, not[a.code.code]...)
			}
		}
		young := len(r.pat.birth) == 10 && r.pat.birth > Config{}.today().AddDate(-12, 0, 0).Format(time.DateOnly)
		for _, o := range r.orders {
			key := strings.TrimPrefix(o.drug.ref.id, "med-")
			if slices.Contains(avoid, key) {
				t.Errorf("%s is allergic and gets %s", id, key)
			}
			if young && !slices.Contains(children, key) {
				t.Errorf("%s, born %s, gets %s", id, r.pat.birth, key)
			}
			if _, ok := w.drugAt[key]; key != "" && !ok {
				t.Errorf("%s gets %s, which is not in the formulary", id, key)
			}
		}
	}
}

// TestPlausible: vital signs stay within what a living patient can show.
func TestPlausible(t *testing.T) {
	t.Parallel()
	limits := map[string][2]float64{
		"8867-4": {40, 190}, "9279-1": {8, 70}, "8480-6": {55, 205}, "8462-4": {30, 115}, "8310-5": {33, 41}, "59408-5": {82, 100}, "2708-6": {82, 100},
		"29463-7": {2, 180}, "39156-5": {11, 45},
	}
	for id, r := range records(t) {
		for _, o := range r.obs {
			within := func(c concept, q quantity) {
				l, ok := limits[c.code]
				if f := number(t, q.value); ok && q.value != "" && q.unit != "degF" && o.status != "entered-in-error" && (f < l[0] || f > l[1]) {
					t.Errorf("%s: %s is %s", id, c.display, q.value)
				}
			}
			within(o.code, o.value)
			for _, p := range o.parts {
				within(p.code, p.value)
			}
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	var f, scale float64
	for _, r := range s {
		if r == '.' {
			scale = 1
			continue
		}
		f, scale = f*10+float64(r-'0'), scale*10
	}
	if scale > 0 {
		f /= scale
	}
	return f
}

// TestBooks: every key the tables refer to exists.
func TestBooks(t *testing.T) {
	t.Parallel()
	w, err := newWorld()
	if err != nil {
		t.Fatalf("newWorld: %v", err)
	}
	for _, l := range w.ills {
		for _, k := range l.drugs {
			if _, ok := w.drugAt[k]; !ok {
				t.Errorf("%s: no drug %q", l.key, k)
			}
		}
		for _, k := range l.with {
			if _, ok := w.illAt[k]; !ok {
				t.Errorf("%s: no illness %q", l.key, k)
			}
		}
		if _, ok := labTests(l.lab); l.lab != "" && !ok {
			t.Errorf("%s: no laboratory test %q", l.key, l.lab)
		}
	}
	for _, s := range samples() {
		if _, ok := w.illAt[s.ill]; s.ill != "" && !ok {
			t.Errorf("sample %s: no illness %q", s.id, s.ill)
		}
	}
	family, given := map[string]bool{}, map[string]bool{}
	for _, c := range w.cultures {
		for _, n := range c.family {
			family[n.latin] = true
		}
		for _, n := range slices.Concat(c.female, c.male) {
			given[n.latin] = true
		}
	}
	if len(family) < 400 || len(given) < 300 {
		t.Errorf("want 400 family and 300 given names, have %d and %d", len(family), len(given))
	}
}
