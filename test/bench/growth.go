package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// queries are the app's own, with answers of the same size in every store: they
// find the planted patient alone.
var queries = []struct{ name, target string }{
	{"read by id", "Patient/planted"},
	{"family, substring", "Patient?family=uokkab"},
	{"given and family", "Patient?given=ynde&family=uokka"},
	{"name, one Chinese character", "Patient?name=龘"},
	{"MRN", "Patient?identifier=ZZ999001"},
	{"birth date", "Patient?birthdate=1901-02-03"},
	{"birth date and gender", "Patient?birthdate=1901-02-03&gender=female"},
	{"_id", "Patient?_id=planted"},
	{"vitals, newest 20 of 40", "Observation?patient=planted&category=vital-signs&_sort=-date&_count=20"},
	{"conditions", "Condition?patient=planted&_count=10"},
	{"latest encounter", "Encounter?patient=planted&_sort=-date&_count=1"},
	{"allergies", "AllergyIntolerance?patient=planted"},
	{"medications", "MedicationRequest?patient=planted&_count=10"},
	{"coverage", "Coverage?patient=planted"},
}

// planted is one patient with a record, as a transaction Bundle (R4).
func planted() string {
	var e []string
	put := func(typ, id, rest string) {
		e = append(e, fmt.Sprintf(`{"resource":{"resourceType":%q,"id":%q,%s},"request":{"method":"PUT","url":"%s/%s"}}`, typ, id, rest, typ, id))
	}
	const subject = `"subject":{"reference":"Patient/planted"}`
	put("Patient", "planted", `"identifier":[{"system":"urn:bench","value":"ZZ999001"}],"name":[{"family":"Quokkaberg","given":["Zyndelle"]},{"text":"龘小花"}],"gender":"female","birthDate":"1901-02-03"`)
	for i := range 40 {
		put("Observation", fmt.Sprintf("planted-o%d", i), fmt.Sprintf(`"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},%s,"effectiveDateTime":"2026-01-%02dT08:00:00Z","valueQuantity":{"value":%d,"unit":"/min"}`, subject, i%28+1, 60+i))
	}
	for i := range 10 {
		put("Condition", fmt.Sprintf("planted-c%d", i), `"code":{"text":"Asthma","coding":[{"system":"http://snomed.info/sct","code":"195967001","display":"Asthma"}]},`+subject)
	}
	for i := range 3 {
		put("Encounter", fmt.Sprintf("planted-e%d", i), fmt.Sprintf(`"status":"finished","class":{"code":"IMP"},%s,"period":{"start":"2026-01-%02dT08:00:00Z"}`, subject, i+1))
	}
	put("AllergyIntolerance", "planted-a", `"code":{"text":"Nuts"},"patient":{"reference":"Patient/planted"}`)
	put("MedicationRequest", "planted-m", `"status":"active","intent":"order","medicationCodeableConcept":{"text":"Salbutamol"},`+subject)
	put("Coverage", "planted-v", `"status":"active","beneficiary":{"reference":"Patient/planted"},"payor":[{"display":"Northern Mutual"}]`)
	return `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join(e, ",") + `]}`
}

// grow times each query in a store of 1,000 patients and in a large one.
func (b *bench) grow(ctx context.Context) error {
	sizes := []int{1000, b.growth}
	medians := make([][]time.Duration, len(sizes))
	for i, n := range sizes {
		if err := b.setUp(ctx, n, fmt.Sprintf("growth-%d", n)); err != nil {
			return err
		}
		file := filepath.Join(b.dir, "planted.json")
		if err := os.WriteFile(file, []byte(planted()), 0o600); err != nil {
			return err
		}
		if err := (cli{b.bin, filepath.Join(b.dir, fmt.Sprintf("growth-%d", n))}).run(ctx, nil, "store", "import", "s", file); err != nil {
			return err
		}
		fmt.Printf("start to ready with %d patients: %v (bar 200ms); resident idle %.0f MB (bar 60)\n", n, b.ours.took.Round(time.Millisecond), b.idle)
		for _, q := range queries {
			r, err := load(ctx, b.ours.addr, 1, b.each/3, get(b.ours.addr, b.auth, []string{"/fhir/r4/" + q.target}))
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			medians[i] = append(medians[i], r.p50)
		}
		b.ours.stop()
	}
	b.bare.stop()
	fmt.Printf("\ngrowth, median of one connection, answers of the same size (bar 1.50)\n%-32s %10d %10d  ratio\n", "patients", sizes[0], sizes[1])
	for i, q := range queries {
		ratio := float64(medians[1][i]) / float64(medians[0][i])
		fmt.Printf("%-32s %10v %10v  %.2f %s\n", q.name, medians[0][i].Round(time.Microsecond), medians[1][i].Round(time.Microsecond), ratio, map[bool]string{true: "met", false: "MISSED"}[ratio <= 1.5])
	}
	return nil
}
