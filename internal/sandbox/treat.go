package sandbox

import (
	"slices"
	"strconv"
	"time"
)

// prescribe orders an illness's drugs; those of a stay that ended have ended,
// but for what a chronic illness goes on needing.
func (c *chart) prescribe(l illness, at, end time.Time, enc string, by ref) {
	for i, key := range l.drugs {
		if c.has(key) {
			continue
		}
		o := c.order(key, at, end, enc, by, l.code)
		if end.IsZero() || !l.acute && i > 0 {
			continue
		}
		o.status, o.ended = "completed", stamp(end)
	}
}

// has reports whether a drug is being given already.
func (c *chart) has(key string) bool {
	return slices.ContainsFunc(c.rec.orders, func(o order) bool { return o.status == "active" && o.drug.ref.id == "med-"+key })
}

// order adds one order with the drug's usual dosage.
func (c *chart) order(key string, at, end time.Time, enc string, by ref, reason concept) *order {
	w, n := c.g.world, len(c.rec.orders)+1
	m := w.drug(key)
	o := order{
		id: c.id("med", n), drug: c.dispense(m), status: "active", intent: "order", written: stamp(at), by: by,
		encounter: enc, reason: reason, doses: []dose{m.dosage()},
	}
	if enc == "" {
		o.repeats, o.days = 3, 30
		o.written = day(at)
		o.supply = quantity{strconv.Itoa(30 * max(m.times, 1)), m.form, ""}
	}
	if !end.IsZero() {
		o.days = max(int(end.Sub(at).Hours()/24), 1)
	}
	c.rec.orders = append(c.rec.orders, o)
	return &c.rec.orders[n-1]
}

// dispense names a drug by reference or by concept, and leaves the display of
// a reference out now and then, as real systems do.
func (c *chart) dispense(m medication) drug {
	d := drug{code: concept{m.sys, m.code, m.display, m.display}, ref: ref{"Medication", "med-" + m.key, m.display}}
	if c.d.in(2) {
		d.byRef = true
		if c.d.in(4) {
			d.ref = d.ref.bare()
		}
	}
	return d
}

func (m medication) dosage() dose {
	return dose{
		text: m.usual, route: routes(m.route), amount: quantity{m.amount, m.unit, m.ucum},
		times: m.times, period: m.period, unit: m.per, asNeeded: m.need,
	}
}

// takes adds a drug the patient says to take, or not to.
func (c *chart) takes(key string, since string, not bool) *statement {
	n := len(c.rec.statements) + 1
	m := c.g.world.drug(key)
	c.rec.statements = append(c.rec.statements, statement{
		id: c.id("use", n), drug: drug{code: concept{m.sys, m.code, m.display, m.display}}, status: "active", notTaken: not,
		asserted: stamp(c.ago(3, 10)), from: since, source: ref{"Patient", c.rec.pat.id, ""}, dose: m.dosage(),
	})
	return &c.rec.statements[n-1]
}

// cover adds insurance by one of the payers; subscriber is the patient who
// holds it when that is another.
func (c *chart) cover(payer int, subscriber string) *coverage {
	n, p := len(c.rec.coverages)+1, c.g.world.payers[payer]
	serial := 100000 + c.d.n(900000)
	v := coverage{
		id: c.id("cov", n), plan: p.plan, planID: p.planID, group: p.groupID, groupName: p.group, payor: p.org,
		subscriber: subscriber, subscriberID: p.prefix + strconv.Itoa(serial), network: p.network, status: "active",
		start: c.g.now.AddDate(-c.d.n(4), 0, 0).Format("2006") + "-01-01",
		typ:   concept{sysAct, "EHCPOL", "extended healthcare", "Extended healthcare"},
	}
	if p.public {
		v.typ = concept{sysAct, "PUBLICPOL", "public healthcare", "Public healthcare"}
	}
	if c.g.Depth == Full && c.d.in(3) {
		v.end = c.g.now.AddDate(1, 0, 0).Format("2006") + "-12-31"
	}
	c.rec.coverages = append(c.rec.coverages, v)
	return &c.rec.coverages[n-1]
}

// An allergen is a substance and what it does.
type allergen struct {
	code     concept
	category string
	effect   concept
	severity string
	critical string
	not      []string // drugs nobody would give to one who has it
}

func allergens() []allergen {
	hives := concept{sysSNOMED, "247472004", "Hives", "Hives"}
	rash := concept{sysSNOMED, "271807003", "Eruption", "Skin rash"}
	shock := concept{sysSNOMED, "39579001", "Anaphylaxis", "Anaphylactic reaction"}
	nausea := concept{sysSNOMED, "422587007", "Nausea", "Nausea"}
	cough := concept{sysSNOMED, "49727002", "Cough", "Cough"}
	penicillins := []string{"piptazo", "amoxiclav", "amoxicillin-susp"}
	return []allergen{
		{concept{sysSNOMED, "764146007", "Penicillin", "Penicillin"}, "medication", hives, "moderate", "high", penicillins},
		{concept{sysSNOMED, "372687004", "Amoxicillin", "Amoxicillin"}, "medication", rash, "mild", "low", penicillins},
		{concept{sysSNOMED, "387207008", "Ibuprofen", "Ibuprofen"}, "medication", cough, "moderate", "high", []string{"ibuprofen-susp", "naproxen", "aspirin"}},
		{concept{sysSNOMED, "762952008", "Peanut", "Peanut"}, "food", shock, "severe", "high", nil},
		{concept{sysSNOMED, "102263004", "Eggs", "Egg"}, "food", hives, "mild", "low", nil},
		{concept{sysSNOMED, "227493005", "Cashew nuts", "Cashew nuts"}, "food", shock, "severe", "high", nil},
		{concept{sysSNOMED, "256277009", "Grass pollen", "Grass pollen"}, "environment", cough, "mild", "low", nil},
		{concept{sysSNOMED, "111088007", "Latex", "Latex"}, "environment", rash, "mild", "unable-to-assess", nil},
		{concept{sysSNOMED, "387494007", "Codeine", "Codeine"}, "medication", nausea, "moderate", "low", []string{"oxycodone"}},
	}
}

// allergic adds an allergy to a substance.
func (c *chart) allergic(a allergen, clinical, verification string) *allergy {
	n := len(c.rec.allergies) + 1
	c.rec.allergies = append(c.rec.allergies, allergy{
		id: c.id("alg", n), code: a.code, clinical: clinical, verification: verification, typ: "allergy",
		category: a.category, criticality: a.critical, recorded: stamp(c.ago(c.d.between(200, 2500), 11)),
		recorder:  c.g.world.gp(n),
		reactions: []reaction{{substance: a.code, manifestations: []concept{a.effect}, severity: a.severity}},
	})
	return &c.rec.allergies[n-1]
}

// notAllergic says that there is no allergy known, which is not the same as
// saying nothing.
func (c *chart) notAllergic() {
	n := len(c.rec.allergies) + 1
	c.rec.allergies = append(c.rec.allergies, allergy{
		id: c.id("alg", n), code: concept{sysSNOMED, "716186003", "No known allergy", "No known allergies"},
		clinical: "active", verification: "confirmed", recorded: day(c.ago(c.d.between(20, 900), 11)), recorder: c.g.world.gp(n),
	})
}

// allergyAtRandom adds what fits the illness: nobody is given what they are
// allergic to.
func (c *chart) allergyAtRandom(l illness) {
	a := pick(c.d, allergens())
	given := slices.Clone(l.drugs)
	for _, key := range l.with {
		given = append(given, c.g.world.illness(key).drugs...)
	}
	for _, key := range given {
		if slices.Contains(a.not, key) {
			a = allergens()[6]
		}
	}
	switch c.d.n(10) {
	case 0, 1, 2:
		c.notAllergic()
	case 3, 4:
		c.allergic(a, "active", "confirmed")
	case 5:
		c.allergic(a, "active", "unconfirmed")
	case 6:
		c.allergic(a, "resolved", "confirmed")
	}
}
