package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A generator makes records. It is used by one goroutine.
type generator struct {
	Config
	world *world
	now   time.Time // midnight that begins the day the world stands on
	total int       // of the illnesses' weights
}

func newGenerator(c Config) (*generator, error) {
	w, err := newWorld()
	if err != nil {
		return nil, err
	}
	g := &generator{Config: c, world: w, now: c.today().In(zone())}
	for _, l := range w.ills {
		g.total += l.weight
	}
	return g, nil
}

// mrn is a nine-digit medical record number: two digits of the seed, seven of
// the index.
func mrn(seed uint64, i int) string {
	return strconv.FormatUint((seed%90+10)*MaxPatients+uint64(i), 10) //nolint:gosec // i is never negative
}

// patient makes the patient of an index.
func (g *generator) patient(i int) *record {
	d := roll(g.Seed, uint64(i)) //nolint:gosec // i is never negative
	l := g.draw(d)
	age := d.between(l.minAge, l.maxAge)
	sex := l.sex
	if sex == "" {
		sex = pick(d, []string{"female", "male"})
	}
	b := &chart{g: g, d: d, age: age, rec: &record{}}
	p := &b.rec.pat
	p.id = fmt.Sprintf("g%s-%d", strconv.FormatUint(g.Seed, 36), i)
	p.gender = sex
	if d.in(400) {
		p.gender = pick(d, []string{"other", "unknown"})
	}
	p.identifiers = []identifier{medicalRecord(mrn(g.Seed, i))}
	g.named(d, p, sex)
	p.birth = day(b.born())
	p.org = ref{"Organization", hospital, hospitalName}
	if g.Depth == Lite {
		b.lite(l)
		return b.rec
	}
	g.settled(d, b, i)
	b.history(l, i)
	return b.rec
}

func medicalRecord(value string) identifier {
	return identifier{use: "usual", typ: concept{sysIDType, "MR", "Medical record number", "Medical record number"}, system: mrnSystem, value: value, assigner: hospitalName}
}

// draw chooses an illness by its weight.
func (g *generator) draw(d *dice) illness {
	n := d.n(g.total)
	for _, l := range g.world.ills {
		if n -= l.weight; n < 0 {
			return l
		}
	}
	return g.world.ills[len(g.world.ills)-1]
}

// named gives a patient a name of one culture, now and then mixed as people
// do.
func (g *generator) named(d *dice, p *patient, sex string) {
	c := pick(d, g.world.cultures)
	family := pick(d, c.family)
	if d.in(12) {
		other := pick(d, pick(d, g.world.cultures).family)
		family = written{latin: family.latin + "-" + other.latin}
	}
	pool := c.female
	if sex == "male" {
		pool = c.male
	}
	given := []written{pick(d, pool)}
	if d.in(3) {
		if second := pick(d, pool); second != given[0] {
			given = append(given, second)
		}
	}
	latin := name{use: "official", family: family.latin}
	for _, w := range given {
		latin.given = append(latin.given, w.latin)
	}
	latin.text = strings.Join(latin.given, " ") + " " + latin.family
	if family.own != "" && given[0].own != "" && !d.in(4) {
		own := name{use: "official", family: family.own, given: []string{given[0].own}, script: "ABC"}
		own.text = given[0].own + " " + family.own
		if c.familyFirst {
			own.text, own.script = family.own+given[0].own, "IDE"
		}
		latin.use, latin.script = "usual", "ABC"
		latin.given = latin.given[:1]
		latin.text = latin.given[0] + " " + latin.family
		p.names = append(p.names, own)
	}
	p.names = append(p.names, latin)
	if c.language != "" && d.in(2) {
		p.language, p.langName = c.language, c.langName
	} else {
		p.language, p.langName = "en", "English"
	}
	if d.in(5) {
		title := "Mr"
		if sex == "female" {
			title = pick(d, []string{"Ms", "Mrs"})
		}
		p.names[len(p.names)-1].prefix = title
	}
}

// settled adds what belongs to a life: home, family, family doctor, cover.
func (g *generator) settled(d *dice, b *chart, i int) {
	p := &b.rec.pat
	p.telecom = []telecom{{"phone", fmt.Sprintf("+1-555-%03d-%04d", d.between(200, 899), i%10000), "home"}}
	if b.age > 14 && b.age < 80 && !d.in(3) {
		p.telecom = append(p.telecom, telecom{"email", "patient." + mrn(g.Seed, i) + "@example.org", "home"})
	}
	p.addresses = []address{home(d)}
	if b.age >= 18 {
		p.marital = []string{"S", "M", "M", "D", "W"}[d.n(5)]
		if b.age < 60 && p.marital == "W" {
			p.marital = "M"
		}
	}
	p.gp = g.world.gp(d.n(4))
	if d.in(10) {
		p.gp = p.gp.bare() // the gateway has to look the name up
	}
	if b.age < 16 || b.age > 74 || d.in(3) {
		kin := pick(d, g.world.cultures)
		n := name{family: lastFamily(p), given: []string{pick(d, kin.female).latin}}
		label := "Daughter"
		if b.age < 40 {
			label = "Mother"
		}
		p.contacts = []contact{{"N", label, n, fmt.Sprintf("+1-555-%03d-%04d", d.between(200, 899), d.n(10000))}}
	}
	if d.in(4) {
		p.story = p.names[0].text + ", " + p.gender + ", born " + p.birth
	}
	if !d.in(9) {
		b.cover(d.n(len(g.world.payers)), "")
	}
}

func lastFamily(p *patient) string {
	if len(p.names) == 0 {
		return ""
	}
	return p.names[len(p.names)-1].family
}

func home(d *dice) address {
	street := pick(d, []string{"Harbour Street", "Ropewalk Lane", "Lighthouse Road", "Fishmarket Row", "Cannery Avenue", "Beacon Hill", "Tidewater Drive", "Orchard Close", "Old Mill Road", "Saint Brendan's Terrace", "Quay Parade", "Elm Grove"})
	town := d.n(4)
	return address{
		use: "home", line: strconv.Itoa(d.between(1, 240)) + " " + street,
		city:   []string{"Northquay", "Fernhill", "Saltmarsh", "Upper Wick"}[town],
		state:  "NQ",
		postal: []string{"00101", "00118", "00127", "00140"}[town], country: "US",
	}
}
