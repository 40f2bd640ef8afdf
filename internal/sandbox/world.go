package sandbox

import (
	_ "embed" // for the name lists
	"fmt"
	"strings"
)

// names holds the name lists: constant data, no state.
//
//go:embed data/names.tsv
var names string

// A culture is a set of names that occur together.
type culture struct {
	name        string
	family      []written
	female      []written
	male        []written
	familyFirst bool // in its own script: 陳大文
	language    string
	langName    string
}

// written is a name in Latin letters and, if it has one, in its own script.
type written struct{ latin, own string }

// world is everything the patients share: the hospital, its people and places,
// its formulary, who pays; and the books the generator draws from.
type world struct {
	orgs     []organization
	staff    []practitioner
	places   []location
	wards    []ward
	clinics  []ref
	ed       ref
	payers   []payer
	drugs    []medication
	drugAt   map[string]int
	ills     []illness
	illAt    map[string]int
	cultures []culture
}

type organization struct {
	id, name, typ, typName, partOf, city, phone string
}

type practitioner struct {
	id, number string
	name       name
	display    string
	gender     string
	specialty  concept
	role, call string // practitioner-role code and its name
	phone      string
}

type location struct {
	id, name, description string
	physical              string // location-physical-type code
	kind, kindName        string // v3 RoleCode
	partOf                ref
	phone                 string
}

type ward struct {
	at   ref
	beds []ref
}

type payer struct {
	org             ref
	plan, planID    string
	group, groupID  string
	network, prefix string
	public          bool
}

const (
	hospital     = "org-northquay"
	hospitalName = "Northquay General Hospital"
	roomsPerWard = 8
)

func newWorld() (*world, error) {
	w := &world{drugs: medications(), ills: illnesses(), drugAt: map[string]int{}, illAt: map[string]int{}}
	for i, m := range w.drugs {
		w.drugAt[m.key] = i
	}
	for i, l := range w.ills {
		w.illAt[l.key] = i
	}
	w.addOrganizations()
	w.addStaff()
	w.addPlaces()
	var err error
	w.cultures, err = readCultures()
	return w, err
}

func (w *world) drug(key string) medication { return w.drugs[w.drugAt[key]] }

func (w *world) illness(key string) illness { return w.ills[w.illAt[key]] }

func (w *world) addOrganizations() {
	w.orgs = []organization{
		{hospital, hospitalName, "prov", "Healthcare Provider", "", "Northquay", "+1-555-0100"},
		{"org-harbour-clinic", "Harbour Street Family Practice", "prov", "Healthcare Provider", "", "Northquay", "+1-555-0110"},
		{"org-pay-mutual", "Northquay Mutual Health", "ins", "Insurance Company", "", "Northquay", "+1-555-0120"},
		{"org-pay-dockers", "Dockers' Union Health Fund", "ins", "Insurance Company", "", "Northquay", "+1-555-0121"},
		{"org-pay-public", "State Health Cover", "govt", "Government", "", "Capital City", "+1-555-0122"},
		{"org-pay-evergreen", "Evergreen Life & Health", "ins", "Insurance Company", "", "Fernhill", "+1-555-0123"},
	}
	org := func(i int) ref { return ref{"Organization", w.orgs[i].id, w.orgs[i].name} }
	w.payers = []payer{
		{org(2), "Mutual Gold PPO", "NMH-GOLD", "Northquay Schools", "G-1180", "Harbour Network", "NMH", false},
		{org(3), "Dockers' Family Plan", "DUHF-FAM", "Local 41", "L-0041", "Quayside", "DU", false},
		{org(4), "State Cover Basic", "SHC-B", "General population", "SHC-GEN", "Public", "SC", true},
		{org(5), "Evergreen Silver HMO", "EVG-SILVER", "Fernhill Foundry", "G-7702", "Evergreen Select", "EV", false},
	}
}

func (w *world) addStaff() {
	for i, s := range strings.Split(staffList, "\n") {
		f := strings.Split(s, "|") // prefix, given, family, gender, role, role name, specialty code, specialty
		id := fmt.Sprintf("prac-%02d", i+1)
		d := strings.TrimSpace(f[0] + " " + f[1] + " " + f[2])
		n := name{use: "official", family: f[2], given: []string{f[1]}, text: d}
		if f[0] != "" {
			n.prefix = f[0]
		}
		w.staff = append(w.staff, practitioner{
			id: id, number: fmt.Sprintf("NQ%05d", 4100+i*7), name: n, display: d, gender: f[3],
			role: f[4], call: f[5], specialty: dx(f[6], f[7]), phone: fmt.Sprintf("+1-555-01%02d", 30+i),
		})
	}
}

// staffList is one of the staff a line.
const staffList = `Dr.|Ines|Halvorsen|female|doctor|Doctor|394802001|General medicine
Dr.|Jane|Doe|female|doctor|Doctor|394814009|General practice
Dr.|Kwabena|Owusu-Ansah|male|doctor|Doctor|394579002|Cardiology
Dr.|Mei Ling|Chan|female|doctor|Doctor|418112009|Pulmonary medicine
Dr.|Padraig|O'Shaughnessy|male|doctor|Doctor|394609007|General surgery
Dr.|Farah|Siddiqui|female|doctor|Doctor|394801008|Trauma and orthopedics
Dr.|Joaquín|Núñez|male|doctor|Doctor|408478003|Critical care medicine
Dr.|Solveig|Lindqvist|female|doctor|Doctor|394586005|Gynecology
Dr.|Hiroshi|Tanaka|male|doctor|Doctor|394537008|Pediatric specialty
Dr.|Oluwaseun|Bamgbose|male|doctor|Doctor|773568002|Emergency medicine
Dr.|Rivka|Shapira|female|doctor|Doctor|394591006|Neurology
Dr.|Venkatesh|Gopalakrishnan|male|doctor|Doctor|394583002|Endocrinology
Dr.|Eleni|Papadimitriou|female|doctor|Doctor|394814009|General practice
Dr.|Thomas|Fairbrother|male|doctor|Doctor|394814009|General practice
|Margaret|Wainwright|female|nurse|Nurse|394802001|General medicine
|Dawit|Tesfaye|male|nurse|Nurse|394579002|Cardiology
|Ji-woo|Kim|female|nurse|Nurse|418112009|Pulmonary medicine
|Lindiwe|Dlamini|female|nurse|Nurse|394609007|General surgery
|Sione|Faleolo|male|nurse|Nurse|394801008|Trauma and orthopedics
|Agnieszka|Wróbel|female|nurse|Nurse|408478003|Critical care medicine
|Aoife|Gallagher|female|nurse|Nurse|394586005|Gynecology
|Tomás|Villaseñor|male|nurse|Nurse|394537008|Pediatric specialty`

func (w *world) by(i int) ref {
	s := w.staff[i]
	return ref{"Practitioner", s.id, s.display}
}

// doctor is who attends on a ward; nurse who measures there.
func (w *world) doctor(at int) ref {
	return w.by([]int{0, 2, 3, 4, 5, 6, 7, 8}[at])
}

func (w *world) nurse(at int) ref { return w.by(14 + at) }

// gp is one of the general practitioners.
func (w *world) gp(i int) ref { return w.by([]int{0, 1, 12, 13}[i%4]) }

func (w *world) addPlaces() {
	add := func(l location) ref {
		w.places = append(w.places, l)
		return ref{"Location", l.id, l.name}
	}
	house := add(location{"loc-main", hospitalName + ", Main Building", "The main building on Harbour Street", "bu", "HOSP", "Hospital", ref{}, "+1-555-0100"})
	w.ed = add(location{"loc-ed", "Emergency Department", "Ground floor, ambulance entrance", "wi", "ER", "Emergency room", house, "+1-555-0101"})
	for _, c := range []struct{ id, name, kind, kindName string }{
		{"loc-clinic-ent", "Clinic - ENT", "ENT", "Otorhinolaryngology clinic"},
		{"loc-clinic-medical", "Medical Outpatients", "OF", "Outpatient facility"},
		{"loc-clinic-cardiac", "Cardiology Clinic", "CVDX", "Cardiovascular diagnostics or therapeutics unit"},
		{"loc-clinic-antenatal", "Antenatal Clinic", "OF", "Outpatient facility"},
		{"loc-clinic-children", "Children's Clinic", "PEDC", "Pediatrics clinic"},
		{"loc-practice", "Harbour Street Family Practice", "PC", "Primary care clinic"},
	} {
		w.clinics = append(w.clinics, add(location{c.id, c.name, "", "ro", c.kind, c.kindName, house, ""}))
	}
	for i, s := range []struct{ id, name, kind, kindName string }{
		{"7w", "7 West Medical", "HU", "Hospital unit"},
		{"6e", "6 East Cardiology", "CCU", "Coronary care unit"},
		{"6w", "6 West Respiratory", "HU", "Hospital unit"},
		{"5s", "5 South Surgery", "HU", "Hospital unit"},
		{"4n", "4 North Orthopaedics", "HU", "Hospital unit"},
		{"icu", "Intensive Care Unit", "ICU", "Intensive care unit"},
		{"3m", "3 Maternity", "HU", "Hospital unit"},
		{"2c", "2 Children's Ward", "PEDU", "Pediatric unit"},
	} {
		v := ward{at: add(location{"loc-" + s.id, s.name, "", "wa", s.kind, s.kindName, house, fmt.Sprintf("+1-555-018%d", i)})}
		for r := 1; r <= roomsPerWard; r++ {
			room := add(location{fmt.Sprintf("loc-%s-%02d", s.id, r), fmt.Sprintf("%s, Room %02d", s.name, r), "", "ro", s.kind, s.kindName, v.at, ""})
			for _, b := range []string{"A", "B"} {
				v.beds = append(v.beds, add(location{room.id + "-" + strings.ToLower(b), room.display + ", Bed " + b, "", "bd", s.kind, s.kindName, room, ""}))
			}
		}
		w.wards = append(w.wards, v)
	}
}

// readCultures reads the embedded name lists.
func readCultures() ([]culture, error) {
	var list []culture
	at := map[string]int{}
	for n, line := range strings.Split(names, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("sandbox: names.tsv line %d: want 3 columns, have %d", n+1, len(f))
		}
		i, ok := at[f[0]]
		if !ok {
			i = len(list)
			at[f[0]] = i
			list = append(list, newCulture(f[0]))
		}
		switch f[1] {
		case "family":
			list[i].family = readNames(f[2])
		case "female":
			list[i].female = readNames(f[2])
		case "male":
			list[i].male = readNames(f[2])
		default:
			return nil, fmt.Errorf("sandbox: names.tsv line %d: unknown kind %q", n+1, f[1])
		}
	}
	return list, nil
}

func readNames(s string) []written {
	parts := strings.Split(s, ",")
	list := make([]written, len(parts))
	for i, p := range parts {
		list[i].latin, list[i].own, _ = strings.Cut(p, "|")
	}
	return list
}

func newCulture(s string) culture {
	c := culture{name: s}
	switch s {
	case "cantonese":
		c.familyFirst, c.language, c.langName = true, "zh-Hant", "Chinese (Traditional)"
	case "mandarin":
		c.familyFirst, c.language, c.langName = true, "zh-Hans", "Chinese (Simplified)"
	case "japanese":
		c.familyFirst, c.language, c.langName = true, "ja", "Japanese"
	case "korean":
		c.familyFirst, c.language, c.langName = true, "ko", "Korean"
	case "arabic":
		c.language, c.langName = "ar", "Arabic"
	case "hebrew":
		c.language, c.langName = "he", "Hebrew"
	case "persian":
		c.language, c.langName = "fa", "Persian"
	case "pakistani":
		c.language, c.langName = "ur", "Urdu"
	case "slavic":
		c.language, c.langName = "uk", "Ukrainian"
	case "greek":
		c.language, c.langName = "el", "Greek"
	case "thai":
		c.language, c.langName = "th", "Thai"
	case "spanish":
		c.language, c.langName = "es", "Spanish"
	case "polish":
		c.language, c.langName = "pl", "Polish"
	case "vietnamese":
		c.language, c.langName = "vi", "Vietnamese"
	}
	return c
}
