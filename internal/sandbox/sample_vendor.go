package sandbox

// vendorSamples are the three people whose records the vendor's public
// description of the Patients app shows, with the values printed there; the
// JSON is ours. All three carry the same number there, and do here.
func vendorSamples() []sample {
	number := func(use, system string) []identifier {
		i := medicalRecord("1234567")
		i.use, i.system, i.assigner = use, system, ""
		return []identifier{i}
	}
	return []sample{
		{id: "hugh-chau", label: "Hugh Chau", why: "vendor's DSTU2 sample: family search \"chau\", BMI 34.4, cashew allergy, care provider by display only", names: []name{latin("Chau", "Hugh").titled("Mr")}, sex: "male", birth: "1957-06-05", bare: true, more: func(c *chart) {
			c.rec.pat.identifiers = number("official", "")
			hughChau(c)
		}},
		{id: "ruth-black", label: "Ruth C. Black", why: "vendor's STU3 sample: narrative, heart rate 72.0, sulfonamide allergy coded in NDF-RT", names: []name{latin("Black", "Ruth", "C.")}, sex: "female", birth: "1951-08-23", bare: true, more: func(c *chart) {
			c.rec.pat.identifiers = number("usual", "http://hospital.smarthealthit.org")
			ruthBlack(c)
		}},
		{id: "daniel-adams", label: "Daniel X. Adams", why: "vendor's STU3 sample: an MRN without a system", names: []name{latin("Adams", "Daniel", "X.")}, sex: "male", birth: "1925-12-23", bare: true, more: func(c *chart) {
			c.rec.pat.identifiers = number("usual", "")
			c.rec.pat.names[0].text = ""
			c.rec.pat.gp = c.g.world.gp(2)
			at := c.ago(20, 9)
			e := c.visit(at, "check-up", 5, concept{})
			c.vitals(at, vitals{64, 16, 138, 72, 362, 96}, e.id, c.g.world.nurse(0), true)
			c.diagnose(c.g.world.illness("osteoarthritis"), "2004", false)
			c.order("pantoprazole", at, at.AddDate(0, 1, 0), e.id, c.g.world.gp(2), concept{})
			c.notAllergic()
			c.cover(2, "")
		}},
	}
}

func hughChau(c *chart) {
	jane := ref{display: "Jane Doe"}
	c.rec.pat.gp = jane
	o := c.measure(c.g.now, concept{sysLOINC, "39156-5", "bmi", ""}, quantity{"34.4", "kg/m2", "kg/m2"}, "", ref{})
	o.at = "2009-12-01"
	at := c.ago(2, 11)
	c.point = true
	c.weight = c.height * c.height * 336 / 10000
	c.vitals(at, vitals{82, 16, 138, 84, 367, 97}, "", c.g.world.nurse(0), true)
	neuropathy := c.diagnose(c.g.world.illness("neuropathy"), "2018-09-17", false)
	neuropathy.asserter, neuropathy.onset = ref{}, ""
	c.rec.encounters = append(c.rec.encounters, encounter{
		id: c.id("enc", 1), visit: c.rec.pat.id + "-1", status: "arrived", class: "AMB", typ: concept{display: "Appointment"},
		start: "2018-09-17T13:00:00-05:00", places: []place{{at: c.g.world.clinics[0]}},
	})
	a := c.allergic(allergens()[5], "active", "confirmed")
	a.code, a.recorded, a.recorder = concept{text: "Cashew nuts"}, "2018-09-17T07:00:00.000Z", ref{}
	a.reactions = []reaction{{
		substance:      concept{sysRxNorm, "1160593", "cashew nut allergenic extract Injectable Product", "cashew nut allergenic extract Injectable Product"},
		manifestations: []concept{{sysSNOMED, "39579001", "Anaphylaxis", "Anaphylactic reaction"}},
	}}
	m := c.order("lisinopril-20", at, at, "", jane, concept{})
	m.written, m.days, m.repeats = "2018-09-17", 0, 0
	m.drug = drug{code: concept{text: "Lisinopril 20 MG Oral Tablet"}}
	m.doses = []dose{{text: "1 daily"}}
	v := c.cover(0, "")
	v.plan, v.planID, v.group, v.groupName, v.network = "No Primary Insurance", "", "", "", ""
	v.payor, v.typ = ref{display: "No Primary Insurance"}, concept{sysAct, "PAY", "pay", "Self pay"}
}

func ruthBlack(c *chart) {
	p := &c.rec.pat
	p.story = "Ruth Black"
	p.telecom = []telecom{{"phone", "+1-555-0171", "home"}, {"phone", "+1-555-0172", "mobile"}, {"email", "ruth.black@example.com", ""}}
	p.addresses = []address{{"home", "26 South Rd Apt 22", "Sapulpa", "OK", "74066", "USA"}}
	p.gp = c.g.world.gp(0)
	o := c.measure(c.g.now, concept{sysLOINC, "8867-4", "heart_rate", ""}, quantity{"72.0", "{beats}/min", "{beats}/min"}, "", ref{})
	o.at = "2009-04-08T00:00:00-06:00"
	flu := c.diagnose(illness{code: dx("185903001", "Needs influenza immunization"), severity: 3, ward: wardNone}, "2018-04-04", false)
	flu.asserter, flu.onset = ref{}, ""
	a := c.allergic(allergens()[0], "active", "confirmed")
	a.code = concept{sysNDFRT, "N0000175503", "sulfonamide antibacterial", "sulfonamide antibacterial"}
	a.recorded = "2018-01-01T00:00:00-07:00"
	a.reactions = []reaction{{manifestations: []concept{{sysSNOMED, "271807003", "skin rash", "skin rash"}}}}
	c.point = true
	for i := range 5 {
		at := c.ago(30*i+3, 10)
		e := c.visit(at, "follow-up", 1, concept{})
		c.vitals(at, c.jitter(vitals{72, 16, 132, 78, 366, 97}), e.id, c.g.world.nurse(0), i == 0)
	}
	c.order("lisinopril-10", c.ago(60, 9), c.ago(60, 9), "", c.g.world.gp(0), concept{}).drug.byRef = false
	c.cover(2, "")
}
