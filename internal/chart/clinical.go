package chart

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const snomed = "http://snomed.info/sct"

// problems are the conditions that are held, newest first, those that are
// current before the others. Refuted ones are left out.
func problems(resources []fhir.Node, now time.Time) []Item {
	var out []Item
	for _, c := range resources {
		verification := verified(c)
		if verification == "entered-in-error" || verification == "refuted" {
			continue
		}
		it := Item{ID: c.Get("id").String(), Text: text(c.Get("code")), Severity: text(c.Get("severity")), State: clinically(c)}
		it.Text = cmp.Or(it.Text, narrative(c), nameless(c))
		onset, onsetText := onset(c)
		recorded := c.Get("recordedDate").String()
		switch {
		case onset != "":
			it.Time, it.TimeLabel = onset, "started"
		case recorded != "":
			it.Time, it.TimeLabel = recorded, "recorded"
		}
		abated := abatement(c, now)
		switch it.State {
		case "active", "recurrence", "relapse":
			it.Current = true
		case "":
			it.Current = !abated
		}
		if verification != "confirmed" {
			it.Detail = verification
		}
		it.Fields = fields(
			Field{"verification", verification}, Field{"onset", onsetText}, Field{"recorded", recorded}, Field{"ended", ending(c)},
			Field{"category", strings.Join(texts(c.Get("category")), ", ")}, Field{"bodySite", strings.Join(texts(c.Get("bodySite")), ", ")},
			Field{"recorder", display(c.Get("recorder"))}, Field{"note", note(c)},
		)
		out = append(out, it)
	}
	return currentFirst(out)
}

// onset is when something began: a date, or else words.
func onset(c fhir.Node) (date, words string) {
	p := c.Get("onsetPeriod").Get("start").String()
	if d := c.Get("onsetDateTime").String(); d != "" || p != "" {
		if d == "" {
			d = p
		}
		return d, d
	}
	if s := clean(c.Get("onsetString").String()); s != "" {
		return "", s
	}
	age := c.Get("onsetAge")
	return "", join(" ", age.Get("value").String(), clean(age.Get("unit").String()))
}

// abatement reports whether a condition without a clinical status has ended.
func abatement(c fhir.Node, now time.Time) bool {
	if c.Get("abatementBoolean").True() || c.Get("abatementString").Exists() || c.Get("abatementAge").Exists() {
		return true
	}
	end := ending(c)
	return end != "" && over(end, now)
}

func ending(c fhir.Node) string {
	if d := c.Get("abatementDateTime").String(); d != "" {
		return d
	}
	return c.Get("abatementPeriod").Get("end").String()
}

// currentFirst orders items: what holds first, then the newest.
func currentFirst(items []Item) []Item {
	slices.SortStableFunc(items, func(a, b Item) int {
		if a.Current != b.Current {
			return boolean(b.Current) - boolean(a.Current)
		}
		if n := newestFirst(a.Time, b.Time); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return items
}

// negations are the SNOMED CT codes that say that there is no allergy: at all
// (true, as people mean it of drugs too), or of one kind, which says nothing of
// the others.
var negations = map[string]bool{
	"716186003": true,  // no known allergy
	"160244002": true,  // no known allergies (retired)
	"409137002": true,  // no known drug allergy
	"428607008": false, // no known environmental allergy
	"429625007": false, // no known food allergy
	"428197003": false, // no known insect allergy
	"716184000": false, // no known latex allergy
	"716220001": false, // no known animal allergy
}

// negationWords are the same for what has no code: how a text begins, or, of
// abbreviations, all of it.
var negationWords = []struct {
	words      string
	whole, all bool
}{
	{"no known allerg", false, true},
	{"no known drug allerg", false, true},
	{"no known medication allerg", false, true},
	{"no allergies", false, true},
	{"無已知過敏", false, true},
	{"無過敏", false, true},
	{"nkda", true, true},
	{"nka", true, true},
	{"no known food allerg", false, false},
	{"no known environmental allerg", false, false},
	{"no known latex allerg", false, false},
	{"no known insect allerg", false, false},
	{"no known animal allerg", false, false},
}

// negates reports whether a substance says that there is no allergy; all that
// it says so of all.
func negates(concept fhir.Node) (negation, all bool) {
	for c := range concept.Get("coding").Values() {
		if s := c.Get("system"); s.Is(snomed) || !s.Exists() {
			if all, ok := negations[c.Get("code").String()]; ok {
				return true, all
			}
		}
	}
	said := strings.ToLower(text(concept))
	for _, n := range negationWords {
		if said == n.words || !n.whole && strings.HasPrefix(said, n.words) {
			return true, n.all
		}
	}
	return false, false
}

// allergies are what a patient is allergic to, and what their state is: one of
// four titles (PAB-0064). The fourth, unavailable, is for whoever asked and got
// no answer.
func allergies(resources []fhir.Node) ([]Item, AllergyState) {
	var known, none []Item
	denied := false
	state := AllergiesNotRecorded
	for _, a := range resources {
		verification := verified(a)
		if verification == "entered-in-error" || verification == "refuted" {
			continue
		}
		it := Item{ID: a.Get("id").String(), Text: text(a.Get("code")), State: clinically(a)}
		it.Current = it.State == "" || it.State == "active"
		it.Text = cmp.Or(it.Text, narrative(a), strings.Join(reactionSubstances(a), ", "), nameless(a))
		if d := a.Get("recordedDate").String(); d != "" {
			it.Time, it.TimeLabel = d, "recorded"
		}
		if negation, all := negates(a.Get("code")); negation {
			if it.Current {
				none, denied = append(none, it), denied || all
			}
			continue
		}
		describeAllergy(&it, a, verification)
		known = append(known, it)
		if it.Current {
			state = KnownAllergies
		}
	}
	// A negation beside a known allergy is of a kind ("no known drug allergy"),
	// or wrong: it does not make the title, and is shown below.
	if state != KnownAllergies && denied {
		state = NoKnownAllergies
	}
	return append(currentFirst(known), none...), state
}

func describeAllergy(it *Item, a fhir.Node, verification string) {
	var manifestations []string
	severity := ""
	for r := range a.Get("reaction").Values() {
		for _, m := range texts(r.Get("manifestation")) {
			if !slices.Contains(manifestations, m) {
				manifestations = append(manifestations, m)
			}
		}
		if m := clean(r.Get("description").String()); m != "" && len(texts(r.Get("manifestation"))) == 0 {
			manifestations = append(manifestations, m)
		}
		severity = worse(severity, r.Get("severity").String())
	}
	criticality := a.Get("criticality").String()
	it.Detail, it.Severity = strings.Join(manifestations, ", "), severity
	if it.Severity == "" && criticality == "high" {
		it.Severity = criticality
	}
	categories := make([]string, 0, 2)
	for c := range a.Get("category").Values() {
		categories = append(categories, c.String())
	}
	it.Fields = fields(
		Field{"reaction", strings.Join(reactionSubstances(a), ", ")}, Field{"manifestation", it.Detail}, Field{"severity", severity},
		Field{"criticality", criticality}, Field{"verification", verification}, Field{"type", a.Get("type").String()},
		Field{"category", strings.Join(categories, ", ")}, Field{"last", a.Get("lastOccurrence").String()},
		Field{"recorder", display(a.Get("recorder"))}, Field{"note", note(a)},
	)
}

func reactionSubstances(a fhir.Node) (out []string) {
	for r := range a.Get("reaction").Values() {
		if s := text(r.Get("substance")); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// worse is the graver of two severities of reactions.
func worse(a, b string) string {
	order := []string{"", "mild", "moderate", "severe"}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// dateEnded is where a medication order of DSTU2 keeps its end when it is
// converted.
const dateEnded = "http://hl7.org/fhir/1.0/StructureDefinition/extension-MedicationOrder.dateEnded"

// medications are what is ordered or taken. What is stopped, completed or
// cancelled, what is not ordered yet, and what is not to be given, is not
// current.
func medications(resources []fhir.Node, now time.Time) []Item {
	var out []Item
	for _, m := range resources {
		it := Item{ID: m.Get("id").String(), Text: drug(m), State: m.Get("status").String()}
		if it.State == "entered-in-error" {
			continue
		}
		intent := m.Get("intent").String()
		ended := extension(m, dateEnded).String()
		switch it.State {
		case "active", "on-hold", "unknown", "":
			it.Current = true
		case "intended", "not-taken", "stopped", "completed", "cancelled", "draft":
		}
		switch {
		case m.Get("doNotPerform").True():
			it.Current, it.State = false, "doNotPerform"
		case intent == "proposal" || intent == "plan":
			it.Current, it.State = false, intent
		case it.Current && ended != "" && over(ended, now):
			it.Current, it.State = false, "stopped"
		}
		dosage, prescriber := dosages(m), prescriber(m)
		it.Detail = join(" · ", dosage, prescriber)
		it.Time, it.TimeLabel = ordered(m)
		it.Fields = fields(
			Field{"dosage", dosage}, Field{"prescriber", prescriber}, Field{"ended", ended}, Field{"intent", intent},
			Field{"why", join(", ", text(m.Get("statusReason").First()), strings.Join(texts(m.Get("reasonCode")), ", "))}, Field{"note", note(m)},
		)
		out = append(out, it)
	}
	return currentFirst(out)
}

// drug is the name of a medicine.
func drug(m fhir.Node) string {
	for _, s := range []string{text(m.Get("medicationCodeableConcept")), display(m.Get("medicationReference"))} {
		if s != "" {
			return s
		}
	}
	ref := m.Get("medicationReference").Get("reference").String()
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		for c := range m.Get("contained").Values() {
			if s := text(c.Get("code")); s != "" && c.Get("id").Is(id) {
				return s
			}
		}
		ref = ""
	}
	return cmp.Or(narrative(m), clean(ref), nameless(m))
}

// nameless stands for what a record has no words for: that there is something
// must not get lost, and it can be looked up by this.
func nameless(n fhir.Node) string {
	return n.Get("resourceType").String() + "/" + n.Get("id").String()
}

// dosages are the instructions as text; what has none says dose and timing.
func dosages(m fhir.Node) string {
	var out []string
	list := m.Get("dosageInstruction")
	if !list.Exists() {
		list = m.Get("dosage") // of a MedicationStatement
	}
	for d := range list.Values() {
		s := clean(d.Get("text").String())
		if s == "" {
			s = dose(d)
		}
		if d.Get("asNeededBoolean").True() && s != "" && !strings.Contains(strings.ToLower(s), "needed") {
			s += ", as needed"
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

func dose(d fhir.Node) string {
	q := d.Get("doseAndRate").First().Get("doseQuantity")
	return join(" ", q.Get("value").String(), clean(q.Get("unit").String()), text(d.Get("route")), text(d.Get("timing").Get("code")),
		clean(d.Get("patientInstruction").String()))
}

func prescriber(m fhir.Node) string {
	for _, name := range []string{"requester", "informationSource", "recorder"} {
		if s := display(m.Get(name)); s != "" {
			return s
		}
	}
	return ""
}

func ordered(m fhir.Node) (at, label string) {
	if d := m.Get("authoredOn").String(); d != "" {
		return d, "written"
	}
	if d := m.Get("effectiveDateTime").String(); d != "" {
		return d, "started"
	}
	if d := m.Get("effectivePeriod").Get("start").String(); d != "" {
		return d, "started"
	}
	if d := m.Get("dateAsserted").String(); d != "" {
		return d, "recorded"
	}
	return "", ""
}
