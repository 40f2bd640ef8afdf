package sandbox

import "time"

// gapSamples are records with something missing, wrong or unusual.
func gapSamples() []sample {
	return []sample{
		{id: "unknown-person-7", label: "Unknown Person 7", why: "an unidentified person in the emergency department: no name, no birth date, a temporary number", names: []name{{use: "anonymous", text: "Unknown Person 7", family: "Unknown", given: []string{"Person 7"}}}, sex: "unknown", bare: true, more: unknownPerson},
		{id: "no-birth-date", label: "Ren Hasegawa", why: "birth date missing for a stated reason (data-absent-reason)", names: []name{latin("Hasegawa", "Ren")}, sex: "male", mrn: "7100301", ill: "gastroenteritis", more: func(c *chart) { c.rec.pat.birthAbsent = true }},
		{id: "no-mrn", label: "Ximena Goñi", why: "no medical record number, only a member number", names: []name{latin("Goñi", "Ximena")}, sex: "female", birth: "1996-10-10", ill: "urine", more: func(c *chart) {
			c.rec.pat.identifiers = []identifier{{use: "secondary", typ: concept{sysIDType, "MB", "Member Number", ""}, system: memberNo, value: "MB-55120"}}
		}},
		{id: "mononym", label: "Sukarti", why: "one name only: family without given", names: []name{{use: "official", family: "Sukarti", text: "Sukarti"}}, sex: "female", birth: "1964-02-02", mrn: "7100302", ill: "hypertension"},
		{id: "given-only", label: "Anahera", why: "given without family", names: []name{{use: "usual", given: []string{"Anahera"}}}, sex: "female", birth: "2000-02-06", mrn: "7100303", ill: "depression"},
		{id: "name-withheld", label: "(name withheld)", why: "family name absent for a stated reason", names: []name{{use: "official", absent: true, given: []string{"K."}}}, sex: "male", birth: "1987-01-01", mrn: "7100304", ill: "depression"},
		{id: "year-only", label: "Hiwot Gebremariam", why: "birth date known to the year", names: []name{latin("Gebremariam", "Hiwot")}, sex: "female", birth: "1948", mrn: "7100305", ill: "hypertension"},
		{id: "month-only", label: "Babajide Ogunbanjo", why: "birth date known to the month", names: []name{latin("Ogunbanjo", "Babajide")}, sex: "male", birth: "1961-09", mrn: "7100306", ill: "kidney"},
		{id: "alex-winterbourne", label: "Alex Winterbourne", why: "gender other, old name kept", names: []name{latin("Winterbourne", "Alex"), {use: "old", family: "Winterbourne", given: []string{"Alexandra"}}}, sex: "other", birth: "1999-07-07", mrn: "7100307", ill: "migraine"},
		{id: "edith-ashworth", label: "Edith Ashworth", why: "deceased, with date and time, during her last stay", names: []name{latin("Ashworth", "Edith")}, sex: "female", birth: "1931-04-04", mrn: "7100308", more: func(c *chart) { lastStay(c) }},
		{id: "george-lockwood", label: "George Lockwood", why: "deceased, no date known", names: []name{latin("Lockwood", "George")}, sex: "male", birth: "1929-08-30", mrn: "7100309", ill: "osteoarthritis", more: func(c *chart) { c.rec.pat.deceased = "true" }},
		{id: "margaret-wilson-old", label: "Margaret Wilson", why: "a duplicate record, inactive, merged into margaret-wilson-1", names: []name{latin("Wilson", "Margaret")}, sex: "female", birth: "1944-02-27", mrn: "7100310", bare: true, more: func(c *chart) {
			c.rec.pat.inactive, c.rec.pat.replacedBy = true, "margaret-wilson-1"
		}},
		{id: "nothing-known", label: "Percival Norwood", why: "the patient alone: every list is empty", names: []name{latin("Norwood", "Percival")}, sex: "male", birth: "1955-05-05", mrn: "7100311", bare: true},
		{id: "no-gender", label: "Talia Fonoti", why: "no gender, no family doctor, no phone", names: []name{latin("Fonoti", "Talia")}, birth: "1980-12-12", mrn: "7100312", bare: true, more: func(c *chart) {
			c.rec.encounters = append(c.rec.encounters, encounter{id: c.id("enc", 1), status: "finished", class: "VR", typ: concept{text: "Video call"}, start: day(c.ago(15, 9))})
		}},
		{id: "gunnar-hakansson", label: "Gunnar Håkansson", why: "observations with gaps: data-absent-reason, half a blood pressure, a period, an interpretation without a value", names: []name{latin("Håkansson", "Gunnar")}, sex: "male", birth: "1947-01-19", mrn: "7100313", ill: "heart-failure", bed: 5, since: 2, more: oddObservations},
		{id: "lindiwe-dlamini", label: "Lindiwe Dlamini", why: "a weight of 720 kg entered in error, an amended pulse, a preliminary one, a category without a system", names: []name{latin("Dlamini", "Lindiwe")}, sex: "female", birth: "1984-09-24", mrn: "7100314", ill: "asthma", more: wrongObservations},
	}
}

func unknownPerson(c *chart) {
	p, w := &c.rec.pat, c.g.world
	p.identifiers = []identifier{{use: "temp", typ: concept{sysIDType, "MR", "Medical record number", "Temporary number"}, system: mrnSystem, value: "TMP-0007"}}
	p.story = "Unidentified adult of about 50 years, found at the ferry pier"
	at := c.ago(1, 20)
	c.rec.encounters = append(c.rec.encounters, encounter{
		id: c.id("enc", 1), visit: "V-TMP-0007", status: "in-progress", class: "EMER", typ: visit("emergency"), start: stamp(at),
		attending: w.by(9), reason: concept{text: "Found unconscious"}, places: []place{{w.ed, "active", stamp(at), ""}},
	})
	for i, v := range []vitals{{118, 10, 92, 54, 338, 90}, {104, 12, 98, 58, 349, 93}, {96, 14, 106, 62, 358, 95}} {
		c.vitals(at.Add(time.Duration(i)*time.Hour), v, c.id("enc", 1), w.nurse(wardICU), false)
	}
	c.order("saline", at, time.Time{}, c.id("enc", 1), w.by(9), concept{})
	k := c.diagnose(illness{code: dx("386689009", "Hypothermia"), severity: 2, ward: wardICU}, day(at), false)
	k.verification = "provisional"
}

func lastStay(c *chart) {
	start := c.ago(30, 6)
	end := start.AddDate(0, 0, 4)
	e := c.stay(c.g.world.illness("stroke"), start, end, c.g.world.wards[wardMedical].beds[7])
	e.disposition = concept{sysDisposition, "exp", "Expired", "Died in hospital"}
	c.rec.pat.deceased = stamp(end)
	c.notAllergic()
}

func oddObservations(c *chart) {
	at, by := c.ago(1, 8), c.g.world.nurse(wardCardiac)
	c.measure(at, loinc("8867-4", "Heart rate"), quantity{}, "", by).absent = "error"
	o := c.measure(at.Add(time.Minute), loinc("55284-4", "Blood pressure"), quantity{}, "", by)
	o.parts = []part{
		{code: loinc("8480-6", "Systolic blood pressure"), value: quantity{"104", "mmHg", "mm[Hg]"}},
		{code: loinc("8462-4", "Diastolic blood pressure"), absent: "unknown"},
	}
	o = c.measure(at, loinc("9279-1", "Respiratory rate"), quantity{"19.0", "breaths/minute", "/min"}, "", by)
	o.until = stamp(at.Add(4 * time.Hour))
	o.comment = "Averaged over the morning"
	o = c.measure(at.Add(2*time.Minute), concept{sysLOINC, "8478-0", "Mean blood pressure", "Mean blood pressure"}, quantity{"71.50", "mmHg", "mm[Hg]"}, "", by)
	o.flag = "N"
	o = c.measure(at.Add(3*time.Minute), concept{text: "Level of consciousness"}, quantity{}, "", by)
	o.coded, o.category = concept{sysSNOMED, "248234008", "Mentally alert", "Alert"}, "exam"
	o = c.measure(at, loinc("8302-2", "Body height"), quantity{"1.81", "m", "m"}, "", by)
	o.at = "2019-07" // known to the month, as an old chart has it
}

func wrongObservations(c *chart) {
	at, by := c.ago(12, 9), c.g.world.nurse(0)
	o := c.measure(at, loinc("29463-7", "Body weight"), quantity{"720.0", "kg", "kg"}, "", by)
	o.status, o.comment = "entered-in-error", "Decimal point lost; see the next one"
	c.measure(at.Add(2*time.Minute), loinc("29463-7", "Body weight"), quantity{"72.0", "kg", "kg"}, "", by)
	o = c.measure(at, loinc("8867-4", "Heart rate"), quantity{"88", "beats/minute", "/min"}, "", by)
	o.status, o.comment = "amended", "Counted again by hand"
	o = c.measure(at.Add(time.Hour), loinc("8867-4", "Heart rate"), quantity{"91", "beats/minute", "/min"}, "", by)
	o.status = "preliminary"
	o = c.measure(at.Add(2*time.Hour), loinc("8310-5", "Body temperature"), quantity{"98.60", "degF", "[degF]"}, "", by)
	o.bareCat = true
	c.rec.conditions[len(c.rec.conditions)-1].story = "Asthma since childhood"
	wrong := c.diagnose(c.g.world.illness("copd"), day(at), false)
	wrong.verification, wrong.clinical, wrong.note = "entered-in-error", "", "Belongs to another patient"
}

// birthSamples are mothers and their newborn, who have no name yet.
func birthSamples() []sample {
	baby := func(c *chart, mother string, order int, grams, hour int) {
		p := &c.rec.pat
		p.birthOrder = order
		at := time.Date(c.dob.Year(), c.dob.Month(), c.dob.Day(), hour, 12+order, 0, 0, zone())
		p.birthTime = stamp(at)
		p.org = ref{"Organization", hospital, hospitalName}
		p.contacts = []contact{{"N", "Mother", latin(p.names[0].family, mother), "+1-555-0165"}}
		e := encounter{
			id: c.id("enc", 1), visit: c.number(1), status: "in-progress", class: "IMP", typ: visit("stay"), start: stamp(at),
			attending: c.g.world.doctor(wardMaternity), reason: dx("3950001", "Birth"),
			places: []place{{c.g.world.wards[wardMaternity].beds[2+order], "active", stamp(at), ""}},
		}
		c.rec.encounters = append(c.rec.encounters, e)
		c.weight = grams / 100
		for i := range 3 {
			c.vitals(at.Add(time.Duration(1+8*i)*time.Hour), c.jitter(vitals{138, 44, 68, 40, 368, 97}), e.id, c.g.world.nurse(wardMaternity), false)
		}
		c.measure(at.Add(10*time.Minute), loinc("29463-7", "Body weight"), quantity{decimal(grams, 3), "kg", "kg"}, e.id, c.g.world.nurse(wardMaternity))
		c.order("vitamin-k", at.Add(time.Hour), time.Time{}, e.id, c.g.world.doctor(wardMaternity), concept{})
	}
	return []sample{
		{id: "ngozi-okonkwo", label: "Ngozi Okonkwo", why: "mother of baby-okonkwo; in bed now", names: []name{latin("Okonkwo", "Ngozi")}, sex: "female", birth: "1997-10-18", mrn: "7100401", ill: "pregnancy", bed: 2, since: 2},
		{id: "baby-okonkwo", label: "Baby Boy Okonkwo", why: "newborn with a time of birth, a weight in grams' precision, no family doctor", names: []name{{use: "temp", text: "Baby Boy Okonkwo", family: "Okonkwo", given: []string{"Baby Boy"}}}, sex: "male", days: 2, mrn: "7100402", bare: true, more: func(c *chart) { baby(c, "Ngozi", 0, 3412, 4) }},
		{id: "baby-nguyen-a", label: "Baby Girl A Nguyễn", why: "first of twins", names: []name{{use: "temp", text: "Baby Girl A Nguyễn", family: "Nguyễn", given: []string{"Baby Girl A"}}}, sex: "female", days: 3, mrn: "7100403", bare: true, more: func(c *chart) { baby(c, "Thị Ánh", 1, 2480, 22) }},
		{id: "baby-nguyen-b", label: "Baby Girl B Nguyễn", why: "second of twins: one letter and one digit apart", names: []name{{use: "temp", text: "Baby Girl B Nguyễn", family: "Nguyễn", given: []string{"Baby Girl B"}}}, sex: "female", days: 3, mrn: "7100404", bare: true, more: func(c *chart) { baby(c, "Thị Ánh", 2, 2315, 22) }},
	}
}
