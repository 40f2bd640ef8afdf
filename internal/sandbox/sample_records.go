package sandbox

import "slices"

// recordSamples are people with a record that is full in one place.
func recordSamples() []sample {
	return []sample{
		{id: "thandiwe-zwane", label: "Thandiwe Zwane", why: "vitals every four hours for a week: several pages, newest first", names: []name{latin("Zwane", "Thandiwe")}, sex: "female", birth: "1976-08-02", mrn: "7100501", ill: "pneumonia", bed: 5, since: 7, more: manyVitals},
		{id: "reginald-holloway", label: "Reginald Holloway", why: "allergies and medication as free text only, with narrative", names: []name{latin("Holloway", "Reginald")}, sex: "male", birth: "1953-03-03", mrn: "7100502", more: freeText},
		{id: "daphne-merriweather", label: "Daphne Merriweather", why: "all references without display: the gateway has to fill them in", names: []name{latin("Merriweather", "Daphne")}, sex: "female", birth: "1969-05-14", mrn: "7100503", ill: "diabetes", bed: 6, since: 2, more: undisplayed},
		{id: "clive-ramsbottom", label: "Clive Ramsbottom", why: "two stays long over, nothing now", names: []name{latin("Ramsbottom", "Clive")}, sex: "male", birth: "1962-12-24", mrn: "7100504", more: func(c *chart) {
			w := c.g.world
			for i, key := range []string{"appendicitis", "infarction"} {
				start := c.ago(1500-700*i, 14)
				c.stay(w.illness(key), start, start.AddDate(0, 0, 5), w.wards[w.illness(key).ward].beds[8])
			}
			c.notAllergic()
		}},
	}
}

func manyConditions(c *chart) {
	w := c.g.world
	for i, key := range []string{"hypertension", "hyperlipidemia", "diabetes", "osteoarthritis", "kidney", "anemia", "thyroid", "neuropathy", "atrial-fibrillation"} {
		l := w.illness(key)
		if slices.ContainsFunc(c.rec.conditions, func(k condition) bool { return k.code == l.code }) {
			continue
		}
		c.diagnose(l, day(c.ago(700+150*i, 12)), false)
	}
	k := c.diagnose(w.illness("depression"), "2011-02", false)
	k.clinical, k.abated, k.recorded = "remission", "2015", "2011-03-01"
	k = c.diagnose(w.illness("pneumonia"), "2016-01-20", true)
	k.note = "Treated at home"
	k = c.diagnose(w.illness("cellulitis"), "2018-06-01", true)
	k.clinical = "inactive"
	k = c.diagnose(w.illness("stroke"), day(c.ago(400, 9)), false)
	k.verification, k.clinical, k.note = "refuted", "resolved", "Imaging shows no infarct"
	k = c.diagnose(illness{code: dx("2776000", "Delirium"), severity: 1, ward: wardCardiac}, day(c.ago(1, 9)), false)
	k.verification = "provisional"
	k = c.diagnose(illness{code: concept{text: "Hard of hearing, left"}, ward: wardNone}, "2009", false)
	k.asserter, k.story = ref{}, "Hard of hearing on the left since an injury at work"
}

func manyOrders(c *chart) {
	w := c.g.world
	states := []struct {
		key, status, why string
		byRef            bool
	}{
		{"warfarin", "stopped", "Changed to apixaban", true},
		{"simvastatin", "active", "", true},
		{"allopurinol", "on-hold", "", false},
		{"ceftriaxone", "completed", "", false},
		{"naproxen", "cancelled", "Interacts with apixaban", false},
		{"sertraline", "draft", "", true},
		{"donepezil", "entered-in-error", "", false},
	}
	for i, s := range states {
		at := c.ago(30+20*i, 10)
		o := c.order(s.key, at, at.AddDate(0, 0, 10), "", w.gp(i), concept{})
		o.status, o.why, o.drug.byRef = s.status, s.why, s.byRef
		if s.status == "stopped" || s.status == "completed" || s.status == "cancelled" {
			o.ended = stamp(at.AddDate(0, 0, 10))
		}
		if i%2 == 0 {
			o.doses[0].extraText = "Take with plenty of water"
		}
	}
	o := c.order("paracetamol", c.ago(2, 10), c.ago(1, 10), "", w.doctor(wardCardiac), concept{})
	o.intent, o.note = "plan", "Only if the shoulder hurts again"
	o.story = "Paracetamol 650 mg < 4 g/day & not with other paracetamol"
	c.takes("aspirin", "2019-05", false)
	c.takes("ferrous", "2021", true).note = "Says it upsets the stomach"
	s := c.takes("salbutamol", "2012-01-01", false)
	s.status, s.to = "completed", "2014-01-01"
}

func manyAllergies(c *chart) {
	a := allergens()
	c.rec.allergies = nil
	c.allergic(a[0], "active", "confirmed").story = "Penicillin: hives within an hour, 1998"
	c.allergic(a[3], "active", "unconfirmed").note = "Told by the patient; never tested"
	c.allergic(a[6], "inactive", "confirmed")
	c.allergic(a[4], "resolved", "confirmed").note = "Grown out of; tolerated at challenge"
	c.allergic(a[2], "inactive", "refuted").note = "Tolerated three doses"
	c.allergic(a[7], "", "entered-in-error")
	plain := c.allergic(a[8], "active", "unconfirmed")
	plain.plain, plain.typ = true, "intolerance"
	text := c.allergic(allergen{code: concept{text: "Some tablet for the kidneys, yellow, made her come out in spots"}, category: "medication", effect: concept{text: "Spots"}}, "active", "unconfirmed")
	text.recorded, text.recorder = "2015-03", ref{}
	c.allergic(a[1], "active", "confirmed").category = "biologic"
}

func manyEncounters(c *chart) {
	w := c.g.world
	for i, s := range []struct {
		status, class, kind string
		back                int
	}{
		{"cancelled", "AMB", "follow-up", 20},
		{"onleave", "IMP", "stay", 9},
		{"arrived", "AMB", "follow-up", 6},
		{"triaged", "EMER", "emergency", 1},
		{"planned", "AMB", "check-up", -14},
	} {
		at := c.g.now.AddDate(0, 0, -s.back)
		n := len(c.rec.encounters) + 1
		e := encounter{
			id: c.id("enc", n), visit: c.number(n), status: s.status, class: s.class, typ: visit(s.kind), start: stamp(at),
			attending: w.gp(i), places: []place{{at: w.clinics[i%4], status: "planned", start: stamp(at)}},
		}
		switch s.class {
		case "IMP":
			e.places[0] = place{w.wards[wardMedical].beds[0], "reserved", stamp(at), ""}
		case "EMER":
			e.places[0] = place{w.ed, "active", stamp(at), ""}
		}
		if s.status == "cancelled" {
			e.end, e.places = stamp(at), nil
		}
		c.rec.encounters = append(c.rec.encounters, e)
	}
	// Of two with the same start the open one comes first; one has no period.
	last := c.rec.encounters[len(c.rec.encounters)-3]
	last.id, last.status, last.end = c.id("enc", 98), "finished", last.start
	none := encounter{id: c.id("enc", 99), status: "finished", class: "HH", typ: concept{text: "Home visit"}, places: []place{{at: ref{display: "At home"}}}}
	c.rec.encounters = append(c.rec.encounters, last, none)
	c.notAllergic()
}

func manyCoverages(c *chart) {
	c.rec.coverages = nil
	c.cover(1, "").start = "2020-01-01"
	old := c.cover(0, "")
	old.start, old.end = "2011-04-01", "2019-12-31"
	gone := c.cover(3, "")
	gone.status, gone.start, gone.end = "cancelled", "2019-06", "2019-07"
	gone.payor = gone.payor.bare()
	gone.group, gone.groupName = "", ""
}

func manyVitals(c *chart) {
	from, to := vitals{116, 28, 132, 78, 396, 89}, vitals{80, 17, 124, 74, 369, 96}
	start, by := c.ago(7, 2), c.g.world.nurse(wardRespiratory)
	for i := range 40 {
		at := start.Add(fourHours(i))
		if !at.Before(c.g.now) {
			break
		}
		c.vitals(at, c.jitter(from.between(to, i, 40)), c.rec.encounters[len(c.rec.encounters)-1].id, by, i%12 == 0)
	}
}

func freeText(c *chart) {
	w := c.g.world
	a := c.allergic(allergen{code: concept{text: "Sticking plaster"}, category: "", effect: concept{text: "Red & sore <2 cm>"}}, "active", "unconfirmed")
	a.typ, a.criticality = "", ""
	a.story = "Sticking plaster: red & sore <2 cm>"
	m := c.order("ibuprofen-susp", c.ago(30, 9), c.ago(25, 9), "", ref{display: "Dr. Somebody Else"}, concept{})
	m.drug = drug{code: concept{text: "Grandmother's cough syrup"}}
	m.doses = []dose{{text: "A spoonful when it tickles"}}
	m.story = "Grandmother's cough syrup, a spoonful when it tickles"
	k := c.diagnose(illness{code: concept{text: "Cough, \"smoker's\""}, ward: wardNone}, "2003", false)
	k.asserter = w.gp(2)
}

func undisplayed(c *chart) {
	r := c.rec
	r.pat.gp = r.pat.gp.bare()
	for i := range r.encounters {
		e := &r.encounters[i]
		e.attending = e.attending.bare()
		for j := range e.places {
			e.places[j].at = e.places[j].at.bare()
		}
	}
	for i := range r.orders {
		o := &r.orders[i]
		o.by = o.by.bare()
		o.drug.byRef, o.drug.ref = true, o.drug.ref.bare()
	}
	for i := range r.coverages {
		r.coverages[i].payor = r.coverages[i].payor.bare()
	}
}
