package sandbox

import "time"

// A record is all that is known of one patient, in no version's shape. Dates
// are FHIR text, because their precision is part of what they say; numbers are
// text, because 72.0 is not 72.
type record struct {
	pat        patient
	encounters []encounter
	obs        []observation
	conditions []condition
	allergies  []allergy
	orders     []order
	statements []statement
	coverages  []coverage
}

// A concept is a CodeableConcept of at most one coding.
type concept struct {
	sys                 system
	code, display, text string
}

func (c concept) empty() bool { return c.code == "" && c.display == "" && c.text == "" }

// A ref is a reference; without an id only the display is known, without a
// display the reader has to look it up.
type ref struct{ typ, id, display string }

func (r ref) empty() bool { return r.id == "" && r.display == "" }

func (r ref) bare() ref { r.display = ""; return r }

type identifier struct {
	use      string
	typ      concept
	system   string
	value    string
	assigner string
}

type name struct {
	use, text, family string
	given             []string
	prefix, suffix    string
	script            string // iso21090-EN-representation: IDE for ideographs, ABC for letters
	absent            bool   // the data-absent-reason stands where family would
}

type telecom struct{ system, value, use string }

type address struct {
	use, line, city, state, postal, country string
}

type contact struct {
	relation string // v2-0131 code
	label    string
	name     name
	phone    string
}

type patient struct {
	id          string
	identifiers []identifier
	inactive    bool
	names       []name
	telecom     []telecom
	gender      string
	birth       string
	birthAbsent bool   // birthDate is missing for a stated reason
	birthTime   string // a newborn's time of birth
	deceased    string // a dateTime, or "true"
	addresses   []address
	marital     string // v3 MaritalStatus code
	birthOrder  int    // of a multiple birth
	language    string
	langName    string
	gp          ref
	contacts    []contact
	replacedBy  string // the id of the record this one was merged into
	story       string // the narrative's text; empty for none
	org         ref
}

type place struct {
	at         ref
	status     string
	start, end string
}

type encounter struct {
	id, visit   string
	status      string // STU3's code
	class       string // v3 ActCode
	typ         concept
	start, end  string
	places      []place
	attending   ref
	reason      concept
	diagnosis   string // Condition id
	disposition concept
	story       string
}

// An observation has a quantity, a concept, components or a reason why not.
type observation struct {
	id        string
	status    string
	category  string
	code      concept
	encounter string
	at, until string // until makes a period
	issued    string
	performer ref
	value     quantity
	absent    string // DSTU2's data-absent-reason code, the same in all versions
	coded     concept
	parts     []part
	flag      string // interpretation: H, L, HH, LL, N
	low, high quantity
	comment   string
	bareCat   bool // the category's coding has no system, as sloppy sources send it
	story     string
}

type part struct {
	code   concept
	value  quantity
	absent string
}

type quantity struct{ value, unit, code string }

type condition struct {
	id           string
	code         concept
	category     string // STU3's code
	clinical     string // STU3's code
	verification string
	severity     int // 0 none, 1 mild, 2 moderate, 3 severe
	onset        string
	abated       string
	recorded     string
	encounter    string
	asserter     ref
	note         string
	story        string
}

type reaction struct {
	substance      concept
	manifestations []concept
	severity       string
	description    string
}

type allergy struct {
	id           string
	code         concept
	clinical     string
	verification string
	plain        bool   // DSTU2 says just "active": nobody assessed it
	typ          string // allergy, intolerance
	category     string
	criticality  string // R4's code
	recorded     string
	onset        string
	recorder     ref
	note         string
	reactions    []reaction
	story        string
}

type dose struct {
	text      string
	route     concept
	amount    quantity
	times     int // per period
	period    int
	unit      string // UCUM: h, d, wk
	asNeeded  bool
	extraText string
}

// A drug is the formulary's entry, given by reference or by concept.
type drug struct {
	byRef bool
	ref   ref
	code  concept
}

type order struct {
	id        string
	drug      drug
	status    string // R4's code
	intent    string
	written   string
	ended     string
	why       string // why it was ended
	by        ref
	encounter string
	reason    concept
	note      string
	doses     []dose
	repeats   int
	supply    quantity
	days      int
	story     string
}

type statement struct {
	id       string
	drug     drug
	status   string // active, completed
	notTaken bool
	asserted string
	from, to string
	source   ref
	dose     dose
	note     string
}

type coverage struct {
	id               string
	plan, planID     string
	group, groupName string
	payor            ref
	subscriber       string // Patient id; empty when it is the patient
	subscriberID     string
	start, end       string
	typ              concept
	network          string
	status           string
}

// zone is where the hospital stands. A fixed offset: the made-up town knows no
// daylight saving.
func zone() *time.Location { return time.FixedZone("", -5*60*60) }

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05-07:00") }

func day(t time.Time) string { return t.Format(time.DateOnly) }
