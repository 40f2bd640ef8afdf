package patients_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// TestNameAlertsPAL0540 holds PAL-0540…0570: the same and similar names, and
// what first tells them apart.
func TestNameAlertsPAL0540(t *testing.T) {
	t.Parallel()
	p := func(family, given, born, mrn string) chart.Identity {
		return chart.Identity{Family: family, Given: given, Born: born, MRN: mrn}
	}
	for _, tc := range []struct {
		name string
		a, b chart.Identity
		want string // kind and what differs, "" for no alert
	}{
		{"PAL-0540 same name, other birth date", p("Chen", "Mei", "1950-01-02", "1"), p("Chen", "Mei", "1951-01-02", "2"), "same born"},
		{"PAL-0540 case, accents and width do not tell apart", p("GARCÍA", "José", "1950-01-02", "1"), p("Garcia", "Ｊｏｓｅ", "1950-01-02", "2"), "same mrn"},
		{"PAL-0540 hyphen and apostrophe do not tell apart", p("O'Neill-Smith", "Ann", "1950", "1"), p("ONeill Smith", "Ann", "1951", "2"), "same born"},
		{"PAL-0540 ß is ss", p("Weiß", "Eva", "1950", ""), p("Weiss", "Eva", "1951", ""), "same born"},
		{"PAL-0560 sounds the same", p("Meyer", "Jan", "1950", ""), p("Maier", "Jan", "1951", ""), "similar born"},
		{"PAL-0560 sounds the same, another spelling", p("Philips", "Sara", "", ""), p("Fillips", "Sarah", "", ""), "similar given"},
		{"PAL-0560 one letter more", p("Johnson", "Anna", "1950", ""), p("Johnston", "Anna", "1951", ""), "similar born"},
		{"PAL-0560 two letters swapped", p("Brian", "Paul", "1950", ""), p("Brain", "Paul", "1951", ""), "similar born"},
		{"PAL-0560 same family name, given names begin alike", p("Smith", "John", "", ""), p("Smith", "James", "", ""), "similar given"},
		{"same family name, other given name", p("Smith", "John", "", ""), p("Smith", "Paula", "", ""), ""},
		{"short names of one consonant are not alike", p("Lu", "An", "", ""), p("Leo", "An", "", ""), ""},
		{"other names", p("Rivera", "Ana", "", ""), p("Okafor", "Ana", "", ""), ""},
		{"Chinese: the same", chart.Identity{Text: "陳大文", Born: "1950-01-02"}, chart.Identity{Text: "陳大文", Born: "1951-01-02"}, "same born"},
		{"Chinese: a common surname is no alert", p("陳", "大文", "", ""), p("陳", "大明", "", ""), ""},
		{"Arabic: vowel signs do not tell apart", p("مُحَمَّد", "علي", "1950", ""), p("محمد", "علي", "1951", ""), "same born"},
		{"kana: a voiced sound is another name", p("かとう", "ゆき", "", ""), p("がとう", "ゆき", "", ""), ""},
		{"no names at all", p("", "", "1950", ""), p("", "", "1951", ""), ""},
		{"same in all but the bed", p("Chen", "Mei", "1950", ""), p("Chen", "Mei", "1950", ""), "same bed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				got := []string{}
				for _, a := range patients.Alerts([]patients.Entry{{ID: "1", Identity: tc.a, Bed: "1"}, {ID: "2", Identity: tc.b, Bed: "2"}}) {
					if len(a.Entries) != 2 {
						t.Errorf("the alert joins %v, want both", a.Entries)
					}
					got = append(got, a.Kind+" "+a.Differs)
				}
				if strings.Join(got, "; ") != tc.want {
					t.Errorf("%s, %s and %s, %s: got %v, want %q", tc.a.Family, tc.a.Given, tc.b.Family, tc.b.Given, got, tc.want)
				}
				tc.a, tc.b = tc.b, tc.a // whoever stands first
			}
		})
	}
}

// TestNameAlertsOfThree: what tells all of a group apart goes before what tells
// some.
func TestNameAlertsOfThreePAL0550(t *testing.T) {
	t.Parallel()
	p := func(id, born, mrn string) patients.Entry {
		return patients.Entry{ID: id, Identity: chart.Identity{Family: "Chen", Given: "Mei", Born: born, MRN: mrn}}
	}
	got := patients.Alerts([]patients.Entry{p("a", "1950", "1"), p("b", "1950", "2"), p("c", "1951", "3")})
	want := []patients.NameAlert{{Kind: "same", Entries: []string{"a", "b", "c"}, Differs: "mrn"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	for _, group := range [][]string{
		{"meyer", "meier", "maier", "mayr"},
		{"smith", "smyth", "schmidt"},
		{"stephen", "steven"},
		{"catherine", "katharine", "kathryn"},
		{"thomson", "tomson"},
		{"knight", "night", "nite"},
		{"wright", "rite"},
	} {
		for _, word := range group[1:] {
			if a, b := patients.Sound(group[0]), patients.Sound(word); a != b {
				t.Errorf("%s sounds %q and %s %q, want the same", group[0], a, word, b)
			}
		}
	}
	if patients.Sound("anna") == patients.Sound("nina") {
		t.Error("that a word begins with a vowel is not heard")
	}
}

// TestFoldIsStable: folding what is folded changes nothing, and nothing of a
// key's separator is left.
func TestFoldIsStable(t *testing.T) {
	t.Parallel()
	if got := patients.Fold("A,\x1f"); got != "a" { // the separator was taken away last, and left the space before it
		t.Fatalf("it becomes %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		once := patients.Fold(rapid.String().Draw(t, "name"))
		if twice := patients.Fold(once); twice != once || strings.Contains(once, "\x1f") {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}

// TestBedOrderPAL0640 holds the default order: by bed as people count, those
// without one last.
func TestBedOrderPAL0640(t *testing.T) {
	t.Parallel()
	want := []string{"7E-1", "7e-2", "7E-02B", "7E-10", "7E-100", "10A", "ICU 3", "床2", "床10", ""}
	beds := slices.Clone(want)
	slices.Reverse(beds)
	entries := make([]patients.Entry, len(beds))
	for i, b := range beds {
		entries[i] = patients.Entry{ID: fmt.Sprint(i), Bed: b}
	}
	patients.ByBed(entries)
	got := []string{}
	for _, e := range entries {
		got = append(got, e.Bed)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNaturalOrders: any three beds can be put in one order.
func TestNaturalOrders(t *testing.T) {
	t.Parallel()
	bed := rapid.StringMatching(`[a-bA-B0-2 -]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := bed.Draw(t, "a"), bed.Draw(t, "b"), bed.Draw(t, "c")
		if patients.Natural(a, b) != -patients.Natural(b, a) {
			t.Fatalf("%q and %q stand both ways", a, b)
		}
		if patients.Natural(a, b) <= 0 && patients.Natural(b, c) <= 0 && patients.Natural(a, c) > 0 {
			t.Fatalf("%q, %q, %q have no order", a, b, c)
		}
		if (patients.Natural(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q are one", a, b)
		}
	})
}

// TestUnoccupiedPAL0660: beds nobody is in, each once.
func TestUnoccupiedPAL0660(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	w.add(l.ID, "Rivera", "Ana", "7e-2")
	must(w.ChangeList(w.as(owner), patients.ListChange{List: l.ID, Version: 1, Beds: new([]string{"7E-10", "7E-1", "7E-2", "7E-1"}), HideUnoccupied: new(true)}))(t)
	v := w.view(nurse, l.ID)
	if diff := cmp.Diff([]string{"7E-1", "7E-10"}, v.Unoccupied); diff != "" || !v.List.HideUnoccupied {
		t.Errorf("unoccupied (-want +got):\n%s hidden %v", diff, v.List.HideUnoccupied)
	}
}
