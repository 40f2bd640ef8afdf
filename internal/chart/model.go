package chart

import "time"

// An Identity is who a patient is, as the record or the person who typed it
// says. Empty fields are not known.
type Identity struct {
	Family    string `json:"family,omitempty"`
	Given     string `json:"given,omitempty"` // all given names, joined by a space
	Prefix    string `json:"prefix,omitempty"`
	Suffix    string `json:"suffix,omitempty"`
	Text      string `json:"text,omitempty"`      // the whole name where the record writes it so; the only name where it has no parts
	Preferred string `json:"preferred,omitempty"` // the name of use "usual" or "nickname" where it differs
	Born      string `json:"born,omitempty"`      // YYYY, YYYY-MM or YYYY-MM-DD
	Gender    string `json:"gender,omitempty"`    // male, female, other or unknown
	MRN       string `json:"mrn,omitempty"`
	GP        string `json:"gp,omitempty"`
	Deceased  string `json:"deceased,omitempty"` // "", "yes", or a FHIR date or dateTime
	Inactive  bool   `json:"inactive,omitempty"` // Patient.active is false
	// Replaced is the id of the patient that this record was merged into
	// (Patient.link of type replaced-by).
	Replaced string `json:"replaced,omitempty"`
}

// A Kind is one of the kinds of data that are asked for a patient.
type Kind string

// The kinds of data (interface §1), in the order a page shows them.
const (
	Vitals      Kind = "vitals"
	Problems    Kind = "problems"
	Allergies   Kind = "allergies"
	Medications Kind = "medications"
	Encounters  Kind = "encounters"
	Coverage    Kind = "coverage"
)

// A Status says how asking for something went. It is never left to be guessed
// from emptiness (ui §2.2, §6.1).
type Status string

// The states of a section or a cell.
const (
	Pending     Status = "pending"     // not asked yet
	Loaded      Status = "loaded"      // there is data
	None        Status = "none"        // asked, and nothing is recorded
	Unsupported Status = "unsupported" // this record system does not offer it
	Failed      Status = "failed"      // asked, and not answered; what is shown, if anything, is older
)

// A Cell is what one column says of one patient: text lines of a sub-list,
// each with its own time. A list shows cells; marks are per item.
type Cell struct {
	Status Status `json:"status"`
	Items  []Item `json:"items,omitempty"`
	// AsOf is when the source was last asked successfully; Reason why the last
	// try failed, safe to show.
	AsOf   time.Time `json:"asOf,omitzero"`
	Reason string    `json:"reason,omitempty"`
	// Total is how many there are where not all are shown ("10 of 23"); 0
	// when all are.
	Total int `json:"total,omitempty"`
	// Seq is the newest change of this cell; By who made it, for our own.
	Seq int64  `json:"seq,omitempty"`
	By  string `json:"by,omitempty"` // person id
	// Note says what a reader must know beside the items: "No known
	// allergies" is an item, "allergies not recorded" a note.
	Note string `json:"note,omitempty"`
}

// An Item is one entry of a cell or a section.
type Item struct {
	ID     string `json:"id"` // stable within the column: a resource's id, with a suffix for a component
	Text   string `json:"text"`
	Detail string `json:"detail,omitempty"` // second line: dosage, reaction, prescriber
	// Value and Unit are set for measurements; Value2 is the diastolic of a
	// blood pressure.
	Value  *float64 `json:"value,omitempty"`
	Value2 *float64 `json:"value2,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	// Time is when it was measured, recorded, ordered or began: a FHIR date or
	// dateTime, in its own precision. TimeLabel is the catalogue key of what
	// the time means: measured, recorded, written, started, admitted, discharged.
	Time      string `json:"time,omitempty"`
	TimeLabel string `json:"timeLabel,omitempty"`
	// State is the status as the record has it: preliminary, active, resolved,
	// stopped, finished … Current is false for what no longer holds.
	State    string `json:"state,omitempty"`
	Current  bool   `json:"current"`
	Severity string `json:"severity,omitempty"` // of a problem or allergy, as words
	// Trend is up, down or same against the value before it.
	Trend string `json:"trend,omitempty"`
	Seq   int64  `json:"seq,omitempty"`
	// Done and By belong to to-dos.
	Done  bool   `json:"done,omitempty"`
	Owner string `json:"owner,omitempty"` // person id
	Due   string `json:"due,omitempty"`   // FHIR date or dateTime
	// Version is a to-do's, to be named when it is changed.
	Version int64 `json:"version,omitempty"`
	// Fields are labelled parts of a section's item, in order: label is a key
	// of the catalogue. Cells have none.
	Fields []Field `json:"fields,omitempty"`
}

// A Field is a labelled part of an item.
type Field struct {
	Label string `json:"label"` // key: prescriber, dosage, reaction, manifestation, severity, location, type, period, payor, group, plan, subscriberId …
	Value string `json:"value"`
}

// A Section is one kind of data of one patient, whole (ui §6.1 P6).
type Section struct {
	Kind   Kind   `json:"kind"`
	Status Status `json:"status"`
	Source string `json:"source,omitempty"` // the connection's name
	// Identity is the number of the entry's identity cell when it was read: a
	// page that shows another shows another record's patient.
	Identity int64     `json:"identity"`
	AsOf     time.Time `json:"asOf,omitzero"`
	// Reason and Advice say why it failed and what to do; safe to show.
	Reason string `json:"reason,omitempty"`
	Advice string `json:"advice,omitempty"`
	// Total is how many the source has; Complete that Items are all of them.
	Total    int  `json:"total"`
	Complete bool `json:"complete"`
	// Allergy is one of the four titles (PAB-0064), for allergies only.
	Allergy AllergyState `json:"allergy,omitempty"`
	Items   []Item       `json:"items,omitempty"`
	Series  []Series     `json:"series,omitempty"` // vitals only
}

// An AllergyState is what is known of a patient's allergies (PAB-0064).
type AllergyState string

// The four titles.
const (
	KnownAllergies       AllergyState = "known"
	NoKnownAllergies     AllergyState = "none"
	AllergiesNotRecorded AllergyState = "notRecorded"
	AllergiesUnavailable AllergyState = "unavailable"
)

// A Series is one vital sign over time, newest first.
type Series struct {
	Vital string `json:"vital"` // hr, bp, rr, spo2, temp, weight, height, bmi, pain, or a LOINC code
	Label string `json:"label"` // as the record calls it
	Unit  string `json:"unit"`  // one unit per series; others are series of their own
	// Low and High are the normal band, and Min and Max the range of the axis;
	// nil where none is known. Low2 and High2 are the diastolic band.
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Low2   *float64 `json:"low2,omitempty"`
	High2  *float64 `json:"high2,omitempty"`
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Band   string   `json:"band,omitempty"` // whose normal band: "adults"
	Points []Point  `json:"points"`
}

// A Point is one measurement.
type Point struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	Value  float64   `json:"value"`
	Value2 *float64  `json:"value2,omitempty"` // diastolic
	Text   string    `json:"text"`             // with the decimals of the record: "72.0", "118/76"
	State  string    `json:"state,omitempty"`  // preliminary, amended … when not final
}
