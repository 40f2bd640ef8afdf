package sandbox

// vitals are one set of measurements: whole numbers, the temperature in tenths
// of a degree.
type vitals struct{ hr, rr, sys, dia, temp, spo2 int }

// An illness is a picture of disease that hangs together: who gets it, what it
// does to the vital signs, where it is nursed, what is given.
type illness struct {
	key            string
	code           concept
	severity       int
	minAge, maxAge int
	sex            string // "" for either
	weight         int    // how often, against the others
	ward           int    // index in world.wards; -1 is never admitted
	acute          bool   // resolved after the stay
	from, to       vitals // on admission, and when last measured
	drugs          []string
	with           []string // chronic companions
	lab            string   // key of labTests
	bmi            int      // tenths, 0 for the usual
}

func dx(code, display string) concept { return concept{sysSNOMED, code, display, ""} }

// visit is an encounter's type.
func visit(kind string) concept {
	switch kind {
	case "stay":
		return concept{sysSNOMED, "183452005", "Encounter Inpatient", "Inpatient stay"}
	case "emergency":
		return concept{sysSNOMED, "50849002", "Emergency Room Admission", "Emergency"}
	case "check-up":
		return concept{sysSNOMED, "185349003", "Encounter for check up", "Check-up"}
	case "follow-up":
		return concept{sysSNOMED, "390906007", "Follow-up encounter", "Follow-up"}
	case "prenatal":
		return concept{sysSNOMED, "424441002", "Prenatal initial visit", "Prenatal visit"}
	case "child":
		return concept{sysSNOMED, "410620009", "Well child visit", "Well child visit"}
	}
	return concept{sysSNOMED, "185347001", "Encounter for problem", "Clinic visit"}
}

// Wards by index.
const (
	wardMedical = iota
	wardCardiac
	wardRespiratory
	wardSurgical
	wardOrtho
	wardICU
	wardMaternity
	wardChildren
	wardNone = -1
)

// illnesses is the book of diseases. Chronic ones double as companions.
func illnesses() []illness {
	return []illness{
		{key: "copd", code: dx("13645005", "Chronic obstructive lung disease"), severity: 3, minAge: 48, maxAge: 92, weight: 7, ward: wardRespiratory, from: vitals{108, 28, 148, 84, 374, 86}, to: vitals{92, 22, 138, 78, 369, 90}, drugs: []string{"salbutamol", "tiotropium", "prednisone", "budesonide-formoterol"}, with: []string{"hypertension"}, lab: "wbc"},
		{key: "heart-failure", code: dx("84114007", "Heart failure"), severity: 3, minAge: 55, maxAge: 95, weight: 7, ward: wardCardiac, from: vitals{104, 26, 158, 92, 366, 91}, to: vitals{76, 17, 122, 72, 365, 96}, drugs: []string{"furosemide-iv", "lisinopril-10", "carvedilol", "potassium"}, with: []string{"hypertension", "hyperlipidemia"}, lab: "creatinine"},
		{key: "sepsis", code: dx("91302008", "Sepsis"), severity: 3, minAge: 25, maxAge: 95, weight: 4, ward: wardICU, acute: true, from: vitals{98, 20, 112, 66, 381, 95}, to: vitals{128, 30, 86, 48, 394, 91}, drugs: []string{"piptazo", "saline", "paracetamol"}, with: []string{"diabetes"}, lab: "wbc-rising"},
		{key: "pneumonia", code: dx("233604007", "Pneumonia"), severity: 2, minAge: 18, maxAge: 95, weight: 7, ward: wardRespiratory, acute: true, from: vitals{112, 26, 128, 74, 391, 90}, to: vitals{84, 18, 124, 72, 371, 95}, drugs: []string{"ceftriaxone", "amoxiclav", "paracetamol"}, lab: "wbc"},
		{key: "diabetes", code: dx("44054006", "Type 2 diabetes mellitus"), severity: 2, minAge: 35, maxAge: 90, weight: 6, ward: wardMedical, from: vitals{88, 18, 142, 84, 368, 97}, to: vitals{78, 16, 134, 80, 367, 98}, drugs: []string{"metformin", "glargine"}, with: []string{"hypertension", "hyperlipidemia"}, lab: "a1c", bmi: 334},
		{key: "hypertension", code: dx("38341003", "Hypertension"), severity: 1, minAge: 38, maxAge: 95, weight: 6, ward: wardNone, from: vitals{80, 15, 164, 96, 367, 98}, to: vitals{74, 15, 142, 86, 366, 98}, drugs: []string{"amlodipine", "lisinopril-20"}},
		{key: "hyperlipidemia", code: dx("55822004", "Hyperlipidemia"), minAge: 35, maxAge: 90, weight: 3, ward: wardNone, from: vitals{72, 14, 132, 82, 366, 98}, to: vitals{70, 14, 130, 80, 366, 98}, drugs: []string{"simvastatin"}, bmi: 291},
		{key: "hip-fracture", code: dx("5913000", "Fracture of neck of femur"), severity: 3, minAge: 66, maxAge: 99, weight: 4, ward: wardOrtho, acute: true, from: vitals{102, 20, 156, 88, 366, 95}, to: vitals{82, 16, 134, 76, 369, 96}, drugs: []string{"oxycodone", "enoxaparin", "paracetamol"}, with: []string{"hypertension", "osteoarthritis"}, lab: "hb", bmi: 216},
		{key: "stroke", code: dx("422504002", "Ischemic stroke"), severity: 3, minAge: 50, maxAge: 96, weight: 4, ward: wardMedical, acute: true, from: vitals{84, 18, 186, 104, 368, 95}, to: vitals{76, 16, 152, 86, 367, 97}, drugs: []string{"aspirin", "clopidogrel", "atorvastatin"}, with: []string{"hypertension", "hyperlipidemia"}},
		{key: "infarction", code: dx("22298006", "Myocardial infarction"), severity: 3, minAge: 42, maxAge: 92, weight: 5, ward: wardCardiac, acute: true, from: vitals{106, 22, 104, 66, 366, 93}, to: vitals{72, 16, 118, 70, 366, 97}, drugs: []string{"aspirin", "clopidogrel", "atorvastatin", "metoprolol", "nitroglycerin"}, with: []string{"hyperlipidemia", "hypertension"}, bmi: 297},
		{key: "atrial-fibrillation", code: dx("49436004", "Atrial fibrillation"), severity: 2, minAge: 55, maxAge: 95, weight: 4, ward: wardCardiac, from: vitals{142, 20, 118, 74, 366, 96}, to: vitals{86, 16, 124, 76, 366, 97}, drugs: []string{"apixaban", "metoprolol", "digoxin"}, with: []string{"hypertension"}},
		{key: "asthma", code: dx("195967001", "Asthma"), severity: 2, minAge: 14, maxAge: 60, weight: 5, ward: wardRespiratory, from: vitals{116, 28, 124, 74, 369, 91}, to: vitals{88, 18, 118, 72, 367, 97}, drugs: []string{"salbutamol", "fluticasone"}},
		{key: "appendicitis", code: dx("74400008", "Appendicitis"), severity: 2, minAge: 14, maxAge: 55, weight: 4, ward: wardSurgical, acute: true, from: vitals{108, 20, 118, 70, 385, 98}, to: vitals{78, 15, 114, 68, 370, 99}, drugs: []string{"ceftriaxone", "metronidazole", "paracetamol"}, lab: "wbc"},
		{key: "kidney", code: dx("709044004", "Chronic kidney disease"), severity: 2, minAge: 50, maxAge: 92, weight: 3, ward: wardMedical, from: vitals{82, 18, 162, 92, 366, 96}, to: vitals{78, 16, 144, 82, 366, 97}, drugs: []string{"lisinopril-10", "furosemide", "ferrous"}, with: []string{"diabetes", "anemia"}, lab: "creatinine"},
		{key: "depression", code: dx("35489007", "Depressive disorder"), severity: 2, minAge: 17, maxAge: 85, weight: 4, ward: wardNone, from: vitals{76, 15, 122, 76, 366, 99}, to: vitals{72, 14, 120, 76, 366, 99}, drugs: []string{"sertraline"}},
		{key: "anemia", code: dx("87522002", "Iron deficiency anemia"), severity: 1, minAge: 16, maxAge: 90, weight: 3, ward: wardNone, from: vitals{98, 17, 108, 64, 366, 98}, to: vitals{84, 15, 114, 70, 366, 98}, drugs: []string{"ferrous"}, lab: "hb"},
		{key: "urine", code: dx("68566005", "Urinary tract infectious disease"), severity: 1, minAge: 18, maxAge: 96, sex: "female", weight: 4, ward: wardMedical, acute: true, from: vitals{102, 18, 118, 70, 386, 97}, to: vitals{80, 16, 122, 72, 370, 98}, drugs: []string{"nitrofurantoin"}, lab: "wbc"},
		{key: "gastroenteritis", code: dx("25374005", "Gastroenteritis"), severity: 1, minAge: 16, maxAge: 40, weight: 4, ward: wardMedical, acute: true, from: vitals{118, 20, 102, 60, 381, 98}, to: vitals{86, 17, 110, 68, 370, 99}, drugs: []string{"saline", "paracetamol"}},
		{key: "bronchiolitis", code: dx("4120002", "Bronchiolitis"), severity: 2, minAge: 0, maxAge: 1, weight: 10, ward: wardChildren, acute: true, from: vitals{168, 58, 86, 52, 381, 90}, to: vitals{138, 40, 88, 54, 372, 95}, drugs: []string{"paracetamol-susp"}},
		{key: "childhood-pneumonia", code: dx("233604007", "Pneumonia"), severity: 2, minAge: 2, maxAge: 12, weight: 6, ward: wardChildren, acute: true, from: vitals{138, 36, 100, 60, 393, 91}, to: vitals{104, 24, 102, 62, 372, 97}, drugs: []string{"amoxicillin-susp", "ibuprofen-susp"}, lab: "wbc"},
		{key: "childhood-asthma", code: dx("195967001", "Asthma"), severity: 2, minAge: 5, maxAge: 13, weight: 3, ward: wardChildren, from: vitals{132, 34, 106, 64, 370, 91}, to: vitals{98, 22, 104, 64, 368, 97}, drugs: []string{"salbutamol", "fluticasone"}},
		{key: "childhood-gastroenteritis", code: dx("25374005", "Gastroenteritis"), severity: 1, minAge: 1, maxAge: 10, weight: 4, ward: wardChildren, acute: true, from: vitals{142, 30, 92, 52, 385, 98}, to: vitals{108, 24, 96, 58, 371, 99}, drugs: []string{"rehydration", "paracetamol-susp"}},
		{key: "pregnancy", code: dx("77386006", "Pregnancy"), minAge: 18, maxAge: 44, sex: "female", weight: 5, ward: wardMaternity, acute: true, from: vitals{92, 18, 118, 72, 367, 99}, to: vitals{84, 16, 114, 70, 368, 99}, drugs: []string{"folic-acid", "ferrous", "paracetamol"}, bmi: 281},
		{key: "dementia", code: dx("26929004", "Alzheimer's disease"), severity: 2, minAge: 68, maxAge: 99, weight: 4, ward: wardMedical, from: vitals{78, 16, 134, 74, 366, 96}, to: vitals{74, 16, 130, 72, 366, 96}, drugs: []string{"donepezil"}, with: []string{"hypertension"}, bmi: 209},
		{key: "thyroid", code: dx("40930008", "Hypothyroidism"), severity: 1, minAge: 25, maxAge: 90, weight: 3, ward: wardNone, from: vitals{58, 14, 118, 76, 361, 98}, to: vitals{66, 14, 120, 78, 364, 98}, drugs: []string{"levothyroxine"}},
		{key: "osteoarthritis", code: dx("396275006", "Osteoarthritis"), severity: 2, minAge: 50, maxAge: 95, weight: 4, ward: wardOrtho, from: vitals{80, 16, 138, 80, 366, 97}, to: vitals{76, 15, 132, 78, 367, 97}, drugs: []string{"paracetamol", "naproxen", "pantoprazole"}, bmi: 302},
		{key: "migraine", code: dx("37796009", "Migraine"), severity: 2, minAge: 14, maxAge: 60, weight: 3, ward: wardNone, from: vitals{78, 15, 124, 78, 366, 99}, to: vitals{70, 14, 116, 72, 366, 99}, drugs: []string{"sumatriptan"}},
		{key: "cellulitis", code: dx("128045006", "Cellulitis"), severity: 2, minAge: 20, maxAge: 90, weight: 3, ward: wardMedical, acute: true, from: vitals{98, 18, 132, 78, 383, 97}, to: vitals{78, 16, 126, 74, 369, 98}, drugs: []string{"cephalexin", "paracetamol"}, lab: "wbc"},
		{key: "neuropathy", code: dx("386033004", "Neuropathy (nerve damage)"), severity: 3, minAge: 45, maxAge: 90, weight: 2, ward: wardNone, from: vitals{80, 15, 136, 82, 366, 97}, to: vitals{76, 15, 130, 80, 366, 97}, drugs: []string{"gabapentin"}, with: []string{"diabetes"}, bmi: 344},
		{key: "healthy", code: concept{}, minAge: 0, maxAge: 70, weight: 8, ward: wardNone},
	}
}

// healthy is what a well person of an age shows.
func healthy(age int) vitals {
	switch {
	case age < 1:
		return vitals{136, 42, 76, 46, 369, 98}
	case age < 3:
		return vitals{116, 28, 92, 56, 369, 98}
	case age < 6:
		return vitals{102, 24, 98, 60, 368, 99}
	case age < 12:
		return vitals{88, 20, 104, 64, 368, 99}
	case age < 18:
		return vitals{78, 17, 112, 68, 367, 99}
	case age < 60:
		return vitals{70, 14, 120, 76, 366, 98}
	}
	return vitals{72, 15, 132, 78, 365, 97}
}

// between is the set at step i of n on the way from a to b.
func (a vitals) between(b vitals, i, n int) vitals {
	if n < 2 {
		return b
	}
	m := func(x, y int) int { return x + (y-x)*i/(n-1) }
	return vitals{m(a.hr, b.hr), m(a.rr, b.rr), m(a.sys, b.sys), m(a.dia, b.dia), m(a.temp, b.temp), m(a.spo2, b.spo2)}
}

// A labTest is a laboratory value in tenths.
type labTest struct {
	code       concept
	unit       string
	from, to   int
	low, high  int
	resolution int // digits after the point
}

func labTests(key string) (labTest, bool) {
	switch key {
	case "wbc":
		return labTest{concept{sysLOINC, "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "White cells"}, "10*3/uL", 178, 98, 40, 110, 1}, true
	case "wbc-rising":
		return labTest{concept{sysLOINC, "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "White cells"}, "10*3/uL", 131, 236, 40, 110, 1}, true
	case "creatinine":
		return labTest{concept{sysLOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "Creatinine"}, "mg/dL", 21, 16, 6, 13, 1}, true
	case "a1c":
		return labTest{concept{sysLOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "HbA1c"}, "%", 91, 78, 40, 60, 1}, true
	case "hb":
		return labTest{concept{sysLOINC, "718-7", "Hemoglobin [Mass/volume] in Blood", "Hemoglobin"}, "g/dL", 89, 102, 120, 160, 1}, true
	}
	return labTest{}, false
}
